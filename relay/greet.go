package relay

import (
	"context"
	"net/http"
	"slices"
	"time"

	"chepiao"
)

// Greet measures the clock, says how the station is, and fetches network, rules and
// accounts if they have changed.
func (s *Station) Greet(ctx context.Context) (err error) {
	defer func() { s.answered(err) }()
	if err := s.setClock(ctx); err != nil {
		return err
	}
	g, err := s.greeting(ctx)
	if err != nil {
		return err
	}
	var w Welcome
	if err := s.wire.call(ctx, http.MethodPost, pathHello, g, &w); err != nil {
		return err
	}
	received, err := s.Office.Received(ctx, chepiao.Hub)
	if err != nil {
		return err
	}
	lost, err := s.lost(ctx, w)
	if err != nil {
		return err
	}
	switch was := s.State().Stopped; {
	case lost:
		s.stop(stoppedLost)
	case was == stoppedLost:
		s.stop("")
	}
	s.mu.Lock()
	have := s.snapshot
	s.received, s.known = w.Received, true
	s.state.Speaks, s.state.Unread = max(w.Speaks, 1), g.Unread
	s.state.In, s.state.Out, s.state.Version = lag(w.Heads, received), lag(g.Heads, w.Received), w.Version
	stopped := s.state.Stopped
	s.mu.Unlock()
	if have != w.Snapshot {
		if err := s.fetchSnapshot(ctx, have); err != nil {
			return err
		}
	}
	if err := s.learn(w.Keys, w.Nodes); err != nil {
		return err
	}
	now := s.Store.Now()
	s.mu.Lock()
	s.state.Level = now
	have = s.snapshot
	rules := s.state.Rules
	s.mu.Unlock()
	return s.remember(ctx, &remembered{Snapshot: have, Rules: rules, Level: now, Keys: w.Keys, Nodes: w.Nodes, Stopped: stopped, Received: w.Received})
}

func (s *Station) greeting(ctx context.Context) (g Greeting, err error) {
	state := s.State()
	g = Greeting{Version: s.Version, Keys: s.Office.Ring().Public(), Offset: state.Offset.Microseconds(), Stopped: state.Stopped, Speaks: s.Office.Speaks()}
	if _, err := s.Office.ReadKept(ctx); err != nil {
		return g, err
	}
	kept, err := s.Office.Unread(ctx)
	if err != nil {
		return g, err
	}
	g.Unread = kept[chepiao.Hub]
	if g.Heads, err = s.Office.FeedHeads(ctx, chepiao.Hub); err == nil {
		g.Heard, g.Links, err = s.Office.Marks(ctx, chepiao.Hub)
	}
	if err == nil {
		g.Lost, err = s.standingLost(ctx)
	}
	return g, err
}

func (s *Station) fetchSnapshot(ctx context.Context, have string) error {
	var p pictured
	if err := s.wire.call(ctx, http.MethodGet, pathSnapshot+"?have="+have, nil, &p); err != nil {
		return err
	}
	if p.Snapshot != nil {
		if err := s.Office.Adopt(ctx, *p.Snapshot); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.snapshot = p.Version
	if p.Snapshot != nil {
		s.state.Rules = p.Snapshot.Unknown
	}
	return nil
}

// clockTries is how often the hub's clock is asked for one measurement.
const clockTries = 5

// setClock measures how far this clock is from the hub's: the median of five, each
// half of the way there and back older than when it came.
func (s *Station) setClock(ctx context.Context) error {
	var offsets []time.Duration
	for range clockTries {
		var c clockSays
		sent := s.Store.Now()
		if err := s.wire.plain(ctx, pathTime, &c); err != nil {
			return err
		}
		took := s.Store.Now().Sub(sent)
		offsets = append(offsets, time.UnixMicro(c.Now).Sub(sent.Add(took/2)))
	}
	slices.Sort(offsets)
	offset := offsets[len(offsets)/2]
	s.wire.offset.Store(int64(offset))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Offset, s.state.Measured = offset, true
	return nil
}
