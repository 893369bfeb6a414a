package torture

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"chepiao"
	"chepiao/demo"
)

// wire sends requests to hubs and reads their answers.
type wire struct {
	http *http.Client
	hubs []string // addresses, host:port
}

func newWire(hubs []string, clients int) *wire {
	return &wire{hubs: hubs, http: &http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: clients, IdleConnTimeout: time.Minute,
		DialContext: (&net.Dialer{Timeout: 2 * time.Second}).DialContext,
	}}}
}

// said is what a hub said: an answer, a refusal, or neither, and then how that
// came.
type said struct {
	body    []byte
	refused chepiao.Reason
	unknown string
	status  int // 0: nothing was said at all
}

// answerMax bounds an answer, in bytes.
const answerMax = 1 << 20

// send sends one request and says what came back. A 5xx says nothing about what
// was done: it is an unknown outcome like a cut connection.
func (w *wire) send(ctx context.Context, hub int, method, path, key string, in any) said {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return said{unknown: err.Error()}
		}
		body = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://"+w.hubs[hub]+path, body)
	if err != nil {
		return said{unknown: err.Error()}
	}
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	res, err := w.http.Do(r)
	if err != nil {
		return said{unknown: lossOf(err)}
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, answerMax))
	if err != nil {
		return said{unknown: lossOf(err)}
	}
	switch {
	case res.StatusCode < 400:
		return said{body: answer, status: res.StatusCode}
	case res.StatusCode >= 500:
		return said{unknown: fmt.Sprint(res.StatusCode), status: res.StatusCode}
	}
	var p struct{ Reason chepiao.Reason }
	if err := json.Unmarshal(answer, &p); err != nil || p.Reason == "" {
		return said{unknown: fmt.Sprintf("%d without a reason", res.StatusCode), status: res.StatusCode}
	}
	return said{refused: p.Reason, status: res.StatusCode}
}

// tooLate is that a client waited in vain.
const tooLate = "no answer in time"

// lossOf names an error without addresses, so that equal losses read equal.
func lossOf(err error) string {
	var op *net.OpError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return tooLate
	case errors.Is(err, context.Canceled):
		return "given up"
	case errors.As(err, &op):
		return op.Op + ": " + op.Err.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "cut off"
	}
	return "lost"
}

// post is the path and body of a verb that changes something, get the path of a
// question.
func (s *scene) post(q *Request) (path string, body any) {
	switch q.Verb {
	case Hold:
		riders := make([]map[string]any, q.Party)
		first := int(s.people.Add(int64(q.Party))) - q.Party
		for i := range riders {
			name, number := demo.Person(first + i)
			riders[i] = map[string]any{"name": name, "document": map[string]string{"kind": string(chepiao.ResidentID), "number": number}}
		}
		in := map[string]any{"departure": q.Departure, "from": s.stops[q.Board], "to": s.stops[q.Alight], "channel": "window", "passengers": riders}
		if len(q.Chosen) > 0 {
			in["seats"] = q.Chosen
		}
		return "/api/v1/orders", in
	case Pay:
		return "/api/v1/orders/" + q.Order + "/pay", map[string]any{"channel": "cash", "amount": q.Money}
	case Refund:
		return "/api/v1/orders/" + q.Order + "/refund", map[string]any{"tickets": s.ticketsOf(q.Order), "back": q.Money}
	}
	return "/api/v1/orders/" + q.Order + "/release", struct{}{}
}

func (s *scene) get(q *Request) string {
	if q.Verb == Look {
		return "/api/v1/orders/" + q.Order
	}
	return "/api/v1/departures/" + q.Departure + "?channel=window&from=" + s.stops[q.Board] + "&to=" + s.stops[q.Alight]
}

// view is the part of an answer that the judge needs.
type view struct {
	Free  *int
	Order struct {
		ID       string
		State    string
		Total    int64
		Deadline time.Time
		Tickets  []struct {
			ID     string
			Seat   int
			Price  int64
			Refund int64
		}
	}
}

// read makes the answer of a request from what a hub said.
func (s *scene) read(q *Request, body []byte) (*Answer, error) {
	var v view
	if err := json.Unmarshal(body, &v); err != nil {
		return nil, fmt.Errorf("reading the answer to %s: %w", q.Verb, err)
	}
	a := &Answer{Order: v.Order.ID}
	switch q.Verb {
	case Free:
		if v.Free == nil {
			return nil, errors.New("a departure without a count of free seats")
		}
		return &Answer{Free: *v.Free}, nil
	case Look:
		a.State = v.Order.State
	case Hold:
		var tickets []string
		for _, t := range v.Order.Tickets {
			a.Seats, tickets = append(a.Seats, t.Seat), append(tickets, t.ID)
		}
		a.Money, a.Deadline = v.Order.Total, v.Order.Deadline.Unix()
		s.keep(a.Order, tickets)
	case Refund:
		for _, t := range v.Order.Tickets {
			a.Money += t.Refund
		}
	}
	return a, nil
}
