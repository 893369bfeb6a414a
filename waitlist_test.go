package chepiao_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"chepiao"
)

func TestWaitTerms(t *testing.T) {
	r := chepiao.DefaultRules()
	now := moment("2026-11-22 06:00")
	fares := func(fen ...chepiao.Money) (list []chepiao.Fare) {
		for _, f := range fen {
			list = append(list, chepiao.Fare{Full: f, Price: f})
		}
		return list
	}
	early := chepiao.Wanted{Departure: chepiao.MakeDepartureID(1, day("2026-11-22")), Departs: moment("2026-11-22 08:30"), Fares: fares(4000, 2000)}
	late := chepiao.Wanted{Departure: chepiao.MakeDepartureID(2, day("2026-11-22")), Departs: moment("2026-11-22 09:30"), Fares: fares(6000, 3000)}
	for _, c := range []struct {
		name    string
		wanted  []chepiao.Wanted
		until   string
		want    string
		prepaid chepiao.Money
		dearest int
		no      chepiao.Reason
	}{
		{"one", []chepiao.Wanted{early}, "", "2026-11-22 08:00", 6000, 0, ""},
		{"the dearest, until the last", []chepiao.Wanted{early, late}, "", "2026-11-22 09:00", 9000, 1, ""},
		{"best first does not matter", []chepiao.Wanted{late, early}, "", "2026-11-22 09:00", 9000, 0, ""},
		{"until a time", []chepiao.Wanted{early, late}, "2026-11-22 07:00", "2026-11-22 07:00", 9000, 1, ""},
		{"until the very last", []chepiao.Wanted{early}, "2026-11-22 08:00", "2026-11-22 08:00", 6000, 0, ""},
		{"past the last", []chepiao.Wanted{early}, "2026-11-22 08:01", "", 0, 0, chepiao.Invalid},
		{"until now", []chepiao.Wanted{early}, "2026-11-22 06:00", "", 0, 0, chepiao.Invalid},
	} {
		until := time.Time{}
		if c.until != "" {
			until = moment(c.until)
		}
		terms, dearest, err := chepiao.WaitTermsOf(c.wanted, until, now, r)
		if chepiao.Why(err) != c.no {
			t.Errorf("%s: %v, want %q", c.name, err, c.no)
		}
		if err != nil {
			if no := chepiao.AsRefusal(err); no.Because == nil || no.Because.Rule != "wait_closes" || no.Field != "until" {
				t.Errorf("%s: refused without its rule: %+v", c.name, no)
			}
			continue
		}
		if !terms.Until.Equal(moment(c.want)) || terms.Prepaid != c.prepaid || dearest != c.dearest || len(terms.Departures) != len(c.wanted) {
			t.Errorf("%s: %+v, dearest %d", c.name, terms, dearest)
		}
	}
}

func TestServeTakesTheWholePartyOrNobody(t *testing.T) {
	r := chepiao.DefaultRules()
	departs := moment("2026-11-22 08:30")
	id := chepiao.MakeDepartureID(7, day("2026-11-22"))
	wish := chepiao.Wish{Channel: chepiao.Online, Alight: 2, Riders: []chepiao.Rider{{Token: chepiao.PersonToken{1}}, {Token: chepiao.PersonToken{2}}}}
	for _, c := range []struct {
		name   string
		now    string
		change func(*chepiao.Departure)
		want   chepiao.Reason
	}{
		{"two seats", "2026-11-22 06:00", func(*chepiao.Departure) {}, ""},
		{"one seat", "2026-11-22 06:00", func(d *chepiao.Departure) { d.Seats.Take(0, 1, []int{1}) }, chepiao.SoldOut},
		{"just before the waitlist closes", "2026-11-22 07:59", func(*chepiao.Departure) {}, ""},
		{"the waitlist is closed", "2026-11-22 08:00", func(*chepiao.Departure) {}, chepiao.WaitClosed},
		{"the coach does not run", "2026-11-22 06:00", func(d *chepiao.Departure) { d.State = chepiao.Stopped }, chepiao.DepartureClosed},
		{"the coach has gone", "2026-11-22 06:00", func(d *chepiao.Departure) { d.Left = 1 }, chepiao.DepartureClosed},
		{"a dispatcher stopped the sale", "2026-11-22 06:00", func(d *chepiao.Departure) { d.Change(chepiao.Ops{StopSale: []int{0}}) }, chepiao.StopSale},
		{"the passenger has a ticket", "2026-11-22 06:00", func(d *chepiao.Departure) { d.Riders[chepiao.PersonToken{2}] = 9 }, chepiao.DuplicateRider},
	} {
		d := chepiao.NewDeparture(id, &chepiao.Template{No: 7, Kind: chepiao.Fixed, Seats: 2, Stops: make([]chepiao.Stop, 3)})
		c.change(d)
		seats, err := d.Serve(wish, departs, moment(c.now), chepiao.SeatPlan{}, r)
		if chepiao.Why(err) != c.want || (err == nil) != (len(seats) == 2) {
			t.Errorf("%s: seats %v, %v; want %q", c.name, seats, err, c.want)
		}
	}
}

