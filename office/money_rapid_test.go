package office_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/pay/practice"
)

// TestMoneyBalances sells two hundred orders through a channel that now and then
// fails in every way it can, then lets everything come to its end and compares
// the books of both sides: each fen that came is a ticket's or has gone back.
func TestMoneyBalances(t *testing.T) {
	h := newMoneyHouse(t)
	r := rand.New(rand.NewPCG(20261122, 5))
	var orders []chepiao.Order
	for i := range 200 {
		h.faults(someFault(r))
		o := h.hold(r.IntN(100) + i)
		orders = append(orders, o)
		for range 1 + r.IntN(3) {
			h.attempt(r, o)
		}
		h.faults(someFault(r))
		if r.IntN(3) == 0 {
			h.deliver()
		}
		if r.IntN(6) == 0 {
			h.pass(time.Duration(r.IntN(16)) * time.Minute)
			h.lapse()
		}
		h.giveBack(r, orders[r.IntN(len(orders))])
		h.send() // what is refused is tried again below
	}
	h.settleAll()
	h.compare(orders)
}

func someFault(r *rand.Rand) (f practice.Faults) {
	switch r.IntN(16) {
	case 0:
		f.Unreachable = true
	case 1:
		f.NoticeLost = true
	case 2:
		f.NoticeTwice = true
	case 3:
		f.NoticeReordered = true
	case 4:
		f.NoticeForged = true
	case 5, 6:
		f.LateSuccess = true
	case 7, 8:
		f.ClosePaid = true
	case 9:
		f.RefundRefused = true
	case 10:
		f.RefundPending = true
	case 11:
		f.RefundAbnormal = true
	}
	return f
}

// attempt begins to pay, or goes on; then the payer does something, or nothing.
func (h *moneyHouse) attempt(r *rand.Rand, o chepiao.Order) {
	h.t.Helper()
	ctx := context.Background()
	in := office.ChargeInput{Order: o.ID, Payer: "oPayer"}
	in.Way = []chepiao.PayWay{chepiao.PayByPage, chepiao.PayByCode, chepiao.PayInApp, chepiao.PayByScan}[r.IntN(4)]
	var err error
	if in.Way == chepiao.PayByScan {
		in.AuthCode, err = h.sim.NewCode([]practice.CodeKind{practice.CodePays, practice.CodeAsks, practice.CodeEmpty, practice.CodeOld}[r.IntN(4)])
		must(h.t, err)
	}
	if _, err = h.Charge(ctx, h.verb(), in); err != nil && chepiao.AsRefusal(err) == nil {
		h.t.Fatalf("a fault: %v", err)
	}
	f, err := h.Look(ctx, o.ID)
	must(h.t, err)
	for _, p := range f.Payments { // also those that were left for another
		switch r.IntN(4) {
		case 0, 1:
			h.sim.Pay(p.ID.String(), true)
		case 2:
			h.sim.Pay(p.ID.String(), false)
		}
	}
	switch r.IntN(6) {
	case 0:
		_, err = h.StopCharge(ctx, h.verb(), o.ID)
	case 1:
		if n := len(f.Payments); n > 0 && h.AskChannel(ctx, f.Payments[n-1].ID) != nil {
			return // it is silent
		}
	}
	if err != nil && chepiao.AsRefusal(err) == nil {
		h.t.Fatalf("a fault: %v", err)
	}
}

// giveBack refunds an issued order, now and then.
func (h *moneyHouse) giveBack(r *rand.Rand, o chepiao.Order) {
	h.t.Helper()
	ctx := context.Background()
	f, err := h.Look(ctx, o.ID)
	must(h.t, err)
	if r.IntN(3) > 0 || f.Order.State != chepiao.OrderIssued {
		return
	}
	q, err := h.QuoteRefund(ctx, h.clock(), chepiao.AskedAt{}, f.Tickets[0].ID)
	if err == nil {
		_, err = h.Refund(ctx, h.verb(), o.ID, []chepiao.TicketID{f.Tickets[0].ID}, q.Back)
	}
	if err != nil && chepiao.AsRefusal(err) == nil {
		h.t.Fatalf("a fault: %v", err)
	}
}

