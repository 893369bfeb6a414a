package office

import (
	"context"

	"chepiao"
	"chepiao/store"
)

// ReissueReasons are why a voucher is issued anew; the journal keeps which.
var ReissueReasons = []string{"lost", "unreadable", "photographed"}

// Reissue gives a ticket a new voucher at a window, after the clerk has made sure who
// asks for it (F2): the one before passes no gate any more. Refusals: Invalid at
// reason, WrongWindow, NotFound and those of chepiao.Ticket.Reissue.
func (o *Office) Reissue(ctx context.Context, v Verb, id chepiao.TicketID, reason string) (chepiao.Ticket, error) {
	if !v.At.Window {
		return chepiao.Ticket{}, chepiao.Refuse(chepiao.WrongWindow, "请携带证件到窗口补办", "please come to a window with the document")
	}
	known := false
	for _, r := range ReissueReasons {
		known = known || r == reason
	}
	if !known {
		return chepiao.Ticket{}, chepiao.Refuse(chepiao.Invalid, "请选择补办原因", "choose why the voucher is issued anew").At("reason")
	}
	e, err := o.once(ctx, v, []any{"reissue", id, reason}, func(tx *store.Tx) (*chepiao.Event, error) {
		t, err := tx.Ticket(id)
		if err != nil {
			return nil, err
		}
		next, err := t.Reissue()
		if err != nil {
			return nil, err
		}
		return o.recordTicket(tx, next, &chepiao.Event{Kind: chepiao.VoucherWasReissued, By: v.By, Reason: reason})
	})
	if err != nil {
		return chepiao.Ticket{}, err
	}
	return e.Tickets[0], nil
}
