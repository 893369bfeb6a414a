package api_test

import (
	"crypto/rand"
	"testing"

	"chepiao/api"
	"chepiao/ident"
)

// TestActs: a dispatcher looks at what an act does, does it as it was seen, and
// nobody else may; a coach is registered, reports and leaves.
func TestActs(t *testing.T) {
	h := newHouse(t)
	s := newTeller(h)
	desk, gate := []string{h.as(ident.Desk)}, []string{h.as(ident.Gate)}
	once := []string{h.as(ident.Desk), "Idempotency-Key: delay"}
	delay := `"kind":"delay","departures":["{t1}"],"minutes":30,"reason":"fog"`
	s.tell(t, []step{
		{do: "POST /orders", body: "{cash}", head: []string{h.as(ident.Window)}, status: 201, keep: heldOrder},
		{do: "POST /orders/{order}/pay", body: `{"channel":"cash","amount":{total}}`, head: []string{h.as(ident.Window)}, status: 200},
		{do: "POST /acts/preview", body: `{` + delay + `}`, head: gate, status: 403},
		{do: "POST /acts/preview", body: `{` + delay + `}`, status: 401},
		{do: "POST /acts/preview", body: `{` + delay + `}`, head: desk, status: 200, keep: map[string]string{"seen": "seen"}, want: map[string]any{
			"passengers": 2, "orders": 1, "back": 21200, "unreachable": 2, "tickets.0.was.departs": "2026-03-03T10:00:00+08:00", "tickets.0.now.departs": "2026-03-03T10:30:00+08:00", "tickets.0.fault": "delayed",
			"messages.0.kind": "delayed", "messages.0.count": 2, "undo.kind": "delay", "undo.minutes": nil}},
		{do: "GET /departures/{t1}/operations", head: gate, status: 200, want: map[string]any{"state": "running", "stops.0.delay": nil, "stops.0.phase": "on_sale", "stops.0.valid": 2, "stops.0.free": 4, "stops.1.station.code": "BD", "stops.2": nil}},
		{do: "POST /acts", body: `{` + delay + `,"seen":"something else"}`, head: desk, status: 409, want: map[string]any{"reason": "PREVIEW_CHANGED", "field": "seen"}},
		{do: "POST /acts", body: `{` + delay + `,"seen":"unseen"}`, head: desk, status: 422, want: map[string]any{"field": "seen"}},
		{do: "POST /acts", body: `{` + delay + `}`, head: desk, status: 422},
		{do: "POST /acts", body: `{` + delay + `,"seen":"{seen}"}`, head: once, status: 200, want: map[string]any{"passengers": 2, "seen": "{seen}", "unreachable": nil}},
		{do: "POST /acts", body: `{` + delay + `,"seen":"{seen}"}`, head: once, status: 200, want: map[string]any{"passengers": 2}},
		{do: "POST /acts/preview", body: `{` + delay + `}`, head: desk, status: 422, want: map[string]any{"field": "minutes"}},
		{do: "POST /acts/preview", body: `{"kind":"fly","departures":["{t1}"],"reason":"x"}`, head: desk, status: 422, want: map[string]any{"field": "kind"}},
		{do: "POST /acts/preview", body: `{"kind":"delay","departures":["{t1}","x"],"reason":"x"}`, head: desk, status: 422, want: map[string]any{"field": "departures[1]"}},
		{do: "GET /departures/{t1}/operations", head: gate, status: 200, want: map[string]any{"stops.0.delay": 1800, "stops.0.planned": "2026-03-03T10:00:00+08:00", "stops.0.departs": "2026-03-03T10:30:00+08:00", "stops.1.departs": "2026-03-03T12:35:00+08:00"}},
		{do: "GET /departures/{t1}/operations", status: 401},
	})
	vehicle := `{"plate":"冀A1","carrier":"X","seats":6,"papers":[{"kind":"road_permit","until":"2026-12-31"},{"kind":"vehicle_permit","until":"2026-12-31"},{"kind":"insurance","until":"2026-12-31"}]}`
	driver := `{"no":"D1","carrier":"X","papers":[{"kind":"driver_permit","until":"2026-12-31"},{"kind":"qualification","until":"2026-03-02"}]}`
	report := `{"station":"SJZ","plate":"冀a 1","drivers":["D1"],"berth":"5"}`
	s.tell(t, []step{
		{do: "POST /vehicles", body: vehicle, head: gate, status: 403},
		{do: "POST /vehicles", body: vehicle, head: desk, status: 200, want: map[string]any{"plate": "冀A1", "approved": 6, "checked": nil}},
		{do: "POST /vehicles", body: `{"plate":"冀A2","carrier":"NOBODY","seats":6,"papers":[]}`, head: desk, status: 404, want: map[string]any{"field": "carrier"}},
		{do: "POST /drivers", body: driver, head: desk, status: 200, want: map[string]any{"no": "D1"}},
		{do: "GET /vehicles", head: gate, status: 200, want: map[string]any{"vehicles.0.plate": "冀A1", "vehicles.1": nil, "next": nil}},
		{do: "GET /drivers?after=D1", head: gate, status: 200, want: map[string]any{"drivers.0": nil}},
		{at: "09:40", do: "POST /departures/{t1}/report", body: report, head: gate, status: 409, want: map[string]any{"reason": "PAPERS_EXPIRED", "field": "drivers[0]"}},
		{do: "POST /drivers", body: `{"no":"D1","carrier":"X","papers":[{"kind":"driver_permit","until":"2026-12-31"},{"kind":"qualification","until":"2026-12-31"}]}`, head: desk, status: 200},
		{do: "POST /departures/{t1}/report", body: report, head: gate, status: 409, want: map[string]any{"reason": "NO_SAFETY_CHECK"}},
		{do: "POST /vehicles/safety-checks", body: `{"plate":"冀A1","form":"F1"}`, head: gate, status: 200, want: map[string]any{"form": "F1", "checked": "2026-03-03T01:40:00Z"}},
		{do: "POST /departures/{t1}/report", body: report, head: gate, status: 200, want: map[string]any{"plate": "冀A1", "berth": "5", "late": nil, "station.code": "SJZ"}},
		{do: "GET /departures/{t1}/operations", head: gate, status: 200, want: map[string]any{"stops.0.phase": "reported", "stops.0.report.plate": "冀A1", "stops.0.berth": "5", "stops.1.report.plate": "冀A1", "stops.1.berth": nil}},
		{do: "POST /departures/{t1}/report/cancel", body: `{"station":"SJZ","reason":"engine"}`, head: gate, status: 200, want: map[string]any{"plate": "冀A1"}},
		{do: "POST /departures/{t1}/report/cancel", body: `{"station":"SJZ","reason":"engine"}`, head: gate, status: 404},
		{at: "10:30", do: "POST /departures/{t1}/dispatch", body: `{"station":"SJZ"}`, head: gate, status: 409, want: map[string]any{"reason": "NOT_REPORTED"}},
		{do: "POST /departures/{t1}/report", body: report, head: gate, status: 200, want: map[string]any{"late": 1800}},
		{do: "POST /departures/{t1}/dispatch", body: `{"station":"SJZ","headcount":1}`, head: gate, status: 409, want: map[string]any{"reason": "HEADCOUNT_DIFFERS", "field": "headcount"}},
		{do: "POST /departures/{t1}/dispatch", body: `{"station":"SJZ","headcount":0}`, head: gate, status: 200, want: map[string]any{"aboard": 0, "missed": 2, "trip": nil}},
	})
}

// TestBoundDeskActs: a desk of a station acts there only.
func TestBoundDeskActs(t *testing.T) {
	var secret string
	h := newHouse(t, func(h *house, c *api.Config) {
		var err error
		secret, err = c.Devices.Add(ident.Desk, "baoding", "BD", rand.Reader)
		check(h.t, err)
	})
	s := newTeller(h)
	bound := []string{"Authorization: Bearer " + secret}
	s.tell(t, []step{
		{do: "POST /acts/preview", body: `{"kind":"stop_sale","departures":["{t1}"],"station":"SJZ","reason":"x"}`, head: bound, status: 401, want: map[string]any{"field": "station"}},
		{do: "POST /acts/preview", body: `{"kind":"stop_sale","departures":["{t1}"],"reason":"x"}`, head: bound, status: 200, keep: map[string]string{"seen": "seen"}},
		{do: "POST /acts", body: `{"kind":"stop_sale","departures":["{t1}"],"reason":"x","seen":"{seen}"}`, head: bound, status: 200},
		{do: "GET /departures/{t1}/operations", head: bound, status: 200, want: map[string]any{"stops.0.selling": true, "stops.1.selling": false}},
	})
}
