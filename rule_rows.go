package chepiao

// The rows of the table of rules, a section of the requirements each: name,
// section, Chinese, English, unit, least, most, deepest layer, source, and the
// files where the rule acts. Defaults stand in DefaultRules.

const (
	minutes = 60
	hours   = 3600
)

var saleRules = []Rule{
	{"advance_days", "7.1", "预售期", "days ahead that are on sale", UnitDays, 1, 60, OnLine, "P1017, P1018", "sale.go"},
	{"stop_sale_online", "7.1", "线上停售(发车前)", "sales on line stop before departure", UnitSeconds, 0, 2 * hours, OnLine, "7.1", "rules.go"},
	{"stop_sale_outlet", "7.1", "站外代售点停售(发车前)", "outlets outside the station stop before departure", UnitSeconds, 0, 2 * hours, OnLine, "P1019", "sale.go"},
	{"stop_sale_window", "7.1", "本站窗口停售(发车前)", "the station's windows stop before departure", UnitSeconds, 0, 2 * hours, OnLine, "7.1", "rules.go"},
	{"sale_after_report", "7.1", "报班后才售票", "on sale only once the coach has reported", UnitSwitch, 0, 1, OnLine, "P1020", "sale.go"},
	{"passing_opens", "7.1", "过路车开售(发车前)", "passing coaches go on sale before departure", UnitSeconds, -1, 24 * hours, OnLine, "P1034", "sale.go"},
	{"hold_online", "7.1", "线上锁座时长", "a seat is kept unpaid on line", UnitSeconds, 1, 2 * hours, AtStation, "P1009, P1092", "rules.go"},
	{"hold_window", "7.1", "窗口锁座时长", "a seat is kept unpaid at a window", UnitSeconds, 1, 2 * hours, AtStation, "P1008", "rules.go"},
	{"hold_extensions", "7.1", "锁座可延长次数", "times a hold may be extended", UnitCount, 0, 10, AtStation, "7.1", "order.go"},
	{"pay_grace", "7.1", "支付渠道无应答时的宽限", "grace after the deadline for a channel that does not answer", UnitSeconds, 0, 1 * hours, National, "7.1", "rules.go"},
	{"tickets_max", "7.1", "每单最多票数", "tickets an order", UnitCount, 1, 60, AtStation, "7.1", "sale.go"},
	{"one_document", "7.1", "同班次一证一票", "one document, one ticket a departure", UnitSwitch, 0, 1, Provincial, "P1076", "sale.go"},
	{"overlap_refused", "7.1", "同一人行程时间重叠不售", "overlapping journeys of one person are refused", UnitSwitch, 0, 1, Provincial, "P1064", "overlap.go"},
	{"journey_gap", "7.1", "同一人两次行程的最小间隔", "least time between two journeys of one person", UnitSeconds, 0, 24 * hours, Provincial, "P1064", "overlap.go"},
	{"real_names", "7.1", "实名售票", "which lines demand real names", UnitChoice, 0, 2, Provincial, "P9393", "realname.go"},
	{"real_name_class", "7.1", "实名售票的班线类别(及以上)", "lines of this class and above demand real names", UnitCount, 0, 4, Provincial, "P9393", "realname.go"},
	{"real_name_lines", "7.1", "另行要求实名的线路", "further lines that demand real names", UnitLines, 0, 1000, Provincial, "P9393", "realname.go"},
	{"name_verify", "7.1", "线上购票核验姓名与证件", "names are verified against documents on line", UnitChoice, 0, 2, Provincial, "12 J1, 14", "name_check.go"},
	{"half_quota", "7.1", "半票占座位的最高比例", "half tickets, share of the seats", UnitShare, 0, 10_000, OnLine, "P1036", "kind.go"},
	{"void_within", "7.1", "售后可废票时间", "a ticket may be voided after the sale by who sold it", UnitSeconds, 0, 24 * hours, AtStation, "P1401", "void.go"},
	{"cash_ceiling", "7.1", "售票员现金上限", "cash in a clerk's drawer before it must be handed in", UnitFen, 0, 100_000_000, AtStation, "P1051", "shift.go"},
	{"reconcile_hour", "11", "每日对账时刻(时)", "hour from which the channels' bills are compared", UnitCount, 0, 23, National, "11.2", "office/reconcile.go"},
	{"shift_needed", "10", "收付现金须先开班", "a clerk who is signed in takes and gives cash in an open shift only", UnitSwitch, 0, 1, AtStation, "10", "shift.go"},
	{"hide_full", "7.1", "不显示售完班次", "full departures are not listed", UnitSwitch, 0, 1, AtStation, "P1001", "office/search.go"},
	{"hide_stopped", "7.1", "只显示正常班次", "only departures that run are listed", UnitSwitch, 0, 1, AtStation, "P1002", "office/search.go"},
	{"stop_sale_passes", "7.1", "始发站停售则配客站停售", "when the first station stops selling, later ones stop", UnitSwitch, 0, 1, OnLine, "P2017", "sale.go"},
	{"stop_passes", "7.1", "始发站停班则配客站停班", "when the first station stops running, later ones stop", UnitSwitch, 0, 1, OnLine, "P9999", "office/cancel.go"},
	{"own_departures_only", "7.1", "窗口只售本站班次", "windows sell only what leaves their station", UnitSwitch, 0, 1, AtStation, "P1112", "sale.go"},
	{"room", "7.1", "开售时线上购票排队", "people on line wait their turn when a day goes on sale", UnitSwitch, 0, 1, OnLine, "7.1", "room.go"},
	{"room_before", "7.1", "开售前可取号", "places in the waiting room are given out before the opening", UnitSeconds, 0, 24 * hours, National, "7.1", "room.go"},
	{"room_lasts", "7.1", "开售后叫号持续", "turns are called after the opening", UnitSeconds, 1 * minutes, 61 * 24 * hours, National, "7.1", "room.go"},
	{"room_rate", "7.1", "每秒最多叫号人数", "people called in a second, at most", UnitCount, 1, 100_000, National, "7.1", "room.go"},
	{"room_least", "7.1", "每秒最少叫号人数", "people called in a second, however busy the node is", UnitCount, 1, 100_000, National, "7.1", "room.go"},
	{"room_good", "7.1", "叫号后的购票时限", "a turn lapses after the call", UnitSeconds, 1 * minutes, 2 * hours, National, "7.1", "room.go"},
	{"room_holds", "7.1", "每个排队号可锁座次数", "holds a place in the waiting room is good for", UnitCount, 1, 20, National, "7.1", "room.go"},
}

