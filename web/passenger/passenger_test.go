package passenger_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/demo"
	"chepiao/office"
	"chepiao/web/stage"
)

const (
	from, to = "130102SJZ", "130606BD"
	list     = "/passenger/departures?from_code=130102SJZ&to_code=130606BD&day=2026-11-22"
)

var langs = []string{"zh", "en"}

// departure is the address of a departure's page, by its number.
func departure(t *testing.T, s *stage.Stage, number string) (path, query string) {
	t.Helper()
	tt := s.Office.Timetable()
	for _, m := range tt.Templates {
		if m.Number == number {
			id := chepiao.MakeDepartureID(m.No, chepiao.DayOf(stage.Begin))
			return "/passenger/departures/" + id.String(), "?from=" + from + "&to=" + to
		}
	}
	t.Fatalf("the demo has no departure %s", number)
	return "", ""
}

// riders is a form that names people the demo does not know.
func riders(numbers ...int) url.Values {
	f := url.Values{"count": {string(rune('0' + len(numbers)))}, "seating": {"any"}}
	for i, n := range numbers {
		name, number := demo.Person(777_000 + n)
		p := "p" + string(rune('0'+i)) + "_"
		f.Set(p+"name", name)
		f.Set(p+"kind", "resident_id")
		f.Set(p+"number", number)
		f.Set(p+"ticket", "full")
	}
	return f
}

// held is the address of a fresh order for some people on the 08:10.
func held(t *testing.T, s *stage.Stage, f url.Values) string {
	t.Helper()
	path, query := departure(t, s, "JA1707")
	f.Set("once", s.Get(path+query).Field("once"))
	return s.Post(path+"/hold"+query, f).Location()
}

