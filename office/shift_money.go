package office

import (
	"time"

	"chepiao"
	"chepiao/store"
)

// countIn counts a payment into the shift that it names. Cash for a shift that is
// over is refused; what a channel says after the end of the shift is nobody's.
// Refusals, for cash: ShiftClosed, CashCeiling.
func (o *Office) countIn(tx *store.Tx, p *chepiao.Payment, tickets int) error {
	if p.Shift == 0 {
		return nil
	}
	s, err := tx.Shift(p.Shift)
	if err != nil {
		return err
	}
	if p.Channel != chepiao.Cash && s.IsOpen() != nil {
		p.Shift = 0
		return nil
	}
	if s, err = s.TakeIn(*p, tickets, o.shiftRules(tx, s)); err != nil {
		return err
	}
	return tx.PutShift(s)
}

// mayMoveCash refuses with ShiftNeeded cash that would lie in nobody's drawer.
func (o *Office) mayMoveCash(tx *store.Tx, v Verb) error {
	if v.Who == "" || v.Shift != 0 {
		return nil
	}
	return chepiao.MayMoveCash(v.Who, v.Shift, o.RulesAt(tx.Now, at(o.Timetable().Station(v.At.Station))))
}

// NeedsShift says whether a clerk who has signed in cannot sell for cash here, as no
// shift of theirs is open (rule shift_needed).
func (o *Office) NeedsShift(now time.Time, v Verb) bool {
	return chepiao.MayMoveCash(v.Who, v.Shift, o.RulesAt(now, at(o.Timetable().Station(v.At.Station)))) != nil
}

// shiftRules are the rules where a shift is.
func (o *Office) shiftRules(tx *store.Tx, s chepiao.Shift) *chepiao.Rules {
	return o.RulesAt(tx.Now, at(o.Timetable().Station(s.Station)))
}

// countOut counts money out of the shift that gives it back. Refusals: ShiftClosed,
// DrawerShort.
func countOut(tx *store.Tx, b chepiao.Payback) error {
	if b.Shift == 0 {
		return nil
	}
	s, err := tx.Shift(b.Shift)
	if err != nil {
		return err
	}
	if s, err = s.PayOut(b); err != nil {
		return err
	}
	return tx.PutShift(s)
}

// countTickets counts tickets that the acting shift took back, undid or rebooked.
// Refusal ShiftClosed.
func countTickets(tx *store.Tx, v Verb, refunded, voided, rebooked int) error {
	if v.Shift == 0 {
		return nil
	}
	s, err := tx.Shift(v.Shift)
	if err != nil {
		return err
	}
	if s, err = s.Count(refunded, voided, rebooked); err != nil {
		return err
	}
	return tx.PutShift(s)
}
