package desk

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"chepiao"
	"chepiao/ident"
	"chepiao/web/ui"
)

// fleetPage is the vehicles and drivers that may report, with what they lack.
type fleetPage struct {
	Vehicles []vehicleRow
	Drivers  []driverRow
	Kinds    []chepiao.PaperKind // of vehicles, as columns
	Driving  []chepiao.PaperKind // of drivers
	Carriers []chepiao.Carrier
	Coaches  []chepiao.VehicleType
	Today    chepiao.Day
	Bad      int    // vehicles and drivers that may not go
	Open     string // the form that is open: vehicle, driver, safety
	Once     string
	Notes    ui.Notes
	Typed    map[string]string
	Said     string
	More     bool
}

type vehicleRow struct {
	chepiao.Vehicle
	Cells   []paperCell
	Safe    string // how the safety check stands: good, old, none
	MayGo   bool
	Carrier *chepiao.Carrier
}

type driverRow struct {
	chepiao.Driver
	Cells []paperCell
	MayGo bool
	On    *ui.Trip
}

// paperCell is a paper in a table: good, soon (it lapses within a month),
// lapsed, missing, or none where it need not be there.
type paperCell struct {
	State string
	Until chepiao.Day
}

const (
	fleetMost = 500
	soonDays  = 30 // a paper that lapses sooner is marked
)

func (p *Pages) fleetRoutes() map[string]page {
	return map[string]page{
		"GET " + home + "/fleet":          {ident.Operate, p.fleet},
		"POST " + home + "/fleet/vehicle": {ident.Operate, p.registerVehicle},
		"POST " + home + "/fleet/driver":  {ident.Operate, p.registerDriver},
		"POST " + home + "/fleet/safety":  {ident.Operate, p.safetyCheck},
	}
}

func (p *Pages) fleet(w http.ResponseWriter, r *http.Request) {
	p.showFleet(w, r, r.FormValue("open"), nil)
}

// registerVehicle enters a vehicle, or enters it anew.
func (p *Pages) registerVehicle(w http.ResponseWriter, r *http.Request) {
	v := chepiao.Vehicle{Plate: r.PostFormValue("plate"), Carrier: r.PostFormValue("carrier"), Coach: r.PostFormValue("coach")}
	kinds := chepiao.PaperKinds()
	papers, err := readPapers(r, kinds[:vehiclePapers])
	v.Papers = papers
	if err == nil {
		v.Seats, err = readCount(r, "seats")
	}
	if err == nil {
		v.Approved, err = readCount(r, "approved")
	}
	if err == nil {
		v.Lines = strings.Fields(r.PostFormValue("lines"))
		_, err = p.Office.RegisterVehicle(r.Context(), p.verb(r), v)
	}
	p.afterFleet(w, r, "vehicle", err)
}

// registerDriver enters a driver by staff number, or enters one anew.
func (p *Pages) registerDriver(w http.ResponseWriter, r *http.Request) {
	papers, err := readPapers(r, chepiao.PaperKinds()[vehiclePapers:])
	if err == nil {
		_, err = p.Office.RegisterDriver(r.Context(), p.verb(r), chepiao.Driver{No: r.PostFormValue("no"), Carrier: r.PostFormValue("carrier"), Papers: papers})
	}
	p.afterFleet(w, r, "driver", err)
}

// safetyCheck notes that a vehicle has just passed its safety check (例检).
func (p *Pages) safetyCheck(w http.ResponseWriter, r *http.Request) {
	_, err := p.Office.SafetyCheck(r.Context(), p.verb(r), r.PostFormValue("plate"), r.PostFormValue("form"))
	p.afterFleet(w, r, "safety", err)
}

func (p *Pages) afterFleet(w http.ResponseWriter, r *http.Request, form string, err error) {
	if err == nil {
		http.Redirect(w, r, home+"/fleet?said="+form, http.StatusSeeOther)
		return
	}
	p.showFleet(w, r, form, err)
}

// vehiclePapers is how many of chepiao.PaperKinds are a vehicle's; the others
// are a driver's.
const vehiclePapers = 6

