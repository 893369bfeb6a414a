package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"chepiao"
)

// aTemplate is like a real one: 128 numbers about 0, of length 1.3.
func aTemplate(seed uint64) []byte {
	chance := rand.New(rand.NewPCG(seed, 1))
	var b []byte
	for range 128 {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(chance.NormFloat64()*0.115)))
	}
	return b
}

// Doctor finds a face wherever and however it was written down, and takes nothing
// else for one.
func TestDoctorFindsFaces(t *testing.T) {
	noise := make([]byte, 3<<20)
	rand.NewChaCha8([32]byte{9}).Read(noise) //nolint:errcheck // it never fails
	clean := map[string][]byte{
		"noise": noise, "nothing": make([]byte, 1<<20), "base64 of noise": []byte(base64.StdEncoding.EncodeToString(noise[:200_000])),
		"words": []byte(strings.Repeat("石家庄客运总站 → 保定客运中心站，12 号座；检票口 7。Seat 12, gate 7; ", 5000)), "question marks": bytes.Repeat([]byte("????"), 9999),
		"numbers": []byte(strings.Repeat(`{"at":1790000000000000,"price":4900,"share":0.25},`, 5000)),
	}
	for name, b := range clean {
		if what, at, n, err := findFace(t.Context(), bytes.NewReader(b)); what != "" || err != nil || n != int64(len(b)) {
			t.Errorf("%s: %q at %d, %v", name, what, at, err)
		}
	}
	for seed := range uint64(50) {
		face := aTemplate(seed)
		for name, form := range map[string][]byte{
			"bytes": face, "half, the rest on another page": face[:264], "base64": []byte(`{"template":"` + base64.StdEncoding.EncodeToString(face) + `"}`),
			"base64 in the middle of more": []byte(base64.StdEncoding.EncodeToString(append([]byte{1, 2}, face...))), "a picture": []byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00"),
		} {
			for _, before := range []int{0, 1, 2, 3, faceChunk - 100, faceChunk + 11} {
				file := append(append(bytes.Clone(noise[:before]), form...), noise[:5000]...)
				if what, _, _, err := findFace(t.Context(), bytes.NewReader(file)); what == "" || err != nil {
					t.Fatalf("%s after %d bytes is not found (%v)", name, before, err)
				}
				if seed > 0 {
					break // the places are tried once
				}
			}
		}
	}
	folder := t.TempDir()
	for name, b := range map[string][]byte{"hub.db": noise, "hub.log": clean["words"], "backup.db": append(bytes.Clone(noise), aTemplate(3)...)} {
		if err := os.WriteFile(filepath.Join(folder, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	traces, read, err := faceTraces(t.Context(), folder)
	if err != nil || read < int64(2*len(noise)) || len(traces) != 1 || filepath.Base(traces[0].File) != "backup.db" {
		t.Errorf("%v, %d bytes, %v", traces, read, err)
	}
}

// Doctor finds a face in a row of a PostgreSQL database, whichever table it is in, and
// none in a database that a hub has just opened.
func TestDoctorFindsFacesInPostgreSQL(t *testing.T) {
	url := temporaryPostgres(t)
	n, err := openNode(t.Context(), nodeOptions{folder: t.TempDir(), target: url, name: "HUB1", profile: chepiao.ProfileEd25519, log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.close(); err != nil {
		t.Fatal(err)
	}
	if traces, read, err := faceRows(t.Context(), url); len(traces) != 0 || read == 0 || err != nil {
		t.Fatalf("%v, %d bytes, %v", traces, read, err)
	}
	for _, sql := range []string{
		"CREATE TABLE zz_raw (face BYTEA); INSERT INTO zz_raw VALUES ('\\x" + hex.EncodeToString(aTemplate(1)) + "')",
		"DROP TABLE zz_raw; CREATE TABLE zz_text (body TEXT); INSERT INTO zz_text VALUES ('" + base64.StdEncoding.EncodeToString(aTemplate(2)) + "')",
	} {
		if out, err := exec.Command("psql", "--quiet", "--dbname="+url, "--command="+sql).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if traces, _, err := faceRows(t.Context(), url); len(traces) != 1 || err != nil {
			t.Errorf("%v, %v", traces, err)
		}
	}
}
