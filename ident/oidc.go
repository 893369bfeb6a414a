package ident

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"chepiao"
	"chepiao/store"
)

// OIDCConfig says by which OpenID provider people may sign in, too (统一认证). The
// account has to be there: a provider opens sessions, it makes no accounts.
type OIDCConfig struct {
	Issuer string   `json:"issuer"`
	Client string   `json:"client_id"`
	Secret string   `json:"client_secret"`
	Name   string   `json:"name"`   // on the button
	Claim  string   `json:"claim"`  // of the ID token, that has the staff number; preferred_username if empty
	Scopes []string `json:"scopes"` // beside openid; profile if empty
}

const oidcFileMax = 64 << 10

// ReadOIDC reads a configuration from a file. Nothing of it stands in an error.
func ReadOIDC(path string) (c OIDCConfig, err error) {
	f, err := os.Open(path)
	if err != nil {
		return c, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, oidcFileMax))
	if err != nil {
		return c, err
	}
	if json.Unmarshal(b, &c) != nil {
		return c, fmt.Errorf("%s is no JSON object of issuer, client_id, client_secret, name, claim and scopes", path)
	}
	if !strings.HasPrefix(c.Issuer, "https://") && !strings.HasPrefix(c.Issuer, "http://") || c.Client == "" {
		return c, fmt.Errorf("%s needs an issuer that is an address, and a client_id", path)
	}
	return c, nil
}

// OIDC is an OpenID provider as this node uses it: with the authorization code flow
// and PKCE (RFC 7636). It is asked what it can do when it is first needed.
type OIDC struct {
	conf     OIDCConfig
	redirect string
	now      func() time.Time
	client   *http.Client
	mu       sync.Mutex
	provider *oidc.Provider
}

// NewOIDC prepares a provider. redirect is the address of this node that it sends
// people back to.
func NewOIDC(c OIDCConfig, redirect string, now func() time.Time) *OIDC {
	if c.Claim == "" {
		c.Claim = "preferred_username"
	}
	if len(c.Scopes) == 0 {
		c.Scopes = []string{"profile"}
	}
	if c.Name == "" {
		c.Name = "OpenID"
	}
	return &OIDC{conf: c, redirect: redirect, now: now, client: &http.Client{Timeout: 10 * time.Second}}
}

// Name is what the button says.
func (o *OIDC) Name() string { return o.conf.Name }

// ask finds out what the provider can do. Refusal Busy when it does not answer.
func (o *OIDC) ask(ctx context.Context) (*oidc.Provider, *oauth2.Config, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.provider == nil {
		// The provider keeps its context for the keys it fetches later.
		p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), o.client), o.conf.Issuer)
		if err != nil {
			return nil, nil, chepiao.Refuse(chepiao.Busy, "统一认证暂时无法连接，请用密码登录", "the sign-in provider cannot be reached: sign in with your password")
		}
		o.provider = p
	}
	return o.provider, &oauth2.Config{
		ClientID: o.conf.Client, ClientSecret: o.conf.Secret, RedirectURL: o.redirect,
		Endpoint: o.provider.Endpoint(), Scopes: append([]string{oidc.ScopeOpenID}, o.conf.Scopes...),
	}, nil
}

const (
	codeOIDC = "oidc"
	oidcFor  = 10 * time.Minute
)

// begun is what the node remembers of somebody on their way to the provider.
type begun struct {
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"`
	Next     string `json:"next"`
}

