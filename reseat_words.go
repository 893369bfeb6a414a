package chepiao

import "fmt"

// result puts the outcome together, each answer with its explanation.
func (s *reseat) result() Reseating {
	var out Reseating
	parted := s.parted(&out)
	for i, t := range s.people {
		if !s.rides[i] {
			continue
		}
		seated := Reseated{Ticket: t.Ticket, Was: t.Seat, Standing: s.standing[i]}
		if !s.coach.Flow() {
			seated.Now = s.cabin.at[i]
		}
		seated.How = s.how(i)
		if seated.How == SeatKept || seated.How == SeatPlace {
			out.Kept++
		} else {
			out.Moved++
		}
		if parted[s.party[i]] {
			seated.Choices = []Choice{ChooseKeep, ChooseNext, ChooseRefund}
		}
		seated.Because = s.whySeated(seated, parted[s.party[i]])
		out.Seats = append(out.Seats, seated)
	}
	for _, c := range s.claims {
		for _, i := range c.members {
			if s.rides[i] {
				continue
			}
			left := Leftover{Ticket: s.people[i].Ticket, Was: s.people[i].Seat, Standing: s.standing[i], Why: s.whyLeft(i),
				Choices: []Choice{ChooseSecond, ChooseNext, ChooseRefund}}
			if s.people[i].Held {
				left.Choices = left.Choices[:2] // nothing was paid
			}
			left.Because = s.explainLeft(i, left.Why)
			out.Left = append(out.Left, left)
		}
	}
	out.Because = s.summary(&out)
	return out
}

// parted finds the parties of which some ride and some do not, and lists their
// orders.
func (s *reseat) parted(out *Reseating) []bool {
	ride, stay := make([]bool, len(s.people)), make([]bool, len(s.people))
	for i, root := range s.party {
		ride[root] = ride[root] || s.rides[i]
		stay[root] = stay[root] || !s.rides[i]
	}
	parted, listed := make([]bool, len(s.people)), map[OrderID]bool{}
	for i, t := range s.people {
		root := s.party[i]
		parted[root] = ride[root] && stay[root]
		if parted[root] && t.Order != 0 && !listed[t.Order] {
			listed[t.Order] = true
			out.Parted = append(out.Parted, t.Order)
		}
	}
	return parted
}

// how says what became of a rider's number.
func (s *reseat) how(i int) SeatChange {
	switch was := s.people[i].Seat; {
	case s.coach.Flow():
		return SeatPlace
	case s.cabin.at[i] == was:
		return SeatKept
	case was == 0:
		return SeatGiven
	case s.joined[i]:
		return SeatJoined
	case s.had[i]:
		return SeatExchanged
	default:
		return SeatMoved
	}
}

// whyLeft says which of the reasons holds now that everybody was heard.
func (s *reseat) whyLeft(i int) LeftWhy {
	unit := 0
	for j := range s.unit {
		if s.unit[j] == s.unit[i] {
			unit++
		}
	}
	switch {
	case s.room[i] == 0:
		return LeftFull
	case unit > 1 && s.room[i] < unit:
		return LeftChild
	case s.room[i] < len(s.claims[s.turn[i]].members):
		return LeftGroup
	case s.standing[i] == StandCompany:
		return LeftCompany
	default:
		return LeftFull
	}
}

var standingWords = map[Standing][2]string{
	StandChecked: {"已经检票", "already through the gate"},
	StandNeeds:   {"优先照顾的旅客", "a passenger whose seat is kept first"},
	StandFamily:  {"儿童与监护人", "a child and its guardian"},
	StandCompany: {"与优先旅客同行", "travelling with somebody whose seat is kept first"},
	StandGroup:   {"多人订单", "an order of several"},
	StandBuyer:   {"按购票先后", "by time of purchase"},
	StandUnpaid:  {"尚未支付", "not paid yet"},
}

