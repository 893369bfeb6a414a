package office

import (
	"context"
	"strconv"
	"time"

	"chepiao"
	"chepiao/store"
)

// LookUpInput asks for the tickets of whoever holds a document.
type LookUpInput struct {
	Kind, Number, Nationality string
	Why                       chepiao.LookWhy
	Limit                     int
}

// LookUp finds the latest tickets of a person for somebody who works here, newest
// first, and records who looked and why before it answers: in the journal, and
// where the passenger may see it. A look-up without a reason is refused. Refusals:
// Invalid, and none for a person without tickets.
func (o *Office) LookUp(ctx context.Context, now time.Time, v Verb, in LookUpInput) ([]chepiao.Ticket, error) {
	if _, err := chepiao.ParseLookWhy(string(in.Why)); err != nil {
		return nil, err
	}
	token, err := o.token(now, in.Kind, in.Number, in.Nationality)
	if err != nil {
		return nil, err
	}
	var tickets []chepiao.Ticket
	err = o.store.Read(ctx, func(r *store.Reader) (err error) {
		tickets, err = r.TicketsOf(token, in.Limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	return tickets, o.NoteLookUp(ctx, v, []chepiao.PersonToken{token}, chepiao.LookByDocument, in.Why, len(tickets))
}

// NoteLookUp records a look-up that was made by something else than a document: of
// everybody whom it showed.
func (o *Office) NoteLookUp(ctx context.Context, v Verb, people []chepiao.PersonToken, how chepiao.LookHow, why chepiao.LookWhy, found int) error {
	return o.store.Write(ctx, func(tx *store.Tx) error {
		tx.Who, tx.Where = v.Who, v.At.Station
		for _, p := range people {
			if p.IsZero() {
				continue
			}
			l := chepiao.Looked{At: tx.Now, By: v.By, Staff: v.Who, Where: v.At.Station, Person: p, How: how, Why: why, Found: found}
			id := strconv.FormatInt(tx.NoteLooked(l), 10)
			if err := tx.Record("look-up "+id, 1, chepiao.Event{Kind: chepiao.PersonWasLookedUp, By: v.By, Detail: l}); err != nil {
				return err
			}
		}
		return nil
	})
}
