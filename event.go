package chepiao

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"time"
)

// EventKind names a fact in the journal: the verb that made it, in the past.
type EventKind string

const (
	LaneOpened           EventKind = "lane_opened"
	TimetableImported    EventKind = "timetable_imported"
	RulesSet             EventKind = "rules_set"
	OrderWasHeld         EventKind = "order_held"
	HoldWasExtended      EventKind = "hold_extended"
	OrderWasReleased     EventKind = "order_released"
	OrderHasLapsed       EventKind = "order_lapsed"
	PaymentBegan         EventKind = "payment_began"
	PaymentWasRefused    EventKind = "payment_refused"
	OrderWasIssued       EventKind = "order_issued"
	PaymentCameLate      EventKind = "payment_late" // seats gone: the money goes back by itself
	TicketWasRefunded    EventKind = "ticket_refunded"
	PaybackMoved         EventKind = "payback_moved"
	TicketWasChecked     EventKind = "ticket_checked"
	CheckWasRefused      EventKind = "check_refused"
	CheckWasRepeated     EventKind = "check_repeated" // the same device read the same ticket a moment later
	HallWasEntered       EventKind = "hall_entered"   // counted at the waiting hall's entrance
	TicketWasUnchecked   EventKind = "ticket_unchecked"
	DepartureDispatched  EventKind = "departure_dispatched"
	DepartureRecalled    EventKind = "departure_recalled" // a dispatch was taken back
	DepartureReported    EventKind = "departure_reported" // 报班
	DepartureChanged     EventKind = "departure_changed"  // an act of the dispatcher: Detail says which
	TicketWasRebooked    EventKind = "ticket_rebooked"
	TicketWasVoided      EventKind = "ticket_voided"
	TicketWasCorrected   EventKind = "ticket_corrected"
	TicketWasSuspended   EventKind = "ticket_suspended"
	TicketWasResumed     EventKind = "ticket_resumed"
	ReceiptMoved         EventKind = "receipt_moved"
	PaybackBegan         EventKind = "payback_began" // money goes back beside another event
	WaitWasAsked         EventKind = "wait_asked"
	WaitWasJoined        EventKind = "wait_joined"  // paid ahead: a place in the queue
	WaitWasWidened       EventKind = "wait_widened" // an extra departure is wanted, too
	WaitWasServed        EventKind = "wait_served"
	QueueWasJoined       EventKind = "queue_joined" // flow: a virtual queue number was given
	QueueWasLeft         EventKind = "queue_left"
	WaitHasEnded         EventKind = "wait_ended" // deadline or withdrawal: the money goes back
	CaseMoved            EventKind = "case_moved"
	ShiftWasOpened       EventKind = "shift_opened"
	DrawerMoved          EventKind = "drawer_moved" // cash handed in or fetched in mid-shift
	ShiftWasClosed       EventKind = "shift_closed" // counted, for the first time or again
	ShiftWasSigned       EventKind = "shift_signed"
	PaperWasReceived     EventKind = "paper_received" // a delivery into the stock
	PaperWasHanded       EventKind = "paper_handed"   // from the store to a shift, between shifts, or back
	PaperWasSpoilt       EventKind = "paper_spoilt"
	SeatsWereGiven       EventKind = "seats_given" // to another node, and forgotten here
	SeatsWereTaken       EventKind = "seats_taken" // that another node gave
	SeatsWereAsked       EventKind = "seats_asked" // another node is asked to give some
	OrderWasGiven        EventKind = "order_given" // with its tickets, to the node of the boarding station
	OrderWasTaken        EventKind = "order_taken"
	OwnerWasAsked        EventKind = "owner_asked" // for something, by a node that does not own the order
	OwnerHasAnswered     EventKind = "owner_answered"
	NodeSaid             EventKind = "node_said"          // what another node has decided of an order it owns
	BillWasCompared      EventKind = "bill_compared"      // a channel's day with our books
	DifferenceWasSettled EventKind = "difference_settled" // between a bill and our books, by a person
	StationWasInvited    EventKind = "station_invited"    // a code was given by which its node enrols
	StationWasEnrolled   EventKind = "station_enrolled"
	StationWasRevoked    EventKind = "station_revoked" // nothing is taken from it any more
	NodeWasRestored      EventKind = "node_restored"   // an operator said what others know of a lane that a copy closed
)