var fareRules = []Rule{
	{"fen_per_km", "4", "每公里票价(票价表未列时)", "by distance, where no table names the pair", UnitFenPerKm, 0, 100_000, OnLine, "4", "fare.go"},
	{"fare_least", "4", "起步票价", "least full fare", UnitFen, 0, 10_000_000, OnLine, "4", "fare.go"},
	{"fare_rounding", "7.1", "票价取整", "how a computed price is rounded", UnitChoice, 0, 4, OnLine, "P1042", "fare.go"},
	{"fare_limit", "7.1", "上限票价(每公里)", "no fare is above so much a kilometre", UnitFenPerKm, 0, 100_000, OnLine, "7.1", "fare.go"},
	{"fare_difference", "4", "票价差", "share added to the full fare, or taken off it", UnitShare, -5000, 10_000, OnLine, "4", "fare.go"},
	{"fare_items", "4", "票价构成", "what of the full fare is for what", UnitItems, 0, 12, OnLine, "4", "fare.go"},
	{"half_share", "5.1", "半票票价比例", "half fare, share of the full fare", UnitShare, 0, 10_000, Provincial, "5.1", "fare.go"},
	{"student_share", "5.1", "学生票票价比例", "student fare, share of the full fare", UnitShare, 0, 10_000, OnLine, "5.1", "fare.go"},
	{"discount_share", "5.1", "打折票票价比例", "discount fare, share of the full fare", UnitShare, 0, 10_000, OnLine, "5.1", "fare.go"},
	{"disabled_share", "5.1", "残疾军警票票价比例", "fare of disabled service personnel, share of the full fare", UnitShare, 0, 10_000, Provincial, "5.1", "fare.go"},
	{"proof_needed", "5.1", "优惠票须登记证明", "a reduced fare needs a recorded proof", UnitSwitch, 0, 1, Provincial, "5.1", "kind.go"},
}

