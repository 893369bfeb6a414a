package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"chepiao/store"
)

// journalCmd carries the journal out of the database. It names nobody: people
// stand in it as tokens.
type journalCmd struct {
	Export journalExportCmd `cmd:"" help:"Write the journal, lane by lane, as lines of JSON; the hub may be running."`
	Verify journalVerifyCmd `cmd:"" help:"Follow the hashes of an export from its first entry to its last."`
}

type journalExportCmd struct {
	Data  string   `arg:"" help:"Data folder; the hub may be running." type:"existingdir"`
	Store string   `help:"postgres:// URL of the node's store; the file in the data folder if not given." placeholder:"URL" env:"CHEPIAO_STORE"`
	To    string   `help:"File to write: .jsonl, .jsonl.gz or .jsonl.zst; - is standard output." required:""`
	Since []string `help:"Only what came after an entry of a lane. A lane that is not named is exported whole." placeholder:"LANE:SEQ"`
	Force bool     `help:"Write over a file of the same name."`
}

const journalFormat = "chepiao-journal-1"

// exportHead is the first line of an export.
type exportHead struct {
	Format  string       `json:"format"`
	Program string       `json:"program"`
	Made    time.Time    `json:"made"`
	Lanes   []exportLane `json:"lanes"`
}

// exportLane says what of a lane follows: the entries after one, up to another.
type exportLane struct {
	store.Head
	After     int64  `json:"after"`
	AfterHash []byte `json:"after_hash,omitempty"`
}

// exportEntry is a line of an export. Its body is the very text that was hashed;
// one that is no JSON travels as raw bytes.
type exportEntry struct {
	Lane      int64           `json:"lane"`
	Seq       int64           `json:"seq"`
	At        time.Time       `json:"at"`
	Kind      string          `json:"kind"`
	Aggregate string          `json:"aggregate"`
	Version   int64           `json:"version"`
	Hash      []byte          `json:"hash"`
	Raw       []byte          `json:"raw,omitempty"`
	Body      json.RawMessage `json:"body,omitempty"`

	End     bool  `json:"end,omitempty"` // of the last line
	Entries int64 `json:"entries,omitempty"`
}

func (c *journalExportCmd) Run(ctx context.Context) (err error) {
	since, err := c.since()
	if err != nil {
		return err
	}
	bar := newBar(os.Stderr)
	defer bar.end()
	var n int64
	write := func(w io.Writer) error {
		return store.Peek(targetOf(c.Data, c.Store), func(r *store.Reader) (err error) {
			n, err = export(ctx, r, since, w, bar)
			return err
		})
	}
	if c.To == "-" {
		return write(os.Stdout)
	}
	if _, err := os.Lstat(c.To); err == nil && !c.Force {
		return fmt.Errorf("--to: %s is there already: name another file, or say --force", c.To)
	}
	if err := compressed(c.To, write); err != nil {
		return fmt.Errorf("the journal was not exported: %w", err)
	}
	bar.end()
	fmt.Printf("%s: %d entries\n", c.To, n)
	return nil
}

func (c *journalExportCmd) since() (map[int64]int64, error) {
	since := map[int64]int64{}
	for _, s := range c.Since {
		left, right, ok := strings.Cut(s, ":")
		lane, laneErr := strconv.ParseInt(left, 10, 64)
		seq, seqErr := strconv.ParseInt(right, 10, 64)
		if !ok || laneErr != nil || seqErr != nil || lane < 1 || seq < 0 {
			return nil, fmt.Errorf("--since: %q is not LANE:SEQ, as in 1:2000", s)
		}
		since[lane] = seq
	}
	return since, nil
}

// compressed writes a file under a temporary name, compressed as its name says,
// and gives it its name when it is on the disk.
func compressed(to string, write func(io.Writer) error) (err error) {
	part := to + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(part)
	out := io.WriteCloser(struct {
		io.Writer
		io.Closer
	}{f, io.NopCloser(nil)})
	switch filepath.Ext(to) {
	case ".zst":
		out, err = zstd.NewWriter(f)
	case ".gz":
		out = gzip.NewWriter(f)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	buffered := bufio.NewWriterSize(out, 256<<10)
	err = write(buffered)
	if err = errors.Join(err, buffered.Flush(), out.Close(), f.Sync(), f.Close()); err != nil {
		return err
	}
	return settle(part, to)
}

// exportPage is how many entries are in hand at a time.
const exportPage = 500

func export(ctx context.Context, r *store.Reader, since map[int64]int64, w io.Writer, bar *bar) (n int64, err error) {
	heads, err := r.Heads()
	if err != nil {
		return 0, err
	}
	first := exportHead{Format: journalFormat, Program: program(), Made: time.Now().UTC()}
	total := int64(0)
	for _, h := range heads {
		l := exportLane{Head: h, After: since[h.Lane]}
		delete(since, h.Lane)
		if l.After > h.Seq {
			return 0, fmt.Errorf("--since: lane %d ends at entry %d", h.Lane, h.Seq)
		}
		if l.After > 0 {
			entry, err := r.Journal(h.Node, h.Lane, l.After-1, 1)
			if err != nil || len(entry) != 1 {
				return 0, errors.Join(err, fmt.Errorf("lane %d lacks entry %d: ask the doctor", h.Lane, l.After))
			}
			l.AfterHash = entry[0].Hash
		}
		first.Lanes = append(first.Lanes, l)
		total += h.Seq - l.After
	}
	for lane := range since {
		return 0, fmt.Errorf("--since: there is no lane %d", lane)
	}
	if err := json.NewEncoder(w).Encode(first); err != nil {
		return 0, err
	}
	var line []byte
	for _, l := range first.Lanes {
		for after := l.After; after < l.Seq; {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
			entries, err := r.Journal(l.Node, l.Lane, after, exportPage)
			if err != nil {
				return 0, err
			}
			if len(entries) == 0 {
				return 0, fmt.Errorf("lane %d ends after entry %d, its head says %d: ask the doctor", l.Lane, after, l.Seq)
			}
			for _, e := range entries {
				out := exportEntry{Lane: e.Lane, Seq: e.Seq, At: e.At, Kind: string(e.Kind), Aggregate: e.Aggregate, Version: e.Version, Hash: e.Hash}
				if line, err = out.appendLine(line[:0], e.Body); err != nil {
					return 0, err
				}
				if _, err := w.Write(line); err != nil {
					return 0, err
				}
				after = e.Seq
				n++
			}
			bar.show("exporting", n, total)
		}
	}
	return n, json.NewEncoder(w).Encode(map[string]any{"end": true, "entries": n})
}

// appendLine writes the entry with its body byte for byte: encoding/json would
// escape and compact it, and its hash would be another.
func (e exportEntry) appendLine(b, body []byte) ([]byte, error) {
	plain := json.Valid(body) && !bytes.ContainsAny(body, "\n\r") && bytes.Equal(bytes.TrimSpace(body), body)
	if !plain {
		e.Raw = body
	}
	text, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	b = append(b, text...)
	if plain {
		b = append(b[:len(b)-1], `,"body":`...)
		b = append(append(b, body...), '}')
	}
	return append(b, '\n'), nil
}
