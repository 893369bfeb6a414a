package office_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"chepiao/store"
	"chepiao/store/storetest"
)

// aBusyDay is a node with an order in every state: A partly refunded and
// checked, B refunded whole, C lapsed, D released, E held, F being paid, G with
// money that came late and goes back, H on a flow departure with a child.
func aBusyDay(t *testing.T) *world {
	w := newWorld(t)
	w.where = "a busy day"
	for _, block := range []string{
		"on 2026-11-22 07:00 timetable\nG101 seats=45 石家庄@08:30 定州@09:20 保定@10:10\nF1 seats=20 until=18:00 石家庄@06:00 正定@09:30 新乐@10:00",
		"hold G101 石家庄 保定 who=李小明,王小红\npay A\nrefund A1\nhold G101 石家庄 定州 who=张三丰\npay B\nrefund B1",
		"hold G101 石家庄 保定 who=赵四海 channel=window\nat 07:02 sweep\nhold G101 石家庄 保定 who=孙五湖\nrelease D",
		"at 07:50 hold G101 定州 保定 who=周六一\nhold G101 石家庄 保定 who=吴七七\npay F with=wallet\nhold G101 石家庄 保定 who=郑八八 seats=20\npay G with=wallet",
		"at 07:51 payer G failure\nnotices\nrelease G\nhold G101 石家庄 保定 who=冯九九 seats=20\nwallet late_success",
	} {
		w.tell(strings.Split(block, "\n"))
	}
	must(t, w.office.Settle(context.Background(), w.lastPayment("G"), "paid")) // the seat is gone
	w.tell(strings.Split("hold F1 石家庄 新乐 who=陈十全+1\npay I\nreport G101\nat 08:15 check A2 id=王小红 seen=resident_id station=石家庄", "\n"))
	return w
}

