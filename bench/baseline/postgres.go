package baseline

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// server is what the two ways of using PostgreSQL have in common: a pool of
// connections on which every statement is prepared once. Statements that need no
// answer of another one travel together, or one by one as most programs send
// them.
type server struct {
	pool     *pgxpool.Pool
	oneByOne bool
}

// openPostgres connects and makes the tables. The server's own settings decide
// durability: they are those of the hub it is compared with.
func openPostgres(ctx context.Context, c Config) (book, error) {
	conf, err := pgxpool.ParseConfig(c.Target)
	if err != nil {
		return nil, fmt.Errorf("reading the address of PostgreSQL: %w", err)
	}
	conf.MaxConns = int32(max(c.Pool, 1))
	conf.MinConns = conf.MaxConns // no connection is made while something is measured
	pool, err := pgxpool.NewWithConfig(ctx, conf)
	if err != nil {
		return nil, fmt.Errorf("connecting to PostgreSQL: %w", err)
	}
	s := server{pool, c.Kind == RowLock}
	for _, table := range strings.Split(strings.TrimSpace(forPostgres.Replace(schema)), "\n") {
		if _, err := pool.Exec(ctx, table); err != nil {
			pool.Close()
			return nil, fmt.Errorf("making the baseline's tables: %w", err)
		}
	}
	if c.Kind == Optimistic {
		return &optimistic{s}, nil
	}
	return &rowLock{s}, nil
}

func (s *server) close() error { s.pool.Close(); return nil }

// CreateDatabase makes an empty database on the server of a URL unless it is
// there.
func CreateDatabase(ctx context.Context, url, name string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("connecting to PostgreSQL: %w", err)
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	var said *pgconn.PgError
	if errors.As(err, &said) && said.Code == duplicateDatabase {
		return nil
	}
	return err
}

// Settle writes a server's tables to disk and counts their rows, so that what
// was filled does not weigh on what is measured.
func Settle(ctx context.Context, url string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("connecting to PostgreSQL: %w", err)
	}
	defer conn.Close(ctx)
	for _, sql := range []string{"VACUUM ANALYZE", "CHECKPOINT"} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("settling PostgreSQL: %w", err)
		}
	}
	return nil
}

var (
	begin  = statement{sql: "BEGIN"}
	commit = statement{sql: "COMMIT"}
)

// session is one connection taken from the pool for one try of a verb.
type session struct {
	*pgxpool.Conn
	oneByOne bool
	open     bool // a transaction was begun and not ended
}

func (s *server) session(ctx context.Context) (*session, error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("waiting for a connection: %w", err)
	}
	return &session{Conn: conn, oneByOne: s.oneByOne}, nil
}

// done gives the connection back; what was not committed never happened.
func (s *session) done() {
	if s.open {
		_, _ = s.Exec(context.Background(), "ROLLBACK")
	}
	s.Release()
}

// run runs statements in their order, in one round trip. It stops at the first
// one that fails. errAgain where another transaction came between, errAnswered
// for a verb's id that is there, a refusal for what a constraint forbids.
func (s *session) run(ctx context.Context, list ...statement) error {
	if s.oneByOne {
		for _, st := range list {
			if err := s.one(ctx, st, func() (pgx.Rows, error) { return s.Query(ctx, st.sql, st.args...) }); err != nil {
				return err
			}
		}
		return nil
	}
	batch := &pgx.Batch{}
	for _, st := range list {
		batch.Queue(st.sql, st.args...)
	}
	answers := s.SendBatch(ctx, batch)
	for _, st := range list {
		if err := s.one(ctx, st, answers.Query); err != nil {
			_ = answers.Close() // repeats the error
			return err
		}
	}
	return answers.Close()
}

func (s *session) one(ctx context.Context, st statement, query func() (pgx.Rows, error)) error {
	switch st.sql {
	case "BEGIN":
		s.open = true
	case "ROLLBACK":
		s.open = false
	}
	rows, err := query()
	if err != nil {
		return said(st, err)
	}
	for rows.Next() {
		if st.each != nil {
			st.each(rawRow(rows.RawValues()))
		}
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		return said(st, err)
	}
	if st.sql == "COMMIT" {
		s.open = false
	}
	if n := rows.CommandTag().RowsAffected(); st.want != 0 && n != st.want {
		return fmt.Errorf("%.30s changed %d rows, not %d", st.sql, n, st.want) // locks and checks forbid it
	}
	return nil
}

// said translates what PostgreSQL says no to.
func said(st statement, err error) error {
	var no *pgconn.PgError
	if !errors.As(err, &no) {
		return fmt.Errorf("%.30s: %w", st.sql, err)
	}
	switch {
	case no.Code == serializationFailure, no.Code == deadlockDetected, no.ConstraintName == "departure_version_check":
		return errAgain
	case no.ConstraintName == "verb_pkey":
		return errAnswered
	case no.ConstraintName == "ticket_rider":
		return duplicate
	case no.ConstraintName == "flow_leg_check":
		return soldOut
	}
	return fmt.Errorf("%.30s: %w", st.sql, err)
}

// rawRow is a row as PostgreSQL sent it: every column is BIGINT, TEXT or BYTEA,
// and all travel as they are (binary format of a prepared statement).
type rawRow [][]byte

func (r rawRow) int(i int) int64    { return int64(binary.BigEndian.Uint64(r[i])) }
func (r rawRow) text(i int) string  { return string(r[i]) }
func (r rawRow) bytes(i int) []byte { return append([]byte(nil), r[i]...) }

func (s *server) read(ctx context.Context, sql string, args []any, each func(row)) error {
	conn, err := s.session(ctx)
	if err != nil {
		return err
	}
	defer conn.done()
	return conn.run(ctx, statement{sql: sql, args: args, each: each})
}

func (s *server) replayed(ctx context.Context, v verb) (o Order, ok bool, err error) {
	conn, err := s.session(ctx)
	if err != nil {
		return o, false, err
	}
	defer conn.done()
	return replay(v, func(list ...statement) error { return conn.run(ctx, list...) })
}

// pay is the same with either way of keeping seats: the order's row is locked.
func (s *server) pay(ctx context.Context, p *paying) error {
	return again(ctx, func() error {
		conn, err := s.session(ctx)
		if err != nil {
			return err
		}
		defer conn.done()
		var o Order
		if err := conn.run(ctx, append([]statement{begin}, readOrder(p.id, " FOR UPDATE", &o)...)...); err != nil {
			return err
		}
		if err := p.decide(o); err != nil {
			return err
		}
		rows, err := p.rows()
		if err != nil {
			return err
		}
		return conn.run(ctx, append(rows, commit)...)
	})
}

// SQLSTATE of what may be tried again, and of a database that is there already.
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	duplicateDatabase    = "42P04"
)
