package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
)

// shifts puts up clerks' shifts: a drawer and numbered paper, counted at the end.
func (d *door) shifts() {
	register(d, huma.Operation{OperationID: "openShift", Method: http.MethodPost, Path: "/shifts", Tags: []string{"staff"}, Security: staff, DefaultStatus: http.StatusCreated,
		Summary: "Open a shift", Description: "Of whoever has signed in, at the device. Cash is then counted in it; a person and a device have one open shift. A kiosk's shift has no cash: whoever looks after it loads paper with it."}, d.openShift)
	register(d, huma.Operation{OperationID: "listShifts", Method: http.MethodGet, Path: "/shifts", Tags: []string{"staff"}, Security: staff,
		Summary: "Shifts of the station, the latest first", Description: "A clerk sees his or her own, a supervisor all."}, d.listShifts)
	register(d, huma.Operation{OperationID: "getOpenShift", Method: http.MethodGet, Path: "/shifts/open", Tags: []string{"staff"}, Security: staff,
		Summary: "The open shift of whoever acts, at the device"}, d.getOpenShift)
	register(d, huma.Operation{OperationID: "carryCash", Method: http.MethodPost, Path: "/shifts/open/cash", Tags: []string{"staff"}, Security: staff,
		Summary: "Hand cash in in mid-shift, or fetch change"}, d.carryCash)
	register(d, huma.Operation{OperationID: "getShift", Method: http.MethodGet, Path: "/shifts/{shift}", Tags: []string{"staff"}, Security: staff,
		Summary: "A shift with what it has to account for"}, d.getShift)
	register(d, huma.Operation{OperationID: "countShift", Method: http.MethodPost, Path: "/shifts/{shift}/count", Tags: []string{"staff"}, Security: staff,
		Summary: "Close a shift with what was counted", Description: "Until somebody signs, it may be counted again. Paper that is left goes back to the store; what is missing of it is listed."}, d.countShift)
	register(d, huma.Operation{OperationID: "signShift", Method: http.MethodPost, Path: "/shifts/{shift}/sign", Tags: []string{"staff"}, Security: staff,
		Summary: "Sign what was counted", Description: "Another person than the one whose shift it is."}, d.signShift)
}

// ShiftMoney is what a shift has to account for by one channel.
type ShiftMoney struct {
	Channel  string `json:"channel" example:"cash"`
	In       int64  `json:"in"`
	Payments int    `json:"payments"`
	Back     int64  `json:"back"`
	Paybacks int    `json:"paybacks"`
	Expected int64  `json:"expected" doc:"Of cash: what must lie in the drawer, with the float."`
	Counted  int64  `json:"counted" doc:"0 until the shift is closed."`
	Over     int64  `json:"over" doc:"Counted less expected; below zero is short."`
}

// CashMove is cash carried between a drawer and the cashier.
type CashMove struct {
	At      time.Time `json:"at"`
	Amount  int64     `json:"amount"`
	Fetched bool      `json:"fetched" doc:"Into the drawer; else handed in."`
	With    string    `json:"with,omitempty" doc:"Staff number of who took or gave it."`
}

// SerialRun is numbered sheets in a row.
type SerialRun struct {
	Batch string `json:"batch" example:"ZP10000000015"`
	From  string `json:"from" example:"A0000001"`
	To    string `json:"to" example:"A0000100"`
	Count int    `json:"count"`
}

