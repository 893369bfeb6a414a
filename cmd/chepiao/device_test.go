package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chepiao/device"
	"chepiao/ident"
)

func TestDevicesAreAddedAndRemoved(t *testing.T) {
	folder := t.TempDir()
	for _, add := range []deviceAddCmd{{Role: ident.Window, Data: folder}, {Role: ident.Window, Data: folder}, {Role: ident.Gate, Name: "G1", Data: folder, Station: "SJZ"}} {
		if err := add.Run(); err != nil {
			t.Fatal(err)
		}
	}
	if err := (&deviceAddCmd{Role: ident.Gate, Name: "G1", Data: folder}).Run(); err == nil {
		t.Error("two devices of one name")
	}
	if err := (&deviceRemoveCmd{Name: "window-1", Data: folder}).Run(); err != nil {
		t.Fatal(err)
	}
	if err := (&deviceRemoveCmd{Name: "window-1", Data: folder}).Run(); err == nil {
		t.Error("removed twice")
	}
	devices, err := ident.Open(filepath.Join(folder, "devices.json"))
	if err != nil {
		t.Fatal(err)
	}
	want := []ident.Device{{Name: "G1", Role: ident.Gate, Station: "SJZ"}, {Name: "window-2", Role: ident.Window}}
	got := devices.List()
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("%v, want %v", got, want)
	}
}

// The token is made once, and nobody else may read it.
func TestTokenIsKept(t *testing.T) {
	c := deviceRunCmd{Token: filepath.Join(t.TempDir(), "new", "token")}
	one, err := c.token()
	if err != nil || len(one) < device.TokenMin {
		t.Fatalf("%q %v", one, err)
	}
	if two, err := c.token(); err != nil || two != one {
		t.Errorf("another token after a restart (%v)", err)
	}
	if info, err := os.Stat(c.Token); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// The demo's simulated devices answer this machine only, and a photo of a slip is a
// picture.
func TestDemoHasDevices(t *testing.T) {
	pages := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusTeapot) })
	h, err := demoCounters(t.Context(), t.TempDir(), nil, nil, pages)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/device/window/status": 200, "/device/kiosk/status": 200, "/device/desk/status": 404, "/device/panel": 200, "/device/panel/state": 200, "/window": 418} {
		for host, forbidden := range map[string]bool{"127.0.0.1:8080": false, "localhost": false, "evil.example": true} {
			r := httptest.NewRequest("GET", path, nil)
			r.Host = host
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			expected := want
			if forbidden && strings.HasPrefix(path, "/device/") {
				expected = http.StatusForbidden
			}
			if w.Code != expected {
				t.Errorf("%s at %s: %d, want %d", path, host, w.Code, expected)
			}
		}
	}
}
