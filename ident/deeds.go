package ident

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"chepiao"
	"chepiao/store"
)

// Deed is one entry of the journal that somebody made.
type Deed struct {
	At     time.Time
	Kind   chepiao.EventKind
	By     string // device
	Where  chepiao.StationNo
	What   string // the aggregate: "order OD…", "departure …"
	Reason string
}

// Limits of looking somebody's deeds up: the journal has no index by person, so its
// latest entries are read.
const (
	DeedsMax   = 200
	deedsRead  = 20_000 // entries of each lane
	deedsChunk = 2_000
)

// Deeds are the latest entries that somebody made, the latest first, among the
// latest of each lane.
func (a *Accounts) Deeds(ctx context.Context, no chepiao.StaffNo) (deeds []Deed, err error) {
	node := a.store.Node()
	err = a.store.Read(ctx, func(r *store.Reader) error {
		lanes, err := r.Lanes(node)
		for _, lane := range lanes {
			if err == nil {
				err = deedsOf(r, node, lane, no, &deeds)
			}
		}
		return err
	})
	slices.SortStableFunc(deeds, func(x, y Deed) int { return y.At.Compare(x.At) })
	return deeds[:min(len(deeds), DeedsMax)], err
}

// deedsOf reads a lane from its end, until there are enough.
func deedsOf(r *store.Reader, node string, lane int64, no chepiao.StaffNo, deeds *[]Deed) error {
	head, err := r.JournalHead(node, lane)
	found := 0
	for end := head; err == nil && end > max(0, head-deedsRead) && found < DeedsMax; end -= deedsChunk {
		var entries []chepiao.Entry
		entries, err = r.Journal(node, lane, max(0, end-deedsChunk), int(min(end, deedsChunk)))
		for _, e := range slices.Backward(entries) {
			var who struct {
				By     string            `json:"by"`
				Who    chepiao.StaffNo   `json:"who"`
				Where  chepiao.StationNo `json:"where"`
				Reason string            `json:"reason"`
			}
			if json.Unmarshal(e.Body, &who) != nil || who.Who != no {
				continue
			}
			*deeds = append(*deeds, Deed{At: e.At, Kind: e.Kind, By: who.By, Where: who.Where, What: e.Aggregate, Reason: who.Reason})
			found++
		}
	}
	return err
}
