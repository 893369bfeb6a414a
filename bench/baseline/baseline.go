// Package baseline sells coach seats the way everyone writes it: an order is one
// database transaction, and the database's own locks keep two buyers from one
// seat. It is what Chepiao is compared with, so it does the same work and gives
// the same answers: passengers are checked by the domain and sealed, a request
// sent twice is done once, every verb leaves a row for the auditor, and nobody
// is answered before the disk has it. It is written as a good team would tune it
// and sells nothing in earnest.
package baseline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"chepiao"
)

// Kind is a way of keeping two buyers from one seat.
type Kind string

const (
	RowLock    Kind = "rowlock"    // PostgreSQL, a row for each seat and leg, FOR UPDATE SKIP LOCKED
	Pipelined  Kind = "pipelined"  // the same, statements that need no answer sent together
	Optimistic Kind = "optimistic" // PostgreSQL, a row for each departure with a version, and another try; sent together, too
	SQLite     Kind = "sqlite"     // SQLite, one transaction a verb behind a mutex
)

// Config says what a shop works with.
type Config struct {
	Kind    Kind
	Target  string // postgres:// URL or path of a SQLite file
	Pool    int    // connections; PostgreSQL only
	Network *chepiao.Network
	Key     []byte // 32 bytes: tokens, sealed persons, hashes of inputs
	Rand    io.Reader
	Now     func() time.Time
}

// Shop sells. It is safe for many callers at once.
type Shop struct {
	net    *index
	rules  *chepiao.Rules
	secret secret
	now    func() time.Time
	ids    atomic.Int64
	book   book
}

// book is one way of writing a verb into a database.
type book interface {
	hold(context.Context, *holding) error
	pay(context.Context, *paying) error
	refund(context.Context, *refunding) error
	replayed(context.Context, verb) (Order, bool, error)
	fill(context.Context, *filling) error
	read(ctx context.Context, sql string, args []any, each func(row)) error
	close() error
}

// triesMax bounds how often a verb that met another one is tried again.
const triesMax = 50

// Open opens a shop and makes its tables where there are none.
func Open(ctx context.Context, c Config) (*Shop, error) {
	if c.Network == nil || c.Now == nil || c.Rand == nil {
		return nil, errors.New("a baseline needs a network, a clock and a source of randomness")
	}
	sec, err := newSecret(c.Key, c.Rand)
	if err != nil {
		return nil, err
	}
	s := &Shop{net: newIndex(c.Network), rules: chepiao.DefaultRules(), secret: sec, now: c.Now}
	s.rules.Version = 1
	switch c.Kind {
	case RowLock, Pipelined, Optimistic:
		s.book, err = openPostgres(ctx, c)
	case SQLite:
		s.book, err = openSQLite(c.Target)
	default:
		err = fmt.Errorf("there is no baseline %q", c.Kind)
	}
	if err != nil {
		return nil, err
	}
	var last int64 // the row for the auditor gets the last number of every verb
	if err := s.book.read(ctx, "SELECT coalesce(max(id), 0) FROM audit", nil, func(r row) { last = r.int(0) }); err != nil {
		return nil, errors.Join(err, s.book.close())
	}
	s.ids.Store(max(last+100, chepiao.LaneID(1, 0)))
	return s, nil
}

// Close lets go of the database.
func (s *Shop) Close() error { return s.book.close() }

// Sale asks for seats on a departure.
type Sale struct {
	Departure  chepiao.DepartureID
	From, To   string // station codes
	Channel    chepiao.Channel
	Passengers []Passenger
}

// Passenger is who shall travel, unchecked.
type Passenger struct {
	Name   string
	Kind   string // of the document
	Number string
	Phone  string
	Fare   string // kind of ticket; "" is full
}

// Order is an order with its tickets as a verb left them.
type Order struct {
	chepiao.Order
	Tickets []chepiao.Ticket
}

// Hold keeps seats for an order until a deadline: all passengers get a seat or
// none. id makes it happen once, key is the buyer's secret. Refusals as those of
// the office's Hold, and Busy when triesMax tries met others.
func (s *Shop) Hold(ctx context.Context, id, key string, in Sale) (Order, error) {
	h := &holding{shop: s, key: key, in: in, now: s.now()}
	if err := h.admit(); err != nil {
		return Order{}, err
	}
	var err error
	if h.verb, err = s.verb(id, in); err != nil {
		return Order{}, err
	}
	return s.answer(ctx, h.verb, &h.order, s.book.hold(ctx, h))
}

// Pay takes an order's money over the counter and issues its tickets. Refusals:
// NotFound, HoldExpired, AmountMismatch, WrongState.
func (s *Shop) Pay(ctx context.Context, id string, order chepiao.OrderID, amount chepiao.Money) (Order, error) {
	v, err := s.verb(id, []any{"pay", "cash", order, amount})
	if err != nil {
		return Order{}, err
	}
	p := &paying{shop: s, verb: v, id: order, amount: amount, now: s.now()}
	return s.answer(ctx, v, &p.order, s.book.pay(ctx, p))
}

// Refund gives tickets of one order back. back is the sum the buyer confirmed.
// Refusals: NotFound, QuoteChanged and those of chepiao.QuoteRefund.
func (s *Shop) Refund(ctx context.Context, id string, order chepiao.OrderID, tickets []chepiao.TicketID, back chepiao.Money) (Order, error) {
	v, err := s.verb(id, []any{"refund", order, tickets, back})
	if err != nil {
		return Order{}, err
	}
	r := &refunding{shop: s, verb: v, id: order, chosen: tickets, back: back, now: s.now()}
	return s.answer(ctx, v, &r.order, s.book.refund(ctx, r))
}

// answer looks a verb up that was refused or whose id was there already: it may
// only have been sent again.
func (s *Shop) answer(ctx context.Context, v verb, done *Order, err error) (Order, error) {
	if err == nil {
		return *done, nil
	}
	if !errors.Is(err, errAnswered) && chepiao.AsRefusal(err) == nil {
		return Order{}, err
	}
	old, ok, readErr := s.book.replayed(ctx, v)
	switch {
	case readErr != nil:
		return Order{}, readErr
	case ok:
		return old, nil
	case errors.Is(err, errAnswered):
		return Order{}, fmt.Errorf("a verb's id is taken and not there: %w", err)
	}
	return Order{}, err
}

// errAnswered says that a verb's id is in the database already.
var errAnswered = errors.New("this verb was answered before")

// errAgain says that another verb came between: nothing is written, the same may
// succeed now.
var errAgain = errors.New("another verb came between")

var busy = chepiao.Refuse(chepiao.Busy, "系统繁忙，请稍后再试", "too many want the same: please try again in a moment")

// again tries a verb until it neither meets another one nor has been tried
// triesMax times, with a pause that grows and differs.
func again(ctx context.Context, try func() error) error {
	for n := range triesMax {
		err := try()
		if !errors.Is(err, errAgain) {
			return err
		}
		pause := time.Duration(n*n) * 20 * time.Microsecond
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(jitter(min(pause, 20*time.Millisecond))):
		}
	}
	return busy
}
