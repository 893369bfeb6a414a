package chepiao

import "time"

// Rules are the numbers of the domain as they stand in one place at one moment:
// the defaults, and over them the sheets of the nation, the province, the
// station and the line that were in effect (rulebook.go). A ticket pins the
// edition it was sold under for fare, refund and rebooking; a check uses the
// current one. Spans are seconds, money is fen, shares are basis points, so that
// a file of rules can be read by a person. ruleTable (rule_table.go) has the
// name, unit, bounds and source of each.
type Rules struct {
	Version int64 `json:"-"` // edition of the book: how many sheets were in effect

	// Sale (7.1)
	AdvanceDays       int      `json:"advance_days"`        // 预售期: days ahead that are on sale
	StopSaleOnline    int      `json:"stop_sale_online"`    // before departure
	StopSaleOutlet    int      `json:"stop_sale_outlet"`    // outlets outside the station (P1019)
	StopSaleWindow    int      `json:"stop_sale_window"`    // the station's own windows
	SaleAfterReport   bool     `json:"sale_after_report"`   // only once the coach has reported (P1020)
	PassingOpens      int      `json:"passing_opens"`       // passing coaches go on sale so long before departure (P1034); -1: like the others, 0: after report
	HoldOnline        int      `json:"hold_online"`         // a seat is kept unpaid (P1009)
	HoldWindow        int      `json:"hold_window"`         // (P1008)
	HoldExtensions    int      `json:"hold_extensions"`     // times a hold may be extended
	PayGrace          int      `json:"pay_grace"`           // after the deadline, for a channel that does not answer
	TicketsMax        int      `json:"tickets_max"`         // tickets an order
	OneDocument       bool     `json:"one_document"`        // one document, one ticket a departure (P1076)
	OverlapRefused    bool     `json:"overlap_refused"`     // overlapping journeys of one person
	JourneyGap        int      `json:"journey_gap"`         // least time between two journeys of one person (P1064)
	RealNames         int      `json:"real_names"`          // 0 no, 1 all lines, 2 by class and list (P9393)
	RealNameClass     int      `json:"real_name_class"`     // lines of this class and below 1..class
	RealNameLines     []string `json:"real_name_lines"`     // codes of further lines
	NameVerify        int      `json:"name_verify"`         // on line, where a register is set up: 0 no, 1 noted, 2 a name that differs is refused
	HalfQuota         int64    `json:"half_quota"`          // half tickets, share of the seats (P1036)
	VoidWithin        int      `json:"void_within"`         // after the sale, by who sold it (P1401)
	CashCeiling       Money    `json:"cash_ceiling"`        // in a clerk's drawer before it must be handed in (P1051)
	ReconcileHour     int      `json:"reconcile_hour"`      // of the day, in China, from which the channels' bills are compared
	ShiftNeeded       bool     `json:"shift_needed"`        // a clerk who is signed in moves cash in an open shift only
	HideFull          bool     `json:"hide_full"`           // full departures are not listed (P1001)
	HideStopped       bool     `json:"hide_stopped"`        // only normal ones are listed (P1002)
	StopSalePasses    bool     `json:"stop_sale_passes"`    // origin stops selling ⇒ later stops stop, too (P2017)
	StopPasses        bool     `json:"stop_passes"`         // origin stops running ⇒ later stops stop, too (P9999)
	OwnDeparturesOnly bool     `json:"own_departures_only"` // a station's windows sell only what leaves there (P1112)

	// The waiting room at the opening of sales
	Room       bool `json:"room"`        // people on line wait their turn when many come
	RoomBefore int  `json:"room_before"` // places are given out so long before the opening
	RoomLasts  int  `json:"room_lasts"`  // and turns are called so long after it
	RoomRate   int  `json:"room_rate"`   // people called a second, at most
	RoomLeast  int  `json:"room_least"`  // and at least, however busy the node is
	RoomGood   int  `json:"room_good"`   // a turn lapses so long after the call
	RoomHolds  int  `json:"room_holds"`  // holds a place is good for

	// Fares (7.1, 4)
	FenPerKm       int64      `json:"fen_per_km"`      // by distance, where no table names the pair
	FareLeast      Money      `json:"fare_least"`      //
	FareRounding   Rounding   `json:"fare_rounding"`   // P1042
	FareLimit      int64      `json:"fare_limit"`      // 上限票价, fen a kilometre; 0: none
	FareDifference int64      `json:"fare_difference"` // 票价差: a share added to the full fare, may be negative
	FareItems      []FareItem `json:"fare_items"`      // what of the full fare is for what
	HalfShare      int64      `json:"half_share"`      // of the full fare
	StudentShare   int64      `json:"student_share"`   //
	DiscountShare  int64      `json:"discount_share"`  //
	DisabledShare  int64      `json:"disabled_share"`  // 残疾军人等
	ProofNeeded    bool       `json:"proof_needed"`    // a reduced fare needs a proof recorded

	// Children (7.2)
	FreeAge          int   `json:"free_age"`           // completed years on the travel day, inclusive
	FreeHeight       int   `json:"free_height"`        // centimetres, inclusive
	FreePerAdult     int   `json:"free_per_adult"`     //
	HalfAge          int   `json:"half_age"`           // inclusive
	HalfHeight       int   `json:"half_height"`        // centimetres, inclusive
	ChildQuota       int64 `json:"child_quota"`        // free children, share of the seats, rounded down (P1061)
	ChildQuotaFixed  int   `json:"child_quota_fixed"`  // or so many a departure; -1: by share (P1012)
	ChildQuotaOutlet int64 `json:"child_quota_outlet"` // of an outlet, if lower
	ChildExcess      int64 `json:"child_excess"`       // at dispatch: people above the approved capacity, all of them free children (Art. 55)
	ChildSlip        bool  `json:"child_slip"`         // a free child gets a slip of its own (P1074)

	// Refund (7.3)
	Refund            []RefundStep `json:"refund"`
	RefundFlow        []RefundStep `json:"refund_flow"`         // flow departures; empty: as refund (P1078)
	RefundRounding    Rounding     `json:"refund_rounding"`     // P1105
	RefundBase        int          `json:"refund_base"`         // 0 price×share, 1 (price−items)×share+items, 2 price×share+items (P1107)
	RefundFaultFree   bool         `json:"refund_fault_free"`   // carrier's or station's fault (P1116)
	RefundFaultAgreed bool         `json:"refund_fault_agreed"` // a supervisor agrees to a fault that a clerk names
	RefundRebooked    bool         `json:"refund_rebooked"`     // rebooked tickets may be refunded (P1037)
	RefundAnywhere    bool         `json:"refund_anywhere"`     // at any station and channel, not only the origin
	RefundLateOrigin  bool         `json:"refund_late_origin"`  // after departure only at the boarding station's window
	RefundDays        int          `json:"refund_days"`         // working days until the money is there

	// Rebook (7.4)
	RebookTimes     int   `json:"rebook_times"`      // P1507
	RebookUntil     int   `json:"rebook_until"`      // before departure (P1508)
	RebookDeparted  bool  `json:"rebook_departed"`   // also when the coach has gone (P1503)
	RebookGrace     int   `json:"rebook_grace"`      // after departure, the same day, for a late passenger (F5); 0: none
	RebookSameLine  bool  `json:"rebook_same_line"`  // P1506
	RebookSameStops bool  `json:"rebook_same_stops"` // P1505
	RebookSamePrice bool  `json:"rebook_same_price"` // P1504
	RebookCheaper   bool  `json:"rebook_cheaper"`    // P1509
	RebookFee       int64 `json:"rebook_fee"`        // share of the old price
	NameCorrections int   `json:"name_corrections"`  // free corrections a ticket (F4)

	// Check and dispatch (7.5)
	CheckOpens        int  `json:"check_opens"`         // gate, before departure (P3001, P3074)
	HallOpens         int  `json:"hall_opens"`          // waiting hall (P3075)
	CheckCloses       int  `json:"check_closes"`        // before departure
	LastCall          int  `json:"last_call"`           // is made so long before check closes
	CallAgain         int  `json:"call_again"`          // between two calls to board; 0: one call (10, boards)
	LateCall          int  `json:"late_call"`           // after departure, the hall hears that a coach is late; 0: it does not
	LateAsk           int  `json:"late_ask"`            // after departure, a dispatcher is asked what becomes of it; 0: nobody is
	QuietFrom         int  `json:"quiet_from"`          // after midnight: no voice in the hall from then on
	QuietUntil        int  `json:"quiet_until"`         // until then; the same as quiet_from: always a voice
	ManifestKept      int  `json:"manifest_kept"`       // longest that a staff machine keeps a sealed emergency manifest; 0: it keeps none
	CheckLate         int  `json:"check_late"`          // still checked so long after departure (P3017)
	CheckDispatched   int  `json:"check_dispatched"`    // still checked so long after dispatch; -1: never (P3072)
	NeedReport        bool `json:"need_report"`         // the coach must have reported
	CheckTwice        int  `json:"check_twice"`         // the same device may read the same ticket again
	OtherDay          bool `json:"other_day"`           // other-day tickets pass (P3069)
	GateMustMatch     bool `json:"gate_must_match"`     // at the gate; in the hall it is only said (P3011)
	PassesHall        int  `json:"passes_hall"`         // P3105
	PassesGate        int  `json:"passes_gate"`         //
	NamesAtGate       bool `json:"names_at_gate"`       // real-name check (P3071)
	NamesInHall       bool `json:"names_in_hall"`       // P3076
	NamesAtWindow     bool `json:"names_at_window"`     // P3038
	CheckFlow         bool `json:"check_flow"`          // flow departures at gates (P3073)
	MixedLines        bool `json:"mixed_lines"`         // 混检: another line (P3003)
	MixedFlowFlow     bool `json:"mixed_flow_flow"`     // P3004
	MixedFlowFixed    bool `json:"mixed_flow_fixed"`    // P3005
	MixedFixedFlow    bool `json:"mixed_fixed_flow"`    // P3006
	MixedFixedFixed   bool `json:"mixed_fixed_fixed"`   //
	MixedAfter        bool `json:"mixed_after"`         // after the ticket's own time (P3012)
	MixedFull         bool `json:"mixed_full"`          // when the other coach is full (P3015)
	MixedPastDay      bool `json:"mixed_past_day"`      // P3016
	MixedReserved     bool `json:"mixed_reserved"`      // into reserved seats (P3067)
	MixedIsRebook     bool `json:"mixed_is_rebook"`     // a partner's ticket counts as rebooked (P3091)
	CheckForeign      bool `json:"check_foreign"`       // a loading station checks other stations' tickets (P3020)
	DispatchMin       int  `json:"dispatch_min"`        // a coach leaves at most so early (P3008)
	DelayPasses       bool `json:"delay_passes"`        // a late origin moves the next stops' times (P3050)
	ReopenDays        int  `json:"reopen_days"`         // a dispatch may be taken back (P3041)
	SheetCancelDays   int  `json:"sheet_cancel_days"`   // a settlement sheet may be cancelled (P3042)
	ClockDrift        int  `json:"clock_drift"`         // of a gate, before it goes to manual (F22)
	NoShowAuto        bool `json:"no_show_auto"`        // past time and not reported is a no-show by itself (6.7)
	LateMeansReported bool `json:"late_means_reported"` // late: past time and not reported; else: not departed

	// Face (9, 15): distances in thousandths
	FaceUse        bool `json:"face_use"`         // gates may compare faces, with consent
	FaceClaimed    int  `json:"face_claimed"`     // to the claimed passenger's template, at most
	FaceMargin     int  `json:"face_margin"`      // nearer than to anybody else of the departure, at least
	FaceFew        int  `json:"face_few"`         // with fewer enrolled the next rule counts
	FaceFewClaimed int  `json:"face_few_claimed"` // to the template, at most: few enrolled, or nobody claimed
	FaceWalkUp     bool `json:"face_walkup"`      // without a claim, confirmed by the passenger

	// Vehicles (7.6)
	ReportOpens     int   `json:"report_opens"`     // earliest before departure (P2001)
	ReportDue       int   `json:"report_due"`       // before departure, later is late
	LateFine        Money `json:"late_fine"`        // a minute (P2002-P2008)
	ReportOrigin    bool  `json:"report_origin"`    // origin not reported blocks loading stations (P2010)
	SafetyCheck     bool  `json:"safety_check"`     // required (P2013)
	SafetyCheckDay  bool  `json:"safety_check_day"` // good that day; else 24 hours (P6010)
	ExpiredBlock    bool  `json:"expired_block"`    // expired papers block the report (P2019, P2083, P2084, P2093)
	AssignedOnly    bool  `json:"assigned_only"`    // coaches only on their assigned lines (P2021)
	SoldOverSeats   bool  `json:"sold_over_seats"`  // sold above the seats, within the approved number (P2022)
	DriverGap       int   `json:"driver_gap"`       // between two departures of one driver (P2025)
	SeatsCut        bool  `json:"seats_cut"`        // a smaller coach cuts seats off the end (P3035): must stay off
	TypeMovesPrice  bool  `json:"type_moves_price"` // another type of coach changes the price (P9050)
	PlanOverwritten bool  `json:"plan_overwritten"` // the reported coach replaces the planned one (P3034)

	// Waitlist, re-seating, vouchers, receipts
	WaitCloses  int `json:"wait_closes"`  // requests end so long before departure
	WaitWanted  int `json:"wait_wanted"`  // departures a request may name
	WaitExtra   int `json:"wait_extra"`   // people in the queue that propose an extra departure
	ChoiceReply int `json:"choice_reply"` // to answer when a departure was changed (F6)

	// Station nodes.
	AllotFirst    int64 `json:"allot_first"`    // share of the unsold seats that the first station holds when sale opens
	AllotLast     int64 `json:"allot_last"`     // and when the coach leaves
	AllotWithin   int   `json:"allot_within"`   // before departure the share begins to grow
	TicketsMoveAt int   `json:"tickets_move"`   // before departure tickets go to their boarding station
	ElderAge      int   `json:"elder_age"`      // seats are kept first (F6)
	VoucherDays   int   `json:"voucher_days"`   // a voucher stays readable after the service day
	ReceiptOpens  int   `json:"receipt_opens"`  // after departure (11.3)
	ReceiptDays   int   `json:"receipt_days"`   //
	ReceiptRemind int   `json:"receipt_remind"` // days before they end somebody without a receipt is reminded; 0: nobody
	PeopleDays    int   `json:"people_days"`    // who travelled is kept so long after the service day (客规, Art. 52)
}

