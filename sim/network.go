package sim

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"chepiao"
	"chepiao/office"
)

// linkOf is the link of the station among two nodes.
func (w *world) linkOf(a, b *node) *link { return w.links[max(a.no, b.no)-chepiao.Hub-1] }

// send has a node send to a peer what it has not heard, as far as the sender knows:
// the batch may be lost, come twice, late, or after the next one.
func (w *world) send() error {
	from, to := w.between()
	l := w.linkOf(from, to)
	if l.cut {
		return nil
	}
	after, err := to.office.Received(w.ctx, from.no)
	if err != nil {
		return err
	}
	if w.rng.IntN(2) == 0 { // it goes on after what it has sent, and does not wait for an answer
		for lane, n := range l.sent[from.no] {
			after[lane] = max(after[lane], n)
		}
	}
	parcels, _, err := from.office.Feed(w.ctx, to.no, after, 1+w.rng.IntN(6))
	if err != nil || len(parcels) == 0 {
		return err
	}
	last := parcels[len(parcels)-1]
	l.note(from.no, last.Lane, last.N)
	copies := 1
	switch w.rng.IntN(10) {
	case 0:
		copies = 0 // lost
	case 1:
		copies = 2
	}
	for range copies {
		due := w.now.Add(time.Duration(w.rng.IntN(600)) * time.Second)
		l.flying = append(l.flying, message{from, to, due, parcels})
	}
	w.report.Did["send"]++
	return nil
}

// note remembers what was sent last.
func (l *link) note(from chepiao.NodeNo, lane, n int64) {
	if l.sent == nil {
		l.sent = map[chepiao.NodeNo]map[int64]int64{}
	}
	if l.sent[from] == nil {
		l.sent[from] = map[int64]int64{}
	}
	l.sent[from][lane] = n
}

// arrive delivers what is due on the links, in whatever order it comes.
func (w *world) arrive() error {
	for _, l := range w.links {
		if l.cut {
			continue
		}
		for i := 0; i < len(l.flying); {
			m := l.flying[i]
			if m.due.After(w.now) {
				i++
				continue
			}
			l.flying = slices.Delete(l.flying, i, i+1)
			if err := w.deliver(m); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *world) deliver(m message) error {
	n, err := m.to.office.Receive(w.ctx, m.from.no, m.parcels)
	switch {
	case errors.Is(err, office.ErrGap):
		w.report.Did["gap"]++
		return nil
	case errors.Is(err, office.ErrBroken):
		w.wrong("%s finds the feed of %s broken: %v", name(m.to.no), name(m.from.no), err)
		return nil
	case err != nil:
		return fmt.Errorf("%s hears %s: %w", name(m.to.no), name(m.from.no), err)
	}
	if n > 0 {
		w.say("%s hears %d from %s", name(m.to.no), n, name(m.from.no))
	}
	w.report.Did["arrive"]++
	return nil
}

// exchangeAll has everybody hear everything, and counts what was new.
func (w *world) exchangeAll() (moved int, err error) {
	for _, l := range w.links {
		for _, m := range l.flying {
			if err := w.deliver(m); err != nil {
				return moved, err
			}
		}
		l.flying = nil
	}
	for _, station := range w.nodes[1:] {
		for _, way := range [][2]*node{{w.nodes[0], station}, {station, w.nodes[0]}} {
			for more := true; more; {
				heard, err := way[1].office.Received(w.ctx, way[0].no)
				if err != nil {
					return moved, err
				}
				parcels, rest, err := way[0].office.Feed(w.ctx, way[1].no, heard, 200)
				if err != nil {
					return moved, err
				}
				n, err := way[1].office.Receive(w.ctx, way[0].no, parcels)
				if err != nil {
					return moved, fmt.Errorf("%s hears %s: %w", name(way[1].no), name(way[0].no), err)
				}
				moved, more = moved+n, rest
			}
		}
	}
	return moved, nil
}

// cut parts a station from the hub; what is on its way comes when it is joined
// again, or never.
func (w *world) cut() error {
	l := w.links[w.rng.IntN(len(w.links))]
	if !l.cut {
		l.cut = true
		if w.rng.IntN(2) == 0 {
			l.flying = nil
		}
		w.say("a station is cut off")
		w.report.Did["cut"]++
	}
	return nil
}

func (w *world) join() error {
	w.links[w.rng.IntN(len(w.links))].cut = false
	return nil
}

// crash pulls a node's plug: it starts again from what its disk has, without a word
// of farewell.
func (w *world) crash() error {
	n := w.anyNode()
	n.lives++
	next := filepath.Join(n.folder, fmt.Sprintf("%d.db", n.lives))
	for _, end := range []string{"", "-wal"} {
		bytes, err := os.ReadFile(n.file + end)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			err = os.WriteFile(next+end, bytes, 0o600)
		}
		if err != nil {
			return fmt.Errorf("crashing node %d: %w", n.no, err)
		}
	}
	if err := n.store.Close(); err != nil { // nothing that it does now is seen by the copy
		return err
	}
	os.Remove(n.file)
	n.file = next
	w.say("%s crashes", name(n.no))
	w.report.Did["crash"]++
	stations := n.office.Stations()
	if err := w.open(n); err != nil {
		return err
	}
	n.office.SetStations(stations)
	return nil
}

// clock sets a node's clock wrong by up to five minutes, or right again.
func (w *world) clock() error {
	n := w.anyNode()
	n.skew = time.Duration(w.rng.IntN(600)-300) * time.Second
	if w.rng.IntN(2) == 0 {
		n.skew = 0
	}
	w.say("the clock of %s is off by %s", name(n.no), n.skew)
	w.report.Did["clock"]++
	return nil
}
