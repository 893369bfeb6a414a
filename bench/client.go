// Package bench drives a running hub as its customers would, over HTTP and from
// many clients at once: to prove that it loses nothing (Selftest) and to measure
// it side by side with simpler ways (Run). It knows a hub only by its address.
package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"chepiao"
	"chepiao/demo"
)

// client is one customer with a connection of its own.
type client struct {
	http *http.Client
	base string // http://127.0.0.1:port
}

// newHTTP keeps one connection for each of n clients.
func newHTTP(n int) *http.Client {
	return &http.Client{
		Timeout: 20 * time.Second,
		Transport: &http.Transport{
			MaxIdleConns: n, MaxIdleConnsPerHost: n, IdleConnTimeout: time.Minute,
			DialContext: (&net.Dialer{Timeout: 2 * time.Second}).DialContext,
		},
	}
}

// orderView is what the API says of an order; the parts a client needs.
type orderView struct {
	ID       chepiao.OrderID    `json:"id"`
	Key      string             `json:"key"`
	State    chepiao.OrderState `json:"state"`
	Total    chepiao.Money      `json:"total"`
	Deadline time.Time          `json:"deadline"`
	Tickets  []ticketView       `json:"tickets"`
}

type ticketView struct {
	ID     chepiao.TicketID    `json:"id"`
	Seat   int                 `json:"seat"`
	Price  chepiao.Money       `json:"price"`
	State  chepiao.TicketState `json:"state"`
	Refund chepiao.Money       `json:"refund"`
}

// problem is an answer that says no: RFC 9457 with the refusal's reason.
type problem struct {
	Status int            `json:"status"`
	Reason chepiao.Reason `json:"reason"`
	Detail string         `json:"detail"`
}

func (p *problem) Error() string { return fmt.Sprintf("%d %s: %s", p.Status, p.Reason, p.Detail) }

// asProblem is the answer inside err that says no, nil for anything else.
func asProblem(err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	return nil
}

// refused is the reason inside err, "" for a fault.
func refused(err error) chepiao.Reason {
	if p := asProblem(err); p != nil && p.Status < 500 {
		return p.Reason
	}
	return ""
}

// call sends one request under an idempotency key and decodes the answer.
func (c *client) call(ctx context.Context, method, path, key string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return err
	}
	if res.StatusCode >= 400 {
		p := &problem{Status: res.StatusCode}
		if strings.HasPrefix(res.Header.Get("Content-Type"), "application/problem+json") {
			_ = json.Unmarshal(answer, p) // the status alone is telling enough
		}
		return p
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

// sure repeats a request under the same key until it is answered: through a
// crash and a restart of the hub. It counts the tries.
func (c *client) sure(ctx context.Context, method, path, key string, in, out any) (tries int, err error) {
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, 500*time.Millisecond) {
		tries++
		err = c.call(ctx, method, path, key, in, out)
		var p *problem
		if err == nil || (errors.As(err, &p) && p.Status < 500) {
			return tries, err
		}
		select {
		case <-ctx.Done():
			return tries, errors.Join(err, ctx.Err())
		case <-time.After(pause):
		}
	}
}

// newKey is an idempotency key, ordered in time.
func newKey() string { return uuid.Must(uuid.NewV7()).String() }

type passenger struct {
	Name     string `json:"name"`
	Document struct {
		Kind   string `json:"kind"`
		Number string `json:"number"`
	} `json:"document"`
}

func person(n int) (p passenger) {
	p.Name, p.Document.Number = demo.Person(n)
	p.Document.Kind = string(chepiao.ResidentID)
	return p
}

type holdBody struct {
	Departure  string      `json:"departure"`
	From       string      `json:"from"`
	To         string      `json:"to"`
	Channel    string      `json:"channel"`
	Passengers []passenger `json:"passengers"`
}

type holdAnswer struct {
	Order orderView `json:"order"`
}

type payBody struct {
	Channel string        `json:"channel"`
	Amount  chepiao.Money `json:"amount"`
}

type refundBody struct {
	Tickets []chepiao.TicketID `json:"tickets"`
	Back    chepiao.Money      `json:"back"`
}

type quoteAnswer struct {
	Back chepiao.Money `json:"back"`
}

type checkBody struct {
	Ticket chepiao.TicketID `json:"ticket"`
	Device string           `json:"device"`
}

type checkAnswer struct {
	Verdict chepiao.Verdict `json:"verdict"`
}

// quotePath asks what refunding tickets of an order gives back.
func quotePath(o orderView, tickets []chepiao.TicketID) string {
	names := make([]string, len(tickets))
	for i, t := range tickets {
		names[i] = t.String()
	}
	return "/api/v1/orders/" + o.ID.String() + "/refund-quote?tickets=" + strings.Join(names, ",")
}

func searchPath(from, to string, day chepiao.Day, limit int) string {
	return "/api/v1/departures?from=" + from + "&to=" + to + "&day=" + day.String() + "&limit=" + strconv.Itoa(limit)
}
