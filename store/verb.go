package store

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"chepiao"
)

// verbRow ties a caller's id to the journal entry that its verb made: the
// answer it got, and gets again.
type verbRow struct {
	id    string
	input []byte // keyed hash of the inputs
	lane  int64
	seq   int64
	event int // while staged: index in tx.events
}

const verbsMax = 65_536 // remembered in memory; all are in the database

// Answered says what a verb with this id was answered before: the event it
// made, or nil for an id that is new. Refusal ReplayMismatch when the id was
// used with other inputs.
func (tx *Tx) Answered(id string, input []byte) (*chepiao.Event, error) {
	for _, batch := range []*Tx{tx, tx.storing()} {
		if at, staged := batch.verbAt[id]; staged {
			v := batch.verbs[at]
			if !bytes.Equal(v.input, input) {
				return nil, replayMismatch
			}
			return decodeEvent(batch.events[v.event].body)
		}
	}
	v, ok := tx.s.verbs[id]
	if row, looked := tx.looked[id]; !ok && looked {
		if v, ok = row, row.id != ""; !ok {
			return nil, nil
		}
	}
	if !ok && !tx.careful {
		tx.skipped = id
		return nil, nil // if it is an old one after all, its key collides and the batch runs again, carefully
	}
	if !ok { // alone
		var err error
		if v, ok, err = loadVerb(tx.s.ahead, id); err != nil || !ok {
			return nil, err
		}
	}
	if !bytes.Equal(v.input, input) {
		return nil, replayMismatch
	}
	var body []byte
	err := tx.s.writer.query("SELECT body FROM journal WHERE node = $1 AND lane = $2 AND seq = $3",
		[]any{tx.s.opt.Node, v.lane, v.seq}, func(r rowOf) error { body = r.bytes(0); return nil })
	if err != nil {
		return nil, err
	}
	return decodeEvent(body)
}

// Answer ties the caller's id to the entry recorded last.
func (tx *Tx) Answer(id string, input []byte) {
	if tx.verbAt == nil {
		tx.verbAt = map[string]int{}
	}
	tx.verbAt[id] = len(tx.verbs)
	tx.verbs = append(tx.verbs, verbRow{id: id, input: input, event: len(tx.events) - 1})
	tx.onUndo(func() {
		tx.verbs = tx.verbs[:len(tx.verbs)-1]
		delete(tx.verbAt, id)
	})
}

// lookUp asks for several ids at once, and remembers those that are new as well.
func (tx *Tx) lookUp(ids []string) error {
	err := tx.askFor(ids)
	if err == nil {
		err = tx.s.ahead.check()
	}
	if err != nil {
		tx.looked = nil
	}
	return err
}

// askFor asks for ids: the answer is there after the check.
func (tx *Tx) askFor(ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	if tx.looked == nil {
		tx.looked = make(map[string]verbRow, len(ids))
	}
	for _, id := range ids {
		tx.looked[id] = verbRow{}
	}
	return tx.s.ahead.each("SELECT id, input, lane, seq FROM verb WHERE id = $1", ids, func(r rowOf) {
		tx.looked[r.text(0)] = verbRow{id: r.text(0), input: r.bytes(1), lane: r.int(2), seq: r.int(3)}
	})
}

func loadVerb(c *conn, id string) (v verbRow, ok bool, err error) {
	err = c.query("SELECT input, lane, seq FROM verb WHERE id = $1", []any{id}, func(r rowOf) error {
		v, ok = verbRow{id: id, input: r.bytes(0), lane: r.int(1), seq: r.int(2)}, true
		return nil
	})
	return v, ok, err
}

// writeVerbs stages the ids of the batch. Where others write, too, all take them in
// one order: two processes that are sent the same verbs at once wait for each other
// one after the other.
func (tx *Tx) writeVerbs(c *conn) error {
	verbs := tx.verbs // the next batch looks into them by their place
	if tx.s.shared {
		verbs = slices.SortedFunc(slices.Values(verbs), func(a, b verbRow) int { return cmp.Compare(a.id, b.id) })
	}
	for _, v := range verbs {
		if err := c.one("INSERT INTO verb (id, input, lane, seq) VALUES ($1, $2, $3, $4)", v.id, v.input, v.lane, v.seq); err != nil {
			return err
		}
	}
	return nil
}

func decodeEvent(body []byte) (*chepiao.Event, error) {
	var e chepiao.Event
	if err := json.Unmarshal(body, &e); err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	return &e, nil
}

var replayMismatch = chepiao.Refuse(chepiao.ReplayMismatch, "同一请求编号对应的内容不同，请换一个编号", "this idempotency key was used with other inputs: use a new one").At("Idempotency-Key")
