package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"chepiao/postgres"
	"chepiao/store"
)

// dumpPostgres dumps a schema with PostgreSQL's own pg_dump. The heads of the
// lanes are read from the very state that is dumped.
func dumpPostgres(ctx context.Context, address string, m *manifest, part string, bar *bar) error {
	to, err := libpq(address)
	if err != nil {
		return err
	}
	m.Kind, m.Schema = kindPostgres, to.schema
	return store.Exported(address, func(snapshot string, r *store.Reader) (err error) {
		if m.Lanes, err = r.Heads(); err != nil {
			return err
		}
		if m.Migrations, err = r.Migrations(); err != nil {
			return err
		}
		dump, err := to.command(ctx, "pg_dump", "--format=custom", "--snapshot="+snapshot, "--schema="+to.schema, "--no-owner", "--no-privileges", "--file="+part, "--dbname="+to.address)
		if err != nil {
			return err
		}
		stop := growing(part, bar)
		defer stop()
		return dump.run()
	})
}

// growing shows how a file grows, whose final size nobody knows.
func growing(path string, bar *bar) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				if info, err := os.Stat(path); err == nil {
					bar.show(fmt.Sprintf("pg_dump, %.1f MB", float64(info.Size())/1e6), 0, 1)
				}
			}
		}
	}()
	return func() { close(done); <-ended }
}

// restorePostgres restores a dump into an empty schema, in one transaction that
// also says that the node is held back.
func (c *restoreFileCmd) restorePostgres(ctx context.Context, m *manifest, bar *bar) (lanes []store.RestoredLane, d store.Diagnosis, err error) {
	to, err := libpq(c.Store)
	if err != nil {
		return nil, d, err
	}
	if to.schema != m.Schema {
		return nil, d, fmt.Errorf("the dump is of the schema %q: let --store name it with search_path=%s", m.Schema, m.Schema)
	}
	if empty, err := store.Empty(c.Store); err != nil || !empty {
		if err == nil {
			err = fmt.Errorf("the schema %q has a node's tables already: a backup is only restored into an empty one", to.schema)
		}
		return nil, d, err
	}
	checked := filepath.Join(c.Data, "chepiao.dump.part")
	defer os.Remove(checked)
	if err := m.copyTo(ctx, c.File, checked, func(done, total int64) { bar.show("verifying", done, total) }); err != nil {
		return nil, d, err
	}
	if err := to.putBack(ctx, checked, bar); err != nil {
		return nil, d, err
	}
	if err := store.Peek(c.Store, func(r *store.Reader) error {
		heads, err := r.Heads()
		if err != nil {
			return err
		}
		return m.agrees(heads)
	}); err != nil {
		return nil, d, fmt.Errorf("%s does not fit its manifest: %w", c.File, err)
	}
	return holdBack(ctx, c.Store, m, bar)
}

// putBack turns the dump into SQL (pg_restore) and runs it (psql), all or nothing.
func (to *server) putBack(ctx context.Context, dump string, bar *bar) error {
	read, err := to.command(ctx, "pg_restore", "--file=-", "--schema="+to.schema, "--no-owner", "--no-privileges", dump)
	if err != nil {
		return err
	}
	write, err := to.command(ctx, "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output="+os.DevNull, "--file=-", "--dbname="+to.address)
	if err != nil {
		return err
	}
	sql, err := read.StdoutPipe()
	if err != nil {
		return err
	}
	bar.show("pg_restore", 0, 1)
	before, after := store.PutBackSQL(to.schema)
	before, after = "BEGIN;\n"+before, after+"COMMIT;\n" // psql's own single transaction would commit what broke off
	if err := read.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	body := &closing{r: sql, end: func() error { err := read.wait(read.Wait()); ended <- err; return err }}
	write.Stdin = io.MultiReader(strings.NewReader(before), body, strings.NewReader(after))
	if err := write.run(); err != nil {
		_ = read.Process.Kill() // it has nobody to write to
		return err
	}
	return <-ended
}

// closing reads to the end and then asks whether the end was a good one: what
// comes after it is not sent otherwise, so that the transaction is broken off.
type closing struct {
	r   io.Reader
	end func() error
}

func (c *closing) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	if err == io.EOF {
		if end := c.end(); end != nil {
			return n, end
		}
	}
	return n, err
}

// server is a PostgreSQL server as its own tools want to be told of it.
type server struct {
	address string // without password and search_path
	schema  string
	env     []string
}

var plainSchema = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

// libpq turns a store's URL into what PostgreSQL's tools understand. A password
// travels in the environment: a command line can be read by everybody.
func libpq(address string) (*server, error) {
	if !store.Remote(address) {
		return nil, errors.New("--store: the address of a PostgreSQL server looks like postgres://user@host:5432/database")
	}
	head, query, _ := strings.Cut(address, "?")
	scheme, rest, _ := strings.Cut(head, "://")
	to := &server{schema: "public", env: os.Environ()}
	if user, host, ok := strings.Cut(rest, "@"); ok {
		name, password, secret := strings.Cut(user, ":")
		if secret {
			clear, err := url.QueryUnescape(strings.ReplaceAll(password, "+", "%2B"))
			if err != nil {
				return nil, errors.New("--store: the password in the address is not well written")
			}
			to.env = append(to.env, "PGPASSWORD="+clear)
		}
		rest = name + "@" + host
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, errors.New("--store: what stands after ? in the address is not well written")
	}
	if s := values.Get("search_path"); s != "" {
		to.schema = s
	}
	if !plainSchema.MatchString(to.schema) {
		return nil, fmt.Errorf("--store: search_path must be one schema of lower-case letters, digits and _, not %q", to.schema)
	}
	values.Del("search_path")
	to.address = scheme + "://" + rest
	if len(values) > 0 {
		to.address += "?" + values.Encode()
	}
	return to, nil
}

// tool is one of PostgreSQL's programs about to run.
type tool struct {
	*exec.Cmd
	said *strings.Builder
}

func (to *server) command(ctx context.Context, name string, args ...string) (*tool, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		bin, findErr := postgres.Find()
		if findErr != nil {
			return nil, fmt.Errorf("%s is needed: %w", name, findErr)
		}
		path = filepath.Join(bin, name)
	}
	t := &tool{exec.CommandContext(ctx, path, args...), &strings.Builder{}}
	t.Env, t.Stderr = to.env, t.said
	return t, nil
}

func (t *tool) run() error { return t.wait(t.Run()) }

// wait adds the first lines of what a program said to its error.
func (t *tool) wait(err error) error {
	if err == nil {
		return nil
	}
	said := strings.Split(strings.TrimSpace(t.said.String()), "\n")
	return fmt.Errorf("%s: %w: %s", filepath.Base(t.Path), err, strings.Join(said[:min(3, len(said))], "; "))
}
