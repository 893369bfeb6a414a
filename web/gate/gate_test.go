package gate_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"chepiao/demo"
	"chepiao/ident"
	"chepiao/web/stage"
)

const (
	from, to = "130102SJZ", "130606BD"
	gate     = "?station=130102SJZ&gate=7"
)

func scan(s *stage.Stage, at, code string) stage.Page {
	return s.Post("/gate/check"+at, url.Values{"code": {code}})
}

// seen is a scan whose document a clerk has looked at.
func seen(s *stage.Stage, at, code string) stage.Page {
	return s.Post("/gate/check"+at, url.Values{"code": {code}, "seen": {"resident_id"}})
}

func TestPagesLookAsAgreed(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		s := stage.Open(t, stage.Options{})
		s.Lang = lang
		s.Get("/gate").Want(200).Golden("setup-" + lang)
		one := s.Sell("JA1707", from, to, 1)
		s.Get("/gate" + gate).Want(200).Golden("idle-" + lang)
		scan(s, gate, one.Number).Want(200, `data-light="amber"`, "TOO_EARLY").Golden("amber-" + lang)
		s.Pass(85 * time.Minute)
		s.Report("JA1707")
		scan(s, gate, one.Code).Want(200, `data-light="amber"`, "NEED_ID").Golden("document-" + lang)
		scan(s, gate, one.Number).Want(200, `data-light="green"`).Golden("green-" + lang)
		s.Pass(time.Minute)
		scan(s, gate, one.Number).Want(200, `data-light="red"`, "ALREADY_USED").Golden("red-" + lang)
		two := s.Sell("JA1707", from, to, 2)
		seen(s, gate, two.Code).Want(200, `data-light="green"`)
		s.Get("/gate/review").Want(200).Golden("review-" + lang)
	}
}

// TestEveryVerdict shows each reason a gate can give, by the ways of reading.
func TestEveryVerdict(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	one, two := s.Sell("JA1707", from, to, 1), s.Sell("JA1707", from, to, 2)
	s.Pass(85 * time.Minute) // 07:55, check of the 08:10 is open
	scan(s, gate, one.Number).Want(200, `data-light="amber"`, "NOT_REPORTED", "请旅客等候车辆进站")
	s.Report("JA1707")
	forged := one.Code[:60] + string(one.Code[60]^1) + one.Code[61:]
	for _, c := range []struct{ what, at, code, light, reason string }{
		{"nothing", gate, "  ", "amber", "INVALID"},
		{"noise", gate, "HELLO", "amber", "INVALID"},
		{"a torn code", gate, one.Code[:90], "red", "BAD_QR"},
		{"an order's number", gate, one.Order.ID.String(), "amber", "INVALID"},
		{"a wrong number", gate, "TK10000000099", "amber", "INVALID"},
		{"a voucher without its document", gate, one.Code, "amber", "NEED_ID"},
		{"another station", "?station=130606BD&gate=", one.Number, "red", "WRONG_STATION"},
		{"another gate", "?station=130102SJZ&gate=1", one.Number, "amber", "WRONG_GATE"},
		{"the hall points to the gate", "?station=130102SJZ&gate=1&place=hall", one.Number, "green", "请到检票口 7 候车"},
		{"the document", gate, one.Number, "green", "OK"},
		{"the voucher at once", gate, one.Code, "green", "OK"},
		{"by number", gate, strings.ToLower(two.Ticket.ID.String()), "amber", "NEED_ID"},
		{"by document, another gate", "?station=130102SJZ&gate=", one.Number, "red", "ALREADY_USED"},
		{"a stranger", gate, "130102195204239999", "amber", "INVALID"},
	} {
		page := scan(s, c.at, c.code)
		page.Want(200, `data-light="`+c.light+`"`, c.reason)
		if t.Failed() {
			t.Fatal(c.what)
		}
		page.Lacks(one.Name, one.Number, two.Number)
	}
	if page := scan(s, gate, forged); !strings.Contains(page.Body, "TAMPERED") && !strings.Contains(page.Body, "BAD_QR") {
		t.Errorf("a forged code: %s", page.Text())
	}
	seen(s, gate, strings.ToLower(two.Ticket.ID.String())).Want(200, `data-light="green"`)
	s.Get("/gate"+gate).Want(200, "<b>2</b>/2")
	if s.Log.Len() > 0 {
		t.Errorf("logged: %s", s.Log)
	}
}

