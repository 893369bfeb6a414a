package ui

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"chepiao"
	"chepiao/office"
)

// RefundForm reads a confirmed refund: the chosen tickets and the sum that the
// page named, in fen. Refusals: Invalid.
func RefundForm(r *http.Request) (ids []chepiao.TicketID, back chepiao.Money, err error) {
	if err := r.ParseForm(); err != nil {
		return nil, 0, chepiao.Refuse(chepiao.Invalid, "表单无法读取，请重试", "the form could not be read: try again")
	}
	sum, err := strconv.ParseInt(r.PostFormValue("back"), 10, 64)
	if err != nil {
		return nil, 0, chepiao.Refuse(chepiao.Invalid, "请先确认应退金额", "confirm first what comes back").At("back")
	}
	const most = 60 // tickets an order can have, whatever the rules say
	for _, s := range r.PostForm["ticket"][:min(most, len(r.PostForm["ticket"]))] {
		id, err := chepiao.ParseTicketID(s)
		if err != nil {
			return nil, 0, err
		}
		ids = append(ids, id)
	}
	return ids, chepiao.Money(sum), nil
}

// RefundSums are an order's tickets with what each would give back now, and the
// sum over the chosen ones. Pages embed them.
type RefundSums struct {
	Lines []RefundLine
	Back  chepiao.Money // for the chosen tickets
	Fee   chepiao.Money
	Any   bool // a ticket is chosen
	Days  int  // working days until money by a channel is there
	// Stages are until when the chosen tickets give what back.
	Stages []RefundStage
}

// RefundStage is a stretch of time in which a refund gives the same.
type RefundStage struct {
	chepiao.RefundStage
	Day  chepiao.Day // of its end
	Now  bool
	Past bool
}

// RefundLine is one ticket: what it would give, or why nothing.
type RefundLine struct {
	Ticket chepiao.Ticket
	Who    chepiao.Passenger
	Quote  chepiao.RefundQuote
	Why    *chepiao.Refusal
	Chosen bool
}

// RefundSums quotes every ticket of an order as it is asked for at a counter;
// form says which are chosen.
func (k *Kit) RefundSums(ctx context.Context, at chepiao.AskedAt, f office.File, form url.Values) (sums RefundSums, err error) {
	return k.BlameSums(ctx, at, f, form, "")
}

// BlameSums is RefundSums for a fault that a clerk names, "" for none.
func (k *Kit) BlameSums(ctx context.Context, at chepiao.AskedAt, f office.File, form url.Values, fault chepiao.Fault) (sums RefundSums, err error) {
	for i, t := range f.Tickets {
		line := RefundLine{Ticket: t, Who: f.Passengers[i]}
		line.Quote, err = k.Office.QuoteBlame(ctx, k.Now(), at, t.ID, fault)
		if line.Why = chepiao.AsRefusal(err); err != nil && line.Why == nil {
			return sums, err
		}
		if line.Chosen = err == nil && chosen(form, t.ID); line.Chosen {
			sums.Back, sums.Fee, sums.Any = sums.Back+line.Quote.Back, sums.Fee+line.Quote.Fee, true
			sums.Days = max(sums.Days, line.Quote.Days)
		}
		sums.Lines = append(sums.Lines, line)
		if line.Chosen {
			if err := k.addStages(ctx, &sums, t.ID); err != nil {
				return sums, err
			}
		}
	}
	k.markStages(&sums)
	return sums, nil
}

// addStages adds a ticket's stages to those of the order: tickets of one order
// were sold under one ladder.
func (k *Kit) addStages(ctx context.Context, sums *RefundSums, id chepiao.TicketID) error {
	stages, err := k.Office.RefundStages(ctx, id)
	if err != nil {
		return err
	}
	for i, s := range stages {
		if i < len(sums.Stages) {
			sums.Stages[i].Back, sums.Stages[i].Fee = sums.Stages[i].Back+s.Back, sums.Stages[i].Fee+s.Fee
		} else {
			sums.Stages = append(sums.Stages, RefundStage{RefundStage: s, Day: k.DayOf(s.Until)})
		}
	}
	return nil
}

// markStages says which stage it is now.
func (k *Kit) markStages(sums *RefundSums) {
	now := k.Now()
	for i := range sums.Stages {
		s := &sums.Stages[i]
		s.Past = !s.Until.IsZero() && now.After(s.Until)
		s.Now = !s.Past && (i == 0 || sums.Stages[i-1].Past)
	}
}

// chosen tells whether a form chooses a ticket. A form that has not been sent
// yet chooses every one.
func chosen(form url.Values, id chepiao.TicketID) bool {
	return !form.Has("sent") || slices.Contains(form["ticket"], id.String())
}
