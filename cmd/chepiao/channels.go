package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"chepiao/pay"
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
	return all, nil
}

// fakeWeChatCmd runs a simulator of WeChat Pay.
type fakeWeChatCmd struct {
	Data   string `help:"Data folder of the hub it works for: the invented merchant's keys are laid down there, below wechat/." required:"" type:"existingdir"`
	Listen string `help:"Address to listen on." default:"127.0.0.1:8092"`
}

func (c *fakeWeChatCmd) Run(ctx context.Context) error {
	f, err := newFakeWeChat(c.Data, c.Listen, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		return err
	}
	fmt.Printf("practice WeChat Pay at %s\nstart the hub with  --wechat %s\n", f.url, f.settings)
	return f.serve(ctx)
}

// fakeWeChat is a simulator that listens already.
type fakeWeChat struct {
	listener      net.Listener
	url, settings string // the settings file for the hub
	server        *wechatsim.Server
}

func newFakeWeChat(data, listen string, log *slog.Logger) (*fakeWeChat, error) {
	folder := filepath.Join(data, "wechat")
	keys, err := wechatsim.LoadKeys(folder, rand.Reader, time.Now())
	if errors.Is(err, fs.ErrNotExist) {
		keys, err = wechatsim.NewKeys(rand.Reader, time.Now(), true)
	}
	if err != nil {
		return nil, err
	}
	f := &fakeWeChat{}
	if f.listener, err = net.Listen("tcp", listen); err != nil {
		return nil, fmt.Errorf("listening for the practice WeChat Pay: %w", err)
	}
	f.url = "http://" + f.listener.Addr().String()
	if f.settings, err = keys.Save(folder, f.url); err != nil {
		return nil, err
	}
	f.server, err = wechatsim.New(wechatsim.Options{Now: time.Now, Rand: rand.Reader, Keys: keys, Log: log})
	return f, err
}

func (f *fakeWeChat) serve(ctx context.Context) error {
	go f.server.Run(ctx)
	return serve(ctx, f.listener, f.server)
}

// demoMoney are the payment firms of the demo.
type demoMoney struct {
	listener net.Listener
	url      string // of the practice wallet
	wechat   *fakeWeChat
}

func listenForMoney(folder string, log *slog.Logger) (*demoMoney, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening for the practice wallet: %w", err)
	}
	m := &demoMoney{listener: l, url: "http://" + l.Addr().String()}
	m.wechat, err = newFakeWeChat(folder, "127.0.0.1:0", log)
	return m, err
}

// serve runs them until the context ends.
func (m *demoMoney) serve(ctx context.Context, n *node, folder string) error {
	wallet, err := sandbox.New(sandbox.Options{Now: time.Now, Rand: rand.Reader, Key: n.safe.Wallet, File: filepath.Join(folder, "wallet.json"), Log: n.log})
	if err != nil {
		return err
	}
	go wallet.Run(ctx)
	failed := make(chan error, 1)
	go func() { failed <- m.wechat.serve(ctx) }()
	return errors.Join(serve(ctx, m.listener, wallet), <-failed)
}
