package watch

import (
	"fmt"
	"testing"
	"time"
)

// TestClients: each address has its own allowance, which comes back with time.
func TestClients(t *testing.T) {
	clock := time.Unix(1_800_000_000, 0)
	cs := NewClients(Rate{PerSecond: 2, Burst: 3}, func() time.Time { return clock })
	for i := range 3 {
		if w := cs.Wait("192.0.2.1:1000"); w != 0 {
			t.Fatalf("request %d waits %v", i, w)
		}
	}
	if w := cs.Wait("192.0.2.1:1001"); w != 500*time.Millisecond {
		t.Errorf("the fourth waits %v", w)
	}
	if w := cs.Wait("192.0.2.1:1001"); w != 500*time.Millisecond {
		t.Errorf("a refused request counted: %v", w)
	}
	if w := cs.Wait("192.0.2.2:1000"); w != 0 {
		t.Errorf("another address waits %v", w)
	}
	clock = clock.Add(500 * time.Millisecond)
	if w := cs.Wait("192.0.2.1:1000"); w != 0 {
		t.Errorf("after half a second it still waits %v", w)
	}
	for range 10 {
		if w := cs.Wait("127.0.0.1:1"); w != 0 {
			t.Errorf("a caller on this machine waits %v", w)
		}
	}
}

// TestAddresses: an IPv6 client is its /64, and a mapped IPv4 address itself.
func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"[2001:db8:1:2::5]:80", "[2001:db8:1:2:aaaa::9]:81", true},
		{"[2001:db8:1:2::5]:80", "[2001:db8:1:3::5]:80", false},
		{"192.0.2.1:1", "192.0.2.1:2", true},
		{"192.0.2.1:1", "192.0.2.2:1", false},
		{"[::ffff:192.0.2.1]:1", "192.0.2.1:2", true},
		{"[fe80::1%eth0]:1", "[fe80::1]:1", true},
		{"nonsense", "other nonsense", true},
	} {
		if same := addressOf(c.a) == addressOf(c.b); same != c.same {
			t.Errorf("%s and %s: the same %v, want %v", c.a, c.b, same, c.same)
		}
	}
	if !addressOf("[::1]:80").IsLoopback() {
		t.Error("::1 is not on this machine")
	}
}

// TestClientsBounded: however many addresses come, the table stays small and
// who was slowed down is not forgotten first.
func TestClientsBounded(t *testing.T) {
	clock := time.Unix(1_800_000_000, 0)
	cs := NewClients(Rate{PerSecond: 1, Burst: 1}, func() time.Time { return clock })
	for i := range clientsMax + 10 {
		if i == clientsMax-5 {
			clock = clock.Add(time.Hour)
			cs.Wait("192.0.2.9:1")
		}
		cs.Wait(fmt.Sprintf("10.%d.%d.%d:1", i>>16, i>>8&255, i&255))
	}
	if len(cs.seen) > clientsMax {
		t.Errorf("%d addresses remembered", len(cs.seen))
	}
	if w := cs.Wait("192.0.2.9:1"); w == 0 {
		t.Error("a client seen just now was forgotten")
	}
}

func TestRateOff(t *testing.T) {
	cs := NewClients(Rate{PerSecond: 1, Burst: 1, Off: true}, time.Now)
	for range 5 {
		if cs.Wait("192.0.2.1:1") != 0 {
			t.Fatal("a limit that is off limits")
		}
	}
}
