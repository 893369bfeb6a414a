package store

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"chepiao"
)

// others is what this process knows of the versions of things that all processes
// keep in memory: the "network", the "rules", the "hooks" and the "waits", rows
// of the table shared. Whoever changes one of them counts its version up in the
// same transaction; every batch asks whether they are still what it knows.
type others struct {
	mu      sync.Mutex
	seen    map[string]int64
	doubted map[string]int64 // lower than seen, once
	kick    chan struct{}    // the follower shall look at once
	say     chan struct{}    // the others shall be told to look
}

func (o *others) forget() {
	o.seen, o.doubted, o.kick, o.say = map[string]int64{}, map[string]int64{}, make(chan struct{}, 1), make(chan struct{}, 1)
}

func (o *others) get(name string) int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.seen[name]
}

func (o *others) set(name string, version int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.seen[name] = version
	delete(o.doubted, name)
}

// raise is set, but never goes back.
func (o *others) raise(name string, version int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.seen[name] = max(o.seen[name], version)
}

// lower is for a database that has lost what it had, as one restored or a
// standby that lagged: it is believed when it says so twice.
func (o *others) lower(name string, version int64) (believed bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if version >= o.seen[name] {
		delete(o.doubted, name)
		return false
	}
	if was, doubted := o.doubted[name]; !doubted || was != version {
		o.doubted[name] = version
		return false
	}
	return true
}

// all is what is known now, for a batch to hold what it decided against.
func (o *others) all() map[string]int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return maps.Clone(o.seen)
}

// begin reads what stands now: whoever loads later loads this or newer.
func (o *others) begin(c *conn) error {
	return c.query("SELECT name, version FROM shared", nil, func(r rowOf) error {
		o.set(r.text(0), r.int(1))
		return nil
	})
}

func (o *others) readWaits(c *conn) error {
	return c.query("SELECT version FROM shared WHERE name = 'waits'", nil, func(r rowOf) error {
		o.set("waits", r.int(0))
		return nil
	})
}

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// bump notes that the batch changes something that all processes keep in memory.
func (tx *Tx) bump(name string) {
	if !tx.s.shared {
		return
	}
	if slices.Contains(tx.bumped, name) {
		return
	}
	tx.bumped = append(tx.bumped, name)
	tx.onUndo(func() { tx.bumped = tx.bumped[:len(tx.bumped)-1] })
}

// known is the version of something shared that the batch's functions have decided
// by. The follower may have heard of a newer one since.
func (tx *Tx) known(name string) int64 {
	if name == "waits" {
		return tx.s.others.get(name) // the batch has read the queues itself
	}
	return tx.seen[name]
}

// writeOthers stages what is written because there are other processes.
func (tx *Tx) writeOthers(c *conn) error {
	if err := tx.lockSent(c); err != nil {
		return err
	}
	if err := tx.writeRiders(c); err != nil {
		return err
	}
	return tx.writeShared(c)
}

