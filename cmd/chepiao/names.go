package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"chepiao/realname"
	"chepiao/realname/register"
)

// fakeNamesCmd runs the practice population register.
type fakeNamesCmd struct {
	Data   string `help:"Data folder of the hub it works for: they share a key." required:"" type:"existingdir"`
	Listen string `help:"Address to listen on." default:"127.0.0.1:8092"`
}

func (c *fakeNamesCmd) Run(ctx context.Context) error {
	s, err := readSafe(c.Data)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	reg, err := register.New(register.Options{Now: time.Now, Key: s.Names, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err != nil {
		return err
	}
	fmt.Printf("practice population register at http://%s\n", l.Addr())
	return serve(ctx, l, reg)
}

// namesAt is the client of the service of names at a URL, nil for "".
func (s *safe) namesAt(url string) (*realname.Client, error) {
	if url == "" {
		return nil, nil
	}
	return realname.NewClient(realname.Config{URL: url, Key: s.Names, Rand: rand.Reader})
}

// demoNames listens for the demo's register. It can only answer once the node has
// its key: serve does that.
type demoNames struct {
	listener net.Listener
	url      string
}

func listenForNames() (demoNames, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return demoNames{}, fmt.Errorf("listening for the practice population register: %w", err)
	}
	return demoNames{l, "http://" + l.Addr().String()}, nil
}

func (d demoNames) serve(ctx context.Context, n *node) error {
	reg, err := register.New(register.Options{Now: time.Now, Key: n.safe.Names, Log: n.log})
	if err != nil {
		return err
	}
	return serve(ctx, d.listener, reg)
}
