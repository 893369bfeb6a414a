package ident

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"chepiao"
	"chepiao/store"
)

// AccountsConfig is what the accounts of staff work with.
type AccountsConfig struct {
	Store *store.Store
	Key   []byte // the node's
	Rand  io.Reader
	SetUp string // path of the file with the one-time link of a first administrator; "" for none
	Cost  Cost   // of a password; zero is CostDefault
}

// Accounts are the people who work here, and where they are signed in. They lie in
// the store, so that all processes which share it know them. Safe for many callers.
type Accounts struct {
	store *store.Store
	key   []byte
	rand  io.Reader
	hash  *hasher
	setUp string
	any   atomic.Bool
}

// NewAccounts opens the accounts in a store.
func NewAccounts(c AccountsConfig) (*Accounts, error) {
	if c.Store == nil || len(c.Key) != 32 || c.Rand == nil {
		return nil, errors.New("accounts need a store, the node's key and a source of randomness")
	}
	key, err := hkdf.Key(sha256.New, c.Key, nil, "chepiao staff", 32)
	if err != nil {
		return nil, err
	}
	h, err := newHasher(c.Cost, c.Rand)
	if err != nil {
		return nil, err
	}
	return &Accounts{store: c.Store, key: key, rand: c.Rand, hash: h, setUp: c.SetUp}, nil
}

// Account is somebody who works here, as the administrator sees them.
type Account struct {
	Staff
	Ready   bool // has chosen a password
	Created time.Time
	Changed time.Time
	Version int64
}

// Limits of an account.
const (
	StaffNameMax = 40 // characters
	StationsMax  = 50 // stations of one account
	StaffMax     = 100_000
)

// Any says whether anybody has an account: as long as nobody has, windows and desks
// act without a person.
func (a *Accounts) Any(ctx context.Context) (bool, error) {
	if a == nil {
		return false, nil
	}
	if a.any.Load() {
		return true, nil
	}
	n := 0
	err := a.store.Read(ctx, func(r *store.Reader) (err error) { n, err = r.CountStaff(""); return err })
	if n > 0 {
		a.any.Store(true)
	}
	return n > 0, err
}

// Administered says whether there is an administrator.
func (a *Accounts) Administered(ctx context.Context) (is bool, err error) {
	err = a.store.Read(ctx, func(r *store.Reader) error {
		n, err := r.CountStaff(string(Administrator))
		is = n > 0
		return err
	})
	return is, err
}

// List reads accounts after a number, in the order of their numbers, at most limit.
func (a *Accounts) List(ctx context.Context, after chepiao.StaffNo, limit int) (list []Account, err error) {
	err = a.store.Read(ctx, func(r *store.Reader) error {
		rows, err := r.ListStaff(after, limit)
		for _, row := range rows {
			list = append(list, accountOf(row))
		}
		return err
	})
	return list, err
}

// Get reads an account. Refusal NotFound.
func (a *Accounts) Get(ctx context.Context, no chepiao.StaffNo) (found Account, err error) {
	err = a.store.Read(ctx, func(r *store.Reader) error {
		row, ok, err := r.Staff(no)
		if err == nil && !ok {
			err = noSuchStaff
		}
		found = accountOf(row)
		return err
	})
	return found, err
}

var noSuchStaff = chepiao.Refuse(chepiao.NotFound, "没有这个工号", "there is no such staff number").At("staff")

func accountOf(r store.StaffRow) Account {
	a := Account{Ready: r.Password != "", Created: r.Created, Changed: r.Changed, Version: r.Version}
	a.Staff = staffOf(r)
	return a
}

func staffOf(r store.StaffRow) Staff {
	s := Staff{No: r.No, Name: r.Name, Off: r.Off, Stations: strings.Fields(r.Stations)}
	for _, role := range strings.Fields(r.Roles) {
		s.Roles = append(s.Roles, StaffRole(role))
	}
	return s
}

