package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"time"

	"chepiao"
	"chepiao/store"
	"chepiao/watch"
)

// hubCmd runs a hub.
type hubCmd struct {
	Data string `arg:"" help:"Data folder; a new one is made." type:"path"`
	database
	Process string                `help:"Name of this process among those that share the database; the one before of that name is replaced."`
	Peer    string                `help:"URL under which the other processes reach this one; the listening address if not given."`
	Listen  string                `help:"Address to listen on." default:"127.0.0.1:8080"`
	Name    string                `help:"Short name of a new node, A-Z 0-9, at most 8." default:"HUB1"`
	Profile chepiao.CryptoProfile `help:"Algorithms of a new node." enum:"ed25519-sha256,es256-sha256,sm2-sm3" default:"ed25519-sha256"`
	Public  string                `help:"URL under which passengers and the wallet reach this hub; the listening address if not given."`
	Wallet  string                `help:"URL of the practice wallet (chepiao fakes pay); none if not given."`
	WeChat  string                `name:"wechat" help:"File of settings for WeChat Pay (docs/payments.md); none if not given." type:"existingfile"`
	Alipay  string                `help:"File of settings for Alipay (docs/payments.md); none if not given." type:"existingfile"`
	SMS     string                `name:"sms-url" help:"URL of the SMS gateway (chepiao fakes sms); no texts are sent if not given."`
	Names   string                `name:"names-url" help:"URL of the service that verifies names against documents (chepiao fakes realname); nobody does if not given."`
	Tax     string                `help:"URL of the tax service that makes electronic invoices (chepiao fakes tax); there are none if not given."`
	OIDC    string                `name:"oidc" help:"File with the OpenID provider by which staff may sign in, too (docs/staff.md)." type:"existingfile"`
	Open    bool                  `help:"Everybody may act for staff: only on a loopback address."`
	JSON    bool                  `name:"print-json" help:"Print the address as one line of JSON, for programs."`

	watching

	BatchMax    int           `hidden:"" help:"Verbs a commit; 1 is one transaction a verb."`
	Cold        bool          `hidden:"" help:"Forget every cached row before each batch."`
	CommitDelay time.Duration `hidden:"" help:"Added to each commit, to act a slow disk."`
	NoHome      bool          `hidden:"" help:"Pass no request on to the process that is at home for it."`
	ClockFile   string        `hidden:"" help:"File that says how far the clock is off, to act one that jumps."`
}

func (c *hubCmd) Run(ctx context.Context) error {
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	if c.Open && !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
		return fmt.Errorf("--open lets everybody act for staff: it is only allowed on a loopback address, not on %s", l.Addr())
	}
	url := "http://" + l.Addr().String()
	if c.Public != "" {
		url = c.Public
	}
	peer := "http://" + l.Addr().String()
	if c.Peer != "" {
		peer = c.Peer
	}
	log := c.log()
	conf, err := c.config(c.Process, log)
	if err != nil {
		return err
	}
	conf.Now = movedClock(c.ClockFile)
	seen, err := watch.New(conf)
	if err != nil {
		return err
	}
	n, err := openNode(ctx, nodeOptions{
		folder: c.Data, target: c.Store, name: c.Name, profile: c.Profile, walletURL: c.Wallet, wechatFile: c.WeChat, alipayFile: c.Alipay, smsURL: c.SMS, namesURL: c.Names, taxURL: c.Tax, publicURL: url, open: c.Open, oidcFile: c.OIDC,
		log: log, watch: seen, noHome: c.NoHome,
		store: store.Options{Process: c.Process, URL: peer, BatchMax: c.BatchMax, Cold: c.Cold, CommitDelay: c.CommitDelay, Now: conf.Now},
	})
	if err != nil {
		return err
	}
	defer n.close()
	handler, err := n.handler(false, "")
	if err != nil {
		return err
	}
	go n.duties(ctx)
	go n.keepRelay(ctx)
	up, down := context.WithCancel(context.WithoutCancel(ctx)) // while it drains, too
	defer down()
	go n.followDevices(up)
	if c.JSON {
		if err := json.NewEncoder(os.Stdout).Encode(map[string]string{"url": url}); err != nil {
			return err
		}
	} else {
		fmt.Printf("hub %s at %s\n", n.safe.Node, url)
		if len(n.office.Timetable().Templates) == 0 {
			fmt.Printf("no timetable yet: stop the hub and run  chepiao import FEED.zip --data %s\n", c.Data)
		}
		if !c.Open && len(n.devices.List()) == 0 {
			fmt.Printf("no device may act for staff yet: run  chepiao device add window --data %s\n", c.Data)
		}
		at := url
		if c.Process != "" {
			at = peer // the link is good at this very process
		}
		if !c.Open {
			if err := n.offerSetUp(ctx, os.Stdout, c.Data, at); err != nil {
				return err
			}
		}
	}
	return c.serve(ctx, n, l, handler)
}
