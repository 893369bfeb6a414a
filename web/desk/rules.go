package desk

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
)

const rulesHome = home + "/rules"

func (p *Pages) rulesRoutes() map[string]page {
	return map[string]page{
		"GET " + rulesHome:                            {ident.SetRules, p.rules},
		"GET " + rulesHome + "/edit":                  {ident.SetRules, p.editRules},
		"POST " + rulesHome + "/edit":                 {ident.SetRules, p.setRules},
		"GET " + rulesHome + "/sheets":                {ident.SetRules, p.sheets},
		"POST " + rulesHome + "/sheets/{no}/withdraw": {ident.SetRules, p.withdrawSheet},
	}
}

// rulesPage is every rule as it stands in a scope, by section.
type rulesPage struct {
	Scope    chepiao.Scope
	Name     string // of the station or line
	Scopes   []scopeOption
	Query    string
	Sections []ruleSection
	Found    int
	Edition  int64
	Done     string // number of the sheet that was just set
	Note     *chepiao.Refusal
}

// scopeOption is a scope that a form offers.
type scopeOption struct{ Scope, ZH, EN string }

type ruleSection struct {
	ZH, EN string
	Rows   []ruleRow
}

// ruleRow is one rule; Own says that the scope's own sheets set it, May that
// they may.
type ruleRow struct {
	office.RuleAnswer
	Own, May bool
}

// sectionNames are the first rules of the parts of the table and their titles.
var sectionNames = []struct{ first, zh, en string }{
	{"advance_days", "售票", "Sale"}, {"fen_per_km", "票价", "Fares"}, {"free_age", "儿童", "Children"}, {"refund", "退票", "Refund"},
	{"rebook_times", "改签与更正", "Rebook and correct"}, {"check_opens", "检票与发班", "Check and dispatch"}, {"report_opens", "车辆", "Vehicles"},
	{"wait_closes", "候补、变更、凭证", "Waitlist, changes, vouchers"},
}

func (p *Pages) rules(w http.ResponseWriter, r *http.Request) {
	page := rulesPage{Query: strings.TrimSpace(r.FormValue("q")), Done: r.FormValue("done"), Scopes: p.scopes()}
	scope, where, err := p.scope(r.FormValue("scope"))
	if page.Note = chepiao.AsRefusal(err); err != nil && page.Note == nil {
		p.Fault(w, r, err)
		return
	}
	page.Scope = scope
	for _, o := range page.Scopes {
		if o.Scope == scope.String() {
			page.Name = o.ZH
		}
	}
	for _, a := range p.Office.ExplainRules(where, p.Now()) {
		for _, s := range sectionNames {
			if s.first == a.Rule.Name {
				page.Sections = append(page.Sections, ruleSection{ZH: s.zh, EN: s.en})
			}
		}
		page.Edition = a.Because.Version
		if !finds(a, page.Query) {
			continue
		}
		page.Found++
		last := &page.Sections[len(page.Sections)-1]
		last.Rows = append(last.Rows, ruleRow{a, a.Sheet.Scope == scope, slices.Contains(a.Rule.Layers(), scope.Layer)})
	}
	page.Sections = slices.DeleteFunc(page.Sections, func(s ruleSection) bool { return len(s.Rows) == 0 })
	p.book.Show(w, r, http.StatusOK, "rules", page)
}

