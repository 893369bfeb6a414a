package relay

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/store"
	"chepiao/voucher"
)

// StationConfig is what a station's end of the relay works with.
type StationConfig struct {
	Office  *office.Office
	Store   *store.Store
	URL     string // of the hub
	Client  *http.Client
	Key     ed25519.PrivateKey // signs requests
	Self    Enrolled
	Rand    io.Reader
	Log     *slog.Logger
	Version string
}

// Station keeps a station level with its hub. It is safe for many callers at once.
type Station struct {
	StationConfig
	wire *wire

	mu       sync.Mutex
	state    State
	snapshot string          // version of the one that was adopted
	received map[int64]int64 // how far the hub has heard this station
	known    bool            // received was heard of
	refused  int             // times in a row that a parcel was refused here; of Pull alone
}

// State is how a station stands with its hub, for pages.
type State struct {
	Node     string // short name of the station's node
	No       chepiao.NodeNo
	Hub      string // of the hub
	URL      string
	Online   bool          // the last attempt was answered
	Since    time.Time     // Online is what it is
	Contact  time.Time     // the last answer; zero: none since the start
	Level    time.Time     // when network and rules were last known to be the hub's
	Offset   time.Duration // of this clock: positive, it is behind the hub's
	Measured bool          // Offset is known
	In, Out  int64         // parcels under way from the hub and to it, as far as is known
	Stopped  string        // why a feed stands still until a person has looked; "" mostly
	Cut      bool          // the network is cut on purpose, for trying
	Version  string        // of the hub's program
	Speaks   int           // what the hub's program speaks; 0: not known yet
	Rules    []string      // of the hub that this program does not have
	Unread   int64         // entries of the hub that this program is too old to read
}

// OffsetMax is how far the clock may be from the hub's before pages warn of it.
const OffsetMax = 500 * time.Millisecond

// Off says that the clock is too far from the hub's.
func (s State) Off() bool { return s.Measured && s.Offset.Abs() > OffsetMax }

// NewStation begins a station's end of the relay with what it was told last time:
// sister stations and their keys are known before the hub is reached.
func NewStation(ctx context.Context, c StationConfig) (*Station, error) {
	s := &Station{StationConfig: c, wire: newWire(c)}
	s.state = State{Node: c.Self.Name, No: c.Self.No, Hub: c.Self.Hub, URL: c.URL, Since: c.Store.Now()}
	row, err := s.row(ctx)
	if err != nil || row.Version == 0 {
		return s, err
	}
	var was remembered
	if err := json.Unmarshal(row.Said, &was); err != nil {
		return nil, fmt.Errorf("reading what the hub has said: %w", err)
	}
	s.snapshot, s.state.Contact, s.state.Level, s.state.Stopped, s.received = was.Snapshot, row.Seen, was.Level, was.Stopped, was.Received
	if len(was.Rules) > 0 {
		s.snapshot = "" // it may have them now
	}
	return s, s.learn(was.Keys, was.Nodes)
}

// remembered is what a station keeps of its hub's words.
type remembered struct {
	Snapshot string                               `json:"snapshot"`
	Level    time.Time                            `json:"level"`
	Keys     []voucher.PublicKey                  `json:"keys"`
	Nodes    map[chepiao.StationNo]chepiao.NodeNo `json:"nodes"`
	Stopped  string                               `json:"stopped,omitempty"`
	Rules    []string                             `json:"rules,omitempty"`    // that the program did not have
	Received map[int64]int64                      `json:"received,omitempty"` // how far the hub has heard this station
}

func (s *Station) row(ctx context.Context) (row store.NodeRow, err error) {
	err = s.Store.Read(ctx, func(r *store.Reader) error {
		nodes, err := r.Nodes()
		for _, n := range nodes {
			if n.No == chepiao.Hub {
				row = n
			}
		}
		return err
	})
	return row, err
}

// remember keeps what the hub has said.
func (s *Station) remember(ctx context.Context, w *remembered) error {
	said, err := json.Marshal(w)
	if err != nil {
		return err
	}
	return s.Store.Write(ctx, func(tx *store.Tx) error {
		nodes, err := tx.StaffReader().Nodes()
		if err != nil {
			return err
		}
		row := store.NodeRow{No: chepiao.Hub, State: store.NodeEnrolled}
		for _, n := range nodes {
			if n.No == chepiao.Hub {
				row = n
			}
		}
		row.Name, row.Public, row.Said, row.Seen = s.Self.Hub, s.Self.Key, said, tx.Now
		row.Version++
		tx.PutNode(row)
		return nil
	})
}

func (s *Station) learn(keys []voucher.PublicKey, nodes map[chepiao.StationNo]chepiao.NodeNo) error {
	s.Office.SetStations(nodes)
	ring, err := s.Office.Ring().Trust(keys...)
	if err != nil {
		return err
	}
	s.Office.UseRing(ring)
	return nil
}

// State is how it stands now.
func (s *Station) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// Cut cuts the network off, or joins it again: for demonstrations and exercises.
func (s *Station) Cut(off bool) {
	if s.wire.cut.Store(off); !off {
		s.wire.rejoin()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.Cut = off; off {
		s.state.Online, s.state.Since = false, s.Store.Now()
	}
}

// Again tries at once what waits for its next try: somebody has plugged the network
// in again.
func (s *Station) Again() { s.wire.rejoin() }

// Pauses of a station: between two greetings, and after a failure at first and at
// most.
const (
	greetEvery = 5 * time.Second
	retryFirst = 500 * time.Millisecond
	retryMost  = 30 * time.Second
)

// Run keeps the station level with its hub until ctx ends.
func (s *Station) Run(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { s.again(ctx, "greeting the hub", greetEvery, s.Greet) })
	all.Go(func() { s.again(ctx, "fetching what the hub has recorded", 0, s.Pull) })
	all.Go(func() { s.again(ctx, "bringing the hub what was recorded", 0, s.Push) })
	all.Go(func() { s.again(ctx, "counting what waits for the hub", 0, s.count) })
	all.Wait()
}

