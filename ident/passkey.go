package ident

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"chepiao"
	"chepiao/store"
)

// A passkey (WebAuthn Level 3) is a second thing that somebody must have, beside
// the password: whoever has one signs in with both.

// Limits of passkeys, and how long a question to one is good.
const (
	KeysMax    = 5 // of one person
	keyNameMax = 40
	keyFor     = 5 * time.Minute
	codeKey    = "passkey"  // somebody signed in adds one
	codeLogin  = "confirm"  // somebody whose password was right confirms with one
	keyBodyMax = 32 << 10   // bytes of what a browser answers
	keyHandle  = "passkey " // what a user's handle is made of
)

// Keys are passkeys at one address of the node. It is nil where a browser would not
// have them: at a number, or without TLS.
type Keys struct{ web *webauthn.WebAuthn }

// NewKeys prepares passkeys for the address under which browsers reach the node.
// They are bound to its name: under another one they are not offered.
func NewKeys(public string) (*Keys, error) {
	u, err := url.Parse(public)
	if err != nil || u.Host == "" {
		return nil, nil
	}
	host := u.Hostname()
	if _, err := netip.ParseAddr(host); err == nil || u.Scheme != "https" && host != "localhost" {
		return nil, nil
	}
	w, err := webauthn.New(&webauthn.Config{RPID: host, RPDisplayName: "Chepiao 车票", RPOrigins: []string{u.Scheme + "://" + u.Host}})
	if err != nil {
		return nil, fmt.Errorf("preparing passkeys: %w", err)
	}
	return &Keys{w}, nil
}

// Key is a passkey as its owner sees it.
type Key struct {
	Mark          string // names it in a form
	Name          string
	Created, Used time.Time
}

// holder is a person as the library asks for them.
type holder struct {
	Staff
	handle []byte
	keys   []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return h.handle }
func (h holder) WebAuthnName() string                       { return string(h.No) }
func (h holder) WebAuthnDisplayName() string                { return h.Name }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

// holderOf reads a person with their passkeys. Refusal NotFound.
func (a *Accounts) holderOf(r *store.Reader, no chepiao.StaffNo) (h holder, rows []store.StaffKey, err error) {
	row, ok, err := r.Staff(no)
	if err == nil && (!ok || row.Off) {
		err = noSuchStaff
	}
	if err != nil {
		return h, nil, err
	}
	h.Staff, h.handle = staffOf(row), a.mark(keyHandle, []byte(no))
	if rows, err = r.StaffKeys(no, KeysMax); err != nil {
		return h, nil, err
	}
	for _, k := range rows {
		var c webauthn.Credential
		if json.Unmarshal(k.Body, &c) != nil {
			return h, nil, errors.New("a passkey's row cannot be read")
		}
		h.keys = append(h.keys, c)
	}
	return h, rows, nil
}

// Keys are the passkeys of somebody.
func (a *Accounts) Keys(ctx context.Context, no chepiao.StaffNo) (list []Key, err error) {
	err = a.store.Read(ctx, func(r *store.Reader) error {
		rows, err := r.StaffKeys(no, KeysMax)
		for _, k := range rows {
			list = append(list, Key{markOf(hashOf(string(k.ID))), k.Name, k.Created, k.Used})
		}
		return err
	})
	return list, err
}

// question is what the node remembers between a question to a passkey and its
// answer.
type question struct {
	Session webauthn.SessionData `json:"session"`
	Anew    string               `json:"anew,omitempty"` // the password's hash at today's cost
	Next    string               `json:"next,omitempty"`
}

// ask keeps a question. The code that comes back names it.
func (a *Accounts) ask(ctx context.Context, kind string, no chepiao.StaffNo, q question) (code string, err error) {
	var chance [secretBytes]byte
	if _, err := io.ReadFull(a.rand, chance[:]); err != nil {
		return "", fmt.Errorf("asking for a passkey: %w", err)
	}
	code = strings.ToLower(spell.EncodeToString(chance[:]))
	body, err := json.Marshal(q)
	if err != nil {
		return "", err
	}
	err = a.store.Write(ctx, func(tx *store.Tx) error {
		tx.AddStaffCode(store.StaffCode{Hash: hashOf(code), Kind: kind, Staff: no, Body: body, Until: tx.Now.Add(keyFor)})
		return nil
	})
	return code, err
}

var keyRefused = chepiao.Refuse(chepiao.Unauthorized, "通行密钥未通过，请重新登录", "the passkey was not accepted: sign in again").At("passkey")

// answered uses a question up.
func (a *Accounts) answered(ctx context.Context, kind, code string) (no chepiao.StaffNo, q question, err error) {
	err = a.store.Write(ctx, func(tx *store.Tx) error {
		c, ok, err := tx.StaffReader().StaffCode(kind, hashOf(code))
		if err != nil {
			return err
		}
		if !ok || !tx.Now.Before(c.Until) {
			return keyRefused
		}
		tx.TakeStaffCode(c)
		no = c.Staff
		return json.Unmarshal(c.Body, &q)
	})
	return no, q, err
}

