package office

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"

	"chepiao"
	"chepiao/message"
	"chepiao/store"
)

// SessionPrefix begins every token of a member's session, so that one found in the
// wrong place is known for what it is.
const SessionPrefix = "cpm_"

// MemberSession is a member who is signed in. Token is only there where it was
// just made: nothing but its hash is stored.
type MemberSession struct {
	Token  string
	Member chepiao.MemberID
	How    string // "phone", "netid"
	Began  time.Time
	Fresh  bool // signed in a moment ago: may take data out, or erase it
}

// AskCode sends a code to a phone by which its owner signs in. The answer is the
// same whether there is an account or not. Refusals: Invalid at phone, TooMany (too
// soon, or too often on one day), Busy when the gateway does not answer, NotFound
// where none is set up.
func (o *Office) AskCode(ctx context.Context, now time.Time, phone, lang string) error {
	if o.gateway == nil {
		return chepiao.Refuse(chepiao.NotFound, "本系统未开通短信登录，请用订单号和证件查询订单", "there is no sign-in by phone here: find an order by its number and document").At("phone")
	}
	to, token, err := o.phone(phone)
	if err != nil {
		return err
	}
	code, id, err := o.secret.newCode()
	if err != nil {
		return err
	}
	err = o.store.Write(ctx, func(tx *store.Tx) error {
		m, err := tx.AccountReader().MemberCode(token)
		if err != nil {
			return err
		}
		if m.PhoneCode, err = m.Ask(tx.Now, o.today(tx.Now)); err != nil {
			return err
		}
		if m.Hash, err = o.codeHash(token, m.Made, code); err != nil {
			return err
		}
		tx.PutMemberCode(m)
		return nil
	})
	if err != nil {
		return err
	}
	err = o.gateway.SendUnreported(ctx, now, message.Text{ID: "code-" + id, To: to.Reveal(), Text: chepiao.CodeText(lang, code)})
	if declined := message.Declined(""); errors.As(err, &declined) {
		return chepiao.Refuse(chepiao.Invalid, "验证码无法发送到该手机号，请核对号码", "no code can be sent to this phone: check the number").At("phone")
	}
	if errors.Is(err, message.ErrUnreachable) {
		return chepiao.Refuse(chepiao.Busy, "短信暂时发送不出，请一分钟后再试，或用订单号和证件查询", "texts cannot be sent now: try in a minute, or find the order by its number and document").At("phone")
	}
	return err
}

func (o *Office) phone(s string) (chepiao.Phone, chepiao.MemberToken, error) {
	p, err := chepiao.NewPhone(s)
	if err == nil && p.IsZero() {
		err = chepiao.Refuse(chepiao.Invalid, "请输入手机号", "type a phone number").At("phone")
	}
	if err != nil {
		return p, chepiao.MemberToken{}, err
	}
	return p, chepiao.PhoneToken(o.secret.node, p), nil
}

func (o *Office) today(now time.Time) chepiao.Day {
	return chepiao.DayOf(now.In(o.Timetable().Zone))
}

// newCode draws a code, and a number for the text that brings it.
func (s secret) newCode() (code, id string, err error) {
	var b [16]byte
	if _, err := io.ReadFull(s.rand, b[:]); err != nil {
		return "", "", fmt.Errorf("drawing a code: %w", err)
	}
	n := new(big.Int).SetBytes(b[:8]) // of 2^64 numbers a million are no finger's breadth apart in likelihood
	return fmt.Sprintf("%0*d", chepiao.CodeDigits, n.Mod(n, big.NewInt(1_000_000))), hex.EncodeToString(b[8:]), nil
}

// codeHash is what is stored of a code: useless without the node's key, for a
// million hashes are soon made.
func (o *Office) codeHash(token chepiao.MemberToken, made time.Time, code string) ([]byte, error) {
	return o.secret.inputHash([]any{"member code", token.String(), made.UnixMicro(), code})
}

// SignIn answers with the code. Whoever signs in for the first time gets an account
// by it. An account unused for chepiao.MemberIdle is erased first: the phone may be
// somebody else's by now. Refusals: Invalid at phone, CodeWrong at code.
func (o *Office) SignIn(ctx context.Context, phone, code string) (MemberSession, error) {
	p, token, err := o.phone(phone)
	if err != nil {
		return MemberSession{}, err
	}
	return o.signIn(ctx, token, "phone", chepiao.Passenger{Phone: p}, func(tx *store.Tx) (no, err error) {
		m, err := tx.AccountReader().MemberCode(token)
		if err != nil {
			return nil, err
		}
		given, err := o.codeHash(token, m.Made, code)
		if err != nil {
			return nil, err
		}
		was := m.Version
		m.PhoneCode, no = m.Try(tx.Now, subtle.ConstantTimeCompare(given, m.Hash) == 1)
		if m.Version != was {
			tx.PutMemberCode(m)
		}
		return no, nil
	})
}

