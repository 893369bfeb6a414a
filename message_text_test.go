package chepiao_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"chepiao"
)

// scene is an ordinary journey: 石家庄 to 保定 at half past eight.
func scene() chepiao.MessageScene {
	at := time.Date(2026, 11, 22, 8, 30, 0, 0, time.FixedZone("CST", 8*3600))
	return chepiao.MessageScene{Order: 1_000_000_017, Tickets: 1, Number: "JA1001", From: "石家庄", To: "保定", Planned: at, Departs: at, Last: at, Seats: []int{5},
		Facts: chepiao.MessageFacts{Gate: "3"}}
}

func TestMessageText(t *testing.T) {
	base := scene()
	order := chepiao.OrderID(1_000_000_017).String()
	later := base
	later.Departs, later.Last = base.Departs.Add(40*time.Minute), base.Departs.Add(40*time.Minute)
	later.Facts.Was, later.Facts.ReasonZH, later.Facts.ReasonEN, later.Facts.Free = base.Departs, "大雾", "fog", true
	earlier := later
	earlier.Departs, earlier.Last = base.Departs.Add(-10*time.Minute), base.Departs.Add(-10*time.Minute)
	taken := later // the delay is taken back
	taken.Departs, taken.Last, taken.Facts.Was = base.Departs, base.Departs, later.Departs
	tomorrow := later
	tomorrow.Departs = base.Departs.Add(18 * time.Hour)
	tomorrow.Last = tomorrow.Departs
	merged := later
	merged.Number, merged.WasNumber, merged.Seats, merged.Facts.WasSeat = "JA1003", "JA1001", []int{12}, 5
	boarding := base
	boarding.Facts.Plate, boarding.Facts.Berth = "冀A12345", "7"
	flow := base
	flow.Last, flow.Seats, flow.Tickets = base.Departs.Add(10*time.Hour), nil, 2
	english := base
	english.From, english.To = "Shijiazhuang Central", "Baoding Central"
	back := base
	back.Back, back.Tickets, back.Seats = 9000, 2, []int{5, 6}
	many := base
	many.Tickets, many.Seats = 6, []int{9, 8, 7, 6, 5, 4}
	until := merged
	until.Facts.Until = base.Departs.Add(-10 * time.Minute)

	for _, c := range []struct {
		name   string
		kind   chepiao.MessageKind
		scene  chepiao.MessageScene
		zh, en string
	}{
		{"issued", chepiao.TellIssued, base,
			"【车票】出票成功：11月22日08:30 JA1001次 石家庄→保定，5号座，检票口3，凭证件或二维码检票。订单",
			"Chepiao: ticket issued: 22 Nov 08:30 JA1001 石家庄-保定, seat 5, gate 3, board with ID or code. Order "},
		{"names in full while there is room", chepiao.TellIssued, english,
			"【车票】出票成功：11月22日08:30 JA1001次 Shijiazhuang Central→Baoding Central，5号座，检票口3，凭证件或二维码检票。订单",
			"Chepiao: ticket issued: 22 Nov 08:30 JA1001 Shijiazhuang Central-Baoding Central, seat 5, gate 3, board with ID or code. Order "},
		{"six seats", chepiao.TellIssued, many,
			"【车票】出票成功：11月22日08:30 JA1001次 石家庄→保定，座位4、5、6、7、8等6座，检票口3，凭证件或二维码检票。订单", ""},
		{"flow", chepiao.TellIssued, flow,
			"【车票】出票成功：11月22日08:30 JA1001次 石家庄→保定，末班18:30，当日各班均可乘坐，检票口3，凭证件或二维码检票，共2张。订单", ""},
		{"delayed", chepiao.TellDelayed, later,
			"【车票】晚点通知：11月22日08:30 JA1001次 石家庄→保定，预计09:10发车，5号座，检票口3，原因：大雾，可免费退票或改签。订单",
			"Chepiao: delayed: 22 Nov 08:30 JA1001 石家庄-保定, leaves about 09:10, seat 5, gate 3, because of fog, refund or rebook free. Order "},
		{"delayed past midnight", chepiao.TellDelayed, tomorrow,
			"【车票】晚点通知：11月22日08:30 JA1001次 石家庄→保定，预计11月23日02:30发车，5号座，检票口3，原因：大雾，可免费退票或改签。订单", ""},
		{"earlier", chepiao.TellDelayed, earlier,
			"【车票】行程变更：11月22日08:30 JA1001次 石家庄→保定，提前至08:20发车，5号座，检票口3，原因：大雾，可免费退票或改签。订单", ""},
		{"as planned again", chepiao.TellDelayed, taken,
			"【车票】行程变更：11月22日08:30 JA1001次 石家庄→保定，恢复原定08:30发车，5号座，检票口3，原因：大雾，可免费退票或改签。订单", ""},
		{"merged", chepiao.TellChanged, merged,
			"【车票】行程变更：11月22日09:10 JA1003次 石家庄→保定，原11月22日08:30 JA1001次，12号座，原座位5，检票口3，原因：大雾，可免费退票或改签。订单", ""},
		{"merged, an answer wanted", chepiao.TellChanged, until,
			"【车票】行程变更：11月22日09:10 JA1003次 石家庄→保定，原11月22日08:30 JA1001次，12号座，原座位5，检票口3，原因：大雾，可免费退票或改签，请于11月22日08:20前答复。订单", ""},
		{"cancelled", chepiao.TellCancelled, later,
			"【车票】停班通知：11月22日08:30 JA1001次 石家庄→保定，原因：大雾，可免费退票或改签。订单", ""},
		{"boarding", chepiao.TellBoarding, boarding,
			"【车票】候车通知：11月22日08:30 JA1001次 石家庄→保定，5号座，检票口3，发车位7，车牌冀A12345，请提前到站并带好证件。订单", ""},
		{"refunded", chepiao.TellRefunded, back,
			"【车票】退票成功：11月22日08:30 JA1001次 石家庄→保定，共2张，退款90.00元。订单", ""},
		{"no seat", chepiao.TellWaitlistFailed, back,
			"【车票】候补未成功：11月22日08:30 JA1001次 石家庄→保定，共2张，退款90.00元。订单", ""},
	} {
		if got := c.kind.Text("zh", c.scene); got != c.zh+order {
			t.Errorf("%s\n got %s\nwant %s", c.name, got, c.zh+order)
		}
		if got := c.kind.Text("en", c.scene); c.en != "" && got != c.en+order {
			t.Errorf("%s\n got %s\nwant %s", c.name, got, c.en+order)
		}
	}
}

