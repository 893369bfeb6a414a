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
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"chepiao"
	"chepiao/store"
)

type journalVerifyCmd struct {
	File     string `arg:"" help:"Export of a journal." type:"existingfile"`
	Manifest string `help:"Manifest of a backup: its lanes must be stretches of the exported ones." type:"existingfile"`
	JSON     bool   `help:"Print the lanes as JSON."`
}

// Bounds of reading an export.
const (
	exportLineMax = 64 << 20
	faultsMax     = 20
)

// lineage is a lane while its hashes are followed.
type lineage struct {
	exportLane
	Entries int64     `json:"entries"`
	First   time.Time `json:"first,omitzero"`
	Last    time.Time `json:"last,omitzero"`

	seq  int64
	hash []byte
}

func (c *journalVerifyCmd) Run(ctx context.Context) error {
	var m *manifest
	if c.Manifest != "" {
		var err error
		if m, err = readManifest(strings.TrimSuffix(c.Manifest, manifestTail)); err != nil {
			return err
		}
	}
	bar := newBar(os.Stderr)
	defer bar.end()
	met := map[int64]bool{}
	lanes, faults, err := followExport(ctx, c.File, bar, func(l *lineage, e chepiao.Entry) string {
		if m == nil {
			return ""
		}
		for _, h := range m.Lanes {
			if h.Lane == e.Lane && h.Seq == e.Seq {
				met[e.Lane] = true
				if !bytes.Equal(h.Hash, e.Hash) {
					return "its hash is not the one in the manifest"
				}
			}
		}
		return ""
	})
	bar.end()
	if err != nil {
		return err
	}
	if m != nil {
		for _, h := range m.Lanes {
			if !met[h.Lane] && h.Seq > 0 {
				faults = append(faults, fmt.Sprintf("lane %d: entry %d, at which the manifest says the backup stands, is not in the export", h.Lane, h.Seq))
			}
		}
	}
	if c.JSON {
		if err := json.NewEncoder(os.Stdout).Encode(map[string]any{"lanes": lanes, "faults": faults}); err != nil {
			return err
		}
	} else {
		for _, l := range lanes {
			if l.Entries == 0 {
				continue
			}
			fmt.Printf("lane %d of %s, %s: entries %d to %d, %s to %s, ends at %x\n", l.Lane, l.Node, l.Profile, l.After+1, l.seq, l.First.Format(time.RFC3339), l.Last.Format(time.RFC3339), l.hash[:min(8, len(l.hash))])
		}
		for _, f := range faults {
			fmt.Println(f)
		}
	}
	if len(faults) > 0 {
		return fmt.Errorf("%s is not an unbroken journal", c.File)
	}
	return nil
}

// followExport reads an export line by line and follows the hash of each lane.
// each sees every entry and may name a fault of it. faults say where something
// is wrong, at most faultsMax of them; an error means that it cannot be read on.
func followExport(ctx context.Context, path string, bar *bar, each func(*lineage, chepiao.Entry) string) (lanes []*lineage, faults []string, err error) {
	lines, share, end, err := linesOf(path)
	if err != nil {
		return nil, nil, err
	}
	defer end()
	byLane := map[int64]*lineage{}
	total, ended := int64(0), false
	n := 0
	for lines.Scan() {
		if n++; n%exportPage == 0 {
			if err := ctx.Err(); err != nil {
				return nil, nil, err
			}
			bar.show("verifying", share(), 1000)
		}
		if n == 1 {
			if lanes, err = openLanes(lines.Bytes(), byLane); err != nil {
				return nil, nil, fmt.Errorf("%s: %w", path, err)
			}
			continue
		}
		var e exportEntry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil && lines.Err() != nil {
			break // what broke off is the beginning of a line
		} else if err != nil || ended {
			return nil, nil, fmt.Errorf("%s is damaged: line %d is no entry", path, n)
		}
		if e.End {
			if ended = true; e.Entries != total {
				faults = append(faults, fmt.Sprintf("line %d: %d entries stand here, there should be %d", n, total, e.Entries))
			}
			continue
		}
		total++
		l := byLane[e.Lane]
		if l == nil {
			return nil, nil, fmt.Errorf("%s is damaged: line %d is of lane %d, which its first line does not name", path, n, e.Lane)
		}
		entry := e.entry(l.Node)
		for _, what := range []string{l.follow(entry), each(l, entry)} {
			if what != "" {
				faults = append(faults, fmt.Sprintf("line %d, entry %s/%d/%d: %s", n, l.Node, e.Lane, e.Seq, what))
			}
		}
		if len(faults) >= faultsMax {
			return lanes, append(faults, "and perhaps more: the rest was not read"), nil
		}
	}
	if err := lines.Err(); err != nil {
		return nil, nil, fmt.Errorf("%s is damaged after line %d: %w", path, max(0, n-1), err)
	}
	if !ended {
		return nil, nil, fmt.Errorf("%s is cut off after line %d", path, n)
	}
	for _, l := range lanes {
		if l.seq != l.Seq || l.seq > 0 && !bytes.Equal(l.hash, l.Hash) {
			faults = append(faults, fmt.Sprintf("lane %d ends at entry %d, its head is entry %d; or their hashes differ", l.Lane, l.seq, l.Seq))
		}
	}
	return lanes, faults, nil
}

