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
// newer house.
func migrate(c *conn, now time.Time) error {
	if err := c.script(c.schema("CREATE TABLE IF NOT EXISTS migration (\n  name TEXT PRIMARY KEY,\n  at BIGINT NOT NULL\n);")); err != nil {
		return fmt.Errorf("preparing migrations: %w", err)
	}
	done := map[string]bool{}
	err := c.query("SELECT name FROM migration ORDER BY name", nil, func(r rowOf) error { done[r.text(0)] = true; return nil })
	if err != nil {
		return err
	}
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	for _, name := range names {
		short := strings.TrimPrefix(name, "migrations/")
		if done[short] {
			delete(done, short)
			continue
		}
		text, err := migrations.ReadFile(name)
		if err != nil {
			return err
		}
		if err := c.migrateOne(short, c.schema(string(text)), now); err != nil {
			return fmt.Errorf("migration %s: %w", short, err)
		}
	}
	for name := range done {
		return fmt.Errorf("the database knows migration %s, which this program does not: use a newer program", name)
	}
	return nil
}

func (c *conn) migrateOne(name, sql string, now time.Time) error {
	if err := c.begin(); err != nil {
		return err
	}
	defer c.rollback()
	if err := c.script(sql); err != nil {
		return err
	}
	if _, err := c.exec("INSERT INTO migration (name, at) VALUES ($1, $2)", name, micros(now)); err != nil {
		return err
	}
	return c.commit()
}
