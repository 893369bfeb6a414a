package bench

import (
	"context"
	"fmt"
	"time"

	"chepiao"
	"chepiao/bench/baseline"
	"chepiao/office"
)

// seller is whom a crowd buys from: a hub or a yardstick behind an address, or
// either of them inside this very process, so that what HTTP costs both sides
// does not hide what they do.
type seller interface {
	hold(ctx context.Context, j *Journey, person int) (bought, error)
	pay(ctx context.Context, b *bought) error
	refund(ctx context.Context, b *bought, back chepiao.Money) error
}

// bought is an order of one ticket.
type bought struct {
	order  chepiao.OrderID
	ticket chepiao.TicketID
	total  chepiao.Money
	trip   *Journey
}

// remote sells behind an address.
type remote struct{ client }

func (s remote) hold(ctx context.Context, j *Journey, who int) (b bought, err error) {
	var held holdAnswer
	err = s.call(ctx, "POST", "/api/v1/orders", newKey(), holdOf(j, who), &held)
	if err != nil {
		return b, err
	}
	if len(held.Order.Tickets) != 1 {
		return b, fmt.Errorf("an order of one passenger has %d tickets", len(held.Order.Tickets))
	}
	return bought{held.Order.ID, held.Order.Tickets[0].ID, held.Order.Total, j}, nil
}

func holdOf(j *Journey, who int) holdBody {
	return holdBody{Departure: j.Departure.String(), From: j.From, To: j.To, Channel: string(chepiao.Window), Passengers: []passenger{person(who)}}
}

func (s remote) pay(ctx context.Context, b *bought) error {
	return s.call(ctx, "POST", "/api/v1/orders/"+b.order.String()+"/pay", newKey(), payBody{"cash", b.total}, nil)
}

func (s remote) refund(ctx context.Context, b *bought, back chepiao.Money) error {
	return s.call(ctx, "POST", "/api/v1/orders/"+b.order.String()+"/refund", newKey(), refundBody{[]chepiao.TicketID{b.ticket}, back}, nil)
}

// inOffice sells in an office of this process.
type inOffice struct{ *office.Office }

func (s inOffice) verb() office.Verb { return office.Verb{ID: newKey(), By: "bench"} }

func (s inOffice) hold(ctx context.Context, j *Journey, who int) (b bought, err error) {
	p := person(who)
	a, err := s.Hold(ctx, time.Now(), s.verb(), secretOf(who), office.HoldInput{
		Departure: j.Departure, From: j.FromNo, To: j.ToNo, Channel: chepiao.Window,
		Passengers: []office.Rider{{Name: p.Name, Document: p.Document.Kind, Number: p.Document.Number}},
	})
	if err != nil {
		return b, err
	}
	return bought{a.Order.ID, a.Tickets[0].ID, a.Order.Total, j}, nil
}

func (s inOffice) pay(ctx context.Context, b *bought) error {
	_, err := s.PayCash(ctx, s.verb(), b.order, b.total)
	return err
}

func (s inOffice) refund(ctx context.Context, b *bought, back chepiao.Money) error {
	_, err := s.Refund(ctx, s.verb(), b.order, []chepiao.TicketID{b.ticket}, back)
	return err
}

// inShop sells in a yardstick in this process.
type inShop struct{ *baseline.Shop }

func saleOf(j *Journey, who int) baseline.Sale {
	p := person(who)
	return baseline.Sale{
		Departure: j.Departure, From: j.From, To: j.To, Channel: chepiao.Window,
		Passengers: []baseline.Passenger{{Name: p.Name, Kind: p.Document.Kind, Number: p.Document.Number}},
	}
}

func (s inShop) hold(ctx context.Context, j *Journey, who int) (b bought, err error) {
	o, err := s.Hold(ctx, newKey(), secretOf(who), saleOf(j, who))
	if err != nil {
		return b, err
	}
	return bought{o.ID, o.Tickets[0].ID, o.Total, j}, nil
}

func (s inShop) pay(ctx context.Context, b *bought) error {
	_, err := s.Pay(ctx, newKey(), b.order, b.total)
	return err
}

func (s inShop) refund(ctx context.Context, b *bought, back chepiao.Money) error {
	_, err := s.Refund(ctx, newKey(), b.order, []chepiao.TicketID{b.ticket}, back)
	return err
}

// secretOf is an order's key where no door makes one: as long as a real one.
func secretOf(n int) string { return fmt.Sprintf("BENCH%021d", n) }

// why is the reason of a no, from either side of HTTP; "" for a fault.
func why(err error) chepiao.Reason {
	if r := chepiao.Why(err); r != "" {
		return r
	}
	if p := asProblem(err); p != nil && (p.Status < 500 || p.Reason == chepiao.Busy) {
		return p.Reason
	}
	return ""
}
