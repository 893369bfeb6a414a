package office

import (
	"context"
	"fmt"
	"slices"
	"time"

	"chepiao"
	"chepiao/store"
)

// remindAt is the hour from which people are reminded of receipts: nobody is woken.
const remindAt = 10

// RemindReceipts tells those who travelled, have neither receipt nor invoice and gave
// a phone, that the time in which one is to be had ends soon (rules receipt_days,
// receipt_remind; requirements 6.4): each ticket once, a departure in one step. done
// counts the departures.
func (o *Office) RemindReceipts(ctx context.Context, now time.Time) (done int, err error) {
	t := o.Timetable()
	rules := o.Rules()
	if o.gateway == nil || rules.ReceiptRemind == 0 || now.In(t.Zone).Hour() < remindAt {
		return 0, nil
	}
	day := rules.ReceiptReminded(o.today(now))
	if last := o.reminded.Load(); last == int64(day) {
		return 0, nil // all of it was looked through today
	}
	for i := range t.Templates {
		m := &t.Templates[i] // a newer timetable may no longer have that day: its tickets are there all the same
		told, err := o.remindOf(ctx, t.run(chepiao.MakeDepartureID(m.No, day), m), rules)
		if err != nil {
			return done, fmt.Errorf("reminding of receipts of %s: %w", day, err)
		}
		if told {
			done++
		}
	}
	o.reminded.Store(int64(day))
	return done, nil
}

// remindOf reminds the passengers of one departure, if they were not reminded before.
func (o *Office) remindOf(ctx context.Context, run Run, rules *chepiao.Rules) (told bool, err error) {
	var due []chepiao.Ticket
	err = o.store.Read(ctx, func(r *store.Reader) error {
		page, err := r.Manifest(run.ID, 0, manifestPage)
		for ; err == nil && len(page) > 0; page, err = r.Manifest(run.ID, page[len(page)-1].ID, manifestPage) {
			for _, t := range page {
				if t.Owner() == o.No() && t.LacksReceipt() && o.hasPhone(r, t) {
					due = append(due, t)
				}
			}
		}
		if err != nil || len(due) == 0 {
			return err
		}
		before, err := r.MessagesOf(run.ID, "", 0, remindedMax)
		if slices.ContainsFunc(before, func(m chepiao.Message) bool { return m.Kind == chepiao.TellReceipt }) {
			due = nil
		}
		return err
	})
	if err != nil || len(due) == 0 {
		return false, err
	}
	departs, _ := o.Span(run, 0)
	facts := chepiao.MessageFacts{Until: departs.AddDate(0, 0, rules.ReceiptDays)}
	return true, o.store.Write(ctx, func(tx *store.Tx) error { return o.tell(tx, chepiao.TellReceipt, due, facts) })
}

// remindedMax bounds the messages of a departure that are looked through.
const remindedMax = 50_000

// hasPhone says whether a ticket's holder left a phone; of somebody whose record is
// destroyed nobody knows.
func (o *Office) hasPhone(r *store.Reader, t chepiao.Ticket) bool {
	sealed, ok, err := r.Person(t.ID)
	if err != nil || !ok {
		return false
	}
	p, err := o.secret.open(sealed, t.Person)
	return err == nil && !p.Phone.IsZero()
}
