package voucher

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"chepiao"
)

func TestKeyStorage(t *testing.T) {
	for _, p := range profiles {
		k := fixedKey(t, "HB01", p, "storage", keyBorn)
		data := must[[]byte](t)(k.MarshalSecret())
		back := must[*Key](t)(ParseKey(data))
		if back.ID() != k.ID() || !back.Created().Equal(keyBorn) || !bytes.Equal(back.Public().Public, k.Public().Public) {
			t.Errorf("%s came back as %+v", p, back.Public())
		}
		if must[string](t)(encode(usual("HB01"), k)) != must[string](t)(encode(usual("HB01"), back)) {
			t.Errorf("%s: the key that came back signs differently", p)
		}
		// Printing a key, however, shows no secret.
		for _, form := range []string{"%v", "%+v", "%#v", "%s"} {
			shown := fmt.Sprintf(form, k)
			if strings.Contains(shown, base64.StdEncoding.EncodeToString(k.secret)) || !strings.Contains(shown, k.ID().String()) || len(shown) > 40 {
				t.Errorf("%s printed with %s: %s", p, form, shown)
			}
		}
		other := fixedKey(t, "HB01", p, "other", keyBorn)
		mixed := bytes.Replace(data, []byte(k.ID().String()), []byte(other.ID().String()), 1)
		for name, wrong := range map[string][]byte{
			"another key's id": mixed, "cut": data[:len(data)-2], "more after it": append(bytes.Clone(data), "{}"...),
			"unknown suite": bytes.Replace(data, []byte(p), []byte("rsa"), 1), "unknown member": append([]byte(`{"x":1,`), data[1:]...),
		} {
			if _, err := ParseKey(wrong); err == nil {
				t.Errorf("%s: %s was read", p, name)
			} else if strings.Contains(err.Error(), base64.StdEncoding.EncodeToString(k.secret)) {
				t.Errorf("%s: the error shows the secret", p)
			}
		}
	}
}

// TestGenerate: a scalar outside the curve's order is drawn again; a source
// that ends, an unknown profile and a wrong issuer are faults.
func TestGenerate(t *testing.T) {
	for _, p := range []chepiao.CryptoProfile{chepiao.ProfileES256, chepiao.ProfileSM2} {
		bad := bytes.Repeat([]byte{0xff}, 32)
		good := bytes.Repeat([]byte{0x11}, 32)
		k := must[*Key](t)(Generate("HB01", p, bytes.NewReader(append(bytes.Clone(bad), good...)), keyBorn))
		if !bytes.Equal(k.secret, good) {
			t.Errorf("%s: secret %x", p, k.secret)
		}
		if _, err := Generate("HB01", p, bytes.NewReader(bytes.Repeat(bad, 100)), keyBorn); err == nil {
			t.Errorf("%s: a key from a broken source", p)
		}
	}
	enough := func() io.Reader { return bytes.NewReader(bytes.Repeat([]byte{7}, 64)) }
	if _, err := Generate("HB01", "rsa", enough(), keyBorn); err == nil {
		t.Error("unknown profile")
	}
	if _, err := Generate("hb01", chepiao.ProfileEd25519, enough(), keyBorn); err == nil {
		t.Error("issuer in small letters")
	}
	if _, err := Generate("HB01", chepiao.ProfileEd25519, bytes.NewReader(make([]byte, 31)), keyBorn); err == nil {
		t.Error("31 bytes of randomness")
	}
}

func TestRingRotatesAndRevokes(t *testing.T) {
	first := fixedKey(t, "HB01", chepiao.ProfileEd25519, "first", keyBorn)
	second := fixedKey(t, "HB01", chepiao.ProfileSM2, "second", keyBorn.Add(24*time.Hour))
	c := usual("HB01")
	r1 := must[*Ring](t)(NewRing(first))
	before := must[string](t)(r1.Sign(c))
	r2 := must[*Ring](t)(r1.Rotate(second))
	after := must[string](t)(r2.Sign(c))

	check := func(what string, r *Ring, code string, kid KeyID, want chepiao.Reason, now time.Time) {
		t.Helper()
		_, got, err := Verify(code, r.Keys(), now)
		if got != kid || chepiao.Why(err) != want {
			t.Errorf("%s: key %s, %v; want %s, %q", what, got, err, kid, want)
		}
	}
	check("a retired key verifies", r2, before, first.ID(), "", noon)
	check("the new key signs", r2, after, second.ID(), "", noon)
	check("the ring before rotation does not know it", r1, after, second.ID(), UnknownKey, noon)

	r3 := must[*Ring](t)(r2.Revoke(first.ID(), noon))
	check("revoked from noon", r3, before, first.ID(), KeyRevoked, noon)
	check("not before", r3, before, first.ID(), "", noon.Add(-time.Second))
	check("the ring before is unchanged", r2, before, first.ID(), "", noon)

	if _, err := r3.Revoke(second.ID(), noon); err == nil {
		t.Error("the signing key was revoked")
	}
	if _, err := r3.Rotate(first); err == nil {
		t.Error("rotated back to a key that is in the ring")
	}
	if _, err := NewRing(first, fixedKey(t, "HB02", chepiao.ProfileEd25519, "x", keyBorn)); err == nil {
		t.Error("keys of two issuers in a ring")
	}
	revoked := *first
	revoked.public.Revoked = noon
	if _, err := NewRing(&revoked); err == nil {
		t.Error("a revoked key signs")
	}
	if _, err := NewRing(first, make([]*Key, RingMax)...); err == nil {
		t.Error("too many keys")
	}

	back := must[*Ring](t)(ParseRing(must[[]byte](t)(r3.MarshalSecret())))
	check("stored and read again: revoked", back, before, first.ID(), KeyRevoked, noon)
	check("stored and read again: signing", back, must[string](t)(back.Sign(c)), second.ID(), "", noon)
	if _, err := ParseRing([]byte(`{"active":{}}`)); err == nil {
		t.Error("a ring without keys was read")
	}
}
