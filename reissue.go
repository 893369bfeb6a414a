package chepiao

import "fmt"

// VoucherWasReissued is the journal's word for a voucher issued anew: the one before
// no longer passes.
const VoucherWasReissued EventKind = "voucher_reissued"

// ReissueMax is how often the voucher of a ticket is issued anew: whoever loses more
// than that has a ticket refunded and buys another.
const ReissueMax = 9

// Reissue gives a ticket a voucher of the next version (补办): the slip or the phone
// was lost, and whoever finds it must not travel on it. Only before the passenger is
// checked. Refusals: WrongState, TooMany.
func (t Ticket) Reissue() (Ticket, error) {
	if t.State != TicketValid {
		zh, en := t.State.Text()
		return t, Refuse(WrongState, "车票"+zh+"，不能补办凭证", fmt.Sprintf("the ticket %s: its voucher is not issued anew", en))
	}
	if t.Voucher > ReissueMax {
		return t, Refuse(TooMany, "凭证补办次数已满，请凭证件乘车或办理退票", "the voucher was issued anew too often: board by the document, or have the ticket refunded")
	}
	t.Voucher++
	t.Version++
	return t, nil
}
