package gate_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/web/stage"
)

// template is 512 bytes that are nowhere else.
func template(seed byte) []byte {
	b := make([]byte, chepiao.FaceTemplateBytes)
	rand.NewChaCha8([32]byte{seed}).Read(b) //nolint:errcheck // it never fails
	return b
}

func enrol(s *stage.Stage, ticket string, face []byte, who, notice, model string) stage.Page {
	body, _ := json.Marshal(map[string]any{ //nolint:errcheck // these values always marshal
		"model": model, "template": base64.StdEncoding.EncodeToString(face), "consent": map[string]string{"who": who, "notice": notice},
	})
	r := httptest.NewRequest("POST", "/gate/face/enrol?ticket="+ticket, bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return s.Visit(r)
}

func faceOn(t *testing.T, s *stage.Stage) {
	t.Helper()
	scope, err := chepiao.ParseScope("station:" + from)
	if err == nil {
		_, err = s.Office.SetSheet(t.Context(), office.Verb{ID: "face-on", By: "desk"}, office.SheetInput{Scope: scope, Reason: "trial", Values: json.RawMessage(`{"face_use":true}`)})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// anywhere says whether bytes are in a file of a stage, or in its log.
func anywhere(t *testing.T, s *stage.Stage, what []byte) bool {
	t.Helper()
	files, err := filepath.Glob("/dev/shm/chepiao-stage-*/*")
	if err != nil {
		t.Fatal(err)
	}
	found := bytes.Contains(s.Log.Bytes(), what)
	for _, f := range files {
		b, err := os.ReadFile(f)
		found = found || err == nil && bytes.Contains(b, what)
	}
	return found
}

// TestFacesLiveInMemoryUntilTheCoachLeaves: nothing is compared where the rule is off;
// a face needs a consent to the notice in force; it is there for gates until the ticket
// is given back, the passenger withdraws or the coach leaves; and no file ever has it.
func TestFacesLiveInMemoryUntilTheCoachLeaves(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	var sold []stage.Sale
	for n := range 4 {
		sold = append(sold, s.Sell("JA1707", from, to, n+1))
	}
	one := sold[0].Ticket.ID.String()
	cohort := func(ticket string) stage.Page { return s.Get("/gate/face/cohort" + gate + "&ticket=" + ticket) }
	s.Get("/gate/face"+gate).Want(200, "未启用人脸核验")
	s.Get("/gate"+gate).Want(200).Lacks("faceworker", `id="face"`)
	cohort(one).Want(404)
	enrol(s, one, template(1), "self", chepiao.FaceNotice, chepiao.FaceModel).Want(422, "未启用")

	faceOn(t, s)
	s.Get("/gate/face"+gate).Want(200, "照片不离开这台设备", "您可以不同意")
	for _, bad := range []stage.Page{
		enrol(s, one, template(1), "", chepiao.FaceNotice, chepiao.FaceModel),
		enrol(s, one, template(1), "self", "an old notice", chepiao.FaceModel),
		enrol(s, one, template(1), "self", chepiao.FaceNotice, "another model"),
		enrol(s, one, template(1)[:500], "self", chepiao.FaceNotice, chepiao.FaceModel),
	} {
		bad.Want(422, `"say"`)
	}
	if s.Office.FacesKept() != 0 {
		t.Fatal("a face was kept without what it needs")
	}
	for n, sale := range sold {
		enrol(s, sale.Ticket.ID.String(), template(byte(n)), "self", chepiao.FaceNotice, chepiao.FaceModel).Want(204)
	}
	coded := base64.StdEncoding.EncodeToString(template(0))
	cohort(one).Want(200, coded, chepiao.FaceModel, `"face_claimed":500`).Lacks(sold[0].Name, sold[0].Number)

	// Taken back, and given back.
	s.Visit(httptest.NewRequest("DELETE", "/gate/face/enrol?ticket="+sold[1].Ticket.ID.String(), nil)).Want(204)
	if _, err := s.Office.Refund(t.Context(), office.Verb{ID: "back", By: "window 3"}, sold[2].Order.ID, []chepiao.TicketID{sold[2].Ticket.ID}, 3900); err != nil {
		t.Fatal(err)
	}
	cohort(one).Want(200, coded).Lacks(base64.StdEncoding.EncodeToString(template(1)), base64.StdEncoding.EncodeToString(template(2)))

	// At the gate: face=yes counts for a ticket with a face only.
	s.Pass(85 * time.Minute)
	s.Report("JA1707")
	s.Get("/gate"+gate).Want(200, `id="face"`)
	scan(s, gate, one).Want(200, "NEED_ID", `data-face="`+one+`"`)
	look := func(ticket, answer string) stage.Page {
		return s.Post("/gate/check"+gate, url.Values{"code": {ticket}, "face": {answer}})
	}
	look(one, "no").Want(200, `data-light="amber"`, "FACE_NO_MATCH", "请刷证件")
	look(sold[1].Ticket.ID.String(), "yes").Want(200, "FACE_NO_MATCH")
	look(one, "yes").Want(200, `data-light="green"`)

	for _, n := range []int{0, 1, 3} {
		for _, form := range [][]byte{template(byte(n)), template(byte(n))[100:132], []byte(base64.StdEncoding.EncodeToString(template(byte(n)))[:40])} {
			if anywhere(t, s, form) {
				t.Errorf("the face of passenger %d is on disk or in the log", n)
			}
		}
	}
	if !anywhere(t, s, []byte("face_consented")) || !anywhere(t, s, []byte("face_withdrawn")) {
		t.Error("the consents are not written down where we looked")
	}
	seen(s, gate, sold[3].Ticket.ID.String()).Want(200, `data-light="green"`)
	s.Pass(20 * time.Minute)
	in := office.Leaving{Departure: sold[0].Departure, Station: sold[0].Ticket.From}
	if _, err := s.Office.Dispatch(t.Context(), office.Verb{ID: "away", By: "desk"}, in); err != nil {
		t.Fatal(err)
	}
	if n := s.Office.FacesKept(); n != 0 {
		t.Errorf("%d faces are kept after the coach has left", n)
	}
	if p := cohort(one); p.Status == http.StatusOK && !strings.Contains(p.Body, `"faces":[]`) {
		t.Errorf("the cohort still says %s", p.Body)
	}
}

// TestFacesEndWhenTheyAreSwitchedOff: a station that stops comparing faces keeps none,
// and no gate's word about a face counts there any more.
func TestFacesEndWhenTheyAreSwitchedOff(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	sale := s.Sell("JA1707", from, to, 1)
	ticket := sale.Ticket.ID.String()
	faceOn(t, s)
	enrol(s, ticket, template(1), "self", chepiao.FaceNotice, chepiao.FaceModel).Want(204)
	scope, err := chepiao.ParseScope("station:" + from)
	if err == nil {
		_, err = s.Office.SetSheet(t.Context(), office.Verb{ID: "face-off", By: "desk"}, office.SheetInput{Scope: scope, Reason: "the trial ends", Values: json.RawMessage(`{"face_use":false}`)})
	}
	if err != nil {
		t.Fatal(err)
	}
	s.Pass(85 * time.Minute)
	s.Report("JA1707")
	s.Post("/gate/check"+gate, url.Values{"code": {ticket}, "face": {"yes"}}).Want(200, "FACE_NO_MATCH").Lacks(`data-light="green"`)
	if n, err := s.Office.ForgetFaces(t.Context(), s.Now()); n != 1 || err != nil || s.Office.FacesKept() != 0 {
		t.Errorf("%d forgotten (%v), %d kept", n, err, s.Office.FacesKept())
	}
}
