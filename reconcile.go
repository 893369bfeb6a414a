package chepiao

import (
	"cmp"
	"slices"
	"time"
)

// Bill lines and our own books are held against each other once a day (requirements
// 11.2, F10, F11): whatever differs is named, and a person settles it.

// BillEntry is one movement in a channel's bill: money that came for a charge, or
// where Refund is set money that went back.
type BillEntry struct {
	Charge string
	Refund string
	Undone bool // all of the charge went back under no number of ours: a scan that was undone
	Amount Money
	At     time.Time
}

func (b BillEntry) number() string { return cmp.Or(b.Refund, b.Charge) }

// Movement is one movement in our books: a payment, or where Back is set a payback.
// Done says that the money has moved by our books.
type Movement struct {
	Number string // as printed: PY… or PB…
	Order  OrderID
	Back   bool
	Amount Money
	At     time.Time // when it began; the money may move a little later
	Done   bool
}

// DifferenceKind says what is wrong about a movement.
type DifferenceKind string

// The kinds of differences.
const (
	DiffForeign DifferenceKind = "foreign" // the bill names a number that is not ours
	DiffTwice   DifferenceKind = "twice"   // the bill has the same movement twice
	DiffAmount  DifferenceKind = "amount"  // other sums
	DiffUndone  DifferenceKind = "undone"  // the channel has moved the money, our books have not: no ticket for it, or a refund that counts as unsent
	DiffMissing DifferenceKind = "missing" // our books have moved it, the bill does not know it
	DiffLate    DifferenceKind = "late"    // not in the bill, but so near midnight that it may stand in the next: nobody need look yet
)

// BillDifference is one movement on which bill and books differ.
type BillDifference struct {
	Kind    DifferenceKind `json:"kind"`
	Number  string         `json:"number"`
	Back    bool           `json:"back,omitempty"`
	Order   OrderID        `json:"order,omitempty"`
	Bill    Money          `json:"bill"` // by the bill; 0: not in it
	Ours    Money          `json:"ours"` // by our books
	At      time.Time      `json:"at"`
	Settled string         `json:"settled,omitempty"` // why a person called it settled
	By      string         `json:"by,omitempty"`
}

// Delta is what the bill has more than our books, money that goes back counted
// negative.
func (d BillDifference) Delta() Money {
	if d.Back {
		return d.Ours - d.Bill
	}
	return d.Bill - d.Ours
}

// Reconciliation is a channel's day held against our books. In and Back by the bill
// are those by our books and the differences: it adds up to the fen.
type Reconciliation struct {
	Channel     PaymentChannel   `json:"channel"`
	Day         Day              `json:"day"`
	At          time.Time        `json:"at"`
	Lines       int              `json:"lines"` // of the bill
	BillIn      Money            `json:"bill_in"`
	BillBack    Money            `json:"bill_back"`
	OursIn      Money            `json:"ours_in"`
	OursBack    Money            `json:"ours_back"`
	Elsewhere   []string         `json:"elsewhere,omitempty"` // began on the day and stand in a later bill: they count there
	Differences []BillDifference `json:"differences,omitempty"`
}

// Open counts the differences that nobody has settled.
func (r Reconciliation) Open() (n int) {
	for _, d := range r.Differences {
		if d.Settled == "" && d.Kind != DiffLate {
			n++
		}
	}
	return n
}

// absent says that our books have it and the bill does not.
func (d BillDifference) absent() bool { return d.Kind == DiffMissing || d.Kind == DiffLate }

// Later looks for what this day lacked in the bill of a later one: a payment of the last
// minutes before midnight, a refund that was sent days after it was decided. It is no
// difference any more. What was late and does not stand in the next day's bill either is
// missing. changed says whether anything did.
func (r *Reconciliation) Later(day Day, bill []BillEntry) (changed bool) {
	in := map[string]bool{}
	for _, b := range bill {
		in[b.number()] = true
	}
	kept := []BillDifference{}
	for _, d := range r.Differences {
		if d.absent() && in[d.Number] {
			r.moved(d)
			changed = true
			continue
		}
		if d.Kind == DiffLate && day > r.Day {
			d.Kind, changed = DiffMissing, true
		}
		kept = append(kept, d)
	}
	r.Differences = kept
	return changed
}

