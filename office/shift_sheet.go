package office

import (
	"context"
	"fmt"

	"chepiao"
	"chepiao/store"
)

// ShiftLine is what a shift has to account for by one channel.
type ShiftLine struct {
	chepiao.ShiftSum
	Expected chepiao.Money `json:"expected"`
	Counted  chepiao.Money `json:"counted"` // once the shift is closed
	Over     chepiao.Money `json:"over"`    // below zero is short
}

// ShiftSheet is a shift as its closing sheet (缴款单) shows it.
type ShiftSheet struct {
	Shift    chepiao.Shift        `json:"shift"`
	Lines    []ShiftLine          `json:"lines"` // cash first
	Drawer   chepiao.Money        `json:"drawer"`
	In       chepiao.Money        `json:"in"`      // by all channels
	Back     chepiao.Money        `json:"back"`    //
	Carried  chepiao.Money        `json:"carried"` // handed in less fetched, in mid-shift
	Used     []chepiao.PaperSheet `json:"used"`    // of paper, in the order of numbers; SheetsMax at most
	Spoilt   []chepiao.PaperSheet `json:"spoilt"`
	Missing  []chepiao.PaperSheet `json:"missing"`
	Returned []chepiao.PaperSheet `json:"surrendered"` // printed in this shift and taken back since
	Left     int                  `json:"left"`        // sheets not used, while it is open
	More     bool                 `json:"more,omitempty"`
	Full     *chepiao.Explanation `json:"full,omitempty"` // the drawer is near its ceiling
}

// Runs are the numbers of a state in few words: used, spoilt, missing, surrendered.
func (s ShiftSheet) Runs(state chepiao.PaperState) []string {
	switch state {
	case chepiao.PaperUsed:
		return chepiao.Runs(s.Used)
	case chepiao.PaperSpoilt:
		return chepiao.Runs(s.Spoilt)
	case chepiao.PaperMissing:
		return chepiao.Runs(s.Missing)
	}
	return chepiao.Runs(s.Returned)
}

// SheetsMax bounds the numbers that a closing sheet lists.
const SheetsMax = 2000

// ShiftSheet is a shift with what it has to account for. Refusal NotFound.
func (o *Office) ShiftSheet(ctx context.Context, id chepiao.ShiftID) (sheet ShiftSheet, err error) {
	var paper []chepiao.PaperSheet
	err = o.store.Read(ctx, func(r *store.Reader) (err error) {
		if sheet.Shift, err = r.Shift(id); err != nil {
			return err
		}
		paper, err = r.ShiftSheets(id, "", SheetsMax+1)
		return err
	})
	if err != nil {
		if chepiao.AsRefusal(err) != nil {
			return sheet, err
		}
		return sheet, fmt.Errorf("reading a shift: %w", err)
	}
	s := sheet.Shift
	sheet.Drawer, sheet.Left, sheet.Full = s.Drawer(), s.Sheets(), o.DrawerFull(s)
	for _, c := range s.Channels() {
		line := ShiftLine{ShiftSum: chepiao.ShiftSum{Channel: c}, Expected: s.Expected(c)}
		for _, sum := range s.Sums {
			if sum.Channel == c {
				line.ShiftSum = sum
			}
		}
		if s.State != chepiao.OpenShift {
			line.Counted = s.Counted[c]
			line.Over = line.Counted - line.Expected
		}
		sheet.Lines, sheet.In, sheet.Back = append(sheet.Lines, line), sheet.In+line.In, sheet.Back+line.Back
	}
	for _, m := range s.Moves {
		if m.Fetched {
			sheet.Carried -= m.Amount
		} else {
			sheet.Carried += m.Amount
		}
	}
	if sheet.More = len(paper) > SheetsMax; sheet.More {
		paper = paper[:SheetsMax]
	}
	for _, p := range paper {
		switch p.State {
		case chepiao.PaperUsed:
			sheet.Used = append(sheet.Used, p)
		case chepiao.PaperSpoilt:
			sheet.Spoilt = append(sheet.Spoilt, p)
		case chepiao.PaperMissing:
			sheet.Missing = append(sheet.Missing, p)
		case chepiao.PaperSurrendered:
			sheet.Returned = append(sheet.Returned, p)
		}
	}
	return sheet, nil
}

// DrawerFull says by the rule cash_ceiling that an open drawer is about to have as
// much cash as it may; else nil.
func (o *Office) DrawerFull(s chepiao.Shift) *chepiao.Explanation {
	if s.State != chepiao.OpenShift {
		return nil
	}
	return s.Full(o.RulesAt(o.store.Now(), at(o.Timetable().Station(s.Station))))
}

// Shifts lists the shifts of a station (0: of all) before a number (0: the
// latest), newest first, at most limit; state "" is all of them.
func (o *Office) Shifts(ctx context.Context, station chepiao.StationNo, state chepiao.ShiftState, before chepiao.ShiftID, limit int) (list []chepiao.Shift, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) (err error) {
		list, err = r.Shifts(station, state, before, limit)
		return err
	})
	return list, err
}

// Sheet is what became of a numbered sheet. Refusal NotFound at no for one that is
// not used, or unknown.
func (o *Office) Sheet(ctx context.Context, serial string) (p chepiao.PaperSheet, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		var ok bool
		p, ok, err = r.PaperSheet(chepiao.CleanSerial(serial))
		if err == nil && !ok {
			err = chepiao.Refuse(chepiao.NotFound, "没有用该票据号开具的报销凭证", "no receipt was printed on that number").At("no")
		}
		return err
	})
	return p, err
}
