package office

import (
	"context"
	"strings"
	"time"

	"chepiao"
	"chepiao/store"
)

// reasonMax bounds a typed reason.
const reasonMax = 200

// Uncheck takes a passage back before the coach leaves, with a reason for the
// journal. Refusals: NotFound, Invalid without a reason, WrongState (not
// checked, or departed).
func (o *Office) Uncheck(ctx context.Context, v Verb, id chepiao.TicketID, reason string) (chepiao.Ticket, error) {
	if strings.TrimSpace(reason) == "" || len(reason) > reasonMax {
		return chepiao.Ticket{}, chepiao.Refuse(chepiao.Invalid, "请填写取消检票的原因(200 字节以内)", "say why the check is taken back, in at most 200 bytes").At("reason")
	}
	e, err := o.once(ctx, v, []any{"uncheck", id, reason}, func(tx *store.Tx) (*chepiao.Event, error) {
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
		if t, err = t.Move(chepiao.MoveUncheck); err != nil {
			return nil, err
		}
		t.CheckedAt, t.CheckedBy = time.Time{}, ""
		tx.Touch(d)
		if err := tx.PutTicket(t); err != nil {
			return nil, err
		}
		e := &chepiao.Event{Kind: chepiao.TicketWasUnchecked, By: v.By, Reason: reason, Tickets: []chepiao.Ticket{t}}
		return e, tx.Record("ticket "+t.ID.String(), t.Version, *e)
	})
	if err != nil {
		return chepiao.Ticket{}, err
	}
	return e.Tickets[0], nil
}
