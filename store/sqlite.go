package store

import (
	"fmt"
	"strings"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// conn is one SQLite connection with its prepared statements. It belongs to one
// goroutine at a time. This file is the only one that knows the driver; a file
// like it for PostgreSQL runs the same SQL text.
type conn struct {
	c        *sqlite.Conn
	prepared map[string]*sqlite.Stmt
	delay    time.Duration // added to each commit, to act a slow disk
}

// openConn opens the database file. Durability is decided here: WAL with
// synchronous=FULL syncs the log at each commit, before the answer.
func openConn(path string, readOnly bool) (*conn, error) {
	c, err := sqlite.OpenConn(path, sqlite.OpenReadWrite, sqlite.OpenCreate, sqlite.OpenWAL)
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	c.SetInterrupt(nil)
	c.SetBusyTimeout(10 * time.Second)
	pragmas := []string{"synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY", "cache_size=-65536", "secure_delete=ON", "wal_autocheckpoint=0"}
	if readOnly {
		pragmas = []string{"query_only=ON", "temp_store=MEMORY", "cache_size=-16384"}
	}
	for _, p := range pragmas {
		if err := sqlitex.ExecuteTransient(c, "PRAGMA "+p, nil); err != nil {
			c.Close()
			return nil, fmt.Errorf("setting up the database: %w", err)
		}
	}
	return &conn{c: c, prepared: map[string]*sqlite.Stmt{}}, nil
}

// close lets go of the statements first: SQLite does not close under them.
func (c *conn) close() error {
	for _, st := range c.prepared {
		_ = st.Finalize() // repeats the error of its last run, which was told then
	}
	return c.c.Close()
}

// script runs several statements without parameters.
func (c *conn) script(sql string) error { return sqlitex.ExecuteScript(c.c, sql, nil) }

func (c *conn) begin() error { _, err := c.exec("BEGIN IMMEDIATE"); return err }
func (c *conn) rollback()    { _, _ = c.exec("ROLLBACK") }
func (c *conn) commit() error {
	if c.delay > 0 {
		time.Sleep(c.delay)
	}
	_, err := c.exec("COMMIT")
	return err
}

// exec runs one statement and returns how many rows it changed. Parameters are
// $1, $2 … and may be int, int64, string, []byte or float64.
func (c *conn) exec(sql string, args ...any) (int, error) {
	st, err := c.prepare(sql, args)
	if err != nil {
		return 0, err
	}
	if _, err := st.Step(); err != nil {
		st.Reset()
		return 0, fmt.Errorf("%s: %w", firstWords(sql), err)
	}
	n := c.c.Changes()
	return n, st.Reset()
}

// one runs a statement that must change exactly one row; errMissed otherwise.
func (c *conn) one(sql string, args ...any) error {
	n, err := c.exec(sql, args...)
	if err == nil && n != 1 {
		return fmt.Errorf("%s: %w", firstWords(sql), errMissed)
	}
	return err
}

// rowOf is the current row of a query; columns count from 0.
type rowOf struct{ st *sqlite.Stmt }

func (r rowOf) int(i int) int64   { return r.st.ColumnInt64(i) }
func (r rowOf) text(i int) string { return r.st.ColumnText(i) }
func (r rowOf) bytes(i int) []byte {
	b := make([]byte, r.st.ColumnLen(i))
	r.st.ColumnBytes(i, b)
	return b
}

// query calls each for every row, in order.
func (c *conn) query(sql string, args []any, each func(rowOf) error) error {
	st, err := c.prepare(sql, args)
	if err != nil {
		return err
	}
	defer st.Reset()
	for {
		more, err := st.Step()
		if err != nil {
			return fmt.Errorf("%s: %w", firstWords(sql), err)
		}
		if !more {
			return nil
		}
		if err := each(rowOf{st}); err != nil {
			return err
		}
	}
}

func (c *conn) prepare(sql string, args []any) (*sqlite.Stmt, error) {
	st := c.prepared[sql]
	if st == nil {
		var err error
		st, _, err = c.c.PrepareTransient(strings.ReplaceAll(sql, "$", "?"))
		if err != nil {
			return nil, fmt.Errorf("preparing %s: %w", firstWords(sql), err)
		}
		c.prepared[sql] = st
	}
	for i, a := range args {
		switch v := a.(type) {
		case int64:
			st.BindInt64(i+1, v)
		case int:
			st.BindInt64(i+1, int64(v))
		case string:
			st.BindText(i+1, v)
		case []byte:
			st.BindBytes(i+1, v)
		case float64:
			st.BindFloat(i+1, v)
		default:
			return nil, fmt.Errorf("preparing %s: parameter %d has type %T", firstWords(sql), i+1, a)
		}
	}
	return st, nil
}

// firstWords names a statement in an error without its values.
func firstWords(sql string) string {
	f := strings.Fields(sql)
	return strings.Join(f[:min(3, len(f))], " ")
}

// sqliteSchema makes the schema text fit for SQLite.
var sqliteSchema = strings.NewReplacer(
	") CLUSTERED;", ") STRICT, WITHOUT ROWID;",
	"\n);", "\n) STRICT;",
	"BIGINT", "INTEGER",
	"BYTEA", "BLOB",
)
