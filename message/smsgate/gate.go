// Package smsgate is a practice SMS gateway: an outside firm that takes texts
// over HTTP and sends none of them to anybody. Its page shows what would have
// been sent, newest first, and what it reported back. Switches act out what goes
// wrong with real gateways: silence, lost answers, failures, late and doubled
// reports.
//
// It stands outside the house: it knows the hub only through its HTTP requests,
// and shares with package message nothing but the forms and signatures of the
// protocol (docs/messages.md). `chepiao fakes sms` runs it by itself. What it
// has taken it forgets when it ends.
package smsgate

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"chepiao"
	"chepiao/message"
)

// Options say how a gateway runs. Now and Key are required.
type Options struct {
	Now       func() time.Time  // its clock
	Key       []byte            // shared with the hub, at least message.KeyBytesMin
	TextsMax  int               // texts remembered, the oldest forgotten first; 0 means 10,000
	Transport http.RoundTripper // carries reports; nil means a pool of its own
	Log       *slog.Logger      // nil means silence
}

// Switches make the gateway misbehave the way real ones now and then do.
type Switches struct {
	Unreachable   bool `json:"unreachable"`    // hubs get 503 and nothing happens
	AnswerLost    bool `json:"answer_lost"`    // texts are taken, but the hub hears 500
	SlowSeconds   int  `json:"slow_seconds"`   // texts are taken at once and answered this much later
	ReportSeconds int  `json:"report_seconds"` // reports are sent this much later
	ReportLost    bool `json:"report_lost"`    // reports are never sent
	ReportTwice   bool `json:"report_twice"`   // each report is sent twice
	FailEvery     int  `json:"fail_every"`     // every so manieth text never arrives; 0: all do
}

// secondsMax bounds every delay of the switches, everyMax FailEvery.
const (
	secondsMax = 600
	everyMax   = 1000
)

func (s Switches) check() error {
	if min(s.SlowSeconds, s.ReportSeconds, s.FailEvery) < 0 || max(s.SlowSeconds, s.ReportSeconds) > secondsMax || s.FailEvery > everyMax {
		return errors.New("seconds must be 0 to 600, fail_every 0 to 1000")
	}
	return nil
}

// Sent is a text that the gateway took.
type Sent struct {
	message.Text
	At     time.Time
	Heard  int                  // times it was handed over
	State  chepiao.MessageState // delivered or failed: what is reported; sent until then
	Code   string
	fate   chepiao.MessageState
	due    time.Time // of the report's next try
	tries  int
	report reportState
}

type reportState string

const (
	reportNone    reportState = "none"
	reportWaiting reportState = "waiting"
	reportTaken   reportState = "taken"
	reportLost    reportState = "lost"
	reportGivenUp reportState = "given_up"
)

// Endings of phone numbers that the gateway treats like this, whatever the
// switches say, so that a single text can be made to fail.
const (
	endsUnknown = "0000" // no such number
	endsBlocked = "4444" // wants no messages
	endsAbsent  = "5555" // taken, then reported as failed
)

// Server is a running gateway: an http.Handler, and Run for its reports.
type Server struct {
	opt     Options
	handler http.Handler
	sender  http.Client

	mu       sync.Mutex
	texts    map[string]*Sent
	order    []string // ids, oldest first
	taken    int
	switches Switches
}

// New makes a gateway. Call Run to send reports.
func New(o Options) (*Server, error) {
	if o.Now == nil {
		return nil, errors.New("practice SMS gateway: a clock is needed")
	}
	if len(o.Key) < message.KeyBytesMin {
		return nil, fmt.Errorf("practice SMS gateway: the key must have at least %d bytes", message.KeyBytesMin)
	}
	if o.TextsMax <= 0 {
		o.TextsMax = 10_000
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{opt: o, texts: map[string]*Sent{}, sender: http.Client{
		Transport: o.Transport, Timeout: message.TimeoutDefault,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/texts", s.postText)
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("POST /{$}", s.setSwitches)
	mux.HandleFunc("GET /control/switches", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, s.Switches()) })
	mux.HandleFunc("PUT /control/switches", s.putSwitches)
	mux.HandleFunc("GET /control/texts", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, s.lines()) })
	mux.Handle("GET /assets/", http.FileServerFS(assets))
	s.handler = http.NewCrossOriginProtection().Handler(mux)
	return s, nil
}

