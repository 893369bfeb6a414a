package office

import (
	"slices"

	"chepiao"
	"chepiao/store"
)

// along are the station nodes where a departure stops: they hear how it stands.
func (o *Office) along(id chepiao.DepartureID) (nodes []chepiao.NodeNo) {
	stations := o.Stations()
	if len(stations) == 0 {
		return nil
	}
	run, err := o.Timetable().Run(id)
	if err != nil {
		return nil
	}
	for _, s := range run.Template.Stops {
		if node, ok := stations[s.Station]; ok && !slices.Contains(nodes, node) {
			nodes = append(nodes, node)
		}
	}
	return nodes
}

// operates refuses to act at a station that has a node of its own, elsewhere: each
// node speaks for its own stops, the hub for those that have none. Refusal NotOwner.
func (o *Office) operates(station chepiao.StationNo) error {
	node, has := o.Stations()[station]
	if !has {
		node = chepiao.Hub
	}
	switch {
	case node == o.No():
		return nil
	case node == chepiao.Hub:
		return chepiao.Refuse(chepiao.NotOwner, "该站由省级平台调度", "the province's hub acts for that station").At("station")
	}
	return chepiao.Refuse(chepiao.NotOwner, "该站由其车站节点调度，请在该站办理", "that station's own node acts there").At("station")
}

// seen is the last committed view of a departure: nil where nothing has happened to it
// and every seat is free, which it never is at a station, where seats are the hub's
// until it gives them.
func (o *Office) seen(run Run) *store.View {
	v := o.store.View(run.ID)
	if v != nil || o.No() == chepiao.Hub {
		return v
	}
	d := chepiao.NewDepartureAt(o.No(), run.ID, run.Template)
	return &store.View{State: d.State, Seats: d.Seats, Away: d.Away}
}

// tellsRun are the events after which peers hear how a departure stands.
var tellsRun = map[chepiao.EventKind]bool{
	chepiao.DepartureReported: true, chepiao.DepartureDispatched: true, chepiao.DepartureRecalled: true, chepiao.DepartureChanged: true,
}

// runState is how the departure of a parcel stands, as last committed.
func (o *Office) runState(p chepiao.Parcel) (*chepiao.RunState, error) {
	if !tellsRun[p.Kind] {
		return nil, nil
	}
	e, err := eventOf(p)
	if err != nil || e.Departure == nil {
		return nil, err
	}
	v := o.store.View(*e.Departure)
	if v == nil {
		return nil, nil
	}
	return &chepiao.RunState{Departure: *e.Departure, State: v.State, Left: v.Left, Ops: v.Ops}, nil
}

// run takes over how a departure stands at the peer. The hub passes on what a station
// says to the others along the line.
func (h *hearing) run(tx *store.Tx, s chepiao.RunState) error {
	run, err := h.office.Timetable().Run(s.Departure)
	if err != nil {
		return err
	}
	d, err := tx.Departure(s.Departure, run.Template)
	if err != nil {
		return err
	}
	stations := h.office.Stations()
	theirs := func(stop int) bool {
		if stop < 0 || stop >= len(run.Template.Stops) {
			return false
		}
		at := stations[run.Template.Stops[stop].Station]
		if h.from == chepiao.Hub {
			return at != h.office.No()
		}
		return at == h.from
	}
	d.Hear(s, theirs, h.from == chepiao.Hub)
	tx.Touch(d)
	e := chepiao.Event{Kind: chepiao.NodeSaid, By: relayed, Departure: &d.ID, Said: &chepiao.Said{Node: h.from, Lane: h.parcel.Lane, N: h.parcel.N, Kind: h.event.Kind}}
	if h.office.No() == chepiao.Hub {
		e.Kind = chepiao.DepartureChanged
		e.Tell = slices.DeleteFunc(h.office.along(d.ID), func(n chepiao.NodeNo) bool { return n == h.from })
	}
	return tx.Record("departure "+d.ID.String(), d.Version, e)
}