func (s *reseat) whySeated(seat Reseated, parted bool) Explanation {
	w := standingWords[seat.Standing]
	e := Explanation{Rule: "reseat", Version: s.rules.Version, Inputs: []Input{Given("standing", seat.Standing), Given("how", string(seat.How)), Given("was", seat.Was)}}
	switch seat.How {
	case SeatPlace:
		e.ZH, e.EN = "有位置", "there is a place"
	case SeatKept:
		e.ZH, e.EN = fmt.Sprintf("保留 %d 号座位", seat.Now), fmt.Sprintf("seat %d is kept", seat.Now)
	case SeatGiven:
		e.ZH, e.EN = fmt.Sprintf("安排 %d 号座位", seat.Now), fmt.Sprintf("seat %d is given", seat.Now)
	case SeatMoved:
		e.ZH = fmt.Sprintf("换车后 %d 号座位不可用，改为 %d 号", seat.Was, seat.Now)
		e.EN = fmt.Sprintf("seat %d cannot be had on this coach: it is seat %d now", seat.Was, seat.Now)
	case SeatJoined:
		e.ZH = fmt.Sprintf("为使儿童与监护人坐在一起，由 %d 号改为 %d 号", seat.Was, seat.Now)
		e.EN = fmt.Sprintf("seat %d instead of %d, so that child and guardian sit together", seat.Now, seat.Was)
	case SeatExchanged:
		e.ZH = fmt.Sprintf("为使每位旅客全程同座，由 %d 号改为 %d 号", seat.Was, seat.Now)
		e.EN = fmt.Sprintf("seat %d instead of %d, so that everybody has one seat all the way", seat.Now, seat.Was)
	}
	e.ZH, e.EN = e.ZH+"("+w[0]+")", e.EN+" ("+w[1]+")"
	if parted {
		e.ZH += ";本订单有人未能安排，可选择一同改乘或退票"
		e.EN += "; not all of the order could be seated: all may choose to travel together instead"
	}
	return e
}

func (s *reseat) explainLeft(i int, why LeftWhy) Explanation {
	t, w, together := s.people[i], standingWords[s.standing[i]], len(s.claims[s.turn[i]].members)
	e := Explanation{Rule: "reseat", Version: s.rules.Version, Inputs: []Input{
		Given("standing", s.standing[i]), Given("why", string(why)), Given("places", s.coach.Places()), Given("room", s.room[i]),
		Given("together", together), Given("board", t.Board), Given("alight", t.Alight), Given("bought", t.Bought),
	}}
	switch why {
	case LeftChild:
		e.ZH = fmt.Sprintf("轮到时该区段只剩 %d 个座位，儿童与监护人不能分开", s.room[i])
		e.EN = fmt.Sprintf("%s left when the turn came, and child and guardian are not parted", seatsWere(s.room[i]))
	case LeftGroup:
		e.ZH = fmt.Sprintf("轮到时该区段只剩 %d 个座位，同一订单的 %d 人无法一同安排", s.room[i], together)
		e.EN = fmt.Sprintf("%s left when the turn came, too few for the %d of the order together", seatsWere(s.room[i]), together)
	case LeftCompany:
		e.ZH, e.EN = "同行的优先旅客未能安排，本订单不拆散", "whom they travel with could not be seated, and the order is kept together"
	default:
		e.ZH, e.EN = "该区段的座位已按优先顺序安排完", "all seats between these stops went to those who come first"
	}
	e.ZH, e.EN = e.ZH+"("+w[0]+")", e.EN+" ("+w[1]+")"
	if t.Held {
		e.ZH += ";可选择第二辆车或后续班次"
		e.EN += "; a second coach or a later departure may be chosen"
	} else {
		e.ZH += ";可选择第二辆车、改乘后续班次或全额退票"
		e.EN += "; a second coach, a later departure or all the money back may be chosen"
	}
	return e
}

func seatsWere(n int) string {
	if n == 1 {
		return "1 seat was"
	}
	return fmt.Sprintf("%d seats were", n)
}

func (s *reseat) summary(out *Reseating) Explanation {
	return Explanation{Rule: "reseat", Version: s.rules.Version,
		Inputs: []Input{
			Given("travellers", len(s.people)), Given("places", s.coach.Places()), Given("kept", out.Kept), Given("moved", out.Moved),
			Given("left", len(out.Left)), Given("parted", len(out.Parted)), Given("elder_age", s.rules.ElderAge),
		},
		ZH: fmt.Sprintf("%d 名旅客换乘 %d 座车:%d 人不变,%d 人换座,%d 人未能安排。顺序：已检票、优先照顾、儿童与监护人、同行、购票先后", len(s.people), s.coach.Places(), out.Kept, out.Moved, len(out.Left)),
		EN: fmt.Sprintf("travellers %d, places %d: %d stay as they are, %d change seats, %d cannot be seated. Order: checked, in need, children and guardians, groups, time of purchase", len(s.people), s.coach.Places(), out.Kept, out.Moved, len(out.Left)),
	}
}
