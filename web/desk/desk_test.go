package desk_test

import (
	"crypto/rand"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"chepiao/ident"
	"chepiao/web/stage"
)

const (
	from, to = "130102SJZ", "130606BD"
	here     = "station=130102SJZ"
)

// act visits the form of an act, previews it and commits what was seen.
func act(s *stage.Stage, kind, departure string, form url.Values) stage.Page {
	form.Set("kind", kind)
	form.Set("d", departure)
	form.Set("once", s.Get("/desk/act?kind="+kind+"&d="+departure+"&"+here).Want(200).Field("once"))
	form.Set("step", "preview")
	seen := s.Post("/desk/act?"+here, form)
	if seen.Status != 200 {
		return seen
	}
	form.Set("seen", seen.Field("seen"))
	form.Set("step", "commit")
	return s.Post("/desk/act?"+here, form)
}

func TestPagesLookAsAgreed(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		s := stage.Open(t, stage.Options{})
		s.Lang = lang
		s.Sell("JA1707", from, to, 1)
		one := s.Departure("JA1707").String()
		s.Get("/desk").Want(200).Golden("setup-" + lang)
		s.Get("/desk?"+here).Want(200, "JA1707").Golden("board-" + lang)
		s.Get("/desk/departures/" + one + "?" + here).Want(200).Golden("departure-" + lang)
		s.Get("/desk/act?kind=delay&d=" + one + "&" + here).Want(200).Golden("delay-" + lang)
		act(s, "delay", one, url.Values{"minutes": {"30"}, "reason": {"fog"}}).Want(200).Golden("delayed-" + lang)
		s.Get("/desk/waitlist").Want(200).Golden("waitlist-" + lang)
		s.Get("/desk/fleet").Want(200).Golden("fleet-" + lang)
		s.Get("/desk/calls?" + here).Want(200).Golden("calls-" + lang)
		s.Get("/desk/cases").Want(200).Golden("cases-" + lang)
	}
}

func TestEveryActHasAForm(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	one := s.Departure("JA1707").String()
	for _, kind := range []string{"delay", "gate", "reserve", "unreserve", "stop_sale", "sell", "extra", "coach", "merge", "stow", "no_show", "cancel", "run", "recall", "station"} {
		s.Get("/desk/act?kind="+kind+"&d="+one+"&"+here).Want(200, `value="preview"`).Lacks("[act.", "[reason.")
		s.Post("/desk/act?"+here, url.Values{"kind": {kind}, "d": {one}, "step": {"preview"}}).Want(422) // no reason, no field
	}
	s.Get("/desk/act?kind=dance&d=" + one).Want(404)
	s.Get("/desk/act?kind=delay").Want(422)
	s.Get("/desk/act?kind=delay&d=7").Want(422)
	s.Get("/desk/departures/999999-20261122").Want(404)
}

// TestDelayIsSeenFirst: a preview changes nothing, a commit does what was seen,
// and what was seen of another act is worth nothing.
func TestDelayIsSeenFirst(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	s.Sell("JA1707", from, to, 1)
	one := s.Departure("JA1707").String()
	form := url.Values{"kind": {"delay"}, "d": {one}, "minutes": {"40"}, "reason": {"大雾"}, "step": {"preview"}, "once": {"A"}}
	seen := s.Post("/desk/act?"+here, form).Want(200, "<s>08:10</s> <b>08:50</b>", "¥49.00").Field("seen")
	s.Get("/desk?" + here).Want(200).Lacks(`class="shift late"`)
	form.Set("step", "commit")
	form.Set("seen", seen)
	form.Set("minutes", "50")
	s.Post("/desk/act?"+here, form).Want(409, "影响范围已变化", "<b>09:00</b>")
	form.Set("minutes", "40")
	done := s.Post("/desk/act?"+here, form).Want(200, "已办理", "撤回此操作")
	s.Get("/desk?"+here).Want(200, `<b class="time">08:50</b><span class="shift late">+40</span>`)
	s.Post("/desk/act?"+here, form).Want(200, "已办理") // sent twice, done once

	undo := regexp.MustCompile(`href="(/desk/act\?[^"]*undo=1)"`).FindStringSubmatch(strings.ReplaceAll(done.Body, "&amp;", "&"))
	if undo == nil {
		t.Fatal("no undo is offered")
	}
	s.Get(undo[1]).Want(200, `name="minutes" inputmode="numeric" maxlength="5" value="0"`)
	act(s, "delay", one, url.Values{"minutes": {"0"}, "reason": {"雾散"}}).Want(200, "已办理")
	s.Get("/desk?" + here).Want(200).Lacks(`class="shift late"`)
}

