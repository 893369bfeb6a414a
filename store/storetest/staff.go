package storetest

import (
	"bytes"
	"time"

	"chepiao"
	"chepiao/store"
)

// keepsStaff: accounts, sessions, tries, codes and passkeys read back, change under
// their version, and end.
func keepsStaff(b *bench) {
	s := b.open()
	one := store.StaffRow{No: "1001", Name: "王秀英", Roles: "clerk checker", Stations: "SJZ BD", Password: "$x", Created: b.now, Changed: b.now, Version: 1}
	two := store.StaffRow{No: "9001", Name: "李强", Roles: "administrator", Created: b.now, Changed: b.now, Version: 1}
	session := store.StaffSession{Hash: []byte{1, 2}, Staff: "1001", Device: "window 1", How: "password", Began: b.now, Seen: b.now}
	b.write(s, func(tx *store.Tx) error {
		tx.AddStaff(one)
		tx.AddStaff(two)
		tx.AddStaffSession(session)
		return nil
	})
	for s = range b.twice(s) {
		b.read(s, func(r *store.Reader) error {
			if got, ok, err := r.Staff("1001"); err != nil || !ok || got != one {
				b.Errorf("%+v %v %v", got, ok, err)
			}
			if _, ok, err := r.Staff("1002"); err != nil || ok {
				b.Errorf("somebody unknown: %v %v", ok, err)
			}
			if list, err := r.ListStaff("1001", 5); err != nil || len(list) != 1 || list[0] != two {
				b.Errorf("%+v, %v", list, err)
			}
			for role, want := range map[string]int{"": 2, "clerk": 1, "checker": 1, "administrator": 1, "check": 0, "boss": 0} {
				if n, err := r.CountStaff(role); err != nil || n != want {
					b.Errorf("%d with %q, %v; want %d", n, role, err, want)
				}
			}
			got, who, ok, err := r.StaffSession([]byte{1, 2})
			if err != nil || !ok || who != one || !bytes.Equal(got.Hash, session.Hash) || got.Staff != "1001" || got.Device != "window 1" || !got.Began.Equal(b.now) || !got.Seen.Equal(b.now) {
				b.Errorf("%+v of %+v, %v %v", got, who, ok, err)
			}
			if _, _, ok, err := r.StaffSession([]byte{1}); err != nil || ok {
				b.Errorf("an unknown session: %v %v", ok, err)
			}
			return nil
		})
	}
	changesStaff(b, s, one)
}

func changesStaff(b *bench, s *store.Store, one store.StaffRow) {
	b.Helper()
	answers := b.batch(s,
		func(tx *store.Tx) error { one := one; one.Off, one.Version = true, 2; tx.PutStaff(one); return nil },
		func(tx *store.Tx) error { tx.AddStaff(store.StaffRow{No: "9001", Version: 1}); return nil },
		func(tx *store.Tx) error {
			tx.SeeStaffSession([]byte{1, 2}, tx.Now.Add(time.Minute))
			return nil
		})
	if answers[0] != nil || answers[1] == nil || answers[2] != nil {
		b.Fatalf("answers %v", answers)
	}
	b.read(s, func(r *store.Reader) error {
		got, who, _, err := r.StaffSession([]byte{1, 2})
		if err != nil || !who.Off || who.Version != 2 || !got.Seen.After(got.Began) {
			b.Errorf("%+v of %+v, %v", got, who, err)
		}
		if n, err := r.CountStaff("clerk"); err != nil || n != 0 {
			b.Errorf("%d clerks, %v", n, err)
		}
		return nil
	})
	b.write(s, func(tx *store.Tx) error { tx.EndStaffSessions("9001"); tx.EndStaffSession([]byte{9}); return nil })
	b.read(s, func(r *store.Reader) error {
		if list, err := r.StaffSessions("1001", 9); err != nil || len(list) != 1 {
			b.Errorf("%+v, %v", list, err)
		}
		return nil
	})
	b.write(s, func(tx *store.Tx) error { tx.EndStaffSessions("1001"); return nil })
	b.read(s, func(r *store.Reader) error {
		if list, err := r.StaffSessions("1001", 9); err != nil || len(list) != 0 {
			b.Errorf("%+v, %v", list, err)
		}
		return nil
	})
}

// keepsStaffCodes: what is good once is used once, tries are counted, and what is
// over is forgotten.
func keepsStaffCodes(b *bench) {
	s := b.open()
	code := store.StaffCode{Hash: []byte{7}, Kind: "password", Staff: "1001", Body: []byte("x"), Until: b.now.Add(time.Hour)}
	key := store.StaffKey{ID: []byte{5}, Staff: "1001", Name: "key", Body: []byte("{}"), Created: b.now, Version: 1}
	first := store.StaffTry{Name: []byte{3}, Tries: 1, Next: b.now.Add(time.Second), Last: b.now}
	b.write(s, func(tx *store.Tx) error {
		tx.AddStaffCode(code)
		tx.AddStaffKey(key)
		tx.PutStaffTry(store.StaffTry{Name: []byte{3}}, first)
		return nil
	})
	for s = range b.twice(s) {
		b.read(s, func(r *store.Reader) error {
			if got, ok, err := r.StaffCode("password", []byte{7}); err != nil || !ok || got.Staff != "1001" || string(got.Body) != "x" || !got.Until.Equal(code.Until) {
				b.Errorf("%+v %v %v", got, ok, err)
			}
			if _, ok, err := r.StaffCode("passkey", []byte{7}); err != nil || ok {
				b.Errorf("a code of another kind: %v %v", ok, err)
			}
			if got, err := r.StaffTry([]byte{3}); err != nil || got.Tries != 1 || !got.Next.Equal(first.Next) {
				b.Errorf("%+v, %v", got, err)
			}
			if got, err := r.StaffTry([]byte{4}); err != nil || got.Tries != 0 || !got.Last.IsZero() {
				b.Errorf("%+v, %v", got, err)
			}
			if got, err := r.StaffKeys("1001", 9); err != nil || len(got) != 1 || got[0].Name != "key" || string(got[0].Body) != "{}" {
				b.Errorf("%+v, %v", got, err)
			}
			return nil
		})
	}
	take := func(tx *store.Tx) error {
		got, ok, err := tx.StaffReader().StaffCode("password", []byte{7})
		if err != nil || !ok {
			return chepiao.Refuse(chepiao.NotFound, "没有", "none")
		}
		tx.TakeStaffCode(got)
		return nil
	}
	if answers := b.batch(s, take, take); answers[0] != nil || chepiao.Why(answers[1]) != chepiao.NotFound {
		b.Errorf("a code was used twice: %v", answers)
	}
	key.Used, key.Version = b.now, 2
	b.write(s, func(tx *store.Tx) error {
		tx.PutStaffKey(key)
		second := first
		second.Tries = 2
		tx.PutStaffTry(first, second)
		return nil
	})
	if err := s.Write(b.Context(), func(tx *store.Tx) error { tx.PutStaffTry(first, first); return nil }); err == nil {
		b.Error("a try was not counted")
	}
	b.write(s, func(tx *store.Tx) error {
		tx.RemoveStaffKeys("1001", []byte{5})
		tx.ForgetOldStaff(b.now, b.now, b.now.Add(time.Second))
		return nil
	})
	b.read(s, func(r *store.Reader) error {
		if got, err := r.StaffTry([]byte{3}); err != nil || got.Tries != 0 {
			b.Errorf("%+v, %v", got, err)
		}
		if got, err := r.StaffKeys("1001", 9); err != nil || len(got) != 0 {
			b.Errorf("%+v, %v", got, err)
		}
		return nil
	})
}
