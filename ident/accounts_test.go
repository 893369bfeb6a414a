package ident_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"chepiao"
	"chepiao/ident"
	"chepiao/store"
)

// house is accounts over a small database, with a hand-moved clock.
type house struct {
	*testing.T
	*ident.Accounts
	store *store.Store
	mu    sync.Mutex
	now   time.Time
	setUp string
}

var cheap = ident.Cost{Memory: 64, Passes: 1, Threads: 1}

func newHouse(t *testing.T) *house {
	h := &house{T: t, now: time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)}
	dir := t.TempDir()
	h.setUp = filepath.Join(dir, "setup.json")
	var err error
	h.store, err = store.Open(filepath.Join(dir, "x.db"), store.Options{Node: "T", Now: h.clock})
	h.must(err)
	t.Cleanup(func() { h.store.Close() })
	h.Accounts = h.open(cheap)
	return h
}

func (h *house) open(c ident.Cost) *ident.Accounts {
	a, err := ident.NewAccounts(ident.AccountsConfig{Store: h.store, Key: bytes.Repeat([]byte{3}, 32), Rand: rand.Reader, SetUp: h.setUp, Cost: c})
	h.must(err)
	return a
}

func (h *house) clock() time.Time { h.mu.Lock(); defer h.mu.Unlock(); return h.now }
func (h *house) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) refused(err error, reason chepiao.Reason, field string) {
	h.Helper()
	if r := chepiao.AsRefusal(err); r == nil || r.Reason != reason || r.Field != field {
		h.Errorf("%v, want %s at %q", err, reason, field)
	}
}

const pass = "三号窗口的钥匙 7"

var acts int

func act(who chepiao.StaffNo) ident.Act {
	acts++
	return ident.Act{ID: fmt.Sprint("act", acts), By: "desk", Who: who, Where: 3, Address: "10.0.0.1"}
}

// hire makes an account with the password pass.
func (h *house) hire(no chepiao.StaffNo, roles ...ident.StaffRole) {
	h.Helper()
	code, err := h.Add(h.Context(), act("9001"), ident.Staff{No: no, Name: "王秀英", Roles: roles})
	h.must(err)
	_, err = h.Choose(h.Context(), act(""), code, pass)
	h.must(err)
}

func (h *house) journal() (text string, kinds string) {
	h.Helper()
	h.must(h.store.Read(context.Background(), func(r *store.Reader) error {
		lanes, err := r.Lanes("T")
		h.must(err)
		entries, err := r.Journal("T", lanes[0], 0, 1000)
		for _, e := range entries {
			text += e.Aggregate + string(e.Body) + "\n"
			kinds += string(e.Kind) + " "
		}
		return err
	}))
	return text, kinds
}

