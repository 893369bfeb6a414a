package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
)

// stock puts up the numbered paper and the receipts that are printed on it.
func (d *door) stock() {
	register(d, huma.Operation{OperationID: "listPaper", Method: http.MethodGet, Path: "/paper-stock", Tags: []string{"staff"}, Security: staff,
		Summary: "Deliveries of numbered paper at the station, with what became of them"}, d.listPaper)
	register(d, huma.Operation{OperationID: "receivePaper", Method: http.MethodPost, Path: "/paper-stock", Tags: []string{"staff"}, Security: staff, DefaultStatus: http.StatusCreated,
		Summary: "Take a delivery of numbered paper in"}, d.receivePaper)
	register(d, huma.Operation{OperationID: "handPaper", Method: http.MethodPost, Path: "/paper-stock/handovers", Tags: []string{"staff"}, Security: staff,
		Summary: "Hand sheets over", Description: "From a delivery to a shift, from a shift to another, or from a shift back to the store (to_shift absent)."}, d.handPaper)
	register(d, huma.Operation{OperationID: "spoilPaper", Method: http.MethodPost, Path: "/paper-stock/spoilt", Tags: []string{"staff"}, Security: staff,
		Summary: "Say that a sheet cannot be used", Description: "It jammed, was misprinted or is torn, and never left the counter. A receipt that is printed on it is none any more."}, d.spoilPaper)
	register(d, huma.Operation{OperationID: "printReceipt", Method: http.MethodPost, Path: "/tickets/{ticket}/receipt/print", Tags: []string{"tickets"}, Security: staff,
		Summary: "Bind the next numbered sheet of the shift to a ticket's receipt"}, d.printReceipt)
	register(d, huma.Operation{OperationID: "surrenderReceipt", Method: http.MethodPost, Path: "/receipts/surrender", Tags: []string{"tickets"}, Security: staff,
		Summary: "Take a paper receipt back by its number"}, d.surrenderReceipt)
}

// PaperDelivery is a delivery of numbered paper and what became of it, in sheets.
type PaperDelivery struct {
	SerialRun
	At          time.Time `json:"at"`
	By          string    `json:"by,omitempty" doc:"Staff number."`
	InStore     int       `json:"in_store"`
	WithShifts  int       `json:"with_shifts"`
	Used        int       `json:"used"`
	Spoilt      int       `json:"spoilt"`
	Missing     int       `json:"missing"`
	Surrendered int       `json:"surrendered"`
	Gaps        []string  `json:"gaps" doc:"Numbers that are missing, in runs."`
}

func (d *door) deliveryOf(p office.PaperStock) PaperDelivery {
	s := p.Serials
	return PaperDelivery{
		SerialRun: SerialRun{s.Batch.String(), s.First(), s.Last(), s.Count()}, At: d.moment(p.At), By: string(p.By), InStore: p.InStore, WithShifts: p.Out,
		Used: p.N(chepiao.PaperUsed), Spoilt: p.N(chepiao.PaperSpoilt), Missing: p.N(chepiao.PaperMissing), Surrendered: p.N(chepiao.PaperSurrendered), Gaps: some(p.Gaps()),
	}
}

