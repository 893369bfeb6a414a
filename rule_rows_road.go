package chepiao

// The rows of the table of rules about gates, coaches and what follows a sale.

var checkRules = []Rule{
	{"check_opens", "7.5", "开始检票(发车前)", "the gate opens before departure", UnitSeconds, 0, 24 * hours, OnLine, "P3001, P3074", "check_coach.go"},
	{"hall_opens", "7.5", "可进候车室(发车前)", "the waiting hall opens before departure", UnitSeconds, 0, 48 * hours, AtStation, "P3075", "check_coach.go"},
	{"check_closes", "7.5", "停止检票(发车前)", "check closes before departure", UnitSeconds, 0, 24 * hours, OnLine, "7.5", "check_coach.go"},
	{"check_late", "7.5", "发车后仍可检票", "still checked so long after departure", UnitSeconds, 0, 4 * hours, OnLine, "P3017", "check_coach.go"},
	{"check_dispatched", "7.5", "发班后仍可检票", "still checked so long after dispatch", UnitSeconds, -1, 4 * hours, OnLine, "P3072", "check_ticket.go check_coach.go"},
	{"need_report", "7.5", "报班后才能检票", "the coach must have reported", UnitSwitch, 0, 1, OnLine, "P2009", "check_coach.go leave.go"},
	{"check_twice", "7.5", "同一设备重复读票", "the same device may read the same ticket again", UnitSeconds, 0, 600, AtStation, "12 F7", "check_who.go"},
	{"other_day", "7.5", "非当日票可检", "tickets of another day pass", UnitSwitch, 0, 1, AtStation, "P3069", "check_coach.go"},
	{"gate_must_match", "7.5", "检票口必须相符", "the gate must be the ticket's", UnitSwitch, 0, 1, AtStation, "P3011", "check_coach.go"},
	{"passes_hall", "7.5", "候车室可通过次数", "times a ticket passes into the hall", UnitCount, 1, 100, AtStation, "P3105", "check_who.go"},
	{"passes_gate", "7.5", "检票口可通过次数", "times a ticket passes the gate", UnitCount, 1, 10, AtStation, "P3105", "check_who.go"},
	{"names_at_gate", "7.5", "检票口实名查验", "real-name check at the gate", UnitSwitch, 0, 1, OnLine, "P3071", "check_who.go"},
	{"names_in_hall", "7.5", "候车室实名查验", "real-name check in the hall", UnitSwitch, 0, 1, OnLine, "P3076", "check_who.go"},
	{"names_at_window", "7.5", "窗口检票实名查验", "real-name check at a window", UnitSwitch, 0, 1, OnLine, "P3038", "check_who.go"},
	{"check_flow", "7.5", "流水班可上闸机", "flow departures at gates", UnitSwitch, 0, 1, OnLine, "P3073", "check_coach.go"},
	{"mixed_lines", "7.5", "混检:其他线路", "mixed check: another line", UnitSwitch, 0, 1, OnLine, "P3003", "check_mixed.go"},
	{"mixed_flow_flow", "7.5", "混检:流水班到流水班", "mixed check: flow to flow", UnitSwitch, 0, 1, OnLine, "P3004", "check_mixed.go"},
	{"mixed_flow_fixed", "7.5", "混检:流水班到定点班", "mixed check: flow to fixed", UnitSwitch, 0, 1, OnLine, "P3005", "check_mixed.go"},
	{"mixed_fixed_flow", "7.5", "混检:定点班到流水班", "mixed check: fixed to flow", UnitSwitch, 0, 1, OnLine, "P3006", "check_mixed.go"},
	{"mixed_fixed_fixed", "7.5", "混检:定点班到定点班", "mixed check: fixed to fixed", UnitSwitch, 0, 1, OnLine, "7.5", "check_mixed.go"},
	{"mixed_after", "7.5", "混检:过本班时间后", "mixed check: after the ticket's own time", UnitSwitch, 0, 1, OnLine, "P3012", "check_mixed.go check_ticket.go"},
	{"mixed_full", "7.5", "混检:对方满员时", "mixed check: when the other coach is full", UnitSwitch, 0, 1, OnLine, "P3015", "check_mixed.go"},
	{"mixed_past_day", "7.5", "混检:过期票", "mixed check: a ticket of a day gone by", UnitSwitch, 0, 1, OnLine, "P3016", "check_mixed.go"},
	{"mixed_reserved", "7.5", "混检:占用留座", "mixed check: into reserved seats", UnitSwitch, 0, 1, OnLine, "P3067", "check_mixed.go"},
	{"mixed_is_rebook", "7.5", "混检联网票按改签处理", "mixed check: a partner's ticket counts as rebooked", UnitSwitch, 0, 1, OnLine, "P3091", "office/check_mark.go"},
	{"check_foreign", "7.5", "配客站可检他站票", "a loading station checks other stations' tickets", UnitSwitch, 0, 1, AtStation, "P3020", "check_ticket.go"},
	{"dispatch_min", "7.5", "最早发班(发车前)", "a coach leaves at most so early", UnitSeconds, 0, 24 * hours, OnLine, "P3008", "leave.go"},
	{"delay_passes", "7.5", "始发晚点顺延配客站", "a late first station moves the next stops' times", UnitSwitch, 0, 1, OnLine, "P3050", "office/delay.go"},
	{"reopen_days", "7.5", "可重开发班单天数", "days in which a dispatch may be taken back", UnitDays, 0, 30, AtStation, "P3041", "leave.go"},
	{"sheet_cancel_days", "7.5", "可作废结算单天数", "days in which a settlement sheet may be cancelled", UnitDays, 0, 30, AtStation, "P3042", "waybill.go"},
	{"clock_drift", "7.5", "闸机时钟允许误差", "drift of a gate's clock before it goes to manual", UnitSeconds, 1, 1 * hours, AtStation, "12 F22", "check_who.go"},
	{"no_show_auto", "6.7", "过时未报班自动脱班", "past time and not reported is a no-show by itself", UnitSwitch, 0, 1, AtStation, "6.7", "office/noshow.go"},
	{"late_means_reported", "6.7", "晚点以未报班为准", "late: past time and not reported; else: not departed", UnitSwitch, 0, 1, AtStation, "6.7", "phase.go"},
}

