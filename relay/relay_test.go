package relay_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/relay"
	"chepiao/store"
)

// TestEnrolment: a code is good once, for a day and for one node; the station then
// has the hub's numbers, rules and accounts.
func TestEnrolment(t *testing.T) {
	p, ctx := newProvince(t), context.Background()
	_, key, err := ed25519.GenerateKey(p.chance)
	must(t, err)
	enrol := func(code, name string) (relay.Enrolled, error) {
		return relay.Enrol(ctx, p.server.Client(), p.server.URL, code, name, key, p.now, p.chance)
	}
	refused := func(err error, field string) {
		t.Helper()
		r := chepiao.AsRefusal(err)
		if r == nil || r.ZH == "" || r.EN == "" {
			t.Fatalf("it is not refused in words: %v", err)
		}
		_ = field
	}
	_, err = p.hub.Invite(ctx, office.Verb{By: "test"}, "NOWHERE")
	refused(err, "station")
	old, err := p.hub.Invite(ctx, office.Verb{By: "test"}, boards)
	must(t, err)
	code, err := p.hub.Invite(ctx, office.Verb{By: "test"}, boards)
	must(t, err)
	for _, bad := range []string{"", "AAAA-AAAA-AAAA-AAAA", old} {
		_, err = enrol(bad, "")
		refused(err, "code")
	}
	_, err = enrol(code, "HUB") // the hub's own
	refused(err, "name")
	_, err = enrol(code, "small")
	refused(err, "name")
	got, err := enrol(strings.ToLower(strings.ReplaceAll(code, "-", " ")), "SJZ")
	must(t, err)
	if got.No != 2 || got.Name != "SJZ" || got.Hub != "HUB" || string(got.Secret) != string(provinceKey) {
		t.Errorf("the station is %+v", got)
	}
	_, err = enrol(code, "OTHER")
	refused(err, "code")
	_, err = p.hub.Invite(ctx, office.Verb{By: "test"}, boards) // it has a node
	refused(err, "station")

	p.hubStore.Read(ctx, func(r *store.Reader) error { //nolint:errcheck // shown by the next lines
		nodes, err := r.Nodes()
		if err != nil || len(nodes) != 1 || len(nodes[0].Code) != 0 || nodes[0].State != store.NodeEnrolled {
			t.Errorf("the hub keeps %+v, %v", nodes, err)
		}
		return nil
	})
	late, err := p.hub.Invite(ctx, office.Verb{By: "test"}, "130606BD")
	must(t, err)
	p.ticks.Add(25 * int64(time.Hour/time.Microsecond))
	_, err = enrol(late, "")
	refused(err, "code")
}

// TestSnapshot: the station has the hub's numbers and editions of the rules, again
// after they have changed, and nothing is sent twice.
func TestSnapshot(t *testing.T) {
	p, ctx := newProvince(t), context.Background()
	s := p.station(0)
	if n := len(s.office.Timetable().Templates); n != 0 {
		t.Fatalf("a station that has heard nothing has %d templates", n)
	}
	asked := 0
	p.through(func(w http.ResponseWriter, r *http.Request, doors http.Handler) {
		if r.URL.Path == "/relay/v1/snapshot" {
			asked++
		}
		doors.ServeHTTP(w, r)
	})
	must(t, s.Greet(ctx))
	must(t, s.Greet(ctx))
	same := func() {
		t.Helper()
		at, _ := p.hubAt.Timetable().StationByCode(boards, "")
		_, one, err := p.hubAt.Snapshot(ctx, at.No)
		must(t, err)
		_, two, err := s.office.Snapshot(ctx, at.No)
		must(t, err)
		if one != two {
			t.Errorf("the station's network and rules are not the hub's")
		}
	}
	same()
	_, err := p.hubAt.SetSheet(ctx, office.Verb{ID: "rules", By: "test"}, office.SheetInput{Scope: chepiao.Scope{Layer: chepiao.National}, Reason: "more days", Values: []byte(`{"advance_days":9}`)})
	must(t, err)
	must(t, s.Greet(ctx))
	same()
	if asked != 2 {
		t.Errorf("the snapshot was asked for %d times, want 2", asked)
	}
	again := p.end(s)
	must(t, again.Greet(ctx))
	if asked != 2 {
		t.Error("a station that was started anew asks for what it has")
	}
}

