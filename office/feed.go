package office

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"chepiao"
	"chepiao/store"
)

// Errors of taking in a peer's parcels.
var (
	// ErrGap says that parcels are missing: ask again from where Received is.
	ErrGap = errors.New("parcels are missing before this one")
	// ErrBroken says that a parcel does not follow from the one before it, or that
	// its entry was changed: the feed must stop until a person has looked at it.
	ErrBroken = errors.New("a parcel does not follow from the ones before it")
)

// feedMost bounds the parcels that are read or taken in at once.
const feedMost = 500

// Stations says which stations have a node of their own; nil: none has.
func (o *Office) Stations() map[chepiao.StationNo]chepiao.NodeNo {
	if p := o.stations.Load(); p != nil {
		return *p
	}
	return nil
}

// SetStations names the stations that have a node of their own: tickets that board
// there go to it, and so do seats. The map is not changed afterwards.
func (o *Office) SetStations(nodes map[chepiao.StationNo]chepiao.NodeNo) { o.stations.Store(&nodes) }

// No is the node's number in its province.
func (o *Office) No() chepiao.NodeNo { return o.store.No() }

// Feed reads the parcels to a peer after the last ones it has heard of each lane,
// at most limit, with the records of the people whom they tell of: these may only
// travel encrypted. more says that there are others.
func (o *Office) Feed(ctx context.Context, peer chepiao.NodeNo, after map[int64]int64, limit int) (parcels []chepiao.Parcel, more bool, err error) {
	limit = min(max(limit, 1), feedMost)
	err = o.store.Read(ctx, func(r *store.Reader) error {
		parcels, err = r.Feed(o.store.Node(), o.No(), peer, after, limit+1)
		if more = len(parcels) > limit; more {
			parcels = parcels[:limit]
		}
		for i := range parcels {
			if err == nil {
				parcels[i].Run, err = o.runState(parcels[i])
			}
			if err == nil && bringsPeople[parcels[i].Kind] {
				parcels[i].People, err = o.carry(r, parcels[i])
			}
		}
		return err
	})
	return parcels, more, err
}

// bringsPeople are the events with which a peer first hears of tickets, or of who
// travels on them.
var bringsPeople = map[chepiao.EventKind]bool{
	chepiao.OrderWasHeld: true, chepiao.OrderWasIssued: true, chepiao.OrderWasGiven: true, chepiao.TicketWasRebooked: true,
	chepiao.TicketWasCorrected: true, chepiao.WaitWasServed: true,
}

func (o *Office) carry(r *store.Reader, p chepiao.Parcel) (people []chepiao.Carried, err error) {
	e, err := eventOf(p)
	if err != nil {
		return nil, err
	}
	for _, t := range e.Tickets {
		sealed, ok, err := r.Person(t.ID)
		if err != nil {
			return nil, err
		}
		if !ok { // destroyed meanwhile
			continue
		}
		stored, err := r.Ticket(t.ID) // a correction may have come since: another person
		if err != nil {
			return nil, err
		}
		if stored.Person != t.Person {
			continue
		}
		c, err := o.secret.carry(t.ID, sealed, t.Person)
		if err != nil {
			continue // its key is destroyed
		}
		people = append(people, c)
	}
	return people, nil
}

func eventOf(p chepiao.Parcel) (e chepiao.Event, err error) {
	if err = json.Unmarshal(p.Body, &e); err != nil {
		return e, fmt.Errorf("parcel %d of lane %d cannot be read: %w", p.N, p.Lane, err)
	}
	return e, nil
}

// FeedHeads are the numbers of the last parcels of each lane to a peer.
func (o *Office) FeedHeads(ctx context.Context, peer chepiao.NodeNo) (heads map[int64]int64, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		heads, err = r.FeedHeads(o.store.Node(), o.No(), peer)
		return err
	})
	return heads, err
}

// Received says how far each lane of a peer was taken in.
func (o *Office) Received(ctx context.Context, from chepiao.NodeNo) (map[int64]int64, error) {
	marks, err := o.heard(ctx, from)
	received := make(map[int64]int64, len(marks))
	for lane, m := range marks {
		received[lane] = m.N
	}
	return received, err
}

// Marks are how far each lane of a peer was taken in, with the links of the last
// parcels, of one moment.
func (o *Office) Marks(ctx context.Context, from chepiao.NodeNo) (received map[int64]int64, links map[int64][]byte, err error) {
	marks, err := o.heard(ctx, from)
	received, links = make(map[int64]int64, len(marks)), make(map[int64][]byte, len(marks))
	for lane, m := range marks {
		received[lane], links[lane] = m.N, m.Link
	}
	return received, links, err
}

// Lost finds the lanes of this node of which a peer has heard what is not here: more
// than there is, or something else, by the link of the last one. Without links, which
// an older program does not tell, numbers decide.
func (o *Office) Lost(ctx context.Context, peer chepiao.NodeNo, heard map[int64]int64, links map[int64][]byte) (lost []chepiao.Conflict, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		heads, err := r.FeedHeads(o.store.Node(), o.No(), peer)
		if err != nil {
			return err
		}
		for _, lane := range slices.Sorted(maps.Keys(heard)) {
			link, err := r.FeedLink(peer, lane, heard[lane])
			if err != nil {
				return err
			}
			if heard[lane] > heads[lane] || links[lane] != nil && !bytes.Equal(link, links[lane]) {
				lost = append(lost, chepiao.Conflict{Kind: chepiao.ConflictLost, Node: o.No(), Lane: lane, N: heads[lane], Heard: heard[lane]})
			}
		}
		return nil
	})
	return lost, err
}

func (o *Office) heard(ctx context.Context, from chepiao.NodeNo) (marks map[int64]store.FeedMark, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		marks, err = r.Heard(from)
		return err
	})
	return marks, err
}

// fedAnyway is how long WaitFeed waits where another process may have written
// what this one is not told of.
const fedAnyway = time.Second

// WaitFeed returns when there may be something new for peers, after a second in any
// case, or when ctx ends.
func (o *Office) WaitFeed(ctx context.Context, fed <-chan struct{}) {
	late := time.NewTimer(fedAnyway)
	defer late.Stop()
	select {
	case <-fed:
	case <-late.C:
	case <-ctx.Done():
	}
}

// Fed is closed when something new is there for a peer. Ask for it before Feed, so
// that nothing slips in between.
func (o *Office) Fed() <-chan struct{} { return o.store.Fed() }
