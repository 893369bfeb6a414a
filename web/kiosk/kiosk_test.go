package kiosk_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/demo"
	"chepiao/ident"
	"chepiao/office"
	"chepiao/pay"
	"chepiao/pay/sandbox"
	"chepiao/store"
	"chepiao/web/stage"
)

const (
	from = "130102SJZ"
	to   = "130606BD"
)

// machine is a kiosk with a browser of its own, beside a practice wallet.
type machine struct {
	*stage.Stage
	t      *testing.T
	wallet *sandbox.Server
	secret string
}

var walletKey = []byte(strings.Repeat("k", 32))

func open(t *testing.T) *machine {
	t.Helper()
	var s *stage.Stage
	now := func() time.Time {
		if s == nil {
			return stage.Begin
		}
		return s.Now()
	}
	m := &machine{t: t}
	var err error
	if m.wallet, err = sandbox.New(sandbox.Options{Now: now, Rand: rand.NewChaCha8([32]byte{1}), Key: walletKey}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(m.wallet)
	t.Cleanup(server.Close)
	channel, err := pay.NewSandbox(pay.Config{URL: server.URL, Key: walletKey, Now: now, Rand: rand.NewChaCha8([32]byte{2}), Tries: 1})
	if err != nil {
		t.Fatal(err)
	}
	devices, err := ident.Open(t.TempDir() + "/devices.json")
	if err != nil {
		t.Fatal(err)
	}
	if m.secret, err = devices.Add(ident.Kiosk, "K1", from, rand.NewChaCha8([32]byte{5})); err != nil {
		t.Fatal(err)
	}
	s = stage.Open(t, stage.Options{Devices: devices, Channels: []pay.Channel{channel}})
	m.Stage = s
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(s.Log.String())
		}
	})
	m.SignIn(m.secret)
	return m
}

// keep lets the browser keep what an answer set, and drop what it took away.
func (m *machine) keep(p stage.Page) stage.Page {
	for _, c := range (&http.Response{Header: p.Header}).Cookies() {
		m.Cookies = slices.DeleteFunc(m.Cookies, func(old *http.Cookie) bool { return old.Name == c.Name })
		if c.MaxAge >= 0 {
			m.Cookies = append(m.Cookies, c)
		}
	}
	return p
}

func (m *machine) get(address string) stage.Page { return m.keep(m.Get(address)) }

func (m *machine) post(address string, f url.Values) stage.Page { return m.keep(m.Post(address, f)) }

// hold buys a ticket for a card up to the payment, and answers with the order's
// address.
func (m *machine) hold(person int) string {
	m.t.Helper()
	name, number := demo.Person(778_000 + person)
	sale := "/kiosk/sale/" + m.Departure("JA1707").String()
	page := m.get(sale+"?to="+to).Want(200, "请将身份证放在读卡区")
	form := url.Values{"once": {page.Field("once")}, "count": {"0"}, "how": {"card"}, "act": {"take"}, "new_kind": {"resident_id"}, "new_name": {name}, "new_number": {number}, "new_expires": {"2035-05-20"}}
	page = m.post(sale+"/draft?to="+to, form).Want(200, string([]rune(name)[:1])+"*", number[:4]+"**")
	form = url.Values{"once": {page.Field("once")}, "count": {"1"}, "p0_kind": {"resident_id"}, "p0_name": {name}, "p0_number": {number}, "p0_ticket": {"full"}}
	return m.post(sale+"?to="+to, form).Location()
}

// buy pays for it, too.
func (m *machine) buy(person int) (address string, ticket chepiao.TicketID) {
	m.t.Helper()
	address = m.hold(person)
	id, err := chepiao.ParseOrderID(strings.TrimPrefix(address, "/kiosk/o/"))
	if err != nil {
		m.t.Fatal(err)
	}
	f, err := m.Office.Look(context.Background(), id)
	if err != nil || len(f.Payments) != 1 {
		m.t.Fatalf("%+v, %v", f.Payments, err)
	}
	if err := m.Office.Settle(context.Background(), f.Payments[0].ID, chepiao.PaymentPaid); err != nil {
		m.t.Fatal(err)
	}
	return address, f.Tickets[0].ID
}

