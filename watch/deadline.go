package watch

import (
	"context"
	"sync"
	"time"
)

// Deadline is the context of a request: it ends when the request has taken too
// long, or earlier with its connection. Every request is asked now and then
// whether it has ended, but few wait for the end, so a timer is made only for
// who does: it costs more than finding what most requests look for.
//
// A deadline within another one, a door's behind the watch's, is one deadline:
// the earlier moment, and one timer for both.
type Deadline struct {
	context.Context                 // what it was made of
	connection      context.Context // ends before its time only when this does
	at              time.Time
	now             func() time.Time

	mu     sync.Mutex
	timed  context.Context // with the timer; nil while nobody waits
	cancel context.CancelFunc
}

// Until ends parent at a moment of a clock. Whoever calls it calls End when the
// request is answered. Between two deadlines of a request lie only contexts
// that hold values.
func Until(parent context.Context, at time.Time, now func() time.Time) *Deadline {
	d := &Deadline{Context: parent, connection: parent, at: at, now: now}
	if outer, within := parent.Value(deadlineKey{}).(*Deadline); within {
		d.connection = outer.connection
		if outer.at.Before(at) {
			d.at = outer.at
		}
	}
	return d
}

type deadlineKey struct{}

// Value finds this deadline, for the next one.
func (d *Deadline) Value(key any) any {
	if key == (deadlineKey{}) {
		return d
	}
	return d.Context.Value(key)
}

// timer is the same end as a context that can be waited for.
func (d *Deadline) timer() context.Context {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timed == nil {
		d.timed, d.cancel = context.WithTimeout(d.connection, d.at.Sub(d.now()))
	}
	return d.timed
}

// Done makes the timer.
func (d *Deadline) Done() <-chan struct{} { return d.timer().Done() }

// Deadline makes the timer, too: its end is by the system's clock.
func (d *Deadline) Deadline() (at time.Time, some bool) { return d.timer().Deadline() }

// Err says whether the end has come.
func (d *Deadline) Err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.timed != nil:
		return d.timed.Err()
	case d.connection.Err() == nil && !d.now().Before(d.at):
		return context.DeadlineExceeded
	}
	return d.connection.Err()
}

// End lets the timer go, if there is one: the request is answered.
func (d *Deadline) End() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cancel != nil {
		d.cancel()
	}
}
