package office

import (
	"bytes"
	"context"
	"fmt"

	"chepiao"
	"chepiao/gtfs"
	"chepiao/store"
)

// Imported says what an import did to the timetable.
type Imported struct {
	Stations  int `json:"stations"` // in the feed
	Lines     int `json:"lines"`
	Templates int `json:"templates"` // in the feed
	Added     int `json:"added"`     // templates that are new
	Changed   int `json:"changed"`   // templates with another content: the old ones retire
	Retired   int `json:"retired"`   // templates the feed no longer has
	Kept      int `json:"kept"`      // departures with tickets that keep their old times
}

// Import takes a feed over as the timetable. name tells feeds apart: importing
// a newer version of the same feed replaces it, another feed is added beside
// it. A departure with tickets sold keeps the template it was sold under, and
// no other departure replaces it that day, so every sold ticket stays as it is.
// Sale stands still while the timetable is exchanged.
func (o *Office) Import(ctx context.Context, name string, feed *gtfs.Feed, by string) (Imported, error) {
	if err := o.atHub(); err != nil {
		return Imported{}, err
	}
	o.offered.Lock()
	defer o.offered.Unlock()
	var done Imported
	err := o.store.Write(ctx, func(tx *store.Tx) error {
		m := &merge{tx: tx, old: o.Timetable(), feed: feed, prefix: name + ":"}
		if err := m.run(); err != nil {
			return err
		}
		done = m.done
		return tx.Record("timetable "+name, 0, chepiao.Event{Kind: chepiao.TimetableImported, By: by, Detail: done})
	})
	if err != nil {
		return Imported{}, fmt.Errorf("importing the timetable: %w", err)
	}
	return done, o.loadTimetable(ctx)
}

// merge gives the parts of a feed their numbers and stages them.
type merge struct {
	tx       *store.Tx
	old      *Timetable
	feed     *gtfs.Feed
	prefix   string
	stations map[chepiao.StationNo]chepiao.StationNo // the feed's number → ours
	lines    map[chepiao.LineNo]chepiao.LineNo
	done     Imported
}

