package office

import (
	"context"

	"chepiao"
	"chepiao/store"
)

// Reviewed is a passage that a supervisor looks at afterwards, with the journey
// and the masked passenger where there is a ticket.
type Reviewed struct {
	store.Review
	Ticket    chepiao.Ticket
	Passenger chepiao.Passenger
	Run       Run
	Found     bool
}

// Reviews lists the passages of a day that are looked at for one thing, "" for
// all: checks by hand, which are sampled (F14), overridden refusals, somebody
// else's documents (F8), forged codes, and what gates without network let pass. After is the id of the last one of the
// page before. Refusal Invalid for a thing that is not one of them.
func (o *Office) Reviews(ctx context.Context, day chepiao.Day, what chepiao.Review, after int64, limit int) ([]Reviewed, error) {
	if !what.Known() {
		return nil, chepiao.Refuse(chepiao.Invalid, "复核类别应为 manual、overridden、mismatch、forged 或 alone", "review manual, overridden, mismatch, forged or alone passages").At("what")
	}
	return o.recallAll(ctx, func(r *store.Reader) ([]store.Review, error) { return r.Reviews(day, what, after, limit) })
}

// recallAll are reviewed passages with what their tickets say today.
func (o *Office) recallAll(ctx context.Context, rows func(*store.Reader) ([]store.Review, error)) (list []Reviewed, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		rows, err := rows(r)
		if err != nil {
			return err
		}
		for _, row := range rows {
			one := Reviewed{Review: row}
			if err := o.recall(r, &one); err != nil {
				return err
			}
			list = append(list, one)
		}
		return nil
	})
	return list, err
}

// recall adds what the ticket of a reviewed passage says today.
func (o *Office) recall(r *store.Reader, one *Reviewed) error {
	if one.Check.Ticket == 0 {
		return nil
	}
	t, err := r.Ticket(one.Check.Ticket)
	if chepiao.Why(err) == chepiao.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if one.Run, err = o.Timetable().Run(t.Departure); err != nil {
		return err
	}
	sealed, ok, err := r.Person(t.ID)
	if err == nil && ok {
		one.Passenger, _ = o.secret.open(sealed, t.Person) // destroyed: empty
	}
	one.Ticket, one.Found = t, true
	return err
}
