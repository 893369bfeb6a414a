// Package voucher makes and reads the code on a ticket: the QR that a
// passenger shows at the gate, on paper or on a phone (乘车凭证).
//
// The code says which seat on which coach has been paid for and is signed by
// the node that sold it. Whoever has the list of public keys can tell a
// true code from a forged one without asking anybody: a gate without
// network, a conductor's phone, the passenger. The code holds no name and no
// document number.
//
// A code is "CP1:" and the base45 (RFC 9285) of an untagged COSE_Sign1
// (RFC 9052) over a CWT claims map (RFC 8392) in deterministic CBOR
// (RFC 8949 section 4.2). docs/voucher.md describes it byte by byte.
// There is one way to write given claims: whatever is accepted here, written
// again, gives the same bytes.
package voucher

import (
	"time"

	"chepiao"
)

// Reasons why a readable code does not pass, besides chepiao.BadCode and
// chepiao.Tampered.
const (
	UnknownKey   chepiao.Reason = "UNKNOWN_KEY"     // the list has no such key of this issuer
	KeyRevoked   chepiao.Reason = "KEY_REVOKED"     // the key was withdrawn: passes only if the live list names the ticket
	KeyOutOfDate chepiao.Reason = "KEY_OUT_OF_DATE" // outside the key's own validity
	NotYetValid  chepiao.Reason = "NOT_YET_VALID"   // before the voucher's validity (nbf)
	Expired      chepiao.Reason = "VOUCHER_EXPIRED" // at or after its end (exp)
)

// Verdict is what can be said of a code offline, without the live list of
// tickets: it does not know of refunds or of newer vouchers.
type Verdict struct {
	Valid   bool             // signature, key and times are all right
	Refusal *chepiao.Refusal // why not; nil when Valid
	// Claims are nil when the code cannot be read. They may be believed only
	// when Signed is true; otherwise they show what a forger wrote.
	Claims *chepiao.Claims
	Signed bool // the signature is right, whatever the dates say
	Key    KeyID
	Suite  chepiao.CryptoProfile // as the code names it; "" when it cannot be read
}

// Verify reads a code and checks its signature, its key and its times at now.
//
// Refusals: chepiao.BadCode (not a code of ours, damaged or not canonical),
// UnknownKey, chepiao.Tampered, KeyRevoked, KeyOutOfDate, NotYetValid,
// Expired. With the last four the signature was right and the claims are
// returned beside the refusal, so that a gate can look the ticket up in its
// live list; with the others the claims are empty. There are no faults.
// Only spaces around a code may be trimmed by callers: base45 uses the space
// inside a code, though never as its last character.
func Verify(code string, keys *Keys, now time.Time) (chepiao.Claims, KeyID, error) {
	v := keys.Verify(code, now)
	if v.Valid {
		return *v.Claims, v.Key, nil
	}
	if v.Signed {
		return *v.Claims, v.Key, v.Refusal
	}
	return chepiao.Claims{}, v.Key, v.Refusal
}

// Verify gives the verdict on a code, with the claims even of a forged one.
func (ks *Keys) Verify(code string, now time.Time) Verdict {
	m, refusal := decode(code)
	if refusal != nil {
		return Verdict{Refusal: refusal}
	}
	v := Verdict{Claims: &m.claims, Key: m.kid, Suite: m.suite}
	key, ok := ks.find(m.claims.Issuer, m.kid)
	if !ok {
		v.Refusal = chepiao.Refuse(UnknownKey, "签发该凭证的密钥不在密钥目录中", "the key directory has no such key of this issuer")
		return v
	}
	if key.public.Suite != m.suite || m.message.Verify(nil, key) != nil {
		v.Refusal = chepiao.Refuse(chepiao.Tampered, "签名错误：凭证系伪造或被篡改", "the signature is wrong: the voucher is forged or was altered")
		return v
	}
	v.Signed = true
	v.Refusal = inForce(m.claims, key.public, now)
	v.Valid = v.Refusal == nil
	return v
}

// inForce decides about the times, once the signature is known to be right.
func inForce(c chepiao.Claims, key PublicKey, now time.Time) *chepiao.Refusal {
	switch {
	case !key.Revoked.IsZero() && !now.Before(key.Revoked):
		return chepiao.Refuse(KeyRevoked, "签发该凭证的密钥已吊销，请到窗口核验", "the key that signed this voucher was revoked: please go to the window")
	case now.Before(key.From) || !now.Before(key.Until) || c.Expires.After(key.Until):
		return chepiao.Refuse(KeyOutOfDate, "签发该凭证的密钥不在有效期内", "the key that signed this voucher is outside its validity")
	case now.Before(c.NotBefore):
		return chepiao.Refuse(NotYetValid, "凭证尚未生效", "this voucher is not valid yet")
	case !now.Before(c.Expires):
		return chepiao.Refuse(Expired, "凭证已过期", "this voucher has expired")
	}
	return nil
}
