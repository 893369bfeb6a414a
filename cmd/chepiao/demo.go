package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"chepiao"
	"chepiao/demo"
	"chepiao/gtfs"
	"chepiao/message/smsgate"
	"chepiao/office"
)

// demoCmd starts a demo network: a province, a practice wallet and some sales.
type demoCmd struct {
	Listen   string                `help:"Address to listen on; loopback only, as everybody may act for staff." default:"127.0.0.1:8080"`
	Profile  chepiao.CryptoProfile `help:"Algorithms of the node." enum:"ed25519-sha256,es256-sha256,sm2-sm3" default:"ed25519-sha256"`
	Keep     string                `help:"Keep the data in this folder instead of a temporary one." type:"path"`
	Days     int                   `help:"Days of timetable." default:"16"`
	Sales    int                   `help:"Orders of invented passengers to begin with." default:"240"`
	Stations bool                  `help:"A station with a node of its own, too, and a page that pulls and plugs the cable between it and the hub."`
	Photo    []string              `help:"Command that makes a picture of a simulated card's photo, as for chepiao device." sep:"none" placeholder:"COMMAND"`
	JSON     bool                  `name:"print-json" help:"Print the addresses as one line of JSON, for programs."`
}

func (c *demoCmd) Run(ctx context.Context) error {
	l, err := listenNear(c.Listen)
	if err != nil {
		return err
	}
	folder := c.Keep
	if folder == "" {
		if folder, err = os.MkdirTemp("", "chepiao-demo-"); err != nil {
			return err
		}
		defer os.RemoveAll(folder)
	}
	log, end, err := demoLog(folder)
	if err != nil {
		return err
	}
	defer end()
	money, err := listenForMoney(folder, log)
	if err != nil {
		return err
	}
	smsListener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listening for the practice SMS gateway: %w", err)
	}
	names, taxes, err := listenForRegisters()
	if err != nil {
		return err
	}
	url, smsURL := "http://"+l.Addr().String(), "http://"+smsListener.Addr().String()
	n, riders, err := c.open(ctx, nodeOptions{folder: folder, name: "DEMO", profile: c.Profile, walletURL: money.url, wechatFile: money.wechat.settings, alipayFile: money.alipay.settings, smsURL: smsURL, namesURL: names.url, taxURL: taxes.url, publicURL: url, open: true, log: log})
	if err != nil {
		return err
	}
	defer n.store.Close()
	gate, err := smsgate.New(smsgate.Options{Now: time.Now, Key: n.safe.SMS, Log: log})
	if err != nil {
		return err
	}
	handler, err := n.handler(true, money.url)
	if err == nil {
		handler, err = demoCounters(ctx, folder, c.Photo, log, handler)
	}
	if err != nil {
		return err
	}
	go gate.Run(ctx)
	go n.duties(ctx)
	go n.coaches(ctx, riders)
	failed := make(chan error, 7)
	go func() { failed <- taxes.serve(ctx, n, folder) }()
	go func() { failed <- names.serve(ctx, n) }()
	go func() { failed <- money.serve(ctx, n, folder) }()
	go func() { failed <- serve(ctx, smsListener, gate) }()
	go func() { failed <- serve(ctx, l, handler) }()
	serving := 5
	var station *demoStation
	if c.Stations {
		if station, err = c.openStation(ctx, n, url, folder, log, failed); err != nil {
			return err
		}
		defer station.node.close()
		serving += 2
	}
	if err := c.announce(os.Stdout, url, money, smsURL, names.url, taxes.url, folder, n, station); err != nil {
		return err
	}
	return firstFault(failed, serving)
}

// firstFault waits for so many servers to end; the first fault ends the wait.
func firstFault(failed <-chan error, servers int) error {
	for range servers {
		if err := <-failed; err != nil {
			return err
		}
	}
	return nil
}

// open opens the node with the demo's network, sales and staff. A new one begins on
// the evening before, and has lived through its day until now.
func (c *demoCmd) open(ctx context.Context, o nodeOptions) (*node, []*demoRider, error) {
	now := time.Now()
	feed, err := readDemo(now, c.Days)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the demo network: %w", err)
	}
	clock := &demoClock{real: time.Now}
	_, err = os.Stat(filepath.Join(o.folder, databaseName))
	fresh := errors.Is(err, fs.ErrNotExist)
	if fresh {
		clock.set(demoEvening(now, feed.Network.Zone))
	}
	o.store.Now = clock.Now
	n, err := openNode(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	riders, err := c.fill(ctx, n, feed, chepiao.DayOf(now.In(feed.Network.Zone)))
	if err == nil && fresh {
		err = n.liveThrough(ctx, clock, riders)
	}
	if err == nil {
		err = n.hire(ctx)
	}
	if err != nil {
		n.store.Close()
		return nil, nil, err
	}
	return n, riders, nil
}

