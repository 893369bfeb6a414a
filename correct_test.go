package chepiao_test

import (
	"fmt"
	"strings"
	"testing"

	"chepiao"
)

func TestCorrect(t *testing.T) {
	const ok chepiao.Reason = ""
	const no, same = chepiao.NotACorrection, chepiao.Invalid
	id := func(region, birth, sequence string) chepiao.Document {
		return chepiao.RestoreDocument(chepiao.ResidentID, residentID(region, birth, sequence), "")
	}
	pass := func(number, nation string) chepiao.Document {
		return chepiao.RestoreDocument(chepiao.Passport, number, nation)
	}
	hk := func(number string) chepiao.Document {
		return chepiao.RestoreDocument(chepiao.HKMacauPermit, number, "")
	}
	base := id("110105", "19900307", "012")
	type side struct {
		name string
		doc  chepiao.Document
	}
	for _, c := range []struct {
		what     string
		old, new side
		want     chepiao.Reason
		field    string
	}{
		{"nothing", side{"李小明", base}, side{"李小明", base}, same, "name"},
		{"one character", side{"李小明", base}, side{"李晓明", base}, ok, ""},
		{"two characters", side{"李小明", base}, side{"李晓铭", base}, ok, ""},
		{"a character too many", side{"李小明明", base}, side{"李小明", base}, ok, ""},
		{"a missing one and a wrong one", side{"李小", base}, side{"李晓明", base}, ok, ""},
		{"case and spaces", side{"LI XIAOMING", base}, side{"Li Xiao-ming", base}, ok, ""},
		{"three characters", side{"欧阳小明", base}, side{"欧张晓铭", base}, no, "name"},
		{"another name", side{"John Smith", base}, side{"Peter Jones", base}, no, "name"},
		{"words in another order", side{"John Smith", base}, side{"Smith John", base}, no, "name"},
		{"name and number", side{"李小明", base}, side{"李晓明", id("110105", "19900307", "013")}, no, "name"},
		{"one digit and the check", side{"李小明", base}, side{"李小明", id("110105", "19900307", "013")}, ok, ""},
		{"one digit of the region", side{"李小明", base}, side{"李小明", id("110106", "19900307", "012")}, ok, ""},
		{"neighbours swapped", side{"李小明", base}, side{"李小明", id("110105", "19900307", "021")}, ok, ""},
		{"two apart", side{"李小明", base}, side{"李小明", id("110105", "19900307", "113")}, no, "document.number"},
		{"three digits", side{"李小明", base}, side{"李小明", id("110105", "19900307", "123")}, no, "document.number"},
		{"region and sequence", side{"李小明", base}, side{"李小明", id("110106", "19900307", "013")}, no, "document.number"},
		{"birth date", side{"李小明", base}, side{"李小明", id("110105", "19900308", "012")}, no, "document.number"},
		{"another kind", side{"李小明", base}, side{"李小明", chepiao.RestoreDocument(chepiao.TemporaryID, base.Reveal(), "")}, no, "document.kind"},
		{"passport, one", side{"A B", pass("M12345678", "KOR")}, side{"A B", pass("M12345679", "KOR")}, ok, ""},
		{"passport, one missing", side{"A B", pass("M1234567", "KOR")}, side{"A B", pass("M12345678", "KOR")}, ok, ""},
		{"passport, two", side{"A B", pass("M12345678", "KOR")}, side{"A B", pass("M12345687", "KOR")}, no, "document.number"},
		{"passport, nation", side{"A B", pass("M12345678", "KOR")}, side{"A B", pass("M12345678", "PRK")}, ok, ""},
		{"passport, nation and number", side{"A B", pass("M12345678", "KOR")}, side{"A B", pass("M12345679", "PRK")}, no, "document.nationality"},
		{"permit, one", side{"陈大文", hk("H12345678")}, side{"陈大文", hk("M12345678")}, ok, ""},
		{"permit, two", side{"陈大文", hk("H12345678")}, side{"陈大文", hk("M12345679")}, no, "document.number"},
		{"passport for permit", side{"陈大文", hk("H12345678")}, side{"陈大文", pass("H12345678", "CHN")}, no, "document.kind"},
	} {
		t.Run(c.what, func(t *testing.T) {
			old := chepiao.Passenger{Name: chepiao.RestoreName(c.old.name), Document: c.old.doc}
			new := chepiao.Passenger{Name: chepiao.RestoreName(c.new.name), Document: c.new.doc, Phone: chepiao.RestorePhone("13812345678")}
			for _, way := range [][2]chepiao.Passenger{{old, new}, {new, old}} {
				err := chepiao.Correct(way[0], way[1], false)
				if chepiao.Why(err) != c.want {
					t.Fatalf("%v, want %q", err, c.want)
				}
				if r := chepiao.AsRefusal(err); r != nil {
					if r.Field != c.field || r.ZH == "" || r.EN == "" || c.want == no && !strings.Contains(r.ZH, "更正超出范围，按转让处理") {
						t.Errorf("%+v", *r)
					}
					for _, clear := range []string{c.old.name, c.new.name, c.old.doc.Reveal(), c.new.doc.Reveal()} {
						wantNoLeak(t, fmt.Sprint(*r), clear)
						if strings.Contains(fmt.Sprint(*r), clear) {
							t.Errorf("%v shows %q", *r, clear)
						}
					}
				}
				if err := chepiao.Correct(way[0], way[1], true); chepiao.Why(err) != chepiao.CorrectedBefore {
					t.Errorf("a second time: %v", err)
				}
			}
		})
	}
}
