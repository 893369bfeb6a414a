package relay_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chepiao"
	"chepiao/office"
	"chepiao/store"
	"chepiao/store/storetest"
)

// standing are the conflicts that a node's desk has to look at.
func standing(t *testing.T, o *office.Office) []chepiao.Conflict {
	t.Helper()
	list, err := o.Conflicts(context.Background(), false)
	must(t, err)
	return list
}

// TestBrokenChainIsACase: a feed that was changed is a conflict on both desks, told once
// however often it is tried, cannot be waved through, and closes itself when it holds
// again.
func TestBrokenChainIsACase(t *testing.T) {
	p, ctx := newProvince(t), context.Background()
	s := p.station(0)
	must(t, s.Greet(ctx))
	p.give(s, 3)
	s.level(t)
	_, err := p.sell(s.office, 1)
	must(t, err)
	p.through(p.change(s))
	for range 3 {
		must(t, s.Greet(ctx))
		if err := s.Push(ctx); !errors.Is(err, office.ErrBroken) {
			t.Fatalf("a changed parcel is brought: %v", err)
		}
	}
	list := standing(t, p.hubAt)
	if len(list) != 1 || list[0].Kind != chepiao.ConflictChain || list[0].Node != s.self.No || list[0].N == 0 || list[0].Since.IsZero() || list[0].Here != chepiao.Hub {
		t.Fatalf("the hub's desk has %+v", list)
	}
	if s.State().Stopped != "broken-out" {
		t.Errorf("the station does not say that it stands still: %+v", s.State())
	}
	err = p.hubAt.SettleConflict(ctx, office.Verb{ID: "wave", By: "desk"}, list[0].ID, "it is all right")
	if chepiao.Why(err) != chepiao.WrongState {
		t.Errorf("somebody waves a broken chain through: %v", err)
	}
	must(t, s.Pull(ctx)) // the other direction holds: the station's desk sees it, too
	if at := standing(t, s.office); len(at) != 1 || at[0].ID != list[0].ID {
		t.Errorf("the station's desk has %+v", at)
	}
	if _, err := p.sell(s.office, 2); err != nil { // and goes on selling meanwhile
		t.Error(err)
	}
	p.through(func(w http.ResponseWriter, r *http.Request, doors http.Handler) { doors.ServeHTTP(w, r) })
	s.Again()
	s.level(t)
	if s.State().Stopped != "" || len(standing(t, p.hubAt)) != 0 || len(standing(t, s.office)) != 0 {
		t.Errorf("it holds again: %+v, %+v, %+v", s.State(), standing(t, p.hubAt), standing(t, s.office))
	}
	closed, err := p.hubAt.Conflict(ctx, list[0].ID)
	if err != nil || closed.How != chepiao.EndedByItself || closed.Closed.IsZero() {
		t.Errorf("it closed as %+v, %v", closed, err)
	}
	if found, ended := p.journaled(chepiao.ConflictWasFound), p.journaled(chepiao.ConflictWasClosed); found != 1 || ended != 1 {
		t.Errorf("the hub's journal has %d conflicts found and %d closed", found, ended)
	}
	p.agree(s)
}

// change has a station bring a parcel that was changed under way by somebody who has
// the station's key.
func (p *province) change(s *place) func(http.ResponseWriter, *http.Request, http.Handler) {
	return func(w http.ResponseWriter, r *http.Request, doors http.Handler) {
		if r.Method != http.MethodPost || r.URL.Path != "/relay/v1/feed" {
			doors.ServeHTTP(w, r)
			return
		}
		z, err := gzip.NewReader(r.Body)
		must(p.t, err)
		var fed struct {
			Parcels []chepiao.Parcel `json:"parcels"`
			More    bool             `json:"more"`
		}
		must(p.t, json.NewDecoder(z).Decode(&fed))
		fed.Parcels[0].Body = bytes.Replace(fed.Parcels[0].Body, []byte(`"kind"`), []byte(`"Kind"`), 1)
		p.signed(s, r, fed)
		doors.ServeHTTP(w, r)
	}
}

// signed puts a body into a station's request and signs it as the station would.
func (p *province) signed(s *place, r *http.Request, fed any) {
	var body bytes.Buffer
	pack := gzip.NewWriter(&body)
	must(p.t, json.NewEncoder(pack).Encode(fed))
	must(p.t, pack.Close())
	sum := sha256.Sum256(body.Bytes())
	text := strings.Join([]string{"chepiao-relay-1", r.Method, r.URL.RequestURI(), r.Header.Get("Chepiao-Node"), r.Header.Get("Chepiao-Time"), r.Header.Get("Chepiao-Nonce"), hex.EncodeToString(sum[:])}, "\n")
	r.Header.Set("Chepiao-Signature", base64.StdEncoding.EncodeToString(ed25519.Sign(s.key, []byte(text))))
	r.Body, r.ContentLength = io.NopCloser(&body), int64(body.Len())
}

