package office

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"chepiao"
	"chepiao/gtfs"
	"chepiao/store"
	"chepiao/voucher"
)

// practiceNode is what an office for practice is called; the keys of its vouchers are
// nobody's else, so that no gate lets one pass.
const practiceNode = "PRACTICE"

// Practice opens an office to practise in, on a new SQLite file: the timetable and
// the rules are those of this office, and nothing else is. It has no payment channel,
// no gateway and no webhooks; its keys are made for it. The function closes it.
func (o *Office) Practice(ctx context.Context, file string, now func() time.Time, random io.Reader) (own *Office, end func() error, err error) {
	st, err := store.Open(file, store.Options{Node: practiceNode, Now: now})
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			st.Close()
		}
	}()
	key := make([]byte, 32)
	if _, err = io.ReadFull(random, key); err != nil {
		return nil, nil, fmt.Errorf("making a key for practice: %w", err)
	}
	signs, err := voucher.Generate(practiceNode, chepiao.ProfileEd25519, random, now())
	if err != nil {
		return nil, nil, err
	}
	ring, err := voucher.NewRing(signs)
	if err != nil {
		return nil, nil, err
	}
	if own, err = New(ctx, Config{Store: st, NodeKey: key, Ring: ring, Rand: random}); err != nil {
		return nil, nil, err
	}
	return own, st.Close, o.teach(ctx, own)
}

// teach gives another office the timetable and the rules of this one.
func (o *Office) teach(ctx context.Context, other *Office) error {
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
