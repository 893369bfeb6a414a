package store

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"chepiao"
)

// conn is one connection to the database with its prepared statements. It
// belongs to one goroutine at a time. There are two kinds, sqlite.go and
// postgres.go, and they run the same SQL text: PostgreSQL's dialect within a
// portable subset, with parameters $1, $2 … of type int, int64, string, []byte
// or float64.
type conn struct {
	no chepiao.NodeNo // of the node, where its own rows are told from others'
	driver
	delay time.Duration // added to each commit, to act a slow disk
	free  func() error  // waits until nobody else has the connection; nil: nobody ever has
}

// query, each, exec and begin are the driver's, once the connection is free.
func (c *conn) query(sql string, args []any, each func(rowOf) error) error {
	if err := c.wait(); err != nil {
		return err
	}
	return c.driver.query(sql, args, each)
}

func (c *conn) each(sql string, keys any, each func(rowOf)) error {
	if err := c.wait(); err != nil {
		return err
	}
	return c.driver.each(sql, keys, each)
}

func (c *conn) exec(sql string, args ...any) (int, error) {
	if err := c.wait(); err != nil {
		return 0, err
	}
	return c.driver.exec(sql, args...)
}

func (c *conn) begin() error {
	if err := c.wait(); err != nil {
		return err
	}
	return c.driver.begin()
}

func (c *conn) wait() error {
	if c.free == nil {
		return nil
	}
	return c.free()
}

// driver is what the two kinds of database do differently. Which one it is
// shows nowhere above: statements, counts and errors mean the same.
type driver interface {
	// begin starts a transaction that writes; snapshot one that reads a single
	// committed state.
	begin() error
	snapshot() error
	commit() error
	rollback()
	// exec runs a statement at once and says how many rows it changed.
	exec(sql string, args ...any) (int, error)
	// stage runs a statement of the open transaction, which must change exactly
	// one row: else missed. It may wait until the transaction's next query or
	// its check, whose error is then the statement's.
	stage(missed error, sql string, args ...any) error
	// check ends the writing part of a transaction: what was staged has run.
	check() error
	// query calls each for every row, in order. each may query again.
	query(sql string, args []any, each func(rowOf) error) error
	// later is query in the open transaction, which may wait until the check.
	later(sql string, args []any, each func(rowOf)) error
	// each asks the same of every key ([][]byte, []int64 or []string) by one parameter:
	// "WHERE person = $1". The answers are there after the check at the latest.
	each(sql string, keys any, each func(rowOf)) error
	// versions gives the versions of the rows with these ids, at the check at the
	// latest; a row that is not there is not in the map.
	versions(table string, ids []int64, got func(map[int64]int64)) error
	// script runs several statements without parameters.
	script(sql string) error
	// schema makes the text of a migration fit for the database.
	schema(sql string) string
	// clock is the database's own time.
	clock() (time.Time, error)
	// lost says whether an error means that the connection is gone, so that
	// nobody knows what became of an open commit.
	lost(err error) bool
	// contended says whether an error is that of another transaction in the way.
	contended(err error) bool
	// short says whether an error means that the database has no room or no
	// connection left: nothing is wrong with what was asked.
	short(err error) bool
	close() error
}

// rowOf is the current row of a query; columns count from 0. What is not there
// (NULL) is 0 or "".
type rowOf interface {
	int(column int) int64
	text(column int) string
	bytes(column int) []byte
}

// one runs a statement that must change exactly one row; errMissed otherwise.
func (c *conn) one(sql string, args ...any) error { return c.stage(errMissed, sql, args...) }

// commit stores what was staged. An error before the database was asked to
// commit means that nothing is stored; one after it is a commitError.
func (c *conn) commit() error {
	if err := c.check(); err != nil {
		return err
	}
	if c.delay > 0 {
		time.Sleep(c.delay)
	}
	if err := c.driver.commit(); err != nil {
		return &commitError{err}
	}
	return nil
}

// commitError is an error of the commit itself: perhaps it is stored all the same.
type commitError struct{ err error }

func (e *commitError) Error() string { return "committing: " + e.err.Error() }
func (e *commitError) Unwrap() error { return e.err }

// unknown says whether an error leaves open what became of a transaction.
func unknown(err error) bool {
	var c *commitError
	return errors.As(err, &c)
}

// errMissed says that a row was not as it was read: another process wrote it.
var errMissed = errors.New("a row changed under the batch")

// missed names the statement whose row was not as expected.
func missed(sql string, why error) error { return fmt.Errorf("%s: %w", firstWords(sql), why) }

// firstWords names a statement in an error without its values.
func firstWords(sql string) string {
	f := strings.Fields(sql)
	return strings.Join(f[:min(3, len(f))], " ")
}

// openConn opens a connection to a target: a postgres:// URL or the path of an
// SQLite file.
func openConn(target string, readOnly bool) (*conn, error) {
	if Remote(target) {
		d, err := openPostgres(target, readOnly)
		if err != nil {
			return nil, err
		}
		return &conn{driver: d}, nil
	}
	d, err := openSQLite(target, readOnly)
	if err != nil {
		return nil, err
	}
	return &conn{driver: d}, nil
}

// Remote says whether a target is a database server, which several processes
// may share, and not a file.
func Remote(target string) bool {
	return strings.HasPrefix(target, "postgres://") || strings.HasPrefix(target, "postgresql://")
}
