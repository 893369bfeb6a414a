package chepiao

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func faceRules() *Rules {
	r := DefaultRules()
	r.FaceUse = true
	return r
}

// The numbers of the requirement, at their edges.
func TestDecideFace(t *testing.T) {
	far := slices.Repeat([]int{800}, 19)
	few := slices.Repeat([]int{800}, 9)
	walk := faceRules()
	walk.FaceWalkUp = true
	for _, c := range []struct {
		name   string
		look   FaceLook
		rules  *Rules
		accept bool
		rule   string
	}{
		{"near", FaceLook{Claimed: 300, Others: far, Enrolled: 20}, faceRules(), true, "face_claimed"},
		{"at the edge", FaceLook{Claimed: 500, Others: far, Enrolled: 20}, faceRules(), true, "face_claimed"},
		{"beyond it", FaceLook{Claimed: 501, Others: far, Enrolled: 20}, faceRules(), false, "face_claimed"},
		{"somebody is as near", FaceLook{Claimed: 400, Others: append([]int{459}, far...), Enrolled: 21}, faceRules(), false, "face_margin"},
		{"just far enough", FaceLook{Claimed: 400, Others: append([]int{460}, far...), Enrolled: 21}, faceRules(), true, "face_claimed"},
		{"another is nearer", FaceLook{Claimed: 400, Others: append([]int{200}, far...), Enrolled: 21}, faceRules(), false, "face_margin"},
		{"few, near", FaceLook{Claimed: 420, Others: few, Enrolled: 10}, faceRules(), true, "face_few_claimed"},
		{"few, not so near", FaceLook{Claimed: 421, Others: few, Enrolled: 10}, faceRules(), false, "face_few_claimed"},
		{"alone", FaceLook{Claimed: 419, Enrolled: 1}, faceRules(), true, "face_few_claimed"},
		{"not compared with everybody", FaceLook{Claimed: 300, Others: []int{800}, Enrolled: 20}, faceRules(), false, "face_use"},
		{"nobody enrolled", FaceLook{Claimed: 0}, faceRules(), false, "face_use"},
		{"switched off", FaceLook{Claimed: 100, Others: far, Enrolled: 20}, DefaultRules(), false, "face_use"},
		{"walk-up is off", FaceLook{Claimed: 100, Others: far, Enrolled: 20, WalkUp: true}, faceRules(), false, "face_walkup"},
		{"walk-up", FaceLook{Claimed: 420, Others: far, Enrolled: 20, WalkUp: true}, walk, true, "face_few_claimed"},
		{"walk-up, farther", FaceLook{Claimed: 421, Others: far, Enrolled: 20, WalkUp: true}, walk, false, "face_few_claimed"},
		{"walk-up among too many", FaceLook{Claimed: 100, Others: slices.Repeat([]int{900}, 60), Enrolled: 61, WalkUp: true}, walk, false, "face_walkup"},
	} {
		got := DecideFace(c.look, c.rules)
		if got.Accept != c.accept || got.Because.Rule != c.rule || got.ZH == "" || got.EN == "" {
			t.Errorf("%s: %+v, want %v by %s", c.name, got, c.accept, c.rule)
		}
		if got.Confirm != (got.Accept && c.look.WalkUp) {
			t.Errorf("%s: confirm is %v", c.name, got.Confirm)
		}
	}
}

// A face that is farther from its own template, or nearer to another, never does
// better; nothing above the thresholds is accepted; without a margin nobody is.
func TestDecideFaceLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := faceRules()
		look := FaceLook{Claimed: rapid.IntRange(0, 900).Draw(t, "claimed"), Others: rapid.SliceOfN(rapid.IntRange(0, 1200), 0, 40).Draw(t, "others")}
		look.Enrolled = len(look.Others) + 1
		got := DecideFace(look, r)
		worse := look
		worse.Claimed += rapid.IntRange(0, 300).Draw(t, "worse")
		if DecideFace(worse, r).Accept && !got.Accept {
			t.Fatalf("farther is accepted, nearer not: %+v", look)
		}
		if len(look.Others) > 0 {
			nearer := look
			nearer.Others = slices.Clone(look.Others)
			nearer.Others[0] -= rapid.IntRange(0, 300).Draw(t, "nearer")
			if DecideFace(nearer, r).Accept && !got.Accept {
				t.Fatalf("another comes nearer and it is accepted: %+v", look)
			}
		}
		if !got.Accept {
			return
		}
		if look.Claimed > r.FaceClaimed || look.Enrolled < r.FaceFew && look.Claimed > r.FaceFewClaimed {
			t.Fatalf("accepted above the threshold: %+v", look)
		}
		if len(look.Others) > 0 && slices.Min(look.Others) < look.Claimed+r.FaceMargin {
			t.Fatalf("accepted without the margin: %+v", look)
		}
	})
}

func TestFaceConsent(t *testing.T) {
	for _, c := range []struct {
		consent FaceConsent
		age     int
		good    bool
	}{
		{FaceConsent{Who: FaceBySelf, Notice: FaceNotice}, 30, true},
		{FaceConsent{Who: FaceBySelf, Notice: FaceNotice}, 14, true},
		{FaceConsent{Who: FaceBySelf, Notice: FaceNotice}, 13, false},
		{FaceConsent{Who: FaceByGuardian, Notice: FaceNotice}, 13, true},
		{FaceConsent{Who: FaceBySelf, Notice: FaceNotice}, -1, true},
		{FaceConsent{Who: FaceBySelf, Notice: "2020-01"}, 30, false},
		{FaceConsent{Who: "", Notice: FaceNotice}, 30, false},
	} {
		if err := c.consent.Check(c.age); (err == nil) != c.good {
			t.Errorf("%+v at %d: %v", c.consent, c.age, err)
		}
	}
}
