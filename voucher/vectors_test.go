package voucher

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"
	"time"

	"chepiao"
)

//go:generate go test -run TestVectors -update

var update = flag.Bool("update", false, "write vectors.json anew")

// vectorFile is vectors.json: keys, a directory, and codes with what a
// verifier has to say. The secrets are for tests and known to everybody.
type vectorFile struct {
	About     string            `json:"about"`
	Secrets   []json.RawMessage `json:"secrets"`
	Directory json.RawMessage   `json:"directory"`
	Cases     []vector          `json:"cases"`
}

type vector struct {
	Name   string            `json:"name"`
	Code   string            `json:"code"`
	Now    time.Time         `json:"now"`
	Valid  bool              `json:"valid"`
	Signed bool              `json:"signed"`
	Reason chepiao.Reason    `json:"reason"`
	Kid    string            `json:"kid,omitempty"`
	Claims map[string]string `json:"claims,omitempty"` // number of the claim to its value, as Explain shows it
}

// TestVectors checks every code of vectors.json, and that the file is what the
// code writes today: a change of the format cannot pass unseen.
func TestVectors(t *testing.T) {
	fresh := buildVectors(t)
	if *update {
		if err := os.WriteFile("vectors.json", must[[]byte](t)(marshalVectors(fresh)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data := must[[]byte](t)(os.ReadFile("vectors.json"))
	if !bytes.Equal(data, must[[]byte](t)(marshalVectors(fresh))) {
		t.Error("vectors.json differs from what is written today: a format change, or run go generate ./voucher")
	}
	var f vectorFile
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	directory := must[*Directory](t)(ParseDirectory(f.Directory))
	for _, c := range f.Cases {
		t.Run(c.Name, func(t *testing.T) {
			if got := judge(directory, c.Name, c.Code, c.Now); !equalVectors(got, c) {
				t.Errorf("got  %+v\nwant %+v", got, c)
			}
		})
	}
}

// judge is the vector that the code deserves today.
func judge(d *Directory, name, code string, now time.Time) vector {
	v := d.Verify(code, now)
	c := vector{Name: name, Code: code, Now: now, Valid: v.Valid, Signed: v.Signed, Reason: chepiao.CheckOK}
	if v.Refusal != nil {
		c.Reason = v.Refusal.Reason
	}
	if v.Claims != nil {
		c.Kid, c.Claims = v.Key.String(), map[string]string{}
		for _, l := range v.Explain(nil, nil) {
			c.Claims[l.Number] = l.Value
		}
	}
	return c
}

func equalVectors(a, b vector) bool {
	x, y := must2(json.Marshal(a)), must2(json.Marshal(b))
	return bytes.Equal(x, y)
}

func marshalVectors(f vectorFile) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	err := e.Encode(f)
	return b.Bytes(), err
}

// vectorBook collects cases with the reason that their author expects; the
// rest of a vector is what the code says.
type vectorBook struct {
	t         testing.TB
	directory *Directory
	cases     []vector
}

func (b *vectorBook) add(name string, want chepiao.Reason, code string, now time.Time) {
	b.t.Helper()
	got := judge(b.directory, name, code, now)
	if got.Reason != want {
		b.t.Errorf("%s: %s, want %s", name, got.Reason, want)
	}
	b.cases = append(b.cases, got)
}

func buildVectors(t testing.TB) vectorFile {
	revokedAt := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	centre := must[*Ring](t)(NewRing(fixedKey(t, "CT00", chepiao.ProfileEd25519, "centre", keyBorn)))
	stolen := fixedKey(t, "HB01", chepiao.ProfileEd25519, "stolen", keyBorn)
	old := fixedKey(t, "HB01", chepiao.ProfileEd25519, "old", keyBorn.Add(-KeyLife))
	stranger := fixedKey(t, "HB01", chepiao.ProfileEd25519, "stranger", keyBorn)
	rings := map[chepiao.CryptoProfile]*Ring{}
	f := vectorFile{About: "Test vectors of CP1 codes (docs/voucher.md). The secrets are public: never use them. Written by go generate ./voucher; read by vectors_test.go and vectors.test.mjs."}
	list := centre.Public()
	for _, p := range profiles {
		rings[p] = fixedRing(t, p)
		list = append(list, rings[p].Public()...)
		f.Secrets = append(f.Secrets, must[[]byte](t)(rings[p].Active().MarshalSecret()))
	}
	withdrawn := stolen.Public()
	withdrawn.Revoked = revokedAt
	list = append(list, withdrawn, old.Public())
	f.Directory = must[[]byte](t)(centre.Publish(7, noon.Add(-24*time.Hour), list...))
	b := &vectorBook{t: t, directory: must[*Directory](t)(ParseDirectory(f.Directory))}
	addValid(b, rings)
	addTimes(b, rings[chepiao.ProfileEd25519])
	addKeys(b, rings, stolen, old, stranger, revokedAt)
	addForged(b, rings)
	addBroken(b, rings[chepiao.ProfileEd25519])
	addForm(b, rings[chepiao.ProfileEd25519].Active())
	f.Cases = b.cases
	return f
}
