package desk

import (
	"context"
	"net/http"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
	"chepiao/web/ui"
)

// casesPage is the passengers whose journey was taken from them or changed, and
// who have not chosen yet.
type casesPage struct {
	Show      string // standing, lost, all
	Departure *ui.Trip
	Rows      []caseRow
	Next      chepiao.CaseID
	Said      bool
	Tasks     int // passages at gates to be looked into, in this station
	Conflicts int // between nodes, that nobody has settled
}

type caseRow struct {
	office.CaseLine
	Trip *ui.Trip // the departure that was changed
	Link string
	To   *ui.Trip // with what the passenger travels now
}

// casePage is one of them, with everything to choose from.
type casePage struct {
	caseRow
	Order   chepiao.Order
	From    *chepiao.Station
	Goal    *chepiao.Station
	Once    string
	Note    *chepiao.Refusal
	Choices []caseChoice
	Offers  []office.Offer
	All     int // tickets of the order that have something to choose
}

// caseChoice is a button.
type caseChoice struct {
	Choice chepiao.Choice
	ZH, EN string
}

// Limits of the pages.
const (
	casesMost        = 100
	alternativesMost = 8
)

func (p *Pages) caseRoutes() map[string]page {
	return map[string]page{
		"GET " + home + "/cases":         {ident.Operate, p.cases},
		"GET " + home + "/cases/{case}":  {ident.Operate, p.oneCase},
		"POST " + home + "/cases/{case}": {ident.ActOnOrder, p.choose},
	}
}

// cases lists who is still to be found a place; those whom nothing reached, or
// who did not answer in time, are a list of their own.
func (p *Pages) cases(w http.ResponseWriter, r *http.Request) {
	page := casesPage{Show: r.FormValue("show"), Said: r.FormValue("said") != ""}
	if page.Show != "lost" && page.Show != "all" {
		page.Show = "standing"
	}
	q := office.CaseQuery{Standing: page.Show == "standing", Lost: page.Show == "lost", Limit: casesMost}
	var err error
	if text := r.FormValue("departure"); text != "" {
		q.Departure, err = chepiao.ParseDepartureID(text)
	}
	if text := r.FormValue("after"); err == nil && text != "" {
		q.After, err = chepiao.ParseCaseID(text)
	}
	var lines []office.CaseLine
	if err == nil {
		lines, page.Next, err = p.Office.Cases(r.Context(), p.Now(), q)
	}
	if err == nil {
		page.Conflicts, err = p.countConflicts(r)
	}
	if s := p.Place(w, r); err == nil && s != nil {
		page.Tasks, err = p.Office.CountTasks(r.Context(), p.Today(), s.No, tasksMost)
	}
	if err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	page.Departure = p.tripOf(q.Departure)
	for _, l := range lines {
		page.Rows = append(page.Rows, p.caseRow(l))
	}
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, http.StatusOK, "cases", page)
}

func (p *Pages) caseRow(l office.CaseLine) caseRow {
	return caseRow{CaseLine: l, Trip: p.tripOf(l.Case.Departure), To: p.tripOf(l.Case.To), Link: home + "/cases/" + l.Case.ID.String()}
}

func (p *Pages) oneCase(w http.ResponseWriter, r *http.Request) {
	p.showCase(w, r, http.StatusOK, nil)
}

func (p *Pages) showCase(w http.ResponseWriter, r *http.Request, status int, note *chepiao.Refusal) {
	page, err := p.casePage(r.Context(), r.PathValue("case"))
	if err != nil {
		p.book.Refused(w, r, err, home+"/cases")
		return
	}
	page.Note = note
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, status, "case", page)
}

func (p *Pages) casePage(ctx context.Context, text string) (*casePage, error) {
	id, err := chepiao.ParseCaseID(text)
	if err != nil {
		return nil, err
	}
	c, err := p.Office.Case(ctx, id)
	if err != nil {
		return nil, err
	}
	f, err := p.Office.Look(ctx, c.Order)
	if err != nil {
		return nil, err
	}
	page := &casePage{caseRow: p.caseRow(office.CaseLine{Case: c, Overdue: c.Overdue(p.Now())}), Order: f.Order}
	for i, t := range f.Tickets {
		if t.ID == c.Ticket {
			page.Ticket, page.Name, page.Phone = t, f.Passengers[i].Name, f.Passengers[i].Phone
		}
		if t.Case != 0 {
			page.All++
		}
	}
	t := p.Office.Timetable()
	page.From, page.Goal = t.Station(page.Ticket.From), t.Station(page.Ticket.To)
	if page.Once, err = p.Secret(); err != nil || !c.State.Stands() {
		return page, err
	}
	for _, choice := range c.Choices {
		if choice == chepiao.ChooseNext {
			if page.Offers, err = p.Office.Alternatives(p.Now(), page.Ticket, 1, alternativesMost, chepiao.Window); err != nil {
				return page, err
			}
			continue
		}
		if choice != c.Choice {
			zh, en := choice.Text()
			page.Choices = append(page.Choices, caseChoice{choice, zh, en})
		}
	}
	return page, nil
}

// choose does what the passenger has said, for the one ticket of the case or
// for all of the order.
func (p *Pages) choose(w http.ResponseWriter, r *http.Request) {
	id, err := chepiao.ParseCaseID(r.PathValue("case"))
	var c chepiao.Case
	if err == nil {
		c, err = p.Office.Case(r.Context(), id)
	}
	in := office.ChoiceInput{Order: c.Order, Tickets: []chepiao.TicketID{c.Ticket}, Choice: chepiao.Choice(r.PostFormValue("choice"))}
	if r.PostFormValue("all") != "" {
		in.Tickets = nil
	}
	if text := r.PostFormValue("departure"); err == nil && text != "" {
		in.Choice = chepiao.ChooseNext
		in.Departure, err = chepiao.ParseDepartureID(text)
	}
	if err == nil {
		_, err = p.Office.Choose(r.Context(), p.Now(), p.verb(r), in)
	}
	switch refusal := chepiao.AsRefusal(err); {
	case refusal != nil:
		p.showCase(w, r, ui.Told(r, refusal), refusal)
	case err != nil:
		p.Fault(w, r, err)
	default:
		http.Redirect(w, r, home+"/cases?said=1", http.StatusSeeOther)
	}
}