// BeginOIDC is the address at the provider to send somebody to, and the state that
// their browser has to bring back. next is where they want to go.
func (a *Accounts) BeginOIDC(ctx context.Context, o *OIDC, next string) (address, state string, err error) {
	_, conf, err := o.ask(ctx)
	if err != nil {
		return "", "", err
	}
	var chance [3][32]byte
	for i := range chance {
		if _, err := io.ReadFull(a.rand, chance[i][:]); err != nil {
			return "", "", fmt.Errorf("beginning a sign-in: %w", err)
		}
	}
	state = strings.ToLower(spell.EncodeToString(chance[0][:]))
	b := begun{strings.ToLower(spell.EncodeToString(chance[1][:])), strings.ToLower(spell.EncodeToString(chance[2][:])), next}
	body, err := json.Marshal(b)
	if err != nil {
		return "", "", err
	}
	err = a.store.Write(ctx, func(tx *store.Tx) error {
		tx.ForgetOldStaff(tx.Now.Add(-SessionMax), tx.Now, tx.Now.Add(-tryForgotten))
		tx.AddStaffCode(store.StaffCode{Hash: hashOf(state), Kind: codeOIDC, Body: body, Until: tx.Now.Add(oidcFor)})
		return nil
	})
	return conf.AuthCodeURL(state, oidc.Nonce(b.Nonce), oauth2.S256ChallengeOption(b.Verifier)), state, err
}

var oidcRefused = chepiao.Refuse(chepiao.Unauthorized, "统一认证登录未成功，请重试或用密码登录", "signing in by the provider did not succeed: try again, or use your password")

// FinishOIDC opens a session for whom the provider vouches. kept is the state that
// the browser kept, state and code are what the provider sent it back with.
// Refusals: Unauthorized, Busy.
func (a *Accounts) FinishOIDC(ctx context.Context, o *OIDC, v Act, kept, state, code string, at *Device) (s Session, next string, err error) {
	if kept == "" || kept != state || code == "" {
		return s, "", oidcRefused
	}
	b, err := a.takeBegun(ctx, state)
	if err != nil {
		return s, "", err
	}
	provider, conf, err := o.ask(ctx)
	if err != nil {
		return s, "", err
	}
	claims, err := o.exchange(oidc.ClientContext(ctx, o.client), provider, conf, code, b)
	if err != nil {
		return s, "", err
	}
	number, _ := claims[o.conf.Claim].(string)
	no, err := chepiao.ParseStaffNo(number)
	if err != nil {
		return s, "", oidcRefused
	}
	found, err := a.Get(ctx, no)
	if chepiao.Why(err) == chepiao.NotFound || err == nil && found.Off {
		return s, "", a.noAccount(ctx, v)
	}
	if err != nil {
		return s, "", err
	}
	s, err = a.begin(ctx, v, no, at, "oidc", "")
	return s, b.Next, err
}

// noAccount records that a provider vouched for nobody who works here.
func (a *Accounts) noAccount(ctx context.Context, v Act) error {
	err := a.refused(ctx, v, store.StaffRow{}, "oidc")
	if errors.Is(err, error(wrongPassword)) || chepiao.AsRefusal(err) == wrongPassword {
		err = chepiao.Refuse(chepiao.Unauthorized, "您还没有员工账号，请联系管理员", "you have no staff account: ask an administrator")
	}
	return err
}

func (a *Accounts) takeBegun(ctx context.Context, state string) (b begun, err error) {
	err = a.store.Write(ctx, func(tx *store.Tx) error {
		c, ok, err := tx.StaffReader().StaffCode(codeOIDC, hashOf(state))
		if err != nil {
			return err
		}
		if !ok || !tx.Now.Before(c.Until) {
			return oidcRefused
		}
		tx.TakeStaffCode(c)
		return json.Unmarshal(c.Body, &b)
	})
	return b, err
}

// exchange turns the code into the claims of a verified ID token. What the provider
// says in an error stays out of ours: it may name people.
func (o *OIDC) exchange(ctx context.Context, p *oidc.Provider, conf *oauth2.Config, code string, b begun) (map[string]any, error) {
	token, err := conf.Exchange(ctx, code, oauth2.VerifierOption(b.Verifier))
	if err != nil {
		return nil, oidcRefused
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := p.Verifier(&oidc.Config{ClientID: o.conf.Client, Now: o.now}).Verify(ctx, raw)
	if err != nil || id.Nonce != b.Nonce {
		return nil, oidcRefused
	}
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return nil, oidcRefused
	}
	return claims, nil
}