type paperInput struct {
	Before string `query:"before" maxLength:"30" doc:"The last number of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
}

type paperPage struct {
	Deliveries []PaperDelivery `json:"deliveries"`
	Next       string          `json:"next,omitempty" doc:"Value of before for the next page; absent on the last one."`
}

func (d *door) listPaper(ctx context.Context, in *paperInput) (*body[paperPage], error) {
	if _, err := d.may(ctx, ident.OpenShift); err != nil {
		return nil, err
	}
	before, err := chepiao.PaperBatchID(0), error(nil)
	if in.Before != "" {
		if before, err = chepiao.ParsePaperBatchID(in.Before); err != nil {
			return nil, atField("before", err)
		}
	}
	list, err := d.Office.Stock(ctx, d.askedAt(ctx).Station, before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	page := paperPage{Deliveries: []PaperDelivery{}}
	for _, p := range list[:min(in.Limit, len(list))] {
		page.Deliveries = append(page.Deliveries, d.deliveryOf(p))
	}
	if len(list) > in.Limit {
		page.Next = list[in.Limit-1].Batch.String()
	}
	return &body[paperPage]{page}, nil
}

type receiveInput struct {
	Idempotency string `header:"Idempotency-Key" maxLength:"100"`
	Body        struct {
		From string `json:"from" minLength:"1" maxLength:"24" example:"A0000001"`
		To   string `json:"to" minLength:"1" maxLength:"24" example:"A0001000"`
	} `nameHint:"DeliveryBody"`
}

type deliveryAnswer struct {
	Delivery PaperDelivery `json:"delivery"`
}

func (d *door) receivePaper(ctx context.Context, in *receiveInput) (*body[deliveryAnswer], error) {
	v, err := d.shiftVerb(ctx, ident.KeepStock, in.Idempotency)
	if err != nil {
		return nil, err
	}
	b, err := d.Office.ReceivePaper(ctx, v, in.Body.From, in.Body.To)
	if err != nil {
		return nil, err
	}
	return &body[deliveryAnswer]{deliveryAnswer{d.deliveryOf(office.PaperStock{PaperBatch: b, InStore: b.Count()})}}, nil
}

type handInput struct {
	Idempotency string `header:"Idempotency-Key" maxLength:"100"`
	Body        struct {
		Batch     string `json:"batch,omitempty" maxLength:"30" doc:"Delivery that the sheets are taken from; else from_shift."`
		FromShift string `json:"from_shift,omitempty" maxLength:"30"`
		ToShift   string `json:"to_shift,omitempty" maxLength:"30" doc:"Absent: back to the store."`
		Sheets    int    `json:"sheets" minimum:"1" maximum:"1000000"`
	} `nameHint:"HandPaperBody"`
}

type handedAnswer struct {
	Sheets []SerialRun `json:"sheets"`
}

func (d *door) handPaper(ctx context.Context, in *handInput) (*body[handedAnswer], error) {
	v, err := d.shiftVerb(ctx, ident.OpenShift, in.Idempotency)
	if err != nil {
		return nil, err
	}
	hand := office.HandPaperInput{Sheets: in.Body.Sheets}
	if in.Body.Batch != "" {
		hand.Batch, err = chepiao.ParsePaperBatchID(in.Body.Batch)
	}
	if err == nil && in.Body.FromShift != "" {
		hand.From, err = chepiao.ParseShiftID(in.Body.FromShift)
	}
	if err == nil && in.Body.ToShift != "" {
		hand.To, err = chepiao.ParseShiftID(in.Body.ToShift)
	}
	if err != nil {
		return nil, err
	}
	a, err := d.actor(ctx)
	if mine := v.Shift != 0 && (hand.From == v.Shift || hand.From == 0 && hand.To == v.Shift); err == nil && !mine && !a.May(ident.KeepStock) {
		err = wrongStaffRole
	}
	if err != nil {
		return nil, err
	}
	handed, err := d.Office.HandPaper(ctx, v, hand)
	if err != nil {
		return nil, err
	}
	return &body[handedAnswer]{handedAnswer{runsOf(handed.Sheets)}}, nil
}

// PaperSheet is what became of a numbered sheet.
type PaperSheet struct {
	No     string `json:"no" example:"A0000001"`
	State  string `json:"state" enum:"used,spoilt,missing,surrendered"`
	Ticket string `json:"ticket,omitempty" doc:"Whose receipt is or was printed on it."`
	Why    string `json:"why,omitempty"`
}

type paperAnswer struct {
	Sheet PaperSheet `json:"sheet"`
}

type spoilInput struct {
	Idempotency string `header:"Idempotency-Key" maxLength:"100"`
	Body        struct {
		No  string `json:"no" minLength:"1" maxLength:"24"`
		Why string `json:"why" minLength:"1" maxLength:"400"`
	} `nameHint:"SpoilBody"`
}

func (d *door) spoilPaper(ctx context.Context, in *spoilInput) (*body[paperAnswer], error) {
	v, err := d.shiftVerb(ctx, ident.OpenShift, in.Idempotency)
	if err != nil {
		return nil, err
	}
	p, err := d.Office.SpoilPaper(ctx, v, in.Body.No, in.Body.Why)
	if err != nil {
		return nil, err
	}
	out := PaperSheet{No: p.Serial, State: string(p.State), Why: p.Why}
	if p.Ticket != 0 {
		out.Ticket = p.Ticket.String()
	}
	return &body[paperAnswer]{paperAnswer{out}}, nil
}

type printInput struct {
	Ticket      string `path:"ticket" maxLength:"30" example:"TK10000000029"`
	Idempotency string `header:"Idempotency-Key" maxLength:"100"`
	Body        struct {
		Early bool `json:"early,omitempty" doc:"Before the journey: the passenger was warned that the paper has to come back first."`
	} `nameHint:"PrintReceiptBody"`
}

func (d *door) printReceipt(ctx context.Context, in *printInput) (*body[ticketBody], error) {
	id, v, err := d.atWindow(ctx, ident.PrintPaper, in.Ticket, in.Idempotency)
	if err != nil {
		return nil, err
	}
	return d.ticketAnswered(d.Office.PrintReceipt(ctx, v, office.PrintReceiptInput{Ticket: id, Early: in.Body.Early}))
}

type surrenderInput struct {
	Idempotency string `header:"Idempotency-Key" maxLength:"100"`
	Body        struct {
		No string `json:"no" minLength:"1" maxLength:"24" doc:"As printed on the paper."`
	} `nameHint:"SurrenderBody"`
}

func (d *door) surrenderReceipt(ctx context.Context, in *surrenderInput) (*body[ticketBody], error) {
	v, err := d.shiftVerb(ctx, ident.SellAtWindow, in.Idempotency)
	if err != nil {
		return nil, err
	}
	return d.ticketAnswered(d.Office.Surrender(ctx, v, in.Body.No))
}
