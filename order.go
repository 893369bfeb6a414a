package chepiao

import (
	"fmt"
	"time"
)

// OrderState is where an order is in its life.
type OrderState string

const (
	OrderHeld     OrderState = "held"     // seats kept until the deadline
	OrderPaying   OrderState = "paying"   // a payment channel is working on it
	OrderIssued   OrderState = "issued"   // paid, tickets issued; some may be refunded since
	OrderLapsed   OrderState = "lapsed"   // the deadline passed
	OrderReleased OrderState = "released" // the buyer gave it up
	OrderRefunded OrderState = "refunded" // every ticket is refunded, voided or rebooked
	OrderAsked    OrderState = "asked"    // a request for the waitlist, not paid ahead yet
	OrderWaiting  OrderState = "waiting"  // paid ahead, on the waitlist
)

// OrderMove is a verb in an order's life.
type OrderMove string

const (
	OrderExtend  OrderMove = "extend"
	OrderPayStep OrderMove = "pay"     // a channel payment begins
	OrderUnpay   OrderMove = "unpay"   // the channel payment failed: the hold goes on
	OrderIssue   OrderMove = "issue"   // the money is there
	OrderLapse   OrderMove = "lapse"   // the deadline passed
	OrderRelease OrderMove = "release" // the buyer gives up
	OrderRevive  OrderMove = "revive"  // money came late and the seats were still free
	OrderReturn  OrderMove = "return"  // the last ticket was given back
	OrderQueue   OrderMove = "queue"   // a request is paid ahead and waits
	OrderServe   OrderMove = "serve"   // seats came back for a request
	OrderReask   OrderMove = "reask"   // the channel payment of a request failed: it waits for another
)

// orderMoves is an order's whole life; what is not listed is refused.
var orderMoves = map[OrderState]map[OrderMove]OrderState{
	OrderHeld:     {OrderExtend: OrderHeld, OrderPayStep: OrderPaying, OrderIssue: OrderIssued, OrderLapse: OrderLapsed, OrderRelease: OrderReleased},
	OrderPaying:   {OrderUnpay: OrderHeld, OrderReask: OrderAsked, OrderQueue: OrderWaiting, OrderIssue: OrderIssued, OrderLapse: OrderLapsed},
	OrderIssued:   {OrderReturn: OrderRefunded},
	OrderAsked:    {OrderPayStep: OrderPaying, OrderQueue: OrderWaiting, OrderLapse: OrderLapsed, OrderRelease: OrderReleased},
	OrderWaiting:  {OrderServe: OrderIssued, OrderLapse: OrderLapsed, OrderRelease: OrderReleased},
	OrderLapsed:   {OrderRevive: OrderIssued},
	OrderReleased: {OrderRevive: OrderIssued},
}

// Channel is where an order is sold.
type Channel string

const (
	Online   Channel = "online"   // phone, kiosk, partner: pays through a channel
	Window   Channel = "window"   // a clerk at a station window
	Platform Channel = "platform" // a third-party platform through the API
)

func (c Channel) known() bool { return c == Online || c == Window || c == Platform }

// Order (订单) has 1..n tickets of one departure, bought together.
type Order struct {
	ID        OrderID     `json:"id"`
	Key       string      `json:"-"` // secret of the buyer: whoever has it may see and act on the order
	Channel   Channel     `json:"channel"`
	Outlet    string      `json:"outlet,omitempty"` // device or outlet that sold it
	Departure DepartureID `json:"departure"`
	From      StationNo   `json:"from"`
	To        StationNo   `json:"to"`
	State     OrderState  `json:"state"`
	Total     Money       `json:"total"`
	Created   time.Time   `json:"created"`
	Deadline  time.Time   `json:"deadline"`           // of the hold
	Extended  int         `json:"extended,omitempty"` // times the hold was extended
	Count     int         `json:"count"`              // its tickets are numbered ID+1 … ID+Count
	Payment   PaymentID   `json:"payment,omitempty"`  // that paid it; 0 while unpaid
	Version   int64       `json:"version"`
	OrderMore
}

