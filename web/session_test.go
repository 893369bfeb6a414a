package web_test

import (
	"crypto/rand"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"chepiao/ident"
	"chepiao/web/stage"
)

// TestSessionElsewhere: who has signed in at one process is known at another one
// with the same devices, also when that one was started later: nothing of a
// session lies in a process. When the device is removed it is over at both.
func TestSessionElsewhere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "devices.json")
	devices := func() *ident.Registry {
		d, err := ident.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	here := devices()
	secret, err := here.Add(ident.Window, "window-1", "", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	one := stage.Open(t, stage.Options{Devices: here})
	in := one.Post("/staff", url.Values{"secret": {secret}, "next": {"/window"}})
	if in.Location() != "/window" {
		t.Fatalf("signed in: %d to %s", in.Status, in.Location())
	}
	cookie, _, _ := strings.Cut(in.Header.Get("Set-Cookie"), ";")
	name, value, _ := strings.Cut(cookie, "=")
	elsewhere := devices()
	two := stage.Open(t, stage.Options{Devices: elsewhere})
	for _, s := range []*stage.Stage{one, two} {
		r := httptest.NewRequest("GET", "/window", nil)
		r.Header.Set("Cookie", name+"="+value)
		s.Visit(r).Want(200)
	}
	two.Get("/window").Want(303) // without it
	if err := here.Remove("window-1"); err != nil {
		t.Fatal(err)
	}
	if changed, err := elsewhere.Reload(); !changed || err != nil {
		t.Fatalf("read again: %v, %v", changed, err)
	}
	for _, s := range []*stage.Stage{one, two} {
		r := httptest.NewRequest("GET", "/window", nil)
		r.Header.Set("Cookie", name+"="+value)
		s.Visit(r).Want(303)
	}
}
