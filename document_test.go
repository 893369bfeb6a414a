package chepiao_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"chepiao"

	"pgregory.net/rapid"
)

const documentToday chepiao.Day = 20779 // 2026-11-22

func TestDocumentAccepted(t *testing.T) {
	for _, c := range []struct {
		kind                        chepiao.DocumentKind
		typed, nationality          string
		number, keptNationality, as string
	}{
		// The standard's two examples, then the shapes people type.
		{chepiao.ResidentID, "11010519491231002X", "", "11010519491231002X", "", "1101**********002X"},
		{chepiao.ResidentID, "440524188001010014", "CHN", "440524188001010014", "", "4405**********0014"},
		{chepiao.ResidentID, " 110105 19491231 002x ", "", "11010519491231002X", "", "1101**********002X"},
		{chepiao.ResidentID, "11010519491231002Ⅹ", "", "11010519491231002X", "", "1101**********002X"},
		{chepiao.ResidentID, "４４０５２４－１８８００１０１－００１４", "", "440524188001010014", "", "4405**********0014"},
		{chepiao.ResidentID, "\u202A440524188001010014\u202C\u00A0", "", "440524188001010014", "", "4405**********0014"},
		{chepiao.ResidentID, residentID("110105", "20240229", "001"), "", residentID("110105", "20240229", "001"), "", ""},
		{chepiao.ResidentID, residentID("110105", "20261122", "001"), "", residentID("110105", "20261122", "001"), "", ""},
		{chepiao.ResidentID, residentID("110105", "18500101", "001"), "", residentID("110105", "18500101", "001"), "", ""},
		{chepiao.ResidentID, residentID("659999", "19900101", "001"), "", residentID("659999", "19900101", "001"), "", ""}, // no such county
		{chepiao.HMTResidencePermit, "81000019980902013X", "", "81000019980902013X", "", "8100**********013X"},
		{chepiao.HMTResidencePermit, "83000019810715006x", "", "83000019810715006X", "", "8300**********006X"},
		{chepiao.HKMacauPermit, "h1234 5678", "", "H12345678", "", "H1*****78"},
		{chepiao.HKMacauPermit, "M1234567801", "", "M12345678", "", "M1*****78"},
		{chepiao.TaiwanPermit, "12345678", "", "12345678", "", "12****78"},
		{chepiao.TaiwanPermit, "0012345678（b）", "", "0012345678B", "", "00*******8B"},
		{chepiao.ForeignPRCard, "kor110012345678", "", "KOR110012345678", "", "KOR*********678"},
		{chepiao.ForeignPRCard, residentID("911840", "19900101", "001"), "", residentID("911840", "19900101", "001"), "", ""},
		{chepiao.Passport, "E12345678", "CHN", "E12345678", "CHN", "E1*****78"},
		{chepiao.Passport, "ea1234567", "cn", "EA1234567", "CHN", "EA*****67"},
		{chepiao.Passport, "G12345678", "CHN", "G12345678", "CHN", ""},
		{chepiao.Passport, "PE1234567", "CHN", "PE1234567", "CHN", ""},
		{chepiao.Passport, "S1234567", "CHN", "S1234567", "CHN", ""},
		{chepiao.Passport, "c01x00t47", "D", "C01X00T47", "DEU", "C0*****47"},
		{chepiao.Passport, "M1234", "kor ", "M1234", "KOR", "M***4"},
		{chepiao.Passport, "AB123456789012345", "XXA", "AB123456789012345", "XXA", "AB12*********2345"},
		{chepiao.PoliceCertificate, "11010519491231002x", "CHN", "11010519491231002X", "", "1101**********002X"},
		{chepiao.MilitaryOfficer, "军字第0123456号", "", "军0123456", "", "军0****56"},
		{chepiao.MFACertificate, "外领〔2026〕第12号", "", "外领202612", "", "外领****12"},
		{chepiao.MainlandHKMacauPermit, "ca1234567", "", "CA1234567", "", "CA*****67"},
		{chepiao.MainlandTaiwanPermit, "L12345678", "", "L12345678", "", ""},
		{chepiao.SeamanBook, "A01234567", "", "A01234567", "", ""},
	} {
		t.Run(string(c.kind)+" "+c.typed, func(t *testing.T) {
			d, err := chepiao.NewDocument(c.kind, c.typed, c.nationality, documentToday)
			if err != nil {
				t.Fatalf("refused: %v", err)
			}
			if d.Kind() != c.kind || d.Reveal() != c.number || d.Nationality() != c.keptNationality {
				t.Errorf("have %s %s %q, want %s %s %q", d.Kind(), d.Reveal(), d.Nationality(), c.kind, c.number, c.keptNationality)
			}
			if c.as != "" && d.String() != c.as {
				t.Errorf("masked %s, want %s", d, c.as)
			}
			again, err := chepiao.NewDocument(d.Kind(), d.Reveal(), d.Nationality(), documentToday)
			if err != nil || !again.Equal(d) {
				t.Errorf("normalising again: %v, %v", again, err)
			}
			if kept := chepiao.RestoreDocument(d.Kind(), d.Reveal(), d.Nationality()); !kept.Equal(d) {
				t.Errorf("restored %v", kept)
			}
		})
	}
}

