package store

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// postgresConn is a connection to PostgreSQL, or to another server that speaks
// its protocol. This file and postgres_batch.go are the only ones that know the
// driver. A connection that was lost is opened again by the next transaction.
type postgresConn struct {
	url      string
	readOnly bool
	c        *pgconn.PgConn
	prepared map[string]*pgconn.StatementDescription
	multiple map[string]string // the statement for one row → that for many
	named    int
	opening  string // statement that starts the transaction, not sent yet
	inside   bool   // a transaction is open at the server
	staged   []statement
	under    *underway // statements that were sent before the check
}

// Bounds of waiting for the server. stallMax bounds one batch of statements:
// beyond it the connection is given up, as a server that hangs is no better
// than one that is gone.
const (
	connectMax = 3 * time.Second
	stallMax   = 10 * time.Second
)

func openPostgres(url string, readOnly bool) (*postgresConn, error) {
	c := &postgresConn{url: url, readOnly: readOnly, multiple: map[string]string{}}
	return c, c.connect()
}

// connect opens the connection where it is not open. Of several hosts in the
// URL it takes the first that accepts writes.
func (c *postgresConn) connect() error {
	if c.c != nil && !c.c.IsClosed() {
		return nil
	}
	if c.inside && c.opening == "" { // whatever it had staged is lost with the connection
		c.inside, c.staged = false, nil
		return fmt.Errorf("%w: the connection was lost within a transaction", ErrNoDatabase)
	}
	c.inside, c.opening, c.staged = false, "", nil
	if c.under != nil { // lost with the connection
		c.under.cancel()
		c.under = nil
	}
	config, err := pgconn.ParseConfig(c.url)
	if err != nil {
		return fmt.Errorf("reading the address of the database: %w", err)
	}
	config.ConnectTimeout = connectMax
	config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "chepiao"
	}
	ctx, cancel := context.WithTimeout(context.Background(), connectMax)
	defer cancel()
	c.c, err = pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoDatabase, err)
	}
	c.prepared, c.named = map[string]*pgconn.StatementDescription{}, 0
	for _, set := range planning {
		if c.readOnly && set.writer {
			continue
		}
		_, _ = c.c.Exec(ctx, set.sql).ReadAll() // a server that does not know it plans as it likes
	}
	return nil
}

// planning are the settings of a connection. The first keep the server from plans that suit the empty tables of a new node
// and would be kept for ever: every statement of a batch finds its rows by index.
var planning = []struct {
	sql    string
	writer bool // for the statements of batches only
}{
	{"SET enable_seqscan = off", false},
	{"SET jit = off", false},
	{"SET plan_cache_mode = force_generic_plan", false},
	{"SET enable_hashjoin = off", true},
	{"SET enable_mergejoin = off", true},

	// A process that stands still, or whose machine is gone, holds its rows no longer
	// than this: the server ends its transaction, and others go on.
	{"SET idle_in_transaction_session_timeout = '5s'", true},
	{"SET tcp_keepalives_idle = 5", false},
	{"SET tcp_keepalives_interval = 2", false},
	{"SET tcp_keepalives_count = 3", false},
}

// makeSchema makes the schema that the URL names, where it is not there yet.
func (c *postgresConn) makeSchema() error {
	config, err := pgconn.ParseConfig(c.url)
	if err != nil {
		return err
	}
	name := config.RuntimeParams["search_path"]
	if name == "" {
		return nil
	}
	if !schemaName.MatchString(name) {
		return fmt.Errorf("search_path %q: it must name one schema, in small letters and digits", name)
	}
	return c.script("CREATE SCHEMA IF NOT EXISTS " + name)
}

var schemaName = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