// rowOf checks an account as it is to be stored. Refusals: Invalid at staff, name,
// roles or stations.
func rowOf(s Staff) (row store.StaffRow, err error) {
	if row.No, err = chepiao.ParseStaffNo(string(s.No)); err != nil {
		return row, err
	}
	row.Name, row.Off = strings.TrimSpace(s.Name), s.Off
	if n := len([]rune(row.Name)); n == 0 || n > StaffNameMax || strings.ContainsFunc(row.Name, func(c rune) bool { return c < ' ' || c == 0x7F || c == '\uFFFD' }) {
		return row, chepiao.Refuse(chepiao.Invalid, fmt.Sprintf("姓名应为 1 到 %d 个字符", StaffNameMax), fmt.Sprintf("a name has 1 to %d characters", StaffNameMax)).At("name")
	}
	var roles []string
	for _, r := range StaffRoles() { // always in one order
		if slices.Contains(s.Roles, r) {
			roles = append(roles, string(r))
		}
	}
	if len(roles) == 0 || slices.ContainsFunc(s.Roles, func(r StaffRole) bool { return !r.Valid() }) {
		return row, chepiao.Refuse(chepiao.Invalid, "请至少选择一个岗位", "choose at least one role").At("roles")
	}
	stations := slices.Compact(slices.Sorted(slices.Values(s.Stations)))
	if len(stations) > StationsMax || slices.ContainsFunc(stations, func(code string) bool {
		return code == "" || len(code) > NameMax || strings.ContainsAny(code, " \t\r\n")
	}) {
		return row, chepiao.Refuse(chepiao.Invalid, "车站代码有误", "the station's code is wrong").At("stations")
	}
	row.Roles, row.Stations = strings.Join(roles, " "), strings.Join(stations, " ")
	return row, nil
}

// Act is who asks for a change of accounts: the caller's id of the request, for
// doing it once, and what the journal says of who acts.
type Act struct {
	ID      string
	By      string
	Who     chepiao.StaffNo
	Where   chepiao.StationNo
	Address string // from which a sign-in comes; it is kept as a keyed hash only
}

// once runs a change unless it was made before.
func (a *Accounts) once(ctx context.Context, v Act, inputs any, do func(*store.Tx) error) error {
	if v.ID == "" || len(v.ID) > 100 {
		return chepiao.Refuse(chepiao.Invalid, "请求编号应为 1 到 100 个字符", "the idempotency key must have 1 to 100 characters").At("Idempotency-Key")
	}
	b, err := json.Marshal(inputs)
	if err != nil {
		return err
	}
	input := a.mark("input", b)[:16]
	return a.store.Write(ctx, func(tx *store.Tx) error {
		tx.Who, tx.Where = v.Who, v.Where
		done, err := tx.Answered(v.ID, input)
		if err != nil || done != nil {
			return err
		}
		if err := do(tx); err != nil {
			return err
		}
		tx.Answer(v.ID, input)
		return nil
	})
}

// mark is a keyed hash: of inputs, accounts, addresses, and of what a link is made.
func (a *Accounts) mark(what string, b []byte) []byte {
	h := hmac.New(sha256.New, a.key)
	h.Write([]byte(what))
	h.Write([]byte{0})
	h.Write(b)
	return h.Sum(nil)
}

// detail is what the journal says of an account: no name.
type detail struct {
	Staff    chepiao.StaffNo `json:"staff"`
	What     string          `json:"what,omitempty"`
	Roles    string          `json:"roles,omitempty"`
	Stations string          `json:"stations,omitempty"`
	How      string          `json:"how,omitempty"`
}

func recordStaff(tx *store.Tx, kind chepiao.EventKind, by string, version int64, d detail) error {
	return tx.Record("staff "+string(d.Staff), version, chepiao.Event{Kind: kind, By: by, Reason: d.What, Detail: d})
}
