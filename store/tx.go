package store

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"chepiao"
)

// Tx is what a function given to Write works on. Now is the transaction's time:
// it never runs behind the journal.
type Tx struct {
	Now   time.Time
	Who   chepiao.StaffNo   // staff member whom the running function acts for
	Where chepiao.StationNo // station in which it acts; both stand in every entry it makes
	s     *Store
	undo  []func() // of the running function, last first

	repeating bool // the running function repeats what other nodes have decided

	// careful looks every verb up in the database. The first run of a batch does
	// not: nearly every id is new, and an old one collides at the flush. skipped
	// is the id that the running function did not look up.
	careful bool
	skipped string
	looked  map[string]verbRow // ids that were looked up; those that are new are empty
	verbAt  map[string]int     // ids of tx.verbs

	events  []staged1
	bodies  []byte // of the events, one behind the other
	verbs   []verbRow
	people  []personRow
	raw     []func(*conn) error
	touched []*departureRow
	marked  []*departureRow                     // by the running function
	reheld  []chepiao.DepartureID               // whose list of unpaid orders the batch has changed
	made    int64                               // ids made by the batch
	sending map[chepiao.PaymentID]chepiao.Money // what the batch itself sends back

	// Set aside by lift, for the storing beside the next batch.
	was, head lane // of the journal before the batch and after it
	rows      rows
	changing  []departureWrite // in the order of their numbers
	views     []shown
	riders    map[chepiao.PersonToken]int64 // versions of their rows, where the database is shared
	begun     []chepiao.DepartureID         // those of them that are stored for the first time
	asked     map[int64]int64               // versions of departures only looked at
	outdated  []func()                      // what the writer shall forget, as it turned out
	feeds     map[feedKey]feedHead          // as they are once the batch is stored

	used     map[chepiao.DepartureID]int64       // versions of those looked at, where others may change them
	absent   map[chepiao.DepartureID]bool        // looked for, and not there
	counted  []counted                           // departures that had begun
	listed   map[chepiao.PaymentID]chepiao.Money // what stored paybacks send back, as it was read
	seen     map[string]int64                    // versions of what all keep in memory, as the functions found it
	waited   bool                                // looked at the queues
	stale    bool                                // something was not as it was read
	changed  bool                                // the timetable or the rules were changed by another process
	bumped   []string                            // what others must load again
	bumpedTo map[string]int64                    // its versions once the batch is stored

	sent     map[chepiao.PaymentID]chepiao.Money // of stored paybacks, where it was read ahead
	journeys map[chepiao.PersonToken]travels     // stored tickets of a person, once asked for
	sold     map[chepiao.PersonToken][]journey   // tickets that the batch has given or moved
}

// staged1 is a journal entry waiting for its place in the lane.
type staged1 struct {
	kind      chepiao.EventKind
	aggregate string
	version   int64
	at        time.Time
	body      []byte
	peers     []chepiao.NodeNo // who must hear of it
}

// rollback takes back what the running function staged.
func (tx *Tx) rollback() {
	for i := len(tx.undo) - 1; i >= 0; i-- {
		tx.undo[i]()
	}
	tx.settle()
}

// settle ends a function: what it staged can no longer be taken back alone.
func (tx *Tx) settle() {
	for _, row := range tx.marked {
		row.marked = false
	}
	tx.marked, tx.undo = tx.marked[:0], tx.undo[:0]
	tx.Who, tx.Where, tx.repeating = "", 0, false
}

// Repeat says that the running function repeats what the owners of orders have
// decided at their nodes.
func (tx *Tx) Repeat() { tx.repeating = true }

// mayChange refuses to change what another node owns.
func (tx *Tx) mayChange(owner chepiao.NodeNo) error {
	switch {
	case owner == tx.s.opt.No || tx.repeating:
		return nil
	case owner == chepiao.Hub:
		return ownedByHub
	}
	return ownedByStation
}