func (c *postgresConn) begin() error { return c.start("BEGIN ISOLATION LEVEL READ COMMITTED") }
func (c *postgresConn) snapshot() error {
	return c.start("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
}

// start opens a transaction: the server hears of it with the first statement.
func (c *postgresConn) start(how string) error {
	c.rollback() // of one that was broken off: it would go on as it was
	if err := c.connect(); err != nil {
		return err
	}
	c.opening, c.inside, c.staged = how, true, c.staged[:0]
	return nil
}

func (c *postgresConn) commit() error { return c.end("COMMIT") }

func (c *postgresConn) rollback() {
	if c.inside {
		_ = c.end("ROLLBACK") // a connection that is lost has rolled back
	}
}

func (c *postgresConn) end(how string) error {
	c.staged = c.staged[:0]
	if c.under != nil { // nobody asks any more what became of it
		_ = c.under.finish(errBrokenOff)
		c.under = nil
	}
	opened := c.inside && c.opening == ""
	c.inside, c.opening = false, ""
	if !opened {
		return nil // the server never heard of it
	}
	ctx, cancel := context.WithTimeout(context.Background(), stallMax)
	defer cancel()
	results, err := c.c.Exec(ctx, how).ReadAll()
	if err == nil && how == "COMMIT" && results[0].CommandTag.String() == "ROLLBACK" {
		return errors.New("the server rolled the transaction back")
	}
	return err
}

func (c *postgresConn) exec(sql string, args ...any) (n int, err error) {
	if err := c.connect(); err != nil {
		return 0, err
	}
	if err := c.check(); err != nil {
		return 0, err
	}
	err = c.pipeline([]statement{{sql: sql, args: args, any: true, each: nil, count: &n}})
	return n, err
}

func (c *postgresConn) stage(why error, sql string, args ...any) error {
	if n := len(c.staged); n >= sendAhead && c.staged[n-1].sql != sql {
		if err := c.send(); err != nil {
			return err
		}
	}
	c.staged = append(c.staged, statement{sql: sql, args: args, missed: why})
	return nil
}

func (c *postgresConn) check() error {
	if len(c.staged) == 0 && c.under == nil {
		return nil
	}
	batch := c.staged
	c.staged = c.staged[len(c.staged):]
	return c.pipeline(batch)
}

func (c *postgresConn) query(sql string, args []any, each func(rowOf) error) error {
	if err := c.connect(); err != nil {
		return err
	}
	var rows []postgresRow
	batch := append(c.staged, statement{sql: sql, args: args, any: true, each: func(r postgresRow) { rows = append(rows, r) }})
	c.staged = c.staged[len(c.staged):]
	if err := c.pipeline(batch); err != nil {
		return err
	}
	for _, r := range rows {
		if err := each(r); err != nil {
			return err
		}
	}
	return nil
}

func (c *postgresConn) later(sql string, args []any, each func(rowOf)) error {
	if !c.inside { // a batch of refusals opens no transaction, and must find the server again as well
		if err := c.connect(); err != nil {
			return err
		}
	}
	c.staged = append(c.staged, statement{sql: sql, args: args, any: true, each: func(r postgresRow) { each(r) }})
	return nil
}

// each asks for all keys in one statement, without the bound on the rows of one.
func (c *postgresConn) each(sql string, keys any, each func(rowOf)) error {
	if err := c.connect(); err != nil {
		return err
	}
	sql, _, _ = strings.Cut(sql, " ORDER BY ")
	return c.later(strings.Replace(sql, "= $1", "= ANY($1)", 1), []any{keys}, each)
}

func (c *postgresConn) versions(table string, ids []int64, got func(map[int64]int64)) error {
	found := make(map[int64]int64, len(ids))
	c.staged = append(c.staged, statement{
		sql: "SELECT id, version FROM " + table + " WHERE id = ANY($1)", args: []any{ids}, any: true,
		each: func(r postgresRow) { found[r.int(0)] = r.int(1) },
		done: func() { got(found) },
	})
	return nil
}

// wait waits for a notice on the channel that listen has named, at most so long.
func (c *postgresConn) wait(d time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	err := c.c.WaitForNotification(ctx)
	if err != nil && ctx.Err() != nil && !c.c.IsClosed() {
		return nil
	}
	return err
}

func (c *postgresConn) script(sql string) error {
	if err := c.check(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if c.opening != "" {
		sql, c.opening = c.opening+";\n"+sql, ""
	}
	_, err := c.c.Exec(ctx, sql).ReadAll()
	return err
}

func (c *postgresConn) schema(sql string) string {
	return strings.ReplaceAll(sql, ") CLUSTERED;", ");")
}

// tune leaves room in the pages of tables whose rows change soon after they are
// written, so that a changed row stays on its page and its indexes as they are.
func (c *postgresConn) tune() {
	for _, table := range []string{"ticket", "orders", "payment", "departure", "lane", "shared", "process", "lease"} {
		_ = c.script("ALTER TABLE " + table + " SET (fillfactor = 60)") // a server without such pages needs it not
	}
}

func (c *postgresConn) clock() (now time.Time, err error) {
	err = c.query("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)", nil, func(r rowOf) error {
		now = fromMicros(r.int(0))
		return nil
	})
	return now, err
}

// lost: every error that is not the server's own word; and its words that it
// goes down, or is not the one that takes writes any more.
func (c *postgresConn) lost(err error) bool {
	var said *pgconn.PgError
	if !errors.As(err, &said) {
		return c.c == nil || c.c.IsClosed()
	}
	gone := strings.HasPrefix(said.Code, "57P0") || strings.HasPrefix(said.Code, "08") || said.Code == readOnlyNow
	if gone {
		c.drop()
	}
	return gone
}

func (c *postgresConn) contended(err error) bool {
	var said *pgconn.PgError
	return errors.As(err, &said) && strings.HasPrefix(said.Code, "40") // rolled back: serialization failure, deadlock
}

func (c *postgresConn) short(err error) bool {
	var said *pgconn.PgError
	return errors.As(err, &said) && strings.HasPrefix(said.Code, "53") // insufficient resources
}

const readOnlyNow = "25006" // SQLSTATE read_only_sql_transaction

func (c *postgresConn) drop() {
	if c.c != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = c.c.Close(ctx) // what cannot be closed is gone
	}
}

func (c *postgresConn) close() error {
	c.drop()
	return nil
}

// prepare makes a statement known to the server, once a connection.
func (c *postgresConn) prepare(ctx context.Context, sql string) (*pgconn.StatementDescription, error) {
	if st := c.prepared[sql]; st != nil {
		return st, nil
	}
	c.named++
	st, err := c.c.Prepare(ctx, "s"+strconv.Itoa(c.named), sql, nil)
	if err != nil {
		return nil, fmt.Errorf("preparing %s: %w", firstWords(sql), err)
	}
	c.prepared[sql] = st
	return st, nil
}
