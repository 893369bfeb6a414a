package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"chepiao/pay"
)

// notice is the message that tells the merchant how a charge ended. It is
// repeated, newly signed, until the merchant answers with a 2xx or the tries
// are used up.
type notice struct {
	State noticeState `json:"state"`
	Due   time.Time   `json:"due,omitzero"` // of the next try
	Tries int         `json:"tries"`
}

type noticeState string

const (
	waiting   noticeState = "waiting"
	delivered noticeState = "delivered"
	lost      noticeState = "lost"     // by the switch
	givenUp   noticeState = "given_up" // after the last try
)

// backOff is the pause after each failed try; there is one try more than
// pauses. Real channels spread theirs over a day, a rehearsal has no such time.
var backOff = []time.Duration{
	time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second,
	15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute,
}

const (
	sendTimeout = 5 * time.Second // of one try
	sendersMax  = 8               // tries at the same time
	idleMax     = time.Second     // between two looks for due notices
)

// Run sends notices as they fall due, until the context ends.
func (s *Server) Run(ctx context.Context) {
	for ctx.Err() == nil {
		next := s.Deliver(ctx)
		pause := idleMax
		if !next.IsZero() {
			pause = min(idleMax, max(0, next.Sub(s.opt.Now())))
		}
		t := time.NewTimer(pause)
		select {
		case <-t.C:
		case <-s.wake:
		case <-ctx.Done():
		}
		t.Stop()
	}
}

// Deliver tries every notice that is due now, once, and returns when the next
// one will be, zero when none waits. Run calls it; tests with a clock of their
// own call it themselves.
func (s *Server) Deliver(ctx context.Context) (next time.Time) {
	due := s.due()
	var work sync.WaitGroup
	slots := make(chan struct{}, sendersMax)
	for _, id := range due {
		slots <- struct{}{}
		work.Go(func() {
			defer func() { <-slots }()
			s.deliver(ctx, id)
		})
	}
	work.Wait()

	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.waiting {
		if d := s.charges[id].Notice.Due; next.IsZero() || d.Before(next) {
			next = d
		}
	}
	return next
}

func (s *Server) due() (ids []string) {
	now := s.opt.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.waiting {
		if !s.charges[id].Notice.Due.After(now) {
			ids = append(ids, id)
		}
	}
	return ids
}

// deliver makes one try at one notice and records how it went.
func (s *Server) deliver(ctx context.Context, id string) {
	s.mu.Lock()
	c, sw := s.charges[id], s.switches
	if c == nil {
		s.mu.Unlock()
		return
	}
	to, told := c.NotifyURL, c.result(s.opt.Now())
	s.mu.Unlock()

	var err error
	if !sw.NoticeLost {
		err = s.send(ctx, to, told, sw.NoticeTwice)
	}
	if ctx.Err() != nil {
		return // the wallet is stopping: this try does not count
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.charges[id] != c {
		return // forgotten meanwhile
	}
	n := *c.Notice
	n.Tries++
	switch {
	case sw.NoticeLost:
		n.State, n.Tries = lost, 0
	case err == nil:
		n.State = delivered
	case n.Tries > len(backOff):
		n.State = givenUp
	default:
		n.Due = s.opt.Now().Add(backOff[n.Tries-1])
	}
	c.Notice = &n
	if err != nil {
		s.opt.Log.Warn("practice wallet: notice not taken", "charge", id, "tries", n.Tries, "error", err)
	}
	if err := s.save(c); err != nil {
		s.opt.Log.Error("practice wallet", "error", err)
	}
}

// send posts a signed notice, twice the very same if so wanted. It counts as
// taken when the (last) answer is a 2xx.
func (s *Server) send(ctx context.Context, to string, told pay.Result, twice bool) error {
	body, err := json.Marshal(told)
	if err != nil {
		return fmt.Errorf("writing a notice: %w", err)
	}
	nonce, err := s.nonce()
	if err != nil {
		return err
	}
	header := http.Header{"Content-Type": {"application/json"}}
	pay.Sign(header, s.opt.Key, pay.ForNotice, s.opt.Now(), nonce, body)
	err = s.post(ctx, to, header, body)
	if twice {
		err = s.post(ctx, to, header, body)
	}
	return err
}

func (s *Server) post(ctx context.Context, to string, header http.Header, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("sending a notice: %w", err)
	}
	req.Header = header.Clone()
	res, err := s.sender.Do(req)
	if err != nil {
		return fmt.Errorf("sending a notice: %w", err)
	}
	defer res.Body.Close()
	io.CopyN(io.Discard, res.Body, 4096) // so that the connection can be used again
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fmt.Errorf("sending a notice: the merchant answered %d", res.StatusCode)
	}
	return nil
}
