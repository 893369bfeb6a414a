package office

import (
	"context"
	"time"

	"chepiao"
	"chepiao/store"
)

// Voucher signs the voucher of a valid ticket with the node's active key: the
// code that phone and paper show. The same ticket at the same version says the
// same thing whenever it is asked for. Refusals: NotFound, WrongState for a
// ticket that may not board.
func (o *Office) Voucher(ctx context.Context, id chepiao.TicketID) (code string, c chepiao.Claims, err error) {
	var t chepiao.Ticket
	var order chepiao.Order
	var sealed store.Sealed
	err = o.store.Read(ctx, func(r *store.Reader) error {
		if t, err = r.Ticket(id); err != nil {
			return err
		}
		if order, err = r.Order(t.Order); err != nil {
			return err
		}
		sealed, _, err = r.Person(id)
		return err
	})
	if err != nil {
		return "", c, err
	}
	if t.State != chepiao.TicketValid && t.State != chepiao.TicketChecked && t.State != chepiao.TicketDeparted {
		zh, en := t.State.Text()
		return "", c, chepiao.Refuse(chepiao.WrongState, "车票"+zh+"，没有乘车凭证", "the ticket "+en+": it has no voucher").At("ticket")
	}
	who, err := o.secret.open(sealed, t.Person)
	if err != nil {
		return "", c, err
	}
	if c, err = o.claims(t, order, who); err != nil {
		return "", c, err
	}
	code, err = o.Ring().Sign(c)
	return code, c, err
}

func (o *Office) claims(t chepiao.Ticket, order chepiao.Order, who chepiao.Passenger) (chepiao.Claims, error) {
	run, err := o.Timetable().Run(t.Departure)
	if err != nil {
		return chepiao.Claims{}, err
	}
	_, last := o.Span(run, t.Board)
	key := chepiao.DepartureKey(o.secret.node, t.Departure)
	return chepiao.Claims{
		Issuer: o.store.Node(), Ticket: t.ID, Departure: t.Departure, Number: run.Template.Number,
		Day: t.Departure.Day(), Depart: run.Template.Stops[t.Board].Depart, From: t.From, To: t.To,
		Seat: t.Seat, Kind: t.Kind, Children: t.Children,
		NotBefore: order.Created.Truncate(time.Minute),
		Expires:   last.Add(time.Duration(o.rulesOf(t).VoucherDays) * 24 * time.Hour).Truncate(time.Minute),
		Version:   t.Voucher, Binding: chepiao.BindDocument(key, who.Document),
	}, nil
}
