package office

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/paper"
)

// TestTheManifestOnPaper: a page that somebody can read, and nothing in a log.
func TestTheManifestOnPaper(t *testing.T) {
	e := Emergency{
		Run: Run{Template: &chepiao.Template{Number: "JA1707"}}, From: &chepiao.Station{Name: "石家庄客运总站"}, To: &chepiao.Station{Name: "保定客运中心站"},
		Departs: time.Date(2026, 11, 22, 8, 10, 0, 0, time.UTC), Made: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), Plate: "冀A12345", Drivers: []string{"D100"}, Aboard: 3, Free: 1, Seal: strings.Repeat("ab", 16),
		Riders: []EmergencyRider{
			{Seat: 1, Name: "欧阳静", Document: "1301**********0011", Phone: "13900000000", From: "石家庄客运总站", To: "保定客运中心站", Children: 1},
			{Seat: 12, Name: "阿卜杜热西提·库尔班", Document: "1301**********001X", Phone: "13900000001", From: "石家庄客运总站", To: "保定客运中心站", Off: true},
		},
	}
	b, err := paper.PDF(paper.A4, e.Document(paper.Printed{At: e.Made, By: "desk", Copy: 1}))
	if err != nil || len(b) < 1000 {
		t.Fatal(err, len(b))
	}
	if path := os.Getenv("MANIFEST"); path != "" {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, printed := range []string{fmt.Sprint(e.Riders), fmt.Sprintf("%v %+v %#v", e.Riders[0], e.Riders[0], e.Riders[0])} {
		if strings.Contains(printed, "欧阳") || strings.Contains(printed, "139") {
			t.Errorf("a rider prints as %s", printed)
		}
	}
}
