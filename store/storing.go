package store

import (
	"cmp"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"chepiao"
)

// While a batch is being stored the writer runs the functions of the next one:
// they see what it staged as if it were stored already. They are stored after it
// and answered after that, so nobody hears of anything that might still be lost.
// If the first cannot be stored, the second is dropped and its functions run
// again. What is neither in memory nor found beside the commit waits for its end
// (conn.free).

// storing is a batch on its way to the database.
type storing struct {
	tx      *Tx
	batch   []*job
	note    Batch
	decided time.Time
	done    chan struct{}
	err     error // once done
}

// rows are a batch's layers of the tables.
type rows struct {
	orders   *layer[chepiao.OrderID, chepiao.Order]
	tickets  *layer[chepiao.TicketID, chepiao.Ticket]
	payments *layer[chepiao.PaymentID, chepiao.Payment]
	paybacks *layer[chepiao.PaybackID, chepiao.Payback]
	cases    *layer[chepiao.CaseID, chepiao.Case]
	shifts   *layer[chepiao.ShiftID, chepiao.Shift]
}

// lift sets aside what the batch is to store, as it is now, and makes it what the
// next batch begins with.
func (tx *Tx) lift() {
	s := tx.s
	tx.rows = rows{s.orders.lift(), s.tickets.lift(), s.payments.lift(), s.paybacks.lift(), s.cases.lift(), s.shifts.lift()}
	tx.was = s.lane
	s.lane.nextID += tx.made
	s.lane.seq += int64(len(tx.events))
	s.lane.at = tx.Now
	tx.head = s.lane // its hash is made while storing
	for i := range tx.verbs {
		tx.verbs[i].lane, tx.verbs[i].seq = tx.head.id, tx.was.seq+int64(tx.verbs[i].event)+1
	}
	tx.begun = tx.begins()
	if s.shared {
		tx.riders = tx.riding()
	}
	tx.asked = make(map[int64]int64, len(tx.used))
	for id, base := range tx.used {
		if row := s.departing[id]; row == nil || !row.staged {
			tx.asked[int64(id)] = base
		}
	}
	slices.SortFunc(tx.touched, func(a, b *departureRow) int { return cmp.Compare(a.dep.ID, b.dep.ID) })
	tx.changing = make([]departureWrite, len(tx.touched))
	tx.views = make([]shown, len(tx.touched))
	for i, row := range tx.touched {
		tx.changing[i] = row.lift()
		tx.views[i] = shown{row.dep.ID, viewOf(row.dep)}
		row.base, row.staged = row.dep.Version, false
		row.dep.Keep()
	}
}

// shown is a departure as readers are to see it.
type shown struct {
	id   chepiao.DepartureID
	view *View
}

// store starts storing a batch that was decided.
func (s *Store) store(tx *Tx, batch []*job, note Batch) *storing {
	b := &storing{tx: tx, batch: batch, note: note, decided: s.opt.Now(), done: make(chan struct{})}
	tx.lift()
	s.storing = b
	return b
}

// run stores the batch and shows what is stored to everybody.
func (b *storing) run() {
	tx := b.tx
	if b.err = tx.save(tx.s.disk); b.err == nil {
		tx.publish()
	}
	spent := tx.s.opt.Now().Sub(b.decided)
	b.note.Commit += spent
	if b.err == nil && !tx.empty() {
		tx.s.count(func(st *Stats) {
			st.Batches++
			st.Verbs += int64(b.note.Verbs)
			st.Largest = max(st.Largest, b.note.Verbs)
			st.Commit += spent
		})
	}
}

// beside runs the batch while the writer goes on.
func (b *storing) beside() {
	defer close(b.done)
	b.run()
}

func answer(batch []*job) {
	for _, j := range batch {
		close(j.done)
	}
}

// finish waits for the end of the batch that is being stored, if there is one. If it
// cannot be stored, neither can what was decided upon it, tx: that is abandoned, and
// its functions have to run again after those of the other. done are the functions
// that can be answered now.
func (s *Store) finish(tx *Tx) (done []*job, stands bool) {
	b := s.storing
	if b == nil {
		return nil, true
	}
	<-b.done
	stands = b.err == nil
	if !stands && tx != nil {
		tx.abandon()
	}
	if err := s.settle(b); err != nil {
		s.runBatch(b.batch, b.note, err)
	} else {
		s.observe(b.note)
	}
	s.countCache()
	s.relieve()
	return b.batch, stands
}

// errDropped says that the batch before this one could not be stored.
var errDropped = errors.New("the batch before could not be stored")

// free waits until the writer's connection is nobody else's: every question the
// writer asks by it finds all that was staged before stored. Errors: errDropped.
func (s *Store) free() error {
	if b := s.storing; b != nil {
		<-b.done
		if b.err != nil {
			return errDropped
		}
	}
	return nil
}

// settle ends the storing of a batch: its rows are the cached ones now, or are
// forgotten. An error means that nothing of it is stored.
func (s *Store) settle(b *storing) error {
	tx := b.tx
	s.storing = nil
	err := s.outcome(b)
	if err == nil && b.err != nil { // the commit was stored after all
		tx.publish()
	}
	for _, forget := range tx.outdated {
		forget()
	}
	if err != nil {
		tx.discard()
		return err
	}
	s.lane.hash = tx.head.hash
	s.settleFeeds(tx)
	s.settleRows(true)
	s.bodies = append(s.bodies, tx.bodies)
	if len(s.verbs) > verbsMax {
		clear(s.verbs)
	}
	for _, v := range tx.verbs {
		s.verbs[v.id] = v
	}
	return nil
}

func (s *Store) settleRows(stored bool) {
	s.orders.settle(stored)
	s.tickets.settle(stored)
	s.payments.settle(stored)
	s.paybacks.settle(stored)
	s.cases.settle(stored)
	s.shifts.settle(stored)
}

// publish shows the stored departures to readers, and says to the other processes
// that there is something new.
func (tx *Tx) publish() {
	for _, v := range tx.views {
		tx.s.publishView(v.id, v.view)
	}
	for name, version := range tx.bumpedTo {
		tx.s.others.raise(name, version) // the follower may have seen it already
	}
	if tx.s.shared && len(tx.touched)+len(tx.bumped) > 0 {
		nudge(tx.s.others.say)
	}
}

// publishView shows a stored state to readers.
func (s *Store) publishView(id chepiao.DepartureID, v *View) {
	slot, _ := s.views.LoadOrStore(id, &atomic.Pointer[View]{})
	for p := slot.(*atomic.Pointer[View]); ; {
		now := p.Load()
		if now != nil && now.Version >= v.Version && s.shared {
			return // somebody has shown a newer one
		}
		if p.CompareAndSwap(now, v) {
			return
		}
	}
}

func viewOf(d *chepiao.Departure) *View {
	return &View{Version: d.Version, State: d.State, Left: d.Left, Seats: d.Seats.Clone(), Children: d.Children, Ops: d.Ops, Away: d.Away}
}
