package office

import (
	"context"
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
		panic("office: a recorded sheet of rules cannot be read: " + err.Error()) // SetRules refuses such a sheet
	}
	b.known.Store(key, r)
	return r
}

// Rules are the national rules as they stand.
func (o *Office) Rules() *chepiao.Rules { return o.RulesAt(o.store.Now(), chepiao.Where{}) }

// RulesAt are the rules of a place at a moment.
func (o *Office) RulesAt(now time.Time, where chepiao.Where) *chepiao.Rules {
	b := o.rules.Load()
	return b.rules(b.book.Edition(now), where)
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
	w := chepiao.Where{Line: run.Line.Code}
	if s := o.Timetable().Station(run.Template.Stops[board].Station); s != nil {
		w.Station = s.Code
		if len(s.Region) >= 2 {
			w.Province = s.Region[:2]
		}
	}
	return w
}

// openRules reads the book; a new node starts with the defaults as its first
// sheet, so that a later program's defaults do not change what was sold.
func (o *Office) openRules(ctx context.Context) error {
	if err := o.loadRules(ctx); err != nil || len(o.rules.Load().book.Sheets()) > 0 {
		return err
	}
	return o.SetRules(ctx, chepiao.DefaultRules(), "chepiao", "defaults of a new node")
}

// SetRules makes a whole set of national rules stand from now on. What was sold
// keeps the edition it was sold under. Refusal Invalid names the rule.
func (o *Office) SetRules(ctx context.Context, rules *chepiao.Rules, author, reason string) error {
	if err := rules.Validate(); err != nil {
		return err
	}
	o.offered.Lock() // one change at a time, and no sale in the middle of it
	defer o.offered.Unlock()
	err := o.store.Write(ctx, func(tx *store.Tx) error {
		no := int64(len(o.rules.Load().book.Sheets())) + 1
		s := chepiao.Sheet{No: no, Scope: chepiao.Scope{Layer: chepiao.National}, Effective: tx.Now, Recorded: tx.Now, Author: author, Reason: reason, Values: rules.JSON()}
		tx.AddSheet(s)
		return tx.Record("rules", no, chepiao.Event{Kind: chepiao.RulesSet, By: author, Reason: reason, Detail: rules})
	})
	if err != nil {
		return err
	}
	return o.loadRules(ctx)
}

func (o *Office) loadRules(ctx context.Context) error {
	return o.store.Read(ctx, func(r *store.Reader) error {
		sheets, err := r.Sheets()
		if err == nil {
			o.rules.Store(&rulebook{book: chepiao.NewBook(sheets)})
		}
		return err
	})
}
