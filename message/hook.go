package message

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"chepiao"
)

// Call is what a webhook is told in one request: events in their order, each
// with a number of its own. It comes again, whole, until it is answered with a
// 2xx.
type Call struct {
	Hook   chepiao.HookID `json:"hook"`
	Events []Event        `json:"events"`
}

// Event says what happened to a ticket and how things stand when the call is
// made. There is no name, document or phone in it, and no token of a person.
type Event struct {
	ID          chepiao.MessageID    `json:"id"`
	Kind        chepiao.MessageKind  `json:"kind"`
	At          time.Time            `json:"at"`
	Order       chepiao.OrderID      `json:"order"`
	Ticket      chepiao.TicketID     `json:"ticket"`
	Departure   chepiao.DepartureID  `json:"departure"`
	OrderState  chepiao.OrderState   `json:"order_state"`
	TicketState chepiao.TicketState  `json:"ticket_state"`
	Seat        int                  `json:"seat,omitempty"`
	Facts       chepiao.MessageFacts `json:"facts,omitzero"`
}

// EventsMax is how many events one call has at most.
const EventsMax = 50

// ErrGone: the receiver answered 410 and wants no more.
var ErrGone = errors.New("the receiver has gone")

// Caller calls webhooks. It may be used from many goroutines and tries once:
// whoever has the queue tries again.
type Caller struct{ http http.Client }

// NewCaller makes a caller. timeout 0 means TimeoutDefault, transport nil a
// connection pool of its own.
func NewCaller(timeout time.Duration, transport http.RoundTripper) *Caller {
	return &Caller{client(timeout, transport)}
}

// Call makes one call, signed with the hook's key. Errors: ErrGone for a 410,
// ErrUnreachable for anything else that is not a 2xx, a redirect among it.
func (c *Caller) Call(ctx context.Context, now time.Time, url string, key []byte, call Call) error {
	body, err := json.Marshal(call)
	if err != nil {
		return fmt.Errorf("writing a call: %w", err)
	}
	status, _, err := post(ctx, &c.http, url, key, ForHook, now, body)
	switch {
	case err != nil:
		return fmt.Errorf("calling hook %s: %w", call.Hook, err)
	case status == http.StatusGone:
		return fmt.Errorf("calling hook %s: %w", call.Hook, ErrGone)
	case status < 200 || status > 299:
		return fmt.Errorf("calling hook %s: %w: it answered %d", call.Hook, ErrUnreachable, status)
	}
	return nil
}
