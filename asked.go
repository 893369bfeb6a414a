package chepiao

import "time"

// AskedID is the number of a request to another node. It prints as AS, the digits
// and a check digit.
type AskedID int64

func (id AskedID) String() string { return printNumber("AS", int64(id)) }

func (id AskedID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

func (id *AskedID) UnmarshalText(b []byte) (err error) {
	n, err := parseNumber("AS", string(b), "asked")
	*id = AskedID(n)
	return err
}

// AskedState is where a request to another node is.
type AskedState string

const (
	AskedWaiting AskedState = "waiting" // the owner has not answered
	AskedDone    AskedState = "done"
	AskedRefused AskedState = "refused" // the owner said no: Why
)

// Asked is something that was asked for at a node that does not own the order. It
// is recorded with its time and carried out by the owner when it hears of it: what
// depends on the time, a refund's fee, is that time's. So nobody is both refunded
// and carried, however long the network is down.
type Asked struct {
	ID      AskedID    `json:"id"`
	Verb    TicketMove `json:"verb"` // MoveRefund; MoveCheck asks for the order itself, to be checked here
	Order   OrderID    `json:"order,omitempty"`
	Tickets []TicketID `json:"tickets"`
	Back    Money      `json:"back,omitempty"`  // that the passenger has confirmed
	Fault   Fault      `json:"fault,omitempty"` // whose fault the hub found it to be: all the money goes back
	When    time.Time  `json:"when"`
	Window  AskedAt    `json:"window"`
	By      string     `json:"by,omitempty"`
	State   AskedState `json:"state"`
	Why     *Refusal   `json:"why,omitempty"`
}

// From is the node where it was asked for.
func (a Asked) From() NodeNo { return NodeOf(int64(a.ID)) }