// TestLifeOfAnAccount: added, its password chosen by a link that is good once, signed
// in and out, reset, switched off; and what the journal says of it.
func TestLifeOfAnAccount(t *testing.T) {
	h, ctx := newHouse(t), t.Context()
	if any, err := h.Any(ctx); any || err != nil {
		t.Fatalf("accounts in an empty house: %v %v", any, err)
	}
	v := act("9001")
	code, err := h.Add(ctx, v, ident.Staff{No: "c1001", Name: " 王秀英 ", Roles: []ident.StaffRole{ident.Checker, ident.Clerk, ident.Clerk}, Stations: []string{"SJZ", "BD", "SJZ"}})
	h.must(err)
	if again, err := h.Add(ctx, v, ident.Staff{No: "C1001", Name: "王秀英", Roles: []ident.StaffRole{ident.Clerk, ident.Checker}, Stations: []string{"BD", "SJZ"}}); err != nil || again != code {
		t.Errorf("sent again: %v, the same link: %v", err, again == code)
	}
	got, err := h.Get(ctx, "C1001")
	h.must(err)
	if got.Name != "王秀英" || fmt.Sprint(got.Roles) != "[clerk checker]" || fmt.Sprint(got.Stations) != "[BD SJZ]" || got.Ready || got.Off {
		t.Errorf("%+v", got)
	}
	_, _, err = h.SignIn(ctx, act(""), "C1001", "", nil)
	h.refused(err, chepiao.Unauthorized, "password") // no password yet, also not the empty one
	_, err = h.Choose(ctx, act(""), code, "c1001")
	h.refused(err, chepiao.Invalid, "password")
	_, err = h.Choose(ctx, act(""), code+"x", pass)
	h.refused(err, chepiao.NotFound, "code")
	who, err := h.Choose(ctx, act(""), code, pass)
	if err != nil || who.No != "C1001" {
		t.Fatal(who, err)
	}
	_, err = h.Choose(ctx, act(""), code, pass+"!")
	h.refused(err, chepiao.NotFound, "code") // used

	window := &ident.Device{Name: "window 1", Role: ident.Window, Station: "SJZ"}
	s, _, err := h.SignIn(ctx, act(""), "C1001", pass, window)
	h.must(err)
	if found, ok, err := h.Find(ctx, s.Token); !ok || err != nil || found.Staff.No != "C1001" || found.Device != "window 1" || found.Staff.Name != "王秀英" {
		t.Errorf("%+v %v %v", found, ok, err)
	}
	_, _, err = h.SignIn(ctx, act(""), "C1001", pass, &ident.Device{Name: "w", Role: ident.Window, Station: "BJ"})
	h.refused(err, chepiao.Unauthorized, "staff")
	other, _, err := h.SignIn(ctx, act(""), "C1001", pass, nil)
	h.must(err)
	h.must(h.SignOut(ctx, act("C1001"), s.Token))
	h.gone(s.Token)
	h.here(other.Token)

	link, err := h.Reset(ctx, act("9001"), "C1001")
	h.must(err)
	h.gone(other.Token)
	_, _, err = h.SignIn(ctx, act(""), "C1001", pass, nil)
	h.refused(err, chepiao.Unauthorized, "password")
	_, err = h.Choose(ctx, act(""), link, "another long word")
	h.must(err)
	last, _, err := h.SignIn(ctx, act(""), "C1001", "another long word", nil)
	h.must(err)
	h.must(h.Change(ctx, act("9001"), ident.Staff{No: "C1001", Name: "王秀英", Roles: []ident.StaffRole{ident.Clerk}, Off: true}))
	h.gone(last.Token)
	_, _, err = h.SignIn(ctx, act(""), "C1001", "another long word", nil)
	h.refused(err, chepiao.Unauthorized, "password")

	text, kinds := h.journal()
	if want := "lane_opened staff_added staff_refused staff_changed staff_signed_in staff_signed_in staff_signed_out staff_changed staff_refused staff_changed staff_signed_in staff_changed staff_refused "; kinds != want {
		t.Errorf("the journal has\n%s, want\n%s", kinds, want)
	}
	for _, secret := range []string{"王秀英", pass, "another", "argon2", code, s.Token, s.Token[4:], "10.0.0.1"} {
		if strings.Contains(text, secret) {
			t.Errorf("the journal has %q", secret)
		}
	}
	if !strings.Contains(text, `"who":"9001"`) || !strings.Contains(text, `"where":3`) {
		t.Errorf("the journal does not say who and where: %s", text)
	}
	deeds, err := h.Deeds(ctx, "9001")
	if err != nil || len(deeds) != 3 || deeds[0].Kind != chepiao.StaffWasChanged || deeds[2].Kind != chepiao.StaffWasAdded || deeds[2].By != "desk" {
		t.Errorf("deeds %+v, %v", deeds, err)
	}
}

func (h *house) here(token string) {
	h.Helper()
	if _, ok, err := h.Find(h.Context(), token); !ok || err != nil {
		h.Errorf("the session is not there: %v", err)
	}
}

func (h *house) gone(token string) {
	h.Helper()
	if _, ok, err := h.Find(h.Context(), token); ok || err != nil {
		h.Errorf("the session is still there (%v)", err)
	}
}

// TestSessionsEnd: without being used, in any case after a while, with another
// password; and no token but the right one is anybody's.
func TestSessionsEnd(t *testing.T) {
	h, ctx := newHouse(t), t.Context()
	h.hire("1", ident.Clerk)
	in := func() ident.Session {
		s, _, err := h.SignIn(ctx, act(""), "1", pass, nil)
		h.must(err)
		return s
	}
	s := in()
	h.pass(ident.SessionIdle - time.Second)
	h.here(s.Token)
	h.pass(ident.SessionIdle - time.Second)
	h.here(s.Token)
	h.pass(ident.SessionIdle)
	h.gone(s.Token)
	s = in()
	for range int(ident.SessionMax / (20 * time.Minute)) {
		h.here(s.Token)
		h.pass(20 * time.Minute)
	}
	h.gone(s.Token)
	one, two := in(), in()
	for _, wrong := range []string{"", "cps_", one.Token[:30], one.Token + "a", strings.ToUpper(one.Token), one.Token[4:]} {
		h.gone(wrong)
	}
	if list, err := h.Sessions(ctx, "1"); err != nil || len(list) != 2 || list[0].Mark == "" || list[0].Token != "" {
		t.Errorf("%+v, %v", list, err)
	}
	err := h.ChangePassword(ctx, act("1"), "wrong", "quite another one", one.Token)
	h.refused(err, chepiao.Unauthorized, "old")
	h.must(h.ChangePassword(ctx, act("1"), pass, "quite another one", one.Token))
	h.here(one.Token)
	h.gone(two.Token)
	h.must(h.EndSession(ctx, act("9001"), "1", one.Mark))
	h.gone(one.Token)
}

