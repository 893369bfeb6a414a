package smsgate_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"chepiao"
	"chepiao/message"
	"chepiao/message/smsgate"
)

var key = []byte("sixteen bytes or more")

// stage is a gateway with a hub's client and a place for its reports.
type stage struct {
	gate   *smsgate.Server
	url    string
	client *message.Gateway

	mu      sync.Mutex
	now     time.Time
	reports []message.Report
	status  int
}

func newStage(t *testing.T) *stage {
	s := &stage{now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC), status: 204}
	var err error
	if s.gate, err = smsgate.New(smsgate.Options{Now: s.clock, Key: key, TextsMax: 3}); err != nil {
		t.Fatal(err)
	}
	gate := httptest.NewServer(s.gate)
	hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		report, err := s.client.ParseReport(s.clock(), r.Header, body)
		if err != nil {
			t.Error(err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.status == 204 {
			s.reports = append(s.reports, report)
		}
		w.WriteHeader(s.status)
	}))
	t.Cleanup(gate.Close)
	t.Cleanup(hub.Close)
	s.url = gate.URL
	if s.client, err = message.NewGateway(message.Config{URL: gate.URL, Key: key, ReportURL: hub.URL}); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *stage) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *stage) forward(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

func (s *stage) send(id, to string) error {
	return s.client.Send(context.Background(), s.clock(), message.Text{ID: id, To: to, Text: "【车票】" + id})
}

func TestTakesOnce(t *testing.T) {
	s := newStage(t)
	for range 3 {
		if err := s.send("MS1", "13812345678"); err != nil {
			t.Fatal(err)
		}
	}
	if texts := s.gate.Texts(); len(texts) != 1 || texts[0].Heard != 3 {
		t.Errorf("taken: %+v", texts)
	}
	if err := s.send("MS2", "13812340000"); !errors.Is(err, message.ErrBadNumber) {
		t.Errorf("an unknown number: %v", err)
	}
	if err := s.send("MS3", "13812344444"); !errors.Is(err, message.ErrBlocked) {
		t.Errorf("a number that wants none: %v", err)
	}
	if err := s.client.Send(context.Background(), s.clock().Add(time.Hour), message.Text{ID: "MS4", To: "13812345678", Text: "x"}); !errors.Is(err, message.ErrUnsigned) {
		t.Errorf("an hour ahead: %v", err)
	}
	if n := len(s.gate.Texts()); n != 1 {
		t.Errorf("what was refused was taken: %d texts", n)
	}
	for _, id := range []string{"MS5", "MS6", "MS7"} {
		if err := s.send(id, "13812345678"); err != nil {
			t.Fatal(err)
		}
	}
	if texts := s.gate.Texts(); len(texts) != 3 || texts[0].ID != "MS5" {
		t.Errorf("more than three are remembered: %+v", texts)
	}
}

func TestReports(t *testing.T) {
	s := newStage(t)
	check(t, s.gate.SetSwitches(smsgate.Switches{ReportSeconds: 60, FailEvery: 2}))
	check(t, s.send("MS1", "13812345678"))
	check(t, s.send("MS2", "13812345678"))
	if n := s.gate.Report(t.Context()); n != 0 {
		t.Errorf("%d reports before their time", n)
	}
	s.forward(time.Minute)
	s.status = 500
	if n := s.gate.Report(t.Context()); n != 0 {
		t.Errorf("%d reports were taken by a hub that takes none", n)
	}
	s.status = 204
	if n := s.gate.Report(t.Context()); n != 0 {
		t.Errorf("%d reports within the pause", n)
	}
	s.forward(time.Second)
	check(t, s.gate.SetSwitches(smsgate.Switches{ReportTwice: true}))
	if n := s.gate.Report(t.Context()); n != 2 {
		t.Errorf("%d reports", n)
	}
	if n := s.gate.Report(t.Context()); n != 0 {
		t.Errorf("%d reports after the last", n)
	}
	if len(s.reports) != 4 || s.reports[0].State != chepiao.MessageDelivered || s.reports[3].State != chepiao.MessageFailed || s.reports[3].Code != "ABSENT" || s.reports[0].Code != "" {
		t.Errorf("the hub heard %+v", s.reports)
	}
	check(t, s.gate.SetSwitches(smsgate.Switches{ReportLost: true}))
	check(t, s.send("MS3", "13812345678"))
	if n := s.gate.Report(t.Context()); n != 0 || len(s.reports) != 4 {
		t.Errorf("a lost report came: %d", n)
	}
}

func TestSwitches(t *testing.T) {
	s := newStage(t)
	check(t, s.gate.SetSwitches(smsgate.Switches{Unreachable: true}))
	if err := s.send("MS1", "13812345678"); !errors.Is(err, message.ErrUnreachable) || len(s.gate.Texts()) != 0 {
		t.Errorf("unreachable: %v", err)
	}
	check(t, s.gate.SetSwitches(smsgate.Switches{AnswerLost: true}))
	if err := s.send("MS1", "13812345678"); !errors.Is(err, message.ErrUnreachable) || len(s.gate.Texts()) != 1 {
		t.Errorf("answer lost: %v", err)
	}
	check(t, s.gate.SetSwitches(smsgate.Switches{SlowSeconds: 30}))
	hasty, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := s.client.Send(hasty, s.clock(), message.Text{ID: "MS2", To: "13812345678", Text: "x"}); !errors.Is(err, message.ErrUnreachable) {
		t.Errorf("slow: %v", err)
	}
	for _, bad := range []smsgate.Switches{{SlowSeconds: -1}, {ReportSeconds: 601}, {FailEvery: 1001}} {
		if s.gate.SetSwitches(bad) == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}

// The page shows the latest first, no number in clear, in both languages.
func TestPage(t *testing.T) {
	s := newStage(t)
	page := func(query string) string {
		res, err := http.Get(s.url + "/" + query)
		check(t, err)
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		check(t, err)
		if res.StatusCode != 200 || !strings.Contains(res.Header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %d", query, res.StatusCode)
		}
		return string(body)
	}
	if got := page("?lang=zh"); !strings.Contains(got, "还没有短信") {
		t.Errorf("an empty page says %s", got)
	}
	check(t, s.send("MS1", "13812345678"))
	check(t, s.send("MS2", "13812345555"))
	s.gate.Report(t.Context())
	for lang, state := range map[string]string{"zh": "已送达", "en": "delivered"} {
		got := page("?lang=" + lang)
		if a, b := strings.Index(got, "MS2"), strings.Index(got, "MS1"); a < 0 || b < a {
			t.Errorf("%s: the latest does not come first", lang)
		}
		if strings.Contains(got, "13812345678") || !strings.Contains(got, "138****5678") || !strings.Contains(got, state) || !strings.Contains(got, "ABSENT") {
			t.Errorf("%s: %s", lang, got)
		}
	}
	res, err := http.PostForm(s.url+"/?lang=en", url.Values{"unreachable": {"on"}, "slow_seconds": {"0"}, "report_seconds": {"5"}, "fail_every": {"0"}})
	check(t, err)
	res.Body.Close()
	if got := s.gate.Switches(); res.StatusCode != 200 || !got.Unreachable || got.ReportSeconds != 5 {
		t.Errorf("%d, switches %+v", res.StatusCode, got)
	}
	res, err = http.Get(s.url + "/assets/gate.css")
	check(t, err)
	res.Body.Close()
	if res.StatusCode != 200 {
		t.Errorf("the style is answered %d", res.StatusCode)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
