package store

import (
	"encoding/json"
	"fmt"

	"chepiao"
)

// Conflicts between nodes are few: they are read and written past the tables that
// are kept in memory.

// PutConflict stages a conflict whose version is one more than the stored: version 1
// is a new one. Two that open the same at once collide, and one of them runs again.
func (tx *Tx) PutConflict(c chepiao.Conflict) error {
	body, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("storing a conflict: %w", err)
	}
	stands := int64(0)
	if c.Standing() {
		stands = 1
	}
	tx.stage(func(conn *conn) error {
		return conn.one("INSERT INTO conflict (id, what, stands, body) VALUES ($1, $2, $3, $4) ON CONFLICT (what) DO UPDATE SET stands = excluded.stands, body = excluded.body",
			int64(c.ID), c.What(), stands, string(body))
	})
	return nil
}

// ConflictNamed reads the conflict of a thing, standing or not; ok is false when there
// never was one.
func (r *Reader) ConflictNamed(what string) (c chepiao.Conflict, ok bool, err error) {
	list, err := bodies[chepiao.Conflict](r.c, "SELECT body FROM conflict WHERE what = $1", what)
	if err != nil || len(list) == 0 {
		return c, false, err
	}
	return list[0], true, nil
}

// Conflict reads one conflict. Refusal NotFound.
func (r *Reader) Conflict(id chepiao.ConflictID) (c chepiao.Conflict, err error) {
	list, err := bodies[chepiao.Conflict](r.c, "SELECT body FROM conflict WHERE id = $1", int64(id))
	if err == nil && len(list) == 0 {
		err = chepiao.Refuse(chepiao.NotFound, "没有这条冲突", "there is no such conflict").At("conflict")
	}
	if err != nil {
		return c, err
	}
	return list[0], nil
}

// StandingConflicts reads the conflicts that nobody has settled, oldest first, at most
// limit.
func (r *Reader) StandingConflicts(limit int) ([]chepiao.Conflict, error) {
	return bodies[chepiao.Conflict](r.c, "SELECT body FROM conflict WHERE stands = 1 ORDER BY id LIMIT $1", limit)
}

// SettledConflicts reads the conflicts that are over, latest first, at most limit.
func (r *Reader) SettledConflicts(limit int) ([]chepiao.Conflict, error) {
	return bodies[chepiao.Conflict](r.c, "SELECT body FROM conflict WHERE stands = 0 ORDER BY id DESC LIMIT $1", limit)
}

// OwnedBy reads the orders that a node owns, after an id, at most limit: those that it
// sold and has not given away, and those that it was given.
func (r *Reader) OwnedBy(node chepiao.NodeNo, after chepiao.OrderID, limit int) (list []chepiao.Order, err error) {
	for len(list) < limit {
		var page []chepiao.Order
		err := r.c.query("SELECT "+orderColumns+" FROM orders WHERE id > $1 ORDER BY id LIMIT $2", []any{int64(after), ownedPage}, func(r rowOf) error {
			page = append(page, scanOrder(r))
			return nil
		})
		if err != nil {
			return nil, err
		}
		for _, o := range page {
			after = o.ID
			if o.Owner() == node && len(list) < limit {
				list = append(list, o)
			}
		}
		if len(page) < ownedPage {
			break
		}
	}
	return list, nil
}

const ownedPage = 500
