package torture

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"chepiao"
)

// oldBackup copies the database while the hub sells, lets it go on selling, loses
// everything, and puts the copy in place. The hub must then sell nothing until an
// operator has confirmed what is missing; what was paid before the copy must be
// there; and no number that was given out may be given again.
func oldBackup(ctx context.Context, s *scene) error {
	if err := s.begin(ctx, 1); err != nil {
		return err
	}
	copied, before, err := s.copyUnderLoad(ctx)
	if err != nil {
		return err
	}
	s.note("everything is lost, the copy is put in place")
	if err := s.hubs[0].kill(); err != nil {
		return err
	}
	lost := s.data
	s.data = filepath.Join(s.folder, "restored")
	if err := s.tool(ctx, "restore", copied, "--data", s.data); err != nil {
		return err
	}
	if err := os.RemoveAll(lost); err != nil {
		return fmt.Errorf("losing the data: %w", err)
	}
	s.hubs[0].args[1] = s.data
	if err := s.startAll(ctx); err != nil {
		return err
	}
	if err := s.heldBack(ctx); err != nil {
		return err
	}
	if err := s.tool(ctx, "restore", "confirm", s.data, "--lane", "1", "--seq", "unknown", "--by", "torture"); err != nil {
		return err
	}
	s.note("an operator has confirmed")
	s.paidIsThere(ctx, before)
	given := s.given()
	s.shelf.open, s.shelf.next, s.shelf.done = s.shelf.next[:openMax:openMax], s.shelf.next[openMax:], nil
	s.counted = time.Unix(0, s.now())
	if err := s.crowd(ctx, func() error { return doze(ctx, s.Span/2) }); err != nil {
		return err
	}
	for _, d := range s.shelf.all() {
		for _, b := range d.orders {
			if given[b.id] {
				s.failf("order %s was given out before the loss and again after it", b.id)
			}
		}
	}
	return nil
}

// copyUnderLoad lets the crowd shop, makes a backup in the middle, and says when
// it began.
func (s *scene) copyUnderLoad(ctx context.Context) (file string, before time.Time, err error) {
	file = filepath.Join(s.folder, "copy.db")
	err = s.crowd(ctx, func() error {
		if err := doze(ctx, s.Span/4); err != nil {
			return err
		}
		before = time.Unix(0, s.now())
		s.note("a backup is made")
		if err := s.tool(ctx, "backup", s.data, "--to", file, "--with-keys"); err != nil {
			return err
		}
		s.note("the backup is made")
		return doze(ctx, s.Span/4)
	})
	return file, before, err
}

func (s *scene) tool(ctx context.Context, args ...string) error {
	out, err := s.Tool(ctx, args...)
	fmt.Fprintln(s.log, out)
	if err != nil {
		return fmt.Errorf("chepiao %s: %w: %s", args[0], err, out)
	}
	return nil
}

// heldBack asks for seats at a restored hub that nobody has confirmed.
func (s *scene) heldBack(ctx context.Context) error {
	for range 10 {
		q := Request{Verb: Hold, Departure: s.shelf.next[0].id, Alight: 1, Party: 1}
		path, body := s.post(&q)
		said := s.wire.send(ctx, 0, "POST", path, "", body)
		if said.body != nil {
			s.failf("a restored hub sold a seat before anybody had confirmed it")
		}
		if said.status == 0 {
			return fmt.Errorf("the restored hub does not answer: %s", said.unknown)
		}
	}
	return nil
}

// given are the orders that clients were given so far.
func (s *scene) given() map[string]bool {
	orders := map[string]bool{}
	for _, q := range s.rec.so() {
		if q.Verb == Hold && q.Answer != nil {
			orders[q.Answer.Order] = true
		}
	}
	return orders
}

// paidIsThere looks at every order that was paid before a moment and not given
// back until then.
func (s *scene) paidIsThere(ctx context.Context, before time.Time) {
	paid, back := map[string]bool{}, map[string]bool{}
	for _, q := range s.rec.so() {
		switch {
		case q.Verb == Pay && q.Answer != nil && q.Return < before.UnixNano():
			paid[q.Order] = true
		case q.Verb == Refund && q.Refused == "": // given back, or perhaps
			back[q.Order] = true
		}
	}
	there := 0
	for _, order := range slices.Sorted(maps.Keys(paid)) {
		if back[order] {
			continue
		}
		q := Request{Verb: Look, Order: order}
		said := s.wire.send(ctx, 0, "GET", s.get(&q), "", nil)
		a, err := s.read(&q, said.body)
		if said.body == nil || err != nil || a.State != string(chepiao.OrderIssued) {
			s.failf("order %s was paid before the copy was made, and is not there: %s %s", order, said.refused, said.unknown)
			continue
		}
		there++
	}
	s.note("%d orders that were paid before the copy are there", there)
	if there == 0 {
		s.failf("nothing was paid before the copy: this run proves nothing")
	}
}
