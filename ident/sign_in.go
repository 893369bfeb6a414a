package ident

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"chepiao"
	"chepiao/store"
)

// How long a session lasts: without being used, and in all. Its last use is
// written down once in a while only.
const (
	SessionIdle = 30 * time.Minute
	SessionMax  = 12 * time.Hour
	seenEvery   = time.Minute
)

const tokenPrefix = "cps_" // tells a leaked token apart in a log or a repository

// Session is that somebody is signed in. Token is for the browser, which gets it
// once; only its hash is kept.
type Session struct {
	Token  string // only where it was just made
	Staff  Staff
	Device string
	How    string
	Began  time.Time
	Seen   time.Time
	Mark   string // names the session to an administrator: a part of its hash
}

// Proof is that a number and its password belong together: the first half of a
// sign-in, the whole of a confirmation.
type Proof struct {
	Staff   Staff
	version int64
	anew    string // the password's hash at today's cost, "" when it is
	Keys    bool   // they have passkeys: one of them has to answer, too
}

var wrongPassword = chepiao.Refuse(chepiao.Unauthorized, "工号或密码不对", "this staff number and password do not belong together").At("password")

// prove compares a number and a password, counting the try. Refusals: Unauthorized
// at password, which does not tell whether the number exists, and Busy.
func (a *Accounts) prove(ctx context.Context, v Act, no chepiao.StaffNo, password string) (p Proof, err error) {
	if err := a.try(ctx, v, no); err != nil {
		return p, err
	}
	var row store.StaffRow
	err = a.store.Read(ctx, func(r *store.Reader) error {
		if row, _, err = r.Staff(no); err != nil {
			return err
		}
		keys, err := r.StaffKeys(no, 1)
		p.Keys = len(keys) > 0
		return err
	})
	if err != nil {
		return p, err
	}
	fits, old, err := a.hash.fits(password, row.Password)
	if err != nil {
		return p, fmt.Errorf("comparing the password of %s: %w", no, err)
	}
	if !fits || row.Off {
		return p, a.refused(ctx, v, row, "password")
	}
	if old {
		if p.anew, err = a.hash.hash(password); err != nil {
			return p, err
		}
	}
	p.Staff, p.version = staffOf(row), row.Version
	return p, nil
}

// refused records that somebody was refused, and is that refusal. A number that is
// nobody's is not recorded by name: it may be a password typed into the wrong field.
func (a *Accounts) refused(ctx context.Context, v Act, row store.StaffRow, why string) error {
	err := a.store.Write(ctx, func(tx *store.Tx) error {
		tx.Where = v.Where
		d := detail{Staff: row.No, What: why}
		aggregate := "sign-in " + string(row.No)
		if row.No == "" {
			d.What, aggregate = "unknown", "sign-in"
		}
		return tx.Record(aggregate, 0, chepiao.Event{Kind: chepiao.StaffWasRefused, By: v.By, Reason: d.What, Detail: d})
	})
	if err != nil {
		return err
	}
	return wrongPassword
}

// SignIn opens a session for whoever proves a number and its password, at a device
// or without one. Where they have passkeys no session is opened yet: the proof
// says so, and FinishKey opens it. Refusals: Unauthorized, Busy.
func (a *Accounts) SignIn(ctx context.Context, v Act, no chepiao.StaffNo, password string, at *Device) (s Session, p Proof, err error) {
	if p, err = a.prove(ctx, v, no, password); err != nil {
		return s, p, err
	}
	if p.Keys {
		return s, p, nil
	}
	s, err = a.begin(ctx, v, p.Staff.No, at, "password", p.anew)
	return s, p, err
}

// SignInAs opens a session for a number without a password: for a demo in which
// everybody may act for staff anyway. Refusal NotFound.
func (a *Accounts) SignInAs(ctx context.Context, v Act, no chepiao.StaffNo, at *Device) (Session, error) {
	return a.begin(ctx, v, no, at, "demo", "")
}

// begin opens a session. Refusals: Unauthorized where the device stands in a station
// that is not theirs, NotFound.
func (a *Accounts) begin(ctx context.Context, v Act, no chepiao.StaffNo, at *Device, how, anew string) (s Session, err error) {
	var chance [secretBytes]byte
	if _, err := io.ReadFull(a.rand, chance[:]); err != nil {
		return s, fmt.Errorf("making a session's token: %w", err)
	}
	token := tokenPrefix + strings.ToLower(spell.EncodeToString(chance[:]))
	err = a.store.Write(ctx, func(tx *store.Tx) error {
		tx.Who, tx.Where = no, v.Where
		row, err := stored(tx, no)
		if err != nil {
			return err
		}
		if row.Off {
			return wrongPassword
		}
		if at != nil && !staffOf(row).At(at.Station) {
			return chepiao.Refuse(chepiao.Unauthorized, "您的账号不能在本站使用", "your account is not for this station").At("staff")
		}
		if err := a.proved(tx, v, no); err != nil {
			return err
		}
		kept := store.StaffSession{Hash: hashOf(token), Staff: no, How: how, Began: tx.Now, Seen: tx.Now}
		if at != nil {
			kept.Device = at.Name
		}
		tx.ForgetOldStaff(tx.Now.Add(-SessionMax), tx.Now, tx.Now.Add(-tryForgotten))
		tx.AddStaffSession(kept)
		s = sessionOf(kept, row)
		if anew != "" {
			row.Password = anew
			if err := put(tx, row, v.By, detail{What: "password's hash"}); err != nil {
				return err
			}
		}
		return recordSession(tx, chepiao.StaffSignedIn, v.By, kept, 1)
	})
	s.Token = token
	return s, err
}

