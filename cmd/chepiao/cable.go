package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"
)

// cable is a network cable that can be pulled: what connects to one end comes out
// at the other. Pulled, every connection ends in the middle of whatever it carried,
// and new ones are not taken; nobody is told why, as with a real one.
type cable struct {
	listener net.Listener
	to       string // host:port of the far end
	log      *slog.Logger

	mu     sync.Mutex
	pulled bool
	since  time.Time // pulled is what it is
	ends   map[net.Conn]struct{}
}

// newCable lays a cable from a port of loopback to an address.
func newCable(to string, now time.Time, log *slog.Logger) (*cable, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("laying the cable: %w", err)
	}
	return &cable{listener: l, to: to, log: log, since: now, ends: map[net.Conn]struct{}{}}, nil
}

func (c *cable) url() string { return "http://" + c.listener.Addr().String() }

// run carries until ctx ends.
func (c *cable) run(ctx context.Context) {
	end := context.AfterFunc(ctx, func() {
		c.listener.Close() //nolint:errcheck // it is only listening
		c.drop()
	})
	defer end()
	for {
		near, err := c.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			c.log.Warn("the cable", "error", err)
			continue
		}
		go c.carry(near)
	}
}

// carry passes bytes both ways until either end, or somebody pulls the cable.
func (c *cable) carry(near net.Conn) {
	defer near.Close()
	if !c.hold(near) {
		return
	}
	defer c.forget(near)
	far, err := net.DialTimeout("tcp", c.to, time.Second)
	if err != nil {
		return
	}
	defer far.Close()
	if !c.hold(far) {
		return
	}
	defer c.forget(far)
	one := make(chan struct{}, 2)
	pass := func(to, from net.Conn) {
		io.Copy(to, from) //nolint:errcheck // an end of it is an end of it
		one <- struct{}{}
	}
	go pass(far, near)
	go pass(near, far)
	<-one
}

// hold keeps an end to be dropped when the cable is pulled; not if it is already.
func (c *cable) hold(end net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pulled {
		return false
	}
	c.ends[end] = struct{}{}
	return true
}

func (c *cable) forget(end net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.ends, end)
}

func (c *cable) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for end := range c.ends {
		end.Close() //nolint:errcheck // it is to be broken
	}
}

// pull pulls the cable out, or plugs it in again.
func (c *cable) pull(out bool, now time.Time) {
	c.mu.Lock()
	if c.pulled != out {
		c.pulled, c.since = out, now
	}
	c.mu.Unlock()
	if out {
		c.drop()
	}
}

// state says whether it is pulled, and since when it is as it is.
func (c *cable) state() (pulled bool, since time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pulled, c.since
}
