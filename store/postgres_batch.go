package store

import (
	"context"
	"encoding/binary"
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

// pipeline runs statements in order and checks what they changed. After an
// error the transaction is good for nothing but rolling back.
func (c *postgresConn) pipeline(batch []statement) error {
	if c.c == nil { // it was lost, and could not be opened again
		return ErrNoDatabase
	}
	ctx, cancel := context.WithTimeout(context.Background(), stallMax)
	defer cancel()
	steps, err := c.steps(ctx, batch)
	if err != nil {
		return err
	}
	p := c.c.StartPipeline(ctx)
	opening := c.opening != ""
	if opening {
		p.SendQueryParams(c.opening, nil, nil, nil, nil)
		c.opening = ""
	}
	for i := range steps {
		p.SendQueryStatement(steps[i].st, steps[i].params, binaryFormat, binaryFormat)
	}
	err = p.Sync()
	if err == nil && opening {
		err = finish(p, nil)
	}
	for i := range steps {
		if err != nil {
			break
		}
		err = finish(p, &steps[i])
	}
	if closeErr := p.Close(); err == nil {
		err = closeErr
	}
	return err
}

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

// steps prepares what travels.
func (c *postgresConn) steps(ctx context.Context, batch []statement) ([]step, error) {
	steps := make([]step, 0, len(batch))
	for len(batch) > 0 {
		n := 1
		for n < len(batch) && batch[n].sql == batch[0].sql && !batch[0].any {
			n++
		}
		st, err := c.prepare(ctx, batch[0].sql)
		if err != nil {
			return nil, err
		}
		if n > 1 {
			if many := c.manyRows(batch[0].sql, st.ParamOIDs); many != "" {
				s, err := c.many(ctx, many, st, batch[:n])
				if err != nil {
					return nil, err
				}
				steps = append(steps, s)
				batch = batch[n:]
				continue
			}
		}
		for _, one := range batch[:n] {
			s := step{first: one, rows: 1, st: st, params: make([][]byte, len(one.args))}
			if len(one.args) != len(st.ParamOIDs) {
				return nil, fmt.Errorf("%s: %d parameters for %d", firstWords(one.sql), len(one.args), len(st.ParamOIDs))
			}
			for i, a := range one.args {
				if s.params[i], err = encode(a, st.ParamOIDs[i]); err != nil {
					return nil, fmt.Errorf("%s: %w", firstWords(one.sql), err)
				}
			}
			steps = append(steps, s)
		}
		batch = batch[n:]
	}
	return steps, nil
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
	plainUpdate = regexp.MustCompile(`(?s)^(UPDATE (?:departure|orders|ticket|payment|payback|cases|rider) SET .*)\sWHERE (.*)$`)
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
