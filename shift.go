package chepiao

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// ShiftID is the number of a clerk's shift (班次交班, 缴款): a session with a drawer
// and a paper stock. It prints as SF, the digits and a check digit.
type ShiftID int64

func (id ShiftID) String() string { return printNumber("SF", int64(id)) }

// ParseShiftID reads a shift's number. Refusal Invalid.
func ParseShiftID(s string) (ShiftID, error) {
	n, err := parseNumber("SF", s, "shift")
	return ShiftID(n), err
}

func (id ShiftID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

func (id *ShiftID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseShiftID(string(b))
	return err
}

// Reasons of shifts.
const (
	ShiftClosed Reason = "SHIFT_CLOSED" // the shift takes no more money and prints no more paper
	ShiftIsOpen Reason = "SHIFT_OPEN"   // one open shift a person and a window
	ShiftNeeded Reason = "SHIFT_NEEDED" // it needs an open shift
	CashCeiling Reason = "CASH_CEILING" // so much cash may not lie in a drawer: hand some in
	DrawerShort Reason = "DRAWER_SHORT" // there is not so much cash in the drawer
	SecondHand  Reason = "SECOND_HAND"  // another person has to sign than the one whose shift it is
)

// ShiftState is where a shift is.
type ShiftState string

const (
	OpenShift   ShiftState = "open"   // it takes money
	ClosedShift ShiftState = "closed" // its money was counted
	SignedShift ShiftState = "signed" // a supervisor has signed what was counted
)

// Text is the state in words.
func (s ShiftState) Text() (zh, en string) {
	w := map[ShiftState][2]string{OpenShift: {"当班", "open"}, ClosedShift: {"已清点，待签字", "counted, not signed"}, SignedShift: {"已签字", "signed"}}[s]
	return w[0], w[1]
}

// Shift is a clerk's session at a window, or a kiosk's between two visits of
// whoever looks after it. Its sums are kept along with every payment, so that
// the drawer is known at any moment; the payments and paybacks that name the
// shift add up to the same.
type Shift struct {
	ID       ShiftID                  `json:"id"`
	Staff    StaffNo                  `json:"staff"`
	Device   string                   `json:"device"`
	Station  StationNo                `json:"station,omitempty"`
	Kiosk    bool                     `json:"kiosk,omitempty"` // sells by itself: Staff filled it and empties it
	State    ShiftState               `json:"state"`
	Float    Money                    `json:"float"` // change in the drawer at the beginning
	Opened   time.Time                `json:"opened"`
	Closed   time.Time                `json:"closed,omitzero"`
	Signed   time.Time                `json:"signed,omitzero"`
	Sums     []ShiftSum               `json:"sums,omitempty"`    // by channel, in the order of their names
	Moves    []DrawerMove             `json:"moves,omitempty"`   // cash carried away from the drawer and fetched, oldest first
	Counted  map[PaymentChannel]Money `json:"counted,omitempty"` // at the end: what the clerk found, by channel
	Over     Money                    `json:"over,omitempty"`    // counted less expected; below zero is short
	Note     string                   `json:"note,omitempty"`    // the clerk's word on it
	SignedBy StaffNo                  `json:"signed_by,omitempty"`
	SignNote string                   `json:"sign_note,omitempty"` // the supervisor's
	Tickets  ShiftTickets             `json:"tickets"`
	Paper    []Serials                `json:"paper,omitempty"` // numbered paper not used yet, the next one first
	Version  int64                    `json:"version"`
}

// ShiftSum is what came in and went back by one channel.
type ShiftSum struct {
	Channel  PaymentChannel `json:"channel"`
	In       Money          `json:"in"`
	Back     Money          `json:"back"`
	Payments int            `json:"payments"`
	Paybacks int            `json:"paybacks"`
}

// ShiftTickets counts the tickets that a shift sold, gave back, undid and carried
// over to other departures.
type ShiftTickets struct {
	Sold     int `json:"sold"`
	Refunded int `json:"refunded"`
	Voided   int `json:"voided"`
	Rebooked int `json:"rebooked"`
}

// DrawerMove is cash carried between a drawer and the cashier in mid-shift: handed
// in (缴款), or fetched as change (领款).
type DrawerMove struct {
	At      time.Time `json:"at"`
	Amount  Money     `json:"amount"`
	Fetched bool      `json:"fetched,omitempty"` // into the drawer
	With    StaffNo   `json:"with,omitempty"`    // who took or gave it
}

// drawerMovesMax bounds the moves of a shift.
const drawerMovesMax = 50

// floatMax bounds the change that a drawer begins with, and noteMax a word on a shift, in characters.
const (
	floatMax     Money = 10_000_00
	shiftNoteMax       = 200
)

// NewShift is a shift that begins. Kiosks begin without change. Refusal Invalid
// at float.
func NewShift(id ShiftID, staff StaffNo, device string, station StationNo, kiosk bool, float Money, now time.Time) (Shift, error) {
	if float < 0 || float > floatMax || kiosk && float != 0 {
		return Shift{}, Refuse(Invalid, "备用金应在 ¥0.00 到 "+floatMax.Yuan()+" 之间", "the float is between ¥0.00 and "+floatMax.Yuan()).At("float")
	}
	return Shift{ID: id, Staff: staff, Device: device, Station: station, Kiosk: kiosk, State: OpenShift, Float: float, Opened: now, Version: 1}, nil
}

// Opens is who may have one open shift only: the person, or the kiosk.
func (s Shift) Opens() string {
	if s.Kiosk {
		return "kiosk " + s.Device
	}
	return "staff " + string(s.Staff)
}

// MayMoveCash refuses with ShiftNeeded cash that a clerk who is signed in would
// take or give outside a shift: it would be counted in nobody's drawer (rule
// shift_needed). Where nobody signs in there are no drawers to count.
func MayMoveCash(who StaffNo, shift ShiftID, r *Rules) error {
	if who == "" || shift != 0 || !r.ShiftNeeded {
		return nil
	}
	return Refuse(ShiftNeeded, "收付现金须先开班", "open a shift before you take or give cash").At("shift").By("shift_needed", r, Given("shift", false))
}

// IsOpen refuses with ShiftClosed once the shift was counted.
func (s Shift) IsOpen() error {
	if s.State != OpenShift {
		return Refuse(ShiftClosed, "本班次已清点交班，请先开新班", "the shift is over: open a new one").At("shift")
	}
	return nil
}

// Drawer is the cash that must lie in the drawer now.
func (s Shift) Drawer() Money {
	sum := s.Float
	for _, c := range s.Sums {
		if c.Channel == Cash {
			sum += c.In - c.Back
		}
	}
	for _, m := range s.Moves {
		if m.Fetched {
			sum += m.Amount
		} else {
			sum -= m.Amount
		}
	}
	return sum
}

// Expected is what must be found by a channel: of cash, the drawer with its float.
func (s Shift) Expected(c PaymentChannel) Money {
	if c == Cash {
		return s.Drawer()
	}
	for _, sum := range s.Sums {
		if sum.Channel == c {
			return sum.In - sum.Back
		}
	}
	return 0
}

// Channels are those that a shift has to account for, cash first unless it is a
// kiosk's that has none.
func (s Shift) Channels() (list []PaymentChannel) {
	if !s.Kiosk {
		list = append(list, Cash)
	}
	for _, sum := range s.Sums {
		if sum.Channel != Cash {
			list = append(list, sum.Channel)
		}
	}
	return list
}

// ceilingWarns is the part of the ceiling, in basis points, from which a drawer
// warns: early enough to hand in between two customers.
const ceilingWarns = 8000

// Full says by the rule cash_ceiling that a drawer is about to have as much cash
// as it may; nil when it has not, or where there is no ceiling (0).
func (s Shift) Full(r *Rules) *Explanation {
	drawer := s.Drawer()
	if r.CashCeiling == 0 || drawer < r.CashCeiling.Share(ceilingWarns, RoundFen) {
		return nil
	}
	zh := fmt.Sprintf("抽屉现金 %s，上限 %s：请尽快缴款", drawer.Yuan(), r.CashCeiling.Yuan())
	en := fmt.Sprintf("%s lie in the drawer, %s at most: hand some in soon", drawer.Yuan(), r.CashCeiling.Yuan())
	return &Explanation{Rule: "cash_ceiling", Version: r.Version, Inputs: []Input{Given("drawer", drawer)}, ZH: zh, EN: en}
}

// TakeIn counts a payment in, with the tickets it pays for. Cash that would carry
// the drawer over its ceiling is refused: requirements 7.1, P1051. Refusals:
// ShiftClosed, CashCeiling.
func (s Shift) TakeIn(p Payment, tickets int, r *Rules) (Shift, error) {
	if err := s.IsOpen(); err != nil {
		return s, err
	}
	if drawer := s.Drawer(); p.Channel == Cash && r.CashCeiling > 0 && p.Amount > 0 && drawer+p.Amount > r.CashCeiling {
		return s, Refuse(CashCeiling, fmt.Sprintf("抽屉现金将超过上限 %s，请先缴款", r.CashCeiling.Yuan()), fmt.Sprintf("the drawer may hold %s at most: hand cash in first", r.CashCeiling.Yuan())).
			At("shift").By("cash_ceiling", r, Given("drawer", drawer), Given("amount", p.Amount))
	}
	s.sum(p.Channel, func(c *ShiftSum) {
		c.In += p.Amount
		c.Payments++
	})
	s.Tickets.Sold += tickets
	s.Version++
	return s, nil
}

// PayOut counts money out that the clerk gives back. Refusals: ShiftClosed,
// DrawerShort.
func (s Shift) PayOut(b Payback) (Shift, error) {
	if err := s.IsOpen(); err != nil {
		return s, err
	}
	if b.Channel == Cash && b.Amount > s.Drawer() {
		return s, s.short()
	}
	s.sum(b.Channel, func(c *ShiftSum) {
		c.Back += b.Amount
		c.Paybacks++
	})
	s.Version++
	return s, nil
}

func (s Shift) short() error {
	return Refuse(DrawerShort, fmt.Sprintf("抽屉现金只有 %s，请先领款", s.Drawer().Yuan()), fmt.Sprintf("there are only %s in the drawer: fetch some first", s.Drawer().Yuan())).At("amount")
}

// sum changes the sum of a channel in a copy of the sums.
func (s *Shift) sum(channel PaymentChannel, change func(*ShiftSum)) {
	i, found := slices.BinarySearchFunc(s.Sums, channel, func(c ShiftSum, want PaymentChannel) int { return cmp.Compare(c.Channel, want) })
	s.Sums = slices.Clone(s.Sums)
	if !found {
		s.Sums = slices.Insert(s.Sums, i, ShiftSum{Channel: channel})
	}
	change(&s.Sums[i])
}

// Count counts tickets that were given back, undone or rebooked in the shift.
// Refusal ShiftClosed.
func (s Shift) Count(refunded, voided, rebooked int) (Shift, error) {
	if err := s.IsOpen(); err != nil {
		return s, err
	}
	s.Tickets.Refunded += refunded
	s.Tickets.Voided += voided
	s.Tickets.Rebooked += rebooked
	s.Version++
	return s, nil
}

// Carry hands cash in or fetches change. Refusals: ShiftClosed, WrongState for a
// kiosk, Invalid and DrawerShort at amount, TooMany.
func (s Shift) Carry(m DrawerMove) (Shift, error) {
	if err := s.IsOpen(); err != nil {
		return s, err
	}
	switch {
	case s.Kiosk:
		return s, Refuse(WrongState, "自助机没有现金", "a kiosk has no cash").At("amount")
	case m.Amount <= 0:
		return s, Refuse(Invalid, "金额应大于零", "the amount must be above zero").At("amount")
	case !m.Fetched && m.Amount > s.Drawer():
		return s, s.short()
	case m.Fetched && m.Amount > floatMax:
		return s, Refuse(Invalid, "一次最多领取 "+floatMax.Yuan(), "at most "+floatMax.Yuan()+" are fetched at a time").At("amount")
	case len(s.Moves) >= drawerMovesMax:
		return s, Refuse(TooMany, fmt.Sprintf("本班缴款、领款已达 %d 次", drawerMovesMax), fmt.Sprintf("cash was carried %d times in this shift: close it", drawerMovesMax)).At("amount")
	}
	s.Moves = append(slices.Clone(s.Moves), m)
	s.Version++
	return s, nil
}

// Close ends a shift with what its clerk counted, by channel; a channel that was
// not counted is taken as expected. While nobody has signed, it may be counted
// again. Refusals: WrongState once it is signed, Invalid at counted or note.
func (s Shift) Close(counted map[PaymentChannel]Money, note string, now time.Time) (Shift, error) {
	if s.State == SignedShift {
		return s, Refuse(WrongState, "本班次已签字，不能再清点", "the shift is signed: it is not counted again").At("shift")
	}
	if err := shiftNote(note); err != nil {
		return s, err
	}
	channels := s.Channels()
	for _, c := range sortedChannels(counted) {
		if !slices.Contains(channels, c) || counted[c] < -1_000_000_00 || counted[c] > 10_000_000_00 {
			return s, Refuse(Invalid, "清点金额不对", "that cannot have been counted").At("counted." + string(c))
		}
	}
	s.Counted, s.Over = map[PaymentChannel]Money{}, 0
	for _, c := range channels {
		found, ok := counted[c]
		if !ok {
			found = s.Expected(c)
		}
		s.Counted[c] = found
		s.Over += found - s.Expected(c)
	}
	if s.State == OpenShift {
		s.State, s.Closed = ClosedShift, now
	}
	s.Note = note
	s.Version++
	return s, nil
}

func sortedChannels(m map[PaymentChannel]Money) (list []PaymentChannel) {
	for c := range m {
		list = append(list, c)
	}
	slices.Sort(list)
	return list
}

func shiftNote(note string) error {
	if len([]rune(note)) > shiftNoteMax {
		return Refuse(Invalid, fmt.Sprintf("说明最多 %d 字", shiftNoteMax), fmt.Sprintf("a note has at most %d characters", shiftNoteMax)).At("note")
	}
	return nil
}

// Sign puts a supervisor's name under what was counted. Nobody signs his or her
// own shift (four eyes). Refusals: WrongState unless it is counted and not signed,
// SecondHand, Invalid at note.
func (s Shift) Sign(by StaffNo, note string, now time.Time) (Shift, error) {
	switch {
	case s.State == OpenShift:
		return s, Refuse(WrongState, "请先清点再签字", "it has to be counted before it is signed").At("shift")
	case s.State == SignedShift:
		return s, Refuse(WrongState, "本班次已签字", "the shift is signed").At("shift")
	case by == "" || by == s.Staff:
		return s, Refuse(SecondHand, "须由另一位有权限的人员签字", "another person has to sign").At("by")
	}
	if err := shiftNote(note); err != nil {
		return s, err
	}
	s.State, s.Signed, s.SignedBy, s.SignNote = SignedShift, now, by, note
	s.Version++
	return s, nil
}
