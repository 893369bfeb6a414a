package store

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"time"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate runs the embedded migrations that this database has not seen, in the
// order of their names, each in its own transaction. There is no way back: a
// mistake is mended by the next migration. A database that knows a migration
// this program does not is refused, so that an old program never writes into a
// newer house. Of several processes that open a server at once one migrates, and
// the others wait.
func (s *Store) migrate() error {
	c := s.writer
	if pg, ok := c.driver.(*postgresConn); ok {
		if err := s.patiently(pg.makeSchema); err != nil {
			return err
		}
	}
	err := s.patiently(func() error { // two processes may make the table at once
		return c.script(c.schema("CREATE TABLE IF NOT EXISTS migration (\n  name TEXT PRIMARY KEY,\n  at BIGINT NOT NULL\n);"))
	})
	if err != nil {
		return fmt.Errorf("preparing migrations: %w", err)
	}
	for {
		missing, busy, err := c.missing()
		if err != nil || len(missing) == 0 && busy == 0 {
			return err
		}
		if !s.shared {
			return s.migrateAll(missing, 0)
		}
		now, err := c.clock()
		if err != nil {
			return err
		}
		mine, err := c.takeMigrations(micros(now), busy)
		if err != nil {
			return err
		}
		if mine {
			return s.migrateAll(missing, micros(now))
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// The row of the table of migrations that says who is migrating: since when, by
// the database's clock. A process that died over it is passed over in time.
const (
	migrating    = "~lease"
	migratingMax = time.Minute
)

// missing lists the migrations that were not run, and since when somebody is
// running them: 0 for nobody.
func (c *conn) missing() (names []string, busy int64, err error) {
	done := map[string]bool{}
	err = c.query("SELECT name, at FROM migration ORDER BY name", nil, func(r rowOf) error {
		if r.text(0) == migrating {
			busy = r.int(1)
			return nil
		}
		done[r.text(0)] = true
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	all, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, 0, err
	}
	for _, name := range all {
		if short := strings.TrimPrefix(name, "migrations/"); done[short] {
			delete(done, short)
		} else {
			names = append(names, short)
		}
	}
	for name := range done {
		return nil, 0, fmt.Errorf("the database knows migration %s, which this program does not: use a newer program", name)
	}
	return names, busy, nil
}

// takeMigrations makes this process the one that migrates.
func (c *conn) takeMigrations(now, busy int64) (mine bool, err error) {
	n := 0
	switch {
	case busy == 0:
		n, err = c.exec("INSERT INTO migration (name, at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", migrating, now)
	case now-busy > migratingMax.Microseconds():
		n, err = c.exec("UPDATE migration SET at = $1 WHERE name = $2 AND at = $3", now, migrating, busy)
	}
	return n == 1, err
}

// migrateAll runs migrations; lease is when this process began them, 0 without.
func (s *Store) migrateAll(names []string, lease int64) error {
	for _, name := range names {
		text, err := migrations.ReadFile("migrations/" + name)
		if err != nil {
			return err
		}
		if err := s.writer.migrateOne(name, s.writer.schema(string(text)), s.opt.Now(), lease); err != nil {
			return fmt.Errorf("migration %s: %w", name, err)
		}
	}
	if pg, ok := s.writer.driver.(*postgresConn); ok {
		pg.tune()
	}
	if lease == 0 {
		return nil
	}
	_, err := s.writer.exec("DELETE FROM migration WHERE name = $1 AND at = $2", migrating, lease)
	return err
}

func (c *conn) migrateOne(name, sql string, now time.Time, lease int64) error {
	if err := c.begin(); err != nil {
		return err
	}
	defer c.rollback()
	if lease != 0 {
		if err := c.one("UPDATE migration SET at = $1 WHERE name = $2 AND at = $1", lease, migrating); err != nil {
			return err
		}
		if err := c.check(); err != nil {
			return err
		}
	}
	if err := c.script(sql); err != nil {
		return err
	}
	if err := c.one("INSERT INTO migration (name, at) VALUES ($1, $2)", name, micros(now)); err != nil {
		return err
	}
	return c.commit()
}

// patiently tries again what two processes may collide over.
func (s *Store) patiently(do func() error) (err error) {
	for range 10 {
		if err = do(); err == nil || !s.shared {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
	return err
}
