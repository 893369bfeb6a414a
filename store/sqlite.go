package store

import (
	"fmt"
	"strings"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// sqliteConn is a connection to an SQLite file. This file is the only one that
// knows the driver.
type sqliteConn struct {
	c        *sqlite.Conn
	prepared map[string]*sqlite.Stmt
}

// openSQLite opens the database file. Durability is decided here: WAL with
// synchronous=FULL syncs the log at each commit, before the answer.
func openSQLite(path string, readOnly bool) (*sqliteConn, error) {
	c, err := sqlite.OpenConn(path, sqlite.OpenReadWrite, sqlite.OpenCreate)
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	c.SetInterrupt(nil)
	c.SetBusyTimeout(10 * time.Second)
	// A new file has pages that hold several entries of the journal; an old one keeps
	// its own. The writer's cache is small, since every commit walks through it.
	pragmas := []string{"page_size=8192", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY", "cache_size=-32768", "secure_delete=ON", "wal_autocheckpoint=0"}
	if readOnly {
		pragmas = []string{"query_only=ON", "temp_store=MEMORY", "cache_size=-16384"}
	}
	for _, p := range pragmas {
		if err := sqlitex.ExecuteTransient(c, "PRAGMA "+p, nil); err != nil {
			c.Close()
			return nil, fmt.Errorf("setting up the database: %w", err)
		}
	}
	return &sqliteConn{c: c, prepared: map[string]*sqlite.Stmt{}}, nil
}

// close lets go of the statements first: SQLite does not close under them.
func (c *sqliteConn) close() error {
	for _, st := range c.prepared {
		_ = st.Finalize() // repeats the error of its last run, which was told then
	}
	return c.c.Close()
}

func (c *sqliteConn) script(sql string) error { return sqlitex.ExecuteScript(c.c, sql, nil) }

func (c *sqliteConn) begin() error    { _, err := c.exec("BEGIN IMMEDIATE"); return err }
func (c *sqliteConn) snapshot() error { _, err := c.exec("BEGIN"); return err }
func (c *sqliteConn) rollback()       { _, _ = c.exec("ROLLBACK") }
func (c *sqliteConn) check() error    { return nil } // everything staged has run
func (c *sqliteConn) commit() error   { _, err := c.exec("COMMIT"); return err }

func (c *sqliteConn) contended(error) bool { return false } // there is one writer
func (c *sqliteConn) lost(error) bool      { return false } // a file does not go away by itself
func (c *sqliteConn) short(err error) bool {
	return sqlite.ErrCode(err).ToPrimary() == sqlite.ResultFull
}
func (c *sqliteConn) clock() (time.Time, error) { return time.Time{}, nil }

func (c *sqliteConn) exec(sql string, args ...any) (int, error) {
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

func (c *sqliteConn) stage(why error, sql string, args ...any) error {
	n, err := c.exec(sql, args...)
	if err == nil && n != 1 {
		return missed(sql, why)
	}
	return err
}

type sqliteRow struct{ st *sqlite.Stmt }

func (r sqliteRow) int(i int) int64   { return r.st.ColumnInt64(i) }
func (r sqliteRow) text(i int) string { return r.st.ColumnText(i) }
func (r sqliteRow) bytes(i int) []byte {
	b := make([]byte, r.st.ColumnLen(i))
	r.st.ColumnBytes(i, b)
	return b
}

func (c *sqliteConn) query(sql string, args []any, each func(rowOf) error) error {
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
		if err := each(sqliteRow{st}); err != nil {
			return err
		}
	}
}

func (c *sqliteConn) later(sql string, args []any, each func(rowOf)) error {
	return c.query(sql, args, func(r rowOf) error { each(r); return nil })
}

func (c *sqliteConn) each(sql string, keys any, each func(rowOf)) (err error) {
	tokens, _ := keys.([][]byte)
	for _, k := range tokens {
		if err == nil {
			err = c.later(sql, []any{k}, each)
		}
	}
	texts, _ := keys.([]string)
	for _, k := range texts {
		if err == nil {
			err = c.later(sql, []any{k}, each)
		}
	}
	ids, _ := keys.([]int64)
	for _, k := range ids {
		if err == nil {
			err = c.later(sql, []any{k}, each)
		}
	}
	return err
}

func (c *sqliteConn) versions(table string, ids []int64, got func(map[int64]int64)) error {
	found := make(map[int64]int64, len(ids))
	err := c.each("SELECT id, version FROM "+table+" WHERE id = $1", ids, func(r rowOf) { found[r.int(0)] = r.int(1) })
	if err == nil {
		got(found)
	}
	return err
}

func (c *sqliteConn) prepare(sql string, args []any) (*sqlite.Stmt, error) {
	st := c.prepared[sql]
	if st == nil {
		var err error
		st, _, err = c.c.PrepareTransient(sqliteText.Replace(sql))
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

// sqliteText turns a statement into SQLite's. A bare parameter as a limit would be
// looked at by the planner, and the statement parsed anew whenever it is bound.
var sqliteText = strings.NewReplacer("LIMIT $", "LIMIT 0+?", "$", "?")

func (c *sqliteConn) schema(sql string) string { return sqliteSchema.Replace(sql) }

var sqliteSchema = strings.NewReplacer(
	") CLUSTERED;", ") STRICT, WITHOUT ROWID;",
	"\n);", "\n) STRICT;",
	"BIGINT", "INTEGER",
	"BYTEA", "BLOB",
)
