package storetest

import (
	"bytes"
	"reflect"
	"slices"
	"time"

	"chepiao"
	"chepiao/store"
)

// keepsEverything writes one of each row, changes it, and reads it back.
func keepsEverything(b *bench) {
	s := b.open()
	o := b.booked(s, 1, 2)
	var back chepiao.Payback
	var checked chepiao.Ticket
	b.write(s, func(tx *store.Tx) error { return payFor(tx, o.ID) })
	b.write(s, func(tx *store.Tx) error {
		t, err := tx.Ticket(o.Tickets()[1])
		b.check(err)
		checked, err = t.Move(chepiao.MoveCheck)
		b.check(err)
		checked.CheckedAt, checked.CheckedBy, checked.Voucher, checked.Fee, checked.Refund = tx.Now, "gate-1", 2, 5, 6
		b.check(tx.PutTicket(checked))
		back = chepiao.Payback{ID: chepiao.PaybackID(tx.NextIDs(1)), Payment: chepiao.PaymentID(o.ID + 3), Order: o.ID, Channel: chepiao.Sandbox, Amount: 77, State: chepiao.PaybackDue, Created: tx.Now, Version: 1}
		b.check(tx.PutPayback(back))
		back.Tries, back.Version = 3, 2
		b.check(tx.PutPayback(back))
		return tx.Record("note", 0, chepiao.Event{Kind: "note"})
	})
	for s := range b.twice(s) {
		b.read(s, func(r *store.Reader) error {
			got, err := r.Order(o.ID)
			want := o
			want.State, want.Payment, want.Version = chepiao.OrderIssued, chepiao.PaymentID(o.ID+3), 2
			b.same("order", got, want, err)
			tickets, err := r.Tickets(got)
			if err != nil || len(tickets) != 2 || tickets[0].State != chepiao.TicketValid {
				b.Fatalf("tickets %+v, %v", tickets, err)
			}
			b.same("ticket", tickets[1], checked, nil)
			one, err := r.Ticket(checked.ID)
			b.same("ticket by number", one, checked, err)
			of, err := r.TicketsOf(checked.Person, 5)
			b.same("tickets of a person", of, []chepiao.Ticket{checked}, err)
			rest, err := r.Manifest(coachID(), tickets[0].ID, 5)
			b.same("manifest after the first", rest, []chepiao.Ticket{checked}, err)
			payments, err := r.Payments(o.ID)
			if err != nil || len(payments) != 1 || payments[0].Amount != o.Total || payments[0].State != chepiao.PaymentPaid {
				b.Errorf("payments %+v, %v", payments, err)
			}
			due, err := r.DuePaybacks(0, 5)
			b.same("paybacks", due, []chepiao.Payback{back}, err)
			who, ok, err := r.Person(checked.ID)
			if err != nil || !ok || !bytes.Equal(who.Wrapped, []byte{1, 2}) || !bytes.Equal(who.Box, []byte{2, 2}) {
				b.Errorf("the person reads as %v %v, %v", who, ok, err)
			}
			if _, ok, err := r.Person(checked.ID + 50); ok || err != nil {
				b.Errorf("a person that is not there: %v, %v", ok, err)
			}
			if _, err := r.Order(o.ID + 50); chepiao.Why(err) != chepiao.NotFound {
				b.Errorf("an order that is not there: %v", err)
			}
			return nil
		})
	}
}

func (b *bench) same(what string, got, want any, err error) {
	b.Helper()
	if err != nil || !reflect.DeepEqual(got, want) {
		b.Errorf("%s reads back as\n%+v, %v; want\n%+v", what, got, err, want)
	}
}

