package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// A batch's statements travel together: one message there, one back. Inserts and
// updates of one kind that follow each other become a single statement over
// arrays. Planned on an empty table, an update from arrays would scan the whole
// table for ever after: the settings of the connection (planning) forbid it.

// statement is one statement of a batch. Unless any is set it must change one
// row, else missed is the batch's error.
type statement struct {
	sql    string
	args   []any
	missed error
	any    bool
	each   func(postgresRow)
	done   func() // after the last row
	count  *int
}

// step is what travels: a statement, or several inserts as one.
type step struct {
	first  statement
	rows   int
	st     *pgconn.StatementDescription
	params [][]byte
}

// underway are statements that travel together: sent, and not answered yet.
type underway struct {
	p       *pgconn.Pipeline
	cancel  context.CancelFunc
	opening bool // the first of them starts the transaction
	steps   []step
}

// sendAhead is how many statements are sent on while the next ones are still being
// staged: the server works on them meanwhile.
const sendAhead = 16

// send sends what is staged, if the server knows all its statements already: what it
// does not know it can only be told between two messages.
func (c *postgresConn) send() error {
	if c.c == nil || c.c.IsClosed() {
		return ErrNoDatabase
	}
	ctx, cancel := context.WithTimeout(context.Background(), stallMax)
	steps, known, err := c.steps(ctx, c.staged, false)
	if err != nil || !known {
		cancel()
		return err
	}
	c.staged = c.staged[len(c.staged):]
	if c.under == nil {
		c.under = c.message(ctx, cancel)
	} else {
		cancel()
	}
	c.under.add(steps)
	return c.under.p.Flush()
}

// pipeline runs statements in order, those that were sent before them included, and
// checks what they changed. After an error the transaction is good for nothing but
// rolling back.
func (c *postgresConn) pipeline(batch []statement) error {
	if c.c == nil { // it was lost, and could not be opened again
		return ErrNoDatabase
	}
	ctx, cancel := context.WithTimeout(context.Background(), stallMax)
	defer cancel()
	under := c.under
	steps, known, err := c.steps(ctx, batch, under == nil)
	if err == nil && !known { // only with some under way: they end first
		c.under = nil
		if err = under.finish(nil); err == nil {
			under = nil
			steps, _, err = c.steps(ctx, batch, true)
		}
	}
	c.under = nil
	if err != nil {
		if under != nil {
			_ = under.finish(err)
		}
		return err
	}
	if under == nil {
		under = c.message(ctx, cancel)
	}
	under.add(steps)
	return under.finish(nil)
}

// message begins a message.
func (c *postgresConn) message(ctx context.Context, cancel context.CancelFunc) *underway {
	u := &underway{p: c.c.StartPipeline(ctx), cancel: cancel, opening: c.opening != ""}
	if u.opening {
		u.p.SendQueryParams(c.opening, nil, nil, nil, nil)
		c.opening = ""
	}
	return u
}

func (u *underway) add(steps []step) {
	for i := range steps {
		u.p.SendQueryStatement(steps[i].st, steps[i].params, binaryFormat, binaryFormat)
	}
	u.steps = append(u.steps, steps...)
}

// finish ends the message and reads the answers, or, where it is broken off, lets
// them go by.
func (u *underway) finish(err error) error {
	defer u.cancel()
	if err == nil {
		err = u.p.Sync()
	}
	if err == nil && u.opening {
		err = finish(u.p, nil)
	}
	for i := range u.steps {
		if err != nil {
			break
		}
		err = finish(u.p, &u.steps[i])
	}
	if closeErr := u.p.Close(); err == nil {
		err = closeErr
	}
	return err
}

var errBrokenOff = errors.New("the transaction was broken off")

var binaryFormat = []int16{1}

// finish reads the answer to one step.
func finish(p *pgconn.Pipeline, s *step) error {
	result, err := p.GetResults()
	if err != nil {
		if s != nil {
			return fmt.Errorf("%s: %w", firstWords(s.first.sql), err)
		}
		return err
	}
	rows, ok := result.(*pgconn.ResultReader)
	if !ok {
		return fmt.Errorf("the server answered out of turn: %T", result)
	}
	for s != nil && s.first.each != nil && rows.NextRow() {
		s.first.each(copyRow(rows.Values()))
	}
	tag, err := rows.Close()
	switch {
	case s == nil:
		return err
	case err != nil:
		return fmt.Errorf("%s: %w", firstWords(s.first.sql), err)
	case s.first.any:
		if s.first.count != nil {
			*s.first.count = int(tag.RowsAffected())
		}
		if s.first.done != nil {
			s.first.done()
		}
	case int(tag.RowsAffected()) != s.rows:
		return missed(s.first.sql, s.first.missed)
	}
	return nil
}

