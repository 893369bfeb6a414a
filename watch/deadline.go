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
type Deadline struct {
	context.Context // of the connection
	at              time.Time
	now             func() time.Time

	mu     sync.Mutex
	timed  context.Context // with the timer; nil while nobody waits
	cancel context.CancelFunc
}

// Until ends parent at a moment of a clock. Whoever calls it calls End when the
// request is answered.
func Until(parent context.Context, at time.Time, now func() time.Time) *Deadline {
	return &Deadline{Context: parent, at: at, now: now}
}

// timer is the same end as a context that can be waited for.
func (d *Deadline) timer() context.Context {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timed == nil {
		d.timed, d.cancel = context.WithTimeout(d.Context, d.at.Sub(d.now()))
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
	case d.Context.Err() == nil && !d.now().Before(d.at):
		return context.DeadlineExceeded
	}
	return d.Context.Err()
}

// End lets the timer go, if there is one: the request is answered.
func (d *Deadline) End() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cancel != nil {
		d.cancel()
	}
}