func TestMistakesStandBesideTheirFields(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	one := s.Departure("JA1707").String()
	for what, c := range map[string]struct {
		kind, name, value, field, text string
	}{
		"no minutes":     {"delay", "minutes", "", "minutes", "请填写分钟数"},
		"words for them": {"delay", "minutes", "half", "minutes", "请填写分钟数"},
		"too many":       {"delay", "minutes", "9999", "minutes", "最多调整"},
		"no seat":        {"reserve", "seats", "x", "seats", "座位号有误"},
		"one not there":  {"reserve", "seats", "99", "seats", "没有 99 号座位"},
		"no gate":        {"gate", "gate", "", "gate", "请填写检票口"},
		"no time":        {"reserve", "until", "25:99", "until", "18:30"},
		"no target":      {"merge", "into", "", "into", "请选择并入的班次"},
		"a long reason":  {"stop_sale", "reason", strings.Repeat("雾", 70), "reason", "不超过"},
	} {
		form := url.Values{"kind": {c.kind}, "d": {one}, "reason": {"x"}, "seats": {"5"}, "reserve": {"auto"}, "until": {"07:30"}, "step": {"preview"}}
		form.Set(c.name, c.value)
		page := s.Post("/desk/act?"+here, form).Want(422, `id="`+c.field+`-note" role="alert"`, c.text)
		if t.Failed() {
			t.Fatal(what, page.Status)
		}
	}
}

func TestReservedSeatsAreDrawn(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	one := s.Departure("JA1707").String()
	act(s, "reserve", one, url.Values{"seats": {"5-6 9"}, "reserve": {"manual"}, "reason": {"团体"}}).Want(200, "已办理")
	page := s.Get("/desk/departures/"+one+"?"+here).Want(200, `seat s-reserved" data-seat="5"`, `seat s-reserved" data-seat="6"`, `seat s-reserved" data-seat="9"`, "团体", "取消留座")
	if n := strings.Count(page.Body, `seat s-reserved" data-seat`); n != 3 {
		t.Errorf("%d seats are drawn as reserved, want 3", n)
	}
	act(s, "unreserve", one, url.Values{"seats": {"9"}, "reason": {"x"}}).Want(200)
	s.Get("/desk/departures/"+one+"?"+here).Want(200, `seat s-free" data-seat="9"`)
}

func TestSeveralDeparturesAtOnce(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	a, b := s.Departure("JA1707").String(), s.Departure("JA1709").String()
	form := url.Values{"kind": {"delay"}, "d": {a, b}, "minutes": {"60"}, "reason": {"大雾"}, "fault": {"weather"}, "step": {"preview"}, "once": {"A"}}
	form.Set("seen", s.Post("/desk/act?"+here, form).Want(200, "JA1707", "JA1709").Field("seen"))
	form.Set("step", "commit")
	s.Post("/desk/act?"+here, form).Want(200, "已办理")
	page := s.Get("/desk?" + here).Want(200)
	if n := strings.Count(page.Body, `class="shift late">+60<`); n != 2 {
		t.Errorf("%d departures are late, want 2", n)
	}
}

