package ident

import (
	"context"
	"fmt"
	"time"

	"chepiao"
	"chepiao/store"
)

// slow is how whoever guesses is slowed down: so many tries are free, then one has
// to wait, twice as long each time. Nobody is locked out for good, as that would
// let a stranger keep a clerk from their window.
type slow struct {
	what string
	free int
	most time.Duration
}

// Of one account from one address, of one account from anywhere, of one address: a
// station's people may share an address.
var slowPair, slowAccount, slowAddress = slow{"pair", 5, time.Minute}, slow{"account", 50, 10 * time.Second}, slow{"address", 100, 5 * time.Minute}

const tryForgotten = 15 * time.Minute // after the last one

// wait is how long the next try has to wait after so many.
func (s slow) wait(tries int) time.Duration {
	if tries < s.free {
		return 0
	}
	return min(s.most, time.Second<<min(tries-s.free, 20))
}

// counted are the names under which a try is counted.
func (a *Accounts) counted(v Act, no chepiao.StaffNo) map[slow][]byte {
	names := map[slow][]byte{slowAccount: a.mark("account", []byte(no))}
	if v.Address != "" {
		names[slowPair] = a.mark("pair", []byte(string(no)+"\x00"+v.Address))
		names[slowAddress] = a.mark("address", []byte(v.Address))
	}
	return names
}

var slows = []slow{slowPair, slowAccount, slowAddress} // in one order

// try counts a try before it is made, so that many at once are counted too.
// Refusal Busy while one has to wait.
func (a *Accounts) try(ctx context.Context, v Act, no chepiao.StaffNo) error {
	names := a.counted(v, no)
	return a.store.Write(ctx, func(tx *store.Tx) error {
		for _, s := range slows {
			if names[s] == nil {
				continue
			}
			was, err := tx.StaffReader().StaffTry(names[s])
			if err != nil {
				return err
			}
			if tx.Now.Before(was.Next) {
				seconds := int(was.Next.Sub(tx.Now)/time.Second) + 1
				return chepiao.Refuse(chepiao.Busy, fmt.Sprintf("尝试次数过多，请 %d 秒后再试", seconds), fmt.Sprintf("too many tries: please wait %d seconds", seconds)).At("password")
			}
			next := was
			if tx.Now.Sub(was.Last) > tryForgotten {
				next.Tries = 0
			}
			next.Tries++
			next.Last, next.Next = tx.Now, tx.Now.Add(s.wait(next.Tries))
			tx.PutStaffTry(was, next)
		}
		return nil
	})
}

// proved stages that a counted try was good: the account's are forgotten, the
// address gets its own back.
func (a *Accounts) proved(tx *store.Tx, v Act, no chepiao.StaffNo) error {
	names := a.counted(v, no)
	tx.ForgetStaffTry(names[slowAccount])
	if names[slowPair] == nil {
		return nil
	}
	tx.ForgetStaffTry(names[slowPair])
	was, err := tx.StaffReader().StaffTry(names[slowAddress])
	if err != nil || was.Tries == 0 {
		return err
	}
	next := was
	next.Tries, next.Next = was.Tries-1, tx.Now
	tx.PutStaffTry(was, next)
	return nil
}