// TestSomebodyElses is failure path F8: the voucher of one passenger, then the
// document of another who has no ticket. The screen says nothing of it.
func TestSomebodyElses(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	one := s.Sell("JA1707", from, to, 1)
	s.Pass(85 * time.Minute)
	s.Report("JA1707")
	scan(s, gate, one.Code).Want(200, "NEED_ID", `form="scan"`)
	_, stranger := demo.Person(999_001)
	page := s.Post("/gate/check"+gate, url.Values{"code": {stranger}, "after": {one.Ticket.ID.String()}})
	page.Want(200, "请找工作人员", `data-light="red"`, `data-sound="alarm"`).Lacks(">ID_MISMATCH<", "冒用", "不符", stranger)
	s.Get("/gate/review?what=mismatch").Want(200, "人证不符", one.Ticket.ID.String()).Lacks(one.Name, one.Number)
	// The next passenger in the line has a ticket of his own.
	two := s.Sell("JA1707", from, to, 2)
	s.Post("/gate/check"+gate, url.Values{"code": {two.Number}, "after": {one.Ticket.ID.String()}}).Want(200, `data-light="green"`)
	scan(s, gate, one.Number).Want(200, `data-light="green"`)
}

// TestOneCoach binds a gate to a coach: passengers of others are sent to theirs.
func TestOneCoach(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	one := s.Sell("JA1707", from, to, 1)
	s.Pass(85 * time.Minute)
	s.Report("JA1707")
	other := gate + "&departure=" + s.Departure("BW2101").String()
	s.Get("/gate"+other).Want(200, "正在检", "BW2101", "全部班次")
	scan(s, other, one.Number).Want(200, "WRONG_DEPARTURE", "JA1707")
	own := gate + "&departure=" + s.Departure("JA1707").String()
	scan(s, own, one.Number).Want(200, `data-light="green"`)
}

