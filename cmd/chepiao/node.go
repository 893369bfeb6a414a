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
	"time"

	"chepiao"
	"chepiao/api"
	"chepiao/ident"
	"chepiao/message"
	"chepiao/office"
	"chepiao/pay"
	"chepiao/store"
	"chepiao/web"
)

const databaseName = "chepiao.db"

// node is one running system on a data folder.
type node struct {
	safe    *safe
	store   *store.Store
	office  *office.Office
	devices *ident.Registry
	log     *slog.Logger
}

// nodeOptions say how to open a node.
type nodeOptions struct {
	folder    string
	name      string
	profile   chepiao.CryptoProfile
	walletURL string // "" means cash only
	smsURL    string // of the SMS gateway; "" means no texts
	publicURL string // under which the payer's browser and the wallet reach this node
	open      bool   // everyone may act for staff
	store     store.Options
	log       *slog.Logger
}

func openNode(ctx context.Context, o nodeOptions) (_ *node, err error) {
	if err := os.MkdirAll(o.folder, 0o700); err != nil {
		return nil, fmt.Errorf("making the data folder: %w", err)
	}
	n := &node{log: o.log}
	if n.safe, err = openSafe(o.folder, o.name, o.profile); err != nil {
		return nil, err
	}
	if o.open {
		n.devices = ident.Anyone(ident.Device{Name: "anyone", Role: ident.Desk})
	} else if n.devices, err = ident.Open(filepath.Join(o.folder, "devices.json")); err != nil {
		return nil, err
	}
	o.store.Node, o.store.Profile = n.safe.Node, n.safe.Profile
	if o.store.Now == nil {
		o.store.Now = time.Now
	}
	if n.store, err = store.Open(filepath.Join(o.folder, databaseName), o.store); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			n.store.Close()
		}
	}()
	c := office.Config{
		Store: n.store, NodeKey: n.safe.NodeKey, Ring: n.safe.ring, Rand: rand.Reader,
		NotifyURL: o.publicURL + "/api/v1/channels/sandbox/notify", ReturnURL: o.publicURL + web.BackFromWallet,
	}
	if o.walletURL != "" {
		if c.Wallet, err = pay.NewSandbox(pay.Config{URL: o.walletURL, Key: n.safe.Wallet, Now: time.Now, Rand: rand.Reader}); err != nil {
			return nil, err
		}
	}
	if o.smsURL != "" {
		if c.Gateway, err = message.NewGateway(message.Config{URL: o.smsURL, Key: n.safe.SMS, ReportURL: o.publicURL + "/api/v1/notices/sms"}); err != nil {
			return nil, err
		}
	}
	n.office, err = office.New(ctx, c)
	return n, err
}

// watchEvery is how many rounds of the duties go by until departures are looked
// after: none of it is urgent, as a reserved seat is free at its time anyway.
const watchEvery = 10

// duties are what a node does without being asked: ending unpaid holds, giving
// reserved seats back, sending money back and telling passengers and partners. An error is logged and the next round tries again.
func (n *node) duties(ctx context.Context) {
	go n.tell(ctx)
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for round := 0; ; round++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if _, err := n.office.Lapse(ctx, time.Now()); err != nil && ctx.Err() == nil {
			n.log.Error("ending unpaid holds", "error", err)
		}
		if round%watchEvery == 0 {
			if _, err := n.office.Watch(ctx, time.Now()); err != nil && ctx.Err() == nil {
				n.log.Error("looking after departures", "error", err)
			}
		}
		if _, err := n.office.SendPaybacks(ctx); err != nil && ctx.Err() == nil {
			n.log.Error("sending money back", "error", err)
		}
	}
}

// handler is every door of the node. A demo tells visitors what to try, and
// where the practice wallet is; elsewhere wallet is "".
func (n *node) handler(demo bool, wallet string) (http.Handler, error) {
	mux := http.NewServeMux()
	rest, err := api.New(api.Config{Office: n.office, Devices: n.devices, Now: time.Now, Rand: rand.Reader, Log: n.log, Directory: n.safe.Directory, Asset: web.EmbeddedAssets().URL, Access: slog.LevelDebug, Rate: api.Rate{PerSecond: api.RateDefault.PerSecond, Burst: api.RateDefault.Burst, Off: n.devices.IsOpen()}})
	if err != nil {
		return nil, err
	}
	pages, err := web.New(web.Config{Office: n.office, Devices: n.devices, Now: time.Now, Rand: rand.Reader, Log: n.log, Demo: demo, Wallet: wallet})
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
	return mux, nil
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
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return errors.Join(fmt.Errorf("letting requests finish: %w", err), server.Close())
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