var vehicleRules = []Rule{
	{"report_opens", "7.6", "最早报班(发车前)", "a coach reports at most so early", UnitSeconds, 0, 48 * hours, OnLine, "P2001", "report.go"},
	{"report_due", "7.6", "应报班(发车前)", "a coach that reports later is late", UnitSeconds, 0, 24 * hours, OnLine, "P2002", "report.go"},
	{"late_fine", "7.6", "晚报班罚款(每分钟)", "fine a minute of lateness", UnitFen, 0, 1_000_000, OnLine, "P2002–P2008", "report.go"},
	{"report_origin", "7.6", "始发未报班配客站不可报", "a first station that has no report blocks loading stations", UnitSwitch, 0, 1, OnLine, "P2010", "report.go"},
	{"safety_check", "7.6", "须安全例检", "a safety check is required", UnitSwitch, 0, 1, OnLine, "P2013", "report.go"},
	{"safety_check_day", "7.6", "例检当日有效(否则 24 小时)", "the safety check is good that day; else 24 hours", UnitSwitch, 0, 1, AtStation, "P6010", "report.go"},
	{"expired_block", "7.6", "证件过期不予报班", "expired papers block the report", UnitSwitch, 0, 1, AtStation, "P2019, P2083, P2084, P2093", "report.go"},
	{"assigned_only", "7.6", "车辆只跑核定线路", "coaches only on their assigned lines", UnitSwitch, 0, 1, OnLine, "P2021", "report.go"},
	{"sold_over_seats", "7.6", "可售超座位不超核定", "sold above the seats, within the approved number", UnitSwitch, 0, 1, OnLine, "P2022", "report.go check_coach.go"},
	{"driver_gap", "7.6", "驾驶员两班最小间隔", "least time between two departures of one driver", UnitSeconds, 0, 24 * hours, OnLine, "P2025", "report.go"},
	{"seats_cut", "7.6", "换小车裁尾座", "a smaller coach cuts seats off the end", UnitSwitch, 0, 0, National, "P3035", "rule_check.go"},
	{"type_moves_price", "7.6", "换车型改票价", "another type of coach changes the price", UnitSwitch, 0, 1, OnLine, "P9050", "reseat.go"},
	{"plan_overwritten", "7.6", "报班车覆盖计划车", "the reported coach replaces the planned one", UnitSwitch, 0, 1, AtStation, "P3034", "report.go"},
}

var nodeRules = []Rule{
	{"allot_first", "12", "开售时车站持有余座", "unsold seats that a station node holds when sale opens", UnitShare, 0, 10_000, OnLine, "12 F1", "allot.go"},
	{"allot_last", "12", "发车时车站持有余座", "unsold seats that it holds when the coach leaves", UnitShare, 0, 10_000, OnLine, "12 F1", "allot.go"},
	{"allot_within", "12", "余座开始移交(发车前)", "its share begins to grow before departure", UnitSeconds, 0, 30 * 24 * hours, OnLine, "12 F1", "allot.go"},
	{"tickets_move", "12", "车票移交乘车站(发车前)", "tickets go to the node of their boarding station before departure", UnitSeconds, 0, 48 * hours, AtStation, "12 F1", "allot.go"},
}

var otherRules = []Rule{
	{"wait_closes", "10", "候补截止(发车前)", "requests of the waitlist end before departure", UnitSeconds, 0, 48 * hours, OnLine, "10", "waitlist.go"},
	{"wait_wanted", "10", "候补可选班次数", "departures a request may name", UnitCount, 1, 20, AtStation, "10", "waitlist.go"},
	{"wait_extra", "10", "候补人数达到则建议加班", "people in the queue that propose an extra departure", UnitCount, 1, 1000, OnLine, "10", "waitlist.go"},
	{"choice_reply", "12", "班次变更答复时限", "time to answer when a departure was changed", UnitSeconds, 1 * minutes, 24 * hours, AtStation, "12 F6", "office/cases.go"},
	{"elder_age", "12", "优先留座年龄", "age from which seats are kept first", UnitYears, 50, 120, Provincial, "12 F6", "reseat_claim.go"},
	{"voucher_days", "8", "凭证有效天数", "days a voucher stays readable after the service day", UnitDays, 1, 30, National, "8", "office/voucher.go"},
	{"receipt_opens", "11", "可领报销凭证(发车后)", "a receipt is to be had so long after departure", UnitSeconds, 0, 48 * hours, Provincial, "11.3", "receipt.go"},
	{"receipt_days", "11", "报销凭证可领天数", "days in which a receipt is to be had", UnitDays, 1, 3660, Provincial, "11.3", "receipt.go"},
	{"people_days", "15", "旅客信息保存天数", "days for which it is kept who travelled, after the service day", UnitDays, 366, 3660, National, "15", "retention.go"},
}
