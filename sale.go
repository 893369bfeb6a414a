package chepiao

import (
	"fmt"
	"time"
)

// Wish is what a buyer asks for: who travels, between which stops.
type Wish struct {
	Channel Channel
	Board   int // stop positions
	Alight  int
	Riders  []Rider
	Seats   []int // chosen seats, one a rider; empty: best fit
}

// Rider is one passenger of a wish, named by token.
type Rider struct {
	Token    PersonToken
	Kind     TicketKind
	Children int // accompanying free children
}

// Tokens name the riders' documents.
func (w Wish) Tokens() []PersonToken {
	tokens := make([]PersonToken, len(w.Riders))
	for i, r := range w.Riders {
		tokens[i] = r.Token
	}
	return tokens
}

// OnSale refuses when a departure cannot be bought now: NotOnSaleYet beyond
// the advance-sale days, PastDeparture after the coach has left the boarding
// stop, StopSale within the channel's last minutes, DepartureClosed when it was
// dispatched. departs is the planned time at the boarding stop, today the
// service day of now.
func (d *Departure) OnSale(c Channel, board int, departs, now time.Time, today Day, r *Rules) error {
	switch {
	case now.After(departs):
		return Refuse(PastDeparture, "该班次已过发车时间", "this departure has already left").At("departure")
	case d.Open(board) != nil:
		return d.Open(board)
	case d.ID.Day() > today+Day(r.AdvanceDays):
		return Refuse(NotOnSaleYet, fmt.Sprintf("预售期为 %d 天,该日期尚未开售", r.AdvanceDays),
			fmt.Sprintf("tickets are sold %d days ahead: that day is not on sale yet", r.AdvanceDays)).At("departure")
	case departs.Sub(now) < r.StopSale(c):
		return Refuse(StopSale, fmt.Sprintf("发车前 %d 分钟停止售票", int(r.StopSale(c).Minutes())),
			fmt.Sprintf("sales stop %d minutes before departure", int(r.StopSale(c).Minutes()))).At("departure")
	}
	return nil
}

// Open refuses with DepartureClosed when the coach has left a stop or does not
// run: nothing is sold there any more, and what is held is not issued.
func (d *Departure) Open(board int) error {
	if d.State != Running || board < d.Left {
		return Refuse(DepartureClosed, "该班次已停止售票", "this departure is no longer sold").At("departure")
	}
	return nil
}

// Seat decides which seats a wish gets, without taking them. Refusals:
// Invalid, TooMany (tickets of an order, free children of the departure),
// DuplicateRider, SoldOut, SeatTaken.
func (d *Departure) Seat(w Wish, plan SeatPlan, r *Rules) ([]int, error) {
	if err := d.admitRiders(w, r); err != nil {
		return nil, err
	}
	if len(w.Seats) == 0 {
		return d.Seats.Choose(w.Board, w.Alight, len(w.Riders), plan)
	}
	if len(w.Seats) != len(w.Riders) {
		return nil, Refuse(Invalid, "选座数与乘车人数不一致", "choose one seat for each passenger").At("seats")
	}
	return w.Seats, d.Seats.Check(w.Board, w.Alight, w.Seats)
}

func (d *Departure) admitRiders(w Wish, r *Rules) error {
	if !w.Channel.known() {
		return Refuse(Invalid, "售票渠道应为 online、window 或 platform", "the channel must be online, window or platform").At("channel")
	}
	if len(w.Riders) == 0 {
		return Refuse(Invalid, "请至少填写一位乘车人", "name at least one passenger").At("passengers")
	}
	if len(w.Riders) > r.TicketsMax {
		return Refuse(TooMany, fmt.Sprintf("每个订单最多 %d 张票", r.TicketsMax),
			fmt.Sprintf("an order has at most %d tickets", r.TicketsMax)).At("passengers")
	}
	children := d.Children
	for i, p := range w.Riders {
		field := fmt.Sprintf("passengers[%d]", i)
		if p.Kind < 0 || int(p.Kind) >= len(ticketKindNames) {
			return Refuse(Invalid, "没有这种票种", "there is no such kind of ticket").At(field + ".kind")
		}
		for _, earlier := range w.Riders[:i] {
			if earlier.Token == p.Token {
				return Refuse(DuplicateRider, "同一证件在订单中出现了两次", "the same document appears twice in this order").At(field + ".document.number")
			}
		}
		if _, taken := d.Riders[p.Token]; taken {
			return Refuse(DuplicateRider, "该证件已购买本班次车票,一证一票", "this document already has a ticket for this departure").At(field + ".document.number")
		}
		if p.Children < 0 || p.Children > 1 || (p.Children > 0 && p.Kind != Full) {
			return Refuse(TooMany, "每位购全票的成人可免费携带一名儿童", "each adult with a full ticket may take one free child").At(field + ".children")
		}
		children += p.Children
	}
	if quota := r.Quota(d.Seats.Places()); children > d.Children && children > quota {
		return Refuse(TooMany, fmt.Sprintf("本班次免票儿童名额为 %d 名,已满", quota),
			fmt.Sprintf("this departure carries %d free children and has no place left for more", quota)).At("passengers")
	}
	return nil
}

// Take gives the seats of a decided wish to its tickets.
func (d *Departure) Take(tickets []Ticket) {
	for _, t := range tickets {
		d.Seats.Take(t.Board, t.Alight, []int{t.Seat})
		d.Children += t.Children
		d.setRider(t.Person, t.ID)
	}
}

// Free gives back the seat of a ticket that lives no longer.
func (d *Departure) Free(t Ticket) {
	d.Seats.Release(t.Board, t.Alight, []int{t.Seat})
	d.Children -= t.Children
	if d.Riders[t.Person] == t.ID {
		d.setRider(t.Person, 0)
	}
}

// CanRetake says whether these very seats and document places are still free:
// the test for money that arrives after the hold lapsed.
func (d *Departure) CanRetake(tickets []Ticket, r *Rules) bool {
	if d.State != Running || len(tickets) == 0 || tickets[0].Board < d.Left {
		return false
	}
	children := d.Children
	seats := d.Seats.Clone()
	for _, t := range tickets {
		if _, taken := d.Riders[t.Person]; taken || !seats.Fits(t.Board, t.Alight, []int{t.Seat}) {
			return false
		}
		seats.Take(t.Board, t.Alight, []int{t.Seat})
		children += t.Children
	}
	return children <= max(r.Quota(d.Seats.Places()), d.Children)
}
