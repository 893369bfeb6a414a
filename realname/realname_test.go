package realname_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/realname"
	"chepiao/realname/register"
)

var (
	now = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	key = []byte("a key that both sides share")
)

func open(t *testing.T) (*register.Register, *realname.Client, *httptest.Server) {
	t.Helper()
	r, err := register.New(register.Options{Now: func() time.Time { return now }, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	return r, client(t, server.URL, key), server
}

func client(t *testing.T, url string, key []byte) *realname.Client {
	t.Helper()
	c, err := realname.NewClient(realname.Config{URL: url, Key: key, Rand: bytes.NewReader(bytes.Repeat([]byte("0123456789abcdef"), 100)), Timeout: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func person(t *testing.T, kind chepiao.DocumentKind, number string) (chepiao.Name, chepiao.Document) {
	t.Helper()
	name, err := chepiao.NewName("张伟")
	if err != nil {
		t.Fatal(err)
	}
	return name, chepiao.RestoreDocument(kind, number, "")
}

func TestVerify(t *testing.T) {
	_, c, _ := open(t)
	for number, want := range map[string]chepiao.NameVerdict{
		"11010519491231002X": chepiao.NameMatches, "659007194912310020": chepiao.NameDiffers, "65900819491231002X": chepiao.NameUnknown,
		"110105194912310007": chepiao.NameMatches, // only the region of a resident ID counts
	} {
		name, doc := person(t, chepiao.ResidentID, number)
		if got, err := c.Verify(context.Background(), now, name, doc); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", number, got, err, want)
		}
	}
	name, doc := person(t, chepiao.Passport, "E12345007")
	if got, err := c.Verify(context.Background(), now, name, doc); err != nil || got != chepiao.NameDiffers {
		t.Errorf("a passport: %s, %v", got, err)
	}
}

// TestUnreachable: whatever is wrong with the service is ErrUnreachable, says
// nothing of who was asked for, and is not asked again for a while.
func TestUnreachable(t *testing.T) {
	name, doc := person(t, chepiao.ResidentID, "11010519491231002X")
	for what, s := range map[string]register.Switches{"down": {Down: true}, "forged": {Forged: true}, "slow": {SlowSeconds: 1}} {
		r, c, _ := open(t)
		if err := r.SetSwitches(s); err != nil {
			t.Fatal(err)
		}
		_, err := c.Verify(context.Background(), now, name, doc)
		if !errors.Is(err, realname.ErrUnreachable) || strings.Contains(err.Error(), "张伟") || strings.Contains(err.Error(), "1101") {
			t.Errorf("%s: %v", what, err)
		}
		if err := r.SetSwitches(register.Switches{}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Verify(context.Background(), now.Add(9*time.Second), name, doc); !errors.Is(err, realname.ErrUnreachable) {
			t.Errorf("%s: asked again at once: %v", what, err)
		}
		if v, err := c.Verify(context.Background(), now.Add(11*time.Second), name, doc); err != nil || v != chepiao.NameMatches {
			t.Errorf("%s: never asked again: %s, %v", what, v, err)
		}
	}
	_, _, server := open(t)
	if _, err := client(t, server.URL, []byte("another key, just as long")).Verify(context.Background(), now, name, doc); !errors.Is(err, realname.ErrUnreachable) {
		t.Errorf("another key: %v", err)
	}
}

// TestAnswerIsBound: an answer to another question is not believed, however well it
// is signed.
func TestAnswerIsBound(t *testing.T) {
	var kept []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if kept == nil {
			kept = []byte(`{"nonce":"` + strings.Repeat("0", 32) + `","verdict":"match"}`)
		}
		realname.Sign(w.Header(), key, "answer", now, kept)
		w.Write(kept)
	}))
	t.Cleanup(server.Close)
	name, doc := person(t, chepiao.ResidentID, "659007194912310020")
	if v, err := client(t, server.URL, key).Verify(context.Background(), now, name, doc); !errors.Is(err, realname.ErrUnreachable) {
		t.Errorf("believed: %s, %v", v, err)
	}
	h := http.Header{}
	realname.Sign(h, key, "question", now, []byte("x"))
	if realname.Signed(h, key, "answer", now, []byte("x")) || realname.Signed(h, key, "question", now.Add(6*time.Minute), []byte("x")) || realname.Signed(h, key, "question", now, []byte("y")) {
		t.Error("a signature is good for something else")
	}
}

// TestConfirm: a token is good once, and one person has one number here and another
// one with another operator.
func TestConfirm(t *testing.T) {
	_, c, server := open(t)
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	confirm := func(person string) string {
		res, err := browser.Get(c.PageURL("http://hub.example/me/netid", "S1"))
		if err != nil || res.StatusCode != 200 {
			t.Fatalf("%v, %v", res, err)
		}
		body, _ := io.ReadAll(res.Body)
		if !bytes.Contains(body, []byte(`value="S1"`)) {
			t.Fatalf("%s", body)
		}
		res, err = browser.PostForm(server.URL+"/confirm", map[string][]string{"back": {"http://hub.example/me/netid"}, "state": {"S1"}, "person": {person}})
		if err != nil {
			t.Fatal(err)
		}
		to, err := res.Location()
		if err != nil || to.Query().Get("state") != "S1" {
			t.Fatalf("%v, %v", to, err)
		}
		return to.Query().Get("token")
	}
	var none chepiao.Document
	var nobody chepiao.Name
	token := confirm("1")
	first, err := c.Confirm(context.Background(), now, token, nobody, none)
	if err != nil || first.Verdict != chepiao.NameMatches || first.Network == "" {
		t.Fatalf("%+v, %v", first, err)
	}
	if again, err := c.Confirm(context.Background(), now, token, nobody, none); err != nil || again.Verdict != chepiao.NameUnknown || again.Network != "" {
		t.Errorf("a token is good twice: %+v, %v", again, err)
	}
	second, err := c.Confirm(context.Background(), now, confirm("1"), nobody, none)
	if err != nil || second.Network != first.Network {
		t.Errorf("the same person has another number: %+v, %v", second, err)
	}
	name, doc := person(t, chepiao.ResidentID, "659007194912310020")
	other, err := c.Confirm(context.Background(), now, confirm("2"), name, doc)
	if err != nil || other.Network == first.Network || other.Verdict != chepiao.NameDiffers {
		t.Errorf("another person: %+v, %v", other, err)
	}
	if res, err := browser.Get(server.URL + "/confirm?back=javascript:1"); err != nil || res.StatusCode != 400 {
		t.Errorf("back to a script: %v, %v", res, err)
	}
}

func TestControlPage(t *testing.T) {
	_, _, server := open(t)
	for _, lang := range []string{"zh", "en"} {
		res, err := http.Get(server.URL + "/?lang=" + lang)
		if err != nil || res.StatusCode != 200 {
			t.Fatalf("%v, %v", res, err)
		}
		body, _ := io.ReadAll(res.Body)
		if !bytes.Contains(body, []byte("007")) {
			t.Errorf("the rule is not told: %s", body)
		}
	}
	bad, err := http.PostForm(server.URL+"/", map[string][]string{"slow_seconds": {"61"}})
	if err != nil || bad.StatusCode != 400 {
		t.Errorf("%v, %v", bad, err)
	}
}