// However long everything is, a text fits, says what it must and breaks no line.
func TestMessageTextFits(t *testing.T) {
	long := strings.Repeat("长\n字", 40)
	s := scene()
	s.Order = 9_000_000_000_000_000
	s.Number, s.From, s.To, s.WasNumber, s.Back, s.Tickets = long, long, long, long, 99_999_999, 40
	for i := range 40 {
		s.Seats = append(s.Seats, 80+i)
	}
	s.Last, s.Planned = s.Departs.Add(9*time.Hour), s.Departs.Add(-30*time.Hour)
	s.Facts = chepiao.MessageFacts{Was: s.Departs.Add(-30 * time.Hour), WasSeat: 44, Gate: long, Berth: long, Plate: long, Free: true,
		Until: s.Departs, ReasonZH: long, ReasonEN: long}
	for _, lang := range []string{"zh", "en", "fr"} {
		for _, k := range chepiao.MessageKinds() {
			text := k.Text(lang, s)
			if n := utf8.RuneCountInString(text); n > chepiao.TextRunesMax || strings.ContainsAny(text, "\n\t%") {
				t.Errorf("%s %s has %d characters: %s", k, lang, n, text)
			}
			for _, must := range []string{"08:30", "…", s.Order.String()} {
				if !strings.Contains(text, must) && k != chepiao.TellDelayed && k != chepiao.TellCancelled {
					t.Errorf("%s %s lacks %s: %s", k, lang, must, text)
				}
			}
		}
	}
}

func TestMessageLanguage(t *testing.T) {
	today, _ := chepiao.ParseDay("2026-11-22")
	for _, c := range []struct{ kind, number, nationality, want string }{
		{"resident_id", "110105199003070017", "", "zh"},
		{"passport", "E12345678", "CHN", "zh"},
		{"passport", "123456789", "USA", "en"},
	} {
		d, err := chepiao.NewDocument(chepiao.DocumentKind(c.kind), c.number, c.nationality, today)
		if err != nil {
			t.Fatal(err)
		}
		if got := chepiao.LangFor(d); got != c.want {
			t.Errorf("%s of %q: %s, want %s", c.kind, c.nationality, got, c.want)
		}
	}
	if got := chepiao.LangFor(chepiao.Document{}); got != "zh" {
		t.Errorf("without a document: %s", got)
	}
}
