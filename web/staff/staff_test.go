package staff_test

import (
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/ident"
	"chepiao/web/stage"
)

// open sets a stage with a window that has a secret and stands in the first station.
func open(t *testing.T) (s *stage.Stage, window string) {
	t.Helper()
	devices, err := ident.Open(filepath.Join(t.TempDir(), "devices.json"))
	if err != nil {
		t.Fatal(err)
	}
	if window, err = devices.Add(ident.Window, "window-1", "130102SJZ", strings.NewReader(strings.Repeat("w", 20))); err != nil {
		t.Fatal(err)
	}
	return stage.Open(t, stage.Options{Devices: devices}), window
}

// take keeps the cookies that an answer sets.
func take(s *stage.Stage, p stage.Page) {
	for _, c := range (&http.Response{Header: p.Header}).Cookies() {
		kept := s.Cookies[:0]
		for _, old := range s.Cookies {
			if old.Name != c.Name {
				kept = append(kept, old)
			}
		}
		if s.Cookies = kept; c.MaxAge >= 0 {
			s.Cookies = append(s.Cookies, c)
		}
	}
}

// TestFirstDay: a node without accounts is set up by its link, the administrator adds
// a clerk, the clerk chooses a password and sells; the window alone does not any more.
func TestFirstDay(t *testing.T) {
	s, window := open(t)
	s.SignIn(window)
	s.Get("/window").Want(200, "window-1") // no accounts yet
	s.Get("/staff/setup?code=cpa_x").Want(404)
	code, err := ident.OfferSetUp(s.SetUp, strings.NewReader(strings.Repeat("s", 20)), s.Now())
	if err != nil {
		t.Fatal(err)
	}
	s.Get("/staff/setup?code="+code).Want(200, "第一个管理员")
	admin := url.Values{"code": {code}, "staff": {"9001"}, "name": {"陈静"}, "password": {"a sentence I keep"}, "again": {"another"}}
	s.Post("/staff/setup", admin).Want(422, "两次输入的密码不同")
	admin.Set("again", "a sentence I keep")
	if to := s.Post("/staff/setup", admin).Location(); !strings.HasPrefix(to, "/staff?") {
		t.Errorf("set up leads to %s", to)
	}
	s.Post("/staff/setup", admin).Want(404)
	if to := s.Get("/window").Location(); to != "/staff?next=%2Fwindow" {
		t.Errorf("the window alone leads to %s", to)
	}
	s.Post("/staff/in", url.Values{"staff": {"9001"}, "password": {"wrong"}}).Want(403, "工号或密码不对")
	in := s.Post("/staff/in", url.Values{"staff": {"9001"}, "password": {"a sentence I keep"}, "next": {"https://evil.example/"}})
	if in.Location() != "/staff/accounts" {
		t.Errorf("signed in, to %s", in.Location())
	}
	if c := in.Header.Get("Set-Cookie"); !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Strict") {
		t.Errorf("cookie %s", c)
	}
	take(s, in)
	s.Get("/window").Want(403, "您的岗位") // an administrator sells nothing

	list := s.Get("/staff/accounts").Want(200, "9001", "陈静", "系统管理员")
	form := url.Values{"once": {list.Field("once")}, "staff": {"c1"}, "name": {"王秀英"}, "roles": {"clerk"}, "stations": {"130102SJZ"}}
	s.Post("/staff/accounts", url.Values{"once": {"x"}, "staff": {"c1"}, "name": {"王"}, "stations": {"NOWHERE"}, "roles": {"clerk"}}).Want(422, "没有找到这个车站", `value="NOWHERE"`)
	added := s.Post("/staff/accounts", form).Want(200, "/staff/password?code=cpw_", "C1")
	link := regexp.MustCompile(`/staff/password\?code=cpw_[a-z2-7]+`).FindString(added.Body)
	if again := s.Post("/staff/accounts", form).Want(200); !strings.Contains(again.Body, link) {
		t.Error("sent twice, the form gives another link")
	}
	s.Cookies = nil
	s.SignIn(window)
	s.Get(link).Want(200, "王秀英", "C1")
	chosen := url.Values{"code": {strings.TrimPrefix(link, "/staff/password?code=")}, "password": {"short"}, "again": {"short"}}
	s.Post("/staff/password", chosen).Want(422, "密码应为")
	chosen["password"], chosen["again"] = []string{"my own sentence"}, []string{"my own sentence"}
	if to := s.Post("/staff/password", chosen).Location(); to != "/staff?done=1" {
		t.Error(to)
	}
	s.Get(link).Want(404)
	take(s, s.Post("/staff/in", url.Values{"staff": {"c1"}, "password": {"my own sentence"}}))
	s.Get("/window").Want(200, "王秀英")
	if to := s.Get("/staff/accounts"); to.Status != 403 {
		t.Errorf("a clerk keeps the accounts: %d", to.Status)
	}
	if log := s.Log.String(); strings.Contains(log, "王秀英") || strings.Contains(log, "cpw_") || strings.Contains(log, "sentence") {
		t.Errorf("the log has %s", log)
	}
	out := s.Post("/staff/out", nil)
	take(s, out)
	if s.Get("/window").Location() != "/staff?next=%2Fwindow" {
		t.Error("signed out and still in")
	}
}

