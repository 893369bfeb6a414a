package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"chepiao/pay"
	"chepiao/pay/alipay"
	"chepiao/pay/alipay/alipaysim"
	"chepiao/pay/sandbox"
	"chepiao/pay/wechat"
	"chepiao/pay/wechat/wechatsim"
)

// channels are the payment channels that a node was told of, in the order in which
// they are offered.
func (n *node) channels(o nodeOptions) (all []pay.Channel, err error) {
	if o.walletURL != "" {
		wallet, err := pay.NewSandbox(pay.Config{URL: o.walletURL, Key: n.safe.Wallet, Now: time.Now, Rand: rand.Reader})
		if err != nil {
			return nil, err
		}
		all = append(all, wallet)
	}
	if o.wechatFile != "" {
		set, err := wechat.ReadSettings(o.wechatFile)
		if err != nil {
			return nil, err
		}
		c, err := wechat.New(wechat.Config{Settings: set, Now: time.Now})
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	if o.alipayFile != "" {
		set, err := alipay.ReadSettings(o.alipayFile)
		if err != nil {
			return nil, err
		}
		c, err := alipay.New(alipay.Config{Settings: set})
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// fakeWeChatCmd runs a simulator of WeChat Pay.
type fakeWeChatCmd struct {
	Data   string `help:"Data folder of the hub it works for: the invented merchant's keys are laid down there, below wechat/." required:"" type:"existingdir"`
	Listen string `help:"Address to listen on." default:"127.0.0.1:8092"`
}

func (c *fakeWeChatCmd) Run(ctx context.Context) error {
	return runFirm(ctx, "WeChat Pay", "--wechat", newFakeWeChat, c.Data, c.Listen)
}

// fakeAlipayCmd runs a simulator of Alipay.
type fakeAlipayCmd struct {
	Data   string `help:"Data folder of the hub it works for: the invented merchant's keys are laid down there, below alipay/." required:"" type:"existingdir"`
	Listen string `help:"Address to listen on." default:"127.0.0.1:8095"`
}

func (c *fakeAlipayCmd) Run(ctx context.Context) error {
	return runFirm(ctx, "Alipay", "--alipay", newFakeAlipay, c.Data, c.Listen)
}

// runFirm runs a firm's simulator until the context ends, after saying how a hub is told of it.
func runFirm(ctx context.Context, firm, flag string, open func(data, listen string, log *slog.Logger) (*fakeFirm, error), data, listen string) error {
	f, err := open(data, listen, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		return err
	}
	fmt.Printf("practice %s at %s\nstart the hub with  %s %s\n", firm, f.url, flag, f.settings)
	return f.serve(ctx)
}

// fakeFirm is a simulator of a payment firm that listens already.
type fakeFirm struct {
	listener      net.Listener
	url, settings string // the settings file for the hub
	server        interface {
		http.Handler
		Run(context.Context)
	}
}

func listenAsFirm(listen string) (*fakeFirm, error) {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("listening as a payment firm: %w", err)
	}
	return &fakeFirm{listener: l, url: "http://" + l.Addr().String()}, nil
}

func newFakeWeChat(data, listen string, log *slog.Logger) (*fakeFirm, error) {
	folder := filepath.Join(data, "wechat")
	keys, err := wechatsim.LoadKeys(folder, rand.Reader, time.Now())
	if errors.Is(err, fs.ErrNotExist) {
		keys, err = wechatsim.NewKeys(rand.Reader, time.Now(), true)
	}
	if err != nil {
		return nil, err
	}
	f, err := listenAsFirm(listen)
	if err != nil {
		return nil, err
	}
	if f.settings, err = keys.Save(folder, f.url); err != nil {
		return nil, err
	}
	f.server, err = wechatsim.New(wechatsim.Options{Now: time.Now, Rand: rand.Reader, Keys: keys, Log: log})
	return f, err
}

func newFakeAlipay(data, listen string, log *slog.Logger) (*fakeFirm, error) {
	folder := filepath.Join(data, "alipay")
	keys, err := alipaysim.LoadKeys(folder)
	if errors.Is(err, fs.ErrNotExist) {
		keys, err = alipaysim.NewKeys(rand.Reader)
	}
	if err != nil {
		return nil, err
	}
	f, err := listenAsFirm(listen)
	if err != nil {
		return nil, err
	}
	if f.settings, err = keys.Save(folder, f.url); err != nil {
		return nil, err
	}
	f.server, err = alipaysim.New(alipaysim.Options{Now: time.Now, Rand: rand.Reader, Keys: keys, Log: log})
	return f, err
}

func (f *fakeFirm) serve(ctx context.Context) error {
	go f.server.Run(ctx)
	return serve(ctx, f.listener, f.server)
}

// demoMoney are the payment firms of the demo.
type demoMoney struct {
	listener net.Listener
	url      string // of the practice wallet
	wechat   *fakeFirm
	alipay   *fakeFirm
}

func listenForMoney(folder string, log *slog.Logger) (*demoMoney, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening for the practice wallet: %w", err)
	}
	m := &demoMoney{listener: l, url: "http://" + l.Addr().String()}
	if m.wechat, err = newFakeWeChat(folder, "127.0.0.1:0", log); err == nil {
		m.alipay, err = newFakeAlipay(folder, "127.0.0.1:0", log)
	}
	return m, err
}

// serve runs them until the context ends.
func (m *demoMoney) serve(ctx context.Context, n *node, folder string) error {
	wallet, err := sandbox.New(sandbox.Options{Now: time.Now, Rand: rand.Reader, Key: n.safe.Wallet, File: filepath.Join(folder, "wallet.json"), Log: n.log})
	if err != nil {
		return err
	}
	go wallet.Run(ctx)
	failed := make(chan error, 2)
	go func() { failed <- m.wechat.serve(ctx) }()
	go func() { failed <- m.alipay.serve(ctx) }()
	return errors.Join(serve(ctx, m.listener, wallet), <-failed, <-failed)
}