func keepsTimetable(b *bench) {
	s := b.open()
	zone, err := time.LoadLocation("Asia/Shanghai")
	b.must(err)
	days := chepiao.NewDaySet(today, today+10)
	days.Set(today+3, true)
	network := &chepiao.Network{
		Name: "省网", Zone: zone, Currency: "CNY",
		Stations:  []chepiao.Station{{No: 1, Code: "A", Name: "甲站", Lat: 38.5, Kind: chepiao.CoachStation, Level: 1}, {No: 2, Code: "B", Name: "乙站"}},
		Carriers:  []chepiao.Carrier{{Code: "C1", Name: "运输公司"}},
		Vehicles:  []chepiao.VehicleType{{Code: "V", Seats: 4, Layout: []string{"ss.ss"}}},
		Lines:     []chepiao.Line{{No: 1, Code: "L", Carrier: "C1", Fares: map[chepiao.Pair]chepiao.Money{{From: 1, To: 2}: 4500}}},
		Templates: []chepiao.Template{{No: 1, Line: 1, Number: "L1", Kind: chepiao.Fixed, Seats: 4, Days: days, Stops: []chepiao.Stop{{Station: 1, Depart: 90_600, Board: true}, {Station: 2, Metres: 7}}}},
	}
	b.write(s, func(tx *store.Tx) error {
		tx.PutNetwork(network)
		for _, v := range network.Stations {
			b.check(tx.PutStation("s"+v.Code, v))
		}
		b.check(tx.PutCarrier(network.Carriers[0]))
		b.check(tx.PutVehicle(network.Vehicles[0]))
		b.check(tx.PutLine("l", network.Lines[0]))
		b.check(tx.PutTemplate("t", []byte{1}, network.Templates[0], false))
		return tx.Record("timetable", 0, chepiao.Event{Kind: chepiao.TimetableImported})
	})
	for s := range b.twice(s) {
		b.read(s, func(r *store.Reader) error {
			got, err := r.Timetable()
			if err != nil {
				return err
			}
			b.same("the network", got.Network, *network, nil)
			if got.StationKeys["sB"] != 2 || got.LineKeys["l"] != 1 || got.TemplateKeys["t"].No != 1 || got.NextStation != 3 || got.NextLine != 2 || got.NextTemplate != 2 {
				b.Errorf("keys and numbers: %+v", got)
			}
			return nil
		})
	}
	s = b.restart(s)
	b.write(s, func(tx *store.Tx) error {
		b.check(tx.PutTemplate("t", []byte{1}, network.Templates[0], true))
		return tx.Record("timetable", 0, chepiao.Event{Kind: chepiao.TimetableImported})
	})
	b.read(s, func(r *store.Reader) error {
		got, err := r.Timetable()
		if err != nil || len(got.Templates) != 1 || len(got.TemplateKeys) != 0 || !slices.Equal(got.RetiredKeys["t"], []chepiao.TemplateNo{1}) {
			b.Errorf("a retired template: %+v, %v", got, err)
		}
		return nil
	})
}

func keepsSheets(b *bench) {
	s := b.open()
	for no := int64(1); no <= 3; no++ {
		b.write(s, func(tx *store.Tx) error {
			tx.AddSheet(chepiao.Sheet{No: no, Scope: chepiao.Scope{Layer: chepiao.AtStation, ID: "SJZ"}, Effective: tx.Now.Add(time.Hour), Recorded: tx.Now, Author: "me", Reason: "why", Values: []byte(`{"advance_days":9}`)})
			return tx.Record("rules", no, chepiao.Event{Kind: chepiao.RulesSet})
		})
		b.forward(time.Minute)
	}
	b.write(s, func(tx *store.Tx) error {
		tx.WithdrawSheet(2)
		return tx.Record("rules", 4, chepiao.Event{Kind: chepiao.RulesSet})
	})
	b.read(b.restart(s), func(r *store.Reader) error {
		sheets, err := r.Sheets()
		if err != nil || len(sheets) != 3 || string(sheets[1].Values) != `{"advance_days":9}` || sheets[0].Scope.String() != "station:SJZ" || sheets[0].Author != "me" || sheets[0].Reason != "why" ||
			sheets[0].Effective.Sub(sheets[0].Recorded) != time.Hour || sheets[1].Withdrawn.IsZero() || !sheets[0].Withdrawn.IsZero() {
			b.Errorf("sheets %+v, %v", sheets, err)
		}
		return nil
	})
}

