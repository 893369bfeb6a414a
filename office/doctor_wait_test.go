package office_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"chepiao/store"
)

// TestDoctorFindsWhoWaits breaks a sound waitlist in one place after another: C
// waits, D was served for less than it paid, E waited in vain, F is asked.
func TestDoctorFindsWhoWaits(t *testing.T) {
	w := newWorld(t)
	w.where = "a waitlist"
	for _, block := range []string{
		"on 2026-11-22 06:00 timetable\nG1 seats=1 fare=40.00 石家庄@09:30 保定@11:10\nG2 seats=1 fare=60.00 石家庄@10:30 保定@12:10",
		"hold G1 石家庄 保定 who=李小明\npay A\nhold G2 石家庄 保定 who=王小红\npay B",
		"wait G2 石家庄 保定 who=张三\npay C\nwait G1,G2 石家庄 保定 who=张四\npay D\nrefund A1",
		"wait G1 石家庄 保定 who=张五 until=07:00\npay E\nat 07:00 sweep\nwait G1 石家庄 保定 who=张六",
	} {
		w.tell(strings.Split(block, "\n"))
	}
	d, err := w.store.Doctor(context.Background(), nil)
	must(t, err)
	if len(d.Findings) > 0 || d.In != d.Back+d.Held {
		t.Fatalf("a sound waitlist is said to be broken: %s %v", d.Summary(), d.Findings)
	}
	must(t, w.store.Close())
	sound, err := os.ReadFile(filepath.Join(w.folder, "node.db"))
	must(t, err)
	for _, c := range []struct{ name, sql, where, what string }{
		{"a place lost", "DELETE FROM wait", "order", "stands in the queues of 0 departures, of 1"},
		{"a place of somebody who has gone", "INSERT INTO wait (departure, seq, order_id) VALUES (1, 99, 5)", "waitlist", "1 places belong to no request"},
		{"another's place", "UPDATE wait SET seq = 77", "order", "stands in the queues of 0"},
		{"a counter that runs back", "UPDATE wait_seq SET seq = 0", "waitlist", "is given already"},
		{"a seat for nothing", "UPDATE ticket SET state = 'valid' WHERE state = 'waiting' AND order_id IN (SELECT id FROM orders WHERE state = 'waiting')", "ticket", "it is valid while its order is waiting"},
		{"a request served by nobody", "UPDATE orders SET state = 'issued' WHERE state = 'waiting'", "ticket", "it is waiting while its order is issued"},
		{"a request that is not paid", "UPDATE orders SET payment = 0 WHERE state = 'waiting'", "order", "payments that are paid"},
		{"another end", "UPDATE orders SET deadline = deadline + 1 WHERE state = 'waiting'", "order", "without a place or an end"},
		{"money of a request that ended is kept", "DELETE FROM payback WHERE amount = 4000", "order", "are on their way back"},
		{"the difference is kept", "DELETE FROM payback WHERE amount = 2000", "order", "are on their way back"},
	} {
		d := examine(t, w, sound, c.sql)
		if !slices.ContainsFunc(d.Findings, func(f store.Finding) bool {
			return strings.Contains(f.Where, c.where) && strings.Contains(f.What, c.what)
		}) {
			t.Errorf("%s: %v", c.name, fmt.Sprint(d.Findings))
		}
	}
}