func (m *machine) slips(address string) []chepiao.Slip {
	m.t.Helper()
	id, _ := chepiao.ParseOrderID(strings.TrimPrefix(address, "/kiosk/o/"))
	f, err := m.Office.Look(context.Background(), id)
	if err != nil {
		m.t.Fatal(err)
	}
	list, err := m.Office.Slips(context.Background(), f.Order)
	if err != nil {
		m.t.Fatal(err)
	}
	return list
}

// A whole purchase: card, code, paid, slip begun and finished.
func TestPurchase(t *testing.T) {
	m := open(t)
	m.get("/kiosk").Want(200, "购票", "My tickets", "报销凭证")
	m.get("/kiosk/buy").Want(200, "保定", `data-keys="`)
	m.get("/kiosk/departures?to="+to).Want(200, "JA1707")
	address := m.hold(1)
	m.get(address).Want(200, "请用练习钱包扫码付款", "data-poll", "pay-code").Lacks("data-auto")
	m.get(address + "/paying").Want(204)

	address, ticket := m.buy(2)
	m.get(address+"/paying").Want(200, address)
	m.get(address).Want(200, "购票成功", `data-auto="voucher"`, "检票口")
	job := m.post(address+"/t/"+ticket.String()+"/print", url.Values{"slip": {"voucher"}}).Want(200, "/paper/voucher/"+ticket.String()+".escpos")
	var begun struct{ URL, Job string }
	if err := json.Unmarshal([]byte(job.Body), &begun); err != nil || begun.Job == "" {
		t.Fatal(job.Body)
	}
	m.get(begun.URL).Want(200)
	if s := m.slips(address)[0]; s.State != chepiao.Printing || s.Device != "K1" {
		t.Errorf("%+v", s)
	}
	m.post(address+"/t/"+ticket.String()+"/printed", url.Values{"slip": {"voucher"}, "done": {"1"}}).Want(200, "finished")
	if s := m.slips(address)[0]; s.State != chepiao.Finished || s.Copies != 1 {
		t.Errorf("%+v", s)
	}
	m.get(address).Want(200, "再打印一张").Lacks("data-auto")
}

// F18: a jam never makes a slip finished; the ticket stands, and the next machine
// prints it.
func TestJamAfterPayment(t *testing.T) {
	m := open(t)
	address, ticket := m.buy(1)
	slip := url.Values{"slip": {"voucher"}}
	m.post(address+"/t/"+ticket.String()+"/print", slip).Want(200)
	m.post(address+"/t/"+ticket.String()+"/printed", url.Values{"slip": {"voucher"}, "why": {"卡纸"}}).Want(200, "unprinted")
	if s := m.slips(address)[0]; s.State != chepiao.Unprinted || s.Copies != 0 || s.Why != "卡纸" {
		t.Errorf("%+v", s)
	}
	one, err := m.Office.Ticket(context.Background(), ticket)
	if err != nil || one.State != chepiao.TicketValid {
		t.Errorf("the ticket suffers from the jam: %+v, %v", one, err)
	}
	m.post(address+"/t/"+ticket.String()+"/printed", url.Values{"slip": {"voucher"}, "done": {"1"}}).Want(409)

	m.post("/kiosk/end", nil).Want(204)
	secret, err := m.Devices.Add(ident.Kiosk, "K2", from, rand.NewChaCha8([32]byte{6}))
	if err != nil {
		t.Fatal(err)
	}
	m.SignIn(secret)
	_, number := demo.Person(778_001)
	next := m.post("/kiosk/tickets", url.Values{"how": {"card"}, "kind": {"resident_id"}, "number": {number}}).Location()
	m.get(next).Want(200, "凭证未打印")
	m.post(address+"/t/"+ticket.String()+"/print", slip).Want(200)
	m.post(address+"/t/"+ticket.String()+"/printed", url.Values{"slip": {"voucher"}, "done": {"1"}}).Want(200, "finished")
	if s := m.slips(address)[0]; s.Device != "K2" || s.State != chepiao.Finished {
		t.Errorf("%+v", s)
	}
}