// journaled counts the entries of a kind in the hub's journal.
func (p *province) journaled(kind chepiao.EventKind) (n int) {
	p.t.Helper()
	must(p.t, p.hubStore.Read(context.Background(), func(r *store.Reader) error {
		heads, err := r.Heads()
		for _, h := range heads {
			entries, err := r.Journal(h.Node, h.Lane, 0, 10_000)
			if err != nil {
				return err
			}
			for _, e := range entries {
				if e.Kind == kind {
					n++
				}
			}
		}
		return err
	}))
	return n
}

// TestOldCopyIsACase: a station that was put back to an old copy has lost what the hub
// has heard. It brings nothing that would bear the lost numbers, both desks are told,
// and revoking it ends the matter.
func TestOldCopyIsACase(t *testing.T) {
	p, ctx := newProvince(t), context.Background()
	s := p.station(0)
	must(t, s.Greet(ctx))
	p.give(s, 5)
	s.level(t)
	file, old := p.file, filepath.Join(storetest.Folder(t), "old.db")
	must(t, s.store.Close())
	content, err := os.ReadFile(file)
	must(t, err)
	must(t, os.WriteFile(old, content, 0o600))
	p.reopen(s, file)
	for person := 1; person <= 2; person++ {
		_, err := p.sell(s.office, person)
		must(t, err)
	}
	s.level(t)
	must(t, s.store.Close())
	p.reopen(s, old)
	must(t, s.Greet(ctx))
	if s.State().Stopped != "lost" {
		t.Fatalf("the station does not notice that it is old: %+v", s.State())
	}
	before, err := p.hubAt.Received(ctx, s.self.No)
	must(t, err)
	for person := 3; person <= 4; person++ { // as many entries as were lost, and more
		_, err := p.sell(s.office, person)
		must(t, err)
	}
	if err := s.Push(ctx); err == nil {
		t.Error("it brings entries under numbers that the hub has heard")
	}
	must(t, s.Greet(ctx))
	after, err := p.hubAt.Received(ctx, s.self.No)
	must(t, err)
	if !maps.Equal(before, after) {
		t.Errorf("the hub has heard %v, then %v", before, after)
	}
	for name, o := range map[string]*office.Office{"hub": p.hubAt, "station": s.office} {
		if list := standing(t, o); len(list) != 1 || list[0].Kind != chepiao.ConflictLost || list[0].Node != s.self.No || list[0].Heard <= list[0].N {
			t.Errorf("the desk of the %s has %+v", name, list)
		}
	}
	must(t, p.hub.Revoke(ctx, office.Verb{ID: "revoke", By: "test"}, s.self.No))
	_, err = p.hubAt.TidyConflicts(ctx, begin)
	must(t, err)
	if list := standing(t, p.hubAt); len(list) != 0 {
		t.Errorf("it is revoked, and the hub's desk still has %+v", list)
	}
}

// TestHubPutBack: a hub that no longer has what its station has heard sends nothing
// under the same numbers; what the station brings is taken in all the same.
func TestHubPutBack(t *testing.T) {
	p, ctx := newProvince(t), context.Background()
	s := p.station(0)
	must(t, s.Greet(ctx))
	p.give(s, 3)
	s.level(t)
	must(t, s.store.Write(ctx, func(tx *store.Tx) error { // as if the hub had said more
		marks, err := tx.StaffReader().Heard(chepiao.Hub)
		for lane, m := range marks {
			tx.Hear(chepiao.Hub, lane, m, store.FeedMark{N: m.N + 2, Link: []byte("more")})
		}
		return err
	}))
	must(t, s.Greet(ctx))
	if list := standing(t, p.hubAt); len(list) != 1 || list[0].Kind != chepiao.ConflictLost || list[0].Node != chepiao.Hub {
		t.Errorf("the hub's desk has %+v", list)
	}
	if err := s.Pull(ctx); chepiao.Why(err) != chepiao.WrongState {
		t.Errorf("the hub sends on: %v", err)
	}
	_, err := p.sell(s.office, 1)
	must(t, err)
	must(t, s.Push(ctx))
	must(t, s.Greet(ctx))
	if s.State().Out != 0 {
		t.Errorf("what the station brings is not taken in: %+v", s.State())
	}
}

