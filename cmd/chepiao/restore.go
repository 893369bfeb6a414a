package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"chepiao/store"
)

// restoreCmd puts a backup in place and lets the node go on.
type restoreCmd struct {
	File    restoreFileCmd    `cmd:"" default:"withargs" help:"Restore a backup into a new data folder."`
	Confirm restoreConfirmCmd `cmd:"" help:"Say what others know of a lane of the restored node; after the last one it goes on."`
	Status  restoreStatusCmd  `cmd:"" help:"Show what is still to be confirmed."`
	Mark    restoreMarkCmd    `cmd:"" help:"Hold a node back that was restored by other tools: a copied folder, a point in time of PostgreSQL."`
}

// restoreFileCmd restores a backup.
type restoreFileCmd struct {
	File  string `arg:"" help:"Backup file, with its manifest beside it." type:"existingfile"`
	Data  string `help:"New data folder." required:"" type:"path"`
	Store string `help:"postgres:// URL to restore a dump of PostgreSQL to; its schema must be empty." placeholder:"URL"`
	Key   string `help:"The node's key; the one beside the backup if not given." type:"existingfile"`
}

func (c *restoreFileCmd) Run(ctx context.Context) error {
	m, err := readManifest(c.File)
	if err != nil {
		return err
	}
	key, err := c.key(m)
	if err != nil {
		return err
	}
	if err := emptyFolder(c.Data); err != nil {
		return err
	}
	bar := newBar(os.Stderr)
	lanes, d, err := c.restore(ctx, m, bar)
	bar.end()
	if err != nil {
		return fmt.Errorf("nothing was restored: %w", err)
	}
	if m.Devices != nil {
		if err := writeWhole(filepath.Join(c.Data, devicesName), m.Devices, 0o600); err != nil {
			return err
		}
	}
	if key != nil {
		if err := writeWhole(filepath.Join(c.Data, safeName), key, 0o600); err != nil {
			return err
		}
	}
	return c.tell(m, lanes, d, key != nil)
}

// key is the node's key that belongs to the backup, nil where none is at hand.
func (c *restoreFileCmd) key(m *manifest) ([]byte, error) {
	path := c.Key
	if path == "" {
		path = c.File + keyTail
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) && c.Key == "" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var s safe
	if err := json.Unmarshal(text, &s); err != nil || len(s.NodeKey) == 0 {
		return nil, fmt.Errorf("%s is not a node's key, or is damaged", path)
	}
	if s.Node != m.Node {
		return nil, fmt.Errorf("%s is the key of node %s, the backup is of %s", path, s.Node, m.Node)
	}
	return text, nil
}

// emptyFolder makes sure that nothing is written over.
func emptyFolder(folder string) error {
	found, err := os.ReadDir(folder)
	if errors.Is(err, os.ErrNotExist) {
		return os.MkdirAll(folder, 0o700)
	}
	if err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	if len(found) > 0 {
		return fmt.Errorf("--data: %s is not empty: a backup is only restored into a new folder", folder)
	}
	return nil
}

// restore brings the database up under a temporary name, examines it and holds
// it back, and only then gives it its name: a restore that breaks off leaves
// nothing that a hub would open.
func (c *restoreFileCmd) restore(ctx context.Context, m *manifest, bar *bar) (lanes []store.RestoredLane, d store.Diagnosis, err error) {
	switch {
	case m.Kind == kindPostgres && c.Store == "":
		return nil, d, errors.New("the backup is a dump of PostgreSQL: say where to restore it with --store postgres://…")
	case m.Kind == kindSQLite && c.Store != "":
		return nil, d, errors.New("the backup is an SQLite file, which is restored into the data folder: leave --store away")
	case m.Kind == kindPostgres:
		return c.restorePostgres(ctx, m, bar)
	case m.Kind != kindSQLite:
		return nil, d, fmt.Errorf("a backup of the kind %q is none that this program knows: use a newer one", m.Kind)
	}
	part := filepath.Join(c.Data, databaseName+".part")
	defer func() {
		for _, tail := range []string{"", "-wal", "-shm"} {
			if removeErr := os.Remove(part + tail); removeErr != nil && !errors.Is(removeErr, os.ErrNotExist) {
				err = errors.Join(err, removeErr)
			}
		}
	}()
	if err := m.copyTo(ctx, c.File, part, func(done, total int64) { bar.show("restoring", done, total) }); err != nil {
		return nil, d, err
	}
	if err := store.Peek(part, func(r *store.Reader) error {
		heads, err := r.Heads()
		if err != nil {
			return err
		}
		return m.agrees(heads)
	}); err != nil {
		return nil, d, fmt.Errorf("%s does not fit its manifest: %w", c.File, err)
	}
	if lanes, d, err = holdBack(ctx, part, m, bar); err != nil {
		return nil, d, err
	}
	return lanes, d, settle(part, filepath.Join(c.Data, databaseName))
}

// holdBack opens a restored database for the first time: it is held back, and
// the doctor looks through it.
func holdBack(ctx context.Context, target string, m *manifest, bar *bar) (lanes []store.RestoredLane, d store.Diagnosis, err error) {
	s, err := store.Open(target, store.Options{Node: m.Node, No: m.no(), Profile: m.Profile, Now: time.Now, Restored: true})
	if err != nil {
		return nil, d, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if d, err = s.Doctor(ctx, func(stage string, done, total int64) { bar.show("doctor: "+stage, done, total) }); err != nil {
		return nil, d, err
	}
	err = s.Read(ctx, func(r *store.Reader) (err error) { lanes, err = r.Restored(); return err })
	return lanes, d, err
}

func (c *restoreFileCmd) tell(m *manifest, lanes []store.RestoredLane, d store.Diagnosis, key bool) error {
	fmt.Printf("node %s is restored to %s, as it was on %s.\n", m.Node, c.Data, m.Made.Format(time.RFC3339))
	fmt.Println("doctor: " + d.Summary())
	for _, f := range d.Findings {
		fmt.Println("  " + f.String())
	}
	if !key {
		fmt.Printf("It has no key yet: put the node's key into %s, or no hub starts on it.\n", filepath.Join(c.Data, safeName))
	}
	outstanding(os.Stdout, c.Data, c.Store, lanes)
	if len(d.Findings) > 0 {
		return fmt.Errorf("doctor found %d differences in the restored database", int64(len(d.Findings))+d.More)
	}
	return nil
}

// restoreMarkCmd holds a node back that other tools restored.
type restoreMarkCmd struct {
	Data  string `arg:"" help:"Data folder; no hub may be running." type:"existingdir"`
	Store string `help:"postgres:// URL of the node's store; the file in the data folder if not given." placeholder:"URL" env:"CHEPIAO_STORE"`
}

func (c *restoreMarkCmd) Run(ctx context.Context) error {
	s, err := readSafe(c.Data)
	if err != nil {
		return err
	}
	target := targetOf(c.Data, c.Store)
	if !store.Remote(target) {
		if _, err := os.Stat(target); err != nil {
			return fmt.Errorf("there is no database to hold back: %w", err)
		}
	}
	bar := newBar(os.Stderr)
	lanes, d, err := holdBack(ctx, target, &manifest{Node: s.Node, Profile: s.Profile}, bar)
	bar.end()
	if err != nil {
		return err
	}
	fmt.Printf("node %s is held back.\ndoctor: %s\n", s.Node, d.Summary())
	outstanding(os.Stdout, c.Data, c.Store, lanes)
	return nil
}

// targetOf is where a node's store is: in its data folder, or at a server.
func targetOf(data, url string) string {
	if url != "" {
		return url
	}
	return filepath.Join(data, databaseName)
}
