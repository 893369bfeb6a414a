package chepiao

import "fmt"

// manner is how a gate says a verdict: its light, its sound and what the clerk
// does next.
type manner struct {
	light Light
	sound Sound
	next  Step
}

// manners is the table of requirements section 9. What stands here may be read
// by the passenger, too: it accuses nobody (F8).
var manners = map[Reason]manner{
	CheckOK:          {Green, SoundPass, Step{"放行，请对照姓名和证件尾号", "Let pass; compare the name and the end of the document"}},
	OfflineAccepted:  {Green, SoundPass, Step{"离线放行，联网后自动补记", "Passed offline: recorded when the network is back"}},
	BadCode:          {Red, SoundStop, Step{"请重新扫码，或改刷证件", "Scan again, or read the document"}},
	Tampered:         {Red, SoundAlarm, Step{"请旅客稍候，值班员前来处理", "Ask to wait: the supervisor is coming"}},
	NotFound:         {Red, SoundStop, Step{"换证件或手机号查询，或请旅客到窗口", "Search by another document or by phone, or send to the window"}},
	NotReported:      {Amber, SoundWait, Step{"请旅客等候车辆进站", "Ask to wait for the coach"}},
	WrongDate:        {Red, SoundStop, Step{"请旅客到窗口改签", "Send to the window to rebook"}},
	TooEarly:         {Amber, SoundWait, Step{"请旅客在候车室等候", "Ask to wait in the hall"}},
	Departed:         {Red, SoundStop, Step{"请旅客到窗口：改乘流水班或办理退票", "Send to the window: a flow departure, or a refund"}},
	CoachMissed:      {Amber, SoundWait, Step{"请调度安排改乘", "Ask the dispatcher for another coach"}},
	DepartureStopped: {Amber, SoundWait, Step{"请旅客到窗口全额退票或改乘", "Send to the window: full refund or another coach"}},
	FlowManual:       {Amber, SoundWait, Step{"请走人工通道核对车票和证件", "Check by hand in the staffed lane"}},
	WrongStation:     {Red, SoundStop, Step{"告知旅客上车站", "Tell the passenger where to board"}},
	WrongGate:        {Amber, SoundWait, Step{"指引到正确的检票口", "Point to the right gate"}},
	WrongDeparture:   {Amber, SoundWait, Step{"指引到所持车票的班次", "Point to the coach on the ticket"}},
	AlreadyUsed:      {Red, SoundStop, Step{"核对证件与首次检票的时间、地点", "Compare the document with time and place of the first passage"}},
	ForeignUsed:      {Red, SoundStop, Step{"联系上车站核对首次检票", "Ask the boarding station about the first passage"}},
	Overload:         {Red, SoundStop, Step{"停止检票，请调度处理", "Stop checking and call the dispatcher"}},
	Refunded:         {Red, SoundStop, Step{"该票已退，请旅客到窗口购票", "Refunded: send to the window for a ticket"}},
	WasRebooked:      {Amber, SoundWait, Step{"指引到改签后的班次", "Point to the coach of the new ticket"}},
	NotPaid:          {Red, SoundStop, Step{"请先支付，或到窗口购票", "Pay first, or buy at the window"}},
	Suspended:        {Red, SoundStop, Step{"请值班员处理", "Call the supervisor"}},
	VoucherRotated:   {Red, SoundStop, Step{"请旅客出示最新的凭证或证件", "Ask for the newest voucher, or the document"}},
	NeedDocument:     {Amber, SoundWait, Step{"刷证件，或核对证件和本人后人工确认", "Read the document, or look at document and person and confirm by hand"}},
	WrongDocument:    {Red, SoundAlarm, Step{"请旅客稍候，值班员前来处理", "Ask to wait: the supervisor is coming"}},
	DocumentExpired:  {Amber, SoundWait, Step{"请出示其他有效证件，或办理临时身份证明", "Ask for another valid document or the police's temporary certificate"}},
	NameMismatch:     {Amber, SoundWait, Step{"核对证件上的姓名", "Compare the name on the document"}},
	FaceNoMatch:      {Amber, SoundWait, Step{"改走证件通道", "Use the document lane"}},
	ChildNeedsAdult:  {Amber, SoundWait, Step{"请同行成人先检票", "Check the adult first"}},
	StaffUnknown:     {Red, SoundStop, Step{"请值班员核实身份", "Ask the supervisor who this is"}},
	ConfirmAlone:     {Amber, SoundWait, Step{"断网：核对证件和本人后确认放行", "No network: compare document and person, then confirm"}},
	ClockDrift:       {Amber, SoundWait, Step{"本机转人工检票，请校准时钟", "Check by hand here and set the clock"}},
}

