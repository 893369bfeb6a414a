package relay

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"
	"time"

	"chepiao"
)

var update = flag.Bool("update", false, "write the sample of the wire anew: only where nothing old changes its meaning")

// sample has every message of version 1 once.
func sample() map[string]any {
	at := time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)
	parcel := chepiao.Parcel{N: 1, Prev: []byte{1}, Link: []byte{2}, Entry: chepiao.Entry{
		Node: "ST2", Lane: 5000000, Seq: 3, At: at, Kind: "seats_taken", Aggregate: "departure 7", Version: 2, Body: []byte(`{}`), Hash: []byte{3},
	}, People: []chepiao.Carried{{Ticket: 11, Key: []byte{4}, Box: []byte{5}}}}
	return map[string]any{
		"enrol":    enrolling{Code: "ABCD-EFGH-IJKL-MNOP", Name: "SJZ", Key: []byte{6}},
		"enrolled": Enrolled{No: 2, Name: "SJZ", Station: 1, Profile: chepiao.ProfileEd25519, Hub: "HUB", Key: []byte{7}, Secret: []byte{8}},
		"hello":    Greeting{Version: "v", Heads: map[int64]int64{5000000: 4}, Heard: map[int64]int64{1: 9}, Offset: -1200, Stopped: "broken-in"},
		"welcome":  Welcome{Version: "v", Snapshot: "s", Nodes: map[chepiao.StationNo]chepiao.NodeNo{1: 2}, Heads: map[int64]int64{1: 9}, Received: map[int64]int64{5000000: 3}},
		"picture":  pictured{Version: "s"},
		"feed":     feeding{Parcels: []chepiao.Parcel{parcel}, More: true},
		"taken":    taken{Received: map[int64]int64{5000000: 4}, Stop: stopGap},
		"time":     clockSays{at.UnixMicro()},
		"trouble":  trouble{"INVALID", "中", "en"},
	}
}

// TestWireStays: what stations of version 1 send and read stays as it is, and a
// later program's new members are passed over.
func TestWireStays(t *testing.T) {
	const file = "testdata/wire-v1.json"
	got, err := json.MarshalIndent(sample(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the wire has changed:\n%s", got)
	}
	var g Greeting
	if err := decode([]byte(`{"version":"later","news":{"a":1},"heard":{"1":2}}`), "", &g); err != nil || g.Heard[1] != 2 {
		t.Errorf("a member that is not known is not passed over: %v", err)
	}
	if err := decode([]byte(`{"version":`), "", &g); err == nil {
		t.Error("half a message is read")
	}
}

// TestCursor reads what it writes and refuses everything else.
func TestCursor(t *testing.T) {
	text := cursor(map[int64]int64{7: 2, 1: 30})
	if text != "1:30,7:2" {
		t.Errorf("a cursor is written %q", text)
	}
	if got, err := readCursor(text); err != nil || len(got) != 2 || got[1] != 30 || got[7] != 2 {
		t.Errorf("read as %v, %v", got, err)
	}
	for _, bad := range []string{"1", "1:", ":1", "a:1", "1:a", "0:1", "1:-1", "1:1,", "1:1;2:2"} {
		if _, err := readCursor(bad); err == nil {
			t.Errorf("%q is taken for a cursor", bad)
		}
	}
}
