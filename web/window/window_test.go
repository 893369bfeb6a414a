package window_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"chepiao/demo"
	"chepiao/web/stage"
)

const (
	from, to = "130102SJZ", "130606BD"
	here     = "station=130102SJZ"
)

func riders(n int) url.Values {
	name, number := demo.Person(777_000 + n)
	return url.Values{"count": {"1"}, "p0_name": {name}, "p0_kind": {"auto"}, "p0_number": {number}, "p0_ticket": {"full"}}
}

func sale(s *stage.Stage) string {
	return "/window/sale/" + s.Departure("JA1707").String()
}

const ends = "?from=130102SJZ&to=130606BD&" + here

// keep takes the cookies of an answer along, as a browser does.
func keep(s *stage.Stage, p stage.Page) stage.Page {
	for _, c := range (&http.Response{Header: p.Header}).Cookies() {
		s.Cookies = slices.DeleteFunc(s.Cookies, func(have *http.Cookie) bool { return have.Name == c.Name })
		if c.MaxAge >= 0 {
			s.Cookies = append(s.Cookies, c)
		}
	}
	return p
}

func held(s *stage.Stage, f url.Values) string {
	f.Set("once", s.Get(sale(s)+ends).Field("once"))
	return s.Post(sale(s)+ends, f).Location()
}

func TestPagesLookAsAgreed(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		s := stage.Open(t, stage.Options{})
		s.Lang = lang
		s.Get("/window").Want(200).Golden("setup-" + lang)
		s.Get("/window?" + here).Want(200).Golden("start-" + lang)
		s.Get("/window?" + here + "&to=bdkyzxz&day=2026-11-22").Want(200).Golden("departures-" + lang)
		s.Get("/window?" + here + "&to=xx").Want(200).Golden("unknown-" + lang)
		s.Get(sale(s) + ends).Want(200).Golden("sale-" + lang)
		order := held(s, riders(1))
		s.Get(order + "?" + here).Want(200).Golden("held-" + lang)
		paid := keep(s, s.Post(order+"/pay", url.Values{"once": {"pay"}, "given": {"100"}})).Location()
		s.Get(paid+"&"+here).Want(200, "¥51.00", "data-drawer").Golden("sold-" + lang)
		s.Get(order).Want(200, `class="qr"`).Golden("issued-" + lang)
		s.Get(order + "/refund").Want(200).Golden("refund-" + lang)
		s.Get("/window/find").Want(200).Golden("find-" + lang)
		s.Get("/window/board?" + here).Want(200).Golden("board-" + lang)
		s.Get("/window/departures/" + s.Departure("JA1707").String() + "?" + here).Want(200).Golden("manifest-" + lang)
	}
}

func TestSaleRefusals(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	for what, c := range map[string]struct {
		name, value, text string
		status            int
	}{
		"a digit in the name": {"p0_name", "张3", "是数字", 422},
		"a wrong number":      {"p0_number", "130102195204235567", "校验位不符", 422},
		"a passport alone":    {"p0_number", "E12345678", "护照需填写国籍", 422},
		"words for seats":     {"seats", "12 12", "座位号有误", 422},
		"too many seats":      {"seats", "12 13", "选座数与乘车人数不一致", 422},
		"no such seat":        {"seats", "50", "没有 50 号座位", 422},
	} {
		f := riders(1)
		f.Set("once", "ONCE")
		f.Set(c.name, c.value)
		page := s.Post(sale(s)+ends, f).Want(c.status, c.text, c.value)
		if t.Failed() {
			t.Fatal(what, page.Status)
		}
	}
	f := riders(1)
	f.Set("seats", "17")
	order := held(s, f)
	s.Get(order).Want(200, `<b class="big">17</b>`)
	again := riders(2)
	again.Set("seats", "17")
	again.Set("once", "OTHER")
	s.Post(sale(s)+ends, again).Want(409, "17 号座位已被占用")
}

