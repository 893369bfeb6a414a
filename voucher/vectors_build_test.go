package voucher

import (
	"bytes"
	"time"

	"github.com/fxamacker/cbor/v2"

	"chepiao"
)

func addValid(b *vectorBook, rings map[chepiao.CryptoProfile]*Ring) {
	sign := func(r *Ring, c chepiao.Claims) string { return must[string](b.t)(r.Sign(c)) }
	for _, p := range profiles {
		r := rings[p]
		b.add("valid "+string(p), chepiao.CheckOK, sign(r, usual(r.Issuer())), noon)
		b.add("valid, largest "+string(p), chepiao.CheckOK, sign(r, largest(r.Issuer())), noon)
	}
	r := rings[chepiao.ProfileEd25519]
	least := usual(r.Issuer())
	least.Seat, least.Number, least.Binding = 0, "", [8]byte{}
	b.add("valid, flow departure without seat, number and document", chepiao.CheckOK, sign(r, least), noon)
	child := usual(r.Issuer())
	child.Kind, child.Children, child.Version, child.Depart = chepiao.Half, 1, 2, 25*3600+10*60
	b.add("valid, half fare with a child, second voucher, after midnight", chepiao.CheckOK, sign(r, child), noon)
	chinese := usual(r.Issuer())
	chinese.Number = "石保快1"
	b.add("valid, number in Chinese", chepiao.CheckOK, sign(r, chinese), noon)
}

func addTimes(b *vectorBook, r *Ring) {
	c := usual(r.Issuer())
	code := must[string](b.t)(r.Sign(c))
	b.add("not yet valid", NotYetValid, code, c.NotBefore.Add(-time.Second))
	b.add("valid from its first moment", chepiao.CheckOK, code, c.NotBefore)
	b.add("valid to its last second", chepiao.CheckOK, code, c.Expires.Add(-time.Second))
	b.add("expired from the moment it names", Expired, code, c.Expires)
	b.add("expired", Expired, code, c.Expires.Add(24*time.Hour))
}

func addKeys(b *vectorBook, rings map[chepiao.CryptoProfile]*Ring, stolen, old, stranger *Key, revokedAt time.Time) {
	by := func(k *Key, c chepiao.Claims) string { return must[string](b.t)(encode(c, k)) }
	early := usual("HB01")
	early.NotBefore = revokedAt.Add(-24 * time.Hour)
	b.add("revoked key", KeyRevoked, by(stolen, early), noon)
	b.add("revoked key, from the moment of revocation", KeyRevoked, by(stolen, early), revokedAt)
	b.add("revoked key, before its revocation", chepiao.CheckOK, by(stolen, early), revokedAt.Add(-time.Second))
	b.add("key past its validity", KeyOutOfDate, by(old, usual("HB01")), noon)
	outlives := usual("HB01")
	outlives.Expires = keyBorn.Add(KeyLife + 24*time.Hour).Truncate(time.Minute)
	b.add("voucher that outlives its key", KeyOutOfDate, by(rings[chepiao.ProfileEd25519].Active(), outlives), noon)
	b.add("unknown key of a known issuer", UnknownKey, by(stranger, usual("HB01")), noon)
	b.add("unknown issuer", UnknownKey, by(rings[chepiao.ProfileEd25519].Active(), usual("XX99")), noon)
	b.add("one issuer's key under another's name", UnknownKey, by(rings[chepiao.ProfileEd25519].Active(), usual("GD02")), noon)
}

func addForged(b *vectorBook, rings map[chepiao.CryptoProfile]*Ring) {
	for _, p := range profiles {
		r := rings[p]
		code := must[string](b.t)(r.Sign(usual(r.Issuer())))
		protected, payload, signature := parts(b.t, code)
		other := usual(r.Issuer())
		other.Seat = 13
		b.add("forged: another seat under the same signature, "+string(p), chepiao.Tampered,
			text(assemble(b.t, protected, []byte{0xa0}, must[[]byte](b.t)(marshalClaims(other)), signature)), noon)
		for _, at := range []int{0, 31, 32, 63} {
			flipped := bytes.Clone(signature)
			flipped[at] ^= 1
			b.add("forged: signature altered at byte "+string(rune('0'+at/10))+string(rune('0'+at%10))+", "+string(p), chepiao.Tampered,
				text(assemble(b.t, protected, []byte{0xa0}, payload, flipped)), noon)
		}
		b.add("forged: signature of zeros, "+string(p), chepiao.Tampered, text(assemble(b.t, protected, []byte{0xa0}, payload, make([]byte, 64))), noon)
		b.add("forged: signature cut to 63 bytes, "+string(p), chepiao.BadCode, text(assemble(b.t, protected, []byte{0xa0}, payload, signature[:63])), noon)
	}
	// The algorithm in the code must be the one of the key in the directory.
	for _, p := range profiles {
		for _, q := range profiles {
			if p == q {
				continue
			}
			// Signed rightly under suite q, but named with the key id of suite p.
			k, signer := rings[p].Active(), rings[q].Active()
			payload := must[[]byte](b.t)(marshalClaims(usual(k.public.Issuer)))
			b.add("algorithm confusion: key of "+string(p)+", header and signature of "+string(q), chepiao.Tampered,
				text(forge(b.t, signer, protectedOf(b, suites[q].alg, k.ID()), []byte{0xa0}, payload)), noon)
		}
	}
}