// TestOverride: only a supervisor's device may let somebody through.
func TestOverride(t *testing.T) {
	devices, err := ident.Open(t.TempDir() + "/devices.json")
	if err != nil {
		t.Fatal(err)
	}
	secret := func(role ident.Role, name, chance string) string {
		secret, err := devices.Add(role, name, from, strings.NewReader(strings.Repeat(chance, 20)))
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	atGate, atDesk := secret(ident.Gate, "gate 7", "x"), secret(ident.Desk, "desk", "y")
	s := stage.Open(t, stage.Options{Devices: devices})
	one := s.Sell("JA1707", from, to, 1)
	s.Pass(85 * time.Minute)
	through := url.Values{"code": {one.Number}, "override": {"车已到位"}}
	s.SignIn(atGate)
	scan(s, gate, one.Number).Want(200, "NOT_REPORTED").Lacks("data-override=")
	s.Post("/gate/check"+gate, through).Want(200, "放行须由值班员办理", `data-light="amber"`)
	s.Get("/gate/review").Want(403)
	s.SignIn(atDesk)
	scan(s, gate, one.Number).Want(200, "NOT_REPORTED", "data-override=")
	s.Post("/gate/check"+gate, through).Want(200, `data-light="green"`)
	s.Get("/gate/review?what=overridden").Want(200, "车已到位", "desk", "NOT_REPORTED")
	s.Get("/gate/review?what=gossip&day=2026-11-21").Want(200, "没有需要复核的检票")
}

func TestUncheck(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	one := s.Sell("JA1707", from, to, 1)
	s.Pass(85 * time.Minute)
	s.Report("JA1707")
	scan(s, gate, one.Number).Want(200, "data-undo")
	undo := url.Values{"ticket": {one.Ticket.ID.String()}, "once": {"U1"}}
	s.Post("/gate/uncheck"+gate, undo).Want(200, "请填写取消检票的原因", `data-light="amber"`)
	undo.Set("reason", "误检")
	s.Post("/gate/uncheck"+gate, undo).Want(200, "已取消检票")
	undo.Set("once", "U2")
	s.Post("/gate/uncheck"+gate, undo).Want(200, "不能办理")
	s.Pass(20 * time.Second)
	scan(s, gate, one.Number).Want(200, `data-light="green"`)
}

func TestOnlyGates(t *testing.T) {
	devices, err := ident.Open(t.TempDir() + "/devices.json")
	if err != nil {
		t.Fatal(err)
	}
	chance := strings.NewReader(strings.Repeat("0123456789abcdefghij", 5))
	atGate, err := devices.Add(ident.Gate, "gate 7", from, chance)
	if err != nil {
		t.Fatal(err)
	}
	atWindow, err := devices.Add(ident.Window, "window 1", from, strings.NewReader(strings.Repeat("z", 20)))
	if err != nil {
		t.Fatal(err)
	}
	s := stage.Open(t, stage.Options{Devices: devices})
	if at := s.Get("/gate" + gate).Location(); at != "/staff?next=%2Fgate" {
		t.Errorf("a stranger is sent to %s", at)
	}
	s.Post("/gate/check"+gate, url.Values{"code": {"TK1"}}).Location()
	s.Get("/staff?next=/gate").Want(200, "设备口令").Golden("sign-in-zh")
	s.Post("/staff", url.Values{"secret": {"cpd_wrong"}}).Want(403, "设备口令不对").Lacks("cpd_wrong")
	for next, leads := range map[string]string{"/gate": "/gate", "//evil.example": "/gate", "https://evil.example": "/gate", `/\evil.example`: "/gate"} {
		in := s.Post("/staff", url.Values{"secret": {atGate}, "next": {next}})
		if in.Location() != leads {
			t.Errorf("next %q leads to %s", next, in.Location())
		}
		cookie := in.Header.Get("Set-Cookie")
		for _, part := range []string{"HttpOnly", "SameSite=Strict", "Path=/"} {
			if !strings.Contains(cookie, part) {
				t.Errorf("the cookie %q lacks %s", cookie, part)
			}
		}
	}
	s.SignIn(atGate)
	s.Get("/gate?station=130606BD&gate=7").Want(200, "石家庄客运总站") // a device's own station stands
	s.Get("/window").Want(403, "本设备不能办理这项业务")
	s.SignIn(atWindow)
	s.Get("/gate" + gate).Want(403)
	s.Get("/window").Want(200)
	if err := devices.Remove("window 1"); err != nil {
		t.Fatal(err)
	}
	s.Get("/window").Location()
}

// TestStaffCard: who shows the secret of a device or desk of this node walks through as
// staff; another's does not, and the secret is written down nowhere.
func TestStaffCard(t *testing.T) {
	devices, err := ident.Open(t.TempDir() + "/devices.json")
	if err != nil {
		t.Fatal(err)
	}
	s := stage.Open(t, stage.Options{Devices: devices})
	own, err := devices.Add(ident.Gate, "gate seven", from, strings.NewReader(strings.Repeat("z", 20)))
	if err != nil {
		t.Fatal(err)
	}
	s.SignIn(own)
	scan(s, gate, own).Want(200, `data-light="green"`, "工作人员").Lacks(own)
	wrong := own[:len(own)-4] + "0000"
	scan(s, gate, wrong).Want(200, "STAFF_UNKNOWN", "工作证未登记").Lacks(wrong, `data-light="green"`)
	if strings.Contains(s.Log.String(), own[4:]) {
		t.Error("the card's secret is in the log")
	}
}
