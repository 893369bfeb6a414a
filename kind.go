package chepiao

import "fmt"

// NotEligible is the reason of Claim.Eligible.
const NotEligible Reason = "NOT_ELIGIBLE" // not entitled to this kind of ticket

// Claim is a passenger's claim to a kind of ticket and what it rests on.
type Claim struct {
	Kind      TicketKind
	Proof     Proof // declared by the buyer or seen by the clerk; "" for none
	Age       int   // completed years on the travel day; -1 where no document says
	HeightCM  int   // measured at a window; 0 where nobody did
	Dependent bool  // a child without a document of its own, on its guardian's
}

// Eligible decides whether a passenger may travel on a kind of ticket and what
// proof is recorded. A half ticket is a child's: where the document tells the
// birth date, the age on the travel day decides on line, and a window may also
// measure the child; where it does not, the proof is declared and looked at at
// the gate. The other reduced kinds rest on a card, which is looked at at the
// gate too; the rule proof_needed refuses them without the word that there is
// one. Refusal NotEligible at kind or proof.
func (c Claim) Eligible(ch Channel, r *Rules) (Proof, *Explanation, *Refusal) {
	if c.Kind == Full {
		return "", nil, nil
	}
	inputs := []Input{Given("kind", c.Kind), Given("proof", string(c.Proof)), Given("age", c.Age), Given("height", c.HeightCM), Given("channel", string(ch))}
	if c.Kind == Half {
		return c.child(ch, r, inputs)
	}
	want, ok := kindProofs[c.Kind]
	switch {
	case c.Kind == Free:
		return "", nil, noFreeTicket.At("kind")
	case !ok:
		return "", nil, Refuse(Invalid, "没有这种票种", "there is no such kind of ticket").At("kind")
	case c.Proof != "" && c.Proof != want:
		zh, en := want.Text()
		return "", nil, Refuse(NotEligible, "该票种须凭"+zh, "this kind of ticket needs "+en).At("proof").By("proof_needed", r, inputs...)
	case c.Proof == "" && r.ProofNeeded:
		zh, en := want.Text()
		return "", nil, Refuse(NotEligible, "购买该票种须出示"+zh, "this kind of ticket is sold on "+en).At("proof").By("proof_needed", r, inputs...)
	}
	zh, en := want.Text()
	return c.Proof, &Explanation{Rule: shareRules[c.Kind], Version: r.Version, Inputs: inputs, ZH: "凭" + zh + "优惠，检票时查验", EN: "reduced on " + en + ", to be shown at the gate"}, nil
}

// kindProofs are what each reduced kind but a child's rests on.
var kindProofs = map[TicketKind]Proof{Student: ProofStudent, Disabled: ProofDisabled, Discount: ProofOffer}

// child decides a half ticket.
func (c Claim) child(ch Channel, r *Rules, inputs []Input) (Proof, *Explanation, *Refusal) {
	explain := func(p Proof, rule, zh, en string) (Proof, *Explanation, *Refusal) {
		if c.Dependent {
			p = ProofGuardian // the one thing a gate must know
		}
		return p, &Explanation{Rule: rule, Version: r.Version, Inputs: inputs, ZH: zh, EN: en}, nil
	}
	short := c.HeightCM == 0 || c.HeightCM <= r.HalfHeight
	switch {
	case c.Proof != "" && c.Proof != ProofAge && c.Proof != ProofHeight && c.Proof != ProofGuardian:
		return "", nil, Refuse(NotEligible, "儿童票按年龄或身高购买", "a child's ticket rests on age or height").At("proof").By("half_age", r, inputs...)
	case c.Age >= 0 && c.Age <= r.HalfAge:
		return explain(ProofAge, "half_age", fmt.Sprintf("乘车当日不超过 %d 周岁，购半票", r.HalfAge), fmt.Sprintf("not over %d years on the travel day: half fare", r.HalfAge))
	case c.Age >= 0 && c.Age < majority && ch == Window && c.Proof == ProofHeight && short:
		return explain(ProofHeight, "half_height", fmt.Sprintf("身高不超过 %d 厘米，购半票", r.HalfHeight), fmt.Sprintf("not over %d cm: half fare", r.HalfHeight))
	case c.Age >= 0:
		return "", nil, Refuse(NotEligible, fmt.Sprintf("乘车当日已超过 %d 周岁，不能购买儿童半票", r.HalfAge),
			fmt.Sprintf("over %d years on the travel day: no half fare", r.HalfAge)).At("kind").By("half_age", r, append(inputs, Given("half_age", r.HalfAge))...)
	case c.HeightCM > 0 && !short:
		return "", nil, Refuse(NotEligible, fmt.Sprintf("身高超过 %d 厘米，不能购买儿童半票", r.HalfHeight),
			fmt.Sprintf("over %d cm: no half fare", r.HalfHeight)).At("kind").By("half_height", r, append(inputs, Given("half_height", r.HalfHeight))...)
	case c.Proof == "" && c.HeightCM > 0:
		return explain(ProofHeight, "half_height", fmt.Sprintf("身高不超过 %d 厘米，购半票", r.HalfHeight), fmt.Sprintf("not over %d cm: half fare", r.HalfHeight))
	case c.Proof == "" && r.ProofNeeded && !c.Dependent:
		return "", nil, Refuse(NotEligible, "证件上没有出生日期，购儿童半票须说明凭年龄还是身高", "the document has no birth date: say whether the half fare rests on age or height").At("proof").By("proof_needed", r, inputs...)
	}
	return explain(c.Proof, "half_age", "购儿童半票，检票时查验年龄或身高", "a child's half fare, age or height to be looked at at the gate")
}

// Text is the proof in words.
func (p Proof) Text() (zh, en string) {
	switch p {
	case ProofAge:
		return "出生日期", "a birth date"
	case ProofHeight:
		return "身高", "height"
	case ProofStudent:
		return "学生证", "a student card"
	case ProofDisabled:
		return "残疾军人证等证件", "a disabled serviceman's certificate"
	case ProofOffer:
		return "优惠资格", "an offer of the line or station"
	case ProofGuardian:
		return "监护人证件", "the guardian's document"
	}
	return "", ""
}

// ParseProof reads a proof as the API spells it; "" is none. Refusal Invalid.
func ParseProof(s string) (Proof, error) {
	if zh, _ := Proof(s).Text(); s != "" && zh == "" {
		return "", Refuse(Invalid, "优惠凭据应为 age、height、student_card、disabled_service、offer 或 guardian",
			"the proof must be age, height, student_card, disabled_service, offer or guardian").At("proof")
	}
	return Proof(s), nil
}

// HalfFits refuses with TooMany when half tickets would be more than their share
// of a departure's seats (P1036). taken are those sold, wanted those asked for.
func (r *Rules) HalfFits(taken, wanted, seats int) error {
	quota := int(int64(seats) * r.HalfQuota / 10_000)
	if wanted == 0 || taken+wanted <= quota {
		return nil
	}
	return Refuse(TooMany, fmt.Sprintf("本班次半票名额为 %d 张，已满", quota), fmt.Sprintf("this departure has %d half tickets and no more left", quota)).At("passengers").
		By("half_quota", r, Given("seats", seats), Given("quota", quota), Given("taken", taken), Given("wanted", wanted))
}
