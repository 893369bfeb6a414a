package store

import (
	"regexp"

	"chepiao"
)

// Sheets reads every sheet of the rule book, in the order they were recorded.
func (r *Reader) Sheets() (sheets []chepiao.Sheet, err error) {
	err = r.c.query("SELECT no, scope, effective, recorded, withdrawn, author, reason, body FROM rule_sheet ORDER BY no", nil, func(r rowOf) error {
		scope, err := chepiao.ParseScope(r.text(1))
		if err != nil {
			return err
		}
		sheets = append(sheets, chepiao.Sheet{
			No: r.int(0), Scope: scope, Effective: fromMicros(r.int(2)), Recorded: fromMicros(r.int(3)), Withdrawn: fromMicros(r.int(4)),
			Author: r.text(5), Reason: r.text(6), Values: versioned.ReplaceAll(r.bytes(7), []byte("{")),
		})
		return nil
	})
	return sheets, err
}

// versioned is how rules began that were recorded before there were sheets: with
// their own version, which is the sheet's number now.
var versioned = regexp.MustCompile(`^\{"version":\d+,`)

// AddSheet stages a new sheet of the rule book.
func (tx *Tx) AddSheet(s chepiao.Sheet) {
	tx.bump("rules")
	tx.stage(func(c *conn) error {
		return c.one("INSERT INTO rule_sheet (no, scope, effective, recorded, withdrawn, author, reason, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
			s.No, s.Scope.String(), micros(s.Effective), micros(s.Recorded), micros(s.Withdrawn), s.Author, s.Reason, []byte(s.Values))
	})
}

// WithdrawSheet stages that a sheet which is not in effect yet never will be.
func (tx *Tx) WithdrawSheet(no int64) {
	tx.bump("rules")
	at := micros(tx.Now)
	tx.stage(func(c *conn) error {
		return c.one("UPDATE rule_sheet SET withdrawn = $1 WHERE no = $2 AND withdrawn = 0 AND effective > $3", at, no, at)
	})
}

// LatestTickets reads the tickets of a lane below a number, newest first, at most
// limit; 0 begins at the newest.
func (r *Reader) LatestTickets(lane int64, below chepiao.TicketID, limit int) ([]chepiao.Ticket, error) {
	if below == 0 {
		below = chepiao.TicketID(chepiao.LaneID(lane+1, 0))
	}
	return r.tickets("SELECT "+ticketColumns+" FROM ticket WHERE id < $1 AND id > $2 ORDER BY id DESC LIMIT $3", int64(below), chepiao.LaneID(lane, 0), limit)
}

// CountTickets is how many tickets the node has ever sold, an upper bound of a reader's
// work.
func (r *Reader) CountTickets() (n int64, err error) {
	err = r.c.query("SELECT count(*) FROM ticket", nil, func(r rowOf) error { n = r.int(0); return nil })
	return n, err
}

// JournalHead is the number of the last entry of a lane.
func (r *Reader) JournalHead(node string, lane int64) (seq int64, err error) {
	err = r.c.query("SELECT seq FROM lane WHERE node = $1 AND id = $2", []any{node, lane}, func(r rowOf) error { seq = r.int(0); return nil })
	return seq, err
}
