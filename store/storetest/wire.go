package storetest

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// wire is a network between a process and its database that can be made to fail:
// it passes on what both say until it is told to stop at a word of the client's.
type wire struct {
	b      *bench
	far    string
	word   atomic.Pointer[string] // the next message that has it sets it off
	frozen atomic.Bool            // such a message is kept instead of answered by silence
	fired  atomic.Bool
	mu     sync.Mutex
	ends   []net.Conn
}

// wired is the database behind a wire.
func (b *bench) wired() (Database, *wire) {
	b.Helper()
	u, err := url.Parse(b.db.Target)
	b.must(err)
	near, err := net.Listen("tcp", "127.0.0.1:0")
	b.must(err)
	w := &wire{b: b, far: u.Host}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := near.Accept()
			if err != nil {
				return
			}
			w.pass(c)
		}
	})
	b.Cleanup(func() { near.Close(); w.cut(); all.Wait() })
	return URL(strings.Replace(b.db.Target, u.Host, near.Addr().String(), 1)), w
}

func (w *wire) pass(client net.Conn) {
	server, err := net.Dial("tcp", w.far)
	if err != nil {
		client.Close()
		return
	}
	w.mu.Lock()
	w.ends = append(w.ends, client, server)
	w.mu.Unlock()
	var lost atomic.Bool
	go func() {
		io.Copy(until{client, &lost}, server)
		client.Close()
	}()
	go func() {
		defer server.Close()
		buf := make([]byte, 64<<10)
		for {
			n, err := client.Read(buf)
			if err != nil {
				return
			}
			word := w.word.Load()
			hit := word != nil && bytes.Contains(buf[:n], []byte(*word)) && w.word.CompareAndSwap(word, nil)
			if hit && w.frozen.Load() {
				w.fired.Store(true)
				io.Copy(io.Discard, client) // as a machine that stands still: the connection stays open
				return
			}
			if hit {
				lost.Store(true)
			}
			if _, err := server.Write(buf[:n]); err != nil {
				return
			}
			if hit {
				time.Sleep(50 * time.Millisecond) // the server has done it
				client.Close()
				w.fired.Store(true)
				return
			}
		}
	}()
}

// lose has the answer to the next message with a word get lost, with the
// connection; freeze has the message itself never arrive, and nobody notice.
func (w *wire) lose(word string)   { w.frozen.Store(false); w.fired.Store(false); w.word.Store(&word) }
func (w *wire) freeze(word string) { w.frozen.Store(true); w.fired.Store(false); w.word.Store(&word) }

// cut ends every connection.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.ends {
		c.Close()
	}
	w.ends = nil
}

// until passes on until what follows is lost.
type until struct {
	io.Writer
	lost *atomic.Bool
}

func (u until) Write(b []byte) (int, error) {
	if u.lost.Load() {
		return len(b), nil
	}
	return u.Writer.Write(b)
}

// commitWord is in a message that asks for a commit, and not in "READ COMMITTED".
const commitWord = "COMMIT\x00"
