package office_test

import (
	"bytes"
	"context"
	crand "crypto/rand"
	"fmt"
	"sync"
	"testing"

	"chepiao/office"
	"chepiao/store"
)

// TestTwoProcessesOpenAtOnce: of hubs that are first started together one makes the
// tables and one records the default rules, and all of them open.
func TestTwoProcessesOpenAtOnce(t *testing.T) {
	db, w := server.PostgreSQL(t), newWorld(t)
	var all, there sync.WaitGroup
	there.Add(3)
	for n := range 3 {
		all.Go(func() {
			s, err := store.Open(db.Target, store.Options{Node: "T1", Now: w.clock, Process: fmt.Sprint(n)})
			there.Done()
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			there.Wait()
			o, err := office.New(context.Background(), office.Config{Store: s, NodeKey: bytes.Repeat([]byte{7}, 32), Ring: w.ring, Rand: crand.Reader})
			if err != nil {
				t.Errorf("process %d: %v", n, err)
				return
			}
			if n := len(o.Sheets()); n != 1 {
				t.Errorf("there are %d sheets of rules, want the defaults once", n)
			}
		})
	}
	all.Wait()
}
