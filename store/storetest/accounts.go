package storetest

import (
	"bytes"
	"time"

	"chepiao"
	"chepiao/store"
)

// keepsAccounts: accounts, sessions, orders and saved passengers read back, and all
// of it but the orders goes with the account.
func keepsAccounts(b *bench) {
	s := b.open()
	one := chepiao.Member{Token: chepiao.MemberToken{1}, Created: b.now, Seen: b.now, Version: 1}
	two := one
	contact := store.Sealed{Wrapped: []byte{1, 2}, Box: []byte{3}}
	var saved store.SavedPassenger
	b.write(s, func(tx *store.Tx) error {
		one.ID, two.ID, two.Token = chepiao.MemberID(tx.NextIDs(1)), chepiao.MemberID(tx.NextIDs(1)), chepiao.MemberToken{2}
		tx.AddMember(one, contact)
		tx.AddMember(two, contact)
		tx.AddMemberSession(store.MemberSession{Hash: []byte{7}, Member: one.ID, How: "phone", Began: b.now, Seen: b.now})
		tx.AddMemberSession(store.MemberSession{Hash: []byte{8}, Member: one.ID, How: "phone", Began: b.now.Add(time.Second), Seen: b.now})
		saved = store.SavedPassenger{ID: chepiao.SavedID(tx.NextIDs(1)), Member: one.ID, Person: chepiao.PersonToken{5}, Created: b.now, Version: 1, Sealed: contact}
		tx.SavePassenger(saved)
		for _, order := range []chepiao.OrderID{30, 10, 20} {
			tx.LinkOrder(order, one.ID)
		}
		tx.LinkOrder(20, two.ID)
		tx.FollowOrder(40, 30)
		tx.FollowOrder(41, 99) // nobody's
		return nil
	})
	for s = range b.twice(s) {
		b.read(s, func(r *store.Reader) error {
			got, sealed, err := r.MemberBy(chepiao.MemberToken{1})
			b.same("the account", []any{got.ID, got.Created.Equal(b.now), sealed}, []any{one.ID, true, contact}, err)
			if _, _, err := r.Member(99); chepiao.Why(err) != chepiao.NotFound {
				b.Errorf("an account that is not there: %v", err)
			}
			sessions, err := r.MemberSessions(one.ID, 9)
			if err != nil || len(sessions) != 2 || !bytes.Equal(sessions[0].Hash, []byte{8}) {
				b.Errorf("%+v, %v", sessions, err)
			}
			orders, err := r.MemberOrders(one.ID, 0, 2)
			b.same("the orders", orders, []chepiao.OrderID{40, 30}, err)
			orders, err = r.MemberOrders(one.ID, 20, 2)
			b.same("older orders", orders, []chepiao.OrderID{10}, err)
			orders, err = r.MemberOrders(one.ID, 0, 9)
			b.same("all orders", orders, []chepiao.OrderID{40, 30, 20, 10}, err)
			idle, err := r.IdleMembers(b.now.Add(time.Second), 1)
			b.same("the idle", len(idle), 1, err)
			idle, err = r.IdleMembers(b.now, 9)
			b.same("those used now", len(idle), 0, err)
			orders, err = r.MemberOrders(two.ID, 0, 2)
			b.same("an order that is another's already", orders, []chepiao.OrderID(nil), err)
			whose, err := r.MemberOf(20)
			b.same("whose", whose, one.ID, err)
			list, err := r.SavedPassengers(one.ID, 9)
			if err != nil || len(list) != 1 || list[0].ID != saved.ID || list[0].Person != saved.Person || !bytes.Equal(list[0].Box, contact.Box) {
				b.Errorf("%+v, %v", list, err)
			}
			return nil
		})
	}
	erasesAccounts(b, s, one, saved)
}

func erasesAccounts(b *bench, s *store.Store, one chepiao.Member, saved store.SavedPassenger) {
	b.Helper()
	again := saved
	again.ID++
	answers := b.batch(s,
		func(tx *store.Tx) error { tx.SavePassenger(again); return nil }, // the same person twice
		func(tx *store.Tx) error {
			next := saved
			next.Version, next.Person = 2, chepiao.PersonToken{6}
			tx.PutPassenger(next)
			return nil
		},
		func(tx *store.Tx) error { // somebody else's
			next := saved
			next.Version, next.Member = 3, 99
			tx.PutPassenger(next)
			return nil
		},
		func(tx *store.Tx) error { tx.ForgetPassenger(99, saved.ID); return nil },
		func(tx *store.Tx) error { stale := one; stale.Version = 3; tx.SeeMember(stale); return nil },
	)
	if answers[0] == nil || answers[1] != nil || answers[2] == nil || answers[3] != nil || answers[4] == nil {
		b.Fatalf("answers %v", answers)
	}
	b.read(s, func(r *store.Reader) error {
		if list, err := r.SavedPassengers(one.ID, 9); err != nil || len(list) != 1 || list[0].Person != (chepiao.PersonToken{6}) {
			b.Errorf("%+v, %v", list, err)
		}
		return nil
	})
	b.write(s, func(tx *store.Tx) error { tx.EraseMember(one); return nil })
	b.read(s, func(r *store.Reader) error {
		_, _, gone := r.Member(one.ID)
		sessions, err := r.MemberSessions(one.ID, 9)
		b.must(err)
		saved, err := r.SavedPassengers(one.ID, 9)
		b.must(err)
		orders, err := r.MemberOrders(one.ID, 0, 9)
		b.must(err)
		if chepiao.Why(gone) != chepiao.NotFound || len(sessions)+len(saved)+len(orders) != 0 {
			b.Errorf("left behind: %v, %v, %v, %v", gone, sessions, saved, orders)
		}
		return nil
	})
	if err := s.Write(b.Context(), func(tx *store.Tx) error { tx.EraseMember(one); return nil }); err == nil {
		b.Error("an account was erased twice")
	}
}

