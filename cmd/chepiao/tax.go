package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"chepiao/tax"
	"chepiao/tax/taxsim"
)

// fakeTaxCmd runs the practice tax service.
type fakeTaxCmd struct {
	Data   string `help:"Data folder of the hub it works for: they share a key." required:"" type:"existingdir"`
	Listen string `help:"Address to listen on." default:"127.0.0.1:8094"`
}

func (c *fakeTaxCmd) Run(ctx context.Context) error {
	s, err := readSafe(c.Data)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	fmt.Printf("practice tax service at http://%s\n", l.Addr())
	return serveTax(ctx, l, s.Tax, filepath.Join(c.Data, "tax.json"), slog.New(slog.NewTextHandler(os.Stderr, nil)))
}

func serveTax(ctx context.Context, l net.Listener, key []byte, file string, log *slog.Logger) error {
	service, err := taxsim.New(taxsim.Options{Now: time.Now, Key: key, File: file, Log: log})
	if err != nil {
		return err
	}
	return serve(ctx, l, service)
}

// taxAt is the client of the tax service at a URL, nil for "".
func (s *safe) taxAt(url string) (*tax.Client, error) {
	if url == "" {
		return nil, nil
	}
	return tax.NewClient(tax.Config{URL: url, Key: s.Tax, Now: time.Now})
}

// demoTax listens for the demo's tax service. It can only answer once the node has
// its key: serve does that.
type demoTax struct {
	listener net.Listener
	url      string
}

// listenForRegisters listens for the outside parties that the demo asks about people
// and invoices.
func listenForRegisters() (names demoNames, taxes demoTax, err error) {
	if names, err = listenForNames(); err != nil {
		return names, taxes, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return names, taxes, fmt.Errorf("listening for the practice tax service: %w", err)
	}
	return names, demoTax{l, "http://" + l.Addr().String()}, nil
}

func (d demoTax) serve(ctx context.Context, n *node, folder string) error {
	return serveTax(ctx, d.listener, n.safe.Tax, filepath.Join(folder, "tax.json"), n.log)
}
