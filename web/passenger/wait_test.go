package passenger_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/demo"
	"chepiao/office"
	"chepiao/web/stage"
)

// fill sells every seat of a departure and returns the last order.
func fill(t *testing.T, s *stage.Stage, number string) (last office.Answer) {
	t.Helper()
	path, _ := departure(t, s, number)
	id, err := chepiao.ParseDepartureID(strings.TrimPrefix(path, "/passenger/departures/"))
	if err != nil {
		t.Fatal(err)
	}
	tt := s.Office.Timetable()
	a, _ := tt.StationByCode(from, "from")
	b, _ := tt.StationByCode(to, "to")
	for n := 0; ; n++ {
		name, document := demo.Person(555_000 + n)
		in := office.HoldInput{Departure: id, From: a.No, To: b.No, Channel: chepiao.Online, Passengers: []office.Rider{{Name: name, Document: "resident_id", Number: document}}}
		held, err := s.Office.Hold(context.Background(), s.Now(), office.Verb{ID: fmt.Sprint("fill-", number, n), By: "test"}, "KEY", in)
		if chepiao.Why(err) == chepiao.SoldOut && n > 0 {
			return last
		}
		if err != nil {
			t.Fatal(err)
		}
		if last, err = s.Office.PayCash(context.Background(), office.Verb{ID: fmt.Sprint("fill-pay-", number, n), By: "test"}, held.Order.ID, held.Order.Total); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWaitPages follows a request from the list to the tickets.
func TestWaitPages(t *testing.T) {
	for _, lang := range langs {
		s := stage.Open(t, stage.Options{})
		s.Lang = lang
		path, query := departure(t, s, "JA1707")
		bought := fill(t, s, "JA1707")
		s.Get(list).Want(200, path)
		page := s.Get(path+query).Want(200, path+"/wait").Lacks(`name="seat"`)
		page.Golden("wait-" + lang)
		f := riders(1)
		f.Set("once", page.Field("once"))
		f.Set("until", "tomorrow")
		s.Post(path+"/wait"+query, f).Want(422)
		f.Set("until", "")
		order := s.Post(path+"/wait"+query, f).Location()
		s.Get(order).Want(200, order+"/pay").Golden("wait-asked-" + lang)
		paid(t, s, order)
		s.Get(order).Want(200, order+"/release").Lacks(order + "/pay").Golden("waiting-" + lang)

		back, err := s.Office.QuoteRefund(context.Background(), s.Now(), chepiao.AskedAt{}, bought.Tickets[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Office.Refund(context.Background(), office.Verb{ID: "back", By: "test"}, bought.Order.ID, []chepiao.TicketID{bought.Tickets[0].ID}, back.Back); err != nil {
			t.Fatal(err)
		}
		s.Get(order).Want(200, `class="qr"`)

		// Another request is given up, and one is never paid.
		f = riders(2)
		f.Set("once", s.Get(path+query).Field("once"))
		second := paid(t, s, s.Post(path+"/wait"+query, f).Location())
		s.Post(second+"/release", url.Values{"once": {"give-up"}}).Location()
		s.Get(second).Want(200).Lacks(second + "/release").Golden("wait-ended-" + lang)
		f = riders(3)
		f.Set("once", s.Get(path+query).Field("once"))
		third := s.Post(path+"/wait"+query, f).Location()
		s.Pass(11 * time.Minute)
		s.Get(third).Want(200).Lacks(third + "/pay")
	}
}

// TestSoldOutMeanwhile: who fills in the form while the last seat goes is offered
// the waitlist.
func TestSoldOutMeanwhile(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	path, query := departure(t, s, "JA1707")
	f := riders(1)
	f.Set("once", s.Get(path+query).Want(200, path+"/hold").Field("once"))
	fill(t, s, "JA1707")
	s.Post(path+"/hold"+query, f).Want(409, path+"/wait")
}

// TestQueueOnTheTicket takes a virtual queue number and gives it up.
func TestQueueOnTheTicket(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	order := ""
	tt := s.Office.Timetable()
	for _, m := range tt.Templates {
		if m.Kind != chepiao.Flow || order != "" {
			continue
		}
		id := chepiao.MakeDepartureID(m.No, chepiao.DayOf(stage.Begin))
		name, document := demo.Person(444_000)
		in := office.HoldInput{Departure: id, From: m.Stops[0].Station, To: m.Stops[len(m.Stops)-1].Station, Channel: chepiao.Online, Passengers: []office.Rider{{Name: name, Document: "resident_id", Number: document}}}
		held, err := s.Office.Hold(context.Background(), s.Now(), office.Verb{ID: "flow", By: "test"}, "KEY", in)
		if err != nil {
			continue
		}
		order = paid(t, s, "/o/"+held.Order.ID.String()+"/KEY")
	}
	if order == "" {
		t.Fatal("the demo has no flow departure to buy")
	}
	page := s.Get(order).Want(200, order+`/queue"`)
	ticket := page.Field("ticket")
	s.Post(order+"/queue", url.Values{"ticket": {ticket}, "once": {"q1"}}).Location()
	s.Get(order).Want(200, order+"/queue/leave", "1")
	s.Post(order+"/queue/leave", url.Values{"ticket": {ticket}, "once": {"q2"}}).Location()
	s.Get(order).Want(200, order+`/queue"`)
	s.Post(order+"/queue", url.Values{"ticket": {chepiao.TicketID(7_000_000_004).String()}, "once": {"q3"}}).Want(404)
}
