package office

import (
	"context"
	"fmt"
	"time"

	"chepiao"
	"chepiao/store"
)

// previewTicketsMax bounds the tickets that a preview looks at, newest first.
const previewTicketsMax = 200_000

// RulePreview says what a sheet would change. Tickets that are sold keep their
// terms of fare, refund and rebooking, whatever it says; the sums only show what
// they would be worth if they were sold under it. What concerns check, dispatch
// and holds acts on them from the moment it takes effect.
type RulePreview struct {
	Sheet   chepiao.Sheet
	Changes []RuleChange
	Tickets int // paid or held, of departures to come, in the sheet's scope

	OtherFee       int // would cost another fee, refunded now
	OldFee, NewFee chepiao.Money
	OtherCheck     int  // hall, gate or end of check at another time
	Complete       bool // false: there are more tickets than were looked at
}

// PreviewSheet says what a sheet would change, and changes nothing. progress may
// be nil. Refusals as SetSheet.
func (o *Office) PreviewSheet(ctx context.Context, in SheetInput, progress func(done, total int64)) (RulePreview, error) {
	if !o.inTimetable(in.Scope) {
		return RulePreview{}, notInTimetable(in.Scope)
	}
	now := o.store.Now()
	next, s, err := o.rules.Load().book.With(in.sheet(now, "preview"))
	if err != nil {
		return RulePreview{}, err
	}
	v := ruleView{office: o, now: now, sheet: s, book: &rulebook{book: next}, edition: next.EditionBefore(s.No) + 1}
	v.found = RulePreview{Sheet: s, Changes: changes(next, []chepiao.Sheet{s})}
	if err := v.look(ctx, progress); err != nil {
		return RulePreview{}, fmt.Errorf("looking at the tickets sold: %w", err)
	}
	return v.found, nil
}

// ruleView is a preview under way.
type ruleView struct {
	office  *Office
	now     time.Time
	sheet   chepiao.Sheet
	book    *rulebook
	edition int64 // that the sheet makes
	found   RulePreview
}

// look goes through the tickets in pages, of each lane the newest first, so that
// no reader is kept open for long.
func (v *ruleView) look(ctx context.Context, progress func(done, total int64)) error {
	const page = 2000
	var total int64
	var lanes []int64
	err := v.office.store.Read(ctx, func(r *store.Reader) (err error) {
		if total, err = r.CountTickets(); err == nil {
			lanes, err = r.Lanes(v.office.store.Node())
		}
		return err
	})
	below, looked := map[int64]chepiao.TicketID{}, 0
	for err == nil && len(lanes) > 0 && looked < previewTicketsMax {
		lane := lanes[0]
		var tickets []chepiao.Ticket
		err = v.office.store.Read(ctx, func(r *store.Reader) (err error) {
			tickets, err = r.LatestTickets(lane, below[lane], page)
			return err
		})
		for _, t := range tickets {
			v.take(t)
			below[lane] = t.ID
		}
		looked += len(tickets)
		if progress != nil {
			progress(int64(looked), min(total, previewTicketsMax))
		}
		if lanes = lanes[1:]; len(tickets) == page {
			lanes = append(lanes, lane) // there are more: it is its turn again after the others
		}
	}
	v.found.Complete = err == nil && len(lanes) == 0
	return err
}

// take adds a ticket to what was found, if it is one to be used yet.
func (v *ruleView) take(t chepiao.Ticket) {
	if t.State != chepiao.TicketHeld && t.State != chepiao.TicketValid {
		return
	}
	run, err := v.office.Timetable().Run(t.Departure)
	if err != nil {
		return
	}
	where := v.office.where(run, t.Board)
	_, departs := v.office.Span(run, t.Board)
	if !covers(v.sheet.Scope, where) || departs.Before(v.now) || departs.Before(v.sheet.Effective) {
		return
	}
	v.found.Tickets++
	before, after := v.book.rules(v.edition-1, where), v.book.rules(v.edition, where)
	if before.CheckOpens != after.CheckOpens || before.HallOpens != after.HallOpens || before.CheckCloses != after.CheckCloses || before.CheckLate != after.CheckLate {
		v.found.OtherCheck++
	}
	if t.State != chepiao.TicketValid {
		return
	}
	c, err := v.office.refundCase(t, v.now, chepiao.AskedAt{Window: true, Station: t.From})
	if err != nil {
		return
	}
	was, is := feeUnder(t, c, before), feeUnder(t, c, after)
	if was != is {
		v.found.OtherFee, v.found.OldFee, v.found.NewFee = v.found.OtherFee+1, v.found.OldFee+was, v.found.NewFee+is
	}
}

// feeUnder is what giving a ticket back would cost under some rules: all of it
// where they refund nothing.
func feeUnder(t chepiao.Ticket, c chepiao.RefundCase, r *chepiao.Rules) chepiao.Money {
	q, err := chepiao.QuoteRefund(t, c, r)
	if err != nil {
		return t.Price
	}
	return q.Fee
}

// covers says whether a scope holds at a place.
func covers(s chepiao.Scope, at chepiao.Where) bool {
	switch s.Layer {
	case chepiao.Provincial:
		return at.Province == s.ID
	case chepiao.AtStation:
		return at.Station == s.ID
	case chepiao.OnLine:
		return at.Line == s.ID
	}
	return true
}
