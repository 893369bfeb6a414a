package chepiao

import (
	"fmt"
	"slices"
)

// Reasons of children.
const (
	ChildNeedsAdult Reason = "CHILD_NEEDS_ADULT" // children alone: sold at a window only, and a gate looks for the adult
	ChildAlone      Reason = "CHILD_ALONE"       // a child would stay behind in an order without an adult
	Overload        Reason = "OVERLOAD"          // more people than the coach may carry
)

// majority is the age at which nobody is a child any more, whatever the height
// (未成年人保护法, article 2).
const majority = 18

// ChildDecision says how a child travels (requirements 7.2): free without a seat,
// at half fare with one, or as an adult. age is completed years on the travel
// day, -1 where nobody knows; heightCM is 0 where nobody measured; either is
// enough. Free wins at the age where both hold. freeLeft is how many free
// children the adult may still take; ownSeat asks for a seat, which is not free.
func ChildDecision(age, heightCM int, ownSeat bool, freeLeft int, r *Rules) (TicketKind, Explanation) {
	const years, height = 0, 1
	within := func(most [2]int) (rule int, ok bool) {
		if age >= 0 && age <= most[years] {
			return years, true
		}
		return height, heightCM > 0 && heightCM <= most[height] && age < majority
	}
	inputs := []Input{Given("age", age), Given("height", heightCM), Given("own_seat", ownSeat), Given("free_left", freeLeft)}
	explain := func(rule, zh, en string) Explanation {
		return Explanation{Rule: rule, Version: r.Version, Inputs: inputs, ZH: zh, EN: en}
	}
	if by, small := within([2]int{r.FreeAge, r.FreeHeight}); small {
		switch {
		case ownSeat:
			return Half, explain("half_share", "儿童单独占座，购半票", "a child with a seat of its own travels at half fare")
		case freeLeft <= 0:
			return Half, explain("free_per_adult", fmt.Sprintf("每位成人只能免费携带 %d 名儿童，其余儿童购半票", r.FreePerAdult),
				fmt.Sprintf("each adult takes %d free; more children travel at half fare", r.FreePerAdult))
		case by == years:
			return Free, explain("free_age", fmt.Sprintf("%d 周岁及以下不占座，免票", r.FreeAge), fmt.Sprintf("up to and including %d years, without a seat: free", r.FreeAge))
		}
		return Free, explain("free_height", fmt.Sprintf("身高 %d 厘米及以下不占座，免票", r.FreeHeight), fmt.Sprintf("up to and including %d cm, without a seat: free", r.FreeHeight))
	}
	switch by, child := within([2]int{r.HalfAge, r.HalfHeight}); {
	case child && by == years:
		return Half, explain("half_age", fmt.Sprintf("%d 周岁及以下购半票", r.HalfAge), fmt.Sprintf("up to and including %d years: half fare", r.HalfAge))
	case child:
		return Half, explain("half_height", fmt.Sprintf("身高 %d 厘米及以下购半票", r.HalfHeight), fmt.Sprintf("up to and including %d cm: half fare", r.HalfHeight))
	case age < 0 && heightCM <= 0:
		return Full, explain("half_age", "不知年龄和身高，购全票", "neither age nor height is known: full fare")
	}
	return Full, explain("half_age", fmt.Sprintf("超过 %d 周岁且超过 %d 厘米，购全票", r.HalfAge, r.HalfHeight),
		fmt.Sprintf("over %d years and over %d cm: full fare", r.HalfAge, r.HalfHeight))
}

// DeclaredFree explains free children of whom nothing is known but that somebody
// says so: the gate looks at them.
func DeclaredFree(n int, r *Rules) Explanation {
	return Explanation{Rule: "free_per_adult", Version: r.Version, Inputs: []Input{Given("children", n), Given("free_age", r.FreeAge), Given("free_height", r.FreeHeight)},
		ZH: fmt.Sprintf("随行免票儿童 %d 名:%d 周岁及以下或 %d 厘米及以下，检票时查验", n, r.FreeAge, r.FreeHeight),
		EN: fmt.Sprintf("free children along: %d; up to %d years or %d cm, to be looked at at the gate", n, r.FreeAge, r.FreeHeight)}
}

