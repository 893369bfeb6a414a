package desk

import (
	"net/http"
	"strconv"

	"chepiao"
	"chepiao/ident"
	"chepiao/relay"
	"chepiao/web/ui"
)

// stationsPage is the nodes of a hub's stations and how they are; at a station it
// is how the station stands with its hub.
type stationsPage struct {
	Nodes []nodeRow
	Self  *relay.State // at a station
	Code  string       // that was just given; shown once
	Back  int          // seats that were just taken back
	Came  int          // orders that were just taken over
	Again bool         // the hub is being tried again
	Typed string
	Once  string
	Notes ui.Notes
}

// nodeRow is one node with its station.
type nodeRow struct {
	relay.Node
	At    *chepiao.Station
	State string // online, offline, invited or revoked
	Held  int    // seats that it held when it was revoked, and that are idle
	Owned int    // orders that it owned then, which nobody can change
}

func (p *Pages) stationRoutes() map[string]page {
	return map[string]page{
		"GET " + home + "/stations":         {ident.ManageStaff, p.stations},
		"POST " + home + "/stations/invite": {ident.ManageStaff, p.inviteStation},
		"POST " + home + "/stations/revoke": {ident.ManageStaff, p.revokeStation},
		"POST " + home + "/stations/seats":  {ident.ManageStaff, p.takeBackSeats},
		"POST " + home + "/stations/orders": {ident.ManageStaff, p.takeOverOrders},
		"POST " + home + "/stations/again":  {ident.ManageStaff, p.tryAgain},
	}
}

func (p *Pages) stations(w http.ResponseWriter, r *http.Request) {
	p.showStations(w, r, stationsPage{}, nil)
}

// inviteStation shows the code by which a station's node enrols: no address and no
// log ever holds it.
func (p *Pages) inviteStation(w http.ResponseWriter, r *http.Request) {
	page := stationsPage{Typed: r.PostFormValue("station")}
	var err error
	if p.Hub == nil {
		err = notAHub
	} else {
		page.Code, err = p.Hub.Invite(r.Context(), p.verb(r), page.Typed)
	}
	p.showStations(w, r, page, err)
}

// revokeStation ends a node's part in the province.
func (p *Pages) revokeStation(w http.ResponseWriter, r *http.Request) {
	no, err := strconv.Atoi(r.PostFormValue("node"))
	switch {
	case p.Hub == nil:
		err = notAHub
	case err != nil:
		err = chepiao.Refuse(chepiao.Invalid, "节点编号错误", "the number of the node is wrong").At("node")
	default:
		err = p.Hub.Revoke(r.Context(), p.verb(r), chepiao.NodeNo(no))
	}
	if err == nil {
		http.Redirect(w, r, home+"/stations", http.StatusSeeOther)
		return
	}
	p.showStations(w, r, stationsPage{}, err)
}

// takeBackSeats makes the seats of a revoked node the hub's again, for a reason and
// with the node's name typed once more.
func (p *Pages) takeBackSeats(w http.ResponseWriter, r *http.Request) {
	no, err := strconv.Atoi(r.PostFormValue("node"))
	page := stationsPage{}
	if err != nil {
		err = chepiao.Refuse(chepiao.Invalid, "节点编号错误", "the number of the node is wrong").At("node")
	} else {
		page.Back, err = p.Office.TakeBack(r.Context(), p.verb(r), chepiao.NodeNo(no), r.PostFormValue("reason"), r.PostFormValue("again"))
	}
	p.showStations(w, r, page, err)
}

// takeOverOrders makes the orders of a revoked node the hub's, for a reason and with the
// node's name typed once more.
func (p *Pages) takeOverOrders(w http.ResponseWriter, r *http.Request) {
	no, err := strconv.Atoi(r.PostFormValue("node"))
	page := stationsPage{}
	if err != nil {
		err = chepiao.Refuse(chepiao.Invalid, "节点编号错误", "the number of the node is wrong").At("node")
	} else {
		page.Came, err = p.Office.TakeOver(r.Context(), p.verb(r), chepiao.NodeNo(no), r.PostFormValue("reason"), r.PostFormValue("again"))
	}
	p.showStations(w, r, page, err)
}

// tryAgain has a station that waits for its next try reach for its hub at once, also
// where a feed stands still: whoever has looked at it says so with this.
func (p *Pages) tryAgain(w http.ResponseWriter, r *http.Request) {
	if p.Station == nil {
		p.showStations(w, r, stationsPage{}, chepiao.Refuse(chepiao.WrongState, "本节点是省级平台", "this is the hub"))
		return
	}
	p.Station.Again()
	p.showStations(w, r, stationsPage{Again: true}, nil)
}

// ownedMost bounds the orders of a revoked node that are counted for the page.
const ownedMost = 100_000

var notAHub = chepiao.Refuse(chepiao.WrongState, "本节点是站级节点，请在省级平台操作", "this is a station's node: do it at the hub")

func (p *Pages) showStations(w http.ResponseWriter, r *http.Request, page stationsPage, err error) {
	status := http.StatusOK
	page.Notes = ui.Notes{}
	if err != nil {
		status = http.StatusUnprocessableEntity
		if err = page.Notes.Add(err); err != nil {
			p.Fault(w, r, err)
			return
		}
	}
	if page.Once, err = p.Secret(); err != nil {
		p.Fault(w, r, err)
		return
	}
	if p.Station != nil {
		state := p.Station.State()
		page.Self = &state
	}
	if p.Hub != nil {
		nodes, err := p.Hub.Nodes(r.Context())
		if err != nil {
			p.Fault(w, r, err)
			return
		}
		for _, n := range nodes {
			row := nodeRow{Node: n, At: p.Office.Timetable().Station(n.Station), State: n.State}
			if n.State == "revoked" {
				row.Held = p.Office.HeldBy(n.No)
				if row.Owned, err = p.Office.OwnedBy(r.Context(), n.No, ownedMost); err != nil {
					p.Fault(w, r, err)
					return
				}
			}
			if n.Online {
				row.State = "online"
			} else if n.State == "enrolled" {
				row.State = "offline"
			}
			page.Nodes = append(page.Nodes, row)
		}
	}
	p.book.Show(w, r, status, "stations", page)
}
