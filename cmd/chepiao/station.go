package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/relay"
	"chepiao/voucher"
	"chepiao/watch"
)

// stationCmd runs a station's node, and invites one at a hub.
type stationCmd struct {
	Run    stationRunCmd    `cmd:"" default:"withargs" help:"Run a station's node on a data folder; the first time with --hub and --code."`
	Invite stationInviteCmd `cmd:"" help:"At the hub: make the code by which a station's node enrols, good once and for a day. Stop the hub first, or use its page /desk/stations."`
}

type stationRunCmd struct {
	Data   string `arg:"" help:"Data folder; a new one is made." type:"path"`
	Hub    string `help:"URL of the hub: https://, or http:// on the same machine. Kept after the first time." placeholder:"URL"`
	Code   string `help:"Code that the hub gave for this station; needed the first time only."`
	CA     string `name:"ca" help:"PEM file of the authority that the hub's certificate is from; those of the system if not given." type:"existingfile"`
	Name   string `help:"Short name wished for, A-Z 0-9, at most 8; the hub gives one if not given."`
	Listen string `help:"Address to listen on, in the station's own network." default:"127.0.0.1:8081"`
	Public string `help:"URL under which windows and gates reach this node; the listening address if not given."`
	Open   bool   `help:"Everybody may act for staff: only on a loopback address."`
	JSON   bool   `name:"print-json" help:"Print the address as one line of JSON, for programs."`

	watching
}

func (c *stationRunCmd) Run(ctx context.Context) error {
	if err := c.enrol(ctx); err != nil {
		return err
	}
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
	log := c.log()
	conf, err := c.config("", log)
	if err != nil {
		return err
	}
	seen, err := watch.New(conf)
	if err != nil {
		return err
	}
	n, err := openNode(ctx, nodeOptions{folder: c.Data, publicURL: url, open: c.Open, log: log, watch: seen})
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
		err = json.NewEncoder(os.Stdout).Encode(map[string]string{"url": url, "node": n.safe.Node})
	} else {
		fmt.Printf("station %s of hub %s (%s) at %s\n", n.safe.Node, n.safe.Hub.Self.Hub, n.safe.Hub.URL, url)
		if !c.Open && len(n.devices.List()) == 0 {
			fmt.Printf("no device may act for staff yet: run  chepiao device add window --data %s\n", c.Data)
		}
	}
	if err != nil {
		return err
	}
	return c.serve(ctx, n, l, handler)
}

// enrol makes the data folder that of a station, the first time; later it keeps a
// new address of the hub.
func (c *stationRunCmd) enrol(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(c.Data, safeName)); err == nil {
		s, err := readSafe(c.Data)
		if err != nil {
			return err
		}
		if s.Hub == nil {
			return fmt.Errorf("%s is the data folder of a hub: run  chepiao hub %s", c.Data, c.Data)
		}
		if c.Hub == "" && c.CA == "" {
			return nil
		}
		if c.Hub != "" {
			if err := relay.CheckURL(c.Hub); err != nil {
				return err
			}
			s.Hub.URL = c.Hub
		}
		if c.CA != "" {
			s.Hub.CA = c.CA
		}
		return s.save()
	}
	if c.Hub == "" || c.Code == "" {
		return errors.New("a new station needs --hub URL and --code CODE: the hub's page /desk/stations gives the code")
	}
	if err := relay.CheckURL(c.Hub); err != nil {
		return err
	}
	client, err := clientOf(c.CA)
	if err != nil {
		return err
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fmt.Errorf("making the data folder: %w", err)
	}
	self, err := relay.Enrol(ctx, client, c.Hub, c.Code, c.Name, key, time.Now, rand.Reader)
	if err != nil {
		return fmt.Errorf("enrolling at %s: %w", c.Hub, err)
	}
	return newStationSafe(c.Data, c.Hub, c.CA, key, self)
}

// itsHub is what a station keeps of its hub.
type itsHub struct {
	URL  string         `json:"url"`
	CA   string         `json:"ca,omitempty"`
	Self relay.Enrolled `json:"self"`
}

