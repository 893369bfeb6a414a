package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"syscall"
	"time"

	"chepiao"
	"chepiao/store"
	"chepiao/watch"
)

// watching says how a hub is watched, and what it does for those who keep it
// running.
type watching struct {
	Private     string        `help:"Address for metrics, profiles and probes, such as 127.0.0.1:9090; none if not given." placeholder:"ADDRESS"`
	PrivateOpen bool          `help:"The private address may be reached from elsewhere: a firewall stands before it."`
	Drain       time.Duration `help:"After SIGTERM: how long to go on answering, while /readyz says that no more should be sent." default:"3s"`
	LogForm     string        `name:"log" help:"Form of the log on standard error." enum:"text,json" default:"text"`
	LogLevel    slog.Level    `help:"Least level of the log: DEBUG has a line for each request." default:"INFO"`
	TrustProxy  []string      `help:"Networks of load balancers, such as 10.0.0.0/8, that may say for whom they ask." placeholder:"CIDR"`
	ProxyHeader string        `help:"Header in which they say it." enum:"X-Forwarded-For,Forwarded" default:"X-Forwarded-For"`
	InFlight    int           `hidden:"" help:"Requests that may be under way; zero is 4,096."`
}

func (o watching) log() *slog.Logger { return watch.NewLog(os.Stderr, o.LogForm, o.LogLevel) }

// config is that of the watch.
func (o watching) config(process string, log *slog.Logger) (c watch.Config, err error) {
	c = watch.Config{Now: time.Now, Rand: rand.Reader, Log: log, Process: process, Version: version(), InFlight: o.InFlight}
	c.Proxies, err = watch.NewProxies(o.TrustProxy, o.ProxyHeader)
	return c, err
}

// version is that of the program: its commit, where it was built in a checkout.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(12, len(s.Value))]
		}
	}
	return info.Main.Version
}

// serve answers on a listener until ctx ends, then drains. Whoever stops the hub
// at a terminal does not wait for that.
func (o watching) serve(ctx context.Context, n *node, l net.Listener, doors http.Handler) error {
	go n.watch.Pulse(ctx, func(ctx context.Context) error { return n.store.Write(ctx, func(*store.Tx) error { return nil }) }, n.store.Waiting)
	n.watch.Store(n.store)
	n.watch.Rooms(n.office.RoomsWaiting)
	n.watch.Health.Require(n.fit)
	if o.Private != "" {
		private, err := watch.ListenPrivate(o.Private, o.PrivateOpen)
		if err != nil {
			return err
		}
		seen, blind := context.WithCancel(context.WithoutCancel(ctx)) // as long as the hub answers
		defer blind()
		go func() {
			if err := watch.Serve(seen, private, n.watch.Private(), watch.Limits{Answer: 5 * time.Minute, Grace: time.Second}, n.log); err != nil {
				n.log.Error("answering on the private address", "error", err)
			}
		}()
	}
	defer context.AfterFunc(ctx, n.store.Drain)()
	return n.watch.Serve(ctx, l, n.watch.Front(doors), func(cause error) time.Duration {
		if cause != nil && cause.Error() == syscall.SIGINT.String()+" signal received" { // of signal.NotifyContext
			return 0
		}
		n.log.Info("going down", "drain", o.Drain)
		return o.Drain
	})
}

// clockMax is how far this process's clock may be from the database's.
const clockMax = 500 * time.Millisecond

// fit says whether the node may sell.
func (n *node) fit(context.Context) *chepiao.Refusal {
	if len(n.office.Timetable().Templates) == 0 {
		return chepiao.Refuse(watch.NotReady, "尚未导入时刻表", "there is no timetable yet")
	}
	if why := n.store.Restored(); why != nil {
		return chepiao.Refuse(watch.NotReady, why.ZH, why.EN)
	}
	if !n.store.Shared() {
		return nil
	}
	ahead, ok := n.store.ClockAhead()
	if !ok {
		return chepiao.Refuse(watch.NotReady, "数据库没有响应", "the database does not answer")
	}
	if ahead.Abs() > clockMax {
		return chepiao.Refuse(watch.NotReady, "本机时钟与数据库相差过大", "this machine's clock is more than half a second from the database's")
	}
	return nil
}
