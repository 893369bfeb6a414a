package store

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"chepiao"
)

// TestHookCursorMigration: a webhook of a database from before it had a place in
// each lane goes on where it was: it is told nothing again and misses nothing.
func TestHookCursorMigration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.db")
	c, err := openConn(path, false)
	if err != nil {
		t.Fatal(err)
	}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	do(c.script(c.schema("CREATE TABLE migration (\n  name TEXT PRIMARY KEY,\n  at BIGINT NOT NULL\n);")))
	all, err := fs.Glob(migrations, "migrations/*.sql")
	do(err)
	for _, name := range all {
		short := strings.TrimPrefix(name, "migrations/")
		if short >= "0011" {
			break
		}
		text, err := migrations.ReadFile(name)
		do(err)
		do(c.migrateOne(short, c.schema(string(text)), time.Now(), 0))
	}
	do(c.begin())
	for lane := int64(1); lane <= 3; lane++ {
		do(c.one("INSERT INTO lane (id, node, profile, epoch, seq, next_id, at, hash, closed) VALUES ($1, 'T1', 'ed25519-sha256', 1, 0, 100, 0, $2, 0)", lane, []byte{}))
		for _, n := range []int64{40, 50, 60} {
			do(c.one("INSERT INTO message (id, kind, ticket, order_id, departure, lang, facts, channel, state, tries, resent, next, lead, why, created, version) VALUES ($1, 'issued', 1, 1, 1, '', '', 'sms', 'due', 0, 0, 0, 0, '', 1, 1)", chepiao.LaneID(lane, n)))
		}
	}
	do(c.one("INSERT INTO hook (id, url, kinds, state, message, tries, next, why, created, version) VALUES (7, 'https://a.example', '', 'on', $1, 0, 0, '', 1, 1)", chepiao.LaneID(2, 50)))
	do(c.commit())
	do(c.close())
	s, err := Open(path, Options{Node: "T1", Now: time.Now})
	do(err)
	defer s.Close()
	err = s.Read(t.Context(), func(r *Reader) error {
		hooks, err := r.Hooks(10)
		if err != nil || len(hooks) != 1 {
			t.Fatalf("webhooks: %+v, %v", hooks, err)
		}
		for lane, want := range map[int64]int{1: 0, 2: 1, 3: 3} {
			list, err := r.MessagesOfLane(lane, hooks[0].After(lane), 10)
			if err != nil || len(list) != want {
				t.Errorf("lane %d has %d messages for it, %v, want %d", lane, len(list), err, want)
			}
		}
		return nil
	})
	do(err)
}
