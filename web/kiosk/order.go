package kiosk

import (
	"context"
	"html/template"
	"net/http"
	"slices"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/voucher"
	"chepiao/web/ui"
)

// orderPage is an order of this visit: the money while it is unpaid, the gate and
// the slips once it is paid.
type orderPage struct {
	ui.Trip
	Order    chepiao.Order
	Link     string
	Once     string
	Tickets  []shownTicket
	Ways     []chepiao.PaymentChannel
	Code     template.HTML // to be scanned with the passenger's phone
	By       chepiao.PaymentChannel
	Expired  bool
	Fresh    bool          // it was paid just now: slips come out by themselves
	Refund   bool          // some ticket may be given back
	Returned bool          // some ticket was given back
	Fetch    chepiao.Money // that waits at a window
	Opens    time.Time
	Leaves   time.Time // delays included
	Late     int       // minutes
	Berth    string
	Note     *chepiao.Refusal
}

// shownTicket is one ticket with what can be printed of it.
type shownTicket struct {
	chepiao.Ticket
	Who     chepiao.Passenger // prints masked
	Voucher *chepiao.Slip     // nil: never printed at a kiosk
	Prints  bool              // its voucher may be printed
	Paper   *chepiao.Slip     // of its paper receipt
	Lost    bool              // it has a number and did not come out: print it
	MayHave bool              // a paper receipt may be printed
	Later   *chepiao.Refusal  // why not, or not yet
	Auto    chepiao.SlipKind  // print at once
	Face    office.FaceOffer
}

func (p *Pages) order(w http.ResponseWriter, r *http.Request) {
	f, err := p.file(r)
	if err != nil {
		p.refused(w, r, err, home+"/tickets")
		return
	}
	p.showOrder(w, r, http.StatusOK, f, nil)
}

func (p *Pages) showOrder(w http.ResponseWriter, r *http.Request, status int, f office.File, note *chepiao.Refusal) {
	page, err := p.orderPage(w, r, f)
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	if note != nil {
		page.Note = note
	}
	p.book.Show(w, r, status, "order", page)
}

func (p *Pages) orderPage(w http.ResponseWriter, r *http.Request, f office.File) (*orderPage, error) {
	once, err := p.Secret()
	if err != nil {
		return nil, err
	}
	now, o := p.Now(), f.Order
	page := &orderPage{Trip: p.TripOf(f), Order: o, Link: orderLink(o.ID), Once: once, Leaves: f.Departs, Ways: p.Office.Channels(chepiao.PayByCode)}
	page.Expired = chepiao.Why(o.Alive(now)) == chepiao.HoldExpired
	page.Opens = f.Departs.Add(-time.Duration(p.Office.Rules().CheckOpens) * time.Second)
	if board, _, err := f.Run.Template.Find(o.From, o.To); err == nil {
		s := p.Office.Stands(now, f.Run, board)
		page.Gate, page.Berth, page.Leaves, page.Late = s.Gate, s.Berth, s.Departs, int(s.Progress.Delay/time.Minute)
	}
	if o.State == chepiao.OrderPaying {
		if err := p.code(w, r, f, page); err != nil {
			return nil, err
		}
	}
	if err := p.tickets(r.Context(), f, page); err != nil {
		return nil, err
	}
	for _, t := range page.Tickets {
		page.Fresh = page.Fresh || t.Auto == chepiao.VoucherSlip
		page.Returned = page.Returned || t.State == chepiao.TicketRefunded
	}
	if one := r.URL.Query().Get("print"); one != "" { // a receipt has just got its number
		for i := range page.Tickets {
			if t := &page.Tickets[i]; t.ID.String() == one && t.Lost {
				t.Auto = chepiao.ReceiptSlip
			}
		}
	}
	due, err := p.Office.ToHandOver(r.Context(), o.ID)
	for _, b := range due {
		page.Fetch += b.Amount
	}
	return page, err
}

// tickets adds the tickets of the order with how their slips stand.
func (p *Pages) tickets(ctx context.Context, f office.File, page *orderPage) error {
	slips, err := p.Office.Slips(ctx, f.Order)
	if err != nil {
		return err
	}
	slip := func(t chepiao.Ticket, kind chepiao.SlipKind) *chepiao.Slip {
		i := slices.IndexFunc(slips, func(s chepiao.Slip) bool { return s.Ticket == t.ID && s.Kind == kind })
		if i < 0 {
			return nil
		}
		return &slips[i]
	}
	for i, t := range f.Tickets {
		s := shownTicket{Ticket: t, Who: f.Passengers[i], Voucher: slip(t, chepiao.VoucherSlip), Paper: slip(t, chepiao.ReceiptSlip)}
		if s.Face, err = p.Office.FaceOffer(ctx, p.Now(), t); err != nil {
			return err
		}
		s.Prints = t.State == chepiao.TicketValid || t.State == chepiao.TicketChecked
		if s.Prints && s.Voucher == nil && p.Now().Sub(paidAt(f)) < freshFor {
			s.Auto = chepiao.VoucherSlip
		}
		s.Lost = t.Receipt == chepiao.ReceiptPaper && (s.Paper == nil || s.Paper.State == chepiao.Unprinted || s.Paper.Serial != t.ReceiptNo)
		if t.Receipt == chepiao.ReceiptNone {
			_, err := t.MoveReceipt(chepiao.ReceiptPrint, chepiao.ReceiptCase{Now: p.Now(), Departs: f.Last, No: "1"}, p.Office.Rules())
			s.MayHave = err == nil
			if why := chepiao.Why(err); why == chepiao.ReceiptNotOpen || why == chepiao.ReceiptTimeOver {
				s.Later = chepiao.AsRefusal(err)
			}
		}
		page.Tickets = append(page.Tickets, s)
		if _, err := p.Office.QuoteRefund(ctx, p.Now(), chepiao.AskedAt{Station: f.Order.From}, t.ID); err == nil {
			page.Refund = true
		}
	}
	return nil
}

// freshFor is how long after its payment the slips of an order come out by
// themselves: they were paid for here, a moment ago.
const freshFor = 3 * time.Minute

// paidAt is when an order was paid.
func paidAt(f office.File) (at time.Time) {
	for _, one := range f.Payments {
		if one.State == chepiao.PaymentPaid && one.Created.After(at) {
			at = one.Created
		}
	}
	return at
}

func orderLink(id chepiao.OrderID) string { return home + "/o/" + id.String() }

// code shows the code of the open charge, drawn again from the channel's own answer.
func (p *Pages) code(w http.ResponseWriter, r *http.Request, f office.File, page *orderPage) error {
	open := pending(f)
	if open.Way != chepiao.PayByCode {
		return nil
	}
	v, err := p.verb(w, r)
	if err != nil {
		return err
	}
	v.ID = page.Once + "Q"
	c, err := p.Office.Charge(r.Context(), v, office.ChargeInput{Order: f.Order.ID, Channel: open.Channel, Way: open.Way})
	if refusal := chepiao.AsRefusal(err); refusal != nil {
		page.Note = refusal
		return nil
	}
	if err != nil || c.QRText == "" {
		return err
	}
	svg, err := voucher.TextQRSVG(c.QRText, voucher.SVGOptions{Label: ui.Language(r).Say("pay.qr"), Class: "pay-code"})
	page.Code, page.By = template.HTML(svg), open.Channel //nolint:gosec // drawn by us, label escaped
	return err
}

// pending is the payment that a channel is working on; zero for none.
func pending(f office.File) (open chepiao.Payment) {
	for _, one := range f.Payments {
		if one.State == chepiao.PaymentPending {
			open = one
		}
	}
	return open
}
