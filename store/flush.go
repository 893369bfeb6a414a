package store

import (
	"fmt"
)

// flush stores what the batch staged in one transaction. An error means that
// nothing of it is stored; an unknown outcome of the commit is decided by the
// lane's head.
func (tx *Tx) flush() error {
	s, c := tx.s, tx.s.writer
	if err := c.begin(); err != nil {
		return fmt.Errorf("beginning a batch: %w", err)
	}
	head := s.lane
	head.nextID += tx.made
	if err := tx.writeRows(&head); err != nil {
		c.rollback()
		return err
	}
	if err := c.commit(); err != nil {
		c.rollback()
		if stored, headErr := s.storedHead(); headErr != nil || stored != head.seq || head.seq == s.lane.seq {
			return fmt.Errorf("committing a batch: %w", err)
		}
	}
	s.lane = head
	return nil
}

func (tx *Tx) writeRows(head *lane) error {
	s, c := tx.s, tx.s.writer
	for i := range tx.verbs {
		tx.verbs[i].lane, tx.verbs[i].seq = head.id, head.seq+int64(tx.verbs[i].event)+1
	}
	if err := s.chain(head, tx.Now, tx.events); err != nil {
		return err
	}
	for _, row := range tx.touched {
		if err := row.flush(c); err != nil {
			return err
		}
	}
	if err := s.orders.each(flushOrder(c)); err != nil {
		return err
	}
	if err := s.tickets.each(flushTicket(c)); err != nil {
		return err
	}
	for _, p := range tx.people {
		if err := p.flush(c); err != nil {
			return err
		}
	}
	if err := s.payments.each(flushPayment(c)); err != nil {
		return err
	}
	if err := s.paybacks.each(flushPayback(c)); err != nil {
		return err
	}
	if err := s.cases.each(flushCase(c)); err != nil {
		return err
	}
	for _, v := range tx.verbs {
		if err := v.flush(c); err != nil {
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

// storedHead is the sequence number the database has for this lane.
func (s *Store) storedHead() (seq int64, err error) {
	err = s.writer.query("SELECT seq FROM lane WHERE id = $1 AND epoch = $2", []any{s.lane.id, s.lane.epoch}, func(r rowOf) error {
		seq = r.int(0)
		return nil
	})
	return seq, err
}

// publish makes the stored rows the cached ones and shows departures to readers.
func (tx *Tx) publish() {
	s := tx.s
	s.orders.keep()
	s.tickets.keep()
	s.payments.keep()
	s.paybacks.keep()
	s.cases.keep()
	if len(s.verbs) > verbsMax {
		clear(s.verbs)
	}
	for _, v := range tx.verbs {
		s.verbs[v.id] = v
	}
	for _, row := range tx.touched {
		row.base, row.staged = row.dep.Version, false
		row.dep.Keep()
		s.publishView(row.dep)
	}
}
