package office

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"chepiao"
	"chepiao/store"
)

// Stuck is the error of a parcel that follows from those before it and cannot be
// carried out: those before it are taken in.
type Stuck struct {
	Lane, N int64
	Err     error
}

func (s *Stuck) Error() string { return s.Err.Error() }
func (s *Stuck) Unwrap() error { return s.Err }

// FoundConflict opens a conflict between nodes, once however often it is met: with an
// entry in the journal, which the other node hears of where it can.
func (o *Office) FoundConflict(ctx context.Context, c chepiao.Conflict) error {
	c.Here = o.No()
	known := false
	err := o.store.Read(ctx, func(r *store.Reader) (err error) {
		_, known, err = r.ConflictNamed(c.What())
		return err
	})
	if err != nil || known {
		return err
	}
	return o.store.Write(ctx, func(tx *store.Tx) error { return o.openConflict(tx, c) })
}

// openConflict opens a conflict unless there is or was the same.
func (o *Office) openConflict(tx *store.Tx, c chepiao.Conflict) error {
	c.Here = o.No()
	_, known, err := tx.StaffReader().ConflictNamed(c.What())
	if err != nil || known {
		return err
	}
	c.ID, c.Since, c.Version = chepiao.ConflictID(tx.NextIDs(1)), tx.Now, 1
	return o.putConflict(tx, c, chepiao.ConflictWasFound, relayed)
}

func (o *Office) putConflict(tx *store.Tx, c chepiao.Conflict, kind chepiao.EventKind, by string) error {
	if err := tx.PutConflict(c); err != nil {
		return err
	}
	e := chepiao.Event{Kind: kind, By: by, Reason: c.Note, Conflict: &c}
	if c.Kind != chepiao.ConflictRevoked && c.Kind != chepiao.ConflictLost { // that one hears nothing, or says it itself
		e.Tell = append(e.Tell, c.Node)
	}
	for _, id := range c.Tickets {
		if t, err := tx.Ticket(id); err == nil {
			e.Tell = append(e.Tell, t.Owner())
		}
	}
	return tx.Record("conflict "+c.ID.String(), c.Version, e)
}

// conflict keeps what another node has found or settled: desks on both sides see it.
func (h *hearing) conflict(tx *store.Tx, c chepiao.Conflict) error {
	was, known, err := tx.StaffReader().ConflictNamed(c.What())
	if err != nil || known && (was.ID != c.ID || was.Version >= c.Version) {
		return err
	}
	if err := tx.PutConflict(c); err != nil {
		return err
	}
	return tx.Record("conflict "+c.ID.String(), c.Version, chepiao.Event{Kind: chepiao.NodeSaid, By: relayed, Conflict: &c,
		Said: &chepiao.Said{Node: h.from, Lane: h.parcel.Lane, N: h.parcel.N, Kind: h.event.Kind}})
}

// holdsAgain closes what stood in the way of a lane that goes on.
func (o *Office) holdsAgain(tx *store.Tx, from chepiao.NodeNo, lane int64) error {
	standing, err := tx.StaffReader().StandingConflicts(conflictsMost)
	if err != nil {
		return err
	}
	for _, c := range standing {
		if c.Here != o.No() || c.Node != from || c.Lane != lane || c.Kind != chepiao.ConflictChain && c.Kind != chepiao.ConflictStuck {
			continue
		}
		if err := o.closeConflict(tx, c, chepiao.EndedByItself, "", relayed); err != nil {
			return err
		}
	}
	return nil
}

func (o *Office) closeConflict(tx *store.Tx, c chepiao.Conflict, how chepiao.ConflictEnd, note, by string) error {
	c, err := c.Close(how, note, by, tx.Now)
	if err != nil {
		return err
	}
	return o.putConflict(tx, c, chepiao.ConflictWasClosed, by)
}

// conflictsMost bounds the conflicts that are looked at or shown at once.
const conflictsMost = 200

// Conflicts reads those that a person has to look at, oldest first, and with all those
// that are over, the latest first.
func (o *Office) Conflicts(ctx context.Context, all bool) (list []chepiao.Conflict, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		if list, err = r.StandingConflicts(conflictsMost); err != nil || !all {
			return err
		}
		over, err := r.SettledConflicts(conflictsMost)
		list = append(list, over...)
		return err
	})
	return list, err
}

// Conflict reads one conflict. Refusal NotFound.
func (o *Office) Conflict(ctx context.Context, id chepiao.ConflictID) (c chepiao.Conflict, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		c, err = r.Conflict(id)
		return err
	})
	return c, err
}

