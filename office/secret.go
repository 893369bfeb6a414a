package office

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"

	"chepiao"
	"chepiao/store"
)

// secret is what the node's key is used for: tokens that name people, the keys
// that bind vouchers to documents, hashes of inputs, and the wrapping of the
// keys under which people are sealed.
type secret struct {
	node  []byte
	input *sync.Pool // hashes under the key of inputs: making one costs as much as using it
	wrap  cipher.AEAD
	rand  io.Reader
}

// newSecret keeps two keys: node, which all nodes of a province share, so that they
// name people alike, and own, under which this node alone can open its records.
func newSecret(node, own []byte, rand io.Reader) (secret, error) {
	if len(own) == 0 {
		own = node
	}
	if len(node) != 32 || len(own) != 32 {
		return secret{}, errors.New("the node's key must have 32 bytes")
	}
	input, err := hkdf.Key(sha256.New, node, nil, "chepiao input hash", 32)
	if err != nil {
		return secret{}, err
	}
	wrapping, err := hkdf.Key(sha256.New, own, nil, "chepiao wrapping", 32)
	if err != nil {
		return secret{}, err
	}
	wrap, err := newAEAD(wrapping)
	hashes := &sync.Pool{New: func() any { return hmac.New(sha256.New, input) }}
	return secret{node, hashes, wrap, rand}, err
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// inputHash is a keyed hash of a verb's inputs: it tells a replay from another
// request and gives nothing away, though the inputs name people.
func (s secret) inputHash(inputs any) ([]byte, error) {
	h := s.input.Get().(hash.Hash)
	defer s.input.Put(h)
	h.Reset()
	if err := json.NewEncoder(h).Encode(inputs); err != nil {
		return nil, fmt.Errorf("hashing the inputs: %w", err)
	}
	return h.Sum(nil)[:16], nil
}

// personFile is who travels, as sealed.
type personFile struct {
	Name        string `json:"n"`
	Kind        string `json:"k"`
	Number      string `json:"d"`
	Nationality string `json:"c,omitempty"`
	Phone       string `json:"p,omitempty"`

	Children []personFile `json:"a,omitempty"` // free children who were named
}

func fileOf(p chepiao.Passenger) personFile {
	f := personFile{Name: p.Name.Reveal(), Kind: string(p.Document.Kind()), Number: p.Document.Reveal(), Nationality: p.Document.Nationality(), Phone: p.Phone.Reveal()}
	for _, c := range p.Children {
		f.Children = append(f.Children, fileOf(c))
	}
	return f
}

func (f personFile) passenger() (p chepiao.Passenger) {
	p.Name = chepiao.RestoreName(f.Name)
	p.Document = chepiao.RestoreDocument(chepiao.DocumentKind(f.Kind), f.Number, f.Nationality)
	if f.Phone != "" {
		p.Phone = chepiao.RestorePhone(f.Phone)
	}
	for _, c := range f.Children {
		p.Children = append(p.Children, c.passenger())
	}
	return p
}

// seal encrypts who travels under a fresh key and wraps that key. The token is
// bound in, so that a sealed record cannot be moved to another person's ticket.
func (s secret) seal(p chepiao.Passenger, token chepiao.PersonToken) (store.Sealed, error) {
	plain, err := json.Marshal(fileOf(p))
	if err != nil {
		return store.Sealed{}, err
	}
	var fresh [32 + 12]byte // the ticket's key and a nonce for wrapping it
	if _, err := io.ReadFull(s.rand, fresh[:]); err != nil {
		return store.Sealed{}, fmt.Errorf("sealing a person: %w", err)
	}
	own, err := newAEAD(fresh[:32])
	if err != nil {
		return store.Sealed{}, err
	}
	var zero [12]byte // a key that seals once needs no nonce
	return store.Sealed{
		Wrapped: s.wrap.Seal(fresh[32:44:44], fresh[32:44], fresh[:32], token[:]),
		Box:     own.Seal(nil, zero[:], plain, token[:]),
	}, nil
}

// carry takes a sealed record out of this node: with the key that opens it.
func (s secret) carry(id chepiao.TicketID, sealed store.Sealed, token chepiao.PersonToken) (chepiao.Carried, error) {
	key, err := s.unwrap(sealed, token)
	return chepiao.Carried{Ticket: id, Key: key, Box: sealed.Box}, err
}

// adopt locks a carried record under this node's own key. It opens it first, so
// that nothing is kept that nobody can read.
func (s secret) adopt(c chepiao.Carried, token chepiao.PersonToken) (store.Sealed, error) {
	own, err := newAEAD(c.Key)
	if err != nil {
		return store.Sealed{}, errors.New("a carried person has no key")
	}
	var zero [12]byte
	if _, err := own.Open(nil, zero[:], c.Box, token[:]); err != nil {
		return store.Sealed{}, errors.New("a carried person's record does not open")
	}
	var nonce [12]byte
	if _, err := io.ReadFull(s.rand, nonce[:]); err != nil {
		return store.Sealed{}, fmt.Errorf("sealing a person: %w", err)
	}
	return store.Sealed{Wrapped: s.wrap.Seal(nonce[:len(nonce):len(nonce)], nonce[:], c.Key, token[:]), Box: c.Box}, nil
}

// unwrap is the key of a sealed record.
func (s secret) unwrap(sealed store.Sealed, token chepiao.PersonToken) ([]byte, error) {
	if len(sealed.Wrapped) < 12 {
		return nil, errors.New("a person's key is destroyed")
	}
	key, err := s.wrap.Open(nil, sealed.Wrapped[:12], sealed.Wrapped[12:], token[:])
	if err != nil {
		return nil, errors.New("a person's key does not open with this node's key")
	}
	return key, nil
}

// open decrypts who travels.
func (s secret) open(sealed store.Sealed, token chepiao.PersonToken) (p chepiao.Passenger, err error) {
	key, err := s.unwrap(sealed, token)
	if err != nil {
		return p, err
	}
	own, err := newAEAD(key)
	if err != nil {
		return p, err
	}
	var zero [12]byte
	plain, err := own.Open(nil, zero[:], sealed.Box, token[:])
	if err != nil {
		return p, errors.New("a person's record does not open")
	}
	var f personFile
	if err := json.Unmarshal(plain, &f); err != nil {
		return p, errors.New("a person's record cannot be read")
	}
	return f.passenger(), nil
}
