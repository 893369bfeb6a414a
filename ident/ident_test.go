package ident_test

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chepiao"
	"chepiao/ident"
)

func TestRegistry(t *testing.T) {
	path := filepath.Join(t.TempDir(), "devices.json")
	r, err := ident.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := r.Add(ident.Gate, "gate 3", "SJZ", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := r.Add(ident.Window, "window 1", "", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if len(secret) != len("cpd_")+32 || !strings.HasPrefix(secret, "cpd_") || secret == other {
		t.Fatalf("secrets %q and %q", secret, other)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	kept, err := os.ReadFile(path)
	if err != nil || bytes.Contains(kept, []byte(secret[4:])) {
		t.Fatalf("the file holds a secret (%v)", err)
	}

	again, err := ident.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	want := ident.Device{Name: "gate 3", Role: ident.Gate, Station: "SJZ"}
	if d, ok := again.Find(secret); !ok || d != want {
		t.Errorf("Find = %v %v", d, ok)
	}
	for _, wrong := range []string{"", "cpd_", secret[:len(secret)-1], secret + "a", strings.ToUpper(secret), secret[4:], "gate 3"} {
		if d, ok := again.Find(wrong); ok || d != (ident.Device{}) {
			t.Errorf("Find(%q) found %v", wrong, d)
		}
	}
	if got := again.List(); len(got) != 2 || got[0] != want {
		t.Errorf("List = %v", got)
	}
	if err := again.Remove("gate 3"); err != nil {
		t.Fatal(err)
	}
	if _, ok := again.Find(secret); ok {
		t.Error("a removed device is still found")
	}
	if d, ok := again.Find(other); !ok || d.Name != "window 1" {
		t.Error("removing one device took another along")
	}
	if err := again.Remove("gate 3"); chepiao.Why(err) != chepiao.NotFound {
		t.Errorf("removing twice: %v", err)
	}
}

func TestAddRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "devices.json")
	r, err := ident.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Add(ident.Desk, "desk", "", rand.Reader); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		role          ident.Role
		name, station string
		field         string
	}{
		{"boss", "x", "", "role"}, {"", "x", "", "role"},
		{ident.Gate, "", "", "name"}, {ident.Gate, " x", "", "name"}, {ident.Gate, "x\n", "", "name"}, {ident.Gate, strings.Repeat("x", 41), "", "name"},
		{ident.Gate, "desk", "", "name"},
		{ident.Gate, "x", "a\x00", "station"},
	} {
		_, err := r.Add(c.role, c.name, c.station, rand.Reader)
		if why := chepiao.AsRefusal(err); why == nil || why.Reason != chepiao.Invalid || why.Field != c.field {
			t.Errorf("Add(%q, %q, %q): %v, want Invalid at %s", c.role, c.name, c.station, err, c.field)
		}
	}
	if _, err := r.Add(ident.Gate, "x", "", bytes.NewReader(nil)); err == nil || chepiao.AsRefusal(err) != nil {
		t.Errorf("without chance: %v, want a fault", err)
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("a refused device changed the file (%v)", err)
	}
}

func TestOpenDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "devices.json")
	for _, body := range []string{"", "{}", `[{"name":"x","role":"gate","hash":"AAAA"}]`, `[{"name":"x","role":"king","hash":"AAAA"}]`} {
		if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ident.Open(path); err == nil {
			t.Errorf("%q opens", body)
		}
	}
}

// TestAnyone: in open mode every caller is the one device, and no device can be
// added that would make it look closed.
func TestAnyone(t *testing.T) {
	d := ident.Device{Name: "anyone", Role: ident.Desk}
	r := ident.Anyone(d)
	for _, secret := range []string{"", "cpd_x"} {
		if got, ok := r.Find(secret); !ok || got != d {
			t.Errorf("Find(%q) = %v %v", secret, got, ok)
		}
	}
	if !r.IsOpen() || len(r.List()) != 0 {
		t.Error("an open registry has a list")
	}
	if _, err := r.Add(ident.Gate, "g", "", rand.Reader); err == nil {
		t.Error("an open registry took a device")
	}
	if closed, _ := ident.Open(filepath.Join(t.TempDir(), "none.json")); closed.IsOpen() {
		t.Error("a new registry is open")
	} else if _, ok := closed.Find(""); ok {
		t.Error("a new registry knows the empty secret")
	}
}

// TestReload: a device that another process adds may act at once it is read, and
// one that was removed no more; a damaged file changes nothing.
func TestReload(t *testing.T) {
	path := filepath.Join(t.TempDir(), "devices.json")
	hub, err := ident.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	reload := func(want bool) {
		t.Helper()
		if changed, err := hub.Reload(); changed != want || err != nil {
			t.Errorf("changed: %v, %v, want %v", changed, err, want)
		}
	}
	reload(false)
	other, _ := ident.Open(path)
	secret, err := other.Add(ident.Window, "W1", "", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := hub.Find(secret); ok {
		t.Error("a device that was not read may act")
	}
	reload(true)
	reload(false)
	if d, ok := hub.Find(secret); !ok || d.Name != "W1" {
		t.Errorf("found %+v, %v", d, ok)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, good[:len(good)/2], 0o600); err != nil { // a copy under way
		t.Fatal(err)
	}
	if changed, err := hub.Reload(); changed || err == nil || strings.Contains(err.Error(), "hash") {
		t.Errorf("half a file: %v, %v", changed, err)
	}
	if _, ok := hub.Find(secret); !ok {
		t.Error("half a file took a device's right away")
	}
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	reload(true)
	if err := other.Remove("W1"); err != nil {
		t.Fatal(err)
	}
	reload(true)
	if _, ok := hub.Find(secret); ok {
		t.Error("a device that was removed may act")
	}
	if own, err := hub.Add(ident.Desk, "D1", "", rand.Reader); err != nil {
		t.Error(err)
	} else if _, ok := hub.Find(own); !ok {
		t.Error("its own device is not found")
	}
	reload(false) // it has written that itself
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	reload(true)
	if len(hub.List()) != 0 {
		t.Errorf("without a file: %v", hub.List())
	}
}
