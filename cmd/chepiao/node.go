package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"chepiao"
	"chepiao/api"
	"chepiao/home"
	"chepiao/ident"
	"chepiao/message"
	"chepiao/office"
	"chepiao/relay"
	"chepiao/store"
	"chepiao/watch"
	"chepiao/web"
)

const databaseName = "chepiao.db"

// node is one running system on a data folder.
type node struct {
	safe    *safe
	store   *store.Store
	office  *office.Office
	devices *ident.Registry
	staff   *ident.Accounts
	oidc    *ident.OIDC // nil for none
	public  string
	log     *slog.Logger
	opened  atomic.Pointer[office.Office] // once it is
	early   atomic.Bool                   // something was changed before
	watch   *watch.Watch                  // of a hub; else nil
	home    *home.Home                    // once the doors are open, where others may share the database; else nil
	noHome  bool

	hub     *relay.Hub     // where stations come to; nil at a station
	station *relay.Station // nil at a hub

	practices practices
}

// nodeOptions say how to open a node.
type nodeOptions struct {
	folder     string
	target     string // postgres:// URL; "" is the file in the folder
	name       string
	profile    chepiao.CryptoProfile
	walletURL  string // of the practice wallet; "" means that there is none
	wechatFile string // settings of WeChat Pay; "" means that there is none
	alipayFile string // settings of Alipay; "" means that there is none
	smsURL     string // of the SMS gateway; "" means no texts
	namesURL   string // of the service of names; "" means that nobody verifies them
	taxURL     string // of the tax service; "" means that there are no electronic invoices
	publicURL  string // under which the payer's browser and the wallet reach this node
	open       bool   // everyone may act for staff
	oidcFile   string // who vouches for staff; "" for nobody
	store      store.Options
	log        *slog.Logger
	watch      *watch.Watch // nil: nobody watches
	noHome     bool         // passes nothing on to other processes
}

func openNode(ctx context.Context, o nodeOptions) (_ *node, err error) {
	if err := os.MkdirAll(o.folder, 0o700); err != nil {
		return nil, fmt.Errorf("making the data folder: %w", err)
	}
	n := &node{log: o.log, watch: o.watch, noHome: o.noHome}
	failing := false // the writer's own
	o.store.Observe = func(b store.Batch) {
		if o.watch != nil {
			o.watch.Batch(b)
		}
		if b.Fault != nil && !failing { // everybody is told to try again: one line says why
			n.log.Error("storing a batch", "error", b.Fault)
		}
		failing = b.Fault != nil
	}
	if n.safe, err = openSafe(o.folder, o.name, o.profile); err != nil {
		return nil, err
	}
	if o.open {
		n.devices = ident.Anyone(ident.Device{Name: "anyone", Role: ident.Desk})
	} else if n.devices, err = ident.Open(filepath.Join(o.folder, "devices.json")); err != nil {
		return nil, err
	}
	o.store.Node, o.store.Profile, o.store.No = n.safe.Node, n.safe.Profile, n.safe.no()
	if o.store.Now == nil {
		o.store.Now = time.Now
	}
	o.store.Changed = n.reload
	if o.target == "" {
		o.target = filepath.Join(o.folder, databaseName)
	}
	o.store.HeadFile = filepath.Join(o.folder, headName)
	if n.store, err = store.Open(o.target, o.store); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			n.store.Close()
		}
	}()
	c := office.Config{
		Store: n.store, NodeKey: n.safe.NodeKey, WrapKey: n.safe.Own, Ring: n.safe.ring, Rand: rand.Reader,
		NotifyURL: o.publicURL + "/api/v1/channels", ReturnURL: o.publicURL + web.BackFromWallet,
	}
	if c.Channels, err = n.channels(o); err != nil {
		return nil, err
	}
	if o.smsURL != "" {
		if c.Gateway, err = message.NewGateway(message.Config{URL: o.smsURL, Key: n.safe.SMS, ReportURL: o.publicURL + "/api/v1/notices/sms"}); err != nil {
			return nil, err
		}
	}
	if c.Names, err = n.safe.namesAt(o.namesURL); err != nil {
		return nil, err
	}
	if c.Tax, err = n.safe.taxAt(o.taxURL); err != nil {
		return nil, err
	}
	if n.office, err = office.New(ctx, c); err != nil {
		return nil, err
	}
	n.opened.Store(n.office)
	context.AfterFunc(ctx, n.practices.end)
	if err = errors.Join(n.openStaff(o), n.reloadEarly(), n.openRelay(ctx)); err != nil {
		return nil, err
	}
	return n, nil
}

