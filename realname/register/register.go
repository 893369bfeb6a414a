// Package register is a practice population register: an outside service that says
// whether a name belongs to a document, and confirms network identities (网号,
// 网证), for invented people only. It knows nobody; it answers by a number's digits, so
// that every answer can be had on purpose and none by chance:
//
//	a resident ID that begins with 659007, another document that ends in 007: another name stands there (mismatch)
//	one that begins with 659008, or ends in 008: there is no such document (unknown)
//	any other: the name is right (match)
//
// Switches act out what goes wrong with a real service: it is slow, it is down, its
// answers are forged. It stands outside the house and knows the hub only through its
// HTTP requests. `chepiao fakes realname` runs it by itself.
package register

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"chepiao"
	"chepiao/realname"
)

// Options say how a register runs. Now and Key are required.
type Options struct {
	Now func() time.Time // its clock
	Key []byte           // shared with the hub, at least realname.KeyBytesMin
	Log *slog.Logger     // nil means silence
}

// Switches make the register misbehave the way real services now and then do.
type Switches struct {
	Down        bool `json:"down"`         // hubs get 503
	SlowSeconds int  `json:"slow_seconds"` // answers come this much later
	Forged      bool `json:"forged"`       // answers are signed with another key
}

const secondsMax = 60

// Register is a running register: an http.Handler.
type Register struct {
	opt     Options
	handler http.Handler

	mu       sync.Mutex
	switches Switches
	asked    map[chepiao.NameVerdict]int
	tokens   map[string]string // of network identities that were confirmed and not used yet
	order    []string
}

// tokensMax bounds the tokens that wait to be used.
const tokensMax = 1000

// New makes a register.
func New(o Options) (*Register, error) {
	if o.Now == nil || len(o.Key) < realname.KeyBytesMin {
		return nil, errors.New("practice register: a clock and a key are needed")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Register{opt: o, asked: map[chepiao.NameVerdict]int{}, tokens: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/verify", s.verify)
	mux.HandleFunc("POST /v1/confirm", s.confirm)
	mux.HandleFunc("GET /confirm", s.askPerson)
	mux.HandleFunc("POST /confirm", s.choosePerson)
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("POST /{$}", s.setSwitches)
	mux.HandleFunc("GET /control/switches", func(w http.ResponseWriter, _ *http.Request) { answer(w, s.Switches()) })
	mux.HandleFunc("PUT /control/switches", s.putSwitches)
	mux.Handle("GET /assets/", http.FileServerFS(assets))
	s.handler = http.NewCrossOriginProtection().Handler(mux)
	return s, nil
}

// ServeHTTP answers hubs and whoever looks at the pages.
func (s *Register) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, realname.BodyBytesMax)
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	s.handler.ServeHTTP(w, r)
}

// Judge is the invented rule by which the register answers.
func Judge(kind chepiao.DocumentKind, number string) chepiao.NameVerdict {
	if kind == chepiao.ResidentID && len(number) == 18 {
		number = number[:6] // the region: no invented person of the demo comes from there
	}
	switch {
	case strings.HasSuffix(number, "007"):
		return chepiao.NameDiffers
	case strings.HasSuffix(number, "008"):
		return chepiao.NameUnknown
	}
	return chepiao.NameMatches
}

func (s *Register) verify(w http.ResponseWriter, r *http.Request) {
	s.answerTo(w, r, func(q realname.Question) realname.Answer {
		return realname.Answer{Verdict: Judge(chepiao.DocumentKind(q.Kind), q.Number)}
	})
}

// confirm answers for a token, which is good once. The number that names a person
// to this hub is made of the person's and the hub's, as the national service does:
// two operators cannot put theirs together.
func (s *Register) confirm(w http.ResponseWriter, r *http.Request) {
	s.answerTo(w, r, func(q realname.Question) realname.Answer {
		s.mu.Lock()
		person, good := s.tokens[q.Token]
		delete(s.tokens, q.Token)
		s.mu.Unlock()
		if !good {
			return realname.Answer{Verdict: chepiao.NameUnknown}
		}
		a := realname.Answer{Verdict: chepiao.NameMatches, Network: s.networkID(person)}
		if q.Number != "" {
			a.Verdict = Judge(chepiao.DocumentKind(q.Kind), q.Number)
		}
		return a
	})
}

func (s *Register) networkID(person string) string {
	m := hmac.New(sha256.New, s.opt.Key)
	io.WriteString(m, "network identity|"+person)
	return strings.ToUpper(hex.EncodeToString(m.Sum(nil)[:16]))
}

// answerTo reads a signed question, misbehaves as it is switched to, and signs what
// it says.
func (s *Register) answerTo(w http.ResponseWriter, r *http.Request, say func(realname.Question) realname.Answer) {
	sw := s.Switches()
	if sw.Down {
		http.Error(w, "the register is out of order (switch: down)", http.StatusServiceUnavailable)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "too long", http.StatusRequestEntityTooLarge)
		return
	}
	if !realname.Signed(r.Header, s.opt.Key, "question", s.opt.Now(), body) {
		http.Error(w, "the question is not signed", http.StatusUnauthorized)
		return
	}
	var q realname.Question
	if json.Unmarshal(body, &q) != nil || q.Nonce == "" {
		http.Error(w, "the question is not what was agreed", http.StatusBadRequest)
		return
	}
	if sw.SlowSeconds > 0 {
		select {
		case <-time.After(time.Duration(sw.SlowSeconds) * time.Second):
		case <-r.Context().Done():
			return
		}
	}
	a := say(q)
	a.Nonce = q.Nonce
	s.mu.Lock()
	s.asked[a.Verdict]++
	s.mu.Unlock()
	text, err := json.Marshal(a)
	if err != nil {
		http.Error(w, "the register has a fault", http.StatusInternalServerError)
		return
	}
	key := s.opt.Key
	if sw.Forged {
		key = []byte("somebody else's key, not the hub's")
	}
	realname.Sign(w.Header(), key, "answer", s.opt.Now(), text)
	w.Header().Set("Content-Type", "application/json")
	w.Write(text) //nolint:errcheck // a broken connection is the caller's to notice
}

// Switches returns the switches as they stand.
func (s *Register) Switches() Switches {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.switches
}

// SetSwitches sets all switches at once.
func (s *Register) SetSwitches(to Switches) error {
	if to.SlowSeconds < 0 || to.SlowSeconds > secondsMax {
		return errors.New("seconds must be 0 to 60")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.switches = to
	return nil
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v) //nolint:errcheck // a broken connection is the caller's to notice
}
