package ident

import (
	"context"
	"crypto/sha256"
	"strings"
	"time"

	"chepiao"
	"chepiao/store"
)

// LinkFor is how long a link to choose a password by is good.
const LinkFor = 72 * time.Hour

const (
	codePassword = "password"
	linkPrefix   = "cpw_"
)

// Add makes an account. What comes back is the code of a link by which its owner
// chooses a password, good once and for LinkFor; the same request gets the same
// code again. Refusals: Invalid, also for a number in use, and TooMany.
func (a *Accounts) Add(ctx context.Context, v Act, s Staff) (code string, err error) {
	row, err := rowOf(s)
	if err != nil {
		return "", err
	}
	code = a.link(v)
	err = a.once(ctx, v, []any{"add", row.No, row.Name, row.Roles, row.Stations}, func(tx *store.Tx) error {
		r := tx.StaffReader()
		if _, used, err := r.Staff(row.No); err != nil || used {
			if used {
				err = chepiao.Refuse(chepiao.Invalid, "这个工号已有账号", "this staff number has an account already").At("staff")
			}
			return err
		}
		if n, err := r.CountStaff(""); err != nil || n >= StaffMax {
			if err == nil {
				err = chepiao.Refuse(chepiao.TooMany, "账号数量已达上限", "there are too many accounts").At("staff")
			}
			return err
		}
		row.Created, row.Changed, row.Version = tx.Now, tx.Now, 1
		tx.AddStaff(row)
		tx.AddStaffCode(store.StaffCode{Hash: hashOf(code), Kind: codePassword, Staff: row.No, Until: tx.Now.Add(LinkFor)})
		return recordStaff(tx, chepiao.StaffWasAdded, v.By, 1, detail{Staff: row.No, Roles: row.Roles, Stations: row.Stations})
	})
	if err != nil {
		return "", err
	}
	a.any.Store(true)
	return code, nil
}

// link is the code of a link that a request makes: always the same one for the same
// request, and nobody without the node's key can make it.
func (a *Accounts) link(v Act) string {
	return linkPrefix + strings.ToLower(spell.EncodeToString(a.mark("link", []byte(v.ID))[:secretBytes]))
}

func hashOf(secret string) []byte {
	h := sha256.Sum256([]byte(secret))
	return h[:]
}

// Change gives an account another name, roles and stations, and switches it off or
// on. Somebody who is switched off is signed out everywhere. Refusals: Invalid,
// NotFound, WrongState when nobody would be left who keeps the accounts.
func (a *Accounts) Change(ctx context.Context, v Act, s Staff) error {
	row, err := rowOf(s)
	if err != nil {
		return err
	}
	return a.once(ctx, v, []any{"change", row.No, row.Name, row.Roles, row.Stations, row.Off}, func(tx *store.Tx) error {
		was, err := stored(tx, row.No)
		if err != nil {
			return err
		}
		what := changed(was, row)
		next := was
		next.Name, next.Roles, next.Stations, next.Off = row.Name, row.Roles, row.Stations, row.Off
		if err := administered(tx, was, next); err != nil {
			return err
		}
		if next.Off && !was.Off {
			tx.EndStaffSessions(row.No)
		}
		return put(tx, next, v.By, detail{What: what, Roles: row.Roles, Stations: row.Stations})
	})
}

func changed(was, now store.StaffRow) string {
	var what []string
	for _, c := range []struct {
		is   bool
		word string
	}{{was.Name != now.Name, "name"}, {was.Roles != now.Roles, "roles"}, {was.Stations != now.Stations, "stations"}, {now.Off && !was.Off, "off"}, {was.Off && !now.Off, "on"}} {
		if c.is {
			what = append(what, c.word)
		}
	}
	return strings.Join(what, " ")
}

func stored(tx *store.Tx, no chepiao.StaffNo) (store.StaffRow, error) {
	row, ok, err := tx.StaffReader().Staff(no)
	if err == nil && !ok {
		err = noSuchStaff
	}
	return row, err
}

// put stages an account at its next version, with the entry that tells of it.
func put(tx *store.Tx, row store.StaffRow, by string, d detail) error {
	row.Changed, row.Version = tx.Now, row.Version+1
	d.Staff = row.No
	tx.PutStaff(row)
	return recordStaff(tx, chepiao.StaffWasChanged, by, row.Version, d)
}

