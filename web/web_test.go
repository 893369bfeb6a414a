package web_test

import (
	"strings"
	"testing"

	"chepiao/web/stage"
)

func TestHomeAndVerify(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		s := stage.Open(t, stage.Options{})
		s.Lang = lang
		s.Get("/").Want(200).Golden("home-" + lang)
		s.Get("/verify").Want(200).Golden("verify-" + lang)
		s.Get("/nowhere").Want(404).Golden("nowhere-" + lang)
	}
}

// TestEveryPageIsGuarded: no page may load from elsewhere or be framed, none
// has a script or style inside, and each says its language.
func TestEveryPageIsGuarded(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	for _, at := range []string{"/", "/passenger", "/passenger/find", "/window", "/window/find", "/window?station=130102SJZ", "/gate", "/gate?station=130102SJZ&gate=1", "/verify", "/staff", "/nowhere"} {
		page := s.Get(at)
		policy := page.Header.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "form-action 'self'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: the policy lacks %s", at, part)
			}
		}
		if strings.Contains(policy, "unsafe-inline") || strings.Contains(policy, "'unsafe-eval'") {
			t.Errorf("%s: the policy allows what is inside the page: %s", at, policy)
		}
		page.Lacks("<style", " style=", " onclick=", "http://", "https://").Want(page.Status, `lang="zh-CN"`, "<title>")
		for rest := page.Body; ; {
			_, after, found := strings.Cut(rest, "<script")
			if !found {
				break
			}
			if tag, _, _ := strings.Cut(after, ">"); !strings.Contains(tag, " src=") {
				t.Errorf("%s has a script inside", at)
			}
			rest = after
		}
	}
}

func TestLanguageIsRemembered(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	page := s.Get("/passenger?lang=en").Want(200, "Buy a coach ticket", "/passenger?lang=zh")
	if cookie := page.Header.Get("Set-Cookie"); !strings.HasPrefix(cookie, "lang=en;") {
		t.Errorf("the choice is not kept: %q", cookie)
	}
	if s.Get("/passenger?lang=tlh").Want(200, "买汽车票").Header.Get("Set-Cookie") != "" {
		t.Error("an unknown language is kept")
	}
}

func TestStationsForVerifier(t *testing.T) {
	s := stage.Open(t, stage.Options{Hidden: true})
	s.Get("/verify/stations.json?lang=en").Want(200, "Shijiazhuang Central")
	s.Get("/").Want(200).Lacks("演示可以这样试")
}