func TestCash(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	order := held(s, riders(1)) // 49.00
	for given, text := range map[string]string{"40": "还差 ¥9.00", "abc": "金额有误", "-1": "金额有误", "1e9": "金额有误", "49.001": "金额有误", "99999999": "金额有误"} {
		page := s.Post(order+"/pay", url.Values{"once": {"P" + given}, "given": {given}})
		if page.Status < 400 || !strings.Contains(page.Body, text) {
			t.Errorf("given %q: %d %s", given, page.Status, page.Text())
		}
	}
	s.Get(order).Want(200, "待支付")
	if at := s.Post(order+"/pay", url.Values{"once": {"P"}, "given": {""}}).Location(); at != "/window?given=49.00&sold="+order[len("/window/o/"):] {
		t.Errorf("counted exactly leads to %s", at)
	}
	s.Post(order+"/pay", url.Values{"once": {"Q"}, "given": {"50"}}).Want(409)

	late := held(s, riders(2))
	s.Pass(3 * time.Minute)
	s.Post(late+"/pay", url.Values{"once": {"L"}, "given": {"50"}}).Want(409, "订单超时未支付")
	s.Get(late).Want(200, "订单已超时").Lacks("given")
}

func TestExtendRelease(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	order := held(s, riders(1))
	s.Pass(time.Minute)
	s.Post(order+"/extend", url.Values{"once": {"E"}}).Location()
	s.Post(order+"/extend", url.Values{"once": {"F"}}).Want(409, "不能再延长")
	s.Post(order+"/release", url.Values{"once": {"R"}}).Location()
	s.Get(order).Want(200, "订单已取消")
}

func TestFind(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	one := s.Sell("JA1707", from, to, 1)
	want := "/window/o/" + one.Order.ID.String()
	for _, typed := range []string{one.Ticket.ID.String(), one.Order.ID.String(), strings.ToLower(one.Ticket.ID.String()), one.Code} {
		if at := s.Post("/window/find", url.Values{"code": {typed}}).Location(); at != want {
			t.Errorf("%.12s leads to %s, want %s", typed, at, want)
		}
	}
	s.Post("/window/find", url.Values{"code": {one.Number}}).Want(200, one.Ticket.ID.String(), "JA1707").Lacks(one.Number)
	_, stranger := demo.Person(777_009)
	s.Post("/window/find", url.Values{"code": {stranger}}).Want(200, "没有找到车票")
	s.Post("/window/find", url.Values{"code": {""}}).Want(422, "请扫码")
	s.Post("/window/find", url.Values{"code": {one.Code[:80]}}).Want(409)
	s.Post("/window/find", url.Values{"code": {"TK10000000000"}}).Want(404, "没有这张车票")
	s.Post("/window/find", url.Values{"code": {"TK10000000001"}}).Want(422, "号码有误")
	s.Get("/window/o/OD10000000999").Want(422)
}

func TestRefundAtWindow(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	one := s.Sell("JA1707", from, to, 1)
	order := "/window/o/" + one.Order.ID.String()
	s.Get(order+"/refund").Want(200, `name="back" value="3900"`, "从本窗口现金退还旅客")
	f := url.Values{"sent": {"1"}, "ticket": {one.Ticket.ID.String()}, "back": {"4900"}, "once": {"R1"}}
	s.Post(order+"/refund", f).Want(409, "应退金额已变为")
	f.Set("back", "3900")
	s.Post(order+"/refund", f).Location()
	s.Get(order).Want(200, "已全部退票", "退还 ¥39.00")
}

func TestBoardAndDispatch(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	one, two := s.Sell("JA1707", from, to, 1), s.Sell("JA1707", from, to, 2)
	s.Pass(85 * time.Minute)
	s.Report("JA1707")
	s.Post("/gate/check?station="+from+"&gate=", url.Values{"code": {one.Code}, "seen": {"resident_id"}}).Want(200, "green")
	s.Get("/window/board?"+here).Want(200, "JA1707")
	manifest := "/window/departures/" + one.Departure.String()
	s.Get(manifest+"?"+here).Want(200, "<b>1 / 2</b>", "确认发班").Lacks(one.Name, one.Number, two.Name)
	s.Post(manifest+"/go?"+here, url.Values{"once": {"D1"}}).Want(409, "以后才能发班")
	s.Pass(10 * time.Minute)
	s.Post(manifest+"/uncheck?"+here, url.Values{"once": {"U"}, "ticket": {one.Ticket.ID.String()}}).Want(422, "请填写取消检票的原因")
	s.Post(manifest+"/go?"+here, url.Values{"once": {"D2"}}).Want(200, "乘车 1 人，误车 1 人").Lacks("确认发班")
	s.Get("/window?"+here+"&to=bdkyzxz&day=2026-11-22").Want(200, "该班次已停止售票")
	s.Get("/window/departures/999-20261122").Want(404)
}
