package chepiao

import (
	"fmt"
	"slices"
	"time"
)

// Wish is what a buyer asks for: who travels, between which stops.
type Wish struct {
	Channel Channel
	Outlet  bool // sold by a window that is not at the boarding station
	Board   int  // stop positions
	Alight  int
	Riders  []Rider
	Seats   []int // chosen seats, one a rider; empty: best fit
}

// Rider is one passenger of a wish, named by token; the zero token is a
// passenger without a document, on a line that needs no real names.
type Rider struct {
	Token    PersonToken
	Kind     TicketKind
	Children int   // accompanying free children
	Proof    Proof // what a reduced fare rests on
	Minor    bool  // the document tells an age of half_age or less
	Guardian int   // place of the adult in the wish's riders, from 1; 0: none
}

// Tokens name the riders' documents.
func (w Wish) Tokens() []PersonToken {
	tokens := make([]PersonToken, len(w.Riders))
	for i, r := range w.Riders {
		tokens[i] = r.Token
	}
	return tokens
}

// OnSale refuses when a departure cannot be bought now: PastDeparture after the
// coach has left the boarding stop, DepartureClosed when it was dispatched or
// does not run, NotOnSaleYet beyond the advance-sale days or before the coach
// has reported where that opens the sale, StopSale within the channel's last
// minutes and where a dispatcher stopped the sale. departs is when the last
// coach leaves the boarding stop, delays included; today the service day of now.
func (d *Departure) OnSale(c Channel, board int, departs, now time.Time, today Day, r *Rules) error {
	if now.After(departs) {
		return Refuse(PastDeparture, "该班次已过发车时间", "this departure has already left").At("departure")
	}
	if err := d.Open(board); err != nil {
		return err
	}
	if d.ID.Day() > today+Day(r.AdvanceDays) {
		return Refuse(NotOnSaleYet, fmt.Sprintf("预售期为 %d 天，该日期尚未开售", r.AdvanceDays),
			fmt.Sprintf("tickets are sold %d days ahead: that day is not on sale yet", r.AdvanceDays)).At("departure").
			By("advance_days", r, Given("days_ahead", int(d.ID.Day()-today)), Given("advance_days", r.AdvanceDays))
	}
	if no := d.stopped(board, r); no != nil {
		return no
	}
	left := departs.Sub(now)
	if no := d.opened(board, left, r); no != nil {
		return no
	}
	if stop := r.StopSale(c); left < stop {
		return tooLate(stop).By(stopSaleRules[c], r, Given("left", left), Given("stop_sale", stop))
	}
	return nil
}

// stopSaleRules name the rule of each channel's last minutes.
var stopSaleRules = map[Channel]string{Online: "stop_sale_online", Platform: "stop_sale_online", Window: "stop_sale_window"}

func tooLate(stop time.Duration) *Refusal {
	return Refuse(StopSale, fmt.Sprintf("发车前 %d 分钟停止售票", int(stop.Minutes())),
		fmt.Sprintf("sales stop %d minutes before departure", int(stop.Minutes()))).At("departure")
}

// stopped refuses with StopSale where a dispatcher stopped the sale of a stop,
// or of the first one where that passes on to the others (P2017).
func (d *Departure) stopped(board int, r *Rules) *Refusal {
	if d.Ops == nil {
		return nil
	}
	if slices.Contains(d.Ops.StopSale, board) {
		return Refuse(StopSale, "本站已停止发售该班次", "this departure is no longer sold from this station").At("departure")
	}
	if r.StopSalePasses && slices.Contains(d.Ops.StopSale, 0) {
		return Refuse(StopSale, "始发站已停止发售该班次", "the first station has stopped the sale of this departure").At("departure").
			By("stop_sale_passes", r, Given("stop", board))
	}
	return nil
}

// opened refuses with NotOnSaleYet before the coach has reported, where the
// sale waits for that (P1020), and for a passing coach before its own time
// (P1034).
func (d *Departure) opened(board int, left time.Duration, r *Rules) *Refusal {
	passing := board > 0 && r.PassingOpens >= 0
	if passing && r.PassingOpens > 0 && left > seconds(r.PassingOpens) {
		minutes := r.PassingOpens / 60
		return Refuse(NotOnSaleYet, fmt.Sprintf("过路班次在发车前 %d 分钟开始售票", minutes),
			fmt.Sprintf("a passing coach goes on sale %d minutes before it leaves", minutes)).At("departure").
			By("passing_opens", r, Given("left", left), Given("passing_opens", seconds(r.PassingOpens)))
	}
	if !r.SaleAfterReport && !(passing && r.PassingOpens == 0) {
		return nil
	}
	if _, ok := d.Ops.Reported(board); ok {
		return nil
	}
	rule := "sale_after_report"
	if !r.SaleAfterReport {
		rule = "passing_opens"
	}
	return Refuse(NotOnSaleYet, "车辆报班后才开始售票", "the sale begins when the coach has reported").At("departure").By(rule, r, Given("reported", false))
}

// NotSoldHere is the reason of SoldAt.
const NotSoldHere Reason = "NOT_SOLD_HERE" // this station's windows sell only what leaves there