// TestGuessing: who guesses has to wait ever longer, wherever they ask; a stranger
// elsewhere does not keep the owner out; and many tries at once are all counted.
func TestGuessing(t *testing.T) {
	h, ctx := newHouse(t), t.Context()
	h.hire("1", ident.Clerk)
	from := func(address, password string) error {
		v := act("")
		v.Address = address
		_, _, err := h.SignIn(ctx, v, "1", password, nil)
		return err
	}
	for range 5 {
		h.refused(from("a", "wrong"), chepiao.Unauthorized, "password")
	}
	h.refused(from("a", pass), chepiao.Busy, "password") // the right one, too: it is not looked at
	h.must(from("b", pass))
	for wait := time.Second; wait < time.Minute; wait *= 2 {
		h.pass(wait - time.Millisecond)
		h.refused(from("a", "wrong"), chepiao.Busy, "password")
		h.pass(time.Millisecond)
		h.refused(from("a", "wrong"), chepiao.Unauthorized, "password")
	}
	h.pass(time.Minute)
	h.must(from("a", pass))
	h.must(from("a", pass)) // forgotten

	var all sync.WaitGroup
	var mu sync.Mutex
	refused := map[chepiao.Reason]int{}
	for range 30 {
		v := act("")
		v.Address = "crowd"
		all.Go(func() {
			_, _, err := h.SignIn(ctx, v, "1", "wrong", nil)
			mu.Lock()
			defer mu.Unlock()
			refused[chepiao.Why(err)]++
		})
	}
	all.Wait()
	if refused[chepiao.Unauthorized] != 5 || refused[chepiao.Busy] != 25 {
		t.Errorf("thirty at once: %v", refused)
	}
}

// TestConfirm: a supervisor confirms with number and password, a clerk cannot,
// nobody confirms their own act, and not in a station that is not theirs.
func TestConfirm(t *testing.T) {
	h, ctx := newHouse(t), t.Context()
	h.hire("1", ident.Clerk)
	h.hire("2", ident.Supervisor)
	h.must(h.Change(ctx, act("9001"), ident.Staff{No: "2", Name: "李", Roles: []ident.StaffRole{ident.Supervisor}, Stations: []string{"SJZ"}}))
	window := &ident.Device{Name: "w", Role: ident.Window, Station: "SJZ"}
	confirm := func(no, password string, at *ident.Device) error {
		who, err := h.Confirm(ctx, act("1"), no, password, ident.SignShift, at)
		if err == nil && who != "2" {
			t.Errorf("confirmed by %s", who)
		}
		return err
	}
	h.must(confirm("2", pass, window))
	h.must(confirm("2", pass, nil))
	h.refused(confirm("2", "wrong", window), chepiao.Unauthorized, "approve_password")
	h.refused(confirm("7", pass, window), chepiao.Unauthorized, "approve_password")
	h.refused(confirm("", pass, window), chepiao.Invalid, "approve_staff")
	h.refused(confirm("1", pass, window), chepiao.Unauthorized, "approve_staff")
	h.refused(confirm("2", pass, &ident.Device{Name: "w", Role: ident.Window, Station: "BJ"}), chepiao.Unauthorized, "approve_staff")
	h.refused(confirm("2", pass, &ident.Device{Name: "g", Role: ident.Gate}), chepiao.Unauthorized, "approve_staff")
	if _, err := h.Confirm(ctx, act("2"), "1", pass, ident.SignShift, window); chepiao.Why(err) != chepiao.Unauthorized {
		t.Errorf("a clerk confirmed: %v", err)
	}
	if _, kinds := h.journal(); strings.Count(kinds, "staff_approved") != 2 {
		t.Errorf("the journal has %s", kinds)
	}
}

