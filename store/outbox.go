package store

import (
	"encoding/json"
	"fmt"
	"time"

	"chepiao"
)

const messageColumns = "id, kind, ticket, order_id, departure, lang, facts, channel, state, tries, resent, next, lead, why, created, version"

func scanMessage(r rowOf) (m chepiao.Message, err error) {
	m = chepiao.Message{
		ID: chepiao.MessageID(r.int(0)), Kind: chepiao.MessageKind(r.text(1)), Ticket: chepiao.TicketID(r.int(2)), Order: chepiao.OrderID(r.int(3)),
		Departure: chepiao.DepartureID(r.int(4)), Lang: r.text(5), Channel: chepiao.MessageChannel(r.text(7)), State: chepiao.MessageState(r.text(8)),
		Tries: int(r.int(9)), Resent: int(r.int(10)), Next: fromMicros(r.int(11)), Lead: chepiao.MessageID(r.int(12)), Why: r.text(13),
		Created: fromMicros(r.int(14)), Version: r.int(15),
	}
	if facts := r.text(6); facts != "" {
		if err := json.Unmarshal([]byte(facts), &m.Facts); err != nil {
			return m, fmt.Errorf("reading the facts of message %s: %w", m.ID, err)
		}
	}
	return m, nil
}

// Told are messages of one verb, one a ticket: the facts are the same for all.
// Their ids are in a row, and each stands after every message stored before it
// in this process's lane; of other lanes nothing is said.
type Told struct {
	Kind    chepiao.MessageKind
	Lang    string
	Facts   chepiao.MessageFacts
	Channel chepiao.MessageChannel
	State   chepiao.MessageState
	Next    time.Time // of a due message: not before
	Why     string
	Tickets []chepiao.Ticket
}

