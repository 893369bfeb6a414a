package office_test

import (
	"bytes"
	"testing"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/store"
)

// TestWhoTravelledIsDestroyed: at the end of the retention nobody can be read or
// found any more who travelled on a day, in pieces and only then; tickets and money
// stay as they are, and the journal tells how many.
func TestWhoTravelledIsDestroyed(t *testing.T) {
	m := newMessenger(t)
	ctx := t.Context()
	days := time.Duration(m.office.Rules().PeopleDays) * 24 * time.Hour
	first := m.buy("张伟", "李娜")
	look := func() []chepiao.Ticket {
		found, err := m.office.LookUp(ctx, m.clock(), office.Verb{ID: m.clock().String(), By: "window 3", Who: "1001"},
			office.LookUpInput{Kind: "resident_id", Number: m.person("张伟"), Why: chepiao.LookTrouble, Limit: 9})
		must(t, err)
		return found
	}
	f, err := m.office.Look(ctx, first.Order.ID)
	must(t, err)
	m.set(f.Departs.Add(days - 25*time.Hour)) // the last day of the retention
	if n, err := m.office.DestroyPeople(ctx, m.clock()); n != 0 || err != nil {
		t.Fatalf("destroyed before its time: %d, %v", n, err)
	}
	if f, err := m.office.Look(ctx, first.Order.ID); err != nil || f.Passengers[0].Name.Reveal() != "张伟" || len(look()) != 1 {
		t.Fatalf("%v, %v", f.Passengers, err)
	}
	m.forward(49 * time.Hour)
	plan, err := m.office.Retention(ctx, m.clock())
	if err != nil || plan.Overdue != 2 || plan.Done >= plan.From {
		t.Errorf("%+v, %v", plan, err)
	}
	destroyed := 0
	for range 9 {
		n, err := m.office.DestroyPeople(ctx, m.clock())
		must(t, err)
		destroyed += n
	}
	if destroyed != 2 {
		t.Errorf("%d destroyed", destroyed)
	}
	f, err = m.office.Look(ctx, first.Order.ID)
	must(t, err)
	for i, p := range f.Passengers {
		if p.Name.Reveal() != "" || !p.Document.IsZero() || !p.Phone.IsZero() || !f.Tickets[i].Person.IsZero() {
			t.Errorf("passenger %d can be read", i)
		}
	}
	if f.Order.Total != first.Order.Total || f.Tickets[0].Price != first.Tickets[0].Price || f.Tickets[0].Seat != first.Tickets[0].Seat {
		t.Errorf("the sale has changed: %+v", f.Order)
	}
	if found := look(); len(found) != 0 {
		t.Errorf("found by the document: %v", found)
	}
	plan, err = m.office.Retention(ctx, m.clock())
	if err != nil || plan.Overdue != 0 || plan.Done != plan.From || len(plan.Rounds) != 1 || plan.Rounds[0].Tickets != 2 || plan.Rounds[0].Day != f.Tickets[0].Departure.Day() {
		t.Errorf("%+v, %v", plan, err)
	}
	told := 0
	must(t, m.store.Read(ctx, func(r *store.Reader) error {
		entries, err := r.Journal("T1", 1, 0, 1000)
		for _, e := range entries {
			if e.Kind == chepiao.PeopleWereDestroyed {
				told++
				if !bytes.Contains(e.Body, []byte(`"tickets":2`)) {
					t.Errorf("%s", e.Body)
				}
			}
		}
		return err
	}))
	if told != 1 {
		t.Errorf("%d entries in the journal", told)
	}
	m.end()
}

// TestDoctorMissesNobody: doctor agrees with what is destroyed, and says so when what
// should be destroyed can be read, as in a record that was put back by hand.
func TestDoctorMissesNobody(t *testing.T) {
	m := newMessenger(t)
	ctx := t.Context()
	m.buy("张伟")
	m.forward(time.Duration(m.office.Rules().PeopleDays+60) * 24 * time.Hour)
	for range 9 {
		_, err := m.office.DestroyPeople(ctx, m.clock())
		must(t, err)
	}
	findings := func() (n int) {
		d, err := m.store.Doctor(ctx, nil)
		must(t, err)
		for _, f := range d.Findings {
			if bytes.Contains([]byte(f.What), []byte("said to be destroyed")) {
				n++
			} else if bytes.Contains([]byte(f.What), []byte("person")) {
				t.Error(f)
			}
		}
		return n
	}
	if n := findings(); n != 0 {
		t.Errorf("%d findings", n)
	}
	m.exec("UPDATE person SET wrapped = x'01', sealed = x'01'")
	if n := findings(); n != 1 {
		t.Errorf("%d findings of a record that was put back", n)
	}
}
