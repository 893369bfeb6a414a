package baseline

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// embedded is SQLite with one transaction a verb: writers take turns at a mutex,
// statements are prepared once, and the log is synced at each commit. Seats are
// kept as in optimistic; nobody can come between.
type embedded struct {
	mu sync.Mutex
	c  *sqlite.Conn
}

func openSQLite(path string) (book, error) {
	c, err := sqlite.OpenConn(path, sqlite.OpenReadWrite, sqlite.OpenCreate, sqlite.OpenWAL)
	if err != nil {
		return nil, fmt.Errorf("opening the baseline's file: %w", err)
	}
	c.SetInterrupt(nil)
	c.SetBusyTimeout(10 * time.Second)
	for _, p := range []string{"synchronous=FULL", "temp_store=MEMORY", "cache_size=-65536", "wal_autocheckpoint=10000"} {
		if err := sqlitex.ExecuteTransient(c, "PRAGMA "+p, nil); err != nil {
			return nil, errors.Join(fmt.Errorf("setting up the baseline's file: %w", err), c.Close())
		}
	}
	if err := sqlitex.ExecuteScript(c, forSQLite.Replace(schema), nil); err != nil {
		return nil, errors.Join(fmt.Errorf("making the baseline's tables: %w", err), c.Close())
	}
	return &embedded{c: c}, nil
}

func (b *embedded) close() error { return b.c.Close() }

// transaction runs a verb alone and commits what it wrote.
func (b *embedded) transaction(do func() error) (err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.run(statement{sql: "BEGIN IMMEDIATE"}); err != nil {
		return err
	}
	if err = do(); err == nil {
		err = b.run(commit)
	}
	if err != nil {
		_ = b.run(statement{sql: "ROLLBACK"})
	}
	return err
}

func (b *embedded) hold(_ context.Context, h *holding) error {
	return b.transaction(func() error {
		var others []journey
		var state seatState
		if err := b.run(append(h.journeysOf(&others), state.statement(h.in.Departure))...); err != nil {
			return err
		}
		if err := h.rides(others); err != nil {
			return err
		}
		seats, err := state.choose(h)
		if err != nil {
			return err
		}
		h.write(h.number(), seats)
		rows, err := h.rows()
		if err != nil {
			return err
		}
		move, err := state.move(h.in.Departure)
		if err != nil {
			return err
		}
		return b.run(append(rows, move)...)
	})
}

func (b *embedded) pay(_ context.Context, p *paying) error {
	return b.transaction(func() error {
		var o Order
		if err := b.run(readOrder(p.id, "", &o)...); err != nil {
			return err
		}
		if err := p.decide(o); err != nil {
			return err
		}
		rows, err := p.rows()
		if err != nil {
			return err
		}
		return b.run(rows...)
	})
}

func (b *embedded) refund(_ context.Context, r *refunding) error {
	return b.transaction(func() error {
		var o Order
		if err := b.run(readOrder(r.id, "", &o)...); err != nil {
			return err
		}
		if err := r.decide(o); err != nil {
			return err
		}
		var state seatState
		if err := b.run(state.statement(o.Departure)); err != nil {
			return err
		}
		if err := state.free(r.given); err != nil {
			return err
		}
		rows, err := r.rows()
		if err != nil {
			return err
		}
		move, err := state.move(o.Departure)
		if err != nil {
			return err
		}
		return b.run(append(rows, move)...)
	})
}

func (b *embedded) replayed(_ context.Context, v verb) (Order, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return replay(v, b.run)
}

func (b *embedded) read(_ context.Context, sql string, args []any, each func(row)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.run(statement{sql: sql, args: args, each: each})
}

// run runs statements in their order, each prepared once.
func (b *embedded) run(list ...statement) error {
	for _, st := range list {
		if err := b.one(st); err != nil {
			return err
		}
	}
	return nil
}

func (b *embedded) one(st statement) error {
	prepared, err := b.c.Prepare(strings.ReplaceAll(st.sql, "$", "?"))
	if err != nil {
		return fmt.Errorf("%.30s: %w", st.sql, err)
	}
	for i, a := range st.args {
		switch v := a.(type) {
		case int64:
			prepared.BindInt64(i+1, v)
		case string:
			prepared.BindText(i+1, v)
		case []byte:
			prepared.BindBytes(i+1, v)
		}
	}
	for {
		more, err := prepared.Step()
		if err != nil {
			_ = prepared.Reset()
			return broken(st, err)
		}
		if !more {
			break
		}
		if st.each != nil {
			st.each(sqliteRow{prepared})
		}
	}
	if err := prepared.Reset(); err != nil {
		return broken(st, err)
	}
	if n := int64(b.c.Changes()); st.want != 0 && n != st.want {
		return fmt.Errorf("%.30s changed %d rows, not %d", st.sql, n, st.want)
	}
	return nil
}

// broken translates the constraints that say no.
func broken(st statement, err error) error {
	if code := sqlite.ErrCode(err); code == sqlite.ResultConstraintPrimaryKey || code == sqlite.ResultConstraintUnique {
		switch {
		case strings.HasPrefix(st.sql, "INSERT INTO verb"):
			return errAnswered
		case strings.HasPrefix(st.sql, "INSERT INTO ticket"):
			return duplicate
		}
	}
	return fmt.Errorf("%.30s: %w", st.sql, err)
}

type sqliteRow struct{ st *sqlite.Stmt }

func (r sqliteRow) int(i int) int64   { return r.st.ColumnInt64(i) }
func (r sqliteRow) text(i int) string { return r.st.ColumnText(i) }
func (r sqliteRow) bytes(i int) []byte {
	b := make([]byte, r.st.ColumnLen(i))
	r.st.ColumnBytes(i, b)
	return b
}