// TestAccountsRefuse: what cannot be an account, and that somebody must be left who
// keeps them.
func TestAccountsRefuse(t *testing.T) {
	h, ctx := newHouse(t), t.Context()
	good := ident.Staff{No: "1", Name: "李", Roles: []ident.StaffRole{ident.Administrator}}
	for field, change := range map[string]func(*ident.Staff){
		"staff":    func(s *ident.Staff) { s.No = "1 2 3/" },
		"name":     func(s *ident.Staff) { s.Name = " " },
		"roles":    func(s *ident.Staff) { s.Roles = nil },
		"stations": func(s *ident.Staff) { s.Stations = []string{"A B"} },
	} {
		bad := good
		change(&bad)
		_, err := h.Add(ctx, act(""), bad)
		h.refused(err, chepiao.Invalid, field)
	}
	bad := good
	bad.Roles = []ident.StaffRole{"boss", ident.Clerk}
	_, err := h.Add(ctx, act(""), bad)
	h.refused(err, chepiao.Invalid, "roles")
	_, err = h.Add(ctx, act(""), good)
	h.must(err)
	_, err = h.Add(ctx, act(""), good)
	h.refused(err, chepiao.Invalid, "staff")
	h.refused(h.Change(ctx, act(""), ident.Staff{No: "2", Name: "x", Roles: good.Roles}), chepiao.NotFound, "staff")
	off, lower := good, good
	off.Off, lower.Roles = true, []ident.StaffRole{ident.Clerk}
	h.refused(h.Change(ctx, act(""), off), chepiao.WrongState, "roles")
	h.refused(h.Change(ctx, act(""), lower), chepiao.WrongState, "roles")
	h.hire("2", ident.Administrator)
	h.must(h.Change(ctx, act(""), off))
}

// TestSetUp: the link of a first administrator is good once, for an hour, and for
// nobody who guesses.
func TestSetUp(t *testing.T) {
	h, ctx := newHouse(t), t.Context()
	h.refused(h.CheckSetUp("cpa_x"), chepiao.NotFound, "code")
	code, err := ident.OfferSetUp(h.setUp, rand.Reader, h.now)
	h.must(err)
	if b, err := os.ReadFile(h.setUp); err != nil || bytes.Contains(b, []byte(code[4:])) {
		t.Errorf("the file holds the code (%v)", err)
	}
	h.must(h.CheckSetUp(code))
	h.refused(h.CheckSetUp(code+"x"), chepiao.NotFound, "code")
	h.pass(ident.SetUpFor)
	h.refused(h.CheckSetUp(code), chepiao.NotFound, "code")
	newer, err := ident.OfferSetUp(h.setUp, rand.Reader, h.now)
	h.must(err)
	h.refused(h.CheckSetUp(code), chepiao.NotFound, "code")
	_, err = h.Accounts.SetUp(ctx, act(""), newer, "9001", "李强", "9001")
	h.refused(err, chepiao.Invalid, "password")
	_, err = h.Accounts.SetUp(ctx, act(""), newer, "9001", "李强", pass)
	h.must(err)
	if is, err := h.Administered(ctx); !is || err != nil {
		t.Errorf("no administrator: %v", err)
	}
	_, err = h.Accounts.SetUp(ctx, act(""), newer, "9002", "李强", pass)
	h.refused(err, chepiao.NotFound, "code")
	if _, _, err := h.SignIn(ctx, act(""), "9001", pass, nil); err != nil {
		t.Error(err)
	}
}

// TestPasswords: what is too easy, and that a hash of another cost is made anew at
// the next sign-in.
func TestPasswords(t *testing.T) {
	h, ctx := newHouse(t), t.Context()
	h.hire("10086", ident.Clerk)
	for _, easy := range []string{"", "1234567", "12345678", "87654321", "aaaaaaaa", "password1", "a10086b", "88888888!", strings.Repeat("x ", 65)} {
		h.refused(h.ChangePassword(ctx, act("10086"), pass, easy, ""), chepiao.Invalid, "password")
	}
	hash := func() (s string) {
		h.must(h.store.Read(ctx, func(r *store.Reader) error {
			row, _, err := r.Staff("10086")
			s = row.Password
			return err
		}))
		return s
	}
	before := hash()
	if !strings.HasPrefix(before, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Fatalf("kept as %s", before)
	}
	dearer := h.open(ident.Cost{Memory: 128, Passes: 1, Threads: 1})
	if _, _, err := dearer.SignIn(ctx, act(""), "10086", pass, nil); err != nil {
		t.Fatal(err)
	}
	if after := hash(); !strings.HasPrefix(after, "$argon2id$v=19$m=128,t=1,p=1$") {
		t.Errorf("kept as %s", after)
	}
	if _, _, err := dearer.SignIn(ctx, act(""), "10086", pass, nil); err != nil {
		t.Error(err)
	}
}
