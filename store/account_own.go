package store

import (
	"time"

	"chepiao"
)

// What belongs to an account, and what is kept for the people in it.

// LinkOrder stages that an order belongs to a member. An order that belongs to
// somebody already stays theirs.
func (tx *Tx) LinkOrder(id chepiao.OrderID, member chepiao.MemberID) {
	tx.some("INSERT INTO member_order (order_id, member, at) VALUES ($1, $2, $3) ON CONFLICT (order_id) DO NOTHING", int64(id), int64(member), micros(tx.Now))
}

// FollowOrder stages that an order which takes the place of another belongs to whom
// that one belonged, if to anybody.
func (tx *Tx) FollowOrder(id, origin chepiao.OrderID) {
	tx.some("INSERT INTO member_order (order_id, member, at) SELECT $1, member, $2 FROM member_order WHERE order_id = $3 ON CONFLICT (order_id) DO NOTHING", int64(id), micros(tx.Now), int64(origin))
}

// MemberOrders reads the orders of a member before a number, newest first, at most
// limit; before 0 is from the newest.
func (r *Reader) MemberOrders(member chepiao.MemberID, before chepiao.OrderID, limit int) (ids []chepiao.OrderID, err error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	err = r.c.query("SELECT order_id FROM member_order WHERE member = $1 AND order_id < $2 ORDER BY order_id DESC LIMIT $3", []any{int64(member), int64(before), limit}, func(r rowOf) error {
		ids = append(ids, chepiao.OrderID(r.int(0)))
		return nil
	})
	return ids, err
}

// MemberOf reads whose order it is, 0 for nobody's.
func (r *Reader) MemberOf(id chepiao.OrderID) (member chepiao.MemberID, err error) {
	err = r.c.query("SELECT member FROM member_order WHERE order_id = $1", []any{int64(id)}, func(r rowOf) error {
		member = chepiao.MemberID(r.int(0))
		return nil
	})
	return member, err
}

// SavedPassenger is somebody whom a member has saved, sealed.
type SavedPassenger struct {
	ID      chepiao.SavedID
	Member  chepiao.MemberID
	Person  chepiao.PersonToken
	Created time.Time
	Version int64
	Sealed
}

// SavedPassengers reads whom a member has saved, in the order in which they came,
// at most limit.
func (r *Reader) SavedPassengers(member chepiao.MemberID, limit int) (list []SavedPassenger, err error) {
	err = r.c.query("SELECT id, member, person, wrapped, sealed, created, version FROM saved_passenger WHERE member = $1 ORDER BY id LIMIT $2", []any{int64(member), limit}, func(r rowOf) error {
		list = append(list, SavedPassenger{ID: chepiao.SavedID(r.int(0)), Member: chepiao.MemberID(r.int(1)), Person: chepiao.PersonToken(r.bytes(2)),
			Sealed: Sealed{r.bytes(3), r.bytes(4)}, Created: fromMicros(r.int(5)), Version: r.int(6)})
		return nil
	})
	return list, err
}

// SavePassenger stages somebody new. The same person twice collides.
func (tx *Tx) SavePassenger(p SavedPassenger) {
	tx.stage(func(c *conn) error {
		return c.one("INSERT INTO saved_passenger (id, member, person, wrapped, sealed, created, version) VALUES ($1, $2, $3, $4, $5, $6, $7)",
			int64(p.ID), int64(p.Member), p.Person[:], p.Wrapped, p.Box, micros(p.Created), p.Version)
	})
}

// PutPassenger stages a changed one, whose version is one more than the stored.
func (tx *Tx) PutPassenger(p SavedPassenger) {
	tx.stage(func(c *conn) error {
		return c.one("UPDATE saved_passenger SET person = $1, wrapped = $2, sealed = $3, version = $4 WHERE id = $5 AND member = $6 AND version = $7",
			p.Person[:], p.Wrapped, p.Box, p.Version, int64(p.ID), int64(p.Member), p.Version-1)
	})
}

