package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"chepiao/relay"
)

// TestCable: a pulled cable breaks what is under way and takes nothing new, a plugged
// one carries again; its page does both, and not for a stranger's page.
func TestCable(t *testing.T) {
	far, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	go func() { // says back what it hears
		for {
			c, err := far.Accept()
			if err != nil {
				return
			}
			go io.Copy(c, c) //nolint:errcheck // ends with the test
		}
	}()
	log := slog.New(slog.DiscardHandler)
	c, err := newCable(far.Addr().String(), time.Now(), log)
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	defer end()
	go c.run(ctx)
	page := httptest.NewServer(c.page("http://hub", "http://station", func() relay.State { return relay.State{} }, func() {}, time.Now))
	defer page.Close()
	echo := func(conn net.Conn) error {
		conn.SetDeadline(time.Now().Add(5 * time.Second)) //nolint:errcheck // a test
		if _, err := fmt.Fprintln(conn, "hello"); err != nil {
			return err
		}
		_, err := bufio.NewReader(conn).ReadString('\n')
		return err
	}
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", c.listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	press := func(what, site string) int {
		r, err := http.NewRequest("POST", page.URL+what, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Sec-Fetch-Site", site)
		answer, err := page.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer.StatusCode
	}
	old := dial()
	if err := echo(old); err != nil {
		t.Fatal("a cable that is plugged in does not carry:", err)
	}
	if got := press("/pull", "cross-site"); got != http.StatusForbidden {
		t.Errorf("a stranger's page pulls the cable: %d", got)
	}
	if err := echo(old); err != nil {
		t.Fatal("it was pulled all the same:", err)
	}
	if got := press("/pull", "same-origin"); got != http.StatusOK {
		t.Fatalf("pulling answers %d", got)
	}
	if echo(old) == nil {
		t.Error("what was under way goes on over a pulled cable")
	}
	if echo(dial()) == nil {
		t.Error("a pulled cable carries something new")
	}
	press("/plug", "same-origin")
	if err := echo(dial()); err != nil {
		t.Error("a cable that was plugged in again does not carry:", err)
	}
}
