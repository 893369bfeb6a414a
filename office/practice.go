package office

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"chepiao"
	"chepiao/gtfs"
)

// Teach gives another office, which stands on an empty store, the timetable and the
// rules of this one: a place to practise. No order, ticket or person goes along, and
// nothing comes back.
func (o *Office) Teach(ctx context.Context, other *Office) error {
	if _, err := other.Import(ctx, "practice", o.feed(), "practice"); err != nil {
		return fmt.Errorf("laying the timetable out for practice: %w", err)
	}
	for _, s := range o.rules.Load().book.Sheets() {
		in := SheetInput{Scope: s.Scope, Reason: s.Reason, Values: s.Values}
		if s.Effective.After(other.store.Now()) {
			in.Effective = s.Effective
		}
		_, err := other.SetSheet(ctx, Verb{ID: fmt.Sprintf("practice-%d", s.No), By: "practice"}, in)
		if err != nil && chepiao.AsRefusal(err) == nil { // a sheet of a line that runs no more, say
			return fmt.Errorf("laying the rules out for practice: %w", err)
		}
	}
	return nil
}

// feed is the timetable as if it had just been read, without what was retired.
func (o *Office) feed() *gtfs.Feed {
	t := o.Timetable()
	f := &gtfs.Feed{Network: t.Network}
	stations, lines := turned(t.StationKeys), turned(t.LineKeys)
	for _, s := range t.Stations {
		f.StationKeys = append(f.StationKeys, stations[s.No])
	}
	for _, l := range t.Lines {
		f.LineKeys = append(f.LineKeys, lines[l.No])
	}
	f.Network.Templates = nil
	for _, key := range slices.Sorted(maps.Keys(t.TemplateKeys)) {
		row := t.TemplateKeys[key]
		f.Network.Templates = append(f.Network.Templates, *t.templates[row.No])
		f.TemplateKeys = append(f.TemplateKeys, key)
		f.TemplateHash = append(f.TemplateHash, [32]byte(row.Hash))
	}
	return f
}

func turned[N comparable](keys map[string]N) map[N]string {
	names := make(map[N]string, len(keys))
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		names[keys[key]] = key
	}
	return names
}
