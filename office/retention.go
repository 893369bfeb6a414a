package office

import (
	"context"
	"fmt"
	"time"

	"chepiao"
	"chepiao/store"
)

// destroyedAtOnce bounds one round of DestroyPeople: selling goes on meanwhile.
const destroyedAtOnce = 500

// DestroyPeople destroys who travelled on days whose retention has ended (rule
// people_days), the oldest day first, and says of how many tickets. Stopped in the
// middle it goes on where it was: what is destroyed is seen from the records
// themselves. A copy of an older state that is put back is destroyed anew.
func (o *Office) DestroyPeople(ctx context.Context, now time.Time) (done int, err error) {
	until := o.Rules().PeopleFrom(o.today(now))
	var day, first chepiao.Day
	var tickets []chepiao.TicketID
	err = o.store.Read(ctx, func(r *store.Reader) (err error) {
		if first, err = r.DestroyedUpTo(until); err != nil {
			return err
		}
		for day = first; day < until && len(tickets) == 0; {
			if tickets, err = r.PeopleOf(day, destroyedAtOnce); err != nil {
				return err
			}
			if len(tickets) == 0 {
				day++
			}
		}
		return nil
	})
	if err != nil || day == first && len(tickets) == 0 {
		return 0, err
	}
	err = o.store.Write(ctx, func(tx *store.Tx) error {
		if day > first {
			tx.DestroyedUpTo(day)
		}
		if len(tickets) == 0 {
			return nil
		}
		return tx.DestroyPeople(day, tickets, "duty")
	})
	if err != nil {
		return 0, fmt.Errorf("destroying who travelled on %s: %w", day, err)
	}
	return len(tickets), nil
}

// Retention is the plan of what is destroyed when, and what was.
type Retention struct {
	Days    int         // a traveller is kept
	From    chepiao.Day // first service day whose travellers are kept
	Done    chepiao.Day // every day before it is destroyed
	Overdue int64       // tickets whose travellers should be destroyed already
	Rounds  []chepiao.PeopleDestroyed
}

// roundsShown bounds what is listed of the past.
const roundsShown = 60

// Retention reads the plan.
func (o *Office) Retention(ctx context.Context, now time.Time) (p Retention, err error) {
	rules := o.Rules()
	p.Days, p.From = rules.PeopleDays, rules.PeopleFrom(o.today(now))
	err = o.store.Read(ctx, func(r *store.Reader) (err error) {
		if p.Done, err = r.DestroyedUpTo(p.From); err != nil {
			return err
		}
		if p.Done < p.From { // else there is nothing to count
			if p.Overdue, err = r.PeopleKept(p.From); err != nil {
				return err
			}
		}
		p.Rounds, err = r.Destroyed(roundsShown)
		return err
	})
	return p, err
}