// copyRow copies a row out of the driver's buffer.
func copyRow(values [][]byte) postgresRow {
	n := 0
	for _, v := range values {
		n += len(v)
	}
	row, all := make(postgresRow, len(values)), make([]byte, 0, n)
	for i, v := range values {
		at := len(all)
		all = append(all, v...)
		row[i] = all[at:len(all):len(all)]
	}
	return row
}

// steps prepares what travels. Unless it may ask the server for that, it gives up,
// not known, at the first statement that the server has not met.
func (c *postgresConn) steps(ctx context.Context, batch []statement, mayAsk bool) (steps []step, known bool, err error) {
	steps = make([]step, 0, len(batch))
	for len(batch) > 0 {
		n := 1
		for n < len(batch) && batch[n].sql == batch[0].sql && !batch[0].any {
			n++
		}
		if !mayAsk && !c.met(batch[0].sql, n) {
			return nil, false, nil
		}
		st, err := c.prepare(ctx, batch[0].sql)
		if err != nil {
			return nil, false, err
		}
		if n > 1 {
			if many := c.manyRows(batch[0].sql, st.ParamOIDs); many != "" {
				s, err := c.many(ctx, many, st, batch[:n])
				if err != nil {
					return nil, false, err
				}
				steps = append(steps, s)
				batch = batch[n:]
				continue
			}
		}
		for _, one := range batch[:n] {
			s := step{first: one, rows: 1, st: st, params: make([][]byte, len(one.args))}
			if len(one.args) != len(st.ParamOIDs) {
				return nil, false, fmt.Errorf("%s: %d parameters for %d", firstWords(one.sql), len(one.args), len(st.ParamOIDs))
			}
			for i, a := range one.args {
				if s.params[i], err = encode(a, st.ParamOIDs[i]); err != nil {
					return nil, false, fmt.Errorf("%s: %w", firstWords(one.sql), err)
				}
			}
			steps = append(steps, s)
		}
		batch = batch[n:]
	}
	return steps, true, nil
}

// met says whether the server knows a statement, for one row or for several.
func (c *postgresConn) met(sql string, rows int) bool {
	st := c.prepared[sql]
	if st == nil || rows == 1 {
		return st != nil
	}
	many := c.manyRows(sql, st.ParamOIDs)
	return many == "" || c.prepared[many] != nil
}

// many is one step for several inserts: a column of parameters each.
func (c *postgresConn) many(ctx context.Context, sql string, single *pgconn.StatementDescription, batch []statement) (step, error) {
	st, err := c.prepare(ctx, sql)
	if err != nil {
		return step{}, err
	}
	s := step{first: batch[0], rows: len(batch), st: st, params: make([][]byte, len(single.ParamOIDs))}
	for column, oid := range single.ParamOIDs {
		s.params[column] = array(len(batch), oid, func(b []byte, i int) []byte {
			v, encodeErr := encode(batch[i].args[column], oid)
			if encodeErr != nil {
				err = fmt.Errorf("%s: %w", firstWords(sql), encodeErr)
			}
			return append(binary.BigEndian.AppendUint32(b, uint32(len(v))), v...)
		})
	}
	return s, err
}

var (
	plainInsert = regexp.MustCompile(`(?s)^(INSERT INTO \w+ \([^()]*\)) VALUES \(([^()]*)\)$`)
	// Of these tables a batch writes a row once, and so may one statement.
	plainUpdate = regexp.MustCompile(`(?s)^(UPDATE (?:departure|orders|ticket|payment|payback|cases|shift|rider) SET .*)\sWHERE (.*)$`)
	parameter   = regexp.MustCompile(`\$(\d+)`)
)

func (c *postgresConn) manyRows(sql string, oids []uint32) string {
	many, known := c.multiple[sql]
	if !known {
		many = manyRows(sql, oids)
		c.multiple[sql] = many
	}
	return many
}

// manyRows turns a plain insert or update of one row into one over arrays of
// parameters, "" where it is not plain.
func manyRows(sql string, oids []uint32) string {
	insert, update := plainInsert.FindStringSubmatch(sql), plainUpdate.FindStringSubmatch(sql)
	if insert == nil && update == nil {
		return ""
	}
	arrays, columns := make([]string, len(oids)), make([]string, len(oids))
	for i, oid := range oids {
		name := map[uint32]string{oidInt8: "bigint", oidText: "text", oidBytea: "bytea"}[oid]
		if name == "" {
			return ""
		}
		arrays[i] = "$" + strconv.Itoa(i+1) + "::" + name + "[]"
		columns[i] = "p" + strconv.Itoa(i+1)
	}
	from := " FROM unnest(" + strings.Join(arrays, ", ") + ") AS u(" + strings.Join(columns, ", ") + ")"
	if insert != nil {
		return insert[1] + " SELECT " + parameter.ReplaceAllString(insert[2], "u.p$1") + from
	}
	return parameter.ReplaceAllString(update[1], "u.p$1") + from + " WHERE " + parameter.ReplaceAllString(update[2], "u.p$1")
}
