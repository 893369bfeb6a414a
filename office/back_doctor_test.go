package office_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// aFamily is a node with two orders that were rebooked: one for more money and
// then refunded over both payments, one to a cheaper journey.
func aFamily(t *testing.T) *world {
	w := newWorld(t)
	w.where = "a family of orders"
	w.ruled(t, `{"rebook_times":2,"refund_rebooked":true,"rebook_fee":500}`)
	w.tell(strings.Split("on 2026-11-22 07:00 timetable\nG1 line=L seats=6 石家庄@08:30 定州@09:20 保定@10:10\nG2 line=L seats=6 石家庄@16:00 定州@16:50 保定@17:40", "\n"))
	w.tell(strings.Split("hold G1 石家庄 定州 who=李小明,王小红\npay A at=window\nrebook A1 G2 to=保定\npay B with=wallet\npayer B success\nnotices\nrefund B1", "\n"))
	w.tell(strings.Split("hold G1 石家庄 保定 who=张三丰\npay C with=wallet\npayer C success\nnotices\nrebook C1 G2 to=定州\nhold G1 石家庄 保定 who=赵四海 channel=window\npay E at=window\nvoid E1 at=window", "\n"))
	return w
}

// TestDoctorKnowsFamilies: the money of orders that were rebooked from each
// other balances together, and whatever is wrong about it is named.
func TestDoctorKnowsFamilies(t *testing.T) {
	w := aFamily(t)
	d, err := w.store.Doctor(context.Background(), nil)
	must(t, err)
	if len(d.Findings) > 0 || d.In != d.Back+d.Held || d.Orders != 5 {
		t.Fatalf("%s: %v", d.Summary(), d.Findings)
	}
	must(t, w.store.Close())
	sound, err := os.ReadFile(filepath.Join(w.folder, "node.db"))
	must(t, err)
	for _, c := range []struct{ name, sql, where, what string }{
		{"a credit", `UPDATE orders SET more = replace(more, '"credit":1500', '"credit":1600')`, "order", "the tickets it replaced were worth 15.00"},
		{"a credit from nowhere", `UPDATE orders SET more = '{"credit":100}' WHERE more = '' AND state = 'issued'`, "order", "credit of 1.00 from nowhere"},
		{"a fee of a rebooked ticket", "UPDATE ticket SET fee = 0 WHERE state = 'rebooked'", "order", "its tickets and fees are worth"},
		{"a rebooked ticket that gave money back", "UPDATE ticket SET refund = 100 WHERE state = 'rebooked'", "ticket", "came back"},
		{"a ticket that replaces another's", `UPDATE ticket SET more = replace(more, '"replaces":', '"replaces_":') WHERE state = 'valid'`, "ticket", "knows nothing of it"},
		{"a payback too many", "INSERT INTO payback (id, payment, order_id, channel, amount, state, created, tries, version) SELECT id + 500, payment, order_id, channel, 100, state, created, tries, version FROM payback WHERE id = (SELECT max(id) FROM payback)", "order", "are on their way back"},
		{"a payback too large", "UPDATE payback SET amount = amount + 100000 WHERE id = (SELECT min(id) FROM payback)", "payment", "go back of"},
		{"a payback lost", "DELETE FROM payback WHERE id = (SELECT max(id) FROM payback)", "order", "are on their way back"},
		{"a voided ticket with a fee", "UPDATE ticket SET fee = 100, refund = refund - 100 WHERE state = 'voided'", "ticket", "were kept"},
		{"a payment of an order that needs none", "UPDATE orders SET payment = 5 WHERE more LIKE '%credit%' AND payment = 0", "order", "payments that are paid"},
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

// TestRebookingOvertaken: while the new ticket waits for its money, the old one
// is given back. The money that comes then goes back; nobody has two tickets.
func TestRebookingOvertaken(t *testing.T) {
	w := newWorld(t)
	w.tell(strings.Split("on 2026-11-22 07:00 timetable\nG1 line=L seats=6 石家庄@08:30 定州@09:20 保定@10:10\nG2 line=L seats=6 石家庄@16:00 定州@16:50 保定@17:40", "\n"))
	w.tell(strings.Split("hold G1 石家庄 定州 who=李小明\npay A\nrebook A1 G2 to=保定\npay B with=wallet\nrefund A1", "\n"))
	if got := w.tell([]string{"payer B success", "notices", "sendback", "lookup B"}); !strings.Contains(got, "lapsed") || !strings.Contains(got, "sandbox ¥16.00 returned") || !strings.Contains(got, "sent back: 1") {
		t.Errorf("it ends as\n%s", got)
	}
	got := w.tell(strings.Split("hold G1 石家庄 定州 who=王小红\npay C\nrebook C1 G2 to=保定\nreceipt C1 print no=A1 early=yes at=window\npay D\nrebook C1 G2 to=保定", "\n"))
	if n := strings.Count(got, "no: RECEIPT_OUT"); n != 2 {
		t.Errorf("with a receipt out, %d refusals:\n%s", n, got)
	}
	w.end()
}

// TestPaymentGivesNoMoreThanItBrought: two tickets were rebooked for 32.00 more.
// The first one refunded takes 28.50 of that payment; the second one finds 3.50
// left there, and the rest goes back by the first payment.
func TestPaymentGivesNoMoreThanItBrought(t *testing.T) {
	w := newWorld(t)
	w.ruled(t, `{"refund_rebooked":true}`)
	w.tell(strings.Split("on 2026-11-22 07:00 timetable\nG1 line=L seats=6 石家庄@08:30 定州@09:20 保定@10:10\nG2 line=L seats=6 石家庄@16:00 定州@16:50 保定@17:40", "\n"))
	got := w.tell(strings.Split("hold G1 石家庄 定州 who=李小明,王小红\npay A\nrebook A1 A2 G2 to=保定\npay B\nrefund B1\nhandover B at=window\nrefund B2\nhandover B at=window", "\n"))
	for _, want := range []string{"¥32.00 is to pay", "¥28.50 handed over, settled", "¥3.50 handed over, settled", "¥25.00 handed over, settled"} {
		if strings.Count(got, want) != 1 {
			t.Errorf("not once %q:\n%s", want, got)
		}
	}
	w.end()
}
