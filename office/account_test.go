package office_test

import (
	"bytes"
	"context"
	crand "crypto/rand"
	"fmt"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/message/smsgate"
	"chepiao/office"
	"chepiao/realname"
	"chepiao/realname/register"
	"chepiao/store"
)

const accountPhone = "13812345678"

// member signs a phone in by the code that the gateway got.
func (m *messenger) member(phone string) office.MemberSession {
	m.t.Helper()
	must(m.t, m.office.AskCode(m.t.Context(), m.clock(), phone, "zh"))
	s, err := m.office.SignIn(m.t.Context(), phone, m.code())
	must(m.t, err)
	return s
}

var sixDigits = regexp.MustCompile(`\b[0-9]{6}\b`)

// code is the one in the latest text.
func (m *messenger) code() string {
	m.t.Helper()
	texts := m.gate.Texts()
	if len(texts) == 0 {
		m.t.Fatal("no text was sent")
	}
	return sixDigits.FindString(texts[len(texts)-1].Text.Text)
}

func another(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

func TestSignInByCode(t *testing.T) {
	m := newMessenger(t)
	ctx := t.Context()
	must(t, m.office.AskCode(ctx, m.clock(), "138 1234-5678", "en"))
	code := m.code()
	if text := m.gate.Texts()[0]; !strings.HasPrefix(text.Text.Text, "Chepiao: ") || text.ReportURL != "" {
		t.Errorf("%+v", text)
	}
	if err := m.office.AskCode(ctx, m.clock(), accountPhone, "zh"); chepiao.Why(err) != chepiao.TooMany {
		t.Errorf("a second code at once: %v", err)
	}
	for i := range chepiao.CodeTriesMax - 1 {
		if _, err := m.office.SignIn(ctx, accountPhone, another(code)); chepiao.Why(err) != chepiao.CodeWrong {
			t.Errorf("wrong code %d: %v", i, err)
		}
	}
	if _, err := m.office.SignIn(ctx, "13812345679", code); chepiao.Why(err) != chepiao.CodeWrong {
		t.Errorf("the code of another phone: %v", err)
	}
	s, err := m.office.SignIn(ctx, accountPhone, code)
	must(t, err)
	if !strings.HasPrefix(s.Token, office.SessionPrefix) || s.Member == 0 || !s.Fresh {
		t.Errorf("%+v", s)
	}
	if _, err := m.office.SignIn(ctx, accountPhone, code); chepiao.Why(err) != chepiao.CodeWrong {
		t.Errorf("the code is good twice: %v", err)
	}
	m.forward(chepiao.CodeGap)
	again := m.member(accountPhone)
	if again.Member != s.Member || again.Token == s.Token {
		t.Errorf("%+v, then %+v", s, again)
	}

	m.forward(chepiao.CodeGap)
	must(t, m.office.AskCode(ctx, m.clock(), accountPhone, "zh"))
	worn := m.code()
	for range chepiao.CodeTriesMax {
		m.office.SignIn(ctx, accountPhone, another(worn))
	}
	if _, err := m.office.SignIn(ctx, accountPhone, worn); chepiao.Why(err) != chepiao.CodeWrong {
		t.Errorf("a code that was guessed at too often is good: %v", err)
	}
	for phone, want := range map[string]chepiao.Reason{"": chepiao.Invalid, "12": chepiao.Invalid, "13800000000": chepiao.Invalid} {
		if err := m.office.AskCode(ctx, m.clock(), phone, "zh"); chepiao.Why(err) != want {
			t.Errorf("a code to %q: %v", phone, err)
		}
	}
	must(t, m.gate.SetSwitches(smsgate.Switches{Unreachable: true}))
	if err := m.office.AskCode(ctx, m.clock(), "13900001111", "zh"); chepiao.Why(err) != chepiao.Busy || strings.Contains(err.Error(), "139") {
		t.Errorf("a gateway that is down: %v", err)
	}
	m.reopen(nil)
	if err := m.office.AskCode(ctx, m.clock(), accountPhone, "zh"); chepiao.Why(err) != chepiao.NotFound {
		t.Errorf("no gateway: %v", err)
	}
}

// TestSessionsEnd: by signing out, here or everywhere, by lying idle, in the end by
// age; and the oldest when there are too many.
func TestSessionsEnd(t *testing.T) {
	m := newMessenger(t)
	ctx := t.Context()
	signedIn := func(s office.MemberSession) (found office.MemberSession, ok bool) {
		t.Helper()
		found, ok, err := m.office.Session(ctx, m.clock(), s.Token)
		must(t, err)
		return found, ok
	}
	one := m.member(accountPhone)
	m.forward(2 * time.Minute)
	two := m.member(accountPhone)
	if s, ok := signedIn(one); !ok || s.Member != one.Member || !s.Fresh || s.Token != "" {
		t.Errorf("%+v", s)
	}
	m.forward(chepiao.SessionFresh)
	if s, ok := signedIn(one); !ok || s.Fresh {
		t.Errorf("%+v", s)
	}
	must(t, m.office.SignOut(ctx, one.Token))
	if _, ok := signedIn(one); ok {
		t.Error("signed out and in")
	}
	if _, ok := signedIn(two); !ok {
		t.Error("signing out here signed out there")
	}
	for _, nobody := range []string{"", "cpm_", "cpm_XYZ", strings.TrimPrefix(two.Token, office.SessionPrefix), strings.Repeat("cpm_", 99)} {
		if _, ok, err := m.office.Session(ctx, m.clock(), nobody); ok || err != nil {
			t.Errorf("%q is signed in: %v", nobody, err)
		}
	}
	for range 4 { // used now and then, it lives on
		m.forward(chepiao.SessionIdle - time.Hour)
		if _, ok := signedIn(two); !ok {
			t.Fatal("a session that is used has ended")
		}
	}
	m.forward(chepiao.SessionIdle + time.Hour)
	if _, ok := signedIn(two); ok {
		t.Error("an idle session is good")
	}
	old := m.member(accountPhone)
	for range 7 {
		m.forward(chepiao.SessionIdle - time.Hour)
		signedIn(old)
	}
	if _, ok := signedIn(old); ok {
		t.Error("a session never ends")
	}
	var many []office.MemberSession
	for range chepiao.SessionsMax + 1 {
		m.forward(time.Hour * 24)
		many = append(many, m.member(accountPhone))
	}
	if _, ok := signedIn(many[0]); ok {
		t.Error("too many sessions")
	}
	if _, ok := signedIn(many[1]); !ok {
		t.Error("one too many was signed out")
	}
	must(t, m.office.SignOutEverywhere(ctx, two.Member))
	for i, s := range many {
		if _, ok := signedIn(s); ok {
			t.Errorf("session %d is good", i)
		}
	}
}

// TestIdleAccountIsNotInherited: a phone that was not used for a year may be another
// person's: who signs in then finds an empty account.
func TestIdleAccountIsNotInherited(t *testing.T) {
	m := newMessenger(t)
	ctx := t.Context()
	first := m.member(accountPhone)
	_, err := m.office.SavePassenger(ctx, m.clock(), first.Member, office.SaveInput{Name: "张伟", Document: "resident_id", Number: m.person("张伟")})
	must(t, err)
	m.forward(chepiao.MemberIdle + time.Hour)
	second := m.member(accountPhone)
	if saved, err := m.office.SavedPassengers(ctx, second.Member); err != nil || len(saved) != 0 || second.Member == first.Member {
		t.Errorf("inherited: %v, %v", saved, err)
	}
	m.forward(chepiao.MemberIdle + time.Hour)
	if n, err := m.office.ForgetAccounts(ctx, m.clock()); err != nil || n != 1 {
		t.Errorf("%d forgotten, %v", n, err)
	}
	if _, _, err := m.office.Member(ctx, second.Member); chepiao.Why(err) != chepiao.NotFound {
		t.Errorf("an idle account is there: %v", err)
	}
	m.end()
}

func TestSavedPassengers(t *testing.T) {
	m := newMessenger(t)
	ctx := t.Context()
	me, other := m.member(accountPhone).Member, m.member("13900001111").Member
	zhang := office.SaveInput{Name: "张伟", Document: "resident_id", Number: m.person("张伟"), Phone: accountPhone}
	id, err := m.office.SavePassenger(ctx, m.clock(), me, zhang)
	must(t, err)
	if again, err := m.office.SavePassenger(ctx, m.clock(), me, zhang); err != nil || again != id {
		t.Errorf("saved twice: %s, %v", again, err)
	}
	zhang.ID, zhang.Name = id, "张玮"
	_, err = m.office.SavePassenger(ctx, m.clock(), me, zhang)
	must(t, err)
	one, err := m.office.SavedPassenger(ctx, me, id)
	if err != nil || one.Passenger.Name.Reveal() != "张玮" || one.Passenger.Phone.Reveal() != accountPhone || strings.Contains(fmt.Sprintf("%+v", one), "玮") {
		t.Errorf("%+v, %v", one, err)
	}
	for what, in := range map[string]struct {
		field string
		office.SaveInput
	}{
		"no name":         {"name", office.SaveInput{Document: "resident_id", Number: m.person("李娜")}},
		"a wrong number":  {"document.number", office.SaveInput{Name: "李娜", Document: "resident_id", Number: "110105194912310020"}},
		"a wrong phone":   {"phone", office.SaveInput{Name: "李娜", Document: "resident_id", Number: m.person("李娜"), Phone: "1"}},
		"a small child":   {"consent", office.SaveInput{Name: "小娜", Document: "resident_id", Number: m.born("小娜", "20200101")}},
		"not sold online": {"document.kind", office.SaveInput{Name: "李娜", Document: "household_book", Number: m.person("李娜")}},
	} {
		_, err := m.office.SavePassenger(ctx, m.clock(), me, in.SaveInput)
		if no := chepiao.AsRefusal(err); no == nil || no.Field != in.field {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err = m.office.SavePassenger(ctx, m.clock(), me, office.SaveInput{Name: "小娜", Document: "resident_id", Number: m.born("小娜", "20200101"), Consent: true})
	must(t, err)

	stolen := zhang
	stolen.Name = "王强"
	if _, err := m.office.SavePassenger(ctx, m.clock(), other, stolen); chepiao.Why(err) != chepiao.NotFound {
		t.Errorf("changed by somebody else: %v", err)
	}
	if _, err := m.office.SavedPassenger(ctx, other, id); chepiao.Why(err) != chepiao.NotFound {
		t.Errorf("read by somebody else: %v", err)
	}
	must(t, m.office.ForgetPassenger(ctx, other, id))
	if list, err := m.office.SavedPassengers(ctx, me); err != nil || len(list) != 2 {
		t.Errorf("%v, %v", list, err)
	}
	for i := range chepiao.SavedMax - 2 {
		name := string(rune('甲'+i)) + "某某"
		_, err := m.office.SavePassenger(ctx, m.clock(), me, office.SaveInput{Name: name, Document: "resident_id", Number: m.person(name)})
		must(t, err)
	}
	if _, err := m.office.SavePassenger(ctx, m.clock(), me, office.SaveInput{Name: "多余", Document: "resident_id", Number: m.person("多余")}); chepiao.Why(err) != chepiao.TooMany {
		t.Errorf("one too many: %v", err)
	}
	must(t, m.office.ForgetPassenger(ctx, me, id))
	if _, err := m.office.SavedPassenger(ctx, me, id); chepiao.Why(err) != chepiao.NotFound {
		t.Errorf("not forgotten: %v", err)
	}
	m.end()
}

// TestOwnOrders: what is bought signed in, or added by its key, is the member's;
// what takes its place too; and nobody else's.
func TestOwnOrders(t *testing.T) {
	m := newMessenger(t)
	ctx := t.Context()
	me, other := m.member(accountPhone).Member, m.member("13900001111").Member
	held, err := m.office.Hold(ctx, m.clock(), office.Verb{ID: "one", By: "page"}, "KEY"+strings.Repeat("A", 20), office.HoldInput{
		Departure: m.departure(), From: m.stationNo("石家庄"), To: m.stationNo("保定"), Channel: chepiao.Online, Member: me,
		Passengers: []office.Rider{{Name: "张伟", Document: "resident_id", Number: m.person("张伟")}},
	})
	must(t, err)
	bought := m.buy("李娜")
	if err := m.office.LinkOrder(ctx, me, bought.Order.ID, "wrong"); chepiao.Why(err) != chepiao.NotFound {
		t.Errorf("added without its key: %v", err)
	}
	must(t, m.office.LinkOrder(ctx, me, bought.Order.ID, "KEY"+strings.Repeat("X", 30)))
	must(t, m.office.LinkOrder(ctx, other, bought.Order.ID, "KEY"+strings.Repeat("X", 30)))
	files, next, err := m.office.MemberOrders(ctx, me, 0, 1)
	if err != nil || len(files) != 1 || files[0].Order.ID != bought.Order.ID || next == 0 {
		t.Fatalf("%+v, %s, %v", files, next, err)
	}
	files, next, err = m.office.MemberOrders(ctx, me, next, 1)
	if err != nil || len(files) != 1 || files[0].Order.ID != held.Order.ID || next != 0 || files[0].Order.Key == "" {
		t.Fatalf("%+v, %s, %v", files, next, err)
	}
	if !files[0].Ahead(m.clock()) || files[0].Ahead(m.clock().Add(time.Hour)) {
		t.Error("a hold is ahead until its deadline")
	}
	if files, _, err := m.office.MemberOrders(ctx, other, 0, 9); err != nil || len(files) != 0 {
		t.Errorf("another's: %+v, %v", files, err)
	}
	for member, want := range map[chepiao.MemberID]bool{me: true, other: false, 0: false} {
		if own, err := m.office.OwnOrder(ctx, member, held.Order.ID); err != nil || own != want {
			t.Errorf("%s: %v, %v", member, own, err)
		}
	}
	must(t, m.office.EraseMember(ctx, me, "page"))
	must(t, m.office.EraseMember(ctx, me, "page"))
	if _, err := m.office.Look(ctx, bought.Order.ID); err != nil {
		t.Errorf("the order went with the account: %v", err)
	}
	if whose, err := m.office.OwnOrder(ctx, me, bought.Order.ID); err != nil || whose {
		t.Errorf("still linked: %v, %v", whose, err)
	}
	m.end()
}

// TestLookUpsAreSeen: who looked a passenger up is in the journal, and shown to who
// bought the ticket, while it could have shown that journey.
func TestLookUpsAreSeen(t *testing.T) {
	m := newMessenger(t)
	ctx := t.Context()
	me := m.member(accountPhone).Member
	clerk := office.Verb{ID: "x", By: "window 3", Who: "1001", At: chepiao.AskedAt{Window: true, Station: m.stationNo("石家庄")}}
	ask := func(name string, why chepiao.LookWhy) ([]chepiao.Ticket, error) {
		return m.office.LookUp(ctx, m.clock(), clerk, office.LookUpInput{Kind: "resident_id", Number: m.person(name), Why: why, Limit: 9})
	}
	before, err := ask("张伟", chepiao.LookPresented) // nothing bought yet: no business of the buyer's
	if err != nil || len(before) != 0 {
		t.Fatalf("%v, %v", before, err)
	}
	m.forward(time.Second)
	bought := m.buy("张伟")
	must(t, m.office.LinkOrder(ctx, me, bought.Order.ID, "KEY"+strings.Repeat("X", 30)))
	m.forward(time.Hour)
	if _, err := ask("张伟", ""); chepiao.Why(err) != chepiao.Invalid || chepiao.AsRefusal(err).Field != "why" {
		t.Errorf("without a reason: %v", err)
	}
	found, err := ask("张伟", chepiao.LookTrouble)
	if err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	_, err = ask("李娜", chepiao.LookTrouble)
	must(t, err)
	m.forward(9 * 24 * time.Hour)
	_, err = ask("张伟", chepiao.LookAsked) // long after the journey
	must(t, err)
	looks, err := m.office.MemberLooks(ctx, me)
	if err != nil || len(looks) != 1 {
		t.Fatalf("%+v, %v", looks, err)
	}
	if l := looks[0]; l.Why != chepiao.LookTrouble || l.Staff != "1001" || l.By != "window 3" || l.Station != "石家庄" || l.Found != 1 || l.Who.Name.String() != "张*" {
		t.Errorf("%+v", l)
	}
	data, err := m.office.Data(ctx, me)
	if err != nil || len(data.Orders) != 1 || len(data.Looks) != 1 || data.Phone.Reveal() != accountPhone || len(data.Sessions) != 1 || len(data.Messages) == 0 {
		t.Errorf("%+v, %v", data, err)
	}
	n := 0
	must(t, m.store.Read(ctx, func(r *store.Reader) error {
		entries, err := r.Journal("T1", 1, 0, 1000)
		for _, e := range entries {
			if e.Kind == chepiao.PersonWasLookedUp {
				n++
				if !bytes.Contains(e.Body, []byte(`"who":"1001"`)) || bytes.Contains(e.Body, []byte(m.person("张伟"))) {
					t.Errorf("%s", e.Body)
				}
			}
		}
		return err
	}))
	if n != 4 {
		t.Errorf("%d look-ups in the journal", n)
	}
	m.end()
}

// withNames reopens the node with a practice register.
func (m *messenger) withNames() *register.Register {
	m.t.Helper()
	key := []byte("a key of hub and register, 32 b.")
	reg, err := register.New(register.Options{Now: m.clock, Key: key})
	must(m.t, err)
	server := httptest.NewServer(reg)
	m.t.Cleanup(server.Close)
	names, err := realname.NewClient(realname.Config{URL: server.URL, Key: key, Rand: crand.Reader, Timeout: 300 * time.Millisecond})
	must(m.t, err)
	m.office, err = office.New(context.Background(), office.Config{Store: m.store, NodeKey: bytes.Repeat([]byte{7}, 32), Ring: m.ring, Rand: crand.Reader, Names: names})
	must(m.t, err)
	return reg
}
