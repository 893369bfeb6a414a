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

// Preview says what an act would do to passengers and money, and leaves no
// trace. It runs the act itself and takes it back, so that it can say nothing
// else than Commit does. Refusals: those of the act.
func (o *Office) Preview(ctx context.Context, act chepiao.Act) (chepiao.Impact, error) {
	ages, err := o.agesFor(ctx, act)
	if err != nil {
		return chepiao.Impact{}, err
	}
	var a *acting
	err = o.store.Write(ctx, func(tx *store.Tx) error {
		a = &acting{office: o, tx: tx, act: act, ages: ages, net: o.Timetable()}
		if _, err := a.run(); err != nil {
			return err
		}
		return errPreview
	})
	if !errors.Is(err, errPreview) {
		return chepiao.Impact{}, err
	}
	a.impact.Unreachable, err = o.unreachable(ctx, a.told)
	return a.impact, err
}

// errPreview takes back what a preview has staged.
var errPreview = errors.New("a preview leaves no trace")

// Unseen commits an act without a preview: for duties and programs that nobody
// watches. No door takes it from a person.
const Unseen = "unseen"

// Commit does an act: all of it or nothing, in one transaction, with everything
// that passengers are told about it. seen is Impact.Seen of the preview that
// somebody agreed to. Refusals: PreviewChanged when the act would do something
// else now, Invalid, NotFound, and those of the act.
func (o *Office) Commit(ctx context.Context, v Verb, act chepiao.Act, seen string) (chepiao.Impact, error) {
	ages, err := o.agesFor(ctx, act)
	if err != nil {
		return chepiao.Impact{}, err
	}
	exchanges := act.Kind == chepiao.ActExtra || act.Kind == chepiao.ActStation
	if exchanges {
		o.offered.Lock() // sale stands still while the timetable is exchanged
		defer o.offered.Unlock()
	}
	net := o.Timetable()
	var done *chepiao.Event
	e, err := o.once(ctx, v, []any{"act", act, seen}, func(tx *store.Tx) (*chepiao.Event, error) {
		a := &acting{office: o, tx: tx, act: act, by: v.By, ages: ages, net: net}
		e, err := a.run()
		if err == nil && seen != Unseen {
			err = a.impact.Agree(seen)
		}
		if err == nil && a.next != nil {
			o.net.Store(a.next) // before anybody can ask about a departure that it adds
		}
		done = e
		return e, err
	})
	if exchanges && (err != nil || e != done) { // nothing was done, or it had been done before
		o.net.Store(net)
	}
	if err != nil {
		return chepiao.Impact{}, err
	}
	d, err := detail[acted](e)
	return *d.Impact, err
}

// acted is the detail of an act's event. An act on several departures has an
// event for each; the last one holds the impact.
type acted struct {
	Act    chepiao.Act     `json:"act"`
	Impact *chepiao.Impact `json:"impact,omitempty"`
}

// acting is an act under way inside a transaction. What it does to tickets,
// passengers and money goes through its methods, so that the impact is told in
// one place.
type acting struct {
	office *Office
	tx     *store.Tx
	act    chepiao.Act
	by     string
	ages   map[chepiao.TicketID]int // of riders, where a document tells it and the act has to know

	net  *Timetable // as it is
	next *Timetable // as the act leaves it, if it changes it

	impact  chepiao.Impact
	orders  map[chepiao.OrderID]bool
	stops   map[chepiao.DepartureID]int // where it acts on each departure
	told    []chepiao.Ticket
	touched []*chepiao.Departure
	changed []chepiao.Ticket // in the order of their change, a ticket perhaps twice
}

// do does what the act's kind says.
func (a *acting) do() error {
	switch a.act.Kind {
	case chepiao.ActDelay:
		return a.delay()
	case chepiao.ActGate:
		return a.gate()
	case chepiao.ActStopSale:
		return a.stopSale()
	case chepiao.ActSell:
		return a.sell()
	case chepiao.ActReserve:
		return a.reserve()
	case chepiao.ActUnreserve:
		return a.unreserve()
	case chepiao.ActNoShow:
		return a.noShow()
	case chepiao.ActRun:
		return a.again()
	case chepiao.ActRecall:
		return a.recall()
	case chepiao.ActCancel:
		return a.cancel()
	case chepiao.ActCoach:
		return a.coach()
	case chepiao.ActMerge:
		return a.merge()
	case chepiao.ActStow:
		return a.stow()
	case chepiao.ActExtra:
		return a.extra()
	case chepiao.ActStation:
		return a.station()
	}
	return chepiao.Refuse(chepiao.Invalid, "没有这种调度操作", "there is no such act").At("kind")
}

