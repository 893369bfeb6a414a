package store

import (
	"context"
	"errors"
	"fmt"
	"os"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// copyPages is how many pages of 4 KiB are copied between two looks at ctx.
const copyPages = 1024

// CopyFile copies the SQLite database of a hub that may be running to a new
// file, which it must not find there, as of one committed state. The writer is
// not held up; only its log is not shortened meanwhile. The copy is one file
// without a log, on the disk when CopyFile returns, with the heads of its
// lanes and the migrations that it has seen.
func CopyFile(ctx context.Context, from, to string, progress func(done, total int64)) (heads []Head, migrations []string, err error) {
	if err := present(from); err != nil {
		return nil, nil, err
	}
	if _, err := os.Lstat(to); err == nil {
		return nil, nil, fmt.Errorf("%s is there already", to)
	}
	src, err := openSQLite(from, true)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, src.close()) }()
	if err := src.snapshot(); err != nil {
		return nil, nil, err
	}
	defer src.rollback()
	if err := sameSchema(&conn{driver: src}); err != nil { // the first read fixes the state that is copied
		return nil, nil, err
	}
	file, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if heads, migrations, err = copySQLite(ctx, src.c, to, progress); err != nil {
		return nil, nil, err
	}
	return heads, migrations, file.Sync()
}

func copySQLite(ctx context.Context, src *sqlite.Conn, to string, progress func(done, total int64)) (heads []Head, migrations []string, err error) {
	c, err := sqlite.OpenConn(to, sqlite.OpenReadWrite)
	if err != nil {
		return nil, nil, fmt.Errorf("opening the copy: %w", err)
	}
	dst := &sqliteConn{c: c, prepared: map[string]*sqlite.Stmt{}}
	defer func() { err = errors.Join(err, dst.close()) }()
	for _, p := range []string{"journal_mode=OFF", "synchronous=OFF"} { // a copy that breaks off is thrown away
		if err := sqlitex.ExecuteTransient(c, "PRAGMA "+p, nil); err != nil {
			return nil, nil, fmt.Errorf("setting up the copy: %w", err)
		}
	}
	if err := copyAll(ctx, c, src, progress); err != nil {
		return nil, nil, fmt.Errorf("copying the database: %w", err)
	}
	if err := sqlitex.ExecuteTransient(c, "PRAGMA journal_mode=DELETE", nil); err != nil {
		return nil, nil, fmt.Errorf("finishing the copy: %w", err)
	}
	if heads, err = readHeads(&conn{driver: dst}); err != nil {
		return nil, nil, err
	}
	migrations, err = seenMigrations(&conn{driver: dst})
	return heads, migrations, err
}

func copyAll(ctx context.Context, dst, src *sqlite.Conn, progress func(done, total int64)) (err error) {
	b, err := sqlite.NewBackup(dst, "main", src, "main")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if more, err = b.Step(copyPages); err != nil {
			return err
		}
		if total := int64(b.PageCount()); progress != nil {
			progress(total-int64(b.Remaining()), total)
		}
	}
	return nil
}
