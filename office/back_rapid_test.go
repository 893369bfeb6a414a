package office_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"chepiao"
	"chepiao/office"
	"chepiao/store"
)

// TestMoneyOverLives leads orders through random lives of refunds, rebookings
// with and without a difference, undone sales, faults and receipts. Whatever
// happens: money in = money back + what tickets and fees are worth, a payment
// gives back no more than it brought, masks are the union of live tickets (doctor
// says so), and a refusal leaves no trace.
func TestMoneyOverLives(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		defer w.store.Close()
		l := &lives{world: w, rt: rt}
		w.ruled(t, fmt.Sprintf(`{"rebook_times":%d,"refund_rebooked":%v,"rebook_fee":%d,"rebook_departed":true,"overlap_refused":false}`,
			rapid.IntRange(0, 3).Draw(rt, "times"), rapid.Bool().Draw(rt, "refund rebooked"), rapid.IntRange(0, 3).Draw(rt, "fee")*500))
		w.timetable([]string{"G1 line=L seats=6 石家庄@08:30 定州@09:20 保定@10:10", "G2 line=L seats=6 石家庄@12:00 定州@12:50 保定@13:40", "G3 line=L seats=6 石家庄@16:00 定州@16:50 保定@17:40"})
		for range rapid.IntRange(5, 25).Draw(rt, "steps") {
			l.step()
			w.set(w.clock().Add(time.Duration(rapid.IntRange(0, 1800).Draw(rt, "later")) * time.Second))
		}
		d, err := w.store.Doctor(context.Background(), nil)
		must(t, err)
		if len(d.Findings) > 0 || d.In != d.Back+d.Held {
			rt.Fatalf("in %s, back %s, held %s: %v", d.In, d.Back, d.Held, d.Findings)
		}
	})
}

type lives struct {
	*world
	rt *rapid.T
	n  int
}

// ruled sets a national sheet of rules.
func (w *world) ruled(t *testing.T, values string) {
	t.Helper()
	_, err := w.office.SetSheet(context.Background(), office.Verb{ID: "rules", By: "suite"}, office.SheetInput{Scope: chepiao.Scope{Layer: chepiao.National}, Values: []byte(values), Reason: "a life"})
	must(t, err)
}

func (l *lives) step() {
	l.n++
	before := l.head()
	v := office.Verb{ID: fmt.Sprint("v", l.n), By: "w1", At: chepiao.AskedAt{Window: rapid.Bool().Draw(l.rt, "window")}}
	var err error
	switch what := rapid.IntRange(0, 9).Draw(l.rt, "what"); {
	case what < 3 || len(l.orders) == 0:
		err = l.buy(v)
	case what < 5:
		err = l.rebookSome(v)
	case what < 7:
		err = l.refundSome(v)
	case what == 7:
		id := l.anyOrder()
		_, err = l.office.Void(context.Background(), v, id, l.some(id))
	case what == 8:
		err = l.payHeld(v)
	default:
		id := l.anyOrder()
		_, err = l.office.MoveReceipt(context.Background(), v, office.ReceiptInput{Ticket: l.some(id)[0], No: "R1", Early: true,
			Move: rapid.SampledFrom([]chepiao.ReceiptMove{"print", "surrender", "invoice", "reverse"}).Draw(l.rt, "receipt")})
	}
	if err != nil && chepiao.AsRefusal(err) == nil {
		l.rt.Fatalf("a fault: %v", err)
	}
	if err != nil && l.head() != before {
		l.rt.Fatalf("%v left a trace", err)
	}
}

func (l *lives) anyOrder() chepiao.OrderID { return rapid.SampledFrom(l.orders).Draw(l.rt, "order") }

func (l *lives) some(id chepiao.OrderID) []chepiao.TicketID {
	f, err := l.office.Look(context.Background(), id)
	must(l.t, err)
	all := f.Order.Tickets()
	return all[rapid.IntRange(0, len(all)-1).Draw(l.rt, "first"):]
}

func (l *lives) coach() chepiao.DepartureID {
	c := command{l.world, "", nil, map[string]string{}}
	return c.departure(rapid.SampledFrom([]string{"G1", "G2", "G3"}).Draw(l.rt, "coach"))
}

func (l *lives) alight() chepiao.StationNo {
	return l.station(rapid.SampledFrom([]string{"定州", "保定"}).Draw(l.rt, "to"))
}

