package relay_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"chepiao"
	"chepiao/office"
	"chepiao/store"
)

// unread is how many entries a node keeps that it cannot read.
func unread(t *testing.T, o *office.Office) (n int64) {
	t.Helper()
	kept, err := o.Unread(context.Background())
	must(t, err)
	for _, one := range kept {
		n += one
	}
	return n
}

// TestOlderStation: the hub is upgraded first. What the station's program does not know
// it keeps, says so on both sides, takes in everything after it, and carries it out,
// once, when it is upgraded.
func TestOlderStation(t *testing.T) {
	p, ctx := newProvince(t), context.Background()
	p.speaks = 1
	s := p.station(0)
	p.speaks = 0
	must(t, s.Greet(ctx))
	p.give(s, 3)
	s.level(t)
	there, err := p.sell(s.office, 1)
	must(t, err)
	_, err = p.sell(p.hubAt, 1)
	must(t, err)
	s.level(t) // the hub finds a conflict and tells the station, which does not know the word
	if n := unread(t, s.office); n != 1 || len(standing(t, s.office)) != 0 {
		t.Fatalf("the older station keeps %d entries and has %+v", n, standing(t, s.office))
	}
	list := standing(t, p.hubAt)
	must(t, s.Greet(ctx))
	if nodes, err := p.hub.Nodes(ctx); err != nil || nodes[0].Unread != 1 || nodes[0].Speaks != 1 || s.State().Unread != 1 || s.State().Speaks != chepiao.Speaks {
		t.Errorf("nobody says that the station must be upgraded: %+v, %v, %+v", nodes, err, s.State())
	}
	must(t, p.hubAt.GiveOrder(ctx, office.Verb{ID: "give", By: "t"}, ordersOf(t, p), s.self.No)) // what it knows goes on
	s.level(t)
	if ticket, err := s.office.Ticket(ctx, there.Tickets[0].ID); err != nil || ticket.State != chepiao.TicketValid {
		t.Errorf("%+v, %v", ticket, err)
	}
	must(t, s.store.Close())
	p.reopen(s, p.file) // upgraded
	must(t, s.Greet(ctx))
	if at := standing(t, s.office); unread(t, s.office) != 0 || len(at) != 1 || at[0].ID != list[0].ID {
		t.Errorf("after the upgrade %d entries are unread, and its desk has %+v", unread(t, s.office), at)
	}
	must(t, s.Greet(ctx))
	s.level(t)
	if nodes, err := p.hub.Nodes(ctx); err != nil || nodes[0].Unread != 0 || nodes[0].Speaks != chepiao.Speaks || s.State().Unread != 0 {
		t.Errorf("the hub still says that the station must be upgraded: %+v, %v", nodes, err)
	}
	p.agree(s)
}

// ordersOf is an order that the hub owns.
func ordersOf(t *testing.T, p *province) (id chepiao.OrderID) {
	t.Helper()
	must(t, p.hubStore.Read(context.Background(), func(r *store.Reader) error {
		list, err := r.OwnedBy(chepiao.Hub, 0, 1)
		if err == nil {
			id = list[0].ID
		}
		return err
	}))
	return id
}

// TestOlderHub: a station is upgraded first, and says something with a member, and
// something of a kind, that the hub's program does not know. What it knows of both is
// done at once, the rest when it is upgraded; nothing is done twice.
func TestOlderHub(t *testing.T) {
	p, ctx := newProvince(t), context.Background()
	s := p.station(0)
	must(t, s.Greet(ctx))
	p.give(s, 3)
	s.level(t)
	sold, err := p.sell(s.office, 1)
	must(t, err)
	received, links, err := p.hubAt.Marks(ctx, s.self.No)
	must(t, err)
	parcels, _, err := s.office.Feed(ctx, chepiao.Hub, received, 100)
	must(t, err)
	future := newer(t, parcels, links[parcels[0].Lane])
	for range 2 { // the second time everything was heard before
		if _, err := p.hubAt.Receive(ctx, s.self.No, future); err != nil {
			t.Fatal(err)
		}
	}
	ticket, err := p.hubAt.Ticket(ctx, sold.Tickets[0].ID)
	must(t, err)
	if ticket.State != chepiao.TicketValid || unread(t, p.hubAt) != 2 {
		t.Errorf("the hub has the ticket as %s and keeps %d entries", ticket.State, unread(t, p.hubAt))
	}
	read, err := p.hubAt.ReadKept(ctx)
	if err != nil || read != 0 || unread(t, p.hubAt) != 2 {
		t.Errorf("the same program reads %d of them, %v", read, err)
	}
	nodes, err := p.hub.Nodes(ctx)
	if err != nil || nodes[0].Kept != 2 {
		t.Errorf("the hub's page does not say so: %+v, %v", nodes, err)
	}
	d, err := p.hubStore.Doctor(ctx, nil)
	must(t, err)
	for _, f := range d.Findings {
		t.Errorf("doctor: %+v", f)
	}
	if _, err := p.hubAt.Receive(ctx, s.self.No, parcels[len(parcels)-1:]); err != nil { // an older number: heard before
		t.Error(err)
	}
}

