// Package office is everything a person can ask of the system, one verb a file:
// search, hold, extend, release, pay, refund, check, uncheck, dispatch and what
// belongs to them. A verb reads what it is asked, lets the domain decide, and
// records the outcome in one transaction; it decides nothing itself.
//
// Every verb that changes something takes the caller's id. The same id with the
// same inputs gets the same answer again; with other inputs it is refused.
package office

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"chepiao"
	"chepiao/message"
	"chepiao/pay"
	"chepiao/realname"
	"chepiao/store"
	"chepiao/tax"
	"chepiao/voucher"
)

// Config is what an office works with.
type Config struct {
	Store   *store.Store
	NodeKey []byte        // 32 bytes: tokens, keys that bind vouchers, hashes of inputs
	WrapKey []byte        // 32 bytes: sealed persons; nil for the node's key. A station has its own
	Ring    *voucher.Ring // signs vouchers
	Rand    io.Reader     // keys of sealed persons; safe for many callers at once
	// Channels are the payment channels, in the order in which they are offered;
	// none: cash only.
	Channels []pay.Channel
	// NotifyURL and ReturnURL say where channels report to and where they send
	// the payer's browser back to: NotifyURL/wechat/notify is WeChat's door.
	// Neither names the order: its key is no business of a channel's.
	NotifyURL string
	ReturnURL string

	Gateway *message.Gateway // sends texts to phones; nil: none are sent
	Caller  *message.Caller  // calls webhooks; nil: one with the usual limits
	Names   *realname.Client // verifies names against documents; nil: nobody does
	Tax     *tax.Client      // makes electronic invoices; nil: there are none

	Speaks int // reads other nodes' entries as a program of that version would, to try an upgrade; 0: as this one
}

// Office answers for one node. It is safe for many callers at once.
type Office struct {
	store    *store.Store
	secret   secret
	channels []pay.Channel
	notify   string
	back     string
	backs    paybackTurns
	speaks   int
	faces    faceKeeper
	strays   strayTurns

	gateway *message.Gateway
	caller  *message.Caller
	names   *realname.Client
	tax     *tax.Client
	hooked  atomic.Bool // some webhook wants to be told

	reminded atomic.Int64                                         // service day whose passengers were last reminded of receipts
	asked    sync.Map                                             // chepiao.DepartureID → the minute in which another node was last asked for seats
	stations atomic.Pointer[map[chepiao.StationNo]chepiao.NodeNo] // that have a node of their own

	net     atomic.Pointer[Timetable]
	rules   atomic.Pointer[rulebook]
	ring    atomic.Pointer[voucher.Ring]
	rooms   *rooms
	offered sync.RWMutex // held for reading by who sells, for writing by who imports
}

// New opens an office on a store: it reads timetable and rules, and sets the
// default rules where there are none yet.
func New(ctx context.Context, c Config) (*Office, error) {
	if c.Store == nil || c.Ring == nil || c.Rand == nil {
		return nil, errors.New("an office needs a store, a key ring and a source of randomness")
	}
	sec, err := newSecret(c.NodeKey, c.WrapKey, c.Rand)
	if err != nil {
		return nil, err
	}
	o := &Office{store: c.Store, secret: sec, channels: c.Channels, notify: c.NotifyURL, back: c.ReturnURL, gateway: c.Gateway, caller: c.Caller, names: c.Names, tax: c.Tax}
	if o.speaks = c.Speaks; o.speaks == 0 {
		o.speaks = chepiao.Speaks
	}
	if o.caller == nil {
		o.caller = message.NewCaller(0, nil)
	}
	o.ring.Store(c.Ring)
	key, err := placeKey(c.NodeKey)
	if err != nil {
		return nil, err
	}
	if o.rooms, err = newRooms(key, c.Rand); err != nil {
		return nil, err
	}
	if err := o.openRules(ctx); err != nil {
		return nil, fmt.Errorf("opening the rules: %w", err)
	}
	if err := o.loadTimetable(ctx); err != nil {
		return nil, fmt.Errorf("loading the timetable: %w", err)
	}
	if err := o.loadHooks(ctx); err != nil {
		return nil, fmt.Errorf("loading the webhooks: %w", err)
	}
	if err := o.LearnRooms(ctx, c.Store.Now()); err != nil {
		return nil, fmt.Errorf("loading the waiting rooms: %w", err)
	}
	return o, nil
}

// Timetable is the network as it stands. It is never changed; an import
// replaces it.
func (o *Office) Timetable() *Timetable { return o.net.Load() }

// Restored is the refusal that every verb gets while the node is held back after
// a restore, else nil.
func (o *Office) Restored() *chepiao.Refusal { return o.store.Restored() }

// Ring is the ring of keys that signs vouchers now.
func (o *Office) Ring() *voucher.Ring { return o.ring.Load() }

// UseRing has the office sign and verify with another ring from now on: a key was
// rotated, or other nodes' keys are trusted, too.
func (o *Office) UseRing(r *voucher.Ring) { o.ring.Store(r) }

// Verb is who asks: the caller's id of the request, for doing it once, the
// device or outlet that acts, for the journal, and where it stands.
type Verb struct {
	ID    string // 1..100 printable characters
	By    string
	Who   chepiao.StaffNo // staff member who acts there; "" where nobody signed in
	Shift chepiao.ShiftID // the clerk's open shift, in whose drawer money is counted; 0: none
	At    chepiao.AskedAt // zero: on line
	Place string          // in the waiting room, where there is one (room.go)

	// Agreed is the supervisor who agrees at the same window to what a clerk alone may not; "": nobody was asked.
	Agreed chepiao.StaffNo
}

const verbIDMax = 100

func (v Verb) check() error {
	if v.ID == "" || len(v.ID) > verbIDMax {
		return chepiao.Refuse(chepiao.Invalid, "请求编号应为 1 到 100 个字符", "the idempotency key must have 1 to 100 characters").At("Idempotency-Key")
	}
	for _, c := range v.ID {
		if c < '!' || c > '~' {
			return chepiao.Refuse(chepiao.Invalid, "请求编号只能用可见的英文字符", "the idempotency key may only have visible ASCII characters").At("Idempotency-Key")
		}
	}
	return nil
}

// Answer is an order with its tickets as a verb left them.
type Answer struct {
	Order   chepiao.Order
	Tickets []chepiao.Ticket
	Event   *chepiao.Event // what the verb recorded
}

// once runs a verb in a transaction unless it was answered before. do records
// exactly one event last and returns it.
func (o *Office) once(ctx context.Context, v Verb, inputs any, do func(*store.Tx) (*chepiao.Event, error)) (*chepiao.Event, error) {
	if err := v.check(); err != nil {
		return nil, err
	}
	input, err := o.secret.inputHash(inputs)
	if err != nil {
		return nil, err
	}
	var event *chepiao.Event
	// Who stops waiting leaves the function to the writer: err is its own.
	err = o.store.Write(ctx, func(tx *store.Tx) (err error) {
		tx.Who, tx.Where = v.Who, v.At.Station
		event, err = tx.Answered(v.ID, input)
		if err != nil || event != nil {
			return err
		}
		if event, err = do(tx); err != nil {
			return err
		}
		tx.Answer(v.ID, input)
		return nil
	})
	if err != nil {
		return nil, err
	}
	o.forgetFacesAfter(event)
	return event, nil
}

// record stages the event of an order.
func record(tx *store.Tx, e *chepiao.Event) (*chepiao.Event, error) {
	return e, tx.Record("order "+e.Order.ID.String(), e.Order.Version, *e)
}
