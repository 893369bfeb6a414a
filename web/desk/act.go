package desk

import (
	"context"
	"net/http"
	"slices"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
	"chepiao/web/ui"
)

// actPage is an act on its way: the form, then what it would do, then what it
// did.
type actPage struct {
	actKind
	On      []ui.Trip
	Station *chepiao.Station
	Form    actForm
	Impact  *impactView // what it would do, or did
	Moves   *seatMoves  // what it would do to the seats, as a picture
	Done    bool
	Undo    string // address of the form of the act that takes it back
	Back    string // where the dispatcher came from
	Once    string
	Notes   ui.Notes
	Plan    [][]planSeat
	Coaches []chepiao.VehicleType
	Into    []ui.Trip // departures that could carry the passengers
	To      []ui.Halt // reserve: stops behind the desk's
	Reasons []string
}

// impactView is an impact with its tickets dressed for the page.
type impactView struct {
	chepiao.Impact
	Rows []impactRow
	More int // tickets that are not shown
}

type impactRow struct {
	chepiao.TicketImpact
	WasNumber, NowNumber string // of the departures
	Time, Seat, Gate     bool   // which of them change
	Less                 chepiao.Money
}

// impactMost bounds the tickets of a preview that are shown.
const impactMost = 200

func (p *Pages) actRoutes() map[string]page {
	return map[string]page{
		"GET " + home + "/act":  {ident.Operate, p.askAct},
		"POST " + home + "/act": {ident.Operate, p.doAct},
	}
}

// askAct shows the form of an act; its address may fill it in.
func (p *Pages) askAct(w http.ResponseWriter, r *http.Request) {
	page, _, err := p.actPage(w, r)
	if err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	p.showAct(w, r, http.StatusOK, page)
}

// doAct previews an act, or commits the one whose preview was seen.
func (p *Pages) doAct(w http.ResponseWriter, r *http.Request) {
	page, act, err := p.actPage(w, r)
	if page == nil {
		p.book.Refused(w, r, err, home)
		return
	}
	var impact chepiao.Impact
	commit := r.PostFormValue("step") == "commit"
	if err == nil && commit {
		impact, err = p.Office.Commit(r.Context(), p.verb(r), act, r.PostFormValue("seen"))
	}
	if err == nil && !commit {
		impact, err = p.Office.Preview(r.Context(), act)
	}
	if chepiao.Why(err) == chepiao.PreviewChanged { // show what it would do now, beside what is said of it
		if again, err := p.Office.Preview(r.Context(), act); err == nil {
			page.Impact = p.dress(again)
		}
	}
	status := http.StatusOK
	if refusal := chepiao.AsRefusal(err); refusal != nil {
		status = ui.Told(r, refusal)
		page.note(refusal)
	} else if err != nil {
		p.Fault(w, r, err)
		return
	} else {
		page.Impact, page.Done = p.dress(impact), commit
	}
	if page.Impact != nil && !page.Done {
		if page.Moves, err = p.moves(r.Context(), act, page.Impact.Impact, page.Station); err != nil {
			p.Fault(w, r, err)
			return
		}
	}
	if page.Done && page.Impact.Undo != nil {
		page.Undo = undoLink(*page.Impact.Undo)
	}
	p.showAct(w, r, status, page)
}

