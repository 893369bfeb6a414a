package api_test

import (
	"strings"
	"testing"

	"chepiao/ident"
)

// TestRules: a desk sets rules for a station, sees what they change, withdraws
// them, carries them elsewhere as a file; windows and passengers may only look.
func TestRules(t *testing.T) {
	h := newHouse(t)
	s := newTeller(h)
	desk := []string{h.as(ident.Desk)}
	once := []string{h.as(ident.Desk), "Idempotency-Key: one"}
	sheet := `{"scope":"station:SJZ","reason":"spring festival","values":{"tickets_max":3}}`
	later := `{"scope":"station:SJZ","effective":"2026-03-04T00:00:00+08:00","reason":"later","values":{"advance_days":20}}`
	s.tell(t, []step{
		{do: "POST /rules/sheets/preview", body: sheet, head: desk, status: 200, want: map[string]any{"changes.0.rule": "tickets_max", "changes.0.old_zh": "5", "changes.0.new_zh": "3", "changes.1": nil, "tickets": 0, "complete": true}},
		{do: "GET /rules?name=tickets_max&station=SJZ", status: 200, want: map[string]any{"version": 1, "rules.0.value": 5}},
		{do: "POST /rules/sheets", body: sheet, head: once, status: 201, want: map[string]any{"sheet.no": 2, "sheet.scope": "station:SJZ", "sheet.values.tickets_max": 3, "sheet.withdrawn": nil}},
		{do: "POST /rules/sheets", body: sheet, head: once, status: 201, want: map[string]any{"sheet.no": 2}},
		{do: "POST /rules/sheets", body: later, head: once, status: 422, want: map[string]any{"reason": "REPLAY_MISMATCH"}},
		{do: "GET /rules?name=tickets_max&station=SJZ", status: 200, want: map[string]any{"version": 2, "station": "SJZ", "rules.0.value": 3, "rules.0.scope": "station:SJZ", "rules.0.sheet": 2, "rules.1": nil}},
		{do: "GET /rules?name=tickets_max&station=BD", status: 200, want: map[string]any{"rules.0.value": 5, "rules.0.scope": "national"}},
		{do: "POST /rules/sheets", body: later, head: desk, status: 201, want: map[string]any{"sheet.no": 3, "sheet.effective": "2026-03-04T00:00:00+08:00"}},
		{do: "GET /rules?name=advance_days&station=SJZ", status: 200, want: map[string]any{"rules.0.value": 7, "rules.0.coming.0": 3}},
		{do: "GET /rules?name=advance_days&station=SJZ&at=2026-03-04T00:00:00%2B08:00", status: 200, want: map[string]any{"rules.0.value": 20, "version": 3}},
		{do: "DELETE /rules/sheets/3", head: desk, status: 200, want: map[string]any{"sheet.no": 3, "sheet.withdrawn": "2026-03-02T09:00:00+08:00"}},
		{do: "DELETE /rules/sheets/3", head: desk, status: 409, want: map[string]any{"reason": "WRONG_STATE", "field": "sheet"}},
		{do: "DELETE /rules/sheets/2", head: desk, status: 409, want: map[string]any{"reason": "WRONG_STATE"}},
		{do: "DELETE /rules/sheets/9", head: desk, status: 404, want: map[string]any{"reason": "NOT_FOUND"}},
		{do: "GET /rules/sheets", head: desk, status: 200, want: map[string]any{"sheets.1.author": "desk-1", "sheets.2.reason": "later", "sheets.3": nil}},
		{do: "GET /rules/export", head: desk, status: 200, want: map[string]any{"format": "chepiao-rules-1", "sheets.0.scope": "national", "sheets.1.values.tickets_max": 3, "sheets.2": nil}},
	})
	for _, c := range []struct{ body, reason, field string }{
		{strings.Replace(sheet, "tickets_max", "ticket_max", 1), "INVALID", "ticket_max"},
		{strings.Replace(sheet, "3}", "61}", 1), "INVALID", "tickets_max"},
		{strings.Replace(sheet, `"tickets_max":3`, `"voucher_days":3`, 1), "INVALID", "voucher_days"},
		{strings.Replace(sheet, `"tickets_max":3`, `"check_closes":1201`, 1), "INVALID", "check_closes"},
		{strings.Replace(sheet, "SJZ", "NOWHERE", 1), "NOT_FOUND", "scope"},
		{strings.Replace(sheet, "station:", "village:", 1), "INVALID", "scope"},
		{strings.Replace(sheet, `"scope"`, `"effective":"2026-03-01T00:00:00Z","scope"`, 1), "INVALID", "effective"},
		{strings.Replace(sheet, `{"tickets_max":3}`, `[]`, 1), "INVALID", "values"},
		{strings.Replace(sheet, `"spring festival"`, `""`, 1), "INVALID", "reason"},
	} {
		status := 422
		if c.reason == "NOT_FOUND" {
			status = 404
		}
		for _, path := range []string{"/rules/sheets", "/rules/sheets/preview"} {
			s.tell(t, []step{{do: "POST " + path, body: c.body, head: desk, status: status, want: map[string]any{"reason": c.reason, "field": c.field}}})
		}
	}
	file := `{"format":"chepiao-rules-1","sheets":[{"scope":"line:ZZ9","author":"the province","reason":"copied","values":{"advance_days":9}}]}`
	s.tell(t, []step{
		{do: "POST /rules/import?dry_run=true", body: file, head: desk, status: 200, want: map[string]any{"fresh.0.no": 4, "known": 0, "unknown.0": "line:ZZ9", "changes.0.new_en": "9 days"}},
		{do: "POST /rules/import", body: file, head: desk, status: 200, want: map[string]any{"fresh.0.author": "the province", "known": 0}},
		{do: "POST /rules/import", body: file, head: desk, status: 200, want: map[string]any{"fresh.0": nil, "known": 1}},
		{do: "POST /rules/import", body: strings.Replace(file, "advance_days", "advance_day", 1), head: desk, status: 422, want: map[string]any{"field": "sheets[0].advance_day"}},
		{do: "POST /rules/import", body: `{"format":"x","sheets":[]}`, head: desk, status: 422, want: map[string]any{"field": "format"}},
		{do: "GET /rules?name=advance_day", status: 404, want: map[string]any{"field": "name"}},
		{do: "GET /rules?station=NOWHERE", status: 404, want: map[string]any{"field": "station"}},
		{do: "GET /rules?line=NOWHERE", status: 404, want: map[string]any{"field": "line"}},
	})
	for _, do := range []string{"POST /rules/sheets", "POST /rules/sheets/preview", "DELETE /rules/sheets/2", "GET /rules/sheets", "GET /rules/export", "POST /rules/import"} {
		body := sheet
		if strings.HasSuffix(do, "import") {
			body = file
		}
		for _, head := range [][]string{nil, {h.as(ident.Window)}, {h.as(ident.Gate)}} {
			status := 403
			if head == nil {
				status = 401
			}
			s.tell(t, []step{{do: do, body: body, head: head, status: status, want: map[string]any{"reason": "UNAUTHORIZED"}}})
		}
	}
}