// maySettle is mayChange for money: the hub settles that of a revoked node, too, which
// will never do it itself.
func (tx *Tx) maySettle(owner chepiao.NodeNo) error {
	err := tx.mayChange(owner)
	if err == nil || max(tx.s.opt.No, chepiao.Hub) != chepiao.Hub {
		return err
	}
	nodes, wrong := tx.StaffReader().Nodes()
	if wrong != nil {
		return wrong
	}
	if slices.ContainsFunc(nodes, func(n NodeRow) bool { return n.No == owner && n.State == NodeRevoked }) {
		return nil
	}
	return err
}

var (
	ownedByHub     = chepiao.Refuse(chepiao.NotOwner, "该订单由省级平台办理，请联网后重试", "the province's hub owns this order: please try again once the station is connected").At("order")
	ownedByStation = chepiao.Refuse(chepiao.NotOwner, "该订单已交由乘车站办理，请到乘车站窗口办理", "the boarding station owns this order now: please ask at its window").At("order")
)

func (tx *Tx) onUndo(fn func()) { tx.undo = append(tx.undo, fn) }

func (tx *Tx) empty() bool { return len(tx.events) == 0 && len(tx.raw) == 0 && len(tx.verbs) == 0 }

// NextIDs makes n ids in a row, the first of which is returned.
func (tx *Tx) NextIDs(n int) int64 {
	first := tx.s.lane.nextID + tx.made
	tx.made += int64(n)
	tx.onUndo(func() { tx.made -= int64(n) })
	return chepiao.LaneID(tx.s.lane.id, first)
}

// Order is the order as it stands. Refusal NotFound.
func (tx *Tx) Order(id chepiao.OrderID) (chepiao.Order, error) {
	o, ok, err := tx.s.orders.get(tx.s.ahead, id)
	if err == nil && !ok {
		err = noSuchOrder
	}
	return o, err
}

// Tickets are the tickets of an order, in order.
func (tx *Tx) Tickets(o chepiao.Order) ([]chepiao.Ticket, error) {
	tickets := make([]chepiao.Ticket, 0, o.Count)
	for _, id := range o.Tickets() {
		t, err := tx.Ticket(id)
		if err != nil {
			return nil, err
		}
		tickets = append(tickets, t)
	}
	return tickets, nil
}

// Ticket is the ticket as it stands. Refusal NotFound.
func (tx *Tx) Ticket(id chepiao.TicketID) (chepiao.Ticket, error) {
	t, ok, err := tx.s.tickets.get(tx.s.ahead, id)
	if err == nil && !ok {
		err = noSuchTicket
	}
	return t, err
}

// Payment is a payment as it stands. Refusal NotFound.
func (tx *Tx) Payment(id chepiao.PaymentID) (chepiao.Payment, error) {
	p, ok, err := tx.s.payments.get(tx.s.ahead, id)
	if err == nil && !ok {
		err = chepiao.Refuse(chepiao.NotFound, "没有这笔支付", "there is no such payment").At("payment")
	}
	return p, err
}

// Payback is money on its way back. Refusal NotFound.
func (tx *Tx) Payback(id chepiao.PaybackID) (chepiao.Payback, error) {
	p, ok, err := tx.s.paybacks.get(tx.s.ahead, id)
	if err == nil && !ok {
		err = chepiao.Refuse(chepiao.NotFound, "没有这笔退款", "there is no such payback").At("payback")
	}
	return p, err
}

// AddOrder stages a new order with its tickets and the sealed records of who
// travels, one a ticket, and marks the hold on its departure.
func (tx *Tx) AddOrder(o chepiao.Order, tickets []chepiao.Ticket, people []Sealed) error {
	if len(tickets) != o.Count || len(people) != o.Count {
		return fmt.Errorf("adding an order: %d tickets and %d people for a count of %d", len(tickets), len(people), o.Count)
	}
	tx.onUndo(tx.s.orders.add(o.ID, o))
	for i, t := range tickets {
		tx.onUndo(tx.s.tickets.add(t.ID, t))
		tx.sell(t)
		tx.people = append(tx.people, personRow{t.ID, people[i]})
	}
	tx.onUndo(func() { tx.people = tx.people[:len(tx.people)-len(tickets)] })
	return tx.markHold(o)
}

