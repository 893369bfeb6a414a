package watch

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestUntil: a request's context ends at its deadline, whether anybody
// waits for it or only asks, and not before; and with its connection.
func TestUntil(t *testing.T) {
	begin := func(parent context.Context) *Deadline { return Until(parent, time.Now().Add(time.Second), time.Now) }
	synctest.Test(t, func(t *testing.T) {
		asked, waited := begin(context.Background()), begin(context.Background())
		done := waited.Done()
		time.Sleep(999 * time.Millisecond)
		select {
		case <-done:
			t.Error("it ended early")
		default:
		}
		if asked.Err() != nil || waited.Err() != nil {
			t.Errorf("before: %v, %v", asked.Err(), waited.Err())
		}
		if asked.timed != nil {
			t.Error("asking made a timer")
		}
		time.Sleep(time.Millisecond)
		<-done
		for _, d := range []*Deadline{asked, waited} {
			if !errors.Is(d.Err(), context.DeadlineExceeded) {
				t.Errorf("after: %v", d.Err())
			}
			d.End()
		}
	})
	synctest.Test(t, func(t *testing.T) {
		parent, gone := context.WithCancel(context.Background())
		asked, waited := begin(parent), begin(parent)
		done := waited.Done()
		gone()
		<-done
		if !errors.Is(asked.Err(), context.Canceled) || !errors.Is(waited.Err(), context.Canceled) {
			t.Errorf("a lost connection: %v, %v", asked.Err(), waited.Err())
		}
		waited.End()
	})
	synctest.Test(t, func(t *testing.T) {
		type other struct{}
		d := begin(context.WithValue(context.Background(), other{}, 7))
		if d.Value(other{}) != 7 {
			t.Error("a value was lost")
		}
		at, some := d.Deadline()
		d.End() // what waits for a request that was answered waits no longer
		if <-d.Done(); !some || !at.Equal(d.at) || !errors.Is(d.Err(), context.Canceled) {
			t.Errorf("%v %v, %v", at, some, d.Err())
		}
	})
}

// TestUntilWithin: of two deadlines the earlier one holds, there is one timer,
// and the connection ends both.
func TestUntilWithin(t *testing.T) {
	type key struct{}
	for _, c := range []struct{ outer, inner, ends time.Duration }{{2, 1, 1}, {1, 2, 1}} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			outer := Until(context.Background(), began.Add(c.outer*time.Second), time.Now)
			inner := Until(context.WithValue(outer, key{}, 7), began.Add(c.inner*time.Second), time.Now)
			defer outer.End()
			defer inner.End()
			<-inner.Done()
			if took := time.Since(began); took != c.ends*time.Second || outer.timed != nil || inner.Value(key{}) != 7 {
				t.Errorf("%v: ended after %v; a timer outside: %v", c, took, outer.timed != nil)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		connection, gone := context.WithCancel(context.Background())
		inner := Until(Until(connection, time.Now().Add(time.Hour), time.Now), time.Now().Add(time.Hour), time.Now)
		gone()
		if <-inner.Done(); !errors.Is(inner.Err(), context.Canceled) {
			t.Error(inner.Err())
		}
	})
}