// TestAccountPage: changed, reset, signed out by the administrator; what somebody did
// is shown; two administrators are needed before one may go.
func TestAccountPage(t *testing.T) {
	s, window := open(t)
	s.Hire("1001")
	s.SignIn(window)
	s.As("1001")
	clerk := s.Cookies
	s.Get("/window").Want(200)
	s.Cookies = nil
	s.As("9001")
	page := s.Get("/staff/accounts/1001").Want(200, "王秀英", "staff_signed_in", "密码")
	mark := page.Field("session")
	s.Post("/staff/accounts/1001/session", url.Values{"session": {mark}}).Location()
	admin := s.Cookies
	s.Cookies = clerk
	s.Get("/window").Want(303)
	s.As("1001")
	clerk = s.Cookies
	s.Cookies = admin
	change := url.Values{"once": {page.Field("once")}, "name": {"王秀英"}, "roles": {"clerk", "checker"}, "stations": {"130606BD"}}
	if to := s.Post("/staff/accounts/1001", change).Location(); to != "/staff/accounts/1001?saved=1" {
		t.Error(to)
	}
	s.Cookies = clerk
	s.Get("/window").Want(403, "不能在本站使用")
	s.Cookies = admin
	s.Post("/staff/accounts/1001/reset", url.Values{"once": {"reset"}}).Want(200, "/staff/password?code=cpw_", "只能用一次")
	s.Post("/staff/accounts/9001", url.Values{"once": {"last"}, "name": {"陈静"}, "roles": {"clerk"}}).Want(422, "至少要保留一名系统管理员")
	s.Get("/staff/accounts/7777").Want(404)
	s.Get("/staff/accounts?q=王").Want(200, "1001").Lacks(`/staff/accounts/9001"`)
	for _, golden := range []string{"zh", "en"} {
		s.Lang = golden
		s.Get("/staff/accounts").Want(200).Golden("list-" + golden)
		s.Get("/staff/me").Want(200).Golden("me-" + golden)
	}
}

// TestMe: somebody changes their password, which ends their other sessions; sessions
// end by themselves.
func TestMe(t *testing.T) {
	s, window := open(t)
	s.SignIn(window)
	if s.Get("/staff/me").Location() != "/staff?next=%2Fstaff%2Fme" {
		t.Error("nobody's own page")
	}
	s.As("1001")
	other := s.Cookies
	s.Cookies = nil
	s.As("1001")
	change := url.Values{"old": {"wrong"}, "password": {"quite another one"}, "again": {"quite another one"}}
	s.Post("/staff/me/password", change).Want(422, "原密码不对")
	change.Set("old", stage.Password)
	if to := s.Post("/staff/me/password", change).Location(); to != "/staff/me?saved=1" {
		t.Error(to)
	}
	mine := s.Cookies
	s.Cookies = other
	s.Get("/staff/me").Want(303)
	s.Cookies = mine
	s.Get("/staff/me").Want(200, "王秀英")
	s.Pass(ident.SessionIdle + time.Second)
	s.Get("/staff/me").Want(303)
}

// TestDemo: in an open demo one click makes somebody of the staff; nowhere else.
func TestDemo(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	s.Hire("1001")
	s.Hire("2001")
	s.Get("/window").Want(200, "登录") // as before, with a way to sign in
	s.Get("/staff").Want(200, "王秀英", "李建国", "一下")
	in := s.Post("/staff/demo", url.Values{"staff": {"2001"}})
	if in.Location() != "/gate" {
		t.Error(in.Location())
	}
	take(s, in)
	s.Get("/gate").Want(200)
	s.Get("/window").Want(403, "您的岗位")

	closed, _ := open(t)
	closed.Hire("1001")
	closed.Post("/staff/demo", url.Values{"staff": {"1001"}}).Want(403)
	closed.Get("/staff").Want(200).Lacks("王秀英")
	hidden := stage.Open(t, stage.Options{Hidden: true})
	hidden.Hire("1001")
	hidden.Post("/staff/demo", url.Values{"staff": {"1001"}}).Want(403)
}

// TestWhoActs: what a clerk does at a window stands in the journal with number,
// station and device.
func TestWhoActs(t *testing.T) {
	s, window := open(t)
	sale := s.Sell("JA1707", "130102SJZ", "130606BD", 1)
	s.SignIn(window)
	s.As("1001")
	page := s.Get("/window/o/" + sale.Order.ID.String() + "/refund").Want(200)
	form := url.Values{"once": {page.Field("once")}, "back": {page.Field("back")}, "ticket": {sale.Ticket.ID.String()}, "tickets": {sale.Ticket.ID.String()}}
	answer := s.Post("/window/o/"+sale.Order.ID.String()+"/refund", form)
	deeds, err := s.Staff.Deeds(t.Context(), "1001")
	if err != nil || len(deeds) == 0 {
		t.Fatalf("%v, %v; the page answered %d %s", deeds, err, answer.Status, answer.Text())
	}
	if d := deeds[0]; answer.Status == 303 && (d.Kind != chepiao.TicketWasRefunded || d.By != "window-1" || d.Where == 0) {
		t.Errorf("%+v", d)
	}
}