// countsPhoneCodes: two tries at once are both counted.
func countsPhoneCodes(b *bench) {
	s := b.open()
	phone := chepiao.MemberToken{4}
	b.write(s, func(tx *store.Tx) error {
		was, err := tx.AccountReader().MemberCode(phone)
		if err != nil || was.Version != 0 || !was.Made.IsZero() {
			b.Errorf("%+v, %v", was, err)
		}
		was.PhoneCode, err = was.Ask(b.now, chepiao.DayOf(b.now))
		was.Hash = []byte{1}
		tx.PutMemberCode(was)
		return err
	})
	wrong := func(tx *store.Tx) error {
		was, err := tx.AccountReader().MemberCode(phone)
		if err != nil {
			return err
		}
		if was.PhoneCode, err = was.Try(b.now, false); chepiao.Why(err) != chepiao.CodeWrong {
			return err
		}
		tx.PutMemberCode(was)
		return nil
	}
	for i, err := range b.batch(s, wrong, wrong, wrong) {
		if err != nil {
			b.Errorf("try %d: %v", i, err)
		}
	}
	for s = range b.twice(s) {
		b.read(s, func(r *store.Reader) error {
			got, err := r.MemberCode(phone)
			if err != nil || got.Tries != 3 || got.Version != 4 || got.Asked != 1 || !bytes.Equal(got.Hash, []byte{1}) || !got.Made.Equal(b.now) {
				b.Errorf("%+v, %v", got, err)
			}
			return nil
		})
	}
	b.write(s, func(tx *store.Tx) error {
		tx.ForgetOldAccounts(b.now, b.now.Add(time.Second), b.now, b.now)
		return nil
	})
	b.read(s, func(r *store.Reader) error {
		if got, err := r.MemberCode(phone); err != nil || got.Version != 0 {
			b.Errorf("not forgotten: %+v, %v", got, err)
		}
		return nil
	})
}

// keepsLooks: who looked a person up is known of that person only, the latest
// first; what was said of a name is found by name and document, and for a while.
func keepsLooks(b *bench) {
	s := b.open()
	one := chepiao.Looked{Person: chepiao.PersonToken{1}, At: b.now, By: "window 1", Staff: "1001", Where: 3, How: chepiao.LookByDocument, Why: chepiao.LookPresented, Found: 2}
	later, other := one, one
	later.At, later.Why = b.now.Add(time.Minute), chepiao.LookTrouble
	other.Person = chepiao.PersonToken{2}
	b.write(s, func(tx *store.Tx) error {
		tx.NoteLooked(one)
		tx.NoteLooked(other)
		tx.NoteLooked(later)
		tx.PutNameCheck(store.NameCheck{Hash: []byte{1}, Person: one.Person, Verdict: "mismatch", At: b.now})
		tx.PutNameCheck(store.NameCheck{Hash: []byte{2}, Person: one.Person, Verdict: "mismatch", At: b.now})
		tx.PutNameCheck(store.NameCheck{Hash: []byte{2}, Person: one.Person, Verdict: "match", At: b.now.Add(time.Second)})
		return nil
	})
	for s = range b.twice(s) {
		b.read(s, func(r *store.Reader) error {
			list, err := r.LookedUp(one.Person, 9)
			if err != nil || len(list) != 2 || list[0].Why != chepiao.LookTrouble || list[1].By != "window 1" || list[1].Staff != "1001" || list[1].Where != 3 || list[1].Found != 2 || !list[1].At.Equal(b.now) {
				b.Errorf("%+v, %v", list, err)
			}
			if all, err := r.LookUps(b.now, 9); err != nil || len(all) != 3 {
				b.Errorf("%+v, %v", all, err)
			}
			verdict, err := r.NameCheck([]byte{2}, b.now)
			b.same("the latest word", verdict, "match", err)
			verdict, err = r.NameCheck([]byte{2}, b.now.Add(time.Hour))
			b.same("an old word", verdict, "", err)
			n, err := r.NamesTried(one.Person, "mismatch", b.now)
			b.same("names tried in vain", n, 1, err)
			return nil
		})
	}
	b.write(s, func(tx *store.Tx) error {
		tx.ForgetOldAccounts(b.now, b.now, b.now.Add(time.Hour), b.now.Add(time.Second))
		return nil
	})
	b.read(s, func(r *store.Reader) error {
		verdict, err := r.NameCheck([]byte{2}, b.now)
		b.same("a word long forgotten", verdict, "", err)
		if all, err := r.LookUps(b.now, 9); err != nil || len(all) != 1 {
			b.Errorf("%+v, %v", all, err)
		}
		return nil
	})
}
