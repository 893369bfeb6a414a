package chepiao

import "fmt"

// Face is only ever a second look at somebody who has already said who they are, by
// card, code or number: the camera's face is compared with the one that this ticket's
// passenger gave for the journey, and with those of everybody else enrolled for the
// same departure. No distance is safe by itself; being nearer to one's own template
// than to anybody else's aboard is. Whoever is not recognised shows the document to
// the staff: that is never a refusal.

// FaceModel is the model whose templates are compared. Templates of different models
// say nothing about each other.
const FaceModel = "faceapi-1.7.15-chip5-mirror"

// FaceTemplateBytes is the size of a template: 128 numbers of four bytes each, little endian.
const FaceTemplateBytes = 512

// FaceLook is what a gate measured: distances in thousandths.
type FaceLook struct {
	Claimed  int   `json:"claimed"`  // to the template of the ticket that was claimed; without a claim, to the nearest
	Others   []int `json:"others"`   // to everybody else's of the departure
	Enrolled int   `json:"enrolled"` // templates of the departure
	WalkUp   bool  `json:"walkup"`   // nobody was claimed: the nearest is proposed
}

// FaceVerdict is the answer.
type FaceVerdict struct {
	Accept  bool        `json:"accept"`
	Confirm bool        `json:"confirm,omitempty"` // walk-up: the passenger still says that name or seat is theirs
	Because Explanation `json:"because"`
	ZH      string      `json:"zh"`
	EN      string      `json:"en"`
}

// walkUpMost bounds the departures whose passengers may be told apart without a
// claim: among more people two come too near each other.
const walkUpMost = 60

// DecideFace says whether the person before the camera is who the claim says. The
// rules' numbers were measured by the ministry's project on still pictures (see
// docs/face.md); a station watches its own.
func DecideFace(f FaceLook, r *Rules) FaceVerdict {
	nearest, sound := -1, f.Claimed >= 0 && f.Enrolled == len(f.Others)+1 // of the others: all of them or none is compared; a distance is never below 0
	for _, d := range f.Others {
		sound = sound && d >= 0
		if nearest < 0 || d < nearest {
			nearest = d
		}
	}
	said := func(accept bool, rule string, zh, en string) FaceVerdict {
		inputs := []Input{Given("claimed", f.Claimed), Given("nearest_other", nearest), Given("enrolled", f.Enrolled), Given("walk_up", f.WalkUp)}
		return FaceVerdict{Accept: accept, Confirm: accept && f.WalkUp, ZH: zh, EN: en,
			Because: Explanation{Rule: rule, Version: r.Version, Inputs: inputs, ZH: zh, EN: en}}
	}
	staff := func(rule string) FaceVerdict {
		return said(false, rule, "请到人工通道出示证件", "please show your document to the staff")
	}
	few := f.Enrolled < r.FaceFew
	most, rule := r.FaceClaimed, "face_claimed"
	if few || f.WalkUp {
		most, rule = min(r.FaceFewClaimed, r.FaceClaimed), "face_few_claimed"
	}
	switch {
	case !r.FaceUse || !sound:
		return staff("face_use") // switched off, or measured against nobody
	case f.WalkUp && (!r.FaceWalkUp || f.Enrolled > walkUpMost):
		return staff("face_walkup")
	case f.Claimed > most:
		return staff(rule)
	case nearest >= 0 && f.Claimed+r.FaceMargin > nearest:
		return staff("face_margin")
	case f.WalkUp:
		return said(true, rule, "请确认姓名或座位", "please confirm your name or seat")
	}
	return said(true, rule, "人脸核验通过", "face verified")
}

// FaceConsented is the journal's word for a consent to be recognised on one journey,
// FaceWithdrawn for its end. Detail is a FaceConsent: a face is in neither.
const (
	FaceConsented EventKind = "face_consented"
	FaceWithdrawn EventKind = "face_withdrawn"
)

// FaceConsent is who agreed to what.
type FaceConsent struct {
	Who    FaceConsenter `json:"who"`
	Notice string        `json:"notice"`           // version of the text that was read
	Counts bool          `json:"counts,omitempty"` // apart from it: that distances may be counted, as numbers of nobody
}

// FaceConsenter says who agreed: for a child under 14 a guardian has to (PIPL, article 31).
type FaceConsenter string

// Who may agree.
const (
	FaceBySelf     FaceConsenter = "self"
	FaceByGuardian FaceConsenter = "guardian"
)

// faceGuardianAge is the age from which somebody may agree alone.
const faceGuardianAge = 14

// Check refuses a consent that is none: Invalid at who or notice. age is the
// passenger's on the day, -1 where it is not known: then the clerk's word counts.
func (c FaceConsent) Check(age int) error {
	switch {
	case c.Who != FaceBySelf && c.Who != FaceByGuardian:
		return Refuse(Invalid, "请说明由谁同意", "say who agrees").At("who")
	case c.Notice != FaceNotice:
		return Refuse(Invalid, "请先阅读现行的人脸识别告知书", "the notice that is in force must be read first").At("notice")
	case c.Who == FaceBySelf && age >= 0 && age < faceGuardianAge:
		return Refuse(Invalid, fmt.Sprintf("未满 %d 周岁须由监护人同意", faceGuardianAge), fmt.Sprintf("under %d a guardian has to agree", faceGuardianAge)).At("who")
	}
	return nil
}

// FaceNotice is the version of the notice that passengers read before they agree
// (docs/face.md): another text is another version, and everybody is asked again.
const FaceNotice = "2026-11"
