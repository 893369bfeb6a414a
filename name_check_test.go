package chepiao_test

import (
	"testing"

	"chepiao"
)

// TestNameCheck walks every verdict under every setting: only a name that differs is
// refused, and only where the rule says so.
func TestNameCheck(t *testing.T) {
	for setting := range 3 {
		r := chepiao.DefaultRules()
		r.NameVerify = setting
		for _, v := range []chepiao.NameVerdict{chepiao.NameMatches, chepiao.NameDiffers, chepiao.NameUnknown, chepiao.NameNotAsked, "nonsense"} {
			why, no := chepiao.NameCheck(v, r)
			refused := setting == chepiao.NamesRefused && v == chepiao.NameDiffers
			if (no != nil) != refused {
				t.Errorf("%d, %s: %v", setting, v, no)
			}
			if refused && (no.Reason != chepiao.NameMismatch || no.Field != "name" || no.Because == nil || no.Because.Rule != "name_verify") {
				t.Errorf("%+v", no)
			}
			if (why != nil) != (setting != chepiao.NamesUnverified && !refused) {
				t.Errorf("%d, %s: %+v", setting, v, why)
			}
		}
	}
	if chepiao.NameTries(chepiao.NamesADay-1) != nil || chepiao.NameTries(chepiao.NamesADay).Reason != chepiao.NameMismatch {
		t.Error("wrong names are not counted rightly")
	}
}
