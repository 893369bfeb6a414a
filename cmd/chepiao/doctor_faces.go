package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/bits"
	"os"
	"path/filepath"

	"chepiao/store"
)

// Faces are to be in memory only (docs/face.md). Doctor does not take that on trust:
// it reads every byte of the data folder, database, log and backups alike, and of each
// row where the database is PostgreSQL, and looks
// for what a face would look like there: a picture by how its format begins, and a
// template by what its numbers are. The numbers of a template are small fractions
// on both sides of 0, four bytes each; 64 such in a row are found by chance in no other data, and half a
// template is enough, as a database may lay the other half elsewhere.

// faceTrace is a place in a file that looks like a face.
type faceTrace struct {
	File string `json:"file"`
	At   int64  `json:"at"` // byte
	What string `json:"what"`
}

func (f faceTrace) String() string { return fmt.Sprintf("%s: %s at byte %d", f.File, f.What, f.At) }

// faceTraces are the first traces of faces in the files of a folder, and how many
// bytes were read. A file that goes away meanwhile had nothing to say.
func faceTraces(ctx context.Context, folder string) (traces []faceTrace, read int64, err error) {
	err = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && !d.Type().IsRegular() {
			return nil
		}
		if err != nil {
			return err
		}
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		defer f.Close()
		what, at, n, err := findFace(ctx, f)
		read += n
		if what != "" {
			traces = append(traces, faceTrace{path, at, what})
		}
		return err
	})
	if err != nil {
		return traces, read, fmt.Errorf("looking for faces in the data folder: %w", err)
	}
	return traces, read, nil
}

// faceRows looks through every row of a PostgreSQL database in the same way.
func faceRows(ctx context.Context, url string) (traces []faceTrace, read int64, err error) {
	from, to := io.Pipe()
	go func() { to.CloseWithError(store.Bytes(ctx, url, to)) }()
	what, at, read, err := findFace(ctx, from)
	from.Close() //nolint:errcheck // a pipe in memory
	if what != "" {
		traces = append(traces, faceTrace{"the PostgreSQL database", at, what})
	}
	if err != nil {
		return traces, read, fmt.Errorf("looking for faces in the database: %w", err)
	}
	return traces, read, nil
}

const (
	faceChunk = 1 << 20
	faceTail  = 4096 // of a chunk that is read again with the next: longer than a template in any form
	faceLeast = 56   // of 64 numbers in a row, in the range: a template
	faceSigns = 12   // of 64, below 0 and above at least: letters in a row are all above
	base64Run = 344  // characters of base64: half a template
)

// pictures are how pictures begin, as they are and in base64.
var pictures = [][]byte{
	[]byte("\xff\xd8\xff\xe0\x00\x10JFIF"), []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), []byte("/9j/4AAQSkZJRg"), []byte("iVBORw0KGgoAAAANSUhEUg"), []byte("data:image/jpeg;base64,"),
}

// findFace reads to the first trace or to the end.
func findFace(ctx context.Context, r io.Reader) (what string, at, read int64, err error) {
	buffer := make([]byte, 0, faceChunk+faceTail)
	base := int64(0) // of the buffer
	for {
		if err := ctx.Err(); err != nil {
			return "", 0, read, err
		}
		kept := len(buffer)
		buffer = buffer[:kept+faceChunk]
		n, err := io.ReadFull(r, buffer[kept:])
		buffer, read = buffer[:kept+n], read+int64(n)
		if what, i := faceIn(buffer); what != "" {
			return what, base + int64(i), read, nil
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return "", 0, read, nil
		}
		if err != nil {
			return "", 0, read, err
		}
		cut := len(buffer) - faceTail
		buffer, base = buffer[:copy(buffer, buffer[cut:])], base+int64(cut)
	}
}

func faceIn(b []byte) (what string, at int) {
	for _, p := range pictures {
		if i := bytes.Index(b, p); i >= 0 {
			return "a picture", i
		}
	}
	if i := templateIn(b); i >= 0 {
		return "a face template", i
	}
	for from := 0; from < len(b); {
		to := from
		for to < len(b) && isBase64[b[to]] {
			to++
		}
		for phase := 0; to-from >= base64Run && phase < 4; phase++ {
			raw := make([]byte, (to-from-phase)/4*3)
			n, _ := base64.StdEncoding.Decode(raw, b[from+phase:from+phase+(to-from-phase)/4*4]) // the alphabet was looked at
			if templateIn(raw[:n]) >= 0 {
				return "a face template in base64", from
			}
		}
		from = to + 1
	}
	return "", 0
}

// templateIn is where a row of a template's numbers ends; -1 for nowhere.
func templateIn(b []byte) int {
	var row, below [4]uint64 // by alignment: which of the last 64 numbers are in the range, and which of these below 0
	for i := 0; i+4 <= len(b); i++ {
		p := i & 3
		row[p], below[p] = row[p]<<1, below[p]<<1
		if e := b[i+3] &^ 0x80; e < 0x3b || e > 0x3f {
			continue
		}
		v := math.Abs(float64(math.Float32frombits(binary.LittleEndian.Uint32(b[i:]))))
		if v > 0.003 && v < 0.9 {
			row[p], below[p] = row[p]|1, below[p]|uint64(b[i+3]>>7)
			if n := bits.OnesCount64(below[p]); n >= faceSigns && n <= 64-faceSigns && bits.OnesCount64(row[p]) >= faceLeast {
				return i
			}
		}
	}
	return -1
}

var isBase64 = func() (is [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		is[c] = true
	}
	return is
}()
