package passenger

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"chepiao"
	"chepiao/office"
)

// liveCard is the head of a paid order on the day of travel: what somebody in
// the hall looks for, in large figures, as it is now.
type liveCard struct {
	Phase   chepiao.Phase
	Gate    string
	Berth   string
	Plate   string
	Departs time.Time // delays included
	Planned time.Time
	Late    int // minutes later than planned
	Opens   time.Time
	Open    bool // check is open
	Gone    bool
}

// liveAhead is how long before leaving an order's page has its live head.
const liveAhead = 20 * time.Hour

// liveCard is nil before the day of travel, after arrival, and where nobody of
// the order boards.
func (p *Pages) liveCard(f office.File, page *orderPage) *liveCard {
	now := p.Now()
	if !page.Boards() || now.Before(f.Departs.Add(-liveAhead)) || now.After(f.Arrives.Add(time.Hour)) {
		return nil
	}
	board, _, err := f.Run.Template.Find(f.Order.From, f.Order.To)
	if err != nil {
		return nil
	}
	s := p.Office.Stands(now, f.Run, board)
	c := &liveCard{Phase: s.Phase, Gate: s.Gate, Berth: s.Berth, Departs: s.Departs, Planned: s.Planned, Opens: page.Opens}
	c.Late = int(s.Progress.Delay / time.Minute)
	c.Open, c.Gone = s.Phase == chepiao.Checking, s.Phase == chepiao.Dispatched
	if s.Report != nil && f.Run.Template.Kind != chepiao.Flow {
		c.Plate = s.Report.Plate
	}
	return c
}

// fingerprint changes when something that the page shows has changed: a phone
// that asks again draws the page anew only then, so that nothing jumps under a
// finger and a screen reader is not interrupted.
func (o *orderPage) fingerprint() string {
	var b strings.Builder
	fmt.Fprint(&b, o.Order.State, o.Expired, o.Extend, o.Returned, o.Refusable, o.Rebook, o.Fetch, o.Order.Deadline.Unix(), len(o.Moved), o.Choice != nil, o.Gate)
	for _, t := range o.Tickets {
		fmt.Fprint(&b, t.ID, t.State, t.Seat, t.Version)
		if t.Queue != nil {
			fmt.Fprint(&b, *t.Queue)
		}
	}
	if o.Now != nil {
		fmt.Fprint(&b, *o.Now)
	}
	if o.Wait != nil {
		for _, place := range o.Wait.Places {
			fmt.Fprint(&b, place.ID, place.Ahead)
		}
	}
	h := fnv.New64a()
	h.Write([]byte(b.String())) //nolint:errcheck // never fails
	return fmt.Sprintf("%x", h.Sum64())
}

// asks says how often an order's page asks again, in milliseconds: the first
// time, and the longest pause that it grows to while nothing changes. Zero is
// never.
func (o *orderPage) asks() (first, most int) {
	switch {
	case o.Order.State == chepiao.OrderPaying:
		return 2_000, 8_000
	case o.Live && o.Now == nil:
		return 8_000, 15_000
	case o.Live || o.Now != nil && !o.Now.Gone:
		return 15_000, 60_000
	}
	return 0, 0
}
