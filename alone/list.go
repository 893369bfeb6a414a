// Package alone is the gate that has lost its node. While the network is there the
// gate keeps a list of the tickets that board at its station today; without it,
// the gate decides by that list, remembers who passed, and tells the node later.
//
// It decides nothing of its own: the answer is floor 0's chepiao.CheckAlone, the
// same check that the node asks, over facts taken from the list. The same package
// runs in the node, which writes lists, and as WebAssembly in the gate's browser
// (alone/wasm), which reads them.
package alone

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"chepiao"
)

// List is what one station's gates need to decide alone: no names, no document
// numbers, no prices.
type List struct {
	Version    string            `json:"version"` // changes when anything but Made does
	Made       time.Time         `json:"made"`
	Station    chepiao.StationNo `json:"station"`
	Zone       int               `json:"zone"` // seconds east of Greenwich
	Key        []byte            `json:"key"`  // chepiao.ListKey: documents are compared under it
	Keys       json.RawMessage   `json:"keys"` // []voucher.PublicKey of every issuer
	Rules      []RuleSet         `json:"rules"`
	Departures []Departure       `json:"departures"`
	Devices    []string          `json:"devices"` // gates by which tickets passed
	Tickets    []byte            `json:"tickets"` // records of recordSize bytes
}

// RuleSet is one edition of the rules in force on some of the departures.
type RuleSet struct {
	Version int64          `json:"version"`
	Rules   *chepiao.Rules `json:"rules"`
}

// Departure is a coach that boards at the station.
type Departure struct {
	ID         chepiao.DepartureID    `json:"id"`
	Number     string                 `json:"number"`
	Line       chepiao.LineNo         `json:"line"`
	Flow       bool                   `json:"flow,omitempty"`
	ToZH       string                 `json:"to_zh"`
	ToEN       string                 `json:"to_en"`
	Departs    time.Time              `json:"departs"`
	Last       time.Time              `json:"last"`
	Gate       string                 `json:"gate,omitempty"`
	State      chepiao.DepartureState `json:"state"`
	Left       int                    `json:"left,omitempty"`
	Dispatched time.Time              `json:"dispatched,omitzero"`
	Reported   bool                   `json:"reported,omitempty"`
	Seats      int                    `json:"seats,omitempty"`
	Approved   int                    `json:"approved,omitempty"`
	Checked    int                    `json:"checked,omitempty"`
	Stop       int                    `json:"stop,omitempty"` // position of the station on the line
	RealName   bool                   `json:"real_name,omitempty"`
	Rules      int                    `json:"rules"` // position in List.Rules
}

// recordSize is the bytes of one ticket: 100,000 make 5.6 MB.
const recordSize = 56

// states in the order of their code in a record; never change it.
var states = []chepiao.TicketState{
	chepiao.TicketHeld, chepiao.TicketWaiting, chepiao.TicketLapsed, chepiao.TicketReleased, chepiao.TicketValid, chepiao.TicketChecked, chepiao.TicketDeparted,
	chepiao.TicketUsed, chepiao.TicketNoShow, chepiao.TicketRefunded, chepiao.TicketVoided, chepiao.TicketRebooked, chepiao.TicketCancelled, chepiao.TicketSuspended,
}

// Add appends a ticket of the list's departure at a position. person is the token
// of its document under the list's key. A fault for a state it does not know.
func (l *List) Add(t chepiao.Ticket, departure int, person chepiao.PersonToken) error {
	var b [recordSize]byte
	state := -1
	for i, s := range states {
		if s == t.State {
			state = i
		}
	}
	if state < 0 || departure < 0 || departure > 0xffff || t.Voucher > 255 {
		return fmt.Errorf("listing a ticket: state %q, departure %d, voucher %d", t.State, departure, t.Voucher)
	}
	binary.BigEndian.PutUint64(b[0:], uint64(t.ID))
	binary.BigEndian.PutUint64(b[8:], uint64(t.Guardian))
	copy(b[16:32], person[:])
	binary.BigEndian.PutUint16(b[32:], uint16(departure))
	binary.BigEndian.PutUint16(b[34:], uint16(t.Seat))
	binary.BigEndian.PutUint16(b[36:], uint16(l.device(t.CheckedBy)))
	b[38], b[39], b[40], b[41], b[42] = byte(t.Alight), byte(t.Kind), byte(t.Children), byte(t.Voucher), byte(state)
	b[43], b[44] = byte(min(t.Passes, 255)), byte(min(t.HallPasses, 255))
	if t.Gone {
		b[45] = 1
	}
	if !t.CheckedAt.IsZero() {
		binary.BigEndian.PutUint64(b[48:], uint64(t.CheckedAt.UnixMilli()))
	}
	l.Tickets = append(l.Tickets, b[:]...)
	return nil
}

// device is the position of a gate's name, from 1; 0 for none.
func (l *List) device(name string) int {
	if name == "" {
		return 0
	}
	for i, d := range l.Devices {
		if d == name {
			return i + 1
		}
	}
	if len(l.Devices) >= 0xffff {
		return 0
	}
	l.Devices = append(l.Devices, name)
	return len(l.Devices)
}

// ticket reads the record at a position.
func (l *List) ticket(i int) (t chepiao.Ticket, departure int) {
	b := l.Tickets[i*recordSize:][:recordSize]
	departure = int(binary.BigEndian.Uint16(b[32:]))
	d := l.Departures[departure]
	t = chepiao.Ticket{
		ID: chepiao.TicketID(binary.BigEndian.Uint64(b[0:])), Departure: d.ID, From: l.Station, Board: d.Stop, Alight: int(b[38]), Kind: chepiao.TicketKind(b[39]),
		Children: int(b[40]), Voucher: int(b[41]), State: states[b[42]], Seat: int(binary.BigEndian.Uint16(b[34:])), Person: chepiao.PersonToken(b[16:32]),
	}
	t.Guardian, t.Passes, t.HallPasses, t.Gone = chepiao.TicketID(binary.BigEndian.Uint64(b[8:])), int(b[43]), int(b[44]), b[45] == 1
	if at := binary.BigEndian.Uint64(b[48:]); at != 0 {
		t.CheckedAt = time.UnixMilli(int64(at))
	}
	if n := int(binary.BigEndian.Uint16(b[36:])); n > 0 {
		t.CheckedBy = l.Devices[n-1]
	}
	return t, departure
}

// Len is how many tickets are listed.
func (l *List) Len() int { return len(l.Tickets) / recordSize }