// Among the kinds with a structure of their own, nothing but the passport's own
// inputs makes another kind's number valid: every good number is tried under
// every kind.
func TestDocumentSquareOfKinds(t *testing.T) {
	good := map[chepiao.DocumentKind]string{
		chepiao.ResidentID: "11010519491231002X", chepiao.HMTResidencePermit: "81000019980902013X",
		chepiao.HKMacauPermit: "H12345678", chepiao.TaiwanPermit: "12345678",
		chepiao.ForeignPRCard: residentID("911840", "19900101", "001"), chepiao.Passport: "E87654321",
		chepiao.TemporaryID: "11010519491231002X", chepiao.HouseholdBook: "11010519491231002X",
		chepiao.DrivingLicence: "11010519491231002X", chepiao.PoliceCertificate: "11010519491231002X",
		chepiao.MainlandHKMacauPermit: "C12345678", chepiao.MainlandTaiwanPermit: "T12345678",
	}
	cards := []chepiao.DocumentKind{chepiao.ResidentID, chepiao.HMTResidencePermit, chepiao.ForeignPRCard}
	alike := func(owner, kind chepiao.DocumentKind) bool {
		switch kind {
		case chepiao.ResidentID, chepiao.TemporaryID, chepiao.HouseholdBook:
			return good[owner] == good[chepiao.ResidentID]
		case chepiao.DrivingLicence, chepiao.PoliceCertificate:
			return good[owner] == good[chepiao.ResidentID] || slices.Contains(cards, owner)
		}
		return owner == kind
	}
	for owner, number := range good {
		for kind := range good {
			_, err := chepiao.NewDocument(kind, number, "CHN", documentToday)
			if (err == nil) != alike(owner, kind) {
				t.Errorf("a number of %s as %s: %v", owner, kind, err)
			}
			if err != nil && chepiao.Why(err) != chepiao.Invalid {
				t.Errorf("a number of %s as %s: %v", owner, kind, err)
			}
		}
	}
}

func TestDocumentKindNames(t *testing.T) {
	codes := map[chepiao.DocumentKind]string{
		chepiao.ResidentID: "111", chepiao.Passport: "414", chepiao.HKMacauPermit: "516",
		chepiao.TaiwanPermit: "511", chepiao.ForeignPRCard: "553",
		chepiao.TemporaryID: "112", chepiao.HouseholdBook: "113", chepiao.MilitaryOfficer: "114",
	}
	seen := map[string]bool{}
	for _, k := range chepiao.DocumentKinds() {
		if !k.Valid() || k.ZH() == "" || k.EN() == "" || k.GAT517() != codes[k] || seen[k.ZH()] || seen[k.EN()] || seen[string(k)] {
			t.Errorf("%s: %v %q %q %q", k, k.Valid(), k.ZH(), k.EN(), k.GAT517())
		}
		seen[k.ZH()], seen[k.EN()], seen[string(k)] = true, true, true
		if back, ok := chepiao.DocumentKindOfGAT517(k.GAT517()); ok != (codes[k] != "") || ok && back != k {
			t.Errorf("%s: code %q gives %q, %v", k, k.GAT517(), back, ok)
		}
	}
	if k := chepiao.DocumentKind("x"); k.Valid() || k.Online() || k.Dated() || k.ZH()+k.EN()+k.GAT517() != "" {
		t.Error("an unknown kind has names")
	}
	if _, ok := chepiao.DocumentKindOfGAT517("123"); ok {
		t.Error("a police officer's card is one of the kinds")
	}
}

