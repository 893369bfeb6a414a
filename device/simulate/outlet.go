// Package simulate is a card reader, a scanner, a printer and a drawer that are
// none: they stand on pseudo-terminals and sockets of this machine and speak, byte
// by byte, what the real ones speak, so that package device cannot tell them apart.
// On a page of their own (the panel) one puts a card on the reader, scans a code,
// jams the printer, takes its paper out, pulls a plug, and sees what was printed.
//
// Tests, `chepiao device run --simulate` and the demo use them. All people on its
// cards are invented.
package simulate

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// outlet is where a part is plugged in: a pseudo-terminal, or a TCP port where a
// part is a network one or the system has no pseudo-terminals.
type outlet struct {
	path  string              // link to the terminal, which has another name after each plugging; "" for TCP
	serve func(io.ReadWriter) // works one connection until reading fails
	mu    sync.Mutex
	close func() // pulls the plug; nil when it is out
	addr  string
}

// newTerminal is an outlet with a name in a folder.
func newTerminal(folder, name string, serve func(io.ReadWriter)) (*outlet, error) {
	o := &outlet{path: filepath.Join(folder, name), serve: serve}
	if err := o.plug(); err != nil {
		if !errors.Is(err, pty.ErrUnsupported) {
			return nil, err
		}
		return newSocket(serve) // a serial server does the same over TCP
	}
	return o, nil
}

// newSocket is an outlet on a free TCP port of loopback.
func newSocket(serve func(io.ReadWriter)) (*outlet, error) {
	o := &outlet{serve: serve}
	return o, o.plug()
}

// address is where package device finds the part.
func (o *outlet) address() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.addr
}

func (o *outlet) plugged() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.close != nil
}

// plug puts the plug in, if it is out.
func (o *outlet) plug() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.close != nil {
		return nil
	}
	if o.path == "" {
		return o.listen()
	}
	return o.terminal()
}

// unplug pulls it.
func (o *outlet) unplug() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.close != nil {
		o.close()
		o.close = nil
	}
}

func (o *outlet) terminal() error {
	near, far, err := pty.Open()
	if err != nil {
		return fmt.Errorf("opening a pseudo-terminal: %w", err)
	}
	if _, err := term.MakeRaw(int(far.Fd())); err != nil {
		return errors.Join(fmt.Errorf("making a terminal raw: %w", err), near.Close(), far.Close())
	}
	os.Remove(o.path) //nolint:errcheck // it may not be there
	if err := os.Symlink(far.Name(), o.path); err != nil {
		return errors.Join(err, near.Close(), far.Close())
	}
	o.addr = o.path
	o.close = func() {
		os.Remove(o.path)    //nolint:errcheck // then it points nowhere
		near.Close()         //nolint:errcheck // both ends go
		far.Write([]byte{0}) //nolint:errcheck // a read of the near end keeps it open until something comes
		far.Close()          //nolint:errcheck
	}
	go o.serve(near)
	return nil
}

// listen takes one connection at a time, as printers do, under the same port each
// time it is plugged in.
func (o *outlet) listen() error {
	at := o.addr
	if at == "" {
		at = "tcp://127.0.0.1:0"
	}
	l, err := net.Listen("tcp", at[len("tcp://"):])
	if err != nil {
		return fmt.Errorf("listening for a simulated part: %w", err)
	}
	o.addr = "tcp://" + l.Addr().String()
	var mu sync.Mutex
	var now net.Conn
	over := false
	o.close = func() {
		l.Close() //nolint:errcheck // nobody connects any more
		mu.Lock()
		defer mu.Unlock()
		over = true
		if now != nil {
			now.Close() //nolint:errcheck // as a cut cable does
		}
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			now = c
			gone := over
			mu.Unlock()
			if !gone {
				o.serve(c)
			}
			c.Close() //nolint:errcheck // it is over
		}
	}()
	return nil
}
