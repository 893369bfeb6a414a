package store

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"

	"chepiao"
)

// flush stores what the batch staged in one transaction. An error means that
// nothing of it is stored; an unknown outcome of the commit is decided by the
// journal. Where others write to the same database, a batch stands only if what
// its functions have read is still so: that holds for refusals as well.
func (tx *Tx) flush() error {
	s, c := tx.s, tx.s.writer
	if tx.empty() {
		if !s.shared {
			return nil
		}
		return tx.stillTrue(c)
	}
	if err := c.begin(); err != nil {
		return fmt.Errorf("beginning a batch: %w", err)
	}
	head := s.lane
	head.nextID += tx.made
	err := tx.writeRows(&head)
	if err == nil && s.shared {
		err = tx.stillTrue(c)
	}
	if err == nil {
		err = c.commit()
	}
	if err == nil {
		s.lane = head
		return nil
	}
	c.rollback()
	if !unknown(err) {
		return s.reach(err)
	}
	s.doubt = &head
	if doubtErr := s.settleDoubt(); doubtErr != nil {
		return doubtErr
	}
	if s.lane.seq != head.seq || len(tx.events) == 0 {
		return err
	}
	return nil
}

// reach turns an error that means a lost connection into ErrNoDatabase, unless
// the next try may well find the database.
func (s *Store) reach(err error) error {
	s.writer.lost(err) // opened anew by the next transaction
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
		return tx.s.reach(err)
	}
	if err := tx.compareSent(sent); err != nil {
		return err
	}
	switch {
	case tx.changed:
		return errChanged
	case tx.stale:
		return errStale
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

func (tx *Tx) writeRows(head *lane) error {
	s, c := tx.s, tx.s.writer
	for i := range tx.verbs {
		tx.verbs[i].lane, tx.verbs[i].seq = head.id, head.seq+int64(tx.verbs[i].event)+1
	}
	if err := s.chain(head, tx.Now, tx.events); err != nil {
		return err
	}
	touched := slices.Clone(tx.touched)
	slices.SortFunc(touched, func(a, b *departureRow) int { return cmp.Compare(a.dep.ID, b.dep.ID) })
	for _, row := range touched {
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
	if err := tx.writeVerbs(c); err != nil {
		return err
	}
	if s.shared {
		if err := tx.writeOthers(c, head.seq); err != nil {
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
	for name, version := range tx.bumpedTo {
		s.others.raise(name, version) // the follower may have seen it already
	}
	if s.shared && len(tx.touched)+len(tx.bumped) > 0 {
		nudge(s.others.say)
	}
}

// sortTokens gives people an order that all processes share.
func sortTokens(list []chepiao.PersonToken) {
	slices.SortFunc(list, func(a, b chepiao.PersonToken) int { return bytes.Compare(a[:], b[:]) })
}
