package store

import (
	"time"

	"chepiao"
)

// StaffRow is somebody who works here, as stored. Roles and Stations are words
// with a space between; Password is what was made of the password, "" where none
// was chosen yet.
type StaffRow struct {
	No       chepiao.StaffNo
	Name     string
	Roles    string
	Stations string
	Off      bool
	Password string
	Created  time.Time
	Changed  time.Time
	Version  int64
}

const staffColumns = "staff.no, staff.name, staff.roles, staff.stations, staff.gone, staff.password, staff.created, staff.changed, staff.version"

func scanStaff(r rowOf) StaffRow {
	return StaffRow{
		No: chepiao.StaffNo(r.text(0)), Name: r.text(1), Roles: r.text(2), Stations: r.text(3), Off: r.int(4) != 0, Password: r.text(5),
		Created: fromMicros(r.int(6)), Changed: fromMicros(r.int(7)), Version: r.int(8),
	}
}

// StaffReader reads staff, sessions and what belongs to them within a
// transaction: as stored, without what the running batch has staged. Whoever
// decides by it writes with a version or key that tells when it was wrong.
func (tx *Tx) StaffReader() *Reader { return &Reader{c: tx.s.writer} }

// Staff reads an account; ok is false when there is none.
func (r *Reader) Staff(no chepiao.StaffNo) (s StaffRow, ok bool, err error) {
	err = r.c.query("SELECT "+staffColumns+" FROM staff WHERE no = $1", []any{string(no)}, func(r rowOf) error {
		s, ok = scanStaff(r), true
		return nil
	})
	return s, ok, err
}

// ListStaff reads accounts after a number, in the order of their numbers, at most
// limit.
func (r *Reader) ListStaff(after chepiao.StaffNo, limit int) (list []StaffRow, err error) {
	err = r.c.query("SELECT "+staffColumns+" FROM staff WHERE no > $1 ORDER BY no LIMIT $2", []any{string(after), limit}, func(r rowOf) error {
		list = append(list, scanStaff(r))
		return nil
	})
	return list, err
}

// CountStaff is how many accounts there are that are not switched off, with a word
// among their roles, or with any where it is "".
func (r *Reader) CountStaff(role string) (n int, err error) {
	err = r.c.query("SELECT COUNT(*) FROM staff WHERE gone = 0 AND (' ' || roles || ' ' LIKE '% ' || $1 || ' %' OR $1 = '')", []any{role}, func(r rowOf) error {
		n = int(r.int(0))
		return nil
	})
	return n, err
}

// AddStaff stages a new account. Two of one number collide: one of them runs again
// and sees the other.
func (tx *Tx) AddStaff(s StaffRow) {
	tx.stage(func(c *conn) error {
		return c.one("INSERT INTO staff (no, name, roles, stations, gone, password, created, changed, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
			string(s.No), s.Name, s.Roles, s.Stations, truth(s.Off), s.Password, micros(s.Created), micros(s.Changed), s.Version)
	})
}

// PutStaff stages a changed account, whose version is one more than the stored.
func (tx *Tx) PutStaff(s StaffRow) {
	tx.stage(func(c *conn) error {
		return c.one("UPDATE staff SET name = $1, roles = $2, stations = $3, gone = $4, password = $5, changed = $6, version = $7 WHERE no = $8 AND version = $9",
			s.Name, s.Roles, s.Stations, truth(s.Off), s.Password, micros(s.Changed), s.Version, string(s.No), s.Version-1)
	})
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// StaffSession says that somebody is signed in. Hash is of the token that the
// browser has.
type StaffSession struct {
	Hash   []byte
	Staff  chepiao.StaffNo
	Device string // name of the device they signed in at, "" without one
	How    string // "password", "passkey", "oidc"
	Began  time.Time
	Seen   time.Time
}

const sessionColumns = "staff_session.hash, staff_session.staff, staff_session.device, staff_session.how, staff_session.began, staff_session.seen"

func scanSession(r shifted) StaffSession {
	return StaffSession{Hash: r.bytes(0), Staff: chepiao.StaffNo(r.text(1)), Device: r.text(2), How: r.text(3), Began: fromMicros(r.int(4)), Seen: fromMicros(r.int(5))}
}

// shifted is a row read from a later column on.
type shifted struct {
	rowOf
	by int
}

func (s shifted) int(i int) int64    { return s.rowOf.int(i + s.by) }
func (s shifted) text(i int) string  { return s.rowOf.text(i + s.by) }
func (s shifted) bytes(i int) []byte { return s.rowOf.bytes(i + s.by) }

// StaffSession reads a session with its account; ok is false when there is none.
func (r *Reader) StaffSession(hash []byte) (s StaffSession, who StaffRow, ok bool, err error) {
	err = r.c.query("SELECT "+staffColumns+", "+sessionColumns+" FROM staff_session JOIN staff ON staff.no = staff_session.staff WHERE staff_session.hash = $1", []any{hash}, func(r rowOf) error {
		who, s, ok = scanStaff(r), scanSession(shifted{r, 9}), true
		return nil
	})
	return s, who, ok, err
}

// StaffSessions reads where somebody is signed in, the latest first, at most limit.
func (r *Reader) StaffSessions(no chepiao.StaffNo, limit int) (list []StaffSession, err error) {
	err = r.c.query("SELECT "+sessionColumns+" FROM staff_session WHERE staff = $1 ORDER BY began DESC, hash LIMIT $2", []any{string(no), limit}, func(r rowOf) error {
		list = append(list, scanSession(shifted{r, 0}))
		return nil
	})
	return list, err
}

// AddStaffSession stages a sign-in.
func (tx *Tx) AddStaffSession(s StaffSession) {
	tx.stage(func(c *conn) error {
		return c.one("INSERT INTO staff_session (hash, staff, device, how, began, seen) VALUES ($1, $2, $3, $4, $5, $6)",
			s.Hash, string(s.Staff), s.Device, s.How, micros(s.Began), micros(s.Seen))
	})
}

// SeeStaffSession stages that a session was used.
func (tx *Tx) SeeStaffSession(hash []byte, seen time.Time) {
	tx.some("UPDATE staff_session SET seen = $1 WHERE hash = $2 AND seen < $1", micros(seen), hash)
}

// EndStaffSession stages the end of a session, if it has not ended.
func (tx *Tx) EndStaffSession(hash []byte) {
	tx.some("DELETE FROM staff_session WHERE hash = $1", hash)
}

// EndStaffSessions stages the end of all sessions of somebody.
func (tx *Tx) EndStaffSessions(no chepiao.StaffNo) {
	tx.some("DELETE FROM staff_session WHERE staff = $1", string(no))
}

// ForgetOldStaff stages that sessions, codes and counts of tries are dropped which
// ended before.
func (tx *Tx) ForgetOldStaff(began, until, last time.Time) {
	tx.some("DELETE FROM staff_session WHERE began < $1", micros(began))
	tx.some("DELETE FROM staff_code WHERE until < $1", micros(until))
	tx.some("DELETE FROM staff_try WHERE last < $1", micros(last))
}

// some stages a statement that may change any number of rows.
func (tx *Tx) some(sql string, args ...any) {
	tx.stage(func(c *conn) error {
		_, err := c.exec(sql, args...)
		return err
	})
}