func (m *merge) run() error {
	n := &m.feed.Network
	m.tx.PutNetwork(n)
	for _, c := range n.Carriers {
		if err := m.tx.PutCarrier(c); err != nil {
			return err
		}
	}
	for _, v := range n.Vehicles {
		if err := m.tx.PutVehicle(v); err != nil {
			return err
		}
	}
	for _, step := range []func() error{m.mergeStations, m.mergeLines, m.mergeTemplates, m.retireRest} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (m *merge) mergeStations() error {
	m.stations = map[chepiao.StationNo]chepiao.StationNo{}
	next := m.old.NextStation
	for i, s := range m.feed.Network.Stations {
		key := m.prefix + m.feed.StationKeys[i]
		no, known := m.old.StationKeys[key]
		if !known {
			no, next = next, next+1
		}
		m.stations[s.No] = no
		if other := m.old.codes[s.Code]; other != nil && other.No != no {
			s.Code = fmt.Sprintf("%s-%d", s.Code, no) // another feed has this code
		}
		s.No = no
		if err := m.tx.PutStation(key, s); err != nil {
			return err
		}
	}
	m.done.Stations = len(m.feed.Network.Stations)
	return nil
}

func (m *merge) mergeLines() error {
	m.lines = map[chepiao.LineNo]chepiao.LineNo{}
	next := m.old.NextLine
	for i, l := range m.feed.Network.Lines {
		key := m.prefix + m.feed.LineKeys[i]
		no, known := m.old.LineKeys[key]
		if !known {
			no, next = next, next+1
		}
		m.lines[l.No] = no
		l.No = no
		fares := make(map[chepiao.Pair]chepiao.Money, len(l.Fares))
		for p, fen := range l.Fares {
			fares[chepiao.Pair{From: m.stations[p.From], To: m.stations[p.To]}] = fen
		}
		l.Fares = fares
		if err := m.tx.PutLine(key, l); err != nil {
			return err
		}
	}
	m.done.Lines = len(m.feed.Network.Lines)
	return nil
}

func (m *merge) mergeTemplates() error {
	next := m.old.NextTemplate
	for i, t := range m.feed.Network.Templates {
		key, hash := m.prefix+m.feed.TemplateKeys[i], m.feed.TemplateHash[i][:]
		t.Line = m.lines[t.Line]
		t.Stops = append([]chepiao.Stop(nil), t.Stops...)
		for j := range t.Stops {
			t.Stops[j].Station = m.stations[t.Stops[j].Station]
		}
		row, known := m.old.TemplateKeys[key]
		switch {
		case !known:
			m.done.Added++
			t.No, next = next, next+1
		case bytes.Equal(row.Hash, hash):
			t.No = row.No
			t.Days = keepPast(m.old.templates[row.No].Days, t.Days)
		default:
			m.done.Changed++
			t.No, next = next, next+1
			sold, err := m.retire(key, row)
			if err != nil {
				return err
			}
			for _, d := range sold {
				t.Days.Set(d, false)
			}
		}
		m.yield(key, &t)
		if err := m.tx.PutTemplate(key, hash, t, false); err != nil {
			return err
		}
	}
	m.done.Templates = len(m.feed.Network.Templates)
	return nil
}

// yield takes the days out of a template's calendar on which an earlier version
// of it, retired by an import before this one, still carries whom it was sold to.
func (m *merge) yield(key string, t *chepiao.Template) {
	today := chepiao.DayOf(m.tx.Now.In(m.old.Zone))
	for _, no := range m.old.RetiredKeys[key] {
		earlier := m.old.templates[no].Days
		last, _ := earlier.Last()
		for d := max(today, earlier.First); d <= last; d++ {
			if earlier.Has(d) {
				t.Days.Set(d, false)
			}
		}
	}
}

// retireRest retires what this feed had and has no more.
func (m *merge) retireRest() error {
	here := make(map[string]bool, len(m.feed.TemplateKeys))
	for _, key := range m.feed.TemplateKeys {
		here[m.prefix+key] = true
	}
	for key, row := range m.old.TemplateKeys {
		if len(key) < len(m.prefix) || key[:len(m.prefix)] != m.prefix || here[key] {
			continue
		}
		m.done.Retired++
		if _, err := m.retire(key, row); err != nil {
			return err
		}
	}
	return nil
}

// retire takes a template out of sale but for the days on which it has sold
// tickets, which are returned, and the days gone by.
func (m *merge) retire(key string, row store.TemplateRow) (sold []chepiao.Day, err error) {
	t := *m.old.templates[row.No]
	today := chepiao.DayOf(m.tx.Now.In(m.old.Zone))
	days := chepiao.DaySet{First: t.Days.First, Bits: append([]byte(nil), t.Days.Bits...)}
	last, _ := days.Last()
	for d := max(today, days.First); d <= last; d++ {
		if !days.Has(d) {
			continue
		}
		if m.tx.Started(chepiao.MakeDepartureID(t.No, d)) {
			sold = append(sold, d)
			m.done.Kept++
		} else {
			days.Set(d, false)
		}
	}
	t.Days = days
	return sold, m.tx.PutTemplate(key, row.Hash, t, true)
}

// keepPast is the new calendar with the days of the old one before it, so that
// departures gone by stay in the timetable.
func keepPast(old, fresh chepiao.DaySet) chepiao.DaySet {
	last, ok := fresh.Last()
	if !ok || old.First >= fresh.First || last-old.First >= chepiao.DaysMax {
		return fresh
	}
	days := chepiao.NewDaySet(old.First, last)
	for d := old.First; d <= last; d++ {
		days.Set(d, (d < fresh.First && old.Has(d)) || fresh.Has(d))
	}
	return days
}
