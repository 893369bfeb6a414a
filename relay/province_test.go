package relay_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"chepiao"
	"chepiao/demo"
	"chepiao/gtfs"
	"chepiao/office"
	"chepiao/relay"
	"chepiao/store"
	"chepiao/store/storetest"
	"chepiao/voucher"
)

var begin = time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)

// boards is the station that has a node in these tests.
const boards = "130102SJZ"

// chance is randomness that many may use at once.
type chance struct {
	mu sync.Mutex
	of *rand.ChaCha8
}

func (c *chance) Read(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.of.Read(b)
}

// province is a hub and one station, with what carries their requests between them.
type province struct {
	t        *testing.T
	ticks    atomic.Int64 // of everybody's clock, microseconds
	chance   *chance
	hub      *relay.Hub
	hubStore *store.Store
	hubAt    *office.Office
	server   *httptest.Server
	doors    atomic.Pointer[http.Handler] // what the server does with a request
	log      *bytes.Buffer
	speaks   int    // of the node that is opened next; 0: as this program
	again    string // makes another verb of the same sale
	file     string // of the node that was opened last
}

func (p *province) now() time.Time {
	return begin.Add(time.Duration(p.ticks.Add(10)) * time.Microsecond)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var provinceKey = bytes.Repeat([]byte{7}, 32)

// open opens a node's office on a new file.
func (p *province) open(name string, no chepiao.NodeNo, ahead time.Duration) (*store.Store, *office.Office) {
	p.t.Helper()
	p.file = filepath.Join(storetest.Folder(p.t), "node.db")
	return p.openAt(p.file, name, no, ahead)
}

// reopen starts a station's program again on a file.
func (p *province) reopen(s *place, file string) {
	p.t.Helper()
	s.store, s.office = p.openAt(file, s.self.Name, s.self.No, 0)
	s.Station = p.end(s)
}

func (p *province) openAt(file, name string, no chepiao.NodeNo, ahead time.Duration) (*store.Store, *office.Office) {
	p.t.Helper()
	st, err := store.Open(file, store.Options{Node: name, No: no, Now: func() time.Time { return p.now().Add(ahead) }})
	must(p.t, err)
	p.t.Cleanup(func() { st.Close() })
	key, err := voucher.Generate(name, chepiao.ProfileEd25519, p.chance, begin.Add(-time.Hour))
	must(p.t, err)
	ring, err := voucher.NewRing(key)
	must(p.t, err)
	o, err := office.New(context.Background(), office.Config{Store: st, NodeKey: provinceKey, WrapKey: bytes.Repeat([]byte{byte(no)}, 32), Ring: ring, Rand: p.chance, Speaks: p.speaks})
	must(p.t, err)
	return st, o
}

func newProvince(t *testing.T) *province {
	p := &province{t: t, chance: &chance{of: rand.NewChaCha8([32]byte{9})}, log: &bytes.Buffer{}}
	p.hubStore, p.hubAt = p.open("HUB", chepiao.Hub, 0)
	feed, _, err := gtfs.Read(demo.Feed(), gtfs.Options{From: chepiao.DayOf(begin) - 1, Days: 5}, nil)
	must(t, err)
	_, err = p.hubAt.Import(context.Background(), "demo", feed, "test")
	must(t, err)
	_, key, err := ed25519.GenerateKey(p.chance)
	must(t, err)
	p.hub, err = relay.NewHub(context.Background(), relay.HubConfig{
		Office: p.hubAt, Store: p.hubStore, Key: key, Secret: provinceKey, Profile: chepiao.ProfileEd25519, Rand: p.chance, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Version: "test",
	})
	must(t, err)
	doors := p.hub.Doors()
	p.doors.Store(&doors)
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*p.doors.Load()).ServeHTTP(w, r) }))
	t.Cleanup(p.server.Close)
	return p
}

// through has every request go through a function.
func (p *province) through(f func(w http.ResponseWriter, r *http.Request, doors http.Handler)) {
	doors := p.hub.Doors()
	next := http.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f(w, r, doors) }))
	p.doors.Store(&next)
}