// newer makes a station's parcels those of a program to come: the sale has a member, and
// one entry is of a kind, that nobody knows today; its chain holds.
func newer(t *testing.T, parcels []chepiao.Parcel, link []byte) (future []chepiao.Parcel) {
	t.Helper()
	var hash []byte
	kinds, members := 0, 0
	for i, q := range parcels {
		if i == 0 {
			hash = q.Prev
		} else {
			q.Prev = hash
		}
		switch q.Kind {
		case chepiao.OrderWasIssued:
			q.Body = bytes.Replace(q.Body, []byte(`"kind"`), []byte(`"loyalty":3,"kind"`), 1)
			members++
		case chepiao.OrderWasHeld:
			q.Body = bytes.Replace(q.Body, []byte(q.Kind), []byte("order_begun"), 1)
			q.Kind = "order_begun"
			kinds++
		}
		q.Hash = store.HashEntry(chepiao.ProfileEd25519, q.Prev, q.Entry)
		q.Link = chepiao.LinkParcel(link, q.N, q.Hash)
		link, hash = q.Link, q.Hash
		future = append(future, q)
	}
	if kinds == 0 || members == 0 {
		t.Fatalf("%d kinds and %d members are new", kinds, members)
	}
	return future
}

// TestNewerRules: a hub that was upgraded has a rule that the station's program does not
// know. The station has everything else of it at once, says what it lacks, and asks for
// the whole again when its program is started anew.
func TestNewerRules(t *testing.T) {
	p, ctx := newProvince(t), context.Background()
	s := p.station(0)
	asked := 0
	p.through(func(w http.ResponseWriter, r *http.Request, doors http.Handler) {
		if r.URL.Path != "/relay/v1/snapshot" {
			doors.ServeHTTP(w, r)
			return
		}
		asked++
		p.answer(w, r, doors, func(body []byte) []byte {
			return bytes.Replace(body, []byte(`"advance_days"`), []byte(`"moon_phase":{"full":true},"advance_days"`), 1)
		})
	})
	must(t, s.Greet(ctx))
	if rules := s.State().Rules; len(rules) != 1 || rules[0] != "moon_phase" {
		t.Errorf("the station's page says %v", rules)
	}
	if len(s.office.Timetable().Templates) == 0 {
		t.Error("the station has no timetable")
	}
	p.give(s, 2)
	s.level(t)
	_, err := p.sell(s.office, 1)
	must(t, err)
	before := asked
	s.Station = p.end(s)
	p.through(func(w http.ResponseWriter, r *http.Request, doors http.Handler) {
		if r.URL.Path == "/relay/v1/snapshot" {
			asked++
		}
		doors.ServeHTTP(w, r)
	})
	must(t, s.Greet(ctx))
	if asked != before+1 || len(s.State().Rules) != 0 {
		t.Errorf("after a start it asks %d times, and lacks %v", asked-before, s.State().Rules)
	}
}

// answer changes what the hub answers and signs it as the hub would.
func (p *province) answer(w http.ResponseWriter, r *http.Request, doors http.Handler, change func([]byte) []byte) {
	said := httptest.NewRecorder()
	doors.ServeHTTP(said, r)
	z, err := gzip.NewReader(said.Body)
	must(p.t, err)
	body, err := io.ReadAll(z)
	must(p.t, err)
	var packed bytes.Buffer
	pack := gzip.NewWriter(&packed)
	_, err = pack.Write(change(body))
	must(p.t, err)
	must(p.t, pack.Close())
	sum := sha256.Sum256(packed.Bytes())
	text := strings.Join([]string{"chepiao-relay-1-answer", r.Header.Get("Chepiao-Nonce"), strconv.Itoa(said.Code), hex.EncodeToString(sum[:])}, "\n")
	w.Header().Set("Content-Encoding", "gzip")
	w.Header().Set("Chepiao-Signature", base64.StdEncoding.EncodeToString(ed25519.Sign(p.hub.Key, []byte(text))))
	w.WriteHeader(said.Code)
	w.Write(packed.Bytes()) //nolint:errcheck // a test's
}
