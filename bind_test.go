package chepiao_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"testing"

	"chepiao"
)

var bindKey = []byte("0123456789abcdef0123456789abcdef")

// The values were computed with Python's hmac over the bytes that the
// comments promise: other programs bind documents too.
func TestBindVectors(t *testing.T) {
	id := mustDocument(t, chepiao.ResidentID, "11010519491231002X", "")
	pass := mustDocument(t, chepiao.Passport, "M12345678", "KR")
	departure := chepiao.MakeDepartureID(1042, documentToday)
	for _, c := range []struct{ what, have, want string }{
		{"resident ID", hexOf8(chepiao.BindDocument(bindKey, id)), "ec12cf51d31fff11"},
		{"passport", hexOf8(chepiao.BindDocument(bindKey, pass)), "88567be7625154be"},
		{"token", chepiao.TokenOf(bindKey, id).String(), "6f6f3fa49acd0e957b7e656643a59065"},
		{"departure key", hex.EncodeToString(chepiao.DepartureKey(bindKey, departure)), "aafe1243f897c9ddb5694360f014e648e2735907252833f3f3c2268521ce29a7"},
	} {
		if c.have != c.want {
			t.Errorf("%s: %s, want %s", c.what, c.have, c.want)
		}
	}
}

func TestBindTellsApart(t *testing.T) {
	seen := map[[8]byte]string{}
	tokens := map[chepiao.PersonToken]string{}
	for _, c := range []struct {
		kind                chepiao.DocumentKind
		number, nationality string
	}{
		{chepiao.Passport, "H12345678", "KOR"}, {chepiao.Passport, "H12345678", "JPN"}, {chepiao.HKMacauPermit, "H12345678", ""},
		{chepiao.HKMacauPermit, "H12345679", ""}, {chepiao.Passport, "12345678", "KOR"}, {chepiao.TaiwanPermit, "12345678", ""},
	} {
		d := mustDocument(t, c.kind, c.number, c.nationality)
		for _, key := range [][]byte{bindKey, []byte("another key of 16 and more")} {
			b, tok := chepiao.BindDocument(key, d), chepiao.TokenOf(key, d)
			if other, twice := seen[b]; twice || b == [8]byte{} {
				t.Errorf("%v binds like %s", c, other)
			}
			if other, twice := tokens[tok]; twice || tok.IsZero() || bytes.HasPrefix(tok[:], b[:]) {
				t.Errorf("%v has the token of %s, or its binding", c, other)
			}
			seen[b], tokens[tok] = d.String(), d.String()
		}
	}
	// The old permit's renewal digits do not make another person.
	if chepiao.TokenOf(bindKey, mustDocument(t, chepiao.HKMacauPermit, "H1234567803", "")) !=
		chepiao.TokenOf(bindKey, mustDocument(t, chepiao.HKMacauPermit, "H12345678", "")) {
		t.Error("a renewed permit is another document")
	}
	if chepiao.BindDocument(bindKey, chepiao.Document{}) != [8]byte{} || !chepiao.TokenOf(bindKey, chepiao.Document{}).IsZero() {
		t.Error("no document is somebody")
	}
	a, b := chepiao.DepartureKey(bindKey, 1), chepiao.DepartureKey(bindKey, 2)
	if len(a) != 32 || bytes.Equal(a, b) || !bytes.Equal(a, chepiao.DepartureKey(bindKey, 1)) {
		t.Error("keys of departures")
	}
}

func TestPersonTokenText(t *testing.T) {
	token := chepiao.TokenOf(bindKey, mustDocument(t, chepiao.TaiwanPermit, "12345678", ""))
	b, err := json.Marshal(map[chepiao.PersonToken]chepiao.PersonToken{token: token})
	back := map[chepiao.PersonToken]chepiao.PersonToken{}
	if err == nil {
		err = json.Unmarshal(b, &back)
	}
	if err != nil || back[token] != token {
		t.Errorf("%s, %v", b, err)
	}
	for _, s := range []string{"", "00", token.String()[1:], token.String() + "0", "g" + token.String()[1:]} {
		if got, err := chepiao.ParsePersonToken(s); chepiao.Why(err) != chepiao.Invalid || !got.IsZero() {
			t.Errorf("%q: %v %v", s, got, err)
		}
	}
}

func TestShortKeysPanic(t *testing.T) {
	d := mustDocument(t, chepiao.TaiwanPermit, "12345678", "")
	for name, call := range map[string]func(){
		"bind":  func() { chepiao.BindDocument(bindKey[:15], d) },
		"token": func() { chepiao.TokenOf(nil, d) },
		"key":   func() { chepiao.DepartureKey(bindKey[:15], 1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s takes a short key", name)
				}
			}()
			call()
		}()
	}
}

func BenchmarkBindDocument(b *testing.B) {
	d := mustDocument(b, chepiao.ResidentID, "11010519491231002X", "")
	b.ReportAllocs()
	for b.Loop() {
		chepiao.BindDocument(bindKey, d)
	}
}

func BenchmarkDepartureKey(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		chepiao.DepartureKey(bindKey, 42)
	}
}

func hexOf8(b [8]byte) string { return hex.EncodeToString(b[:]) }
