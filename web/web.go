package web

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"chepiao/ident"
	"chepiao/office"
	"chepiao/relay"
	"chepiao/watch"
	"chepiao/web/account"
	"chepiao/web/board"
	deskpages "chepiao/web/desk"
	"chepiao/web/gate"
	"chepiao/web/guide"
	"chepiao/web/invoice"
	"chepiao/web/kiosk"
	"chepiao/web/passenger"
	"chepiao/web/print"
	"chepiao/web/shift"
	"chepiao/web/staff"
	"chepiao/web/ui"
	"chepiao/web/verify"
	"chepiao/web/window"
)

// Config is what the pages work with.
type Config struct {
	Office  *office.Office
	Devices *ident.Registry // what may open the pages for staff

	Accounts *ident.Accounts // who may; nil where the system has no accounts
	OIDC     *ident.OIDC     // a provider that vouches for them; nil for none
	Public   string          // address under which browsers reach the node, for passkeys; "" for none

	Hub     *relay.Hub     // of a hub, its stations; nil at a station
	Station *relay.Station // of a station, its hub; nil at a hub

	Now     func() time.Time
	Rand    io.Reader
	Log     *slog.Logger
	Demo    bool           // tell visitors what to try
	Wallet  string         // address of the practice wallet's controls, shown in the demo
	Clients *watch.Clients // how often one address may ask; nil: as often as it likes
	Assets  *Assets        // nil: those built into the program

	// Practice opens an office to practise in: the timetable and the rules of the real
	// one, an empty store that is thrown away, nobody to pay or to tell. The function
	// that comes with it throws it away. nil: none.
	Practice func(context.Context) (*office.Office, func(), error)
}

// BackFromWallet is where a wallet sends payers back to, below the node's URL.
const BackFromWallet = passenger.Back

// New is the handler of every page. It expects the API beside it at /api/v1.
func New(c Config) (http.Handler, error) {
	if c.Office == nil || c.Devices == nil || c.Now == nil || c.Rand == nil || c.Log == nil {
		return nil, errors.New("pages need an office, devices, a clock, randomness and a log")
	}
	if c.Assets == nil {
		c.Assets = EmbeddedAssets()
	}
	kit := &ui.Kit{
		Office: c.Office, Devices: c.Devices, Accounts: c.Accounts, OIDC: c.OIDC, Now: c.Now, Rand: c.Rand, Log: c.Log, Demo: c.Demo, Hub: c.Hub, Station: c.Station,
		Asset: c.Assets.URL, Limit: ui.NewLimit(c.Now),
	}
	var err error
	if kit.Keys, err = ident.NewKeys(c.Public); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", c.Assets)
	mux.HandleFunc("GET /favicon.svg", favicon)
	mux.HandleFunc("GET /passenger/sw.js", c.Assets.Whole("wallet.js", "text/javascript; charset=utf-8", "/"))
	mux.HandleFunc("GET /emergency/sw.js", c.Assets.Whole("deskkeeper.js", "text/javascript; charset=utf-8", "/"))
	mux.HandleFunc("GET /gate/sw.js", c.Assets.Whole("gatekeeper.js", "text/javascript; charset=utf-8", "/gate"))
	desk, err := kit.NewDesk()
	if err != nil {
		return nil, err
	}
	desk.Routes(mux)
	if err := addHome(kit, mux, c.Wallet); err != nil {
		return nil, err
	}
	for _, add := range []func() error{
		open(kit, mux, passenger.New), open(kit, mux, guide.New), open(kit, mux, account.New), open(kit, mux, board.New), open(kit, mux, verify.New),
		func() error { return addCounter(kit, desk, mux) },
		guarded(kit, mux, desk, deskpages.New), guarded(kit, mux, desk, staff.New), guarded(kit, mux, desk, gate.New), guarded(kit, mux, desk, kiosk.New),
	} {
		if err := add(); err != nil {
			return nil, err
		}
	}
	slips, err := print.New(kit)
	if err != nil {
		return nil, err
	}
	slips.PublicRoutes(mux)
	bills, err := invoice.New(kit)
	if err != nil {
		return nil, err
	}
	bills.PublicRoutes(mux)
	pages, err := withPractice(c, kit, desk, mux)
	if err != nil {
		return nil, err
	}
	return ui.Guard(pages, c.Clients), nil
}

// open adds pages that anybody may see, guarded pages that the desk guards.

func open[P interface{ Routes(*http.ServeMux) }](kit *ui.Kit, mux *http.ServeMux, make func(*ui.Kit) (P, error)) func() error {
	return func() error {
		pages, err := make(kit)
		if err == nil {
			pages.Routes(mux)
		}
		return err
	}
}

func guarded[P interface {
	Routes(*http.ServeMux, *ui.Desk)
}](kit *ui.Kit, mux *http.ServeMux, desk *ui.Desk, make func(*ui.Kit) (P, error)) func() error {
	return func() error {
		pages, err := make(kit)
		if err == nil {
			pages.Routes(mux, desk)
		}
		return err
	}
}

// addCounter adds the pages of a window. They exist a second time, for practice:
// whatever a clerk works with belongs here, and its path into practised.
func addCounter(kit *ui.Kit, desk *ui.Desk, mux *http.ServeMux) error {
	sale, err := window.New(kit)
	if err != nil {
		return err
	}
	sale.Routes(mux, desk)
	till, err := shift.New(kit)
	if err != nil {
		return err
	}
	till.Routes(mux, desk)
	slips, err := print.New(kit)
	if err != nil {
		return err
	}
	slips.Routes(mux, desk)
	bills, err := invoice.New(kit)
	if err != nil {
		return err
	}
	bills.Routes(mux, desk)
	return nil
}

// withPractice lets browsers that practise have pages over another office.
func withPractice(c Config, kit *ui.Kit, desk *ui.Desk, mux *http.ServeMux) (http.Handler, error) {
	if c.Practice == nil {
		return mux, nil
	}
	kit.Practises = true
	book, err := kit.NewBook(homePages, "desk")
	if err != nil {
		return nil, err
	}
	p := &practice{open: c.Practice, real: mux, kit: kit, book: book}
	p.pages = func(o *office.Office) (http.Handler, error) {
		own := *kit
		own.Office, own.Practice = o, true
		guard, err := own.NewDesk()
		if err != nil {
			return nil, err
		}
		play := http.NewServeMux()
		return play, addCounter(&own, guard, play)
	}
	p.routes(mux, desk)
	return p, nil
}
