package practice

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// notice is something a merchant is to be told, again and again until it
// answers as the protocol wants.
type notice struct {
	trade, refund string
	forged        bool
	due           time.Time
	tries         int
}

// backOff is the pause after each failed try. Real firms spread theirs over a
// day; a rehearsal has no such time.
var backOff = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute}

// tell has a merchant told. Callers hold f.mu.
func (f *Firm) tell(t *Trade, r *Refund, forged bool) {
	n := &notice{trade: t.ID, forged: forged, due: f.opt.Now()}
	if r != nil {
		n.refund = r.ID
	}
	f.notices = append(f.notices, n)
	f.rouse()
}

func (f *Firm) rouse() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// Run sends notices as they fall due, until the context ends.
func (f *Firm) Run(ctx context.Context) {
	for ctx.Err() == nil {
		f.Deliver(ctx)
		t := time.NewTimer(250 * time.Millisecond)
		select {
		case <-t.C:
		case <-f.wake:
		case <-ctx.Done():
		}
		t.Stop()
	}
}

// Deliver tries every notice that is due now, once, and says how many still wait.
func (f *Firm) Deliver(ctx context.Context) (waiting int) {
	for _, n := range f.dueNotices() {
		f.deliver(ctx, n)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.notices)
}

func (f *Firm) dueNotices() (due []*notice) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.faults.NoticeReordered {
		return nil
	}
	if f.faults.NoticeLost {
		f.notices = nil
	}
	now := f.opt.Now()
	for _, n := range f.notices {
		if !n.due.After(now) {
			due = append(due, n)
		}
	}
	slices.Reverse(due) // nobody is promised an order
	return due
}

func (f *Firm) deliver(ctx context.Context, n *notice) {
	f.mu.Lock()
	t := f.copied(f.trades[n.trade])
	var r *Refund
	for _, one := range t.Refunds {
		if one.ID == n.refund {
			r = one
		}
	}
	times := 1
	if f.faults.NoticeTwice {
		times = 2
	}
	f.mu.Unlock()
	var err error
	for range times {
		err = errors.Join(err, f.post(ctx, t, r, n.forged))
	}
	if ctx.Err() != nil {
		return // it is stopping: this try does not count
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	n.tries++
	if err == nil || n.forged || n.tries > len(backOff) {
		f.notices = slices.DeleteFunc(f.notices, func(o *notice) bool { return o == n })
		return
	}
	n.due = f.opt.Now().Add(backOff[n.tries-1])
	f.opt.Log.Warn("practice firm: a notice was not taken", "firm", f.opt.EN, "charge", n.trade, "tries", n.tries, "error", err)
}

func (f *Firm) post(ctx context.Context, t Trade, r *Refund, forged bool) error {
	req, err := f.opt.Post(ctx, t, r, forged)
	if err != nil || req == nil {
		return err
	}
	res, err := f.sender.Do(req)
	if err != nil {
		return fmt.Errorf("sending a notice: %w", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 4096))
	if err != nil {
		return fmt.Errorf("sending a notice: %w", err)
	}
	if !f.opt.Taken(res.StatusCode, body) {
		return fmt.Errorf("sending a notice: the merchant answered %d", res.StatusCode)
	}
	return nil
}
