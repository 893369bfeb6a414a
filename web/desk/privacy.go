package desk

import (
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"time"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
)

// privacyPage is how long it is kept who travelled, what was destroyed, and who of
// the staff looked passengers up on a day.
type privacyPage struct {
	Plan  office.Retention
	Day   chepiao.Day
	Staff chepiao.StaffNo // whose look-ups are shown; "" is everybody's
	Looks []lookRow
	More  bool
}

// lookRow is a look-up without whom it showed.
type lookRow struct {
	chepiao.Looked
	Station string
}

// Limits of the page and of the file.
const (
	looksMost     = 200
	looksMostFile = 10_000
)

func (p *Pages) privacyRoutes() map[string]page {
	return map[string]page{
		"GET " + home + "/privacy":            {ident.Agree, p.privacy},
		"GET " + home + "/privacy/looked.csv": {ident.Agree, p.lookedFile},
	}
}

func (p *Pages) privacy(w http.ResponseWriter, r *http.Request) {
	page, err := p.looks(r, looksMost)
	if err == nil {
		page.Plan, err = p.Office.Retention(r.Context(), p.Now())
	}
	if err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, http.StatusOK, "privacy", page)
}

// looks reads the look-ups of the day and the member of staff that the address names.
func (p *Pages) looks(r *http.Request, most int) (page privacyPage, err error) {
	page.Day = p.Today()
	if text := r.FormValue("day"); text != "" {
		if page.Day, err = chepiao.ParseDay(text); err != nil {
			return page, err
		}
	}
	if text := strings.TrimSpace(r.FormValue("staff")); text != "" {
		if page.Staff, err = chepiao.ParseStaffNo(text); err != nil {
			return page, err
		}
	}
	list, more, err := p.Office.LookUps(r.Context(), page.Day, page.Staff, most)
	page.More = more
	for _, l := range list {
		row := lookRow{Looked: l}
		if s := p.Office.Timetable().Station(l.Where); s != nil {
			row.Station = s.Name
		}
		page.Looks = append(page.Looks, row)
	}
	return page, err
}

// lookedFile is the same list as a file for spreadsheets. It names staff, and no
// passenger.
func (p *Pages) lookedFile(w http.ResponseWriter, r *http.Request) {
	page, err := p.looks(r, looksMostFile)
	if err != nil {
		p.book.Refused(w, r, err, home+"/privacy")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="looked-`+page.Day.String()+`.csv"`)
	h.Set("Cache-Control", "no-store")
	w.Write([]byte("\ufeff")) //nolint:errcheck // the reader has gone; spreadsheets need the mark to read Chinese
	file := csv.NewWriter(w)
	rows := [][]string{{"at", "staff", "device", "station", "by", "why", "found"}}
	for _, l := range page.Looks {
		rows = append(rows, []string{l.At.Format(time.RFC3339), cell(string(l.Staff)), cell(l.By), cell(l.Station), string(l.How), string(l.Why), strconv.Itoa(l.Found)})
	}
	file.WriteAll(rows) //nolint:errcheck // the reader has gone
}

// cell keeps a spreadsheet from taking a text for a formula.
func cell(s string) string {
	if strings.HasPrefix(s, "=") || strings.HasPrefix(s, "+") || strings.HasPrefix(s, "-") || strings.HasPrefix(s, "@") {
		return "'" + s
	}
	return s
}
