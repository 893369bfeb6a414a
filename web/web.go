package web

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"chepiao/ident"
	"chepiao/office"
	"chepiao/watch"
	deskpages "chepiao/web/desk"
	"chepiao/web/gate"
	"chepiao/web/guide"
	"chepiao/web/passenger"
	"chepiao/web/shift"
	"chepiao/web/ui"
	"chepiao/web/verify"
	"chepiao/web/window"
)

// Config is what the pages work with.
type Config struct {
	Office  *office.Office
	Devices *ident.Registry // what may open the pages for staff

	Accounts *ident.Accounts // who may; nil where the system has no accounts

	Now     func() time.Time
	Rand    io.Reader
	Log     *slog.Logger
	Demo    bool           // tell visitors what to try
	Wallet  string         // address of the practice wallet's controls, shown in the demo
	Clients *watch.Clients // how often one address may ask; nil: as often as it likes
	Assets  *Assets        // nil: those built into the program
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
		Office: c.Office, Devices: c.Devices, Accounts: c.Accounts, Now: c.Now, Rand: c.Rand, Log: c.Log, Demo: c.Demo,
		Asset: c.Assets.URL, Limit: ui.NewLimit(c.Now),
	}
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", c.Assets)
	mux.HandleFunc("GET /favicon.svg", favicon)
	mux.HandleFunc("GET /passenger/sw.js", c.Assets.Whole("wallet.js", "text/javascript; charset=utf-8", "/"))
	desk, err := kit.NewDesk()
	if err != nil {
		return nil, err
	}
	desk.Routes(mux)
	if err := addHome(kit, mux, c.Wallet); err != nil {
		return nil, err
	}
	travel, err := passenger.New(kit)
	if err != nil {
		return nil, err
	}
	travel.Routes(mux)
	how, err := guide.New(kit)
	if err != nil {
		return nil, err
	}
	how.Routes(mux)
	sale, err := window.New(kit)
	if err != nil {
		return nil, err
	}
	sale.Routes(mux, desk)
	till, err := shift.New(kit)
	if err != nil {
		return nil, err
	}
	till.Routes(mux, desk)
	dispatch, err := deskpages.New(kit)
	if err != nil {
		return nil, err
	}
	dispatch.Routes(mux, desk)
	check, err := gate.New(kit)
	if err != nil {
		return nil, err
	}
	check.Routes(mux, desk)
	proof, err := verify.New(kit)
	if err != nil {
		return nil, err
	}
	proof.Routes(mux)
	return ui.Guard(mux, c.Clients), nil
}
