package gtfs

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// Limits of what is read, against broken files and zip bombs.
const (
	BytesMax     = 4 << 30    // of all tables together, uncompressed
	RowBytesMax  = 1 << 20    // of one row
	RowsMax      = 2_000_000  // of one table
	StopTimesMax = 10_000_000 // of stop_times.txt
)

// Source is an opened feed. Close it after Read.
type Source struct {
	fs.FS
	close func() error
}

// Close closes the zip file.
func (s Source) Close() error { return s.close() }

// Open opens a feed: a zip file or a folder.
func Open(name string) (Source, error) {
	info, err := os.Stat(name)
	if err != nil {
		return Source{}, fmt.Errorf("opening the feed: %w", err)
	}
	if info.IsDir() {
		return Source{os.DirFS(name), func() error { return nil }}, nil
	}
	z, err := zip.OpenReader(name)
	if err != nil {
		return Source{}, fmt.Errorf("opening the feed %s as a zip file: %w", name, err)
	}
	return Source{z, z.Close}, nil
}

// tables are the files of a feed and the account of how much was read.
type tables struct {
	fs       fs.FS
	rep      *Report
	progress func(Progress)
	sizes    map[string]int64
	at       Progress
	told     int64 // Done when progress was last called
	budget   int64 // bytes that may still be read
}

// required are the tables without which there is no timetable.
var required = []string{"agency.txt", "stops.txt", "routes.txt", "trips.txt", "stop_times.txt"}

// read are all tables that this package reads, for the total of the progress.
var read = append([]string{
	"feed_info.txt", "networks.txt", "route_networks.txt", "calendar.txt", "calendar_dates.txt", "frequencies.txt",
	"fare_attributes.txt", "fare_rules.txt", "rider_categories.txt", "fare_products.txt", "fare_leg_rules.txt", "stop_areas.txt",
	vehiclesFile, faresFile,
}, required...)

func openTables(src fs.FS, rep *Report, progress func(Progress)) (*tables, error) {
	dir, err := findFolder(src)
	if err != nil {
		return nil, err
	}
	if dir != "." {
		if src, err = fs.Sub(src, dir); err != nil {
			return nil, fmt.Errorf("opening the folder %s of the feed: %w", dir, err)
		}
		rep.add(Note, "subfolder", dir, 0, "", "", "the tables stand in a subfolder", "read from there")
	}
	t := &tables{fs: src, rep: rep, progress: progress, sizes: map[string]int64{}, budget: BytesMax}
	for _, name := range read {
		info, err := fs.Stat(src, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("opening %s: %w", name, err)
		}
		if info.IsDir() {
			continue
		}
		t.sizes[name] = info.Size()
		t.at.Total += max(info.Size(), 0)
		if t.at.Total > BytesMax || t.at.Total < 0 {
			return nil, fmt.Errorf("the feed is larger than %d bytes uncompressed", int64(BytesMax))
		}
	}
	return t, t.missing()
}

// findFolder is the folder that holds stops.txt: the top, or the one folder in
// it that does.
func findFolder(src fs.FS) (string, error) {
	has := func(dir string) bool {
		_, err := fs.Stat(src, path.Join(dir, "stops.txt"))
		return err == nil
	}
	if has(".") {
		return ".", nil
	}
	entries, err := fs.ReadDir(src, ".")
	if err != nil {
		return "", fmt.Errorf("listing the feed: %w", err)
	}
	var found []string
	for _, e := range entries {
		if e.IsDir() && has(e.Name()) {
			found = append(found, e.Name())
		}
	}
	if len(found) > 1 {
		return "", fmt.Errorf("the feed has stops.txt in several folders: %s", strings.Join(found, ", "))
	}
	if len(found) == 1 {
		return found[0], nil
	}
	return ".", nil // missing says what is missing
}

func (t *tables) missing() error {
	var names []string
	for _, name := range required {
		if !t.has(name) {
			names = append(names, name)
		}
	}
	if !t.has("calendar.txt") && !t.has("calendar_dates.txt") {
		names = append(names, "calendar.txt or calendar_dates.txt")
	}
	if len(names) > 0 {
		return fmt.Errorf("the feed lacks a required file: %s", strings.Join(names, ", "))
	}
	return nil
}

func (t *tables) has(name string) bool {
	_, ok := t.sizes[name]
	return ok
}

func (t *tables) stage(name string) {
	t.at.Stage = name
	t.tell()
}

func (t *tables) finish() {
	t.at.Done = t.at.Total
	t.tell()
}

func (t *tables) tell() {
	t.told = t.at.Done
	if t.progress != nil {
		t.progress(t.at)
	}
}

// meter counts what is read of one table against the budget of the feed and of
// the row. The csv reader asks for the next bytes only inside a row, so a row
// that never ends is noticed here, before it fills the memory.
type meter struct {
	r    io.Reader
	t    *tables
	left int // bytes the row may still take
}

var errRowTooLong = fmt.Errorf("a row is longer than %d bytes; is a quotation mark left open?", RowBytesMax)

func (m *meter) Read(p []byte) (int, error) {
	if m.left <= 0 {
		return 0, errRowTooLong
	}
	n, err := m.r.Read(p)
	m.left -= n
	m.t.budget -= int64(n)
	m.t.at.Done += int64(n)
	if m.t.at.Done-m.t.told >= 1<<18 {
		m.t.tell()
	}
	if m.t.budget < 0 {
		return 0, fmt.Errorf("the feed is larger than %d bytes uncompressed", int64(BytesMax))
	}
	return n, err
}