// settleAll ends all faults and lets time pass until nothing waits any more.
func (h *moneyHouse) settleAll() {
	h.t.Helper()
	h.faults(practice.Faults{})
	for range 40 {
		h.deliver()
		h.pass(15 * time.Minute)
		h.lapse()
		h.send()
		for _, t := range h.sim.Trades() {
			for _, r := range t.Refunds {
				h.again(r.ID)
			}
		}
	}
}

// again is the person who looks at money that is stuck.
func (h *moneyHouse) again(id string) {
	back, err := chepiao.ParsePaybackID(id)
	must(h.t, err)
	if _, err := h.SendAgain(context.Background(), h.verb(), back); err != nil && chepiao.Why(err) != chepiao.WrongState {
		h.t.Errorf("sending again: %v", err)
	}
}

// compare holds the office's books against the channel's.
func (h *moneyHouse) compare(orders []chepiao.Order) {
	h.t.Helper()
	came, went := map[string]chepiao.Money{}, map[string]chepiao.Money{} // by charge, in the channel's books
	var in, out, returned chepiao.Money
	for _, t := range h.sim.Trades() {
		if t.State == chepiao.PaymentPaid {
			came[t.ID], went[t.ID] = t.Amount, t.Refunded()
			in, out = in+t.Amount, out+t.Refunded()
		}
	}
	states := map[string]int{}
	for _, o := range orders {
		f, err := h.Look(context.Background(), o.ID)
		must(h.t, err)
		states[string(f.Order.State)]++
		var held chepiao.Money
		for _, p := range f.Payments {
			id := p.ID.String()
			states["payment "+string(p.State)]++
			paid := p.State == chepiao.PaymentPaid || p.State == chepiao.PaymentReturned
			if paid != (came[id] > 0) || (paid && came[id] != p.Amount) {
				h.t.Errorf("payment %s is %s here, and %s came there", id, p.State, came[id])
			}
			held += came[id] - went[id]
			if p.State == chepiao.PaymentPending {
				h.t.Errorf("payment %s of an order that is %s is pending in the end", id, f.Order.State)
			}
			if p.State == chepiao.PaymentReturned {
				returned += p.Amount
			}
			if p.State == chepiao.PaymentReturned && went[id] != p.Amount {
				h.t.Errorf("payment %s came too late, and %s of %s went back", id, went[id], p.Amount)
			}
		}
		for _, b := range h.backs(o) {
			states["payback "+string(b.State)]++
			if b.State != chepiao.PaybackSettled {
				h.t.Errorf("payback %s is %s in the end", b.ID, b.State)
			}
		}
		for _, t := range f.Tickets {
			if t.State == chepiao.TicketValid && held != f.Order.Total {
				h.t.Errorf("order %s has a valid ticket for %s and %s of money", o.ID, f.Order.Total, held)
			}
		}
		if f.Order.State == chepiao.OrderPaying || f.Order.State == chepiao.OrderHeld || (f.Order.State == chepiao.OrderLapsed && held != 0) {
			h.t.Errorf("order %s is %s, and %s of its money lies here", o.ID, f.Order.State, held)
		}
	}
	d := h.sound()
	if d.In+returned != in || d.Back+returned != out || d.Held != in-out { // the doctor leaves out what was never ours
		h.t.Errorf("here %s came, %s went, %s is held; there %s came and %s went", d.In, d.Back, d.Held, in, out)
	}
	h.t.Log(d.Summary(), states)
	for _, needed := range []string{"issued", "lapsed", "refunded", "payment returned", "payment closed", "payment failed", "payback settled"} {
		if states[needed] == 0 {
			h.t.Errorf("the test is too tame: nothing was %s", needed)
		}
	}
}
