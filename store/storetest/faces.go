package storetest

import (
	"chepiao"
	"chepiao/store"
)

// countsFaces: what is counted adds up by station, day, device and bucket, and a verb
// that is refused counts nothing.
func countsFaces(b *bench) {
	s := b.open()
	one := store.FaceCount{Station: 3, Day: 100, Device: "gate 7", What: chepiao.FaceGenuine, Bucket: 41}
	other, tomorrow, elsewhere := one, one, one
	other.Bucket, tomorrow.Day, elsewhere.Station = 42, 101, 4
	for _, list := range [][]store.FaceCount{{one, one, other}, {one, tomorrow, elsewhere}} {
		b.write(s, func(tx *store.Tx) error {
			for _, v := range list {
				tx.CountFace(v)
			}
			return nil
		})
	}
	if err := s.Write(b.Context(), func(tx *store.Tx) error {
		tx.CountFace(one)
		return chepiao.Refuse(chepiao.WrongState, "不", "no")
	}); chepiao.Why(err) != chepiao.WrongState {
		b.Errorf("refused with %v", err)
	}
	one.N, other.N, tomorrow.N = 3, 1, 1
	for s := range b.twice(s) {
		b.read(s, func(r *store.Reader) error {
			day, err := r.FaceCounts(3, 100, 100)
			b.same("a day", day, []store.FaceCount{one, other}, err)
			both, err := r.FaceCounts(3, 100, 101)
			b.same("two days", both, []store.FaceCount{one, other, tomorrow}, err)
			none, err := r.FaceCounts(5, 0, 1000)
			b.same("a station without", none, []store.FaceCount(nil), err)
			return nil
		})
	}
}

// logsConsents: the log of a ticket reads back in order and of a station the last
// first, on either store, and holds what was agreed and no more.
func logsConsents(b *bench) {
	s := b.open()
	line := func(ticket chepiao.TicketID, kind chepiao.EventKind) store.FaceConsent {
		return store.FaceConsent{At: b.clock(), Ticket: ticket, Station: 3, By: "kiosk 1", Kind: kind}
	}
	gave, took, other := line(7, chepiao.FaceConsented), line(7, chepiao.FaceWithdrawn), line(8, chepiao.FaceConsented)
	gave.FaceConsent = chepiao.FaceConsent{Who: chepiao.FaceBySelf, Notice: chepiao.FaceNotice, Counts: true}
	other.FaceConsent, other.Station = chepiao.FaceConsent{Who: chepiao.FaceByGuardian, Notice: chepiao.FaceNotice}, 4
	for _, v := range []store.FaceConsent{gave, took, other} {
		b.write(s, func(tx *store.Tx) error { return tx.LogFaceConsent(v, chepiao.Event{Kind: v.Kind, By: v.By}) })
	}
	for s := range b.twice(s) {
		b.read(s, func(r *store.Reader) error {
			of, err := r.FaceConsentsOf(7)
			if len(of) != 2 {
				b.Fatalf("%+v, %v", of, err)
			}
			gave.ID, took.ID = of[0].ID, of[1].ID
			b.same("of a ticket", of, []store.FaceConsent{gave, took}, err)
			at, err := r.FaceConsentsAt(3, 10)
			b.same("of a station", at, []store.FaceConsent{took, gave}, err)
			last, err := r.FaceConsentsAt(3, 1)
			b.same("the last", last, []store.FaceConsent{took}, err)
			return nil
		})
	}
}
