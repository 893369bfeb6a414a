package board_test

import (
	"testing"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/web/stage"
)

const from, to = "130102SJZ", "130606BD"

// act commits an act without looking at it first.
func act(t *testing.T, s *stage.Stage, a chepiao.Act) {
	t.Helper()
	a.Station, a.Reason = from, "fog"
	if _, err := s.Office.Commit(t.Context(), office.Verb{ID: string(a.Kind) + s.Now().Format("150405"), By: "desk"}, a, office.Unseen); err != nil {
		t.Fatal(err)
	}
}

// TestTheHallSeesWhatHappens walks one departure from the timetable to the road, as
// the board shows it and as the hall hears it.
func TestTheHallSeesWhatHappens(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	sold := s.Sell("JA1707", from, to, 1)
	id := s.Departure("JA1707")
	row, called := `class="st-`, "-"+id.String()+"-" // as a call's key has it
	board := func(state string) stage.Page {
		t.Helper()
		return s.Get("/board/"+from).Want(200, row+state+`" data-id="`+id.String()+`"`).Lacks(sold.Name, sold.Number, sold.Ticket.ID.String())
	}
	board("on_time").Lacks(called).Golden("hall")
	s.Get("/board").Want(200, `/board/`+from).Golden("choose")
	s.Get("/board/nowhere").Want(404)
	// At half past six the coaches of 06:00 and 06:10 have not come: they are shown and heard to be late.
	s.Get("/board/"+from).Want(200, "晚点 30 分钟，待定", "30 min late, time to follow", "的 JA1701 次班车晚点，原定 06:10 发车")
	s.Get("/board/"+from+"?gate=7").Want(200, "JA1707").Lacks("JA0107")
	s.Get("/board/" + from + "?gate=99").Want(200).Lacks("JA1707")

	act(t, s, chepiao.Act{Kind: chepiao.ActDelay, Departures: []chepiao.DepartureID{id}, Minutes: 30})
	late := board("delayed").Want(200, "晚点至", "Delayed to", `data-key="delayed-`)
	act(t, s, chepiao.Act{Kind: chepiao.ActGate, Departures: []chepiao.DepartureID{id}, Gate: "9"})
	board("delayed").Want(200, "改在 9 号检票口检票", `data-key="gate-`)
	s.Pass(chepiao.CallGood)
	board("delayed").Lacks(called) // said in time, or no longer
	if late.Header.Get("Cache-Control") == "no-store" {
		t.Error("a public board may be kept for a moment")
	}
	s.Pass(112 * time.Minute) // check opens at 08:20
	board("delayed").Lacks(called)
	s.Report("JA1707")
	board("boarding").Want(200, `data-key="boarding-`, "is now boarding at gate 9")
	s.Pass(8 * time.Minute)
	board("last_call").Want(200, `data-key="last_call-`)

	other := s.Departure("JA1709")
	act(t, s, chepiao.Act{Kind: chepiao.ActCancel, Departures: []chepiao.DepartureID{other}})
	s.Get("/board/"+from).Want(200, `st-cancelled off" data-id="`+other.String(), "停运", `data-key="cancelled-`)
}

// TestDispatchersOwnWords: a notice is said once, silence keeps the rest quiet.
func TestDispatchersOwnWords(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	say := func(w chepiao.HallWord) {
		t.Helper()
		w.Station = s.Office.Timetable().Stations[0].No
		for i := range s.Office.Timetable().Stations {
			if one := s.Office.Timetable().Stations[i]; one.Code == from {
				w.Station = one.No
			}
		}
		if _, err := s.Office.TellHall(t.Context(), office.Verb{ID: "say" + string(w.Kind) + s.Now().Format("150405"), By: "desk", Who: "0012"}, w); err != nil {
			t.Fatal(err)
		}
	}
	say(chepiao.HallWord{Kind: chepiao.HallNotice, ZH: "失主请到服务台", EN: "Please come to the desk"})
	s.Get("/board/"+from).Want(200, "失主请到服务台").Lacks("0012")
	say(chepiao.HallWord{Kind: chepiao.HallMute})
	act(t, s, chepiao.Act{Kind: chepiao.ActDelay, Departures: []chepiao.DepartureID{s.Departure("JA1707")}, Minutes: 30})
	s.Get("/board/"+from).Want(200, "失主请到服务台").Lacks(`data-key="delayed`)
	s.Pass(chepiao.CallGood)
	s.Get("/board/" + from).Want(200).Lacks("失主请到服务台")
}
