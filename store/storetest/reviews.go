package storetest

import (
	"chepiao"
	"chepiao/store"
)

// keepsReviews stages passages that a supervisor looks at, finds those of a day
// and a kind, and has doctor miss one that the journal does not know.
func keepsReviews(b *bench) {
	s := b.open()
	o := b.booked(s, 1)
	day := chepiao.DayOf(b.clock())
	passage := func(what chepiao.Review, v chepiao.Verdict) store.Review {
		return store.Review{At: b.clock(), Day: day, By: "gate-1", What: what, Check: chepiao.CheckRecord{
			Ticket: o.Tickets()[0], Station: 1, Place: chepiao.AtGate, Device: "gate-1", Method: chepiao.ByHand, Seen: chepiao.ResidentID, Verdict: v,
		}}
	}
	manual := passage(chepiao.ReviewManual, chepiao.Verdict{Pass: true, Reason: chepiao.CheckOK, ZH: "好", EN: "fine"})
	mismatch := passage(chepiao.ReviewMismatch, chepiao.Verdict{Reason: chepiao.WrongDocument, ZH: "请", EN: "please"})
	tomorrow := manual
	tomorrow.Day++
	for _, v := range []store.Review{manual, mismatch, tomorrow} {
		b.write(s, func(tx *store.Tx) error {
			tx.AddReview(v)
			return tx.Record("ticket "+v.Check.Ticket.String(), 1, chepiao.Event{Kind: chepiao.CheckWasRefused, Check: &v.Check})
		})
	}
	if err := s.Write(b.Context(), func(tx *store.Tx) error { // a verb that is refused is not reviewed
		tx.AddReview(manual)
		return chepiao.Refuse(chepiao.WrongState, "不", "no")
	}); chepiao.Why(err) != chepiao.WrongState {
		b.Errorf("refused with %v", err)
	}
	for s := range b.twice(s) {
		b.read(s, func(r *store.Reader) error {
			all, err := r.Reviews(day, "", 0, 10)
			if err != nil || len(all) != 2 {
				b.Fatalf("reviews of the day: %+v, %v", all, err)
			}
			manual.ID, mismatch.ID = all[0].ID, all[1].ID
			b.same("all of a day", all, []store.Review{manual, mismatch}, nil)
			one, err := r.Reviews(day, chepiao.ReviewMismatch, 0, 10)
			b.same("one kind", one, []store.Review{mismatch}, err)
			rest, err := r.Reviews(day, "", all[0].ID, 1)
			b.same("after the first", rest, []store.Review{mismatch}, err)
			none, err := r.Reviews(day-1, "", 0, 10)
			b.same("yesterday", none, []store.Review(nil), err)
			return nil
		})
	}
	s = b.restart(s)
	findings := func() (n int) {
		d, err := s.Doctor(b.Context(), nil)
		b.check(err)
		for _, f := range d.Findings {
			if f.Where == "reviews" {
				n++
			}
		}
		return n
	}
	if n := findings(); n != 0 {
		b.Errorf("doctor finds %d differences in the reviews", n)
	}
	b.write(s, func(tx *store.Tx) error {
		tx.AddReview(manual)
		return tx.Record("suite", 1, chepiao.Event{Kind: chepiao.RulesSet})
	})
	if n := findings(); n != 1 {
		b.Errorf("a review without its entry: doctor finds %d", n)
	}
}
