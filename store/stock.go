package store

import (
	"encoding/json"
	"fmt"

	"chepiao"
)

// PaperBatch is a delivery of paper as it is stored. What this batch has staged
// of it does not show: a batch that changes it twice is run again, one function
// at a time. Refusal NotFound.
func (tx *Tx) PaperBatch(id chepiao.PaperBatchID) (chepiao.PaperBatch, error) {
	b, ok, err := one[chepiao.PaperBatch](tx.s.writer, "SELECT body FROM paper_batch WHERE id = $1", int64(id))
	if err == nil && !ok {
		err = noSuchBatch
	}
	return b, err
}

// PaperAmong are the deliveries that have one of these numbers.
func (tx *Tx) PaperAmong(s chepiao.Serials) ([]chepiao.PaperBatch, error) {
	return bodies[chepiao.PaperBatch](tx.s.writer, "SELECT body FROM paper_batch WHERE prefix = $1 AND width = $2 AND first <= $3 AND last >= $4 ORDER BY first LIMIT 10",
		s.Prefix, s.Width, s.To, s.From)
}

// PutPaperBatch stages a delivery, new or changed. Its version is that of the
// stored one and one more, or 1.
func (tx *Tx) PutPaperBatch(b chepiao.PaperBatch) error {
	body, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("writing a delivery of paper: %w", err)
	}
	tx.stage(func(c *conn) error {
		if b.Version == 1 {
			return c.one("INSERT INTO paper_batch (id, prefix, width, first, last, station, body, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
				int64(b.Batch), b.Prefix, b.Width, b.From, b.To, int64(b.Station), string(body), b.Version)
		}
		return c.one("UPDATE paper_batch SET body = $1, version = $2 WHERE id = $3 AND version = $4", string(body), b.Version, int64(b.Batch), b.Version-1)
	})
	return nil
}

// PaperSheet is what became of a numbered sheet, as stored; ok is false while it
// is still in the stock, or unknown. What this batch has staged does not show.
func (tx *Tx) PaperSheet(serial string) (chepiao.PaperSheet, bool, error) {
	return one[chepiao.PaperSheet](tx.s.writer, "SELECT body FROM paper_sheet WHERE serial = $1", serial)
}

// PutPaperSheet stages what became of a sheet; no is its number where a delivery
// has it. A number that is used twice collides with its key, also over processes.
func (tx *Tx) PutPaperSheet(p chepiao.PaperSheet, no int64) error {
	body, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("writing a sheet of paper: %w", err)
	}
	tx.stage(func(c *conn) error {
		if p.Version == 1 {
			return c.one("INSERT INTO paper_sheet (serial, batch, no, state, ticket, shift, body, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
				p.Serial, int64(p.Batch), no, string(p.State), int64(p.Ticket), int64(p.Shift), string(body), p.Version)
		}
		return c.one("UPDATE paper_sheet SET state = $1, body = $2, version = $3 WHERE serial = $4 AND version = $5", string(p.State), string(body), p.Version, p.Serial, p.Version-1)
	})
	return nil
}

// RemovePaperSheet stages that a sheet is unused paper again.
func (tx *Tx) RemovePaperSheet(p chepiao.PaperSheet) {
	tx.stage(func(c *conn) error {
		return c.one("DELETE FROM paper_sheet WHERE serial = $1 AND version = $2", p.Serial, p.Version)
	})
}

// PaperBatches reads the deliveries of a station (0: of all) before a number (0:
// the latest), newest first, at most limit.
func (r *Reader) PaperBatches(station chepiao.StationNo, before chepiao.PaperBatchID, limit int) ([]chepiao.PaperBatch, error) {
	where, args := "id > $1", []any{int64(0), limit}
	if before != 0 {
		where, args[0] = "id < $1", int64(before)
	}
	if station != 0 {
		where, args = where+" AND station = $3", append(args, int64(station))
	}
	return bodies[chepiao.PaperBatch](r.c, "SELECT body FROM paper_batch WHERE "+where+" ORDER BY id DESC LIMIT $2", args...)
}

// PaperBatch reads a delivery. Refusal NotFound.
func (r *Reader) PaperBatch(id chepiao.PaperBatchID) (chepiao.PaperBatch, error) {
	b, ok, err := one[chepiao.PaperBatch](r.c, "SELECT body FROM paper_batch WHERE id = $1", int64(id))
	if err == nil && !ok {
		err = noSuchBatch
	}
	return b, err
}

// PaperSheet reads what became of a sheet; ok is false when it has no row.
func (r *Reader) PaperSheet(serial string) (chepiao.PaperSheet, bool, error) {
	return one[chepiao.PaperSheet](r.c, "SELECT body FROM paper_sheet WHERE serial = $1", serial)
}

// ShiftSheets reads the sheets that a shift used, spoilt or missed after a number,
// in the order of their numbers, at most limit.
func (r *Reader) ShiftSheets(id chepiao.ShiftID, after string, limit int) ([]chepiao.PaperSheet, error) {
	return bodies[chepiao.PaperSheet](r.c, "SELECT body FROM paper_sheet WHERE shift = $1 AND serial > $2 ORDER BY serial LIMIT $3", int64(id), after, limit)
}

// PaperSheets reads the sheets of a delivery in a state after a number, in order,
// at most limit.
func (r *Reader) PaperSheets(id chepiao.PaperBatchID, state chepiao.PaperState, after string, limit int) ([]chepiao.PaperSheet, error) {
	return bodies[chepiao.PaperSheet](r.c, "SELECT body FROM paper_sheet WHERE batch = $1 AND state = $2 AND serial > $3 ORDER BY no LIMIT $4", int64(id), string(state), after, limit)
}

// PaperCount counts the sheets of a delivery by what became of them.
func (r *Reader) PaperCount(id chepiao.PaperBatchID) (map[chepiao.PaperState]int, error) {
	count := map[chepiao.PaperState]int{}
	err := r.c.query("SELECT state, count(*) FROM paper_sheet WHERE batch = $1 GROUP BY state", []any{int64(id)}, func(r rowOf) error {
		count[chepiao.PaperState(r.text(0))] = int(r.int(1))
		return nil
	})
	return count, err
}

var noSuchBatch = chepiao.Refuse(chepiao.NotFound, "没有这批票据", "there is no such delivery").At("batch")

// PaperTyped is a number among these that was used without being in the stock, ""
// for none.
func (tx *Tx) PaperTyped(s chepiao.Serials) (string, error) {
	list, err := bodies[chepiao.PaperSheet](tx.s.writer, "SELECT body FROM paper_sheet WHERE batch = 0 AND no BETWEEN $1 AND $2 ORDER BY no LIMIT 10000", s.From, s.To)
	for _, p := range list {
		if _, ok := s.Number(p.Serial); ok {
			return p.Serial, err
		}
	}
	return "", err
}
