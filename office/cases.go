package office

import (
	"context"
	"fmt"
	"time"

	"chepiao"
	"chepiao/store"
)

// CaseQuery chooses cases: of a departure or all, only those that stand, only
// those whose passengers could not be reached.
type CaseQuery struct {
	Departure chepiao.DepartureID // 0: any
	Standing  bool
	Lost      bool // the follow-up list: told nobody, or nobody answered in time
	After     chepiao.CaseID
	Limit     int
}

// CaseLine is a case as a desk sees it. Name and phone print masked.
type CaseLine struct {
	Case    chepiao.Case
	Ticket  chepiao.Ticket
	Name    chepiao.Name
	Phone   chepiao.Phone
	Told    chepiao.MessageState // of the last message about it; "" when there was none
	Overdue bool                 // no answer in time
}

// Lost says that a person must call: the message reached nobody, or nobody
// answered it in time.
func (l CaseLine) Lost() bool {
	return l.Case.State.Stands() && (l.Overdue || l.Told == "" || l.Told.NotReached())
}

// Cases lists cases in the order of their numbers, and the number to go on
// after, 0 at the end. Refusal NotFound.
func (o *Office) Cases(ctx context.Context, now time.Time, q CaseQuery) (lines []CaseLine, next chepiao.CaseID, err error) {
	if q.Departure != 0 {
		if _, err := o.Timetable().Run(q.Departure); err != nil {
			return nil, 0, err
		}
	}
	const page = 200
	err = o.store.Read(ctx, func(r *store.Reader) error {
		for after := q.After; ; {
			list, err := r.Cases(q.Departure, q.Standing || q.Lost, after, page)
			if err != nil {
				return err
			}
			for _, c := range list {
				line, err := o.caseLine(r, now, c)
				if err != nil {
					return err
				}
				after = c.ID
				if q.Lost && !line.Lost() {
					continue
				}
				if len(lines) == q.Limit {
					next = lines[len(lines)-1].Case.ID
					return nil
				}
				lines = append(lines, line)
			}
			if len(list) < page {
				return nil
			}
		}
	})
	return lines, next, err
}

func (o *Office) caseLine(r *store.Reader, now time.Time, c chepiao.Case) (l CaseLine, err error) {
	l = CaseLine{Case: c, Overdue: c.Overdue(now)}
	if l.Ticket, err = r.Ticket(c.Ticket); err != nil {
		return l, err
	}
	if l.Told, err = r.Told(c.Departure, c.Ticket); err != nil {
		return l, err
	}
	people, err := o.peopleOf(r, c.Order)
	if err != nil {
		return l, err
	}
	l.Name, l.Phone = people[c.Ticket].Name, phoneFor(l.Ticket, people)
	return l, nil
}

// Case reads one case. Refusal NotFound.
func (o *Office) Case(ctx context.Context, id chepiao.CaseID) (c chepiao.Case, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		c, err = r.Case(id)
		return err
	})
	return c, err
}

// CasesOf reads the cases of an order, in order.
func (o *Office) CasesOf(ctx context.Context, id chepiao.OrderID) (list []chepiao.Case, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		list, err = r.CasesOf(id)
		return err
	})
	return list, err
}

// openCase asks the passenger of a ticket to choose. The ticket, which names the
// case from then on, is for the caller to store. place says whose claim to a
// seat that comes free is heard first.
func (a *acting) openCase(t *chepiao.Ticket, was chepiao.Ticket, choices []chepiao.Choice, place int, because chepiao.Explanation) error {
	if was.Case != 0 { // this act makes pointless what an earlier one asked
		earlier, err := a.tx.Case(was.Case)
		if err != nil {
			return err
		}
		if earlier.State.Stands() {
			earlier = earlier.Withdraw()
			if err := a.tx.PutCase(earlier); err != nil {
				return err
			}
			if err := recordCase(a.tx, earlier, a.by); err != nil {
				return err
			}
		}
	}
	c := chepiao.Case{
		ID: chepiao.CaseID(a.tx.NextIDs(1)), Ticket: t.ID, Order: t.Order, Departure: was.Departure, Act: a.act.Kind, Fault: t.Fault, Reason: a.act.Reason,
		Seat: was.Seat, State: chepiao.CaseOpen, Choices: choices, Place: place, Created: a.tx.Now, Until: a.replyBy(), Because: because, Version: 1,
	}
	t.Case = c.ID
	a.impact.Cases++
	a.tx.AddCase(c)
	return recordCase(a.tx, c, a.by)
}

