package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"chepiao"
)

// Head is where a lane of the journal stands.
type Head struct {
	Lane    int64                 `json:"lane"`
	Node    string                `json:"node,omitempty"`
	Profile chepiao.CryptoProfile `json:"profile,omitempty"`
	Seq     int64                 `json:"seq"`
	NextID  int64                 `json:"next_id,omitempty"` // counter of the next id it gives
	At      time.Time             `json:"at,omitzero"`
	Hash    []byte                `json:"hash"`
	Closed  time.Time             `json:"closed,omitzero"` // zero: it stands open
}

// Heads are the heads of all lanes, in the order of their numbers.
func (r *Reader) Heads() ([]Head, error) { return readHeads(r.c) }

func readHeads(c *conn) (heads []Head, err error) {
	err = c.query("SELECT id, node, profile, seq, next_id, at, hash, closed FROM lane ORDER BY id LIMIT 100000", nil, func(r rowOf) error {
		heads = append(heads, Head{
			Lane: r.int(0), Node: r.text(1), Profile: chepiao.CryptoProfile(r.text(2)), Seq: r.int(3), NextID: r.int(4),
			At: fromMicros(r.int(5)), Hash: r.bytes(6), Closed: fromMicros(r.int(7)),
		})
		return nil
	})
	return heads, err
}

// Migrations are the names of the migrations that the database has seen.
func (r *Reader) Migrations() ([]string, error) { return seenMigrations(r.c) }

func seenMigrations(c *conn) (names []string, err error) {
	err = c.query("SELECT name FROM migration WHERE name <> $1 ORDER BY name", []any{migrating}, func(r rowOf) error { names = append(names, r.text(0)); return nil })
	return names, err
}

// Entries counts the entries of the journal.
func (r *Reader) Entries() (n int64, err error) {
	err = r.c.query("SELECT count(*) FROM journal", nil, func(r rowOf) error { n = r.int(0); return nil })
	return n, err
}

// Peek runs a function on one committed state of a database without opening it
// as a store: a hub that runs on it is not fenced off, and nothing is changed.
func Peek(target string, fn func(*Reader) error) (err error) {
	if err := present(target); err != nil {
		return err
	}
	c, err := openConn(target, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if err := c.snapshot(); err != nil {
		return fmt.Errorf("beginning to read: %w", err)
	}
	defer c.rollback()
	if err := sameSchema(c); err != nil {
		return err
	}
	return fn(&Reader{c: c})
}

// present makes sure that opening does not make a database where there is none.
func present(target string) error {
	if Remote(target) {
		return nil
	}
	info, err := os.Stat(target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no database %s; if the node's store is a server, say --store postgres://…", target)
	case err != nil:
		return err
	case !info.Mode().IsRegular() || info.Size() == 0:
		return fmt.Errorf("%s is not a database", target)
	}
	return nil
}

// sameSchema says whether the database has this program's schema.
func sameSchema(c *conn) error {
	seen, err := seenMigrations(c)
	if err != nil {
		return fmt.Errorf("this is not a database of ours: %w", err)
	}
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	for _, name := range names {
		if short := strings.TrimPrefix(name, "migrations/"); !slices.Contains(seen, short) {
			return fmt.Errorf("the database was last opened by an older program and lacks %s: start the hub with this program once", short)
		}
	}
	if len(seen) > len(names) {
		return fmt.Errorf("the database knows %s, which this program does not: use a newer program", seen[len(seen)-1])
	}
	return nil
}
