package practice

import (
	"fmt"
	"io"
	"time"

	"chepiao"
	"chepiao/pay"
)

// CodeKind is what happens when a payer's code is scanned.
type CodeKind string

// The kinds.
const (
	CodePays  CodeKind = "pays"  // the money is taken at once
	CodeAsks  CodeKind = "asks"  // the payer is asked for the password first
	CodeEmpty CodeKind = "empty" // the balance does not cover it
	CodeOld   CodeKind = "old"   // it has been on the screen too long
)

type code struct {
	kind  CodeKind
	until time.Time
}

const codeLife = 2 * time.Minute

// NewCode is what the payer's phone shows: 18 digits, good for one payment.
func (f *Firm) NewCode(kind CodeKind) (string, error) {
	var b [16]byte
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := io.ReadFull(f.opt.Rand, b[:]); err != nil {
		return "", fmt.Errorf("drawing a payer's code: %w", err)
	}
	text := []byte(f.opt.CodeBegin)
	for _, c := range b {
		text = append(text, '0'+c%10)
	}
	now := f.opt.Now()
	for old, c := range f.codes {
		if now.After(c.until) {
			delete(f.codes, old)
		}
	}
	f.codes[string(text)] = code{kind, now.Add(codeLife)}
	return string(text), nil
}

// Scan opens a charge and pays it with the code that a clerk has scanned. A
// charge that exists is answered as it stands. ErrCode, ErrFunds, ErrMismatch.
func (f *Firm) Scan(in Trade, text string) (Trade, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.trades[in.ID] == nil {
		c, known := f.codes[text]
		delete(f.codes, text)
		switch {
		case !known || f.opt.Now().After(c.until) || c.kind == CodeOld:
			return Trade{}, pay.ErrCode
		case c.kind == CodeEmpty:
			return Trade{}, pay.ErrFunds
		}
		t, err := f.openTrade(in)
		if err != nil {
			return Trade{}, err
		}
		if t.Typing = c.kind == CodeAsks; !t.Typing {
			f.pay(t)
		}
	}
	t, err := f.openTrade(in)
	if err != nil {
		return Trade{}, err
	}
	if t.State != chepiao.PaymentPending {
		t.Typing = false
	}
	return f.copied(t), nil
}
