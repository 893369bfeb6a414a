package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"chepiao/office"
	"chepiao/relay"
)

// demoStationCode is the station that has a node of its own in the demo: many lines
// begin there.
const demoStationCode = "130402HD"

// demoStation is a station's node in the demo, on a cable that can be pulled.
type demoStation struct {
	node    *node
	cable   *cable
	control net.Listener
	url     string // of the station's own doors
	page    string // where the cable is pulled
}

// openStation enrols a station at the demo's hub, which must be answering already,
// and opens its doors. Its data is in the folder station beside the hub's.
func (c *demoCmd) openStation(ctx context.Context, hub *node, hubURL, folder string, log *slog.Logger, failed chan<- error) (*demoStation, error) {
	d := &demoStation{}
	l, err := listenNear(nextPort(c.Listen))
	if err != nil {
		return nil, err
	}
	if d.control, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("listening for the cable's page: %w", err)
	}
	if d.cable, err = newCable(hubURL[len("http://"):], time.Now(), log); err != nil {
		return nil, err
	}
	go d.cable.run(ctx)
	d.url, d.page = "http://"+l.Addr().String(), "http://"+d.control.Addr().String()
	data := filepath.Join(folder, "station")
	if err := d.enrol(ctx, hub, data); err != nil {
		return nil, err
	}
	d.node, err = openNode(ctx, nodeOptions{folder: data, publicURL: d.url, open: true, log: log.With("node", "station")})
	if err != nil {
		return nil, err
	}
	handler, err := d.node.handler(true, "")
	if err != nil {
		return nil, errors.Join(err, d.node.close())
	}
	go d.node.duties(ctx)
	go d.node.keepRelay(ctx)
	go func() { failed <- serve(ctx, l, handler) }()
	go func() {
		failed <- serve(ctx, d.control, d.cable.page(hubURL, d.url, d.node.station.State, d.node.station.Again, time.Now))
	}()
	if err := d.level(ctx); err != nil {
		return nil, err
	}
	_, err = hub.office.Allot(ctx, time.Now()) // its first seats at once, not with the duty's next round
	return d, err
}

// enrol makes the station's folder the first time; later only the cable is new.
func (d *demoStation) enrol(ctx context.Context, hub *node, data string) error {
	if _, err := os.Stat(filepath.Join(data, safeName)); err == nil {
		s, err := readSafe(data)
		if err != nil {
			return err
		}
		s.Hub.URL = d.cable.url()
		return s.save()
	}
	code, err := hub.hub.Invite(ctx, office.Verb{By: "demo"}, demoStationCode)
	if err != nil {
		return fmt.Errorf("inviting the demo's station: %w", err)
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	self, err := relay.Enrol(ctx, &http.Client{}, d.cable.url(), code, "HD", key, time.Now, rand.Reader)
	if err != nil {
		return fmt.Errorf("enrolling the demo's station: %w", err)
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("making the station's folder: %w", err)
	}
	return newStationSafe(data, d.cable.url(), "", key, self)
}

// level waits until the station has its hub's timetable, so that its pages are not
// empty when the demo says where they are.
func (d *demoStation) level(ctx context.Context) error {
	late := time.NewTimer(20 * time.Second)
	defer late.Stop()
	for d.node.station.State().Level.IsZero() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-late.C:
			return errors.New("the demo's station does not get level with its hub")
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// say is what the demo prints of its station, in the lines of the others.
func (d *demoStation) say() string {
	if d == nil {
		return ""
	}
	return fmt.Sprintf(`
  a station       %s/window?station=%s   (its own node: goes on selling and checking when it is cut off)
  the cable       %s/   (pull it, sell at both ends, plug it in, see both level)
`, d.url, demoStationCode, d.page)
}

// nextPort is the port after an address's; 0 stays any port.
func nextPort(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil || port == "0" {
		return address
	}
	n, err := net.LookupPort("tcp", port)
	if err != nil {
		return address
	}
	return net.JoinHostPort(host, fmt.Sprint(n+1))
}