// The six kinds of the 2024 plan are sold everywhere, the other twenty-one at a
// window only.
func TestDocumentSoldOn(t *testing.T) {
	all, online := chepiao.DocumentKinds(), chepiao.OnlineDocumentKinds()
	if len(all) != 27 || len(online) != 6 || !slices.Equal(all[:6], online) {
		t.Fatalf("%d kinds, %d on line: %v", len(all), len(online), online)
	}
	var grouped []chepiao.DocumentKind
	for _, g := range chepiao.DocumentGroups() {
		if g.Name == "" || len(g.Kinds) < 4 {
			t.Errorf("group %q of %v", g.Name, g.Kinds)
		}
		grouped = append(grouped, g.Kinds...)
	}
	if !slices.Equal(grouped, all) {
		t.Errorf("the groups hold %v", grouped)
	}
	for _, k := range all {
		d := chepiao.RestoreDocument(k, "x", "")
		if k.Online() != slices.Contains(online, k) {
			t.Errorf("%s on line: %v", k, k.Online())
		}
		if err := d.SoldOn(chepiao.Window); err != nil {
			t.Errorf("%s at a window: %v", k, err)
		}
		for _, c := range []chepiao.Channel{chepiao.Online, chepiao.Platform, "kiosk", ""} {
			err := d.SoldOn(c)
			if k.Online() && err != nil {
				t.Errorf("%s on %q: %v", k, c, err)
			}
			if r := chepiao.AsRefusal(err); !k.Online() && (r == nil || r.Reason != chepiao.DocumentNotOnline || r.Field != "document.kind") {
				t.Errorf("%s on %q: %v", k, c, err)
			}
		}
	}
}

// What bears the number of a card names its holder (F3), nothing else does.
func TestDocumentHolder(t *testing.T) {
	hmt, pr := "81000019980902013X", residentID("911840", "19900101", "001")
	for _, c := range []struct {
		kind   chepiao.DocumentKind
		number string
		holder chepiao.DocumentKind
	}{
		{chepiao.ResidentID, "11010519491231002X", chepiao.ResidentID},
		{chepiao.TemporaryID, "11010519491231002X", chepiao.ResidentID},
		{chepiao.HouseholdBook, "11010519491231002X", chepiao.ResidentID},
		{chepiao.DrivingLicence, "11010519491231002X", chepiao.ResidentID},
		{chepiao.PoliceCertificate, "11010519491231002X", chepiao.ResidentID},
		{chepiao.HMTResidencePermit, hmt, chepiao.HMTResidencePermit},
		{chepiao.DrivingLicence, hmt, chepiao.HMTResidencePermit},
		{chepiao.PoliceCertificate, hmt, chepiao.HMTResidencePermit},
		{chepiao.ForeignPRCard, pr, chepiao.ForeignPRCard},
		{chepiao.DrivingLicence, pr, chepiao.ForeignPRCard},
		{chepiao.PoliceCertificate, pr, chepiao.ForeignPRCard},
		{chepiao.StudentCard, "11010519491231002X", chepiao.StudentCard},
		{chepiao.SeamanBook, "11010519491231002X", chepiao.SeamanBook},
		{chepiao.MilitaryOfficer, "军0123456", chepiao.MilitaryOfficer},
		{chepiao.Passport, "E12345678", chepiao.Passport},
		{chepiao.HKMacauPermit, "H12345678", chepiao.HKMacauPermit},
	} {
		d := mustDocument(t, c.kind, c.number, "CHN")
		card := mustDocument(t, c.holder, c.number, "CHN")
		if !d.Holder().Equal(card) || !card.Holder().Equal(card) {
			t.Errorf("%s: holder's document is %s", c.kind, d.Holder().Kind())
		}
		if chepiao.TokenOf(bindKey, d) != chepiao.TokenOf(bindKey, card) || chepiao.BindDocument(bindKey, d) != chepiao.BindDocument(bindKey, card) {
			t.Errorf("%s: another person than by %s", c.kind, c.holder)
		}
	}
	if d := (chepiao.Document{}); !d.Holder().IsZero() {
		t.Error("nobody holds a document")
	}
}

