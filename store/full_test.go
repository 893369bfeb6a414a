package store

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"chepiao"
)

// TestFullDisk acts a disk that is full: the batch that does not fit fails as a
// whole, what was stored stays, and when there is room again the next one works.
func TestFullDisk(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	s, err := Open(filepath.Join(t.TempDir(), "full.db"), Options{Node: "T1", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	note := func(size int) error {
		return s.Write(context.Background(), func(tx *Tx) error {
			tx.AddSheet(chepiao.Sheet{No: int64(size), Scope: chepiao.Scope{Layer: chepiao.National}, Author: "me", Reason: strings.Repeat("x", size), Values: []byte("{}")})
			return tx.Record("note", 0, chepiao.Event{Kind: "note"})
		})
	}
	pages := func(bound string) {
		t.Helper()
		err := s.Write(context.Background(), func(tx *Tx) error {
			return s.writer.query("PRAGMA max_page_count = "+bound, nil, func(rowOf) error { return nil })
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := note(1); err != nil {
		t.Fatal(err)
	}
	pages("1") // as many as there are
	err = note(1 << 20)
	if chepiao.Why(err) != chepiao.Busy || !strings.Contains(fmt.Sprint(err), "no room") {
		t.Fatalf("a megabyte fits a full disk: %v", err)
	}
	if err := note(2 << 20); err == nil {
		t.Fatal("two megabytes fit a full disk")
	}
	pages("1000000")
	if err := note(2); err != nil {
		t.Fatalf("there is room again, but: %v", err)
	}
	err = s.Read(context.Background(), func(r *Reader) error {
		entries, err := r.Journal("T1", 1, 0, 100)
		rules, rulesErr := r.c.count("SELECT count(*) FROM rule_sheet")
		if err != nil || rulesErr != nil || len(entries) != 3 || rules != 2 {
			t.Errorf("%d entries and %d rules, %v %v; want 3 and 2", len(entries), rules, err, rulesErr)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (c *conn) count(sql string) (n int64, err error) {
	err = c.query(sql, nil, func(r rowOf) error { n = r.int(0); return nil })
	return n, err
}

// TestUnknownCommit acts a commit of which nobody knows how it ended: the lane's
// head in the database decides.
func TestUnknownCommit(t *testing.T) {
	for _, stored := range []bool{true, false} {
		t.Run(fmt.Sprint("stored ", stored), func(t *testing.T) {
			now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
			s, err := Open(filepath.Join(t.TempDir(), "unknown.db"), Options{Node: "T1", Now: func() time.Time { return now }})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			runs := 0
			err = s.Write(context.Background(), func(tx *Tx) error {
				runs++
				tx.stage(func(c *conn) error {
					if runs > 1 {
						return nil
					}
					// End the transaction under the batch's feet: its own COMMIT then fails.
					if stored {
						return c.commit()
					}
					c.rollback()
					return nil
				})
				return tx.Record("note", 0, chepiao.Event{Kind: "note"})
			})
			if err != nil {
				t.Fatal(err)
			}
			if again := map[bool]int{true: 1, false: 2}[stored]; runs != again {
				t.Errorf("the function ran %d times, want %d", runs, again)
			}
			err = s.Read(context.Background(), func(r *Reader) error {
				entries, err := r.Journal("T1", 1, 0, 100)
				if len(entries) != 2 {
					t.Errorf("%d entries, want the lane's first and one", len(entries))
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}