// TestACoachReports: the fleet is registered at the desk, a report with lapsed
// papers says which, a good one is shown on the board.
func TestACoachReports(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	s.Sell("JA1707", from, to, 1)
	one := "/desk/departures/" + s.Departure("JA1707").String()
	page := s.Get("/desk/fleet?"+here).Want(200, "还没有登记")
	choice := func(name string) string {
		return regexp.MustCompile(`name="` + name + `">\s*<option value="([^"]+)"`).FindStringSubmatch(page.Body)[1]
	}
	vehicle := url.Values{"once": {"V"}, "plate": {"冀A 12345"}, "carrier": {choice("carrier")}, "coach": {choice("coach")}, "seats": {"49"}, "approved": {"51"},
		"road_permit": {"2026-11-21"}, "vehicle_permit": {"2027-01-01"}, "insurance": {"2026-12-01"}}
	s.Post("/desk/fleet/vehicle", vehicle).Location()
	s.Post("/desk/fleet/driver", url.Values{"once": {"D"}, "no": {"D7"}, "carrier": {choice("carrier")}, "driver_permit": {"2030-01-01"}, "qualification": {"2030-01-01"}}).Location()
	s.Post("/desk/fleet/safety", url.Values{"once": {"S"}, "plate": {"冀A12345"}, "form": {"LJ1"}}).Location()
	s.Post("/desk/fleet/safety", url.Values{"once": {"T"}, "plate": {"冀A99999"}, "form": {"LJ1"}}).Want(404, "没有登记这辆车", `value="冀A99999"`)
	s.Get("/desk/fleet").Want(200, `paper p-lapsed"><time>2026-11-21`, `paper p-soon"><time>2026-12-01`, "不可")
	s.Pass(30 * time.Minute)
	s.Post(one+"/report?"+here, url.Values{"once": {"R"}, "plate": {"冀A12345"}, "drivers": {"D7"}}).Want(409, "道路运输证有效期至 2026-11-21")
	vehicle.Set("once", "W")
	vehicle.Set("road_permit", "2027-11-21")
	s.Post("/desk/fleet/vehicle", vehicle).Location()
	s.Get(s.Post(one+"/report?"+here, url.Values{"once": {"R"}, "plate": {"冀A12345"}, "drivers": {"D7"}, "berth": {"3"}}).Location()).Want(200, "已报班", "冀A12345", "D7", "取消报班")
	s.Get("/desk?"+here).Want(200, "冀A12345", "已报班")
	s.Post(one+"/go?"+here, url.Values{"once": {"G"}}).Want(409, "以后才能发班")
	s.Get(s.Post(one+"/dismiss?"+here, url.Values{"once": {"U"}, "reason": {"换车"}}).Location()).Want(200, "已取消报班")
	s.Get("/desk?" + here).Want(200).Lacks("冀A12345")
}

func TestAlarmsRing(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	s.Sell("JA1707", from, to, 1)
	row := regexp.MustCompile(`<tr[^>]*data-id="` + s.Departure("JA1707").String() + `".*`)
	for _, c := range []struct {
		later time.Duration
		want  string
	}{{0, ""}, {80 * time.Minute, "al-unreported"}, {25 * time.Minute, "al-absent"}} { // it leaves at 08:10
		s.Pass(c.later)
		got := row.FindString(s.Get("/desk?" + here).Want(200).Body)
		if rings := strings.Contains(got, `class="alarm`); rings != (c.want != "") || !strings.Contains(got, c.want) {
			t.Errorf("at %s the row is %s, want alarm %q", s.Now().Format("15:04"), got, c.want)
		}
	}
}

// TestStoppedDepartureAsksPassengers: a cancelled departure becomes cases, and
// the desk settles one as the passenger says.
func TestStoppedDepartureAsksPassengers(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	s.Sell("JA1707", from, to, 1)
	s.Sell("JA1707", from, to, 2)
	one := s.Departure("JA1707").String()
	act(s, "cancel", one, url.Values{"reason": {"车辆故障"}}).Want(200, "已办理", "待安置")
	s.Get("/desk/departures/"+one+"?"+here).Want(200, "停班")
	list := s.Get("/desk/cases").Want(200, "JA1707", "车辆故障", "待选择")
	links := regexp.MustCompile(`data-link="(/desk/cases/[^"]+)"`).FindAllStringSubmatch(list.Body, -1)
	if len(links) != 2 {
		t.Fatalf("%d cases, want 2", len(links))
	}
	first := s.Get(links[0][1]).Want(200, "全额退票", "改乘此班")
	s.Post(links[0][1], url.Values{"once": {"A"}, "choice": {"dance"}}).Want(422)
	s.Post(links[0][1], url.Values{"once": {"B"}, "choice": {"refund"}}).Location()
	next := regexp.MustCompile(`name="departure" value="([^"]+)"`).FindStringSubmatch(first.Body)[1]
	s.Post(links[1][1], url.Values{"once": {"C"}, "departure": {next}}).Location()
	s.Get("/desk/cases").Want(200, "没有需要安置的旅客")
	s.Get("/desk/cases?show=all").Want(200, "全额退票", "改乘")
}

