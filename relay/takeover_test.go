package relay_test

import (
	"context"
	"testing"

	"chepiao"
	"chepiao/office"
)

// TestTakeOver: the tickets of a revoked node are the hub's by a person's act only; then
// the hub refunds and checks them. What the node brings afterwards is refused and stands
// on the desk, entry by entry, until somebody has looked into it.
func TestTakeOver(t *testing.T) {
	p, ctx := newProvince(t), context.Background()
	s := p.station(0)
	must(t, s.Greet(ctx))
	p.give(s, 4)
	s.level(t)
	var sold []office.Answer
	for person := 1; person <= 3; person++ {
		a, err := p.sell(s.office, person)
		must(t, err)
		sold = append(sold, a)
		if person == 2 {
			s.level(t) // the hub never hears of the third before the end
		}
	}
	verb := func(id string) office.Verb {
		return office.Verb{ID: id, By: "desk", At: chepiao.AskedAt{Window: true}}
	}
	refused := func(want chepiao.Reason, err error) {
		t.Helper()
		if chepiao.Why(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	take := func(reason, again string) (int, error) {
		return p.hubAt.TakeOver(ctx, verb("take"), s.self.No, reason, again)
	}
	_, err := take("stolen", s.self.Name)
	refused(chepiao.WrongState, err) // it works
	must(t, p.hub.Revoke(ctx, verb("revoke"), s.self.No))
	one := sold[0].Tickets[0]
	a, err := p.hubAt.Refund(ctx, verb("early"), sold[0].Order.ID, []chepiao.TicketID{one.ID}, one.Price)
	if err == nil && a.Event.Kind != chepiao.OwnerWasAsked {
		t.Errorf("the hub refunds what it does not own: %s", a.Event.Kind)
	}
	_, err = take(" ", s.self.Name)
	refused(chepiao.Invalid, err)
	_, err = take("stolen", "OTHER")
	refused(chepiao.Invalid, err)
	_, err = s.office.TakeOver(ctx, verb("take"), chepiao.Hub, "stolen", "HUB")
	refused(chepiao.WrongState, err)
	if n, err := p.hubAt.OwnedBy(ctx, s.self.No, 100); err != nil || n != 2 {
		t.Errorf("the node owns %d orders here, %v", n, err)
	}
	if n, err := take("stolen", s.self.Name); err != nil || n != 2 {
		t.Fatalf("%d orders came, %v", n, err)
	}
	if n, err := take("stolen", s.self.Name); err != nil || n != 0 {
		t.Errorf("%d orders came twice, %v", n, err)
	}
	if p.journaled(chepiao.OrderWasTakenOver) != 2 {
		t.Error("the journal does not say so")
	}
	q, err := p.hubAt.QuoteRefund(ctx, begin, chepiao.AskedAt{Window: true}, one.ID)
	must(t, err)
	if a, err = p.hubAt.Refund(ctx, verb("refund"), sold[0].Order.ID, []chepiao.TicketID{one.ID}, q.Back); err != nil || a.Tickets[0].State != chepiao.TicketRefunded {
		t.Errorf("the hub does not refund it: %+v, %v", a.Tickets, err)
	}
	if two, err := p.hubAt.Ticket(ctx, sold[1].Tickets[0].ID); err != nil || two.Owner() != chepiao.Hub || two.State != chepiao.TicketValid {
		t.Errorf("the other ticket is %+v, %v", two, err)
	}

	for range 2 { // it brings what the hub has not heard, again and again
		refused(chepiao.Unauthorized, s.Push(ctx))
	}
	if _, err := p.hubAt.Ticket(ctx, sold[2].Tickets[0].ID); chepiao.Why(err) != chepiao.NotFound {
		t.Errorf("something of a revoked node is taken in: %v", err)
	}
	list := standing(t, p.hubAt)
	if len(list) != 1 || list[0].Kind != chepiao.ConflictRevoked || list[0].Node != s.self.No || len(list[0].Refused) == 0 {
		t.Fatalf("the desk has %+v", list)
	}
	before := len(list[0].Refused)
	must(t, p.hubAt.SettleConflict(ctx, verb("looked"), list[0].ID, "one ticket, the passenger is told"))
	refused(chepiao.Unauthorized, s.Push(ctx))
	if list := standing(t, p.hubAt); len(list) != 0 {
		t.Errorf("the same entries stand again: %+v", list)
	}
	_, err = p.sell(s.office, 4)
	must(t, err)
	refused(chepiao.Unauthorized, s.Push(ctx))
	if list := standing(t, p.hubAt); len(list) != 1 || len(list[0].Refused) <= before {
		t.Errorf("new entries do not stand there: %+v", list)
	}
	d, err := p.hubStore.Doctor(ctx, nil)
	must(t, err)
	for _, f := range d.Findings {
		t.Errorf("doctor: %+v", f)
	}
}
