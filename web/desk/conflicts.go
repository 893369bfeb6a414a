package desk

import (
	"net/http"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
	"chepiao/web/ui"
)

// conflictsPage is what nodes know differently, for somebody to look at.
type conflictsPage struct {
	Rows  []conflictRow
	All   bool // with those that are over
	Hub   bool // this is the hub: it settles what it has found
	Once  string
	Note  *chepiao.Refusal
	At    chepiao.ConflictID // that the note is about
	Typed string
	Said  string // settled, asked or refunded
}

// conflictRow is one conflict with the names of its nodes and, of two tickets, both.
type conflictRow struct {
	chepiao.Conflict
	Name    string // of the node whose entries they are
	Station *chepiao.Station
	Finder  string
	Own     bool // it is settled here
	Pair    []pairRow
}

// pairRow is one of two tickets of one person.
type pairRow struct {
	Ticket    chepiao.Ticket
	Passenger chepiao.Passenger // prints masked
	Trip      *ui.Trip
	From      *chepiao.Station
	To        *chepiao.Station
	Owner     string
	Asked     bool // its owner was asked to give it back, and has not answered
	Known     bool
}

func (p *Pages) conflictRoutes() map[string]page {
	return map[string]page{
		"GET " + home + "/conflicts":                    {ident.Operate, p.conflicts},
		"POST " + home + "/conflicts/{conflict}":        {ident.Review, p.settleConflict},
		"POST " + home + "/conflicts/{conflict}/refund": {ident.Review, p.refundTwice},
	}
}

func (p *Pages) conflicts(w http.ResponseWriter, r *http.Request) {
	p.showConflicts(w, r, http.StatusOK, conflictsPage{All: r.FormValue("all") != "", Said: r.FormValue("said")})
}

// settleConflict notes what somebody found who has looked at it.
func (p *Pages) settleConflict(w http.ResponseWriter, r *http.Request) {
	id, err := chepiao.ParseConflictID(r.PathValue("conflict"))
	if err == nil {
		err = p.Office.SettleConflict(r.Context(), p.conflictVerb(r, id), id, r.PostFormValue("reason"))
	}
	p.settled(w, r, id, "settled", err)
}

// refundTwice gives one of two tickets back that one person has of two holders.
func (p *Pages) refundTwice(w http.ResponseWriter, r *http.Request) {
	id, err := chepiao.ParseConflictID(r.PathValue("conflict"))
	var ticket chepiao.TicketID
	if err == nil {
		ticket, err = chepiao.ParseTicketID(r.PostFormValue("ticket"))
	}
	said := "refunded"
	if err == nil {
		var a office.Answer
		a, err = p.Office.RefundTwice(r.Context(), p.conflictVerb(r, id), id, ticket, r.PostFormValue("reason"))
		if err == nil && a.Event.Kind == chepiao.OwnerWasAsked {
			said = "asked"
		}
	}
	p.settled(w, r, id, said, err)
}

// conflictVerb is a verb of this page, which has forms for each conflict.
func (p *Pages) conflictVerb(r *http.Request, id chepiao.ConflictID) office.Verb {
	v := p.verb(r)
	v.ID += id.String() + r.PostFormValue("ticket")
	v.At.Window = true
	return v
}

func (p *Pages) settled(w http.ResponseWriter, r *http.Request, id chepiao.ConflictID, said string, err error) {
	switch refusal := chepiao.AsRefusal(err); {
	case refusal != nil:
		p.showConflicts(w, r, ui.Told(r, refusal), conflictsPage{Note: refusal, At: id, Typed: r.PostFormValue("reason")})
	case err != nil:
		p.Fault(w, r, err)
	default:
		http.Redirect(w, r, home+"/conflicts?said="+said, http.StatusSeeOther)
	}
}

func (p *Pages) showConflicts(w http.ResponseWriter, r *http.Request, status int, page conflictsPage) {
	page.Hub = p.Hub != nil
	list, err := p.Office.Conflicts(r.Context(), page.All)
	if err == nil {
		page.Once, err = p.Secret()
	}
	var names map[chepiao.NodeNo]chepiao.StationNo
	shorts := map[chepiao.NodeNo]string{}
	if err == nil {
		names, shorts, err = p.nodeNames(r)
	}
	for _, c := range list {
		if err != nil {
			break
		}
		row := conflictRow{Conflict: c, Name: shorts[c.Node], Station: p.Office.Timetable().Station(names[c.Node]), Finder: shorts[c.Here], Own: c.Here == p.Office.No()}
		for _, id := range c.Tickets {
			var pair pairRow
			if pair, err = p.pairRow(r, id, shorts); err != nil {
				break
			}
			row.Pair = append(row.Pair, pair)
		}
		page.Rows = append(page.Rows, row)
	}
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, status, "conflicts", page)
}

// nodeNames are the stations and short names of the nodes that are known here.
func (p *Pages) nodeNames(r *http.Request) (at map[chepiao.NodeNo]chepiao.StationNo, names map[chepiao.NodeNo]string, err error) {
	at, names = map[chepiao.NodeNo]chepiao.StationNo{}, map[chepiao.NodeNo]string{}
	for station, no := range p.Office.Stations() {
		at[no] = station
	}
	if p.Station != nil {
		s := p.Station.State()
		names[chepiao.Hub], names[s.No] = s.Hub, s.Node
	}
	if p.Hub != nil {
		names[chepiao.Hub] = p.Hub.Store.Node()
		nodes, err := p.Hub.Nodes(r.Context())
		if err != nil {
			return nil, nil, err
		}
		for _, n := range nodes {
			at[n.No], names[n.No] = n.Station, n.Name
		}
	}
	return at, names, nil
}

func (p *Pages) pairRow(r *http.Request, id chepiao.TicketID, names map[chepiao.NodeNo]string) (row pairRow, err error) {
	row.Ticket.ID = id
	t, err := p.Office.Ticket(r.Context(), id)
	if chepiao.AsRefusal(err) != nil {
		return row, nil // the other holder has it
	}
	if err != nil {
		return row, err
	}
	file, err := p.Office.Look(r.Context(), t.Order)
	if err != nil {
		return row, err
	}
	row.Ticket, row.Known, row.Owner, row.Trip = t, true, names[t.Owner()], p.tripOf(t.Departure)
	row.From, row.To = p.Office.Timetable().Station(t.From), p.Office.Timetable().Station(t.To)
	if i := int64(id) - int64(t.Order) - 1; i >= 0 && i < int64(len(file.Passengers)) {
		row.Passenger = file.Passengers[i]
	}
	asked, err := p.Office.Asked(r.Context(), t.Order)
	for _, a := range asked {
		for _, one := range a.Tickets {
			row.Asked = row.Asked || one == id && a.State == chepiao.AskedWaiting
		}
	}
	return row, err
}

// countConflicts is how many nobody has settled.
func (p *Pages) countConflicts(r *http.Request) (int, error) {
	list, err := p.Office.Conflicts(r.Context(), false)
	return len(list), err
}
