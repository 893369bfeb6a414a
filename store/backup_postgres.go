package store

import (
	"errors"
	"fmt"
)

// Exported runs a function on one committed state of a PostgreSQL database under
// the name by which other programs can see that very state while the function
// runs (pg_dump --snapshot). Nobody is held up and nothing is changed.
func Exported(url string, fn func(snapshot string, r *Reader) error) (err error) {
	if !Remote(url) {
		return fmt.Errorf("%q is not the address of a PostgreSQL server", url)
	}
	c, err := openConn(url, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if err := c.snapshot(); err != nil {
		return err
	}
	defer c.rollback()
	if err := sameSchema(c); err != nil {
		return err
	}
	name := ""
	if err := c.query("SELECT pg_export_snapshot()", nil, func(r rowOf) error { name = r.text(0); return nil }); err != nil {
		return fmt.Errorf("sharing a state of the database: %w", err)
	}
	return fn(name, &Reader{c: c})
}

// Empty says whether a schema of a PostgreSQL database, named by search_path in
// the URL, has no table of ours: a dump may be restored into it.
func Empty(url string) (empty bool, err error) {
	c, err := openConn(url, true)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	err = c.query("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename IN ('migration', 'lane', 'journal')", nil, func(r rowOf) error {
		empty = r.int(0) == 0
		return nil
	})
	return empty, err
}

// PutBackSQL are the statements, before and after those of a dump, that restore
// it into a schema so that no hub can sell on it for a moment: a row says that
// it is to be confirmed, until an opening with Options.Restored puts the lanes' own rows there.
func PutBackSQL(schema string) (before, after string) {
	name := `"` + schema + `"`
	return "CREATE SCHEMA IF NOT EXISTS " + name + ";\n",
		"\nINSERT INTO " + name + ".restored (id, at, why, lane, seq, last_at, next_id, known, author, confirmed, recorded) " +
			"SELECT COALESCE(MAX(id), 0) + 1, 0, '" + FromCopy + "', 0, 0, 0, 0, -1, '', 0, 0 FROM " + name + ".restored;\nANALYZE;\n"
}
