// Package taxsim is a practice tax service: an outside party that gives numbers to
// blue and red invoices, keeps their documents and lists a day's. Nothing it makes is
// an invoice, and every document says so. Its answers follow from what it is asked:
//
//	a buyer with the tax number 92371000MA3MXH0E3W is not known to it (BUYER_UNKNOWN)
//
// Switches act out what goes wrong with a real service: it is slow, it is down, it
// makes the invoice and its answer is lost, a day's list lacks one. It stands outside
// the house and knows the hub only by its HTTP requests. `chepiao fakes tax` runs it
// by itself.
package taxsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"chepiao"
	"chepiao/tax"
)

// UnknownBuyer is a tax number, good by its check character, that the service does
// not know.
const UnknownBuyer = "92371000MA3MXH0E3W"

// The invented seller for whom it makes invoices.
const (
	sellerName = "示例道路客运站（练习）"
	sellerTax  = "91350100M000100Y43"
)

var china = time.FixedZone("Asia/Shanghai", 8*60*60)

// Options say how the service runs. Now and Key are required.
type Options struct {
	Now  func() time.Time
	Key  []byte       // shared with the hub, at least tax.KeyBytesMin
	File string       // keeps what was made; "" for memory only
	Log  *slog.Logger // nil means silence
}

// Switches make the service misbehave the way real ones now and then do.
type Switches struct {
	Down        bool `json:"down"`         // hubs get 503
	SlowSeconds int  `json:"slow_seconds"` // answers come this much later
	Lost        bool `json:"lost"`         // invoices are made, the answers never come
	Hidden      bool `json:"hidden"`       // a day's list lacks its last invoice
}

const secondsMax = 60

// made is one invoice with its red one.
type made struct {
	Request tax.Request `json:"request"`
	Invoice tax.Invoice `json:"invoice"`
}

// Service is a running tax service: an http.Handler.
type Service struct {
	opt     Options
	handler http.Handler

	mu       sync.Mutex
	switches Switches
	made     []*made
	byID     map[string]*made
	last     int // number given last
}

// New makes a service and reads what it made before.
func New(o Options) (*Service, error) {
	if o.Now == nil || len(o.Key) < tax.KeyBytesMin {
		return nil, errors.New("practice tax service: a clock and a key are needed")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{opt: o, byID: map[string]*made{}}
	if err := s.load(); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/invoices", s.signed(s.issue))
	mux.HandleFunc("GET /v1/invoices/{id}", s.signed(s.query))
	mux.HandleFunc("POST /v1/invoices/{id}/reverse", s.signed(s.reverse))
	mux.HandleFunc("GET /v1/invoices/{id}/{file}", s.signed(s.document))
	mux.HandleFunc("GET /v1/days/{day}", s.signed(s.day))
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("POST /{$}", s.setSwitches)
	mux.HandleFunc("GET /control/switches", func(w http.ResponseWriter, _ *http.Request) { show(w, s.Switches()) })
	mux.HandleFunc("PUT /control/switches", s.putSwitches)
	mux.HandleFunc("GET /style.css", s.style)
	s.handler = http.NewCrossOriginProtection().Handler(mux)
	return s, nil
}

func (s *Service) load() error {
	if s.opt.File == "" {
		return nil
	}
	b, err := os.ReadFile(s.opt.File)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(b, &s.made)
	}
	if err != nil {
		return fmt.Errorf("practice tax service: reading what it made: %w", err)
	}
	for _, m := range s.made {
		s.byID[m.Request.ID] = m
		s.last++
		if m.Invoice.Red != "" {
			s.last++
		}
	}
	return nil
}

// save keeps what was made; the lock is held.
func (s *Service) save() error {
	if s.opt.File == "" {
		return nil
	}
	b, err := json.Marshal(s.made)
	if err == nil {
		err = os.WriteFile(s.opt.File+".new", b, 0o600)
	}
	if err == nil {
		err = os.Rename(s.opt.File+".new", s.opt.File)
	}
	return err
}

// ServeHTTP answers hubs and whoever looks at the page.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	s.handler.ServeHTTP(w, r)
}

