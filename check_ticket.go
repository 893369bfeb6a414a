package chepiao

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// life refuses a ticket that is no ticket any more, or not yet, and an older
// voucher of one that was re-issued.
func (q *question) life() *Verdict {
	if q.s.Version != 0 && q.s.Version < q.t.Voucher && q.t.State != TicketRebooked {
		return no(VoucherRotated, "凭证已重新签发，请出示新凭证", "this voucher was re-issued: show the new one")
	}
	switch q.t.State {
	case TicketValid, TicketChecked:
		return nil
	case TicketHeld, TicketWaiting, TicketLapsed, TicketReleased:
		return no(NotPaid, "车票未支付", "this ticket is not paid")
	case TicketRefunded, TicketVoided:
		return no(Refunded, "车票已退", "this ticket was refunded")
	case TicketRebooked:
		return q.rebooked()
	case TicketCancelled:
		return no(DepartureStopped, "班次停班，请到窗口全额退票或改乘", "this departure does not run: full refund or another coach at the window")
	case TicketSuspended:
		return no(Suspended, "请找工作人员", "please see the staff")
	case TicketNoShow:
		if q.missedHere() {
			return nil
		}
	}
	zh, en := q.t.State.Text()
	return no(Departed, "车票"+zh, "the ticket "+en)
}

// rebooked is failure path F12: the original says where its passenger travels now.
func (q *question) rebooked() *Verdict {
	on := q.f.Onward
	if on == nil {
		return no(WasRebooked, "车票已改签，请出示新车票", "this ticket was rebooked: show the new one")
	}
	at := q.f.clockText(on.Departs, "15:04")
	zh, en := fmt.Sprintf("已改签 %s 次 %s", on.Number, at), fmt.Sprintf("rebooked to %s at %s", on.Number, at)
	if on.Gate != "" {
		zh, en = zh+"，检票口 "+on.Gate, en+", gate "+on.Gate
	}
	return no(WasRebooked, zh, en)
}

// missedHere says that a passenger who missed the coach may still board it: at a
// later stop where a loading station checks other stations' tickets (P3020), or
// within the time after dispatch that the rules allow (P3072).
func (q *question) missedHere() bool { return q.foreign() || q.late() || q.mixedLate() }

// foreign says that a loading station may check this ticket of another station:
// the coach calls here later than where the ticket boards and has not left yet.
func (q *question) foreign() bool {
	return q.f.Rules.CheckForeign && q.s.Place == EnRoute && q.f.Here > q.t.Board && q.f.Here < q.t.Alight && q.f.Here >= q.f.Left
}

// late says that the coach left the stop a moment ago and still takes people.
func (q *question) late() bool {
	most := q.f.Rules.CheckDispatched
	return most >= 0 && !q.f.Dispatched.IsZero() && q.t.Board < q.f.Left && !q.f.Now.After(q.f.Dispatched.Add(seconds(most)))
}

// mixedLate says that another coach may take a passenger who missed the own one.
func (q *question) mixedLate() bool {
	return q.f.Rules.MixedAfter && q.s.Departure != 0 && q.s.Departure != q.t.Departure && q.s.Place != AtHall
}

// Candidate is a ticket of the person who stands at a gate with the verdict it
// would get there, and how far its departure is away.
type Candidate struct {
	Ticket  Ticket
	Verdict Verdict
	Away    time.Duration
}

// ChooseTicket picks among the tickets of one document the one that a gate
// means: one that passes now, else a live one before a dead one, else the one
// whose departure is nearest. An adult's comes before a child's that rides on
// the same document, one of the coach that is boarding before another. It
// returns its position, -1 for none.
func ChooseTicket(all []Candidate, boarding DepartureID) int {
	rank := func(c Candidate) [4]int {
		n := [4]int{}
		for i, worse := range []bool{!c.Verdict.Pass, !c.Ticket.State.Live(), c.Ticket.Guardian != 0, boarding != 0 && c.Ticket.Departure != boarding} {
			if worse {
				n[i] = 1
			}
		}
		return n
	}
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		a, b := rank(all[i]), rank(all[j])
		return cmp.Or(slices.Compare(a[:], b[:]), cmp.Compare(all[i].Away, all[j].Away), cmp.Compare(all[i].Ticket.ID, all[j].Ticket.ID))
	})
	if len(order) == 0 {
		return -1
	}
	return order[0]
}
