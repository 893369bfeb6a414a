package watch

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"chepiao"
)

// NotReady is the reason of a process that takes no requests now.
const NotReady chepiao.Reason = "NOT_READY"

// Bounds of a writer's silence. After StalledAfter new requests go elsewhere;
// after DeadAfter the process should be started anew. The second is long, since a
// database that changes its primary is silent for half a minute, and starting
// anew would not help.
const (
	StalledAfter = 5 * time.Second
	DeadAfter    = 60 * time.Second
)

// Check is one condition of being ready: nil, or a refusal with the reason
// NotReady and a sentence for the operator.
type Check func(context.Context) *chepiao.Refusal

// Health says whether this process is alive and may be sent requests.
type Health struct {
	now       func() time.Time
	mu        sync.Mutex
	checks    []Check
	moved     time.Time // when the writer last showed that it moves; zero before the first time it was asked
	drained   atomic.Bool
	lastReady atomic.Bool // what Ready last said
}

func newHealth(now func() time.Time) *Health { return &Health{now: now} }

// Require adds a condition of being ready. Conditions are asked in the order in
// which they were added, and the first that fails is told.
func (h *Health) Require(c Check) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.checks = append(h.checks, c)
}

// Drain says that this process will stop: from now on it is not ready.
func (h *Health) Drain() { h.drained.Store(true) }

// Draining says whether this process will stop.
func (h *Health) Draining() bool { return h.drained.Load() }

// Ready is nil when requests may be sent here, else why not.
func (h *Health) Ready(ctx context.Context) (why *chepiao.Refusal) {
	defer func() { h.lastReady.Store(why == nil) }()
	if h.Draining() {
		return chepiao.Refuse(NotReady, "系统正在停机", "this process is going down")
	}
	if h.silent() > StalledAfter {
		return chepiao.Refuse(NotReady, "数据库没有响应", "the store does not answer")
	}
	h.mu.Lock()
	checks := h.checks
	h.mu.Unlock()
	for _, c := range checks {
		if why := c(ctx); why != nil {
			return why
		}
	}
	return nil
}

// Alive is nil as long as the writer moves or has nothing to do, else why this
// process should be started anew.
func (h *Health) Alive() *chepiao.Refusal {
	if h.silent() > DeadAfter {
		return chepiao.Refuse(NotReady, "写入长时间没有进展", "the store's writer has not moved for a minute")
	}
	return nil
}

// progress notes that the writer moves.
func (h *Health) progress() {
	now := h.now()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.moved = now
}

// silent is for how long the writer has not moved.
func (h *Health) silent() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.moved.IsZero() {
		return 0
	}
	return h.now().Sub(h.moved)
}

// pulseEvery is how often the writer is asked to do nothing, to see that it
// moves and how long its queue takes.
const pulseEvery = time.Second

// Pulse asks the store's writer to do nothing, again and again until ctx ends.
// One question at a time: a writer that stalls is asked once. write must queue
// like any verb, and waiting is the length of that queue.
func (w *Watch) Pulse(ctx context.Context, write func(context.Context) error, waiting func() int) {
	w.metrics.length.Store(&waiting)
	w.Health.progress()
	tick := time.NewTicker(pulseEvery)
	defer tick.Stop()
	failing := false
	for {
		began := w.conf.Now()
		err := write(ctx)
		if moves(err) {
			w.metrics.wait.Observe(w.conf.Now().Sub(began).Seconds())
			w.Health.progress()
		}
		if bad := !moves(err); bad != failing && ctx.Err() == nil { // one line for an outage of an hour
			if failing = bad; bad {
				w.conf.Log.Warn("the store's writer does not answer", "error", err)
			} else {
				w.conf.Log.Info("the store's writer answers again")
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// moves says whether an answer shows that the writer moves. A refusal does, such
// as that of a restored store which waits for its operator, but not that the
// queue is full: then nobody has asked the writer.
func moves(err error) bool {
	if err == nil {
		return true
	}
	why := chepiao.AsRefusal(err)
	return why != nil && why.Reason != chepiao.Busy
}