// signed checks a question, misbehaves as it is switched to, and signs what do says.
func (s *Service) signed(do func(*http.Request, []byte) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		sw := s.Switches()
		if sw.Down {
			http.Error(w, "out of order (switch: down)", http.StatusServiceUnavailable)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil || !tax.Signed(r.Header, s.opt.Key, r.Method+" "+r.URL.EscapedPath(), s.opt.Now(), body) {
			http.Error(w, "the question is not signed", http.StatusUnauthorized)
			return
		}
		if sw.SlowSeconds > 0 {
			select {
			case <-time.After(time.Duration(sw.SlowSeconds) * time.Second):
			case <-r.Context().Done():
				return
			}
		}
		status := http.StatusOK
		v, err := do(r, body)
		var no tax.Declined
		if errors.As(err, &no) {
			status, v, err = http.StatusConflict, tax.ErrorBody{Code: no}, nil
		}
		if sw.Lost && r.Method == http.MethodPost {
			http.Error(w, "the answer is lost (switch: lost)", http.StatusGatewayTimeout)
			return
		}
		text, marshal := json.Marshal(v)
		if err = errors.Join(err, marshal); err != nil {
			s.opt.Log.Error("practice tax service", "error", err)
			http.Error(w, "a fault", http.StatusInternalServerError)
			return
		}
		tax.Sign(w.Header(), s.opt.Key, fmt.Sprintf("answer %d %s", status, r.Header.Get(tax.HeaderSignature)), s.opt.Now(), text)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		w.Write(text) //nolint:errcheck // a broken connection is the caller's to notice
	}
}

// issue makes a blue invoice, once per number of the caller's.
func (s *Service) issue(_ *http.Request, body []byte) (any, error) {
	var q tax.Request
	if json.Unmarshal(body, &q) != nil || q.ID == "" || len(q.ID) > 40 || q.Amount <= 0 || q.Buyer.Name == "" || q.Rate < 0 || q.Rate > 10_000 {
		return nil, tax.ErrMalformed
	}
	if q.Buyer.TaxNo == UnknownBuyer || q.Buyer.TaxNo != "" && chepiao.CheckTaxNo(q.Buyer.TaxNo) != nil {
		return nil, tax.ErrBuyer
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.byID[q.ID]; m != nil {
		if m.Request != q {
			return nil, tax.ErrMismatch
		}
		return m.Invoice, nil
	}
	now := s.opt.Now().UTC().Truncate(time.Second)
	m := &made{q, tax.Invoice{ID: q.ID, Number: s.number(now), Issued: now, Amount: q.Amount}}
	s.made, s.byID[q.ID] = append(s.made, m), m
	return m.Invoice, s.save()
}

// number gives the next number in the shape of a digital invoice's: two digits of the
// year, two of the region, one that says practice, fifteen that count.
func (s *Service) number(now time.Time) string {
	s.last++
	return now.In(china).Format("06") + "139" + fmt.Sprintf("%015d", s.last)
}

// reverse makes the red invoice, once.
func (s *Service) reverse(r *http.Request, _ []byte) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.byID[r.PathValue("id")]
	if m == nil {
		return nil, tax.ErrNotFound
	}
	if m.Invoice.Red == "" {
		now := s.opt.Now().UTC().Truncate(time.Second)
		m.Invoice.Red, m.Invoice.Reversed = s.number(now), now
	}
	return m.Invoice, s.save()
}

func (s *Service) query(r *http.Request, _ []byte) (any, error) {
	m, err := s.find(r.PathValue("id"))
	return m.Invoice, err
}

func (s *Service) find(id string) (made, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.byID[id]; m != nil {
		return *m, nil
	}
	return made{}, tax.ErrNotFound
}

// day lists what was issued on a day, in the order of the numbers.
func (s *Service) day(r *http.Request, _ []byte) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []tax.Invoice{}
	for _, m := range s.made {
		if m.Invoice.Issued.In(china).Format(time.DateOnly) == r.PathValue("day") {
			list = append(list, m.Invoice)
		}
	}
	if s.switches.Hidden && len(list) > 0 {
		list = list[:len(list)-1]
	}
	return list, nil
}

// document is the blue or the red invoice in a form.
func (s *Service) document(r *http.Request, _ []byte) (any, error) {
	m, err := s.find(r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	colour, form, _ := strings.Cut(r.PathValue("file"), ".")
	if colour != "blue" && (colour != "red" || m.Invoice.Red == "") {
		return nil, tax.ErrNotFound
	}
	b, err := m.write(tax.Format(form), colour == "red")
	return map[string][]byte{"document": b}, err
}

// Switches returns the switches as they stand.
func (s *Service) Switches() Switches {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.switches
}

// SetSwitches sets all switches at once.
func (s *Service) SetSwitches(to Switches) error {
	if to.SlowSeconds < 0 || to.SlowSeconds > secondsMax {
		return errors.New("seconds must be 0 to 60")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.switches = to
	return nil
}

// Made is how many blue invoices were made.
func (s *Service) Made() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.made)
}

func show(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v) //nolint:errcheck // a broken connection is the caller's to notice
}
