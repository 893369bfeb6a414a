package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"chepiao"
)

// SayInHall stages what a dispatcher said about the calls of a station, with its
// event, and gives it its number.
func (tx *Tx) SayInHall(w chepiao.HallWord, by string) (*chepiao.Event, error) {
	w.ID = tx.NextIDs(1)
	body, err := json.Marshal(w)
	if err != nil {
		return nil, fmt.Errorf("writing what the hall is told: %w", err)
	}
	tx.stage(func(c *conn) error {
		return c.one("INSERT INTO hall (id, station, at, body) VALUES ($1, $2, $3, $4)", w.ID, int64(w.Station), micros(w.At), string(body))
	})
	e := &chepiao.Event{Kind: chepiao.HallWasTold, By: by, Detail: w}
	return e, tx.Record("hall "+strconv.FormatInt(w.ID, 10), 1, *e)
}

// HallWords reads what was said about the calls of a station since a moment, in
// order: the latest limit of it.
func (r *Reader) HallWords(station chepiao.StationNo, since time.Time, limit int) ([]chepiao.HallWord, error) {
	list, err := bodies[chepiao.HallWord](r.c, "SELECT body FROM hall WHERE station = $1 AND at >= $2 ORDER BY at DESC, id DESC LIMIT $3", int64(station), micros(since), limit)
	slices.Reverse(list)
	return list, err
}
