package chepiao

import (
	"fmt"
	"time"
)

// VoidOver is the reason of a sale that can no longer be undone: too late, by
// somebody else, or not a plain sale for cash.
const VoidOver Reason = "VOID_OVER"

// VoidCase is what undoing a sale is judged by (废票).
type VoidCase struct {
	Now, Sold    time.Time // Sold: when the money was taken
	At           AskedAt
	By, SoldBy   string  // outlets
	In, SoldIn   ShiftID // shifts; 0: none
	Channel      PaymentChannel
	Gone, Origin bool // the coach has left; the order was rebooked from another one
}

// Void undoes the sale of a ticket: it never was, and all its money goes back at
// once. Only the clerk who sold it may, for cash, within minutes, before anybody
// passed a gate with it (requirements 7.1, P1401); whatever is later is a matter
// for the supervisor or a refund. Refusals: WrongState, ReceiptIsOut, WrongWindow,
// VoidOver.
func Void(t Ticket, c VoidCase, r *Rules) (Ticket, Explanation, error) {
	moved, err := t.Move(MoveVoid)
	if err == nil {
		err = t.mayGoBack(MoveVoid, c.At)
	}
	if err != nil {
		return t, Explanation{}, err
	}
	since := c.Now.Sub(c.Sold)
	in := []Input{Given("since", since), Given("window", c.At.Window), Given("same_outlet", c.By == c.SoldBy), Given("channel", string(c.Channel))}
	no := func(reason Reason, zh, en string) (Ticket, Explanation, error) {
		return t, Explanation{}, Refuse(reason, zh, en).By("void_within", r, in...)
	}
	minutesZH, minutesEN := span(int64(r.VoidWithin))
	switch {
	case !c.At.Window:
		return no(WrongWindow, "废票只在售票窗口办理", "a sale is undone at the window that made it")
	case c.By != c.SoldBy || c.SoldIn != 0 && c.In != c.SoldIn:
		return no(VoidOver, "只有原售票员可以废票,请值班主任处理或办理退票", "only the clerk who sold it may undo it: ask the supervisor, or refund it")
	case c.Channel != Cash || c.Origin:
		return no(VoidOver, "只有窗口现金售出的车票可以废票,请办理退票", "only a plain sale for cash is undone: refund it instead")
	case c.Gone:
		return no(VoidOver, "班次已发车,不能废票", "the coach has left: too late to undo the sale")
	case since > seconds(r.VoidWithin):
		return no(VoidOver, "售票已超过 "+minutesZH+",请值班主任处理或办理退票", "sold more than "+minutesEN+" ago: ask the supervisor, or refund it")
	}
	moved.Refund = t.Price
	zh := fmt.Sprintf("售票后 %s内由原窗口废票,全额退还 %s", minutesZH, t.Price.Yuan())
	en := fmt.Sprintf("undone by the window that sold it, within %s: all of %s comes back", minutesEN, t.Price.Yuan())
	return moved, Explanation{Rule: "void_within", Version: r.Version, Inputs: in, ZH: zh, EN: en}, nil
}
