package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"chepiao/message/smsgate"
	"chepiao/pay/sandbox"
)

// fakesCmd runs outside parties to practise with.
type fakesCmd struct {
	Pay    fakePayCmd    `cmd:"" help:"The practice wallet: a payment channel where no money moves."`
	WeChat fakeWeChatCmd `cmd:"" name:"wechat" help:"A practice WeChat Pay that speaks the firm's wire protocol."`
	Alipay fakeAlipayCmd `cmd:"" help:"A practice Alipay that speaks the wire protocol of its open platform."`

	SMS  fakeSMSCmd  `cmd:"" help:"The practice SMS gateway: it shows texts instead of sending them."`
	OIDC fakeOIDCCmd `cmd:"" name:"oidc" help:"A practice OpenID provider, to sign staff in by."`

	Tax      fakeTaxCmd   `cmd:"" help:"The practice tax service: it makes invoices that are none."`
	Realname fakeNamesCmd `cmd:"" help:"The practice population register: it verifies invented names."`
}

// fakePayCmd runs the practice wallet.
type fakePayCmd struct {
	Data   string `help:"Data folder of the hub it works for: they share a key." required:"" type:"existingdir"`
	Listen string `help:"Address to listen on." default:"127.0.0.1:8090"`
}

func (c *fakePayCmd) Run(ctx context.Context) error {
	s, err := readSafe(c.Data)
	if err != nil {
		return err
	}
	wallet, err := sandbox.New(sandbox.Options{
		Now: time.Now, Rand: rand.Reader, Key: s.Wallet, File: c.Data + "/wallet.json",
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	go wallet.Run(ctx)
	fmt.Printf("practice wallet at http://%s\n", l.Addr())
	return serve(ctx, l, wallet)
}

// fakeSMSCmd runs the practice SMS gateway.
type fakeSMSCmd struct {
	Data   string `help:"Data folder of the hub it works for: they share a key." required:"" type:"existingdir"`
	Listen string `help:"Address to listen on." default:"127.0.0.1:8091"`
}

func (c *fakeSMSCmd) Run(ctx context.Context) error {
	s, err := readSafe(c.Data)
	if err != nil {
		return err
	}
	gate, err := smsgate.New(smsgate.Options{Now: time.Now, Key: s.SMS, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	go gate.Run(ctx)
	fmt.Printf("practice SMS gateway at http://%s\n", l.Addr())
	return serve(ctx, l, gate)
}