// Accompany gives every child of a wish an adult: the one that was named, else
// the first. A child is who travels at half fare; an adult is anybody else whose
// document does not tell an age of half_age or less. Children alone are sold at a
// window only, where somebody sees them. Refusals ChildNeedsAdult, Invalid for a
// guardian who is none.
func (w *Wish) Accompany(r *Rules) error {
	adult := func(p Rider) bool { return p.Kind != Half && !p.Minor }
	first := 1 + slices.IndexFunc(w.Riders, adult)
	for i := range w.Riders {
		p, field := &w.Riders[i], fmt.Sprintf("passengers[%d]", i)
		switch {
		case p.Guardian < 0 || p.Guardian > len(w.Riders) || p.Guardian > 0 && !adult(w.Riders[p.Guardian-1]):
			return Refuse(Invalid, "监护人应为同一订单中的成人", "the guardian must be an adult of the same order").At(field + ".guardian")
		case p.Kind != Half && p.Guardian > 0:
			return Refuse(Invalid, "只有儿童半票需要填写监护人", "only a child at half fare has a guardian").At(field + ".guardian")
		case p.Kind != Half || p.Guardian > 0:
		case first > 0:
			p.Guardian = first
		case w.Channel != Window:
			return Refuse(ChildNeedsAdult, "儿童须有成人同行，单独乘车请到车站窗口购票", "a child needs an adult in the order; to travel alone, buy at a station window").At("passengers").
				By("half_age", r, Given("children", len(w.Riders)), Given("adults", 0))
		}
	}
	return nil
}

// Quota is how many free children a departure of so many seats carries: a share
// of them, rounded down, or a fixed number. An outlet outside the station may
// have a lower share, never a higher one.
func (r *Rules) Quota(seats int, outlet bool) int {
	quota := int(int64(seats) * r.ChildQuota / 10_000)
	if r.ChildQuotaFixed >= 0 {
		quota = r.ChildQuotaFixed
	}
	if outlet {
		quota = min(quota, int(int64(seats)*r.ChildQuotaOutlet/10_000))
	}
	return quota
}

// QuotaGone explains why a small child cannot travel free any more.
func QuotaGone(seats int, r *Rules) Explanation {
	quota := r.Quota(seats, false)
	return Explanation{Rule: r.quotaRule(), Version: r.Version, Inputs: []Input{Given("seats", seats), Given("quota", quota)},
		ZH: fmt.Sprintf("本班次免票儿童名额为 %d 名，已满，购半票占座", quota), EN: fmt.Sprintf("this departure carries %d free children and has no place left for more: half fare with a seat", quota)}
}

// HeadcountFits is the law's check of a coach that is about to leave: those on
// seats within the approved number, and with the free children at most a share
// above it (Road Traffic Safety Law regulations, article 55). Refusal Overload.
func HeadcountFits(checkedSeated, freeChildren, approved int, r *Rules) *Refusal {
	most := approved + int(int64(approved)*r.ChildExcess/10_000)
	if checkedSeated <= approved && checkedSeated+freeChildren <= most {
		return nil
	}
	return Refuse(Overload, fmt.Sprintf("车上 %d 人(其中免票儿童 %d 人)，核定载客 %d 人，最多可载 %d 人，超员不得发车", checkedSeated+freeChildren, freeChildren, approved, most),
		fmt.Sprintf("%d people, %d of them free children: the coach is approved for %d and may carry %d with free children, so it may not leave", checkedSeated+freeChildren, freeChildren, approved, most)).
		By("child_excess", r, Given("seated", checkedSeated), Given("free_children", freeChildren), Given("approved", approved), Given("most", most))
}

// StaysAlone refuses with ChildAlone when taking some tickets out of their order
// leaves a child behind without an adult (failure path F21). A child is a ticket
// with a guardian. Any adult of the order who stays is enough, except for a
// child that travels on its guardian's document: that very adult must stay.
// tickets are all of the order, in their present state. Nil when nobody stays
// alone who did not before.
func StaysAlone(tickets []Ticket, leaving []TicketID) *Refusal {
	adults, alone := 0, 0
	for _, t := range tickets {
		if t.Guardian == 0 && t.accompanies() && !slices.Contains(leaving, t.ID) {
			adults++
		}
	}
	for _, t := range tickets {
		if t.Guardian == 0 || !t.travelling() || slices.Contains(leaving, t.ID) {
			continue
		}
		left := slices.ContainsFunc(tickets, func(a Ticket) bool {
			return a.Guardian == 0 && a.accompanies() && slices.Contains(leaving, a.ID) && (adults == 0 || t.Proof == ProofGuardian && a.ID == t.Guardian)
		})
		if left {
			alone++
		}
	}
	if alone == 0 {
		return nil
	}
	return Refuse(ChildAlone, "同行儿童不能单独留在订单中，请与儿童的车票一并办理", "a child of this order would stay without its adult: take the child's ticket along").
		At("tickets").By("half_age", &Rules{Version: tickets[0].Rules}, Given("children", alone), Given("adults", adults))
}

// travelling says that the ticket's passenger is still to board.
func (t Ticket) travelling() bool {
	switch t.State {
	case TicketHeld, TicketWaiting, TicketValid, TicketChecked, TicketSuspended:
		return true
	}
	return false
}

// accompanies says that the ticket's passenger may look after another one.
func (t Ticket) accompanies() bool {
	return t.travelling() || t.State == TicketDeparted || t.State == TicketUsed
}