// linesOf opens an export. share says how much of the file was read, of 1000.
func linesOf(path string) (lines *bufio.Scanner, share func() int64, end func(), err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, nil, err
	}
	info, err := f.Stat()
	counted := &counting{r: f}
	var text io.ReadCloser
	if err == nil {
		text, err = plainText(counted)
	}
	if err != nil {
		f.Close()
		return nil, nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	lines = bufio.NewScanner(text)
	lines.Buffer(make([]byte, 256<<10), exportLineMax)
	share = func() int64 { return counted.n * 1000 / max(1, info.Size()) }
	return lines, share, func() { text.Close(); f.Close() }, nil
}

// openLanes reads the first line.
func openLanes(line []byte, byLane map[int64]*lineage) (lanes []*lineage, err error) {
	var head exportHead
	if err := json.Unmarshal(line, &head); err != nil || head.Format != journalFormat {
		return nil, errors.New("this is not an export of a journal, or its first line is damaged")
	}
	for _, l := range head.Lanes {
		if byLane[l.Lane] != nil {
			return nil, fmt.Errorf("the first line names lane %d twice", l.Lane)
		}
		byLane[l.Lane] = &lineage{exportLane: l, seq: l.After, hash: l.AfterHash}
		lanes = append(lanes, byLane[l.Lane])
	}
	return lanes, nil
}

func (e *exportEntry) entry(node string) chepiao.Entry {
	body := []byte(e.Body)
	if e.Raw != nil {
		body = e.Raw
	}
	return chepiao.Entry{Node: node, Lane: e.Lane, Seq: e.Seq, At: e.At, Kind: chepiao.EventKind(e.Kind), Aggregate: e.Aggregate, Version: e.Version, Body: body, Hash: e.Hash}
}

// follow takes the next entry of the lane and says what is wrong with it.
func (l *lineage) follow(e chepiao.Entry) (what string) {
	switch {
	case e.Seq != l.seq+1:
		what = fmt.Sprintf("it follows entry %d: what should stand between is missing, or stands twice", l.seq)
	case !bytes.Equal(store.HashEntry(l.Profile, l.hash, e), e.Hash):
		what = "its hash does not follow from the entry ahead and its own content"
	case e.At.Before(l.Last):
		what = "its time is before that of the entry ahead"
	case e.Seq == 1 && (e.Kind != chepiao.LaneOpened || !profileIs(e.Body, l.Profile)):
		what = "a lane begins with the entry that opens it and names its profile"
	}
	if l.Entries++; l.Entries == 1 {
		l.First = e.At
	}
	l.seq, l.hash, l.Last = e.Seq, slices.Clone(e.Hash), e.At
	return what
}

func profileIs(body []byte, profile chepiao.CryptoProfile) bool {
	var opened chepiao.Event
	return json.Unmarshal(body, &opened) == nil && opened.Profile == profile
}

// plainText undoes the compression, whatever the file is called.
func plainText(r io.Reader) (io.ReadCloser, error) {
	b := bufio.NewReaderSize(r, 256<<10)
	magic, err := b.Peek(4)
	if err != nil && err != io.EOF {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(b, zstd.WithDecoderMaxMemory(256<<20))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		return gzip.NewReader(b)
	}
	return io.NopCloser(b), nil
}

// counting counts what was read of a file.
type counting struct {
	r io.Reader
	n int64
}

func (c *counting) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	return n, err
}
