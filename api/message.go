package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
	"chepiao/ident"
	"chepiao/message"
	"chepiao/office"
)

// messages puts up what passengers were told, and where the SMS gateway reports
// what became of it.
func (d *door) messages() {
	register(d, huma.Operation{OperationID: "listMessages", Method: http.MethodGet, Path: "/messages", Tags: []string{"staff"}, Security: staff,
		Summary: "What passengers were told", Description: "By departure, in the order of their numbers; or with state `not_reached` the call list: changes that must be known and reached nobody. Names and phones are masked."}, d.listMessages)
	register(d, huma.Operation{OperationID: "resendMessage", Method: http.MethodPost, Path: "/messages/{message}/resend", Tags: []string{"staff"}, Security: staff,
		Summary: "Send a message anew", Description: "One that failed, that had no phone, or that the passenger says never came. `409 WRONG_STATE` while it is about to be sent, and when it is not worth sending any more."}, d.resendMessage)
	register(d, huma.Operation{OperationID: "reportSMS", Method: http.MethodPost, Path: "/notices/sms", Tags: []string{"node"}, DefaultStatus: http.StatusNoContent,
		Summary: "A delivery report of the SMS gateway", Description: "Signed by the gateway; docs/messages.md. It may come more than once.",
		RequestBody: &huma.RequestBody{Content: map[string]*huma.MediaType{
			"application/json": {Schema: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}}}}}, d.reportSMS)
}

// notReached is the state of the call list.
const notReached = "not_reached"

type messagesInput struct {
	Departure string `query:"departure" maxLength:"24" example:"1042-20261122" doc:"Needed but for the state not_reached."`
	State     string `query:"state" enum:"due,sent,delivered,failed,unreachable,dropped,not_reached"`
	After     string `query:"after" maxLength:"40" doc:"The last message of the page before."`
	Limit     int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
}

type messageList struct {
	Messages []Message `json:"messages"`
	Next     string    `json:"next,omitempty" doc:"Value of after for the next page; absent on the last one."`
}

// Message is something one passenger was told, or is about to be.
type Message struct {
	ID        string     `json:"id" example:"MS10000000018"`
	Kind      string     `json:"kind" doc:"issued, changed, cancelled, delayed, boarding, refunded, waitlist_served, waitlist_failed, reminder or receipt."`
	State     string     `json:"state" enum:"due,sent,delivered,failed,unreachable,dropped"`
	Why       string     `json:"why,omitempty" doc:"A code, when it is not delivered."`
	Urgent    bool       `json:"urgent,omitempty" doc:"Must be known: call who was not reached."`
	Order     string     `json:"order"`
	Ticket    string     `json:"ticket"`
	Departure string     `json:"departure"`
	Name      string     `json:"name,omitempty" doc:"Masked."`
	Phone     string     `json:"phone,omitempty" doc:"That it goes to, masked; absent: there is none."`
	Tries     int        `json:"tries,omitempty"`
	Resent    int        `json:"resent,omitempty" doc:"Times it was sent anew."`
	Next      *time.Time `json:"next,omitempty" doc:"When it is tried next, if it is due."`
	Created   time.Time  `json:"created"`
}

func (d *door) messageOf(m chepiao.Message) Message {
	out := Message{
		ID: m.ID.String(), Kind: string(m.Kind), State: string(m.State), Why: m.Why, Urgent: m.Kind.Urgent(), Order: m.Order.String(),
		Ticket: m.Ticket.String(), Departure: m.Departure.String(), Tries: m.Tries, Resent: m.Resent, Created: d.moment(m.Created),
	}
	if m.State == chepiao.MessageDue {
		next := d.moment(m.Next)
		out.Next = &next
	}
	return out
}

func (d *door) listMessages(ctx context.Context, in *messagesInput) (*body[messageList], error) {
	if _, err := d.may(ctx, ident.Tell); err != nil {
		return nil, err
	}
	q := office.MessageQuery{State: chepiao.MessageState(in.State), Limit: in.Limit}
	if in.State == notReached {
		q.State, q.Lost = "", true
	}
	var err error
	if in.Departure != "" {
		if q.Departure, err = chepiao.ParseDepartureID(in.Departure); err != nil {
			return nil, err
		}
	}
	if in.After != "" {
		if q.After, err = chepiao.ParseMessageID(in.After); err != nil {
			return nil, atField("after", err)
		}
	}
	lines, next, err := d.Office.Messages(ctx, q)
	if err != nil {
		return nil, err
	}
	list := messageList{Messages: make([]Message, 0, len(lines))}
	for _, l := range lines {
		m := d.messageOf(l.Message)
		m.Name, m.Phone = l.Name.String(), l.Phone.String()
		list.Messages = append(list.Messages, m)
	}
	if next != 0 {
		list.Next = next.String()
	}
	return &body[messageList]{list}, nil
}

type resendInput struct {
	Message     string `path:"message" maxLength:"40" example:"MS10000000018"`
	Idempotency string `header:"Idempotency-Key" maxLength:"100" doc:"Sent again, the request is done once."`
}

type messageBody struct {
	Message Message `json:"message"`
}

func (d *door) resendMessage(ctx context.Context, in *resendInput) (*body[messageBody], error) {
	device, err := d.may(ctx, ident.Tell)
	if err != nil {
		return nil, err
	}
	id, err := chepiao.ParseMessageID(in.Message)
	if err != nil {
		return nil, err
	}
	v, err := d.verb(ctx, in.Idempotency, device.Name)
	if err != nil {
		return nil, err
	}
	m, err := d.Office.Resend(ctx, v, id)
	if err != nil {
		return nil, err
	}
	return &body[messageBody]{messageBody{d.messageOf(m)}}, nil
}

func (d *door) reportSMS(ctx context.Context, in *noticeInput) (*struct{}, error) {
	err := d.Office.SMSReport(ctx, d.Now(), callOf(ctx).r.Header, in.RawBody)
	if errors.Is(err, message.ErrBadSignature) || errors.Is(err, message.ErrStale) || errors.Is(err, message.ErrMalformed) {
		return nil, chepiao.Refuse(chepiao.Unauthorized, "回执签名无效", "the report is not signed as it must be").At("body")
	}
	return nil, err
}
