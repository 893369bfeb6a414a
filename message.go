package chepiao

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// MessageID is a message's number. It prints as MS, the digits and a check
// digit, and is also the number under which a gateway does it once.
type MessageID int64

// HookID is a webhook's number. It prints as HK, the digits and a check digit.
type HookID int64

func (id MessageID) String() string { return printNumber("MS", int64(id)) }
func (id HookID) String() string    { return printNumber("HK", int64(id)) }

// ParseMessageID reads a message's number. Refusal Invalid.
func ParseMessageID(s string) (MessageID, error) {
	n, err := parseNumber("MS", s, "message")
	return MessageID(n), err
}

// ParseHookID reads a webhook's number. Refusal Invalid.
func ParseHookID(s string) (HookID, error) {
	n, err := parseNumber("HK", s, "hook")
	return HookID(n), err
}

func (id MessageID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }
func (id HookID) MarshalText() ([]byte, error)    { return []byte(id.String()), nil }

func (id *MessageID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseMessageID(string(b))
	return err
}

func (id *HookID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseHookID(string(b))
	return err
}

// MessageKind is what a message tells.
type MessageKind string

// The kinds of messages.
const (
	TellIssued         MessageKind = "issued"          // paid: the ticket is there
	TellChanged        MessageKind = "changed"         // another departure, coach or seat
	TellCancelled      MessageKind = "cancelled"       // the carrier does not run it
	TellDelayed        MessageKind = "delayed"         // leaves at another time
	TellBoarding       MessageKind = "boarding"        // gate and plate are known
	TellRefunded       MessageKind = "refunded"        // the ticket is given back
	TellWaitlistServed MessageKind = "waitlist_served" // a request got its seats
	TellWaitlistFailed MessageKind = "waitlist_failed" // a request ended without
	TellReminder       MessageKind = "reminder"        // the evening and two hours before
	TellReceipt        MessageKind = "receipt"         // the time in which a receipt is to be had ends soon
)

// MessageKinds are all kinds.
func MessageKinds() []MessageKind {
	return []MessageKind{TellIssued, TellChanged, TellCancelled, TellDelayed, TellBoarding, TellRefunded, TellWaitlistServed, TellWaitlistFailed, TellReminder, TellReceipt}
}

// Known says whether the kind is one of MessageKinds.
func (k MessageKind) Known() bool { return slices.Contains(MessageKinds(), k) }

// Urgent says that somebody must hear of it: whoever could not be reached is
// called by the desk.
func (k MessageKind) Urgent() bool {
	switch k {
	case TellChanged, TellCancelled, TellDelayed, TellWaitlistServed, TellWaitlistFailed:
		return true
	}
	return false
}

// Passing says that a message is only about the journey to come: it may become
// pointless while it waits (Moot).
func (k MessageKind) Passing() bool {
	switch k {
	case TellReminder, TellBoarding, TellDelayed, TellChanged:
		return true
	}
	return false
}

// MessageChannel is how a message reaches the passenger.
type MessageChannel string

// The channels. Webhooks are told of every message, whatever its channel.
const (
	BySMS   MessageChannel = "sms"
	Nowhere MessageChannel = "none" // no gateway was set up: only webhooks heard of it
)

// MessageState is how far a message has come.
type MessageState string

// The states of a message.
const (
	MessageDue         MessageState = "due"         // to be sent at Next
	MessageSent        MessageState = "sent"        // the gateway has it
	MessageDelivered   MessageState = "delivered"   // the gateway says it arrived
	MessageFailed      MessageState = "failed"      // given up; Why says after what
	MessageUnreachable MessageState = "unreachable" // no phone, or no gateway
	MessageDropped     MessageState = "dropped"     // not worth sending any more; Why says why
)

// NotReached says that the message ended without reaching anybody.
func (s MessageState) NotReached() bool { return s == MessageFailed || s == MessageUnreachable }

// messageMoves: what a message may become. A report may come late or twice, and
// an operator may correct a failure to delivered. What is over becomes due
// again only when somebody has it sent anew.
var messageMoves = map[MessageState][]MessageState{
	MessageDue:         {MessageDue, MessageSent, MessageDelivered, MessageFailed, MessageUnreachable, MessageDropped},
	MessageSent:        {MessageDelivered, MessageFailed, MessageDue},
	MessageDelivered:   {MessageDue},
	MessageFailed:      {MessageDelivered, MessageDue},
	MessageUnreachable: {MessageDue},
}

