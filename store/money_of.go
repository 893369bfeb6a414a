package store

import (
	"maps"
	"slices"

	"chepiao"
)

// MoneyOf reads what was paid for an order and what is on its way back, as the
// batch sees it, in the order of the numbers.
func (tx *Tx) MoneyOf(id chepiao.OrderID) (payments []chepiao.Payment, paybacks []chepiao.Payback, err error) {
	r := &Reader{c: tx.s.writer}
	stored, err := r.Payments(id)
	if err != nil {
		return nil, nil, err
	}
	back, err := r.Paybacks(id)
	if err != nil {
		return nil, nil, err
	}
	payments = over(stored, tx.s.payments.now, func(p chepiao.Payment) (chepiao.PaymentID, bool) { return p.ID, p.Order == id })
	paybacks = over(back, tx.s.paybacks.now, func(p chepiao.Payback) (chepiao.PaybackID, bool) { return p.ID, p.Order == id })
	return payments, paybacks, nil
}

// over puts what a batch has staged over stored rows.
func over[K ~int64, V any](stored []V, staged *layer[K, V], key func(V) (K, bool)) (rows []V) {
	all := map[K]V{}
	for _, v := range stored {
		k, _ := key(v)
		all[k] = v
	}
	for _, st := range staged.staged {
		if k, ours := key(st.v); ours {
			all[k] = st.v
		}
	}
	for _, k := range slices.Sorted(maps.Keys(all)) {
		rows = append(rows, all[k])
	}
	return rows
}