// readPapers reads a date for each kind; an empty one is no paper. Refusal
// Invalid at the kind.
func readPapers(r *http.Request, kinds []chepiao.PaperKind) (papers []chepiao.Paper, err error) {
	for _, kind := range kinds {
		text := r.PostFormValue(string(kind))
		if text == "" {
			continue
		}
		day, err := chepiao.ParseDay(strings.ReplaceAll(text, "-", ""))
		if err != nil {
			return nil, chepiao.Refuse(chepiao.Invalid, "日期应为 2026-11-22 这样的格式", "a date looks like 2026-11-22").At(string(kind))
		}
		papers = append(papers, chepiao.Paper{Kind: kind, Until: day})
	}
	return papers, nil
}

func readCount(r *http.Request, field string) (int, error) {
	text := strings.TrimSpace(r.PostFormValue(field))
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, chepiao.Refuse(chepiao.Invalid, "请填写数字", "give a number").At(field)
	}
	return n, nil
}

func (p *Pages) showFleet(w http.ResponseWriter, r *http.Request, open string, err error) {
	page := fleetPage{Open: open, Notes: ui.Notes{}, Typed: map[string]string{}, Said: r.URL.Query().Get("said"), Today: p.Today()}
	status := http.StatusOK
	if no := chepiao.AsRefusal(err); no != nil {
		status = ui.Told(r, no)
		page.Notes.Add(no) //nolint:errcheck // it is a refusal
		for name := range r.PostForm {
			page.Typed[name] = r.PostFormValue(name)
		}
	} else if err != nil {
		p.Fault(w, r, err)
		return
	} else if plate := r.FormValue("plate"); plate != "" {
		page.Typed["plate"] = plate
	}
	if page.Once, err = p.Secret(); err == nil {
		err = p.fillFleet(r.Context(), &page)
	}
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, status, "fleet", page)
}

func (p *Pages) fillFleet(ctx context.Context, page *fleetPage) error {
	t := p.Office.Timetable()
	kinds := chepiao.PaperKinds()
	page.Kinds, page.Driving = kinds[:vehiclePapers], kinds[vehiclePapers:]
	page.Carriers, page.Coaches = t.Carriers, t.Vehicles
	vehicles, err := p.Office.Fleet(ctx, "", fleetMost)
	if err != nil {
		return err
	}
	rules := p.Office.Rules()
	for _, v := range vehicles {
		row := vehicleRow{Vehicle: v, Cells: cells(v.Papers, page.Kinds, page.Today), Safe: "none"}
		if !v.Checked.IsZero() {
			row.Safe = "old"
			if p.DayOf(v.Checked) == page.Today || !rules.SafetyCheckDay && p.Now().Sub(v.Checked).Hours() <= 24 {
				row.Safe = "good"
			}
		}
		_, lapsed := v.Lapsed(page.Today)
		row.MayGo = !lapsed && (row.Safe == "good" || !rules.SafetyCheck)
		for i := range t.Carriers {
			if t.Carriers[i].Code == v.Carrier {
				row.Carrier = &t.Carriers[i]
			}
		}
		if lapsed {
			page.Bad++
		}
		page.Vehicles = append(page.Vehicles, row)
	}
	drivers, err := p.Office.Drivers(ctx, "", fleetMost)
	for _, d := range drivers {
		_, lapsed := d.Lapsed(page.Today)
		row := driverRow{Driver: d, Cells: cells(d.Papers, page.Driving, page.Today), MayGo: !lapsed}
		if d.On != 0 && d.On.Day() >= page.Today {
			row.On = p.tripOf(d.On)
		}
		if lapsed {
			page.Bad++
		}
		page.Drivers = append(page.Drivers, row)
	}
	page.More = len(vehicles) == fleetMost || len(drivers) == fleetMost
	return err
}

// cells are papers by kind, with how each stands today. Which ones must be there
// the domain says: a paper that is missing counts only where it makes the
// holder lapse.
func cells(papers []chepiao.Paper, kinds []chepiao.PaperKind, today chepiao.Day) []paperCell {
	list := make([]paperCell, len(kinds))
	for i, kind := range kinds {
		list[i].State = "none"
		for _, p := range papers {
			if p.Kind != kind {
				continue
			}
			list[i] = paperCell{"good", p.Until}
			if p.Until < today {
				list[i].State = "lapsed"
			} else if p.Until < today+soonDays {
				list[i].State = "soon"
			}
		}
		if list[i].State == "none" && must(kind) {
			list[i].State = "missing"
		}
	}
	return list
}

// must says whether a vehicle or driver may not go without the paper.
func must(kind chepiao.PaperKind) bool {
	switch kind {
	case chepiao.LineBadge, chepiao.Maintenance, chepiao.Extinguisher:
		return false
	}
	return true
}
