package store

import (
	"encoding/json"
	"fmt"
	"slices"

	"chepiao"
)

func loadShift(c *conn, id chepiao.ShiftID) (chepiao.Shift, bool, error) {
	return one[chepiao.Shift](c, "SELECT body FROM shift WHERE id = $1", int64(id))
}

func flushShift(c *conn) func(chepiao.Shift, int64) error {
	return func(v chepiao.Shift, base int64) error {
		body, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("writing a shift: %w", err)
		}
		if base == 0 {
			return c.one("INSERT INTO shift (id, opens, staff, device, station, state, body, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
				int64(v.ID), v.Opens(), string(v.Staff), v.Device, int64(v.Station), string(v.State), string(body), v.Version)
		}
		return c.one("UPDATE shift SET state = $1, body = $2, version = $3 WHERE id = $4 AND version = $5", string(v.State), string(body), v.Version, int64(v.ID), base)
	}
}

// Shift is a shift as it stands. Every payment that it counts changes it, so a
// payment in one process and the end of the shift in another cannot pass each
// other. Refusal NotFound.
func (tx *Tx) Shift(id chepiao.ShiftID) (chepiao.Shift, error) {
	v, ok, err := tx.s.shifts.get(tx.s.ahead, id)
	if err == nil && !ok {
		err = noSuchShift
	}
	return v, err
}

// AddShift stages a new shift.
func (tx *Tx) AddShift(v chepiao.Shift) { tx.onUndo(tx.s.shifts.add(v.ID, v)) }

// PutShift stages a changed shift.
func (tx *Tx) PutShift(v chepiao.Shift) error {
	undo, err := tx.s.shifts.put(tx.s.ahead, v.ID, v)
	if err == nil {
		tx.onUndo(undo)
	}
	return err
}

// OpenShifts are the open shifts that stand in the way of a new one: those of its
// person or kiosk and of its device, as the batch sees them.
func (tx *Tx) OpenShifts(opens, device string) ([]chepiao.Shift, error) {
	list, err := bodies[chepiao.Shift](tx.s.writer, "SELECT body FROM shift WHERE state = 'open' AND (opens = $1 OR device = $2) ORDER BY id", opens, device)
	if err != nil {
		return nil, err
	}
	for i, v := range list {
		tx.s.shifts.note(v.ID, v)
		if st := tx.s.shifts.now.staged[v.ID]; st != nil {
			list[i] = st.v
		}
	}
	for _, key := range tx.s.shifts.now.order {
		if st := tx.s.shifts.now.staged[key]; st.base == 0 && (st.v.Opens() == opens || st.v.Device == device) {
			list = append(list, st.v)
		}
	}
	return slices.DeleteFunc(list, func(v chepiao.Shift) bool { return v.State != chepiao.OpenShift }), nil
}

// Shift reads a shift. Refusal NotFound.
func (r *Reader) Shift(id chepiao.ShiftID) (chepiao.Shift, error) {
	v, ok, err := loadShift(r.c, id)
	if err == nil && !ok {
		err = noSuchShift
	}
	return v, err
}

// OpenShift reads the open shift of a device; ok is false when there is none.
func (r *Reader) OpenShift(device string) (chepiao.Shift, bool, error) {
	return one[chepiao.Shift](r.c, "SELECT body FROM shift WHERE device = $1 AND state = 'open'", device)
}

// OpenShiftOfStaff reads the open shift of a clerk, wherever it is.
func (r *Reader) OpenShiftOfStaff(staff chepiao.StaffNo) (chepiao.Shift, bool, error) {
	return one[chepiao.Shift](r.c, "SELECT body FROM shift WHERE opens = $1 AND state = 'open'", chepiao.Shift{Staff: staff}.Opens())
}

// Shifts reads the shifts before a number (0: the latest), newest first, at most
// limit: those of a station, or of all where it is 0, and only those in a state
// where one is named.
func (r *Reader) Shifts(station chepiao.StationNo, state chepiao.ShiftState, before chepiao.ShiftID, limit int) ([]chepiao.Shift, error) {
	where, args := "id > $1", []any{int64(0), limit}
	if before != 0 {
		where, args[0] = "id < $1", int64(before)
	}
	if station != 0 {
		args = append(args, int64(station))
		where += fmt.Sprintf(" AND station = $%d", len(args))
	}
	if state != "" {
		args = append(args, string(state))
		where += fmt.Sprintf(" AND state = $%d", len(args))
	}
	return bodies[chepiao.Shift](r.c, "SELECT body FROM shift WHERE "+where+" ORDER BY id DESC LIMIT $2", args...)
}

// ShiftPayments reads the payments of a shift after a number, in order, at most
// limit.
func (r *Reader) ShiftPayments(id chepiao.ShiftID, after chepiao.PaymentID, limit int) (list []chepiao.Payment, err error) {
	err = r.c.query("SELECT "+paymentColumns+" FROM payment WHERE shift = $1 AND shift <> 0 AND id > $2 ORDER BY id LIMIT $3", []any{int64(id), int64(after), limit}, func(r rowOf) error {
		list = append(list, scanPayment(r))
		return nil
	})
	return list, err
}

// ShiftPaybacks reads the money that a shift gave back after a number, in order,
// at most limit.
func (r *Reader) ShiftPaybacks(id chepiao.ShiftID, after chepiao.PaybackID, limit int) (list []chepiao.Payback, err error) {
	err = r.c.query("SELECT "+paybackColumns+" FROM payback WHERE shift = $1 AND shift <> 0 AND id > $2 ORDER BY id LIMIT $3", []any{int64(id), int64(after), limit}, func(r rowOf) error {
		list = append(list, scanPayback(r))
		return nil
	})
	return list, err
}

var noSuchShift = chepiao.Refuse(chepiao.NotFound, "没有这个班次", "there is no such shift").At("shift")
