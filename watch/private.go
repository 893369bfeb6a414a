package watch

import (
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// ListenPrivate listens for those who keep the system running. What stands there
// is not for others: an address that is not this machine's own is refused unless
// open says that a firewall stands before it.
func ListenPrivate(address string, open bool) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening for the private address: %w", err)
	}
	if !open && !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
		l.Close()
		return nil, fmt.Errorf("--private shows metrics and profiles to everybody who reaches it: it is only allowed on a loopback address, not on %s; --private-open allows it behind a firewall", l.Addr())
	}
	return l, nil
}

// Private is what those who keep the system running look at: /metrics for
// Prometheus, profiles under /debug/pprof/, /healthz and /readyz.
func (w *Watch) Private() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(w.Gatherer(), promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /healthz", func(rw http.ResponseWriter, _ *http.Request) {
		if why := w.Health.Alive(); why != nil {
			http.Error(rw, why.EN, http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(rw, "alive")
	})
	mux.HandleFunc("GET /readyz", func(rw http.ResponseWriter, r *http.Request) {
		if why := w.Health.Ready(r.Context()); why != nil {
			http.Error(rw, why.EN, http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(rw, "ready")
	})
	return mux
}