// TestDoctorFinds breaks a sound database in one place after another. Each time
// doctor must name the place.
func TestDoctorFinds(t *testing.T) {
	w := aBusyDay(t)
	d, err := w.store.Doctor(context.Background(), nil)
	must(t, err)
	if len(d.Findings) > 0 {
		t.Fatalf("a sound database is said to be broken: %v", d.Findings)
	}
	if d.In != d.Back+d.Held || d.Late == 0 || d.Orders != 9 || d.Tickets != 10 {
		t.Errorf("%s, late %s", d.Summary(), d.Late)
	}
	must(t, w.store.Close())
	sound, err := os.ReadFile(filepath.Join(w.folder, "node.db"))
	must(t, err)
	for _, c := range []struct{ name, sql, where, what string }{
		{"a slip of no ticket", "INSERT INTO slip (ticket, kind, state, device, at, body, version) VALUES (99, 'voucher', 'finished', 'K1', 0, '{\"ticket\":\"TK990\",\"kind\":\"voucher\",\"state\":\"finished\",\"device\":\"K1\",\"tries\":1,\"copies\":1,\"at\":\"2026-11-22T08:00:00Z\",\"version\":1}', 1)", "slip voucher", "no such ticket"},
		{"a seat without a ticket", "UPDATE departure SET seats = CAST(substr(seats, 1, 4 + 8*29 + 7) || x'03' || substr(seats, 4 + 8*29 + 9) AS BLOB) WHERE substr(seats, 1, 1) = x'53'", "seat 30", "tickets say []"},
		{"a ticket without its seat", "UPDATE departure SET seats = CAST(substr(seats, 1, 4) || zeroblob(8*45) AS BLOB) WHERE substr(seats, 1, 1) = x'53'", "seat 20", "tickets say [1 2]"},
		{"a seat sold twice", "UPDATE ticket SET seat = 20 WHERE state = 'checked'", "ticket", "sold to another ticket"},
		{"a seat that is not there", "UPDATE ticket SET seat = 46 WHERE state = 'checked'", "ticket", "no seat 46"},
		{"legs that are not there", "UPDATE ticket SET alight = 3 WHERE state = 'checked'", "ticket", "from stop 0 to 3"},
		{"a flow leg", "UPDATE departure SET seats = CAST(substr(seats, 1, 5) || x'07' || substr(seats, 7) AS BLOB) WHERE substr(seats, 1, 1) = x'46'", "leg 1", "counts 7 passengers, the tickets say 1"},
		{"free children", "UPDATE departure SET children = 2 WHERE children = 1", "departure", "counts 2 free children"},
		{"two tickets of one document", "UPDATE ticket SET person = (SELECT person FROM ticket WHERE state = 'checked') WHERE seat = 20 AND state = 'held'", "ticket", "same document"},
		{"a reserved seat that is sold, too", `UPDATE departure SET ops = '{"reserved":[{"seat":20,"from":0,"to":2,"kind":"fixed","reason":"x","by":"y"}]}' WHERE substr(seats, 1, 1) = x'53'`, "departure", "reserved seat 20"},
		{"a vehicle that cannot be read", "UPDATE fleet SET body = 'x'", "vehicle", "cannot be read"},
		{"a vehicle under another's plate", "UPDATE fleet SET plate = '冀X'", "vehicle", "its content 冀A-G101"},
		{"a driver of another version", "UPDATE driver SET version = 9", "driver", "version 9"},
		{"a coach that left five stops", "UPDATE departure SET left_stops = 5", "departure", "left 5 stops"},
		{"no departure", "DELETE FROM departure", "departure", "has tickets but no row"},
		{"another number of seats", "UPDATE template SET body = CAST(replace(body, '\"seats\":45', '\"seats\":44') AS BLOB)", "departure", "the timetable says 44"},
		{"a total", "UPDATE orders SET total = total + 1 WHERE id = (SELECT min(id) FROM orders)", "order", "its tickets cost 64.00"},
		{"a price", "UPDATE ticket SET price = price - 100 WHERE state = 'checked'", "order", "its tickets cost 63.00"},
		{"a fee", "UPDATE ticket SET fee = fee + 1 WHERE state = 'refunded'", "ticket", "were kept"},
		{"money for a ticket that stands", "UPDATE ticket SET refund = 100 WHERE state = 'checked'", "ticket", "were kept"},
		{"a payment's amount", "UPDATE payment SET amount = amount + 1 WHERE state = 'paid'", "order", "its tickets and fees are worth"},
		{"a payment undone", "UPDATE payment SET state = 'failed' WHERE state = 'paid'", "order", "0 payments that are paid"},
		{"a payment that nobody names", "UPDATE orders SET payment = payment + 1 WHERE state = 'issued'", "payment", "its order names another payment"},
		{"a payment under way that is not", "UPDATE payment SET state = 'closed' WHERE state = 'pending'", "order", "0 payments under way"},
		{"a payback's amount", "UPDATE payback SET amount = amount + 1", "order", "given back"},
		{"a late payment kept in part", "UPDATE payback SET amount = 100 WHERE channel = 'sandbox'", "payment", "it came too late, and 1.00 of"},
		{"a payback lost", "DELETE FROM payback", "payback", "there is no such row"},
		{"a payback of nothing", "UPDATE payback SET payment = 1", "payback", "has no payment of its order"},
		{"money back of a failed payment", "UPDATE payment SET state = 'failed' WHERE state = 'returned'", "payment", "it is failed, but"},
		{"an order's state", "UPDATE orders SET state = 'issued' WHERE state = 'held'", "ticket", "it is held while its order is issued"},
		{"a ticket's state", "UPDATE ticket SET state = 'valid' WHERE state = 'lapsed'", "ticket", "it is valid while its order is lapsed"},
		{"an order all refunded", "UPDATE orders SET state = 'issued' WHERE state = 'refunded'", "order", "that all its tickets are given back is true"},
		{"a state behind the journal's back", "UPDATE ticket SET state = 'departed' WHERE state = 'checked'", "ticket", "the journal says checked"},
		{"a version", "UPDATE orders SET version = version + 1 WHERE state = 'held'", "order", "the journal says held at version 1"},
		{"a check that never was", "UPDATE ticket SET checked_at = 0, checked_by = '' WHERE state = 'checked'", "ticket", "when or where"},
		{"a passage that nobody reviews", "DELETE FROM review", "reviews", "0 passages are listed as manual, the journal has 1"},
		{"rules that never were", "UPDATE ticket SET rules = 9 WHERE state = 'checked'", "ticket", "rules 9"},
		{"another journey", "UPDATE ticket SET to_no = to_no + 1 WHERE state = 'checked'", "ticket", "its journey is not that of"},
		{"an order lost", "DELETE FROM orders WHERE state = 'issued'", "ticket", "has no order"},
		{"a ticket lost", "DELETE FROM ticket WHERE state = 'checked'", "order", "has 1 tickets and counts 2"},
		{"a person lost", "DELETE FROM person WHERE ticket = (SELECT id FROM ticket WHERE state = 'checked')", "order", "1 of its 2 tickets have a person"},
		{"a person too many", "INSERT INTO person (ticket, wrapped, sealed) VALUES (5, x'00', x'00')", "ticket", "has a person but does not exist"},
		{"a payment of no order", "UPDATE payment SET order_id = 5 WHERE state = 'returned'", "payment", "has no order"},
		{"an entry's body", "UPDATE journal SET body = CAST(replace(body, 'story', 'stary') AS BLOB) WHERE seq = 5", "journal T1/1/5", "hash does not follow"},
		{"an entry's time", "UPDATE journal SET at = at - 1 WHERE seq = 5", "journal T1/1/5", "hash does not follow"},
		{"an entry lost", "DELETE FROM journal WHERE seq = 5", "journal T1/1/6", "entries 5 to 5 are missing"},
		{"an entry's hash", "UPDATE journal SET hash = x'00' WHERE seq = 5", "journal T1/1/6", "hash does not follow"},
		{"the last entry lost", "DELETE FROM journal WHERE seq = (SELECT seq FROM lane)", "lane T1/1", "its head says entry"},
		{"a body that is not JSON", "UPDATE journal SET body = x'00' WHERE seq = 5", "journal T1/1/5", "cannot be read"},
		{"a kind", "UPDATE journal SET kind = 'other' WHERE seq = 5", "journal T1/1/5", "filed as other"},
		{"an entry of no lane", "UPDATE journal SET node = 'T2' WHERE seq = 5", "journal", "1 entries stand in no lane"},
		{"a head's hash", "UPDATE lane SET hash = x'00'", "lane T1/1", "head's hash"},
		{"a counter", "UPDATE lane SET next_id = 3", "lane T1/1", "its next number"},
		{"a verb's answer", "UPDATE verb SET seq = 999 WHERE seq = 6", "verb", "an entry that does not exist"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := examine(t, w, sound, c.sql)
			for _, f := range d.Findings {
				if strings.Contains(f.Where, c.where) && strings.Contains(f.What, c.what) {
					return
				}
			}
			t.Errorf("doctor does not find it: %v", d.Findings)
		})
	}
}

// examine breaks a copy of a database and has doctor look at it.
func examine(t *testing.T, w *world, sound []byte, sql string) store.Diagnosis {
	path := filepath.Join(t.TempDir(), "node.db")
	must(t, os.WriteFile(path, sound, 0o600))
	db := storetest.SQLiteFile(path)
	must(t, db.Exec(sql))
	s, err := db.Open(store.Options{Node: "T1", Now: w.clock})
	must(t, err)
	defer s.Close()
	d, err := s.Doctor(context.Background(), func(stage string, done, total int64) {
		if stage == "" || done > total+1 {
			t.Errorf("progress %q %d of %d", stage, done, total)
		}
	})
	must(t, err)
	return d
}