var childRules = []Rule{
	{"free_age", "7.2", "免票儿童年龄(周岁，含)", "free child, completed years on the travel day, inclusive", UnitYears, 0, 17, Provincial, "7.2", "child.go"},
	{"free_height", "7.2", "免票儿童身高(含)", "free child, height, inclusive", UnitCm, 0, 200, Provincial, "7.2", "child.go"},
	{"free_per_adult", "7.2", "每位成人可带免票儿童数", "free children an adult", UnitCount, 0, 5, Provincial, "7.2", "child.go"},
	{"half_age", "7.2", "儿童半票年龄(周岁，含)", "half fare, completed years on the travel day, inclusive", UnitYears, 0, 17, Provincial, "7.2", "child.go kind.go"},
	{"half_height", "7.2", "儿童半票身高(含)", "half fare, height, inclusive", UnitCm, 0, 200, Provincial, "7.2", "child.go kind.go"},
	{"child_quota", "7.2", "免票儿童占座位比例", "free children a departure, share of the seats, rounded down", UnitShare, 0, 10_000, OnLine, "P1012, P1061", "child.go sale.go"},
	{"child_quota_fixed", "7.2", "每班免票儿童数", "free children a departure, instead of the share", UnitCount, -1, 100, OnLine, "P1012", "child.go sale.go"},
	{"child_quota_outlet", "7.2", "代售点免票儿童比例", "free children an outlet, share of the seats, if lower", UnitShare, 0, 10_000, AtStation, "7.2", "child.go sale.go"},
	{"child_excess", "7.2", "发班时免票儿童可超核定比例", "people above the approved number at dispatch, all of them free children", UnitShare, 0, 1000, Provincial, "客规 55", "child.go"},
	{"child_slip", "7.2", "免票儿童单独打票", "a free child gets a slip of its own", UnitSwitch, 0, 1, AtStation, "P1074", "office/slip.go"},
}

var refundRules = []Rule{
	{"refund", "7.3", "退票阶梯", "refund ladder", UnitLadder, 0, 12, OnLine, "P1103, P1104, P1178", "refund.go"},
	{"refund_flow", "7.3", "流水班退票阶梯(空则同上)", "refund ladder of flow departures; empty: the same", UnitLadder, 0, 12, OnLine, "P1078", "refund.go"},
	{"refund_rounding", "7.3", "退票费取整", "how the fee is rounded", UnitChoice, 0, 4, OnLine, "P1105", "refund.go"},
	{"refund_base", "7.3", "退票费基数", "what the fee is a share of", UnitChoice, 0, 2, OnLine, "P1107", "refund.go"},
	{"refund_fault_free", "7.3", "承运人或车站责任免费退", "the carrier's or station's fault costs no fee", UnitSwitch, 0, 1, Provincial, "P1116", "refund.go"},
	{"refund_fault_agreed", "7.3", "窗口按非旅客原因退票须核准", "a supervisor agrees to a refund for a fault that a clerk names", UnitSwitch, 0, 1, AtStation, "12, J4", "refund_fault.go"},
	{"refund_rebooked", "7.3", "改签后的票可退", "rebooked tickets may be refunded", UnitSwitch, 0, 1, AtStation, "P1037", "refund.go"},
	{"refund_anywhere", "7.3", "任意车站和渠道可退", "at any station and channel, not only the first", UnitSwitch, 0, 1, Provincial, "7.3", "refund.go"},
	{"refund_late_origin", "7.3", "开车后只能在上车站窗口退", "after departure only at the boarding station's window", UnitSwitch, 0, 1, AtStation, "7.3", "refund.go"},
	{"refund_days", "7.3", "退款到账工作日", "working days until the money is there", UnitDays, 0, 30, Provincial, "7.3", "refund.go"},
}

var rebookRules = []Rule{
	{"rebook_times", "7.4", "可改签次数", "times a ticket may be rebooked", UnitCount, 0, 10, OnLine, "P1507", "rebook.go"},
	{"rebook_until", "7.4", "改签截止(发车前)", "until so long before departure", UnitSeconds, 0, 48 * hours, OnLine, "P1508", "rebook.go"},
	{"rebook_departed", "7.4", "发车后可改签", "also when the coach has gone", UnitSwitch, 0, 1, OnLine, "P1503", "rebook.go"},
	{"rebook_grace", "7.4", "误车当日改签时限(发车后)", "a late passenger may rebook the same day, after departure", UnitSeconds, 0, 24 * hours, OnLine, "12 F5", "rebook.go"},
	{"rebook_same_line", "7.4", "只能改签同一线路", "only on the same line", UnitSwitch, 0, 1, OnLine, "P1506", "rebook.go"},
	{"rebook_same_stops", "7.4", "只能改签同一上下车站", "only between the same stops", UnitSwitch, 0, 1, OnLine, "P1505", "rebook.go"},
	{"rebook_same_price", "7.4", "只能改签同一票价", "only at the same price", UnitSwitch, 0, 1, OnLine, "P1504", "rebook.go"},
	{"rebook_cheaper", "7.4", "可改签到低票价", "also to a lower price", UnitSwitch, 0, 1, OnLine, "P1509", "rebook.go"},
	{"rebook_fee", "7.4", "改签费比例", "fee, share of the old price", UnitShare, 0, 10_000, OnLine, "7.4", "rebook.go"},
	{"name_corrections", "7.4", "可免费更正姓名次数", "free corrections of a name a ticket", UnitCount, 0, 5, Provincial, "12 F4", "office/correct.go"},
}
