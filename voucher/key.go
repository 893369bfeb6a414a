package voucher

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/veraison/go-cose"

	"chepiao"
)

// KeyLife is how long a new key is valid. A node rotates long before: a
// voucher must expire within the validity of the key that signs it.
const KeyLife = 3 * 365 * 24 * time.Hour

// keyHeadStart makes a new key valid a little before it was made, for readers
// whose clock is slow.
const keyHeadStart = time.Hour

// KeyID (kid) is the first 4 bytes of the SHA-256 of the suite's name and the
// public key. It finds a key among those of one issuer; it proves nothing.
type KeyID [4]byte

// String is the id as 8 hexadecimal digits.
func (id KeyID) String() string { return hex.EncodeToString(id[:]) }

// MarshalText and UnmarshalText let an id travel in JSON as String prints it.
func (id KeyID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

func (id *KeyID) UnmarshalText(b []byte) error {
	raw, err := hex.DecodeString(string(b))
	if err != nil || len(raw) != len(id) || hex.EncodeToString(raw) != string(b) {
		return chepiao.Refuse(chepiao.Invalid, "密钥编号应为 8 位十六进制数字", "a key id has 8 hexadecimal digits").At("kid")
	}
	*id = KeyID(raw)
	return nil
}

func keyID(suite chepiao.CryptoProfile, public []byte) KeyID {
	sum := sha256.Sum256(append([]byte(suite+"\x00"), public...))
	return KeyID(sum[:4])
}

// PublicKey is what others need to verify the vouchers of one key, and until
// when. Public is 32 bytes for Ed25519, otherwise an uncompressed point of 65.
type PublicKey struct {
	Issuer  string                `json:"issuer"`
	ID      KeyID                 `json:"kid"`
	Suite   chepiao.CryptoProfile `json:"suite"`
	Public  []byte                `json:"public"`
	From    time.Time             `json:"from"`             // signs and verifies from here
	Until   time.Time             `json:"until"`            // no voucher of it passes from here
	Revoked time.Time             `json:"revoked,omitzero"` // withdrawn: nothing passes on its signature from here
}

// Key is a private key of one issuer. Printing it shows its id only.
type Key struct {
	public  PublicKey
	created time.Time
	secret  []byte
	sign    func(content []byte) ([]byte, error)
}

// Generate makes a key for an issuer (a node's short name, 1 to 8 of A-Z and
// 0-9) from 32 bytes of rand, valid for KeyLife from now. Faults only: unknown
// profile, wrong name, rand ends.
func Generate(issuer string, profile chepiao.CryptoProfile, rand io.Reader, now time.Time) (*Key, error) {
	s, ok := suites[profile]
	if !ok {
		return nil, fmt.Errorf("generating a key: unknown profile %q", profile)
	}
	secret, err := s.newSecret(rand)
	if err != nil {
		return nil, fmt.Errorf("generating a key: %w", err)
	}
	now = now.UTC().Truncate(time.Second)
	return newKey(storedKey{Issuer: issuer, Suite: profile, Secret: secret, Created: now, From: now.Add(-keyHeadStart), Until: now.Add(KeyLife)})
}

// storedKey is a private key as JSON. The caller keeps it secret.
type storedKey struct {
	Issuer  string                `json:"issuer"`
	ID      KeyID                 `json:"kid"`
	Suite   chepiao.CryptoProfile `json:"suite"`
	Secret  []byte                `json:"secret"`
	Created time.Time             `json:"created"`
	From    time.Time             `json:"from"`
	Until   time.Time             `json:"until"`
	Revoked time.Time             `json:"revoked,omitzero"`
}

func newKey(s storedKey) (*Key, error) {
	suite, ok := suites[s.Suite]
	if !ok {
		return nil, fmt.Errorf("unknown profile %q", s.Suite)
	}
	public, sign, err := suite.sign(s.Secret)
	if err != nil {
		return nil, fmt.Errorf("preparing a key: %w", err)
	}
	k := &Key{
		public: PublicKey{Issuer: s.Issuer, ID: keyID(s.Suite, public), Suite: s.Suite, Public: public,
			From: s.From.UTC(), Until: s.Until.UTC(), Revoked: s.Revoked.UTC()},
		created: s.Created, secret: s.Secret, sign: sign,
	}
	if _, err := prepare(k.public); err != nil {
		return nil, err
	}
	return k, nil
}

// ID, Public and Created say what may be known of a private key.
func (k *Key) ID() KeyID          { return k.public.ID }
func (k *Key) Public() PublicKey  { return k.public.clone() }
func (k *Key) Created() time.Time { return k.created }

// String and GoString keep the secret out of logs.
func (k *Key) String() string   { return "private key " + k.public.ID.String() }
func (k *Key) GoString() string { return k.String() }

// MarshalSecret writes the key with its secret as JSON, for the caller's safe.
func (k *Key) MarshalSecret() ([]byte, error) { return json.Marshal(k.stored()) }

func (k *Key) stored() storedKey {
	p := k.public
	return storedKey{p.Issuer, p.ID, p.Suite, k.secret, k.created, p.From, p.Until, p.Revoked}
}

// ParseKey reads what MarshalSecret wrote. Its errors never quote the input.
func ParseKey(data []byte) (*Key, error) {
	var s storedKey
	if err := strictJSON(data, &s); err != nil {
		return nil, fmt.Errorf("reading a stored key: malformed JSON")
	}
	k, err := newKey(s)
	if err != nil {
		return nil, fmt.Errorf("reading a stored key: %w", err)
	}
	if k.public.ID != s.ID {
		return nil, fmt.Errorf("reading a stored key: secret and key id %s do not belong together", s.ID)
	}
	return k, nil
}

// Algorithm and Sign make a Key a cose.Signer. The random source is not used.
func (k *Key) Algorithm() cose.Algorithm { return suites[k.public.Suite].alg }

func (k *Key) Sign(_ io.Reader, content []byte) ([]byte, error) { return k.sign(content) }

// verifyKey is a public key ready to verify: a cose.Verifier.
type verifyKey struct {
	public PublicKey
	verify func(content, signature []byte) bool
}

func (v *verifyKey) Algorithm() cose.Algorithm { return suites[v.public.Suite].alg }

func (v *verifyKey) Verify(content, signature []byte) error {
	if !v.verify(content, signature) {
		return cose.ErrVerification
	}
	return nil
}

// prepare checks a public key's fields and makes it ready.
func prepare(p PublicKey) (*verifyKey, error) {
	s, ok := suites[p.Suite]
	switch {
	case !ok:
		return nil, fmt.Errorf("key %s: unknown suite", p.ID)
	case !validIssuer(p.Issuer):
		return nil, fmt.Errorf("key %s: the issuer must be 1 to 8 of A-Z and 0-9", p.ID)
	case p.ID != keyID(p.Suite, p.Public):
		return nil, fmt.Errorf("key %s: the id is not that of the public key", p.ID)
	case !wholeSecond(p.From) || !wholeSecond(p.Until) || !p.From.Before(p.Until):
		return nil, fmt.Errorf("key %s: no validity", p.ID)
	case !p.Revoked.IsZero() && !wholeSecond(p.Revoked):
		return nil, fmt.Errorf("key %s: no time of revocation", p.ID)
	}
	verify, err := s.verify(p.Public)
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", p.ID, err)
	}
	return &verifyKey{p.clone(), verify}, nil
}

func (p PublicKey) clone() PublicKey {
	p.Public = bytes.Clone(p.Public)
	return p
}

func wholeSecond(t time.Time) bool {
	return t.Nanosecond() == 0 && t.Unix() > 0 && t.Unix() <= timeMax
}
