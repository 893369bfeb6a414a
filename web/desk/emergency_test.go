package desk_test

import (
	"crypto/rand"
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
	"chepiao/store"
	"chepiao/web/stage"
)

// TestTheEmergencyManifest: who is aboard in one press, on paper or for the page; it is
// written down whom it named, and who sits elsewhere reads nothing.
func TestTheEmergencyManifest(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	aboard, waits := s.Sell("JA1707", from, to, 1), s.Sell("JA1707", from, to, 2)
	id := s.Departure("JA1707").String()
	s.Pass(85 * time.Minute)
	s.Report("JA1707")
	if _, err := s.Office.Check(t.Context(), s.Now(), office.Verb{ID: "check", By: "gate"}, office.Passage{
		Station: place(t, s), Gate: "7", Document: "resident_id", Number: aboard.Number, Device: "gate",
	}); err != nil {
		t.Fatal(err)
	}
	page := s.Get("/desk?"+here).Want(200, `data-emergency="`+id+`"`)
	ready := s.Get("/desk/emergency?"+here).Want(200, aboard.Name, `"waiting":1`).Lacks(waits.Name, aboard.Number)
	if c := ready.Header.Get("Cache-Control"); c != "no-store" {
		t.Errorf("a copy for a page's memory may be kept by others: %q", c)
	}
	// Two hours on the road and an hour after that, or six hours: what a machine may keep.
	if n := lasts(t, ready); n < 3600 || n > 6*3600 {
		t.Errorf("a copy lasts %d seconds", n)
	}
	s.Get("/emergency?"+here).Want(200, `/desk/departures/`+id+`/emergency`, "JA1707").Lacks("JA1709", aboard.Name)
	looked := func() int {
		n := 0
		if err := s.Store.Read(t.Context(), func(r *store.Reader) error {
			list, err := r.LookUps(stage.Begin, 100)
			for _, l := range list {
				if l.How == chepiao.LookByManifest && l.Why == chepiao.LookEmergency && !l.Person.IsZero() {
					n++
				}
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if looked() != 0 {
		t.Error("a look-up is written down before anybody looked")
	}
	ask := func(form url.Values) stage.Page {
		r := httptest.NewRequest("POST", "/desk/departures/"+id+"/emergency?"+here, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("Accept", "application/json")
		return s.Visit(r)
	}
	once := page.Field("once")
	fresh := ask(url.Values{"once": {once}}).Want(200, aboard.Name, `"aboard":1`).Lacks(waits.Name, aboard.Number)
	ask(url.Values{"once": {once}}).Want(200) // sent twice
	if n := looked(); n != 1 {
		t.Errorf("%d look-ups are written down, not one", n)
	}
	var m struct{ Seal string }
	if err := json.Unmarshal([]byte(fresh.Body), &m); err != nil || len(m.Seal) != 32 {
		t.Errorf("seal %q: %v", m.Seal, err)
	}
	pdf := s.Post("/desk/departures/"+id+"/emergency?"+here, url.Values{"once": {once + "P"}})
	if pdf.Status != 200 || !strings.HasPrefix(pdf.Body, "%PDF") {
		t.Errorf("%d %.80s", pdf.Status, pdf.Body)
	}
	read := s.Now().Add(-time.Minute)
	ask(url.Values{"once": {once + "O"}, "read": {"soon"}}).Want(422)
	ask(url.Values{"once": {once + "O"}, "read": {millis(read)}}).Want(200)
	if n := looked(); n != 3 {
		t.Errorf("%d look-ups are written down, not three", n)
	}
	if log := s.Log.String(); strings.Contains(log, aboard.Name) || strings.Contains(log, aboard.Number) {
		t.Error("the log names a passenger")
	}
}

// TestWhoMayTakeAManifest: a kiosk does not.
func TestWhoMayTakeAManifest(t *testing.T) {
	s := stage.Open(t, stage.Options{Devices: ident.Anyone(ident.Device{Name: "kiosk", Role: ident.Kiosk})})
	id := s.Departure("JA1707").String()
	for _, p := range []stage.Page{s.Get("/desk/emergency?" + here), s.Get("/emergency?" + here), s.Post("/desk/departures/"+id+"/emergency?"+here, url.Values{"once": {"x"}})} {
		if p.Status == 200 {
			t.Errorf("a kiosk reads who is aboard: %.80s", p.Body)
		}
	}
}

func millis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

func place(t *testing.T, s *stage.Stage) chepiao.StationNo {
	t.Helper()
	one, err := s.Office.Timetable().StationByCode(from, "station")
	if err != nil {
		t.Fatal(err)
	}
	return one.No
}

// TestAGateTakesAManifest: a gate may, its own page leads there.
func TestAGateTakesAManifest(t *testing.T) {
	s := stage.Open(t, stage.Options{Devices: ident.Anyone(ident.Device{Name: "gate", Role: ident.Gate})})
	s.Get("/emergency?"+here).Want(200, `id="emergency"`)
	s.Get("/desk/emergency?"+here).Want(200, "[]")
	if p := s.Get("/desk?" + here); p.Status == 200 {
		t.Error("a gate sees the desk")
	}
}

// lasts is how many seconds the first copy of a list may lie on a machine.
func lasts(t *testing.T, p stage.Page) int {
	t.Helper()
	var list []struct{ Lasts int }
	if err := json.Unmarshal([]byte(p.Body), &list); err != nil || len(list) == 0 {
		t.Fatalf("%v: %.200s", err, p.Body)
	}
	return list[0].Lasts
}

// TestThePageForWhenNobodyAnswers: it is for everybody, and there is nothing in it about
// the machine that asked for it or who is signed in there.
func TestThePageForWhenNobodyAnswers(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	s.Sell("JA1707", from, to, 1)
	s.Get("/emergency/away").Want(200, `id="away"`, `id="emergency"`).Lacks("JA1707", "石家庄客运", "data-emergency=")
}

// TestWhatAMachineMayKeep: one of the station's keeps copies, somebody who signed in on
// a machine of their own reads the list and keeps none, and a station may say none.
func TestWhatAMachineMayKeep(t *testing.T) {
	devices, err := ident.Open(filepath.Join(t.TempDir(), "devices.json"))
	if err != nil {
		t.Fatal(err)
	}
	secret, err := devices.Add(ident.Desk, "desk", "", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s := stage.Open(t, stage.Options{Devices: devices})
	aboard := s.Sell("JA1707", from, to, 1)
	s.Pass(85 * time.Minute)
	s.Report("JA1707")
	if _, err := s.Office.Check(t.Context(), s.Now(), office.Verb{ID: "check", By: "gate"}, office.Passage{
		Station: place(t, s), Gate: "7", Document: "resident_id", Number: aboard.Number, Device: "gate",
	}); err != nil {
		t.Fatal(err)
	}
	s.As("3001")
	if n := lasts(t, s.Get("/desk/emergency?"+here).Want(200, aboard.Name)); n != 0 {
		t.Errorf("somebody's own machine keeps a copy %d seconds", n)
	}
	s.Cookies = nil
	s.SignIn(secret)
	s.As("3001")
	if n := lasts(t, s.Get("/desk/emergency?"+here).Want(200, aboard.Name)); n < 3600 {
		t.Errorf("the station's machine keeps a copy %d seconds", n)
	}
	if _, err := s.Office.SetSheet(t.Context(), office.Verb{ID: "none", By: "desk"}, office.SheetInput{
		Scope: chepiao.Scope{Layer: chepiao.AtStation, ID: from}, Values: json.RawMessage(`{"manifest_kept":0}`), Reason: "不保存",
	}); err != nil {
		t.Fatal(err)
	}
	s.Pass(time.Second)
	if n := lasts(t, s.Get("/desk/emergency?"+here).Want(200, aboard.Name)); n != 0 {
		t.Errorf("a station said none, and a copy lasts %d seconds", n)
	}
}