// SettleConflict records what somebody found who has looked at it: that both tickets
// stand, or what became of the entries of a revoked node. A feed that stands still goes
// on by itself or not at all, so it cannot be settled by a word. Refusals: NotFound,
// Invalid at reason, WrongState, NotOwner where another node found it.
func (o *Office) SettleConflict(ctx context.Context, v Verb, id chepiao.ConflictID, note string) error {
	if err := chepiao.CheckReason(note); err != nil {
		return err
	}
	_, err := o.once(ctx, v, []any{"settle conflict", id, note}, func(tx *store.Tx) (*chepiao.Event, error) {
		c, err := tx.StaffReader().Conflict(id)
		if err != nil {
			return nil, err
		}
		switch {
		case c.Here != o.No():
			return nil, chepiao.Refuse(chepiao.NotOwner, "该冲突由发现它的节点处理", "the node that found this conflict settles it").At("conflict")
		case c.Kind != chepiao.ConflictTwice && c.Kind != chepiao.ConflictRevoked:
			return nil, chepiao.Refuse(chepiao.WrongState, "数据链不能由人工放行：恢复正确的数据后重试，或停用该节点", "nobody can wave a chain through: put the right data back and try again, or revoke the node").At("conflict")
		}
		e := &chepiao.Event{Kind: chepiao.ConflictWasClosed, By: v.By, Reason: note}
		return e, o.closeConflict(tx, c, chepiao.EndedByPerson, note, v.By)
	})
	return err
}

// TidyConflicts closes what is no conflict any more: of two tickets one has ended, and
// the feed of a revoked node needs not hold. It is a duty; closed counts them.
func (o *Office) TidyConflicts(ctx context.Context, _ time.Time) (closed int, err error) {
	var over []chepiao.Conflict
	err = o.store.Read(ctx, func(r *store.Reader) error {
		standing, err := r.StandingConflicts(conflictsMost)
		if err != nil || len(standing) == 0 {
			return err
		}
		nodes, err := r.Nodes()
		if err != nil {
			return err
		}
		for _, c := range standing {
			gone, err := o.pointless(r, c, nodes)
			if err != nil {
				return err
			}
			if gone {
				over = append(over, c)
			}
		}
		return nil
	})
	for _, c := range over {
		if err != nil {
			break
		}
		err = o.store.Write(ctx, func(tx *store.Tx) error {
			now, err := tx.StaffReader().Conflict(c.ID)
			if err != nil || !now.Standing() {
				return err
			}
			if err := o.rideOn(tx, now); err != nil {
				return err
			}
			return o.closeConflict(tx, now, chepiao.EndedByItself, "", relayed)
		})
		closed++
	}
	return closed, err
}

// rideOn notes the ticket that goes on living as its passenger's on the departure:
// until now the other one stood there.
func (o *Office) rideOn(tx *store.Tx, c chepiao.Conflict) error {
	for _, id := range c.Tickets {
		t, err := tx.Ticket(id)
		if err != nil {
			return err
		}
		if !t.State.Live() || t.Holder() == o.No() {
			continue
		}
		run, err := o.Timetable().Run(t.Departure)
		if err != nil {
			return err
		}
		d, err := tx.Departure(t.Departure, run.Template)
		if err != nil {
			return err
		}
		if _, known := d.Riders[t.Person]; !known {
			d.Take([]chepiao.Ticket{t})
			tx.Touch(d)
		}
	}
	return nil
}

// pointless says that a conflict of this node is no more.
func (o *Office) pointless(r *store.Reader, c chepiao.Conflict, nodes []store.NodeRow) (bool, error) {
	if c.Kind == chepiao.ConflictTwice {
		if c.Here != o.No() {
			return false, nil
		}
		for _, id := range c.Tickets {
			t, err := r.Ticket(id)
			if err != nil {
				return false, err
			}
			if !t.State.Live() {
				return true, nil
			}
		}
		return false, nil
	}
	return c.Kind != chepiao.ConflictRevoked && slices.ContainsFunc(nodes, func(n store.NodeRow) bool {
		return n.State == store.NodeRevoked && (n.No == c.Node || n.No == c.Here)
	}), nil
}

// twice opens a conflict for every other journey of the same person that overlaps
// with a ticket that was just heard of: each holder sold to a document that it did not
// know to be elsewhere. The hub alone hears of both.
func (h *hearing) twice(tx *store.Tx, t chepiao.Ticket) error {
	o := h.office
	if o.No() != chepiao.Hub || t.Person.IsZero() {
		return nil
	}
	run, err := o.Timetable().Run(t.Departure)
	if err != nil {
		return err
	}
	journeys, err := tx.JourneysOf(t.Person, t.Departure.Day())
	if err != nil {
		return err
	}
	rules := o.RulesFor(tx.Now, run, t.Board)
	mine := o.rideOf(run, o.opsOf(run.ID), t.Board, t.Alight)
	for _, other := range journeys {
		if other.ID == t.ID || other.Order == t.Order || other.ReplacedBy == t.ID || t.Replaces == other.ID || t.ReplacedBy == other.ID {
			continue
		}
		its, err := o.Timetable().Run(other.Departure)
		if err != nil {
			return err
		}
		same := other.Departure == t.Departure
		if same && !rules.OneDocument || !same && mine.Meets(o.rideOf(its, o.opsOf(its.ID), other.Board, other.Alight), o.Timetable().Zone, rules) == nil {
			continue
		}
		if err := o.openConflict(tx, chepiao.NewTwice(t.ID, other.ID)); err != nil {
			return err
		}
	}
	return nil
}

// broken notes that a lane of a peer does not hold.
func (o *Office) broken(ctx context.Context, from chepiao.NodeNo, lane, n int64, why error) error {
	if err := o.FoundConflict(ctx, chepiao.Conflict{Kind: chepiao.ConflictChain, Node: from, Lane: lane, N: n}); err != nil {
		return errors.Join(why, fmt.Errorf("noting a chain that does not hold: %w", err))
	}
	return why
}