// newStationSafe writes the secrets of a station that has just enrolled.
func newStationSafe(folder, url, ca string, key ed25519.PrivateKey, self relay.Enrolled) error {
	s := &safe{Node: self.Name, Profile: self.Profile, NodeKey: self.Secret, Own: make([]byte, 32), Wallet: make([]byte, 32), SMS: make([]byte, 32), Names: make([]byte, 32), Tax: make([]byte, 32),
		Relay: key.Seed(), Directory: 1, path: filepath.Join(folder, safeName)}
	self.Secret = nil // it is the node's key
	s.Hub = &itsHub{url, ca, self}
	for _, b := range [][]byte{s.Own, s.Wallet, s.SMS, s.Names, s.Tax} {
		if _, err := rand.Read(b); err != nil {
			return err
		}
	}
	first, err := voucher.Generate(self.Name, self.Profile, rand.Reader, time.Now())
	if err != nil {
		return fmt.Errorf("making the first voucher key: %w", err)
	}
	if s.ring, err = voucher.NewRing(first); err != nil {
		return err
	}
	return s.save()
}

// no is the node's number in its province.
func (s *safe) no() chepiao.NodeNo {
	if s.Hub == nil {
		return chepiao.Hub
	}
	return s.Hub.Self.No
}

// no is the number of the node that a backup is of.
func (m *manifest) no() chepiao.NodeNo {
	for _, h := range m.Lanes {
		return chepiao.NodeOfLane(h.Lane)
	}
	return chepiao.Hub
}

// clientOf speaks to a hub whose certificate is from an authority.
func clientOf(ca string) (*http.Client, error) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return nil, fmt.Errorf("reading --ca: %w", err)
		}
		t.TLSClientConfig.RootCAs = x509.NewCertPool()
		if !t.TLSClientConfig.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("--ca: %s holds no certificate", ca)
		}
	}
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, nil
}

// openRelay begins the node's end of the relay.
func (n *node) openRelay(ctx context.Context) (err error) {
	key := ed25519.NewKeyFromSeed(n.safe.Relay)
	if n.safe.Hub == nil {
		n.hub, err = relay.NewHub(ctx, relay.HubConfig{
			Office: n.office, Store: n.store, Key: key, Secret: n.safe.NodeKey, Profile: n.safe.Profile, Rand: rand.Reader, Log: n.log, Version: version(),
		})
		return err
	}
	client, err := clientOf(n.safe.Hub.CA)
	if err != nil {
		return err
	}
	n.station, err = relay.NewStation(ctx, relay.StationConfig{
		Office: n.office, Store: n.store, URL: n.safe.Hub.URL, Client: client, Key: key, Self: n.safe.Hub.Self, Rand: rand.Reader, Log: n.log, Version: version(),
	})
	return err
}

// learnEvery is how often a hub looks whether another process of it has enrolled a
// station.
const learnEvery = 5 * time.Second

// keepRelay keeps a station level with its hub, and a hub informed of its stations.
func (n *node) keepRelay(ctx context.Context) {
	if n.station != nil {
		n.station.Run(ctx)
		return
	}
	tick := time.NewTicker(learnEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := n.hub.Learn(ctx); err != nil && ctx.Err() == nil {
				n.log.Error("learning of the stations", "error", err)
			}
		}
	}
}

// stationInviteCmd makes a code at a hub that is stopped.
type stationInviteCmd struct {
	Station string `arg:"" help:"Code of the station in the timetable."`
	Data    string `help:"Data folder of the hub." required:"" type:"existingdir"`
	database
}

func (c *stationInviteCmd) Run(ctx context.Context) error {
	if _, err := readSafe(c.Data); err != nil {
		return err
	}
	n, err := openNode(ctx, nodeOptions{folder: c.Data, target: c.Store, log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer n.close()
	if n.hub == nil {
		return errors.New("only a hub invites stations: this is the data folder of a station")
	}
	code, err := n.hub.Invite(ctx, office.Verb{By: "chepiao station invite"}, c.Station)
	if err == nil {
		fmt.Printf("good once, for a day: %s\n", code)
	}
	return err
}