func recordSession(tx *store.Tx, kind chepiao.EventKind, by string, s store.StaffSession, version int64) error {
	return tx.Record("session "+markOf(s.Hash), version, chepiao.Event{Kind: kind, By: by, Detail: detail{Staff: s.Staff, How: s.How}})
}

func markOf(hash []byte) string { return strings.ToLower(spell.EncodeToString(hash[:10])) }

func sessionOf(s store.StaffSession, row store.StaffRow) Session {
	return Session{Staff: staffOf(row), Device: s.Device, How: s.How, Began: s.Began, Seen: s.Seen, Mark: markOf(s.Hash)}
}

// Find is the session that a token belongs to; ok is false when it is none's, has
// ended, or its owner is switched off.
func (a *Accounts) Find(ctx context.Context, token string) (s Session, ok bool, err error) {
	if a == nil || !strings.HasPrefix(token, tokenPrefix) {
		return s, false, nil
	}
	hash, now := hashOf(token), a.store.Now()
	err = a.store.Read(ctx, func(r *store.Reader) error {
		kept, row, found, err := r.StaffSession(hash)
		ok = found && !row.Off && now.Sub(kept.Seen) < SessionIdle && now.Sub(kept.Began) < SessionMax
		if ok {
			s = sessionOf(kept, row)
		}
		return err
	})
	if err != nil || !ok || now.Sub(s.Seen) < seenEvery {
		return s, ok && err == nil, err
	}
	// That it was used is written down where that is possible: a node that stores
	// nothing just now still knows who is signed in.
	err = a.store.Write(ctx, func(tx *store.Tx) error { tx.SeeStaffSession(hash, tx.Now); return nil })
	if chepiao.AsRefusal(err) != nil {
		err = nil
	}
	return s, err == nil, err
}

// SignOut ends a session. One that has ended is no refusal.
func (a *Accounts) SignOut(ctx context.Context, v Act, token string) error {
	return a.end(ctx, v, func(r *store.Reader) (store.StaffSession, bool, error) {
		s, _, ok, err := r.StaffSession(hashOf(token))
		return s, ok, err
	})
}

// Sessions are where somebody is signed in, the latest first.
func (a *Accounts) Sessions(ctx context.Context, no chepiao.StaffNo) (list []Session, err error) {
	now := a.store.Now()
	err = a.store.Read(ctx, func(r *store.Reader) error {
		kept, err := r.StaffSessions(no, sessionsShown)
		for _, s := range kept {
			if now.Sub(s.Seen) < SessionIdle && now.Sub(s.Began) < SessionMax {
				list = append(list, sessionOf(s, store.StaffRow{No: no}))
			}
		}
		return err
	})
	return list, err
}

const sessionsShown = 50

// EndSession ends one session of somebody, by its mark.
func (a *Accounts) EndSession(ctx context.Context, v Act, no chepiao.StaffNo, mark string) error {
	return a.end(ctx, v, func(r *store.Reader) (store.StaffSession, bool, error) {
		list, err := r.StaffSessions(no, sessionsShown)
		for _, s := range list {
			if markOf(s.Hash) == mark {
				return s, true, err
			}
		}
		return store.StaffSession{}, false, err
	})
}

func (a *Accounts) end(ctx context.Context, v Act, find func(*store.Reader) (store.StaffSession, bool, error)) error {
	return a.store.Write(ctx, func(tx *store.Tx) error {
		s, ok, err := find(tx.StaffReader())
		if err != nil || !ok {
			return err
		}
		tx.Who, tx.Where = v.Who, v.Where
		if v.Who == "" {
			tx.Who = s.Staff
		}
		tx.EndStaffSession(s.Hash)
		return recordSession(tx, chepiao.StaffSignedOut, v.By, s, 2)
	})
}

// Confirm is somebody else's agreement to an act: number and password, typed where
// the act is done, for roles that permit the verb. Nobody confirms their own act.
// Refusals: Unauthorized at approve_staff or approve_password, Invalid, Busy.
func (a *Accounts) Confirm(ctx context.Context, v Act, no, password string, verb Verb, at *Device) (chepiao.StaffNo, error) {
	who, err := chepiao.ParseStaffNo(no)
	if err != nil {
		return "", chepiao.AsRefusal(err).At("approve_staff")
	}
	if who == v.Who {
		return "", chepiao.Refuse(chepiao.Unauthorized, "须由另一名有权限的人员确认", "somebody else has to confirm this").At("approve_staff")
	}
	p, err := a.prove(ctx, v, who, password)
	if r := chepiao.AsRefusal(err); r != nil {
		return "", r.At("approve_password")
	} else if err != nil {
		return "", err
	}
	if !(Actor{Device: at, Staff: &p.Staff}).May(verb) || at != nil && !p.Staff.At(at.Station) {
		return "", chepiao.Refuse(chepiao.Unauthorized, "此人无权确认这项业务", "they may not confirm this").At("approve_staff")
	}
	err = a.store.Write(ctx, func(tx *store.Tx) error {
		tx.Who, tx.Where = who, v.Where
		if err := a.proved(tx, v, who); err != nil {
			return err
		}
		return tx.Record("staff "+string(who), p.version, chepiao.Event{Kind: chepiao.StaffConfirmed, By: v.By, Reason: string(verb), Detail: detail{Staff: v.Who, What: string(verb)}})
	})
	return who, err
}
