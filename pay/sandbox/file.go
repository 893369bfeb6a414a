package sandbox

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// record is one line of the file: a charge or the switches as they became.
// The last line about a thing holds. Lines are appended without waiting for
// the disk: the wallet outlives its process, not its machine.
type record struct {
	Charge   *charge   `json:"charge,omitempty"`
	Switches *Switches `json:"switches,omitempty"`
}

const lineBytesMax = 1 << 20

// keep appends a record when the server has a file. Callers hold s.mu. Once a
// write has failed the file is not written again, so that its end is never in
// doubt, and every later change answers with the same fault.
func (s *Server) keep(r record) error {
	if s.file == nil || s.broken != nil {
		return s.broken
	}
	line, err := json.Marshal(r)
	if err == nil {
		_, err = s.file.Write(append(line, '\n'))
	}
	if err != nil {
		s.broken = fmt.Errorf("keeping the wallet's state: %w", err)
	}
	return s.broken
}

// open reads the file at path, writes it anew with one line a thing, and
// leaves it open for appending. A missing file is an empty one; a last line
// without its end, torn by a kill, is dropped.
func (s *Server) open(path string) error {
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("opening the wallet's file: %w", err)
	}
	if err := s.load(old); err != nil {
		return fmt.Errorf("reading the wallet's file %s: %w", path, err)
	}
	fresh, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("opening the wallet's file: %w", err)
	}
	if err := errors.Join(s.dump(fresh), os.Rename(path+".new", path)); err != nil {
		return errors.Join(fmt.Errorf("writing the wallet's file: %w", err), fresh.Close())
	}
	s.file = fresh
	return nil
}

func (s *Server) load(old []byte) error {
	old = old[:bytes.LastIndexByte(old, '\n')+1]
	lines := bufio.NewScanner(bytes.NewReader(old))
	lines.Buffer(nil, lineBytesMax)
	for n := 1; lines.Scan(); n++ {
		var r record
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if r.Switches != nil {
			s.switches = *r.Switches
		}
		if r.Charge != nil {
			s.put(r.Charge)
		}
	}
	return lines.Err()
}

func (s *Server) dump(f *os.File) error {
	w := bufio.NewWriter(f)
	line := json.NewEncoder(w)
	if err := line.Encode(record{Switches: &s.switches}); err != nil {
		return err
	}
	for _, id := range s.order {
		if err := line.Encode(record{Charge: s.charges[id]}); err != nil {
			return err
		}
	}
	return w.Flush()
}
