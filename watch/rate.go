package watch

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rate bounds the requests of one client address: so many a second for long,
// and a burst. An IPv6 client is its /64. Callers on the same machine, such as a
// proxy that has its own limits or a measurement, are left out unless Loopback
// is set. Off switches it off.
type Rate struct {
	PerSecond float64
	Burst     int
	Loopback  bool
	Off       bool
}

// RateDefault is generous: a hall full of phones behind one address.
var RateDefault = Rate{PerSecond: 200, Burst: 400}

// clientsMax bounds the table of addresses; the one not seen for longest goes.
const clientsMax = 50_000

// Clients counts the requests of each address.
type Clients struct {
	rate Rate
	now  func() time.Time
	mu   sync.Mutex
	seen map[netip.Addr]*client
}

type client struct {
	limit *rate.Limiter
	last  time.Time
}

// NewClients has seen nobody yet. A rate without a number is RateDefault.
func NewClients(r Rate, now func() time.Time) *Clients {
	if r.PerSecond <= 0 {
		r.PerSecond, r.Burst = RateDefault.PerSecond, RateDefault.Burst
	}
	return &Clients{rate: r, now: now, seen: map[netip.Addr]*client{}}
}

// Wait is how long a caller must wait before it may ask, zero when it may ask
// now.
func (cs *Clients) Wait(remote string) time.Duration {
	if cs.rate.Off {
		return 0
	}
	addr := addressOf(remote)
	if !cs.rate.Loopback && addr.IsLoopback() {
		return 0
	}
	now := cs.now()
	cs.mu.Lock()
	defer cs.mu.Unlock()
	c := cs.seen[addr]
	if c == nil {
		if len(cs.seen) >= clientsMax {
			cs.forget(now)
		}
		c = &client{limit: rate.NewLimiter(rate.Limit(cs.rate.PerSecond), cs.rate.Burst)}
		cs.seen[addr] = c
	}
	c.last = now
	r := c.limit.ReserveN(now, 1)
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return wait
	}
	return 0
}

// forget drops the addresses whose allowance is full again; if none is, any.
func (cs *Clients) forget(now time.Time) {
	full := time.Duration(float64(cs.rate.Burst)/cs.rate.PerSecond*float64(time.Second)) + time.Second
	for a, c := range cs.seen {
		if now.Sub(c.last) > full {
			delete(cs.seen, a)
		}
	}
	for a := range cs.seen {
		if len(cs.seen) < clientsMax {
			break
		}
		delete(cs.seen, a)
	}
}

// addressOf is the client's address without its port; an IPv6 address stands
// for its whole /64, which one household or machine has.
func addressOf(remote string) netip.Addr {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	if a = a.Unmap().WithZone(""); a.Is6() && !a.IsLoopback() {
		if p, err := a.Prefix(64); err == nil {
			a = p.Addr()
		}
	}
	return a
}
