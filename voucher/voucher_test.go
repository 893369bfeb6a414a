package voucher

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"chepiao"
)

// anyClaims draws claims over the whole range that the format carries.
func anyClaims(issuer string) *rapid.Generator[chepiao.Claims] {
	return rapid.Custom(func(t *rapid.T) chepiao.Claims {
		day := chepiao.Day(18262 + rapid.IntRange(0, 65535).Draw(t, "day"))
		start := rapid.Int64Range(1, timeMax/60-1).Draw(t, "start")
		var binding [8]byte
		copy(binding[:], rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, "binding"))
		return chepiao.Claims{
			Issuer:    issuer,
			Ticket:    chepiao.TicketID(rapid.Int64Min(1).Draw(t, "ticket")),
			Departure: chepiao.MakeDepartureID(chepiao.TemplateNo(rapid.Int32Min(1).Draw(t, "template")), day),
			Number:    rapid.StringMatching(`[0-9A-Z一-龥-]{0,12}`).Draw(t, "number"),
			Day:       day,
			Depart:    chepiao.Clock(rapid.Int32Range(0, int32(chepiao.ClockMax)).Draw(t, "depart")),
			From:      chepiao.StationNo(rapid.Int32Min(1).Draw(t, "from")),
			To:        chepiao.StationNo(rapid.Int32Min(1).Draw(t, "to")),
			Seat:      rapid.IntRange(0, chepiao.SeatsMax).Draw(t, "seat"),
			Kind:      chepiao.TicketKind(rapid.Int8Range(0, 3).Draw(t, "kind")),
			Children:  rapid.IntRange(0, 9).Draw(t, "children"),
			NotBefore: time.Unix(start*60, 0).UTC(),
			Expires:   time.Unix(rapid.Int64Range(start+1, timeMax/60).Draw(t, "end")*60, 0).UTC(),
			Version:   rapid.IntRange(1, 255).Draw(t, "version"),
			Binding:   binding,
		}
	})
}

// TestRoundTrip: whatever the format carries comes back as it went in, stays
// within CodeMax, and is the same code when written again.
func TestRoundTrip(t *testing.T) {
	for _, p := range profiles {
		k := fixedKey(t, issuerOf[p], p, string(p), keyBorn)
		rapid.Check(t, func(t *rapid.T) {
			c := anyClaims(k.public.Issuer).Draw(t, "claims")
			code := must2(encode(c, k))
			m, refusal := decode(code)
			if refusal != nil || m.claims != c || m.kid != k.ID() || m.suite != p {
				t.Fatalf("got %+v %v\nwant %+v", m.claims, refusal, c)
			}
			if again := must2(encode(m.claims, k)); again != code {
				t.Fatalf("written again: %s, first %s", again, code)
			}
		})
	}
}

// TestSignRefusesClaims: every claim out of range is refused when signing.
func TestSignRefusesClaims(t *testing.T) {
	r := fixedRing(t, chepiao.ProfileEd25519)
	wrong := map[string]func(c *chepiao.Claims){
		"no issuer":            func(c *chepiao.Claims) { c.Issuer = "" },
		"another issuer":       func(c *chepiao.Claims) { c.Issuer = "HB02" },
		"long issuer":          func(c *chepiao.Claims) { c.Issuer = "HB0123456" },
		"small letters":        func(c *chepiao.Claims) { c.Issuer = "hb01" },
		"no ticket":            func(c *chepiao.Claims) { c.Ticket = 0 },
		"no departure":         func(c *chepiao.Claims) { c.Departure = 0 },
		"another day":          func(c *chepiao.Claims) { c.Day++ },
		"long number":          func(c *chepiao.Claims) { c.Number = "1234567890123" },
		"number not printable": func(c *chepiao.Claims) { c.Number = "A\tB" },
		"number not UTF-8":     func(c *chepiao.Claims) { c.Number = "A\xff" },
		"negative clock":       func(c *chepiao.Claims) { c.Depart = -1 },
		"clock too late":       func(c *chepiao.Claims) { c.Depart = chepiao.ClockMax + 1 },
		"no boarding":          func(c *chepiao.Claims) { c.From = 0 },
		"no alighting":         func(c *chepiao.Claims) { c.To = -1 },
		"negative seat":        func(c *chepiao.Claims) { c.Seat = -1 },
		"seat too high":        func(c *chepiao.Claims) { c.Seat = chepiao.SeatsMax + 1 },
		"unknown kind":         func(c *chepiao.Claims) { c.Kind = 4 },
		"negative kind":        func(c *chepiao.Claims) { c.Kind = -1 },
		"ten children":         func(c *chepiao.Claims) { c.Children = 10 },
		"minus one child":      func(c *chepiao.Claims) { c.Children = -1 },
		"seconds":              func(c *chepiao.Claims) { c.Expires = c.Expires.Add(time.Second) },
		"nanoseconds":          func(c *chepiao.Claims) { c.NotBefore = c.NotBefore.Add(1) },
		"expires at once":      func(c *chepiao.Claims) { c.Expires = c.NotBefore },
		"before 1970":          func(c *chepiao.Claims) { c.NotBefore = time.Unix(-60, 0) },
		"after 2106":           func(c *chepiao.Claims) { c.Expires = time.Unix(1<<32+56, 0) },
		"outlives the key":     func(c *chepiao.Claims) { c.Expires = keyBorn.Add(KeyLife + time.Hour).Truncate(time.Minute) },
		"version 0":            func(c *chepiao.Claims) { c.Version = 0 },
		"version 256":          func(c *chepiao.Claims) { c.Version = 256 },
	}
	for name, change := range wrong {
		c := usual(r.Issuer())
		change(&c)
		if code, err := r.Sign(c); err == nil || chepiao.AsRefusal(err) != nil {
			t.Errorf("%s: signed %q, error %v; want a fault", name, code, err)
		}
	}
	if _, err := r.Sign(usual(r.Issuer())); err != nil {
		t.Errorf("control: %v", err)
	}
}