// TestOnlyDesks: a window or a gate has no business here, and nobody gets in
// without a secret.
func TestOnlyDesks(t *testing.T) {
	devices, err := ident.Open(filepath.Join(t.TempDir(), "devices.json"))
	if err != nil {
		t.Fatal(err)
	}
	secrets := map[ident.Role]string{}
	for _, role := range []ident.Role{ident.Desk, ident.Window} {
		if secrets[role], err = devices.Add(role, string(role), "", rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	s := stage.Open(t, stage.Options{Devices: devices})
	for _, at := range []string{"/desk", "/desk/cases", "/desk/calls", "/desk/messages", "/desk/waitlist", "/desk/fleet", "/desk/act?kind=delay"} {
		s.Cookies = nil
		if to := s.Get(at).Location(); !strings.HasPrefix(to, "/staff?next=%2Fdesk") {
			t.Errorf("%s leads a stranger to %s", at, to)
		}
		s.SignIn(secrets[ident.Window])
		s.Get(at).Want(403)
		s.SignIn(secrets[ident.Desk])
		if page := s.Get(at); page.Status == 403 || page.Status == 303 {
			t.Errorf("%s: %d for a desk", at, page.Status)
		}
	}
}

func TestNoPersonalData(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	sale := s.Sell("JA1707", from, to, 1)
	one := s.Departure("JA1707").String()
	for _, page := range []stage.Page{s.Get("/desk/departures/" + one + "?" + here), act(s, "delay", one, url.Values{"minutes": {"30"}, "reason": {"x"}}), s.Get("/desk/messages?departure=" + one)} {
		page.Want(200).Lacks(sale.Name, sale.Number)
	}
}

// TestALateDepartureAsks: ten minutes over, the board asks when it leaves and offers
// what may be answered; a time that is given ends the question until that is over, too.
func TestALateDepartureAsks(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	one := s.Departure("JA1707").String() // 08:10
	asks := regexp.MustCompile(`(?s)<section class="asks".*?</section>`)
	ask := func() string {
		for _, li := range strings.Split(asks.FindString(s.Get("/desk?"+here).Want(200).Body), "<li>") {
			if strings.Contains(li, ">JA1707<") {
				return li
			}
		}
		return ""
	}
	s.Pass(109 * time.Minute) // 08:19
	if got := ask(); got != "" {
		t.Errorf("asked nine minutes over: %s", got)
	}
	// Those of 07:35, 07:50 and 08:00 say when they leave: the board shows the first three.
	for _, d := range regexp.MustCompile(`data-id="([^"]+)"[^>]*data-in="due late alarm"`).FindAllStringSubmatch(s.Get("/desk?"+here).Body, -1) {
		if d[1] != one {
			act(s, "cancel", d[1], url.Values{"reason": {"x"}}).Want(200)
		}
	}
	s.Pass(time.Minute)
	got := ask()
	for _, want := range []string{"过点 10 分钟", "车辆未到", "minutes=20\"", "minutes=70\"", "kind=no_show", "kind=cancel"} { // in 10 minutes: 20 after its time
		if !strings.Contains(got, want) {
			t.Errorf("ten minutes over, no %q in %s", want, got)
		}
	}
	act(s, "delay", one, url.Values{"minutes": {"30"}, "reason": {"堵车"}}).Want(200)
	if got := ask(); got != "" {
		t.Errorf("answered, and asked again: %s", got)
	}
	s.Pass(30 * time.Minute) // 08:50, it was to leave at 08:40
	if got := ask(); !strings.Contains(got, "过点 10 分钟") {
		t.Errorf("over the time that was given: %s", got)
	}
}

// TestTheDayOnPaper: the departures of today as a PDF, which names no passenger.
func TestTheDayOnPaper(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	s.Sell("JA1707", from, to, 1)
	page := s.Get("/desk/day?" + here)
	if page.Status != 200 || !strings.HasPrefix(page.Body, "%PDF") || len(page.Body) < 2000 {
		t.Fatalf("%d, %d bytes", page.Status, len(page.Body))
	}
	if path := os.Getenv("DAY"); path != "" {
		if err := os.WriteFile(path, []byte(page.Body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