// Shift is a shift with what it has to account for.
type Shift struct {
	ID       string       `json:"id" example:"SF10000000018"`
	Staff    string       `json:"staff"`
	Device   string       `json:"device"`
	Kiosk    bool         `json:"kiosk"`
	State    string       `json:"state" enum:"open,closed,signed"`
	Float    int64        `json:"float"`
	Drawer   int64        `json:"drawer" doc:"Cash that must lie in the drawer now."`
	Opened   time.Time    `json:"opened"`
	Closed   *time.Time   `json:"closed,omitempty"`
	Signed   *time.Time   `json:"signed,omitempty"`
	SignedBy string       `json:"signed_by,omitempty"`
	Over     int64        `json:"over" doc:"By all channels; below zero is short."`
	Note     string       `json:"note,omitempty"`
	Money    []ShiftMoney `json:"money"`
	Moves    []CashMove   `json:"moves"`
	Sold     int          `json:"sold" doc:"Tickets."`
	Refunded int          `json:"refunded"`
	Voided   int          `json:"voided"`
	Rebooked int          `json:"rebooked"`
	Paper    []SerialRun  `json:"paper" doc:"Not used yet, the next sheet first."`
	Used     []string     `json:"used" doc:"Numbers of sheets with a receipt on them, in runs."`
	Spoilt   []string     `json:"spoilt"`
	Missing  []string     `json:"missing"`
	Taken    []string     `json:"surrendered" doc:"Printed in this shift and taken back since."`
	Warning  string       `json:"warning,omitempty" doc:"The drawer is near the ceiling of the rule cash_ceiling."`
}

type shiftAnswer struct {
	Shift Shift `json:"shift"`
}

func (d *door) shiftOf(ctx context.Context, id chepiao.ShiftID) (*body[shiftAnswer], error) {
	sheet, err := d.Office.ShiftSheet(ctx, id)
	if err != nil {
		return nil, err
	}
	s := sheet.Shift
	out := Shift{
		ID: s.ID.String(), Staff: string(s.Staff), Device: s.Device, Kiosk: s.Kiosk, State: string(s.State), Float: int64(s.Float), Drawer: int64(sheet.Drawer),
		Opened: d.moment(s.Opened), Closed: d.maybe(s.Closed), Signed: d.maybe(s.Signed), SignedBy: string(s.SignedBy), Over: int64(s.Over), Note: s.Note,
		Money: []ShiftMoney{}, Moves: []CashMove{}, Sold: s.Tickets.Sold, Refunded: s.Tickets.Refunded, Voided: s.Tickets.Voided, Rebooked: s.Tickets.Rebooked,
		Paper: runsOf(s.Paper), Used: some(chepiao.Runs(sheet.Used)), Spoilt: some(chepiao.Runs(sheet.Spoilt)), Missing: some(chepiao.Runs(sheet.Missing)), Taken: some(chepiao.Runs(sheet.Returned)),
	}
	for _, l := range sheet.Lines {
		out.Money = append(out.Money, ShiftMoney{string(l.Channel), int64(l.In), l.Payments, int64(l.Back), l.Paybacks, int64(l.Expected), int64(l.Counted), int64(l.Over)})
	}
	for _, m := range s.Moves {
		out.Moves = append(out.Moves, CashMove{d.moment(m.At), int64(m.Amount), m.Fetched, string(m.With)})
	}
	if sheet.Full != nil {
		out.Warning = sheet.Full.EN
		if !callOf(ctx).english {
			out.Warning = sheet.Full.ZH
		}
	}
	return &body[shiftAnswer]{shiftAnswer{out}}, nil
}

// maybe is a moment that may not have come.
func (d *door) maybe(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = d.moment(t)
	return &t
}

