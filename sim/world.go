// Package sim is a province in one process and one thread, with virtual time and
// one seed: a hub and its stations sell, check, refund and hand seats and orders
// to each other over a network that loses, repeats, delays and reorders, and parts
// for hours; nodes crash, and clocks stand wrong. After every step it is asked
// whether a seat was sold twice, has two holders, or somebody was carried twice
// or carried and refunded; at the end, when everybody has heard everything,
// whether all agree and every doctor is content. A seed that fails fails again
// in the same way.
package sim

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"chepiao"
	"chepiao/gtfs"
	"chepiao/office"
	"chepiao/store"
	"chepiao/voucher"
)

// Options say what to simulate. Zero values are sensible.
type Options struct {
	Seed     uint64
	Steps    int    // 0: 400
	Stations int    // with nodes of their own; 0: 2
	Scratch  string // where the nodes' files lie while it lasts; "": where temporary files go
	Template *Template

	// Sabotage breaks the system on purpose, to show that an invariant would be
	// noticed: one of Sabotages. "" is nothing.
	Sabotage string
}

// world is the province under simulation.
type world struct {
	ctx   context.Context
	opt   Options
	rng   *rand.Rand
	now   time.Time // true time
	nodes []*node   // the hub first
	links []*link   // of the stations, in their order
	day   chepiao.Day
	runs  []chepiao.DepartureID
	stops []chepiao.StationNo
	names int // verbs so far, for their ids

	known  []chepiao.OrderID // orders that were answered
	passed map[chepiao.TicketID]int
	seen   map[chepiao.DepartureID]string // versions that the invariants were asked of
	report Report
	log    []string // the last things that happened
}

// node is one of the province's nodes.
type node struct {
	no      chepiao.NodeNo
	folder  string
	file    string
	lives   int           // how often it was opened
	skew    time.Duration // its clock is off by that
	station chepiao.StationNo
	ring    *voucher.Ring
	chance  *rand.ChaCha8
	store   *store.Store
	office  *office.Office
}

// link is the way between a station and the hub.
type link struct {
	cut    bool
	flying []message
	sent   map[chepiao.NodeNo]map[int64]int64 // last parcel sent, by sender and lane
}

// message is a batch of parcels on its way.
type message struct {
	from, to *node
	due      time.Time
	parcels  []chepiao.Parcel
}

var zone = time.FixedZone("CST", 8*3600)

// Template is a province before anything has happened, to be copied: setting one
// up takes longer than simulating it.
type Template struct{ files map[chepiao.NodeNo][]byte }

const provinceKey = "one key that a province shares.."

// open opens a node on its file.
func (w *world) open(n *node) (err error) {
	n.store, err = store.Open(n.file, store.Options{Node: name(n.no), No: n.no, Readers: 1, Now: func() time.Time { return w.now.Add(n.skew) }})
	if err != nil {
		return fmt.Errorf("opening node %d: %w", n.no, err)
	}
	n.office, err = office.New(w.ctx, office.Config{
		Store: n.store, NodeKey: []byte(provinceKey), WrapKey: bytes.Repeat([]byte{byte(n.no)}, 32), Ring: n.ring, Rand: n.chance,
	})
	return err
}

func name(no chepiao.NodeNo) string {
	if no == chepiao.Hub {
		return "HUB"
	}
	return fmt.Sprintf("S%d", no)
}

// newNode prepares a node that is not open yet.
func (w *world) newNode(no chepiao.NodeNo, folder string) (*node, error) {
	seed := [32]byte{byte(no), byte(w.opt.Seed), byte(w.opt.Seed >> 8), byte(w.opt.Seed >> 16), byte(w.opt.Seed >> 24)}
	n := &node{no: no, folder: filepath.Join(folder, name(no)), chance: rand.NewChaCha8(seed)}
	if err := os.MkdirAll(n.folder, 0o700); err != nil {
		return nil, err
	}
	n.file = filepath.Join(n.folder, "0.db")
	key, err := voucher.Generate(name(no), chepiao.ProfileEd25519, n.chance, w.now)
	if err != nil {
		return nil, err
	}
	n.ring, err = voucher.NewRing(key)
	return n, err
}