// place is a station's node.
type place struct {
	*relay.Station
	store  *store.Store
	office *office.Office
	self   relay.Enrolled
	key    ed25519.PrivateKey
}

// station enrols a station whose clock is ahead by so much, and opens it.
func (p *province) station(ahead time.Duration) *place {
	p.t.Helper()
	ctx := context.Background()
	code, err := p.hub.Invite(ctx, office.Verb{By: "test"}, boards)
	must(p.t, err)
	_, key, err := ed25519.GenerateKey(p.chance)
	must(p.t, err)
	s := &place{key: key}
	s.self, err = relay.Enrol(ctx, p.server.Client(), p.server.URL, code, "", key, p.now, p.chance)
	must(p.t, err)
	s.store, s.office = p.open(s.self.Name, s.self.No, ahead)
	s.Station = p.end(s)
	return s
}

// end is a new end of the relay for a station, as after a start of its program.
func (p *province) end(s *place) *relay.Station {
	end, err := relay.NewStation(context.Background(), relay.StationConfig{
		Office: s.office, Store: s.store, URL: p.server.URL, Client: p.server.Client(), Key: s.key, Self: s.self, Rand: p.chance, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Version: "test",
	})
	must(p.t, err)
	return end
}

// sell sells a ticket of the first departure of tomorrow that boards at the station.
func (p *province) sell(o *office.Office, person int) (office.Answer, error) {
	p.t.Helper()
	run, board := p.run(o)
	name, number := demo.Person(person)
	a, err := o.Hold(context.Background(), begin.Add(time.Minute), office.Verb{ID: fmt.Sprint("hold", person, p.again), By: "test"}, fmt.Sprint("KEY", person, p.again), office.HoldInput{
		Departure: run.ID, From: run.Template.Stops[board].Station, To: run.Template.Stops[run.Template.Legs()].Station, Channel: chepiao.Window,
		Passengers: []office.Rider{{Name: name, Document: string(chepiao.ResidentID), Number: number}},
	})
	if err != nil {
		return a, err
	}
	return o.PayCash(context.Background(), office.Verb{ID: fmt.Sprint("pay", person, p.again), By: "test"}, a.Order.ID, a.Order.Total)
}

func (p *province) run(o *office.Office) (office.Run, int) {
	p.t.Helper()
	t := o.Timetable()
	at, err := t.StationByCode(boards, "station")
	must(p.t, err)
	day := chepiao.DayOf(begin) + 1
	for i := range t.Templates {
		m := &t.Templates[i]
		if m.Stops[0].Station == at.No && m.Days.Has(day) && m.Interval == 0 {
			run, err := t.Run(chepiao.MakeDepartureID(m.No, day))
			must(p.t, err)
			return run, 0
		}
	}
	p.t.Fatal("no departure boards there")
	return office.Run{}, 0
}

// give has the hub give seats of that departure to the station.
func (p *province) give(s *place, n int) {
	p.t.Helper()
	run, _ := p.run(p.hubAt)
	_, err := p.hubAt.GiveSeats(context.Background(), office.Verb{ID: fmt.Sprint("give", n), By: "test"}, run.ID, s.self.No, n)
	must(p.t, err)
}

// level brings the station level with the hub, both ways.
func (s *place) level(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	must(t, s.Greet(ctx))
	for range 20 {
		heads, err := s.office.FeedHeads(ctx, chepiao.Hub)
		must(t, err)
		if len(heads) > 0 && s.State().Out > 0 {
			must(t, s.Push(ctx))
		}
		if s.State().In > 0 {
			must(t, s.Pull(ctx))
		}
		must(t, s.Greet(ctx))
		if s.State().In == 0 && s.State().Out == 0 {
			return
		}
	}
	t.Fatalf("the station does not get level: %+v", s.State())
}

// agree checks that both nodes are sound.
func (p *province) agree(s *place) {
	p.t.Helper()
	for _, st := range []*store.Store{p.hubStore, s.store} {
		d, err := st.Doctor(context.Background(), nil)
		must(p.t, err)
		for _, f := range d.Findings {
			p.t.Errorf("node %d: %+v", st.No(), f)
		}
	}
}
