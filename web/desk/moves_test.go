package desk_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"chepiao"
	"chepiao/web/stage"
)

// seatsIn are the numbers of the seats in a state on one side of a picture.
func seatsIn(side, state string) (list []string) {
	for _, m := range regexp.MustCompile(`seat s-`+state+`" data-seat="(\d+)"[^>]*>\d+(?:<small>(\d*)</small>)?`).FindAllStringSubmatch(side, -1) {
		list = append(list, strings.TrimSuffix(m[1]+"/"+m[2], "/"))
	}
	return list
}

// TestSeatsBeforeAndAfter: another coach is drawn with who stays, who moves where, and
// who has no place; nothing is drawn for an act that moves nobody, or once it is done.
func TestSeatsBeforeAndAfter(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	for n := 1; n <= 10; n++ {
		s.Sell("JA1707", from, to, n)
	}
	one := s.Departure("JA1707").String()
	small := ""
	for _, v := range s.Office.Timetable().Vehicles {
		if v.Seats == 7 {
			small = v.Code
		}
	}
	if small == "" {
		t.Fatal("no coach of seven seats")
	}
	form := url.Values{"kind": {"coach"}, "d": {one}, "coach": {small}, "reason": {"车辆故障"}, "step": {"preview"}, "once": {"A"}}
	page := s.Post("/desk/act?"+here, form).Want(200, "换座示意", "7 座")
	sides := strings.Split(page.Body, `class="arrow"`)
	if len(sides) != 2 {
		t.Fatal("no picture of two sides")
	}
	before, after := sides[0], sides[1]
	stays, left := len(seatsIn(before, "stays")), len(seatsIn(before, "left"))
	goes, came := seatsIn(before, "goes"), seatsIn(after, "came")
	if stays+len(goes) != 7 || left != 3 || len(goes) != len(came) || len(seatsIn(after, "stays")) != stays {
		t.Errorf("of ten on seven seats %d stay, %v go, %v came, %d are left", stays, goes, came, left)
	}
	if n := len(regexp.MustCompile(`data-seat="`).FindAllString(after, -1)); n != 7 {
		t.Errorf("the small coach is drawn with %d seats", n)
	}
	form.Set("step", "commit")
	form.Set("seen", page.Field("seen"))
	s.Post("/desk/act?"+here, form).Want(200, "已办理").Lacks("换座示意")
	act := url.Values{"kind": {string(chepiao.ActDelay)}, "d": {s.Departure("JA1709").String()}, "minutes": {"20"}, "reason": {"x"}, "step": {"preview"}, "once": {"B"}}
	s.Post("/desk/act?"+here, act).Want(200).Lacks("换座示意")
}
