package chepiao

import (
	"fmt"
	"time"
)

// TicketState is where a ticket is in its life.
type TicketState string

// The states of a ticket (requirements 6.2).
const (
	TicketHeld      TicketState = "held"      // the seat is kept for an unpaid order
	TicketWaiting   TicketState = "waiting"   // on the waitlist: no seat yet
	TicketLapsed    TicketState = "lapsed"    // the hold's deadline passed unpaid
	TicketReleased  TicketState = "released"  // the buyer gave the hold up
	TicketValid     TicketState = "valid"     // issued: the contract of carriage stands
	TicketChecked   TicketState = "checked"   // through the gate
	TicketDeparted  TicketState = "departed"  // on the coach that left
	TicketUsed      TicketState = "used"      // travelled
	TicketNoShow    TicketState = "no_show"   // the coach left without the passenger
	TicketRefunded  TicketState = "refunded"  // money back, seat free
	TicketVoided    TicketState = "voided"    // undone by the clerk who sold it
	TicketRebooked  TicketState = "rebooked"  // replaced by a ticket of another departure
	TicketCancelled TicketState = "cancelled" // the carrier cancelled
	TicketSuspended TicketState = "suspended" // under dispute: may not board
)

// TicketMove is a verb in a ticket's life. It is the same word on a button, a
// route, a journal entry and a journey line.
type TicketMove string

const (
	MoveIssue    TicketMove = "issue"
	MoveLapse    TicketMove = "lapse"
	MoveRelease  TicketMove = "release"
	MoveRevive   TicketMove = "revive" // a payment that came late finds its seats still free
	MoveServe    TicketMove = "serve"  // a seat came back for a request that waited
	MoveCheck    TicketMove = "check"
	MoveUncheck  TicketMove = "uncheck"
	MoveDispatch TicketMove = "dispatch"
	MoveMiss     TicketMove = "miss" // the coach left, the passenger did not come
	MoveArrive   TicketMove = "arrive"
	MoveRecall   TicketMove = "recall" // a dispatch is taken back
	MoveRefund   TicketMove = "refund"
	MoveVoid     TicketMove = "void"
	MoveRebook   TicketMove = "rebook"
	MoveCancel   TicketMove = "cancel"
	MoveRestore  TicketMove = "restore" // the departure runs after all
	MoveSuspend  TicketMove = "suspend"
	MoveResume   TicketMove = "resume"
)

// ticketMoves is a ticket's whole life. Anything not listed is refused;
// TestTicketMoves walks the whole square, so the forbidden half is tested too.
//
//	        issue        check          dispatch         arrive
//	held ─────────▶ valid ◀────▶ checked ────────▶ departed ──────▶ used
//	 │ │ lapse        │ │ uncheck
//	 │ └──▶ lapsed    │ └─ miss ──▶ no_show ──▶ refunded | rebooked (within the grace)
//	 │        │revive └─ refund | void | rebook | cancel | suspend
//	 └ release ▶ released
var ticketMoves = map[TicketState]map[TicketMove]TicketState{
	TicketHeld:      {MoveIssue: TicketValid, MoveLapse: TicketLapsed, MoveRelease: TicketReleased},
	TicketWaiting:   {MoveServe: TicketValid, MoveLapse: TicketLapsed, MoveRelease: TicketReleased},
	TicketLapsed:    {MoveRevive: TicketValid},
	TicketReleased:  {MoveRevive: TicketValid},
	TicketValid:     {MoveCheck: TicketChecked, MoveMiss: TicketNoShow, MoveRefund: TicketRefunded, MoveVoid: TicketVoided, MoveRebook: TicketRebooked, MoveCancel: TicketCancelled, MoveSuspend: TicketSuspended},
	TicketChecked:   {MoveUncheck: TicketValid, MoveDispatch: TicketDeparted, MoveCancel: TicketCancelled},
	TicketDeparted:  {MoveArrive: TicketUsed, MoveRecall: TicketChecked},
	TicketNoShow:    {MoveRefund: TicketRefunded, MoveRebook: TicketRebooked, MoveRecall: TicketValid},
	TicketSuspended: {MoveResume: TicketValid, MoveRefund: TicketRefunded},
	TicketCancelled: {MoveRefund: TicketRefunded, MoveRebook: TicketRebooked, MoveRestore: TicketValid},
}

