package ident_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/ident"
	"chepiao/ident/provider"
)

const redirect = "http://hub.example/staff/oidc/back"

// vouched is a house with a provider that knows 1001, 1002 and 7777.
func vouched(t *testing.T) (*house, *ident.OIDC) {
	h := newHouse(t)
	var p *provider.Provider
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	var err error
	p, err = provider.New(provider.Options{
		Issuer: server.URL, Client: "chepiao", Secret: "s", Redirect: []string{redirect}, Now: h.clock, Rand: rand.Reader,
		People: []provider.Person{{Number: "1001", Name: "王秀英"}, {Number: "1002", Name: "赵丽"}, {Number: "7777", Name: "陌生人"}},
	})
	h.must(err)
	file := filepath.Join(t.TempDir(), "oidc.json")
	h.must(os.WriteFile(file, []byte(`{"issuer":"`+server.URL+`","client_id":"chepiao","client_secret":"s"}`), 0o600))
	c, err := ident.ReadOIDC(file)
	h.must(err)
	return h, ident.NewOIDC(c, redirect, h.clock)
}

// choose is somebody at the provider: what it sends their browser back with.
func (h *house) choose(address, person string) url.Values {
	h.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Get(address + "&person=" + person)
	h.must(err)
	answer.Body.Close()
	back, err := answer.Location()
	if err != nil || !strings.HasPrefix(back.String(), redirect+"?") {
		h.Fatalf("%d to %v", answer.StatusCode, back)
	}
	return back.Query()
}

// TestOIDC: somebody with an account is signed in by the provider; a code is good
// once, for the browser that began; who has no account, or is switched off, is not
// let in; and nobody makes accounts by it.
func TestOIDC(t *testing.T) {
	h, o := vouched(t)
	ctx := t.Context()
	h.hire("1001", ident.Clerk)
	h.hire("1002", ident.Clerk)
	h.must(h.Change(ctx, act("9001"), ident.Staff{No: "1002", Name: "赵丽", Roles: []ident.StaffRole{ident.Clerk}, Off: true}))
	to, state, err := h.BeginOIDC(ctx, o, "/window")
	h.must(err)
	back := h.choose(to, "1001")
	if back.Get("state") != state {
		t.Fatal("another state came back")
	}
	_, _, err = h.FinishOIDC(ctx, o, act(""), "of another browser", state, back.Get("code"), nil)
	h.refused(err, chepiao.Unauthorized, "")
	s, next, err := h.FinishOIDC(ctx, o, act(""), state, state, back.Get("code"), nil)
	h.must(err)
	if next != "/window" || s.Staff.No != "1001" || s.How != "oidc" {
		t.Errorf("%+v, on to %s", s, next)
	}
	h.here(s.Token)
	_, _, err = h.FinishOIDC(ctx, o, act(""), state, state, back.Get("code"), nil)
	h.refused(err, chepiao.Unauthorized, "")
	for _, person := range []string{"1002", "7777", "nobody"} {
		to, state, err := h.BeginOIDC(ctx, o, "")
		h.must(err)
		_, _, err = h.FinishOIDC(ctx, o, act(""), state, state, h.choose(to, person).Get("code"), nil)
		h.refused(err, chepiao.Unauthorized, "")
	}
	to, state, err = h.BeginOIDC(ctx, o, "")
	h.must(err)
	back = h.choose(to, "1001")
	h.pass(11 * time.Minute)
	_, _, err = h.FinishOIDC(ctx, o, act(""), state, state, back.Get("code"), nil)
	h.refused(err, chepiao.Unauthorized, "")
	if list, err := h.List(ctx, "", 9); err != nil || len(list) != 2 {
		t.Errorf("%d accounts, %v", len(list), err)
	}
	text, kinds := h.journal()
	if strings.Contains(text, "陌生人") || strings.Count(kinds, "staff_refused") != 2 {
		t.Errorf("the journal has %s", kinds)
	}
}

// TestOIDCMixedUp: a code of one sign-in does not finish another: nonce and verifier
// belong to the state.
func TestOIDCMixedUp(t *testing.T) {
	h, o := vouched(t)
	ctx := t.Context()
	h.hire("1001", ident.Clerk)
	one, _, err := h.BeginOIDC(ctx, o, "")
	h.must(err)
	_, other, err := h.BeginOIDC(ctx, o, "")
	h.must(err)
	_, _, err = h.FinishOIDC(ctx, o, act(""), other, other, h.choose(one, "1001").Get("code"), nil)
	h.refused(err, chepiao.Unauthorized, "")
}

// TestOIDCAway: a provider that does not answer is no fault of ours.
func TestOIDCAway(t *testing.T) {
	h := newHouse(t)
	o := ident.NewOIDC(ident.OIDCConfig{Issuer: "http://127.0.0.1:1", Client: "x"}, redirect, h.clock)
	_, _, err := h.BeginOIDC(context.Background(), o, "")
	h.refused(err, chepiao.Busy, "")
	for _, text := range []string{"", "[]", `{"issuer":"x","client_id":"y"}`, `{"issuer":"https://x"}`} {
		file := filepath.Join(t.TempDir(), "x.json")
		h.must(os.WriteFile(file, []byte(text), 0o600))
		if _, err := ident.ReadOIDC(file); err == nil {
			t.Errorf("%q is a configuration", text)
		}
	}
}

// TestKeysWhere: browsers have passkeys for names with TLS, and for this machine.
func TestKeysWhere(t *testing.T) {
	for public, want := range map[string]bool{
		"": false, "http://127.0.0.1:8080": false, "https://10.0.0.1": false, "http://hub.example": false, "https://[::1]": false,
		"https://hub.example": true, "https://hub.example:8443": true, "http://localhost:8080": true,
	} {
		k, err := ident.NewKeys(public)
		if err != nil || (k != nil) != want {
			t.Errorf("%q: %v, %v", public, k != nil, err)
		}
	}
}
