package voucher

import (
	"encoding/json"
	"os"
	"testing"

	"chepiao"
)

// FuzzVerify: reading never panics, whatever is read is written again as the
// same bytes, and only what our keys signed is ever called signed.
func FuzzVerify(f *testing.F) {
	var vectors vectorFile
	if err := json.Unmarshal(must[[]byte](f)(os.ReadFile("vectors.json")), &vectors); err != nil {
		f.Fatal(err)
	}
	directory := must[*Directory](f)(ParseDirectory(vectors.Directory))
	genuine := map[string]bool{}
	for _, c := range vectors.Cases {
		f.Add(c.Code)
		if c.Signed {
			genuine[c.Code] = true
		}
	}
	f.Fuzz(func(t *testing.T, code string) {
		v := directory.Verify(code, noon)
		v.Explain(nil, nil)
		if (v.Refusal == nil) != v.Valid || v.Valid && !v.Signed {
			t.Fatalf("the verdict contradicts itself: %+v", v)
		}
		if v.Signed && !genuine[code] {
			t.Fatalf("forged: %q", code)
		}
		if v.Claims == nil {
			return
		}
		m, refusal := decode(code)
		if refusal != nil {
			t.Fatal(refusal)
		}
		payload := must[[]byte](t)(marshalClaims(m.claims))
		m.message.Payload, m.message.Headers = payload, headers(m.suite, m.kid)
		if again := text(must[[]byte](t)(m.message.MarshalCBOR())); again != code {
			t.Fatalf("read %q, written again %q", code, again)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	for _, p := range profiles {
		b.Run(string(p), func(b *testing.B) {
			r := fixedRing(b, p)
			code := must[string](b)(r.Sign(usual(r.Issuer())))
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := Verify(code, r.Keys(), noon); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSign(b *testing.B) {
	for _, p := range profiles {
		b.Run(string(p), func(b *testing.B) {
			r := fixedRing(b, p)
			c := usual(r.Issuer())
			b.ReportAllocs()
			for b.Loop() {
				c.Ticket++
				if _, err := r.Sign(c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkReject(b *testing.B) {
	r := fixedRing(b, chepiao.ProfileEd25519)
	code := must[string](b)(r.Sign(usual(r.Issuer())))
	code = code[:len(code)-3]
	for b.Loop() {
		if _, _, err := Verify(code, r.Keys(), noon); err == nil {
			b.Fatal("passed")
		}
	}
}