// replyBy is until when an answer is wanted (rule choice_reply).
func (a *acting) replyBy() time.Time {
	return a.tx.Now.Add(time.Duration(a.office.Rules().ChoiceReply) * time.Second)
}

func recordCase(tx *store.Tx, c chepiao.Case, by string) error {
	e := chepiao.Event{Kind: chepiao.CaseMoved, By: by, Departure: &c.Departure, Detail: c}
	return tx.Record("case "+c.ID.String(), c.Version, e)
}

// settleCase closes the case of a ticket that was given back or rebooked,
// whichever way its passenger went about it.
func (o *Office) settleCase(tx *store.Tx, t chepiao.Ticket, choice chepiao.Choice, to chepiao.DepartureID, by string) error {
	if t.Case == 0 {
		return nil
	}
	c, err := tx.Case(t.Case)
	if err != nil || !c.State.Stands() {
		return err
	}
	c.State, c.Choice, c.To = chepiao.CaseSettled, choice, to
	c.Version++
	if err := tx.PutCase(c); err != nil {
		return err
	}
	return recordCase(tx, c, by)
}

// ChoiceInput is what a passenger chooses, or the desk for one: for some tickets
// of an order, or for all of them that have something to choose.
type ChoiceInput struct {
	Order     chepiao.OrderID
	Tickets   []chepiao.TicketID // empty: all
	Choice    chepiao.Choice
	Departure chepiao.DepartureID // next: which one
}

// Choose does what a passenger chose when an act had changed the journey. All of
// the chosen tickets or none: the money back in full, another departure between
// the same stations free of charge, a second coach to wait for, or what was
// arranged. Refusals: NotFound, WrongState, Invalid, ChildAlone, and those of
// Refund and Rebook.
func (o *Office) Choose(ctx context.Context, now time.Time, v Verb, in ChoiceInput) (Answer, error) {
	b, err := o.beginChoice(ctx, now, v, in)
	if err != nil {
		return Answer{}, err
	}
	if b != nil {
		o.offered.RLock() // no import between looking the departure up and seating there
		defer o.offered.RUnlock()
	}
	e, err := o.once(ctx, v, []any{"choose", in}, func(tx *store.Tx) (*chepiao.Event, error) {
		order, err := tx.Order(in.Order)
		if err != nil {
			return nil, err
		}
		cases, ids, err := o.chosenCases(tx, order, in)
		if err != nil {
			return nil, err
		}
		switch in.Choice {
		case chepiao.ChooseRefund:
			return o.refundIn(tx, v, order, ids, nil, chepiao.Blame{})
		case chepiao.ChooseNext:
			next := *b
			next.in.Tickets = ids
			return next.free(tx)
		}
		return o.noteChoice(tx, v, order, cases)
	})
	return answer(e, err)
}

// beginChoice looks the next departure up, if one was chosen.
func (o *Office) beginChoice(ctx context.Context, now time.Time, v Verb, in ChoiceInput) (*rebooking, error) {
	if in.Choice != chepiao.ChooseNext {
		return nil, nil
	}
	f, err := o.Look(ctx, in.Order)
	if err != nil {
		return nil, err
	}
	all := f.Order.Tickets()
	b, err := o.beginRebook(now, v, f.Order, RebookInput{Order: in.Order, Tickets: all[:1], Departure: in.Departure})
	if err != nil {
		return nil, err
	}
	return b, b.sealAnew(f)
}

