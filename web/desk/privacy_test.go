package desk_test

import (
	"context"
	"testing"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/web/stage"
)

// TestSupervisorWatchesLookUps: a supervisor sees who looked passengers up and why,
// by day and by member of staff, and never whom; and what was destroyed. A clerk and
// a desk where nobody has signed in do not.
func TestSupervisorWatchesLookUps(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	sale := s.Sell("JA1707", from, to, 1)
	for i, who := range []chepiao.StaffNo{"1001", "1002"} {
		_, err := s.Office.LookUp(context.Background(), s.Now(), office.Verb{ID: "look" + string(who), By: "window 3", Who: who},
			office.LookUpInput{Kind: "resident_id", Number: sale.Number, Why: chepiao.LookWhys()[i], Limit: 9})
		if err != nil {
			t.Fatal(err)
		}
	}
	s.As("1001")
	s.Get("/desk/privacy?"+here).Lacks("1002", "window 3")
	s.Get("/desk/privacy/looked.csv?"+here).Lacks("1002", "window 3")
	s.As("4001")
	page := s.Get("/desk/privacy?"+here).Want(200, "1001", "1002", "window 3", "旅客本人办理", "受旅客委托查询")
	page.Lacks(sale.Number, "[privacy.", "[look.")
	s.Get("/desk/privacy?staff=1002&"+here).Want(200, "受旅客委托查询").Lacks("旅客本人办理")
	s.Get("/desk/privacy?day=2020-01-02&" + here).Want(200).Lacks("window 3")
	s.Get("/desk/privacy?day=x&" + here).Want(422)
	s.Get("/desk/privacy/looked.csv?"+here).Want(200, "1002,window 3,", ",asked,1").Lacks(sale.Number)

	s.Pass(time.Duration(s.Office.Rules().PeopleDays+60) * 24 * time.Hour)
	for range 9 {
		if _, err := s.Office.DestroyPeople(context.Background(), s.Now()); err != nil {
			t.Fatal(err)
		}
	}
	s.As("4001")
	s.Get("/desk/privacy?"+here).Want(200, s.Departure("JA1707").Day().String())
}