// others is for reasons that are not a gate's own, such as an unknown key.
var others = manner{Red, SoundStop, Step{"请值班员处理", "Call the supervisor"}}

// mayOverride lists what a supervisor may set aside with a reason (J6): what a
// person can see to be right. A ticket that is not valid, passed before, under
// dispute or somebody else's stays refused, and so does a full coach.
var mayOverride = map[Reason]bool{
	NotReported: true, TooEarly: true, FlowManual: true, WrongGate: true, NeedDocument: true, DocumentExpired: true,
	NameMismatch: true, FaceNoMatch: true, ChildNeedsAdult: true, ClockDrift: true,
}

// MayOverride says whether a supervisor may set a refusal aside.
func (r Reason) MayOverride() bool { return mayOverride[r] }

// dress gives a verdict its light, its sound and the clerk's next step.
func dress(v Verdict) Verdict {
	m, ok := manners[v.Reason]
	if !ok {
		m = others
	}
	v.Light, v.Sound, v.Next = m.light, m.sound, m.next
	return v
}

// Review says why a supervisor looks at a passage afterwards; "" when nobody
// needs to.
type Review string

// What is reviewed: checks by hand are sampled, the others are all looked at.
const (
	ReviewManual     Review = "manual"     // a clerk looked at the document (F14)
	ReviewOverridden Review = "overridden" // a supervisor let somebody through
	ReviewMismatch   Review = "mismatch"   // somebody else's document (F8)
	ReviewForged     Review = "forged"     // a code with a wrong signature
)

// Known says whether it is one of the things that are reviewed; "" stands for
// all of them.
func (r Review) Known() bool {
	switch r {
	case "", ReviewManual, ReviewOverridden, ReviewMismatch, ReviewForged, ReviewAlone:
		return true
	}
	return false
}

// Review is what a verdict and the way it came about are looked at for.
func (v Verdict) Review(m Method) Review {
	switch {
	case v.Doubt:
		return ReviewAlone
	case v.Reason == WrongDocument:
		return ReviewMismatch
	case v.Reason == Tampered:
		return ReviewForged
	case v.Overrode != "":
		return ReviewOverridden
	case v.Pass && m == ByHand:
		return ReviewManual
	}
	return ""
}

// With is the verdict on an adult with whom so many children passed just now.
// The adult may have passed before: then it is theirs.
func (v Verdict) With(children int) Verdict {
	if children == 0 {
		return v
	}
	if !v.Pass {
		v = Verdict{Pass: true, Reason: CheckOK, Again: true, Children: v.Children, ZH: "成人已通过", EN: "the adult has passed"}
	}
	v.Children = max(v.Children-children, 0)
	v.ZH += fmt.Sprintf(" · 儿童 %d 人已通过", children)
	v.EN += fmt.Sprintf(" · %d on children's tickets passed", children)
	return dress(v)
}

// ReviewWasSettled is the journal's word for a passage that somebody looked into;
// Detail is a ReviewSettled.
const ReviewWasSettled EventKind = "review_settled"

// ReviewSettled is what somebody found who looked into a passage.
type ReviewSettled struct {
	Review int64  `json:"review"`
	Note   string `json:"note"` // without personal data
	By     string `json:"-"`
}