// administered refuses what would leave nobody who keeps the accounts.
func administered(tx *store.Tx, was, next store.StaffRow) error {
	keeps := func(r store.StaffRow) bool { return !r.Off && staffOf(r).May(ManageStaff) }
	if !keeps(was) || keeps(next) {
		return nil
	}
	n, err := tx.StaffReader().CountStaff(string(Administrator))
	if err == nil && n <= 1 {
		err = chepiao.Refuse(chepiao.WrongState, "至少要保留一名系统管理员", "there must be an administrator").At("roles")
	}
	return err
}

// Reset makes a password and passkeys worth nothing and signs their owner out
// everywhere. What comes back is the code of a link to choose a new password by.
// Refusal NotFound.
func (a *Accounts) Reset(ctx context.Context, v Act, no chepiao.StaffNo) (code string, err error) {
	code = a.link(v)
	err = a.once(ctx, v, []any{"reset", no}, func(tx *store.Tx) error {
		row, err := stored(tx, no)
		if err != nil {
			return err
		}
		row.Password = ""
		tx.EndStaffSessions(no)
		tx.EndStaffCodes(codePassword, no)
		tx.RemoveStaffKeys(no, nil)
		tx.AddStaffCode(store.StaffCode{Hash: hashOf(code), Kind: codePassword, Staff: no, Until: tx.Now.Add(LinkFor)})
		return put(tx, row, v.By, detail{What: "reset"})
	})
	if err != nil {
		return "", err
	}
	return code, nil
}

// LinkOf is whose link a code is. Refusal NotFound when it is nobody's, was used,
// or is too old.
func (a *Accounts) LinkOf(ctx context.Context, code string) (s Staff, err error) {
	err = a.store.Read(ctx, func(r *store.Reader) error {
		row, _, err := linked(r, code, a.store.Now())
		s = staffOf(row)
		return err
	})
	return s, err
}

var deadLink = chepiao.Refuse(chepiao.NotFound, "链接已失效，请向管理员要一个新的", "this link is not good any more: ask an administrator for a new one").At("code")

func linked(r *store.Reader, code string, now time.Time) (row store.StaffRow, c store.StaffCode, err error) {
	c, ok, err := r.StaffCode(codePassword, hashOf(code))
	if err == nil && (!ok || !now.Before(c.Until)) {
		err = deadLink
	}
	if err == nil {
		row, ok, err = r.Staff(c.Staff)
		if err == nil && (!ok || row.Off) {
			err = deadLink
		}
	}
	return row, c, err
}

// Choose sets the password of whoever a link was made for, and uses the link up.
// Refusals: Invalid at password, NotFound at code.
func (a *Accounts) Choose(ctx context.Context, v Act, code, password string) (s Staff, err error) {
	s, err = a.LinkOf(ctx, code)
	if err == nil {
		err = checkPassword(password, s.No)
	}
	if err != nil {
		return s, err
	}
	hash, err := a.hash.hash(password)
	if err != nil {
		return s, err
	}
	err = a.store.Write(ctx, func(tx *store.Tx) error {
		row, c, err := linked(tx.StaffReader(), code, tx.Now)
		if err != nil {
			return err
		}
		tx.Who = row.No
		tx.TakeStaffCode(c)
		tx.EndStaffSessions(row.No)
		row.Password = hash
		return put(tx, row, v.By, detail{What: "password"})
	})
	return s, err
}

// ChangePassword lets somebody who is signed in choose another password; other
// sessions of theirs end. keep is the token of the session that stays. Refusals:
// Unauthorized at old, Invalid at password, Busy after too many tries.
func (a *Accounts) ChangePassword(ctx context.Context, v Act, old, password, keep string) error {
	if err := checkPassword(password, v.Who); err != nil {
		return err
	}
	if _, err := a.prove(ctx, v, v.Who, old); err != nil {
		if r := chepiao.AsRefusal(err); r != nil && r.Reason == chepiao.Unauthorized {
			return chepiao.Refuse(chepiao.Unauthorized, "原密码不对", "the old password is wrong").At("old")
		}
		return err
	}
	hash, err := a.hash.hash(password)
	if err != nil {
		return err
	}
	return a.store.Write(ctx, func(tx *store.Tx) error {
		tx.Who, tx.Where = v.Who, v.Where
		row, err := stored(tx, v.Who)
		if err != nil {
			return err
		}
		row.Password = hash
		kept, _, ok, err := tx.StaffReader().StaffSession(hashOf(keep))
		if err != nil {
			return err
		}
		tx.EndStaffSessions(v.Who)
		if ok && kept.Staff == v.Who {
			tx.AddStaffSession(kept)
		}
		return put(tx, row, v.By, detail{What: "password"})
	})
}
