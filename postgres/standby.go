package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// standbyName is what a standby may be called: it stands in a setting of its
// primary, in quotes.
var standbyName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,30}$`)

// Standby copies the running server s into a new folder, starts the copy and
// returns when it follows s and s waits for it: from then on a commit is
// answered only when both disks have it (Options.Sync given), and not at all
// while the standby is away, until Synchronous says otherwise.
func (s *Server) Standby(ctx context.Context, folder, name string) (*Server, error) {
	if !standbyName.MatchString(name) {
		return nil, fmt.Errorf("a standby cannot be called %q: a-z, 0-9 and _", name)
	}
	o := s.opt
	o.Port = 0
	b, err := prepare(folder, o)
	if err != nil {
		return nil, err
	}
	b.name = name
	// -R writes whom to follow; "fast" does not wait for the next checkpoint.
	args := []string{"-h", "127.0.0.1", "-p", strconv.Itoa(s.port), "-U", User, "-D", b.data(), "-R", "-X", "stream", "-c", "fast"}
	if !o.Sync {
		args = append(args, "--no-sync")
	}
	if _, err := s.program(ctx, "", "pg_basebackup", args...); err != nil {
		return nil, err
	}
	// The copy has its primary's settings; the one about standbys is not for it.
	if err := b.forget("synchronous_standby_names"); err != nil {
		return nil, err
	}
	if err := b.Start(ctx); err != nil {
		return nil, err
	}
	if err = s.Synchronous(ctx, name); err == nil {
		err = s.await(ctx, name)
	}
	if err != nil {
		return nil, errors.Join(err, b.Kill())
	}
	return b, nil
}

// forget takes a line out of what ALTER SYSTEM wrote, of a server that is stopped.
func (s *Server) forget(setting string) error {
	path := filepath.Join(s.data(), "postgresql.auto.conf")
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading the settings of a standby: %w", err)
	}
	line := regexp.MustCompile(`(?m)^` + setting + `\b.*\n`)
	if err := os.WriteFile(path, line.ReplaceAll(b, nil), 0o600); err != nil { // the owner stays
		return fmt.Errorf("writing the settings of a standby: %w", err)
	}
	return nil
}

// Synchronous says which standby a running primary waits for before it answers
// a commit; "" is none.
func (s *Server) Synchronous(ctx context.Context, name string) error {
	value := "''"
	if name != "" {
		value = `'FIRST 1 ("` + name + `")'`
	}
	_, err := s.Ask(ctx, "ALTER SYSTEM SET synchronous_standby_names = "+value, "SELECT pg_reload_conf()")
	return err
}

// await returns when the standby streams and commits wait for it.
func (s *Server) await(ctx context.Context, name string) error {
	for {
		state, err := s.State(ctx)
		if err != nil {
			return err
		}
		for _, f := range state.Followers {
			if f.Name == name && f.State == "streaming" && f.Sync == "sync" {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the standby %s to follow: %w", name, ctx.Err())
		case <-time.After(lookEvery):
		}
	}
}

// Promote makes a standby a primary, which waits for no standby, and returns
// when it takes writes. Whoever promotes sees to it that the old primary is dead
// and stays so: two primaries would both sell.
func (s *Server) Promote(ctx context.Context) error {
	if err := s.Synchronous(ctx, ""); err != nil {
		return err
	}
	out, err := s.Ask(ctx, "SELECT pg_promote(true, 60)")
	if err == nil && out != "t" {
		err = errors.New("it did not become a primary in a minute")
	}
	if err != nil {
		return fmt.Errorf("promoting the standby %s: %w", s.name, err)
	}
	return nil
}

// State is a running server's part in a cluster.
type State struct {
	Standby   bool       `json:"standby"`
	Position  int64      `json:"position"` // in its log of changes, bytes
	Followers []Follower `json:"followers"`
}

// Follower is a standby as its primary sees it.
type Follower struct {
	Name   string `json:"name"`
	State  string `json:"state"`  // "streaming" is good; "startup", "catchup", "backup"
	Sync   string `json:"sync"`   // "sync": commits wait for it; "async", "potential"
	Behind int64  `json:"behind"` // bytes not yet on its disk
}

// stateSQL asks for a State as one line of JSON.
const stateSQL = `
SELECT json_build_object('standby', pg_is_in_recovery(), 'position', here - '0/0'::pg_lsn, 'followers', coalesce((
	SELECT json_agg(json_build_object('name', application_name, 'state', state, 'sync', sync_state,
		'behind', greatest(0, coalesce(here - flush_lsn, 0))) ORDER BY application_name) FROM pg_stat_replication), '[]'))
FROM (SELECT CASE WHEN pg_is_in_recovery() THEN coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) ELSE pg_current_wal_flush_lsn() END AS here) AS p`

// State asks a running server what it is and who follows it.
func (s *Server) State(ctx context.Context) (State, error) {
	out, err := s.Ask(ctx, stateSQL)
	if err != nil {
		return State{}, err
	}
	var state State
	if err := json.Unmarshal([]byte(out), &state); err != nil {
		return State{}, fmt.Errorf("reading the state of a PostgreSQL server: %w", err)
	}
	return state, nil
}

// Ask runs statements by psql, each by itself, and returns the rows of the last
// ones as lines, values parted by |. For operators' questions: programs that
// work with a database have package store.
func (s *Server) Ask(ctx context.Context, statements ...string) (string, error) {
	args := []string{"-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", s.URL(Database)}
	for _, sql := range statements {
		args = append(args, "-c", sql)
	}
	return s.program(ctx, "", "psql", args...)
}