// NewTemplate sets up a hub and so many stations with the same timetable.
func NewTemplate(ctx context.Context, scratch string, stations int) (_ *Template, err error) {
	folder, err := os.MkdirTemp(scratch, "chepiao-sim-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	w := &world{ctx: ctx, now: opening}
	t := &Template{files: map[chepiao.NodeNo][]byte{}}
	for no := chepiao.Hub; no <= chepiao.Hub+chepiao.NodeNo(stations); no++ {
		n, err := w.newNode(no, folder)
		if err != nil {
			return nil, err
		}
		if err := w.open(n); err != nil {
			return nil, err
		}
		feed, report, err := gtfs.Read(timetable(), gtfs.Options{From: chepiao.DayOf(opening.In(zone)) - 1, Days: 5}, nil)
		if err == nil && report.Count(gtfs.Error) > 0 {
			err = fmt.Errorf("the simulated timetable has %d errors", report.Count(gtfs.Error))
		}
		if err == nil {
			_, err = n.office.Import(ctx, "sim", feed, "sim")
		}
		if err == nil { // coaches need not report here, and gates open early
			_, err = n.office.SetSheet(ctx, office.Verb{ID: "rules", By: "sim"}, office.SheetInput{
				Scope: chepiao.Scope{Layer: chepiao.National}, Reason: "simulation", Values: []byte(`{"need_report":false,"check_opens":7200}`),
			})
		}
		if err == nil {
			err = n.store.Close()
		}
		if err == nil {
			t.files[no], err = os.ReadFile(n.file)
		}
		if err != nil {
			return nil, fmt.Errorf("setting node %d up: %w", no, err)
		}
	}
	return t, nil
}

// opening is when every simulated day begins.
var opening = time.Date(2026, 11, 1, 20, 0, 0, 0, time.UTC) // 4:00 in China

// newWorld copies the template and opens its nodes.
func newWorld(ctx context.Context, o Options, folder string) (*world, error) {
	w := &world{ctx: ctx, opt: o, rng: rand.New(rand.NewPCG(o.Seed, 7)), now: opening, day: chepiao.DayOf(opening.In(zone)), passed: map[chepiao.TicketID]int{}}
	w.report = Report{Seed: o.Seed, Did: map[string]int{}, Refused: map[chepiao.Reason]int{}}
	for no := chepiao.Hub; no <= chepiao.Hub+chepiao.NodeNo(o.Stations); no++ {
		n, err := w.newNode(no, folder)
		if err == nil {
			err = os.WriteFile(n.file, o.Template.files[no], 0o600)
		}
		if err == nil {
			err = w.open(n)
		}
		if err != nil {
			return nil, err
		}
		w.nodes = append(w.nodes, n)
		if no > chepiao.Hub {
			w.links = append(w.links, &link{})
		}
	}
	return w, w.learn()
}

// learn looks up what the timetable has, and says which station has which node.
func (w *world) learn() error {
	net := w.nodes[0].office.Timetable()
	for i := range net.Stations {
		w.stops = append(w.stops, net.Stations[i].No)
	}
	for i := range net.Templates {
		w.runs = append(w.runs, chepiao.MakeDepartureID(net.Templates[i].No, w.day))
	}
	if len(w.stops) < len(w.nodes) || len(w.runs) == 0 {
		return fmt.Errorf("the simulated timetable has %d stations and %d departures", len(w.stops), len(w.runs))
	}
	stations := map[chepiao.StationNo]chepiao.NodeNo{}
	for i, n := range w.nodes[1:] {
		n.station = w.stops[i]
		stations[n.station] = n.no
	}
	for _, n := range w.nodes {
		n.office.SetStations(stations)
	}
	return nil
}

func (w *world) close() {
	for _, n := range w.nodes {
		if n.store != nil {
			n.store.Close()
		}
	}
}

// say keeps the last lines of what happened, for whoever looks at a failure.
func (w *world) say(format string, args ...any) {
	w.log = append(w.log, w.now.In(zone).Format("15:04:05 ")+fmt.Sprintf(format, args...))
	if len(w.log) > linesMax {
		w.log = slices.Delete(w.log, 0, len(w.log)-linesMax)
	}
}

const linesMax = 60
