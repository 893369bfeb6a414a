package desk

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// editPage is the form of a sheet: the rules to set, from when and why; and
// what it would change, once that was asked for.
type editPage struct {
	Scope   chepiao.Scope
	Once    string
	Rows    []editRow
	From    string // "2026-11-23T00:00"; "" at once
	Reason  string
	Notes   ui.Notes
	Preview *office.RulePreview
	Seen    string                  // what the preview was of
	Names   map[string]chepiao.Rule // of the changed rules
	Back    string
}

// editRow is one rule to be set.
type editRow struct {
	chepiao.Rule
	Typed        string
	NowZH, NowEN string
	Because      chepiao.Explanation
	Options      []chepiao.RuleChoice
	Note         *chepiao.Refusal
}

// Switch says that the rule is a yes or a no.
func (e editRow) Switch() bool { return e.Unit == chepiao.UnitSwitch }

// editRulesMost bounds the rules of one form.
const editRulesMost = 40

func (p *Pages) editRules(w http.ResponseWriter, r *http.Request) {
	page, err := p.editPage(r)
	if err != nil {
		p.book.Refused(w, r, err, rulesHome)
		return
	}
	if len(page.Rows) == 0 {
		http.Redirect(w, r, page.Back, http.StatusSeeOther)
		return
	}
	if page.Once, err = p.Secret(); err != nil {
		p.Fault(w, r, err)
		return
	}
	p.book.Show(w, r, http.StatusOK, "rules_edit", page)
}

// editPage reads the form as it was sent; a rule that was not typed yet has the
// value it has.
func (p *Pages) editPage(r *http.Request) (*editPage, error) {
	scope, where, err := p.scope(r.FormValue("scope"))
	if err != nil {
		return nil, err
	}
	page := &editPage{Scope: scope, Once: r.FormValue("once"), From: r.FormValue("from"), Reason: strings.TrimSpace(r.FormValue("reason")), Notes: ui.Notes{}, Back: rulesLink(scope)}
	for _, name := range r.Form["name"] {
		if len(page.Rows) == editRulesMost {
			break
		}
		a, err := p.Office.ExplainRule(name, where, p.Now())
		if err != nil {
			return nil, err
		}
		row := editRow{Rule: a.Rule, NowZH: a.ZH, NowEN: a.EN, Because: a.Because, Options: a.Rule.Choices(), Typed: ui.Language(r).Pick(a.ZH, a.EN)}
		switch {
		case r.Form.Has("v_" + name):
			row.Typed = strings.TrimSpace(r.FormValue("v_" + name))
		case row.Options != nil:
			row.Typed = string(a.Value)
		case row.Switch():
			row.Typed = map[string]string{"true": "yes", "false": "no"}[string(a.Value)]
		}
		page.Rows = append(page.Rows, row)
	}
	return page, nil
}

// seenOf is a sheet as its preview was shown: what was changed since is shown
// again before it is set.
func seenOf(in office.SheetInput) string {
	return in.Scope.String() + " " + in.Effective.Format(time.RFC3339) + " " + string(in.Values)
}

// setRules shows what a sheet would change, or sets it when that was seen.
func (p *Pages) setRules(w http.ResponseWriter, r *http.Request) {
	page, err := p.editPage(r)
	if err != nil {
		p.book.Refused(w, r, err, rulesHome)
		return
	}
	in, err := page.input(p.Office.Timetable().Zone)
	if err == nil && r.PostFormValue("act") == "set" && r.PostFormValue("seen") == seenOf(in) {
		var s chepiao.Sheet
		if s, err = p.Office.SetSheet(r.Context(), p.verb(r), in); err == nil {
			http.Redirect(w, r, rulesLink(page.Scope, "done", strconv.FormatInt(s.No, 10)), http.StatusSeeOther)
			return
		}
	} else if err == nil {
		var seen office.RulePreview
		if seen, err = p.Office.PreviewSheet(r.Context(), in, nil); err == nil {
			page.show(&seen)
			page.Seen = seenOf(in)
		}
	}
	status := http.StatusOK
	if err != nil {
		refusal := chepiao.AsRefusal(err)
		if refusal == nil {
			p.Fault(w, r, err)
			return
		}
		status = ui.Told(r, refusal)
		page.note(refusal)
	}
	p.book.Show(w, r, status, "rules_edit", page)
}

// input is the sheet as the office takes it. Refusals Invalid, at the rule or
// "effective".
func (e *editPage) input(zone *time.Location) (in office.SheetInput, err error) {
	in = office.SheetInput{Scope: e.Scope, Reason: e.Reason}
	values := map[string]json.RawMessage{}
	for _, row := range e.Rows {
		if values[row.Name], err = row.Read(row.Typed); err != nil {
			return in, err
		}
	}
	if in.Values, err = json.Marshal(values); err != nil {
		return in, err
	}
	if e.From != "" {
		if in.Effective, err = time.ParseInLocation("2006-01-02T15:04", e.From, zone); err != nil {
			err = chepiao.Refuse(chepiao.Invalid, "生效时间有误", "the time of effect is wrong").At("effective")
		}
	}
	return in, err
}

// note puts a refusal beside the rule or field it is about.
func (e *editPage) note(refusal *chepiao.Refusal) {
	name, _, _ := strings.Cut(refusal.Field, "[")
	for i := range e.Rows {
		if e.Rows[i].Name == name {
			e.Rows[i].Note = refusal
			return
		}
	}
	switch name {
	case "effective", "reason":
		e.Notes[name] = refusal
	default:
		e.Notes[""] = refusal
	}
}

func (e *editPage) show(seen *office.RulePreview) {
	e.Preview, e.Names = seen, map[string]chepiao.Rule{}
	for _, row := range e.Rows {
		e.Names[row.Name] = row.Rule
	}
}

func readNumber(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, chepiao.Refuse(chepiao.NotFound, "没有这份规则", "there is no such sheet of rules").At("sheet")
	}
	return n, nil
}
