package gtfs

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden reports anew")

// TestReports reads the feeds of testdata, each full of what one meets in real
// feeds, and compares the report with the one a person has looked at.
func TestReports(t *testing.T) {
	for _, name := range []string{"broken", "fares", "extended"} {
		t.Run(name, func(t *testing.T) {
			src, err := Open(filepath.Join("testdata", name))
			if err != nil {
				t.Fatal(err)
			}
			o := november(t)
			f, rep, err := Read(src, o, nil)
			if err != nil {
				t.Fatal(err)
			}
			sound(t, f, o)
			var got bytes.Buffer
			if err := rep.WriteText(&got); err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", name+".report")
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("the report differs (run with -update if that is meant):\n%s", diff)
			}
		})
	}
}

func TestReportIsCapped(t *testing.T) {
	var r Report
	for i := range 1000 {
		r.add(Warning, "kind", "stops.txt", i, "", "", "what", "done")
	}
	if len(r.Findings) != FindingsMax || r.Count(Warning) != 1000 || r.Count(Error) != 0 {
		t.Errorf("kept %d findings, counted %d", len(r.Findings), r.Count(Warning))
	}
	if !r.Has("kind") || r.Has("other") {
		t.Error("Has is wrong")
	}
	b, err := json.Marshal(&r)
	if err != nil || !bytes.Contains(b, []byte(`"count":1000`)) {
		t.Errorf("JSON %s, error %v", b, err)
	}
}
