package sim

import (
	"fmt"
	"time"

	"chepiao"
	"chepiao/office"
)

// deeds are what can happen next, with how often.
var deeds = []struct {
	name   string
	weight int
	do     func(*world) error
}{
	{"sell", 30, (*world).sell},
	{"hold", 4, (*world).holdOnly},
	{"refund", 10, (*world).refund},
	{"rebook", 5, (*world).rebook},
	{"check", 16, (*world).check},
	{"give seats", 6, (*world).giveSeats},
	{"ask seats", 3, (*world).askSeats},
	{"give order", 8, (*world).giveOrder},
	{"act", 4, (*world).act},
	{"settle", 14, (*world).settleTwice},
	{"send", 30, (*world).send},
	{"arrive", 30, (*world).arrive},
	{"cut", 2, (*world).cut},
	{"join", 3, (*world).join},
	{"crash", 1, (*world).crash},
	{"clock", 1, (*world).clock},
	{"duties", 5, (*world).duties},
}

// step does the next thing, a little later.
func (w *world) step() error {
	w.now = w.now.Add(time.Duration(w.rng.IntN(240_000)) * time.Millisecond)
	sum := 0
	for _, d := range deeds {
		sum += d.weight
	}
	pick := w.rng.IntN(sum)
	for _, d := range deeds {
		if pick -= d.weight; pick < 0 {
			return d.do(w)
		}
	}
	return nil
}

// did counts a deed, or the refusal it met; any other error ends the simulation.
func (w *world) did(deed string, err error) error {
	if r := chepiao.AsRefusal(err); r != nil {
		w.report.Refused[r.Reason]++
		w.say("%s: %s", deed, r.Reason)
		return nil
	}
	if err == nil {
		w.report.Did[deed]++
	}
	return err
}

func (w *world) anyNode() *node { return w.nodes[w.rng.IntN(len(w.nodes))] }

// anyRun is a departure, mostly one that has not left.
func (w *world) anyRun() (id chepiao.DepartureID) {
	for range 4 {
		id = w.runs[w.rng.IntN(len(w.runs))]
		run, err := w.nodes[0].office.Timetable().Run(id)
		if err != nil {
			continue
		}
		if _, last := run.Template.Span(0, w.day, zone); last.After(w.now) {
			break
		}
	}
	return id
}

// at is the verb of a window at a node.
func (w *world) at(n *node) office.Verb {
	w.names++
	return office.Verb{ID: fmt.Sprintf("v%d", w.names), By: "window-" + name(n.no), At: chepiao.AskedAt{Window: true}}
}

// weights of GB 11643.
var weights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

// rider is one of a few dozen people, so that they meet again.
func (w *world) rider() office.Rider {
	i := w.rng.IntN(90)
	if w.rng.IntN(3) == 0 { // some travel all the time
		i %= 9
	}
	number := fmt.Sprintf("130102%d%02d%02d%03d", 1950+i%50, 1+i%12, 1+i%28, i)
	sum := 0
	for k, weight := range weights {
		sum += weight * int(number[k]-'0')
	}
	given := []rune("伟芳娜敏静丽强磊军洋勇艳杰涛明超秀霞平刚")
	return office.Rider{Name: "欧阳" + string(given[i%20]) + string(given[i/20]), Document: "resident_id", Number: number + string("10X98765432"[sum%11])}
}

func (w *world) sell() error { return w.did("sell", w.buy(true)) }

func (w *world) holdOnly() error { return w.did("hold", w.buy(false)) }

func (w *world) buy(pay bool) error {
	n, id := w.anyNode(), w.anyRun()
	run, err := n.office.Timetable().Run(id)
	if err != nil {
		return err
	}
	board := w.rng.IntN(run.Template.Legs())
	alight := board + 1 + w.rng.IntN(run.Template.Legs()-board)
	in := office.HoldInput{Departure: id, From: run.Template.Stops[board].Station, To: run.Template.Stops[alight].Station, Channel: chepiao.Window}
	for range 1 + w.rng.IntN(2) {
		in.Passengers = append(in.Passengers, w.rider())
	}
	if w.rng.IntN(4) == 0 {
		in.Passengers[0].Children = 1
	}
	a, err := n.office.Hold(w.ctx, w.local(n), w.at(n), "key", in)
	if err != nil {
		return err
	}
	w.say("%s holds %s: %s seats %v", name(n.no), a.Order.ID, id, seatsOf(a.Tickets))
	if pay {
		if a, err = n.office.PayCash(w.ctx, w.at(n), a.Order.ID, a.Order.Total); err != nil {
			return err
		}
	}
	w.known = append(w.known, a.Order.ID)
	return nil
}