// SoldAt refuses what a window may not sell because of where it stands: another
// station's departures at all (P1112), or in the last minutes (P1019). here is
// the window's station, 0 for one that stands nowhere in particular. Refusals
// NotSoldHere, StopSale.
func (r *Rules) SoldAt(here, board StationNo, departs, now time.Time) error {
	if here == 0 || here == board {
		return nil
	}
	if r.OwnDeparturesOnly {
		return Refuse(NotSoldHere, "本站窗口只发售本站上车的车票", "this station's windows sell only what leaves here").At("departure").
			By("own_departures_only", r)
	}
	if left, stop := departs.Sub(now), seconds(r.StopSaleOutlet); left < stop {
		return tooLate(stop).By("stop_sale_outlet", r, Given("left", left), Given("stop_sale", stop))
	}
	return nil
}

// Open refuses with DepartureClosed when the coach has left a stop or does not
// run: nothing is sold there any more, and what is held is not issued.
func (d *Departure) Open(board int) error {
	if d.State == Running && board >= d.Left {
		return nil
	}
	zh, en := "已停止售票", "is no longer sold"
	if d.State != Running {
		zh, en = d.State.Text()
	}
	return Refuse(DepartureClosed, "该班次"+zh, "this departure "+en).At("departure")
}

// Seat decides which seats a wish gets, without taking them. Refusals:
// Invalid, TooMany (tickets of an order, free children of the departure),
// DuplicateRider, SoldOut, SeatTaken.
func (d *Departure) Seat(w Wish, plan SeatPlan, r *Rules) ([]int, error) {
	if err := d.admitRiders(w, r); err != nil {
		return nil, err
	}
	if len(w.Seats) == 0 {
		seats, err := d.Seats.Choose(w.Board, w.Alight, len(w.Riders), plan)
		if no := d.Away.SoldOutHere(d.here()); no != nil && Why(err) == SoldOut && d.Seats.Free(w.Board, w.Alight) == 0 {
			return nil, no
		}
		return seats, err
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
			fmt.Sprintf("an order has at most %d tickets", r.TicketsMax)).At("passengers").
			By("tickets_max", r, Given("passengers", len(w.Riders)), Given("tickets_max", r.TicketsMax))
	}
	children := d.Children
	for i, p := range w.Riders {
		if err := d.admitRider(w, i, r); err != nil {
			return err
		}
		children += p.Children
	}
	if quota := r.Quota(d.Holds(), w.Outlet); children > d.Children && children > quota {
		return Refuse(TooMany, fmt.Sprintf("本班次免票儿童名额为 %d 名，已满", quota),
			fmt.Sprintf("this departure carries %d free children and has no place left for more", quota)).At("passengers").
			By(r.quotaRule(), r, Given("seats", d.Holds()), Given("quota", quota), Given("taken", d.Children), Given("wanted", children-d.Children))
	}
	return nil
}

func (r *Rules) quotaRule() string {
	if r.ChildQuotaFixed >= 0 {
		return "child_quota_fixed"
	}
	return "child_quota"
}

var noFreeTicket = Refuse(Invalid, "免票儿童不单独购票，请填写在成人的携童人数中", "a free child has no ticket: count it with its adult")

// admitRider checks one rider of a wish against the others and the departure.
func (d *Departure) admitRider(w Wish, i int, r *Rules) error {
	p, field := w.Riders[i], fmt.Sprintf("passengers[%d]", i)
	switch {
	case p.Kind == Free:
		return noFreeTicket.At(field + ".kind")
	case p.Kind < 0 || int(p.Kind) >= len(ticketKindNames):
		return Refuse(Invalid, "没有这种票种", "there is no such kind of ticket").At(field + ".kind")
	case p.Children < 0 || p.Children > r.FreePerAdult || p.Children > 0 && p.Kind == Half:
		return Refuse(TooMany, fmt.Sprintf("每位成人可免费携带 %d 名儿童，其余儿童购半票", r.FreePerAdult),
			fmt.Sprintf("each adult may take %d free; more children travel at half fare", r.FreePerAdult)).At(field+".children").
			By("free_per_adult", r, Given("children", p.Children), Given("kind", p.Kind), Given("free_per_adult", r.FreePerAdult))
	case !r.OneDocument || p.Token.IsZero():
		return nil
	}
	for _, earlier := range w.Riders[:i] {
		if earlier.Token == p.Token {
			return Refuse(DuplicateRider, "同一证件在订单中出现了两次", "the same document appears twice in this order").At(field+".document.number").By("one_document", r)
		}
	}
	if _, taken := d.Riders[p.Token]; taken {
		return Refuse(DuplicateRider, "该证件已购买本班次车票，一证一票", "this document already has a ticket for this departure").At(field+".document.number").By("one_document", r)
	}
	return nil
}

// Take gives the seats of a decided wish to its tickets. Of a ticket whose seat
// another node holds only the rider is noted.
func (d *Departure) Take(tickets []Ticket) {
	for _, t := range tickets {
		if d.seatsHere(t) {
			d.Seats.Take(t.Board, t.Alight, []int{t.Seat})
			d.Children += t.Children
		}
		d.setRider(t.Person, t.ID)
	}
}

// Free gives back the seat of a ticket that lives no longer, if it is this node's.
func (d *Departure) Free(t Ticket) {
	if d.seatsHere(t) {
		d.Seats.Release(t.Board, t.Alight, []int{t.Seat})
		d.Children -= t.Children
	}
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
		if _, taken := d.Riders[t.Person]; taken && r.OneDocument || !seats.Fits(t.Board, t.Alight, []int{t.Seat}) {
			return false
		}
		seats.Take(t.Board, t.Alight, []int{t.Seat})
		children += t.Children
	}
	return children <= max(r.Quota(d.Holds(), false), d.Children)
}
