package alipay_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"chepiao"
	"chepiao/pay"
	"chepiao/pay/alipay"
	"chepiao/pay/alipay/alipaysim"
	"chepiao/pay/practice"
)

// shop is a merchant, Alipay, and the door where notices come in.
type shop struct {
	*alipay.Channel
	t    *testing.T
	sim  *alipaysim.Server
	keys *alipaysim.Keys
	url  string // of the simulator
	door string

	mu   sync.Mutex
	ends time.Time // of all charges
	got  []pay.Notice
	bad  []error
	text [][]byte
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantIs(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
}

var drawn = sync.OnceValues(func() (*alipaysim.Keys, error) { return alipaysim.NewKeys(rand.Reader) })

func open(t *testing.T) *shop {
	t.Helper()
	s := &shop{t: t, ends: time.Now().Add(15 * time.Minute)}
	var err error
	s.keys, err = drawn()
	must(t, err)
	s.sim, err = alipaysim.New(alipaysim.Options{Now: time.Now, Rand: rand.Reader, Keys: s.keys})
	must(t, err)
	server, door := httptest.NewServer(s.sim), httptest.NewServer(http.HandlerFunc(s.notified))
	t.Cleanup(server.Close)
	t.Cleanup(door.Close)
	s.url, s.door = server.URL, door.URL
	s.Channel = s.at(s.keys, s.url, 0)
	return s
}

// at is a merchant with these keys at another address.
func (s *shop) at(keys *alipaysim.Keys, address string, patience time.Duration) *alipay.Channel {
	s.t.Helper()
	file, err := keys.Save(s.t.TempDir(), address)
	must(s.t, err)
	again, err := alipaysim.LoadKeys(filepath.Dir(file))
	must(s.t, err)
	if !again.Alipay.Equal(keys.Alipay) || !again.App.Equal(keys.App) || again.AppID != keys.AppID || again.SellerID != keys.SellerID {
		s.t.Fatal("started again, the simulator has other keys")
	}
	set, err := alipay.ReadSettings(file)
	must(s.t, err)
	c, err := alipay.New(alipay.Config{Settings: set, Timeout: patience})
	must(s.t, err)
	return c
}

// notified is what a merchant's door does.
func (s *shop) notified(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	n, err := s.ParseNotify(r.Header, body)
	s.mu.Lock()
	if err != nil {
		s.bad = append(s.bad, err)
	} else {
		s.got = append(s.got, n)
	}
	s.text = append(s.text, body)
	s.mu.Unlock()
	status, kind, text := s.Answer(err)
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	w.Write(text)
}

func (s *shop) deliver() (got []pay.Notice, bad []error) {
	s.sim.Deliver(s.t.Context())
	s.mu.Lock()
	defer s.mu.Unlock()
	got, bad, s.got, s.bad = s.got, s.bad, nil, nil
	return got, bad
}

func (s *shop) charge(id string, way chepiao.PayWay) pay.Charge {
	return pay.Charge{ID: id, Amount: 45_00, Subject: "车票订单 OD18 · 1 张", NotifyURL: s.door, ReturnURL: "http://phone.example/back?order=OD18", Expires: s.ends, Way: way}
}

func (s *shop) create(id string, way chepiao.PayWay) pay.Created {
	s.t.Helper()
	c, err := s.Create(s.t.Context(), s.charge(id, way))
	must(s.t, err)
	return c
}

// meet opens an address as the payer's browser does: the page, and where it led.
func (s *shop) meet(address string) (body, at string) {
	s.t.Helper()
	res, err := http.Get(address)
	must(s.t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	must(s.t, err)
	return string(text), res.Request.URL.Path
}

func (s *shop) want(id string, state chepiao.PaymentState) {
	s.t.Helper()
	r, err := s.Query(s.t.Context(), id)
	if err != nil || r.State != state || r.ID != id || r.Amount != 45_00 {
		s.t.Errorf("%s is %+v, %v; want %s", id, r, err, state)
	}
	if paid := state == chepiao.PaymentPaid; paid != (r.Transaction != "") || paid == r.PaidAt.IsZero() {
		s.t.Errorf("%s is %s: %+v", id, state, r)
	}
}

// TestPage: an address alone is no charge yet; one that was changed opens nothing.
func TestPage(t *testing.T) {
	s := open(t)
	page := s.create("PAGE01", chepiao.PayByPage)
	if !strings.HasPrefix(page.PayURL, s.url+"/gateway.do?") || page.QRText != "" {
		t.Fatalf("%+v", page)
	}
	_, err := s.Query(t.Context(), "PAGE01")
	wantIs(t, err, pay.ErrNotFound)
	_, err = s.Close(t.Context(), "PAGE01")
	wantIs(t, err, pay.ErrNotFound)
	if body, at := s.meet(strings.Replace(page.PayURL, "45.00", "00.01", 1)); at != "/gateway.do" || !strings.Contains(body, "invalid-signature") {
		t.Errorf("a changed address opened %s: %s", at, body)
	}
	body, at := s.meet(page.PayURL)
	if !strings.HasPrefix(at, "/pay/") || !strings.Contains(body, "45.00") || !strings.Contains(body, "http://phone.example/back?order=OD18") {
		t.Errorf("the page at %s: %s", at, body)
	}
	s.want("PAGE01", chepiao.PaymentPending)
	if !s.sim.Pay("PAGE01", true) {
		t.Fatal("the payer cannot pay")
	}
	s.want("PAGE01", chepiao.PaymentPaid)
	got, bad := s.deliver()
	if len(got) != 1 || len(bad) != 0 || got[0].Charge == nil || got[0].Charge.State != chepiao.PaymentPaid || got[0].Charge.Amount != 45_00 || got[0].Charge.ID != "PAGE01" {
		t.Errorf("notices %+v, %v", got, bad)
	}
}

// TestCode: the code is there at once, the charge when it is scanned, and the same
// number never stands for two.
func TestCode(t *testing.T) {
	s := open(t)
	code := s.create("CODE01", chepiao.PayByCode)
	if code.QRText == "" || code.PayURL != "" {
		t.Fatalf("%+v", code)
	}
	if again := s.create("CODE01", chepiao.PayByCode); again != code {
		t.Errorf("asked again: %+v", again)
	}
	_, err := s.Query(t.Context(), "CODE01")
	wantIs(t, err, pay.ErrNotFound)
	s.meet(code.QRText)
	s.want("CODE01", chepiao.PaymentPending)
	changed := s.charge("CODE01", chepiao.PayByCode)
	changed.Amount++
	_, err = s.Create(t.Context(), changed)
	wantIs(t, err, pay.ErrMismatch)
	over := s.charge("CODE02", chepiao.PayByCode)
	over.Expires = time.Now().Add(-time.Minute)
	_, err = s.Create(t.Context(), over)
	wantIs(t, err, pay.ErrExpired)
	_, err = s.Create(t.Context(), s.charge("CODE03", chepiao.PayInApp))
	wantIs(t, err, pay.ErrMalformed)
}

// TestScan is the code on the payer's phone: taken at once, after a password,
// not at all, and given up.
func TestScan(t *testing.T) {
	s := open(t)
	scan := func(id string, kind practice.CodeKind) (pay.Created, error) {
		code, err := s.sim.NewCode(kind)
		must(t, err)
		c := s.charge(id, chepiao.PayByScan)
		c.AuthCode = code
		return s.Create(t.Context(), c)
	}
	if c, err := scan("SCAN01", practice.CodePays); err != nil || c.Result == nil || c.Result.State != chepiao.PaymentPaid || c.Result.Amount != 45_00 || c.Result.Transaction == "" || c.Result.PaidAt.IsZero() {
		t.Fatalf("paid at once: %+v, %v", c, err)
	}
	s.want("SCAN01", chepiao.PaymentPaid)
	if c, err := scan("SCAN02", practice.CodeAsks); err != nil || c.Result == nil || c.Result.State != chepiao.PaymentPending {
		t.Fatalf("asks for the password: %+v, %v", c, err)
	}
	s.sim.Pay("SCAN02", true)
	s.want("SCAN02", chepiao.PaymentPaid)
	_, err := scan("SCAN03", practice.CodeEmpty)
	wantIs(t, err, pay.ErrFunds)
	_, err = scan("SCAN04", practice.CodeOld)
	wantIs(t, err, pay.ErrCode)
	wrong := s.charge("SCAN05", chepiao.PayByScan)
	wrong.AuthCode = "130000000000000000" // another firm's
	_, err = s.Create(t.Context(), wrong)
	wantIs(t, err, pay.ErrCode)
	if _, err := scan("SCAN06", practice.CodeAsks); err != nil {
		t.Fatal(err)
	}
	if r, err := s.Close(t.Context(), "SCAN06"); err != nil || r.State != chepiao.PaymentClosed {
		t.Errorf("closed: %+v, %v", r, err)
	}
	if s.sim.Pay("SCAN06", true) {
		t.Error("a scan that was closed can be paid")
	}
}

// TestClose: closed, and paid at the very moment.
func TestClose(t *testing.T) {
	s := open(t)
	for _, id := range []string{"CLOSE1", "CLOSE2"} {
		s.meet(s.create(id, chepiao.PayByCode).QRText)
	}
	for range 2 {
		if r, err := s.Close(t.Context(), "CLOSE1"); err != nil || r.State != chepiao.PaymentClosed {
			t.Errorf("%+v, %v", r, err)
		}
	}
	if s.sim.Pay("CLOSE1", true) {
		t.Error("what is closed can be paid")
	}
	must(t, s.sim.SetFaults(practice.Faults{ClosePaid: true}))
	if r, err := s.Close(t.Context(), "CLOSE2"); err != nil || r.State != chepiao.PaymentPaid || r.Amount != 45_00 {
		t.Errorf("%+v, %v", r, err)
	}
	must(t, s.sim.SetFaults(practice.Faults{LateSuccess: true}))
	s.sim.Pay("CLOSE1", true)
	s.want("CLOSE1", chepiao.PaymentPaid)
}

// TestRefunds: at once, under way, sent back by the bank, refused, too much, and the
// same number for something else; a charge that was given back whole stays paid.
func TestRefunds(t *testing.T) {
	s := open(t)
	s.meet(s.create("PAID01", chepiao.PayByCode).QRText)
	ask := func(id string, amount chepiao.Money) (pay.RefundResult, error) {
		return s.Refund(t.Context(), pay.RefundRequest{ID: id, Charge: "PAID01", Amount: amount, Total: 45_00, NotifyURL: s.door})
	}
	_, err := ask("BACK01", 10_00)
	wantIs(t, err, pay.ErrNotPaid)
	s.sim.Pay("PAID01", true)
	s.deliver()
	for range 2 {
		if r, err := ask("BACK01", 10_00); err != nil || r.State != chepiao.PaybackSettled || r.Amount != 10_00 || r.ID != "BACK01" || r.Charge != "PAID01" || r.At.IsZero() {
			t.Errorf("%+v, %v", r, err)
		}
	}
	got, bad := s.deliver()
	if len(got) != 1 || len(bad) != 0 || got[0].Charge == nil || got[0].Charge.State != chepiao.PaymentPaid {
		t.Errorf("the notice after a refund: %+v, %v", got, bad)
	}
	_, err = ask("BACK01", 11_00)
	wantIs(t, err, pay.ErrMismatch)
	_, err = ask("BACK02", 35_01)
	wantIs(t, err, pay.ErrTooMuch)
	must(t, s.sim.SetFaults(practice.Faults{RefundPending: true}))
	if r, err := ask("BACK03", 5_00); err != nil || r.State != chepiao.PaybackDue {
		t.Errorf("under way: %+v, %v", r, err)
	}
	must(t, s.sim.SetFaults(practice.Faults{RefundAbnormal: true}))
	if r, err := ask("BACK03", 5_00); err != nil || r.State != chepiao.PaybackStuck {
		t.Errorf("sent back by the bank: %+v, %v", r, err)
	}
	must(t, s.sim.SetFaults(practice.Faults{RefundRefused: true}))
	_, err = ask("BACK04", 30_00)
	wantIs(t, err, pay.ErrRefundRefused)
	must(t, s.sim.SetFaults(practice.Faults{}))
	if r, err := ask("BACK04", 30_00); err != nil || r.State != chepiao.PaybackSettled {
		t.Errorf("%+v, %v", r, err)
	}
	s.want("PAID01", chepiao.PaymentPaid) // Alipay calls it TRADE_CLOSED now
}

// TestNoticesNotBelieved: forged, changed, with a name twice, for another merchant.
func TestNoticesNotBelieved(t *testing.T) {
	s := open(t)
	must(t, s.sim.SetFaults(practice.Faults{NoticeForged: true}))
	s.meet(s.create("FORGED", chepiao.PayByCode).QRText)
	if got, bad := s.deliver(); len(got) != 0 || len(bad) != 1 || !errors.Is(bad[0], pay.ErrBadSignature) {
		t.Errorf("forged: %+v, %v", got, bad)
	}
	s.want("FORGED", chepiao.PaymentPending)
	must(t, s.sim.SetFaults(practice.Faults{NoticeTwice: true}))
	s.sim.Pay("FORGED", true)
	if got, bad := s.deliver(); len(got) != 2 || len(bad) != 0 {
		t.Errorf("twice: %+v, %v", got, bad)
	}
	body := s.text[len(s.text)-1]
	if n, err := s.ParseNotify(nil, body); err != nil || n.Charge == nil {
		t.Fatalf("the true one: %+v, %v", n, err)
	}
	for name, wrong := range map[string][]byte{
		"changed":          bytes.Replace(body, []byte("45.00"), []byte("54.00"), 1),
		"another key":      append(bytes.Clone(body), "&alipay_cert_sn=0123"...),
		"nothing":          nil,
		"without its sign": without(body, "sign"),
	} {
		_, err := s.ParseNotify(nil, wrong)
		wantIs(t, err, pay.ErrBadSignature)
		if err != nil && strings.Contains(err.Error(), "FORGED") {
			t.Errorf("%s: the error holds the message: %v", name, err)
		}
	}
	_, err := s.ParseNotify(nil, append(bytes.Clone(body), "&out_trade_no=OTHER"...))
	wantIs(t, err, pay.ErrMalformed)
	other := *s.keys
	other.SellerID = "2088000000000099"
	_, err = s.at(&other, s.url, 0).ParseNotify(nil, body)
	wantIs(t, err, pay.ErrBadSignature)
}

// without is a form without one of its fields.
func without(body []byte, field string) []byte {
	v, _ := url.ParseQuery(string(body))
	v.Del(field)
	return []byte(v.Encode())
}

// TestNobodyAnswers: each call, with a server that is out of order, one that
// lies, and none.
func TestNobodyAnswers(t *testing.T) {
	s := open(t)
	s.meet(s.create("SILENT", chepiao.PayByCode).QRText)
	s.sim.Pay("SILENT", true)
	calls := map[string]func(*alipay.Channel) error{
		"create": func(c *alipay.Channel) error {
			_, err := c.Create(t.Context(), s.charge("SILEN2", chepiao.PayByCode))
			return err
		},
		"query": func(c *alipay.Channel) error { _, err := c.Query(t.Context(), "SILENT"); return err },
		"close": func(c *alipay.Channel) error { _, err := c.Close(t.Context(), "SILENT"); return err },
		"refund": func(c *alipay.Channel) error {
			_, err := c.Refund(t.Context(), pay.RefundRequest{ID: "B1", Charge: "SILENT", Amount: 1, Total: 45_00})
			return err
		},
		"bill": func(c *alipay.Channel) error { _, err := c.Bill(t.Context(), 20000); return err },
	}
	liar := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		node := strings.ReplaceAll(r.PostFormValue("method"), ".", "_") + "_response"
		w.Write([]byte(`{"` + node + `":{"code":"40004","msg":"Business Failed","sub_code":"ACQ.TRADE_NOT_EXIST","sub_msg":"nobody signed this"}}`))
	}))
	t.Cleanup(liar.Close)
	gone := httptest.NewServer(nil)
	gone.Close()
	must(t, s.sim.SetFaults(practice.Faults{Unreachable: true}))
	for where, to := range map[string]string{"out of order": s.url, "a liar": liar.URL, "nobody": gone.URL} {
		c := s.at(s.keys, to, 0)
		for name, call := range calls {
			if err := call(c); !errors.Is(err, pay.ErrUnreachable) || errors.As(err, new(pay.Declined)) {
				t.Errorf("%s, %s: %v", where, name, err)
			}
		}
	}
}

