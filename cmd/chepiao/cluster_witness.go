package main

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"chepiao/bench"
)

// witness sees every request of the clients end, and remembers what an operator
// would ask about afterwards: how many were answered in each second, how long
// nobody was, and whether anybody still does not know what became of a command.
type witness struct {
	mu      sync.Mutex
	began   time.Time
	seconds []second
	last    time.Time // the newest answer
	pause   pause
	open    map[string]time.Time // first try of commands that are not answered yet, by key
	waited  time.Duration        // the longest from a command's first try to its answer
	unknown int                  // commands whose first try told the client nothing for sure
	solved  int                  // of those, answered when they were asked again
	commits int                  // commands answered
}

// second is what became of the requests that ended in one second.
type second struct {
	At         int     `json:"second"`
	Answered   int     `json:"answered"`    // below 400
	Refused    int     `json:"refused"`     // 400 to 499: no, for a reason
	TurnedAway int     `json:"turned_away"` // 503: ask again, under the same key
	Unanswered int     `json:"unanswered"`  // cut off, too late or a fault: nobody knows
	Slowest    float64 `json:"slowest_ms"`  // of the answers
}

// pause is a time in which nobody was answered.
type pause struct {
	From, Length time.Duration
}

func newWitness(now time.Time) *witness {
	return &witness{began: now, last: now, open: map[string]time.Time{}}
}

// see takes note of one request.
func (w *witness) see(t bench.Try) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.second(t.Ended)
	told := t.Status > 0 && t.Status < 500
	switch {
	case told && t.Status < 400:
		s.Answered++
	case told:
		s.Refused++
	case t.Status == http.StatusServiceUnavailable:
		s.TurnedAway++
	default:
		s.Unanswered++
	}
	if told {
		if gap := t.Ended.Sub(w.last); gap > w.pause.Length {
			w.pause = pause{From: w.last.Sub(w.began), Length: gap}
		}
		w.last = latest(w.last, t.Ended)
		s.Slowest = max(s.Slowest, t.Ended.Sub(t.Began).Seconds()*1000)
	}
	if t.Key != "" {
		w.command(t, told)
	}
}

// command follows a command over all its tries. Even a 503 leaves in doubt what
// became of it: it may be the answer to a commit whose outcome nobody heard.
func (w *witness) command(t bench.Try, told bool) {
	first, tried := w.open[t.Key]
	switch {
	case !told && !tried:
		w.open[t.Key] = t.Began
		w.unknown++
	case told:
		w.commits++
		if tried {
			w.solved++
			delete(w.open, t.Key)
		} else {
			first = t.Began
		}
		w.waited = max(w.waited, t.Ended.Sub(first))
	}
}

// second is the entry of a moment's second; empty ones before it are made.
func (w *witness) second(at time.Time) *second {
	n := max(0, int(at.Sub(w.began)/time.Second))
	for len(w.seconds) <= n {
		w.seconds = append(w.seconds, second{At: len(w.seconds)})
	}
	return &w.seconds[n]
}

// rates are what the last whole second held, for a page that shows the present.
func (w *witness) rates(now time.Time) second {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := int(now.Sub(w.began)/time.Second) - 1
	if n < 0 || n >= len(w.seconds) {
		return second{}
	}
	return w.seconds[n]
}

// sight is what the witness can say so far.
type sight struct {
	Seconds    []second
	Commands   int
	Unanswered int // requests, all seconds together
	TurnedAway int
	Pause      pause
	Waited     time.Duration
	Unknown    int
	Solved     int
	Open       int // commands nobody was told of
}

func (w *witness) sum() sight {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := sight{Seconds: append([]second(nil), w.seconds...), Commands: w.commits, Pause: w.pause, Waited: w.waited, Unknown: w.unknown, Solved: w.solved, Open: len(w.open)}
	for _, one := range w.seconds {
		s.Unanswered += one.Unanswered
		s.TurnedAway += one.TurnedAway
	}
	return s
}

// String is the sum in one line.
func (s sight) String() string {
	return fmt.Sprintf("%d commands answered, %d requests turned away, %d unanswered, longest pause %d ms", s.Commands, s.TurnedAway, s.Unanswered, s.Pause.Length.Milliseconds())
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
