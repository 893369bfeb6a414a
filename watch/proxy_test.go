package watch

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestProxies: who asks is whom a trusted proxy saw, and nobody's own word
// counts.
func TestProxies(t *testing.T) {
	trusted := []string{"10.0.0.0/8", "192.0.2.7", "2001:db8::/32"}
	for _, c := range []struct {
		name, remote, header, value, want string
	}{
		{"no proxy", "203.0.113.9:1000", XForwardedFor, "", "203.0.113.9:1000"},
		{"a stranger's word", "203.0.113.9:1000", XForwardedFor, "198.51.100.1", "203.0.113.9:1000"},
		{"a proxy's word", "10.0.0.1:1000", XForwardedFor, "198.51.100.1", "198.51.100.1:0"},
		{"a proxy that says nothing", "10.0.0.1:1000", XForwardedFor, "", "10.0.0.1:0"},
		{"two proxies", "10.0.0.1:1000", XForwardedFor, "198.51.100.1, 192.0.2.7", "198.51.100.1:0"},
		{"what the client said before", "10.0.0.1:1000", XForwardedFor, "127.0.0.1, 198.51.100.1", "198.51.100.1:0"},
		{"and between trusted ones", "10.0.0.1:1000", XForwardedFor, "127.0.0.1, 198.51.100.1, 192.0.2.7", "198.51.100.1:0"},
		{"only proxies", "10.0.0.1:1000", XForwardedFor, "10.0.0.3, 10.0.0.2", "10.0.0.3:0"},
		{"nonsense before", "10.0.0.1:1000", XForwardedFor, "127.0.0.1, nonsense, 10.0.0.2", "10.0.0.2:0"},
		{"nonsense", "10.0.0.1:1000", XForwardedFor, "nonsense", "10.0.0.1:0"},
		{"with a port", "10.0.0.1:1000", XForwardedFor, "198.51.100.1:4711", "198.51.100.1:0"},
		{"IPv6", "[2001:db8::1]:1000", XForwardedFor, "2001:470::9", "[2001:470::9]:0"},
		{"IPv6 with a port", "[2001:db8::1]:1000", XForwardedFor, "[2001:470::9]:4711", "[2001:470::9]:0"},
		{"mapped", "[::ffff:10.0.0.1]:1000", XForwardedFor, "::ffff:198.51.100.1", "198.51.100.1:0"},
		{"the other header", "10.0.0.1:1000", Forwarded, "for=198.51.100.1", "10.0.0.1:0"},
	} {
		t.Run(c.name, func(t *testing.T) { clientIs(t, trusted, "", c.remote, c.header, c.value, c.want) })
	}
	for _, c := range []struct{ name, header, value, want string }{
		{"RFC 7239", Forwarded, `for=198.51.100.1;proto=https;by=10.0.0.1`, "198.51.100.1:0"},
		{"quoted IPv6", Forwarded, `proto=https;FOR="[2001:470::9]:4711"`, "[2001:470::9]:0"},
		{"two", Forwarded, `for=127.0.0.1, for=198.51.100.1, for=10.9.9.9`, "198.51.100.1:0"},
		{"hidden", Forwarded, `for=198.51.100.1, for=_hidden`, "10.0.0.1:0"},
		{"the other header", XForwardedFor, "198.51.100.1", "10.0.0.1:0"},
	} {
		t.Run(c.name, func(t *testing.T) { clientIs(t, trusted, Forwarded, "10.0.0.1:1000", c.header, c.value, c.want) })
	}
	clientIs(t, nil, "", "10.0.0.1:1000", XForwardedFor, "198.51.100.1", "10.0.0.1:1000")
	clientIs(t, trusted, "", "10.0.0.1:1000", XForwardedFor, strings.Repeat("203.0.113.1,", 5000)+"198.51.100.1", "198.51.100.1:0")
}

func clientIs(t *testing.T, trusted []string, means, remote, header, value, want string) {
	t.Helper()
	p, err := NewProxies(trusted, means)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = remote
	if value != "" {
		r.Header.Set(header, value)
	}
	if got := p.Client(r); got != want {
		t.Errorf("the client is %s, want %s", got, want)
	}
}

func TestProxiesRefuse(t *testing.T) {
	for _, bad := range []string{"", "10.0.0.0/40", "proxy.example", "10.0.0"} {
		if _, err := NewProxies([]string{bad}, ""); err == nil {
			t.Errorf("%q was taken for a network", bad)
		}
	}
	if _, err := NewProxies(nil, "X-Real-Ip"); err == nil {
		t.Error("another header was taken")
	}
}

// TestSecure: a trusted proxy's word that its client came by TLS counts, nobody
// else's.
func TestSecure(t *testing.T) {
	for _, c := range []struct {
		name, means, remote, header, value string
		want                               bool
	}{
		{"a proxy with TLS", "", "10.0.0.1:1000", "X-Forwarded-Proto", "https", true},
		{"a proxy without", "", "10.0.0.1:1000", "X-Forwarded-Proto", "http", false},
		{"a proxy that says nothing", "", "10.0.0.1:1000", "", "", false},
		{"a stranger", "", "203.0.113.9:1000", "X-Forwarded-Proto", "https", false},
		{"RFC 7239", Forwarded, "10.0.0.1:1000", Forwarded, "for=1.2.3.4;proto=http, for=198.51.100.1;proto=https", true},
		{"RFC 7239 without", Forwarded, "10.0.0.1:1000", Forwarded, "for=1.2.3.4;proto=https, for=198.51.100.1;proto=http", false},
		{"the other header", Forwarded, "10.0.0.1:1000", "X-Forwarded-Proto", "https", false},
	} {
		p, err := NewProxies([]string{"10.0.0.0/8"}, c.means)
		if err != nil {
			t.Fatal(err)
		}
		w, _, _ := begin(t, func(conf *Config) { conf.Proxies = p })
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.remote
		if c.header != "" {
			r.Header.Set(c.header, c.value)
		}
		w.Front(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if got := Secure(r); got != c.want {
				t.Errorf("%s: secure %v", c.name, got)
			}
		})).ServeHTTP(httptest.NewRecorder(), r)
	}
	if Secure(httptest.NewRequest("GET", "/", nil)) {
		t.Error("a plain request is secure")
	}
}