// writeShared stages what other processes must hear of: changed versions, and
// the departures that the batch has changed. Who changes the timetable or the rules
// has worked from those that were: if they are replaced, running again on the
// same would be no better.
func (tx *Tx) writeShared(c *conn) error {
	if len(tx.begun) > 0 && !slices.Contains(tx.bumped, "network") {
		// Of a first sale and an import that takes the departure out of the timetable
		// one waits here for the other, and sees it.
		if err := c.later("SELECT name, version FROM shared WHERE name = 'network' FOR SHARE", nil, tx.compareShared); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(slices.Values(tx.bumped)) {
		known := tx.known(name)
		if tx.bumpedTo == nil {
			tx.bumpedTo = map[string]int64{}
		}
		tx.bumpedTo[name] = known + 1
		missed := errChanged
		if name == "waits" {
			missed = errMissed
		}
		if err := c.stage(missed, "UPDATE shared SET version = $1 WHERE name = $2 AND version = $3", known+1, name, known); err != nil {
			return err
		}
	}
	for _, row := range tx.changing {
		if err := c.one("INSERT INTO touched (lane, seq, departure) VALUES ($1, $2, $3)", tx.head.id, tx.head.seq, int64(row.id)); err != nil {
			return err
		}
	}
	return nil
}

// askShared stages the questions that decide whether the batch may stand: is
// everything that it has only read still as it was?
func (tx *Tx) askShared(c *conn) error {
	if err := c.later("SELECT name, version FROM shared", nil, tx.compareShared); err != nil {
		return err
	}
	if err := tx.askCounted(c); err != nil {
		return err
	}
	return tx.ask(c, false)
}

// compareShared holds a row of the table shared against what the batch went by.
func (tx *Tx) compareShared(r rowOf) {
	switch name, now := r.text(0), r.int(1); {
	case now == tx.known(name) || slices.Contains(tx.bumped, name):
	case name == "waits":
		if tx.waited {
			tx.stale = true
		}
		tx.outdate(func() { tx.s.waits = queues{} })
	case name != "hooks":
		tx.changed = true
	}
}

// outdate notes what the writer has to forget: it is told beside it.
func (tx *Tx) outdate(forget func()) { tx.outdated = append(tx.outdated, forget) }

// ask stages the comparison of versions: of everything the batch has used, or
// only of what it does not write anyway.
func (tx *Tx) ask(c *conn, all bool) error {
	asked := tx.asked
	if all {
		asked = make(map[int64]int64, len(tx.used))
		for id, base := range tx.used {
			asked[int64(id)] = base
		}
	}
	err := verify(c, "departure", slices.Collect(maps.Keys(asked)), func(id int64) int64 { return asked[id] }, func(id int64) {
		tx.stale = true
		tx.outdate(func() { delete(tx.s.departing, chepiao.DepartureID(id)) })
	})
	if err == nil {
		err = tx.askAbsent(c, all)
	}
	return cmp.Or(err,
		askRows(tx, c, &tx.s.orders, tx.rows.orders, all),
		askRows(tx, c, &tx.s.tickets, tx.rows.tickets, all),
		askRows(tx, c, &tx.s.payments, tx.rows.payments, all),
		askRows(tx, c, &tx.s.paybacks, tx.rows.paybacks, all),
		askRows(tx, c, &tx.s.cases, tx.rows.cases, all),
		askRows(tx, c, &tx.s.shifts, tx.rows.shifts, all))
}

func askRows[K ~int64, V any](tx *Tx, c *conn, t *table[K, V], l *layer[K, V], all bool) error {
	return l.verify(c, t.name, all, func(k K) {
		tx.stale = true
		tx.outdate(func() { t.drop(k) })
	})
}

// discard forgets what a batch that is not stored has staged, and, where the
// database is shared, what turns out to have been changed by others.
func (tx *Tx) discard() {
	s := tx.s
	if !s.shared {
		s.forget()
		return
	}
	tx.outdated = nil
	err := tx.ask(s.writer, true)
	if err == nil {
		err = s.writer.check()
	}
	if err != nil {
		s.writer.lost(err)
		s.forget()
		return
	}
	for _, forget := range tx.outdated {
		forget()
	}
	tx.drop()
	s.settleRows(false)
}

// drop forgets the departures that the batch has changed and the queues: as they are
// in memory they will not be.
func (tx *Tx) drop() {
	s := tx.s
	for _, row := range tx.touched {
		delete(s.departing, row.dep.ID)
	}
	for _, id := range tx.reheld {
		delete(s.departing, id)
	}
	s.waits = queues{}
}

// abandon forgets what a batch has staged that was decided upon one that cannot be
// stored, or without a database.
func (tx *Tx) abandon() {
	s := tx.s
	if !s.shared {
		s.forget()
		return
	}
	tx.drop()
	s.orders.now.clear()
	s.tickets.now.clear()
	s.payments.now.clear()
	s.paybacks.now.clear()
	s.cases.now.clear()
	s.shifts.now.clear()
}
