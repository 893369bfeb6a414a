package store

import (
	"bytes"
	"fmt"
	"time"

	"chepiao"
)

// journal walks every lane: numbers without gaps, hashes that follow from each
// other, time that does not run back, and a head that is the last entry.
func (e *examination) journal() error {
	var lanes []lane
	var nodes []string
	err := e.c.query("SELECT id, node, profile, seq, next_id, at, hash FROM lane ORDER BY id", nil, func(r rowOf) error {
		lanes = append(lanes, lane{id: r.int(0), profile: chepiao.CryptoProfile(r.text(2)), seq: r.int(3), nextID: r.int(4), at: fromMicros(r.int(5)), hash: r.bytes(6)})
		nodes = append(nodes, r.text(1))
		return nil
	})
	if err != nil {
		return err
	}
	known := int64(0)
	for i := range lanes {
		n, err := e.walk(nodes[i], &lanes[i])
		if err != nil {
			return err
		}
		known += n
		if err := e.counter(nodes[i], &lanes[i]); err != nil {
			return err
		}
	}
	if turn := e.fair.Missing(); turn != 0 {
		e.tell("journal", "turn %d of the waitlist is missing", turn)
	}
	all, err := e.number("SELECT count(*) FROM journal")
	if err == nil && all != known {
		e.tell("journal", "%d entries stand in no lane", all-known)
	}
	return err
}

func (e *examination) walk(node string, l *lane) (n int64, err error) {
	r := &Reader{c: e.c}
	var seq int64
	var hash []byte
	var at time.Time
	err = e.paged("journal", "SELECT count(*) FROM journal", func() (int, error) {
		entries, err := r.Journal(node, l.id, seq, pageRows)
		for _, entry := range entries {
			where := fmt.Sprintf("journal %s/%d/%d", node, l.id, entry.Seq)
			if entry.Seq != seq+1 {
				e.tell(where, "entries %d to %d are missing", seq+1, entry.Seq-1)
			}
			if entry.At.Before(at) {
				e.tell(where, "its time is before that of the entry ahead")
			}
			if !bytes.Equal(HashEntry(l.profile, hash, entry), entry.Hash) {
				e.tell(where, "its hash does not follow from the entry ahead and its own content")
			}
			seq, hash, at = entry.Seq, entry.Hash, entry.At
			n++
			e.hear(where, entry)
		}
		return len(entries), err
	})
	where := fmt.Sprintf("lane %s/%d", node, l.id)
	if seq != l.seq {
		e.tell(where, "its head says entry %d, the last one is %d", l.seq, seq)
	} else if !bytes.Equal(hash, l.hash) {
		e.tell(where, "its head's hash is not that of the last entry")
	}
	e.found.Entries += n
	return n, err
}

// counter makes sure that the lane will not give a number again.
func (e *examination) counter(node string, l *lane) error {
	first, last := chepiao.LaneID(l.id, 0), chepiao.LaneID(l.id+1, 0)-1
	highest := int64(0)
	for _, sql := range []string{
		"SELECT max(id + tickets) FROM orders WHERE id BETWEEN $1 AND $2",
		"SELECT max(id) FROM ticket WHERE id BETWEEN $1 AND $2",
		"SELECT max(id) FROM payment WHERE id BETWEEN $1 AND $2",
		"SELECT max(id) FROM payback WHERE id BETWEEN $1 AND $2",
		"SELECT max(id) FROM cases WHERE id BETWEEN $1 AND $2",
		"SELECT max(id) FROM shift WHERE id BETWEEN $1 AND $2",
		"SELECT max(id) FROM paper_batch WHERE id BETWEEN $1 AND $2",
		"SELECT max(id) FROM member WHERE id BETWEEN $1 AND $2",
		"SELECT max(id) FROM saved_passenger WHERE id BETWEEN $1 AND $2",
		"SELECT max(id) FROM looked WHERE id BETWEEN $1 AND $2",
		"SELECT max(id) FROM conflict WHERE id BETWEEN $1 AND $2",
		"SELECT max(id) FROM invoice WHERE id BETWEEN $1 AND $2",
	} {
		n, err := e.number(sql, first, last)
		if err != nil {
			return err
		}
		highest = max(highest, n)
	}
	if next := chepiao.LaneID(l.id, l.nextID); next <= highest {
		e.tell(fmt.Sprintf("lane %s/%d", node, l.id), "its next number, %d, is not above %d, which is given", next, highest)
	}
	return nil
}

// word is what the journal said last of a row.
type word struct {
	version int64
	state   string
}

// lastWords is what the journal said last of each row.
type lastWords struct {
	orders   map[chepiao.OrderID]word
	tickets  map[chepiao.TicketID]word
	payments map[chepiao.PaymentID]word
	paybacks map[chepiao.PaybackID]word
}

func newLastWords() lastWords {
	return lastWords{map[chepiao.OrderID]word{}, map[chepiao.TicketID]word{}, map[chepiao.PaymentID]word{}, map[chepiao.PaybackID]word{}}
}

// hear takes in what an entry says of rows.
func (e *examination) hear(where string, entry chepiao.Entry) {
	event, err := decodeEvent(entry.Body)
	if err != nil {
		e.tell(where, "its body cannot be read")
		return
	}
	if event.Kind != entry.Kind {
		e.tell(where, "it is filed as %s but its body says %s", entry.Kind, event.Kind)
	}
	if c := event.Check; c != nil {
		e.reviewed[c.Verdict.Review(c.Method)]++
	}
	if what := e.fair.Hear(event); what != "" {
		e.tell(where, "the waitlist: %s", what)
	}
	e.billed.hear(event)
	if o := event.Order; o != nil {
		keep(e.last.orders, o.ID, o.Version, string(o.State))
	}
	for _, t := range event.Tickets {
		keep(e.last.tickets, t.ID, t.Version, string(t.State))
	}
	if h := event.Hand; h != nil && entry.Kind == chepiao.OrderWasTaken {
		for _, p := range h.Payments {
			keep(e.last.payments, p.ID, p.Version, string(p.State))
		}
		for _, p := range h.Paybacks {
			keep(e.last.paybacks, p.ID, p.Version, string(p.State))
		}
	}
	if p := event.Payment; p != nil {
		keep(e.last.payments, p.ID, p.Version, string(p.State))
	}
	if p := event.Payback; p != nil {
		keep(e.last.paybacks, p.ID, p.Version, string(p.State))
	}
}

func keep[K comparable](words map[K]word, k K, version int64, state string) {
	if version >= words[k].version {
		words[k] = word{version, state}
	}
}

// said compares a row with the journal's last word of it.
func said[K interface {
	comparable
	fmt.Stringer
}](e *examination, words map[K]word, kind string, k K, version int64, state string) {
	w, ok := words[k]
	delete(words, k)
	switch {
	case !ok:
		e.tell(kind+" "+k.String(), "the journal knows nothing of it")
	case w != (word{version, state}):
		e.tell(kind+" "+k.String(), "it is %s at version %d, the journal says %s at version %d", state, version, w.state, w.version)
	}
}

// unheard are rows that the journal speaks of and no table has.
func (w lastWords) unheard(e *examination) {
	missing(e, w.orders, "order")
	missing(e, w.tickets, "ticket")
	missing(e, w.payments, "payment")
	missing(e, w.paybacks, "payback")
}

func missing[K interface {
	comparable
	fmt.Stringer
}](e *examination, words map[K]word, kind string) {
	for k, w := range words {
		e.tell(kind+" "+k.String(), "the journal says %s, but there is no such row", w.state)
	}
}