// finds says whether a rule is what somebody looks for: in its name, its words,
// its value or its source.
func finds(a office.RuleAnswer, query string) bool {
	text := strings.ToLower(strings.Join([]string{a.Rule.Name, a.Rule.ZH, a.Rule.EN, a.Rule.Source, a.ZH, a.EN}, " "))
	for word := range strings.FieldsSeq(strings.ToLower(query)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// scope reads a scope as the page spells it, "" for the nation, and where it is.
// Refused, it is the nation.
func (p *Pages) scope(text string) (s chepiao.Scope, where chepiao.Where, err error) {
	s = chepiao.Scope{Layer: chepiao.National}
	if text == "" {
		return s, where, nil
	}
	wanted, err := chepiao.ParseScope(strings.TrimSpace(text))
	if err != nil {
		return s, where, err
	}
	switch wanted.Layer {
	case chepiao.Provincial:
		where.Province = wanted.ID
	case chepiao.AtStation:
		where, err = p.Office.Place(wanted.ID, "")
	case chepiao.OnLine:
		where, err = p.Office.Place("", wanted.ID)
	}
	if err != nil {
		return s, where, err
	}
	return wanted, where, nil
}

// scopes offers the nation, the scopes that have sheets, and the first stations
// and lines of the network; any other may be typed.
func (p *Pages) scopes() []scopeOption {
	const most = 200
	list := []scopeOption{{string(chepiao.National), "全国", "Nation"}}
	add := func(scope, zh, en string) {
		if !slices.ContainsFunc(list, func(o scopeOption) bool { return o.Scope == scope }) {
			list = append(list, scopeOption{scope, zh, en})
		}
	}
	t := p.Office.Timetable()
	provinces := map[string]bool{}
	for _, s := range t.SearchStations("", most) {
		en := s.English
		if en == "" {
			en = s.Name
		}
		add(chepiao.Scope{Layer: chepiao.AtStation, ID: s.Code}.String(), s.Name, en)
		if len(s.Region) >= 2 && !provinces[s.Region[:2]] {
			provinces[s.Region[:2]] = true
			add(chepiao.Scope{Layer: chepiao.Provincial, ID: s.Region[:2]}.String(), "省级 "+s.Region[:2], "Province "+s.Region[:2])
		}
	}
	for _, l := range t.Lines[:min(most, len(t.Lines))] {
		add(chepiao.Scope{Layer: chepiao.OnLine, ID: l.Code}.String(), l.Name, l.Name)
	}
	for _, s := range p.Office.Sheets() {
		add(s.Scope.String(), s.Scope.String(), s.Scope.String())
	}
	return list
}

// rulesLink is the page of a scope.
func rulesLink(scope chepiao.Scope, more ...string) string {
	q := url.Values{"scope": {scope.String()}}
	for i := 0; i+1 < len(more); i += 2 {
		q.Add(more[i], more[i+1])
	}
	return rulesHome + "?" + q.Encode()
}

// sheetsPage is every sheet, the latest first.
type sheetsPage struct {
	Rows []sheetRow
	Once string
	Note *chepiao.Refusal
}

// sheetRow is one sheet in words; Coming says that it may be withdrawn.
type sheetRow struct {
	chepiao.Sheet
	Sets   []setRule
	More   int // rules that are not shown
	Coming bool
}

// setRule is one rule of a sheet in words.
type setRule struct {
	chepiao.Rule
	ValueZH, ValueEN string
}

// sheetRulesShown bounds the rules that a row shows: the first sheet has all.
const sheetRulesShown = 8

func (p *Pages) sheets(w http.ResponseWriter, r *http.Request) {
	p.showSheets(w, r, http.StatusOK, nil)
}

func (p *Pages) showSheets(w http.ResponseWriter, r *http.Request, status int, note *chepiao.Refusal) {
	once, err := p.Secret()
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	page := sheetsPage{Once: once, Note: note}
	for _, s := range slices.Backward(p.Office.Sheets()) {
		row := sheetRow{Sheet: s, Coming: s.Withdrawn.IsZero() && s.Effective.After(p.Now())}
		rules, err := chepiao.ParseRules(s.Values)
		if rules == nil {
			p.Fault(w, r, err)
			return
		}
		for _, name := range s.Names() {
			rule, err := chepiao.RuleNamed(name)
			if err != nil {
				p.Fault(w, r, err)
				return
			}
			if len(row.Sets) == sheetRulesShown {
				row.More++
				continue
			}
			one := setRule{Rule: rule}
			one.ValueZH, one.ValueEN = rule.Say(rules)
			row.Sets = append(row.Sets, one)
		}
		page.Rows = append(page.Rows, row)
	}
	p.book.Show(w, r, status, "sheets", page)
}

func (p *Pages) withdrawSheet(w http.ResponseWriter, r *http.Request) {
	no, err := readNumber(r.PathValue("no"))
	if err == nil {
		_, err = p.Office.WithdrawSheet(r.Context(), p.verb(r), no)
	}
	if err == nil {
		http.Redirect(w, r, rulesHome+"/sheets", http.StatusSeeOther)
		return
	}
	refusal := chepiao.AsRefusal(err)
	if refusal == nil {
		p.Fault(w, r, err)
		return
	}
	p.showSheets(w, r, http.StatusConflict, refusal)
}
