package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"chepiao/demo"
	"chepiao/device"
	"chepiao/device/simulate"
	"chepiao/ident"
	"chepiao/paper"
)

// deviceCmd is about the machines that act for staff: which there are, and the
// program that runs on one of them.
type deviceCmd struct {
	List   deviceListCmd   `cmd:"" default:"withargs" help:"List the devices that may act for staff; with --add or --remove, change that first."`
	Add    deviceAddCmd    `cmd:"" help:"Add a device, and show its secret this once."`
	Remove deviceRemoveCmd `cmd:"" help:"Remove a device: its secret is worth nothing from then on."`
	Work   deviceRunCmd    `cmd:"" name:"run" help:"Run on a window, kiosk or gate machine: gives its pages the card reader, scanner, printer and drawer."`
}

// deviceListCmd works on the devices that may act for staff.
type deviceListCmd struct {
	Data   string     `help:"Data folder." required:"" type:"existingdir"`
	Add    ident.Role `help:"Add a device of this role: window, gate, desk or kiosk." placeholder:"ROLE"`
	Name   string     `help:"Name of the device to add, as the journal shows it."`
	Remove string     `help:"Remove the device of this name." placeholder:"NAME"`
}

func (c *deviceListCmd) Run(ctx context.Context) error {
	devices, err := ident.Open(filepath.Join(c.Data, "devices.json"))
	if err != nil {
		return err
	}
	if c.Add != "" {
		if err := addDevice(devices, c.Add, c.Name, ""); err != nil {
			return err
		}
	}
	if c.Remove != "" {
		if err := devices.Remove(c.Remove); err != nil {
			return err
		}
	}
	for _, d := range devices.List() {
		fmt.Printf("%-8s %-20s %s\n", d.Role, d.Name, d.Station)
	}
	return nil
}

func addDevice(devices *ident.Registry, role ident.Role, name, station string) error {
	secret, err := devices.Add(role, name, station, rand.Reader)
	if err == nil {
		fmt.Printf("secret of %s, shown this once: %s\n", name, secret)
	}
	return err
}

// deviceAddCmd adds a device.
type deviceAddCmd struct {
	Role    ident.Role `arg:"" help:"window, gate, desk or kiosk."`
	Name    string     `arg:"" optional:"" help:"Name as the journal shows it; the role and a number if not given."`
	Data    string     `help:"Data folder." required:"" type:"existingdir"`
	Station string     `help:"Business code of the station it stands in; any if not given." placeholder:"CODE"`
}

func (c *deviceAddCmd) Run() error {
	devices, err := ident.Open(filepath.Join(c.Data, "devices.json"))
	if err != nil {
		return err
	}
	taken := func(d ident.Device) bool { return d.Name == c.Name }
	if c.Name == "" {
		for n := 1; c.Name == "" || slices.ContainsFunc(devices.List(), taken); n++ {
			c.Name = fmt.Sprintf("%s-%d", c.Role, n)
		}
	}
	return addDevice(devices, c.Role, c.Name, c.Station)
}

// deviceRemoveCmd removes one.
type deviceRemoveCmd struct {
	Name string `arg:"" help:"Name of the device."`
	Data string `help:"Data folder." required:"" type:"existingdir"`
}

func (c *deviceRemoveCmd) Run() error {
	devices, err := ident.Open(filepath.Join(c.Data, "devices.json"))
	if err != nil {
		return err
	}
	return devices.Remove(c.Name)
}

// deviceRunCmd runs beside the browser of a counter.
type deviceRunCmd struct {
	Hub      string   `help:"Address of the hub whose pages are shown." required:"" placeholder:"URL"`
	Listen   string   `help:"Address to listen on; loopback only." default:"127.0.0.1:7071"`
	Secret   string   `help:"File with this machine's secret (cpd_…): then the browser need not hold it." type:"existingfile" placeholder:"FILE"`
	Token    string   `help:"File that keeps the token of the browser; made when it is missing." type:"path" placeholder:"FILE"`
	Reader   string   `help:"Identity-card reader: /dev/ttyUSB0, COM3 or tcp://HOST:PORT." placeholder:"ADDRESS"`
	Scanner  string   `help:"Serial scanner; one that types needs no address." placeholder:"ADDRESS"`
	Printer  string   `help:"ESC/POS printer: /dev/usb/lp0, /dev/ttyS0 or tcp://HOST:9100." placeholder:"ADDRESS"`
	Drawer   bool     `help:"A cash drawer hangs on the printer."`
	Blind    bool     `help:"The printer never answers: what it has taken counts as printed."`
	Photo    []string `help:"Command that decodes the photo of a card (1,024 bytes in, a picture out); not used if not given." sep:"none" placeholder:"COMMAND"`
	Simulate bool     `help:"Parts that are not given are simulated; their panel is at /device/panel."`
}