// TestAnotherMerchant: who signs with another key is not answered.
func TestAnotherMerchant(t *testing.T) {
	s := open(t)
	foreign, err := alipaysim.NewKeys(rand.Reader)
	must(t, err)
	mixed := *s.keys
	mixed.App = foreign.App
	_, err = s.at(&mixed, s.url, 0).Create(t.Context(), s.charge("ALIEN1", chepiao.PayByCode))
	wantIs(t, err, pay.ErrUnreachable)
	_, err = s.Query(t.Context(), "ALIEN1")
	wantIs(t, err, pay.ErrNotFound)
}

// TestBill reads the day's bill, whole and with each fault.
func TestBill(t *testing.T) {
	s := open(t)
	for _, id := range []string{"BILL01", "BILL02"} {
		s.create(id, chepiao.PayByCode)
		s.sim.Pay(id, true)
	}
	_, err := s.Refund(t.Context(), pay.RefundRequest{ID: "BACK01", Charge: "BILL02", Amount: 10_50, Total: 45_00})
	must(t, err)
	today := chepiao.DayOf(time.Now().In(pay.China))
	_, err = s.Bill(t.Context(), today)
	wantIs(t, err, pay.ErrNoBill)
	bill := func(f practice.Faults) []pay.BillLine {
		t.Helper()
		f.BillEarly = true
		must(t, s.sim.SetFaults(f))
		lines, err := s.Bill(t.Context(), today)
		must(t, err)
		return lines
	}
	whole := bill(practice.Faults{})
	if len(whole) != 3 || whole[0].Charge != "BILL01" || whole[0].Amount != 45_00 || whole[0].Refund != "" || whole[0].Transaction == "" || whole[2].Refund != "BACK01" || whole[2].Charge != "BILL02" || whole[2].Amount != 10_50 {
		t.Fatalf("%+v", whole)
	}
	if less := bill(practice.Faults{BillMissing: true}); len(less) != 2 || less[0].Charge != "BILL02" {
		t.Errorf("%+v", less)
	}
	if more := bill(practice.Faults{BillForeign: true}); len(more) != 4 || !strings.HasPrefix(more[3].Charge, "NOBODY") {
		t.Errorf("%+v", more)
	}
	if other := bill(practice.Faults{BillDifferent: true}); len(other) != 3 || other[1].Amount != 45_01 {
		t.Errorf("%+v", other)
	}
}

