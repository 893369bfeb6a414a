package sandbox

import (
	"errors"
	"time"
)

// Switches make the wallet misbehave the way real channels now and then do.
// All are off at first.
type Switches struct {
	Unreachable   bool `json:"unreachable"`    // merchants get 503 and nothing happens; payers can go on paying
	SlowSeconds   int  `json:"slow_seconds"`   // merchants' requests are carried out at once and answered this much later, 0..SlowSecondsMax
	NoticeLost    bool `json:"notice_lost"`    // notices are never sent
	NoticeTwice   bool `json:"notice_twice"`   // each notice is sent twice, byte for byte
	LateSuccess   bool `json:"late_success"`   // a closed charge can still be paid
	RefundPending bool `json:"refund_pending"` // refunds stay due until asked again with this off
	RefundRefused bool `json:"refund_refused"` // new refunds are refused
}

// SlowSecondsMax bounds how long an answer can be kept back.
const SlowSecondsMax = 60

func (s Switches) check() error {
	if s.SlowSeconds < 0 || s.SlowSeconds > SlowSecondsMax {
		return errors.New("slow_seconds must be 0 to 60")
	}
	return nil
}

func (s Switches) slow() time.Duration { return time.Duration(s.SlowSeconds) * time.Second }

// Switches returns the switches as they stand.
func (s *Server) Switches() Switches {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.switches
}

// SetSwitches sets all switches at once.
func (s *Server) SetSwitches(to Switches) error {
	if err := to.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.switches = to
	return s.keep(record{Switches: &to})
}
