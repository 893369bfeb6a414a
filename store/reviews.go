package store

import (
	"encoding/json"
	"fmt"
	"time"

	"chepiao"
)

// Review is a passage that a supervisor looks at afterwards. It names people by
// ticket only.
type Review struct {
	ID    int64
	At    time.Time
	Day   chepiao.Day
	By    string // device or duty that acted
	What  chepiao.Review
	Check chepiao.CheckRecord
}

// AddReview stages a passage for the supervisor's list.
func (tx *Tx) AddReview(v Review) {
	id := tx.NextIDs(1)
	body, err := json.Marshal(v.Check)
	if err != nil {
		panic("store: " + err.Error()) // plain fields marshal
	}
	tx.stage(func(c *conn) error {
		return c.one("INSERT INTO review (id, at, day, what, station, acted, body) VALUES ($1, $2, $3, $4, $5, $6, $7)",
			id, micros(v.At), int64(v.Day), string(v.What), int64(v.Check.Station), v.By, string(body))
	})
}

// Reviews reads the passages of a day that are looked at for one thing, "" for
// all, after an id, in the order in which they were recorded, at most limit.
func (r *Reader) Reviews(day chepiao.Day, what chepiao.Review, after int64, limit int) (list []Review, err error) {
	err = r.c.query("SELECT id, at, day, what, acted, body FROM review WHERE day = $1 AND (what = $2 OR $2 = '') AND id > $3 ORDER BY id LIMIT $4",
		[]any{int64(day), string(what), after, limit}, func(r rowOf) error {
			v := Review{ID: r.int(0), At: fromMicros(r.int(1)), Day: chepiao.Day(r.int(2)), What: chepiao.Review(r.text(3)), By: r.text(4)}
			if err := json.Unmarshal([]byte(r.text(5)), &v.Check); err != nil {
				return fmt.Errorf("reading review %d: %w", v.ID, err)
			}
			list = append(list, v)
			return nil
		})
	return list, err
}

// reviews holds the supervisor's list against the journal: as many passages of
// each kind.
func (e *examination) reviews() error {
	listed := map[chepiao.Review]int64{}
	err := e.c.query("SELECT what, count(*) FROM review GROUP BY what ORDER BY what", nil, func(r rowOf) error {
		listed[chepiao.Review(r.text(0))] = r.int(1)
		return nil
	})
	for _, what := range []chepiao.Review{chepiao.ReviewManual, chepiao.ReviewOverridden, chepiao.ReviewMismatch, chepiao.ReviewForged, chepiao.ReviewAlone} {
		if listed[what] != e.reviewed[what] {
			e.tell("reviews", "%d passages are listed as %s, the journal has %d", listed[what], what, e.reviewed[what])
		}
	}
	return err
}
