package office

import (
	"context"
	"crypto/subtle"
	"slices"
	"time"

	"chepiao"
	"chepiao/store"
)

// MemberOrders reads the files of a member's orders, newest first, at most limit,
// and the number to go on before; 0 at the end.
func (o *Office) MemberOrders(ctx context.Context, member chepiao.MemberID, before chepiao.OrderID, limit int) (files []File, next chepiao.OrderID, err error) {
	ids, err := o.memberOrders(ctx, member, before, limit+1)
	if err != nil {
		return nil, 0, err
	}
	if len(ids) > limit {
		ids, next = ids[:limit], ids[limit-1]
	}
	for _, id := range ids {
		f, err := o.Look(ctx, id)
		if chepiao.Why(err) == chepiao.NotFound {
			continue // its retention has ended, or its line is no longer in the network
		}
		if err != nil {
			return nil, 0, err
		}
		files = append(files, f)
	}
	return files, next, nil
}

func (o *Office) memberOrders(ctx context.Context, member chepiao.MemberID, before chepiao.OrderID, limit int) (ids []chepiao.OrderID, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		ids, err = r.MemberOrders(member, before, limit)
		return err
	})
	return ids, err
}

// Ahead says that a file's journey is still to come, or its order still open.
func (f File) Ahead(now time.Time) bool {
	switch f.Order.State {
	case chepiao.OrderHeld, chepiao.OrderPaying:
		return now.Before(f.Order.Deadline)
	case chepiao.OrderAsked, chepiao.OrderWaiting:
		return true
	case chepiao.OrderIssued:
		live := slices.ContainsFunc(f.Tickets, func(t chepiao.Ticket) bool { return t.State.Live() })
		return live && now.Before(latest(f.Arrives, f.Last))
	}
	return false
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// LinkOrder adds an order that was bought without an account to a member's, for
// whoever holds its key. One that belongs to somebody stays theirs, and nobody is
// told so. Refusal NotFound.
func (o *Office) LinkOrder(ctx context.Context, member chepiao.MemberID, id chepiao.OrderID, key string) error {
	return o.store.Write(ctx, func(tx *store.Tx) error {
		order, err := tx.Order(id)
		if chepiao.Why(err) == chepiao.NotFound {
			return noSuchOrder
		}
		if err != nil {
			return err
		}
		if key == "" || subtle.ConstantTimeCompare([]byte(order.Key), []byte(key)) != 1 {
			return noSuchOrder
		}
		tx.LinkOrder(id, member)
		return nil
	})
}

// OwnOrder says whether an order is a member's.
func (o *Office) OwnOrder(ctx context.Context, member chepiao.MemberID, id chepiao.OrderID) (own bool, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		whose, err := r.MemberOf(id)
		own = whose == member && member != 0
		return err
	})
	return own, err
}
