// Package practice is a payment firm to try things with, where no money moves:
// its ledger of charges and refunds, the page on which a payer pays, the codes
// that a payer shows to a scanner, the notices it sends to merchants, its daily
// bill, and switches that act out what goes wrong with real firms.
//
// It speaks no protocol. The simulators of WeChat Pay (pay/wechat/wechatsim)
// and Alipay each put their firm's own wire protocol before a Firm. Everything
// is in memory. Whoever reaches its pages can "pay" and turn switches: it
// belongs on a closed network.
package practice

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"chepiao"
	"chepiao/pay"
)

//go:embed assets/*
var assetFiles embed.FS

// Look is what all practice payment pages load: wallet.css and checkout.js.
func Look() fs.FS {
	sub, err := fs.Sub(assetFiles, "assets")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return sub
}

// Options say how a firm works. Now, Rand, Post and the names are required.
type Options struct {
	Now       func() time.Time
	Rand      io.Reader
	ZH, EN    string // the firm's name
	CodeBegin string // first two digits of its payers' codes
	// Post makes the request that tells a merchant: about the trade, or about
	// the refund when it is not nil. A forged one is signed by somebody else.
	Post      func(ctx context.Context, t Trade, r *Refund, forged bool) (*http.Request, error)
	Taken     func(status int, body []byte) bool // whether the merchant's answer ends the repeating
	Transport http.RoundTripper                  // carries notices; nil means a pool of its own
	Log       *slog.Logger                       // nil means silence
}

// Trade is one charge in the firm's books.
type Trade struct {
	ID        string // the merchant's number
	Kind      string // as the firm's protocol calls the way of paying
	Amount    chepiao.Money
	Subject   string
	NotifyURL string
	ReturnURL string
	Payer     string
	Expires   time.Time // zero: never

	Token       string // the secret part of the address where it is paid
	State       chepiao.PaymentState
	Typing      bool // a scanned payer is asked for the password
	Revoked     bool // closed by undoing a scan
	Late        bool // paid after it was closed or over
	Created     time.Time
	PaidAt      time.Time
	RevokedAt   time.Time
	Transaction string // the firm's own number, once paid
	Refunds     []*Refund
}

// Refund is money on its way back. State is due, settled or stuck.
type Refund struct {
	ID, Number string // the merchant's and the firm's
	Amount     chepiao.Money
	NotifyURL  string
	State      chepiao.PaybackState
	Created    time.Time
	Settled    time.Time
}

// Refunded is the sum sent back or on its way.
func (t *Trade) Refunded() (sum chepiao.Money) {
	for _, r := range t.Refunds {
		sum += r.Amount
	}
	return sum
}

// Firm is the firm at work: pages by Handler, notices by Run. It is safe for
// many callers at once.
type Firm struct {
	opt    Options
	sender http.Client
	wake   chan struct{}

	mu      sync.Mutex
	trades  map[string]*Trade
	order   []string // ids, oldest first
	tokens  map[string]string
	refunds map[string]string // refund id to trade id
	codes   map[string]code
	notices []*notice
	faults  Faults
	serial  int64
}

// New makes a firm. Call Run to send notices.
func New(o Options) (*Firm, error) {
	if o.Now == nil || o.Rand == nil || o.Post == nil || o.Taken == nil {
		return nil, errors.New("practice firm: a clock, a source of chance and a protocol are needed")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Transport == nil {
		o.Transport = http.DefaultTransport.(*http.Transport).Clone()
	}
	return &Firm{
		opt: o, wake: make(chan struct{}, 1),
		sender: http.Client{Transport: o.Transport, Timeout: 5 * time.Second},
		trades: map[string]*Trade{}, tokens: map[string]string{}, refunds: map[string]string{}, codes: map[string]code{},
	}, nil
}

// Open opens a charge; the same one again is found again. ErrMismatch when the
// number stands for another, ErrExpired when it is over.
func (f *Firm) Open(in Trade) (Trade, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t, err := f.openTrade(in)
	if err != nil {
		return Trade{}, err
	}
	return f.copied(t), nil
}

func (f *Firm) openTrade(in Trade) (*Trade, error) {
	now := f.opt.Now()
	if t := f.trades[in.ID]; t != nil {
		if t.Kind != in.Kind || t.Amount != in.Amount || t.Subject != in.Subject || !t.Expires.Equal(in.Expires) {
			return nil, pay.ErrMismatch
		}
		return t, nil
	}
	if !in.Expires.IsZero() && !now.Before(in.Expires) {
		return nil, pay.ErrExpired
	}
	token, err := pay.NewNonce(f.opt.Rand)
	if err != nil {
		return nil, err
	}
	in.Token, in.State, in.Created = token, chepiao.PaymentPending, now
	t := &in
	f.trades[t.ID], f.tokens[token] = t, t.ID
	f.order = append(f.order, t.ID)
	if f.faults.NoticeForged {
		f.tell(t, nil, true)
	}
	return t, nil
}

// Find is a charge as it stands now.
func (f *Firm) Find(id string) (Trade, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.trades[id]
	if t == nil {
		return Trade{}, pay.ErrNotFound
	}
	f.age(t)
	return f.copied(t), nil
}

// Close ends a charge that is not paid. With the switch ClosePaid the payer is
// a moment faster. Any other keeps its state.
func (f *Firm) Close(id string) (Trade, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.trades[id]
	if t == nil {
		return Trade{}, pay.ErrNotFound
	}
	f.age(t)
	if t.State == chepiao.PaymentPending {
		if f.faults.ClosePaid {
			f.pay(t)
		} else {
			t.State, t.Typing = chepiao.PaymentClosed, false
		}
	}
	return f.copied(t), nil
}

// Revoke undoes a scan: one that is not paid is closed, one that is paid is
// given back whole. With the switch ClosePaid the payer is a moment faster.
func (f *Firm) Revoke(id string) (Trade, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.trades[id]
	if t == nil {
		return Trade{}, pay.ErrNotFound
	}
	if f.faults.ClosePaid {
		f.pay(t)
	}
	if t.State == chepiao.PaymentPending || t.State == chepiao.PaymentPaid {
		t.RevokedAt = f.opt.Now()
		t.State, t.Typing, t.Revoked = chepiao.PaymentClosed, false, true
	}
	return f.copied(t), nil
}

// age closes a charge whose time is over.
func (f *Firm) age(t *Trade) {
	if t.State == chepiao.PaymentPending && !t.Expires.IsZero() && !f.opt.Now().Before(t.Expires) {
		t.State, t.Typing = chepiao.PaymentClosed, false
	}
}

// pay takes the money, if it still can be taken.
func (f *Firm) pay(t *Trade) bool {
	f.age(t)
	late := t.State == chepiao.PaymentClosed && !t.Revoked
	if t.State != chepiao.PaymentPending && !(late && f.faults.LateSuccess) {
		return false
	}
	f.serial++
	t.State, t.Typing, t.Late, t.PaidAt = chepiao.PaymentPaid, false, late, f.opt.Now()
	t.Transaction = fmt.Sprintf("42%s%012d", t.PaidAt.In(pay.China).Format("20060102150405"), f.serial) // 28 digits
	f.tell(t, nil, false)
	return true
}

// Pay is the payer's doing: paid, or refused by the payer's bank. It says false
// when the charge can no longer be decided.
func (f *Firm) Pay(id string, bankSaysYes bool) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.trades[id]
	if t == nil {
		return false
	}
	if bankSaysYes {
		return f.pay(t)
	}
	f.age(t)
	if t.State != chepiao.PaymentPending {
		return false
	}
	if t.Typing { // a scanned payer who gives up
		t.State, t.Typing = chepiao.PaymentFailed, false
	}
	return true
}

