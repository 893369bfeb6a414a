package passenger_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/web/stage"
)

var moveLink = regexp.MustCompile(`href="(/o/[^"]*/rebook/[^"]*)"`)

// TestRebook moves two tickets to a later coach: the pages say the difference
// before anything happens, and the old order says where its passengers went.
func TestRebook(t *testing.T) {
	for _, lang := range langs {
		s := stage.Open(t, stage.Options{})
		s.Lang = lang
		order := paid(t, s, held(t, s, riders(1, 2)))
		s.Get(order).Want(200, order+"/rebook")
		list := s.Get(order + "/rebook").Want(200).Golden("rebook-" + lang)
		links := moveLink.FindAllStringSubmatch(list.Body, -1)
		if len(links) < 2 {
			t.Fatalf("only %d departures to move to", len(links))
		}
		link := strings.ReplaceAll(links[0][1], "&amp;", "&")
		page := s.Get(link).Want(200).Golden("move-" + lang)
		path, query, _ := strings.Cut(link, "?")
		chosen, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		form := url.Values{"once": {page.Field("once")}, "back": {"77"}, "ticket": chosen["ticket"]}
		s.Post(path, form).Want(409)
		form.Set("back", page.Field("back"))
		moved := s.Post(path, form).Location()
		if moved == order || s.Post(path, form).Location() != moved {
			t.Error("sent again, the form leads elsewhere")
		}
		s.Get(moved).Want(200)
		s.Get(order).Want(200, `href="`+moved+`"`).Lacks("/rebook\"", "全部退票")
		// The new tickets are not moved again.
		again := s.Get(moved + "/rebook").Want(200)
		if moveLink.MatchString(again.Body) {
			t.Error("a ticket that was rebooked is offered another departure")
		}
	}
}

func TestRebookRefused(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	order := paid(t, s, held(t, s, riders(1)))
	id := chepiao.MakeDepartureID(1, chepiao.DayOf(stage.Begin))
	s.Get(order + "/rebook/nonsense").Want(422)
	s.Get(order + "/rebook/" + id.String() + "?sent=1").Want(200) // nobody chosen: the list again
	s.Get(strings.Replace(order, "/o/OD", "/o/OD9", 1) + "/rebook").Want(404)
	s.Post(order+"/rebook/"+id.String(), url.Values{"once": {"X"}, "back": {"0"}}).Want(422)
	s.Get(order + "/rebook?day=2031-01-01").Want(200)
	s.Pass(48 * time.Hour)
	if page := s.Get(order + "/rebook").Want(200); moveLink.MatchString(page.Body) {
		t.Error("two days later a departure is offered")
	}
}

// TestStages: the page says until when what comes back, and where cash is
// fetched.
func TestStages(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	order := paid(t, s, held(t, s, riders(1)))
	page := s.Get(order+"/refund").Want(200, `class="now"`, "任一窗口领取")
	_, stages, _ := strings.Cut(page.Body, `class="stages"`)
	if n := strings.Count(stages, "<i aria-hidden"); n != 3 {
		t.Errorf("%d stages, want the three of the ladder", n)
	}
	form := url.Values{"once": {"R"}, "back": {page.Field("back")}, "ticket": {regexp.MustCompile(`TK\d+`).FindString(page.Body)}}
	s.Get(s.Post(order+"/refund", form).Location()).Want(200, "现金退款", "待领取")
}
