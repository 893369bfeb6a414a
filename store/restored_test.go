package store_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"chepiao"
	"chepiao/store"
	"chepiao/store/storetest"
)

// node is a store in a folder of its own, with a hand-moved clock.
type node struct {
	*testing.T
	folder string
	now    time.Time
}

func newNode(t *testing.T) *node {
	return &node{T: t, folder: storetest.Folder(t), now: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)}
}

func (n *node) path() string { return filepath.Join(n.folder, "chepiao.db") }

func (n *node) open(o store.Options) *store.Store {
	n.Helper()
	o.Node, o.Now = "T1", func() time.Time { return n.now }
	s, err := store.Open(n.path(), o)
	if err != nil {
		n.Fatal(err)
	}
	n.Cleanup(func() { s.Close() })
	return s
}

// note writes an entry and returns the number that went with it.
func (n *node) note(s *store.Store) (id int64, err error) {
	err = s.Write(context.Background(), func(tx *store.Tx) error {
		id = tx.NextIDs(1)
		return tx.Record("note", 1, chepiao.Event{Kind: "note"})
	})
	return id, err
}

func (n *node) notes(s *store.Store, count int) (ids []int64) {
	n.Helper()
	for range count {
		id, err := n.note(s)
		if err != nil {
			n.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

func (n *node) heads() (heads []store.Head) {
	n.Helper()
	n.must(store.Peek(n.path(), func(r *store.Reader) (err error) { heads, err = r.Heads(); return err }))
	return heads
}

func (n *node) must(err error) {
	n.Helper()
	if err != nil {
		n.Fatal(err)
	}
}

func (n *node) healthy(s *store.Store) {
	n.Helper()
	d, err := s.Doctor(context.Background(), nil)
	n.must(err)
	for _, f := range d.Findings {
		n.Errorf("doctor: %s", f)
	}
}

// refused makes sure that nothing changes the store.
func (n *node) refused(s *store.Store) {
	n.Helper()
	before := n.heads()
	if _, err := n.note(s); chepiao.Why(err) != chepiao.Restored {
		n.Fatalf("a store held back answers %v", err)
	}
	if s.Restored() == nil {
		n.Fatal("a store held back does not say so")
	}
	after := n.heads()
	if len(before) != len(after) {
		n.Fatalf("%d lanes became %d", len(before), len(after))
	}
	for i := range before {
		if before[i].Seq != after[i].Seq {
			n.Fatalf("lane %d went on from %d to %d", before[i].Lane, before[i].Seq, after[i].Seq)
		}
	}
}

func (n *node) until(what string, done func() bool) {
	n.Helper()
	for end := time.Now().Add(10 * time.Second); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			n.Fatalf("waited in vain until %s", what)
		}
	}
}

// TestCopyWhileSelling copies a database while its writer works: the copy is
// one committed state, and the writer is neither fenced off nor held up.
func TestCopyWhileSelling(t *testing.T) {
	n := newNode(t)
	s := n.open(store.Options{})
	n.notes(s, 50)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				if _, err := n.note(s); err != nil {
					t.Error(err)
					return
				}
			}
		}
	}()
	to := filepath.Join(n.folder, "copy.db")
	var last, total int64
	heads, migrations, err := store.CopyFile(context.Background(), n.path(), to, func(done, all int64) { last, total = done, all })
	close(stop)
	<-stopped
	n.must(err)
	if last != total || total == 0 || len(migrations) < 8 {
		t.Errorf("progress ended at %d of %d; migrations %v", last, total, migrations)
	}
	if len(heads) != 1 || heads[0].Seq < 51 || heads[0].Seq > n.heads()[0].Seq {
		t.Fatalf("the copy's heads are %v, the original's %v", heads, n.heads())
	}
	if rest, err := filepath.Glob(to + "?*"); err != nil || len(rest) > 0 {
		t.Errorf("the copy is not one file: %v %v", rest, err)
	}
	if _, _, err := store.CopyFile(context.Background(), n.path(), to, nil); err == nil {
		t.Error("a copy is written over another one")
	}
	var entry []chepiao.Entry
	n.must(s.Read(context.Background(), func(r *store.Reader) (err error) {
		entry, err = r.Journal("T1", 1, heads[0].Seq-1, 1)
		return err
	}))
	if len(entry) != 1 || !bytes.Equal(entry[0].Hash, heads[0].Hash) {
		t.Errorf("the hash of the copy's head is not that of the original's entry")
	}
	n.notes(s, 1) // not fenced off
}

