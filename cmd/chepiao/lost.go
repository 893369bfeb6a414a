package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"chepiao"
	"chepiao/store"
)

// losses are what an export of the journal knows of the entries that a restored
// database lacks.
type losses struct {
	after   int64 // the restored lane's last entry
	hash    []byte
	fits    bool
	entries int64
	tickets map[chepiao.TicketID]chepiao.Ticket
	pays    map[chepiao.PaymentID]chepiao.Payment
	backs   map[chepiao.PaybackID]chepiao.Payback
}

// tellLost lists from an export what was lost with a lane: tickets as they stood
// last, and money. People stand there as tokens only.
func tellLost(ctx context.Context, out io.Writer, path string, heads []store.Head, lane store.RestoredLane) error {
	lost := losses{after: lane.Seq, tickets: map[chepiao.TicketID]chepiao.Ticket{}, pays: map[chepiao.PaymentID]chepiao.Payment{}, backs: map[chepiao.PaybackID]chepiao.Payback{}}
	for _, h := range heads {
		if h.Lane == lane.Lane {
			lost.hash = h.Hash
		}
	}
	bar := newBar(os.Stderr)
	_, faults, err := followExport(ctx, path, bar, func(l *lineage, e chepiao.Entry) string {
		if e.Lane != lane.Lane {
			return ""
		}
		return lost.hear(l, e)
	})
	bar.end()
	if err != nil {
		return err
	}
	for _, f := range faults {
		fmt.Fprintln(out, f)
	}
	if len(faults) > 0 {
		return fmt.Errorf("%s is not an unbroken journal: it is no evidence of what was lost", path)
	}
	if !lost.fits {
		return fmt.Errorf("%s does not continue the restored lane %d: it lacks entry %d as it stands here", path, lane.Lane, lane.Seq)
	}
	lost.tell(out)
	return nil
}

func (l *losses) hear(lane *lineage, e chepiao.Entry) string {
	if e.Seq == l.after {
		l.fits = bytes.Equal(e.Hash, l.hash)
	}
	if e.Seq == 1 && l.after == 0 || lane.After == l.after && e.Seq == l.after+1 && bytes.Equal(lane.AfterHash, l.hash) {
		l.fits = true
	}
	if e.Seq <= l.after {
		return ""
	}
	l.entries++
	var event chepiao.Event
	if err := json.Unmarshal(e.Body, &event); err != nil {
		return "its body cannot be read"
	}
	for _, t := range event.Tickets {
		if t.Version >= l.tickets[t.ID].Version {
			l.tickets[t.ID] = t
		}
	}
	if p := event.Payment; p != nil && p.Version >= l.pays[p.ID].Version {
		l.pays[p.ID] = *p
	}
	if p := event.Payback; p != nil && p.Version >= l.backs[p.ID].Version {
		l.backs[p.ID] = *p
	}
	return ""
}

func (l *losses) tell(out io.Writer) {
	fmt.Fprintf(out, "The export has %d of the lost entries. As they left things:\n", l.entries)
	for _, id := range slices.Sorted(maps.Keys(l.tickets)) {
		t := l.tickets[id]
		fmt.Fprintf(out, "  %s of %s: departure %s, seat %d, %s, %s\n", id, t.Order, t.Departure, t.Seat, t.State, t.Price.Yuan())
	}
	in, back := chepiao.Money(0), chepiao.Money(0)
	for _, id := range slices.Sorted(maps.Keys(l.pays)) {
		p := l.pays[id]
		fmt.Fprintf(out, "  %s for %s: %s by %s, %s\n", id, p.Order, p.Amount.Yuan(), p.Channel, p.State)
		if p.State == chepiao.PaymentPaid {
			in += p.Amount
		}
	}
	for _, id := range slices.Sorted(maps.Keys(l.backs)) {
		p := l.backs[id]
		fmt.Fprintf(out, "  %s back for %s: %s by %s, %s\n", id, p.Order, p.Amount.Yuan(), p.Channel, p.State)
		back += p.Amount
	}
	fmt.Fprintf(out, "  %d tickets; paid %s, given back %s\n", len(l.tickets), in.Yuan(), back.Yuan())
}