// A served ticket costs the fare of its departure, and never more than was paid
// ahead.
func TestSeatedNeverCostsMoreThanWasPaidAhead(t *testing.T) {
	ask := chepiao.Ticket{ID: 5, State: chepiao.TicketWaiting, Departure: 1, Full: 6000, Price: 3000, Version: 1}
	for _, c := range []struct{ full, price, want chepiao.Money }{{4000, 2000, 2000}, {6000, 3000, 3000}, {9000, 4500, 3000}} {
		got, err := ask.Seated(2, chepiao.Wish{Board: 1, Alight: 2}, 7, chepiao.Fare{Full: c.full, Price: c.price})
		if err != nil || got.Price != c.want || got.Full > ask.Full || got.State != chepiao.TicketValid || got.Seat != 7 || got.Departure != 2 || got.Board != 1 || !got.Waited || got.Version != 2 {
			t.Errorf("a fare of %s: %+v, %v", c.price, got, err)
		}
	}
	for _, s := range []chepiao.TicketState{chepiao.TicketHeld, chepiao.TicketValid, chepiao.TicketLapsed, chepiao.TicketRefunded} {
		if _, err := (chepiao.Ticket{State: s}).Seated(2, chepiao.Wish{}, 7, chepiao.Fare{}); chepiao.Why(err) != chepiao.WrongState {
			t.Errorf("a ticket that is %s was served: %v", s, err)
		}
	}
}

// The proof finds every way in which a queue can be cheated.
func TestProveFair(t *testing.T) {
	id, elsewhere := chepiao.MakeDepartureID(7, day("2026-11-22")), chepiao.MakeDepartureID(8, day("2026-11-22"))
	request := func(n chepiao.OrderID, seq int64, people int, on ...chepiao.DepartureID) chepiao.Order {
		return chepiao.Order{ID: n * 100, Departure: id, Count: people, OrderMore: chepiao.OrderMore{Wait: &chepiao.WaitTerms{Departures: on, Seq: seq}}}
	}
	first, second, other := request(1, 1, 2, id), request(2, 2, 1, elsewhere, id), request(3, 3, 1, elsewhere)
	joined := func(o chepiao.Order) chepiao.Event { return chepiao.Event{Kind: chepiao.WaitWasJoined, Order: &o} }
	ended := func(o chepiao.Order) chepiao.Event { return chepiao.Event{Kind: chepiao.WaitHasEnded, Order: &o} }
	served := func(o chepiao.Order, taken []int, passed ...chepiao.WaitPassed) chepiao.Event {
		seats := chepiao.NewSeats(3, 2)
		seats.Take(0, 2, taken)
		b, _ := seats.MarshalBinary()
		var tickets []chepiao.Ticket
		for i := range o.Count {
			tickets = append(tickets, chepiao.Ticket{ID: chepiao.TicketID(int(o.ID) + i + 1), Departure: id, Alight: 2, Seat: 3 - i})
		}
		return chepiao.Event{Kind: chepiao.WaitWasServed, Order: &o, Tickets: tickets, Detail: chepiao.WaitWalk{Departure: id, Seats: b, Passed: passed}}
	}
	passed := func(o chepiao.Order, why chepiao.Reason) chepiao.WaitPassed {
		return chepiao.WaitPassed{Order: o.ID, Seq: o.Wait.Seq, Alight: 2, People: o.Count, Reason: why}
	}
	seated := served(second, []int{1, 3}, passed(first, chepiao.SoldOut))
	for _, c := range []struct {
		name   string
		events []chepiao.Event
		want   string
	}{
		{"in order", []chepiao.Event{joined(first), joined(second), served(first, []int{1}), served(second, []int{1, 2})}, ""},
		{"a party that does not fit", []chepiao.Event{joined(first), joined(second), served(second, []int{1, 2}, passed(first, chepiao.SoldOut))}, ""},
		{"another reason", []chepiao.Event{joined(first), joined(second), served(second, nil, passed(first, chepiao.Overlap))}, ""},
		{"who ended stands in nobody's way", []chepiao.Event{joined(first), joined(second), ended(first), served(second, nil)}, ""},
		{"who waits for another coach does not, either", []chepiao.Event{joined(request(4, 1, 1, elsewhere)), joined(second), served(second, nil)}, ""},
		{"out of turn", []chepiao.Event{joined(first), joined(second), served(second, nil)}, "names 0"},
		{"passed over though it fitted", []chepiao.Event{joined(first), joined(second), served(second, []int{1}, passed(first, chepiao.SoldOut))}, "would have fitted"},
		{"for no good reason", []chepiao.Event{joined(first), joined(second), served(second, []int{1, 2}, passed(first, chepiao.Busy))}, "passed over for"},
		{"another one is named", []chepiao.Event{joined(first), joined(second), served(second, []int{1, 2}, passed(other, chepiao.SoldOut))}, "not named"},
		{"never joined", []chepiao.Event{joined(first), served(second, []int{1, 2})}, "did not wait"},
		{"served twice", []chepiao.Event{joined(first), served(first, nil), served(first, nil)}, "did not wait"},
		{"ended and served", []chepiao.Event{joined(first), ended(first), served(first, nil)}, "did not wait"},
		{"a seat that was not free", []chepiao.Event{joined(first), joined(second), seated}, "not free"},
		{"without a walk", []chepiao.Event{joined(first), {Kind: chepiao.WaitWasServed, Order: &first, Tickets: []chepiao.Ticket{{Departure: id}}}}, "does not say"},
	} {
		var entries []chepiao.Entry
		for i, e := range c.events {
			body, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			entries = append(entries, chepiao.Entry{Seq: int64(i + 1), Kind: e.Kind, Body: body})
		}
		_, unfair, err := chepiao.ProveFair(entries)
		if err != nil || (c.want == "") != (len(unfair) == 0) || c.want != "" && !strings.Contains(unfair[0], c.want) {
			t.Errorf("%s: %v, %v; want %q", c.name, unfair, err, c.want)
		}
	}
}

