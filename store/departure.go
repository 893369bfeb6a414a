package store

import (
	"cmp"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"chepiao"
)

// departureRow is the writer's copy of a departure, with the version the
// database has and the live holds on it.
type departureRow struct {
	dep    *chepiao.Departure
	base   int64
	holds  map[chepiao.OrderID]time.Time // unpaid orders and their deadlines
	staged bool
	marked bool // this function has touched it
}

// View is what readers see of a departure: the last committed state. It is
// never changed.
type View struct {
	Version  int64
	State    chepiao.DepartureState
	Left     int
	Seats    chepiao.SeatMap
	Children int
	Ops      *chepiao.Ops
	Away     *chepiao.Away
}

// Departure is the departure as the batch sees it, to be decided upon: change
// it through its methods, then say Touch. A departure that nothing happened to
// yet has no row and is made from its template.
func (tx *Tx) Departure(id chepiao.DepartureID, t *chepiao.Template) (*chepiao.Departure, error) {
	row, err := tx.departure(id, t)
	if err != nil {
		return nil, err
	}
	if !row.marked {
		mark, wasStaged := row.dep.Mark(), row.staged
		row.marked = true
		tx.marked = append(tx.marked, row)
		tx.onUndo(func() {
			row.dep.Undo(mark)
			row.staged = wasStaged
		})
	}
	return row.dep, nil
}

// NewDeparture is Departure for one whose template the function adds, too. If it
// is taken back nothing is remembered of it: another template may get the number.
func (tx *Tx) NewDeparture(id chepiao.DepartureID, t *chepiao.Template) (*chepiao.Departure, error) {
	tx.onUndo(func() { delete(tx.s.departing, id) })
	return tx.Departure(id, t)
}

// Touch says that a decision was taken on the departure: its version grows and
// the batch stores it.
func (tx *Tx) Touch(d *chepiao.Departure) {
	d.Version++
	row := tx.s.departing[d.ID]
	if !row.staged {
		row.staged = true
		tx.touched = append(tx.touched, row)
		tx.onUndo(func() { tx.touched = tx.touched[:len(tx.touched)-1] })
	}
}

// DueHolds are the orders whose hold on the departure is over but not yet
// swept up, in the order of their numbers. Orders being paid are not among
// them: their channel must be asked first. Neither are those that another
// process has issued or ended: that leaves the departure's row as it is.
func (tx *Tx) DueHolds(id chepiao.DepartureID) (due []chepiao.OrderID, err error) {
	row := tx.s.departing[id]
	if row == nil {
		return nil, nil
	}
	for order, deadline := range row.holds {
		if tx.Now.Before(deadline) {
			continue
		}
		if tx.s.shared {
			o, err := tx.Order(order)
			if err != nil {
				return nil, err
			}
			if o.State != chepiao.OrderHeld || tx.Now.Before(o.Deadline) {
				continue
			}
		}
		due = append(due, order)
	}
	slices.Sort(due)
	return due, nil
}

// markHold keeps the departure's list of unpaid orders true.
func (tx *Tx) markHold(o chepiao.Order) error {
	row := tx.s.departing[o.Departure]
	if row == nil {
		return nil // not loaded: the list is made when it is
	}
	tx.rehold(row)
	before, had := row.holds[o.ID]
	if tx.s.mayBeHeld(o) {
		row.holds[o.ID] = o.Deadline
	} else {
		delete(row.holds, o.ID)
	}
	tx.onUndo(func() {
		if had {
			row.holds[o.ID] = before
		} else {
			delete(row.holds, o.ID)
		}
	})
	return nil
}

// mayBeHeld says whether an order belongs into its departure's list. Where others
// write, one that is being paid does: that its payment failed, and it is held
// again, another process need not say to the departure. DueHolds asks.
func (s *Store) mayBeHeld(o chepiao.Order) bool {
	return o.State == chepiao.OrderHeld || s.shared && o.State == chepiao.OrderPaying
}

