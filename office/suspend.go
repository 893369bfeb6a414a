package office

import (
	"context"
	"strings"

	"chepiao"
	"chepiao/store"
)

// Suspend keeps a ticket from boarding while there is a dispute about it, or
// because the police ask: it keeps its seat. Resume lets it board again. Both
// need a reason for the journal. Refusals: NotFound, Invalid, WrongState.
func (o *Office) Suspend(ctx context.Context, v Verb, id chepiao.TicketID, reason string) (chepiao.Ticket, error) {
	return o.suspend(ctx, v, id, chepiao.MoveSuspend, chepiao.TicketWasSuspended, reason)
}

// Resume ends what Suspend began.
func (o *Office) Resume(ctx context.Context, v Verb, id chepiao.TicketID, reason string) (chepiao.Ticket, error) {
	return o.suspend(ctx, v, id, chepiao.MoveResume, chepiao.TicketWasResumed, reason)
}

func (o *Office) suspend(ctx context.Context, v Verb, id chepiao.TicketID, move chepiao.TicketMove, kind chepiao.EventKind, reason string) (chepiao.Ticket, error) {
	if strings.TrimSpace(reason) == "" || len(reason) > reasonMax {
		return chepiao.Ticket{}, chepiao.Refuse(chepiao.Invalid, "请填写原因(200 字节以内)", "say why, in at most 200 bytes").At("reason")
	}
	e, err := o.once(ctx, v, []any{string(move), id, reason}, func(tx *store.Tx) (*chepiao.Event, error) {
		t, err := tx.Ticket(id)
		if err != nil {
			return nil, err
		}
		run, err := o.Timetable().Run(t.Departure)
		if err != nil {
			return nil, err
		}
		d, err := tx.Departure(t.Departure, run.Template)
		if err != nil {
			return nil, err
		}
		if t, err = t.Move(move); err != nil {
			return nil, err
		}
		if move == chepiao.MoveResume && t.Board < d.Left { // the coach left meanwhile
			if t, err = t.Move(chepiao.MoveMiss); err != nil {
				return nil, err
			}
		}
		tx.Touch(d)
		return o.recordTicket(tx, t, &chepiao.Event{Kind: kind, By: v.By, Reason: reason})
	})
	if err != nil {
		return chepiao.Ticket{}, err
	}
	return e.Tickets[0], nil
}
