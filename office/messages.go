package office

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"chepiao"
	"chepiao/store"
)

// MessageQuery chooses messages: those of a departure, in one state or any, or
// those that reached nobody and urgently should have, of one departure or all.
type MessageQuery struct {
	Departure chepiao.DepartureID  // 0: any; only with Lost
	State     chepiao.MessageState // "": any
	Lost      bool                 // the call list: urgent, and nobody heard of it
	After     chepiao.MessageID
	Limit     int
}

// MessageLine is a message as a desk sees it. Name and phone print masked; the
// phone is the one that the message goes to, none if there is none.
type MessageLine struct {
	Message chepiao.Message
	Name    chepiao.Name
	Phone   chepiao.Phone
}

// Messages lists messages in the order of their numbers, and the number to go
// on after, 0 at the end. Refusals: Invalid, NotFound.
func (o *Office) Messages(ctx context.Context, q MessageQuery) (lines []MessageLine, next chepiao.MessageID, err error) {
	if q.Departure == 0 && !q.Lost {
		return nil, 0, chepiao.Refuse(chepiao.Invalid, "请选择班次", "choose a departure").At("departure")
	}
	if q.Departure != 0 {
		if _, err := o.Timetable().Run(q.Departure); err != nil {
			return nil, 0, err
		}
	}
	err = o.store.Read(ctx, func(r *store.Reader) error {
		list, end, err := chooseMessages(r, q)
		if err != nil {
			return err
		}
		if lines, err = o.linesOf(r, list); err == nil {
			next = end
		}
		return err
	})
	return lines, next, err
}

// chooseMessages reads on until a page is full: of the messages that reached
// nobody the urgent ones are few.
func chooseMessages(r *store.Reader, q MessageQuery) (list []chepiao.Message, next chepiao.MessageID, err error) {
	const page = 500
	for after := q.After; ; {
		var some []chepiao.Message
		switch {
		case q.Departure != 0:
			some, err = r.MessagesOf(q.Departure, q.State, after, page)
		default:
			some, err = r.LostMessages(after, page)
		}
		if err != nil || len(some) == 0 {
			return list, 0, err
		}
		for _, m := range some {
			after = m.ID
			if q.Lost && !(m.State.NotReached() && m.Kind.Urgent()) {
				continue
			}
			if len(list) == q.Limit {
				return list, list[len(list)-1].ID, nil
			}
			list = append(list, m)
		}
		if len(some) < page {
			return list, 0, nil
		}
	}
}

// linesOf adds who is meant.
func (o *Office) linesOf(r *store.Reader, list []chepiao.Message) ([]MessageLine, error) {
	people := map[chepiao.OrderID]map[chepiao.TicketID]chepiao.Passenger{}
	lines := make([]MessageLine, 0, len(list))
	for _, m := range list {
		if people[m.Order] == nil {
			var err error
			if people[m.Order], err = o.peopleOf(r, m.Order); err != nil {
				return nil, err
			}
		}
		t, err := r.Ticket(m.Ticket)
		if err != nil {
			return nil, err
		}
		lines = append(lines, MessageLine{m, people[m.Order][m.Ticket].Name, phoneFor(t, people[m.Order])})
	}
	return lines, nil
}

// Resend has a message sent anew: its phone was corrected, or the gateway had
// given up on it. Refusals: NotFound, WrongState, TooMany.
func (o *Office) Resend(ctx context.Context, v Verb, id chepiao.MessageID) (m chepiao.Message, err error) {
	_, err = o.once(ctx, v, []any{"resend", id}, func(tx *store.Tx) (*chepiao.Event, error) {
		current, err := tx.Message(id)
		if err != nil {
			return nil, err
		}
		next, err := current.Resend(tx.Now)
		if err != nil {
			return nil, err
		}
		tx.MoveMessage(current, next)
		e := &chepiao.Event{Kind: chepiao.MessageWasResent, By: v.By, Reason: id.String()}
		return e, tx.Record("message "+id.String(), next.Version, *e)
	})
	if err != nil {
		return m, err
	}
	err = o.store.Read(ctx, func(r *store.Reader) error {
		m, err = r.Message(id)
		return err
	})
	return m, err
}

// SMSReport takes in what the gateway posted about a text, header and body as
// they came. What it says is noted once, however often and however late it
// comes. Errors: message.ErrBadSignature, message.ErrStale and
// message.ErrMalformed for a report that is not to be believed. Refusals:
// NotFound, also where no gateway is set up.
func (o *Office) SMSReport(ctx context.Context, now time.Time, header http.Header, body []byte) error {
	if o.gateway == nil {
		return chepiao.Refuse(chepiao.NotFound, "未开通短信", "no SMS gateway is set up here")
	}
	report, err := o.gateway.ParseReport(now, header, body)
	if err != nil {
		return err
	}
	id, resent, err := parseTextID(report.ID)
	if err != nil {
		return err
	}
	return o.store.Write(ctx, func(tx *store.Tx) error {
		lead, err := tx.Message(id)
		if err != nil {
			return err
		}
		carried, err := tx.Carried(lead.ID)
		if err != nil {
			return err
		}
		if lead.Lead != lead.ID {
			carried = append(carried, lead) // the report was faster than our note, or the message is due anew
		}
		for _, m := range carried {
			if err := noteReport(tx, m, resent, report.State, report.Code); err != nil {
				return err
			}
		}
		return nil
	})
}

// noteReport moves a message to what a report says of its text, if that is news:
// a failure of an earlier text says nothing of the one sent anew.
func noteReport(tx *store.Tx, m chepiao.Message, resent int, state chepiao.MessageState, code string) error {
	if m.State == state || (m.Resent != resent && state != chepiao.MessageDelivered) {
		return nil
	}
	if state == chepiao.MessageDelivered {
		code = ""
	}
	next, err := m.Become(state, code)
	if chepiao.AsRefusal(err) != nil {
		return nil // it has been delivered before, or is over
	}
	if err != nil {
		return fmt.Errorf("noting a report: %w", err)
	}
	tx.MoveMessage(m, next)
	return nil
}
