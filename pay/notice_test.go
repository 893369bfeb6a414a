package pay_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/pay"
	"chepiao/pay/sandbox"
)

// listen is the office's door for notices: it parses them and answers 204, or
// 503 while it is down.
func (s *shop) listen(down *bool) string {
	s.t.Helper()
	door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, pay.BodyBytesMax+1))
		if err != nil || (down != nil && *down) {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		notice, err := s.ParseNotify(r.Header, body)
		if err != nil {
			s.t.Errorf("a true notice was refused: %v", err)
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		s.got <- *notice.Charge
		w.WriteHeader(http.StatusNoContent)
	}))
	s.t.Cleanup(door.Close)
	return door.URL
}

func (s *shop) createTelling(id, notifyURL string) {
	s.t.Helper()
	c := s.charge(id)
	c.NotifyURL = notifyURL
	_, err := s.Create(s.t.Context(), c)
	must(s.t, err)
}

// deliver sends what is due and returns how many notices came.
func (s *shop) deliver() []pay.Result {
	s.wallet.Deliver(s.t.Context())
	var all []pay.Result
	for len(s.got) > 0 {
		all = append(all, <-s.got)
	}
	return all
}

func TestNotices(t *testing.T) {
	s := open(t)
	url := s.listen(nil)
	for _, id := range []string{"success", "failure", "later", "late_notice"} {
		s.createTelling(id, url)
		if id == "late_notice" {
			res, err := http.Post(s.url+"/control/charges/"+id+"/outcome", "application/json", strings.NewReader(`{"outcome":"late_notice","delay_seconds":90}`))
			must(t, err)
			res.Body.Close()
			s.want(id, chepiao.PaymentPaid) // paid at once, told later
			continue
		}
		s.payer(id, id)
	}
	states := map[string]chepiao.PaymentState{}
	for _, r := range s.deliver() {
		states[r.ID] = r.State
		if r.Amount != 45_00 {
			t.Errorf("notice %+v", r)
		}
	}
	if len(states) != 2 || states["success"] != chepiao.PaymentPaid || states["failure"] != chepiao.PaymentFailed {
		t.Fatalf("notices: %v", states)
	}
	s.clock.forward(89 * time.Second)
	if early := s.deliver(); len(early) != 0 {
		t.Fatalf("too early: %+v", early)
	}
	s.clock.forward(time.Second)
	if late := s.deliver(); len(late) != 1 || late[0].ID != "late_notice" || late[0].State != chepiao.PaymentPaid {
		t.Fatalf("late notice: %+v", late)
	}
	s.clock.forward(time.Hour)
	if more := s.deliver(); len(more) != 0 {
		t.Fatalf("told again: %+v", more)
	}
}

func TestNoticeIsRepeatedUntilTaken(t *testing.T) {
	s := open(t)
	down := true
	s.createTelling("a", s.listen(&down))
	s.payer("a", "success")
	for range 3 {
		if r := s.deliver(); len(r) != 0 {
			t.Fatalf("taken while down: %+v", r)
		}
		s.clock.forward(10 * time.Minute) // past any pause, past the replay window: each try is signed anew
	}
	down = false
	if r := s.deliver(); len(r) != 1 {
		t.Fatalf("taken %d times", len(r))
	}
}

func TestNoticeGivesUp(t *testing.T) {
	s := open(t)
	tries := 0
	door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tries++
		w.WriteHeader(http.StatusInternalServerError)
	}))
	defer door.Close()
	s.createTelling("a", door.URL)
	s.payer("a", "success")
	began := s.clock.now()
	for next := s.wallet.Deliver(t.Context()); !next.IsZero(); next = s.wallet.Deliver(t.Context()) {
		s.clock.forward(next.Sub(s.clock.now()))
		if tries > 50 {
			t.Fatal("it never gives up")
		}
	}
	if took := s.clock.now().Sub(began); tries != 9 || took != 4*time.Minute {
		t.Errorf("%d tries in %v, want 9 in 4 min", tries, took)
	}
	s.want("a", chepiao.PaymentPaid)
}

func TestNoticeSwitches(t *testing.T) {
	s := open(t)
	url := s.listen(nil)
	s.set(sandbox.Switches{NoticeLost: true})
	s.createTelling("lost", url)
	s.payer("lost", "success")
	if r := s.deliver(); len(r) != 0 {
		t.Fatalf("not lost: %+v", r)
	}
	s.set(sandbox.Switches{NoticeTwice: true})
	s.createTelling("twice", url)
	s.payer("twice", "success")
	if r := s.deliver(); len(r) != 2 || r[0] != r[1] || r[0].ID != "twice" {
		t.Fatalf("want twice the same, got %+v", r)
	}
	s.set(sandbox.Switches{})
	s.clock.forward(time.Hour)
	if r := s.deliver(); len(r) != 0 {
		t.Fatalf("a lost notice came back: %+v", r)
	}
	s.want("lost", chepiao.PaymentPaid) // asking is what remains
}

