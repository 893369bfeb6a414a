package practice

import (
	"errors"
	"net/http"
	"time"
)

// Faults make the firm misbehave the way real ones now and then do. All are
// off at first.
type Faults struct {
	Unreachable     bool `json:"unreachable"`      // merchants get 503 and nothing happens; payers can go on paying
	SlowSeconds     int  `json:"slow_seconds"`     // what a merchant asks is done at once and answered this much later, 0..60
	NoticeLost      bool `json:"notice_lost"`      // notices are never sent
	NoticeTwice     bool `json:"notice_twice"`     // each notice is sent twice
	NoticeReordered bool `json:"notice_reordered"` // notices wait until the switch is off and are then sent the latest first
	NoticeForged    bool `json:"notice_forged"`    // somebody else reports each new charge as paid
	LateSuccess     bool `json:"late_success"`     // a closed charge, or one whose time is over, can still be paid
	ClosePaid       bool `json:"close_paid"`       // the payer pays at the moment the merchant closes
	RefundRefused   bool `json:"refund_refused"`   // new refunds are refused: the merchant's balance is too small
	RefundPending   bool `json:"refund_pending"`   // refunds stay under way until asked again with this off
	RefundAbnormal  bool `json:"refund_abnormal"`  // refunds end abnormally: the payer's card is closed
	BillMissing     bool `json:"bill_missing"`     // the first line of each bill is left out
	BillForeign     bool `json:"bill_foreign"`     // each bill has a line about a charge nobody made
	BillDifferent   bool `json:"bill_different"`   // the last charge of each bill is a fen more
	BillTwice       bool `json:"bill_twice"`       // the last charge of each bill stands there twice
	BillEarly       bool `json:"bill_early"`       // today's bill is there already
}

func (s Faults) check() error {
	if s.SlowSeconds < 0 || s.SlowSeconds > 60 {
		return errors.New("slow_seconds must be 0 to 60")
	}
	return nil
}

// Faults are the switches as they stand.
func (f *Firm) Faults() Faults {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.faults
}

// SetFaults sets all switches at once.
func (f *Firm) SetFaults(to Faults) error {
	if err := to.check(); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = to
	f.rouse()
	return nil
}

// Gate keeps merchants out while the firm is unreachable, and keeps answers
// back while it is slow: what is asked is done at once all the same.
func (f *Firm) Gate(answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s := f.Faults()
		if s.Unreachable {
			http.Error(w, "out of order (switch: unreachable)", http.StatusServiceUnavailable)
			return
		}
		if s.SlowSeconds == 0 {
			answer(w, r)
			return
		}
		kept := &keptBack{header: http.Header{}, status: http.StatusOK}
		answer(kept, r)
		wait := time.NewTimer(time.Duration(s.SlowSeconds) * time.Second)
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-r.Context().Done():
			return
		}
		for name, values := range kept.header {
			w.Header()[name] = values
		}
		w.WriteHeader(kept.status)
		w.Write(kept.body)
	}
}

// keptBack is an answer that goes out later.
type keptBack struct {
	header http.Header
	status int
	body   []byte
}

func (k *keptBack) Header() http.Header    { return k.header }
func (k *keptBack) WriteHeader(status int) { k.status = status }
func (k *keptBack) Write(b []byte) (int, error) {
	k.body = append(k.body, b...)
	return len(b), nil
}
