package chepiao

import "fmt"

// Reasons of a check (requirements section 9). Some serve other verbs, too.
const (
	CheckOK          Reason = "OK"
	BadCode          Reason = "BAD_QR"           // the code cannot be read
	Tampered         Reason = "TAMPERED"         // the signature is wrong
	NotReported      Reason = "NOT_REPORTED"     // the coach has not come yet
	TooEarly         Reason = "TOO_EARLY"        // check is not open yet
	Departed         Reason = "DEPARTED"         // the coach has left, or check is closed
	CoachMissed      Reason = "NO_SHOW"          // the coach did not come (脱班)
	DepartureStopped Reason = "STOPPED"          // the carrier does not run it
	FlowManual       Reason = "FLOW_MANUAL"      // flow departures are checked by hand here
	WrongDate        Reason = "WRONG_DATE"       // a ticket of another day
	WrongStation     Reason = "WRONG_STATION"    // boards elsewhere
	WrongGate        Reason = "WRONG_GATE"       // boards at another gate
	WrongDeparture   Reason = "WRONG_DEPARTURE"  // another coach is boarding at this gate
	AlreadyUsed      Reason = "ALREADY_USED"     // passed before: when and where
	ForeignUsed      Reason = "FOREIGN_USED"     // another station's ticket, passed there before
	Refunded         Reason = "REFUNDED"         // money was given back
	WasRebooked      Reason = "REBOOKED"         // moved to another departure, which the verdict names
	NotPaid          Reason = "NOT_PAID"         // held but not issued
	Suspended        Reason = "SUSPENDED"        // under dispute
	VoucherRotated   Reason = "VOUCHER_ROTATED"  // an older version of a re-issued voucher
	NeedDocument     Reason = "NEED_ID"          // show the document
	WrongDocument    Reason = "ID_MISMATCH"      // the document is not the one used at purchase
	DocumentExpired  Reason = "DOC_EXPIRED"      // the document's own validity is over
	NameMismatch     Reason = "NAME_MISMATCH"    // without a document, another name than the ticket's
	FaceNoMatch      Reason = "FACE_NO_MATCH"    // the camera is not sure: a document is
	StaffUnknown     Reason = "STAFF_UNKNOWN"    // nobody knows this staff card
	ClockDrift       Reason = "CLOCK_DRIFT"      // the gate's clock is wrong: check by hand
	OfflineAccepted  Reason = "OFFLINE_ACCEPTED" // let through by a gate without network
)

// Light is the colour a gate shows.
type Light string

const (
	Green Light = "green"
	Amber Light = "amber" // wait, or go elsewhere
	Red   Light = "red"
)

// Sound is what a gate lets hear. An alarm sounds like a stop, so that nobody
// is accused in public (F8); only the supervisor's screen tells them apart.
type Sound string

const (
	SoundPass  Sound = "pass"
	SoundWait  Sound = "wait"
	SoundStop  Sound = "stop"
	SoundAlarm Sound = "alarm"
)

// Verdict is a gate's answer. A refused passage is a verdict, not an error: it
// is recorded as well, so that a dispute can be settled from the journal. ZH and
// EN are for everybody to read; Next is what the clerk does now.
type Verdict struct {
	Pass     bool         `json:"pass"`
	Reason   Reason       `json:"reason"`
	Light    Light        `json:"light"`
	Sound    Sound        `json:"sound"`
	Again    bool         `json:"again,omitempty"`    // the same device read the same ticket a moment ago
	Move     bool         `json:"move,omitempty"`     // mixed check: the ticket moves to the coach that is boarding
	Overrode Reason       `json:"overrode,omitempty"` // the refusal that a supervisor set aside
	Children int          `json:"children,omitempty"` // tickets of children who go with this passenger and have not passed
	ZH       string       `json:"zh"`
	EN       string       `json:"en"`
	Next     Step         `json:"next"`
	Doubt    bool         `json:"doubt,omitempty"`   // a gate without its node let it pass, and the node is not sure that it should have
	Because  *Explanation `json:"because,omitempty"` // nil where no rule of the book decided
}

