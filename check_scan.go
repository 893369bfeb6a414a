package chepiao

import "time"

// CheckPlace is where a ticket is checked.
type CheckPlace string

// The places. The waiting hall counts who enters; every other place lets a
// passenger board.
const (
	AtGate   CheckPlace = "gate"
	AtHall   CheckPlace = "hall"     // entrance of the waiting hall (候车厅)
	AtWindow CheckPlace = "window"   // a clerk's window or a desk
	EnRoute  CheckPlace = "en_route" // on the coach or at a loading station (配客站)
)

// Method is how a passenger was recognised.
type Method string

// The methods.
const (
	ByVoucher  Method = "voucher"
	ByDocument Method = "document" // its chip or print was read
	ByNumber   Method = "number"   // the ticket's number was typed
	ByFace     Method = "face"
	ByHand     Method = "manual" // a clerk looked at a document that no reader reads (F3, F14)
)

// Scan is what a gate knows when somebody stands before it.
type Scan struct {
	Station   StationNo   // where the gate stands; 0: any station
	Place     CheckPlace  // "" is a gate
	Gate      string      // the gate's name; "": any gate
	Device    string      //
	At        time.Time   // by the gate's own clock; zero: it has none
	Departure DepartureID // the coach that is boarding at this gate; 0: any
	Method    Method      //

	Unread  *Refusal // why a code names no ticket: BadCode, Tampered …
	Version int      // voucher version read; 0 when the ticket was found by document or number

	HasDocument bool        // a document was read or typed and must match
	Document    PersonToken //
	Expires     Day         // last day of the document's own validity; 0: unknown
	Seen        bool        // a clerk has looked at a document and at the passenger
	Name        NameMatch   // how alike the name read or typed is to the ticket's; "": none was
	NoMatch     bool        // the camera did not recognise the passenger

	StaffCard bool      // a staff card was read, and no ticket
	Override  *Override // a supervisor lets this passenger through
}

// Override is a supervisor's word against a refusal, with a reason for the
// journal.
type Override struct {
	By     string `json:"by"` // device or duty
	Reason string `json:"reason"`
}

// Facts are what the system knows of a ticket's journey at the moment of a
// check.
type Facts struct {
	Now      time.Time
	Zone     *time.Location
	Rules    *Rules // in force where the passenger boards
	Coach           // the ticket's own
	Other    *Coach // that is boarding at this gate, where it is another one
	RealName bool   // the line's tickets are checked under real names
	Staff    bool   // the staff card is known
	Offline  bool   // the gate has no network and asks its own list

	Onward         *Onward     // where a rebooked ticket travels now (F12)
	Guardian       PersonToken // of the adult whom a child's ticket names
	GuardianPassed bool
	Children       int // tickets that name this one as guardian and have not passed
}

// Coach is a departure as a check sees it.
type Coach struct {
	ID         DepartureID
	Number     string // that people know
	Line       LineNo
	Flow       bool
	Departs    time.Time // at the stop where the passenger stands, delays included
	Last       time.Time // flow: last time of the day there; else as Departs
	Gate       string    // where it boards; "" when none is set
	State      DepartureState
	Left       int       // stops the coach has left
	Dispatched time.Time // when it left the boarding stop; zero: it has not, or nobody knows
	Reported   bool      // it has come
	Seats      int       // of the coach that has come, else as planned; 0: unknown
	Approved   int       // people it may carry (核定载客); 0: unknown
	Checked    int       // seats that checked passengers sit in
	Here       int       // position of the gate's station on the line; 0: the first, or not served

	// Of the other coach in a mixed check:
	Board, Alight int  // positions of the ticket's stops; Alight 0: it does not go there
	Seat          int  // the seat that is free; 0 on a flow departure
	Free          bool // a seat or place is free between the stops
	Kept          bool // only a reserved one is
	Taken         bool // the same document has a ticket for it
}

// Onward is the departure that a rebooked ticket's passenger travels on.
type Onward struct {
	Number  string
	Departs time.Time
	Gate    string
}

func (s Scan) place() CheckPlace {
	if s.Place == "" {
		return AtGate
	}
	return s.Place
}

// Known says whether a place is one of the places; "" stands for a gate.
func (p CheckPlace) Known() bool {
	switch p {
	case "", AtGate, AtHall, AtWindow, EnRoute:
		return true
	}
	return false
}
