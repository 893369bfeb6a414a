package torture

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing/fstest"
	"time"

	"chepiao"
	"chepiao/gtfs"
	"chepiao/office"
	"chepiao/postgres"
)

// The coaches of a scene: few seats and several legs, so that clients meet.
const (
	seats     = 5
	legs      = 4
	coachesOf = 100 // departures a day
	daysOf    = 4

	holdSeconds = 3
)

// scene is one attack under way: a system with data of its own, the crowd that
// buys from it, and everything that is found out.
type scene struct {
	Plan
	chance *rand.Rand
	folder string // of the data; gone afterwards
	data   string // data folder of the hubs
	target string // postgres:// URL as the hubs see it; "" is a file in data
	log    *os.File
	hubs   []*hub
	server *postgres.Server // nil on SQLite
	header Header

	rec    *Recorder
	wire   *wire
	shelf  *shelf
	stops  []string // station codes
	rules  *chepiao.Rules
	people atomic.Int64
	orders sync.Map // order id → its tickets
	began  time.Time

	think, patience, endurance time.Duration

	// counted is since when the journal knows all that clients were told; zero
	// is from the beginning. After a loss on purpose it does not.
	counted time.Time

	mu       sync.Mutex
	last     time.Time     // of the last answer to a verb
	pause    time.Duration // longest time without an answer
	slowest  time.Duration // an answer took
	statuses map[int]int   // answers by HTTP status
	failures []error
	cleanups []func() error
}

// now is the time by one clock that does not jump, in nanoseconds since 1970.
func (s *scene) now() int64 { return s.began.Add(time.Since(s.began)).UnixNano() }

func (s *scene) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures = append(s.failures, err)
}

func (s *scene) failf(format string, args ...any) { s.fail(fmt.Errorf(format, args...)) }

func (s *scene) note(format string, args ...any) {
	s.rec.Note(time.Unix(0, s.now()), format, args...)
	fmt.Fprintf(s.log, "%s "+format+"\n", append([]any{time.Now().Format("15:04:05.000")}, args...)...)
}

func (s *scene) keep(order string, tickets []string) { s.orders.Store(order, tickets) }

func (s *scene) ticketsOf(order string) []string {
	tickets, _ := s.orders.Load(order)
	list, _ := tickets.([]string)
	return list
}

// pulse notes an answer: how long no verb was answered, how slow it was.
func (s *scene) pulse(q Request, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.statuses[status]++
	if q.Key == "" || q.Answer == nil && q.Refused == "" { // a question may be answered from memory
		return
	}
	now := time.Now()
	if !s.last.IsZero() {
		s.pause = max(s.pause, now.Sub(s.last))
	}
	s.last = now
	s.slowest = max(s.slowest, time.Duration(q.Return-q.Call))
}

// stock makes the data: a timetable of small coaches and short holds. The hubs
// are not running yet.
func (s *scene) stock(ctx context.Context) error {
	o, st, err := s.Open(ctx, s.data, s.target)
	if err != nil {
		return fmt.Errorf("making the data: %w", err)
	}
	defer st.Close()
	now := time.Now()
	from := chepiao.DayOf(now.UTC())
	feed, _, err := gtfs.Read(smallCoaches(), gtfs.Options{From: from, Days: daysOf + 2, Seats: seats}, nil)
	if err != nil {
		return err
	}
	if _, err := o.Import(ctx, "torture", feed, "torture"); err != nil {
		return err
	}
	short := office.SheetInput{Scope: chepiao.Scope{Layer: chepiao.National}, Reason: "short holds", Values: fmt.Appendf(nil, `{"hold_window":%d}`, holdSeconds)}
	if _, err := o.SetSheet(ctx, office.Verb{ID: "torture-rules", By: "torture"}, short); err != nil {
		return err
	}
	return s.fill(&o.Timetable().Network, o.Rules(), now)
}

// fill puts the departures of two days and later on the shelf, so that a refund
// gives the same all the time.
func (s *scene) fill(n *chepiao.Network, rules *chepiao.Rules, now time.Time) error {
	s.rules, s.shelf = rules, &shelf{}
	for i := range n.Templates {
		t := &n.Templates[i]
		if t.Legs() != legs {
			return fmt.Errorf("a template has %d legs, not %d", t.Legs(), legs)
		}
		if len(s.stops) == 0 {
			for _, stop := range t.Stops {
				j := slices.IndexFunc(n.Stations, func(st chepiao.Station) bool { return st.No == stop.Station })
				s.stops = append(s.stops, n.Stations[j].Code)
			}
		}
		for d := chepiao.DayOf(now.In(n.Zone)) + 2; d < chepiao.DayOf(now.In(n.Zone))+2+daysOf-1; d++ {
			sale := &onSale{id: chepiao.MakeDepartureID(t.No, d).String()}
			for stop := range t.Stops {
				first, _ := t.Span(stop, d, n.Zone)
				sale.departs = append(sale.departs, first)
			}
			s.shelf.next = append(s.shelf.next, sale)
		}
	}
	s.chance.Shuffle(len(s.shelf.next), func(i, j int) { s.shelf.next[i], s.shelf.next[j] = s.shelf.next[j], s.shelf.next[i] })
	if len(s.shelf.next) < openMax {
		return errors.New("the timetable has too few departures")
	}
	s.shelf.open, s.shelf.next = s.shelf.next[:openMax:openMax], s.shelf.next[openMax:]
	return nil
}

