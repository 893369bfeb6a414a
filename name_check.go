package chepiao

import (
	"fmt"
	"time"
)

// NameVerdict is what the population register says of a name under a document.
type NameVerdict string

// The verdicts. Whatever the register could not say counts for the passenger: it
// is noted, and looked at afterwards.
const (
	NameMatches  NameVerdict = "match"
	NameDiffers  NameVerdict = "mismatch"
	NameUnknown  NameVerdict = "unknown"     // the register has no such document
	NameNotAsked NameVerdict = "unreachable" // the register did not answer
)

// Limits of asking the register.
const (
	NameGood  = 30 * 24 * time.Hour // a match is believed for so long without asking again
	NamesADay = 5                   // wrong names for one document; then it is to be shown at a window
)

// What the rule name_verify says.
const (
	NamesUnverified = 0
	NamesWarned     = 1
	NamesRefused    = 2
)

// NameCheck decides by the rule name_verify what a verdict means for a purchase: an
// explanation to be kept with the order, or a refusal at name. Only a name that
// differs is ever refused.
func NameCheck(v NameVerdict, r *Rules) (*Explanation, *Refusal) {
	inputs := []Input{Given("name_verify", r.NameVerify), Given("verdict", string(v))}
	say := func(zh, en string) *Explanation {
		return &Explanation{Rule: "name_verify", Version: r.Version, Inputs: inputs, ZH: zh, EN: en}
	}
	switch {
	case r.NameVerify == NamesUnverified:
		return nil, nil
	case v == NameMatches:
		return say("姓名与证件一致", "the name belongs to the document"), nil
	case v == NameNotAsked:
		return say("姓名核验暂时无法进行，购票后复核", "the register could not be asked: to be reviewed"), nil
	case v != NameDiffers:
		return say("人口库中没有该证件的信息，购票后复核", "the register does not know the document: to be reviewed"), nil
	case r.NameVerify == NamesWarned:
		return say("姓名与证件不一致，乘车时须人工核对", "the name does not belong to the document: to be compared before boarding"), nil
	}
	no := Refuse(NameMismatch, "姓名与证件号码不一致，请按证件核对；若证件无误，请持证件到窗口购票",
		"the name does not belong to this document: check both, or buy at a window with the document").At("name")
	return nil, no.By("name_verify", r, inputs...)
}

// NameTries refuses to ask about yet another name for a document of which enough
// were wrong today: nobody shall find out names by trying. Refusal NameMismatch at
// name.
func NameTries(wrong int) *Refusal {
	if wrong < NamesADay {
		return nil
	}
	return Refuse(NameMismatch, fmt.Sprintf("该证件今天已 %d 次姓名不符，请持证件到窗口购票", wrong),
		fmt.Sprintf("%d names were wrong for this document today: buy at a window with the document", wrong)).At("name")
}
