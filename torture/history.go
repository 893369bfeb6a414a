// Package torture attacks a running system as the world will, and judges what
// it said meanwhile. Clients buy, pay, give up and give back while hubs and
// databases are killed, stalled, cut off, filled up or lied to about the time.
// Each request goes into a history: who asked what, when, and what was
// answered, or that nobody knows. Afterwards the history is held against a
// model of seats on legs (is there any order in which an honest clerk with one
// book could have given these answers?), the money is counted, and the doctor
// looks at the tables.
//
// history.go is the file that a run leaves. merge.go makes one deed of all the
// requests under one key. model.go is the honest clerk. judge.go holds the two
// together. shopper.go is the crowd, attack.go the list of attacks.
package torture

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"chepiao"
)

// The verbs of a history.
const (
	Hold    = "hold"
	Pay     = "pay"
	Release = "release"
	Refund  = "refund"
	Look    = "look" // an order's state
	Free    = "free" // seats left between two stops
)

// Header is the first line of a history: what the judge must know.
type Header struct {
	Attack  string    `json:"attack"`
	Seed    uint64    `json:"seed"`
	Started time.Time `json:"started"`
	Hubs    int       `json:"hubs"`
	Store   string    `json:"store"` // sqlite or postgres
	Seats   int       `json:"seats"` // on each coach
	Legs    int       `json:"legs"`  // at most legsMax
	// Hold is how long a hold lives, Slack how far the hubs' clocks may have
	// been from the clients', Lag how old a count of free seats may be where
	// several processes each keep a view of their own.
	Hold  time.Duration `json:"hold"`
	Slack time.Duration `json:"slack"`
	Lag   time.Duration `json:"lag"`
}

// Request is one line: one request, sent once. Times are nanoseconds since 1970
// by one clock that does not jump. A request without Answer and Refused has an
// unknown outcome, and Unknown says how that came.
type Request struct {
	Client    int            `json:"client"`
	Hub       int            `json:"hub"`
	Key       string         `json:"key,omitempty"` // idempotency key
	Verb      string         `json:"verb"`
	Departure string         `json:"departure"`
	Board     int            `json:"board,omitempty"`
	Alight    int            `json:"alight,omitempty"`
	Party     int            `json:"party,omitempty"`
	Chosen    []int          `json:"chosen,omitempty"` // seats asked for by number
	Order     string         `json:"order,omitempty"`
	Money     int64          `json:"money,omitempty"` // fen paid, or confirmed for a refund
	Call      int64          `json:"call"`
	Return    int64          `json:"return,omitempty"`
	Answer    *Answer        `json:"answer,omitempty"`
	Refused   chepiao.Reason `json:"refused,omitempty"`
	Unknown   string         `json:"unknown,omitempty"`
}

// Answer is what a yes said.
type Answer struct {
	Order    string `json:"order,omitempty"`
	State    string `json:"state,omitempty"`
	Seats    []int  `json:"seats,omitempty"`
	Money    int64  `json:"money,omitempty"`    // fen: the total of a hold, what a refund gave back
	Deadline int64  `json:"deadline,omitempty"` // of a hold, as answered: a whole second since 1970
	Free     int    `json:"free,omitempty"`
}

// Note is a line that is no request: something was done to the system.
type Note struct {
	At   int64  `json:"at"`
	Note string `json:"note"`
}

// History is a run as it was recorded.
type History struct {
	Header
	Requests []Request
	Notes    []Note
}

// Recorder writes a history while it happens, so that it is there whatever
// becomes of the run.
type Recorder struct {
	mu   sync.Mutex
	file io.WriteCloser
	out  *bufio.Writer
	err  error

	history History
}

// NewRecorder begins a history in a file.
func NewRecorder(path string, h Header) (*Recorder, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("beginning a history: %w", err)
	}
	r := &Recorder{file: f, out: bufio.NewWriter(f), history: History{Header: h}}
	r.write(h)
	return r, nil
}

// Add records a request.
func (r *Recorder) Add(q Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.history.Requests = append(r.history.Requests, q)
	r.write(q)
}

// so is what was recorded so far.
func (r *Recorder) so() []Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.history.Requests)
}

// Note records that something was done to the system.
func (r *Recorder) Note(now time.Time, format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := Note{now.UnixNano(), fmt.Sprintf(format, args...)}
	r.history.Notes = append(r.history.Notes, n)
	r.write(n)
}

func (r *Recorder) write(line any) {
	b, err := json.Marshal(line)
	if err == nil {
		_, err = r.out.Write(append(b, '\n'))
	}
	r.err = errors.Join(r.err, err)
}

// Close ends the file and returns what is in it.
func (r *Recorder) Close() (*History, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := errors.Join(r.err, r.out.Flush(), r.file.Close())
	if err != nil {
		return nil, fmt.Errorf("ending a history: %w", err)
	}
	return &r.history, nil
}

// lineMax bounds one line of a history, in bytes.
const lineMax = 1 << 20

// ReadHistory reads the file that a run left.
func ReadHistory(path string) (*History, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening a history: %w", err)
	}
	defer f.Close()
	h := &History{}
	scan := bufio.NewScanner(f)
	scan.Buffer(nil, lineMax)
	for n := 1; scan.Scan(); n++ {
		if err := h.line(n, scan.Bytes()); err != nil {
			return nil, fmt.Errorf("%s line %d: %w", path, n, err)
		}
	}
	if err := scan.Err(); err != nil {
		return nil, fmt.Errorf("reading a history: %w", err)
	}
	if h.Seats == 0 {
		return nil, fmt.Errorf("%s is no history: its first line names no seats", path)
	}
	return h, nil
}

func (h *History) line(n int, text []byte) error {
	if n == 1 {
		return json.Unmarshal(text, &h.Header)
	}
	var line struct {
		Request
		Note
	}
	if err := json.Unmarshal(text, &line); err != nil {
		return err
	}
	switch {
	case line.Verb != "":
		h.Requests = append(h.Requests, line.Request)
	case line.Note.Note != "":
		h.Notes = append(h.Notes, line.Note)
	default:
		return errors.New("neither a request nor a note")
	}
	return nil
}