func TestParseNotify(t *testing.T) {
	s := open(t)
	const body = `{"id":"a","state":"paid","amount":4500,"refunded":0,"new_member":true}`
	nonce := strings.Repeat("0123456789abcdef", 2)
	header := func(purpose string, age time.Duration, key []byte, body string) http.Header {
		h := http.Header{}
		pay.Sign(h, key, purpose, s.clock.now().Add(-age), nonce, []byte(body))
		return h
	}
	good := header(pay.ForNotice, 0, key, body)
	with := func(name, value string) http.Header {
		h := good.Clone()
		h.Set(name, value)
		return h
	}
	twice := good.Clone()
	twice.Add(pay.HeaderSignature, good.Get(pay.HeaderSignature))
	rows := []struct {
		name   string
		header http.Header
		body   string
		err    error
	}{
		{"good", good, body, nil},
		{"as old as allowed", header(pay.ForNotice, pay.ReplayWindow, key, body), body, nil},
		{"as early as allowed", header(pay.ForNotice, -pay.ReplayWindow, key, body), body, nil},
		{"stale", header(pay.ForNotice, pay.ReplayWindow+time.Second, key, body), body, pay.ErrStale},
		{"from the future", header(pay.ForNotice, -pay.ReplayWindow-time.Second, key, body), body, pay.ErrStale},
		{"no header", http.Header{}, body, pay.ErrBadSignature},
		{"other key", header(pay.ForNotice, 0, []byte("another"), body), body, pay.ErrBadSignature},
		{"other body", good, strings.Replace(body, "4500", "4501", 1), pay.ErrBadSignature},
		{"other time", with(pay.HeaderTime, "1770710401"), body, pay.ErrBadSignature},
		{"other nonce", with(pay.HeaderNonce, strings.Repeat("f", 32)), body, pay.ErrBadSignature},
		{"nonce with a line", with(pay.HeaderNonce, "a\nb"), body, pay.ErrBadSignature},
		{"empty signature", with(pay.HeaderSignature, ""), body, pay.ErrBadSignature},
		{"half a signature", with(pay.HeaderSignature, good.Get(pay.HeaderSignature)[:32]), body, pay.ErrBadSignature},
		{"two signatures", twice, body, pay.ErrBadSignature},
		{"an answer passed off", header(pay.ForAnswer(nonce), 0, key, body), body, pay.ErrBadSignature},
		{"a request passed off", header(pay.ForRequest("POST", "/v1/charges"), 0, key, body), body, pay.ErrBadSignature},
		{"not JSON", header(pay.ForNotice, 0, key, "?"), "?", pay.ErrMalformed},
		{"no such state", header(pay.ForNotice, 0, key, `{"id":"a","state":"PAID","amount":1}`), `{"id":"a","state":"PAID","amount":1}`, pay.ErrMalformed},
		{"too long", header(pay.ForNotice, 0, key, body+strings.Repeat(" ", pay.BodyBytesMax)), body + strings.Repeat(" ", pay.BodyBytesMax), pay.ErrMalformed},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			n, err := s.ParseNotify(row.header, []byte(row.body))
			r := pay.Result{}
			if n.Charge != nil {
				r = *n.Charge
			}
			if !errors.Is(err, row.err) || (err == nil) != (row.err == nil) {
				t.Fatalf("error %v, want %v", err, row.err)
			}
			if want := (pay.Result{ID: "a", State: chepiao.PaymentPaid, Amount: 45_00}); (err == nil && r != want) || (err != nil && r != pay.Result{}) {
				t.Errorf("result %+v", r)
			}
		})
	}
}

// TestSignVector pins the signature's form for whoever writes the other side
// in another language (docs/payments.md shows the same vector).
func TestSignVector(t *testing.T) {
	h := http.Header{}
	pay.Sign(h, []byte("0123456789abcdef"), pay.ForNotice, time.Unix(1770710400, 0), strings.Repeat("ab", 16), []byte(`{"id":"PY18"}`))
	const want = "9167e809e3d270e75d26aac70d4a44805b86ca09bc90d6300074c119b99b2071"
	if got := h.Get(pay.HeaderSignature); got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}
