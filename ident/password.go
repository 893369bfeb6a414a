package ident

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"chepiao"
)

// Cost is what one hash of a password costs (argon2id, RFC 9106). It is written
// down with each hash, so it may change: an old one is made anew at the next
// sign-in.
type Cost struct {
	Memory  uint32 // KiB
	Passes  uint32
	Threads uint8
}

// CostDefault takes about 30 ms of one core.
var CostDefault = Cost{Memory: 19 << 10, Passes: 2, Threads: 1}

// Limits of passwords, in characters, and how many are hashed at once: a hundred
// people who sign in together wait a moment and do not eat the memory.
const (
	PasswordMin  = 8
	PasswordMax  = 128
	hashesAtOnce = 4
)

// costMost bounds what a stored hash may ask for, so that a damaged row does not
// take the machine down.
var costMost = Cost{Memory: 1 << 20, Passes: 16, Threads: 8}

var plain64 = base64.RawStdEncoding

// hasher makes and compares hashes of passwords, a few at a time.
type hasher struct {
	cost  Cost
	room  chan struct{}
	rand  io.Reader
	dummy string // of a password that nobody knows
}

func newHasher(c Cost, rand io.Reader) (*hasher, error) {
	if c == (Cost{}) {
		c = CostDefault
	}
	h := &hasher{cost: c, room: make(chan struct{}, hashesAtOnce), rand: rand}
	var err error
	h.dummy, err = h.hash("nobody's password")
	return h, err
}

// hash is what is kept of a password, in the usual form:
// $argon2id$v=19$m=19456,t=2,p=1$salt$hash.
func (h *hasher) hash(password string) (string, error) {
	var salt [16]byte
	if _, err := io.ReadFull(h.rand, salt[:]); err != nil {
		return "", fmt.Errorf("hashing a password: %w", err)
	}
	return h.cost.print(salt[:], h.key(password, salt[:], h.cost, 32)), nil
}

func (c Cost) print(salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Passes, c.Threads, plain64.EncodeToString(salt), plain64.EncodeToString(key))
}

func (h *hasher) key(password string, salt []byte, c Cost, length uint32) []byte {
	h.room <- struct{}{}
	defer func() { <-h.room }()
	return argon2.IDKey([]byte(norm.NFC.String(password)), salt, c.Passes, c.Memory, c.Threads, length)
}

// fits says whether a password is the one that was kept. "" is nobody's: it takes
// as long, so that the time does not tell which numbers exist. old says that the
// hash was made at another cost.
func (h *hasher) fits(password, kept string) (fits, old bool, err error) {
	nobody := kept == ""
	if nobody {
		kept = h.dummy
	}
	c, salt, key, err := readHash(kept)
	if err != nil {
		return false, false, err
	}
	if utf8.RuneCountInString(password) > PasswordMax {
		return false, false, nil
	}
	same := subtle.ConstantTimeCompare(h.key(password, salt, c, uint32(len(key))), key) == 1
	return same && !nobody, c != h.cost, nil
}

var errHash = errors.New("a password's hash cannot be read") // never with the hash in it

func readHash(s string) (c Cost, salt, key []byte, err error) {
	parts := strings.Split(s, "$")
	var version int
	if len(parts) != 6 || parts[1] != "argon2id" {
		return c, nil, nil, errHash
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return c, nil, nil, errHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.Memory, &c.Passes, &c.Threads); err != nil {
		return c, nil, nil, errHash
	}
	if c.Memory > costMost.Memory || c.Passes > costMost.Passes || c.Threads > costMost.Threads || c.Passes == 0 || c.Threads == 0 {
		return c, nil, nil, errHash
	}
	salt, err1 := plain64.DecodeString(parts[4])
	key, err2 := plain64.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(salt) < 8 || len(key) < 16 || len(key) > 64 {
		return c, nil, nil, errHash
	}
	return c, salt, key, nil
}

// checkPassword refuses, at "password", what is too short or easily guessed.
// There are no rules about signs and digits: they make passwords worse (NIST SP
// 800-63B).
func checkPassword(password string, no chepiao.StaffNo) error {
	n := utf8.RuneCountInString(password)
	if n < PasswordMin || n > PasswordMax || !utf8.ValidString(password) {
		return chepiao.Refuse(chepiao.Invalid, fmt.Sprintf("密码应为 %d 到 %d 个字符", PasswordMin, PasswordMax),
			fmt.Sprintf("a password has %d to %d characters", PasswordMin, PasswordMax)).At("password")
	}
	low := strings.ToLower(password)
	easy := strings.Contains(low, strings.ToLower(string(no))) && n < len(no)+6 || steps(low)
	for _, known := range []string{"password", "12345678", "11111111", "88888888", "66666666", "qwertyui", "chepiao", "abcd1234", "abc12345", "iloveyou", "admin", "woaini"} {
		easy = easy || strings.Contains(low, known) && n < len(known)+4
	}
	if easy {
		return chepiao.Refuse(chepiao.Invalid, "这个密码太容易猜到，请换一个", "this password is easily guessed: choose another").At("password")
	}
	return nil
}

// steps says that every character is the one before or its neighbour.
func steps(s string) bool {
	var last rune
	for i, c := range s {
		if d := c - last; i > 0 && (d < -1 || d > 1) {
			return false
		}
		last = c
	}
	return true
}