// Queues says whether an event changes the queues of the waitlist.
func (k EventKind) Queues() bool {
	return k == WaitWasJoined || k == WaitWasWidened || k == WaitWasServed || k == WaitHasEnded
}

// Event is one fact of the journal. It names people by token only. The order
// and tickets are as they stand after the fact, so an event is also the answer
// that its verb gave, and can be given again.
type Event struct {
	Kind      EventKind     `json:"kind"`
	By        string        `json:"by,omitempty"`    // device, outlet or duty that acted
	Who       StaffNo       `json:"who,omitempty"`   // staff member who acted there
	Where     StationNo     `json:"where,omitempty"` // of the device, where it stands in one station
	Reason    string        `json:"reason,omitempty"`
	Order     *Order        `json:"order,omitempty"`
	Tickets   []Ticket      `json:"tickets,omitempty"`
	Payment   *Payment      `json:"payment,omitempty"`
	Payback   *Payback      `json:"payback,omitempty"`
	Check     *CheckRecord  `json:"check,omitempty"`
	Departure *DepartureID  `json:"departure,omitempty"`
	Quote     *RefundQuote  `json:"quote,omitempty"`
	Because   []Explanation `json:"because,omitempty"` // what the rules said
	Profile   CryptoProfile `json:"profile,omitempty"`
	Turn      int64         `json:"turn,omitempty"`  // of what changes the queues of the waitlist: its number, over all lanes
	Hand      *HandOver     `json:"hand,omitempty"`  // between two nodes
	Said      *Said         `json:"said,omitempty"`  // by another node
	Asked     *Asked        `json:"asked,omitempty"` // of another node
	Conflict  *Conflict     `json:"conflict,omitempty"`
	Tell      []NodeNo      `json:"-"`                // who must hear of it, too
	Detail    any           `json:"detail,omitempty"` // counts of an import, rules …
}

// Said is which parcel of another node an event repeats.
type Said struct {
	Node NodeNo    `json:"node"`
	Lane int64     `json:"lane"`
	N    int64     `json:"n"`
	Kind EventKind `json:"kind"`
}

// CheckRecord is a passage at a gate, or an attempt at one.
type CheckRecord struct {
	Ticket   TicketID     `json:"ticket,omitempty"` // 0 when the code named none
	Station  StationNo    `json:"station,omitempty"`
	Place    CheckPlace   `json:"place,omitempty"` // "" is a gate
	Device   string       `json:"device"`
	Method   Method       `json:"method"`
	Seen     DocumentKind `json:"seen,omitempty"`     // the document a clerk looked at
	Override *Override    `json:"override,omitempty"` // of a refusal, by a supervisor
	WalkUp   bool         `json:"walkup,omitempty"`   // by face without a claim: the passenger confirmed name or seat
	Bought   DepartureID  `json:"bought,omitempty"`   // mixed check: the departure the ticket was for
	Verdict  Verdict      `json:"verdict"`
}

// Entry is an event at its place in a lane of a node's journal.
type Entry struct {
	Node      string
	Lane, Seq int64
	At        time.Time
	Kind      EventKind
	Aggregate string // "order OD…", "ticket TK…", "departure …"
	Version   int64  // of the aggregate after the event
	Body      []byte // the Event as JSON
	Hash      []byte // of the previous entry's hash and this entry
}

// strictJSON decodes one JSON value and refuses unknown members and leftovers.
func strictJSON(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the value")
	}
	return nil
}
