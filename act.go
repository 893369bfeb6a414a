package chepiao

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Act (调度操作) is something a dispatcher does to one departure or to several
// at once, for one reason: in fog a whole morning is delayed with one act. It is
// previewed before it is committed, and both do the same.
type Act struct {
	Kind       ActKind       `json:"kind"`
	Departures []DepartureID `json:"departures,omitempty"`
	Station    string        `json:"station,omitempty"` // code of the station where it acts; "": the first stop of each departure
	Reason     string        `json:"reason"`            // for the journal and the passengers; never personal data
	Fault      Fault         `json:"fault,omitempty"`   // why refunds become free, if not for what the act itself is: weather

	Minutes int         `json:"minutes,omitempty"` // delay: leaves so much later than planned; negative: earlier; 0: as planned
	Gate    string      `json:"gate,omitempty"`    // gate
	Gates   []string    `json:"gates,omitempty"`   // gate: one for each of the departures, instead of Gate
	Berth   string      `json:"berth,omitempty"`   // gate: 发车位
	Seats   []int       `json:"seats,omitempty"`   // reserve, unreserve
	Places  int         `json:"places,omitempty"`  // reserve, unreserve on a flow departure
	To      string      `json:"to,omitempty"`      // reserve: code of the station up to which; "": the last stop
	Reserve ReserveKind `json:"reserve,omitempty"` // reserve
	Until   time.Time   `json:"until,omitzero"`    // reserve of the kind auto: when the seats come back
	Coach   string      `json:"coach,omitempty"`   // coach, extra: code of the vehicle type
	Into    DepartureID `json:"into,omitempty"`    // merge, stow: with what the passengers travel
	Number  string      `json:"number,omitempty"`  // extra: its departure number; "": the origin's with a suffix
	Depart  string      `json:"depart,omitempty"`  // extra: leaves its first stop at "08:45"
	Level   int         `json:"level,omitempty"`   // station: its new level; 0: a stop without a level
	Closed  bool        `json:"closed,omitempty"`  // station: nobody boards or alights there any more
	From    string      `json:"from,omitempty"`    // station: the day from which that stands, "2026-11-22"
}

// ActKind names an act: the same word on a button, in a route, in the journal
// and in a journey.
type ActKind string

// The acts.
const (
	ActDelay     ActKind = "delay"     // 晚点、改点: leaves later or earlier; 0 minutes: as planned again
	ActGate      ActKind = "gate"      // 改检票口、发车位
	ActStopSale  ActKind = "stop_sale" // 站点停售
	ActSell      ActKind = "sell"      // 恢复售票
	ActReserve   ActKind = "reserve"   // 留座
	ActUnreserve ActKind = "unreserve" // 取消留座
	ActNoShow    ActKind = "no_show"   // 脱班: its coach does not come
	ActRecall    ActKind = "recall"    // 撤销发班: the coach has not left after all
	ActCancel    ActKind = "cancel"    // 停班
	ActRun       ActKind = "run"       // 恢复开行: a departure that was stopped or missed runs after all
	ActMerge     ActKind = "merge"     // 并班
	ActStow      ActKind = "stow"      // 配载
	ActExtra     ActKind = "extra"     // 加班
	ActCoach     ActKind = "coach"     // 换车
	ActStation   ActKind = "station"   // 车站关闭、降级
)

// Limits of an act.
const (
	ActDeparturesMax = 100
	ActReasonMax     = 200 // bytes
	DelayMax         = 24 * time.Hour
)

// Check refuses an act that makes no sense whatever the departures are: Invalid
// with the field. What depends on a departure is decided where the act is done.
func (a Act) Check() error {
	if err := CheckReason(a.Reason); err != nil {
		return err
	}
	bad := func(field, zh, en string) error { return Refuse(Invalid, zh, en).At(field) }
	switch {
	case len(a.Departures) == 0 && a.Kind != ActStation:
		return bad("departures", "请选择班次", "choose a departure")
	case len(a.Departures) > ActDeparturesMax:
		return bad("departures", fmt.Sprintf("一次最多办理 %d 个班次", ActDeparturesMax), fmt.Sprintf("at most %d departures at once", ActDeparturesMax))
	case len(a.Gates) > 0 && (a.Kind != ActGate || len(a.Gates) != len(a.Departures)):
		return bad("gates", "每个班次应各有一个检票口", "give each departure its gate")
	case a.Fault != "" && a.Fault != FaultWeather:
		return bad("fault", "责任原因只能另选天气", "the fault may only be weather")
	}
	for i, id := range a.Departures {
		if slices.Contains(a.Departures[:i], id) {
			return bad(fmt.Sprintf("departures[%d]", i), "班次重复", "the departure is given twice")
		}
	}
	return nil
}