// TestCutOff: a station sells what it holds while the network is cut, the hub sells
// the rest, and both tell the same story afterwards.
func TestCutOff(t *testing.T) {
	p, ctx := newProvince(t), context.Background()
	s := p.station(0)
	must(t, s.Greet(ctx))
	if _, err := p.sell(s.office, 1); err == nil {
		t.Fatal("a station sells seats that nobody has given it")
	}
	p.give(s, 3)
	s.level(t)
	s.Cut(true)
	if err := s.Greet(ctx); !errors.Is(err, relay.ErrUnreached) || s.State().Online {
		t.Fatalf("the network is cut: %v, %+v", err, s.State())
	}
	seats := map[int]string{}
	for person := 1; person <= 5; person++ {
		a, err := p.sell(s.office, person)
		if person > 3 {
			if chepiao.AsRefusal(err) == nil {
				t.Fatalf("seat %d of 3 is sold: %v", person, err)
			}
			continue
		}
		must(t, err)
		seats[a.Tickets[0].Seat] = "station"
	}
	for person := 10; person < 15; person++ {
		a, err := p.sell(p.hubAt, person)
		must(t, err)
		if seats[a.Tickets[0].Seat] != "" {
			t.Errorf("seat %d is sold twice", a.Tickets[0].Seat)
		}
		seats[a.Tickets[0].Seat] = "hub"
	}
	s.Cut(false)
	s.level(t)
	if !s.State().Online || s.State().Stopped != "" {
		t.Errorf("after the cut: %+v", s.State())
	}
	nodes, err := p.hub.Nodes(ctx)
	must(t, err)
	if len(nodes) != 1 || nodes[0].In != 0 || nodes[0].Out != 0 || nodes[0].Name != s.self.Name {
		t.Errorf("the hub sees %+v", nodes)
	}
	run, _ := p.run(p.hubAt)
	sold := 0
	must(t, p.hubStore.Read(ctx, func(r *store.Reader) error {
		list, err := r.Manifest(run.ID, 0, 100)
		sold = len(list)
		return err
	}))
	if sold != 8 {
		t.Errorf("the hub knows %d tickets, want 8", sold)
	}
	p.agree(s)
}

// TestVouchersOfBoth: each node trusts what the other signs, until it is revoked.
func TestVouchersOfBoth(t *testing.T) {
	p, ctx := newProvince(t), context.Background()
	s := p.station(0)
	must(t, s.Greet(ctx))
	p.give(s, 2)
	s.level(t)
	a, err := p.sell(s.office, 1)
	must(t, err)
	code, _, err := s.office.Voucher(ctx, a.Tickets[0].ID)
	must(t, err)
	b, err := p.sell(p.hubAt, 2)
	must(t, err)
	other, _, err := p.hubAt.Voucher(ctx, b.Tickets[0].ID)
	must(t, err)
	if v := p.hubAt.Ring().Keys().Verify(code, begin); v.Refusal != nil {
		t.Errorf("the hub does not know the station's voucher: %v", v.Refusal)
	}
	if v := s.office.Ring().Keys().Verify(other, begin); v.Refusal != nil {
		t.Errorf("the station does not know the hub's voucher: %v", v.Refusal)
	}
	if own, others := len(s.office.Ring().Public()), p.hubAt.Ring().Trusted(); len(others) != own || others[0].Issuer != s.self.Name || !others[0].Revoked.IsZero() {
		t.Errorf("the hub publishes %v of its station", others)
	}
	if others := s.office.Ring().Trusted(); len(others) != 1 || others[0].Issuer == s.self.Name {
		t.Errorf("the station publishes %v of the others", others)
	}
	must(t, p.hub.Revoke(ctx, office.Verb{By: "test"}, s.self.No))
	if others := p.hubAt.Ring().Trusted(); len(others) != 1 || others[0].Revoked.IsZero() {
		t.Errorf("the hub publishes %v of a revoked node", others)
	}
	if v := p.hubAt.Ring().Keys().Verify(code, begin.Add(time.Hour)); v.Refusal == nil {
		t.Error("the voucher of a revoked node passes on its signature")
	}
	if err := s.Greet(ctx); chepiao.AsRefusal(err) == nil || !strings.Contains(err.Error(), "revoked") {
		t.Errorf("a revoked station is answered: %v", err)
	}
	if _, there := p.hubAt.Stations()[s.self.Station]; there {
		t.Error("a revoked station still gets seats")
	}
	if chepiao.AsRefusal(p.hub.Revoke(ctx, office.Verb{By: "test"}, s.self.No)) == nil || chepiao.AsRefusal(p.hub.Revoke(ctx, office.Verb{By: "test"}, 99)) == nil {
		t.Error("it is revoked twice")
	}
}