func (l *lives) buy(v office.Verb) error {
	in := office.HoldInput{Departure: l.coach(), From: l.station("石家庄"), To: l.alight(), Channel: chepiao.Online, Outlet: "w1"}
	for i := range rapid.IntRange(1, 3).Draw(l.rt, "passengers") {
		name := fmt.Sprintf("王%c", rune('一'+l.n*8+i))
		in.Passengers = append(in.Passengers, office.Rider{Name: name, Document: string(chepiao.ResidentID), Number: l.person(name)})
	}
	a, err := l.office.Hold(context.Background(), l.clock(), v, "KEY", in)
	if err != nil {
		return err
	}
	l.orders = append(l.orders, a.Order.ID)
	return l.pay(v, a.Order)
}

// pay pays by cash or through the wallet, or leaves the order as it is.
func (l *lives) pay(v office.Verb, o chepiao.Order) error {
	v.ID += "p"
	switch rapid.IntRange(0, 4).Draw(l.rt, "pays") {
	case 0:
		return nil
	case 1, 2:
		_, err := l.office.PayCash(context.Background(), v, o.ID, o.Due())
		l.traced(err)
		return nil
	}
	c, err := l.office.Charge(context.Background(), v, office.ChargeInput{Order: o.ID})
	l.traced(err)
	if err == nil {
		must(l.t, l.office.Settle(context.Background(), c.Payment.ID, rapid.SampledFrom([]chepiao.PaymentState{chepiao.PaymentPaid, chepiao.PaymentPaid, chepiao.PaymentFailed, chepiao.PaymentClosed}).Draw(l.rt, "settles")))
	}
	return nil
}

// traced lets a later part of a step refuse after an earlier one was recorded.
func (l *lives) traced(err error) {
	if err != nil && chepiao.AsRefusal(err) == nil {
		l.rt.Fatalf("a fault: %v", err)
	}
}

func (l *lives) payHeld(v office.Verb) error {
	f, err := l.office.Look(context.Background(), l.anyOrder())
	must(l.t, err)
	return l.pay(v, f.Order)
}

func (l *lives) rebookSome(v office.Verb) error {
	id := l.anyOrder()
	in := office.RebookInput{Order: id, Tickets: l.some(id), Departure: l.coach(), To: l.alight()}
	sums, err := l.office.QuoteRebook(context.Background(), l.clock(), v.At, in)
	if err != nil {
		return err
	}
	a, err := l.office.Rebook(context.Background(), l.clock(), v, in, sums.Difference())
	if err != nil {
		return err
	}
	l.orders = append(l.orders, a.Order.ID)
	if a.Order.State == chepiao.OrderHeld {
		return l.pay(v, a.Order)
	}
	return nil
}

func (l *lives) refundSome(v office.Verb) error {
	id, back := l.anyOrder(), chepiao.Money(0)
	tickets := l.some(id)
	for _, t := range tickets {
		q, err := l.office.QuoteRefund(context.Background(), l.clock(), v.At, t)
		if err != nil {
			return err
		}
		back += q.Back
	}
	_, err := l.office.Refund(context.Background(), v, id, tickets, back)
	return err
}

// TestRebookedThenRefunded pays a journey of 77.00 in three parts, for 16.00, 16.00
// and 45.00, and gives it back less a fee of 8.00: the latest part first, each by
// the payment that brought it.
func TestRebookedThenRefunded(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	w.ruled(t, `{"rebook_times":5,"refund_rebooked":true}`)
	w.timetable([]string{"G1 line=L seats=6 石家庄@08:30 定州@09:20 保定@10:10", "G2 line=L seats=6 石家庄@12:00 定州@12:50 保定@13:40 北京@16:00", "G3 line=L seats=6 石家庄@16:00 定州@16:50 保定@17:40 北京@20:00"})
	w.tell([]string{"hold G1 石家庄 定州 who=李小明", "pay A at=window", "rebook A1 G2 to=保定", "pay B with=wallet", "payer B success", "notices", "rebook B1 G3 to=北京", "pay C at=window"})
	w.tell([]string{"refund C1"})
	must(t, w.store.Read(ctx, func(r *store.Reader) error {
		for _, c := range []struct {
			order   string
			channel chepiao.PaymentChannel
			sum     chepiao.Money
		}{{"A", chepiao.Cash, 800}, {"B", chepiao.Sandbox, 1600}, {"C", chepiao.Cash, 4500}} {
			backs, err := r.Paybacks(w.order(c.order))
			must(t, err)
			sum := chepiao.Money(0)
			for _, b := range backs {
				sum += b.Amount
				if b.Channel != c.channel || b.State != chepiao.PaybackDue {
					t.Errorf("%s: %+v", c.order, b)
				}
			}
			if sum != c.sum {
				t.Errorf("%s: %s goes back, want %s", c.order, sum, c.sum)
			}
		}
		return nil
	}))
	w.end()
}