// MessageFacts is what a message tells beyond its ticket and the timetable. All
// of it is optional; what is missing is filled in when the message is sent. It
// never holds personal data: who is told is found through the ticket.
type MessageFacts struct {
	Departs      time.Time   `json:"departs,omitzero"`        // from the boarding stop; else planned and known delays
	Was          time.Time   `json:"was,omitzero"`            // changed, delayed: left at before; else as planned
	WasDeparture DepartureID `json:"was_departure,omitempty"` // changed: travelled with before, if with another
	WasSeat      int         `json:"was_seat,omitempty"`      // changed: if another
	Gate         string      `json:"gate,omitempty"`          // else as the station set it
	Berth        string      `json:"berth,omitempty"`         // 发车位
	Plate        string      `json:"plate,omitempty"`         // of the coach; else as reported
	Back         Money       `json:"back,omitempty"`          // refunded, cancelled, waitlist_failed: goes back for this ticket
	Free         bool        `json:"free,omitempty"`          // giving the ticket back, or rebooking it, costs nothing
	Until        time.Time   `json:"until,omitzero"`          // an answer is wanted by then
	ReasonZH     string      `json:"reason_zh,omitempty"`     // why, in a few words; what is too long is cut
	ReasonEN     string      `json:"reason_en,omitempty"`
}

// Message is one thing that one passenger is told: a row of the outbox, staged
// in the very transaction of what it tells. Tickets that share a phone share
// one text when it is sent.
type Message struct {
	ID        MessageID      `json:"id"`
	Kind      MessageKind    `json:"kind"`
	Ticket    TicketID       `json:"ticket"`
	Order     OrderID        `json:"order"`
	Departure DepartureID    `json:"departure"`
	Lang      string         `json:"lang,omitempty"` // zh or en; "": chosen by the document when it is sent
	Facts     MessageFacts   `json:"facts,omitzero"`
	Channel   MessageChannel `json:"channel"`
	State     MessageState   `json:"state"`
	Tries     int            `json:"tries,omitempty"`  // since it became due
	Resent    int            `json:"resent,omitempty"` // times somebody had it sent anew
	Next      time.Time      `json:"next,omitzero"`    // due: not before
	Lead      MessageID      `json:"lead,omitempty"`   // whose text carried it, once it was sent
	Why       string         `json:"why,omitempty"`    // failed, dropped: a code, never a sentence with data
	Created   time.Time      `json:"created"`
	Version   int64          `json:"version"`
}

// Become moves a message. Refusal WrongState when it cannot.
func (m Message) Become(s MessageState, why string) (Message, error) {
	if !slices.Contains(messageMoves[m.State], s) {
		return m, Refuse(WrongState, "该消息当前状态不能办理", fmt.Sprintf("the message is %s: this cannot be done now", m.State)).At("message")
	}
	m.State, m.Why = s, why
	m.Version++
	return m, nil
}

// Resend has a message that is over sent anew. Refusals: WrongState while it is
// still due or was dropped, TooMany after ResendsMax times.
func (m Message) Resend(now time.Time) (Message, error) {
	if m.State == MessageDue {
		return m, Refuse(WrongState, "该消息正在发送，无需重发", "the message is about to be sent").At("message")
	}
	if m.Channel != BySMS {
		return m, Refuse(WrongState, "本节点未开通短信", "this node had no SMS gateway when the message was made").At("message")
	}
	if m.Resent >= ResendsMax {
		return m, Refuse(TooMany, "该消息已重发多次，请电话联系旅客", "the message was sent anew too often: please call").At("message")
	}
	next, err := m.Become(MessageDue, "")
	if err != nil {
		return m, err
	}
	next.Tries, next.Lead, next.Next = 0, 0, now
	next.Resent++
	return next, nil
}

// Limits of sending.
const (
	ResendsMax       = 5
	MessageTriesMax  = 20
	messagePauseMin  = 5 * time.Second
	messagePauseMax  = 30 * time.Minute
	HookTriesMax     = 200
	hookPauseMin     = 2 * time.Second
	hookPauseMax     = 30 * time.Minute
	ReminderBefore   = 2 * time.Hour
	ReminderEvening  = Clock(18 * 3600) // of the day before the service day
	reminderNotAfter = time.Hour        // a reminder so soon after the purchase says nothing new
)

// Fail is a try that came to nothing: the message is due again after a pause
// that doubles, or failed when it was the last try or the no is final. The
// twenty tries spread over about six hours.
func (m Message) Fail(now time.Time, why string, final bool) Message {
	m.Tries++
	m.Version++
	m.Why = why
	if final || m.Tries >= MessageTriesMax {
		m.State = MessageFailed
		return m
	}
	m.Next = now.Add(pauseAfter(m.Tries, messagePauseMin, messagePauseMax))
	return m
}

// HookPause is how long to wait before a webhook is tried again after so many
// failures in a row: doubling from two seconds to half an hour.
func HookPause(tries int) time.Duration { return pauseAfter(tries, hookPauseMin, hookPauseMax) }