func TestDocumentBirth(t *testing.T) {
	day := func(s string) chepiao.Day {
		d, err := chepiao.ParseDay(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, c := range []struct {
		born, on string
		years    int
	}{
		{"20200615", "20260614", 5}, {"20200615", "20260615", 6}, {"20200615", "20200615", 0},
		{"20200229", "20260228", 5}, {"20200229", "20260301", 6}, {"20200229", "20240229", 4},
		{"18800101", "20261122", 146}, {"20200615", "20200614", -1},
	} {
		d := mustDocument(t, chepiao.ResidentID, residentID("110105", c.born, "001"), "")
		if born, ok := d.Birth(); !ok || born != day(c.born) {
			t.Errorf("%s: born %v %v", c.born, born, ok)
		}
		if years, ok := d.Age(day(c.on)); !ok || years != c.years {
			t.Errorf("born %s, on %s: %d years, want %d", c.born, c.on, years, c.years)
		}
	}
	for _, d := range []chepiao.Document{
		{}, mustDocument(t, chepiao.Passport, "E12345678", "CHN"), mustDocument(t, chepiao.HKMacauPermit, "H12345678", ""),
		mustDocument(t, chepiao.TaiwanPermit, "12345678", ""), mustDocument(t, chepiao.ForeignPRCard, "KOR110012345678", ""),
	} {
		if _, ok := d.Birth(); ok {
			t.Errorf("%s %s carries a birth date", d.Kind(), d)
		}
		if _, ok := d.Age(documentToday); ok {
			t.Errorf("%s %s carries an age", d.Kind(), d)
		}
	}
	for _, k := range []chepiao.DocumentKind{chepiao.HMTResidencePermit, chepiao.ForeignPRCard} {
		region := map[bool]string{true: "911840", false: "830000"}[k == chepiao.ForeignPRCard]
		if born, ok := mustDocument(t, k, residentID(region, "19900505", "001"), "").Birth(); !ok || born != day("19900505") {
			t.Errorf("%s: born %v %v", k, born, ok)
		}
	}
}

func TestDocumentMaskShowsAtMostHalf(t *testing.T) {
	for n := 1; n <= 20; n++ {
		number := "ABCDEFGHIJKLMNOPQRST"[:n]
		d := chepiao.RestoreDocument(chepiao.Passport, number, "KOR")
		if shown := n - strings.Count(d.String(), "*"); shown > n/2 || shown > 8 || len(d.String()) != n {
			t.Errorf("%d characters: %s shows %d", n, d, shown)
		}
		if tail := d.Tail(); len(tail) > n/2 || len(tail) > 4 || !strings.HasSuffix(number, tail) {
			t.Errorf("%d characters: tail %s", n, tail)
		}
	}
	if s := (chepiao.Document{}).String(); s != "" {
		t.Errorf("no document prints %q", s)
	}
}

func TestResidentIDFindsEverySingleError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := drawResidentID(t)
		d, err := chepiao.NewDocument(chepiao.ResidentID, id, "", documentToday)
		if err != nil || d.Reveal() != id {
			t.Fatalf("%s: %v", id, err)
		}
		at := rapid.IntRange(0, 17).Draw(t, "at")
		other := rapid.SampledFrom([]byte("0123456789X")).Draw(t, "other")
		if id[at] == other {
			return
		}
		wrong := id[:at] + string(other) + id[at+1:]
		if _, err := chepiao.NewDocument(chepiao.ResidentID, wrong, "", documentToday); chepiao.Why(err) != chepiao.Invalid {
			t.Fatalf("%s with %c at %d: %v", id, other, at, err)
		}
	})
}

func TestDocumentNormalisingIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(chepiao.DocumentKinds()).Draw(t, "kind")
		typed := rapid.OneOf(rapid.String(), rapid.StringMatching(`[EGHM]?[A-Za-z０-９0-9 -]{4,18}`),
			rapid.Custom(drawResidentID)).Draw(t, "typed")
		d, err := chepiao.NewDocument(kind, typed, "KR", documentToday)
		if err != nil {
			if r := chepiao.AsRefusal(err); r == nil || r.ZH == "" || r.EN == "" || r.Field == "" {
				t.Fatalf("%q: %v", typed, err)
			}
			return
		}
		again, err := chepiao.NewDocument(d.Kind(), d.Reveal(), d.Nationality(), documentToday)
		if err != nil || !again.Equal(d) {
			t.Fatalf("%q: %s, then %v", typed, d.Reveal(), err)
		}
	})
}

