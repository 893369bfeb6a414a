package smsgate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"chepiao"
	"chepiao/message"
)

// backOff is the pause after each failed try of a report; there is one try more
// than pauses.
var backOff = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 15 * time.Second, 30 * time.Second}

// Run sends reports as they fall due, until the context ends.
func (s *Server) Run(ctx context.Context) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		s.Report(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Report sends the reports that are due and says how many were taken.
func (s *Server) Report(ctx context.Context) (taken int) {
	for _, t := range s.due() {
		if ctx.Err() != nil {
			return taken
		}
		var err error
		sw := s.Switches()
		if !sw.ReportLost {
			if err = s.send(ctx, t); err == nil && sw.ReportTwice {
				err = s.send(ctx, t)
			}
		}
		if ctx.Err() != nil {
			return taken // the gateway is stopping: this try does not count
		}
		if s.note(t.ID, sw.ReportLost, err) {
			taken++
		}
	}
	return taken
}

func (s *Server) due() (list []Sent) {
	now := s.opt.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.order {
		if t := s.texts[id]; t.report == reportWaiting && !t.due.After(now) {
			list = append(list, *t)
		}
	}
	return list
}

// note records how a try went and says whether the hub took the report.
func (s *Server) note(id string, lost bool, err error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.texts[id]
	if t == nil {
		return false
	}
	t.State = t.fate
	t.tries++
	switch {
	case lost:
		t.report = reportLost
	case err == nil:
		t.report = reportTaken
		return true
	case t.tries > len(backOff):
		t.report = reportGivenUp
	default:
		t.due = s.opt.Now().Add(backOff[t.tries-1])
	}
	if err != nil {
		s.opt.Log.Warn("practice SMS gateway: report not taken", "text", id, "tries", t.tries, "error", err)
	}
	return false
}

func (s *Server) send(ctx context.Context, t Sent) error {
	now := s.opt.Now()
	report := message.Report{ID: t.ID, State: t.fate, At: now}
	if t.fate == chepiao.MessageFailed {
		report.Code = t.Code
	}
	body, err := json.Marshal(report)
	if err != nil {
		return fmt.Errorf("writing a report: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.ReportURL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("sending a report: %w", err)
	}
	message.Sign(req.Header, s.opt.Key, message.ForReport, now, body)
	req.Header.Set("Content-Type", "application/json")
	res, err := s.sender.Do(req)
	if err != nil {
		return fmt.Errorf("sending a report: %w", err)
	}
	defer res.Body.Close()
	io.CopyN(io.Discard, res.Body, 4096) // so that the connection can be used again
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fmt.Errorf("sending a report: the hub answered %d", res.StatusCode)
	}
	return nil
}
