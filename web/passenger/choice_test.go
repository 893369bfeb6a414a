package passenger_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"chepiao"
	"chepiao/office"
	"chepiao/web/stage"
)

// TestChoice: the departure is stopped; one tap travels with the next one, or
// gives all the money back.
func TestChoice(t *testing.T) {
	for _, lang := range langs {
		s := stage.Open(t, stage.Options{})
		s.Lang = lang
		moves, goes := paid(t, s, held(t, s, riders(1, 2))), paid(t, s, held(t, s, riders(3)))
		s.Get(moves).Want(200).Lacks("data-choice")
		path, _ := departure(t, s, "JA1707")
		id, err := chepiao.ParseDepartureID(path[strings.LastIndex(path, "/")+1:])
		if err != nil {
			t.Fatal(err)
		}
		act := chepiao.Act{Kind: chepiao.ActCancel, Departures: []chepiao.DepartureID{id}, Reason: "车辆故障"}
		if _, err := s.Office.Commit(context.Background(), office.Verb{ID: "stop", By: "test"}, act, office.Unseen); err != nil {
			t.Fatal(err)
		}
		page := s.Get(moves).Want(200, "data-choice", "车辆故障").Golden("choice-" + lang)
		next := page.Field("departure")
		s.Post(moves+"/choose", url.Values{"once": {"1"}, "choice": {"keep"}}).Want(409, "data-choice")
		s.Post(moves+"/choose", url.Values{"once": {"2"}, "choice": {"next"}, "departure": {path}}).Want(409, "data-choice")
		form := url.Values{"once": {"3"}, "choice": {"next"}, "departure": {next}}
		moved := s.Post(moves+"/choose", form).Location()
		if again := s.Post(moves+"/choose", form).Location(); again != moved || moved == moves {
			t.Errorf("leads to %s, sent again to %s", moved, again)
		}
		s.Get(moved).Want(200, `class="qr"`).Lacks("data-choice")
		s.Get(moves).Want(200).Lacks("data-choice")
		s.Post(goes+"/choose", url.Values{"once": {"4"}, "choice": {"refund"}}).Location()
		s.Get(goes).Want(200, "¥49.00").Lacks("data-choice")
	}
}
