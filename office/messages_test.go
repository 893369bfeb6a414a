package office_test

import (
	"bytes"
	"context"
	crand "crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"chepiao"
	"chepiao/message"
	"chepiao/message/smsgate"
	"chepiao/office"
	"chepiao/store"
	"chepiao/store/storetest"
)

var smsKey = []byte("a key of hub and gateway, 32 b..")

// messenger is a node with a practice SMS gateway, both over loopback HTTP.
type messenger struct {
	*world
	gate    *smsgate.Server
	client  *message.Gateway
	refused atomic.Int64 // reports that the office did not take
}

func newMessenger(t *testing.T) *messenger {
	m := &messenger{world: newWorld(t)}
	m.where = "messages"
	m.people["手机"] = "13812345678" // no file may hold it, as no name and no number
	var err error
	m.gate, err = smsgate.New(smsgate.Options{Now: m.clock, Key: smsKey})
	must(t, err)
	gate, reports := httptest.NewServer(m.gate), httptest.NewServer(http.HandlerFunc(m.takeReport))
	t.Cleanup(gate.Close)
	t.Cleanup(reports.Close)
	m.client, err = message.NewGateway(message.Config{URL: gate.URL, Key: smsKey, ReportURL: reports.URL})
	must(t, err)
	m.reopen(m.client)
	m.timetable([]string{"G101 seats=45 gate=3 石家庄@08:30 定州@09:20 保定@10:10"})
	return m
}

// reopen is a restart of the node, with or without a gateway.
func (m *messenger) reopen(client *message.Gateway) {
	m.t.Helper()
	must(m.t, m.store.Close())
	var err error
	m.store, err = store.Open(filepath.Join(m.folder, "node.db"), store.Options{Node: "T1", Now: m.clock})
	must(m.t, err)
	m.office, err = office.New(context.Background(), office.Config{
		Store: m.store, NodeKey: bytes.Repeat([]byte{7}, 32), Ring: m.ring, Rand: crand.Reader, Gateway: client,
		Caller: message.NewCaller(time.Second, nil),
	})
	must(m.t, err)
}

func (m *messenger) takeReport(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = m.office.SMSReport(r.Context(), m.clock(), r.Header, body)
	}
	if err != nil {
		m.refused.Add(1)
		http.Error(w, "no", http.StatusBadRequest)
	}
}

// buy sells seats at a window for cash; riders are "name/phone", the phone may
// be missing.
func (m *messenger) buy(riders ...string) office.Answer {
	m.t.Helper()
	in := office.HoldInput{Departure: m.departure(), From: m.stationNo("石家庄"), To: m.stationNo("保定"), Channel: chepiao.Window, Outlet: "w1"}
	for _, r := range riders {
		name, phone, _ := strings.Cut(r, "/")
		in.Passengers = append(in.Passengers, office.Rider{Name: name, Document: "resident_id", Number: m.person(name), Phone: phone})
	}
	m.verbs++
	id := fmt.Sprintf("buy-%d", m.verbs)
	a, err := m.office.Hold(m.t.Context(), m.clock(), office.Verb{ID: id, By: "w1"}, "KEY"+strings.Repeat("X", 30), in)
	must(m.t, err)
	a, err = m.office.PayCash(m.t.Context(), office.Verb{ID: id + "-pay", By: "w1"}, a.Order.ID, a.Order.Total)
	must(m.t, err)
	return a
}

func (m *messenger) departure() chepiao.DepartureID {
	day, _ := chepiao.ParseDay("2026-11-02")
	return chepiao.MakeDepartureID(m.office.Timetable().Templates[0].No, day)
}

func (m *messenger) stationNo(name string) chepiao.StationNo {
	for _, s := range m.office.Timetable().Stations {
		if s.Name == name {
			return s.No
		}
	}
	m.t.Fatalf("no station %s", name)
	return 0
}

// send runs a round of the sending duty and says how many messages were taken.
func (m *messenger) send() int {
	m.t.Helper()
	n, err := m.office.SendMessages(m.t.Context(), m.clock())
	if err != nil && !errors.Is(err, message.ErrUnreachable) {
		m.t.Fatal(err)
	}
	return n
}

func (m *messenger) forward(d time.Duration) { m.set(m.clock().Add(d)) }