// OrderMore is what most orders have none of. It is stored in one column, empty
// when it is zero.
type OrderMore struct {
	Origin OrderID    `json:"origin,omitempty"` // the order this one was rebooked from
	Credit Money      `json:"credit,omitempty"` // carried over from it; the rest was paid, or went back
	Wait   *WaitTerms `json:"wait,omitempty"`   // of a request for the waitlist
	At     NodeNo     `json:"at,omitempty"`     // node that it was given to; 0: never given
}

// WaitTerms is what a request for the waitlist asks for (候补).
type WaitTerms struct {
	Departures []DepartureID `json:"departures"`    // wanted, best first; the order's own is the first
	Until      time.Time     `json:"until"`         // gives up then, and the money goes back
	Seq        int64         `json:"seq,omitempty"` // place in the node's queue, given when it is paid
	Prepaid    Money         `json:"prepaid"`       // the dearest of the wanted departures
}

// Tickets are the numbers of the order's tickets: they follow its own.
func (o Order) Tickets() []TicketID {
	ids := make([]TicketID, o.Count)
	for i := range ids {
		ids[i] = TicketID(o.ID) + TicketID(i) + 1
	}
	return ids
}

// Move applies a verb and returns the moved order. Refusal WrongState.
func (o Order) Move(m OrderMove) (Order, error) {
	next, ok := orderMoves[o.State][m]
	if !ok {
		w := orderWords[o.State]
		return o, Refuse(WrongState, "订单"+w[0]+"，不能办理", fmt.Sprintf("the order %s: this cannot be done now", w[1]))
	}
	o.State = next
	o.Version++
	return o, nil
}

// Alive refuses with HoldExpired when the hold of an unpaid order is over: an
// expired hold is dead the moment it expires, whether or not it was swept up.
func (o Order) Alive(now time.Time) error {
	over := !now.Before(o.Deadline)
	if o.Wait != nil && (o.State == OrderLapsed || o.State == OrderAsked && over) {
		return Refuse(HoldExpired, "候补订单已超时，请重新提交", "the request is over: please ask anew")
	}
	if o.State == OrderLapsed || o.State == OrderHeld && over {
		return Refuse(HoldExpired, "订单超时未支付，座位已释放，请重新购票", "the hold is over and the seats are free again: please start anew")
	}
	return nil
}

var orderWords = map[OrderState][2]string{
	OrderHeld:     {"待支付", "waits for payment"},
	OrderPaying:   {"支付中", "is being paid"},
	OrderAsked:    {"候补未支付", "is a request that is not paid yet"},
	OrderWaiting:  {"正在候补", "is on the waitlist"},
	OrderIssued:   {"已出票", "is issued"},
	OrderLapsed:   {"超时已取消", "lapsed unpaid"},
	OrderReleased: {"已取消", "was given up"},
	OrderRefunded: {"已全部退票", "is refunded"},
}

// Extend keeps a hold alive for another while, at most until the last coach
// leaves. Refusals: HoldExpired, WrongState, HoldLimit when it was extended often
// enough or the coach leaves before it would have an effect.
func (o Order) Extend(now, last time.Time, r *Rules) (Order, error) {
	if err := o.Alive(now); err != nil {
		return o, err
	}
	moved, err := o.Move(OrderExtend)
	if err != nil {
		return o, err
	}
	moved.Deadline = now.Add(r.Hold(o.Channel))
	if moved.Deadline.After(last) {
		moved.Deadline = last
	}
	if o.Extended >= r.HoldExtensions || !moved.Deadline.After(o.Deadline) {
		return o, Refuse(HoldLimit, "占座时间不能再延长", "the hold cannot be extended any further")
	}
	moved.Extended++
	return moved, nil
}