func knowsHolds(b *bench) {
	s := b.open()
	first, second := b.booked(s, 1), b.booked(s, 2)
	paid := b.booked(s, 3)
	b.write(s, func(tx *store.Tx) error { return payFor(tx, paid.ID) })
	b.forward(time.Minute)
	later := b.booked(s, 4)
	due := func(s *store.Store) (ids []chepiao.OrderID) {
		b.write(s, func(tx *store.Tx) error {
			if _, err := tx.Departure(coachID(), coach); err != nil {
				return err
			}
			due, err := tx.DueHolds(coachID())
			ids = due
			return err
		})
		return ids
	}
	for i, want := range [][]chepiao.OrderID{nil, {first.ID, second.ID}, {first.ID, second.ID, later.ID}} {
		for _, where := range []string{"in memory", "after a restart"} {
			if got := due(s); !slices.Equal(got, want) {
				b.Errorf("%s, step %d: %v are due, want %v", where, i, got, want)
			}
			b.read(s, func(r *store.Reader) error {
				orders, err := r.DueOrders(b.clock(), 10)
				if err != nil || len(orders) != len(want) {
					b.Errorf("%s, step %d: the sweeper finds %d, %v; want %d", where, i, len(orders), err, len(want))
				}
				return nil
			})
			s = b.restart(s)
		}
		b.forward([]time.Duration{holdFor - time.Minute, time.Minute, 0}[i])
	}
}

func paidIsNoHold(b *bench) {
	s := b.open()
	o := b.booked(s, 1)
	s = b.restart(s) // nothing is cached
	answers := b.batch(s,
		func(tx *store.Tx) error { return payFor(tx, o.ID) },
		func(tx *store.Tx) error { _, err := book(tx, 2); return err })
	b.must(answers[0])
	b.must(answers[1])
	b.forward(2 * holdFor)
	b.write(s, func(tx *store.Tx) error {
		if _, err := tx.Departure(coachID(), coach); err != nil {
			return err
		}
		if due, err := tx.DueHolds(coachID()); err != nil || slices.Contains(due, o.ID) || len(due) != 1 {
			b.Errorf("%v are due: a paid order is among them, or the unpaid one is not", due)
		}
		return nil
	})
}

func showsViews(b *bench) {
	s := b.open()
	if s.View(coachID()) != nil {
		b.Error("a departure that nothing happened to has a view")
	}
	o := b.booked(s, 1, 2)
	old := s.View(coachID())
	b.write(s, func(tx *store.Tx) error { return release(tx, o.ID) })
	b.booked(s, 3)
	if old.Seats.Seat(1) == 0 || old.Seats.Seat(3) != 0 || old.Version != 1 {
		b.Error("a view that somebody holds was changed")
	}
	for s := range b.twice(s) {
		v := s.View(coachID())
		if v == nil || v.Version != 3 || v.State != chepiao.Running || v.Seats.Places() != 10 {
			b.Fatalf("the view is %+v", v)
		}
		if got := b.taken(s); !slices.Equal(got, []int{3}) {
			b.Errorf("seats %v are taken, want 3", got)
		}
	}
}

// readsOneState: what a reader reads first and last fit together, though a
// batch was committed between.
func readsOneState(b *bench) {
	s := b.open()
	o := b.booked(s, 1)
	b.read(s, func(r *store.Reader) error {
		before, err := r.Order(o.ID)
		b.must(err)
		b.write(s, func(tx *store.Tx) error { return payFor(tx, o.ID) })
		tickets, err := r.Tickets(before)
		if err != nil || before.State != chepiao.OrderHeld || tickets[0].State != chepiao.TicketHeld {
			b.Errorf("an order read as %s has a ticket that is %s, %v", before.State, tickets[0].State, err)
		}
		return nil
	})
	b.read(s, func(r *store.Reader) error {
		after, err := r.Order(o.ID)
		if err != nil || after.State != chepiao.OrderIssued {
			b.Errorf("the next reader sees %s, %v", after.State, err)
		}
		return nil
	})
}
