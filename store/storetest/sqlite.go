package storetest

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"chepiao/store"
)

// SQLite makes an empty SQLite database in memory-backed storage, gone at the
// end of the test.
func SQLite(t testing.TB) Database {
	t.Helper()
	return SQLiteFile(filepath.Join(Folder(t), "chepiao.db"))
}

// SQLiteFile is the database in a file. Its Exec fails when nothing changed.
func SQLiteFile(path string) Database {
	return Database{
		Target: path,
		Open:   func(o store.Options) (*store.Store, error) { return store.Open(path, o) },
		Exec: func(sql string) (err error) {
			c, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, c.Close()) }()
			if err := sqlitex.ExecuteTransient(c, sql, nil); err != nil {
				return err
			}
			if c.Changes() == 0 {
				return errors.New("nothing changed")
			}
			return nil
		},
	}
}

// Folder is a folder for one test's database: in memory where the system has
// such a place, so that a sync costs nothing.
func Folder(t testing.TB) string {
	t.Helper()
	folder, err := os.MkdirTemp("/dev/shm", "chepiao-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	return folder
}