// ServeHTTP answers hubs and whoever looks at the page.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, message.BodyBytesMax)
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	s.handler.ServeHTTP(w, r)
}

// Switches returns the switches as they stand.
func (s *Server) Switches() Switches {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.switches
}

// SetSwitches sets all switches at once.
func (s *Server) SetSwitches(to Switches) error {
	if err := to.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.switches = to
	return nil
}

// Texts are the texts taken, oldest first, with the phones in clear.
func (s *Server) Texts() []Sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Sent, 0, len(s.order))
	for _, id := range s.order {
		list = append(list, *s.texts[id])
	}
	return list
}

// postText takes a text. The same id again is the same text: it is answered as
// before and sent once.
func (s *Server) postText(w http.ResponseWriter, r *http.Request) {
	sw := s.Switches()
	if sw.Unreachable {
		http.Error(w, "the gateway is out of order (switch: unreachable)", http.StatusServiceUnavailable)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		complain(w, http.StatusRequestEntityTooLarge, message.ErrBadInput)
		return
	}
	if message.Verify(r.Header, s.opt.Key, message.ForText, s.opt.Now(), body) != nil {
		complain(w, http.StatusUnauthorized, message.ErrUnsigned)
		return
	}
	var in message.Text
	if json.Unmarshal(body, &in) != nil {
		complain(w, http.StatusBadRequest, message.ErrBadInput)
		return
	}
	if no := s.take(in); no != "" {
		complain(w, http.StatusUnprocessableEntity, no)
		return
	}
	if sw.SlowSeconds > 0 {
		select {
		case <-time.After(time.Duration(sw.SlowSeconds) * time.Second):
		case <-r.Context().Done():
			return
		}
	}
	if sw.AnswerLost {
		http.Error(w, "the answer is lost (switch: answer_lost)", http.StatusInternalServerError)
		return
	}
	answer(w, http.StatusAccepted, map[string]string{"id": in.ID, "state": string(chepiao.MessageSent)})
}

// take remembers a text, or says why not.
func (s *Server) take(in message.Text) message.Declined {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.texts[in.ID]; known != nil {
		known.Heard++
		return ""
	}
	no := message.Declined("")
	switch err := in.Check(); {
	case errors.As(err, &no):
		return no
	case strings.HasSuffix(in.To, endsUnknown):
		return message.ErrBadNumber
	case strings.HasSuffix(in.To, endsBlocked):
		return message.ErrBlocked
	}
	now := s.opt.Now()
	s.taken++
	t := &Sent{Text: in, At: now, Heard: 1, State: chepiao.MessageSent, fate: chepiao.MessageDelivered,
		due: now.Add(time.Duration(s.switches.ReportSeconds) * time.Second), report: reportWaiting}
	if strings.HasSuffix(in.To, endsAbsent) || (s.switches.FailEvery > 0 && s.taken%s.switches.FailEvery == 0) {
		t.fate, t.Code = chepiao.MessageFailed, "ABSENT"
	}
	if in.ReportURL == "" {
		t.State, t.report = t.fate, reportNone
	}
	s.texts[in.ID], s.order = t, append(s.order, in.ID)
	for len(s.order) > s.opt.TextsMax {
		delete(s.texts, s.order[0])
		s.order = s.order[1:]
	}
	return ""
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) // a broken connection is the caller's to notice
}

func complain(w http.ResponseWriter, status int, code message.Declined) {
	answer(w, status, message.ErrorBody{Code: code, Message: code.Error()})
}