func TestExtraIsProposed(t *testing.T) {
	r := chepiao.DefaultRules()
	for people, want := range map[int]bool{0: false, 9: false, 10: true, 40: true} {
		var p chepiao.WaitPressure
		for range people {
			p.Press(chepiao.Order{Count: 1, OrderMore: chepiao.OrderMore{Wait: &chepiao.WaitTerms{Prepaid: 100}}})
		}
		p.Propose(r)
		if p.Extra != want || (p.Because != nil) != want || p.People != people || p.Prepaid != chepiao.Money(100*people) {
			t.Errorf("%d people: %+v", people, p)
		}
	}
}

func TestARequestsPaymentFails(t *testing.T) {
	o := chepiao.Order{State: chepiao.OrderPaying, OrderMore: chepiao.OrderMore{Wait: &chepiao.WaitTerms{}}}
	back, err := o.Move(chepiao.OrderReask)
	if err != nil || back.State != chepiao.OrderAsked {
		t.Errorf("%s, %v", back.State, err)
	}
	for _, s := range []chepiao.OrderState{chepiao.OrderHeld, chepiao.OrderAsked, chepiao.OrderWaiting, chepiao.OrderIssued, chepiao.OrderLapsed, chepiao.OrderReleased, chepiao.OrderRefunded} {
		if _, err := (chepiao.Order{State: s}).Move(chepiao.OrderReask); chepiao.Why(err) != chepiao.WrongState {
			t.Errorf("%s is asked again: %v", s, err)
		}
	}
	at := moment("2026-11-22 06:10")
	asked := chepiao.Order{State: chepiao.OrderAsked, Deadline: at, OrderMore: chepiao.OrderMore{Wait: &chepiao.WaitTerms{}}}
	if err := asked.Alive(at.Add(-1)); err != nil {
		t.Errorf("a request before its deadline: %v", err)
	}
	if err := asked.Alive(at); chepiao.Why(err) != chepiao.HoldExpired {
		t.Errorf("a request at its deadline: %v", err)
	}
	waiting := asked
	waiting.State = chepiao.OrderWaiting
	if err := waiting.Alive(at); err != nil {
		t.Errorf("a paid request has no deadline to be paid: %v", err)
	}
}