// Refund sends money back, once per refund id. ErrNotFound, ErrNotPaid,
// ErrTooMuch, ErrMismatch, ErrRefundRefused.
func (f *Firm) Refund(trade string, in Refund) (Trade, Refund, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.trades[trade]
	if t == nil {
		return Trade{}, Refund{}, pay.ErrNotFound
	}
	if owner, used := f.refunds[in.ID]; used && owner != trade {
		return Trade{}, Refund{}, pay.ErrMismatch
	}
	for _, r := range t.Refunds {
		if r.ID == in.ID {
			if r.Amount != in.Amount {
				return Trade{}, Refund{}, pay.ErrMismatch
			}
			f.progress(t, r)
			return f.copied(t), *r, nil
		}
	}
	switch {
	case t.State != chepiao.PaymentPaid:
		return Trade{}, Refund{}, pay.ErrNotPaid
	case in.Amount < 1 || in.Amount > t.Amount-t.Refunded():
		return Trade{}, Refund{}, pay.ErrTooMuch
	case f.faults.RefundRefused:
		return Trade{}, Refund{}, pay.ErrRefundRefused
	}
	f.serial++
	r := &in
	r.Created, r.State = f.opt.Now(), chepiao.PaybackDue
	r.Number = fmt.Sprintf("50%s%012d", r.Created.In(pay.China).Format("20060102150405"), f.serial)
	t.Refunds = append(t.Refunds, r)
	f.refunds[r.ID] = trade
	f.progress(t, r)
	return f.copied(t), *r, nil
}

// FindRefund is a refund as it stands now. ErrNotFound.
func (f *Firm) FindRefund(id string) (Trade, Refund, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.trades[f.refunds[id]]
	if t == nil {
		return Trade{}, Refund{}, pay.ErrNotFound
	}
	for _, r := range t.Refunds {
		if r.ID == id {
			f.progress(t, r)
			return f.copied(t), *r, nil
		}
	}
	return Trade{}, Refund{}, pay.ErrNotFound
}

// progress moves a refund on as far as the switches let it.
func (f *Firm) progress(t *Trade, r *Refund) {
	was := r.State
	switch {
	case r.State == chepiao.PaybackSettled:
	case f.faults.RefundAbnormal:
		r.State = chepiao.PaybackStuck
	case !f.faults.RefundPending:
		r.State, r.Settled = chepiao.PaybackSettled, f.opt.Now()
	}
	if r.State != was {
		f.tell(t, r, false)
	}
}

func (f *Firm) copied(t *Trade) Trade {
	c := *t
	c.Refunds = make([]*Refund, len(t.Refunds))
	for i, r := range t.Refunds {
		one := *r
		c.Refunds[i] = &one
	}
	return c
}

// Trades are all charges, oldest first, as they stand.
func (f *Firm) Trades() (all []Trade) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range f.order {
		f.age(f.trades[id])
		all = append(all, f.copied(f.trades[id]))
	}
	return all
}

// Host is the address under which a request reached the firm.
func Host(r *http.Request) string {
	if to := r.Header.Get("X-Forwarded-Host"); to != "" && !strings.ContainsAny(to, "/\\ ") {
		return "http://" + to
	}
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