// states are the messages of the departure in one line: "issued:sent changed:due".
func (m *messenger) states() string {
	m.t.Helper()
	lines, _, err := m.office.Messages(m.t.Context(), office.MessageQuery{Departure: m.departure(), Limit: 100})
	must(m.t, err)
	var words []string
	for _, l := range lines {
		word := string(l.Message.Kind) + ":" + string(l.Message.State)
		if l.Message.Why != "" {
			word += "(" + l.Message.Why + ")"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func (m *messenger) expect(want string) {
	m.t.Helper()
	if got := m.states(); got != want {
		m.t.Errorf("messages are\n%s; want\n%s", got, want)
	}
}

const reminders = " reminder:due reminder:due"

// The whole way: bought, told once a phone, delivered, given back, told again.
func TestMessagesReachPassengers(t *testing.T) {
	m := newMessenger(t)
	a := m.buy("李小明/13812345678", "王小红/138 1234 5678", "张三丰/13912345678", "小宝")
	m.expect("issued:due issued:due issued:due issued:due")
	if n := m.send(); n != 4 {
		t.Errorf("the gateway took %d messages", n)
	}
	texts := m.gate.Texts()
	if len(texts) != 2 || texts[0].To == texts[1].To {
		t.Fatalf("%d texts went out: one a phone is wanted", len(texts))
	}
	for _, x := range texts {
		if !strings.Contains(x.Text.Text, a.Order.ID.String()) || !strings.Contains(x.Text.Text, "11月2日08:30 G101次 石家庄→保定") || !strings.Contains(x.Text.Text, "检票口3") {
			t.Errorf("a text says %s", x.Text.Text)
		}
		m.masked(x.Text.Text)
		three := strings.Contains(x.Text.Text, "座位") // the child without a phone is told to the first one's
		if three != (x.To == "13812345678") {
			t.Errorf("to %s: %s", x.To, x.Text.Text)
		}
	}
	if n := m.send(); n != 0 {
		t.Errorf("a second round sent %d again", n)
	}
	if n := m.gate.Report(t.Context()); n != 2 || m.refused.Load() != 0 {
		t.Errorf("%d reports were taken, %d refused", n, m.refused.Load())
	}
	delivered := strings.Repeat("issued:delivered ", 4)
	m.expect(delivered + strings.TrimSpace(strings.Repeat("reminder:due ", 8)))

	quote, err := m.office.QuoteRefund(t.Context(), m.clock(), chepiao.AskedAt{}, a.Tickets[2].ID)
	must(t, err)
	_, err = m.office.Refund(t.Context(), office.Verb{ID: "back", By: "w1"}, a.Order.ID, []chepiao.TicketID{a.Tickets[2].ID}, quote.Back)
	must(t, err)
	m.send()
	texts = m.gate.Texts()
	if last := texts[len(texts)-1]; len(texts) != 3 || last.To != "13912345678" || !strings.Contains(last.Text.Text, "退款"+quote.Back.String()) {
		t.Errorf("after the refund: %+v", last)
	}
	// The evening before, only those are reminded who still travel.
	m.set(time.Date(2026, 11, 1, 18, 0, 0, 0, shanghai))
	if n := m.send(); n != 3 {
		t.Errorf("in the evening %d messages went out", n)
	}
	if texts = m.gate.Texts(); len(texts) != 4 || texts[3].To != "13812345678" || !strings.Contains(texts[3].Text.Text, "乘车提醒") {
		t.Errorf("the reminder is %+v", texts[len(texts)-1])
	}
	if got := m.states(); strings.Count(got, "reminder:dropped(ticket_gone)") != 1 {
		t.Errorf("the refunded ticket's reminder stands: %s", got)
	}
	m.end()
}

// Nobody can be told who has no phone; nothing is staged where nobody listens.
func TestMessagesUnreachable(t *testing.T) {
	m := newMessenger(t)
	m.buy("李小明")
	m.send()
	m.expect("issued:unreachable(no_phone)")
	lost := func() (lines []office.MessageLine) {
		lines, _, err := m.office.Messages(t.Context(), office.MessageQuery{Lost: true, Limit: 10})
		must(t, err)
		return lines
	}
	if got := lost(); len(got) != 0 {
		t.Errorf("the call list has %d lines: a receipt of a purchase is not urgent", len(got))
	}
	m.exec("UPDATE message SET kind = 'cancelled'")
	if got := lost(); len(got) != 1 || got[0].Name.IsZero() || !got[0].Phone.IsZero() {
		t.Errorf("the call list is %+v", got)
	}
	m.reopen(nil)
	m.buy("王小红/13812345678")
	m.expect("cancelled:unreachable(no_phone)")
	m.end()
}

// exec changes the database behind the closed store's back.
func (m *messenger) exec(sql string) {
	m.t.Helper()
	must(m.t, m.store.Close())
	must(m.t, storetest.SQLiteFile(filepath.Join(m.folder, "node.db")).Exec(sql))
	m.reopen(m.client)
}

// Silence is tried again, lost answers and a killed hub tell nobody twice.
func TestMessagesSentOnce(t *testing.T) {
	m := newMessenger(t)
	m.buy("李小明/13812345678")
	must(t, m.gate.SetSwitches(smsgate.Switches{Unreachable: true}))
	m.send()
	m.expect("issued:due(UNREACHABLE)")
	if m.send() != 0 || len(m.gate.Texts()) != 0 {
		t.Error("it was sent within the pause")
	}
	m.reopen(m.client) // what waits survives
	must(t, m.gate.SetSwitches(smsgate.Switches{AnswerLost: true}))
	m.forward(5 * time.Second)
	m.send()
	m.expect("issued:due(UNREACHABLE)")
	must(t, m.gate.SetSwitches(smsgate.Switches{ReportTwice: true}))
	m.forward(10 * time.Second)
	m.send()
	texts := m.gate.Texts()
	if len(texts) != 1 || texts[0].Heard != 2 {
		t.Errorf("%d texts, handed over %d times: one text, twice handed over, is wanted", len(texts), texts[0].Heard)
	}
	m.expect("issued:sent" + reminders)
	m.gate.Report(t.Context())
	m.expect("issued:delivered" + reminders)
	m.end()
}

// The report may be faster than the answer: then the answer changes nothing.
func TestMessagesReportedEarly(t *testing.T) {
	m := newMessenger(t)
	m.buy("李小明/13812345678", "王小红/13812345678")
	must(t, m.gate.SetSwitches(smsgate.Switches{AnswerLost: true}))
	m.send()
	m.gate.Report(t.Context())
	m.expect("issued:delivered issued:due(UNREACHABLE)") // the office does not know yet that one text carried both
	must(t, m.gate.SetSwitches(smsgate.Switches{}))
	m.forward(time.Minute)
	m.send()
	if got := m.states(); !strings.HasPrefix(got, "issued:delivered issued:sent") {
		t.Errorf("messages are %s", got)
	}
	m.end()
}

// A clear no is final; the desk has it sent anew, at most so many times.
func TestMessagesResent(t *testing.T) {
	m := newMessenger(t)
	m.buy("李小明/13800000000", "王小红/13812345555")
	m.send()
	m.gate.Report(t.Context())
	m.expect("issued:failed(BAD_NUMBER) issued:failed(ABSENT)" + reminders)
	lines, _, err := m.office.Messages(t.Context(), office.MessageQuery{Departure: m.departure(), State: chepiao.MessageFailed, Limit: 10})
	must(t, err)
	if len(lines) != 2 || lines[1].Phone.String() != "138****5555" {
		t.Fatalf("the desk sees %+v", lines)
	}
	absent := lines[1].Message.ID
	for i := range chepiao.ResendsMax + 1 {
		again, err := m.office.Resend(t.Context(), office.Verb{ID: "again" + string(rune('0'+i)), By: "desk"}, absent)
		if i == chepiao.ResendsMax {
			if chepiao.Why(err) != chepiao.TooMany {
				t.Errorf("once too often: %v", err)
			}
			break
		}
		must(t, err)
		if again.State != chepiao.MessageDue || again.Resent != i+1 {
			t.Errorf("sent anew: %+v", again)
		}
		if _, err := m.office.Resend(t.Context(), office.Verb{ID: "again" + string(rune('0'+i)), By: "desk"}, absent); err != nil {
			t.Errorf("the same verb again: %v", err)
		}
		m.send()
		m.gate.Report(t.Context())
	}
	if n := len(m.gate.Texts()); n != 1+chepiao.ResendsMax {
		t.Errorf("%d texts went out: each one sent anew is another text", n)
	}
	if _, err := m.office.Resend(t.Context(), office.Verb{ID: "none", By: "desk"}, 7); chepiao.Why(err) != chepiao.NotFound {
		t.Errorf("a message that is not there: %v", err)
	}
	m.end()
}

// Nobody believes a report that the gateway did not sign.
func TestMessagesReportsAreSigned(t *testing.T) {
	m := newMessenger(t)
	m.buy("李小明/13812345678")
	m.send()
	body, _ := json.Marshal(message.Report{ID: m.gate.Texts()[0].ID, State: chepiao.MessageFailed, At: m.clock()})
	for name, c := range map[string]struct {
		key     []byte
		purpose message.Purpose
		at      time.Time
		body    []byte
		want    error
	}{
		"another key":     {[]byte("another key of 32 bytes ........"), message.ForReport, m.clock(), body, message.ErrBadSignature},
		"a text's":        {smsKey, message.ForText, m.clock(), body, message.ErrBadSignature},
		"of yesterday":    {smsKey, message.ForReport, m.clock().Add(-24 * time.Hour), body, message.ErrStale},
		"not as agreed":   {smsKey, message.ForReport, m.clock(), []byte(`{"id":"x","state":"due"}`), message.ErrMalformed},
		"not JSON at all": {smsKey, message.ForReport, m.clock(), []byte(`{`), message.ErrMalformed},
	} {
		h := http.Header{}
		message.Sign(h, c.key, c.purpose, c.at, c.body)
		if err := m.office.SMSReport(t.Context(), m.clock(), h, c.body); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	m.expect("issued:sent" + reminders)
}

// partner is a webhook's receiver.
type partner struct {
	mu     sync.Mutex
	secret string
	events []message.Event
	status int
	bodies []string
	t      *testing.T
	now    func() time.Time
}

func (p *partner) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	if err := message.Verify(r.Header, []byte(p.secret), message.ForHook, p.now(), body); err != nil {
		p.t.Errorf("a call is not signed as it must be: %v", err)
	}
	if p.status == http.StatusFound {
		w.Header().Set("Location", "http://127.0.0.1:1/inside")
	}
	w.WriteHeader(p.status)
	if p.status != 200 {
		return
	}
	var call message.Call
	if err := json.Unmarshal(body, &call); err != nil {
		p.t.Error(err)
	}
	p.bodies = append(p.bodies, string(body))
	p.events = append(p.events, call.Events...)
}

func TestHooks(t *testing.T) {
	m := newMessenger(t)
	m.reopen(nil)
	ctx := t.Context()
	m.buy("孙五湖/13812345678") // before anybody listens
	p := &partner{t: t, now: m.clock, status: 500}
	server := httptest.NewServer(p)
	defer server.Close()
	add := office.Verb{ID: "hook", By: "desk"}
	kinds := []chepiao.MessageKind{chepiao.TellIssued}
	h, err := m.office.AddHook(ctx, add, server.URL+"/in?token=t", kinds)
	must(t, err)
	p.secret = h.Secret
	if again, err := m.office.AddHook(ctx, add, server.URL+"/in?token=t", kinds); err != nil || again.Secret != h.Secret || again.Hook.ID != h.Hook.ID {
		t.Errorf("the same verb again: %+v, %v", again.Hook, err)
	}
	a := m.buy("李小明/13812345678", "王小红")
	m.expect("issued:unreachable(no_gateway) issued:unreachable(no_gateway)")
	quote, err := m.office.QuoteRefund(ctx, m.clock(), chepiao.AskedAt{}, a.Tickets[0].ID)
	must(t, err)
	_, err = m.office.Refund(ctx, office.Verb{ID: "back", By: "w1"}, a.Order.ID, []chepiao.TicketID{a.Tickets[0].ID}, quote.Back)
	must(t, err)

	for _, status := range []int{500, http.StatusFound, http.StatusNotFound} { // a redirect is not followed
		p.status = status
		if n, err := m.office.CallHooks(ctx, m.clock()); n != 0 || !errors.Is(err, message.ErrUnreachable) {
			t.Errorf("%d: %d events taken, %v", status, n, err)
		} else if strings.Contains(err.Error(), "token") {
			t.Errorf("the address shows in the error: %v", err)
		}
		if n, err := m.office.CallHooks(ctx, m.clock()); n != 0 || err != nil {
			t.Errorf("within the pause: %d, %v", n, err)
		}
		m.forward(10 * time.Second)
	}
	m.reopen(nil)
	p.status = 200
	if n, err := m.office.CallHooks(ctx, m.clock()); n != 2 || err != nil {
		t.Errorf("%d events taken, %v", n, err)
	}
	if n, err := m.office.CallHooks(ctx, m.clock()); n != 0 || err != nil {
		t.Errorf("a second round: %d events taken, %v", n, err)
	}
	for i, e := range p.events {
		if e.Kind != chepiao.TellIssued || e.Ticket != a.Tickets[i].ID || e.Order != a.Order.ID || e.Departure != a.Order.Departure || e.OrderState != chepiao.OrderIssued {
			t.Errorf("event %d is %+v", i, e)
		}
	}
	if len(p.events) != 2 || p.events[0].TicketState != chepiao.TicketRefunded || p.events[1].TicketState != chepiao.TicketValid {
		t.Errorf("the partner heard %+v", p.events)
	}
	for _, body := range p.bodies {
		m.masked(body)
		if strings.Contains(body, "13812345678") || strings.Contains(body, "person") {
			t.Errorf("a call says who travels: %s", body)
		}
	}
	m.buy("张三丰")
	p.status = http.StatusGone
	if _, err := m.office.CallHooks(ctx, m.clock()); !errors.Is(err, message.ErrGone) {
		t.Errorf("410: %v", err)
	}
	hooks, err := m.office.Hooks(ctx)
	if err != nil || len(hooks) != 1 || hooks[0].State != chepiao.HookOff {
		t.Errorf("after 410: %+v, %v", hooks, err)
	}
	must(t, m.office.RemoveHook(ctx, office.Verb{ID: "off", By: "desk"}, h.Hook.ID))
	if err := m.office.RemoveHook(ctx, office.Verb{ID: "off2", By: "desk"}, h.Hook.ID); chepiao.Why(err) != chepiao.NotFound {
		t.Errorf("removed twice: %v", err)
	}
	before := m.states()
	m.buy("赵四海")
	if after := m.states(); after != before {
		t.Errorf("messages are staged though nobody listens: %s", after)
	}
	m.end()
}

func TestHookRefusals(t *testing.T) {
	m := newMessenger(t)
	for _, url := range []string{"", "ftp://a.example/", "http://", "http://u:p@a.example/", "http://a.example/ b", "javascript:alert(1)", "http://" + strings.Repeat("a", 600)} {
		if _, err := m.office.AddHook(t.Context(), office.Verb{ID: "x", By: "desk"}, url, nil); chepiao.Why(err) != chepiao.Invalid {
			t.Errorf("%q: %v", url, err)
		}
	}
	if _, err := m.office.AddHook(t.Context(), office.Verb{ID: "x", By: "desk"}, "https://a.example/", []chepiao.MessageKind{"gossip"}); chepiao.Why(err) != chepiao.Invalid {
		t.Errorf("a kind that is none: %v", err)
	}
}

// TestDoctorFindsMessages breaks what holds messages together.
func TestDoctorFindsMessages(t *testing.T) {
	m := newMessenger(t)
	m.buy("李小明/13812345678", "王小红/13812345678")
	m.send()
	must(t, m.store.Close())
	sound, err := os.ReadFile(filepath.Join(m.folder, "node.db"))
	must(t, err)
	if d := examine(t, m.world, sound, "UPDATE message SET tries = 2"); len(d.Findings) != 0 {
		t.Errorf("a sound outbox is said to be broken: %v", d.Findings)
	}
	for sql, what := range map[string]string{
		"UPDATE message SET ticket = ticket + 50":                      "is about no ticket of its order",
		"UPDATE message SET order_id = order_id + 50 WHERE lead <> id": "is about no ticket of its order",
		"UPDATE message SET lead = 0 WHERE state = 'sent'":             "is sent, but in no text",
	} {
		d := examine(t, m.world, sound, sql)
		if len(d.Findings) == 0 || !strings.HasPrefix(d.Findings[0].Where, "message MS") || !strings.Contains(d.Findings[0].What, what) {
			t.Errorf("%s: doctor finds %v", sql, d.Findings)
		}
	}
}
