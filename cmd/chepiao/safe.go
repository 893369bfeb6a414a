package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"chepiao"
	"chepiao/voucher"
)

// safe is a node's secrets: a file of its own in the data folder, readable by
// its owner only and never in the database, so that a copy of the database
// names nobody and signs nothing.
type safe struct {
	Node    string                `json:"node"`
	Profile chepiao.CryptoProfile `json:"profile"`
	NodeKey []byte                `json:"node_key"`
	Wallet  []byte                `json:"wallet_key"` // shared with the practice wallet
	SMS     []byte                `json:"sms_key"`    // shared with the SMS gateway
	Names   []byte                `json:"names_key"`  // shared with the service of names
	Tax     []byte                `json:"tax_key"`    // shared with the tax service
	Relay   []byte                `json:"relay_key"`  // Ed25519 seed: signs between the nodes of a province
	Ring    json.RawMessage       `json:"ring"`

	Own []byte  `json:"own_key,omitempty"` // of a station: locks who travels here; a hub uses its node's key
	Hub *itsHub `json:"hub,omitempty"`     // of a station

	// Directory counts the key directories published: one more at each change.
	Directory int64 `json:"directory"`

	path string
	ring *voucher.Ring
}

const safeName = "node.key"

// openSafe reads the secrets of a data folder; a new folder gets new ones.
func openSafe(folder, node string, profile chepiao.CryptoProfile) (*safe, error) {
	path := filepath.Join(folder, safeName)
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(folder, databaseName)); err == nil {
			return nil, fmt.Errorf("%s holds a database but no %s: without the node's key nobody on a ticket can be named; restore the file from your backup", folder, safeName)
		}
		return newSafe(path, node, profile)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the node's secrets: %w", err)
	}
	s := &safe{path: path}
	if err := json.Unmarshal(data, s); err != nil {
		return nil, fmt.Errorf("opening the node's secrets: %s is damaged", path)
	}
	if s.ring, err = voucher.ParseRing(s.Ring); err != nil || len(s.SMS) > 0 && len(s.Names) > 0 && len(s.Tax) > 0 && len(s.Relay) > 0 {
		return s, err
	}
	for _, key := range []*[]byte{&s.SMS, &s.Names, &s.Tax, &s.Relay} { // a node of before messages, names verified, invoices, or stations
		if len(*key) > 0 {
			continue
		}
		*key = make([]byte, 32)
		if _, err := rand.Read(*key); err != nil {
			return nil, err
		}
	}
	return s, s.save()
}

// readSafe reads the secrets of a node that is there: tools must not make one.
func readSafe(folder string) (*safe, error) {
	if _, err := os.Stat(filepath.Join(folder, safeName)); err != nil {
		return nil, fmt.Errorf("%s is not the data folder of a node: it has no %s", folder, safeName)
	}
	return openSafe(folder, "", "")
}

func newSafe(path, node string, profile chepiao.CryptoProfile) (*safe, error) {
	s := &safe{Node: node, Profile: profile, NodeKey: make([]byte, 32), Wallet: make([]byte, 32), SMS: make([]byte, 32), Names: make([]byte, 32), Tax: make([]byte, 32), Relay: make([]byte, 32), Directory: 1, path: path}
	for _, key := range [][]byte{s.NodeKey, s.Wallet, s.SMS, s.Names, s.Tax, s.Relay} {
		if _, err := rand.Read(key); err != nil {
			return nil, err
		}
	}
	key, err := voucher.Generate(node, profile, rand.Reader, time.Now())
	if err != nil {
		return nil, fmt.Errorf("making the first voucher key: %w", err)
	}
	if s.ring, err = voucher.NewRing(key); err != nil {
		return nil, err
	}
	return s, s.save()
}

// save writes the secrets so that a crash leaves the old file or the new one.
func (s *safe) save() error {
	ring, err := s.ring.MarshalSecret()
	if err != nil {
		return err
	}
	s.Ring = ring
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	temporary := s.path + ".new"
	f, err := os.OpenFile(temporary, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("keeping the node's secrets: %w", err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(temporary, s.path)
	}
	if err != nil {
		return fmt.Errorf("keeping the node's secrets: %w", err)
	}
	return nil
}
