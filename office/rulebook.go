package office

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"chepiao"
	"chepiao/store"
)

// rulebook is the book of rules with what was worked out of it: the rules of an
// edition at a place never change.
type rulebook struct {
	book  *chepiao.Book
	known sync.Map // edition and place → *chepiao.Rules
}

type edition struct {
	n     int64
	where chepiao.Where
}

func (b *rulebook) rules(n int64, where chepiao.Where) *chepiao.Rules {
	key := edition{n, where}
	if r, ok := b.known.Load(key); ok {
		return r.(*chepiao.Rules)
	}
	r, err := b.book.Rules(n, where)
	if err != nil {
		panic("office: a recorded sheet of rules cannot be read: " + err.Error()) // SetSheet refuses such a sheet
	}
	b.known.Store(key, r)
	return r
}

// Rules are the national rules as they stand.
func (o *Office) Rules() *chepiao.Rules { return o.RulesAt(o.store.Now(), chepiao.Where{}) }

// RulesAt are the rules of a place at a moment.
func (o *Office) RulesAt(now time.Time, where chepiao.Where) *chepiao.Rules {
	b := o.rules.Load()
	return b.rules(max(1, b.book.Edition(now)), where) // a clock that is behind the node's first sheet goes by that one
}

// RulesFor are the rules of a departure where a passenger boards, at a moment.
func (o *Office) RulesFor(now time.Time, run Run, board int) *chepiao.Rules {
	return o.RulesAt(now, o.where(run, board))
}

// rulesOf are the rules that a ticket pins: those of its line and boarding
// station in the edition it was sold under.
func (o *Office) rulesOf(t chepiao.Ticket) *chepiao.Rules {
	run, err := o.Timetable().Run(t.Departure)
	if err != nil {
		return o.rules.Load().rules(t.Rules, chepiao.Where{})
	}
	return o.rules.Load().rules(t.Rules, o.where(run, t.Board))
}

// where is the place of the rules for boarding a departure at a stop.
func (o *Office) where(run Run, board int) chepiao.Where {
	w := at(o.Timetable().Station(run.Template.Stops[board].Station))
	if run.Line != nil {
		w.Line = run.Line.Code
	}
	return w
}

func at(s *chepiao.Station) (w chepiao.Where) {
	if s != nil {
		w.Station = s.Code
		if len(s.Region) >= 2 {
			w.Province = s.Region[:2]
		}
	}
	return w
}

// Place is where rules are asked for: at a station of the timetable, on a line
// of it, or both; empty codes mean anywhere. Refusal NotFound.
func (o *Office) Place(station, line string) (w chepiao.Where, err error) {
	t := o.Timetable()
	if station != "" {
		s, err := t.StationByCode(station, "station")
		if err != nil {
			return w, err
		}
		w = at(s)
	}
	if line != "" && !t.hasLine(line) {
		return w, chepiao.Refuse(chepiao.NotFound, "没有这条线路", "there is no such line").At("line")
	}
	w.Line = line
	return w, nil
}

func (t *Timetable) hasLine(code string) bool {
	for _, l := range t.lines {
		if l.Code == code {
			return true
		}
	}
	return false
}

// SheetInput is some rules to be set together.
type SheetInput struct {
	Scope     chepiao.Scope
	Effective time.Time // zero: at once
	Reason    string
	Values    json.RawMessage // {"advance_days":10}
}

// SetSheet records a sheet of rules. What was sold keeps the edition it was sold
// under. Refusals: Invalid with the name of the rule that is unknown, out of
// bounds, not this layer's or in contradiction, or "reason", "effective";
// NotFound for a station or line that the timetable does not have.
func (o *Office) SetSheet(ctx context.Context, v Verb, in SheetInput) (chepiao.Sheet, error) {
	if err := o.atHub(); err != nil {
		return chepiao.Sheet{}, err
	}
	if !o.inTimetable(in.Scope) {
		return chepiao.Sheet{}, notInTimetable(in.Scope)
	}
	o.offered.Lock() // one change at a time, and no sale in the middle of it
	defer o.offered.Unlock()
	e, err := o.once(ctx, v, []any{"rules", in}, func(tx *store.Tx) (*chepiao.Event, error) {
		_, s, err := o.rules.Load().book.With(in.sheet(tx.Now, v.By))
		if err != nil {
			return nil, err
		}
		return recordSheet(tx, s, v.By)
	})
	return o.sheetSet(ctx, e, err)
}

// sheet is what is recorded at a moment.
func (in SheetInput) sheet(now time.Time, author string) chepiao.Sheet {
	now = now.Truncate(time.Microsecond).UTC()
	s := chepiao.Sheet{Scope: in.Scope, Effective: in.Effective.Truncate(time.Microsecond).UTC(), Recorded: now, Author: author, Reason: in.Reason, Values: in.Values}
	if in.Effective.IsZero() {
		s.Effective = now
	}
	return s
}

