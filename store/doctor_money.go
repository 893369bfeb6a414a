package store

import (
	"cmp"
	"maps"
	"slices"

	"chepiao"
)

// family is the money of an order and of all that were rebooked from it: one
// pays, another may give back. in = sent + held holds for the whole, which a node
// knows only if the family is its own: abroad says that another node owns it.
type family struct {
	in, sent, back, held chepiao.Money
	abroad               bool
}

// money balances an order. Of a paid one
//
//	paid + credit = prices of its tickets + what went back of the credit
//	sent back     = refunds + what went back of the credit
//	held          = prices of tickets that stand + fees
//
// so that paid = sent back + held + what was carried over to other orders, whose
// credit that is. Money is sent back over the payments of the whole family, so
// the second and the last line are added up over it. What came too late goes back
// whole; nothing else goes back.
func (e *examination) money(where string, o chepiao.Order, tickets []chepiao.Ticket) error {
	in, sent, err := e.payments(where, o)
	if err != nil {
		return err
	}
	f := family{in: in, sent: sent, abroad: o.Owner() != max(e.c.no, chepiao.Hub)}
	open := open(o)
	if !open {
		excess := in + o.Credit - o.Total
		lowered := chepiao.Money(0) // went back already: a cheaper coach came
		for _, t := range tickets {
			lowered += t.Lowered
		}
		if excess < lowered || o.Credit == 0 && o.Wait == nil && excess != lowered {
			e.tell(where, "paid %s with a credit of %s for a total of %s", in, o.Credit, o.Total)
		}
		f.back = excess
	}
	if ended(o) { // a request that waited in vain gets all of it back
		f.back = in
	}
	for _, t := range tickets {
		f.back += t.Refund
		switch {
		case t.State == chepiao.TicketRefunded, t.State == chepiao.TicketVoided, t.State == chepiao.TicketRebooked:
			f.held += t.Fee
		case !open && !ended(o):
			f.held += t.Price
		}
	}
	if err := e.carried(where, o, tickets); err != nil {
		return err
	}
	e.found.In, e.found.Back, e.found.Held = e.found.In+in, e.found.Back+sent, e.found.Held+f.held
	rebooked := slices.ContainsFunc(tickets, func(t chepiao.Ticket) bool { return t.ReplacedBy != 0 })
	return e.add(o, f, rebooked)
}

// payments adds up what came in for an order and what is on its way back of it.
func (e *examination) payments(where string, o chepiao.Order) (in, back chepiao.Money, err error) {
	payments, err := (&Reader{c: e.c}).Payments(o.ID)
	if err != nil {
		return 0, 0, err
	}
	paid, pending := 0, 0
	for _, p := range payments {
		said(e, e.last.payments, "payment", p.ID, p.Version, string(p.State))
		sent, err := e.sent(p)
		if err != nil {
			return 0, 0, err
		}
		name := "payment " + p.ID.String()
		switch p.State {
		case chepiao.PaymentPaid:
			paid++
			in, back = in+p.Amount, back+sent
			if o.Payment != p.ID {
				e.tell(name, "it is paid, but its order names another payment")
			}
			if sent > p.Amount {
				e.tell(name, "%s go back of %s", sent, p.Amount)
			}
		case chepiao.PaymentReturned:
			e.found.Late += p.Amount
			if sent != p.Amount {
				e.tell(name, "it came too late, and %s of %s go back", sent, p.Amount)
			}
		default:
			if p.State == chepiao.PaymentPending {
				pending++
			}
			if sent != 0 {
				e.tell(name, "it is %s, but %s go back", p.State, sent)
			}
		}
		e.found.Payments++
	}
	open := open(o)
	want := 1
	if open || o.Origin != 0 && o.Due() == 0 { // paid by what was carried over
		want = 0
	}
	if paid != want || (o.Payment != 0) != (want == 1) {
		e.tell(where, "it is %s and has %d payments that are paid", o.State, paid)
	}
	if o.State == chepiao.OrderPaying && pending != 1 || o.State != chepiao.OrderPaying && open && pending != 0 {
		e.tell(where, "it is %s and has %d payments under way", o.State, pending)
	}
	return in, back, nil
}

// carried holds what an issued order took over against the tickets it replaced.
func (e *examination) carried(where string, o chepiao.Order, tickets []chepiao.Ticket) error {
	if open(o) || o.Origin == 0 {
		if o.Origin == 0 && o.Credit != 0 {
			e.tell(where, "it has a credit of %s from nowhere", o.Credit)
		}
		return nil
	}
	credit := chepiao.Money(0)
	for _, t := range tickets {
		old, ok, err := loadTicket(e.c, t.Replaces)
		if err != nil {
			return err
		}
		if !ok || old.Order != o.Origin || old.State != chepiao.TicketRebooked || old.ReplacedBy != t.ID {
			e.tell("ticket "+t.ID.String(), "it says that it replaces ticket %s, which knows nothing of it", t.Replaces)
			continue
		}
		credit += old.Price - old.Fee
	}
	if credit != o.Credit {
		e.tell(where, "its credit is %s, the tickets it replaced were worth %s", o.Credit, credit)
	}
	return nil
}

// originsMax bounds the way back to the first order of a family.
const originsMax = 100

// add counts an order into its family. One that nobody rebooked, from it or to
// it, balances by itself.
func (e *examination) add(o chepiao.Order, f family, rebooked bool) error {
	root := o
	for range originsMax {
		if root.Origin == 0 {
			break
		}
		next, ok, err := loadOrder(e.c, root.Origin)
		if err != nil {
			return err
		}
		if !ok { // rebooked at another node, its number may be the higher one
			e.tell("order "+root.ID.String(), "it was rebooked from order %s, which is not there", root.Origin)
			break
		}
		root = next
	}
	alone := o.ID == root.ID && !rebooked && f.in == f.sent+f.held && f.sent == f.back
	if !alone {
		sum := e.families[root.ID]
		e.families[root.ID] = family{sum.in + f.in, sum.sent + f.sent, sum.back + f.back, sum.held + f.held, sum.abroad || f.abroad}
	}
	return nil
}

// balance holds each family's money against each other.
func (e *examination) balance() error {
	for _, id := range slices.SortedFunc(maps.Keys(e.families), func(a, b chepiao.OrderID) int { return cmp.Compare(a, b) }) {
		f := e.families[id]
		if f.abroad {
			continue
		}
		where := "order " + id.String()
		if f.in-f.sent != f.held {
			e.tell(where, "paid %s, given back %s; its tickets and fees are worth %s", f.in, f.sent, f.held)
		}
		if f.sent != f.back {
			e.tell(where, "%s are on their way back, its tickets say %s", f.sent, f.back)
		}
	}
	return nil
}

// sent is the sum on its way back from a payment.
func (e *examination) sent(p chepiao.Payment) (sum chepiao.Money, err error) {
	err = e.c.query("SELECT "+paybackColumns+" FROM payback WHERE payment = $1 ORDER BY id", []any{int64(p.ID)}, func(r rowOf) error {
		b := scanPayback(r)
		said(e, e.last.paybacks, "payback", b.ID, b.Version, string(b.State))
		if b.Amount <= 0 || b.Channel != p.Channel {
			e.tell("payback "+b.ID.String(), "it sends %s by %s of a payment by %s", b.Amount, b.Channel, p.Channel)
		}
		sum += b.Amount
		return nil
	})
	return sum, err
}