// CheckReason refuses a reason that is empty, too long or does not print: Invalid.
func CheckReason(reason string) error {
	if strings.TrimSpace(reason) != "" && len(reason) <= ActReasonMax && printable(reason) {
		return nil
	}
	return Refuse(Invalid, fmt.Sprintf("请写明原因，不超过 %d 个字节，不要写个人信息", ActReasonMax), fmt.Sprintf("give a reason of at most %d bytes, without personal data", ActReasonMax)).At("reason")
}

// printable says that a text has no control characters, so that it prints on
// one line of a slip.
func printable(s string) bool {
	return strings.IndexFunc(s, func(c rune) bool { return c < ' ' || c == 0x7F || c == '\uFFFD' }) < 0
}

// Impact is what an act does to passengers and money: shown before it is
// committed, recorded when it was.
type Impact struct {
	Passengers  int            `json:"passengers"` // tickets of passengers who are concerned, with their free children in Children
	Children    int            `json:"children,omitempty"`
	Orders      int            `json:"orders"`
	Tickets     []TicketImpact `json:"tickets"`
	Back        Money          `json:"back"`                 // goes back if everybody who may take the money does
	Difference  Money          `json:"difference,omitempty"` // goes back at once: another class of coach, a cheaper departure
	Messages    []MessageCount `json:"messages,omitempty"`
	Unreachable int            `json:"unreachable,omitempty"` // passengers to be told who left no phone; known in a preview only
	Cases       int            `json:"cases,omitempty"`       // passengers who are asked to choose
	Made        []DepartureID  `json:"made,omitempty"`        // extra departures
	Warnings    []Explanation  `json:"warnings,omitempty"`
	Undo        *Act           `json:"undo,omitempty"` // the act that takes this one back, as far as one can
	Seen        string         `json:"seen"`           // give it with the commit: it stands for all of the above
}

// TicketImpact is what an act does to one ticket.
type TicketImpact struct {
	Ticket TicketID    `json:"ticket"`
	Order  OrderID     `json:"order"`
	State  TicketState `json:"state"` // afterwards
	Was    Journey     `json:"was"`
	Now    Journey     `json:"now"`
	Fault  Fault       `json:"fault,omitempty"` // why refund and rebooking are free now
}

// Journey is what a passenger needs to board.
type Journey struct {
	Departure DepartureID `json:"departure"`
	Departs   time.Time   `json:"departs"` // from the boarding stop; the last coach of a flow departure
	Seat      int         `json:"seat,omitempty"`
	Gate      string      `json:"gate,omitempty"`
	Berth     string      `json:"berth,omitempty"`
	Price     Money       `json:"price"`
}

// MessageCount is how many passengers are told what.
type MessageCount struct {
	Kind  MessageKind `json:"kind"`
	Count int         `json:"count"`
}

// Count adds messages to the impact.
func (i *Impact) Count(kind MessageKind, n int) {
	for at := range i.Messages {
		if i.Messages[at].Kind == kind {
			i.Messages[at].Count += n
			return
		}
	}
	if n > 0 {
		i.Messages = append(i.Messages, MessageCount{kind, n})
	}
}

// Fingerprint stands for everything an act would do. It leaves out Seen itself
// and what only a preview knows.
func (i Impact) Fingerprint() string {
	i.Seen, i.Unreachable = "", 0
	b, err := json.Marshal(i)
	must(err == nil, "an impact does not marshal")
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:12])
}

// PreviewChanged refuses an act that would do something else than was shown.
const PreviewChanged Reason = "PREVIEW_CHANGED"

// Agree refuses with PreviewChanged when what an act does is not what was seen.
func (i Impact) Agree(seen string) error {
	if seen == i.Seen {
		return nil
	}
	return Refuse(PreviewChanged, "影响范围已变化，请重新预览后确认", "what this would do has changed: please look at it again").At("seen")
}