// run does the act, works the impact out and records it.
func (a *acting) run() (*chepiao.Event, error) {
	if err := a.act.Check(); err != nil {
		return nil, err
	}
	a.impact = chepiao.Impact{Tickets: []chepiao.TicketImpact{}}
	a.orders, a.stops = map[chepiao.OrderID]bool{}, map[chepiao.DepartureID]int{}
	if err := a.do(); err != nil {
		return nil, err
	}
	a.impact.Orders = len(a.orders)
	a.impact.Seen = a.impact.Fingerprint()
	return a.record()
}

// record writes one event for each departure that the act touched, with the
// tickets it changed there. The last one is the answer.
func (a *acting) record() (last *chepiao.Event, err error) {
	kind := chepiao.DepartureChanged
	if a.act.Kind == chepiao.ActRecall {
		kind = chepiao.DepartureRecalled
	}
	for i, d := range a.touched {
		e := &chepiao.Event{Kind: kind, By: a.by, Reason: a.act.Reason, Departure: &d.ID, Tickets: a.changedOn(d.ID), Detail: acted{Act: a.act}, Tell: a.office.along(d.ID)}
		if i == len(a.touched)-1 {
			e.Because, e.Detail = a.impact.Warnings, acted{a.act, &a.impact}
		}
		if err := a.tx.Record("departure "+d.ID.String(), d.Version, *e); err != nil {
			return nil, err
		}
		last = e
	}
	if last == nil { // a station's act may concern no departure
		last = &chepiao.Event{Kind: kind, By: a.by, Reason: a.act.Reason, Because: a.impact.Warnings, Detail: acted{a.act, &a.impact}}
		err = a.tx.Record("station "+a.act.Station, 0, *last)
	}
	return last, err
}

// changedOn are the changed tickets that are on a departure now, each once, as
// they stand.
func (a *acting) changedOn(id chepiao.DepartureID) (tickets []chepiao.Ticket) {
	for i, t := range a.changed {
		again := slices.ContainsFunc(a.changed[i+1:], func(later chepiao.Ticket) bool { return later.ID == t.ID })
		if t.Departure == id && !again {
			tickets = append(tickets, t)
		}
	}
	return tickets
}

// target is one departure of an act and the stop where it acts.
type target struct {
	Run
	d     *chepiao.Departure
	stop  int
	was   *chepiao.Ops // before the act
	rules *chepiao.Rules
}

