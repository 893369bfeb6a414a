package store

import (
	"encoding/json"
	"fmt"

	"chepiao"
)

// PutAsked stages a request to another node, new or answered.
func (tx *Tx) PutAsked(a chepiao.Asked) error {
	body, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("storing a request to another node: %w", err)
	}
	tx.stage(func(c *conn) error {
		return c.one("INSERT INTO asked (id, order_id, state, body) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET state = excluded.state, body = excluded.body",
			int64(a.ID), int64(a.Order), string(a.State), string(body))
	})
	return nil
}

// Asked reads what was asked of an order's owner, in order.
func (r *Reader) Asked(id chepiao.OrderID) (list []chepiao.Asked, err error) {
	var unread error
	err = r.c.query("SELECT body FROM asked WHERE order_id = $1 ORDER BY id", []any{int64(id)}, func(r rowOf) error {
		var a chepiao.Asked
		unread = json.Unmarshal([]byte(r.text(0)), &a)
		list = append(list, a)
		return unread
	})
	return list, err
}

// Try runs a part of a function that may be refused without the whole being: what
// it has staged is taken back then.
func (tx *Tx) Try(part func() error) error {
	undo, marked := len(tx.undo), len(tx.marked)
	err := part()
	if err == nil {
		return nil
	}
	for i := len(tx.undo) - 1; i >= undo; i-- {
		tx.undo[i]()
	}
	tx.undo = tx.undo[:undo]
	for _, row := range tx.marked[marked:] {
		row.marked = false
	}
	tx.marked = tx.marked[:marked]
	return err
}
