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

// devicesName is the file of the devices that may act for staff: hashes only.
const devicesName = "devices.json"

// headName is the file in which a node writes down how far its journal has come.
const headName = "head.json"

// backupCmd copies a node's database while its hub runs.
type backupCmd struct {
	Data     string `arg:"" help:"Data folder; the hub may be running." type:"existingdir"`
	To       string `help:"File to write, or a folder, in which the file gets its name from node and time." required:"" type:"path"`
	Store    string `help:"postgres:// URL of the hub's store; the file in the data folder if not given." placeholder:"URL" env:"CHEPIAO_STORE"`
	WithKeys bool   `help:"Put the node's key beside the backup. Whoever has both can name every passenger and sign tickets."`
	Force    bool   `help:"Write over a backup of the same name."`
	JSON     bool   `help:"Print the manifest as JSON."`
}

func (c *backupCmd) Run(ctx context.Context) error {
	s, err := readSafe(c.Data)
	if err != nil {
		return err
	}
	to, err := c.target(s.Node, time.Now())
	if err != nil {
		return err
	}
	m := &manifest{Format: manifestFormat, Node: s.Node, Profile: s.Profile, Program: program(), Made: time.Now().UTC(), Keys: c.WithKeys, File: filepath.Base(to)}
	if m.Devices, err = devicesOf(c.Data); err != nil {
		return err
	}
	part := to + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, os.ErrNotExist) { // of a backup that was broken off
		return err
	}
	defer os.Remove(part)
	bar := newBar(os.Stderr)
	if err := c.copy(ctx, m, part, bar); err != nil {
		bar.end()
		return fmt.Errorf("the backup was not made: %w", err)
	}
	err = m.fingerprint(ctx, part, func(done, total int64) { bar.show("reading it back", done, total) })
	bar.end()
	if err != nil {
		return err
	}
	if err := c.put(s, m, part, to); err != nil {
		return err
	}
	return c.tell(m, to)
}

// target is where the backup goes.
func (c *backupCmd) target(node string, now time.Time) (string, error) {
	to := c.To
	info, err := os.Stat(to)
	switch {
	case err == nil && info.IsDir():
		to = filepath.Join(to, node+now.UTC().Format("-20060102T150405Z")+".backup")
	case err == nil && !info.Mode().IsRegular():
		return "", fmt.Errorf("--to: %s is neither a file nor a folder", to)
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return "", fmt.Errorf("--to: %w", err)
	}
	if info, err := os.Stat(filepath.Dir(to)); err != nil || !info.IsDir() {
		return "", fmt.Errorf("--to: there is no folder %s", filepath.Dir(to))
	}
	if !c.Force {
		for _, path := range []string{to, to + manifestTail, to + keyTail} {
			if _, err := os.Lstat(path); err == nil {
				return "", fmt.Errorf("--to: %s is there already: name another file, or say --force", path)
			}
		}
	}
	return to, nil
}

// copy makes the backup under its temporary name.
func (c *backupCmd) copy(ctx context.Context, m *manifest, part string, bar *bar) (err error) {
	if c.Store != "" {
		return dumpPostgres(ctx, c.Store, m, part, bar)
	}
	m.Kind = kindSQLite
	m.Lanes, m.Migrations, err = store.CopyFile(ctx, filepath.Join(c.Data, databaseName), part, func(done, total int64) { bar.show("copying", done, total) })
	return err
}

// put gives the backup its name. The manifest comes last: without it a backup
// is not finished. An old manifest and an old key go first.
func (c *backupCmd) put(s *safe, m *manifest, part, to string) error {
	for _, tail := range []string{manifestTail, keyTail} {
		if err := os.Remove(to + tail); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := settle(part, to); err != nil {
		return err
	}
	if c.WithKeys {
		key, err := os.ReadFile(s.path)
		if err != nil {
			return err
		}
		if err := writeWhole(to+keyTail, key, 0o600); err != nil {
			return err
		}
	}
	return m.write(to + manifestTail)
}

func (c *backupCmd) tell(m *manifest, to string) error {
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(m)
	}
	fmt.Printf("%s: %.1f MB of node %s, sha256 %s\n", to, float64(m.Size)/1e6, m.Node, m.SHA256)
	for _, h := range m.Lanes {
		state := ""
		if !h.Closed.IsZero() {
			state = ", closed"
		}
		fmt.Printf("  lane %d at entry %d%s, %x\n", h.Lane, h.Seq, state, h.Hash[:min(8, len(h.Hash))])
	}
	if c.WithKeys {
		fmt.Printf("%s: the node's key. Keep it apart from the backup: together they name every passenger and sign tickets.\n", to+keyTail)
	} else {
		fmt.Println("Without the node's key a backup names nobody and signs nothing. Keep a copy of the key apart:  chepiao keys --data DATA --backup FILE")
	}
	return nil
}

// devicesOf are the devices that may act for staff, nil where there are none.
func devicesOf(data string) (json.RawMessage, error) {
	text, err := os.ReadFile(filepath.Join(data, devicesName))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err == nil && !json.Valid(text) {
		err = fmt.Errorf("%s is damaged", filepath.Join(data, devicesName))
	}
	return text, err
}