// signIn opens a session for whoever is proved to be token. proof is asked in the
// transaction; its no is answered after what it stored, so that tries are counted.
func (o *Office) signIn(ctx context.Context, token chepiao.MemberToken, how string, contact chepiao.Passenger, proof func(*store.Tx) (no, err error)) (s MemberSession, err error) {
	sealed, err := o.secret.seal(contact, chepiao.PersonToken(token))
	if err != nil {
		return s, err
	}
	var b [20]byte
	if _, err := io.ReadFull(o.secret.rand, b[:]); err != nil {
		return s, fmt.Errorf("making a session: %w", err)
	}
	secret := SessionPrefix + base32.StdEncoding.EncodeToString(b[:])
	var no error
	err = o.store.Write(ctx, func(tx *store.Tx) error {
		var err error
		if no, err = proof(tx); no != nil || err != nil {
			return err
		}
		m, err := o.enter(tx, token, how, sealed)
		if err != nil {
			return err
		}
		s = MemberSession{Token: secret, Member: m.ID, How: how, Began: tx.Now, Fresh: true}
		return openSession(tx, s)
	})
	if err == nil {
		err = no
	}
	if err != nil {
		return MemberSession{}, err
	}
	return s, nil
}

// enter finds the account of a token, or makes one.
func (o *Office) enter(tx *store.Tx, token chepiao.MemberToken, how string, contact store.Sealed) (chepiao.Member, error) {
	m, _, err := tx.AccountReader().MemberBy(token)
	switch {
	case err == nil && m.Idle(tx.Now):
		if err := eraseMember(tx, m, "idle", ""); err != nil {
			return m, err
		}
	case err == nil:
		m.Seen = tx.Now
		m.Version++
		tx.SeeMember(m)
		return m, nil
	case chepiao.Why(err) != chepiao.NotFound:
		return m, err
	}
	m = chepiao.Member{ID: chepiao.MemberID(tx.NextIDs(1)), Token: token, Created: tx.Now, Seen: tx.Now, Version: 1}
	tx.AddMember(m, contact)
	return m, tx.Record("member "+m.ID.String(), 1, chepiao.Event{Kind: chepiao.MemberJoined, Reason: how})
}

func openSession(tx *store.Tx, s MemberSession) error {
	open, err := tx.AccountReader().MemberSessions(s.Member, 2*chepiao.SessionsMax)
	if err != nil {
		return err
	}
	for i := chepiao.SessionsMax - 1; i < len(open); i++ { // the oldest come last
		tx.EndMemberSession(open[i].Hash)
	}
	tx.AddMemberSession(store.MemberSession{Hash: sessionHash(s.Token), Member: s.Member, How: s.How, Began: tx.Now, Seen: tx.Now})
	return nil
}

func sessionHash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// seenEvery is how often it is noted that a session is used.
const seenEvery = time.Hour

// Session finds who is signed in; ok is false for a token that is none, or has
// ended.
func (o *Office) Session(ctx context.Context, now time.Time, token string) (s MemberSession, ok bool, err error) {
	if len(token) < len(SessionPrefix) || token[:len(SessionPrefix)] != SessionPrefix || len(token) > 100 {
		return s, false, nil
	}
	hash := sessionHash(token)
	var row store.MemberSession
	err = o.store.Read(ctx, func(r *store.Reader) error {
		row, ok, err = r.MemberSession(hash)
		return err
	})
	if err != nil || !ok || now.Sub(row.Seen) > chepiao.SessionIdle || now.Sub(row.Began) > chepiao.SessionLasts {
		return s, false, err
	}
	if now.Sub(row.Seen) > seenEvery {
		err = o.store.Write(ctx, func(tx *store.Tx) error { tx.SeeMemberSession(hash, now); return nil })
		if chepiao.AsRefusal(err) != nil {
			err = nil // a busy writer signs nobody out
		}
	}
	return MemberSession{Member: row.Member, How: row.How, Began: row.Began, Fresh: now.Sub(row.Began) < chepiao.SessionFresh}, true, err
}

// SignOut ends a session, if it has not ended.
func (o *Office) SignOut(ctx context.Context, token string) error {
	return o.store.Write(ctx, func(tx *store.Tx) error { tx.EndMemberSession(sessionHash(token)); return nil })
}

// SignOutEverywhere ends all sessions of a member.
func (o *Office) SignOutEverywhere(ctx context.Context, id chepiao.MemberID) error {
	return o.store.Write(ctx, func(tx *store.Tx) error { tx.EndMemberSessions(id); return nil })
}
