package office_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/office"
)

// TestReceiptReminder: thirty days before the time for receipts ends, once and at a
// decent hour, those hear of it who travelled, have a phone and no receipt; nobody
// else.
func TestReceiptReminder(t *testing.T) {
	m := newMessenger(t)
	ctx := t.Context()
	_, err := m.office.SetSheet(ctx, office.Verb{ID: "rules", By: "test"}, office.SheetInput{Scope: chepiao.Scope{Layer: chepiao.National}, Reason: "no reports here", Values: []byte(`{"need_report":false}`)})
	must(t, err)
	a := m.buy("张伟/13800001111", "李娜", "王芳/13800002222")
	stay := m.buy("赵敏/13800003333") // does not come
	f, err := m.office.Look(ctx, a.Order.ID)
	must(t, err)
	m.set(f.Departs.Add(-10 * time.Minute))
	for i, tk := range a.Tickets {
		who := []string{"张伟", "李娜", "王芳"}[i]
		got, err := m.office.Check(ctx, m.clock(), office.Verb{ID: fmt.Sprint("check", i), By: "g"}, office.Passage{Ticket: tk.ID.String(), Document: "resident_id", Number: m.person(who), Device: "g"})
		must(t, err)
		if !got.Verdict.Pass {
			t.Fatalf("%s: %s", who, got.Verdict.EN)
		}
	}
	m.set(f.Departs)
	_, err = m.office.Dispatch(ctx, office.Verb{ID: "go", By: "desk"}, office.Leaving{Departure: m.departure(), Station: m.stationNo("石家庄"), Final: true})
	must(t, err)
	for range 9 {
		m.send()
	}
	before := m.states()
	rules := m.office.Rules()
	due := time.Date(2026, 11, 2, 0, 0, 0, 0, f.Departs.Location()).AddDate(0, 0, rules.ReceiptDays-rules.ReceiptRemind)
	remind := func(at time.Time) int {
		t.Helper()
		m.set(at)
		n, err := m.office.RemindReceipts(ctx, m.clock())
		must(t, err)
		return n
	}
	if remind(due.Add(-2*time.Hour)) != 0 || remind(due.Add(9*time.Hour)) != 0 {
		t.Error("reminded the day before, or at night")
	}
	if remind(due.Add(10*time.Hour)) != 1 || remind(due.Add(11*time.Hour)) != 0 {
		t.Error("not reminded once")
	}
	m.send()
	after := strings.TrimPrefix(m.states(), before)
	if strings.Count(after, string(chepiao.TellReceipt)+":sent") != 2 || strings.Contains(after, "unreachable") {
		t.Errorf("told:%s", after)
	}
	lines, _, err := m.office.Messages(ctx, office.MessageQuery{Departure: m.departure(), Limit: 100})
	must(t, err)
	for _, l := range lines {
		if l.Message.Kind == chepiao.TellReceipt && (l.Message.Ticket == stay.Tickets[0].ID || l.Message.Ticket == a.Tickets[1].ID) {
			t.Errorf("reminded: %s", l.Message.Ticket)
		}
	}
}