// Live says whether a ticket in this state occupies its seat.
func (s TicketState) Live() bool {
	switch s {
	case TicketHeld, TicketValid, TicketChecked, TicketDeparted, TicketUsed, TicketNoShow, TicketSuspended:
		return true
	}
	return false
}

// ToBoard says whether the passenger of a ticket in this state still waits for
// the coach, so that changes of its time, gate or seat concern him or her.
func (s TicketState) ToBoard() bool {
	switch s {
	case TicketHeld, TicketValid, TicketChecked, TicketSuspended:
		return true
	}
	return false
}

// TicketKind is the kind of fare (票种).
type TicketKind int8

const (
	Full     TicketKind = 0 // 全票
	Half     TicketKind = 1 // 半票: child with a seat
	Student  TicketKind = 2 // 学生票, a local product
	Discount TicketKind = 3 // 优惠票
	Disabled TicketKind = 4 // 残疾军人、伤残人民警察、消防救援 half fare on certificate
	Free     TicketKind = 5 // 免票: a child without a seat; counted on its adult's ticket, never a ticket of its own
)

var ticketKindNames = [...]string{"full", "half", "student", "discount", "disabled", "free"}

// String is the kind as the API spells it.
func (k TicketKind) String() string {
	if k < 0 || int(k) >= len(ticketKindNames) {
		return fmt.Sprintf("kind%d", int(k))
	}
	return ticketKindNames[k]
}

// ParseTicketKind reads what String prints; "" is full. Refusal Invalid.
func ParseTicketKind(s string) (TicketKind, error) {
	if s == "" {
		return Full, nil
	}
	for i, name := range ticketKindNames {
		if s == name {
			return TicketKind(i), nil
		}
	}
	return 0, Refuse(Invalid, "票种应为 full、half、student、discount 或 disabled", "the kind must be full, half, student, discount or disabled").At("kind")
}

