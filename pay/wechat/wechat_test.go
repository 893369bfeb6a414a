package wechat_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
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
	"chepiao/pay/practice"
	"chepiao/pay/wechat"
	"chepiao/pay/wechat/wechatsim"
)

// shop is a merchant, WeChat Pay, and the door where notices come in.
type shop struct {
	*wechat.Channel
	t    *testing.T
	sim  *wechatsim.Server
	keys *wechatsim.Keys
	url  string // of the simulator
	door string

	mu   sync.Mutex
	ends time.Time // of all charges
	got  []pay.Notice
	bad  []error
	raw  []*http.Request
	text [][]byte
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var drawn = map[bool]*wechatsim.Keys{} // drawing RSA keys takes its time

func open(t *testing.T, certificates bool) *shop {
	t.Helper()
	s := &shop{t: t, ends: time.Now().Add(15 * time.Minute)}
	if drawn[certificates] == nil {
		k, err := wechatsim.NewKeys(rand.Reader, time.Now(), certificates)
		must(t, err)
		drawn[certificates] = k
	}
	s.keys = drawn[certificates]
	var err error
	s.sim, err = wechatsim.New(wechatsim.Options{Now: time.Now, Rand: rand.Reader, Keys: s.keys})
	must(t, err)
	server, door := httptest.NewServer(s.sim), httptest.NewServer(http.HandlerFunc(s.notified))
	t.Cleanup(server.Close)
	t.Cleanup(door.Close)
	s.url, s.door = server.URL, door.URL
	file, err := s.keys.Save(t.TempDir(), s.url)
	must(t, err)
	again, err := wechatsim.LoadKeys(filepath.Dir(file), rand.Reader, time.Now())
	must(t, err)
	if !again.Platform.Equal(s.keys.Platform) || !again.Merchant.Equal(s.keys.Merchant) || again.V3Key != s.keys.V3Key {
		t.Fatal("started again, the simulator has other keys")
	}
	set, err := wechat.ReadSettings(file)
	must(t, err)
	s.Channel, err = wechat.New(wechat.Config{Settings: set, Now: time.Now})
	must(t, err)
	return s
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
	s.raw, s.text = append(s.raw, r), append(s.text, body)
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
	return pay.Charge{ID: id, Amount: 45_00, Subject: "车票订单 OD18 · 1 张", NotifyURL: s.door, ReturnURL: "http://phone.example/back", Expires: s.ends, Way: way, Payer: "oPayer", PayerIP: "192.0.2.7"}
}

func (s *shop) create(id string, way chepiao.PayWay) pay.Created {
	s.t.Helper()
	c, err := s.Create(s.t.Context(), s.charge(id, way))
	must(s.t, err)
	return c
}

func (s *shop) want(id string, state chepiao.PaymentState) {
	s.t.Helper()
	r, err := s.Query(s.t.Context(), id)
	if err != nil || r.State != state || r.ID != id {
		s.t.Errorf("%s is %+v, %v; want %s", id, r, err, state)
	}
	if state == chepiao.PaymentPaid && (r.Amount != 45_00 || len(r.Transaction) != 28 || r.PaidAt.IsZero()) {
		s.t.Errorf("%s is paid: %+v", id, r)
	}
}

// TestWays pays in each way, with platform certificates and with the public key.
func TestWays(t *testing.T) {
	for name, certificates := range map[string]bool{"certificates": true, "public key": false} {
		t.Run(name, func(t *testing.T) {
			s := open(t, certificates)
			page := s.create("PAGE01", chepiao.PayByPage)
			if !strings.HasPrefix(page.PayURL, s.url+"/pay/") || !strings.Contains(page.PayURL, "redirect_url=http%3A%2F%2Fphone.example%2Fback") || page.QRText != "" {
				t.Errorf("the page: %+v", page)
			}
			if again := s.create("PAGE01", chepiao.PayByPage); again != page {
				t.Errorf("asked again: %+v", again)
			}
			if code := s.create("CODE01", chepiao.PayByCode); code.QRText == "" || code.PayURL != "" {
				t.Errorf("the code: %+v", code)
			}
			var bridge map[string]string
			if app := s.create("APP001", chepiao.PayInApp); json.Unmarshal([]byte(app.InApp), &bridge) != nil || !strings.HasPrefix(bridge["package"], "prepay_id=wx") || bridge["signType"] != "RSA" || bridge["paySign"] == "" {
				t.Errorf("in the app: %+v", app)
			}
			for _, id := range []string{"PAGE01", "CODE01", "APP001"} {
				s.want(id, chepiao.PaymentPending)
				if !s.sim.Pay(id, true) {
					t.Fatal("the payer cannot pay")
				}
				s.want(id, chepiao.PaymentPaid)
			}
			got, bad := s.deliver()
			if len(got) != 3 || len(bad) != 0 || got[0].Charge == nil || got[0].Charge.State != chepiao.PaymentPaid || got[0].Charge.Amount != 45_00 {
				t.Errorf("notices %+v, %v", got, bad)
			}
			_, err := s.Query(t.Context(), "NEVER1")
			wantIs(t, err, pay.ErrNotFound)
			_, err = s.Close(t.Context(), "NEVER1")
			wantIs(t, err, pay.ErrNotFound)
			changed := s.charge("CODE02", chepiao.PayByCode)
			_, err = s.Create(t.Context(), changed)
			must(t, err)
			changed.Amount++
			_, err = s.Create(t.Context(), changed)
			wantIs(t, err, pay.ErrMismatch)
		})
	}
}

func wantIs(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
}

// TestScan is the code on the payer's phone: taken at once, after a password,
// not at all, and given up.
func TestScan(t *testing.T) {
	s := open(t, false)
	scan := func(id string, kind practice.CodeKind) (pay.Created, error) {
		code, err := s.sim.NewCode(kind)
		must(t, err)
		c := s.charge(id, chepiao.PayByScan)
		c.AuthCode = code
		return s.Create(t.Context(), c)
	}
	if c, err := scan("SCAN01", practice.CodePays); err != nil || c.Result == nil || c.Result.State != chepiao.PaymentPaid || c.Result.Amount != 45_00 {
		t.Fatalf("paid at once: %+v, %v", c, err)
	}
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
	wrong.AuthCode = "280000000000000000" // another firm's
	_, err = s.Create(t.Context(), wrong)
	wantIs(t, err, pay.ErrCode)
	if _, err := scan("SCAN06", practice.CodeAsks); err != nil {
		t.Fatal(err)
	}
	s.sim.Pay("SCAN06", false)
	s.want("SCAN06", chepiao.PaymentFailed)
	if _, err := scan("SCAN07", practice.CodeAsks); err != nil {
		t.Fatal(err)
	}
	if r, err := s.Close(t.Context(), "SCAN07"); err != nil || r.State != chepiao.PaymentClosed {
		t.Errorf("revoked: %+v, %v", r, err)
	}
	if s.sim.Pay("SCAN07", true) {
		t.Error("a scan that was revoked can be paid")
	}
}

// TestClose: closed, and paid at the very moment.
func TestClose(t *testing.T) {
	s := open(t, false)
	s.create("CLOSE1", chepiao.PayByCode)
	for range 2 {
		if r, err := s.Close(t.Context(), "CLOSE1"); err != nil || r.State != chepiao.PaymentClosed {
			t.Errorf("%+v, %v", r, err)
		}
	}
	if s.sim.Pay("CLOSE1", true) {
		t.Error("what is closed can be paid")
	}
	s.create("CLOSE2", chepiao.PayByCode)
	must(t, s.sim.SetFaults(practice.Faults{ClosePaid: true}))
	if r, err := s.Close(t.Context(), "CLOSE2"); err != nil || r.State != chepiao.PaymentPaid || r.Amount != 45_00 {
		t.Errorf("%+v, %v", r, err)
	}
	must(t, s.sim.SetFaults(practice.Faults{LateSuccess: true}))
	s.sim.Pay("CLOSE1", true)
	s.want("CLOSE1", chepiao.PaymentPaid)
}

// TestRefunds: at once, under way, abnormal, refused, too much, and the same
// number for something else.
func TestRefunds(t *testing.T) {
	s := open(t, false)
	s.create("PAID01", chepiao.PayByCode)
	ask := func(id string, amount chepiao.Money) (pay.RefundResult, error) {
		return s.Refund(t.Context(), pay.RefundRequest{ID: id, Charge: "PAID01", Amount: amount, Total: 45_00, NotifyURL: s.door})
	}
	_, err := ask("BACK01", 10_00)
	wantIs(t, err, pay.ErrRefundRefused) // nothing was paid yet
	s.sim.Pay("PAID01", true)
	s.deliver()
	for range 2 {
		if r, err := ask("BACK01", 10_00); err != nil || r.State != chepiao.PaybackSettled || r.Amount != 10_00 || r.ID != "BACK01" || r.Charge != "PAID01" {
			t.Errorf("%+v, %v", r, err)
		}
	}
	got, bad := s.deliver()
	if len(got) != 1 || len(bad) != 0 || got[0].Refund == nil || got[0].Refund.State != chepiao.PaybackSettled || got[0].Refund.Amount != 10_00 {
		t.Errorf("the notice of a refund: %+v, %v", got, bad)
	}
	_, err = ask("BACK01", 11_00)
	wantIs(t, err, pay.ErrMismatch)
	_, err = ask("BACK02", 35_01)
	wantIs(t, err, pay.ErrRefundRefused)
	must(t, s.sim.SetFaults(practice.Faults{RefundPending: true}))
	if r, err := ask("BACK03", 5_00); err != nil || r.State != chepiao.PaybackDue {
		t.Errorf("under way: %+v, %v", r, err)
	}
	must(t, s.sim.SetFaults(practice.Faults{RefundAbnormal: true}))
	if r, err := ask("BACK03", 5_00); err != nil || r.State != chepiao.PaybackStuck {
		t.Errorf("abnormal: %+v, %v", r, err)
	}
	must(t, s.sim.SetFaults(practice.Faults{}))
	if r, err := ask("BACK03", 5_00); err != nil || r.State != chepiao.PaybackSettled {
		t.Errorf("a person has seen to it: %+v, %v", r, err)
	}
	must(t, s.sim.SetFaults(practice.Faults{RefundRefused: true}))
	_, err = ask("BACK04", 30_00)
	wantIs(t, err, pay.ErrRefundRefused)
	must(t, s.sim.SetFaults(practice.Faults{}))
	if r, err := ask("BACK04", 30_00); err != nil || r.State != chepiao.PaybackSettled {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestNoticesNotBelieved: forged, replayed late, changed, for another key.
func TestNoticesNotBelieved(t *testing.T) {
	s := open(t, true)
	must(t, s.sim.SetFaults(practice.Faults{NoticeForged: true}))
	s.create("FORGED", chepiao.PayByCode)
	if got, bad := s.deliver(); len(got) != 0 || len(bad) != 1 || !errors.Is(bad[0], pay.ErrBadSignature) {
		t.Errorf("forged: %+v, %v", got, bad)
	}
	s.want("FORGED", chepiao.PaymentPending)
	must(t, s.sim.SetFaults(practice.Faults{NoticeTwice: true}))
	s.sim.Pay("FORGED", true)
	if got, bad := s.deliver(); len(got) != 2 || len(bad) != 0 {
		t.Errorf("twice: %+v, %v", got, bad)
	}
	header, body := s.raw[len(s.raw)-1].Header, s.text[len(s.text)-1]
	if _, err := s.ParseNotify(header, body); err != nil {
		t.Errorf("the true one: %v", err)
	}
	_, err := s.ParseNotify(header, bytes.Replace(body, []byte("SUCCESS"), []byte("SUCCES5"), 1))
	wantIs(t, err, pay.ErrBadSignature)
	late := header.Clone()
	late.Set("Wechatpay-Timestamp", "1700000000")
	_, err = s.ParseNotify(late, body)
	wantIs(t, err, pay.ErrBadSignature)
	_, err = s.ParseNotify(http.Header{}, body)
	wantIs(t, err, pay.ErrBadSignature)
	if strings.Contains(err.Error(), "ciphertext") {
		t.Errorf("the error holds the message: %v", err)
	}
}

// TestNobodyAnswers: each call, with a server that is out of order, one that
// lies, and none.
func TestNobodyAnswers(t *testing.T) {
	s := open(t, false)
	s.create("SILENT", chepiao.PayByCode)
	s.sim.Pay("SILENT", true)
	calls := map[string]func(*wechat.Channel) error{
		"create": func(c *wechat.Channel) error {
			_, err := c.Create(t.Context(), s.charge("SILEN2", chepiao.PayByPage))
			return err
		},
		"query": func(c *wechat.Channel) error { _, err := c.Query(t.Context(), "SILENT"); return err },
		"close": func(c *wechat.Channel) error { _, err := c.Close(t.Context(), "SILENT"); return err },
		"refund": func(c *wechat.Channel) error {
			_, err := c.Refund(t.Context(), pay.RefundRequest{ID: "B1", Charge: "SILENT", Amount: 1, Total: 45_00})
			return err
		},
		"bill": func(c *wechat.Channel) error { _, err := c.Bill(t.Context(), 20000); return err },
	}
	liar := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		w.Write([]byte(`{"code":"ORDER_NOT_EXIST","message":"nobody signed this"}`))
	}))
	t.Cleanup(liar.Close)
	gone := httptest.NewServer(nil)
	gone.Close()
	must(t, s.sim.SetFaults(practice.Faults{Unreachable: true}))
	for where, to := range map[string]string{"out of order": s.url, "a liar": liar.URL, "nobody": gone.URL} {
		file, err := s.keys.Save(t.TempDir(), to)
		must(t, err)
		set, err := wechat.ReadSettings(file)
		must(t, err)
		c, err := wechat.New(wechat.Config{Settings: set, Now: time.Now})
		must(t, err)
		for name, call := range calls {
			if err := call(c); !errors.Is(err, pay.ErrUnreachable) || errors.As(err, new(pay.Declined)) {
				t.Errorf("%s, %s: %v", where, name, err)
			}
		}
	}
}