// The end of a visit leaves nothing: not the order, not the seat, not the cookie.
func TestNothingStaysOfAVisit(t *testing.T) {
	m := open(t)
	address := m.hold(1)
	page := m.get(address).Want(200)
	if page.Header.Get("Cache-Control") != "no-store" {
		t.Error("the page of an order may be kept")
	}
	key := visitCookie(t, m)
	m.post("/kiosk/end", nil).Want(204)
	if slices.ContainsFunc(m.Cookies, func(c *http.Cookie) bool { return c.Name == "visit" }) {
		t.Error("the cookie of the visit stays")
	}
	m.get(address).Want(404).Lacks("pay-code")
	m.get(address + "/refund").Want(404)
	m.post(address+"/charge", url.Values{"once": {"x"}}).Want(404)
	m.get("/kiosk/mine").Want(200, "没有找到车票")
	id, _ := chepiao.ParseOrderID(strings.TrimPrefix(address, "/kiosk/o/"))
	f, err := m.Office.Look(context.Background(), id)
	if err != nil || f.Order.State != chepiao.OrderReleased {
		t.Errorf("the seats are still held: %v, %v", f.Order.State, err)
	}
	if strings.Contains(m.Log.String(), key) {
		t.Error("an order's key stands in the log")
	}
}

func visitCookie(t *testing.T, m *machine) string {
	i := slices.IndexFunc(m.Cookies, func(c *http.Cookie) bool { return c.Name == "visit" })
	if i < 0 {
		t.Fatal("there is no visit")
	}
	c := m.Cookies[i]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/kiosk" {
		t.Errorf("%+v", c)
	}
	_, key, _ := strings.Cut(c.Value, ".")
	return key
}

// Section 22, no. 13: a card that is put on the reader leaves nothing but the link
// to its tickets.
func TestACardLeavesNothing(t *testing.T) {
	m := open(t)
	name, number := demo.Person(779_321)
	m.get(m.post("/kiosk/tickets", url.Values{"how": {"card"}, "kind": {"resident_id"}, "number": {number}}).Location()).Want(200, "没有找到车票").Lacks(number, name)
	for _, text := range []string{number, name} {
		if strings.Contains(m.Log.String(), text) {
			t.Errorf("%q stands in the log", text)
		}
	}
	before := entries(t, m)
	m.post("/kiosk/tickets", url.Values{"how": {"card"}, "kind": {"resident_id"}, "number": {number}})
	if after := entries(t, m); after != before {
		t.Errorf("a look wrote %d entries", after-before)
	}
}