// ForgetPassenger stages that somebody is no longer saved: row and key are gone.
func (tx *Tx) ForgetPassenger(member chepiao.MemberID, id chepiao.SavedID) {
	tx.some("DELETE FROM saved_passenger WHERE id = $1 AND member = $2", int64(id), int64(member))
}

// NoteLooked stages a look-up, and says its number.
func (tx *Tx) NoteLooked(l chepiao.Looked) (id int64) {
	id = tx.NextIDs(1)
	tx.stage(func(c *conn) error {
		return c.one("INSERT INTO looked (id, person, at, device, staff, station, how, why, found) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
			id, l.Person[:], micros(l.At), l.By, string(l.Staff), int64(l.Where), string(l.How), string(l.Why), l.Found)
	})
	return id
}

// LookedUp reads who looked a person up, the latest first, at most limit.
func (r *Reader) LookedUp(person chepiao.PersonToken, limit int) (list []chepiao.Looked, err error) {
	return r.looked("WHERE person = $1 ORDER BY at DESC, id DESC LIMIT $2", person[:], limit)
}

// LookUps reads the look-ups since a moment, in order, at most limit: for those who
// watch over them.
func (r *Reader) LookUps(since time.Time, limit int) (list []chepiao.Looked, err error) {
	return r.looked("WHERE at >= $1 ORDER BY at, id LIMIT $2", micros(since), limit)
}

// LookUpsOf reads the look-ups between two moments, of one member of staff or ("") of
// all, in order, at most limit.
func (r *Reader) LookUpsOf(from, until time.Time, staff chepiao.StaffNo, limit int) (list []chepiao.Looked, err error) {
	return r.looked("WHERE at >= $1 AND at < $2 AND ($3 = '' OR staff = $3) ORDER BY at, id LIMIT $4", micros(from), micros(until), string(staff), limit)
}

func (r *Reader) looked(where string, args ...any) (list []chepiao.Looked, err error) {
	err = r.c.query("SELECT person, at, device, staff, station, how, why, found FROM looked "+where, args, func(r rowOf) error {
		list = append(list, chepiao.Looked{Person: chepiao.PersonToken(r.bytes(0)), At: fromMicros(r.int(1)), By: r.text(2), Staff: chepiao.StaffNo(r.text(3)),
			Where: chepiao.StationNo(r.int(4)), How: chepiao.LookHow(r.text(5)), Why: chepiao.LookWhy(r.text(6)), Found: int(r.int(7))})
		return nil
	})
	return list, err
}

// NameCheck is what was said of a name under a document. Hash is of both, Person of
// the document alone.
type NameCheck struct {
	Hash    []byte
	Person  chepiao.PersonToken
	Verdict string
	At      time.Time
}

// NameCheck reads what was said of a name since a moment; "" when nothing was.
func (r *Reader) NameCheck(hash []byte, since time.Time) (verdict string, err error) {
	err = r.c.query("SELECT verdict FROM name_check WHERE hash = $1 AND at >= $2", []any{hash, micros(since)}, func(r rowOf) error {
		verdict = r.text(0)
		return nil
	})
	return verdict, err
}

// NamesTried counts the names that were said not to be a document's since a moment.
func (r *Reader) NamesTried(person chepiao.PersonToken, verdict string, since time.Time) (n int, err error) {
	err = r.c.query("SELECT COUNT(*) FROM name_check WHERE person = $1 AND at >= $2 AND verdict = $3", []any{person[:], micros(since), verdict}, func(r rowOf) error {
		n = int(r.int(0))
		return nil
	})
	return n, err
}

// PutNameCheck stages what was said of a name; the latest word stands.
func (tx *Tx) PutNameCheck(n NameCheck) {
	tx.some("INSERT INTO name_check (hash, person, verdict, at) VALUES ($1, $2, $3, $4) ON CONFLICT (hash) DO UPDATE SET verdict = excluded.verdict, at = excluded.at",
		n.Hash, n.Person[:], n.Verdict, micros(n.At))
}
