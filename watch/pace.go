package watch

import (
	"sync"
	"time"

	"chepiao/store"
)

// Bounds of the time after which somebody who was sent away should come back.
// Whole seconds, as Retry-After has them (RFC 9110, 10.2.3).
const (
	RetryMin = time.Second
	RetryMax = 30 * time.Second
)

// paceKeep is how much of the older pace stays with each batch, by the second:
// after ten busy seconds hardly anything of it is left.
const paceKeep = 3 * time.Second

// pace is how fast the store's queue drains.
type pace struct {
	now  func() time.Time
	mu   sync.Mutex
	rate float64 // verbs a second of work, zero when unknown
	last time.Time
}

// batch takes one batch into account. Refused verbs have left the queue too.
func (p *pace) batch(b store.Batch) {
	took := max(b.Run, b.Commit) // the next batch is decided while this one is stored: the longer one sets the pace
	if took <= 0 {
		took = time.Microsecond
	}
	rate := float64(b.Verbs+b.Refused) / took.Seconds()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = p.now()
	if rate == 0 {
		return
	}
	if p.rate == 0 {
		p.rate = rate
		return
	}
	share := min(1, float64(took)/float64(paceKeep)) // a long batch says more than a short one
	share = max(share, 0.05)
	p.rate += share * (rate - p.rate)
}

// drain is how long the queue will take: what waits at the known pace, and at
// least as long as the writer has already been silent, for a stalled one may
// stay so.
func (p *pace) drain(waiting int) time.Duration {
	if waiting <= 0 {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var need time.Duration
	if p.rate > 0 {
		need = time.Duration(min(float64(waiting)/p.rate, 3600) * float64(time.Second))
	}
	if !p.last.IsZero() {
		need = max(need, p.now().Sub(p.last))
	}
	return need
}

func (p *pace) retry(waiting int) time.Duration {
	return min(max(p.drain(waiting), RetryMin), RetryMax)
}