// TestOneDocumentTwoTickets: hub and station have each sold the same person a ticket
// while they could not hear each other. Both tickets stay good until a person decides:
// then the chosen one goes back with all of its money, here or at its owner, and the
// other is the passenger's.
func TestOneDocumentTwoTickets(t *testing.T) {
	for _, end := range []string{"station", "hub", "both"} {
		t.Run(end, func(t *testing.T) {
			p, ctx := newProvince(t), context.Background()
			s := p.station(0)
			must(t, s.Greet(ctx))
			p.give(s, 3)
			s.level(t)
			there, err := p.sell(s.office, 1)
			must(t, err)
			here, err := p.sell(p.hubAt, 1)
			must(t, err)
			_, err = p.sell(p.hubAt, 2) // somebody else is no conflict
			must(t, err)
			s.level(t)
			list := standing(t, p.hubAt)
			if len(list) != 1 || list[0].Kind != chepiao.ConflictTwice || len(list[0].Tickets) != 2 {
				t.Fatalf("the hub's desk has %+v", list)
			}
			if at := standing(t, s.office); len(at) != 1 || at[0].ID != list[0].ID {
				t.Errorf("the station's desk has %+v", at)
			}
			both := []chepiao.TicketID{here.Tickets[0].ID, there.Tickets[0].ID}
			for _, id := range both {
				if ticket, err := p.hubAt.Ticket(ctx, id); err != nil || ticket.State != chepiao.TicketValid {
					t.Errorf("a ticket ended by itself: %+v, %v", ticket, err)
				}
			}
			verb := func(id string) office.Verb { return office.Verb{ID: id, By: "desk", At: chepiao.AskedAt{Window: true}} }
			refused := func(want chepiao.Reason, err error) {
				t.Helper()
				if chepiao.Why(err) != want {
					t.Errorf("%v, want %s", err, want)
				}
			}
			_, err = p.hubAt.RefundTwice(ctx, verb("r1"), list[0].ID, both[0], " ")
			refused(chepiao.Invalid, err)
			_, err = s.office.RefundTwice(ctx, verb("r2"), list[0].ID, both[1], "sold twice")
			refused(chepiao.WrongState, err)
			refused(chepiao.NotOwner, s.office.SettleConflict(ctx, verb("s"), list[0].ID, "sold twice"))
			ended, stays := chepiao.TicketID(0), chepiao.TicketID(0)
			switch end {
			case "hub":
				ended, stays = both[0], both[1]
			case "station":
				ended, stays = both[1], both[0]
			}
			if end == "both" {
				must(t, p.hubAt.SettleConflict(ctx, verb("ok"), list[0].ID, "twins at one number"))
			} else {
				a, err := p.hubAt.RefundTwice(ctx, verb("r3"), list[0].ID, ended, "sold twice while cut off")
				must(t, err)
				if asked := a.Event.Kind == chepiao.OwnerWasAsked; asked != (end == "station") {
					t.Errorf("it was done as %s", a.Event.Kind)
				}
				if end == "station" {
					_, err = p.hubAt.RefundTwice(ctx, verb("r4"), list[0].ID, ended, "again")
					refused(chepiao.WrongState, err)
				}
			}
			s.level(t)
			_, err = p.hubAt.TidyConflicts(ctx, begin)
			must(t, err)
			s.level(t)
			if one, two := standing(t, p.hubAt), standing(t, s.office); len(one)+len(two) != 0 {
				t.Errorf("still standing: %+v, %+v", one, two)
			}
			if end != "both" {
				for _, o := range []*office.Office{p.hubAt, s.office} {
					if ticket, err := o.Ticket(ctx, ended); err == nil && (ticket.State != chepiao.TicketRefunded || ticket.Refund != ticket.Price || ticket.Fee != 0) {
						t.Errorf("the ticket that goes back is %+v", ticket)
					}
				}
				if ticket, err := p.hubAt.Ticket(ctx, stays); err != nil || ticket.State != chepiao.TicketValid {
					t.Errorf("the other ticket is %+v, %v", ticket, err)
				}
				again := p.again
				p.again = "x"
				if _, err := p.sell(p.hubAt, 1); chepiao.Why(err) != chepiao.DuplicateRider {
					t.Errorf("the same person is sold another one: %v", err)
				}
				p.again = again
			}
			p.agree(s)
		})
	}
}
