package chepiao

import (
	"fmt"
	"time"
)

// Reasons of sales that are not undone.
const (
	VoidOver         Reason = "VOID_OVER"         // it can no longer be undone: not a plain sale for cash, or the coach has left
	SupervisorNeeded Reason = "SUPERVISOR_NEEDED" // somebody else must agree to it at the same window
)

// VoidCase is what undoing a sale is judged by (废票).
type VoidCase struct {
	Now, Sold    time.Time // Sold: when the money was taken
	At           AskedAt
	By, SoldBy   string  // outlets
	In, SoldIn   ShiftID // shifts; 0: none
	Channel      PaymentChannel
	Gone, Origin bool    // the coach has left; the order was rebooked from another one
	Agreed       StaffNo // the supervisor who agrees to it at the same window; "": nobody was asked
	Who, SoldWho StaffNo // who undoes it, and who sold it where that was in a shift
}

// others says whether somebody else asks than the one who sold it.
func (c VoidCase) others() bool { return c.By != c.SoldBy || c.SoldIn != 0 && c.In != c.SoldIn }

// fourEyes refuses with SecondHand an agreement of the one who sold it, or, where
// that is not known, of the one who asks.
func (c VoidCase) fourEyes() error {
	if c.Agreed == c.SoldWho || c.SoldWho == "" && c.Agreed == c.Who {
		return Refuse(SecondHand, "须由另一位值班站长核准", "another person has to agree to it").At("approve_staff")
	}
	return nil
}

// Void undoes the sale of a ticket: it never was, and all its money goes back at
// once. The clerk who sold it may, for cash, within minutes, before anybody passed
// a gate with it (requirements 7.1, P1401); later, or when another clerk sold it, a
// supervisor agrees at the same window, until the coach leaves (F17). Refusals:
// WrongState, ReceiptIsOut, WrongWindow, VoidOver, SupervisorNeeded, SecondHand.
func Void(t Ticket, c VoidCase, r *Rules) (Ticket, Explanation, error) {
	moved, err := t.Move(MoveVoid)
	if err == nil {
		err = t.mayGoBack(MoveVoid, c.At)
	}
	if err != nil {
		return t, Explanation{}, err
	}
	since := c.Now.Sub(c.Sold)
	late := since > seconds(r.VoidWithin)
	in := []Input{Given("since", since), Given("window", c.At.Window), Given("same_outlet", c.By == c.SoldBy), Given("channel", string(c.Channel))}
	no := func(reason Reason, zh, en string) (Ticket, Explanation, error) {
		return t, Explanation{}, Refuse(reason, zh, en).By("void_within", r, in...)
	}
	minutesZH, minutesEN := span(int64(r.VoidWithin))
	switch {
	case !c.At.Window:
		return no(WrongWindow, "废票只在售票窗口办理", "a sale is undone at the window that made it")
	case c.Channel != Cash || c.Origin:
		return no(VoidOver, "只有窗口现金售出的车票可以废票，请办理退票", "only a plain sale for cash is undone: refund it instead")
	case c.Gone:
		return no(VoidOver, "班次已发车，不能废票", "the coach has left: too late to undo the sale")
	case (late || c.others()) && c.Agreed != "":
		in = append(in, Given("agreed", string(c.Agreed)))
		if err := c.fourEyes(); err != nil {
			return t, Explanation{}, err
		}
	case c.others():
		return no(SupervisorNeeded, "不是本班次售出的车票，废票须由值班站长在本窗口核准，或办理退票", "somebody else sold it: a supervisor agrees at this window, or it is refunded")
	case late:
		return no(SupervisorNeeded, "售票已超过 "+minutesZH+"，废票须由值班站长在本窗口核准，或办理退票", "sold more than "+minutesEN+" ago: a supervisor agrees at this window, or it is refunded")
	}
	moved.Refund = t.Price
	zh := fmt.Sprintf("售票后 %s内由原窗口废票，全额退还 %s", minutesZH, t.Price.Yuan())
	en := fmt.Sprintf("undone by the window that sold it, within %s: all of %s comes back", minutesEN, t.Price.Yuan())
	if c.Agreed != "" && (late || c.others()) {
		zh = fmt.Sprintf("经值班站长 %s 核准废票，全额退还 %s", c.Agreed, t.Price.Yuan())
		en = fmt.Sprintf("undone with the agreement of supervisor %s: all of %s comes back", c.Agreed, t.Price.Yuan())
	}
	return moved, Explanation{Rule: "void_within", Version: r.Version, Inputs: in, ZH: zh, EN: en}, nil
}
