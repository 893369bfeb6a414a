package office

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"chepiao"
	"chepiao/store"
)

// A node of a newer program may tell what this one does not know yet. Nothing of that is
// skipped: the rows that it names are brought up to date as far as they are known, so
// that what comes after fits, and the parcel is kept. The first thing that a newer
// program does is to read what is kept.

// readEvent reads a parcel's event; parts says that it has members that this program
// does not know.
func readEvent(p chepiao.Parcel) (e chepiao.Event, parts bool, err error) {
	d := json.NewDecoder(bytes.NewReader(p.Body))
	d.DisallowUnknownFields()
	if d.Decode(&e) == nil {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return e, false, nil
		}
	}
	e, err = eventOf(p)
	return e, true, err
}

// keepUnread keeps a parcel that this program cannot read, or not wholly. Of one whose
// kind it does not know it repeats the rows alone.
func (h *hearing) keepUnread(tx *store.Tx) (done bool, err error) {
	known := h.parcel.Kind.KnownTo(h.office.speaks)
	if h.late || known && !h.parts {
		return false, nil
	}
	if err := tx.KeepUnread(store.Unread{Peer: h.from, Parcel: h.parcel, Parts: known}); err != nil {
		return false, err
	}
	if known {
		return false, nil
	}
	return true, h.rows(tx)
}

// rows repeats the rows that an event names, and records it.
func (h *hearing) rows(tx *store.Tx) error {
	if h.event.Order == nil && len(h.event.Tickets) == 0 && h.event.Payment == nil && h.event.Payback == nil {
		return nil
	}
	if err := h.repeat(tx); err != nil {
		return err
	}
	return h.record(tx)
}

// Speaks is the version of what this program tells other nodes and reads of them.
func (o *Office) Speaks() int { return o.speaks }

// Unread is how many entries of each peer this program cannot read: it must be upgraded.
func (o *Office) Unread(ctx context.Context) (kept map[chepiao.NodeNo]int64, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		kept, err = r.CountUnread()
		return err
	})
	return kept, err
}

// ReadKept carries out what was kept while this node's program was too old to read it,
// in the order in which it came, each exactly once. What is still unknown stays; what is
// refused stays too, and is tried again with the next call. read counts them.
func (o *Office) ReadKept(ctx context.Context) (read int, err error) {
	if kept, err := o.Unread(ctx); err != nil || len(kept) == 0 {
		return 0, err
	}
	var peer chepiao.NodeNo
	var lane, n int64
	for {
		var page []store.Unread
		err = o.store.Read(ctx, func(r *store.Reader) error {
			page, err = r.UnreadParcels(peer, lane, n, feedMost)
			return err
		})
		if err != nil {
			return read, err
		}
		for _, u := range page {
			peer, lane, n = u.Peer, u.Parcel.Lane, u.Parcel.N
			done, err := o.readOne(ctx, u)
			if err != nil {
				return read, fmt.Errorf("reading parcel %d of lane %d, which was kept: %w", n, lane, err)
			}
			if done {
				read++
			}
		}
		if len(page) < feedMost {
			return read, nil
		}
	}
}

// readOne carries out one parcel that was kept, if this program can read it.
func (o *Office) readOne(ctx context.Context, u store.Unread) (done bool, err error) {
	e, parts, err := readEvent(u.Parcel)
	if err != nil || parts || !u.Parcel.Kind.KnownTo(o.speaks) {
		return false, err
	}
	h := hearing{office: o, from: u.Peer, parcel: u.Parcel, event: e, late: true}
	err = o.store.Write(ctx, func(tx *store.Tx) error {
		tx.Repeat()
		tx.DropUnread(u)
		if u.Parts { // it was carried out when it came, as far as it was known
			return h.rows(tx)
		}
		return h.do(tx)
	})
	if chepiao.AsRefusal(err) != nil {
		return false, nil
	}
	return err == nil, err
}
