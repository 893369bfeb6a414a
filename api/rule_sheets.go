package api

import (
	"context"
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
)

type sheetList struct {
	Sheets []Sheet `json:"sheets"`
}

func (d *door) listSheets(ctx context.Context, _ *struct{}) (*body[sheetList], error) {
	if _, err := d.may(ctx, ident.SetRules); err != nil {
		return nil, err
	}
	out := sheetList{[]Sheet{}}
	for _, s := range d.Office.Sheets() {
		out.Sheets = append(out.Sheets, d.sheetOf(s))
	}
	return &body[sheetList]{out}, nil
}

// sheetBody is what a desk sets.
type sheetBody struct {
	Scope     string     `json:"scope" minLength:"1" maxLength:"70" example:"station:SJZ" doc:"national, province:13, station:CODE or line:CODE."`
	Effective time.Time  `json:"effective,omitempty" required:"false" doc:"Absent: at once."`
	Reason    string     `json:"reason" minLength:"1" maxLength:"200"`
	Values    ruleValues `json:"values"`
}

func (b sheetBody) input() (office.SheetInput, error) {
	scope, err := chepiao.ParseScope(b.Scope)
	return office.SheetInput{Scope: scope, Effective: b.Effective, Reason: b.Reason, Values: b.Values.RawMessage}, err
}

type setSheetInput struct {
	Idempotency string    `header:"Idempotency-Key" maxLength:"100" doc:"Sent again, the request is done once and answered the same."`
	Body        sheetBody `nameHint:"SheetBody"`
}

type sheetAnswer struct {
	Sheet Sheet `json:"sheet"`
}

func (d *door) setSheet(ctx context.Context, in *setSheetInput) (*body[sheetAnswer], error) {
	device, err := d.may(ctx, ident.SetRules)
	if err != nil {
		return nil, err
	}
	input, err := in.Body.input()
	if err != nil {
		return nil, err
	}
	v, err := d.verb(ctx, in.Idempotency, device.Name)
	if err != nil {
		return nil, err
	}
	s, err := d.Office.SetSheet(ctx, v, input)
	if err != nil {
		return nil, err
	}
	return &body[sheetAnswer]{sheetAnswer{d.sheetOf(s)}}, nil
}

type withdrawInput struct {
	No          int64  `path:"no" minimum:"1" maximum:"1000000000"`
	Idempotency string `header:"Idempotency-Key" maxLength:"100"`
}

func (d *door) withdrawSheet(ctx context.Context, in *withdrawInput) (*body[sheetAnswer], error) {
	device, err := d.may(ctx, ident.SetRules)
	if err != nil {
		return nil, err
	}
	v, err := d.verb(ctx, in.Idempotency, device.Name)
	if err != nil {
		return nil, err
	}
	s, err := d.Office.WithdrawSheet(ctx, v, in.No)
	if err != nil {
		return nil, err
	}
	return &body[sheetAnswer]{sheetAnswer{d.sheetOf(s)}}, nil
}

// RuleChange is one rule that a sheet changes.
type RuleChange struct {
	Rule  string   `json:"rule"`
	Scope string   `json:"scope"`
	Sheet int64    `json:"sheet"`
	OldZH string   `json:"old_zh"`
	OldEN string   `json:"old_en"`
	NewZH string   `json:"new_zh"`
	NewEN string   `json:"new_en"`
	Kept  []string `json:"kept,omitempty" doc:"More particular places that keep a value of their own."`
}

func changesOf(changes []office.RuleChange) []RuleChange {
	out := make([]RuleChange, 0, len(changes))
	for _, c := range changes {
		r := RuleChange{c.Rule, c.Scope.String(), c.Sheet, c.OldZH, c.OldEN, c.NewZH, c.NewEN, nil}
		for _, s := range c.Kept {
			r.Kept = append(r.Kept, s.String())
		}
		out = append(out, r)
	}
	return out
}

type previewSheetInput struct {
	Body sheetBody `nameHint:"SheetBody"`
}

// RulePreview says what a sheet would change.
type RulePreview struct {
	Changes    []RuleChange `json:"changes"`
	Tickets    int          `json:"tickets" doc:"Held or paid, of departures to come, where the sheet applies. They keep their terms of fare, refund and rebooking."`
	OtherFee   int          `json:"other_fee" doc:"Of these, how many would cost another refund fee now if they were sold under the sheet."`
	OldFee     int64        `json:"old_fee" doc:"What refunding those would cost under the rules of before, in fen."`
	NewFee     int64        `json:"new_fee" doc:"And under the sheet."`
	OtherCheck int          `json:"other_check" doc:"How many are checked at another time: rules of check act on all tickets."`
	Complete   bool         `json:"complete" doc:"False: only the newest tickets were looked at."`
}

func (d *door) previewSheet(ctx context.Context, in *previewSheetInput) (*body[RulePreview], error) {
	if _, err := d.may(ctx, ident.SetRules); err != nil {
		return nil, err
	}
	input, err := in.Body.input()
	if err != nil {
		return nil, err
	}
	p, err := d.Office.PreviewSheet(ctx, input, nil)
	if err != nil {
		return nil, err
	}
	return &body[RulePreview]{RulePreview{changesOf(p.Changes), p.Tickets, p.OtherFee, int64(p.OldFee), int64(p.NewFee), p.OtherCheck, p.Complete}}, nil
}

// ruleFile is a file of rules; its members are the domain's.
type ruleFile struct{ json.RawMessage }

// Schema leaves the members to docs/rules.md.
func (ruleFile) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, Description: "A file of rules, format chepiao-rules-1.", AdditionalProperties: true}
}

func (d *door) exportRules(ctx context.Context, _ *struct{}) (*body[ruleFile], error) {
	if _, err := d.may(ctx, ident.SetRules); err != nil {
		return nil, err
	}
	return &body[ruleFile]{ruleFile{d.Office.ExportRules().JSON()}}, nil
}

type importRulesInput struct {
	Idempotency string   `header:"Idempotency-Key" maxLength:"100"`
	Try         bool     `query:"dry_run" doc:"Say what it would bring, and change nothing."`
	Body        ruleFile `nameHint:"RuleFile"`
}

type importedRules struct {
	Fresh   []Sheet      `json:"fresh" doc:"Sheets that are new here."`
	Known   int          `json:"known" doc:"Sheets that were here already."`
	Changes []RuleChange `json:"changes"`
	Unknown []string     `json:"unknown,omitempty" doc:"Places that the timetable does not have."`
}

func (d *door) importRules(ctx context.Context, in *importRulesInput) (*body[importedRules], error) {
	device, err := d.may(ctx, ident.SetRules)
	if err != nil {
		return nil, err
	}
	f, err := chepiao.ParseRuleFile(in.Body.RawMessage)
	if err != nil {
		return nil, err
	}
	v, err := d.verb(ctx, in.Idempotency, device.Name)
	if err != nil {
		return nil, err
	}
	var done office.RulesImported
	if in.Try {
		done, err = d.Office.TryImport(f)
	} else {
		done, err = d.Office.ImportRules(ctx, v, f)
	}
	if err != nil {
		return nil, err
	}
	out := importedRules{Fresh: []Sheet{}, Known: done.Known, Changes: changesOf(done.Changes)}
	for _, s := range done.Fresh {
		out.Fresh = append(out.Fresh, d.sheetOf(s))
	}
	for _, s := range done.Unknown {
		out.Unknown = append(out.Unknown, s.String())
	}
	return &body[importedRules]{out}, nil
}
