package desk_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/web/stage"
)

// TestTheDispatcherTellsTheHall: what is due and coming is listed, one call is left
// out, one made again, own words are said, and the hall is silenced.
func TestTheDispatcherTellsTheHall(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	act(s, "delay", s.Departure("JA1707").String(), url.Values{"minutes": {"30"}, "reason": {"fog"}}).Want(200)
	list := s.Get("/desk/hall?"+here).Want(200, "JA1707", "08:40").Golden("hall-zh")
	key := regexp.MustCompile(`data-key="(delayed-[^"]*)"`).FindStringSubmatch(list.Body)[1]
	heard := `data-key="` + key + `" data-zh`
	s.Get("/board/"+from).Want(200, heard)
	say := func(form url.Values) stage.Page {
		form.Set("once", s.Get("/desk/hall?"+here).Field("once"))
		return s.Post("/desk/hall?"+here, form)
	}
	say(url.Values{"kind": {"skip"}, "call": {key}}).Location()
	s.Get("/board/" + from).Want(200).Lacks(heard)
	s.Pass(chepiao.CallGood)
	say(url.Values{"kind": {"again"}, "call": {"delayed-of-old"}}).Want(404)
	say(url.Values{"kind": {"again"}, "call": {key}, "zh": {"别的话"}}).Location()
	s.Get("/board/"+from).Want(200, "JA1707 次班车晚点").Lacks("别的话")
	s.Pass(chepiao.CallGood + time.Minute)
	say(url.Values{"kind": {"mute"}}).Location()
	say(url.Values{"kind": {"notice"}, "zh": {"请失主到服务台"}}).Location()
	s.Get("/desk/hall?"+here).Want(200, `value="speak"`, "请失主到服务台")
	s.Get("/board/"+from).Want(200, "请失主到服务台")
	say(url.Values{"kind": {"notice"}, "zh": {strings.Repeat("长", 201)}}).Want(422, "长长")
	say(url.Values{"kind": {"sing"}}).Want(422)
}
