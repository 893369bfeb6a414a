package office

import (
	"context"

	"chepiao"
	"chepiao/store"
)

// tasksPast is how many days a passage stays a task when nobody settles it.
const tasksPast = 30

// Tasks are the passages that somebody has to look into: doubles and passages told
// afterwards by gates that had no node, refusals that were set aside, somebody else's
// documents, forged codes. Of a station (0: of all), after an id, at most limit.
func (o *Office) Tasks(ctx context.Context, today chepiao.Day, station chepiao.StationNo, after int64, limit int) ([]Reviewed, error) {
	return o.recallAll(ctx, func(r *store.Reader) ([]store.Review, error) {
		return r.OpenReviews(today-tasksPast, station, after, limit)
	})
}

// CountTasks is how many tasks a station has, at most limit.
func (o *Office) CountTasks(ctx context.Context, today chepiao.Day, station chepiao.StationNo, limit int) (n int, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		rows, err := r.OpenReviews(today-tasksPast, station, 0, limit)
		n = len(rows)
		return err
	})
	return n, err
}

// SettleTask records what somebody found. Refusals: Invalid at reason, NotFound,
// WrongState when it was settled.
func (o *Office) SettleTask(ctx context.Context, v Verb, id int64, note string) error {
	if err := chepiao.CheckReason(note); err != nil {
		return err
	}
	_, err := o.once(ctx, v, []any{"settle task", id, note}, func(tx *store.Tx) (*chepiao.Event, error) {
		return tx.SettleReview(id, chepiao.ReviewSettled{Review: id, Note: note, By: v.By})
	})
	return err
}
