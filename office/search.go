package office

import (
	"sort"
	"time"

	"chepiao"
	"chepiao/store"
)

// Offer is one departure that answers a search.
type Offer struct {
	Run
	Board, Alight int
	Departs       time.Time // first coach, on a flow departure
	Last          time.Time // same as Departs unless flow
	Arrives       time.Time
	Free          int // seats or places left between the stops
	Price         chepiao.Money
	// Refusal says why it cannot be bought now; nil when it can.
	Refusal *chepiao.Refusal
}

// Question is a search for departures.
type Question struct {
	From, To chepiao.StationNo
	Day      chepiao.Day
	Channel  chepiao.Channel
	After    int // offers to skip: pages
	Limit    int // offers at most
}

// Search lists the departures between two stations on a day in the order of
// their times, from memory, and how many there are in all. Departures that
// cannot be bought are listed with the reason: a passenger who looks for the
// 8:30 wants to know where it went; unless the station's rules hide those that
// are full or do not run. Refusal Invalid when both are one station.
func (o *Office) Search(now time.Time, q Question) (offers []Offer, total int, err error) {
	if q.From == q.To {
		return nil, 0, chepiao.Refuse(chepiao.Invalid, "出发站与到达站不能相同", "the two stations must differ").At("to")
	}
	t := o.Timetable()
	rides := t.rides[chepiao.Pair{From: q.From, To: q.To}]
	closedFrom, _ := t.LevelOn(q.From, q.Day)
	closedTo, _ := t.LevelOn(q.To, q.Day)
	shut := closedFrom || closedTo
	for _, d := range rides {
		if !d.template.Days.Has(q.Day) || shut {
			continue
		}
		run := t.run(chepiao.MakeDepartureID(d.template.No, q.Day), d.template)
		if o.hidden(now, run, int(d.board), int(d.alight)) {
			continue
		}
		total++
		if total <= q.After || len(offers) >= q.Limit {
			continue
		}
		offers = append(offers, o.offer(now, t, run, int(d.board), int(d.alight), q.Channel))
	}
	return offers, total, nil
}

// hidden says that the rules of the boarding station keep a departure off its
// lists: a full one (P1001), or one that does not run (P1002).
func (o *Office) hidden(now time.Time, run Run, board, alight int) bool {
	rules, v := o.RulesFor(now, run, board), o.seen(run)
	return v != nil && (rules.HideFull && v.Seats.Free(board, alight) == 0 || rules.HideStopped && v.State != chepiao.Running)
}

// Offer is a single departure between two stops, as Search would list it.
// Refusals as those of finding the departure and its stops.
func (o *Office) Offer(now time.Time, id chepiao.DepartureID, from, to chepiao.StationNo, c chepiao.Channel) (Offer, error) {
	t := o.Timetable()
	run, err := t.OnOffer(id)
	if err != nil {
		return Offer{}, err
	}
	board, alight, err := t.Find(run, from, to)
	if err != nil {
		return Offer{}, err
	}
	return o.offer(now, t, run, board, alight, c), nil
}

func (o *Office) offer(now time.Time, t *Timetable, run Run, board, alight int, c chepiao.Channel) Offer {
	rules := o.RulesFor(now, run, board)
	f := Offer{Run: run, Board: board, Alight: alight}
	f.Departs, f.Last = o.Span(run, board)
	f.Arrives = o.Arrival(run, alight)
	f.Price = chepiao.Price(run.Line, run.Template, board, alight, chepiao.Full, rules).Price
	state := chepiao.Departure{ID: run.ID, State: chepiao.Running}
	f.Free = run.Template.Seats
	var away *chepiao.Away
	if v := o.seen(run); v != nil {
		f.Free, away = v.Seats.Free(board, alight), v.Away
		state.State, state.Left, state.Ops = v.State, v.Left, v.Ops
	}
	f.Refusal = chepiao.AsRefusal(state.OnSale(c, board, f.Last, now, chepiao.DayOf(now.In(t.Zone)), rules))
	if f.Refusal == nil && f.Free == 0 {
		if f.Refusal = away.SoldOutHere(o.No()); f.Refusal == nil {
			f.Refusal = soldOut
		}
	}
	return f
}

var soldOut = chepiao.Refuse(chepiao.SoldOut, "已售完", "sold out")

// SeatState is one seat of a departure between two stops.
type SeatState struct {
	Seat int  // 1…
	Free bool // on every leg between the stops
}

// Seats are the seats of a departure as its coach has them: rows from the
// front, a zero seat where there is none. Nil on a flow departure.
func (o *Office) Seats(f Offer) [][]SeatState {
	vehicle, seats := f.Vehicle, f.Template.Seats
	var view *store.View = o.seen(f.Run)
	if view != nil && view.Ops != nil && view.Ops.Coach != "" { // another coach runs than was planned
		vehicle, seats = o.coachOf(f.Run, view.Ops), view.Seats.Places()
	}
	if f.Template.Kind == chepiao.Flow || vehicle == nil {
		return nil
	}
	want := chepiao.LegMask(f.Board, f.Alight)
	var rows [][]SeatState
	for _, row := range vehicle.Rows() {
		line := make([]SeatState, len(row))
		for i, n := range row {
			if n > 0 && n <= seats {
				line[i] = SeatState{n, view == nil || view.Seats.Seat(n)&want == 0}
			}
		}
		rows = append(rows, line)
	}
	return rows
}

// DaysOf lists the service days on which a journey is offered, from a day on, at
// most limit days ahead.
func (t *Timetable) DaysOf(from, to chepiao.StationNo, first chepiao.Day, limit int) []chepiao.Day {
	var days []chepiao.Day
	rides := t.rides[chepiao.Pair{From: from, To: to}]
	for d := first; d < first+chepiao.Day(limit); d++ {
		for _, r := range rides {
			if r.template.Days.Has(d) {
				days = append(days, d)
				break
			}
		}
	}
	return days
}

// Reach lists the stations that can be reached from one without changing, in
// the order of their level and number.
func (t *Timetable) Reach(from chepiao.StationNo) []*chepiao.Station {
	var found []*chepiao.Station
	for pair := range t.rides {
		if pair.From == from {
			found = append(found, t.stations[pair.To])
		}
	}
	sort.Slice(found, func(i, j int) bool {
		a, b := found[i], found[j]
		if levelOrder(a) != levelOrder(b) {
			return levelOrder(a) < levelOrder(b)
		}
		return a.No < b.No
	})
	return found
}