// TestRestored: a copy put in place does nothing until its lane is confirmed,
// and gives no number that was given after the copy was made.
func TestRestored(t *testing.T) {
	for _, c := range []struct {
		name   string
		known  int64 // of lane 1, whose copy ends at entry 4
		from   int64 // of the gap; 0 for none
		to     int64
		beside bool // a hub is running while the operator confirms
	}{
		{"nothing lost", 4, 0, 0, false},
		{"nothing lost, beside a hub", 4, 0, 0, true},
		{"entries lost", 9, 5, 9, true},
		{"nobody knows", store.Unknown, 5, store.Unknown, false},
		{"peers know less than the copy", 2, 5, store.Unknown, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newNode(t)
			s := n.open(store.Options{})
			n.notes(s, 3)
			copied := filepath.Join(n.folder, "copy.db")
			_, _, err := store.CopyFile(context.Background(), n.path(), copied, nil)
			n.must(err)
			given := n.notes(s, 5)
			n.must(s.Close())
			n.replace(copied)

			s = n.open(store.Options{Restored: true})
			n.healthy(s)
			n.refused(s)
			if !c.beside {
				n.must(s.Close())
			}
			if _, _, err := store.Confirm(n.path(), n.now, 1, c.known, "operator"); err != nil {
				t.Fatal(err)
			}
			if _, _, err := store.Confirm(n.path(), n.now, 1, c.known, "operator"); err == nil {
				t.Error("a lane is confirmed twice")
			}
			if !c.beside {
				s = n.open(store.Options{})
			}
			n.until("the node goes on", func() bool { return s.Restored() == nil })
			for _, id := range n.notes(s, 20) {
				for _, before := range given {
					if id == before {
						t.Errorf("number %d is given twice", id)
					}
				}
			}
			n.until("the journal knows of it", func() bool { return n.recorded() == 1 })
			n.healthy(s)
			n.must(s.Read(context.Background(), func(r *store.Reader) error {
				lanes, err := r.Restored()
				n.must(err)
				from, to, lost := lanes[0].Lost()
				if len(lanes) != 1 || lost != (c.from != 0) || from != c.from || to != c.to {
					t.Errorf("lost are %d to %d (%v) of %+v", from, to, lost, lanes)
				}
				return nil
			}))
			n.must(s.Close())
			n.notes(n.open(store.Options{}), 1) // and stays so
		})
	}
}

// replace puts a file in the database's place.
func (n *node) replace(with string) {
	n.Helper()
	for _, tail := range []string{"", "-wal", "-shm"} {
		os.Remove(n.path() + tail)
	}
	n.must(os.Rename(with, n.path()))
}

// recorded counts the journal's entries about restores.
func (n *node) recorded() (found int) {
	n.Helper()
	n.must(store.Peek(n.path(), func(r *store.Reader) error {
		heads, err := r.Heads()
		for _, h := range heads {
			entries, journalErr := r.Journal(h.Node, h.Lane, 0, 1000)
			n.must(journalErr)
			for _, e := range entries {
				if e.Kind == chepiao.NodeWasRestored {
					found++
				}
			}
		}
		return err
	}))
	return found
}

// TestTwoRestoresOfOneCopy: the second one finds no trace of the first in the
// copy, and must not open the lane that it opened.
func TestTwoRestoresOfOneCopy(t *testing.T) {
	n := newNode(t)
	s := n.open(store.Options{})
	n.notes(s, 3)
	copied := filepath.Join(n.folder, "copy.db")
	_, _, err := store.CopyFile(context.Background(), n.path(), copied, nil)
	n.must(err)
	n.must(s.Close())
	again, err := os.ReadFile(copied)
	n.must(err)
	seen := map[int64]bool{}
	for round := range 3 {
		n.must(os.WriteFile(copied, again, 0o600))
		n.replace(copied)
		s := n.open(store.Options{Restored: true})
		_, _, err = store.Confirm(n.path(), n.now, 1, 4, "operator")
		n.must(err)
		n.until("the node goes on", func() bool { return s.Restored() == nil })
		for _, id := range n.notes(s, 3) {
			if seen[id] {
				t.Errorf("round %d gives number %d again", round, id)
			}
			seen[id] = true
		}
		n.must(s.Close())
		n.now = n.now.Add(20 * time.Minute)
	}
}

