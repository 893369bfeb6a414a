package store

import (
	"fmt"
	"reflect"

	"chepiao"
)

// shifts holds each shift's sums against the payments and paybacks that name it,
// and the paper: every sheet of a delivery is in the store, with an open shift, or
// has a row, and is in one of these places only.
func (e *examination) shifts() error {
	held := map[chepiao.PaperBatchID][]chepiao.Serials{}
	after := chepiao.ShiftID(0)
	err := e.paged("shifts", "SELECT count(*) FROM shift", func() (int, error) {
		list, err := bodies[chepiao.Shift](e.c, "SELECT body FROM shift WHERE id > $1 ORDER BY id LIMIT $2", int64(after), pageRows)
		for _, s := range list {
			after = s.ID
			for _, run := range s.Paper {
				held[run.Batch] = append(held[run.Batch], run)
			}
			if err == nil {
				err = e.shift(s)
			}
		}
		return len(list), err
	})
	if err != nil {
		return err
	}
	return e.stock(held)
}

func (e *examination) shift(s chepiao.Shift) error {
	where := "shift " + s.ID.String()
	var sums []chepiao.ShiftSum
	err := e.c.query(`SELECT channel, CAST(sum(came) AS BIGINT), CAST(sum(went) AS BIGINT), CAST(sum(payments) AS BIGINT), CAST(sum(paybacks) AS BIGINT) FROM (
			SELECT channel, amount AS came, 0 AS went, 1 AS payments, 0 AS paybacks FROM payment WHERE shift = $1 AND shift <> 0 AND state = 'paid'
			UNION ALL SELECT channel, 0, amount, 0, 1 FROM payback WHERE shift = $1 AND shift <> 0
		) AS money GROUP BY channel ORDER BY channel`, []any{int64(s.ID)}, func(r rowOf) error {
		sums = append(sums, chepiao.ShiftSum{Channel: chepiao.PaymentChannel(r.text(0)), In: chepiao.Money(r.int(1)), Back: chepiao.Money(r.int(2)), Payments: int(r.int(3)), Paybacks: int(r.int(4))})
		return nil
	})
	if err != nil {
		return err
	}
	if len(sums)+len(s.Sums) > 0 && !reflect.DeepEqual(sums, s.Sums) {
		e.tell(where, "it says %+v, its payments and paybacks %+v", s.Sums, sums)
	}
	var over chepiao.Money
	for _, c := range s.Channels() {
		if s.State != chepiao.OpenShift {
			over += s.Counted[c] - s.Expected(c)
		}
	}
	if over != s.Over {
		e.tell(where, "it says that %s are over, by its sums it is %s", s.Over, over)
	}
	if s.Drawer() < 0 {
		e.tell(where, "there are %s in its drawer", s.Drawer())
	}
	if s.State != chepiao.OpenShift && len(s.Paper) > 0 {
		e.tell(where, "it is %s and holds paper", s.State)
	}
	if s.State == chepiao.SignedShift && (s.SignedBy == "" || s.SignedBy == s.Staff) {
		e.tell(where, "nobody else has signed it")
	}
	return nil
}

func (e *examination) stock(held map[chepiao.PaperBatchID][]chepiao.Serials) error {
	after := chepiao.PaperBatchID(0)
	err := e.paged("deliveries of paper", "SELECT count(*) FROM paper_batch", func() (int, error) {
		list, err := bodies[chepiao.PaperBatch](e.c, "SELECT body FROM paper_batch WHERE id > $1 ORDER BY id LIMIT $2", int64(after), pageRows)
		for _, b := range list {
			after = b.Batch
			if err == nil {
				err = e.batch(b, append(held[b.Batch], b.Left...))
			}
		}
		return len(list), err
	})
	if err != nil {
		return err
	}
	return e.paperTickets()
}

// batch looks where each sheet of a delivery is. In one run there are many: only
// those are counted one by one that have a row.
func (e *examination) batch(b chepiao.PaperBatch, runs []chepiao.Serials) error {
	where := "paper " + b.Batch.String()
	among, err := e.number("SELECT count(*) FROM paper_batch WHERE prefix = $1 AND width = $2 AND first <= $3 AND last >= $4", b.Prefix, b.Width, b.To, b.From)
	if err != nil {
		return err
	}
	if among != 1 {
		e.tell(where, "%d deliveries have some of its numbers", among)
	}
	unused := 0
	for i, run := range runs {
		if run.Prefix != b.Prefix || run.Width != b.Width || run.From < b.From || run.To > b.To || run.From > run.To {
			e.tell(where, "%s are held of it", run)
		}
		for _, other := range runs[:i] {
			if run.From <= other.To && other.From <= run.To {
				e.tell(where, "%s and %s are in two places", run, other)
			}
		}
		unused += run.Count()
		gone, err := e.number("SELECT count(*) FROM paper_sheet WHERE batch = $1 AND no BETWEEN $2 AND $3", int64(b.Batch), run.From, run.To)
		if err != nil {
			return err
		}
		if gone != 0 {
			e.tell(where, "%d of %s are used, and not used as well", gone, run)
		}
	}
	rows, err := e.number("SELECT count(*) FROM paper_sheet WHERE batch = $1 AND no BETWEEN $2 AND $3", int64(b.Batch), b.From, b.To)
	if err == nil && unused+int(rows) != b.Count() {
		e.tell(where, "of %d sheets %d are unused and %d are not", b.Count(), unused, rows)
	}
	return err
}

// paperTickets holds the sheets that are used against the tickets they name, and
// tickets with paper against the sheets.
func (e *examination) paperTickets() error {
	after := ""
	return e.paged("sheets of paper", "SELECT count(*) FROM paper_sheet", func() (int, error) {
		list, err := bodies[chepiao.PaperSheet](e.c, "SELECT body FROM paper_sheet WHERE serial > $1 ORDER BY serial LIMIT $2", after, pageRows)
		for _, p := range list {
			after = p.Serial
			want, ok := map[chepiao.PaperState]chepiao.Receipt{chepiao.PaperUsed: chepiao.ReceiptPaper, chepiao.PaperSurrendered: chepiao.ReceiptSurrendered}[p.State]
			if err != nil || !ok {
				continue
			}
			var t chepiao.Ticket
			var found bool
			if t, found, err = loadTicket(e.c, p.Ticket); err == nil && (!found || t.Receipt != want || t.ReceiptNo != p.Serial) {
				e.tell("paper "+p.Serial, "it is %s for ticket %s, whose receipt says %s", p.State, p.Ticket, fmt.Sprintf("%q %q", t.Receipt, t.ReceiptNo))
			}
		}
		return len(list), err
	})
}