// FareItem is a part of the full fare that is for something (requirements 4):
// a fixed sum, or a share of the full fare. What is left is the base fare.
type FareItem struct {
	Item  string `json:"item"` // fuel, station, computer, air, water, insurance, other
	Fen   Money  `json:"fen,omitempty"`
	Share int64  `json:"share,omitempty"`
}

// RefundStep is one rung of the refund ladder (requirements 7.3): it applies
// while at least Before seconds remain to departure (negative: after it).
type RefundStep struct {
	Before int64 `json:"before"`
	Share  int64 `json:"share"` // fee in basis points of the price
	Least  Money `json:"least"` // smallest fee
}

// DefaultRules are the defaults of requirements section 7.
func DefaultRules() *Rules {
	const minute, hour = 60, 3600
	return &Rules{
		AdvanceDays: 7, StopSaleOnline: 15 * minute, StopSaleOutlet: 30 * minute, StopSaleWindow: 3 * minute, PassingOpens: -1,
		HoldOnline: 10 * minute, HoldWindow: 2 * minute, HoldExtensions: 1, PayGrace: 2 * minute, TicketsMax: 5,
		OneDocument: true, OverlapRefused: true, RealNames: 2, RealNameClass: 2, NameVerify: 2, HalfQuota: 10_000,
		VoidWithin: 5 * minute, CashCeiling: 2_000_000, ShiftNeeded: true, ReconcileHour: 10, StopSalePasses: true, StopPasses: true,
		RoomBefore: 30 * minute, RoomLasts: 2 * hour, RoomRate: 200, RoomLeast: 10, RoomGood: 10 * minute, RoomHolds: 1,

		FenPerKm: 32, FareLeast: 200, FareRounding: RoundHalfYuan,
		HalfShare: 5000, StudentShare: 7500, DiscountShare: 9000, DisabledShare: 5000,

		FreeAge: 6, FreeHeight: 120, FreePerAdult: 1, HalfAge: 14, HalfHeight: 150,
		ChildQuota: 1000, ChildQuotaFixed: -1, ChildQuotaOutlet: 10_000, ChildExcess: 1000,

		Refund: []RefundStep{
			{Before: 2 * hour, Share: 1000, Least: 50},
			{Before: 0, Share: 2000, Least: 100},
			{Before: -hour, Share: 5000, Least: 100},
		},
		RefundRounding: RoundHalfYuan, RefundFaultFree: true, RefundFaultAgreed: true, RefundAnywhere: true, RefundDays: 7,

		RebookTimes: 1, RebookSameLine: true, RebookCheaper: true, NameCorrections: 1,

		CheckOpens: 20 * minute, HallOpens: 180 * minute, CheckCloses: 3 * minute, LastCall: 5 * minute, CallAgain: 5 * minute, LateCall: 3 * minute, LateAsk: 10 * minute, ManifestKept: 6 * hour,
		CheckDispatched: -1, NeedReport: true, CheckTwice: 10,
		GateMustMatch: true, PassesHall: 3, PassesGate: 1, NamesAtGate: true, NamesInHall: true, CheckFlow: true,
		MixedFlowFlow: true, MixedIsRebook: true, CheckForeign: true,
		DispatchMin: 10 * minute, DelayPasses: true, ReopenDays: 1, SheetCancelDays: 1, ClockDrift: 2 * minute, LateMeansReported: true,

		FaceClaimed: 500, FaceMargin: 60, FaceFew: 15, FaceFewClaimed: 420,

		ReportOpens: 4 * hour, ReportDue: 30 * minute, ReportOrigin: true, SafetyCheck: true, SafetyCheckDay: true, ExpiredBlock: true,

		WaitCloses: 30 * minute, WaitWanted: 5, WaitExtra: 10, ChoiceReply: 10 * minute, ElderAge: 60,
		AllotFirst: 1000, AllotLast: 6000, AllotWithin: 24 * hour, TicketsMoveAt: 2 * hour,
		VoucherDays: 3, ReceiptOpens: 5 * minute, ReceiptDays: 180, ReceiptRemind: 30, PeopleDays: 400,
	}
}

