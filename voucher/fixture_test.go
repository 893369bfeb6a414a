package voucher

import (
	"bytes"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"chepiao"
)

// profiles are all suites, in the order of the tests.
var profiles = []chepiao.CryptoProfile{chepiao.ProfileEd25519, chepiao.ProfileES256, chepiao.ProfileSM2}

var issuerOf = map[chepiao.CryptoProfile]string{
	chepiao.ProfileEd25519: "HB01", chepiao.ProfileES256: "GD02", chepiao.ProfileSM2: "BJ03",
}

var (
	keyBorn = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	noon    = time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC) // 12:00 in China
)

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// fixedKey is a key whose secret follows from its name.
func fixedKey(t testing.TB, issuer string, profile chepiao.CryptoProfile, name string, born time.Time) *Key {
	t.Helper()
	secret := sha256.Sum256([]byte("chepiao test key " + name))
	return must[*Key](t)(Generate(issuer, profile, bytes.NewReader(secret[:]), born))
}

func fixedRing(t testing.TB, profile chepiao.CryptoProfile) *Ring {
	t.Helper()
	return must[*Ring](t)(NewRing(fixedKey(t, issuerOf[profile], profile, string(profile), keyBorn)))
}

// usual are the claims of an everyday ticket of an issuer.
func usual(issuer string) chepiao.Claims {
	day := must2(chepiao.ParseDay("2026-11-22"))
	return chepiao.Claims{
		Issuer: issuer, Ticket: chepiao.TicketID(chepiao.LaneID(17, 12345)),
		Departure: chepiao.MakeDepartureID(1042, day), Number: "JA1001", Day: day, Depart: 14*3600 + 30*60,
		From: 1001, To: 1203, Seat: 12, Kind: chepiao.Full,
		NotBefore: noon.Add(-24 * time.Hour), Expires: noon.Add(24 * time.Hour), Version: 1,
		Binding: [8]byte{0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4},
	}
}

// largest are claims that fill every field with what takes most room.
func largest(issuer string) chepiao.Claims {
	c := usual(issuer)
	c.Ticket = chepiao.TicketID(chepiao.LaneID(chepiao.LaneMax, 999_999_999))
	c.Departure = chepiao.MakeDepartureID(1<<31-1, c.Day)
	c.Number, c.Depart = "JA1234567890", chepiao.ClockMax
	c.From, c.To, c.Seat = 1<<31-1, 1<<31-2, chepiao.SeatsMax
	c.Kind, c.Children, c.Version = chepiao.Discount, 9, 255
	return c
}

func must2[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// forge signs any bytes as a COSE_Sign1 by hand, so that a test can show that
// a code is refused for its form although its signature is right.
func forge(t testing.TB, k *Key, protected, unprotected, payload []byte) []byte {
	t.Helper()
	content := must[[]byte](t)(cbor.Marshal([]any{"Signature1", protected, []byte{}, payload}))
	signature := must[[]byte](t)(k.sign(content))
	return assemble(t, protected, unprotected, payload, signature)
}

func assemble(t testing.TB, protected, unprotected, payload, signature []byte) []byte {
	t.Helper()
	return must[[]byte](t)(cbor.Marshal([]any{protected, cbor.RawMessage(unprotected), payload, signature}))
}

// parts takes a code apart.
func parts(t testing.TB, code string) (protected, payload, signature []byte) {
	t.Helper()
	raw, ok := decodeBase45(code[len(Prefix):])
	if !ok {
		t.Fatal("not base45")
	}
	var m struct {
		_           struct{} `cbor:",toarray"`
		Protected   []byte
		Unprotected cbor.RawMessage
		Payload     []byte
		Signature   []byte
	}
	if err := cbor.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	return m.Protected, m.Payload, m.Signature
}

func text(raw []byte) string { return Prefix + encodeBase45(raw) }
