package voucher

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"chepiao"
)

func TestDirectory(t *testing.T) {
	for _, p := range profiles {
		centre := must[*Ring](t)(NewRing(fixedKey(t, "CT00", p, "centre", keyBorn)))
		seller := fixedRing(t, p)
		keys := append(centre.Public(), seller.Public()...)
		data := must[[]byte](t)(centre.Publish(7, noon, keys...))
		d := must[*Directory](t)(ParseDirectory(data, centre.Active().Public()))
		if d.Number != 7 || d.Issuer != "CT00" || !d.Issued.Equal(noon) || len(d.Keys) != 2 || d.Signer != centre.Active().ID() {
			t.Errorf("%s: read %+v", p, d)
		}
		code := must[string](t)(seller.Sign(usual(seller.Issuer())))
		if v := d.Verify(code, noon); !v.Valid || *v.Claims != usual(seller.Issuer()) {
			t.Errorf("%s: %+v", p, v)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, data); err != nil {
			t.Fatal(err)
		}
		if _, err := ParseDirectory(compact.Bytes()); err != nil {
			t.Errorf("%s: without line breaks and anchors: %v", p, err)
		}
		if _, err := ParseDirectory(data, seller.Active().Public()); chepiao.Why(err) != chepiao.Tampered {
			t.Errorf("%s: passes with another's anchor: %v", p, err)
		}
		altered := func(name, from, to string) {
			t.Helper()
			if !bytes.Contains(data, []byte(from)) {
				t.Fatalf("%s: nothing to alter", name)
			}
			_, err := ParseDirectory(bytes.Replace(data, []byte(from), []byte(to), 1), centre.Active().Public())
			if why := chepiao.Why(err); why != chepiao.Tampered && why != chepiao.Invalid {
				t.Errorf("%s, %s: %v", p, name, err)
			}
		}
		altered("number", `"number": 7`, `"number": 8`)
		altered("issued", "2026-11-22T04", "2026-11-22T05")
		altered("validity", "2026-01-02T02", "2026-01-02T01")
		altered("issuer of a key", `"issuer": "`+seller.Issuer()+`"`, `"issuer": "XX99"`)
		altered("format", "chepiao-key-directory-1", "chepiao-key-directory-2")
		altered("unknown member", `"number"`, `"colour": 1, "number"`)
		altered("a second value", "\n}", "\n}{}")
		altered("a revocation slipped in", `"until"`, `"revoked": "2026-11-01T00:00:00Z", "until"`)
	}
}

// TestDirectoryRevocation: taking a revocation out of the list breaks the
// signature, and a code's verdict follows the list.
func TestDirectoryRevocation(t *testing.T) {
	r := fixedRing(t, chepiao.ProfileEd25519)
	stolen := fixedKey(t, "HB01", chepiao.ProfileES256, "stolen", keyBorn)
	gone := stolen.Public()
	gone.Revoked = noon.Add(-time.Hour)
	data := must[[]byte](t)(r.Publish(1, noon, append(r.Public(), gone)...))
	d := must[*Directory](t)(ParseDirectory(data, r.Active().Public()))
	code := must[string](t)(encode(usual("HB01"), stolen))
	if v := d.Verify(code, noon); v.Valid || !v.Signed || v.Refusal.Reason != KeyRevoked {
		t.Errorf("revoked: %+v", v)
	}
	i := bytes.Index(data, []byte(",\n      \"revoked\""))
	j := i + 1 + bytes.IndexByte(data[i+2:], '\n') + 1
	cut := append(bytes.Clone(data[:i]), data[j:]...)
	if strings.Contains(string(cut), "revoked") || !json.Valid(cut) {
		t.Fatalf("the test did not cut well:\n%s", cut)
	}
	if _, err := ParseDirectory(cut, r.Active().Public()); chepiao.Why(err) != chepiao.Tampered {
		t.Errorf("without its revocation: %v", err)
	}
}

// TestDirectoryNext: a reader goes from list to list with the keys it trusts,
// never back, and never by a key that was revoked.
func TestDirectoryNext(t *testing.T) {
	first := fixedKey(t, "CT00", chepiao.ProfileEd25519, "root 1", keyBorn)
	second := fixedKey(t, "CT00", chepiao.ProfileSM2, "root 2", keyBorn)
	r1 := must[*Ring](t)(NewRing(first))
	r2 := must[*Ring](t)(r1.Rotate(second))
	r3 := must[*Ring](t)(r2.Revoke(first.ID(), noon))
	list := func(r *Ring, number int64, at time.Time, keys ...PublicKey) []byte {
		return must[[]byte](t)(r.Publish(number, at, keys...))
	}
	d1 := must[*Directory](t)(ParseDirectory(list(r1, 1, noon, r2.Public()...), first.Public()))
	d2 := must[*Directory](t)(d1.Next(list(r2, 2, noon.Add(time.Hour), r3.Public()...)))

	for name, data := range map[string][]byte{
		"the same number":             list(r2, 2, noon.Add(2*time.Hour), r3.Public()...),
		"an older one":                list(r1, 1, noon, r2.Public()...),
		"issued earlier":              list(r2, 3, noon, r3.Public()...),
		"signed by the revoked key":   list(r1, 3, noon.Add(2*time.Hour), r2.Public()...),
		"a revoked key, dated before": list(r1, 3, noon.Add(-time.Hour), r2.Public()...),
		"signed by a stranger":        list(must[*Ring](t)(NewRing(fixedKey(t, "CT00", chepiao.ProfileEd25519, "stranger", keyBorn))), 3, noon.Add(2*time.Hour), r3.Public()...),
		"of another publisher":        list(fixedRing(t, chepiao.ProfileEd25519), 3, noon.Add(2*time.Hour), r3.Public()...),
	} {
		if d, err := d2.Next(data); err == nil {
			t.Errorf("%s was taken: %+v", name, d)
		}
	}
	if _, err := d2.Next(list(r2, 3, noon.Add(2*time.Hour), r3.Public()...)); err != nil {
		t.Errorf("control: %v", err)
	}
}

// TestVoucherSignatureIsNoDirectorySignature: the external data keeps the two
// uses of a key apart.
func TestVoucherSignatureIsNoDirectorySignature(t *testing.T) {
	r := fixedRing(t, chepiao.ProfileEd25519)
	f := directoryFile{Format: directoryFormat, Issuer: r.Issuer(), Number: 1, Issued: noon, Keys: r.Public()}
	content := must[[]byte](t)(f.content())
	protected, _, _ := parts(t, must[string](t)(r.Sign(usual(r.Issuer()))))
	raw := forge(t, r.Active(), protected, []byte{0xa0}, content) // signed without external data, as a voucher is
	_, _, signature := parts(t, text(raw))
	f.Signature = assemble(t, protected, []byte{0xa0}, nil, signature)
	if _, err := ParseDirectory(must[[]byte](t)(json.Marshal(f))); chepiao.Why(err) != chepiao.Tampered {
		t.Errorf("a voucher's signature passes for a list's: %v", err)
	}
}

func TestDirectoryNeverPanics(t *testing.T) {
	for _, s := range []string{"", "null", "{}", "[]", `{"format":"chepiao-key-directory-1"}`, `{"format":"chepiao-key-directory-1","issuer":"A","issued":"2026-11-22T04:00:00Z","keys":null,"signature":"hA=="}`, strings.Repeat("[", 100000)} {
		if d, err := ParseDirectory([]byte(s)); err == nil || chepiao.AsRefusal(err) == nil {
			t.Errorf("%.40q: %+v %v; want a refusal", s, d, err)
		}
	}
}
