package chepiao

import (
	"slices"
	"time"
)

// CaseID is a case's number. It prints as CS, the digits and a check digit.
type CaseID int64

func (id CaseID) String() string { return printNumber("CS", int64(id)) }

// ParseCaseID reads a case's number. Refusal Invalid.
func ParseCaseID(s string) (CaseID, error) {
	n, err := parseNumber("CS", s, "case")
	return CaseID(n), err
}

func (id CaseID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

func (id *CaseID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseCaseID(string(b))
	return err
}

// Case (旅客安置) is one passenger who is asked to choose, because an act took
// the journey away or changed it. Silence chooses nothing: what is open past
// its time stays on the desk's list.
type Case struct {
	ID        CaseID      `json:"id"`
	Ticket    TicketID    `json:"ticket"`
	Order     OrderID     `json:"order"`
	Departure DepartureID `json:"departure"` // that was changed
	Act       ActKind     `json:"act"`       // what was done
	Fault     Fault       `json:"fault"`
	Reason    string      `json:"reason"`         // the dispatcher's words
	Seat      int         `json:"seat,omitempty"` // that the passenger had
	State     CaseState   `json:"state"`
	Choices   []Choice    `json:"choices"`
	Choice    Choice      `json:"choice,omitempty"` // what was chosen
	To        DepartureID `json:"to,omitempty"`     // next: with what the passenger travels now
	Place     int         `json:"place,omitempty"`  // whose claim to a seat that comes free is heard first, from 1
	Created   time.Time   `json:"created"`
	Until     time.Time   `json:"until"` // an answer is wanted by then
	Because   Explanation `json:"because,omitzero"`
	Version   int64       `json:"version"`
}

// CaseState is how far a case has come.
type CaseState string

// The states of a case.
const (
	CaseOpen      CaseState = "open"      // nothing is chosen
	CaseWaits     CaseState = "waits"     // a second coach is wanted: the desk must find one
	CaseSettled   CaseState = "settled"   // chosen and done
	CaseWithdrawn CaseState = "withdrawn" // the act was taken back: nothing is to be chosen any more
)

// Stands says that somebody still has to do something.
func (s CaseState) Stands() bool { return s == CaseOpen || s == CaseWaits }

// Overdue says that the passenger has not answered in time.
func (c Case) Overdue(now time.Time) bool { return c.State == CaseOpen && !now.Before(c.Until) }

// Choose has the case chosen: a second coach keeps it waiting for one, anything
// else settles it. to is the departure of ChooseNext. Refusals: WrongState when
// it is over, Invalid for what is no choice here.
func (c Case) Choose(choice Choice, to DepartureID) (Case, error) {
	if !c.State.Stands() {
		return c, Refuse(WrongState, "已经处理完毕，无需再选择", "this is settled: there is nothing to choose").At("case")
	}
	if !slices.Contains(c.Choices, choice) || c.Choice == choice {
		return c, Refuse(Invalid, "不能这样选择", "this cannot be chosen here").At("choice")
	}
	c.State, c.Choice, c.To = CaseSettled, choice, to
	if choice == ChooseSecond {
		c.State = CaseWaits
	}
	c.Version++
	return c, nil
}

// Withdraw ends a case whose act was taken back.
func (c Case) Withdraw() Case {
	c.State = CaseWithdrawn
	c.Version++
	return c
}

// Off is a cancelled ticket: why, and no longer checked.
func (t Ticket) Off(why Fault) Ticket {
	t.Fault, t.CheckedAt, t.CheckedBy = why, time.Time{}, ""
	return t
}

// Text is the choice as a button says it.
func (c Choice) Text() (zh, en string) {
	switch c {
	case ChooseKeep:
		return "按新安排乘车", "travel as arranged"
	case ChooseSecond:
		return "等候加开车辆", "wait for a second coach"
	case ChooseNext:
		return "免费改乘后续班次", "travel with a later departure, free"
	case ChooseRefund:
		return "全额退票", "all the money back"
	}
	return string(c), string(c)
}
