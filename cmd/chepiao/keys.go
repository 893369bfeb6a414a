package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"time"

	"chepiao/voucher"
)

// keysCmd works on the voucher keys of a node.
type keysCmd struct {
	Data   string `help:"Data folder; the hub must not be running to rotate or revoke." required:"" type:"existingdir"`
	Rotate bool   `help:"Make a new signing key and retire the present one."`
	Revoke string `help:"Revoke a retired key by its id, from now on." placeholder:"ID"`
	Export string `help:"Write the signed key directory to this file." type:"path"`
	Backup string `help:"Write the node's secret key to this file, for keeping apart from backups of the database." type:"path"`
}

func (c *keysCmd) Run(ctx context.Context) error {
	s, err := readSafe(c.Data)
	if err != nil {
		return err
	}
	if err := c.change(s); err != nil {
		return err
	}
	if c.Export != "" {
		list, err := s.ring.Publish(s.Directory, time.Now(), s.ring.Public()...)
		if err != nil {
			return err
		}
		if err := os.WriteFile(c.Export, list, 0o644); err != nil {
			return err
		}
	}
	if c.Backup != "" {
		if err := backupKey(s, c.Backup); err != nil {
			return err
		}
	}
	for i, k := range s.ring.Public() {
		state := "retired"
		switch {
		case i == 0:
			state = "signs"
		case !k.Revoked.IsZero():
			state = "revoked " + k.Revoked.Format(time.RFC3339)
		}
		fmt.Printf("%s  %-14s  %s to %s  %s\n", k.ID, k.Suite, k.From.Format("2006-01-02"), k.Until.Format("2006-01-02"), state)
	}
	return nil
}

// backupKey copies the node's secrets to a new file that only its owner reads.
func backupKey(s *safe, to string) error {
	if _, err := os.Lstat(to); err == nil {
		return fmt.Errorf("--backup: %s is there already", to)
	}
	text, err := os.ReadFile(s.path)
	if err != nil {
		return err
	}
	return writeWhole(to, text, 0o600)
}

func (c *keysCmd) change(s *safe) (err error) {
	if c.Rotate {
		key, err := voucher.Generate(s.Node, s.Profile, rand.Reader, time.Now())
		if err != nil {
			return err
		}
		if s.ring, err = s.ring.Rotate(key); err != nil {
			return err
		}
	}
	if c.Revoke != "" {
		var id voucher.KeyID
		if err := id.UnmarshalText([]byte(c.Revoke)); err != nil {
			return fmt.Errorf("--revoke: %w", err)
		}
		if s.ring, err = s.ring.Revoke(id, time.Now()); err != nil {
			return err
		}
	}
	if c.Rotate || c.Revoke != "" {
		s.Directory++
		return s.save()
	}
	return nil
}