// dropHold takes an order that moves to another departure off the list of the
// one it leaves.
func (tx *Tx) dropHold(o chepiao.Order) {
	row := tx.s.departing[o.Departure]
	if row == nil {
		return
	}
	if before, had := row.holds[o.ID]; had {
		tx.rehold(row)
		delete(row.holds, o.ID)
		tx.onUndo(func() { row.holds[o.ID] = before })
	}
}

// rehold notes that the batch changes a departure's list of unpaid orders. To pay
// an order does not touch the departure itself, so a batch that cannot be stored
// finds here which lists are no longer true: a hold that is missing from its list
// would hold its seats beyond its deadline.
func (tx *Tx) rehold(row *departureRow) {
	if tx.s.shared {
		tx.reheld = append(tx.reheld, row.dep.ID)
	}
}

func (tx *Tx) departure(id chepiao.DepartureID, t *chepiao.Template) (*departureRow, error) {
	if row := tx.s.departing[id]; row != nil {
		tx.use(row)
		return row, nil
	}
	load := tx.s.loadDeparture
	if tx.s.opt.Cold {
		load = tx.s.loadSeats
	}
	row, err := load(id, t)
	if err != nil {
		return nil, err
	}
	tx.s.departing[id] = row
	tx.use(row)
	return row, nil
}

// use remembers which departures a batch has looked at, where others may change
// them.
func (tx *Tx) use(row *departureRow) {
	if tx.s.shared {
		if tx.used == nil {
			tx.used = map[chepiao.DepartureID]int64{}
		}
		tx.used[row.dep.ID] = row.base
	}
}

