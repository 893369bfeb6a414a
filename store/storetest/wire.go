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
// it passes on what both say until it is told to stop at a commit of the client's.
type wire struct {
	b      *bench
	far    string
	armed  atomic.Int32 // so many of the next commits set it off
	frozen atomic.Bool  // such a message is kept instead of answered by silence
	fired  atomic.Int32 // times that it was set off
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
			hit := bytes.Contains(buf[:n], []byte(commitWord)) && w.armed.Add(-1) >= 0
			if hit && w.frozen.Load() {
				w.fired.Add(1)
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
				w.fired.Add(1)
				client.Close()
				return
			}
		}
	}()
}

// loseCommits has the answers to the next commits get lost, each with its
// connection; freezeCommit has the message itself never arrive, and nobody notice.
func (w *wire) loseCommits(n int32) { w.frozen.Store(false); w.armed.Store(n) }
func (w *wire) freezeCommit()       { w.frozen.Store(true); w.armed.Store(1) }

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