// Hold is how long a channel keeps a seat for an unpaid order.
func (r *Rules) Hold(c Channel) time.Duration {
	if c == Window {
		return seconds(r.HoldWindow)
	}
	return seconds(r.HoldOnline)
}

// StopSale is how long before departure a channel stops selling.
func (r *Rules) StopSale(c Channel) time.Duration {
	if c == Window {
		return seconds(r.StopSaleWindow)
	}
	return seconds(r.StopSaleOnline)
}

// Grace is how long past its deadline an order waits for a silent channel.
func (r *Rules) Grace() time.Duration { return seconds(r.PayGrace) }

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// ParseRules reads a whole set of rules over the defaults. Refusal Invalid.
func ParseRules(b []byte) (*Rules, error) {
	r := DefaultRules()
	if _, err := r.set(b); err != nil {
		return nil, err
	}
	return r, r.Validate()
}

// JSON is all the rules, as a sheet holds them, in the order of the table.
func (r *Rules) JSON() []byte {
	all := make([]string, len(ruleTable))
	for i, rule := range ruleTable {
		all[i] = rule.Name
	}
	return r.members(all)
}

// members is some of the rules as a JSON object, in the order of the names.
func (r *Rules) members(names []string) []byte {
	b := []byte{'{'}
	for i, name := range names {
		rule, err := RuleNamed(name)
		must(err == nil, "a rule that is not in the table: "+name)
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, name...)
		b = append(b, `":`...)
		b = append(b, rule.JSON(r)...)
	}
	return append(b, '}')
}