// paid pays an order over the counter and gives its address back.
func paid(t *testing.T, s *stage.Stage, order string) string {
	t.Helper()
	id, err := chepiao.ParseOrderID(strings.Split(order, "/")[2])
	if err != nil {
		t.Fatal(err)
	}
	f, err := s.Office.Look(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Office.PayCash(context.Background(), office.Verb{ID: "pay-" + id.String(), By: "test"}, id, f.Order.Total); err != nil {
		t.Fatal(err)
	}
	return order
}

// TestPagesLookAsAgreed holds every page in both languages against its golden.
func TestPagesLookAsAgreed(t *testing.T) {
	for _, lang := range langs {
		s := stage.Open(t, stage.Options{})
		s.Lang = lang
		path, query := departure(t, s, "JA1707")
		s.Get("/passenger").Want(200).Golden("search-" + lang)
		s.Get("/stations?field=from&from=sjz").Want(200).Lacks("<html").Golden("stations-" + lang)
		s.Get("/passenger/departures?from=nowhere&to=bd").Want(422).Golden("search-wrong-" + lang)
		s.Get(list).Want(200, "JA1707").Golden("list-" + lang)
		s.Get("/passenger/departures?from_code=130102SJZ&to_code=130828WC&day=2026-11-22").Want(200).Golden("list-none-" + lang)
		s.Get(path + query).Want(200).Golden("departure-" + lang)
		f := riders(1)
		f.Set("once", "X")
		f.Set("p0_name", "张3")
		f.Set("p0_number", "13010219880317000")
		f.Set("p0_phone", "12")
		s.Post(path+"/hold"+query, f).Want(422).Golden("departure-wrong-" + lang)
		order := held(t, s, riders(1, 2))
		s.Get(order).Want(200).Golden("held-" + lang)
		paid(t, s, order)
		s.Get(order).Want(200, `class="qr"`).Golden("issued-" + lang)
		s.Get(order + "/refund").Want(200).Golden("refund-" + lang)
		s.Get("/passenger/find").Want(200).Golden("find-" + lang)
		lapsed := held(t, s, riders(3))
		s.Pass(11 * time.Minute)
		s.Get(lapsed).Want(200).Golden("lapsed-" + lang)
		s.Get("/o/OD1/ABC").Want(404).Golden("missing-" + lang)
	}
}

func TestStationsByInitials(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	s.Get("/stations?field=from&from=bd").Want(200, "保定客运中心站").Lacks("唐山")
	s.Get("/stations?field=to&to=&from_code="+from).Want(200, "保定客运中心站").Lacks(`data-code="` + from + `"`)
	s.Get("/stations?field=from&from="+strings.Repeat("x", 2000)).Want(200, "没有符合的车站")
	s.Get("/passenger/departures?from=shijiazhuangkeyunzong&to=bdkyzxz").Want(200, "JA1707")
	s.Get("/passenger/departures?from="+from+"&to="+from).Want(422, "不能相同")
}

// TestNoScript does what browsers do without scripts: buttons of the form.
func TestNoScript(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	path, query := departure(t, s, "JA1707")
	f := riders(1)
	f.Set("act", "add")
	name := f.Get("p0_name")
	page := s.Post(path+"/draft"+query, f).Want(200, `name="count" value="2"`, name, "p1_name")
	page.Lacks("请填写姓名") // an empty field is not wrong yet
	f = riders(1, 2)
	f.Set("act", "remove.0")
	s.Post(path+"/draft"+query, f).Want(200, `name="count" value="1"`, f.Get("p1_name")).Lacks(f.Get("p0_name"))
	f = riders(1)
	f.Set("p0_kind", "passport")
	s.Post(path+"/draft"+query, f).Want(200, "p0_nationality")
	f = riders(1)
	f.Set("p0_ticket", "half")
	s.Post(path+"/draft"+query, f).Want(200, `<b class="price">¥24.50</b>`)
}

func TestHoldRefusals(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	path, query := departure(t, s, "JA1707")
	for what, c := range map[string]struct {
		change func(url.Values)
		status int
		text   string
	}{
		"nobody":           {func(f url.Values) { f.Set("p0_name", ""); f.Set("p0_number", "") }, 422, "请填写姓名"},
		"twice the same":   {func(f url.Values) { f.Set("p1_number", f.Get("p0_number")) }, 409, "同一证件在订单中出现了两次"},
		"no such kind":     {func(f url.Values) { f.Set("p0_kind", "library_card") }, 422, "请选择证件种类"},
		"no such ticket":   {func(f url.Values) { f.Set("p0_ticket", "gold") }, 422, "票种应为"},
		"one seat for two": {func(f url.Values) { f.Set("seating", "choose"); f.Set("seat", "7") }, 422, "请为每位乘车人选择一个座位"},
		"no such seat":     {func(f url.Values) { f.Set("seating", "choose"); f["seat"] = []string{"7", "99"} }, 422, "没有 99 号座位"},
		"no id":            {func(f url.Values) { f.Set("once", "") }, 422, "请求编号"},
	} {
		f := riders(1, 2)
		f.Set("once", "ONCE"+strings.ReplaceAll(what, " ", ""))
		name := f.Get("p0_name")
		c.change(f)
		page := s.Post(path+"/hold"+query, f).Want(c.status, c.text)
		if f.Get("p0_name") != "" && !strings.Contains(page.Body, name) {
			t.Errorf("%s: what was typed is lost", what)
		}
	}
	s.Post("/passenger/departures/1-20200101/hold"+query, riders(1)).Want(404)
	s.Post("/passenger/departures/nonsense/hold"+query, riders(1)).Want(422)
	s.Pass(2 * time.Hour) // the coach has left
	f := riders(1)
	f.Set("once", "LATE")
	s.Post(path+"/hold"+query, f).Want(409, "该班次已过发车时间")
}

// TestSentTwice: a form that is sent twice makes one order; a form that was
// changed meanwhile is asked about.
func TestSentTwice(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	path, query := departure(t, s, "JA1707")
	f := riders(1)
	f.Set("once", "SAME")
	first := s.Post(path+"/hold"+query, f).Location()
	if again := s.Post(path+"/hold"+query, f).Location(); again != first {
		t.Errorf("sent twice it made %s and %s", first, again)
	}
	other := riders(2)
	other.Set("once", "SAME")
	page := s.Post(path+"/hold"+query, other).Want(409, "该表单已提交过一个订单")
	if page.Field("once") == "SAME" {
		t.Error("the form kept the id of another order")
	}
}

func TestHoldPage(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	order := held(t, s, riders(1))
	s.Pass(time.Minute)
	page := s.Get(order).Want(200, "data-deadline", "延长锁座")
	s.Post(order+"/extend", url.Values{"once": {page.Field("once") + "X"}}).Location()
	s.Get(order).Want(200).Lacks("延长锁座")
	s.Post(order+"/extend", url.Values{"once": {"again"}}).Want(409, "占座时间不能再延长")
	s.Post(order+"/pay", url.Values{"once": {"pay"}}).Want(409, "未开通线上支付")
	s.Post(order+"/release", url.Values{"once": {"release"}}).Location()
	s.Get(order).Want(200, "订单已取消").Lacks("去支付")
	s.Get(order[:len(order)-1]+"0").Want(404, "没有找到")
}

func TestRefund(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	order := paid(t, s, held(t, s, riders(1, 2)))
	page := s.Get(order+"/refund").Want(200, "按票价 ¥49.00 的 20% 收取退票费 ¥10.00")
	ids := regexp.MustCompile(`name="ticket" value="(TK\d+)"`).FindAllStringSubmatch(page.Body, -1)
	if len(ids) != 2 || page.Field("back") != "7800" {
		t.Fatalf("%d tickets, back %s", len(ids), page.Field("back"))
	}
	one := url.Values{"sent": {"1"}, "ticket": {ids[0][1]}}
	s.Get(order+"/refund?"+one.Encode()).Want(200, `name="back" value="3900"`)
	one.Set("once", "refund-1")
	one.Set("back", "4900")
	s.Post(order+"/refund", one).Want(409, "应退金额已变为 ¥39.00", `name="back" value="3900"`)
	one.Set("back", "3900")
	s.Post(order+"/refund", one).Location()
	s.Get(order).Want(200, "退还 ¥39.00，退票费 ¥10.00", "已退票")
	one.Set("once", "refund-2")
	s.Post(order+"/refund", one).Want(409)
	s.Post(order+"/refund", url.Values{"once": {"x"}, "sent": {"1"}}).Want(422, "请先确认应退金额")
}

func TestFind(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	order := held(t, s, riders(1))
	_, number := demo.Person(777_001)
	_, stranger := demo.Person(777_009)
	ask := url.Values{"order": {strings.Split(order, "/")[2]}, "kind": {"resident_id"}, "number": {stranger}}
	s.Post("/passenger/find", ask).Want(404, "凭据不符", stranger)
	ask.Set("number", number)
	if got := s.Post("/passenger/find", ask).Location(); got != order {
		t.Errorf("leads to %s, want %s", got, order)
	}
	ask.Set("order", "OD124")
	s.Post("/passenger/find", ask).Want(422, "号码有误")
	ask.Set("order", strings.Split(order, "/")[2])
	ask.Set("number", stranger)
	for range 40 {
		s.Post("/passenger/find", ask)
	}
	s.Post("/passenger/find", ask).Want(503, "尝试次数过多")
}

// TestNothingPersonal: no page shows whom a ticket is for in the clear, no
// address and no log line holds it, and what is personal is not kept by caches.
func TestNothingPersonal(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	order := paid(t, s, held(t, s, riders(1)))
	name, number := demo.Person(777_001)
	for _, at := range []string{order, order + "/refund"} {
		page := s.Get(at).Want(200).Lacks(name, number)
		if page.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be kept by caches", at)
		}
	}
	if strings.Contains(order, number) || strings.Contains(order, name) || s.Log.Len() > 0 {
		t.Errorf("address %s, log %q", order, s.Log)
	}
}

func TestForeignSitesMayNotPost(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	order := held(t, s, riders(1))
	r, err := http.NewRequest("POST", order+"/release", strings.NewReader("once=x"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if page := s.Visit(r); page.Status != http.StatusForbidden {
		t.Errorf("another site's form was answered %d", page.Status)
	}
	s.Get(order).Want(200, "去支付")
}