// Step is what the clerk does next.
type Step struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// question is a check under way. Its steps may change the facts for the steps
// that follow: a mixed check asks about the other coach from there on.
type question struct {
	t Ticket
	s Scan
	f Facts
	v Verdict // the answer if nothing is wrong
}

// steps is the order of a check (requirements section 9): staff, the ticket, the
// person, the number of passes, station, day, gate, state and time of the
// departure, report, load. Whatever is wrong beside it, the first one speaks.
var steps = []func(*question) *Verdict{
	(*question).staff, (*question).clock, (*question).found, (*question).document, (*question).life, (*question).again,
	(*question).person, (*question).passes, (*question).station, (*question).coach, (*question).day, (*question).gate,
	(*question).running, (*question).time, (*question).reported, (*question).child, (*question).load,
}

// Check decides whether a ticket may pass now. Every gate asks this one
// function: the same ticket, scan and facts have the same verdict.
func Check(t Ticket, s Scan, f Facts) Verdict {
	q := &question{t: t, s: s, f: f, v: Verdict{Pass: true, Reason: CheckOK}}
	for _, step := range steps {
		v := step(q)
		switch {
		case v == nil:
		case !v.Pass && s.Override != nil && mayOverride[v.Reason]:
			if q.v.Overrode == "" {
				q.v.Overrode, q.v.Because = v.Reason, v.Because
			}
		default:
			return dress(*v)
		}
	}
	return dress(q.pass())
}

// pass is the sentence for who may go on.
func (q *question) pass() Verdict {
	v, t, f := q.v, q.t, q.f
	zh, en := "请乘车", "Welcome aboard"
	switch {
	case q.s.Place == AtHall && f.Gate != "":
		zh, en = "请到检票口 "+f.Gate+" 候车", "Please wait at gate "+f.Gate
	case q.s.Place == AtHall:
		zh, en = "请进站候车", "Please wait inside"
	case v.Move && f.Coach.Seat > 0:
		zh, en = seatWords(f.Coach.Seat)
	case !v.Move && t.Seat > 0:
		zh, en = seatWords(t.Seat)
	}
	if q.s.Place != AtHall && (v.Move || t.Gone) {
		onZH, onEN := f.Number+" 次", f.Number
		if !f.Flow {
			at := f.Departs.In(f.Zone).Format("15:04")
			onZH, onEN = onZH+" "+at, onEN+" at "+at
		}
		zh, en = "改乘 "+onZH+" · "+zh, "Now on "+onEN+" · "+en
	}
	if t.Children > 0 {
		zh, en = zh+fmt.Sprintf(" · 携童 %d 人", t.Children), en+fmt.Sprintf(" · with %d child", t.Children)
	}
	if v.Children = f.Children; v.Children > 0 && q.s.Place != AtHall {
		zh, en = zh+fmt.Sprintf(" · 1 位成人 %d 名儿童", v.Children), en+fmt.Sprintf(" · 1 adult and %d on children's tickets", v.Children)
	}
	if f.Offline {
		v.Reason = OfflineAccepted
	}
	v.ZH, v.EN = zh, en
	return v
}

func seatWords(seat int) (zh, en string) {
	return fmt.Sprintf("%d 号座", seat), fmt.Sprintf("Seat %d", seat)
}

// no is a refusal to pass.
func no(r Reason, zh, en string) *Verdict { return &Verdict{Reason: r, ZH: zh, EN: en} }

// by gives a verdict the rule that decided, its edition and what went into it.
func (v *Verdict) by(rule string, r *Rules, inputs ...Input) *Verdict {
	v.Because = &Explanation{Rule: rule, Version: r.Version, Inputs: inputs, ZH: v.ZH, EN: v.EN}
	return v
}
