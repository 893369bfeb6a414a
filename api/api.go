// Package api is the door for programs: every verb of the office under /api/v1,
// described by an OpenAPI 3.1 document that the server itself gives out. A
// passenger's app searches, holds, pays and shows vouchers with the key of its
// order; windows, gates and desks act with the secret of their device.
//
// The door translates and decides nothing. What the office refuses becomes a
// problem (RFC 9457) that names the reason and the field in Chinese and
// English; a fault is logged once and shown to nobody.
package api

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"chepiao/ident"
	"chepiao/office"
	"chepiao/watch"
)

// Config is what the door needs. Office, Devices, Now, Rand and Log are
// required.
type Config struct {
	Office  *office.Office
	Devices *ident.Registry

	Accounts *ident.Accounts // of staff; nil where the system has none

	Now  func() time.Time
	Rand io.Reader // keys of orders, idempotency keys of clients that send none
	Log  *slog.Logger

	// Access is the level of the line logged for each request; zero is Info.
	Access slog.Level
	// Directory is the number of the key directory: it grows whenever the node's
	// voucher keys change.
	Directory int64
	// Asset says under which path a browser finds a file of the pages ("docs.js"),
	// "" when it was not built: web.Assets.URL. Nil: the documentation page only
	// links to the OpenAPI document.
	Asset func(name string) string
	// Rate bounds what one client address may ask. Zero is RateDefault.
	Rate watch.Rate
	// Health says whether this process is alive and ready, beside what the door
	// knows itself; it may be nil.
	Health *watch.Health
	// Deadline is how long one request may take; zero is DeadlineDefault.
	Deadline time.Duration
}

// Limits of every request. Reading a slow body is bounded by the server's
// ReadTimeout.
const (
	BodyBytesMax    = 64 << 10
	DeadlineDefault = 10 * time.Second
)

// Rate bounds the requests of one client address; RateDefault is generous.
type Rate = watch.Rate

var RateDefault = watch.RateDefault

// Root is where the interface of this version lives.
const Root = "/api/v1"

// door is the handler behind Root.
type door struct {
	Config
	mux     *http.ServeMux
	api     huma.API
	clients *watch.Clients
	codes   *watch.Clients // how often one address may have codes sent to phones
	reader  *reader
	prefix  string // of request ids: one a process
	count   atomic.Int64
	spec    []byte
	keys    atomic.Pointer[publishedKeys]
	rides   rides
	cross   http.CrossOriginProtection // an open node must not be driven by any page that its user visits
}

// New opens the door: Root, /healthz and /readyz.
func New(c Config) (http.Handler, error) {
	d, err := newDoor(c)
	if err != nil {
		return nil, err
	}
	return d, nil
}

func newDoor(c Config) (*door, error) {
	if c.Office == nil || c.Devices == nil || c.Now == nil || c.Rand == nil || c.Log == nil {
		return nil, errors.New("the API needs an office, devices, a clock, a source of randomness and a log")
	}
	if c.Deadline == 0 {
		c.Deadline = DeadlineDefault
	}
	d := &door{Config: c, mux: http.NewServeMux(), clients: watch.NewClients(c.Rate, c.Now), reader: newReader()}
	prefix, err := d.secret(4)
	if err != nil {
		return nil, err
	}
	d.prefix = prefix + "-"
	d.api = humago.NewWithPrefix(d.mux, Root, describe(d.reader))
	d.reader.registry = d.api.OpenAPI().Components.Schemas
	for _, part := range []func(){d.network, d.search, d.board, d.fares, d.orders, d.rooms, d.waits, d.payments, d.bills, d.refunds, d.rebooks, d.corrections, d.lookups, d.tickets, d.gates, d.acts, d.cases, d.messages, d.hooks, d.directory, d.people, d.shifts, d.stock, d.invoices, d.members, d.rules, d.channel} {
		part()
	}
	for _, s := range d.api.OpenAPI().Components.Schemas.Map() {
		if s.AdditionalProperties == true {
			s.AdditionalProperties = nil // the same to a reader, and examples show no invented members
		}
	}
	if d.spec, err = d.api.OpenAPI().MarshalJSON(); err != nil {
		return nil, fmt.Errorf("writing the OpenAPI document: %w", err)
	}
	d.documents()
	d.mux.HandleFunc("/", d.lost)
	return d, nil
}

// describe is huma's configuration: JSON only, no links to schemas, unknown
// members ignored. The documentation page is ours, since huma's loads its
// scripts from another host.
func describe(r *reader) huma.Config {
	c := huma.DefaultConfig("Chepiao", "1.0.0")
	c.CreateHooks, c.Transformers = nil, nil
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.AllowAdditionalPropertiesByDefault = true
	json := huma.Format{Marshal: writeJSON, Unmarshal: r.read}
	c.Formats = map[string]huma.Format{"application/json": json, "json": json}
	c.Info.Description = about
	c.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"device": {Type: "http", Scheme: "bearer", Description: "The secret of a device that may act for staff (cpd_…)."},
		"staff":  {Type: "apiKey", In: "header", Name: "Staff-Session", Description: "The token of somebody who has signed in (cps_…), beside the device's secret or alone. Windows and desks need one as soon as the system has staff accounts."},
		"member": {Type: "http", Scheme: "bearer", Description: "The token of a passenger who has signed in (cpm_…). Nothing but the account itself needs one."},
		"key":    {Type: "apiKey", In: "header", Name: "Order-Key", Description: "The key of the order, as the hold returned it."},
	}
	c.Tags = []*huma.Tag{
		{Name: "timetable", Description: "Stations, departures, seats and prices."},
		{Name: "orders", Description: "Hold, pay, look up, refund."},
		{Name: "members", Description: "Passengers' accounts: sign in by phone, orders, saved passengers, who looked."},
		{Name: "tickets", Description: "Tickets and their vouchers."},
		{Name: "staff", Description: "Gates, windows and desks, with the secret of a device."},
		{Name: "rules", Description: "The rules of the trade, in layers and from a date, with the secret of a desk."},
		{Name: "node", Description: "What this node publishes about itself."},
	}
	return c
}

const about = `Electronic coach tickets (车票): search, hold, pay, show the voucher, pass the gate.

Money is in fen, one hundredth of the network's currency, as integers. Times are RFC 3339 in the network's zone.
Whatever is refused is a problem (RFC 9457) with ` + "`reason`, `field`, `zh` and `en`" + `; its detail follows Accept-Language or ` + "`?lang=zh|en`" + `.
Every POST takes an Idempotency-Key of 1 to 100 visible ASCII characters, best a UUID: the same key and inputs get the same answer, and nothing is done twice.
Members that the server does not know are ignored; new members may appear in answers.`

// Who may call an operation, as the document says it.
var (
	staff        = []map[string][]string{{"device": {}}, {"device": {}, "staff": {}}, {"staff": {}}}
	buyerOrStaff = []map[string][]string{{"key": {}}, {"device": {}}, {"device": {}, "staff": {}}, {"staff": {}}}
)
