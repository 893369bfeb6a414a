package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"
)

// A node writes down beside its database, every second, how far it has seen the
// journal come. Who later puts an old copy of the database in its place, or
// whose server has lost what it acknowledged, is found out at the next opening:
// the store is held back as if it had been restored.

// headEvery is how often the head file is brought up to date.
const headEvery = time.Second

const headFormat = "chepiao-head-1"

// headFile is what stands in the file.
type headFile struct {
	Format string `json:"format"`
	Lanes  []Head `json:"lanes"` // those that stood open
}

// behind compares the database with the head file: lost are the heads of lanes
// of which nothing is here. A file that is not there or cannot be read says
// nothing.
func (s *Store) behind() (lost []Head, behind bool, err error) {
	if s.opt.HeadFile == "" {
		return nil, false, nil
	}
	text, err := os.ReadFile(s.opt.HeadFile)
	var seen headFile
	if err != nil || json.Unmarshal(text, &seen) != nil || seen.Format != headFormat {
		return nil, false, nil
	}
	heads, err := readHeads(s.writer)
	if err != nil {
		return nil, false, err
	}
	stored, closed := map[int64]Head{}, int64(0)
	for _, h := range heads {
		stored[h.Lane] = h
		if !h.Closed.IsZero() {
			closed = h.Lane // lanes up to here were closed together: what is missing of them is known
		}
	}
	for _, h := range seen.Lanes {
		here, ok := stored[h.Lane]
		switch {
		case h.Lane <= closed, h.Node != s.opt.Node:
		case !ok:
			lost, behind = append(lost, h), true
		default:
			same, err := s.holds(h)
			if err != nil {
				return nil, false, err
			}
			behind = behind || here.Seq < h.Seq || !same
		}
	}
	return lost, behind, nil
}

// holds says whether the entry at a head is the one that was seen there.
func (s *Store) holds(h Head) (same bool, err error) {
	err = s.writer.query("SELECT hash FROM journal WHERE node = $1 AND lane = $2 AND seq = $3", []any{h.Node, h.Lane, h.Seq}, func(r rowOf) error {
		same = bytes.Equal(r.bytes(0), h.Hash)
		return nil
	})
	return same || h.Seq == 0, err
}

// keepHead keeps the head file until the store closes. It has a connection of
// its own; a file that cannot be written only makes the next look less sharp.
func (s *Store) keepHead(c *conn) {
	defer s.helpers.Done()
	defer c.close()
	tick := time.NewTicker(headEvery)
	defer tick.Stop()
	var last []byte
	for open := true; open; {
		select {
		case <-s.stopped:
			open = false
		case <-tick.C:
		}
		last = writeHead(c, s.opt.HeadFile, last)
	}
}

func writeHead(c *conn, path string, last []byte) []byte {
	heads, err := readHeads(c)
	if err != nil {
		return last
	}
	now := headFile{Format: headFormat, Lanes: []Head{}}
	for _, h := range heads {
		if h.Closed.IsZero() {
			now.Lanes = append(now.Lanes, h)
		}
	}
	text, err := json.MarshalIndent(now, "", "  ")
	if err != nil || bytes.Equal(text, last) {
		return last
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return last
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return last
	}
	return text
}
