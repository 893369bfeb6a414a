package desk_test

import (
	"net/url"
	"regexp"
	"testing"
	"time"

	"chepiao/office"
	"chepiao/web/stage"
)

// TestPassagesAreLookedInto: somebody else's document at the gate is a task of the
// station until somebody has written down what it was.
func TestPassagesAreLookedInto(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	one, two := s.Sell("JA1707", from, to, 1), s.Sell("JA1707", from, to, 2)
	s.Get("/desk/tasks?"+here).Want(200, "没有待核查的检票")
	s.Get("/desk?" + here).Want(200).Lacks("/desk/tasks")
	s.Pass(85 * time.Minute)
	s.Report("JA1707")
	if _, err := s.Office.Check(t.Context(), s.Now(), office.Verb{ID: "check", By: "gate"}, office.Passage{
		Station: place(t, s), Gate: "7", Code: one.Code, Document: "resident_id", Number: two.Number, Device: "gate",
	}); err != nil {
		t.Fatal(err)
	}
	s.Get("/desk?"+here).Want(200, `href="/desk/tasks"`)
	page := s.Get("/desk/tasks?"+here).Want(200, "/desk/departures/"+s.Departure("JA1707").String(), "/window/o/").Lacks(one.Name, one.Number, two.Number)
	s.Get("/desk/cases?"+here).Want(200, `<b class="num">1</b>`)
	s.Get("/desk/tasks?station=" + to).Want(200).Lacks("data-task")
	id := regexp.MustCompile(`data-task="(\d+)"`).FindStringSubmatch(page.Body)[1]
	settle := func(id, note, once string) stage.Page {
		return s.Post("/desk/tasks/"+id+"?"+here, url.Values{"once": {once}, "reason": {note}})
	}
	once := page.Field("once")
	settle(id, " ", once).Want(422, "data-task")
	settle("77777", "夫妻拿错", once).Want(404)
	settle(id, "夫妻拿错证件", once).Location()
	settle(id, "夫妻拿错证件", once).Location() // sent twice
	settle(id, "另一个人", once+"B").Want(409)
	s.Get("/desk/tasks?" + here).Want(200).Lacks("data-task")
}