// TestSlow: what was asked was done, though the answer came too late to be heard.
func TestSlow(t *testing.T) {
	s := open(t)
	hasty := s.at(s.keys, s.url, 100*time.Millisecond)
	must(t, s.sim.SetFaults(practice.Faults{SlowSeconds: 1}))
	slow := s.charge("SLOW01", chepiao.PayByCode)
	_, err := hasty.Create(t.Context(), slow)
	wantIs(t, err, pay.ErrUnreachable)
	code, err := s.sim.NewCode(practice.CodePays)
	must(t, err)
	scan := s.charge("SLOW02", chepiao.PayByScan)
	scan.AuthCode = code
	_, err = hasty.Create(t.Context(), scan)
	wantIs(t, err, pay.ErrUnreachable)
	must(t, s.sim.SetFaults(practice.Faults{}))
	s.want("SLOW02", chepiao.PaymentPaid)
	if c, err := s.Create(t.Context(), slow); err != nil || c.QRText == "" {
		t.Errorf("asked again: %+v, %v", c, err)
	}
}

// TestGateway: the address of the settings may be Alipay's with its path, as its
// sandbox is written, or a host.
func TestGateway(t *testing.T) {
	s := open(t)
	for _, written := range []string{s.url, s.url + "/", s.url + "/gateway.do"} {
		file, err := s.keys.Save(t.TempDir(), written)
		must(t, err)
		set, err := alipay.ReadSettings(file)
		must(t, err)
		c, err := alipay.New(alipay.Config{Settings: set})
		must(t, err)
		page, err := c.Create(t.Context(), s.charge("GATE01", chepiao.PayByPage))
		if err != nil || !strings.HasPrefix(page.PayURL, s.url+"/gateway.do?") {
			t.Errorf("%s: %.60s, %v", written, page.PayURL, err)
		}
	}
}