// moved takes a movement out of the day's sums: a later day's bill has it, and that
// day counts it.
func (r *Reconciliation) moved(d BillDifference) {
	if d.Back {
		r.OursBack -= d.Ours
	} else {
		r.OursIn -= d.Ours
	}
	if !slices.Contains(r.Elsewhere, d.Number) {
		r.Elsewhere = append(r.Elsewhere, d.Number)
	}
}

// lateBy is how long after it began a movement may happen: one that began so shortly
// before midnight may stand in the next day's bill.
const lateBy = time.Hour

// Reconcile holds a day's bill against our movements: those that began on the day,
// and those that the bill names, whenever they began. end is the end of the day.
func Reconcile(bill []BillEntry, ours []Movement, end time.Time) (r Reconciliation) {
	books := map[string]Movement{}
	for _, m := range ours {
		books[m.Number] = m
	}
	r.Lines = len(bill)
	seen, undone := map[string]bool{}, undone(bill, books)
	for _, b := range bill {
		back := b.Refund != "" || b.Undone
		if back {
			r.BillBack += b.Amount
		} else {
			r.BillIn += b.Amount
		}
		if undone[b.Charge] && !seen[b.number()] && (b.Undone || b.Refund == "") {
			seen[b.number()] = true
			continue
		}
		m, known := books[b.number()]
		if b.Undone { // it went back behind our books
			m, known = books[b.Charge], books[b.Charge].Number != ""
			m.Back, m.Done = true, false
		}
		d := BillDifference{Number: b.number(), Back: back, Order: m.Order, Bill: b.Amount, At: b.At}
		switch {
		case !known || m.Back != back:
			d.Kind, d.Order = DiffForeign, 0
		case seen[b.number()]:
			d.Kind = DiffTwice
		case !m.Done:
			d.Kind = DiffUndone
		default:
			d.Ours = m.Amount
			r.count(m)
			if b.Amount != m.Amount {
				d.Kind = DiffAmount
			}
		}
		if known {
			seen[b.number()] = true
		}
		if d.Kind != "" {
			r.Differences = append(r.Differences, d)
		}
	}
	for _, m := range ours {
		if seen[m.Number] || !m.Done {
			continue
		}
		d := BillDifference{Kind: DiffMissing, Number: m.Number, Back: m.Back, Order: m.Order, Ours: m.Amount, At: m.At}
		if end.Sub(m.At) < lateBy {
			d.Kind = DiffLate
		}
		r.count(m)
		r.Differences = append(r.Differences, d)
	}
	slices.SortStableFunc(r.Differences, func(a, b BillDifference) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Number, b.Number))
	})
	return r
}

// undone are charges whose money came and went back whole within the bill, and of which
// our books know neither: nothing differs.
func undone(bill []BillEntry, books map[string]Movement) map[string]bool {
	came, gone := map[string]Money{}, map[string]bool{}
	for _, b := range bill {
		if b.Refund == "" && !b.Undone {
			came[b.Charge] = b.Amount
		}
	}
	for _, b := range bill {
		m, known := books[b.Charge]
		if b.Undone && known && !m.Done && b.Amount == came[b.Charge] {
			gone[b.Charge] = true
		}
	}
	return gone
}

// count adds a movement of our books to the sums.
func (r *Reconciliation) count(m Movement) {
	if m.Back {
		r.OursBack += m.Amount
	} else {
		r.OursIn += m.Amount
	}
}

// Unexplained is what the sums leave open once every difference is taken into account:
// nothing, or the comparison is not to be trusted.
func (r Reconciliation) Unexplained() Money {
	sum := (r.BillIn - r.BillBack) - (r.OursIn - r.OursBack)
	for _, d := range r.Differences {
		sum -= d.Delta()
	}
	return sum
}

// Keep takes over from an earlier comparison what people have settled, and what a
// later bill was found to have.
func (r *Reconciliation) Keep(before Reconciliation) {
	r.Differences = slices.DeleteFunc(r.Differences, func(d BillDifference) bool {
		gone := d.absent() && slices.Contains(before.Elsewhere, d.Number)
		if gone {
			r.moved(d)
		}
		return gone
	})
	for i := range r.Differences {
		d := &r.Differences[i]
		for _, was := range before.Differences {
			if was.Number != d.Number || was.Bill != d.Bill || was.Ours != d.Ours {
				continue
			}
			if d.Kind == DiffLate && was.Kind == DiffMissing { // the next bill does not have it either
				d.Kind = DiffMissing
			}
			if was.Kind == d.Kind {
				d.Settled, d.By = was.Settled, was.By
			}
		}
	}
}
