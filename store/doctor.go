package store

import (
	"bytes"
	"context"
	"fmt"

	"chepiao"
)

// Diagnosis is what Doctor found: how much it looked at, and every difference.
type Diagnosis struct {
	Entries    int64     `json:"entries"`
	Departures int64     `json:"departures"`
	Orders     int64     `json:"orders"`
	Tickets    int64     `json:"tickets"`
	Findings   []Finding `json:"findings"` // at most findingsMax
}

// Finding is one difference between what is stored and what follows from the
// rest of what is stored.
type Finding struct {
	Where string `json:"where"` // "departure 12-20261122", "order OD…", "journal entry 7"
	What  string `json:"what"`
}

func (f Finding) String() string { return f.Where + ": " + f.What }

// Summary is the diagnosis in one line.
func (d Diagnosis) Summary() string {
	state := "all of it agrees"
	if n := len(d.Findings); n > 0 {
		state = fmt.Sprintf("%d differences", n)
	}
	return fmt.Sprintf("%d journal entries, %d departures, %d orders, %d tickets: %s", d.Entries, d.Departures, d.Orders, d.Tickets, state)
}

// findingsMax bounds a diagnosis: a broken store need not be listed whole.
const findingsMax = 1000

func (d *Diagnosis) find(where, format string, args ...any) {
	if len(d.Findings) < findingsMax {
		d.Findings = append(d.Findings, Finding{where, fmt.Sprintf(format, args...)})
	}
}

// Doctor recomputes seats from tickets, sums and states of orders from their
// tickets and payments, and the hashes of the journal, and lists where they
// differ from what is stored. It reads one committed state and changes nothing.
// progress may be nil.
func (s *Store) Doctor(ctx context.Context, progress func(stage string, done, total int64)) (Diagnosis, error) {
	if progress == nil {
		progress = func(string, int64, int64) {}
	}
	var d Diagnosis
	err := s.Read(ctx, func(r *Reader) error {
		x := &examination{Diagnosis: &d, c: r.c, progress: progress, node: s.opt.Node}
		for _, look := range []func() error{x.journal, x.seats, x.orders, x.verbs, x.people} {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := look(); err != nil {
				return fmt.Errorf("examining the store: %w", err)
			}
		}
		return nil
	})
	return d, err
}

// examination is one run of Doctor.
type examination struct {
	*Diagnosis
	c        *conn
	progress func(stage string, done, total int64)
	node     string
}

func (x *examination) count(sql string, args ...any) (n int64, err error) {
	err = x.c.query(sql, args, func(r rowOf) error { n = r.int(0); return nil })
	return n, err
}

// journal follows each lane of the node from its first entry to its head.
func (x *examination) journal() error {
	var lanes []lane
	err := x.c.query("SELECT id, profile, seq, hash FROM lane WHERE node = $1 ORDER BY id", []any{x.node}, func(r rowOf) error {
		lanes = append(lanes, lane{id: r.int(0), profile: chepiao.CryptoProfile(r.text(1)), seq: r.int(2), hash: r.bytes(3)})
		return nil
	})
	if err != nil {
		return err
	}
	for _, l := range lanes {
		seq, hash := int64(0), []byte{}
		err := x.c.query("SELECT seq, at, kind, aggregate, version, body, hash FROM journal WHERE node = $1 AND lane = $2 ORDER BY seq", []any{x.node, l.id}, func(r rowOf) error {
			e := chepiao.Entry{Node: x.node, Lane: l.id, Seq: r.int(0), At: fromMicros(r.int(1)), Kind: chepiao.EventKind(r.text(2)), Aggregate: r.text(3), Version: r.int(4), Body: r.bytes(5), Hash: r.bytes(6)}
			where := fmt.Sprintf("journal entry %d of lane %d", e.Seq, l.id)
			if seq++; e.Seq != seq {
				x.find(where, "follows entry %d: something is missing", seq-1)
				seq = e.Seq
			}
			if hash = HashEntry(l.profile, hash, e); !bytes.Equal(hash, e.Hash) {
				x.find(where, "its hash does not fit its content and the entry before it")
				hash = e.Hash
			}
			x.Entries++
			x.progress("journal", seq, l.seq)
			return nil
		})
		if err != nil {
			return err
		}
		if seq != l.seq || !bytes.Equal(hash, l.hash) {
			x.find(fmt.Sprintf("lane %d", l.id), "its head is entry %d, the journal ends with %d", l.seq, seq)
		}
	}
	return nil
}

// seats sells every live ticket again on an empty coach.
func (x *examination) seats() error {
	total, err := x.count("SELECT COUNT(*) FROM departure")
	if err != nil {
		return err
	}
	return x.c.query("SELECT id, seats, children FROM departure ORDER BY id", nil, func(r rowOf) error {
		x.Departures++
		x.progress("departures", x.Departures, total)
		id := chepiao.DepartureID(r.int(0))
		var stored chepiao.SeatMap
		if err := stored.UnmarshalBinary(r.bytes(1)); err != nil {
			x.find("departure "+id.String(), "%v", err)
			return nil
		}
		return x.resell(id, &stored, int(r.int(2)))
	})
}

func (x *examination) resell(id chepiao.DepartureID, stored *chepiao.SeatMap, children int) error {
	where := "departure " + id.String()
	again := stored.Empty()
	carried := 0
	riders := map[chepiao.PersonToken]chepiao.TicketID{}
	err := x.c.query("SELECT "+ticketColumns+" FROM ticket WHERE departure = $1 ORDER BY id", []any{int64(id)}, func(r rowOf) error {
		t := scanTicket(r)
		if !t.State.Live() {
			return nil
		}
		if t.Board < 0 || t.Alight <= t.Board || t.Alight > stored.Legs() || !again.Fits(t.Board, t.Alight, []int{t.Seat}) {
			x.find(where, "ticket %s has seat %d from stop %d to %d, which is not there or sold to another ticket", t.ID, t.Seat, t.Board, t.Alight)
			return nil
		}
		if other, twice := riders[t.Person]; twice {
			x.find(where, "tickets %s and %s are of one document", other, t.ID)
		}
		riders[t.Person] = t.ID
		again.Take(t.Board, t.Alight, []int{t.Seat})
		carried += t.Children
		return nil
	})
	if err != nil {
		return err
	}
	if !again.Equal(stored) {
		x.find(where, "its seats are not those of its live tickets")
	}
	if carried != children {
		x.find(where, "it counts %d free children, its tickets carry %d", children, carried)
	}
	return nil
}
