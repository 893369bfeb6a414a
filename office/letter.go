package office

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"chepiao"
	"chepiao/store"
)

// dueMessage is a message with what decides whether and to whom it is sent.
type dueMessage struct {
	m        chepiao.Message
	ticket   chepiao.Ticket
	later    []chepiao.MessageKind // of the same ticket
	phone    chepiao.Phone
	document chepiao.Document
	known    bool // who travels is still kept
}

// laterMax bounds what is read of a departure's later messages.
const laterMax = 50_000

// readDue reads the messages that are due. An order's messages of one verb stay
// together: where the round's limit cuts through them they wait for the next.
func (o *Office) readDue(r *store.Reader, now time.Time) ([]dueMessage, error) {
	list, err := r.DueMessages(now, messagesMax)
	if err != nil {
		return nil, err
	}
	if n := len(list); n == messagesMax && list[0].Order != list[n-1].Order {
		for last := list[n-1].Order; list[len(list)-1].Order == last; {
			list = list[:len(list)-1]
		}
	}
	later, err := readLater(r, list)
	if err != nil {
		return nil, err
	}
	due := make([]dueMessage, 0, len(list))
	people := map[chepiao.OrderID]map[chepiao.TicketID]chepiao.Passenger{}
	for _, m := range list {
		d := dueMessage{m: m}
		if d.ticket, err = r.Ticket(m.Ticket); err != nil {
			return nil, err
		}
		for _, l := range later[m.Departure] {
			if l.Ticket == m.Ticket && l.After(m) {
				d.later = append(d.later, l.Kind)
			}
		}
		if people[m.Order] == nil {
			if people[m.Order], err = o.peopleOf(r, m.Order); err != nil {
				return nil, err
			}
		}
		var p chepiao.Passenger
		p, d.known = people[m.Order][m.Ticket]
		d.document, d.phone = p.Document, phoneFor(d.ticket, people[m.Order])
		due = append(due, d)
	}
	return due, nil
}

// readLater reads what the departures of passing messages were told since, once
// a departure.
func readLater(r *store.Reader, list []chepiao.Message) (map[chepiao.DepartureID][]store.Later, error) {
	first := map[chepiao.DepartureID]time.Time{}
	for _, m := range list {
		if known, ok := first[m.Departure]; m.Kind.Passing() && (!ok || m.Created.Before(known)) {
			first[m.Departure] = m.Created
		}
	}
	later := map[chepiao.DepartureID][]store.Later{}
	for id, since := range first {
		list, err := r.Later(id, since, laterMax)
		if err != nil {
			return nil, err
		}
		later[id] = list
	}
	return later, nil
}

// peopleOf opens who travels on the tickets of an order; who is no longer kept
// is missing.
func (o *Office) peopleOf(r *store.Reader, id chepiao.OrderID) (map[chepiao.TicketID]chepiao.Passenger, error) {
	order, err := r.Order(id)
	if err != nil {
		return nil, err
	}
	tickets, err := r.Tickets(order)
	if err != nil {
		return nil, err
	}
	people := map[chepiao.TicketID]chepiao.Passenger{}
	for _, t := range tickets {
		sealed, ok, err := r.Person(t.ID)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if p, err := o.secret.open(sealed, t.Person); err == nil {
			people[t.ID] = p
		}
	}
	return people, nil
}

// phoneFor is the phone that hears of a ticket: the passenger's own, else the
// guardian's, else the first one of the order, whose buyer is its contact.
func phoneFor(t chepiao.Ticket, people map[chepiao.TicketID]chepiao.Passenger) chepiao.Phone {
	if p := people[t.ID].Phone; !p.IsZero() {
		return p
	}
	if p := people[t.Guardian].Phone; !p.IsZero() {
		return p
	}
	first, phone := chepiao.TicketID(0), chepiao.Phone{}
	for id, p := range people {
		if !p.Phone.IsZero() && (first == 0 || id < first) {
			first, phone = id, p.Phone
		}
	}
	return phone
}

// scene is what a letter speaks of, as things stand now: the messages' facts
// where they have any, else what the timetable and the stations say.
func (o *Office) scene(lang string, messages []chepiao.Message, tickets []chepiao.Ticket) (chepiao.MessageScene, error) {
	net, m, t := o.Timetable(), messages[0], tickets[0]
	run, err := net.Run(m.Departure)
	if err != nil {
		return chepiao.MessageScene{}, err
	}
	s := chepiao.MessageScene{
		Order: m.Order, Tickets: len(tickets), Number: run.Template.Number, Facts: m.Facts,
		From: stationName(net.Station(t.From), lang), To: stationName(net.Station(t.To), lang),
	}
	board := min(t.Board, len(run.Template.Stops)-1)
	planned, _ := run.Template.Span(board, m.Departure.Day(), net.Zone)
	s.Departs, s.Last = o.Span(run, board)
	if !s.Facts.Departs.IsZero() {
		s.Departs, s.Last = s.Facts.Departs, s.Last.Add(s.Facts.Departs.Sub(s.Departs))
	}
	s.Planned, s.Departs, s.Last = planned, s.Departs.In(net.Zone), s.Last.In(net.Zone)
	s.Facts.Was = s.Facts.Was.In(net.Zone)
	if m.Facts.Was.IsZero() {
		s.Facts.Was = planned
	}
	o.place(&s, run, board)
	for i, one := range tickets {
		if one.Seat > 0 && run.Template.Kind != chepiao.Flow {
			s.Seats = append(s.Seats, one.Seat)
		}
		s.Back += messages[i].Facts.Back
	}
	if id := m.Facts.WasDeparture; id != 0 && id != m.Departure {
		before, err := net.Run(id)
		if err != nil {
			return s, err
		}
		s.WasNumber = before.Template.Number
		if board, _, err := before.Template.Find(t.From, t.To); err == nil && m.Facts.Was.IsZero() {
			s.Facts.Was, _ = before.Template.Span(board, id.Day(), net.Zone)
		}
	}
	return s, nil
}

// place fills in gate, berth and plate as the stations set them.
func (o *Office) place(s *chepiao.MessageScene, run Run, board int) {
	var ops *chepiao.Ops
	if v := o.store.View(run.ID); v != nil {
		ops = v.Ops
	}
	gate, berth := ops.Gate(board, run.Template.Gate)
	if s.Facts.Gate == "" {
		s.Facts.Gate = gate
	}
	if s.Facts.Berth == "" {
		s.Facts.Berth = berth
	}
	if r, ok := ops.Reported(board); ok && s.Facts.Plate == "" && run.Template.Kind != chepiao.Flow {
		s.Facts.Plate = r.Plate
	}
}

func stationName(s *chepiao.Station, lang string) string {
	switch {
	case s == nil:
		return "?"
	case lang == "en" && s.English != "":
		return s.English
	}
	return s.Name
}

// textID is the number under which the gateway does a message once: a message
// that somebody has sent anew is another text.
func textID(m chepiao.Message) string {
	if m.Resent == 0 {
		return m.ID.String()
	}
	return m.ID.String() + "-" + strconv.Itoa(m.Resent)
}

// parseTextID reads what textID prints.
func parseTextID(s string) (id chepiao.MessageID, resent int, err error) {
	number, round, again := strings.Cut(s, "-")
	if again {
		if resent, err = strconv.Atoi(round); err != nil || resent < 1 || resent > chepiao.ResendsMax {
			return 0, 0, fmt.Errorf("reading a text's number: it has no such round")
		}
	}
	id, err = chepiao.ParseMessageID(number)
	return id, resent, err
}
