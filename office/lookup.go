package office

import (
	"context"
	"crypto/subtle"
	"time"

	"chepiao"
	"chepiao/store"
)

// File is an order with everything a door shows of it. Passengers print masked;
// one whose record was destroyed is empty.
type File struct {
	Order      chepiao.Order
	Tickets    []chepiao.Ticket
	Passengers []chepiao.Passenger // one a ticket
	Payments   []chepiao.Payment
	Run        Run
	Departs    time.Time // at the boarding stop; first coach of a flow departure
	Last       time.Time
	Arrives    time.Time
	Left       int // stops the coach has left
}

// Look reads an order's file. Refusal NotFound.
func (o *Office) Look(ctx context.Context, id chepiao.OrderID) (f File, err error) {
	var sealed []store.Sealed
	err = o.store.Read(ctx, func(r *store.Reader) error {
		if f.Order, err = r.Order(id); err != nil {
			return err
		}
		if f.Tickets, err = r.Tickets(f.Order); err != nil {
			return err
		}
		for _, t := range f.Tickets {
			p, _, err := r.Person(t.ID)
			if err != nil {
				return err
			}
			sealed = append(sealed, p)
		}
		f.Payments, err = r.Payments(id)
		return err
	})
	if err != nil {
		return f, err
	}
	for i, t := range f.Tickets {
		p, _ := o.secret.open(sealed[i], t.Person) // destroyed: empty
		f.Passengers = append(f.Passengers, p)
	}
	return f, o.dress(&f)
}

// dress adds what the timetable knows.
func (o *Office) dress(f *File) (err error) {
	t := o.Timetable()
	if f.Run, err = t.Run(f.Order.Departure); err != nil {
		return err
	}
	board, alight, err := f.Run.Template.Find(f.Order.From, f.Order.To)
	if err != nil {
		return err
	}
	f.Departs, f.Last = o.Span(f.Run, board)
	f.Arrives = o.Arrival(f.Run, alight)
	if v := o.store.View(f.Order.Departure); v != nil {
		f.Left = v.Left
	}
	return nil
}

// LookWithKey reads an order's file for whoever holds its key. A wrong key is
// answered as if there were no such order.
func (o *Office) LookWithKey(ctx context.Context, id chepiao.OrderID, key string) (File, error) {
	f, err := o.Look(ctx, id)
	if chepiao.Why(err) == chepiao.NotFound {
		return File{}, noSuchOrder
	}
	if err == nil && (key == "" || subtle.ConstantTimeCompare([]byte(f.Order.Key), []byte(key)) != 1) {
		return File{}, noSuchOrder
	}
	return f, err
}

// LookByDocument finds the latest tickets of whoever holds a document, newest
// first, at most limit. Refusals: Invalid, and none for a person without tickets.
func (o *Office) LookByDocument(ctx context.Context, now time.Time, kind, number, nationality string, limit int) ([]chepiao.Ticket, error) {
	token, err := o.token(now, kind, number, nationality)
	if err != nil {
		return nil, err
	}
	var tickets []chepiao.Ticket
	err = o.store.Read(ctx, func(r *store.Reader) (err error) {
		tickets, err = r.TicketsOf(token, limit)
		return err
	})
	return tickets, err
}

func (o *Office) token(now time.Time, kind, number, nationality string) (chepiao.PersonToken, error) {
	today := chepiao.DayOf(now.In(o.Timetable().Zone))
	doc, err := chepiao.NewDocument(chepiao.DocumentKind(kind), number, nationality, today)
	if err != nil {
		return chepiao.PersonToken{}, err
	}
	return chepiao.TokenOf(o.secret.node, doc), nil
}

// LookWithDocument reads an order for a passenger who has its number and a
// document used in it: the way back for whoever lost the link. Anything wrong
// is answered as if there were no such order.
func (o *Office) LookWithDocument(ctx context.Context, now time.Time, id chepiao.OrderID, kind, number, nationality string) (File, error) {
	token, err := o.token(now, kind, number, nationality)
	if err != nil {
		return File{}, err
	}
	f, err := o.Look(ctx, id)
	if chepiao.Why(err) == chepiao.NotFound {
		return File{}, noSuchOrder
	}
	if err != nil {
		return File{}, err
	}
	for _, t := range f.Tickets {
		if t.Person == token {
			return f, nil
		}
	}
	return File{}, noSuchOrder
}

// Ticket reads one ticket. Refusal NotFound.
func (o *Office) Ticket(ctx context.Context, id chepiao.TicketID) (t chepiao.Ticket, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		t, err = r.Ticket(id)
		return err
	})
	return t, err
}

// Manifest reads the tickets of a departure after a ticket number with who
// travels on them, at most limit.
func (o *Office) Manifest(ctx context.Context, id chepiao.DepartureID, after chepiao.TicketID, limit int) (tickets []chepiao.Ticket, people []chepiao.Passenger, err error) {
	if _, err := o.Timetable().Run(id); err != nil {
		return nil, nil, err
	}
	var sealed []store.Sealed
	err = o.store.Read(ctx, func(r *store.Reader) error {
		if tickets, err = r.Manifest(id, after, limit); err != nil {
			return err
		}
		for _, t := range tickets {
			p, _, err := r.Person(t.ID)
			if err != nil {
				return err
			}
			sealed = append(sealed, p)
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	for i, t := range tickets {
		p, _ := o.secret.open(sealed[i], t.Person)
		people = append(people, p)
	}
	return tickets, people, nil
}

var noSuchOrder = chepiao.Refuse(chepiao.NotFound, "没有这个订单，或者凭据不符", "there is no such order, or the proof does not fit it").At("order")
