package baseline

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"chepiao"
)

// secret does what the office's does: the same hashes and the same two
// encryptions a passenger, so that neither side is spared work.
type secret struct {
	node, input []byte
	wrap        cipher.AEAD
	rand        io.Reader
}

// sealed is who travels, encrypted, with the key it was encrypted under, itself
// encrypted.
type sealed struct{ wrapped, box []byte }

func newSecret(node []byte, rand io.Reader) (secret, error) {
	if len(node) != 32 {
		return secret{}, errors.New("the key must have 32 bytes")
	}
	input, err := hkdf.Key(sha256.New, node, nil, "baseline input hash", 32)
	if err != nil {
		return secret{}, err
	}
	wrapping, err := hkdf.Key(sha256.New, node, nil, "baseline wrapping", 32)
	if err != nil {
		return secret{}, err
	}
	wrap, err := newAEAD(wrapping)
	return secret{node, input, wrap, rand}, err
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func (s secret) inputHash(inputs any) ([]byte, error) {
	h := hmac.New(sha256.New, s.input)
	if err := json.NewEncoder(h).Encode(inputs); err != nil {
		return nil, fmt.Errorf("hashing the inputs: %w", err)
	}
	return h.Sum(nil)[:16], nil
}

type personFile struct {
	Name   string `json:"n"`
	Kind   string `json:"k"`
	Number string `json:"d"`
	Phone  string `json:"p,omitempty"`
}

func (s secret) seal(p chepiao.Passenger, token chepiao.PersonToken) (sealed, error) {
	plain, err := json.Marshal(personFile{p.Name.Reveal(), string(p.Document.Kind()), p.Document.Reveal(), p.Phone.Reveal()})
	if err != nil {
		return sealed{}, err
	}
	var fresh [32 + 12]byte
	if _, err := io.ReadFull(s.rand, fresh[:]); err != nil {
		return sealed{}, fmt.Errorf("sealing a person: %w", err)
	}
	own, err := newAEAD(fresh[:32])
	if err != nil {
		return sealed{}, err
	}
	var zero [12]byte
	return sealed{s.wrap.Seal(fresh[32:44:44], fresh[32:44], fresh[:32], token[:]), own.Seal(nil, zero[:], plain, token[:])}, nil
}