// Riders makes sure that the departure knows which of these documents already
// have a ticket. A cached departure knows all of them; a cold one asks.
func (tx *Tx) Riders(d *chepiao.Departure, tokens []chepiao.PersonToken) error {
	if !tx.s.opt.Cold {
		return nil
	}
	for _, token := range tokens {
		if token.IsZero() {
			continue
		}
		err := tx.s.writer.query("SELECT id, state, departure FROM ticket WHERE person = $1 ORDER BY id", []any{token[:]}, func(r rowOf) error {
			if r.int(2) == int64(d.ID) && chepiao.TicketState(r.text(1)).Live() {
				d.Riders[token] = chepiao.TicketID(r.int(0))
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// loadSeats reads a departure without its riders and holds.
func (s *Store) loadSeats(id chepiao.DepartureID, t *chepiao.Template) (*departureRow, error) {
	d := chepiao.NewDepartureAt(s.opt.No, id, t)
	row := &departureRow{dep: d, holds: map[chepiao.OrderID]time.Time{}}
	err := s.writer.query("SELECT "+departureColumns+" FROM departure WHERE id = $1", []any{int64(id)}, func(r rowOf) (err error) {
		err = scanDeparture(r, d)
		row.base = d.Version
		return err
	})
	return row, err
}

// loadDeparture reads a departure with everybody who has a ticket or a hold.
// Orders are taken as the batch sees them: one that was paid a moment ago,
// before the departure was needed, is no hold any more.
func (s *Store) loadDeparture(id chepiao.DepartureID, t *chepiao.Template) (*departureRow, error) {
	row, err := s.loadSeats(id, t)
	if err != nil || row.base == 0 {
		return row, err
	}
	d := row.dep
	var held []chepiao.OrderID
	err = s.writer.query(`SELECT id, order_id, person, state FROM ticket WHERE departure = $1 ORDER BY id`, []any{int64(id)}, func(r rowOf) error {
		state := chepiao.TicketState(r.text(3))
		if !state.Live() {
			return nil
		}
		if person := chepiao.PersonToken(r.bytes(2)); !person.IsZero() {
			d.Riders[person] = chepiao.TicketID(r.int(0))
		}
		if state == chepiao.TicketHeld {
			held = append(held, chepiao.OrderID(r.int(1)))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, order := range slices.Compact(held) {
		o, ok, err := s.orders.get(s.ahead, order)
		if err != nil || !ok {
			return nil, fmt.Errorf("loading a departure: order %d: %w", order, err)
		}
		if s.mayBeHeld(o) {
			row.holds[order] = o.Deadline
		}
	}
	return row, nil
}

// departureWrite is a departure as it is to be stored over the version base.
type departureWrite struct {
	id            chepiao.DepartureID
	version, base int64
	state, ops    string
	away          string
	seats         []byte
	children      int
	left          int
}

// lift sets aside what is to be stored of the departure.
func (row *departureRow) lift() departureWrite {
	d := row.dep
	seats, err := d.Seats.MarshalBinary()
	if err != nil {
		panic("store: " + err.Error()) // masks marshal
	}
	return departureWrite{
		id: d.ID, version: d.Version, base: row.base, state: string(d.State), ops: moreJSON(d.Ops == nil, d.Ops), away: moreJSON(d.Away == nil, d.Away),
		seats: seats, children: d.Children, left: d.Left,
	}
}

// write stores the departure if it is still as it was read.
func (w departureWrite) write(c *conn) error {
	if w.base == 0 {
		return c.one("INSERT INTO departure ("+departureColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
			int64(w.id), w.version, w.state, w.seats, w.children, w.left, w.ops, w.away)
	}
	return c.one("UPDATE departure SET version = $1, state = $2, seats = $3, children = $4, left_stops = $5, ops = $6, away = $7 WHERE id = $8 AND version = $9",
		w.version, w.state, w.seats, w.children, w.left, w.ops, w.away, int64(w.id), w.base)
}

const departureColumns = "id, version, state, seats, children, left_stops, ops, away"

// scanDeparture reads a row of departureColumns.
func scanDeparture(r rowOf, d *chepiao.Departure) error {
	d.ID, d.Version, d.State = chepiao.DepartureID(r.int(0)), r.int(1), chepiao.DepartureState(r.text(2))
	d.Children, d.Left = int(r.int(4)), int(r.int(5))
	if text := r.text(6); text != "" {
		d.Ops = new(chepiao.Ops)
		readMore(text, d.Ops)
	}
	d.Away = nil
	if text := r.text(7); text != "" {
		d.Away = new(chepiao.Away)
		readMore(text, d.Away)
	}
	if err := d.Seats.UnmarshalBinary(r.bytes(3)); err != nil {
		return fmt.Errorf("departure %s: %w", d.ID, err)
	}
	return nil
}

// Bounds of what is kept in memory of departures: how many the writer caches,
// and how many days a view stays after its service day.
const (
	departuresMax = 20_000
	viewDays      = 2
)

// trim forgets departures that are many or long gone. It runs between batches,
// when nothing is staged.
func (s *Store) trim() {
	if len(s.departing) > departuresMax {
		s.departing = map[chepiao.DepartureID]*departureRow{}
	}
	today := chepiao.DayOf(s.opt.Now().UTC())
	if today == s.trimmed {
		return
	}
	s.trimmed = today
	clear(s.begun)
	s.views.Range(func(id, _ any) bool {
		if id.(chepiao.DepartureID).Day() < today-viewDays {
			s.views.Delete(id)
		}
		return true
	})
}

// View is the last committed state of a departure; nil when nothing happened to
// it yet and every seat is free, or when it is long gone.
func (s *Store) View(id chepiao.DepartureID) *View {
	if p, ok := s.views.Load(id); ok {
		return p.(*atomic.Pointer[View]).Load()
	}
	return nil
}

// loadViewsOn fills the views of all departures from a service day on. It reads the
// numbers first, which an index has, and then the rows in
// parts: no single question grows with the years gone by.
func (s *Store) loadViewsOn(c *conn, from chepiao.Day) error {
	var ids []int64
	err := c.query("SELECT id FROM departure WHERE id % 65536 >= $1 ORDER BY id", []any{lowest(from)}, func(r rowOf) error {
		ids = append(ids, r.int(0))
		return nil
	})
	for part := range slices.Chunk(ids, viewsPart) {
		if err != nil {
			break
		}
		var unread error
		err = c.each("SELECT "+departureColumns+" FROM departure WHERE id = $1", part, func(r rowOf) {
			var d chepiao.Departure
			if err := scanDeparture(r, &d); err != nil {
				unread = err
				return
			}
			s.publishView(d.ID, viewOf(&d))
		})
		if err == nil {
			err = c.check()
		}
		err = cmp.Or(err, unread)
	}
	return err
}

const viewsPart = 5000
