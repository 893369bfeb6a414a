package desk_test

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"testing"

	"chepiao"
	"chepiao/demo"
	"chepiao/office"
	"chepiao/web/stage"
)

// queue puts the invented people from one number up to another onto the waitlist of a full departure, paid ahead.
func queue(t *testing.T, s *stage.Stage, id chepiao.DepartureID, first, end int) {
	t.Helper()
	ctx := context.Background()
	a, err := s.Office.Timetable().StationByCode(from, "from")
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Office.Timetable().StationByCode(to, "to")
	if err != nil {
		t.Fatal(err)
	}
	for i := first; i < end; i++ {
		name, number := demo.Person(778_000 + i)
		asked, err := s.Office.Wait(ctx, s.Now(), office.Verb{ID: fmt.Sprint("wait", i), By: "test"}, fmt.Sprint("KEY", i), office.WaitInput{
			Departures: []chepiao.DepartureID{id}, From: a.No, To: b.No, Channel: chepiao.Window,
			Passengers: []office.Rider{{Name: name, Document: string(chepiao.ResidentID), Number: number}},
		})
		if err == nil {
			_, err = s.Office.PayCash(ctx, office.Verb{ID: fmt.Sprint("pay", i), By: "test"}, asked.Order.ID, asked.Order.Total)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestAQueueProposesAnExtraCoach: ten people wait, the desk is told what an extra
// coach would earn, makes one, and they travel with it.
func TestAQueueProposesAnExtraCoach(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	id := s.Departure("JA1707")
	act(s, "reserve", id.String(), url.Values{"seats": {"1-49"}, "reserve": {"manual"}, "reason": {"包车"}}).Want(200, "已办理")
	queue(t, s, id, 0, 9)
	s.Get("/desk/waitlist").Want(200, "JA1707", "¥441.00").Lacks("建议加班，")
	s.Get("/desk?" + here).Want(200).Lacks("al-queue")
	s.Get("/desk/departures/"+id.String()+"?"+here).Want(200, "候补 9 单 9 人")
	queue(t, s, id, 9, 10)
	page := s.Get("/desk/waitlist").Want(200, "候补 10 人，建议加班，预计收入 ¥490.00")
	s.Get("/desk?"+here).Want(200, "al-queue")

	form := regexp.MustCompile(`href="(/desk/act\?[^"]*kind=extra[^"]*)"`).FindStringSubmatch(page.Body)
	if form == nil {
		t.Fatal("no extra coach is one tap away")
	}
	act(s, "extra", id.String(), url.Values{"depart": {"08:30"}, "reason": {"客流高峰"}}).Want(200, "已办理", "已生成")
	s.Get("/desk/waitlist").Want(200, "没有人在候补")
	s.Get("/desk?"+here).Want(200, "08:30").Lacks("al-queue")
}

// TestFlowDeparture: its coaches have places, not seats.
func TestFlowDeparture(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	one := s.Departure("HT4401").String()
	s.Get("/desk/departures/"+one+"?"+here).Want(200, "流水班不对号入座", "今日末班").Lacks("data-seat=")
	act(s, "reserve", one, url.Values{"places": {"3"}, "reserve": {"manual"}, "reason": {"团体"}}).Want(200, "已办理")
	s.Get("/desk/departures/"+one+"?"+here).Want(200, "团体")
	act(s, "reserve", one, url.Values{"places": {"x"}, "reason": {"团体"}}).Want(422, "请填写人数")
}
