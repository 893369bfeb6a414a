package message_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"chepiao/message"
)

var (
	key = []byte("sixteen bytes or more")
	now = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
)

// The signature as docs/messages.md gives it, for whoever builds a receiver.
func TestSignatureVector(t *testing.T) {
	h := http.Header{}
	message.Sign(h, []byte("cph_example"), message.ForHook, time.Unix(1795334400, 0), []byte(`{"events":[]}`))
	if got := h.Get(message.HeaderSignature); got != "0512f04e84274cac5beaac2e7d42cda9e47c96c57bb4848d3824adb67ea6a434" || h.Get(message.HeaderTime) != "1795334400" {
		t.Errorf("the signature is %s", got)
	}
}

func TestVerify(t *testing.T) {
	body := []byte(`{"id":"x"}`)
	signed := func() http.Header {
		h := http.Header{}
		message.Sign(h, key, message.ForReport, now, body)
		return h
	}
	if err := message.Verify(signed(), key, message.ForReport, now.Add(message.ReplayWindow), body); err != nil {
		t.Errorf("a good one: %v", err)
	}
	for name, c := range map[string]struct {
		header  http.Header
		key     []byte
		purpose message.Purpose
		now     time.Time
		body    string
		want    error
	}{
		"another body":    {signed(), key, message.ForReport, now, `{"id":"y"}`, message.ErrBadSignature},
		"another key":     {signed(), []byte("another key, as long"), message.ForReport, now, string(body), message.ErrBadSignature},
		"another purpose": {signed(), key, message.ForText, now, string(body), message.ErrBadSignature},
		"a hook's":        {signed(), key, message.ForHook, now, string(body), message.ErrBadSignature},
		"no header":       {http.Header{}, key, message.ForReport, now, string(body), message.ErrBadSignature},
		"too old":         {signed(), key, message.ForReport, now.Add(message.ReplayWindow + time.Second), string(body), message.ErrStale},
		"too far ahead":   {signed(), key, message.ForReport, now.Add(-message.ReplayWindow - time.Second), string(body), message.ErrStale},
		"two signatures":  {func() http.Header { h := signed(); h.Add(message.HeaderSignature, "00"); return h }(), key, message.ForReport, now, string(body), message.ErrBadSignature},
	} {
		if err := message.Verify(c.header, c.key, c.purpose, c.now, []byte(c.body)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// What the gateway answers decides whether a text is tried again. No error
// repeats the phone or the text.
func TestSend(t *testing.T) {
	var status int
	var answer string
	elsewhere := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			elsewhere = true
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		w.Write([]byte(answer))
	}))
	defer server.Close()
	g, err := message.NewGateway(message.Config{URL: server.URL, Key: key, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	text := message.Text{ID: "MS1", To: "13812345678", Text: "【车票】……"}
	for _, c := range []struct {
		status int
		answer string
		want   error
	}{
		{200, "", nil},
		{202, `{"id":"MS1"}`, nil},
		{302, "", message.ErrUnreachable},
		{400, `{"code":"BAD_NUMBER"}`, message.ErrBadNumber},
		{422, `{"code":"BLOCKED","message":"no"}`, message.ErrBlocked},
		{401, `{"code":"UNSIGNED"}`, message.ErrUnreachable}, // a key that somebody must put right
		{404, "not found", message.ErrUnreachable},
		{422, `{"code":"no code at all 13812345678"}`, message.ErrUnreachable},
		{429, `{"code":"BLOCKED"}`, message.ErrUnreachable},
		{500, `{"code":"BLOCKED"}`, message.ErrUnreachable},
		{503, strings.Repeat("x", 1<<20), message.ErrUnreachable},
	} {
		status, answer = c.status, c.answer
		err := g.Send(context.Background(), now, text)
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%d %.40s: %v, want %v", c.status, c.answer, err, c.want)
		}
		if err != nil && (strings.Contains(err.Error(), text.To) || strings.Contains(err.Error(), text.Text)) {
			t.Errorf("the error says who was meant: %v", err)
		}
	}
	if elsewhere {
		t.Error("a redirect was followed")
	}
	server.Close()
	if err := g.Send(context.Background(), now, text); !errors.Is(err, message.ErrUnreachable) || strings.Contains(err.Error(), server.URL) {
		t.Errorf("nobody there: %v", err)
	}
}

// A receiver that takes its time is not waited for.
func TestTimeout(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer server.Close()
	defer close(release)
	caller := message.NewCaller(50*time.Millisecond, nil)
	if err := caller.Call(context.Background(), now, server.URL, key, message.Call{Hook: 5}); !errors.Is(err, message.ErrUnreachable) {
		t.Errorf("a silent receiver: %v", err)
	}
}

func TestTextCheck(t *testing.T) {
	good := message.Text{ID: "MS1-2", To: "13812345678", Text: "hello", ReportURL: "http://a.example/x"}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*message.Text)
		want   message.Declined
	}{
		"no id":          {func(x *message.Text) { x.ID = "" }, message.ErrBadInput},
		"a path as id":   {func(x *message.Text) { x.ID = "../x" }, message.ErrBadInput},
		"no number":      {func(x *message.Text) { x.To = "" }, message.ErrBadNumber},
		"ten digits":     {func(x *message.Text) { x.To = "1381234567" }, message.ErrBadNumber},
		"no text":        {func(x *message.Text) { x.Text = "" }, message.ErrBadText},
		"141 characters": {func(x *message.Text) { x.Text = strings.Repeat("长", 141) }, message.ErrBadText},
		"a file":         {func(x *message.Text) { x.ReportURL = "file:///etc/passwd" }, message.ErrBadInput},
	} {
		x := good
		c.change(&x)
		if err := x.Check(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	good.To = "+85291234567"
	if err := good.Check(); err != nil {
		t.Errorf("a number abroad: %v", err)
	}
}

func TestConfig(t *testing.T) {
	for name, c := range map[string]message.Config{
		"no address":  {Key: key},
		"no key":      {URL: "http://a.example"},
		"a short key": {URL: "http://a.example", Key: key[:15]},
		"a bad way":   {URL: "http://a.example", Key: key, ReportURL: "b.example"},
	} {
		if _, err := message.NewGateway(c); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// FuzzParseReport: whatever is posted, signed or not, is a report or an error.
func FuzzParseReport(f *testing.F) {
	g, err := message.NewGateway(message.Config{URL: "http://a.example", Key: key})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"id":"MS1","state":"delivered","at":"2026-11-22T08:00:00Z"}`))
	f.Add([]byte(`{"id":"MS1-2","state":"failed","code":"ABSENT"}`))
	f.Add([]byte(`{"id":"../x","state":"due"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		h := http.Header{}
		message.Sign(h, key, message.ForReport, now, body)
		r, err := g.ParseReport(now, h, body)
		if err == nil && (message.CheckID(r.ID) != nil || (r.State != "delivered" && r.State != "failed")) {
			t.Errorf("%q reads as %+v", body, r)
		}
		if err != nil && !errors.Is(err, message.ErrMalformed) {
			t.Errorf("%q: %v", body, err)
		}
		if _, err := g.ParseReport(now, http.Header{}, body); err == nil {
			t.Errorf("%q is believed without a signature", body)
		}
	})
}
