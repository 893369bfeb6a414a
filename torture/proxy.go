package torture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// proxy stands between the hubs and PostgreSQL and cuts connections in the middle
// of a commit: before the word arrives, or after it has arrived and before the
// answer comes back. In both cases the hub hears the same: nothing.
type proxy struct {
	listener net.Listener
	to       string
	cut      atomic.Bool // cut the next connection that commits
	after    atomic.Bool // after the word went through, not before
	cuts     atomic.Int64

	mu    sync.Mutex
	conns map[net.Conn]bool
}

func newProxy(to string) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("opening the proxy: %w", err)
	}
	p := &proxy{listener: l, to: to, conns: map[net.Conn]bool{}}
	go p.serve()
	return p, nil
}

func (p *proxy) serve() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		go p.join(c)
	}
}

func (p *proxy) close() error {
	err := p.listener.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		err = errors.Join(err, ignoreClosed(c.Close()))
	}
	return err
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// join passes bytes both ways until one side ends or the connection is cut.
func (p *proxy) join(hub net.Conn) {
	database, err := net.Dial("tcp", p.to)
	if err != nil {
		hub.Close()
		return
	}
	p.mu.Lock()
	p.conns[hub], p.conns[database] = true, true
	p.mu.Unlock()
	var silent atomic.Bool // the answer is not passed on any more
	end := func() {
		hub.Close()
		database.Close()
		p.mu.Lock()
		delete(p.conns, hub)
		delete(p.conns, database)
		p.mu.Unlock()
	}
	go func() {
		defer end()
		pass(database, hub, func([]byte) bool { return !silent.Load() })
	}()
	defer end()
	pass(hub, database, func(b []byte) bool {
		if !commits(b) || !p.cut.CompareAndSwap(true, false) {
			return true
		}
		p.cuts.Add(1)
		if p.after.Load() {
			silent.Store(true)
			if _, err := database.Write(b); err == nil {
				time.Sleep(50 * time.Millisecond) // it commits; nobody hears of it
			}
		}
		return false
	})
}

// commits recognizes the word in either protocol: a simple query, or the text of
// a statement that is parsed anew.
func commits(b []byte) bool {
	return bytes.Contains(b, []byte("COMMIT")) || bytes.Contains(b, []byte("commit"))
}

func pass(from, to net.Conn, may func([]byte) bool) {
	b := make([]byte, 256<<10)
	for {
		n, err := from.Read(b)
		if n > 0 {
			if !may(b[:n]) {
				return
			}
			if _, err := to.Write(b[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// cutCommit cuts the connection of a hub at a commit, again and again. The
// outcome is unknown to the hub until it asks, and to the client until it sends
// the request again under its key.
func cutCommit(ctx context.Context, s *scene) error {
	if err := s.database(ctx); err != nil {
		return err
	}
	direct := s.target
	p, err := newProxy(s.server.Host())
	if err != nil {
		return err
	}
	s.cleanups = append(s.cleanups, p.close)
	if err := s.stock(ctx); err != nil {
		return err
	}
	s.target = "postgres://chepiao@" + p.listener.Addr().String() + "/" + filepath.Base(direct)
	if err := s.open(hubsOf); err != nil {
		return err
	}
	if err := s.record(); err != nil {
		return err
	}
	if err := s.startAll(ctx); err != nil {
		return err
	}
	return s.crowd(ctx, func() error {
		for end := time.Now().Add(s.Span); time.Now().Before(end); {
			if err := doze(ctx, s.between(100*time.Millisecond, 600*time.Millisecond)); err != nil {
				return err
			}
			p.aim(s.chance)
		}
		s.note("%d connections were cut at a commit", p.cuts.Load())
		if p.cuts.Load() == 0 {
			return errors.New("no connection was cut: the proxy did not recognize a commit")
		}
		p.cut.Store(false)
		return doze(ctx, time.Second)
	})
}

// aim cuts the next connection that commits.
func (p *proxy) aim(chance *rand.Rand) {
	p.after.Store(chance.IntN(2) == 0)
	p.cut.Store(true)
}
