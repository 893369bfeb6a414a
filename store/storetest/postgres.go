package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"chepiao/postgres"
	"chepiao/store"
)

// Server is a private PostgreSQL server for the tests of one program: it does
// not sync, for what a test loses nobody misses. It is stopped with the program.
type Server struct {
	once   sync.Once
	err    error
	server *postgres.Server
	remove func() error
	count  atomic.Int64
}

// start starts the server when the first test wants it.
func (s *Server) start() error {
	s.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		s.server, s.remove, s.err = postgres.Temporary(ctx, "/dev/shm", postgres.Options{Extra: map[string]string{"max_connections": "400"}})
	})
	return s.err
}

// Stop stops the server and removes what it kept.
func (s *Server) Stop() error {
	if s.server == nil {
		return nil
	}
	return s.remove()
}

// PostgreSQL makes an empty schema on the server, gone at the end of the test.
func (s *Server) PostgreSQL(t testing.TB) Database {
	t.Helper()
	if err := s.start(); err != nil {
		t.Fatalf("starting PostgreSQL: %v", err)
	}
	schema := fmt.Sprintf("t%d", s.count.Add(1))
	url := s.server.URL(postgres.Database)
	t.Cleanup(func() {
		if err := command(url, "DROP SCHEMA IF EXISTS "+schema+" CASCADE"); err != nil {
			t.Errorf("removing the schema: %v", err)
		}
	})
	sep := "?"
	if strings.Contains(url, "?") {
		sep = "&"
	}
	return URL(url + sep + "search_path=" + schema + "&application_name=" + schema)
}

// URL is the database behind a URL. Its Exec fails when nothing changed.
func URL(url string) Database {
	return Database{
		Target: url,
		Open: func(o store.Options) (*store.Store, error) {
			if o.Process == "" {
				o.Process = "suite" // whoever opens it again takes the lane over
			}
			return store.Open(url, o)
		},
		Exec: func(sql string) error { return command(url, sql) },
	}
}

// command runs one statement on a connection of its own.
func command(url, sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	c, err := pgconn.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	results, err := c.Exec(ctx, sql).ReadAll()
	if err == nil && !strings.HasPrefix(sql, "DROP") && results[0].CommandTag.RowsAffected() == 0 {
		return errors.New("nothing changed")
	}
	return err
}