// TestVerifyGivesClaimsOnlyWhenSigned: a gate may look at the claims of a
// late or revoked voucher, never at those of a forged one.
func TestVerifyGivesClaimsOnlyWhenSigned(t *testing.T) {
	r := fixedRing(t, chepiao.ProfileSM2)
	c := usual(r.Issuer())
	code := must[string](t)(r.Sign(c))
	got, kid, err := Verify(code, r.Keys(), noon)
	if err != nil || got != c || kid != r.Active().ID() {
		t.Fatalf("got %+v %s %v", got, kid, err)
	}
	if got, _, err := Verify(code, r.Keys(), c.Expires); chepiao.Why(err) != Expired || got != c {
		t.Errorf("expired: %+v %v", got, err)
	}
	protected, payload, signature := parts(t, code)
	signature[5] ^= 1
	forged := text(assemble(t, protected, []byte{0xa0}, payload, signature))
	if got, _, err := Verify(forged, r.Keys(), noon); chepiao.Why(err) != chepiao.Tampered || got != (chepiao.Claims{}) {
		t.Errorf("forged: %+v %v", got, err)
	}
	if got, _, err := Verify("CP1:", r.Keys(), noon); chepiao.Why(err) != chepiao.BadCode || got != (chepiao.Claims{}) {
		t.Errorf("unreadable: %+v %v", got, err)
	}
}

// TestSize keeps the usual code at QR version 9 or below, for a worn slip.
func TestSize(t *testing.T) {
	for _, p := range profiles {
		r := fixedRing(t, p)
		for name, c := range map[string]chepiao.Claims{"usual": usual(r.Issuer()), "largest": largest(r.Issuer())} {
			code := must[string](t)(r.Sign(c))
			raw, _ := decodeBase45(code[len(Prefix):])
			version := must[int](t)(QRVersion(code))
			t.Logf("%s %s: %d bytes, %d characters, QR version %d", p, name, len(raw), len(code), version)
			most := map[string]int{"usual": 9, "largest": 10}[name]
			if version > most || len(code) > CodeMax {
				t.Errorf("%s %s: version %d, at most %d", p, name, version, most)
			}
		}
	}
	c := largest("HB012345")
	c.Number = strings.Repeat("𠮷", numberMax) // four bytes a character
	k := fixedKey(t, "HB012345", chepiao.ProfileSM2, "x", keyBorn)
	code := must[string](t)(encode(c, k))
	t.Logf("longest possible: %d characters, QR version %d", len(code), must[int](t)(QRVersion(code)))
	if len(code) > CodeMax {
		t.Errorf("the longest possible code has %d characters, CodeMax is %d", len(code), CodeMax)
	}
}

// TestBase45 holds the examples of RFC 9285 section 4.3 and 4.4, and what is refused.
func TestBase45(t *testing.T) {
	for plain, coded := range map[string]string{"": "", "AB": "BB8", "Hello!!": "%69 VD92EX0", "base-45": "UJCLQE7W581", "ietf!": "QED8WEX0", "\xff\xff": "FGW", "\xff": "U5"} {
		if got := encodeBase45([]byte(plain)); got != coded {
			t.Errorf("encoding %q: %q, want %q", plain, got, coded)
		}
		if got, ok := decodeBase45(coded); !ok || string(got) != plain {
			t.Errorf("decoding %q: %q %v, want %q", coded, got, ok, plain)
		}
	}
	for _, coded := range []string{"B", "BB8B", "GGW", ":::", "V5", "::", "bb8", "BB\n", "BB\x00", "BB8é"} {
		if got, ok := decodeBase45(coded); ok {
			t.Errorf("decoding %q gave %x", coded, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")
		coded := encodeBase45(b)
		if got, ok := decodeBase45(coded); !ok || !bytes.Equal(got, b) {
			t.Fatalf("%x came back as %x", b, got)
		}
		if strings.HasSuffix(coded, " ") {
			t.Fatalf("%q ends with a space, so trimming would harm it", coded)
		}
	})
}

// TestSM2Standard is the signature of GB/T 32918.5-2017 annex A.2: the
// recommended curve, message "message digest", user id 1234567812345678.
func TestSM2Standard(t *testing.T) {
	secret := must[[]byte](t)(hex.DecodeString("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8"))
	wantPublic := "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
	public, _, err := signSM2(secret)
	if err != nil || hex.EncodeToString(public) != wantPublic {
		t.Fatalf("public key %x, %v", public, err)
	}
	signature := must[[]byte](t)(hex.DecodeString("F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"))
	verify := must[func(a, b []byte) bool](t)(verifySM2(public))
	if !verify([]byte("message digest"), signature) {
		t.Error("the standard's signature is refused")
	}
	if verify([]byte("message digesu"), signature) {
		t.Error("the standard's signature passes over another message")
	}
}
