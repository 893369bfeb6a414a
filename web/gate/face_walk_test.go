package gate_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/web/stage"
)

// gives enrols with the second consent: that distances are counted.
func gives(s *stage.Stage, ticket string, face []byte, counts bool) {
	body, _ := json.Marshal(map[string]any{ //nolint:errcheck // these values always marshal
		"model": chepiao.FaceModel, "template": base64.StdEncoding.EncodeToString(face),
		"consent": map[string]any{"who": "self", "notice": chepiao.FaceNotice, "counts": counts},
	})
	r := httptest.NewRequest("POST", "/gate/face/enrol?ticket="+ticket, bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	s.Visit(r).Want(204)
}

func faceRules(t *testing.T, s *stage.Stage, id, values string) {
	t.Helper()
	scope, err := chepiao.ParseScope("station:" + from)
	if err == nil {
		_, err = s.Office.SetSheet(t.Context(), office.Verb{ID: id, By: "desk"}, office.SheetInput{Scope: scope, Reason: "trial", Values: json.RawMessage(values)})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestWalkUp: where a station has switched it on, a gate bound to one coach proposes
// whom it recognised, the passenger confirms, and only then the ticket passes; nowhere
// else does a face alone let anybody through.
func TestWalkUp(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	one, two, other := s.Sell("JA1707", from, to, 1), s.Sell("JA1707", from, to, 2), s.Sell("JA1709", from, to, 3)
	bound := gate + "&departure=" + one.Departure.String()
	ticket := one.Ticket.ID.String()
	faceRules(t, s, "on", `{"face_use":true}`)
	for n, sale := range []stage.Sale{one, other} {
		gives(s, sale.Ticket.ID.String(), template(byte(n)), false)
	}
	s.Pass(85 * time.Minute)
	s.Report("JA1707")
	propose := func(query, ticket string) stage.Page {
		return s.Post("/gate/face/propose"+query, url.Values{"ticket": {ticket}})
	}
	pass := func(query, ticket string) stage.Page {
		return s.Post("/gate/check"+query, url.Values{"code": {ticket}, "face": {"walkup"}})
	}
	s.Get("/gate" + bound).Want(200).Lacks(`id="walk"`)
	propose(bound, ticket).Want(200, "未启用免出示刷脸")
	pass(bound, ticket).Want(200, "FACE_NO_MATCH").Lacks(`data-light="green"`)

	faceRules(t, s, "walk", `{"face_walkup":true}`)
	s.Get("/gate" + gate).Want(200).Lacks(`id="walk"`) // not bound: any coach's passengers would be told apart
	s.Get("/gate"+bound).Want(200, `id="walk"`, `data-cohort="`+one.Departure.String()+`"`)
	s.Get("/gate/face/cohort"+bound+"&cohort="+one.Departure.String()).Want(200, ticket).Lacks(other.Ticket.ID.String())
	pass(gate, ticket).Want(200, "FACE_NO_MATCH")
	propose(bound, other.Ticket.ID.String()).Want(200, "请到人工通道出示证件").Lacks(`value="walkup"`)
	propose(bound, two.Ticket.ID.String()).Want(200, "请到人工通道出示证件") // gave no face
	propose(bound, "").Want(200, "FACE_NO_MATCH", `data-light="amber"`)
	asked := propose(bound, ticket).Want(200, "请确认是您本人", `data-light="amber"`, `value="walkup"`).Lacks(one.Name, one.Number)
	if seat := one.Ticket.Seat; seat > 0 {
		asked.Want(200, "FACE_CONFIRM")
	}
	pass(bound, ticket).Want(200, `data-light="green"`)
	s.Get("/desk/faces?station="+from).Want(200, "免出示")
	report, err := s.Office.FaceReport(t.Context(), one.Ticket.From, 0, 1<<20)
	if err != nil || len(report.Days) == 0 {
		t.Fatal(report, err)
	}
	sum := map[chepiao.FaceCounted]int{}
	for _, d := range report.Days {
		for what, n := range d.Count {
			sum[what] += n
		}
	}
	for what, n := range map[chepiao.FaceCounted]int{chepiao.FaceGiven: 2, chepiao.FaceAccepted: 1, chepiao.FaceWalkedUp: 1, chepiao.FaceReferred: 3} {
		if sum[what] != n {
			t.Errorf("%s: %d, not %d", what, sum[what], n)
		}
	}
}

// TestDistancesAreCountedWithConsent: of those who agreed, between those who agreed;
// who was referred counts once the document has shown whose ticket it is.
func TestDistancesAreCountedWithConsent(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	var sold []stage.Sale
	for n := range 4 {
		sold = append(sold, s.Sell("JA1707", from, to, n+1))
	}
	faceRules(t, s, "on", `{"face_use":true}`)
	for n, sale := range sold {
		gives(s, sale.Ticket.ID.String(), template(byte(n)), n != 3)
	}
	s.Pass(85 * time.Minute)
	s.Report("JA1707")
	id := func(n int) string { return sold[n].Ticket.ID.String() }
	look := func(n int, answer string, claimed int) {
		others := map[string]int{}
		for i := range sold {
			if i != n {
				others[id(i)] = 700 + i
			}
		}
		text, _ := json.Marshal(map[string]any{"claimed": claimed, "others": others}) //nolint:errcheck // these values always marshal
		s.Post("/gate/check"+gate, url.Values{"code": {id(n)}, "face": {answer}, "look": {string(text)}}).Want(200)
	}
	spread := func() (genuine, impostor chepiao.FaceSpread) {
		t.Helper()
		r, err := s.Office.FaceReport(t.Context(), sold[0].Ticket.From, 0, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		return r.Genuine, r.Impostor
	}
	look(0, "yes", 310) // accepted
	look(1, "no", 560)  // referred, and shows the document below
	look(2, "no", 580)  // referred, and never comes back
	look(3, "yes", 330) // agreed to no counting
	genuine, impostor := spread()
	if genuine[31] != 1 || genuine[56] != 0 || genuine[33] != 0 {
		t.Errorf("before the document: %v", genuine)
	}
	seen(s, gate, id(1)).Want(200, `data-light="green"`)
	genuine, impostor = spread()
	if genuine[31] != 1 || genuine[56] != 1 || genuine[58] != 0 || genuine.Within(2000).Of != 2 {
		t.Errorf("own: %v", genuine)
	}
	if impostor[70] != 6 || impostor.Within(2000).Of != 6 { // 0, 1 and 2, each with the two others of them
		t.Errorf("others: %v", impostor)
	}
	s.Get("/desk/faces?station="+from).Want(200, "<polygon", "样本不足").Lacks(sold[0].Name, sold[0].Number)
	s.Post("/gate/check"+gate, url.Values{"code": {id(0)}, "face": {"yes"}, "look": {`{"claimed":`}}).Want(200) // nonsense is not counted, and refuses nobody
}