func (k TicketKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

func (k *TicketKind) UnmarshalText(b []byte) (err error) {
	*k, err = ParseTicketKind(string(b))
	return err
}

// Ticket (电子客票) is the contract of carriage of one passenger on one
// departure. It names the passenger by token; who that is stands apart.
type Ticket struct {
	ID        TicketID    `json:"id"`
	Order     OrderID     `json:"order"`
	Departure DepartureID `json:"departure"`
	State     TicketState `json:"state"`
	From      StationNo   `json:"from"`
	To        StationNo   `json:"to"`
	Board     int         `json:"board"` // stop positions on the template
	Alight    int         `json:"alight"`
	Seat      int         `json:"seat,omitempty"` // 0 on a flow departure
	Kind      TicketKind  `json:"kind"`
	Children  int         `json:"children,omitempty"` // accompanying free children, without a seat
	Full      Money       `json:"full"`
	Price     Money       `json:"price"`
	Refund    Money       `json:"refund,omitempty"` // given back, once refunded
	Fee       Money       `json:"fee,omitempty"`    // kept, once refunded
	Rules     int64       `json:"rules"`            // version of the fare, refund and rebook rules it was sold under
	Person    PersonToken `json:"person"`
	Voucher   int         `json:"voucher"` // voucher version that passes, from 1
	Version   int64       `json:"version"`
	CheckedAt time.Time   `json:"checked_at,omitzero"`  // zero unless checked
	CheckedBy string      `json:"checked_by,omitempty"` // device that checked it
	TicketMore
}

// TicketMore is what most tickets have none of. It is stored in one column,
// empty when it is zero.
type TicketMore struct {
	Guardian   TicketID    `json:"guardian,omitempty"`    // the adult of the same order whom this child travels with
	Proof      Proof       `json:"proof,omitempty"`       // what was shown for a reduced fare
	Replaces   TicketID    `json:"replaces,omitempty"`    // rebooked from
	ReplacedBy TicketID    `json:"replaced_by,omitempty"` // rebooked to
	Rebooked   int         `json:"rebooked,omitempty"`    // times the passenger rebooked on the way to this ticket
	Fault      Fault       `json:"fault,omitempty"`       // the carrier's or station's: refund and rebooking are free
	Receipt    Receipt     `json:"receipt,omitempty"`     // state of the reimbursement credential
	ReceiptNo  string      `json:"receipt_no,omitempty"`  // its paper serial or invoice number
	Corrected  int         `json:"corrected,omitempty"`   // corrections of name or number
	Passes     int         `json:"passes,omitempty"`      // through gates, after the first one
	HallPasses int         `json:"hall_passes,omitempty"` // through the waiting hall's entrance
	Queue      int         `json:"queue,omitempty"`       // flow: virtual queue number; negative: it was given up
	Trip       int         `json:"trip,omitempty"`        // flow: coach of the day that carried it
	Mixed      DepartureID `json:"mixed,omitempty"`       // bought for this departure, boarded another one (混检)
	Waited     bool        `json:"waited,omitempty"`      // bought through the waitlist
	Case       CaseID      `json:"case,omitempty"`        // what the passenger was asked last, when an act changed the journey
	Lowered    Money       `json:"lowered,omitempty"`     // went back of the price: a cheaper coach or departure came
	Gone       bool        `json:"gone,omitempty"`        // moved here from a departure that was merged, stowed or stopped
	At         NodeNo      `json:"at,omitempty"`          // node that it was given to; 0: never given
}

// Proof is what was shown to travel at a reduced fare.
type Proof string

// The proofs (requirements 7.2 and section 2).
const (
	ProofAge      Proof = "age"              // birth date on a document
	ProofHeight   Proof = "height"           // measured
	ProofStudent  Proof = "student_card"     // 学生证
	ProofDisabled Proof = "disabled_service" // 残疾军人证, 伤残人民警察证, 消防救援残疾人员证
	ProofOffer    Proof = "offer"            // a line's or station's discount
	ProofGuardian Proof = "guardian"         // a child named by the guardian's document
)

// Fault is why a passenger may have the money back without a fee.
type Fault string

// The faults of carrier and station (requirements 7.3).
const (
	FaultStopped Fault = "stopped" // 停班
	FaultDelayed Fault = "delayed" // 晚点
	FaultNoShow  Fault = "no_show" // 脱班
	FaultMerged  Fault = "merged"  // 并班, another coach or time
	FaultCoach   Fault = "coach"   // a smaller or another class of coach
	FaultRetimed Fault = "retimed" // the departure time was changed
	FaultWeather Fault = "weather"
	FaultStation Fault = "station" // a mistake at the counter: a wrong day or stop was sold
)

// Receipt is the state of a ticket's reimbursement credential (requirements
// 6.4). Paper and invoice exclude each other; while one is out, money goes back
// only when it has come back.
type Receipt string

// The states of a receipt.
const (
	ReceiptNone        Receipt = ""
	ReceiptPaper       Receipt = "paper"
	ReceiptSurrendered Receipt = "surrendered"
	ReceiptInvoiced    Receipt = "invoiced"
	ReceiptReversed    Receipt = "reversed"
)

// Move applies a verb and returns the moved ticket. Refusal WrongState names
// what the ticket is now when the move is not in the table.
func (t Ticket) Move(m TicketMove) (Ticket, error) {
	next, ok := ticketMoves[t.State][m]
	if !ok {
		zh, en := t.State.Text()
		return t, Refuse(WrongState, "车票"+zh+"，不能办理", fmt.Sprintf("the ticket %s: this cannot be done now", en))
	}
	t.State = next
	t.Version++
	return t, nil
}

// Text is the state in words, to follow "the ticket …".
func (s TicketState) Text() (zh, en string) {
	w, ok := stateWords[s]
	if !ok {
		return string(s), "is " + string(s)
	}
	return w[0], w[1]
}

var stateWords = map[TicketState][2]string{
	TicketHeld:      {"尚未支付", "is not paid yet"},
	TicketWaiting:   {"正在候补", "is on the waitlist"},
	TicketLapsed:    {"超时未付已取消", "lapsed unpaid"},
	TicketReleased:  {"已取消", "was given up before payment"},
	TicketValid:     {"有效", "is valid"},
	TicketChecked:   {"已检票", "has been checked"},
	TicketDeparted:  {"已发车", "has departed"},
	TicketUsed:      {"已使用", "has been used"},
	TicketNoShow:    {"已误车", "missed its coach"},
	TicketRefunded:  {"已退票", "has been refunded"},
	TicketVoided:    {"已作废", "has been voided"},
	TicketRebooked:  {"已改签", "has been rebooked"},
	TicketCancelled: {"因停班取消", "was cancelled by the carrier"},
	TicketSuspended: {"暂停使用", "is suspended"},
}
