package chepiao

import (
	"fmt"
	"slices"
	"strings"
)

// Validate refuses rules out of bounds and rules that contradict each other;
// Field names the rule.
func (r *Rules) Validate() error {
	for _, rule := range ruleTable {
		if err := rule.bounded(r); err != nil {
			return err
		}
	}
	for _, c := range contradictions {
		if no := c.refuse(r); no != nil {
			return no
		}
	}
	return nil
}

// contradiction is something that some rules must not say together.
type contradiction struct {
	rules  []string // the first is the one refused
	broken func(*Rules) bool
	zh, en string
	rungs  func(*Rules) []RefundStep // of a ladder: the refusal names the rung
}

func (c contradiction) refuse(r *Rules) *Refusal {
	if !c.broken(r) {
		return nil
	}
	field := c.rules[0]
	if c.rungs != nil {
		field = fmt.Sprintf("%s[%d]", field, badRung(c.rungs(r)))
	}
	return Refuse(Invalid, c.zh, c.en).At(field)
}

// about says whether a contradiction can come from setting one of these rules.
func (c contradiction) about(names []string) bool {
	return slices.ContainsFunc(c.rules, func(n string) bool { return slices.Contains(names, n) })
}

var contradictions = []contradiction{
	{[]string{"seats_cut"}, func(r *Rules) bool { return r.SeatsCut },
		"换小车时不得裁去已售座位：会使已购票旅客无座，请用换座办理", "a smaller coach must not cut seats off: it would strand passengers who have bought them; use re-seating", nil},
	{[]string{"check_closes", "check_opens"}, func(r *Rules) bool { return r.CheckCloses > r.CheckOpens },
		"停止检票不能早于开始检票", "check cannot close before it opens", nil},
	{[]string{"check_opens", "hall_opens"}, func(r *Rules) bool { return r.CheckOpens > r.HallOpens },
		"开始检票不能早于进候车室", "the gate cannot open before the waiting hall", nil},
	{[]string{"allot_first", "allot_last"}, func(r *Rules) bool { return r.AllotFirst > r.AllotLast },
		"车站持有的余座不能随发车临近而减少", "a station's share of the seats cannot shrink as departure nears", nil},
	{[]string{"stop_sale_window", "check_closes"}, func(r *Rules) bool { return r.StopSaleWindow < r.CheckCloses },
		"窗口停售不能晚于停止检票：买到的票已不能检票", "windows cannot sell after check has closed: the ticket would pass no gate", nil},
	{[]string{"stop_sale_online", "check_closes"}, func(r *Rules) bool { return r.StopSaleOnline < r.CheckCloses },
		"线上停售不能晚于停止检票：买到的票已不能检票", "sales on line cannot go on after check has closed: the ticket would pass no gate", nil},
	{[]string{"stop_sale_outlet", "check_closes"}, func(r *Rules) bool { return r.StopSaleOutlet < r.CheckCloses },
		"代售点停售不能晚于停止检票：买到的票已不能检票", "outlets cannot sell after check has closed: the ticket would pass no gate", nil},
	{[]string{"room_least", "room_rate"}, func(r *Rules) bool { return r.RoomLeast > r.RoomRate },
		"每秒最少叫号人数不能多于最多人数", "the least number of people called a second cannot be above the most", nil},
	{[]string{"report_due", "report_opens"}, func(r *Rules) bool { return r.ReportDue > r.ReportOpens },
		"应报班时间不能早于最早报班时间", "a coach cannot be due to report before it may report", nil},
	{[]string{"free_age", "half_age"}, func(r *Rules) bool { return r.FreeAge > r.HalfAge },
		"免票年龄不能高于半票年龄", "the age of free children cannot be above the age of half fares", nil},
	{[]string{"free_height", "half_height"}, func(r *Rules) bool { return r.FreeHeight > r.HalfHeight },
		"免票身高不能高于半票身高", "the height of free children cannot be above the height of half fares", nil},
	{[]string{"refund"}, func(r *Rules) bool { return len(r.Refund) == 0 && len(r.RefundFlow) > 0 },
		"流水班有退票阶梯时，退票阶梯不能为空", "the refund ladder cannot be empty while flow departures have one", nil},
	{[]string{"fare_items"}, func(r *Rules) bool { return badItems(r.FareItems) },
		"票价构成有误：项目须已知且不重复，金额或比例二选一，合计比例不超过 100%", "the fare items are wrong: each known and named once, a sum or a share, the shares together no more than 100%", nil},
	{[]string{"fare_items", "fare_least"}, (*Rules).itemsAbove,
		"票价构成合计不能超过起步票价", "the fare items together cannot be more than the least fare", nil},
	{[]string{"real_name_lines"}, func(r *Rules) bool { return badCodes(r.RealNameLines) },
		"线路代码有误：不能为空、重复或超过 60 字节", "the codes of lines are wrong: none empty, named twice or longer than 60 bytes", nil},
	ladder("refund", func(r *Rules) []RefundStep { return r.Refund }),
	ladder("refund_flow", func(r *Rules) []RefundStep { return r.RefundFlow }),
}

// ladder is the contradiction of a refund ladder in itself: its rungs run from
// early to late with rising shares.
func ladder(rule string, of func(*Rules) []RefundStep) contradiction {
	return contradiction{[]string{rule}, func(r *Rules) bool { return badRung(of(r)) >= 0 },
		"退票阶梯须按时间由早到晚、费率由低到高，费率在 0 与 100% 之间", "the refund ladder must run from early to late with rising shares between 0 and 100%", of}
}

// badRung is the first rung of a ladder that is wrong, -1 for none.
func badRung(steps []RefundStep) int {
	const far, dear = 60 * 24 * hours, 10_000_000 // 60 days, 100,000 yuan
	for i, s := range steps {
		if s.Share < 0 || s.Share > 10_000 || s.Least < 0 || s.Least > dear || s.Before < -far || s.Before > far ||
			(i > 0 && (s.Before >= steps[i-1].Before || s.Share < steps[i-1].Share)) {
			return i
		}
	}
	return -1
}

// FareItemNames are the parts of a fare that may have a sum or share of their
// own (requirements 4).
var FareItemNames = []string{"station", "fuel", "computer", "air", "water", "insurance", "other"}

func badItems(items []FareItem) bool {
	seen, shares := map[string]bool{}, int64(0)
	for _, i := range items {
		if !slices.Contains(FareItemNames, i.Item) || seen[i.Item] || i.Fen < 0 || i.Fen > 10_000_000 || i.Share < 0 || (i.Fen == 0) == (i.Share == 0) {
			return true
		}
		seen[i.Item] = true
		shares += i.Share
	}
	return shares > 10_000
}

func badCodes(codes []string) bool {
	for i, c := range codes {
		if c == "" || len(c) > 60 || strings.ContainsAny(c, ";, \n") || slices.Contains(codes[:i], c) {
			return true
		}
	}
	return false
}