// listenNear listens on the address, or when another program has the port on
// one of the next twenty.
func listenNear(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err == nil && !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
		l.Close()
		return nil, fmt.Errorf("the demo lets everybody act for staff: it only listens on a loopback address, not on %s", address)
	}
	host, port, splitErr := net.SplitHostPort(address)
	if err == nil || splitErr != nil {
		return l, err
	}
	first, convErr := net.LookupPort("tcp", port)
	if convErr != nil {
		return nil, err
	}
	for p := first + 1; p <= first+20; p++ {
		if l, nextErr := net.Listen("tcp", net.JoinHostPort(host, fmt.Sprint(p))); nextErr == nil {
			return l, nil
		}
	}
	return nil, fmt.Errorf("listening: %w", err)
}

// demoLog writes the log beside the data, so that the terminal stays readable.
func demoLog(folder string) (*slog.Logger, func() error, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, nil, err
	}
	f, err := os.OpenFile(filepath.Join(folder, "demo.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, err
	}
	return slog.New(slog.NewTextHandler(f, nil)), f.Close, nil
}

// fill imports the demo network, relaxes the check times so that a ticket
// bought now may pass a gate now, and sells to some invented passengers, for a day
// and those after it.
func (c *demoCmd) fill(ctx context.Context, n *node, feed *gtfs.Feed, today chepiao.Day) ([]*demoRider, error) {
	fresh := len(n.office.Timetable().Templates) == 0
	if _, err := n.office.Import(ctx, "demo", feed, "demo"); err != nil || !fresh {
		return nil, err
	}
	relaxed := office.SheetInput{Scope: chepiao.Scope{Layer: chepiao.National}, Reason: "a ticket bought in the demo may pass a gate at once", Values: []byte(`{"check_opens":86400,"hall_opens":86400,"need_report":false}`)}
	if _, err := n.office.SetSheet(ctx, office.Verb{ID: "demo-rules", By: "demo"}, relaxed); err != nil {
		return nil, err
	}
	return sell(ctx, n.office, n.store.Now(), today, c.Sales)
}

// readDemo reads the demo network from yesterday on, for so many days.
func readDemo(now time.Time, days int) (*gtfs.Feed, error) {
	feed, _, err := gtfs.Read(demo.Feed(), gtfs.Options{From: chepiao.DayOf(now.UTC()) - 1, Days: days + 1}, nil)
	return feed, err
}

func (c *demoCmd) announce(out io.Writer, url string, money *demoMoney, sms, names, taxes, folder string, n *node, station *demoStation) error {
	if c.JSON {
		said := map[string]string{
			"url": url, "wallet": money.url, "wechat": money.wechat.url, "alipay": money.alipay.url, "sms": sms, "names": names, "tax": taxes, "account": url + "/me", "passenger": url + "/passenger", "window": url + "/window", "kiosk": url + "/kiosk", "desk": url + "/desk", "gate": url + "/gate", "verify": url + "/verify", "api": url + "/api/v1", "devices": url + "/device/panel", "folder": folder,
		}
		if station != nil {
			said["station"], said["cable"] = station.url, station.page
		}
		return json.NewEncoder(out).Encode(said)
	}
	t := n.office.Timetable()
	fmt.Fprintf(out, `
  Chepiao 车票 · demo network, ready to sell, buy and check
  %d stations, %d lines, %d departures a day in the timetable

  everything      %s/
  passenger       %s/passenger
  window          %s/window
  kiosk           %s/kiosk
  dispatch desk   %s/desk
  gate            %s/gate
  verify          %s/verify
  API             %s/api/v1/docs
  practice wallet %s/   (make payments fail, come late, get lost)
  practice WeChat %s/   (the same, by WeChat Pay's own protocol; /wallet is a payer's code)
  practice Alipay %s/   (the same, by Alipay's)
  practice texts  %s/   (what passengers are told, codes to sign in with; make it fail)
  practice names  %s/   (whether a name belongs to a document; make it slow, down)
  practice taxes  %s/   (electronic invoices; make it slow, down, lose an answer)
  devices         %s/device/panel   (put a card on the reader, jam the printer, see what was printed)

%s
  The data is in %s
  Stop with Ctrl-C.

`, len(t.Stations), len(t.Lines), len(t.Templates), url, url, url, url, url, url, url, url, money.url, money.wechat.url, money.alipay.url, sms, names, taxes, url, station.say(), folder)
	return nil
}