// close ends what openNode and handler began.
func (n *node) close() error {
	if n.home != nil {
		n.home.Close()
	}
	return n.store.Close()
}

// reload has the office load again what another process has changed. Until it has
// succeeded the store lets nothing be sold.
func (n *node) reload(what string) error {
	o := n.opened.Load()
	if o == nil { // it is opening: perhaps it has loaded that already
		n.early.Store(true)
		if o = n.opened.Load(); o == nil {
			return nil
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), reloadMax)
	defer cancel()
	err := o.Reload(ctx, what)
	if err != nil {
		n.log.Error("loading again what another process has changed", "what", what, "error", err)
	}
	return err
}

// reloadEarly loads again what may have been changed while the office opened.
func (n *node) reloadEarly() error {
	if !n.early.Load() {
		return nil
	}
	return errors.Join(n.reload("network"), n.reload("rules"), n.reload("hooks"))
}

const reloadMax = 30 * time.Second

// database says where the rows lie, for commands that open a node.
type database struct {
	Store string `help:"postgres:// URL of the database, which several hubs may share; a file in the data folder if not given." env:"CHEPIAO_STORE"`
}

// handler is every door of the node. A demo tells visitors what to try, and
// where the practice wallet is; elsewhere wallet is "".
func (n *node) handler(demo bool, wallet string) (http.Handler, error) {
	mux := http.NewServeMux()
	often := watch.RateDefault
	often.Off = n.devices.IsOpen()
	c := api.Config{Office: n.office, Devices: n.devices, Accounts: n.staff, Now: n.store.Now, Rand: rand.Reader, Log: n.log, Directory: n.safe.Directory, Asset: web.EmbeddedAssets().URL, Access: slog.LevelDebug, Rate: often}
	if n.watch != nil {
		c.Health = n.watch.Health
	}
	rest, err := api.New(c)
	if err != nil {
		return nil, err
	}
	pages, err := web.New(web.Config{Office: n.office, Hub: n.hub, Station: n.station, Devices: n.devices, Accounts: n.staff, OIDC: n.oidc, Public: n.public, Now: n.store.Now, Rand: rand.Reader, Log: n.log, Demo: demo, Wallet: wallet, Clients: watch.NewClients(often, time.Now), Practice: n.openPractice})
	if err != nil {
		return nil, err
	}
	if n.devices.IsOpen() {
		mux.HandleFunc("GET /debug/store", n.counts) // for bench, on loopback only
	}
	mux.Handle("/api/", rest)
	mux.Handle("/healthz", rest)
	mux.Handle("/readyz", rest)
	mux.Handle("/", pages)
	if n.hub != nil {
		mux.Handle("/relay/", n.hub.Doors())
	}
	if !n.store.Shared() {
		return mux, nil
	}
	if n.home, err = home.New(home.Config{Peers: n.store.Peers, Lane: n.store.Lane, Key: n.safe.NodeKey, Now: time.Now, Rand: rand.Reader, Log: n.log, Off: n.noHome}); err != nil {
		return nil, err
	}
	if n.watch != nil {
		n.watch.Home(func() (passed, taken, missed int64) {
			c := n.home.Counts()
			return c.Passed, c.Taken, c.Missed
		})
	}
	return n.home.Before(mux), nil
}

// counts answers with what the writer has done.
func (n *node) counts(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(n.store.Stats()); err != nil {
		n.log.Warn("answering with the store's counts", "error", err)
	}
}

// serve answers on a listener until ctx ends, then lets running requests
// finish. Slow clients are cut off.
func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	return watch.Serve(ctx, l, h, watch.Limits{}, nil)
}
