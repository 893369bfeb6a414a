// Package provider is an OpenID provider to practise with: a small one that speaks
// the real protocol (OpenID Connect Core 1.0, code flow with PKCE, RS256), with a
// page on which one chooses who one is. No password is asked for, so it must never
// stand where strangers reach it.
package provider

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Person is somebody whom the provider knows, by the number that this house calls
// their staff number.
type Person struct{ Number, Name string }

// Options say whom the provider knows and which client may ask it.
type Options struct {
	Issuer   string // its own address
	Client   string
	Secret   string
	Redirect []string // addresses that it sends people back to
	People   []Person
	Now      func() time.Time
	Rand     io.Reader
}

// Provider is the handler of the whole provider.
type Provider struct {
	Options
	key   *rsa.PrivateKey
	mux   http.ServeMux
	mu    sync.Mutex
	codes map[string]grant
}

// grant is a code that was given out, good once and for a minute.
type grant struct {
	person              Person
	redirect, challenge string
	nonce               string
	until               time.Time
}

const (
	codeFor  = time.Minute
	tokenFor = 5 * time.Minute
	codesMax = 1000
	keyID    = "practice"
)

// New makes a provider with a key of its own.
func New(o Options) (*Provider, error) {
	if o.Issuer == "" || o.Client == "" || o.Now == nil || o.Rand == nil {
		return nil, errors.New("a provider needs an issuer, a client, a clock and a source of randomness")
	}
	key, err := rsa.GenerateKey(o.Rand, 2048)
	if err != nil {
		return nil, err
	}
	p := &Provider{Options: o, key: key, codes: map[string]grant{}}
	p.mux.HandleFunc("GET /.well-known/openid-configuration", p.describe)
	p.mux.HandleFunc("GET /keys", p.keys)
	p.mux.HandleFunc("GET /authorize", p.authorize)
	p.mux.HandleFunc("POST /token", p.token)
	return p, nil
}

func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.mux.ServeHTTP(w, r) }

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client has gone
}

func (p *Provider) describe(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"issuer": p.Issuer, "authorization_endpoint": p.Issuer + "/authorize", "token_endpoint": p.Issuer + "/token", "jwks_uri": p.Issuer + "/keys",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"},
		"scopes_supported": []string{"openid", "profile"}, "code_challenge_methods_supported": []string{"S256"},
	})
}

var b64 = base64.RawURLEncoding

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{"keys": []any{map[string]string{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": keyID,
		"n": b64.EncodeToString(p.key.N.Bytes()), "e": b64.EncodeToString(big.NewInt(int64(p.key.E)).Bytes()),
	}}})
}

var choose = template.Must(template.New("").Parse(`<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>统一认证(练习)</title>
<main><h1>统一认证(练习) · Practice sign-in</h1>{{range .}}<p><a id="p{{.Number}}" href="{{.To}}">{{.Name}} {{.Number}}</a></p>{{end}}</main></html>`))

// authorize asks who one is; with person= it sends them back with a code.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("client_id") != p.Client || !slices.Contains(p.Redirect, q.Get("redirect_uri")) {
		http.Error(w, "unknown client or redirect_uri", http.StatusBadRequest)
		return
	}
	if q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") == "" {
		p.back(w, r, url.Values{"error": {"invalid_request"}})
		return
	}
	if !q.Has("person") {
		type row struct {
			Person
			To string
		}
		var rows []row
		for _, one := range p.People {
			q.Set("person", one.Number)
			rows = append(rows, row{one, "/authorize?" + q.Encode()})
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = choose.Execute(w, rows) // the reader has gone
		return
	}
	i := slices.IndexFunc(p.People, func(one Person) bool { return one.Number == q.Get("person") })
	if i < 0 {
		p.back(w, r, url.Values{"error": {"access_denied"}})
		return
	}
	var chance [20]byte
	if _, err := io.ReadFull(p.Rand, chance[:]); err != nil {
		http.Error(w, "no chance left", http.StatusInternalServerError)
		return
	}
	code := b64.EncodeToString(chance[:])
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.codes) >= codesMax {
		clear(p.codes)
	}
	p.codes[code] = grant{p.People[i], q.Get("redirect_uri"), q.Get("code_challenge"), q.Get("nonce"), p.Now().Add(codeFor)}
	p.back(w, r, url.Values{"code": {code}})
}

func (p *Provider) back(w http.ResponseWriter, r *http.Request, with url.Values) {
	q := r.URL.Query()
	with.Set("state", q.Get("state"))
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+with.Encode(), http.StatusFound)
}

// token turns a code into an ID token, once.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	client, secret, basic := r.BasicAuth()
	if !basic {
		client, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	if client != p.Client || subtle.ConstantTimeCompare([]byte(secret), []byte(p.Secret)) != 1 {
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
		return
	}
	p.mu.Lock()
	g, ok := p.codes[r.PostFormValue("code")]
	delete(p.codes, r.PostFormValue("code"))
	p.mu.Unlock()
	challenge := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || p.Now().After(g.until) || r.PostFormValue("redirect_uri") != g.redirect || b64.EncodeToString(challenge[:]) != g.challenge || r.PostFormValue("grant_type") != "authorization_code" {
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	id, err := p.sign(g)
	if err != nil {
		http.Error(w, "cannot sign", http.StatusInternalServerError)
		return
	}
	answer(w, http.StatusOK, map[string]any{"access_token": "none", "token_type": "Bearer", "expires_in": int(tokenFor.Seconds()), "id_token": id})
}

// sign is the ID token (RFC 7519, RS256).
func (p *Provider) sign(g grant) (string, error) {
	now := p.Now()
	head, err := json.Marshal(map[string]string{"alg": "RS256", "kid": keyID, "typ": "JWT"})
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(map[string]any{
		"iss": p.Issuer, "aud": p.Client, "sub": "practice-" + g.person.Number, "iat": now.Unix(), "exp": now.Add(tokenFor).Unix(),
		"nonce": g.nonce, "preferred_username": g.person.Number, "name": g.person.Name,
	})
	if err != nil {
		return "", err
	}
	signed := b64.EncodeToString(head) + "." + b64.EncodeToString(body)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(p.Rand, p.key, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("signing an ID token: %w", err)
	}
	return signed + "." + b64.EncodeToString(signature), nil
}