func entries(t *testing.T, m *machine) int64 {
	t.Helper()
	n := int64(0)
	err := m.Store.Read(context.Background(), func(r *store.Reader) (err error) {
		n, err = r.Entries()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A number that is typed shows the order named with it and no other; a wrong one
// shows nothing.
func TestTypedNumberNeedsTheOrder(t *testing.T) {
	m := open(t)
	address, _ := m.buy(1)
	other, _ := m.buy(1 + 1)
	m.post("/kiosk/end", nil)
	_, number := demo.Person(778_001)
	digits := strings.TrimPrefix(address, "/kiosk/o/OD")
	m.post("/kiosk/tickets", url.Values{"order": {strings.TrimPrefix(other, "/kiosk/o/OD")}, "kind": {"resident_id"}, "number": {number}}).Want(404)
	m.get(m.post("/kiosk/tickets", url.Values{"order": {digits}, "kind": {"resident_id"}, "number": {number}}).Location()).Want(200, address).Lacks(other)
	m.get(other).Want(404)
}

// A refund says the exact amount first; another amount is not taken.
func TestRefund(t *testing.T) {
	m := open(t)
	address, ticket := m.buy(1)
	page := m.get(address+"/refund").Want(200, "退回金额")
	form := url.Values{"sent": {"1"}, "once": {page.Field("once")}, "back": {"1"}, "ticket": {ticket.String()}}
	m.post(address+"/refund", form).Want(409)
	page = m.get(address + "/refund")
	none := m.post(address+"/refund", url.Values{"sent": {"1"}, "once": {page.Field("once")}, "back": {page.Field("back")}, "act": {"choose"}}).Want(200, "disabled")
	if none.Field("back") != "0" {
		t.Error("nothing chosen gives something back")
	}
	form.Set("back", page.Field("back"))
	form.Set("once", page.Field("once"))
	m.get(m.post(address+"/refund", form).Location()).Want(200, "st-refunded")
}

// A receipt takes the next number of the kiosk's paper; a jam spoils the sheet, and
// the next try takes the next one. A refund then is a window's (F9).
func TestReceiptOnTheKiosksPaper(t *testing.T) {
	m := open(t)
	address, ticket := m.buy(1)
	receipt := address + "/t/" + ticket.String() + "/receipt"
	m.get(address).Want(200, "后才能开具报销凭证").Lacks(receipt)
	m.post(receipt, url.Values{"once": {"early"}}).Want(409)

	m.Pass(3 * time.Hour)
	m.post(receipt, url.Values{"once": {"nopaper"}}).Want(409, "请到窗口")
	m.loadPaper("A00000001", "A00000010", 5)
	m.get(m.post(receipt, url.Values{"once": {"r1"}}).Location()).Want(200, `data-auto="receipt"`)
	print, printed := address+"/t/"+ticket.String()+"/print", address+"/t/"+ticket.String()+"/printed"
	m.post(print, url.Values{"slip": {"receipt"}}).Want(200, "/paper/receipt/")
	m.post(printed, url.Values{"slip": {"receipt"}, "why": {"卡纸"}}).Want(200, "unprinted")
	if one, _ := m.Office.Ticket(context.Background(), ticket); one.Receipt != chepiao.ReceiptNone || one.ReceiptNo != "" {
		t.Errorf("after a jam: %s %s", one.Receipt, one.ReceiptNo)
	}
	if sheet, err := m.Office.Sheet(context.Background(), "A00000001"); err != nil || sheet.State != chepiao.PaperSpoilt {
		t.Errorf("%+v, %v", sheet, err)
	}
	m.post(receipt, url.Values{"once": {"r2"}}).Location()
	m.post(print, url.Values{"slip": {"receipt"}}).Want(200)
	m.post(printed, url.Values{"slip": {"receipt"}, "done": {"1"}}).Want(200, "finished")
	if one, _ := m.Office.Ticket(context.Background(), ticket); one.Receipt != chepiao.ReceiptPaper || one.ReceiptNo != "A00000002" {
		t.Errorf("%s %s", one.Receipt, one.ReceiptNo)
	}
	m.post(print, url.Values{"slip": {"receipt"}}).Want(409) // its number stands on one sheet
	m.get(address).Lacks(`data-print="receipt"`)
	m.get(address+"/refund").Want(200, "请先到窗口交回")
}

// loadPaper has somebody open the kiosk's shift with paper.
func (m *machine) loadPaper(first, last string, sheets int) {
	m.t.Helper()
	ctx := context.Background()
	m.Hire("4001")
	station, _ := m.Office.Timetable().StationByCode(from, "")
	v := office.Verb{ID: "paper", By: "desk", Who: "4001", At: chepiao.AskedAt{Window: true, Station: station.No}}
	b, err := m.Office.ReceivePaper(ctx, v, first, last)
	if err != nil {
		m.t.Fatal(err)
	}
	before := m.Cookies
	m.As("4001")
	page := m.get("/kiosk/operator").Want(200, "本机尚未开班", b.Batch.String())
	m.post("/kiosk/operator/open", url.Values{"once": {page.Field("once")}, "batch": {b.Batch.String()}, "sheets": {"5"}}).Location()
	m.get("/kiosk/operator?done=open").Want(200, "已开班", "剩余票据")
	m.Cookies = before
}

// The operator's page is nobody's but staff's; a lock is at once, and from afar.
func TestOperator(t *testing.T) {
	m := open(t)
	m.Hire("9001")
	if p := m.get("/kiosk/operator"); p.Status == 200 {
		t.Error("passengers see the operator's page")
	}
	m.post("/kiosk/parts", nil).Want(422)
	parts := httptest.NewRequest("POST", "/kiosk/parts", strings.NewReader(`[{"part":"paper","state":"out","zh":"缺纸","en":"no paper"}]`))
	parts.Header.Set("Sec-Fetch-Site", "same-origin")
	m.Visit(parts).Want(204)
	m.As("4001")
	page := m.get("/kiosk/operator").Want(200, "缺纸", "服务中")
	m.get(m.post("/kiosk/operator/lock", url.Values{"once": {page.Field("once")}, "lock": {"1"}, "why": {"换纸中"}}).Location()).Want(200, "恢复服务")
	staff := slices.Clone(m.Cookies)
	m.get("/kiosk").Want(200, "暂停服务", "换纸中").Lacks("/kiosk/buy")
	m.Cookies = staff // the start page has signed the person out, also whoever kept the cookie
	if p := m.get("/kiosk/operator"); p.Status == 200 {
		t.Error("passengers find somebody signed in")
	}
	m.SignIn(m.secret)
	m.get("/kiosk/state").Want(200, `"locked":true`)
	m.get("/kiosk/buy").Want(409)
	sale := "/kiosk/sale/" + m.Departure("JA1707").String() + "?to=" + to
	m.post(sale, url.Values{"once": {"x"}}).Want(409)

	m.Cookies = nil // at no device, from afar
	m.As("4001")
	m.get("/kiosk/all").Want(200, "K1", "换纸中")
	m.post("/kiosk/all", url.Values{"once": {"nobody"}, "kiosk": {"K9"}, "lock": {"1"}}).Want(404)
	m.post("/kiosk/all", url.Values{"once": {"far"}, "kiosk": {"K1"}}).Location()
	m.SignIn(m.secret)
	m.get("/kiosk").Want(200, "/kiosk/buy")
}

// Only kiosks are kiosks: a gate does not sell, and a kiosk does not act on orders as
// a window does.
func TestWhoMay(t *testing.T) {
	m := open(t)
	secret, err := m.Devices.Add(ident.Gate, "G1", from, rand.NewChaCha8([32]byte{7}))
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"/window", "/gate", "/desk"} {
		if p := m.get(address); p.Status == 200 {
			t.Errorf("a kiosk opens %s", address)
		}
	}
	m.SignIn(secret)
	for _, address := range []string{"/kiosk", "/kiosk/buy", "/kiosk/operator"} {
		if p := m.get(address); p.Status == 200 {
			t.Errorf("a gate opens %s", address)
		}
	}
}

// A document is judged where it is typed; a child without one goes with an adult.
func TestPassengersOfTheForm(t *testing.T) {
	m := open(t)
	draft := "/kiosk/sale/" + m.Departure("JA1707").String() + "/draft?to=" + to
	name, number := demo.Person(778_001)
	once := url.Values{"once": {"ONCE"}, "count": {"0"}}
	with := func(more ...string) url.Values {
		f := url.Values{}
		for k, v := range once {
			f[k] = v
		}
		for i := 0; i+1 < len(more); i += 2 {
			f.Set(more[i], more[i+1])
		}
		return f
	}
	m.post(draft, with("act", "type.resident_id")).Want(200, `data-keys="id"`, "身份证号码")
	m.post(draft, with("act", "take", "new_kind", "resident_id", "new_name", "WANG XIUYING", "new_number", number[:17]+"0")).Want(200, `data-keys="id"`, "alert")
	m.post(draft, with("act", "take", "new_kind", "guardian", "new_name", "WANG XIAO", "new_birth", "20200501")).Want(200, "请先添加同行的成年人")
	m.post(draft, with("act", "take", "new_kind", "resident_id", "new_name", "WANG XIUYING", "new_number", number)).Want(200, "W*").Lacks("WANG XIUYING<")
	m.post(draft, with("act", "type.passport")).Want(200, "护照号码", "国籍代码")
	once = url.Values{"once": {"ONCE"}, "count": {"1"}, "p0_kind": {"resident_id"}, "p0_name": {name}, "p0_number": {number}, "p0_ticket": {"full"}}
	m.post(draft, with("act", "take", "new_kind", "resident_id", "new_name", name, "new_number", number)).Want(200, "该证件已在本单中")
	two := m.post(draft, with("act", "take", "new_kind", "guardian", "new_name", "WANG XIAO", "new_birth", "20200501")).Want(200, "儿童 2020-05-01", `name="p1_ticket" value="half"`)
	if two.Field("p1_guardian") != "0" {
		t.Error("the child has no adult")
	}
	m.post(draft, with("act", "child.0")).Want(200, `name="p0_child" value="1"`)
	m.post(draft, with("act", "ticket.0.student")).Want(200, `name="p0_proof" value="student_card"`)
	if p := m.post(draft, with("act", "remove.0")); strings.Contains(p.Body, number) {
		t.Error("a passenger who was taken off stays in the page")
	}
	m.post("/kiosk/sale/"+m.Departure("JA1707").String()+"?to="+to, url.Values{"once": {"ONCE"}, "count": {"0"}}).Want(422, "请先放身份证")
}