func some(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func runsOf(list []chepiao.Serials) []SerialRun {
	out := make([]SerialRun, len(list))
	for i, r := range list {
		out[i] = SerialRun{r.Batch.String(), r.First(), r.Last(), r.Count()}
	}
	return out
}

// shiftVerb is who acts, where, in which shift.
func (d *door) shiftVerb(ctx context.Context, may ident.Verb, key string) (office.Verb, error) {
	v, err := d.staffVerb(ctx, may, key)
	v.At = d.askedAt(ctx)
	return v, err
}

// ownShift lets a clerk see and count his or her own shift, and whoever signs
// shifts everybody's.
func (d *door) ownShift(ctx context.Context, text string) (chepiao.ShiftID, error) {
	id, err := chepiao.ParseShiftID(text)
	if err != nil {
		return 0, err
	}
	a, err := d.actor(ctx)
	if err != nil || a.May(ident.SignShift) {
		return id, err
	}
	sheet, err := d.Office.ShiftSheet(ctx, id)
	if err == nil && sheet.Shift.Staff != a.Who() {
		err = wrongStaffRole
	}
	return id, err
}

type openShiftInput struct {
	Idempotency string `header:"Idempotency-Key" maxLength:"100"`
	Body        struct {
		Float  int64  `json:"float,omitempty" minimum:"0" maximum:"1000000" doc:"Change in the drawer."`
		Batch  string `json:"batch,omitempty" maxLength:"30" doc:"Delivery that numbered paper is taken from."`
		Sheets int    `json:"sheets,omitempty" minimum:"0" maximum:"1000000"`
	} `nameHint:"OpenShiftBody"`
}

func (d *door) openShift(ctx context.Context, in *openShiftInput) (*body[shiftAnswer], error) {
	v, err := d.shiftVerb(ctx, ident.OpenShift, in.Idempotency)
	if err != nil {
		return nil, err
	}
	open := office.OpenShiftInput{Float: chepiao.Money(in.Body.Float), Sheets: in.Body.Sheets}
	if a, err := d.actor(ctx); err == nil && a.Device != nil {
		open.Kiosk = a.Device.Role == ident.Kiosk
	}
	if in.Body.Batch != "" {
		if open.Batch, err = chepiao.ParsePaperBatchID(in.Body.Batch); err != nil {
			return nil, err
		}
	}
	s, err := d.Office.OpenShift(ctx, v, open)
	if err != nil {
		return nil, err
	}
	return d.shiftOf(ctx, s.ID)
}

func (d *door) getOpenShift(ctx context.Context, _ *struct{}) (*body[shiftAnswer], error) {
	v, err := d.shiftVerb(ctx, ident.OpenShift, "")
	if err == nil && v.Shift == 0 {
		err = chepiao.Refuse(chepiao.ShiftNeeded, "请先开班", "open a shift first").At("shift")
	}
	if err != nil {
		return nil, err
	}
	return d.shiftOf(ctx, v.Shift)
}

type carryInput struct {
	Idempotency string `header:"Idempotency-Key" maxLength:"100"`
	Body        struct {
		Amount int64  `json:"amount" minimum:"1" maximum:"100000000"`
		Fetch  bool   `json:"fetch,omitempty" doc:"Change is fetched; else cash is handed in."`
		With   string `json:"with,omitempty" maxLength:"20" doc:"Staff number of who takes or gives it."`
	} `nameHint:"CarryBody"`
}

func (d *door) carryCash(ctx context.Context, in *carryInput) (*body[shiftAnswer], error) {
	v, err := d.shiftVerb(ctx, ident.OpenShift, in.Idempotency)
	if err != nil {
		return nil, err
	}
	carry := office.HandInInput{Amount: chepiao.Money(in.Body.Amount), Fetch: in.Body.Fetch}
	if in.Body.With != "" {
		if carry.With, err = chepiao.ParseStaffNo(in.Body.With); err != nil {
			return nil, atField("with", err)
		}
	}
	s, err := d.Office.HandIn(ctx, v, carry)
	if err != nil {
		return nil, err
	}
	return d.shiftOf(ctx, s.ID)
}

type shiftInput struct {
	Shift string `path:"shift" maxLength:"30" example:"SF10000000018"`
}

func (d *door) getShift(ctx context.Context, in *shiftInput) (*body[shiftAnswer], error) {
	if _, err := d.may(ctx, ident.OpenShift); err != nil {
		return nil, err
	}
	id, err := d.ownShift(ctx, in.Shift)
	if err != nil {
		return nil, err
	}
	return d.shiftOf(ctx, id)
}

type countInput struct {
	Shift       string `path:"shift" maxLength:"30" example:"SF10000000018"`
	Idempotency string `header:"Idempotency-Key" maxLength:"100"`
	Body        struct {
		Counted []struct {
			Channel string `json:"channel" maxLength:"20" example:"cash"`
			Amount  int64  `json:"amount" minimum:"-100000000" maximum:"1000000000"`
		} `json:"counted" minItems:"0" maxItems:"10" doc:"A channel that is not here is as expected."`
		Note  string   `json:"note,omitempty" maxLength:"800"`
		Paper []string `json:"paper,omitempty" maxItems:"20" doc:"For each run of numbers the one on top: empty as expected, - for none."`
	} `nameHint:"CountBody"`
}

func (d *door) countShift(ctx context.Context, in *countInput) (*body[shiftAnswer], error) {
	v, err := d.shiftVerb(ctx, ident.OpenShift, in.Idempotency)
	if err != nil {
		return nil, err
	}
	count := office.CloseShiftInput{Counted: map[chepiao.PaymentChannel]chepiao.Money{}, Note: in.Body.Note, Paper: in.Body.Paper}
	if count.Shift, err = d.ownShift(ctx, in.Shift); err != nil {
		return nil, err
	}
	for _, c := range in.Body.Counted {
		count.Counted[chepiao.PaymentChannel(c.Channel)] = chepiao.Money(c.Amount)
	}
	s, err := d.Office.CloseShift(ctx, v, count)
	if err != nil {
		return nil, err
	}
	return d.shiftOf(ctx, s.ID)
}

type signInput struct {
	Shift       string `path:"shift" maxLength:"30" example:"SF10000000018"`
	Idempotency string `header:"Idempotency-Key" maxLength:"100"`
	Body        struct {
		Note string `json:"note,omitempty" maxLength:"800"`
	} `nameHint:"SignShiftBody"`
}

func (d *door) signShift(ctx context.Context, in *signInput) (*body[shiftAnswer], error) {
	v, err := d.shiftVerb(ctx, ident.SignShift, in.Idempotency)
	if err != nil {
		return nil, err
	}
	id, err := chepiao.ParseShiftID(in.Shift)
	if err != nil {
		return nil, err
	}
	s, err := d.Office.SignShift(ctx, v, id, in.Body.Note)
	if err != nil {
		return nil, err
	}
	return d.shiftOf(ctx, s.ID)
}

// ShiftLine is a shift in a list.
type ShiftLine struct {
	ID       string     `json:"id"`
	Staff    string     `json:"staff"`
	Device   string     `json:"device"`
	State    string     `json:"state" enum:"open,closed,signed"`
	Opened   time.Time  `json:"opened"`
	Closed   *time.Time `json:"closed,omitempty"`
	Over     int64      `json:"over"`
	SignedBy string     `json:"signed_by,omitempty"`
}

type shiftsInput struct {
	State  string `query:"state" enum:"open,closed,signed" doc:"Only these."`
	Before string `query:"before" maxLength:"30" doc:"The last number of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type shiftsPage struct {
	Shifts []ShiftLine `json:"shifts"`
	Next   string      `json:"next,omitempty" doc:"Value of before for the next page; absent on the last one."`
}

func (d *door) listShifts(ctx context.Context, in *shiftsInput) (*body[shiftsPage], error) {
	if _, err := d.may(ctx, ident.OpenShift); err != nil {
		return nil, err
	}
	a, err := d.actor(ctx)
	if err != nil {
		return nil, err
	}
	before := chepiao.ShiftID(0)
	if in.Before != "" {
		if before, err = chepiao.ParseShiftID(in.Before); err != nil {
			return nil, atField("before", err)
		}
	}
	list, err := d.Office.Shifts(ctx, d.askedAt(ctx).Station, chepiao.ShiftState(in.State), before, in.Limit+1)
	if err != nil {
		return nil, err
	}
	page := shiftsPage{Shifts: []ShiftLine{}}
	for _, s := range list[:min(in.Limit, len(list))] {
		if s.Staff == a.Who() || a.May(ident.SignShift) {
			page.Shifts = append(page.Shifts, ShiftLine{s.ID.String(), string(s.Staff), s.Device, string(s.State), d.moment(s.Opened), d.maybe(s.Closed), int64(s.Over), string(s.SignedBy)})
		}
	}
	if len(list) > in.Limit {
		page.Next = list[in.Limit-1].ID.String()
	}
	return &body[shiftsPage]{page}, nil
}