// each does something on every departure of the act. Refusals: NotFound, and
// what do says, with the departure it is about when there are several.
func (a *acting) each(do func(*target) error) error {
	for i, id := range a.act.Departures {
		on, err := a.target(id)
		if err == nil {
			err = do(on)
		}
		if r := chepiao.AsRefusal(err); r != nil && len(a.act.Departures) > 1 {
			r = r.At(fmt.Sprintf("departures[%d]", i))
			if on != nil {
				r.ZH, r.EN = on.Template.Number+" 次:"+r.ZH, on.Template.Number+": "+r.EN
			}
			return r
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// target finds a departure and the act's stop on it. Refusal NotFound.
func (a *acting) target(id chepiao.DepartureID) (*target, error) {
	run, err := a.office.Timetable().Run(id)
	if err != nil {
		return nil, err
	}
	on := &target{Run: run, stop: slices.IndexFunc(run.Template.Stops, func(s chepiao.Stop) bool { return s.Board })}
	if a.act.Station != "" {
		s, err := a.office.Timetable().StationByCode(a.act.Station, "station")
		if err != nil {
			return on, err
		}
		on.stop = slices.IndexFunc(run.Template.Stops, func(at chepiao.Stop) bool { return at.Station == s.No && at.Board })
	}
	if on.stop < 0 {
		return on, chepiao.Refuse(chepiao.NotFound, "该班次不在此站上客", "this departure takes no passengers at that station").At("station")
	}
	a.stops[id] = on.stop
	on.rules = a.office.RulesFor(a.tx.Now, run, on.stop)
	if on.d, err = a.tx.Departure(id, run.Template); err != nil {
		return on, err
	}
	_, err = a.office.lapseDue(a.tx, on.d) // a hold or a reserve that is over concerns nobody
	on.was = on.d.Ops
	return on, err
}

// standing refuses with WrongState when the departure does not run or its coach
// has left the stop.
func (on *target) standing() error {
	if on.d.State != chepiao.Running {
		zh, en := on.d.State.Text()
		return chepiao.Refuse(chepiao.WrongState, "该班次"+zh+"，不能办理", "the departure "+en+": this cannot be done now").At("departures")
	}
	if on.stop < on.d.Left {
		return chepiao.Refuse(chepiao.WrongState, "该班次已从本站发车", "this departure has already left this station").At("departures")
	}
	return nil
}

// touch says that the act has decided something about a departure.
func (a *acting) touch(d *chepiao.Departure) {
	if slices.Contains(a.act.Departures, d.ID) {
		d.Heard(a.act.Kind, a.stops[d.ID], a.tx.Now)
	}
	a.tx.Touch(d)
	if !slices.Contains(a.touched, d) {
		a.touched = append(a.touched, d)
	}
}

// journey is what the holder of a ticket needs to board, as the departure's
// changes say.
func (a *acting) journey(run Run, ops *chepiao.Ops, t chepiao.Ticket) chepiao.Journey {
	j := chepiao.Journey{Departure: run.ID, Seat: t.Seat, Price: t.Price}
	_, j.Departs = a.office.spanOf(run, ops, t.Board)
	j.Gate, j.Berth = ops.Gate(t.Board, run.Template.Gate)
	return j
}

// affect tells what the act does to a ticket and its passenger, and stores the
// ticket if it changed.
func (a *acting) affect(was, now chepiao.Ticket, before, after chepiao.Journey) (chepiao.Ticket, error) {
	if now != was {
		if now.Version == was.Version {
			now.Version++
		}
		if err := a.tx.PutTicket(now); err != nil {
			return now, err
		}
		a.changed = append(a.changed, now)
	}
	a.impact.Passengers++
	a.impact.Children += now.Children
	a.orders[now.Order] = true
	if now.Fault != "" && now.State != chepiao.TicketHeld {
		a.impact.Back += now.Price
	}
	a.impact.Tickets = append(a.impact.Tickets, chepiao.TicketImpact{
		Ticket: now.ID, Order: now.Order, State: now.State, Was: before, Now: after, Fault: now.Fault,
	})
	return now, nil
}

// putOrder stores a changed order with an event of its own.
func (a *acting) putOrder(order chepiao.Order) error {
	if err := a.tx.PutOrder(order); err != nil {
		return err
	}
	id := order.Departure
	return a.tx.Record("order "+order.ID.String(), order.Version, chepiao.Event{
		Kind: chepiao.DepartureChanged, By: a.by, Reason: a.act.Reason, Order: &order, Departure: &id,
	})
}

// tell stages a message to those of the tickets that are paid.
func (a *acting) tell(kind chepiao.MessageKind, tickets []chepiao.Ticket, facts chepiao.MessageFacts) error {
	paid := slices.DeleteFunc(slices.Clone(tickets), func(t chepiao.Ticket) bool { return t.State == chepiao.TicketHeld })
	a.impact.Count(kind, len(paid))
	a.told = append(a.told, paid...)
	return a.office.tell(a.tx, kind, paid, facts)
}

// warn adds something the dispatcher should know before agreeing.
func (a *acting) warn(rule string, rules *chepiao.Rules, zh, en string, inputs ...chepiao.Input) {
	a.impact.Warnings = append(a.impact.Warnings, chepiao.Explanation{Rule: rule, Version: rules.Version, Inputs: inputs, ZH: zh, EN: en})
}

// undo says which act takes this one back: the same departures and station,
// and what set adds.
func (a *acting) undo(kind chepiao.ActKind, set func(*chepiao.Act)) {
	back := chepiao.Act{Kind: kind, Departures: a.act.Departures, Station: a.act.Station, Reason: a.act.Reason}
	set(&back)
	a.impact.Undo = &back
}

// clock is a moment as a sentence says it.
func (o *Office) clock(t time.Time) string { return t.In(o.Timetable().Zone).Format("15:04") }

// unreachable counts the passengers of tickets who left no phone.
func (o *Office) unreachable(ctx context.Context, tickets []chepiao.Ticket) (n int, err error) {
	seen := map[chepiao.TicketID]bool{}
	err = o.store.Read(ctx, func(r *store.Reader) error {
		for _, t := range tickets {
			if seen[t.ID] {
				continue
			}
			seen[t.ID] = true
			sealed, ok, err := r.Person(t.ID)
			if err != nil {
				return err
			}
			if p, err := o.secret.open(sealed, t.Person); !ok || err != nil || p.Phone.IsZero() {
				n++
			}
		}
		return nil
	})
	return n, err
}
