package device

import (
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"
)

// keptMost is how long an event waits for a page that is just being loaded. A card
// that is taken away is forgotten at once.
const keptMost = 5 * time.Second

// event is something that happened. Its number grows, also from one run of the
// program to the next, so that a page can say which it has seen.
type event struct {
	id   int64
	name string
	data []byte
	at   time.Time
}

// board is where everything is pinned up: the state of each part, and what has
// happened in the last moments. Pages look at it.
type board struct {
	now func() time.Time

	mu         sync.Mutex
	last       int64
	conditions map[Part]Condition
	recent     []event // cards and scans
	watchers   map[chan event]bool
	over       bool // the program ends: nobody is kept waiting
}

func newBoard(now func() time.Time) *board {
	return &board{now: now, last: now().UnixMilli(), conditions: map[Part]Condition{}, watchers: map[chan event]bool{}}
}

// set pins up how a part is, and tells the pages when that has changed.
func (b *board) set(p Part, c Condition) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if old, ok := b.conditions[p]; ok && old == c {
		return
	}
	b.conditions[p] = c
	b.tell(string(p), c)
}

func (b *board) get(p Part) Condition {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.conditions[p]
}

func (b *board) all() map[Part]Condition {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.conditions)
}

// say tells the pages of something that happened.
func (b *board) say(name string, data any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if name == "card-gone" {
		b.recent = slices.DeleteFunc(b.recent, func(e event) bool { return e.name == "card" })
	}
	e := b.tell(name, data)
	if name == "card" || name == "scan" {
		b.recent = append(b.fresh(), e)
		time.AfterFunc(keptMost, b.forget)
	}
}

// tell needs the lock.
func (b *board) tell(name string, data any) event {
	text, err := json.Marshal(data)
	if err != nil {
		panic("device: an event that is no JSON: " + err.Error()) // a programmer's error
	}
	b.last++
	e := event{b.last, name, text, b.now()}
	for w := range b.watchers {
		select {
		case w <- e:
		default: // it reads nothing: it may come again
			close(w)
			delete(b.watchers, w)
		}
	}
	return e
}

// forget drops what is old: what a card said does not stay in memory.
func (b *board) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.recent = b.fresh()
}

func (b *board) fresh() []event {
	now := b.now()
	return slices.DeleteFunc(b.recent, func(e event) bool { return now.Sub(e.at) >= keptMost })
}

// watch gives a page everything from now on, the states first, and what happened
// since the event that it saw last while it was being loaded (after, 0 for a page
// that has seen none).
func (b *board) watch(after int64) (chan event, func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	w := make(chan event, 64)
	for _, p := range parts {
		text, err := json.Marshal(b.conditions[p])
		if err != nil {
			panic("device: a state that is no JSON: " + err.Error()) // strings only
		}
		w <- event{b.last, string(p), text, b.now()}
	}
	for _, e := range b.fresh() {
		if after > 0 && e.id > after {
			w <- e
		}
	}
	if b.over {
		close(w)
		return w, func() {}
	}
	b.watchers[w] = true
	return w, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.watchers[w] {
			delete(b.watchers, w)
			close(w)
		}
	}
}

// end sends all pages away, so that the server need not wait for them.
func (b *board) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.over, b.recent = true, nil
	for w := range b.watchers {
		close(w)
		delete(b.watchers, w)
	}
}
