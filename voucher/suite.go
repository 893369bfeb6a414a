package voucher

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/emmansun/gmsm/sm2"
	"github.com/veraison/go-cose"

	"chepiao"
)

// AlgSM2 is the COSE algorithm number used for SM2 with SM3 (GB/T 32918.2,
// user id 1234567812345678, signature r‖s). None is registered: this one lies
// in the range for private use, below -65536 (RFC 9053).
const AlgSM2 cose.Algorithm = -65537

// Every suite has secrets of 32 bytes and signatures of 64.
const (
	secretSize    = 32
	signatureSize = 64
)

// suite is one way of signing. All of them sign deterministically: the same
// claims and key give the same code, and no random number can go wrong.
type suite struct {
	alg        cose.Algorithm
	publicSize int
	// sign prepares a secret; the public key's bytes come with it.
	sign func(secret []byte) (public []byte, sign func(content []byte) ([]byte, error), err error)
	// verify prepares a public key; err when it is not one.
	verify func(public []byte) (func(content, signature []byte) bool, error)
}

// suites are all that are known. To add one: an entry here, a profile in the
// domain, vectors, and a line in docs/voucher.md.
var suites = map[chepiao.CryptoProfile]suite{
	chepiao.ProfileEd25519: {cose.AlgorithmEdDSA, ed25519.PublicKeySize, signEd25519, verifyEd25519},
	chepiao.ProfileES256:   {cose.AlgorithmES256, 65, signES256, verifyES256},
	chepiao.ProfileSM2:     {AlgSM2, 65, signSM2, verifySM2},
}

// newSecret draws a secret from rand. A draw that is no scalar of the curve
// (one in four thousand million) is thrown away.
func (s suite) newSecret(rand io.Reader) ([]byte, error) {
	var err error
	for range 8 {
		secret := make([]byte, secretSize)
		if _, err = io.ReadFull(rand, secret); err != nil {
			return nil, fmt.Errorf("drawing a secret: %w", err)
		}
		if _, _, err = s.sign(secret); err == nil {
			return secret, nil
		}
	}
	return nil, fmt.Errorf("drawing a secret: %w", err)
}

func signEd25519(secret []byte) ([]byte, func([]byte) ([]byte, error), error) {
	if len(secret) != ed25519.SeedSize {
		return nil, nil, errors.New("an Ed25519 seed has 32 bytes")
	}
	key := ed25519.NewKeyFromSeed(secret)
	return key[32:], func(content []byte) ([]byte, error) { return ed25519.Sign(key, content), nil }, nil
}

func verifyEd25519(public []byte) (func(content, signature []byte) bool, error) {
	if len(public) != ed25519.PublicKeySize {
		return nil, errors.New("an Ed25519 public key has 32 bytes")
	}
	return func(content, signature []byte) bool { return ed25519.Verify(public, content, signature) }, nil
}

func signES256(secret []byte) ([]byte, func([]byte) ([]byte, error), error) {
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), secret)
	if err != nil {
		return nil, nil, err
	}
	public, err := key.PublicKey.Bytes()
	if err != nil {
		return nil, nil, err
	}
	return public, func(content []byte) ([]byte, error) {
		digest := sha256.Sum256(content)
		der, err := key.Sign(nil, digest[:], crypto.SHA256) // no random source: RFC 6979
		if err != nil {
			return nil, err
		}
		return rawSignature(der)
	}, nil
}

func verifyES256(public []byte) (func(content, signature []byte) bool, error) {
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), public)
	if err != nil {
		return nil, err
	}
	return func(content, signature []byte) bool {
		digest := sha256.Sum256(content)
		der, err := derSignature(signature)
		return err == nil && ecdsa.VerifyASN1(key, digest[:], der)
	}, nil
}

func signSM2(secret []byte) ([]byte, func([]byte) ([]byte, error), error) {
	if len(secret) != secretSize {
		return nil, nil, errors.New("an SM2 private key has 32 bytes")
	}
	key, err := sm2.ParseRawPrivateKey(secret)
	if err != nil {
		return nil, nil, err
	}
	exchange, err := key.ECDH()
	if err != nil {
		return nil, nil, err
	}
	return exchange.PublicKey().Bytes(), func(content []byte) ([]byte, error) {
		// The option hashes with SM3 and the default user id 1234567812345678.
		der, err := sm2.SignDeterministic(key, content, sm2.DefaultSM2SignerOpts)
		if err != nil {
			return nil, err
		}
		return rawSignature(der)
	}, nil
}

func verifySM2(public []byte) (func(content, signature []byte) bool, error) {
	key, err := sm2.ParseUncompressedPublicKey(public)
	if err != nil {
		return nil, err
	}
	return func(content, signature []byte) bool {
		der, err := derSignature(signature)
		return err == nil && sm2.VerifyASN1WithSM2(key, nil, content, der)
	}, nil
}

type ecSignature struct{ R, S *big.Int }

// rawSignature turns an ASN.1 signature into r‖s of 64 bytes (RFC 9053 section 2.1).
func rawSignature(der []byte) ([]byte, error) {
	var s ecSignature
	if _, err := asn1.Unmarshal(der, &s); err != nil {
		return nil, err
	}
	raw := make([]byte, signatureSize)
	s.R.FillBytes(raw[:32])
	s.S.FillBytes(raw[32:])
	return raw, nil
}

func derSignature(raw []byte) ([]byte, error) {
	if len(raw) != signatureSize {
		return nil, errors.New("a signature has 64 bytes")
	}
	return asn1.Marshal(ecSignature{new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])})
}
