package practice

import (
	"cmp"
	"slices"
	"time"

	"chepiao"
	"chepiao/pay"
)

// BillRow is one line of the day's bill: a charge that was paid, a refund, or a
// scan that was undone.
type BillRow struct {
	At      time.Time
	Trade   Trade
	Refund  *Refund
	Revoked bool
	Amount  chepiao.Money // as the bill says it
}

// Bill is the firm's bill of a day of China's calendar, the earliest first, as
// the switches leave it. ErrNoBill while the day is not over, unless a
// switch says otherwise.
func (f *Firm) Bill(day chepiao.Day) ([]BillRow, error) {
	faults := f.Faults()
	if today := chepiao.DayOf(f.opt.Now().In(pay.China)); day > today || (day == today && !faults.BillEarly) {
		return nil, pay.ErrNoBill
	}
	on := func(t time.Time) bool { return !t.IsZero() && chepiao.DayOf(t.In(pay.China)) == day }
	var rows []BillRow
	for _, t := range f.Trades() {
		if t.Transaction != "" && on(t.PaidAt) {
			rows = append(rows, BillRow{At: t.PaidAt, Trade: t, Amount: t.Amount})
		}
		if t.Transaction != "" && on(t.RevokedAt) {
			rows = append(rows, BillRow{At: t.RevokedAt, Trade: t, Amount: t.Amount, Revoked: true})
		}
		for _, r := range t.Refunds {
			if on(r.Created) {
				rows = append(rows, BillRow{At: r.Created, Trade: t, Refund: r, Amount: r.Amount})
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b BillRow) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Trade.ID, b.Trade.ID)) })
	return faults.spoil(rows, day), nil
}

// spoil makes a bill wrong in the ways that are switched on.
func (s Faults) spoil(rows []BillRow, day chepiao.Day) []BillRow {
	if s.BillMissing && len(rows) > 0 {
		rows = rows[1:]
	}
	last := len(rows) - 1 // charge
	for last >= 0 && (rows[last].Refund != nil || rows[last].Revoked) {
		last--
	}
	if s.BillDifferent && last >= 0 {
		rows[last].Amount++
	}
	if s.BillTwice && last >= 0 {
		rows = slices.Insert(rows, last, rows[last])
	}
	if s.BillForeign {
		noon := time.Unix(int64(day)*86400, 0).UTC().Add(4 * time.Hour)
		t := Trade{ID: "NOBODY" + day.String(), Subject: "不明交易", Amount: 1234, State: chepiao.PaymentPaid, PaidAt: noon, Transaction: "4200000000000000000000000000"}
		rows = append(rows, BillRow{At: noon, Trade: t, Amount: t.Amount})
	}
	return rows
}
