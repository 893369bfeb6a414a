package store

import (
	"encoding/json"
	"fmt"
	"strconv"

	"chepiao"
)

// OpenReviews reads the passages since a day that somebody has to settle, of a station
// (0: of all), after an id, in the order in which they were recorded, at most limit.
// Checks by hand are not among them: they are sampled, nobody settles each.
func (r *Reader) OpenReviews(since chepiao.Day, station chepiao.StationNo, after int64, limit int) (list []Review, err error) {
	const sql = `SELECT id, review.at, day, what, review.acted, body FROM review LEFT JOIN reviewed ON reviewed.review = review.id
		WHERE reviewed.review IS NULL AND day >= $1 AND (station = $2 OR $2 = 0) AND what IN ('overridden', 'mismatch', 'forged', 'alone') AND id > $3 ORDER BY id LIMIT $4`
	err = r.c.query(sql, []any{int64(since), int64(station), after, limit}, func(r rowOf) error {
		v := Review{ID: r.int(0), At: fromMicros(r.int(1)), Day: chepiao.Day(r.int(2)), What: chepiao.Review(r.text(3)), By: r.text(4)}
		if err := json.Unmarshal([]byte(r.text(5)), &v.Check); err != nil {
			return fmt.Errorf("reading review %d: %w", v.ID, err)
		}
		list = append(list, v)
		return nil
	})
	return list, err
}

// SettleReview stages that somebody has looked into a passage, with its event. Refusal
// WrongState when somebody had, NotFound when there is none.
func (tx *Tx) SettleReview(id int64, v chepiao.ReviewSettled) (*chepiao.Event, error) {
	found, settled := false, false
	err := tx.s.writer.query("SELECT COALESCE(reviewed.review, 0) FROM review LEFT JOIN reviewed ON reviewed.review = review.id WHERE id = $1", []any{id}, func(r rowOf) error {
		found, settled = true, r.int(0) != 0
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, chepiao.Refuse(chepiao.NotFound, "没有这条核查记录", "there is no such passage to settle").At("review")
	case settled:
		return nil, chepiao.Refuse(chepiao.WrongState, "这条已经有人核查过了", "somebody has settled it already").At("review")
	}
	at, who := micros(tx.Now), string(tx.Who)
	tx.stage(func(c *conn) error {
		return c.one("INSERT INTO reviewed (review, at, acted, staff, note) VALUES ($1, $2, $3, $4, $5)", id, at, v.By, who, v.Note)
	})
	e := &chepiao.Event{Kind: chepiao.ReviewWasSettled, By: v.By, Reason: v.Note, Detail: v}
	return e, tx.Record("review "+strconv.FormatInt(id, 10), 1, *e)
}