// PutOrder stages a changed order. Refusal NotOwner when another node owns it.
func (tx *Tx) PutOrder(o chepiao.Order) error {
	was, _, err := tx.s.orders.get(tx.s.ahead, o.ID)
	if err == nil {
		err = tx.mayChange(was.Owner())
	}
	if err != nil {
		return err
	}
	undo, err := tx.s.orders.put(tx.s.ahead, o.ID, o)
	if err != nil {
		return err
	}
	tx.onUndo(undo)
	if was.Departure != o.Departure {
		tx.dropHold(was)
	}
	return tx.markHold(o)
}

// PutTicket stages a changed ticket. Refusal NotOwner when another node owns it.
func (tx *Tx) PutTicket(t chepiao.Ticket) error {
	was, _, err := tx.s.tickets.get(tx.s.ahead, t.ID)
	if err == nil {
		err = tx.mayChange(was.Owner())
	}
	if err != nil {
		return err
	}
	undo, err := tx.s.tickets.put(tx.s.ahead, t.ID, t)
	if err != nil {
		return err
	}
	tx.onUndo(undo)
	// It may have another departure or person now, or its seat again.
	if t.TicketMore != (chepiao.TicketMore{}) || t.State.Live() && !was.State.Live() {
		tx.sell(t)
	}
	return nil
}

// AddPayment stages a new payment.
func (tx *Tx) AddPayment(p chepiao.Payment) { tx.onUndo(tx.s.payments.add(p.ID, p)) }

// AddPayback stages new money on its way back.
func (tx *Tx) AddPayback(p chepiao.Payback) {
	if tx.sending == nil {
		tx.sending = map[chepiao.PaymentID]chepiao.Money{}
	}
	tx.sending[p.Payment] += p.Amount // which never changes
	undo := tx.s.paybacks.add(p.ID, p)
	tx.onUndo(func() {
		tx.sending[p.Payment] -= p.Amount
		undo()
	})
}

// PutPayment stages a changed payment. Refusal NotOwner for one of another node.
func (tx *Tx) PutPayment(p chepiao.Payment) error {
	if err := tx.maySettle(p.Owner()); err != nil {
		return err
	}
	undo, err := tx.s.payments.put(tx.s.ahead, p.ID, p)
	if err == nil {
		tx.onUndo(undo)
	}
	return err
}

// PutPayback stages changed money on its way back. Refusal NotOwner when another
// node sends it.
func (tx *Tx) PutPayback(p chepiao.Payback) error {
	if err := tx.maySettle(p.Owner()); err != nil {
		return err
	}
	undo, err := tx.s.paybacks.put(tx.s.ahead, p.ID, p)
	if err == nil {
		tx.onUndo(undo)
	}
	return err
}

// Record stages a journal entry about an aggregate at its new version.
func (tx *Tx) Record(aggregate string, version int64, e chepiao.Event) error {
	if e.Kind.Queues() {
		if err := tx.nextTurn(&e); err != nil {
			return err
		}
	}
	e.Who, e.Where = cmp.Or(e.Who, tx.Who), cmp.Or(e.Where, tx.Where)
	bodies, err := e.AppendJSON(tx.bodies)
	if err != nil {
		return fmt.Errorf("recording %s: %w", e.Kind, err)
	}
	body := bodies[len(tx.bodies):len(bodies):len(bodies)]
	tx.bodies = bodies
	tx.events = append(tx.events, staged1{e.Kind, aggregate, version, tx.Now, body, e.Peers(tx.s.opt.No)})
	tx.onUndo(func() { tx.events = tx.events[:len(tx.events)-1] })
	return nil
}

// micros is a moment as stored: microseconds, 0 for none.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

var (
	noSuchOrder  = chepiao.Refuse(chepiao.NotFound, "没有这个订单", "there is no such order").At("order")
	noSuchTicket = chepiao.Refuse(chepiao.NotFound, "没有这张车票", "there is no such ticket").At("ticket")
)
