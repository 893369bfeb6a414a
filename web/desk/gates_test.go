package desk_test

import (
	"net/url"
	"testing"

	"chepiao/web/stage"
)

// TestGatesAreAssignedTogether: several departures change their gate with one preview,
// which says who boards together, and one act puts them back.
func TestGatesAreAssignedTogether(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	s.Sell("JA1707", from, to, 1)
	one, two, alone := s.Departure("JA1707").String(), s.Departure("HT3301").String(), s.Departure("JA1709").String() // 08:10, 08:20, 09:10
	page := s.Get("/desk/gates?"+here).Want(200, `name="g-`+one+`"`).Golden("gates-zh")
	form := url.Values{"once": {page.Field("once")}, "g-" + one: {"7"}, "g-" + two: {"13"}, "g-" + alone: {"7"}, "reason": {"高峰"}, "step": {"preview"}}
	s.Post("/desk/gates?"+here, form).Want(422, "还没有改动")
	form.Set("g-"+one, "13")
	form.Set("g-"+alone, "3")
	seen := s.Post("/desk/gates?"+here, form).Want(200, "13 号检票口：JA1707 与 HT3301", "涉及 1 位旅客")
	if n := s.Get("/desk?" + here).Body; n == "" {
		t.Fatal("no board")
	}
	s.Get("/board/" + from + "?gate=13").Want(200).Lacks("JA1707") // seen, not done
	form.Set("seen", seen.Field("seen"))
	form.Set("step", "commit")
	form.Set("reason", "")
	s.Post("/desk/gates?"+here, form).Want(422)
	form.Set("reason", "高峰")
	form.Set("seen", "something else")
	s.Post("/desk/gates?"+here, form).Want(409)
	form.Set("seen", seen.Field("seen"))
	done := s.Post("/desk/gates?"+here, form).Want(200, "已改动", "/desk/gates?g-")
	s.Post("/desk/gates?"+here, form) // sent twice, told once
	s.Get("/board/"+from+"?gate=13").Want(200, "JA1707", "HT3301")
	s.Get("/board/"+from+"?gate=3").Want(200, "JA1709")
	_ = done
	s.Get("/desk/gates?"+here+"&reason=x&g-"+one+"=7").Want(200, `value="x"`, `<tr data-id="`+one+`" class="changed`)
}
