package ui

import (
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"chepiao"
)

// Limits of guessing: look-ups by document and sign-ins an address may try at
// once and then each minute, and addresses remembered.
const (
	triesAtOnce   = 20
	triesMinute   = 20
	addressesMost = 10_000
)

// Limit slows down whoever tries to guess a number or a secret.
type Limit struct {
	mu     sync.Mutex
	by     map[string]*rate.Limiter
	now    func() time.Time
	atOnce int
	minute float64
}

// NewLimit is a limit that has seen nobody.
func NewLimit(now func() time.Time) *Limit { return NewLimitOf(now, triesAtOnce, triesMinute) }

// NewLimitOf is a limit of its own: so many tries at once, then so many each minute.
func NewLimitOf(now func() time.Time, atOnce int, minute float64) *Limit {
	return &Limit{by: map[string]*rate.Limiter{}, now: now, atOnce: atOnce, minute: minute}
}

// Try refuses with Busy when the address behind a request has tried too often.
func (l *Limit) Try(r *http.Request) error {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.by[host]
	if one == nil {
		if len(l.by) >= addressesMost {
			clear(l.by) // forgetting everybody is cheap and bounded
		}
		one = rate.NewLimiter(rate.Limit(l.minute/60), l.atOnce)
		l.by[host] = one
	}
	if !one.AllowN(l.now(), 1) {
		return chepiao.Refuse(chepiao.Busy, "尝试次数过多，请一分钟后再试", "too many tries: please wait a minute")
	}
	return nil
}
