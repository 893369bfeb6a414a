package store

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"chepiao"
)

// save stores what the batch staged in one transaction. An error means that
// nothing of it is stored, unless it is a commit's of unknown outcome. Where
// others write to the same database, a batch stands only if what its functions
// have read is still so: that holds for refusals as well. It runs beside the
// next batch's functions: of the tx it touches only what lift has set aside.
func (tx *Tx) save(c *conn) error {
	if tx.empty() {
		if !tx.s.shared {
			return nil
		}
		return tx.stillTrue(c)
	}
	if err := c.begin(); err != nil {
		return fmt.Errorf("beginning a batch: %w", err)
	}
	err := tx.writeRows(c)
	if err == nil && tx.s.shared {
		err = tx.stillTrue(c)
	}
	if err == nil {
		err = c.commit()
	}
	if err != nil {
		c.rollback()
	}
	return err
}

var errStale = errors.New("what the batch has read was changed by another process")

// stillTrue asks whether what the batch has read still holds.
func (tx *Tx) stillTrue(c *conn) error {
	if err := tx.askShared(c); err != nil {
		return err
	}
	sent, err := tx.askSent(c)
	if err != nil {
		return err
	}
	if err := c.check(); err != nil {
		c.lost(err) // opened anew by the next transaction, which may well find the database
		return err
	}
	tx.compareSent(sent)
	switch {
	case tx.changed:
		return errChanged
	case tx.stale:
		return errStale
	}
	return nil
}

// outcome makes sure of what became of a batch: of an unknown commit the journal
// tells. An error means that nothing of it is stored.
func (s *Store) outcome(b *storing) error {
	if b.err == nil {
		return nil
	}
	s.lane = b.tx.was
	if !unknown(b.err) {
		s.writer.lost(b.err) // opened anew by the next transaction
		return b.err
	}
	s.doubt = &b.tx.head
	if err := s.settleDoubt(); err != nil {
		return err
	}
	if s.lane.seq != b.tx.head.seq || len(b.tx.events) == 0 {
		return b.err
	}
	return nil
}

// settleDoubt finds out whether a batch is stored of which the commit was never
// answered. A transaction that is still on its way would hold the lane's row: a
// new epoch waits for it to end, and shuts out everything after it.
func (s *Store) settleDoubt() error {
	head, c := s.doubt, s.writer
	if head == nil {
		return nil
	}
	if s.shared {
		if err := c.begin(); err != nil {
			return err
		}
		err := c.stage(ErrFenced, "UPDATE lane SET epoch = $1 WHERE id = $2 AND epoch = $3", s.lane.epoch+1, s.lane.id, s.lane.epoch)
		if err == nil { // the beat is the new epoch's from now on
			_, err = c.exec("UPDATE process SET epoch = $1 WHERE lane = $2 AND epoch = $3", s.lane.epoch+1, s.lane.id, s.lane.epoch)
		}
		if err == nil {
			err = c.commit()
		}
		if err != nil {
			c.rollback()
			if errors.Is(err, ErrFenced) {
				s.doubt = nil // the lane is another's: what became of the batch shows when it is asked again
				return err
			}
			s.writer.lost(err)
			return fmt.Errorf("%w: %w", ErrNoDatabase, err)
		}
		s.lane.epoch++
		head.epoch++
		s.epoch.Store(s.lane.epoch)
	}
	stored := false
	err := c.query("SELECT hash FROM journal WHERE node = $1 AND lane = $2 AND seq = $3", []any{s.opt.Node, head.id, head.seq}, func(r rowOf) error {
		stored = bytes.Equal(r.bytes(0), head.hash)
		return nil
	})
	if err != nil {
		return err
	}
	s.doubt = nil
	if stored {
		s.lane = *head
	}
	return nil
}

// writeRows stages everything that the batch changes.
func (tx *Tx) writeRows(c *conn) error {
	if err := tx.writeJournal(c); err != nil {
		return err
	}
	for _, row := range tx.changing {
		if err := row.write(c); err != nil {
			return err
		}
	}
	if err := tx.rows.orders.each(flushOrder(c)); err != nil {
		return err
	}
	if err := tx.rows.tickets.each(flushTicket(c)); err != nil {
		return err
	}
	for _, p := range tx.people {
		if err := p.flush(c); err != nil {
			return err
		}
	}
	if err := tx.rows.payments.each(flushPayment(c)); err != nil {
		return err
	}
	if err := tx.rows.paybacks.each(flushPayback(c)); err != nil {
		return err
	}
	if err := tx.rows.cases.each(flushCase(c)); err != nil {
		return err
	}
	if err := tx.rows.shifts.each(flushShift(c)); err != nil {
		return err
	}
	if err := tx.writeVerbs(c); err != nil {
		return err
	}
	if tx.s.shared {
		if err := tx.writeOthers(c); err != nil {
			return err
		}
	}
	for _, statement := range tx.raw {
		if err := statement(c); err != nil {
			return err
		}
	}
	return nil
}

// sortTokens gives people an order that all processes share.
func sortTokens(list []chepiao.PersonToken) {
	slices.SortFunc(list, func(a, b chepiao.PersonToken) int { return bytes.Compare(a[:], b[:]) })
}
