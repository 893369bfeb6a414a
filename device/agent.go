package device

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
)

// AgentOptions say what an agent stands between.
type AgentOptions struct {
	Hub    *url.URL // whose pages the browser is shown
	Secret string   // of this machine as a device of the hub (cpd_…); "": the browser signs in itself
	Token  string   // that the browser shows once; at least TokenMin characters
	Sets   map[Post]*Set
	Panel  http.Handler // of simulated parts, below /device/panel; nil mostly
	Log    *slog.Logger
}

// TokenMin is how long a token is at least.
const TokenMin = 26

const (
	tokenCookie  = "device-token"
	secretCookie = "device" // the hub's
	agentHeader  = "X-Chepiao-Agent"
	yearSeconds  = 365 * 24 * 3600
)

// NewAgent is what a browser on a counter talks to: the hub's pages and, under the
// same address, the parts of this machine. It must only be reached from the machine
// itself; even there it answers nobody who has not shown the token, since it acts in
// this machine's name.
func NewAgent(o AgentOptions) (http.Handler, error) {
	switch {
	case o.Hub == nil || o.Hub.Host == "" || o.Hub.Scheme != "http" && o.Hub.Scheme != "https":
		return nil, errors.New("the hub's address is http:// or https:// and a host")
	case len(o.Token) < TokenMin:
		return nil, fmt.Errorf("the token has fewer than %d characters", TokenMin)
	}
	mux := http.NewServeMux()
	mux.Handle("/device/", Handler(o.Sets))
	if o.Panel != nil {
		mux.Handle("/device/panel", o.Panel)
		mux.Handle("/device/panel/", o.Panel)
	}
	mux.Handle("/", o.proxy())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !Local(r.Host) {
			o.turnAway(w, "this address is not one of this machine")
			return
		}
		if shown := r.URL.Query().Get(tokenCookie); r.Method == http.MethodGet && shown != "" { // FormValue would read the body away
			if !o.right(shown) {
				o.turnAway(w, "the token is wrong")
				return
			}
			http.SetCookie(w, &http.Cookie{Name: tokenCookie, Value: o.Token, Path: "/", MaxAge: yearSeconds, HttpOnly: true, SameSite: http.SameSiteStrictMode})
			http.Redirect(w, r, clean(r.URL), http.StatusSeeOther)
			return
		}
		if c, err := r.Cookie(tokenCookie); err != nil || !o.right(c.Value) {
			o.turnAway(w, "no token")
			return
		}
		mux.ServeHTTP(w, r)
	}), nil
}

func (o AgentOptions) right(token string) bool {
	return subtle.ConstantTimeCompare([]byte(token), []byte(o.Token)) == 1
}

// clean is the address without the token, so that it stays in no history.
func clean(u *url.URL) string {
	q := u.Query()
	q.Del(tokenCookie)
	path := "/" + strings.TrimLeft(u.EscapedPath(), "/\\")
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return path
}

// Local tells that a Host names this machine: a page of another site that has its
// own name point here gets nothing.
func Local(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	ip := net.ParseIP(strings.Trim(name, "[]"))
	return name == "localhost" || ip != nil && ip.IsLoopback()
}

func (o AgentOptions) turnAway(w http.ResponseWriter, why string) {
	o.Log.Warn("a request was turned away", "why", why)
	page(w, http.StatusForbidden, "请用启动时显示的地址打开本机页面", "Open the address that was shown when the device program started", false)
}

// proxy passes everything else on to the hub, in this machine's name.
func (o AgentOptions) proxy() http.Handler {
	own := func(r *http.Request) string { return "http://" + r.Host }
	return &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(o.Hub) // and the Host of the hub
			p.Out.Header.Set(agentHeader, "1")
			if p.In.Header.Get("Origin") == own(p.In) { // ours is the hub's to the browser
				p.Out.Header.Set("Origin", o.Hub.Scheme+"://"+o.Hub.Host)
			}
			o.sign(p.Out)
		},
		ModifyResponse: func(r *http.Response) error {
			if at := r.Header.Get("Location"); at != "" {
				if u, err := url.Parse(at); err == nil && u.Host == o.Hub.Host {
					r.Header.Set("Location", u.RequestURI())
				}
			}
			cookies := r.Cookies()
			r.Header.Del("Set-Cookie")
			for _, c := range cookies {
				if o.Secret != "" && c.Name == secretCookie {
					continue // signing out is this program's affair
				}
				c.Secure = false // the browser speaks to us without TLS, on loopback
				r.Header.Add("Set-Cookie", c.String())
			}
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() == nil {
				o.Log.Warn("the hub does not answer", "error", err)
			}
			w.Header().Set("Retry-After", "2")
			page(w, http.StatusBadGateway, "系统暂时连不上，正在重试……", "The system cannot be reached; trying again …", r.Method == http.MethodGet)
		},
		ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelWarn),
	}
}

// sign has the request made in this machine's name: the browser never holds the
// secret, and what it would send in its place is dropped. The token stays here.
func (o AgentOptions) sign(r *http.Request) {
	cookies := slices.DeleteFunc(r.Cookies(), func(c *http.Cookie) bool {
		return c.Name == tokenCookie || o.Secret != "" && c.Name == secretCookie
	})
	r.Header.Del("Cookie")
	for _, c := range cookies {
		r.AddCookie(c)
	}
	if o.Secret == "" {
		return
	}
	r.AddCookie(&http.Cookie{Name: secretCookie, Value: o.Secret})
	if strings.HasPrefix(r.URL.Path, "/api/") && r.Header.Get("Authorization") == "" {
		r.Header.Set("Authorization", "Bearer "+o.Secret)
	}
}

// page is a few words while there is nothing else to show.
func page(w http.ResponseWriter, status int, zh, en string, again bool) {
	refresh := ""
	if again {
		refresh = `<meta http-equiv="refresh" content="2">`
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">%s<title>车票 Chepiao</title></head><body><h1>%s</h1><p lang="en">%s</p></body></html>`, refresh, zh, en) //nolint:errcheck // the reader has gone
}
