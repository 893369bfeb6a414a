package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"chepiao"
	"chepiao/store"
)

// A backup is one file that the database's own tools can read, and beside it a
// manifest: what the file must be, byte for byte, and where the journal stood.

const (
	manifestFormat = "chepiao-backup-1"
	manifestTail   = ".json"
	keyTail        = ".key"
)

// pieceBytes is how much of a backup one piece's hash covers: damage is told to
// lie within a piece.
const pieceBytes = 4 << 20

// Kinds of backups.
const (
	kindSQLite   = "sqlite"   // a database file
	kindPostgres = "postgres" // a dump by pg_dump, custom format
)

// manifest says what a backup holds. It names nobody and holds no secret.
type manifest struct {
	Format     string                `json:"format"`
	Kind       string                `json:"kind"`
	Node       string                `json:"node"`
	Profile    chepiao.CryptoProfile `json:"profile"`
	Program    string                `json:"program"`
	Made       time.Time             `json:"made"`
	Migrations []string              `json:"migrations"`
	Lanes      []store.Head          `json:"lanes"`
	Schema     string                `json:"schema,omitempty"` // PostgreSQL: the schema that was dumped
	Keys       bool                  `json:"keys"`             // the node's key lies beside the backup
	Devices    json.RawMessage       `json:"devices,omitempty"`

	File   string   `json:"file"`
	Size   int64    `json:"size"`
	SHA256 string   `json:"sha256"`
	Piece  int64    `json:"piece"`  // bytes
	Pieces []string `json:"pieces"` // the first 8 bytes of each piece's SHA-256
}

// fingerprint reads a backup to its end and notes what it is.
func (m *manifest) fingerprint(ctx context.Context, path string, progress func(done, total int64)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	m.Size, m.Piece, m.Pieces = info.Size(), pieceBytes, nil
	m.SHA256, err = eachPiece(ctx, f, info.Size(), pieceBytes, progress, func(_ int64, sum string, _ []byte) error {
		m.Pieces = append(m.Pieces, sum)
		return nil
	})
	return err
}

// copyTo copies a backup to a new file and makes sure that every byte is as the
// manifest says. The error says where it is not.
func (m *manifest) copyTo(ctx context.Context, from, to string, progress func(done, total int64)) (err error) {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() != m.Size {
		return fmt.Errorf("%s is damaged: it ends at byte %d, its manifest says %d", from, info.Size(), m.Size)
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Sync(), out.Close()) }()
	n := 0
	sum, err := eachPiece(ctx, f, m.Size, m.Piece, progress, func(at int64, sum string, piece []byte) error {
		if n >= len(m.Pieces) || m.Pieces[n] != sum {
			return fmt.Errorf("%s is damaged between byte %d and byte %d", from, at, at+int64(len(piece)))
		}
		n++
		_, err := out.Write(piece)
		return err
	})
	if err == nil && (n != len(m.Pieces) || sum != m.SHA256) {
		err = fmt.Errorf("%s is not what its manifest says, though every piece of it is: the manifest is damaged", from)
	}
	return err
}

// eachPiece gives a reader's bytes piece by piece, with the hash of each, and
// returns the hash of all of it.
func eachPiece(ctx context.Context, r io.Reader, total, size int64, progress func(done, total int64), each func(at int64, sum string, piece []byte) error) (string, error) {
	if size < 4096 || size > 1<<30 {
		return "", fmt.Errorf("pieces of %d bytes are none: the manifest is damaged", size)
	}
	whole, buffer := sha256.New(), make([]byte, size)
	for at := int64(0); ; {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		n, err := io.ReadFull(r, buffer)
		if n > 0 {
			whole.Write(buffer[:n])
			sum := sha256.Sum256(buffer[:n])
			if err := each(at, hex.EncodeToString(sum[:8]), buffer[:n]); err != nil {
				return "", err
			}
			at += int64(n)
			progress(at, total)
		}
		switch {
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			return hex.EncodeToString(whole.Sum(nil)), nil
		case err != nil:
			return "", fmt.Errorf("reading at byte %d: %w", at, err)
		}
	}
}

// readManifest reads the manifest beside a backup.
func readManifest(backup string) (*manifest, error) {
	text, err := os.ReadFile(backup + manifestTail)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s has no manifest %s beside it: a backup without one is not finished", backup, filepath.Base(backup+manifestTail))
	}
	if err != nil {
		return nil, err
	}
	m := &manifest{}
	if err := json.Unmarshal(text, m); err != nil || m.Format != manifestFormat {
		return nil, fmt.Errorf("%s is not a manifest of a backup, or is damaged", backup+manifestTail)
	}
	if len(m.Lanes) == 0 || m.Size <= 0 || m.SHA256 == "" {
		return nil, fmt.Errorf("%s is damaged: it lacks lanes, size or hash", backup+manifestTail)
	}
	return m, nil
}

func (m *manifest) write(path string) error {
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	return writeWhole(path, append(text, '\n'), 0o644)
}

// agrees says where the heads of a database are not those of the manifest.
func (m *manifest) agrees(heads []store.Head) error {
	if len(heads) != len(m.Lanes) {
		return fmt.Errorf("it has %d lanes, the manifest says %d", len(heads), len(m.Lanes))
	}
	for i, h := range heads {
		if w := m.Lanes[i]; h.Lane != w.Lane || h.Seq != w.Seq || !bytes.Equal(h.Hash, w.Hash) {
			return fmt.Errorf("lane %d stands at entry %d, the manifest says lane %d at entry %d; or their hashes differ", h.Lane, h.Seq, w.Lane, w.Seq)
		}
	}
	return nil
}

// writeWhole writes a file so that a crash leaves the old one or the new one.
func writeWhole(path string, text []byte, mode os.FileMode) (err error) {
	f, err := os.OpenFile(path+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	_, err = w.Write(text)
	if err = errors.Join(err, w.Flush(), f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path+".part"))
	}
	return settle(path+".part", path)
}

// settle gives a finished file its name, for good: the folder is on the disk, too.
func settle(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(to))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// program names this build.
func program() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "chepiao"
	}
	version := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			version += " " + s.Value[:12]
		}
	}
	return "chepiao " + version + " " + info.GoVersion
}
