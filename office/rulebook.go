package office

import (
	"context"

	"chepiao"
	"chepiao/store"
)

// rulebook is every version of the rules. The last one stands.
type rulebook struct {
	current *chepiao.Rules
	all     map[int64]*chepiao.Rules
}

// Rules are the rules as they stand.
func (o *Office) Rules() *chepiao.Rules { return o.rules.Load().current }

// rulesOf is the version that a ticket pins.
func (o *Office) rulesOf(version int64) *chepiao.Rules {
	book := o.rules.Load()
	if r := book.all[version]; r != nil {
		return r
	}
	return book.current
}

// openRules reads the rules; a new node starts with the defaults as version 1.
func (o *Office) openRules(ctx context.Context) error {
	if err := o.loadRules(ctx); err != nil || o.rules.Load() != nil {
		return err
	}
	return o.SetRules(ctx, chepiao.DefaultRules(), "chepiao", "defaults of a new node")
}

// SetRules makes new rules stand from now on. What was sold keeps the version
// it was sold under. Refusal Invalid names the rule.
func (o *Office) SetRules(ctx context.Context, rules *chepiao.Rules, author, reason string) error {
	if err := rules.Validate(); err != nil {
		return err
	}
	o.offered.Lock() // one change at a time, and no sale in the middle of it
	defer o.offered.Unlock()
	err := o.store.Write(ctx, func(tx *store.Tx) error {
		next := *rules
		next.Version = 1
		if book := o.rules.Load(); book != nil {
			next.Version = book.current.Version + 1
		}
		tx.AddRules(&next, author, reason)
		return tx.Record("rules", next.Version, chepiao.Event{Kind: chepiao.RulesSet, By: author, Reason: reason, Detail: next})
	})
	if err != nil {
		return err
	}
	return o.loadRules(ctx)
}

func (o *Office) loadRules(ctx context.Context) error {
	return o.store.Read(ctx, func(r *store.Reader) error {
		rows, err := r.Rules()
		if err != nil || len(rows) == 0 {
			return err
		}
		book := &rulebook{all: map[int64]*chepiao.Rules{}}
		for _, row := range rows {
			book.all[row.Rules.Version], book.current = row.Rules, row.Rules
		}
		o.rules.Store(book)
		return nil
	})
}