// TestClock: the offset is measured, and requests are signed in the hub's time.
func TestClock(t *testing.T) {
	p := newProvince(t)
	for _, ahead := range []time.Duration{-time.Hour, 0, 40 * time.Minute} {
		q := newProvince(t)
		s := q.station(ahead)
		must(t, s.Greet(context.Background()))
		if off := s.State().Offset + ahead; off.Abs() > 10*time.Millisecond {
			t.Errorf("a clock that is %v ahead is measured as %v behind", ahead, s.State().Offset)
		}
		if s.State().Off() != (ahead != 0) {
			t.Errorf("warned of %v: %v", ahead, s.State().Off())
		}
	}
	_ = p
}

// TestForgery: nothing is answered that no enrolled station has signed, nor anything
// twice.
func TestForgery(t *testing.T) {
	p, ctx := newProvince(t), context.Background()
	s := p.station(0)
	must(t, s.Greet(ctx))
	var kept *http.Request
	p.through(func(w http.ResponseWriter, r *http.Request, doors http.Handler) {
		if r.URL.Path == "/relay/v1/snapshot" || r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/relay/v1/feed") {
			kept = r.Clone(context.Background())
		}
		doors.ServeHTTP(w, r)
	})
	p.give(s, 1)
	must(t, s.Pull(ctx))
	ask := func(change func(*http.Request)) int {
		r := httptest.NewRequest(kept.Method, kept.RequestURI, nil)
		r.Header = kept.Header.Clone()
		change(r)
		w := httptest.NewRecorder()
		p.hub.Doors().ServeHTTP(w, r)
		return w.Code
	}
	for name, change := range map[string]func(*http.Request){
		"again":        func(*http.Request) {},
		"no node":      func(r *http.Request) { r.Header.Del("Chepiao-Node") },
		"another node": func(r *http.Request) { r.Header.Set("Chepiao-Node", "3") },
		"another time": func(r *http.Request) { r.Header.Set("Chepiao-Time", "1") },
		"new nonce":    func(r *http.Request) { r.Header.Set("Chepiao-Nonce", "NEW") },
		"no signature": func(r *http.Request) { r.Header.Del("Chepiao-Signature") },
		"another path": func(r *http.Request) { r.RequestURI, r.URL.RawQuery = "", "after=1:1" },
	} {
		if code := ask(change); code != http.StatusForbidden {
			t.Errorf("%s: status %d", name, code)
		}
	}
	p.through(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { w.Write([]byte(`{"v":1}`)) })
	if err := s.Pull(ctx); !errors.Is(err, relay.ErrUnreached) {
		t.Errorf("an answer that the hub has not signed is taken: %v", err)
	}
}

// TestAddress: the province's key never travels in the clear.
func TestAddress(t *testing.T) {
	for address, good := range map[string]bool{"https://hub.example": true, "http://127.0.0.1:8080": true, "http://localhost:1": true, "http://[::1]:8": true,
		"http://hub.example": false, "http://10.0.0.7": false, "hub.example": false, "ftp://hub.example": false, "": false} {
		if err := relay.CheckURL(address); (err == nil) != good {
			t.Errorf("%s: %v", address, err)
		}
	}
}