func seatsOf(tickets []chepiao.Ticket) (seats []int) {
	for _, t := range tickets {
		seats = append(seats, t.Seat)
	}
	return seats
}

// local is the time by a node's clock.
func (w *world) local(n *node) time.Time { return w.now.Add(n.skew) }

// anyOrder is an order that somebody was told of, as a node knows it; ok is false
// when it does not.
func (w *world) anyOrder(n *node) (f office.File, ok bool) {
	if len(w.known) == 0 {
		return f, false
	}
	f, err := n.office.Look(w.ctx, w.known[w.rng.IntN(len(w.known))])
	return f, err == nil
}

// refund asks any node, owner or not, to take a ticket back.
func (w *world) refund() error {
	n := w.anyNode()
	f, ok := w.anyOrder(n)
	if !ok {
		return nil
	}
	t := f.Tickets[w.rng.IntN(len(f.Tickets))]
	q, err := n.office.QuoteRefund(w.ctx, w.local(n), chepiao.AskedAt{Window: true}, t.ID)
	if err == nil {
		var a office.Answer
		a, err = n.office.Refund(w.ctx, w.at(n), f.Order.ID, []chepiao.TicketID{t.ID}, q.Back)
		if err == nil && a.Event.Kind == chepiao.OwnerWasAsked {
			w.say("%s asks the owner of %s to refund it", name(n.no), t.ID)
			return w.did("ask refund", nil)
		}
	}
	if err == nil {
		w.say("%s refunds %s", name(n.no), t.ID)
		if w.passed[t.ID] > 0 {
			w.wrong("ticket %s was refunded at %s after its passenger had boarded", t.ID, name(n.no))
		}
	}
	return w.did("refund", err)
}

// rebook asks any node to move a ticket to another departure.
func (w *world) rebook() error {
	n := w.anyNode()
	f, ok := w.anyOrder(n)
	if !ok {
		return nil
	}
	t := f.Tickets[w.rng.IntN(len(f.Tickets))]
	in := office.RebookInput{Order: f.Order.ID, Tickets: []chepiao.TicketID{t.ID}, Departure: w.anyRun()}
	sums, err := n.office.QuoteRebook(w.ctx, w.local(n), chepiao.AskedAt{Window: true}, in)
	if err != nil {
		return w.did("rebook", err)
	}
	a, err := n.office.Rebook(w.ctx, w.local(n), w.at(n), in, sums.Difference())
	if err == nil && a.Order.State == chepiao.OrderHeld {
		a, err = n.office.PayCash(w.ctx, w.at(n), a.Order.ID, sums.Difference())
	}
	if err == nil {
		w.say("%s rebooks %s: %s", name(n.no), t.ID, a.Order.ID)
		w.known = append(w.known, a.Order.ID)
	}
	return w.did("rebook", err)
}

// check shows a ticket and its document at a gate of any node.
func (w *world) check() error {
	n := w.anyNode()
	f, ok := w.anyOrder(n)
	if !ok {
		return nil
	}
	k := w.rng.IntN(len(f.Tickets))
	t := f.Tickets[k]
	in := office.Passage{Ticket: t.ID.String(), Method: chepiao.ByHand, Seen: chepiao.ResidentID, Device: "gate-" + name(n.no), Station: t.From}
	if t.Owner() != n.no && w.rng.IntN(2) == 0 {
		return w.did("fetch", n.office.Fetch(w.ctx, w.at(n), t.ID, 0))
	}
	c, err := n.office.Check(w.ctx, w.local(n), w.at(n), in)
	if err != nil {
		return w.did("check", err)
	}
	if !c.Verdict.Pass {
		return w.did("check", chepiao.Refuse(c.Verdict.Reason, "", ""))
	}
	w.say("%s lets %s through", name(n.no), t.ID)
	if !c.Verdict.Again {
		w.passedOnce(n, t.ID)
	}
	return w.did("check", nil)
}

func (w *world) passedOnce(n *node, id chepiao.TicketID) {
	if w.passed[id]++; w.passed[id] > 1 {
		w.wrong("ticket %s passed twice, the last time at %s", id, name(n.no))
	}
	if t := w.truth(id); t.State == chepiao.TicketRefunded || t.State == chepiao.TicketRebooked {
		w.wrong("ticket %s passed at %s though it is %s", id, name(n.no), t.State)
	}
}

