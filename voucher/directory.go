package voucher

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/veraison/go-cose"

	"chepiao"
)

// directoryFormat names the list's format. It is also the external data of the
// signature (RFC 9052 section 4.3), so that no signature over a voucher can
// ever stand for one over a list, nor the other way round.
const directoryFormat = "chepiao-key-directory-1"

// DirectoryBytesMax bounds a directory's JSON.
const DirectoryBytesMax = 2 << 20

// Directory (密钥目录) is the signed list of public keys. It exists only
// verified: Publish and ParseDirectory are the ways to get one.
type Directory struct {
	Issuer string      // node that publishes the list
	Number int64       // grows with every list
	Issued time.Time   // when it was published
	Keys   []PublicKey // of all issuers
	Signer KeyID
	keys   *Keys
}

// directoryFile is the list as JSON. Signature is an untagged COSE_Sign1
// without its content; the content is rebuilt from the other members, so
// spaces and line breaks of the JSON do not matter.
type directoryFile struct {
	Format    string      `json:"format"`
	Issuer    string      `json:"issuer"`
	Number    int64       `json:"number"`
	Issued    time.Time   `json:"issued"`
	Keys      []PublicKey `json:"keys"`
	Signature []byte      `json:"signature"`
}

// content is what is signed: deterministic CBOR of arrays, times in seconds,
// 0 where a key is not revoked.
func (f *directoryFile) content() ([]byte, error) {
	keys := make([]any, 0, len(f.Keys))
	for _, k := range f.Keys {
		revoked := int64(0)
		if !k.Revoked.IsZero() {
			revoked = k.Revoked.Unix()
		}
		keys = append(keys, []any{k.Issuer, k.ID[:], string(k.Suite), k.Public, k.From.Unix(), k.Until.Unix(), revoked})
	}
	return deterministic.Marshal([]any{f.Issuer, f.Number, f.Issued.Unix(), keys})
}

// Publish signs a list of public keys as JSON with the ring's active key.
// number must grow with each list. A fault when a key is malformed or twice.
func (r *Ring) Publish(number int64, now time.Time, keys ...PublicKey) ([]byte, error) {
	f := directoryFile{Format: directoryFormat, Issuer: r.Issuer(), Number: number, Issued: now.UTC().Truncate(time.Second), Keys: keys}
	if _, err := NewKeys(keys...); err != nil {
		return nil, fmt.Errorf("publishing a directory: %w", err)
	}
	content, err := f.content()
	if err != nil {
		return nil, fmt.Errorf("publishing a directory: %w", err)
	}
	p := r.active.public
	m := cose.UntaggedSign1Message{Headers: headers(p.Suite, p.ID), Payload: content}
	if err := m.Sign(nil, []byte(directoryFormat), r.active); err != nil {
		return nil, fmt.Errorf("signing a directory: %w", err)
	}
	m.Payload = nil
	if f.Signature, err = m.MarshalCBOR(); err != nil {
		return nil, fmt.Errorf("publishing a directory: %w", err)
	}
	return json.MarshalIndent(f, "", "  ")
}

// ParseDirectory reads a list and verifies its signature with one of the
// anchors: keys of the publisher that the caller has from elsewhere. Without
// anchors the key is looked up in the list itself; that shows the list to be
// whole, but not who wrote it, so the caller must have it from a place it
// trusts. Refusals: chepiao.Invalid with the field, chepiao.Tampered.
func ParseDirectory(data []byte, anchors ...PublicKey) (*Directory, error) {
	invalid := chepiao.Refuse(chepiao.Invalid, "密钥目录格式错误", "the key directory is malformed").At("directory")
	var f directoryFile
	if len(data) > DirectoryBytesMax || strictJSON(data, &f) != nil {
		return nil, invalid
	}
	if f.Format != directoryFormat || f.Number < 0 || !validIssuer(f.Issuer) || !wholeSecond(f.Issued) {
		return nil, invalid
	}
	keys, err := NewKeys(f.Keys...)
	if err != nil {
		return nil, invalid
	}
	trusted := keys
	if len(anchors) > 0 {
		if trusted, err = NewKeys(anchors...); err != nil {
			return nil, fmt.Errorf("reading the anchors of a directory: %w", err)
		}
	}
	signer, ok := f.verify(trusted)
	if !ok {
		return nil, chepiao.Refuse(chepiao.Tampered, "密钥目录的签名错误", "the key directory's signature is wrong").At("directory")
	}
	return &Directory{f.Issuer, f.Number, f.Issued, f.Keys, signer, keys}, nil
}

// verify checks the signature with a key of the list's publisher that was in
// force when the list was issued.
func (f *directoryFile) verify(trusted *Keys) (KeyID, bool) {
	var m cose.UntaggedSign1Message
	if m.UnmarshalCBOR(f.Signature) != nil || len(m.Payload) != 0 || len(m.Headers.Protected) != 2 || len(m.Headers.Unprotected) != 0 {
		return KeyID{}, false
	}
	kid, suite, ok := readHeaders(m.Headers)
	if !ok {
		return kid, false
	}
	key, ok := trusted.find(f.Issuer, kid)
	if !ok || key.public.Suite != suite {
		return kid, false
	}
	// A revoked key publishes nothing at all: whoever stole it can write any
	// date of issue.
	p := key.public
	if f.Issued.Before(p.From) || !f.Issued.Before(p.Until) || !p.Revoked.IsZero() {
		return kid, false
	}
	content, err := f.content()
	if err != nil {
		return kid, false
	}
	m.Headers, m.Payload = headers(suite, kid), content
	return kid, m.Verify([]byte(directoryFormat), key) == nil
}

// Verify gives the verdict on a code at now with the keys of the list.
func (d *Directory) Verify(code string, now time.Time) Verdict { return d.keys.Verify(code, now) }

// Ready are the list's keys, ready to verify.
func (d *Directory) Ready() *Keys { return d.keys }

// Anchors are the publisher's own keys that are not revoked: what the next list is verified with.
func (d *Directory) Anchors() []PublicKey {
	var own []PublicKey
	for _, k := range d.Keys {
		if k.Issuer == d.Issuer && k.Revoked.IsZero() {
			own = append(own, k.clone())
		}
	}
	return own
}

// Next reads the list that follows this one: signed by a key this list knows
// as the publisher's, and with a higher number, so that nobody can bring back
// an older list without a revocation. Keys revoked in this list are no
// anchors. Refusals as ParseDirectory, and
// chepiao.Invalid for a list of another publisher or one that is not newer.
func (d *Directory) Next(data []byte) (*Directory, error) {
	anchors := d.Anchors()
	if len(anchors) == 0 {
		return nil, chepiao.Refuse(chepiao.Invalid, "现有密钥目录不含发布方的可用密钥", "the present list holds no usable key of its publisher").At("directory")
	}
	next, err := ParseDirectory(data, anchors...)
	if err != nil {
		return nil, err
	}
	if next.Issuer != d.Issuer || next.Number <= d.Number || next.Issued.Before(d.Issued) {
		return nil, chepiao.Refuse(chepiao.Invalid, "密钥目录不比现有的新", "the key directory is not newer than the present one").At("directory")
	}
	return next, nil
}
