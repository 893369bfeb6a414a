package voucher

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"chepiao"
)

// RingMax bounds the keys of one node, DirectoryMax those of a directory.
const (
	RingMax      = 32
	DirectoryMax = 4096
)

// Ring is a node's private keys: one signs, the retired ones only verify what
// they signed. A ring never changes; Rotate and Revoke give a new one, so that
// requests under way keep the one they have.
type Ring struct {
	active  *Key
	retired []*Key
	keys    *Keys
	trusted []PublicKey // of other nodes
}

// NewRing puts keys of one issuer together. A fault when they differ in issuer,
// one appears twice, the active one is revoked, or there are too many.
func NewRing(active *Key, retired ...*Key) (*Ring, error) {
	if len(retired)+1 > RingMax {
		return nil, fmt.Errorf("a ring has at most %d keys", RingMax)
	}
	if !active.public.Revoked.IsZero() {
		return nil, fmt.Errorf("key %s is revoked and cannot sign", active.ID())
	}
	list := []PublicKey{active.public}
	for _, k := range retired {
		if k.public.Issuer != active.public.Issuer {
			return nil, fmt.Errorf("key %s belongs to another issuer", k.ID())
		}
		list = append(list, k.public)
	}
	keys, err := NewKeys(list...)
	if err != nil {
		return nil, fmt.Errorf("making a ring: %w", err)
	}
	return &Ring{active, retired, keys, nil}, nil
}

// Issuer is the node's short name, as it stands in its vouchers.
func (r *Ring) Issuer() string { return r.active.public.Issuer }

// Active is the key that signs.
func (r *Ring) Active() *Key { return r.active }

// Keys are all keys of the ring and those it trusts, ready to verify.
func (r *Ring) Keys() *Keys { return r.keys }

// Trust is the ring with other nodes' public keys, which then verify as its own do.
// Keys that claim to be this node's are passed over. It takes the place of what was
// trusted before.
func (r *Ring) Trust(others ...PublicKey) (*Ring, error) {
	own, trusted := r.Public(), []PublicKey(nil)
	for _, k := range others {
		if k.Issuer != r.Issuer() {
			trusted = append(trusted, k)
		}
	}
	keys, err := NewKeys(append(own, trusted...)...)
	if err != nil {
		return nil, fmt.Errorf("trusting other nodes' keys: %w", err)
	}
	return &Ring{r.active, r.retired, keys, trusted}, nil
}

// Trusted are the keys of the other nodes, as Trust was given them.
func (r *Ring) Trusted() []PublicKey { return slices.Clone(r.trusted) }

// Sign writes the code of a voucher. Claims that the format cannot carry, of
// another issuer, or that outlive the key are a fault of the caller, not a
// refusal. The same claims give the same code until the ring is rotated.
func (r *Ring) Sign(c chepiao.Claims) (string, error) {
	p := r.active.public
	if field := checkClaims(c); field != "" {
		return "", fmt.Errorf("signing a voucher: claim %q is out of range", field)
	}
	if c.Issuer != p.Issuer {
		return "", fmt.Errorf("signing a voucher: issuer %q is not this node's %q", c.Issuer, p.Issuer)
	}
	if c.Expires.After(p.Until) {
		return "", fmt.Errorf("signing a voucher: it would outlive key %s, rotate first", p.ID)
	}
	return encode(c, r.active)
}

// Rotate makes next the signer and retires the present one.
func (r *Ring) Rotate(next *Key) (*Ring, error) {
	return NewRing(next, append([]*Key{r.active}, r.retired...)...)
}

// Revoke withdraws a retired key from a moment on. The signing key cannot be
// revoked: rotate first.
func (r *Ring) Revoke(id KeyID, from time.Time) (*Ring, error) {
	retired := append([]*Key(nil), r.retired...)
	for i, k := range retired {
		if k.ID() == id {
			gone := *k
			gone.public.Revoked = from.UTC().Truncate(time.Second)
			retired[i] = &gone
			return NewRing(r.active, retired...)
		}
	}
	return nil, fmt.Errorf("revoking key %s: it is not among the retired keys of the ring", id)
}

// Public are the ring's public keys, the signing one first: what the node
// sends to whoever publishes the directory.
func (r *Ring) Public() []PublicKey {
	list := []PublicKey{r.active.Public()}
	for _, k := range r.retired {
		list = append(list, k.Public())
	}
	return list
}

type storedRing struct {
	Active  storedKey   `json:"active"`
	Retired []storedKey `json:"retired,omitempty"`
}

// MarshalSecret writes the ring with its secrets as JSON, for the caller's safe.
func (r *Ring) MarshalSecret() ([]byte, error) {
	s := storedRing{Active: r.active.stored()}
	for _, k := range r.retired {
		s.Retired = append(s.Retired, k.stored())
	}
	return json.Marshal(s)
}

// ParseRing reads what MarshalSecret wrote. Its errors never quote the input.
func ParseRing(data []byte) (*Ring, error) {
	var s storedRing
	if err := strictJSON(data, &s); err != nil {
		return nil, errors.New("reading a stored ring: malformed JSON")
	}
	active, err := newKey(s.Active)
	if err != nil {
		return nil, fmt.Errorf("reading a stored ring: %w", err)
	}
	var retired []*Key
	for _, k := range s.Retired {
		old, err := newKey(k)
		if err != nil {
			return nil, fmt.Errorf("reading a stored ring: %w", err)
		}
		retired = append(retired, old)
	}
	return NewRing(active, retired...)
}

// Keys is a set of public keys, ready to verify. It never changes and may be
// used by many at once.
type Keys struct {
	byName map[keyName]*verifyKey
}

type keyName struct {
	issuer string
	id     KeyID
}

// NewKeys makes public keys ready. A fault when one is malformed or stands
// there twice.
func NewKeys(list ...PublicKey) (*Keys, error) {
	if len(list) > DirectoryMax {
		return nil, fmt.Errorf("at most %d keys", DirectoryMax)
	}
	ks := &Keys{make(map[keyName]*verifyKey, len(list))}
	for _, p := range list {
		v, err := prepare(p)
		if err != nil {
			return nil, err
		}
		name := keyName{p.Issuer, p.ID}
		if _, twice := ks.byName[name]; twice {
			return nil, fmt.Errorf("key %s of %s stands there twice", p.ID, p.Issuer)
		}
		ks.byName[name] = v
	}
	return ks, nil
}

func (ks *Keys) find(issuer string, id KeyID) (*verifyKey, bool) {
	v, ok := ks.byName[keyName{issuer, id}]
	return v, ok
}

// strictJSON refuses unknown members and anything after the value.
func strictJSON(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more after the value")
	}
	return nil
}

// List are the public keys of the set, by issuer and id: what a gate takes along
// to verify without asking anybody.
func (ks *Keys) List() []PublicKey {
	list := make([]PublicKey, 0, len(ks.byName))
	for _, k := range ks.byName {
		list = append(list, k.public)
	}
	slices.SortFunc(list, func(a, b PublicKey) int {
		return cmp.Or(cmp.Compare(a.Issuer, b.Issuer), bytes.Compare(a.ID[:], b.ID[:]))
	})
	return list
}
