package ui

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"chepiao"
	"chepiao/office"
)

// RebookTicket is a ticket of an order that may be moved, or why it may not.
type RebookTicket struct {
	Ticket chepiao.Ticket
	Who    chepiao.Passenger
	Why    *chepiao.Refusal
	Chosen bool
}

// RebookTickets are an order's tickets; form says which are chosen.
func RebookTickets(f office.File, form url.Values) (lines []RebookTicket, ids []chepiao.TicketID) {
	for i, t := range f.Tickets {
		_, err := t.Move(chepiao.MoveRebook)
		line := RebookTicket{Ticket: t, Who: f.Passengers[i], Why: chepiao.AsRefusal(err)}
		if line.Chosen = err == nil && chosen(form, t.ID); line.Chosen {
			ids = append(ids, t.ID)
		}
		lines = append(lines, line)
	}
	return lines, ids
}

// MovedTo are the orders that an order's tickets were rebooked to.
func (k *Kit) MovedTo(ctx context.Context, f office.File) (orders []chepiao.OrderID, err error) {
	for _, t := range f.Tickets {
		if t.ReplacedBy == 0 {
			continue
		}
		next, err := k.Office.Ticket(ctx, t.ReplacedBy)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(orders, next.Order) {
			orders = append(orders, next.Order)
		}
	}
	return orders, nil
}

// RebookOffer is a departure that tickets may move to, for what money.
type RebookOffer struct {
	Trip
	Free  int
	Sums  office.RebookSums
	Why   *chepiao.Refusal
	Still chepiao.Money // to pay
	Back  chepiao.Money // comes back
}

// rebookMost bounds the departures of a day that are offered.
const rebookMost = 60

// RebookOffers lists the departures of a day between the order's stations, each
// with what moving the tickets there would cost or give back. Those that the
// terms rule out are left out; why is what rules the first of them out.
func (k *Kit) RebookOffers(ctx context.Context, at chepiao.AskedAt, f office.File, tickets []chepiao.TicketID, day chepiao.Day) (offers []RebookOffer, why *chepiao.Refusal, err error) {
	channel := chepiao.Online
	if at.Window {
		channel = chepiao.Window
	}
	found, _, err := k.Office.Search(k.Now(), office.Question{From: f.Order.From, To: f.Order.To, Day: day, Channel: channel, Limit: rebookMost})
	if err != nil {
		return nil, nil, err
	}
	for _, o := range found {
		if o.ID == f.Order.Departure || o.Refusal != nil && o.Refusal.Reason == chepiao.PastDeparture {
			continue
		}
		offer := RebookOffer{Trip: k.Trip(o.Run, o.Board, o.Alight), Free: o.Free, Why: o.Refusal}
		if offer.Why == nil && o.Free < len(tickets) {
			offer.Why = chepiao.Refuse(chepiao.SoldOut, "余票不足", "not enough seats")
		}
		if offer.Why == nil && len(tickets) > 0 {
			if err := k.quoteRebook(ctx, at, f, tickets, &offer); err != nil {
				return nil, nil, err
			}
			if offer.Why != nil && offer.Why.Reason == chepiao.NotRebookable {
				if why == nil {
					why = offer.Why
				}
				continue
			}
		}
		offers = append(offers, offer)
	}
	return offers, why, nil
}

func (k *Kit) quoteRebook(ctx context.Context, at chepiao.AskedAt, f office.File, tickets []chepiao.TicketID, offer *RebookOffer) (err error) {
	offer.Sums, err = k.Office.QuoteRebook(ctx, k.Now(), at, office.RebookInput{Order: f.Order.ID, Tickets: tickets, Departure: offer.ID})
	if offer.Why = chepiao.AsRefusal(err); err != nil && offer.Why == nil {
		return err
	}
	d := offer.Sums.Difference()
	offer.Still, offer.Back = max(d, 0), max(-d, 0)
	return nil
}

// RebookDay is the day that a form asks for, else the order's own, as far as it
// is on sale.
func (k *Kit) RebookDay(f office.File, form url.Values) chepiao.Day {
	day, err := chepiao.ParseDay(form.Get("day"))
	if err != nil {
		day = f.Order.Departure.Day()
	}
	return min(max(day, k.Today()), k.Today()+chepiao.Day(k.Office.Rules().AdvanceDays))
}

// Rebook moves the tickets of a confirmed form to the departure its address
// names, for the difference the page named. to is that departure, also when it
// is refused. Refusals: Invalid and those of office.Rebook.
func (k *Kit) Rebook(r *http.Request, v office.Verb, f office.File) (a office.Answer, to chepiao.DepartureID, err error) {
	ids, difference, err := RefundForm(r)
	if err != nil {
		return a, 0, err
	}
	if to, err = chepiao.ParseDepartureID(r.PathValue("departure")); err != nil {
		return a, 0, err
	}
	a, err = k.Office.Rebook(r.Context(), k.Now(), v, office.RebookInput{Order: f.Order.ID, Tickets: ids, Departure: to}, difference)
	return a, to, err
}
