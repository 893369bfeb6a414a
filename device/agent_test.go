package device_test

import (
	"bytes"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"chepiao/device"
)

// These tests wait for things that happen; hardly any computes.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "16"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

const (
	token  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	secret = "cpd_invented"
)

// agent is one before a hub that says what it was asked.
type agent struct {
	url    string
	hub    *httptest.Server
	down   atomic.Bool // the hub hangs up
	asked  atomic.Pointer[http.Request]
	log    bytes.Buffer
	client *http.Client
}

func newAgent(t *testing.T) *agent {
	t.Helper()
	a := &agent{}
	a.hub = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.asked.Store(r.Clone(t.Context()))
		if r.Method == http.MethodPost {
			io.Copy(w, r.Body) //nolint:errcheck // the client has gone
			return
		}
		if a.down.Load() {
			panic(http.ErrAbortHandler)
		}
		switch r.URL.Path {
		case "/redirect":
			http.Redirect(w, r, a.hub.URL+"/window?x=1", http.StatusSeeOther)
		case "/elsewhere":
			http.Redirect(w, r, "https://example.org/pay", http.StatusSeeOther)
		default:
			http.SetCookie(w, &http.Cookie{Name: "staff", Value: "s", Secure: true, HttpOnly: true, Path: "/"})
			http.SetCookie(w, &http.Cookie{Name: "device", Value: secret, Path: "/"})
			io.WriteString(w, "a page of the hub") //nolint:errcheck // the client has gone
		}
	}))
	t.Cleanup(a.hub.Close)
	hub, err := url.Parse(a.hub.URL)
	if err != nil {
		t.Fatal(err)
	}
	set := device.New(device.Options{Now: time.Now})
	h, err := device.NewAgent(device.AgentOptions{
		Hub: hub, Secret: secret, Token: token, Sets: map[device.Post]*device.Set{device.Window: set},
		Log: slog.New(slog.NewTextHandler(&a.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	a.url = server.URL
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	a.client = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return a
}

// get asks the agent, and returns the answer with its text.
func (a *agent) get(t *testing.T, path string, change ...func(*http.Request)) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest("GET", a.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range change {
		f(r)
	}
	answer, err := a.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(b)
}

func TestNobodyWithoutTheToken(t *testing.T) {
	a := newAgent(t)
	for _, path := range []string{"/", "/window", "/device/window/status", "/device/window/events", "/device/panel", "/?device-token=wrong", "/?device-token=" + token[:25]} {
		if answer, _ := a.get(t, path); answer.StatusCode != http.StatusForbidden {
			t.Errorf("%s without the token: %d", path, answer.StatusCode)
		}
	}
	if a.asked.Load() != nil {
		t.Error("a request without the token reached the hub")
	}
	answer, _ := a.get(t, "/window?device-token="+token+"&lang=en")
	if answer.StatusCode != http.StatusSeeOther || answer.Header.Get("Location") != "/window?lang=en" {
		t.Fatalf("with the token: %d to %q", answer.StatusCode, answer.Header.Get("Location"))
	}
	cookie := answer.Header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Strict"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie %q is not %s", cookie, want)
		}
	}
	if answer, text := a.get(t, "/device/window/status"); answer.StatusCode != http.StatusOK || !contains(text, `"state":"none"`) {
		t.Errorf("after that: %d %s", answer.StatusCode, text)
	}
	if answer, _ := a.get(t, "/device/kiosk/status"); answer.StatusCode != http.StatusNotFound {
		t.Errorf("a post that is not here: %d", answer.StatusCode)
	}
	if answer, _ := a.get(t, "/window", func(r *http.Request) { r.Host = "evil.example" }); answer.StatusCode != http.StatusForbidden {
		t.Errorf("under another site's name: %d", answer.StatusCode)
	}
	if answer, _ := a.get(t, "/?device-token="+token+"&x=", func(r *http.Request) { r.URL.Path = "//evil.example/" }); !strings.HasPrefix(answer.Header.Get("Location"), "/evil.example") {
		t.Errorf("sent to %q", answer.Header.Get("Location"))
	}
	if contains(a.log.String(), token) || contains(a.log.String(), secret) {
		t.Errorf("the log: %s", a.log.String())
	}
}

