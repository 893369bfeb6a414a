package relay_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"chepiao/office"
	"chepiao/relay"
)

// TestBadNetwork: requests and answers that are lost, come twice or are cut in the
// middle change nothing in the end: everything is taken in once.
func TestBadNetwork(t *testing.T) {
	p, ctx := newProvince(t), context.Background()
	s := p.station(0)
	must(t, s.Greet(ctx))
	p.give(s, 4)
	s.level(t)
	for person := 1; person <= 4; person++ {
		_, err := p.sell(s.office, person)
		must(t, err)
	}
	turn := 0
	p.through(func(w http.ResponseWriter, r *http.Request, doors http.Handler) {
		turn++
		body, err := io.ReadAll(r.Body)
		must(t, err)
		again := func() *http.Request {
			c := r.Clone(r.Context())
			c.Body = io.NopCloser(bytes.NewReader(body))
			return c
		}
		switch turn % 4 {
		case 0: // lost on the way there
			panic(http.ErrAbortHandler)
		case 1: // lost on the way back
			doors.ServeHTTP(discard{http.Header{}}, again())
			panic(http.ErrAbortHandler)
		case 2: // cut in the middle
			w.Header().Set("Content-Length", "100000")
			w.Write([]byte("{")) //nolint:errcheck // it is cut
			panic(http.ErrAbortHandler)
		}
		doors.ServeHTTP(w, again())
	})
	for range 60 {
		for _, step := range []func(context.Context) error{s.Greet, s.Push} {
			if err := step(ctx); err != nil && !errors.Is(err, relay.ErrUnreached) {
				t.Fatalf("a bad network is taken for something else: %v", err)
			}
		}
		if s.State().Out == 0 {
			break
		}
	}
	p.through(func(w http.ResponseWriter, r *http.Request, doors http.Handler) { doors.ServeHTTP(w, r) })
	s.level(t)
	p.agree(s)
}

// TestGapAndBreak: a gap is asked for again; a changed parcel stops the feed.
func TestGapAndBreak(t *testing.T) {
	p, ctx := newProvince(t), context.Background()
	s := p.station(0)
	must(t, s.Greet(ctx))
	p.give(s, 3)
	_, err := p.sell(p.hubAt, 1)
	must(t, err)
	parcels, _, err := p.hubAt.Feed(ctx, s.self.No, nil, 10)
	must(t, err)
	if len(parcels) < 1 {
		t.Fatal("the hub has nothing for its station")
	}
	late := parcels[0]
	late.N += 5
	if _, err := s.office.Receive(ctx, 1, append(parcels[:0:0], late)); !errors.Is(err, office.ErrGap) {
		t.Errorf("a gap is taken in: %v", err)
	}
	changed := parcels[0]
	changed.Body = []byte(strings.Replace(string(changed.Body), `"seats":[`, `"seats":[1,`, 1))
	if _, err := s.office.Receive(ctx, 1, append(parcels[:0:0], changed)); !errors.Is(err, office.ErrBroken) {
		t.Errorf("a changed parcel is taken in: %v", err)
	}
	s.level(t)
	p.agree(s)
}

// discard is an answer that nobody gets.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}
