package office_test

import (
	"context"
	"strings"
	"testing"

	"chepiao/office"
	"chepiao/paper"
)

// TestChildSlips: where the rule child_slip says so, each free child has a slip that
// follows its adult's and opens no gate (P1074); else the adult's slip says it all.
func TestChildSlips(t *testing.T) {
	for rule, want := range map[string]int{"no": 2, "yes": 3} {
		w := newWorld(t)
		w.where = "a slip for a child"
		w.tell(strings.Split("on 2026-11-22 07:00 timetable\nG101 seats=45 石家庄@08:30 保定@10:10", "\n"))
		w.tell([]string{"rules set station:石家庄 child_slip=" + rule})
		w.tell(strings.Split("hold G101 石家庄 保定 who=陈十全+1,李小明\npay A", "\n"))
		docs, err := w.office.VoucherSlips(context.Background(), w.now, w.orders[0], office.SlipInput{Printed: paper.Printed{At: w.now}})
		must(t, err)
		var text []string
		for _, d := range docs {
			v := d.(paper.Voucher)
			if v.Child != (v.Code == "") {
				t.Errorf("%s: %+v", rule, v)
			}
			b, err := paper.ESCPOS(paper.Printer{Width: 58}, d)
			must(t, err)
			strip, err := paper.Print(b, 58)
			must(t, err)
			if v.Child != (len(strip.Codes) == 0) {
				t.Errorf("%s: %d codes on a slip, a child's: %v", rule, len(strip.Codes), v.Child)
			}
			text = append(text, strings.Join(strip.Text, "\n"))
		}
		if len(docs) != want {
			t.Fatalf("%s: %d slips; want %d", rule, len(docs), want)
		}
		if child := strings.Contains(text[1], "免票儿童凭证"); child != (rule == "yes") || child && strings.Contains(text[1], "座位") {
			t.Errorf("%s: the second slip is\n%s", rule, text[1])
		}
		if strings.Contains(text[0], "免票儿童凭证") || !strings.Contains(text[0], "含免费儿童 1 名") {
			t.Errorf("%s: the adult's slip is\n%s", rule, text[0])
		}
	}
}