func (o *Office) inTimetable(s chepiao.Scope) bool {
	switch s.Layer {
	case chepiao.AtStation:
		return o.Timetable().codes[s.ID] != nil
	case chepiao.OnLine:
		return o.Timetable().hasLine(s.ID)
	}
	return true
}

func notInTimetable(s chepiao.Scope) error {
	return chepiao.Refuse(chepiao.NotFound, "时刻表中没有 "+s.String(), "the timetable has no "+s.String()).At("scope")
}

func recordSheet(tx *store.Tx, s chepiao.Sheet, by string) (*chepiao.Event, error) {
	tx.AddSheet(s)
	e := &chepiao.Event{Kind: chepiao.RulesSet, By: by, Reason: s.Reason, Detail: s}
	return e, tx.Record(fmt.Sprintf("rules %d", s.No), 1, *e)
}

// sheetSet takes a changed book over and answers with the sheet that was set or
// withdrawn.
func (o *Office) sheetSet(ctx context.Context, e *chepiao.Event, err error) (chepiao.Sheet, error) {
	if err != nil {
		return chepiao.Sheet{}, err
	}
	if err := o.loadRules(ctx); err != nil {
		return chepiao.Sheet{}, fmt.Errorf("reading the rules again: %w", err)
	}
	return detail[chepiao.Sheet](e)
}

// WithdrawSheet makes a sheet that is not in effect yet never take effect.
// Refusals: NotFound, WrongState, Invalid when another sheet builds on it.
func (o *Office) WithdrawSheet(ctx context.Context, v Verb, no int64) (chepiao.Sheet, error) {
	if err := o.atHub(); err != nil {
		return chepiao.Sheet{}, err
	}
	o.offered.Lock()
	defer o.offered.Unlock()
	e, err := o.once(ctx, v, []any{"withdraw rules", no}, func(tx *store.Tx) (*chepiao.Event, error) {
		_, s, err := o.rules.Load().book.Without(no, tx.Now.Truncate(time.Microsecond).UTC())
		if err != nil {
			return nil, err
		}
		tx.WithdrawSheet(no)
		e := &chepiao.Event{Kind: chepiao.RulesWithdrawn, By: v.By, Detail: s}
		return e, tx.Record(fmt.Sprintf("rules %d", no), 2, *e)
	})
	return o.sheetSet(ctx, e, err)
}

// Sheets are all sheets in the order of recording, with those withdrawn.
func (o *Office) Sheets() []chepiao.Sheet { return o.rules.Load().book.All() }

// openRules reads the book. A new node starts with the defaults as its first
// sheet; a node whose program has learned new rules records their defaults as
// another. So the defaults of a later program change nothing that was sold.
// Of several processes that open at once one records them, and the others read them.
func (o *Office) openRules(ctx context.Context) (err error) {
	for try := range opensMax {
		// Busy, or the sheet's number is taken: then the book that is read next has it.
		if err = o.recordDefaults(ctx); err == nil || try > 0 && chepiao.Why(err) != chepiao.Busy {
			return err
		}
		time.Sleep(opensEvery)
	}
	return err
}

const (
	opensMax   = 20
	opensEvery = 100 * time.Millisecond
)

func (o *Office) recordDefaults(ctx context.Context) error {
	if err := o.loadRules(ctx); err != nil {
		return err
	}
	book, reason := o.rules.Load().book, "defaults of rules that are new in this program"
	if len(book.All()) == 0 {
		reason = "defaults of a new node"
	}
	values := book.Missing(o.store.Now())
	if values == nil || o.No() != chepiao.Hub && len(book.All()) > 0 { // a station has the hub's book

		return nil
	}
	err := o.store.Write(ctx, func(tx *store.Tx) error {
		s := SheetInput{Scope: chepiao.Scope{Layer: chepiao.National}, Reason: reason, Values: values}.sheet(tx.Now, "chepiao")
		s.No = int64(len(book.All())) + 1
		_, err := recordSheet(tx, s, s.Author)
		return err
	})
	if err != nil {
		return err
	}
	return o.loadRules(ctx)
}

func (o *Office) loadRules(ctx context.Context) error {
	return o.store.Read(ctx, func(r *store.Reader) error {
		sheets, err := r.Sheets()
		if err != nil {
			return err
		}
		for _, s := range sheets {
			if err := s.Unread(); err != nil {
				return err
			}
		}
		o.rules.Store(&rulebook{book: chepiao.NewBook(sheets)})
		return nil
	})
}
