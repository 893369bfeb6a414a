package desk

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
	"chepiao/web/ui"
)

// departurePage is everything a dispatcher sees of one departure.
type departurePage struct {
	ui.Trip
	Ops      office.Operations
	Here     *office.StopOperations // at this desk's station, nil when it takes nobody on there
	Station  *chepiao.Station
	Stops    []stopRow
	Plan     [][]planSeat
	Legend   []string
	Riders   []riderRow
	More     bool // there are more riders than are shown
	Reserves []reserveRow
	Pressure *chepiao.WaitPressure
	Acts     []actKind
	Link     string
	Rules    *chepiao.Rules
	Into     *ui.Trip // carries its passengers
	Of       *ui.Trip // it relieves this one
	Alarms   []chepiao.Alarm
	Note     *chepiao.Refusal
	Said     string // what was just done: the name of a sentence
	Once     string
	Plates   []chepiao.Vehicle // to report with
	Staff    []chepiao.Driver
	Left     *office.Left
}

type stopRow struct {
	office.StopOperations
	Station *chepiao.Station
	Mine    bool
}

type riderRow struct {
	chepiao.Ticket
	Who      chepiao.Passenger // prints masked
	From, To *chepiao.Station
	Mine     bool
}

type reserveRow struct {
	chepiao.Reserve
	From, To *chepiao.Station
	Missing  bool // the reported coach does not have it
}

// ridersMost bounds the riders on a page; a flow departure may have thousands.
const ridersMost = 300

func (p *Pages) departureRoutes() map[string]page {
	return map[string]page{"GET " + home + "/departures/{departure}": {ident.Operate, p.departure}}
}

func (p *Pages) departure(w http.ResponseWriter, r *http.Request) {
	p.showDeparture(w, r, http.StatusOK, nil, nil)
}

func (p *Pages) showDeparture(w http.ResponseWriter, r *http.Request, status int, note *chepiao.Refusal, left *office.Left) {
	id, err := chepiao.ParseDepartureID(r.PathValue("departure"))
	var page *departurePage
	if err == nil {
		page, err = p.departurePage(r.Context(), id, p.Place(w, r))
	}
	if err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	if page.Once, err = p.Secret(); err != nil {
		p.Fault(w, r, err)
		return
	}
	page.Note, page.Left, page.Said = note, left, r.FormValue("said")
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, status, "departure", page)
}

func (p *Pages) departurePage(ctx context.Context, id chepiao.DepartureID, station *chepiao.Station) (*departurePage, error) {
	ops, err := p.Office.Operations(ctx, p.Now(), id)
	if err != nil {
		return nil, err
	}
	run := ops.Run
	page := &departurePage{Trip: p.Trip(run, 0, len(run.Template.Stops)-1), Ops: ops, Station: station, Link: departureLink(id)}
	for i := range ops.Stops {
		s := &ops.Stops[i]
		row := stopRow{*s, p.Office.Timetable().Station(s.Station), station != nil && s.Station == station.No}
		if row.Mine || page.Here == nil && station == nil {
			page.Here = s
		}
		page.Stops = append(page.Stops, row)
	}
	if err := p.addRiders(ctx, page); err != nil {
		return nil, err
	}
	stop := 0
	if page.Here != nil {
		stop = page.Here.Stop
	}
	page.Rules = p.Office.RulesFor(p.Now(), run, stop)
	page.addReserves(p.Office.Timetable())
	page.Plan, page.Legend = planOf(p.Office.Timetable(), page, stop)
	pressure, err := p.Office.WaitPressure(ctx, id)
	if err != nil {
		return nil, err
	}
	if pressure.Requests > 0 {
		page.Pressure = &pressure
	}
	if page.Plates, err = p.Office.Fleet(ctx, "", fleetMost); err != nil {
		return nil, err
	}
	if page.Staff, err = p.Office.Drivers(ctx, "", fleetMost); err != nil {
		return nil, err
	}
	page.Into, page.Of = p.tripOf(ops.Ops.Into), p.tripOf(ops.Ops.Of)
	page.chooseActs()
	return page, nil
}

func (p *Pages) addRiders(ctx context.Context, page *departurePage) error {
	t := p.Office.Timetable()
	tickets, people, err := p.Office.Manifest(ctx, page.Ops.Run.ID, 0, ridersMost+1)
	for i, ticket := range tickets {
		if i == ridersMost {
			page.More = true
			break
		}
		if !ticket.State.Live() && ticket.State != chepiao.TicketNoShow && ticket.State != chepiao.TicketUsed {
			continue
		}
		one := riderRow{Ticket: ticket, Who: people[i], From: t.Station(ticket.From), To: t.Station(ticket.To)}
		one.Mine = page.Station != nil && ticket.From == page.Station.No
		page.Riders = append(page.Riders, one)
	}
	slices.SortStableFunc(page.Riders, func(a, b riderRow) int { return cmp.Compare(a.Seat, b.Seat) })
	return err
}

func (d *departurePage) addReserves(t *office.Timetable) {
	stops := d.Ops.Run.Template.Stops
	for _, r := range d.Ops.Ops.Reserved {
		row := reserveRow{Reserve: r, From: t.Station(stops[r.From].Station), To: t.Station(stops[min(r.To, len(stops)-1)].Station), Missing: r.Reason == chepiao.NoSuchSeat}
		d.Reserves = append(d.Reserves, row)
	}
}

// chooseActs picks the buttons that make sense now.
func (d *departurePage) chooseActs() {
	gone, stopped, reserved := false, false, false
	if h := d.Here; h != nil {
		gone = h.Phase == chepiao.Dispatched
		for _, s := range d.Ops.Ops.StopSale {
			stopped = stopped || s == h.Stop
		}
		for _, r := range d.Ops.Ops.Reserved {
			reserved = reserved || r.From == h.Stop && r.Reason != chepiao.NoSuchSeat
		}
		riding := h.Valid + h.Aboard
		w := chepiao.Watched{Progress: h.Progress, Departs: h.Departs, Report: h.Report, Riding: riding, Flow: d.Flow}
		if d.Pressure != nil {
			w.Waiting = d.Pressure.People
		}
		d.Alarms = w.Alarms(d.Rules)
	}
	for _, k := range actKinds {
		if k.fits(d.Ops.State, gone, stopped, reserved) {
			d.Acts = append(d.Acts, k)
		}
	}
}

// tripOf is another departure as a page names it; nil for none.
func (p *Pages) tripOf(id chepiao.DepartureID) *ui.Trip {
	if id == 0 {
		return nil
	}
	run, err := p.Office.Timetable().Run(id)
	if err != nil {
		return nil
	}
	trip := p.Trip(run, 0, len(run.Template.Stops)-1)
	return &trip
}

// Sum and InMinutes are what the template cannot work out.
func (d *departurePage) Sum(a, b int) int { return a + b }

// InMinutes is a number of seconds in minutes, begun ones in full.
func (d *departurePage) InMinutes(seconds int) int { return (seconds + 59) / 60 }
