package chepiao

import (
	"fmt"
	"time"
)

// staff lets a known staff card pass without a ticket.
func (q *question) staff() *Verdict {
	switch {
	case !q.s.StaffCard:
		return nil
	case !q.f.Staff:
		return no(StaffUnknown, "工作证未登记", "this staff card is not known")
	}
	return &Verdict{Pass: true, Reason: CheckOK, ZH: "工作人员", EN: "Staff"}
}

// clock locks a gate whose clock is wrong to checks by hand (F22): what it
// decides without network would be wrong, too.
func (q *question) clock() *Verdict {
	if q.s.At.IsZero() || q.byHand() {
		return nil
	}
	drift, most := q.f.Now.Sub(q.s.At).Abs(), seconds(q.f.Rules.ClockDrift)
	if drift <= most {
		return nil
	}
	return no(ClockDrift, "设备时钟不准，请走人工通道", "this gate's clock is wrong: please use the staffed lane").
		by("clock_drift", q.f.Rules, Given("drift", drift), Given("most", most))
}

// byHand says that a clerk vouches for the person.
func (q *question) byHand() bool { return q.s.Method == ByHand && (q.s.Seen || q.s.HasDocument) }

// found refuses what names no ticket.
func (q *question) found() *Verdict {
	switch {
	case q.s.Unread != nil:
		return no(q.s.Unread.Reason, q.s.Unread.ZH, q.s.Unread.EN)
	case q.t.ID == 0 && q.s.HasDocument:
		return no(NotFound, "该证件没有车票", "no ticket under this document")
	case q.t.ID == 0:
		return no(NotFound, "没有这张车票", "no such ticket")
	}
	return nil
}

// document refuses a document other than the ticket's, before anything of the
// ticket is said aloud. Nobody is accused: the record is for the supervisor (F8).
// A child may ride on the guardian's document; a ticket sold without a document
// has none to differ from.
func (q *question) document() *Verdict {
	if !q.s.HasDocument || q.t.Person == (PersonToken{}) || q.s.Document == q.t.Person {
		return nil
	}
	if q.t.Guardian != 0 && q.f.Guardian != (PersonToken{}) && q.s.Document == q.f.Guardian {
		return nil
	}
	return no(WrongDocument, "请找工作人员", "please see the staff")
}

// person asks for the document where real names are checked: read, recognised by
// face, or looked at by a clerk.
func (q *question) person() *Verdict {
	r := q.f.Rules
	rule, asked := "names_at_gate", r.NamesAtGate
	switch q.s.place() {
	case AtHall:
		rule, asked = "names_in_hall", r.NamesInHall
	case AtWindow:
		rule, asked = "names_at_window", r.NamesAtWindow
	}
	because := func(v *Verdict) *Verdict {
		return v.by(rule, r, Given("place", string(q.s.place())), Given("method", string(q.s.Method)), Given("real_name", q.f.RealName))
	}
	today := DayOf(q.f.Now.In(q.f.Zone))
	switch {
	case q.f.Offline && q.s.Method == ByNumber && !q.s.HasDocument:
		return no(NeedDocument, "请出示证件", "please show your document") // a number can be copied, and nobody can be asked
	case !asked || !q.f.RealName:
		return nil
	case q.s.NoMatch && !q.s.HasDocument && !q.s.Seen:
		return because(no(FaceNoMatch, "请刷证件", "please put your document on the reader"))
	case q.s.HasDocument && q.s.Expires != 0 && q.s.Expires < today:
		return because(no(DocumentExpired, "证件已过有效期，请出示其他有效证件", "this document has expired: please show another valid one"))
	case q.s.HasDocument || q.s.Method == ByFace || q.byHand():
		return nil
	case q.s.Name == NameDifferent:
		return because(no(NameMismatch, "请出示证件核对姓名", "please show your document to compare the name"))
	}
	return because(no(NeedDocument, "请出示证件", "please show your document"))
}

// child waits for the adult of the same order (requirements 7.2, F21). The
// waiting hall lets children in by themselves.
func (q *question) child() *Verdict {
	if q.t.Guardian == 0 || q.f.GuardianPassed || q.s.Place == AtHall {
		return nil
	}
	return no(ChildNeedsAdult, "请与同行成人一起检票", "please pass together with your adult")
}

// again is failure path F7: the same device within moments shows the same green.
func (q *question) again() *Verdict {
	if q.t.State != TicketChecked || q.s.Place == AtHall || q.s.Departure != 0 && q.s.Departure != q.t.Departure {
		return nil
	}
	since := q.f.Now.Sub(q.t.CheckedAt)
	if q.s.Device != q.t.CheckedBy || since < 0 || since > seconds(q.f.Rules.CheckTwice) {
		return nil
	}
	v := &Verdict{Pass: true, Reason: CheckOK, Again: true, Children: q.f.Children, ZH: "已通过，请乘车", EN: "already passed: go ahead"}
	return v.by("check_twice", q.f.Rules, Given("since", since), Given("most", seconds(q.f.Rules.CheckTwice)))
}

// passes counts how often a ticket went through: at the gate with time and
// place of the first time, in the hall by number alone.
func (q *question) passes() *Verdict {
	if q.s.Place == AtHall {
		if q.t.HallPasses < q.f.Rules.PassesHall {
			return nil
		}
		return no(AlreadyUsed, fmt.Sprintf("已进站 %d 次", q.t.HallPasses), fmt.Sprintf("entered the hall %d times", q.t.HallPasses)).
			by("passes_hall", q.f.Rules, Given("passes", q.t.HallPasses), Given("most", q.f.Rules.PassesHall))
	}
	if q.t.State != TicketChecked {
		return nil
	}
	passes := 1 + q.t.Passes
	if passes < q.f.Rules.PassesGate {
		return nil
	}
	when := q.f.clockText(q.t.CheckedAt, "15:04:05")
	v := no(AlreadyUsed, "已于 "+when+" 在 "+q.t.CheckedBy+" 检票", "passed at "+when+" at "+q.t.CheckedBy)
	if q.s.Place == EnRoute && q.s.Station != q.t.From {
		v.Reason = ForeignUsed
	}
	return v.by("passes_gate", q.f.Rules, Given("passes", passes), Given("most", q.f.Rules.PassesGate), Given("checked_at", q.t.CheckedAt))
}

// clockText is a time of the day, with the date when it is not today's.
func (f Facts) clockText(at time.Time, layout string) string {
	if DayOf(at.In(f.Zone)) != DayOf(f.Now.In(f.Zone)) {
		layout = "01-02 " + layout
	}
	return at.In(f.Zone).Format(layout)
}
