// Package sandbox is a practice wallet: an outside payment firm to try things
// with, where no money moves. A merchant (the office) opens charges over HTTP;
// the payer sees a cashier's page on the phone and chooses how it ends: paid,
// failed, left for later, or paid with a late notice. Switches act out what
// goes wrong with real channels, so that every failure of a payment can be
// seen by a person and tested by a program.
//
// It stands outside the house: it knows the merchant only through its HTTP
// requests, and shares with package pay nothing but the forms and signatures
// of the protocol (docs/payments.md). `chepiao fakes pay` runs it by itself.
package sandbox

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"chepiao/pay"
	"chepiao/pay/practice"
)

// Options say how a wallet runs. Now, Rand and Key are required.
type Options struct {
	Now        func() time.Time  // its clock
	Rand       io.Reader         // its chance: checkout addresses and nonces
	Key        []byte            // shared with the merchant, at least pay.KeyBytesMin
	PublicURL  string            // under which payers' phones reach it; "" means the address the merchant called
	MerchantZH string            // the merchant's name at the checkout; "" means 车票 Chepiao
	MerchantEN string            // "" means Chepiao Coach Tickets
	File       string            // keeps the state across restarts; "" means memory only
	ChargesMax int               // charges remembered, the oldest forgotten first; 0 means 100,000
	Transport  http.RoundTripper // carries notices; nil means a pool of its own
	Log        *slog.Logger      // nil means silence
}

// Server is a running wallet: an http.Handler, and Run for its notices.
type Server struct {
	opt     Options
	handler http.Handler
	sender  http.Client
	wake    chan struct{} // a notice has become waiting

	mu       sync.Mutex
	charges  map[string]*charge  // by id
	tokens   map[string]string   // token to charge id
	refunds  map[string]string   // refund id to charge id
	order    []string            // charge ids, oldest first
	waiting  map[string]struct{} // ids of charges whose notice waits
	switches Switches
	file     *os.File
	broken   error // the first failure to write the file
}

// New makes a wallet and loads its file, if it has one. Call Run to send notices.
func New(o Options) (*Server, error) {
	if o.Now == nil || o.Rand == nil {
		return nil, errors.New("practice wallet: a clock and a source of chance are needed")
	}
	if len(o.Key) < pay.KeyBytesMin {
		return nil, fmt.Errorf("practice wallet: the key must have at least %d bytes", pay.KeyBytesMin)
	}
	if o.MerchantZH == "" {
		o.MerchantZH = "车票 Chepiao"
	}
	if o.MerchantEN == "" {
		o.MerchantEN = "Chepiao Coach Tickets"
	}
	if o.ChargesMax <= 0 {
		o.ChargesMax = 100_000
	}
	if o.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConnsPerHost = sendersMax
		o.Transport = t
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.PublicURL = strings.TrimRight(o.PublicURL, "/")
	s := &Server{
		opt:     o,
		wake:    make(chan struct{}, 1),
		charges: map[string]*charge{}, tokens: map[string]string{},
		refunds: map[string]string{}, waiting: map[string]struct{}{},
		sender: http.Client{
			Transport:     o.Transport,
			Timeout:       sendTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	s.handler = s.routes()
	if o.File != "" {
		if err := s.open(o.File); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// routes are the merchant's API, the payer's pages and the controls. Browsers
// of other sites may not post here (CrossOriginProtection).
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/charges", s.merchant(s.postCharge))
	mux.HandleFunc("GET /v1/charges/{id}", s.merchant(s.getCharge))
	mux.HandleFunc("POST /v1/charges/{id}/close", s.merchant(s.postClose))
	mux.HandleFunc("POST /v1/refunds", s.merchant(s.postRefund))
	mux.HandleFunc("GET /v1/bills/{day}/{from}", s.merchant(s.getBill))

	mux.HandleFunc("GET /pay/{token}", s.page)
	mux.HandleFunc("POST /pay/{token}", s.decide)
	mux.HandleFunc("GET /scan/{token}", s.page)
	mux.HandleFunc("POST /scan/{token}", s.decide)
	mux.Handle("GET /assets/", http.StripPrefix("/assets/", http.FileServerFS(practice.Look())))

	mux.HandleFunc("GET /{$}", s.controls)
	mux.HandleFunc("POST /{$}", s.setControls)
	mux.HandleFunc("GET /control/switches", s.getSwitches)
	mux.HandleFunc("PUT /control/switches", s.putSwitches)
	mux.HandleFunc("GET /control/charges", s.getCharges)
	mux.HandleFunc("POST /control/charges/{id}/outcome", s.postOutcome)
	return http.NewCrossOriginProtection().Handler(mux)
}

// ServeHTTP answers merchants, payers and whoever holds the controls. Once the
// file could not be written, or after Close, every answer is 500.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, pay.BodyBytesMax)
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	s.mu.Lock()
	broken := s.broken
	s.mu.Unlock()
	if broken != nil { // what memory says may not be in the file: say nothing
		s.fault(w, broken)
		return
	}
	s.handler.ServeHTTP(w, r)
}

// Close closes the file. Nothing is lost without it.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file, s.broken = nil, errors.New("the wallet is closed")
	return err
}

// put remembers a charge, new or changed, and forgets the oldest beyond
// ChargesMax. Callers hold s.mu.
func (s *Server) put(c *charge) {
	if _, known := s.charges[c.ID]; !known {
		s.order = append(s.order, c.ID)
	}
	s.charges[c.ID] = c
	s.tokens[c.Token] = c.ID
	for _, r := range c.Refunds {
		s.refunds[r.ID] = c.ID
	}
	if c.Notice != nil && c.Notice.State == waiting {
		s.waiting[c.ID] = struct{}{}
		select {
		case s.wake <- struct{}{}:
		default:
		}
	} else {
		delete(s.waiting, c.ID)
	}
	for len(s.order) > s.opt.ChargesMax {
		s.forget(s.charges[s.order[0]])
		s.order = s.order[1:]
	}
}

func (s *Server) forget(c *charge) {
	delete(s.charges, c.ID)
	delete(s.tokens, c.Token)
	delete(s.waiting, c.ID)
	for _, r := range c.Refunds {
		delete(s.refunds, r.ID)
	}
}

// save puts a charge and keeps it in the file. Callers hold s.mu.
func (s *Server) save(c *charge) error {
	s.put(c)
	return s.keep(record{Charge: c})
}
