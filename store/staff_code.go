package store

import (
	"time"

	"chepiao"
)

// StaffTry counts what was tried in vain under a name: a keyed hash of an account
// or of an address. Nothing is tried before Next.
type StaffTry struct {
	Name  []byte
	Tries int
	Next  time.Time
	Last  time.Time
}

// StaffTry reads a count; none is zero.
func (r *Reader) StaffTry(name []byte) (t StaffTry, err error) {
	t.Name = name
	err = r.c.query("SELECT tries, next, last FROM staff_try WHERE name = $1", []any{name}, func(r rowOf) error {
		t.Tries, t.Next, t.Last = int(r.int(0)), fromMicros(r.int(1)), fromMicros(r.int(2))
		return nil
	})
	return t, err
}

// PutStaffTry stages a count that was was. Two tries at once collide: one of them
// runs again and finds the other counted.
func (tx *Tx) PutStaffTry(was, next StaffTry) {
	tx.stage(func(c *conn) error {
		if was.Tries == 0 && was.Last.IsZero() {
			return c.one("INSERT INTO staff_try (name, tries, next, last) VALUES ($1, $2, $3, $4)", next.Name, next.Tries, micros(next.Next), micros(next.Last))
		}
		return c.one("UPDATE staff_try SET tries = $1, next = $2, last = $3 WHERE name = $4 AND tries = $5 AND last = $6",
			next.Tries, micros(next.Next), micros(next.Last), next.Name, was.Tries, micros(was.Last))
	})
}

// ForgetStaffTry stages that a name was proved right.
func (tx *Tx) ForgetStaffTry(name []byte) { tx.some("DELETE FROM staff_try WHERE name = $1", name) }

// StaffCode is something that is good once until a moment: a link to choose a
// password by, a question that a passkey must answer. Hash is of what the browser
// has.
type StaffCode struct {
	Hash  []byte
	Kind  string
	Staff chepiao.StaffNo // "" for nobody yet
	Body  []byte
	Until time.Time
}

// StaffCode reads a code of a kind; ok is false when there is none.
func (r *Reader) StaffCode(kind string, hash []byte) (s StaffCode, ok bool, err error) {
	err = r.c.query("SELECT hash, kind, staff, body, until FROM staff_code WHERE hash = $1 AND kind = $2", []any{hash, kind}, func(r rowOf) error {
		s, ok = StaffCode{Hash: r.bytes(0), Kind: r.text(1), Staff: chepiao.StaffNo(r.text(2)), Body: r.bytes(3), Until: fromMicros(r.int(4))}, true
		return nil
	})
	return s, ok, err
}

// AddStaffCode stages a new code.
func (tx *Tx) AddStaffCode(s StaffCode) {
	if s.Body == nil {
		s.Body = []byte{}
	}
	tx.stage(func(c *conn) error {
		return c.one("INSERT INTO staff_code (hash, kind, staff, body, until) VALUES ($1, $2, $3, $4, $5)", s.Hash, s.Kind, string(s.Staff), s.Body, micros(s.Until))
	})
}

// TakeStaffCode stages that a code is used up. Of two who use it at once one
// misses it.
func (tx *Tx) TakeStaffCode(s StaffCode) {
	tx.stage(func(c *conn) error {
		return c.one("DELETE FROM staff_code WHERE hash = $1", s.Hash)
	})
}

// EndStaffCodes stages the end of all codes of a kind that somebody has.
func (tx *Tx) EndStaffCodes(kind string, no chepiao.StaffNo) {
	tx.some("DELETE FROM staff_code WHERE kind = $1 AND staff = $2", kind, string(no))
}

// StaffKey is a passkey of somebody. Body is the credential as the door reads it:
// a public key and counters.
type StaffKey struct {
	ID      []byte
	Staff   chepiao.StaffNo
	Name    string
	Body    []byte
	Created time.Time
	Used    time.Time
	Version int64
}

// StaffKeys reads the passkeys of somebody, in the order in which they came, at
// most limit.
func (r *Reader) StaffKeys(no chepiao.StaffNo, limit int) (list []StaffKey, err error) {
	err = r.c.query("SELECT id, staff, name, body, created, used, version FROM staff_key WHERE staff = $1 ORDER BY created, id LIMIT $2", []any{string(no), limit}, func(r rowOf) error {
		list = append(list, StaffKey{ID: r.bytes(0), Staff: chepiao.StaffNo(r.text(1)), Name: r.text(2), Body: r.bytes(3), Created: fromMicros(r.int(4)), Used: fromMicros(r.int(5)), Version: r.int(6)})
		return nil
	})
	return list, err
}

// AddStaffKey stages a new passkey.
func (tx *Tx) AddStaffKey(k StaffKey) {
	tx.stage(func(c *conn) error {
		return c.one("INSERT INTO staff_key (id, staff, name, body, created, used, version) VALUES ($1, $2, $3, $4, $5, $6, $7)",
			k.ID, string(k.Staff), k.Name, k.Body, micros(k.Created), micros(k.Used), k.Version)
	})
}

// PutStaffKey stages that a passkey was used; its version is one more than the
// stored.
func (tx *Tx) PutStaffKey(k StaffKey) {
	tx.stage(func(c *conn) error {
		return c.one("UPDATE staff_key SET body = $1, used = $2, version = $3 WHERE id = $4 AND version = $5", k.Body, micros(k.Used), k.Version, k.ID, k.Version-1)
	})
}

// RemoveStaffKeys stages the end of one passkey of somebody, or of all where id is
// nil.
func (tx *Tx) RemoveStaffKeys(no chepiao.StaffNo, id []byte) {
	if id == nil {
		tx.some("DELETE FROM staff_key WHERE staff = $1", string(no))
		return
	}
	tx.some("DELETE FROM staff_key WHERE staff = $1 AND id = $2", string(no), id)
}
