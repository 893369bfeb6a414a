package chepiao

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// MemberID is the number of a passenger's account. It prints as MB, the digits
// and a check digit. Whoever erases an account and comes back gets another number.
type MemberID int64

func (id MemberID) String() string { return printNumber("MB", int64(id)) }

// MarshalText writes a member's number as it prints.
func (id MemberID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// SavedID is the number of a passenger whom a member has saved. It prints as SP,
// the digits and a check digit.
type SavedID int64

func (id SavedID) String() string { return printNumber("SP", int64(id)) }

// ParseSavedID reads a saved passenger's number. Refusal Invalid.
func ParseSavedID(s string) (SavedID, error) {
	n, err := parseNumber("SP", s, "saved")
	return SavedID(n), err
}

// MemberToken names whoever has an account by what they sign in with, a phone or
// a network identity, wherever that itself must not stand.
type MemberToken [16]byte

func (t MemberToken) String() string { return hex.EncodeToString(t[:]) }

// PhoneToken is the token of a phone under a node's key: the first 16 bytes of
// HMAC-SHA256 over "phone|number". It panics on a key under 16 bytes.
func PhoneToken(nodeKey []byte, p Phone) MemberToken {
	return memberToken(nodeKey, "phone|", p.Reveal())
}

// NetworkIDToken is the token of a network identity number (网号): the pseudonym
// by which the national service names one person to one operator.
func NetworkIDToken(nodeKey []byte, number string) MemberToken {
	return memberToken(nodeKey, "netid|", number)
}

func memberToken(nodeKey []byte, what, clear string) (t MemberToken) {
	must(len(nodeKey) >= 16, "a node's key has at least 16 bytes")
	mac := hmac.New(sha256.New, nodeKey)
	mac.Write([]byte("member|" + what + clear))
	copy(t[:], mac.Sum(nil))
	return t
}

// Member is a passenger's account: a number, and when it was made and used. What
// it is signed in with is stored sealed, beside it.
type Member struct {
	ID      MemberID
	Token   MemberToken
	Created time.Time
	Seen    time.Time // last signed in
	Version int64
}

// Limits of accounts. They protect people and their phones and are no rules of the
// trade: no province has a reason to set them otherwise.
const (
	CodeDigits   = 6
	CodeLasts    = 5 * time.Minute
	CodeTriesMax = 5           // wrong answers that a code survives, less one
	CodeGap      = time.Minute // between two codes to one phone
	CodesADay    = 10          // to one phone

	MemberIdle     = 365 * 24 * time.Hour // a phone number unused for so long may be somebody else's by now
	SessionIdle    = 30 * 24 * time.Hour
	SessionLasts   = 180 * 24 * time.Hour
	SessionFresh   = 10 * time.Minute // after signing in, data may be taken out or erased
	SessionsMax    = 10               // devices a member is signed in on; the oldest is signed out
	SavedMax       = 15               // passengers a member may save
	GuardianUnder  = 14               // data of younger children need their guardian's consent (PIPL, article 31)
	LookedKeptDays = 3 * 365          // how long it is known who looked somebody up
)

// CodeWrong is the reason of a sign-in in vain.
const CodeWrong Reason = "CODE_WRONG" // not the code that was sent, or not any more

// Idle says that an account was not used for so long that whoever signs in with
// its phone now may be another person: it is erased and begun anew.
func (m Member) Idle(now time.Time) bool { return now.Sub(m.Seen) > MemberIdle }

// PhoneCode is how the codes to one phone stand.
type PhoneCode struct {
	Made    time.Time // of the last code; zero: none was sent
	Used    bool      // it was answered rightly, or too often
	Tries   int       // wrong answers
	Day     Day       // on which codes are counted
	Asked   int       // codes on that day
	Version int64     // 0: not stored yet
}

// Ask makes room for another code. Refusal TooMany at phone: too soon, or too
// many on one day.
func (c PhoneCode) Ask(now time.Time, today Day) (PhoneCode, error) {
	if wait := c.Made.Add(CodeGap).Sub(now); !c.Made.IsZero() && wait > 0 {
		seconds := int((wait + time.Second - 1) / time.Second)
		return c, Refuse(TooMany, fmt.Sprintf("验证码已发送，请 %d 秒后再试", seconds), fmt.Sprintf("a code was sent: ask again in %d seconds", seconds)).At("phone")
	}
	if c.Day != today {
		c.Day, c.Asked = today, 0
	}
	if c.Asked >= CodesADay {
		return c, Refuse(TooMany, "该手机号今天获取验证码次数已达上限，请明天再试", "this phone was sent as many codes as it may get in a day: please try tomorrow").At("phone")
	}
	return PhoneCode{Made: now, Day: c.Day, Asked: c.Asked + 1, Version: c.Version + 1}, nil
}

// Try answers with a code; right says whether it is the one that was sent. What
// comes back is to be stored in either case. Refusal CodeWrong at code, the same
// for a code that is wrong, was used, has worn out, or was never sent.
func (c PhoneCode) Try(now time.Time, right bool) (PhoneCode, error) {
	if c.Made.IsZero() || c.Used || !now.Before(c.Made.Add(CodeLasts)) {
		return c, codeWrong
	}
	c.Version++
	if !right {
		c.Tries++
		c.Used = c.Tries >= CodeTriesMax
		return c, codeWrong
	}
	c.Used = true
	return c, nil
}

var codeWrong = Refuse(CodeWrong, "验证码不正确或已失效，请核对，或重新获取", "the code is wrong or no longer good: check it, or ask for another").At("code")

// CodeText is the text that brings a code, in "zh" or "en".
func CodeText(lang, code string) string {
	minutes := int(CodeLasts.Minutes())
	if lang == "en" {
		return fmt.Sprintf("Chepiao: your sign-in code is %s, good for %d minutes. Tell it to nobody; our staff never ask for it.", code, minutes)
	}
	return fmt.Sprintf("【车票】登录验证码 %s，%d 分钟内有效。请勿告诉他人，工作人员不会向您索取。", code, minutes)
}

// What the journal says of accounts: by their numbers, never with a phone.
const (
	MemberJoined    EventKind = "member_joined"
	MemberWasErased EventKind = "member_erased" // Reason: on the member's own wish, or because it lay idle
)