// pauseAfter doubles the pause with each try, from 1, up to a bound.
func pauseAfter(tries int, least, most time.Duration) time.Duration {
	if tries > 20 {
		return most
	}
	return min(least<<max(tries-1, 0), most)
}

// The reasons why a message was dropped or failed without the gateway's doing.
const (
	WhyGone       = "ticket_gone"    // the ticket is no longer good for travelling
	WhyTooLate    = "too_late"       // the coach has left
	WhySuperseded = "superseded"     // a later message says it, or the opposite
	WhyDestroyed  = "person_deleted" // who travels is no longer kept
	WhyNoPhone    = "no_phone"
	WhyNoGateway  = "no_gateway"
	WhySilence    = "UNREACHABLE" // the gateway did not answer
	WhyFault      = "FAULT"       // a mistake of ours: the log has it
)

// Moot says why a message that waits need not be sent any more, "" when it must:
// what is only about the journey to come is pointless once the ticket is gone,
// the coach has left (last is when), or a later message of the same ticket says
// it better. later are the kinds of the ticket's later messages.
func (m Message) Moot(t Ticket, last, now time.Time, later []MessageKind) string {
	switch {
	case !m.Kind.Passing():
		return ""
	case t.State != TicketValid && t.State != TicketChecked && t.State != TicketSuspended:
		return WhyGone
	case t.Departure != m.Departure || slices.Contains(later, TellCancelled) || slices.Contains(later, m.Kind) && m.Kind != TellReminder:
		return WhySuperseded
	case !now.Before(last):
		return WhyTooLate
	}
	return ""
}

// Reminders are when the holder of a ticket is reminded: the evening before the
// service day and two hours before departure, each only if it comes well after
// now, the time of the purchase.
func Reminders(departs, now time.Time, day Day, zone *time.Location) []time.Time {
	var times []time.Time
	evening, before := ReminderEvening.On(day-1, zone), departs.Add(-ReminderBefore)
	for _, at := range []time.Time{evening, before} {
		if at.Sub(now) > reminderNotAfter && at.Before(departs) {
			times = append(times, at)
		}
	}
	return times
}

// HookState says whether a webhook is told of messages.
type HookState string

// The states of a webhook.
const (
	HookOn  HookState = "on"
	HookOff HookState = "off" // its receiver answered 410, failed too often, or it was removed
)

// Hook (推送地址) is an address of a partner that is told of messages: which
// ticket, what happened, how it stands now. It never hears who travels.
type Hook struct {
	ID      HookID        `json:"id"`
	URL     string        `json:"url"`
	Kinds   []MessageKind `json:"kinds"` // empty: all
	State   HookState     `json:"state"`
	Taken   []MessageID   `json:"taken"`           // the last message it took of each lane, in their order
	Tries   int           `json:"tries,omitempty"` // that failed in a row
	Next    time.Time     `json:"next,omitzero"`   // not before
	Why     string        `json:"why,omitempty"`   // of the last failure
	Created time.Time     `json:"created"`
	Version int64         `json:"version"`
}

// Wants says whether the hook is to be told of a kind.
func (h Hook) Wants(k MessageKind) bool { return len(h.Kinds) == 0 || slices.Contains(h.Kinds, k) }

// After is the last message that the hook took of a lane; what comes after it is
// to be told. 0 is the beginning.
func (h Hook) After(lane int64) MessageID {
	for _, id := range h.Taken {
		if LaneOf(int64(id)) == lane {
			return id
		}
	}
	return 0
}

// Take is the hook when it has taken a message and all before it in its lane.
func (h Hook) Take(id MessageID) Hook {
	lane := LaneOf(int64(id))
	of := func(m MessageID, lane int64) int { return cmp.Compare(LaneOf(int64(m)), lane) }
	i, found := slices.BinarySearchFunc(h.Taken, lane, of)
	h.Taken = slices.Clone(h.Taken)
	if found {
		h.Taken[i] = id
	} else {
		h.Taken = slices.Insert(h.Taken, i, id)
	}
	return h
}

// Fail is a delivery that came to nothing: the next one waits, and the hook is
// switched off after too many, or at once when its receiver said goodbye.
func (h Hook) Fail(now time.Time, why string, gone bool) Hook {
	h.Tries++
	h.Version++
	h.Why = why
	h.Next = now.Add(HookPause(h.Tries))
	if gone || h.Tries >= HookTriesMax {
		h.State = HookOff
	}
	return h
}

// Facts about messages in the journal.
const (
	MessageWasResent EventKind = "message_resent"
	HookWasAdded     EventKind = "hook_added"
	HookWasRemoved   EventKind = "hook_removed"
)
