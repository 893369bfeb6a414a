package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
	"chepiao/office"
)

// rules puts up the rules of the trade: as they stand, and for desks to set.
func (d *door) rules() {
	register(d, huma.Operation{OperationID: "getRules", Method: http.MethodGet, Path: "/rules", Tags: []string{"node"}, Summary: "The rules by which this node sells, refunds and checks",
		Description: "All of them, or one by name, as they stand at a place and a moment, each with the sheet that says so. docs/rules.md explains them."}, d.getRules)
	staffOnly := huma.Operation{Tags: []string{"rules"}, Security: staff}
	op := func(id, method, path, summary, more string) huma.Operation {
		o := staffOnly
		o.OperationID, o.Method, o.Path, o.Summary, o.Description = id, method, path, summary, more
		return o
	}
	register(d, op("listSheets", http.MethodGet, "/rules/sheets", "Every sheet of rules, in the order of recording", ""), d.listSheets)
	add := op("setSheet", http.MethodPost, "/rules/sheets", "Set rules for the nation, a province, a station or a line",
		"What was sold keeps its terms of fare, refund and rebooking. A rule that is unknown, out of bounds, not this layer's or in contradiction with others, now or later, is refused by its name.")
	add.DefaultStatus = http.StatusCreated
	register(d, add, d.setSheet)
	register(d, op("previewSheet", http.MethodPost, "/rules/sheets/preview", "What a sheet would change", "Nothing is recorded. The sums say what the tickets sold would be worth under it; they keep their terms."), d.previewSheet)
	register(d, op("withdrawSheet", http.MethodDelete, "/rules/sheets/{no}", "Withdraw a sheet that is not in effect yet", ""), d.withdrawSheet)
	register(d, op("exportRules", http.MethodGet, "/rules/export", "All sheets as a file", "The format chepiao-rules-1, which import reads."), d.exportRules)
	register(d, op("importRules", http.MethodPost, "/rules/import", "Take over the sheets of a file that are not here",
		"All of them or none; a file taken twice changes nothing the second time. Files beyond the size of a request are imported with `chepiao rules import`."), d.importRules)
}

type rulesInput struct {
	Station string    `query:"station" maxLength:"60" doc:"Code of the boarding station."`
	Line    string    `query:"line" maxLength:"60" doc:"Code of the line."`
	Name    string    `query:"name" maxLength:"40" doc:"One rule only." example:"refund"`
	At      time.Time `query:"at" doc:"As they stand at this moment; absent: now."`
}

// Rules are the rules as they stand at a place.
type Rules struct {
	Version  int64     `json:"version" doc:"Edition of the rule book: how many sheets are in effect."`
	At       time.Time `json:"at"`
	Province string    `json:"province,omitempty"`
	Station  string    `json:"station,omitempty"`
	Line     string    `json:"line,omitempty"`
	Rules    []Rule    `json:"rules"`
}

// Rule is one rule with who says so.
type Rule struct {
	Name    string    `json:"name"`
	Section string    `json:"section" doc:"Of the requirements."`
	NameZH  string    `json:"name_zh"`
	NameEN  string    `json:"name_en"`
	Unit    string    `json:"unit" doc:"Numbers are integers: seconds, fen, days; a share in basis points."`
	Value   ruleValue `json:"value"`
	SaidZH  string    `json:"said_zh" doc:"The value in words."`
	SaidEN  string    `json:"said_en"`
	Layers  []string  `json:"layers" doc:"Whose sheets may set it."`
	Scope   string    `json:"scope" doc:"Whose sheet sets it here."`
	Sheet   int64     `json:"sheet"`
	Since   time.Time `json:"since"`
	ZH      string    `json:"zh"`
	EN      string    `json:"en"`
	Coming  []int64   `json:"coming,omitempty" doc:"Sheets that will set it here later."`
}

// ruleValue is a value as a sheet writes it.
type ruleValue struct{ json.RawMessage }

// Schema leaves the form to the rule's unit.
func (ruleValue) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Description: "A number, a truth value or a list, by the rule's unit."}
}

func (d *door) getRules(_ context.Context, in *rulesInput) (*body[Rules], error) {
	where, err := d.Office.Place(in.Station, in.Line)
	if err != nil {
		return nil, err
	}
	at := in.At
	if at.IsZero() {
		at = d.Now()
	}
	out := Rules{At: d.moment(at), Province: where.Province, Station: where.Station, Line: where.Line, Rules: []Rule{}}
	if in.Name != "" {
		a, err := d.Office.ExplainRule(in.Name, where, at)
		if err != nil {
			return nil, err
		}
		out.Version, out.Rules = a.Because.Version, append(out.Rules, d.ruleOf(a))
		return &body[Rules]{out}, nil
	}
	for _, a := range d.Office.ExplainRules(where, at) {
		out.Version, out.Rules = a.Because.Version, append(out.Rules, d.ruleOf(a))
	}
	return &body[Rules]{out}, nil
}

func (d *door) ruleOf(a office.RuleAnswer) Rule {
	r := Rule{
		Name: a.Rule.Name, Section: a.Rule.Section, NameZH: a.Rule.ZH, NameEN: a.Rule.EN, Unit: string(a.Rule.Unit), Value: ruleValue{a.Value}, SaidZH: a.ZH, SaidEN: a.EN,
		Scope: a.Sheet.Scope.String(), Sheet: a.Sheet.No, Since: d.moment(a.Sheet.Effective), ZH: a.Because.ZH, EN: a.Because.EN,
	}
	for _, l := range a.Rule.Layers() {
		r.Layers = append(r.Layers, string(l))
	}
	for _, s := range a.Coming {
		r.Coming = append(r.Coming, s.No)
	}
	return r
}

// ruleValues are the values of a sheet: {"advance_days":10}.
type ruleValues struct{ json.RawMessage }

// Schema leaves the members to docs/rules.md.
func (ruleValues) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, Description: "Rules by name: see GET /rules.", AdditionalProperties: true, Examples: []any{map[string]any{"advance_days": 10}}}
}

// Sheet is some rules set together.
type Sheet struct {
	No        int64      `json:"no"`
	Scope     string     `json:"scope" example:"station:SJZ"`
	Effective time.Time  `json:"effective"`
	Recorded  time.Time  `json:"recorded"`
	Withdrawn *time.Time `json:"withdrawn,omitempty"`
	Author    string     `json:"author"`
	Reason    string     `json:"reason"`
	Values    ruleValues `json:"values"`
}

func (d *door) sheetOf(s chepiao.Sheet) Sheet {
	out := Sheet{No: s.No, Scope: s.Scope.String(), Effective: d.moment(s.Effective), Recorded: d.moment(s.Recorded), Author: s.Author, Reason: s.Reason, Values: ruleValues{s.Values}}
	if !s.Withdrawn.IsZero() {
		at := d.moment(s.Withdrawn)
		out.Withdrawn = &at
	}
	return out
}
