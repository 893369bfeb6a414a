package office

import (
	"context"
	"fmt"

	"chepiao"
	"chepiao/store"
)

// ExportRules are all rules of the node as a file.
func (o *Office) ExportRules() chepiao.RuleFile { return o.rules.Load().book.Export() }

// RulesImported says what a file of rules brings: the sheets that are new, what
// they change at once or later, and places that the timetable does not have.
type RulesImported struct {
	Fresh   []chepiao.Sheet `json:"fresh"`
	Known   int             `json:"known"` // sheets that were here already
	Changes []RuleChange    `json:"changes"`
	Unknown []chepiao.Scope `json:"unknown,omitempty"`
}

// TryImport says what importing a file would bring, and changes nothing.
// Refusals as ImportRules.
func (o *Office) TryImport(f chepiao.RuleFile) (RulesImported, error) {
	next, fresh, err := o.rules.Load().book.Import(f, o.store.Now())
	if err != nil {
		return RulesImported{}, err
	}
	return o.imported(next, f, fresh), nil
}

// ImportRules takes over the sheets of a file that the node does not have: all
// of them or none. A file taken twice changes nothing the second time. Refusals:
// Invalid at "sheets[2].…", as SetSheet; but a place that the
// timetable does not have is no reason, it may come later.
func (o *Office) ImportRules(ctx context.Context, v Verb, f chepiao.RuleFile) (RulesImported, error) {
	if err := o.atHub(); err != nil {
		return RulesImported{}, err
	}
	o.offered.Lock()
	defer o.offered.Unlock()
	e, err := o.once(ctx, v, []any{"import rules", f}, func(tx *store.Tx) (*chepiao.Event, error) {
		next, fresh, err := o.rules.Load().book.Import(f, tx.Now)
		if err != nil {
			return nil, err
		}
		done := o.imported(next, f, fresh)
		for _, s := range fresh {
			if _, err := recordSheet(tx, s, v.By); err != nil {
				return nil, err
			}
		}
		e := &chepiao.Event{Kind: chepiao.RulesImported, By: v.By, Detail: done}
		return e, tx.Record("rules", int64(len(next.All())), *e)
	})
	if err != nil {
		return RulesImported{}, err
	}
	if err := o.loadRules(ctx); err != nil {
		return RulesImported{}, fmt.Errorf("reading the rules again: %w", err)
	}
	return detail[RulesImported](e)
}

func (o *Office) imported(next *chepiao.Book, f chepiao.RuleFile, fresh []chepiao.Sheet) RulesImported {
	done := RulesImported{Fresh: append([]chepiao.Sheet{}, fresh...), Known: len(f.Sheets) - len(fresh), Changes: changes(next, fresh)}
	for _, s := range fresh {
		if !o.inTimetable(s.Scope) {
			done.Unknown = append(done.Unknown, s.Scope)
		}
	}
	return done
}

// RuleChange is one rule of one sheet and what it was before at the sheet's
// place.
type RuleChange struct {
	Rule  string        `json:"rule"`
	Scope chepiao.Scope `json:"scope"`
	Sheet int64         `json:"sheet"`
	OldZH string        `json:"old_zh"`
	OldEN string        `json:"old_en"`
	NewZH string        `json:"new_zh"`
	NewEN string        `json:"new_en"`
	// Kept are the more particular places that have their own value and keep it.
	Kept []chepiao.Scope `json:"kept,omitempty"`
}

// changes are what new sheets change where they apply, at the moment each takes
// effect; a value that stays as it was is none.
func changes(next *chepiao.Book, fresh []chepiao.Sheet) (list []RuleChange) {
	for _, s := range fresh {
		where := placeOf(s.Scope)
		before, after := next.EditionBefore(s.No), next.EditionBefore(s.No)+1
		was, err := next.Rules(before, where)
		if err != nil {
			panic("office: rules just read cannot be read: " + err.Error())
		}
		is, err := next.Rules(after, where)
		if err != nil {
			panic("office: rules just read cannot be read: " + err.Error())
		}
		for _, name := range s.Names() {
			rule, err := chepiao.RuleNamed(name)
			if err != nil || string(rule.JSON(was)) == string(rule.JSON(is)) {
				continue
			}
			c := RuleChange{Rule: name, Scope: s.Scope, Sheet: s.No, Kept: next.Overrules(name, s.Scope, after)}
			c.OldZH, c.OldEN = rule.Say(was)
			c.NewZH, c.NewEN = rule.Say(is)
			list = append(list, c)
		}
	}
	return list
}

// placeOf is the place that a scope alone describes.
func placeOf(s chepiao.Scope) (w chepiao.Where) {
	switch s.Layer {
	case chepiao.Provincial:
		w.Province = s.ID
	case chepiao.AtStation:
		w.Station = s.ID
	case chepiao.OnLine:
		w.Line = s.ID
	}
	return w
}
