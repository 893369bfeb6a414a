package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"chepiao"
	"chepiao/pay"
)

// question is a merchant's request after its signature was checked.
type question struct {
	*http.Request
	body []byte
	now  time.Time
}

// merchant wraps a handler of the merchant's API: the switches that keep
// merchants out, the check of the request's signature, and the signature of
// the answer. The handler returns the answer or a pay.Declined; any other
// error is a fault and answers 500.
func (s *Server) merchant(answer func(question) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		sw := s.Switches()
		if sw.Unreachable {
			http.Error(w, "the wallet is out of order (switch: unreachable)", http.StatusServiceUnavailable)
			return
		}
		body, err := io.ReadAll(r.Body)
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
			http.Error(w, "the body is too large", http.StatusRequestEntityTooLarge)
			return
		} else if err != nil {
			return // the merchant has gone
		}
		var out any
		now := s.opt.Now()
		err = pay.Verify(r.Header, s.opt.Key, pay.ForRequest(r.Method, r.URL.Path), now, body)
		if err != nil {
			err = pay.ErrUnsigned
		} else {
			out, err = answer(question{r, body, now})
		}
		if sw.SlowSeconds > 0 && !wait(r, sw.slow()) {
			return
		}
		s.reply(w, r, out, err)
	}
}

// wait waits, and says false when the merchant has hung up meanwhile.
func wait(r *http.Request, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

var statusOf = map[pay.Declined]int{
	pay.ErrNotFound: http.StatusNotFound, pay.ErrMismatch: http.StatusConflict,
	pay.ErrNotPaid: http.StatusConflict, pay.ErrTooMuch: http.StatusConflict,
	pay.ErrExpired: http.StatusConflict, pay.ErrRefundRefused: http.StatusConflict,
	pay.ErrNoBill: http.StatusNotFound, pay.ErrMalformed: http.StatusBadRequest, pay.ErrUnsigned: http.StatusUnauthorized,
}

func (s *Server) reply(w http.ResponseWriter, r *http.Request, out any, err error) {
	status := http.StatusOK
	if err != nil {
		var no pay.Declined
		if !errors.As(err, &no) {
			s.fault(w, err)
			return
		}
		status, out = statusOf[no], pay.ErrorBody{Code: no, Message: err.Error()}
	}
	body, err := json.Marshal(out)
	if err != nil {
		s.fault(w, err)
		return
	}
	nonce, err := s.nonce()
	if err != nil {
		s.fault(w, err)
		return
	}
	purpose := pay.ForAnswer(r.Header.Get(pay.HeaderNonce))
	pay.Sign(w.Header(), s.opt.Key, purpose, s.opt.Now(), nonce, body)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(body)
}

func (s *Server) fault(w http.ResponseWriter, err error) {
	s.opt.Log.Error("practice wallet", "error", err)
	http.Error(w, "the wallet has a fault", http.StatusInternalServerError)
}

func (s *Server) nonce() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return pay.NewNonce(s.opt.Rand)
}

// declined carries a code together with the words for the developer.
type declined struct {
	pay.Declined
	why error
}

func (d declined) Error() string { return d.why.Error() }
func (d declined) Unwrap() error { return d.Declined }

// postCharge opens a charge. The same one again gets the same addresses.
func (s *Server) postCharge(q question) (any, error) {
	var in pay.Charge
	if err := decode(q.body, &in); err != nil {
		return nil, declined{pay.ErrMalformed, err}
	}
	if err := in.Check(); err != nil {
		return nil, declined{pay.ErrMalformed, err}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.charges[in.ID]
	if c == nil {
		if !q.now.Before(in.Expires) {
			return nil, pay.ErrExpired
		}
		if in.Expires.Sub(q.now) > pay.LifeMax {
			return nil, declined{pay.ErrMalformed, errors.New("expires is more than a day away")}
		}
		token, err := pay.NewNonce(s.opt.Rand)
		if err != nil {
			return nil, err
		}
		c = &charge{Charge: in, Token: token, State: chepiao.PaymentPending, Created: q.now}
		if err := s.save(c); err != nil {
			return nil, err
		}
	}
	if !c.same(in) {
		return nil, pay.ErrMismatch
	}
	base := s.publicURL(q.Request)
	return pay.Created{PayURL: base + "/pay/" + c.Token, QRText: base + "/scan/" + c.Token}, nil
}

func (s *Server) getCharge(q question) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.charges[q.PathValue("id")]
	if c == nil {
		return nil, pay.ErrNotFound
	}
	return c.result(q.now), nil
}

func (s *Server) postClose(q question) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.charges[q.PathValue("id")]
	if c == nil {
		return nil, pay.ErrNotFound
	}
	c.close(q.now)
	if err := s.save(c); err != nil {
		return nil, err
	}
	return c.result(q.now), nil
}

func (s *Server) postRefund(q question) (any, error) {
	var in pay.RefundRequest
	if err := decode(q.body, &in); err != nil {
		return nil, declined{pay.ErrMalformed, err}
	}
	if err := in.Check(); err != nil {
		return nil, declined{pay.ErrMalformed, err}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.charges[in.Charge]
	if c == nil {
		return nil, pay.ErrNotFound
	}
	if owner, used := s.refunds[in.ID]; used && owner != c.ID {
		return nil, pay.ErrMismatch
	}
	out, err := c.refund(in, q.now, s.switches)
	if err != nil {
		return nil, err
	}
	return out, s.save(c)
}

// decode reads one JSON value; members it does not know are ignored.
func decode(body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	if err := d.Decode(into); err != nil {
		return errors.New("the body is not the JSON that was agreed")
	}
	if d.More() {
		return errors.New("there is something after the JSON")
	}
	return nil
}

// publicURL is the address under which payers reach the wallet, without a
// slash at its end.
func (s *Server) publicURL(r *http.Request) string {
	if s.opt.PublicURL != "" {
		return s.opt.PublicURL
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}
