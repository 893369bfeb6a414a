package office_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/message"
	"chepiao/message/smsgate"
	"chepiao/office"
)

// delay has the coach leave so many minutes later than planned.
func (m *messenger) delay(minutes int) {
	m.t.Helper()
	m.verbs++
	act := chepiao.Act{Kind: chepiao.ActDelay, Departures: []chepiao.DepartureID{m.departure()}, Reason: "大雾", Minutes: minutes}
	_, err := m.office.Commit(m.t.Context(), office.Verb{ID: fmt.Sprintf("act-%d", m.verbs), By: "desk"}, act, office.Unseen)
	must(m.t, err)
}

// While the gateway is silent a coach is delayed twice: only how things stand
// now is told, and a preview tells nobody.
func TestMessagesSuperseded(t *testing.T) {
	m := newMessenger(t)
	m.buy("李小明/13812345678")
	m.send()
	must(t, m.gate.SetSwitches(smsgate.Switches{Unreachable: true}))
	_, err := m.office.Preview(t.Context(), chepiao.Act{Kind: chepiao.ActDelay, Departures: []chepiao.DepartureID{m.departure()}, Reason: "大雾", Minutes: 40})
	must(t, err)
	m.delay(40)
	m.send()
	m.delay(90)
	m.send()
	m.expect("issued:sent" + reminders + " delayed:due(UNREACHABLE) delayed:due(UNREACHABLE)")
	must(t, m.gate.SetSwitches(smsgate.Switches{}))
	m.forward(time.Minute)
	m.send()
	m.expect("issued:sent" + reminders + " delayed:dropped(superseded) delayed:sent")
	texts := m.gate.Texts()
	if last := texts[len(texts)-1].Text.Text; len(texts) != 2 || !strings.Contains(last, "11月2日08:30 G101次") || !strings.Contains(last, "预计10:00发车") || !strings.Contains(last, "大雾") {
		t.Errorf("the passenger is told %s", last)
	}
	m.delay(0)
	m.send()
	texts = m.gate.Texts()
	if last := texts[len(texts)-1].Text.Text; len(texts) != 3 || !strings.Contains(last, "恢复原定08:30发车") {
		t.Errorf("the passenger is told %s", last)
	}
	m.delay(30)
	m.set(time.Date(2026, 11, 2, 9, 30, 0, 0, shanghai)) // nobody wants to hear of it any more
	m.send()
	if got := m.states(); !strings.HasSuffix(got, "delayed:dropped(too_late)") {
		t.Errorf("messages are %s", got)
	}
	m.end()
}

// More than a round holds: every order's passengers share one text all the
// same, and a webhook hears of everybody once, in order.
func TestMessagesOfManyOrders(t *testing.T) {
	m := newMessenger(t)
	p := &partner{t: t, now: m.clock, status: 200}
	server := httptest.NewServer(p)
	defer server.Close()
	h, err := m.office.AddHook(t.Context(), office.Verb{ID: "hook", By: "desk"}, server.URL, nil)
	must(t, err)
	p.secret = h.Secret
	const orders, each = 9, 5
	for i := range orders {
		var riders []string
		for j := range each {
			riders = append(riders, fmt.Sprintf("%s/138000%05d", string([]rune{'赵', rune('一' + i), rune('丁' + j)}), 10001+i))
		}
		m.buy(riders...)
	}
	for i := range 6 { // 45 passengers, seven messages each
		m.delay(10 * (i + 1))
		m.exec("UPDATE message SET kind = 'refunded' WHERE kind = 'delayed'") // so that none supersedes another
	}
	sent := 0
	for range 10 {
		n := m.send()
		if sent += n; n == 0 {
			break
		}
	}
	if texts := m.gate.Texts(); sent != 7*orders*each || len(texts) != 7*orders {
		t.Errorf("%d messages were sent in %d texts", sent, len(texts))
	}
	if n, err := m.office.CallHooks(t.Context(), m.clock()); err != nil || n != 7*orders*each+2*orders*each {
		t.Errorf("the webhook heard of %d messages, %v", n, err)
	}
	last := chepiao.MessageID(0)
	for _, e := range p.events {
		if e.ID <= last {
			t.Fatalf("event %s comes after %s", e.ID, last)
		}
		last = e.ID
	}
	if calls := len(p.bodies); calls != (9*orders*each+message.EventsMax-1)/message.EventsMax {
		t.Errorf("in %d calls", calls)
	}
	m.end()
}
