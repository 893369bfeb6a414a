package desk

import (
	"net/http"
	"strconv"
	"strings"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
	"chepiao/web/ui"
)

func (p *Pages) reportRoutes() map[string]page {
	const one = home + "/departures/{departure}/"
	return map[string]page{
		"POST " + one + "report":  {ident.Operate, p.report},
		"POST " + one + "dismiss": {ident.Operate, p.dismiss},
		"POST " + one + "go":      {ident.Dispatch, p.dispatch},
	}
}

// report has a coach report for the departure at this desk's station (报班).
func (p *Pages) report(w http.ResponseWriter, r *http.Request) {
	p.onDeparture(w, r, "reported", func(id chepiao.DepartureID, s *chepiao.Station) (*office.Left, error) {
		_, err := p.Office.Report(r.Context(), p.verb(r), office.Arrival{
			Departure: id, Station: s.No, Plate: r.PostFormValue("plate"), Berth: strings.TrimSpace(r.PostFormValue("berth")),
			Drivers: strings.FieldsFunc(r.PostFormValue("drivers"), func(c rune) bool { return strings.ContainsRune(" ,，、", c) }),
		})
		return nil, err
	})
}

// dismiss takes a report back, with a reason: another coach may report.
func (p *Pages) dismiss(w http.ResponseWriter, r *http.Request) {
	p.onDeparture(w, r, "dismissed", func(id chepiao.DepartureID, s *chepiao.Station) (*office.Left, error) {
		_, err := p.Office.CancelReport(r.Context(), p.verb(r), id, s.No, r.PostFormValue("reason"))
		return nil, err
	})
}

// dispatch lets the coach leave, with the people counted aboard if somebody
// counted them.
func (p *Pages) dispatch(w http.ResponseWriter, r *http.Request) {
	p.onDeparture(w, r, "", func(id chepiao.DepartureID, s *chepiao.Station) (*office.Left, error) {
		in := office.Leaving{Departure: id, Station: s.No, Final: r.PostFormValue("final") != ""}
		if typed := strings.TrimSpace(r.PostFormValue("headcount")); typed != "" {
			n, err := strconv.Atoi(typed)
			if err != nil || n < 0 {
				return nil, chepiao.Refuse(chepiao.Invalid, "清点人数应为数字", "the headcount is a number").At("headcount")
			}
			in.Headcount = &n
		}
		left, err := p.Office.Dispatch(r.Context(), p.verb(r), in)
		return &left, err
	})
}

// onDeparture does something on the departure of the address, then shows it
// again: with what was refused, with what has left, or at its own address.
func (p *Pages) onDeparture(w http.ResponseWriter, r *http.Request, said string, do func(chepiao.DepartureID, *chepiao.Station) (*office.Left, error)) {
	id, err := chepiao.ParseDepartureID(r.PathValue("departure"))
	station := p.Place(w, r)
	if err == nil && station == nil {
		err = chepiao.Refuse(chepiao.Invalid, "请先选择值班车站", "choose this desk's station first").At("station")
	}
	var left *office.Left
	if err == nil {
		left, err = do(id, station)
	}
	switch refusal := chepiao.AsRefusal(err); {
	case refusal != nil:
		p.showDeparture(w, r, ui.Told(r, refusal), refusal, nil)
	case err != nil:
		p.Fault(w, r, err)
	case left != nil:
		p.showDeparture(w, r, http.StatusOK, nil, left)
	default:
		http.Redirect(w, r, departureLink(id)+"?said="+said, http.StatusSeeOther)
	}
}