func TestOtherSitesMayNotPrint(t *testing.T) {
	a := newAgent(t)
	a.get(t, "/?device-token="+token)
	r, err := http.NewRequest("POST", a.url+"/device/window/drawer", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Origin", "https://evil.example")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	answer, err := a.client.Do(r)
	if err != nil || answer.StatusCode != http.StatusForbidden {
		t.Errorf("%v %v", answer, err)
	}
}

func TestPassedToTheHub(t *testing.T) {
	a := newAgent(t)
	a.get(t, "/?device-token="+token)
	answer, text := a.get(t, "/window", func(r *http.Request) {
		r.Header.Set("Origin", a.url)
		r.AddCookie(&http.Cookie{Name: "device", Value: "cpd_of_the_browser"})
		r.AddCookie(&http.Cookie{Name: "practice", Value: "1"})
	})
	if text != "a page of the hub" {
		t.Fatalf("%d %q", answer.StatusCode, text)
	}
	got := a.asked.Load()
	if got.Header.Get("X-Chepiao-Agent") != "1" || got.Header.Get("Origin") != a.hub.URL || got.Header.Get("Authorization") != "" {
		t.Errorf("the hub saw %v", got.Header)
	}
	var cookies []string
	for _, c := range got.Cookies() {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	if s := strings.Join(cookies, " "); s != "practice=1 device="+secret {
		t.Errorf("the hub saw the cookies %s", s)
	}
	for _, c := range answer.Cookies() {
		if c.Name == "device" || c.Secure {
			t.Errorf("the browser was given %v", c)
		}
	}
	if len(answer.Cookies()) != 1 {
		t.Errorf("the browser was given %v", answer.Cookies())
	}
	posted, err := a.client.Post(a.url+"/gate/check", "application/x-www-form-urlencoded", strings.NewReader("code=1&kind="))
	if err != nil {
		t.Fatal(err)
	}
	defer posted.Body.Close()
	if b, err := io.ReadAll(posted.Body); string(b) != "code=1&kind=" {
		t.Errorf("of a form, the hub got %q (%v)", b, err)
	}
	a.get(t, "/api/v1/trips")
	if got := a.asked.Load().Header.Get("Authorization"); got != "Bearer "+secret {
		t.Errorf("the API saw %q", got)
	}
	a.get(t, "/api/v1/trips", func(r *http.Request) { r.Header.Set("Authorization", "Bearer own") })
	if got := a.asked.Load().Header.Get("Authorization"); got != "Bearer own" {
		t.Errorf("the API saw %q", got)
	}
	if answer, _ := a.get(t, "/redirect"); answer.Header.Get("Location") != "/window?x=1" {
		t.Errorf("sent to %q", answer.Header.Get("Location"))
	}
	if answer, _ := a.get(t, "/elsewhere"); answer.Header.Get("Location") != "https://example.org/pay" {
		t.Errorf("sent to %q", answer.Header.Get("Location"))
	}
}

func TestHubIsRestarted(t *testing.T) {
	a := newAgent(t)
	a.get(t, "/?device-token="+token)
	a.down.Store(true)
	answer, text := a.get(t, "/window")
	if answer.StatusCode != http.StatusBadGateway || !contains(text, "http-equiv=\"refresh\"") || !contains(text, "The system cannot be reached") {
		t.Errorf("while the hub is down: %d %s", answer.StatusCode, text)
	}
	if answer, _ := a.get(t, "/device/window/status"); answer.StatusCode != http.StatusOK {
		t.Errorf("the devices while the hub is down: %d", answer.StatusCode)
	}
	a.down.Store(false)
	if answer, text := a.get(t, "/window"); answer.StatusCode != http.StatusOK || text != "a page of the hub" {
		t.Errorf("after that: %d %s", answer.StatusCode, text)
	}
}

func TestAgentsThatCannotBe(t *testing.T) {
	hub, _ := url.Parse("http://hub.example")
	for what, o := range map[string]device.AgentOptions{
		"no hub":         {Token: token},
		"a short token":  {Hub: hub, Token: token[:25]},
		"no web address": {Hub: &url.URL{Scheme: "ftp", Host: "x"}, Token: token},
	} {
		if _, err := device.NewAgent(o); err == nil {
			t.Errorf("%s was accepted", what)
		}
	}
}
