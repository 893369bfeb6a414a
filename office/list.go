package office

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"

	"chepiao"
	"chepiao/alone"
	"chepiao/store"
)

// listAhead is how far a gate's list reaches into tomorrow, listPast how long ago
// a coach on it may have been due.
const (
	listAhead = 12 * time.Hour
	listPast  = 3 * time.Hour
	listMost  = 5000 // tickets of one departure
)

// GateList is what the gates of a station need to decide without this node: the
// departures that board there until tomorrow noon or so, and their tickets as last
// committed. It holds no names; documents stand under the list's own key. Refusal
// NotFound for a station that is not in the timetable.
func (o *Office) GateList(ctx context.Context, now time.Time, station chepiao.StationNo) (*alone.List, error) {
	net := o.Timetable()
	if net.Station(station) == nil {
		return nil, chepiao.Refuse(chepiao.NotFound, "没有这个车站", "there is no such station").At("station")
	}
	_, offset := now.In(net.Zone).Zone()
	l := &alone.List{Made: now.UTC().Truncate(time.Second), Station: station, Zone: offset, Key: chepiao.ListKey(o.secret.node, station, chepiao.DayOf(now.In(net.Zone)))}
	var err error
	if l.Keys, err = json.Marshal(o.Ring().Keys().List()); err != nil {
		return nil, fmt.Errorf("listing public keys: %w", err)
	}
	from, until := now.Add(-listPast), now.Add(listAhead)
	runs := net.leaving(from.Add(-chepiao.DelayMax), chepiao.DayOf(until.Add(chepiao.DelayMax).In(net.Zone)), station)
	runs = slices.DeleteFunc(runs, func(b Boarding) bool { // as it leaves now, not as it was planned
		first, last := o.Span(b.Run, b.Stop)
		return first.After(until) || !last.After(from)
	})
	for _, b := range runs {
		if err := o.listRun(ctx, now, l, b); err != nil {
			return nil, err
		}
	}
	content := *l
	content.Made = time.Time{}
	b, err := json.Marshal(content)
	if err != nil {
		return nil, fmt.Errorf("writing a gate's list: %w", err)
	}
	sum := sha256.Sum256(b)
	l.Version = hex.EncodeToString(sum[:12])
	return l, nil
}

// listRun adds one departure with its tickets.
func (o *Office) listRun(ctx context.Context, now time.Time, l *alone.List, b Boarding) error {
	g, err := o.lastSeen(b.Run)
	if err != nil {
		return err
	}
	c := o.coach(b.Run, b.Stop, l.Station, g)
	rules := o.RulesFor(now, b.Run, b.Stop)
	last := o.Timetable().Station(b.Template.Stops[len(b.Template.Stops)-1].Station)
	d := alone.Departure{
		ID: c.ID, Number: c.Number, Line: c.Line, Flow: c.Flow, ToZH: last.Name, ToEN: last.English, Departs: c.Departs, Last: c.Last, Gate: c.Gate, State: c.State,
		Left: c.Left, Dispatched: c.Dispatched, Reported: c.Reported, Seats: c.Seats, Approved: c.Approved, Stop: b.Stop, Rules: rulesIn(l, rules),
	}
	d.RealName, _ = chepiao.RealName(b.Line, rules)
	at := len(l.Departures)
	l.Departures = append(l.Departures, d)
	if g.seats == nil {
		return nil // nothing is sold yet
	}
	var tickets []chepiao.Ticket
	var people []store.Sealed
	err = o.store.Read(ctx, func(r *store.Reader) error {
		if tickets, err = r.Manifest(b.ID, 0, listMost); err != nil {
			return err
		}
		people = make([]store.Sealed, len(tickets))
		for i, t := range tickets {
			if people[i], _, err = r.Person(t.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, t := range tickets {
		if t.State == chepiao.TicketChecked || t.State == chepiao.TicketDeparted && !c.Flow {
			l.Departures[at].Checked++
		}
		if t.Board != b.Stop || t.State == chepiao.TicketLapsed || t.State == chepiao.TicketReleased || t.State == chepiao.TicketWaiting {
			continue
		}
		var person chepiao.PersonToken
		if p, err := o.secret.open(people[i], t.Person); err == nil {
			person = chepiao.TokenOf(l.Key, p.Document)
		}
		if err := l.Add(t, at, person); err != nil {
			return err
		}
	}
	return nil
}

// rulesIn is the position of an edition of the rules in a list.
func rulesIn(l *alone.List, r *chepiao.Rules) int {
	for i, have := range l.Rules {
		if have.Rules == r || have.Version == r.Version && reflect.DeepEqual(have.Rules, r) {
			return i
		}
	}
	l.Rules = append(l.Rules, alone.RuleSet{Version: r.Version, Rules: r})
	return len(l.Rules) - 1
}