// BeginKey asks the browser of somebody who is signed in for a new passkey: the
// options for it, as JSON, and the code to answer with. Refusal TooMany.
func (a *Accounts) BeginKey(ctx context.Context, k *Keys, no chepiao.StaffNo) (options []byte, code string, err error) {
	var h holder
	err = a.store.Read(ctx, func(r *store.Reader) error { h, _, err = a.holderOf(r, no); return err })
	if err == nil && len(h.keys) >= KeysMax {
		err = chepiao.Refuse(chepiao.TooMany, fmt.Sprintf("每人最多 %d 个通行密钥", KeysMax), fmt.Sprintf("one person has at most %d passkeys", KeysMax)).At("passkey")
	}
	if err != nil {
		return nil, "", err
	}
	creation, session, err := k.web.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.keys).CredentialDescriptors()))
	if err != nil {
		return nil, "", fmt.Errorf("asking for a new passkey: %w", err)
	}
	if options, err = json.Marshal(creation.Response); err != nil {
		return nil, "", err
	}
	code, err = a.ask(ctx, codeKey, no, question{Session: *session})
	return options, code, err
}

// AddKey keeps a new passkey of whoever is signed in. Refusals: Unauthorized,
// Invalid at name.
func (a *Accounts) AddKey(ctx context.Context, k *Keys, v Act, code, name string, answer []byte) error {
	name = strings.TrimSpace(name)
	if n := len([]rune(name)); n == 0 || n > keyNameMax {
		return chepiao.Refuse(chepiao.Invalid, "请给通行密钥起个名字", "give the passkey a name").At("name")
	}
	no, q, err := a.answered(ctx, codeKey, code)
	if err != nil {
		return err
	}
	if no != v.Who || len(answer) > keyBodyMax {
		return keyRefused
	}
	var h holder
	if err := a.store.Read(ctx, func(r *store.Reader) error { h, _, err = a.holderOf(r, no); return err }); err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return keyRefused
	}
	c, err := k.web.CreateCredential(h, q.Session, parsed)
	if err != nil {
		return keyRefused
	}
	body, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return a.store.Write(ctx, func(tx *store.Tx) error {
		tx.Who, tx.Where = v.Who, v.Where
		row, err := stored(tx, no)
		if err != nil {
			return err
		}
		tx.AddStaffKey(store.StaffKey{ID: c.ID, Staff: no, Name: name, Body: body, Created: tx.Now, Version: 1})
		return put(tx, row, v.By, detail{What: "passkey added"})
	})
}

// RemoveKey takes a passkey of whoever is signed in away, by its mark.
func (a *Accounts) RemoveKey(ctx context.Context, v Act, mark string) error {
	return a.store.Write(ctx, func(tx *store.Tx) error {
		tx.Who, tx.Where = v.Who, v.Where
		row, err := stored(tx, v.Who)
		if err != nil {
			return err
		}
		keys, err := tx.StaffReader().StaffKeys(v.Who, KeysMax)
		if err != nil {
			return err
		}
		for _, k := range keys {
			if markOf(hashOf(string(k.ID))) == mark {
				tx.RemoveStaffKeys(v.Who, k.ID)
				return put(tx, row, v.By, detail{What: "passkey removed"})
			}
		}
		return nil
	})
}

// AskKey asks whoever has proved their password for one of their passkeys: the
// options for the browser, as JSON, and the code to answer with.
func (a *Accounts) AskKey(ctx context.Context, k *Keys, p Proof, next string) (options []byte, code string, err error) {
	var h holder
	if err := a.store.Read(ctx, func(r *store.Reader) error { h, _, err = a.holderOf(r, p.Staff.No); return err }); err != nil {
		return nil, "", err
	}
	assertion, session, err := k.web.BeginLogin(h)
	if err != nil {
		return nil, "", fmt.Errorf("asking for a passkey: %w", err)
	}
	if options, err = json.Marshal(assertion.Response); err != nil {
		return nil, "", err
	}
	code, err = a.ask(ctx, codeLogin, p.Staff.No, question{Session: *session, Anew: p.anew, Next: next})
	return options, code, err
}

// FinishKey opens a session for whoever has answered with their passkey. Refusal
// Unauthorized.
func (a *Accounts) FinishKey(ctx context.Context, k *Keys, v Act, code string, answer []byte, at *Device) (s Session, next string, err error) {
	no, q, err := a.answered(ctx, codeLogin, code)
	if err != nil {
		return s, "", err
	}
	var h holder
	var rows []store.StaffKey
	if err := a.store.Read(ctx, func(r *store.Reader) error { h, rows, err = a.holderOf(r, no); return err }); err != nil {
		return s, "", err
	}
	var used *webauthn.Credential
	if parsed, err := protocol.ParseCredentialRequestResponseBytes(answer); err == nil && len(answer) <= keyBodyMax {
		used, err = k.web.ValidateLogin(h, q.Session, parsed)
		if err != nil || used.Authenticator.CloneWarning {
			used = nil
		}
	}
	if used == nil {
		if err := a.refused(ctx, v, store.StaffRow{No: no}, "passkey"); chepiao.AsRefusal(err) == nil {
			return s, "", err
		}
		return s, "", keyRefused
	}
	body, err := json.Marshal(used)
	if err != nil {
		return s, "", err
	}
	err = a.store.Write(ctx, func(tx *store.Tx) error {
		for _, row := range rows {
			if string(row.ID) == string(used.ID) {
				row.Body, row.Used, row.Version = body, tx.Now, row.Version+1
				tx.PutStaffKey(row)
			}
		}
		return nil
	})
	if err != nil {
		return s, "", err
	}
	s, err = a.begin(ctx, v, no, at, "passkey", q.Anew)
	return s, q.Next, err
}
