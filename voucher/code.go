package voucher

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/fxamacker/cbor/v2"
	"github.com/veraison/go-cose"

	"chepiao"
)

// Prefix begins every code: the format's name and version. A change of the
// format that an old gate could not read gets a new prefix.
const Prefix = "CP1:"

// CodeMax is the longest code that is looked at, in characters. A usual one
// has about 240, the longest that the claims allow 337.
const CodeMax = 400

// message is a decoded code whose signature has not been checked.
type message struct {
	claims  chepiao.Claims
	kid     KeyID
	suite   chepiao.CryptoProfile
	message *cose.UntaggedSign1Message
}

// encode signs claims and writes the code. The claims were checked by the caller.
func encode(c chepiao.Claims, k *Key) (string, error) {
	payload, err := marshalClaims(c)
	if err != nil {
		return "", fmt.Errorf("encoding claims: %w", err)
	}
	m := cose.UntaggedSign1Message{Headers: headers(k.public.Suite, k.public.ID), Payload: payload}
	if err := m.Sign(nil, nil, k); err != nil {
		return "", fmt.Errorf("signing a voucher: %w", err)
	}
	raw, err := m.MarshalCBOR()
	if err != nil {
		return "", fmt.Errorf("encoding a voucher: %w", err)
	}
	return Prefix + encodeBase45(raw), nil
}

// headers are the only headers a voucher has, both protected: the algorithm
// and the key's id.
func headers(suite chepiao.CryptoProfile, kid KeyID) cose.Headers {
	return cose.Headers{
		Protected: cose.ProtectedHeader{
			cose.HeaderLabelAlgorithm: suites[suite].alg,
			cose.HeaderLabelKeyID:     kid[:],
		},
		Unprotected: cose.UnprotectedHeader{},
	}
}

// decode reads a code strictly. After reading, everything is written again
// from what was understood and compared byte by byte: that one comparison
// refuses unknown headers and claims, duplicate keys, trailing bytes, long
// forms of numbers and wrong order of keys.
func decode(code string) (message, *chepiao.Refusal) {
	body, ok := strings.CutPrefix(code, Prefix)
	if !ok {
		return message{}, bad("不是车票乘车凭证码", "this is not a voucher code")
	}
	if len(code) > CodeMax {
		return message{}, bad("凭证码过长", "the code is too long")
	}
	raw, ok := decodeBase45(body)
	if !ok {
		return message{}, bad("凭证码有错误字符或不完整，请重新扫描", "the code has wrong characters or is incomplete: please scan it again")
	}
	damaged := bad("凭证码已损坏或不完整，请重新扫描", "the code is damaged or incomplete: please scan it again")
	var m cose.UntaggedSign1Message
	if m.UnmarshalCBOR(raw) != nil || len(m.Payload) == 0 || len(m.Signature) != signatureSize {
		return message{}, damaged
	}
	kid, suite, ok := readHeaders(m.Headers)
	if !ok {
		return message{}, damaged
	}
	claims, ok := unmarshalClaims(m.Payload)
	if !ok {
		return message{}, damaged
	}
	m.Headers = headers(suite, kid)
	if again, err := m.MarshalCBOR(); err != nil || !bytes.Equal(again, raw) {
		return message{}, damaged
	}
	return message{claims: claims, kid: kid, suite: suite, message: &m}, nil
}

// readHeaders takes the key's id and suite from the protected headers.
func readHeaders(h cose.Headers) (KeyID, chepiao.CryptoProfile, bool) {
	alg, err := h.Protected.Algorithm()
	if err != nil {
		return KeyID{}, "", false
	}
	kid, _ := h.Protected[cose.HeaderLabelKeyID].([]byte)
	if len(kid) != len(KeyID{}) {
		return KeyID{}, "", false
	}
	for name, s := range suites {
		if s.alg == alg {
			return KeyID(kid), name, true
		}
	}
	return KeyID{}, "", false
}

func bad(zh, en string) *chepiao.Refusal { return chepiao.Refuse(chepiao.BadCode, zh, en) }

// deterministic writes CBOR as RFC 8949 section 4.2.1 demands.
var deterministic = func() cbor.EncMode {
	m, err := cbor.EncOptions{Sort: cbor.SortCoreDeterministic, IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden}.EncMode()
	if err != nil {
		panic(err) // constant options
	}
	return m
}()

// bounded reads CBOR with small limits.
var bounded = func() cbor.DecMode {
	m, err := cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden,
		MaxNestedLevels: 4, MaxArrayElements: 16, MaxMapPairs: 16,
	}.DecMode()
	if err != nil {
		panic(err) // constant options
	}
	return m
}()
