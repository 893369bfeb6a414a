package chepiao

import (
	"fmt"
	"time"
)

// Reasons of a check (requirements section 9). Some serve other verbs, too.
const (
	CheckOK        Reason = "OK"
	BadCode        Reason = "BAD_QR"          // the code cannot be read
	Tampered       Reason = "TAMPERED"        // the signature is wrong
	TooEarly       Reason = "TOO_EARLY"       // check is not open yet
	Departed       Reason = "DEPARTED"        // the coach has left, or check is closed
	WrongDate      Reason = "WRONG_DATE"      // a ticket of another day
	WrongStation   Reason = "WRONG_STATION"   // boards elsewhere
	WrongGate      Reason = "WRONG_GATE"      // boards at another gate
	AlreadyUsed    Reason = "ALREADY_USED"    // passed before: when and where
	Refunded       Reason = "REFUNDED"        // money was given back
	NotPaid        Reason = "NOT_PAID"        // held but not issued
	Suspended      Reason = "SUSPENDED"       // under dispute
	VoucherRotated Reason = "VOUCHER_ROTATED" // an older version of a re-issued voucher
	NeedDocument   Reason = "NEED_ID"         // show the document
	WrongDocument  Reason = "ID_MISMATCH"     // the document is not the one used at purchase
)

// Light is the colour a gate shows.
type Light string

const (
	Green Light = "green"
	Amber Light = "amber" // wait, or go elsewhere
	Red   Light = "red"
)

// Scan is what a gate knows when somebody stands before it.
type Scan struct {
	Station  StationNo // where the gate stands; 0: any station
	Gate     string    // the gate's name; "": any gate
	Device   string
	Version  int // voucher version read; 0 when the ticket was found by document or number
	Document PersonToken
	// HasDocument says that a document was read or typed and must match.
	HasDocument bool
}

// Verdict is a gate's answer. A refused passage is a verdict, not an error: it
// is recorded as well, so that a dispute can be settled from the journal.
type Verdict struct {
	Pass   bool   `json:"pass"`
	Reason Reason `json:"reason"`
	Light  Light  `json:"light"`
	Again  bool   `json:"again,omitempty"` // the same device read the same ticket a moment ago
	ZH     string `json:"zh"`
	EN     string `json:"en"`
}

// Facts are what the system knows of the ticket's journey at the moment of a
// check.
type Facts struct {
	Now     time.Time
	Departs time.Time // planned time at the boarding stop
	Zone    *time.Location
	Gate    string // of the departure, "" when none is set
	State   DepartureState
	Left    int // stops the coach has left
	Flow    bool
	Last    time.Time // flow: last time of the day at the boarding stop
	Rules   *Rules
}

// Check decides whether a ticket may pass a gate now, in the order of
// requirements section 9. Every gate asks this one function.
func Check(t Ticket, s Scan, f Facts) Verdict {
	if v, done := checkTicket(t, s, f); done {
		return v
	}
	at := func(x time.Time) string { return x.In(f.Zone).Format("15:04") }
	latest := f.Departs
	if f.Flow {
		latest = f.Last
	}
	opens := f.Departs.Add(-seconds(f.Rules.CheckOpens))
	closes := latest.Add(-seconds(f.Rules.CheckCloses))
	switch {
	case s.Station != 0 && s.Station != t.From:
		return no(WrongStation, Red, "上车站不是本站", "this ticket boards at another station")
	case !sameDay(f.Now, opens, closes, f.Zone):
		return no(WrongDate, Red, fmt.Sprintf("不是今天的票,乘车日期 %s", f.Departs.In(f.Zone).Format("01-02")),
			fmt.Sprintf("not today's ticket: it is for %s", f.Departs.In(f.Zone).Format("2 Jan")))
	case s.Gate != "" && f.Gate != "" && s.Gate != f.Gate:
		return no(WrongGate, Amber, "请到检票口 "+f.Gate, "please go to gate "+f.Gate)
	case t.Board < f.Left:
		return no(Departed, Red, "该班次已发车", "this coach has left")
	case f.Now.Before(opens):
		return no(TooEarly, Amber, at(opens)+" 开始检票", "check opens at "+at(opens))
	case f.Now.After(closes):
		return no(Departed, Red, "检票已截止", "check has closed")
	}
	zh, en := "请乘车", "Welcome aboard"
	if t.Seat > 0 {
		zh, en = fmt.Sprintf("%d 号座", t.Seat), fmt.Sprintf("Seat %d", t.Seat)
	}
	if t.Children > 0 {
		zh, en = zh+fmt.Sprintf(" · 携童 %d 人", t.Children), en+fmt.Sprintf(" · with %d child", t.Children)
	}
	return Verdict{Pass: true, Reason: CheckOK, Light: Green, ZH: zh, EN: en}
}

// checkTicket decides what the ticket's own state and the document decide.
func checkTicket(t Ticket, s Scan, f Facts) (Verdict, bool) {
	if s.HasDocument && s.Document != t.Person {
		return no(WrongDocument, Red, "请找工作人员", "please see the staff"), true
	}
	if s.Version != 0 && s.Version < t.Voucher {
		return no(VoucherRotated, Red, "凭证已重新签发,请出示新凭证", "this voucher was re-issued: show the new one"), true
	}
	switch t.State {
	case TicketValid:
		return Verdict{}, false
	case TicketChecked:
		return checkedBefore(t, s, f), true
	case TicketHeld, TicketLapsed, TicketReleased:
		return no(NotPaid, Red, "车票未支付", "this ticket is not paid"), true
	case TicketRefunded, TicketVoided:
		return no(Refunded, Red, "车票已退", "this ticket was refunded"), true
	case TicketSuspended:
		return no(Suspended, Red, "请找工作人员", "please see the staff"), true
	default:
		zh, en := t.State.Text()
		return no(Departed, Red, "车票"+zh, "the ticket "+en), true
	}
}

// checkedBefore is failure path F7: the same device within moments shows the
// same green, anything else is red with time and place of the first passage.
func checkedBefore(t Ticket, s Scan, f Facts) Verdict {
	since := f.Now.Sub(t.CheckedAt)
	if s.Device == t.CheckedBy && since >= 0 && since <= seconds(f.Rules.CheckTwice) {
		v := Verdict{Pass: true, Reason: CheckOK, Light: Green, Again: true, ZH: "已通过,请乘车", EN: "already passed: go ahead"}
		return v
	}
	when := t.CheckedAt.In(f.Zone).Format("15:04:05")
	return no(AlreadyUsed, Red, "已于 "+when+" 在 "+t.CheckedBy+" 检票", "passed at "+when+" at "+t.CheckedBy)
}

func no(r Reason, l Light, zh, en string) Verdict {
	return Verdict{Reason: r, Light: l, ZH: zh, EN: en}
}

// sameDay says whether now lies on the calendar day on which check opens or closes.
func sameDay(now, opens, closes time.Time, zone *time.Location) bool {
	d := DayOf(now.In(zone))
	return d == DayOf(opens.In(zone)) || d == DayOf(closes.In(zone))
}
