package chepiao

import (
	"fmt"
	"slices"
	"strings"
)

// Blame is what a clerk says of a refund (requirements 12, J4: 0 passenger,
// 1 station): whose fault it is that somebody does not travel, where the system
// does not know of one, with a word on it.
type Blame struct {
	Fault Fault  `json:"fault,omitempty"` // "": the passenger's own reason
	Why   string `json:"why,omitempty"`   // for the journal; no names
}

// Blames are the faults that a clerk may name, the most frequent first.
func Blames() []Fault {
	return []Fault{FaultStation, FaultDelayed, FaultNoShow, FaultStopped, FaultCoach, FaultMerged, FaultRetimed, FaultWeather}
}

// blameWhyMax bounds the word on it, in characters.
const blameWhyMax = 100

// Read trims the word on it. Refusals: Invalid at fault or why.
func (c Blame) Read() (Blame, error) {
	c.Why = strings.TrimSpace(c.Why)
	switch n := len([]rune(c.Why)); {
	case c.Fault != "" && !slices.Contains(Blames(), c.Fault):
		return c, Refuse(Invalid, "请选择退票原因", "choose the reason of the refund").At("fault")
	case c.Fault != "" && n == 0 || n > blameWhyMax:
		return c, Refuse(Invalid, fmt.Sprintf("请写明退票原因，最多 %d 字", blameWhyMax), fmt.Sprintf("say why, in at most %d characters", blameWhyMax)).At("why")
	}
	return c, nil
}

// Blamed is a ticket that suffers from the fault that is named, for a quote; one
// of its own or of its departure comes first.
func (t Ticket) Blamed(f, departure Fault) Ticket {
	if f != "" && t.faultOf(departure) == "" {
		t.Fault = f
	}
	return t
}

// Blame writes a fault on a ticket that is given back, so that its refund is free.
// It is done at a window; a supervisor agrees, by the rule refund_fault_agreed,
// who is somebody else than the clerk. What the system knows of needs nobody's
// agreement. Refusals: WrongWindow, SupervisorNeeded, SecondHand.
func (t Ticket) Blame(c Blame, departure Fault, at AskedAt, who, agreed StaffNo, r *Rules) (Ticket, []Input, error) {
	blamed := t.Blamed(c.Fault, departure)
	if blamed.Fault == t.Fault {
		return t, nil, nil
	}
	in := []Input{Given("named", string(c.Fault))}
	switch {
	case !at.Window:
		return t, nil, Refuse(WrongWindow, "因车站或承运人原因退票，请到窗口办理", "a refund for the station's or carrier's fault is made at a window").At("fault")
	case !r.RefundFaultAgreed:
		return blamed, in, nil
	case agreed == "":
		return t, nil, Refuse(SupervisorNeeded, "非旅客原因退票须由值班站长在本窗口核准", "a refund that is not the passenger's wish needs a supervisor's agreement at this window").
			At("fault").By("refund_fault_agreed", r, in...)
	case agreed == who:
		return t, nil, Refuse(SecondHand, "须由另一位值班站长核准", "another person has to agree to it").At("approve_staff")
	}
	return blamed, append(in, Given("agreed", string(agreed))), nil
}