// free moves tickets to another departure for which nothing is to pay.
func (b *rebooking) free(tx *store.Tx) (*chepiao.Event, error) {
	old, err := tx.Order(b.in.Order)
	if err != nil {
		return nil, err
	}
	_, chosen, err := b.office.choose(tx, old, b.in.Tickets)
	if err != nil {
		return nil, err
	}
	sums, err := b.quoteAll(tx, chosen)
	if err != nil {
		return nil, err
	}
	if due := sums.Difference(); due > 0 {
		return nil, chepiao.Refuse(chepiao.NotRebookable, "该班次需补差价，请使用改签", "that departure costs more: please rebook").At("departure")
	}
	return b.do(tx, sums.Difference())
}

// chosenCases are the cases that a choice is about, as chosen, and their
// tickets. Refusals: NotFound, WrongState, Invalid.
func (o *Office) chosenCases(tx *store.Tx, order chepiao.Order, in ChoiceInput) (cases []chepiao.Case, ids []chepiao.TicketID, err error) {
	wanted := in.Tickets
	if len(wanted) == 0 {
		wanted = order.Tickets()
	}
	_, tickets, err := o.choose(tx, order, wanted)
	if err != nil {
		return nil, nil, err
	}
	for i, t := range tickets {
		if t.Case == 0 {
			if len(in.Tickets) == 0 {
				continue
			}
			return nil, nil, nothingToChoose.At(fmt.Sprintf("tickets[%d]", i))
		}
		c, err := tx.Case(t.Case)
		if err != nil {
			return nil, nil, err
		}
		if len(in.Tickets) == 0 && !c.State.Stands() {
			continue
		}
		if c, err = c.Choose(in.Choice, in.Departure); err != nil {
			return nil, nil, err
		}
		cases, ids = append(cases, c), append(ids, t.ID)
	}
	if len(cases) == 0 {
		return nil, nil, nothingToChoose
	}
	return cases, ids, nil
}

var nothingToChoose = chepiao.Refuse(chepiao.WrongState, "没有需要选择的事项", "there is nothing to choose").At("order")

// noteChoice records a choice that moves no ticket.
func (o *Office) noteChoice(tx *store.Tx, v Verb, order chepiao.Order, cases []chepiao.Case) (*chepiao.Event, error) {
	var tickets []chepiao.Ticket
	for _, c := range cases {
		if err := tx.PutCase(c); err != nil {
			return nil, err
		}
		if err := recordCase(tx, c, v.By); err != nil {
			return nil, err
		}
		t, err := tx.Ticket(c.Ticket)
		if err != nil {
			return nil, err
		}
		tickets = append(tickets, t)
	}
	return record(tx, &chepiao.Event{Kind: chepiao.CaseMoved, By: v.By, Order: &order, Tickets: tickets})
}

// Alternatives are the departures between the stops of a case's ticket that leave
// no earlier than its own was to leave and have seats for so many passengers, at
// most limit: of its own day and the next.
func (o *Office) Alternatives(now time.Time, t chepiao.Ticket, people, limit int, c chepiao.Channel) (offers []Offer, err error) {
	own, err := o.Timetable().Run(t.Departure)
	if err != nil {
		return nil, err
	}
	_, planned := own.Template.Span(t.Board, own.ID.Day(), o.Timetable().Zone)
	for _, day := range []chepiao.Day{t.Departure.Day(), t.Departure.Day() + 1} {
		found, _, err := o.Search(now, Question{From: t.From, To: t.To, Day: day, Channel: c, Limit: alternativesMax})
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			if len(offers) < limit && f.Run.ID != t.Departure && f.Refusal == nil && f.Free >= people && !f.Last.Before(planned) {
				offers = append(offers, f)
			}
		}
	}
	return offers, nil
}

// alternativesMax bounds the departures of a day that are looked at.
const alternativesMax = 500