// Tell stages messages into the outbox.
func (tx *Tx) Tell(t Told) error {
	facts := ""
	if t.Facts != (chepiao.MessageFacts{}) {
		b, err := json.Marshal(t.Facts)
		if err != nil {
			return fmt.Errorf("writing the facts of a message: %w", err)
		}
		facts = string(b)
	}
	first, now := tx.NextIDs(len(t.Tickets)), micros(tx.Now)
	next := now
	if !t.Next.IsZero() {
		next = micros(t.Next)
	}
	tx.stage(func(c *conn) error {
		for i, k := range t.Tickets {
			err := c.one("INSERT INTO message ("+messageColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, $10, 0, $11, $12, 1)",
				first+int64(i), string(t.Kind), int64(k.ID), int64(k.Order), int64(k.Departure), t.Lang, facts,
				string(t.Channel), string(t.State), next, t.Why, now)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return nil
}

// Message is a message as it is stored: what this batch has staged of it does
// not show. Refusal NotFound.
func (tx *Tx) Message(id chepiao.MessageID) (chepiao.Message, error) {
	return loadMessage(tx.s.writer, id)
}

// MoveMessage stages how far a message has come. was is what Message returned.
func (tx *Tx) MoveMessage(was, next chepiao.Message) {
	tx.stage(func(c *conn) error {
		return c.one("UPDATE message SET state = $1, tries = $2, resent = $3, next = $4, lead = $5, why = $6, version = $7 WHERE id = $8 AND version = $9",
			string(next.State), next.Tries, next.Resent, micros(next.Next), int64(next.Lead), next.Why, next.Version, int64(was.ID), was.Version)
	})
}

// Carried are the messages that the text of this one carried, itself among
// them, as they are stored.
func (tx *Tx) Carried(lead chepiao.MessageID) ([]chepiao.Message, error) {
	return (&Reader{c: tx.s.writer}).messages("WHERE lead = $1 AND lead <> 0 ORDER BY id LIMIT $2", int64(lead), carriedMax)
}

// carriedMax bounds the messages of one text; an order has far fewer tickets.
const carriedMax = 1000

// Later is one message in short.
type Later struct {
	ID      chepiao.MessageID
	Ticket  chepiao.TicketID
	Kind    chepiao.MessageKind
	Created time.Time
}

// After says whether it was said after another message: of two lanes the time
// decides, as numbers say nothing.
func (l Later) After(m chepiao.Message) bool {
	if l.Created.Equal(m.Created) {
		return l.ID > m.ID
	}
	return l.Created.After(m.Created)
}

// Later reads what a departure's passengers were told from a moment on, in
// order, at most limit.
func (r *Reader) Later(id chepiao.DepartureID, since time.Time, limit int) (list []Later, err error) {
	err = r.c.query("SELECT id, ticket, kind, created FROM message WHERE departure = $1 AND created >= $2 ORDER BY created, id LIMIT $3",
		[]any{int64(id), micros(since), limit}, func(r rowOf) error {
			list = append(list, Later{chepiao.MessageID(r.int(0)), chepiao.TicketID(r.int(1)), chepiao.MessageKind(r.text(2)), fromMicros(r.int(3))})
			return nil
		})
	return list, err
}

// Message reads a message. Refusal NotFound.
func (r *Reader) Message(id chepiao.MessageID) (chepiao.Message, error) { return loadMessage(r.c, id) }

func loadMessage(c *conn, id chepiao.MessageID) (chepiao.Message, error) {
	found, err := (&Reader{c: c}).messages("WHERE id = $1", int64(id))
	if err == nil && len(found) == 0 {
		return chepiao.Message{}, chepiao.Refuse(chepiao.NotFound, "没有这条消息", "there is no such message").At("message")
	}
	if err != nil {
		return chepiao.Message{}, err
	}
	return found[0], nil
}

// DueMessages reads the messages whose time has come, the longest due first, at
// most limit.
func (r *Reader) DueMessages(now time.Time, limit int) ([]chepiao.Message, error) {
	return r.messages("WHERE state = 'due' AND next <= $1 ORDER BY next, id LIMIT $2", micros(now), limit)
}

// MessagesOf reads the messages of a departure after a number, in order, at
// most limit; state "" is any.
func (r *Reader) MessagesOf(id chepiao.DepartureID, state chepiao.MessageState, after chepiao.MessageID, limit int) ([]chepiao.Message, error) {
	if state == "" {
		return r.messages("WHERE departure = $1 AND id > $2 ORDER BY id LIMIT $3", int64(id), int64(after), limit)
	}
	return r.messages("WHERE departure = $1 AND id > $2 AND state = $3 ORDER BY id LIMIT $4", int64(id), int64(after), string(state), limit)
}

// MessagesOfOrder reads the messages of an order about a departure, the latest
// first, at most limit.
func (r *Reader) MessagesOfOrder(id chepiao.DepartureID, order chepiao.OrderID, limit int) ([]chepiao.Message, error) {
	return r.messages("WHERE departure = $1 AND order_id = $2 ORDER BY id DESC LIMIT $3", int64(id), int64(order), limit)
}

// LostMessages reads the messages that reached nobody, after a number, in
// order, at most limit.
func (r *Reader) LostMessages(after chepiao.MessageID, limit int) ([]chepiao.Message, error) {
	return r.messages("WHERE state IN ('failed', 'unreachable') AND id > $1 ORDER BY id LIMIT $2", int64(after), limit)
}

// MessagesOfLane reads every message of a lane after a number of that lane, 0 for
// all, in order, at most limit.
func (r *Reader) MessagesOfLane(lane int64, after chepiao.MessageID, limit int) ([]chepiao.Message, error) {
	return r.messages("WHERE id > $1 AND id < $2 ORDER BY id LIMIT $3", max(int64(after), chepiao.LaneID(lane, 0)), chepiao.LaneID(lane+1, 0), limit)
}

func (r *Reader) messages(where string, args ...any) (list []chepiao.Message, err error) {
	err = r.c.query("SELECT "+messageColumns+" FROM message "+where, args, func(r rowOf) error {
		m, err := scanMessage(r)
		list = append(list, m)
		return err
	})
	return list, err
}