// smallCoaches is a timetable of one line with five stops and a hundred coaches a day.
func smallCoaches() fstest.MapFS {
	var stops, trips, times strings.Builder
	stops.WriteString("stop_id,stop_name,stop_lat,stop_lon\n")
	for i := range legs + 1 {
		fmt.Fprintf(&stops, "S%d,Stop %c,38.%d,114.5\n", i, 'A'+i, i)
	}
	trips.WriteString("route_id,service_id,trip_id,chepiao_seats\n")
	times.WriteString("trip_id,arrival_time,departure_time,stop_id,stop_sequence\n")
	for n := range coachesOf {
		fmt.Fprintf(&trips, "R,S,T%d,%d\n", n, seats)
		for i := range legs + 1 {
			at := 6*60 + n*8 + i*30
			fmt.Fprintf(&times, "T%d,%02d:%02d:00,%02d:%02d:00,S%d,%d\n", n, at/60, at%60, at/60, at%60, i, i+1)
		}
	}
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	return fstest.MapFS{
		"agency.txt":     file("agency_id,agency_name,agency_url,agency_timezone\nX,Torture,https://torture.example,Asia/Shanghai\n"),
		"stops.txt":      file(stops.String()),
		"routes.txt":     file("route_id,agency_id,route_long_name,route_type\nR,X,A to E,3\n"),
		"trips.txt":      file(trips.String()),
		"stop_times.txt": file(times.String()),
		"calendar.txt":   file("service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\nS,1,1,1,1,1,1,1,20200101,20991231\n"),
	}
}

// open makes n hubs, not started yet, with more arguments if there are any.
func (s *scene) open(n int, more ...string) error {
	var addresses []string
	for i := range n {
		address, err := freePort()
		if err != nil {
			return err
		}
		log, err := os.Create(filepath.Join(s.Folder, fmt.Sprintf("%s-hub%d.log", s.name(), i)))
		if err != nil {
			return fmt.Errorf("a log for hub %d: %w", i, err)
		}
		s.cleanups = append(s.cleanups, log.Close)
		args := append([]string{"hub", s.data, "--listen", address, "--open", "--print-json"}, more...)
		if s.target != "" {
			args = append(args, "--store", s.target, "--process", fmt.Sprintf("hub%d", i), "--peer", "http://"+address)
		}
		s.hubs = append(s.hubs, &hub{no: i, address: address, args: args, log: log})
		addresses = append(addresses, address)
	}
	s.wire = newWire(addresses, s.Clients)
	s.header.Hubs = n
	return nil
}

// startAll starts every hub that does not run.
func (s *scene) startAll(ctx context.Context) error {
	for _, h := range s.hubs {
		if !h.running() {
			if err := s.start(ctx, h); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *scene) start(ctx context.Context, h *hub) error {
	if err := h.start(ctx, s.Program); err != nil {
		return err
	}
	s.note("hub %d is up", h.no)
	return nil
}

func (s *scene) name() string {
	return s.header.Started.Format("20060102-150405") + "-" + s.header.Attack
}

// crowd lets the clients shop while harm is done, then makes them settle what
// stayed unknown and looks at every order once more.
func (s *scene) crowd(ctx context.Context, harm func() error) error {
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for i := range s.Clients {
		c := &shopper{scene: s, no: i, hub: i % len(s.hubs), chance: rand.New(rand.NewPCG(s.header.Seed, uint64(i)+1))}
		wg.Go(func() { c.shop(ctx, stop) })
	}
	weighing := make(chan struct{})
	go func() {
		defer close(weighing)
		for ctx.Err() == nil {
			select {
			case <-stop:
				return
			case <-time.After(100 * time.Millisecond):
			}
			for _, h := range s.hubs {
				h.weigh()
			}
		}
	}()
	err := harm()
	close(stop)
	<-weighing
	wg.Wait()
	if err != nil {
		return err
	}
	s.note("all is well again: looking at every order")
	s.lookAtAll(ctx)
	return ctx.Err()
}

// lookAtAll looks at every order until it is shown.
func (s *scene) lookAtAll(ctx context.Context) {
	c := &shopper{scene: s, no: s.Clients, chance: s.chance}
	for _, d := range s.shelf.all() {
		for _, b := range d.orders {
			q := Request{Verb: Look, Departure: d.id, Order: b.id}
			if _, ok := c.until(ctx, loose{q, c.get(&q), nil}, 20*time.Second); !ok {
				s.failf("order %s could not be looked at when all was well again", b.id)
			}
		}
	}
}