// again does a thing again and again, after failures with longer and longer pauses
// that differ from station to station. One line in the log says that it fails, one
// that it works again.
func (s *Station) again(ctx context.Context, doing string, pause time.Duration, once func(context.Context) error) {
	failing, wait := false, retryFirst
	for ctx.Err() == nil {
		err := once(ctx)
		rest := pause
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			if !failing {
				s.Log.Warn(doing, "error", err)
			}
			rest = s.jitter(wait)
			wait = min(2*wait, retryMost)
		default:
			if failing {
				s.Log.Info(doing + ": works again")
			}
			wait = retryFirst
		}
		failing = err != nil
		if rest > 0 {
			t := time.NewTimer(rest)
			select {
			case <-ctx.Done():
			case <-t.C:
			case <-s.wire.joined():
			}
			t.Stop()
		}
	}
}

// jitter is between half of a pause and all of it.
func (s *Station) jitter(d time.Duration) time.Duration {
	var b [1]byte
	if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
		return d
	}
	return d/2 + d/2*time.Duration(b[0])/255
}

// answered notes whether the hub was reached.
func (s *Station) answered(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Store.Now()
	online := err == nil || !errors.Is(err, ErrUnreached)
	if online != s.state.Online {
		s.state.Online, s.state.Since = online, now
	}
	if online {
		s.state.Contact = now
	}
}

// stop notes why a feed stands still; "" when it goes on.
func (s *Station) stop(why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if why != "" && s.state.Stopped != why {
		s.Log.Error("a feed stands still until a person has looked", "why", why)
	}
	s.state.Stopped = why
}

// Pull fetches what the hub has recorded for this station, waiting for it where there
// is nothing, and takes it in.
func (s *Station) Pull(ctx context.Context) (err error) {
	after, err := s.Office.Received(ctx, chepiao.Hub)
	if err != nil {
		return err
	}
	if s.State().Level.IsZero() {
		return errNotYet // it would not know the departures
	}
	var f feeding
	err = s.wire.call(ctx, http.MethodGet, pathFeed+"?after="+cursor(after)+"&wait="+strconv.Itoa(int(pollMax/time.Second)), nil, &f)
	s.answered(err)
	if err != nil {
		return err
	}
	_, err = s.Office.Receive(ctx, chepiao.Hub, f.Parcels)
	switch {
	case errors.Is(err, office.ErrGap): // the next request asks from where it was heard
		return err
	case errors.Is(err, office.ErrBroken):
		s.stop("broken-in")
		return err
	case chepiao.AsRefusal(err) != nil: // of a timetable that was not heard of yet, perhaps
		again := s.Greet(ctx)
		if s.refused++; s.refused > 1 {
			again = errors.Join(again, stuck(ctx, s.Office, chepiao.Hub, err))
		}
		return errors.Join(err, again)
	case err != nil:
		return err
	}
	s.refused = 0
	if s.State().Stopped == "broken-in" {
		s.stop("")
	}
	if !f.More {
		s.mu.Lock()
		s.state.In = 0
		s.mu.Unlock()
	}
	return nil
}

// count notes how much waits for a hub that is not reached, and waits for more; while
// it is reached the other duties know.
func (s *Station) count(ctx context.Context) error {
	fed := s.Office.Fed()
	s.mu.Lock()
	online, received := s.state.Online, s.received
	s.mu.Unlock()
	if !online {
		heads, err := s.Office.FeedHeads(ctx, chepiao.Hub)
		if err != nil {
			return err
		}
		s.mu.Lock()
		if !s.state.Online {
			s.state.Out = lag(heads, received)
		}
		s.mu.Unlock()
	}
	s.Office.WaitFeed(ctx, fed)
	return nil
}

// errNotYet says that the first greeting comes before everything else.
var errNotYet = errors.New("the hub has not answered yet")

// Push brings the hub what was recorded here, and waits where there is nothing new.
func (s *Station) Push(ctx context.Context) error {
	s.mu.Lock()
	received, known := s.received, s.known
	s.mu.Unlock()
	if !known {
		return errNotYet
	}
	if s.State().Stopped == stoppedLost {
		return errLost
	}
	fed := s.Office.Fed()
	parcels, more, err := s.Office.Feed(ctx, chepiao.Hub, received, parcelsMax)
	if err != nil {
		return err
	}
	if len(parcels) == 0 {
		s.Office.WaitFeed(ctx, fed)
		return nil
	}
	var t taken
	err = s.wire.call(ctx, http.MethodPost, pathFeed, feeding{parcels, more}, &t)
	s.answered(err)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.received = t.Received
	if s.state.Out = max(s.state.Out-int64(len(parcels)), 0); !more {
		s.state.Out = 0
	}
	s.mu.Unlock()
	switch t.Stop {
	case stopGap:
		return office.ErrGap
	case stopBroken:
		s.stop("broken-out")
		return office.ErrBroken
	}
	if s.State().Stopped == "broken-out" {
		s.stop("")
	}
	return nil
}
