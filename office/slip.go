package office

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"

	"chepiao"
	"chepiao/paper"
)

// SlipInput is how slips are printed.
type SlipInput struct {
	Printed paper.Printed
	Large   bool             // for those who read large print
	Only    chepiao.TicketID // of the order's tickets; 0: all that may board
}

// VoucherSlips are the slips of an order's tickets that may board, in their order
// (requirements 8.1); by the rule child_slip (7.2, P1074) each free child's follows
// that of its adult. Refusals: NotFound, WrongState when there are none.
func (o *Office) VoucherSlips(ctx context.Context, now time.Time, id chepiao.OrderID, in SlipInput) (slips []paper.Document, err error) {
	f, err := o.Look(ctx, id)
	if err != nil {
		return nil, err
	}
	for i, t := range f.Tickets {
		if in.Only != 0 && in.Only != t.ID || t.State != chepiao.TicketValid && t.State != chepiao.TicketChecked && t.State != chepiao.TicketDeparted {
			continue
		}
		v, err := o.voucherSlip(ctx, now, f, i, in)
		if err != nil {
			return nil, err
		}
		slips = append(slips, v)
		if o.RulesFor(now, f.Run, t.Board).ChildSlip {
			v.Child, v.Seat, v.Code = true, 0, ""
			for range t.Children {
				slips = append(slips, v)
			}
		}
	}
	if len(slips) == 0 {
		return nil, chepiao.Refuse(chepiao.WrongState, "没有可打印的乘车凭证", "there is no voucher to print").At("order")
	}
	return slips, nil
}

func (o *Office) voucherSlip(ctx context.Context, now time.Time, f File, i int, in SlipInput) (paper.Voucher, error) {
	t, who := f.Tickets[i], f.Passengers[i]
	code, _, err := o.Voucher(ctx, t.ID)
	if err != nil {
		return paper.Voucher{}, err
	}
	table, rules := o.Timetable(), o.RulesFor(now, f.Run, t.Board)
	stands, zone := o.Stands(now, f.Run, t.Board), table.Zone
	v := paper.Voucher{
		Ticket: t.ID, Order: t.Order, From: printedPlace(table, t.From), To: printedPlace(table, t.To),
		Departs: f.Departs.In(zone), Opens: f.Departs.Add(-time.Duration(rules.CheckOpens) * time.Second).In(zone),
		Number: f.Run.Template.Number, Gate: stands.Gate, Berth: stands.Berth, Seat: t.Seat,
		Kind: t.Kind, Price: t.Price, Name: who.Name.Reveal(), Document: who.Document.String(), Children: t.Children,
		Code: code, Sold: soldBy(f.Order), Printed: o.zoned(in.Printed), Large: in.Large,
	}
	if f.Run.Template.Kind == chepiao.Flow {
		v.Last, v.Seat = f.Last.In(zone), 0
	}
	if stands.Report != nil && v.Last.IsZero() {
		v.Plate = stands.Report.Plate
	}
	if f.Run.Vehicle != nil {
		v.Coach = f.Run.Vehicle.Name
	}
	if f.Run.Carrier != nil {
		v.Carrier = f.Run.Carrier.Name
	}
	if s := table.Station(t.From); s != nil {
		v.Phone = s.Phone
	}
	return v, nil
}

func (o *Office) zoned(p paper.Printed) paper.Printed {
	p.At = p.At.In(o.Timetable().Zone)
	return p
}

func printedPlace(t *Timetable, no chepiao.StationNo) paper.Place {
	if s := t.Station(no); s != nil {
		return paper.Place{Name: s.Name, English: s.English}
	}
	return paper.Place{}
}

// soldBy says where an order was sold, as a slip does.
func soldBy(o chepiao.Order) string {
	if o.Channel == chepiao.Online {
		return "网络 on line"
	}
	return o.Outlet
}

// ReceiptSlip is the paper receipt of a ticket that has one (PrintReceipt). base is
// the address under which anybody may ask whether it is genuine, "" for no code.
// Refusals: NotFound, WrongState when the ticket has no paper receipt.
func (o *Office) ReceiptSlip(ctx context.Context, id chepiao.TicketID, base string, in SlipInput) (paper.Receipt, error) {
	t, err := o.Ticket(ctx, id)
	if err != nil {
		return paper.Receipt{}, err
	}
	if t.Receipt != chepiao.ReceiptPaper {
		return paper.Receipt{}, chepiao.Refuse(chepiao.WrongState, "该车票没有纸质报销凭证", "this ticket has no paper receipt").At("ticket")
	}
	f, err := o.Look(ctx, t.Order)
	if err != nil {
		return paper.Receipt{}, err
	}
	table := o.Timetable()
	r := paper.Receipt{
		Ticket: t.ID, Serial: t.ReceiptNo, From: printedPlace(table, t.From), To: printedPlace(table, t.To), Departs: f.Departs.In(table.Zone),
		Number: f.Run.Template.Number, Kind: t.Kind, Price: t.Price - t.Lowered, Printed: o.zoned(in.Printed),
	}
	for i := range f.Tickets {
		if f.Tickets[i].ID == t.ID {
			r.Name, r.Document = f.Passengers[i].Name.Reveal(), f.Passengers[i].Document.String()
		}
	}
	if f.Run.Carrier != nil {
		r.Carrier = f.Run.Carrier.Name
	}
	if base != "" {
		r.Verify = strings.TrimRight(base, "/") + "/r/" + t.ID.String() + "/" + t.ReceiptNo + "/" + o.receiptProof(t.ID, t.ReceiptNo)
	}
	return r, nil
}

// receiptProof is what a receipt's code has beside its numbers, so that nobody
// finds receipts by counting: 50 bits of a keyed hash.
func (o *Office) receiptProof(id chepiao.TicketID, serial string) string {
	h := hmac.New(sha256.New, o.secret.node)
	h.Write(binary.BigEndian.AppendUint64([]byte("chepiao receipt proof "), uint64(id)))
	h.Write([]byte(serial))
	return base32.StdEncoding.EncodeToString(h.Sum(nil))[:10]
}

// VerifyReceipt says how the receipt stands whose code was read: its ticket, whose
// Receipt is ReceiptPaper while the paper is good. Anything wrong is answered as
// if there were no such receipt: NotFound.
func (o *Office) VerifyReceipt(ctx context.Context, id chepiao.TicketID, serial, proof string) (chepiao.Ticket, error) {
	none := chepiao.Refuse(chepiao.NotFound, "没有这张报销凭证", "there is no such receipt").At("receipt")
	if !hmac.Equal([]byte(proof), []byte(o.receiptProof(id, serial))) {
		return chepiao.Ticket{}, none
	}
	t, err := o.Ticket(ctx, id)
	if chepiao.Why(err) == chepiao.NotFound || err == nil && t.ReceiptNo != serial {
		return chepiao.Ticket{}, none
	}
	return t, err
}
