package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Bytes writes every row of every table of ours in a PostgreSQL database to w, as
// PostgreSQL sends them (COPY … TO STDOUT, binary): for who looks for what must not be
// in any of them. Nobody is held up and nothing is changed.
func Bytes(ctx context.Context, url string, w io.Writer) (err error) {
	if !Remote(url) {
		return fmt.Errorf("%q is not the address of a PostgreSQL server", url)
	}
	c, err := pgconn.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("reading the database's bytes: %w", err)
	}
	defer func() { err = errors.Join(err, c.Close(context.WithoutCancel(ctx))) }()
	tables := c.ExecParams(ctx, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename", nil, nil, nil, nil).Read()
	if tables.Err != nil {
		return fmt.Errorf("listing the database's tables: %w", tables.Err)
	}
	for _, row := range tables.Rows {
		name := `"` + strings.ReplaceAll(string(row[0]), `"`, `""`) + `"`
		if _, err := c.CopyTo(ctx, w, "COPY "+name+" TO STDOUT (FORMAT binary)"); err != nil {
			return fmt.Errorf("reading the bytes of %s: %w", name, err)
		}
	}
	return nil
}