// between picks a station and the hub, one way or the other.
func (w *world) between() (from, to *node) {
	from, to = w.nodes[0], w.nodes[1+w.rng.IntN(len(w.nodes)-1)]
	if w.rng.IntN(3) == 0 {
		from, to = to, from
	}
	return from, to
}

func (w *world) giveSeats() error {
	from, to := w.between()
	hand, err := from.office.GiveSeats(w.ctx, w.at(from), w.anyRun(), to.no, 1+w.rng.IntN(4))
	if err == nil {
		w.say("%s gives %s of %s to %s: %v %d", name(from.no), plural(hand.Count()), hand.Departure, name(to.no), hand.Seats, hand.Places)
	}
	return w.did("give seats", err)
}

func plural(n int) string { return fmt.Sprintf("%d seat(s)", n) }

func (w *world) askSeats() error {
	of, n := w.between()
	return w.did("ask seats", n.office.AskSeats(w.ctx, w.at(n), w.anyRun(), of.no, 1+w.rng.IntN(4)))
}

// giveOrder hands an order to the node of its boarding station, or back.
func (w *world) giveOrder() error {
	from, to := w.between()
	f, ok := w.anyOrder(from)
	if !ok || to.no != chepiao.Hub && f.Order.From != to.station {
		return nil
	}
	err := from.office.GiveOrder(w.ctx, w.at(from), f.Order.ID, to.no)
	if err == nil {
		w.say("%s gives %s to %s", name(from.no), f.Order.ID, name(to.no))
	}
	return w.did("give order", err)
}

// act has a dispatcher at any node send passengers to another gate, or delay a coach.
func (w *world) act() error {
	n, id := w.anyNode(), w.anyRun()
	run, err := n.office.Timetable().Run(id)
	if err != nil {
		return err
	}
	stop := w.rng.IntN(run.Template.Legs())
	at := n.office.Timetable().Station(run.Template.Stops[stop].Station)
	act := chepiao.Act{Kind: chepiao.ActGate, Departures: []chepiao.DepartureID{id}, Station: at.Code, Reason: "sim", Gate: fmt.Sprint(1 + w.rng.IntN(9))}
	if w.rng.IntN(3) == 0 {
		act.Kind, act.Gate, act.Minutes = chepiao.ActDelay, "", 5+w.rng.IntN(20)
	}
	if n.no != chepiao.Hub && at.No != n.station { // a station speaks for its own stops
		return nil
	}
	_, err = n.office.Commit(w.ctx, w.at(n), act, office.Unseen)
	if err == nil {
		w.say("%s: %s of %s at %s", name(n.no), act.Kind, id, at.Code)
	}
	return w.did("act", err)
}

// duties does at every node what its own duties do.
func (w *world) duties() error {
	for _, n := range w.nodes {
		if _, err := n.office.Lapse(w.ctx, w.local(n)); err != nil {
			return fmt.Errorf("%s: holds that lapse: %w", name(n.no), err)
		}
		if _, err := n.office.Allot(w.ctx, w.local(n)); err != nil {
			return fmt.Errorf("%s: allotment: %w", name(n.no), err)
		}
		if _, err := n.office.TidyConflicts(w.ctx, w.local(n)); err != nil {
			return fmt.Errorf("%s: conflicts: %w", name(n.no), err)
		}
	}
	return nil
}

// settleTwice has somebody at the hub's desk give one of two tickets back that one
// person has of two holders.
func (w *world) settleTwice() error {
	hub := w.nodes[0]
	list, err := hub.office.Conflicts(w.ctx, false)
	if err != nil || len(list) == 0 {
		return err
	}
	c := list[w.rng.IntN(len(list))]
	if c.Kind != chepiao.ConflictTwice {
		w.wrong("the hub has a conflict of a feed that nobody has touched: %s", c.What())
		return nil
	}
	id := c.Tickets[w.rng.IntN(len(c.Tickets))]
	a, err := hub.office.RefundTwice(w.ctx, w.at(hub), c.ID, id, "sim")
	if err == nil && a.Event.Kind != chepiao.OwnerWasAsked && w.passed[id] > 0 {
		w.wrong("ticket %s was refunded for a conflict after its passenger had boarded", id)
	}
	return w.did("settle twice", err)
}