func (p *Pages) showAct(w http.ResponseWriter, r *http.Request, status int, page *actPage) {
	var err error
	if page.Once, err = p.Secret(); err != nil {
		p.Fault(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, status, "act", page)
}

// note keeps a refusal beside its field; what is about the departures, or about
// no field of this form, stands above it.
func (a *actPage) note(no *chepiao.Refusal) {
	field := no.Field
	for _, one := range []string{"reason", "minutes", "gate", "berth", "seats", "places", "to", "reserve", "until", "coach", "into", "number", "depart", "level", "from"} {
		if field == one || len(field) > len(one) && field[:len(one)+1] == one+"[" {
			a.Notes[one] = no
			return
		}
	}
	a.Notes[""] = no
}

// actPage reads a form and prepares its page. The page is nil when there is
// nothing to show the error on.
func (p *Pages) actPage(w http.ResponseWriter, r *http.Request) (*actPage, chepiao.Act, error) {
	station := p.Place(w, r)
	kind, err := kindOf(r.FormValue("kind"))
	if err != nil {
		return nil, chepiao.Act{}, err
	}
	page := &actPage{actKind: kind, Station: station, Form: readActForm(r), Back: home, Notes: ui.Notes{}}
	act, err := page.Form.act(kind, station, p.Now(), p.Office.Timetable().Zone)
	if no := chepiao.AsRefusal(err); no != nil && r.Method == http.MethodGet {
		err = nil // a form that is only begun has no mistakes
	}
	if err := p.addDepartures(r.Context(), page, &act, r.Form["d"]); err != nil {
		return nil, act, err
	}
	if len(page.On) == 0 && kind.Kind != chepiao.ActStation {
		return nil, act, chepiao.Refuse(chepiao.Invalid, "请先在班次板上选择班次", "choose departures on the board first")
	}
	if len(page.On) == 1 {
		page.Back = departureLink(page.On[0].ID)
	}
	return page, act, err
}

// addDepartures finds the departures of an act, and what its form offers to
// choose from.
func (p *Pages) addDepartures(ctx context.Context, page *actPage, act *chepiao.Act, ids []string) error {
	for _, text := range ids[:min(len(ids), chepiao.ActDeparturesMax)] {
		id, err := chepiao.ParseDepartureID(text)
		if err != nil {
			return err
		}
		run, err := p.Office.Timetable().Run(id)
		if err != nil {
			return err
		}
		stop := stopAt(run, page.Station)
		act.Departures = append(act.Departures, id)
		page.On = append(page.On, p.Trip(run, stop, len(run.Template.Stops)-1))
	}
	if len(page.On) == 0 {
		return nil
	}
	first := page.On[0]
	switch {
	case page.Has("seats"):
		d, err := p.departurePage(ctx, first.ID, page.Station)
		if err != nil {
			return err
		}
		page.Plan = d.Plan
		page.To = first.Stops
	case page.Has("coach"):
		page.Coaches = p.Office.Timetable().Vehicles
	case page.Has("into"):
		return p.addCarriers(ctx, page)
	}
	return nil
}

// carriersMost bounds the departures offered to carry another one's passengers.
const carriersMost = 40

// addCarriers offers the departures that go where this one's passengers go:
// those whose station the first departure's last stop is come first.
func (p *Pages) addCarriers(ctx context.Context, page *actPage) error {
	first := page.On[0]
	list, err := p.Office.DayBoard(ctx, p.Now(), first.Departs.Add(-1), first.From.No, boardMost)
	if err != nil {
		return err
	}
	var other []ui.Trip
	for _, s := range list {
		taken := slices.ContainsFunc(page.On, func(o ui.Trip) bool { return o.ID == s.ID })
		if taken || s.State != chepiao.Running || s.Phase == chepiao.Dispatched {
			continue
		}
		trip := p.Trip(s.Run, s.Stop, len(s.Template.Stops)-1)
		if trip.To == first.To {
			page.Into = append(page.Into, trip)
		} else if slices.ContainsFunc(trip.Stops, func(h ui.Halt) bool { return h.Station == first.To }) {
			other = append(other, trip)
		}
	}
	page.Into = append(page.Into, other...)
	page.Into = page.Into[:min(len(page.Into), carriersMost)]
	return nil
}

// stopAt is where a run takes passengers at a station, else its first stop.
func stopAt(run office.Run, s *chepiao.Station) int {
	for i, at := range run.Template.Stops[:len(run.Template.Stops)-1] {
		if s != nil && at.Station == s.No {
			return i
		}
	}
	return 0
}

func (p *Pages) dress(i chepiao.Impact) *impactView {
	v := &impactView{Impact: i, More: max(0, len(i.Tickets)-impactMost)}
	number := func(id chepiao.DepartureID) string {
		if run, err := p.Office.Timetable().Run(id); err == nil {
			return run.Template.Number
		}
		return id.String()
	}
	for _, t := range i.Tickets[:min(len(i.Tickets), impactMost)] {
		row := impactRow{TicketImpact: t, WasNumber: number(t.Was.Departure), NowNumber: number(t.Now.Departure), Less: t.Was.Price - t.Now.Price}
		row.Time = !t.Was.Departs.Equal(t.Now.Departs)
		row.Seat = t.Was.Seat != t.Now.Seat
		row.Gate = t.Was.Gate != t.Now.Gate || t.Was.Berth != t.Now.Berth
		v.Rows = append(v.Rows, row)
	}
	return v
}
