package ui

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"chepiao"
)

// RefundForm reads a confirmed refund: the chosen tickets and the sum that the
// page named, in fen. Refusals: Invalid.
func RefundForm(r *http.Request) (ids []chepiao.TicketID, back chepiao.Money, err error) {
	if err := r.ParseForm(); err != nil {
		return nil, 0, chepiao.Refuse(chepiao.Invalid, "表单无法读取,请重试", "the form could not be read: try again")
	}
	sum, err := strconv.ParseInt(r.PostFormValue("back"), 10, 64)
	if err != nil {
		return nil, 0, chepiao.Refuse(chepiao.Invalid, "请先确认应退金额", "confirm first what comes back").At("back")
	}
	const most = 60 // tickets an order can have, whatever the rules say
	for _, s := range r.PostForm["ticket"][:min(most, len(r.PostForm["ticket"]))] {
		id, err := chepiao.ParseTicketID(s)
		if err != nil {
			return nil, 0, err
		}
		ids = append(ids, id)
	}
	return ids, chepiao.Money(sum), nil
}

// Chosen tells whether a form chooses a ticket. A form that has not been sent
// yet chooses every one.
func Chosen(form url.Values, id chepiao.TicketID) bool {
	return !form.Has("sent") || slices.Contains(form["ticket"], id.String())
}