func FuzzDocument(f *testing.F) {
	for i, s := range []string{"11010519491231002X", "H1234567801", "0012345678(B)", "81000019980902013X", "KOR110012345678", "E12345678", "１１", "\xff", "证", "11010519491231002X", "军字第0123456号"} {
		f.Add(i, s, "CHN")
	}
	kinds := chepiao.DocumentKinds()
	f.Fuzz(func(t *testing.T, k int, number, nationality string) {
		kind := kinds[uint(k)%uint(len(kinds))]
		d, err := chepiao.NewDocument(kind, number, nationality, documentToday)
		if err != nil {
			if chepiao.Why(err) != chepiao.Invalid {
				t.Fatalf("a fault: %v", err)
			}
			return
		}
		clear := d.Reveal()
		if again, err := chepiao.NewDocument(kind, clear, d.Nationality(), documentToday); err != nil || !again.Equal(d) {
			t.Fatalf("%q is not stable: %v", clear, err)
		}
		if masked := []rune(d.String()); 2*(len(masked)-strings.Count(d.String(), "*")) > len(masked) {
			t.Fatalf("%q shows too much: %s", clear, d)
		}
		if masked := d.String(); utf8.RuneCountInString(masked) != utf8.RuneCountInString(clear) || strings.ContainsAny(clear, "|字第号 -") {
			t.Fatalf("%q accepted, shows %s", clear, masked)
		}
		if kind.Online() && strings.Trim(clear, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			t.Fatalf("%q accepted", clear)
		}
	})
}

func BenchmarkNewDocument(b *testing.B) {
	for _, c := range []struct {
		name, typed string
	}{{"digits", "11010519491231002X"}, {"typed", "110105 19491231 002x"}, {"wide", "１１０１０５１９４９１２３１００２Ｘ"}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := chepiao.NewDocument(chepiao.ResidentID, c.typed, "", documentToday); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func ExampleNewDocument() {
	today := chepiao.Day(20779)
	d, _ := chepiao.NewDocument(chepiao.ResidentID, "110105 19491231 002x", "", today)
	years, _ := d.Age(today)
	fmt.Println(d.Kind().EN(), d, years)
	_, err := chepiao.NewDocument(chepiao.ResidentID, "1101051949123100", "", today)
	fmt.Println(chepiao.AsRefusal(err).ZH)
	// Output:
	// resident ID card 1101**********002X 76
	// 居民身份证号码应为 18 位，现为 16 位
}

func mustDocument(t testing.TB, kind chepiao.DocumentKind, number, nationality string) chepiao.Document {
	t.Helper()
	d, err := chepiao.NewDocument(kind, number, nationality, documentToday)
	if err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	return d
}

// residentID completes 17 digits by GB 11643, written apart from the code
// under test: the check is what makes the sum of 2^i times the i-th character
// from the right 1 modulo 11.
func residentID(region, birth, sequence string) string {
	body := region + birth + sequence
	sum := 0
	for i, c := range body {
		sum += int(c-'0') << (17 - i)
	}
	return body + string("0123456789X"[((1-sum)%11+11)%11])
}

func drawResidentID(t *rapid.T) string {
	region := rapid.SampledFrom([]string{"11", "31", "44", "51", "65"}).Draw(t, "province") + rapid.StringMatching(`\d{4}`).Draw(t, "county")
	day := chepiao.Day(rapid.Int32Range(-30000, int32(documentToday)).Draw(t, "born"))
	return residentID(region, strings.ReplaceAll(day.String(), "-", ""), rapid.StringMatching(`\d{3}`).Draw(t, "sequence"))
}

// wantNoLeak fails when five characters in a row of the clear value show.
// Constants that every sentence may hold are taken out first.
func wantNoLeak(t testing.TB, printed, clear string) {
	t.Helper()
	for _, constant := range []string{"810000", "820000", "830000"} {
		printed = strings.ReplaceAll(printed, constant, "")
	}
	runes := []rune(strings.TrimSpace(clear))
	for i := 0; i+5 <= len(runes); i++ {
		if part := string(runes[i : i+5]); strings.Contains(printed, part) {
			t.Errorf("%q shows %q", printed, part)
			return
		}
	}
}