// TestAnotherMerchant: who signs with another key is not answered, and learns no more.
func TestAnotherMerchant(t *testing.T) {
	s := open(t, false)
	foreign, err := wechatsim.NewKeys(rand.Reader, time.Now(), false)
	must(t, err)
	mixed := *s.keys
	mixed.Merchant = foreign.Merchant
	file, err := mixed.Save(t.TempDir(), s.url)
	must(t, err)
	set, err := wechat.ReadSettings(file)
	must(t, err)
	c, err := wechat.New(wechat.Config{Settings: set, Now: time.Now})
	must(t, err)
	_, err = c.Create(t.Context(), s.charge("ALIEN1", chepiao.PayByCode))
	wantIs(t, err, pay.ErrUnreachable)
	_, err = s.Query(t.Context(), "ALIEN1")
	wantIs(t, err, pay.ErrNotFound)
}

// TestBill reads the day's bill, whole and with each fault.
func TestBill(t *testing.T) {
	s := open(t, false)
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
		f.BillEarly = true
		must(t, s.sim.SetFaults(f))
		lines, err := s.Bill(t.Context(), today)
		must(t, err)
		return lines
	}
	whole := bill(practice.Faults{})
	if len(whole) != 3 || whole[0].Charge != "BILL01" || whole[0].Amount != 45_00 || whole[0].Refund != "" || len(whole[0].Transaction) != 28 || whole[2].Refund != "BACK01" || whole[2].Charge != "BILL02" || whole[2].Amount != 10_50 {
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

// TestPayer learns who pays inside WeChat.
func TestPayer(t *testing.T) {
	s := open(t, false)
	res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Get(s.PayerPage("http://phone.example/passenger/wechat", "OD18"))
	must(t, err)
	res.Body.Close()
	back, err := url.Parse(res.Header.Get("Location"))
	must(t, err)
	if back.Host != "phone.example" || back.Query().Get("state") != "OD18" {
		t.Fatalf("back at %s", back)
	}
	if who, err := s.Payer(context.Background(), back.Query().Get("code")); err != nil || !strings.HasPrefix(who, "o") {
		t.Errorf("%q, %v", who, err)
	}
	_, err = s.Payer(context.Background(), "guessed")
	wantIs(t, err, pay.ErrCode)
	_, err = s.Payer(context.Background(), back.Query().Get("code"))
	wantIs(t, err, pay.ErrCode) // good once
}

// TestSlow: what was asked was done, though the answer came too late to be heard.
func TestSlow(t *testing.T) {
	s := open(t, false)
	file, err := s.keys.Save(t.TempDir(), s.url)
	must(t, err)
	set, err := wechat.ReadSettings(file)
	must(t, err)
	hasty, err := wechat.New(wechat.Config{Settings: set, Now: time.Now, Timeout: 100 * time.Millisecond})
	must(t, err)
	must(t, s.sim.SetFaults(practice.Faults{SlowSeconds: 1}))
	slow := s.charge("SLOW01", chepiao.PayByCode)
	_, err = hasty.Create(t.Context(), slow)
	wantIs(t, err, pay.ErrUnreachable)
	code, err := s.sim.NewCode(practice.CodePays)
	must(t, err)
	scan := s.charge("SLOW02", chepiao.PayByScan)
	scan.AuthCode = code
	_, err = hasty.Create(t.Context(), scan)
	wantIs(t, err, pay.ErrUnreachable)
	must(t, s.sim.SetFaults(practice.Faults{}))
	s.want("SLOW01", chepiao.PaymentPending)
	s.want("SLOW02", chepiao.PaymentPaid)
	if c, err := s.Create(t.Context(), slow); err != nil || c.QRText == "" {
		t.Errorf("asked again: %+v, %v", c, err)
	}
}