func protectedOf(b *vectorBook, alg any, kid KeyID) []byte {
	return must[[]byte](b.t)(deterministic.Marshal(map[int]any{1: alg, 4: kid[:]}))
}

func addBroken(b *vectorBook, r *Ring) {
	code := must[string](b.t)(r.Sign(usual(r.Issuer())))
	raw, _ := decodeBase45(code[len(Prefix):])
	b.add("empty", chepiao.BadCode, "", noon)
	b.add("prefix alone", chepiao.BadCode, Prefix, noon)
	b.add("wrong prefix", chepiao.BadCode, "CP2:"+code[4:], noon)
	b.add("no prefix", chepiao.BadCode, code[4:], noon)
	b.add("lower case prefix", chepiao.BadCode, "cp1:"+code[4:], noon)
	b.add("something else", chepiao.BadCode, "https://example.com/ticket/1", noon)
	b.add("base45: foreign character", chepiao.BadCode, code[:20]+"a"+code[21:], noon)
	b.add("base45: length that cannot be", chepiao.BadCode, Prefix+code[4:4+150]+"0", noon)
	b.add("base45: three characters above 65535", chepiao.BadCode, Prefix+":::"+code[7:], noon)
	b.add("base45: two characters above 255", chepiao.BadCode, Prefix+code[4:4+150]+"::", noon)
	b.add("truncated by three characters", chepiao.BadCode, code[:len(code)-3], noon)
	b.add("truncated to half", chepiao.BadCode, code[:4+len(code)/6*3], noon)
	b.add("trailing space", chepiao.BadCode, code+" ", noon)
	b.add("trailing byte", chepiao.BadCode, text(append(bytes.Clone(raw), 0)), noon)
	b.add("trailing second message", chepiao.BadCode, text(append(bytes.Clone(raw), raw[:40]...)), noon)
	b.add("tagged with 18", chepiao.BadCode, text(append([]byte{0xd2}, raw...)), noon)
	b.add("too long", chepiao.BadCode, code+string(bytes.Repeat([]byte("0"), 300)), noon)
	b.add("not CBOR", chepiao.BadCode, text([]byte("this is not CBOR at all")), noon)
	b.add("array that promises two to the 31 elements", chepiao.BadCode, text([]byte{0x9a, 0x80, 0, 0, 0}), noon)
}