func (c *deviceRunCmd) Run(ctx context.Context) error {
	hub, err := url.Parse(strings.TrimRight(c.Hub, "/"))
	if err != nil {
		return fmt.Errorf("the hub's address: %w", err)
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	o := device.AgentOptions{Hub: hub, Log: log}
	if c.Secret != "" {
		b, err := os.ReadFile(c.Secret)
		if err != nil {
			return fmt.Errorf("reading the secret: %w", err)
		}
		o.Secret = strings.TrimSpace(string(b))
	}
	if o.Token, err = c.token(); err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	if !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
		l.Close()
		return fmt.Errorf("who reaches this program acts in this machine's name: it only listens on a loopback address, not on %s", l.Addr())
	}
	parts := device.Options{Reader: c.Reader, Scanner: c.Scanner, Printer: c.Printer, Drawer: c.Drawer, Blind: c.Blind, Photo: c.Photo, Now: time.Now, Log: log}
	if c.Simulate {
		panel, end, err := c.simulate(&parts)
		if err != nil {
			return err
		}
		defer end()
		o.Panel = panel.Handler()
	}
	set := device.New(parts)
	o.Sets = map[device.Post]*device.Set{device.Window: set, device.Kiosk: set, device.Gate: set}
	agent, err := device.NewAgent(o)
	if err != nil {
		return err
	}
	go set.Run(ctx)
	fmt.Printf("open this once in the browser of this machine:\n  http://%s/?device-token=%s\n", l.Addr(), o.Token)
	return serve(ctx, l, agent)
}

// token reads the browser's token, or makes one.
func (c *deviceRunCmd) token() (string, error) {
	file := c.Token
	if file == "" {
		folder, err := os.UserConfigDir()
		if err != nil {
			return "", fmt.Errorf("no folder for the token, name one with --token: %w", err)
		}
		file = filepath.Join(folder, "chepiao", "device-token")
	}
	b, err := os.ReadFile(file)
	if err == nil && len(strings.TrimSpace(string(b))) >= device.TokenMin {
		return strings.TrimSpace(string(b)), nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("reading the token: %w", err)
	}
	token := rand.Text()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", fmt.Errorf("keeping the token: %w", err)
	}
	if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keeping the token: %w", err)
	}
	return token, nil
}

// simulate fills in what is not given.
func (c *deviceRunCmd) simulate(parts *device.Options) (*simulate.Panel, func(), error) {
	folder, err := os.MkdirTemp("", "chepiao-device-")
	if err != nil {
		return nil, nil, err
	}
	counter, err := simulate.NewCounter(folder)
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(folder))
	}
	made := counter.Options()
	if parts.Reader == "" {
		parts.Reader = made.Reader
	}
	if parts.Scanner == "" {
		parts.Scanner = made.Scanner
	}
	if parts.Printer == "" {
		parts.Printer, parts.Drawer = made.Printer, true
	}
	end := func() {
		counter.Close()
		os.RemoveAll(folder) //nolint:errcheck // a temporary folder
	}
	return newPanel(map[device.Post]*simulate.Counter{device.Window: counter}), end, nil
}

// newPanel is a panel with the invented people's cards.
func newPanel(counters map[device.Post]*simulate.Counter) *simulate.Panel {
	p := &simulate.Panel{Counters: counters, Picture: slipPicture}
	for _, c := range demo.Cards(777_777) { // the person that the demo's first page names
		p.Cards = append(p.Cards, device.Card{Kind: c.Kind, Name: c.Name, Other: c.Other, Number: c.Number, Nation: c.Nation, Born: c.Born, Expires: c.Expires})
	}
	return p
}

// slipPicture draws what a printer made of these commands, on paper 80 mm wide.
func slipPicture(escpos []byte) ([]byte, error) {
	strip, err := paper.Print(escpos, 80)
	if err != nil {
		return nil, err
	}
	return strip.PNG()
}

// demoCounters simulates what stands at a window, in a kiosk and at a gate, and
// serves it beside the pages. Everybody on this machine may use it, as may everybody
// act for staff in a demo.
func demoCounters(ctx context.Context, folder string, photo []string, log *slog.Logger, pages http.Handler) (http.Handler, error) {
	counters, sets := map[device.Post]*simulate.Counter{}, map[device.Post]*device.Set{}
	for _, post := range []device.Post{device.Window, device.Kiosk, device.Gate} {
		at := filepath.Join(folder, "devices", string(post))
		if err := os.MkdirAll(at, 0o700); err != nil {
			return nil, fmt.Errorf("making a folder for simulated devices: %w", err)
		}
		counter, err := simulate.NewCounter(at)
		if err != nil {
			return nil, err
		}
		context.AfterFunc(ctx, counter.Close)
		o := counter.Options()
		o.Now, o.Log, o.Drawer = time.Now, log, post == device.Window // nobody else takes cash
		o.Photo = photo
		counters[post], sets[post] = counter, device.New(o)
		go sets[post].Run(ctx)
	}
	panel, parts := newPanel(counters).Handler(), device.Handler(sets)
	mux := http.NewServeMux()
	mux.Handle("/", pages)
	mux.Handle("/device/", parts)
	mux.Handle("/device/panel", panel)
	mux.Handle("/device/panel/", panel)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/device/") && !device.Local(r.Host) {
			http.Error(w, "this address is not one of this machine", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	}), nil
}