// TestConfirmAStrangeLane: others know a lane that the copy does not.
func TestConfirmAStrangeLane(t *testing.T) {
	n := newNode(t)
	s := n.open(store.Options{})
	n.notes(s, 3)
	n.must(s.Close())
	if _, _, err := store.Confirm(n.path(), n.now, 1, 4, "operator"); err == nil {
		t.Error("a database that was not restored is confirmed")
	}
	s = n.open(store.Options{Restored: true})
	own := n.heads()[len(n.heads())-1].Lane // the one the restored node opened
	if _, _, err := store.Confirm(n.path(), n.now, own-1, 4, "operator"); err == nil {
		t.Error("a closed lane that was empty is confirmed")
	}
	for _, wrong := range []int64{0, -1, chepiao.LaneMax + 1} {
		if _, _, err := store.Confirm(n.path(), n.now, wrong, 4, "operator"); err == nil {
			t.Errorf("lane %d is confirmed", wrong)
		}
	}
	if _, restart, err := store.Confirm(n.path(), n.now, 2, 7, "operator"); err != nil || restart {
		t.Fatalf("an older lane that the copy does not know: restart %v, %v", restart, err)
	}
	if s.Restored() == nil {
		t.Error("the node goes on though lane 1 is not confirmed")
	}
	_, restart, err := store.Confirm(n.path(), n.now, own+3, 7, "operator")
	if err != nil || !restart {
		t.Fatalf("a lane beyond the node's own: restart %v, %v", restart, err)
	}
	_, _, err = store.Confirm(n.path(), n.now, 1, 4, "operator")
	n.must(err)
	n.must(s.Close())
	s = n.open(store.Options{})
	if id := n.notes(s, 1)[0]; id < chepiao.LaneID(own+4, 0) {
		t.Errorf("number %d may have been given: lane %d was in use elsewhere", id, own+3)
	}
	n.healthy(s)
}

// TestOldFileInPlace: a database behind what its node has seen is held back
// without being told; so is one that is gone, and one with another history.
func TestOldFileInPlace(t *testing.T) {
	for _, c := range []struct {
		name    string
		spoil   func(n *node, old string)
		known   int64
		healthy bool
	}{
		{"an old copy", func(n *node, old string) { n.replace(old) }, 7, false},
		{"no database at all", func(n *node, old string) {
			for _, tail := range []string{"", "-wal", "-shm"} {
				os.Remove(n.path() + tail)
			}
		}, 7, false},
		{"another history of the same length", func(n *node, old string) {
			n.replace(old)
			n.now = n.now.Add(time.Second)
			n.notes(n.open(store.Options{}), 3)
		}, 7, false},
		{"nothing happened", func(n *node, old string) {}, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newNode(t)
			head := store.Options{HeadFile: filepath.Join(n.folder, "head")}
			s := n.open(head)
			n.notes(s, 3)
			old := filepath.Join(n.folder, "old.db")
			_, _, err := store.CopyFile(context.Background(), n.path(), old, nil)
			n.must(err)
			given := n.notes(s, 3)
			n.must(s.Close())
			c.spoil(n, old)
			s = n.open(head)
			if c.healthy {
				n.notes(s, 1)
				return
			}
			n.refused(s)
			n.must(s.Close())
			s = n.open(head)
			n.refused(s)
			_, _, err = store.Confirm(n.path(), n.now, 1, c.known, "operator")
			n.must(err)
			n.until("the node goes on", func() bool { return s.Restored() == nil })
			n.must(s.Close())
			s = n.open(head)
			for _, id := range n.notes(s, 3) {
				if id <= given[len(given)-1] {
					t.Errorf("number %d is given again", id)
				}
			}
			n.healthy(s)
		})
	}
}

// TestServerThatLostEntries: a server that lost what it acknowledged, or was
// taken back in time, is found out by the first process that opens it, and holds
// back those that run on it.
func TestServerThatLostEntries(t *testing.T) {
	db, n := server.PostgreSQL(t), newNode(t)
	n.now = time.Now()
	open := func(name string) *store.Store {
		t.Helper()
		s, err := db.Open(store.Options{Node: "T1", Now: func() time.Time { return n.now }, Process: name, HeadFile: filepath.Join(n.folder, "head")})
		n.must(err)
		t.Cleanup(func() { s.Close() })
		return s
	}
	first, second := open("a"), open("b")
	given := append(n.notes(first, 4), n.notes(second, 4)...)
	n.must(first.Close()) // writes the head file a last time
	n.must(db.Exec("DELETE FROM journal WHERE lane = 1 AND seq > 3"))
	n.must(db.Exec("UPDATE lane SET seq = 3, next_id = 3, hash = journal.hash FROM journal WHERE lane.id = 1 AND journal.lane = 1 AND journal.seq = 3"))
	first = open("a")
	for _, s := range []*store.Store{first, second} {
		if _, err := n.note(s); chepiao.Why(err) != chepiao.Restored {
			t.Fatalf("a process on a server that lost entries is answered %v", err)
		}
	}
	for lane, known := range map[int64]int64{1: 5, 2: store.Unknown} {
		if _, _, err := store.Confirm(db.Target, n.now, lane, known, "operator"); err != nil {
			t.Fatal(err)
		}
	}
	n.until("both go on", func() bool { return first.Restored() == nil && second.Restored() == nil })
	for _, s := range []*store.Store{first, second} {
		for _, id := range n.notes(s, 3) {
			for _, before := range given {
				if id == before {
					t.Errorf("number %d is given twice", id)
				}
			}
		}
	}
	n.healthy(first)
}