// addForm adds codes that are signed rightly, but not written the one way.
func addForm(b *vectorBook, k *Key) {
	protected := protectedOf(b, suites[k.public.Suite].alg, k.ID())
	payload := must[[]byte](b.t)(marshalClaims(usual(k.public.Issuer)))
	signed := func(name string, protected, unprotected, payload []byte) {
		b.add(name, chepiao.BadCode, text(forge(b.t, k, protected, unprotected, payload)), noon)
	}
	empty := []byte{0xa0}
	edit := func(change func(m map[int]any, ride map[int]any)) []byte {
		var m map[int]any
		var own map[int]any
		must0(b, cbor.Unmarshal(payload, &m))
		must0(b, cbor.Unmarshal(must[[]byte](b.t)(cbor.Marshal(m[-65537])), &own))
		m[-65537] = own
		change(m, own)
		return must[[]byte](b.t)(deterministic.Marshal(m))
	}
	b.add("control: the same, untouched", chepiao.CheckOK, text(forge(b.t, k, protected, empty, edit(func(_, _ map[int]any) {}))), noon)
	kid := k.ID()
	signed("header: unprotected not empty", protected, []byte{0xa1, 0x18, 0x63, 0x01}, payload)
	signed("header: key id unprotected", must[[]byte](b.t)(deterministic.Marshal(map[int]any{1: suites[k.public.Suite].alg})),
		must[[]byte](b.t)(deterministic.Marshal(map[int]any{4: kid[:]})), payload)
	signed("header: critical one unknown", must[[]byte](b.t)(deterministic.Marshal(map[int]any{1: -8, 2: []int{99}, 4: kid[:], 99: 1})), empty, payload)
	signed("header: further one", must[[]byte](b.t)(deterministic.Marshal(map[int]any{1: -8, 3: 61, 4: kid[:]})), empty, payload)
	signed("header: no algorithm", must[[]byte](b.t)(deterministic.Marshal(map[int]any{4: kid[:]})), empty, payload)
	signed("header: unknown algorithm", protectedOf(b, -39, kid), empty, payload)
	signed("header: key id of 5 bytes", must[[]byte](b.t)(deterministic.Marshal(map[int]any{1: -8, 4: []byte{1, 2, 3, 4, 5}})), empty, payload)
	signed("header: not in order", append([]byte{0xa2, 0x04, 0x44}, append(kid[:], 0x01, 0x27)...), empty, payload)
	signed("header: algorithm in a long form", append([]byte{0xa2, 0x01, 0x38, 0x07, 0x04, 0x44}, kid[:]...), empty, payload)
	signed("claims: key twice", protected, empty, append([]byte{0xa5, 0x01, 0x64, 'H', 'B', '0', '1'}, payload[1:]...))
	signed("claims: number in a long form", protected, empty, bytes.Replace(payload, []byte{0x08, 0x0c}, []byte{0x08, 0x18, 0x0c}, 1))
	signed("claims: map of indefinite length", protected, empty, append(append([]byte{0xbf}, payload[1:]...), 0xff))
	signed("claims: not in order", protected, empty, swapClaims(payload))
	signed("claims: trailing byte", protected, empty, append(bytes.Clone(payload), 0))
	signed("claims: unknown one", protected, empty, edit(func(m, _ map[int]any) { m[6] = 1 }))
	signed("claims: unknown one of ours", protected, empty, edit(func(_, own map[int]any) { own[13] = 1 }))
	signed("claims: zero written out", protected, empty, edit(func(_, own map[int]any) { own[10] = 0 }))
	signed("claims: issuer in small letters", protected, empty, edit(func(m, _ map[int]any) { m[1] = "hb01" }))
	signed("claims: issuer missing", protected, empty, edit(func(m, _ map[int]any) { delete(m, 1) }))
	signed("claims: expiry missing", protected, empty, edit(func(m, _ map[int]any) { delete(m, 4) }))
	signed("claims: not whole minutes", protected, empty, edit(func(m, _ map[int]any) { m[4] = m[4].(uint64) + 1 }))
	signed("claims: expires before it begins", protected, empty, edit(func(m, _ map[int]any) { m[4] = m[5] }))
	signed("claims: expiry as a floating number", protected, empty, edit(func(m, _ map[int]any) { m[4] = float64(m[4].(uint64)) }))
	signed("claims: ticket negative", protected, empty, edit(func(_, own map[int]any) { own[1] = -1 }))
	signed("claims: ticket beyond 63 bits", protected, empty, edit(func(_, own map[int]any) { own[1] = uint64(1) << 63 }))
	signed("claims: template beyond 31 bits", protected, empty, edit(func(_, own map[int]any) { own[2] = 1 << 31 }))
	signed("claims: day before 2020", protected, empty, edit(func(_, own map[int]any) { own[3] = 1 }))
	signed("claims: seat 121", protected, empty, edit(func(_, own map[int]any) { own[8] = 121 }))
	signed("claims: kind 4", protected, empty, edit(func(_, own map[int]any) { own[9] = 4 }))
	signed("claims: ten children", protected, empty, edit(func(_, own map[int]any) { own[10] = 10 }))
	signed("claims: version missing", protected, empty, edit(func(_, own map[int]any) { delete(own, 11) }))
	signed("claims: binding of 7 bytes", protected, empty, edit(func(_, own map[int]any) { own[12] = make([]byte, 7) }))
	signed("claims: binding of 9 bytes", protected, empty, edit(func(_, own map[int]any) { own[12] = bytes.Repeat([]byte{1}, 9) }))
	signed("claims: number of 13 characters", protected, empty, edit(func(_, own map[int]any) { own[4] = "1234567890123" }))
	signed("claims: number with a line break", protected, empty, edit(func(_, own map[int]any) { own[4] = "JA\n1" }))
}

func must0(b *vectorBook, err error) {
	if err != nil {
		b.t.Fatal(err)
	}
}

// swapClaims writes claim 5 before claim 4; both are 6 bytes long.
func swapClaims(payload []byte) []byte {
	at := bytes.Index(payload, []byte{0x04, 0x1a})
	out := append(bytes.Clone(payload[:at]), payload[at+6:at+12]...)
	out = append(out, payload[at:at+6]...)
	return append(out, payload[at+12:]...)
}
