package watch

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Limits cut slow clients off. Zero fields are those of LimitsDefault.
type Limits struct {
	Header time.Duration // to send the head of a request
	Body   time.Duration // to send all of a request
	Answer time.Duration // from the end of the head until the answer is read
	Idle   time.Duration // between two requests on one connection
	Grace  time.Duration // for requests under way when the listener has closed
	Head   int           // bytes of the head of a request
}

// LimitsDefault are good for passengers on a bad mobile network and bad for
// whoever wants to keep ten thousand connections busy with a byte a second.
var LimitsDefault = Limits{Header: 5 * time.Second, Body: 15 * time.Second, Answer: 30 * time.Second, Idle: 2 * time.Minute, Grace: 20 * time.Second, Head: 32 << 10}

func (l Limits) filled() Limits {
	set := func(d *time.Duration, or time.Duration) {
		if *d == 0 {
			*d = or
		}
	}
	set(&l.Header, LimitsDefault.Header)
	set(&l.Body, LimitsDefault.Body)
	set(&l.Answer, LimitsDefault.Answer)
	set(&l.Idle, LimitsDefault.Idle)
	set(&l.Grace, LimitsDefault.Grace)
	if l.Head == 0 {
		l.Head = LimitsDefault.Head
	}
	return l
}

// Serve answers on a listener until ctx ends, then lets running requests
// finish. quiet may be nil; it takes what the server says about clients that
// break off.
func Serve(ctx context.Context, l net.Listener, h http.Handler, limits Limits, quiet *slog.Logger) error {
	limits = limits.filled()
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: limits.Header, ReadTimeout: limits.Body,
		WriteTimeout: limits.Answer, IdleTimeout: limits.Idle, MaxHeaderBytes: limits.Head,
		ErrorLog: log.New(discard{}, "", 0),
	}
	if quiet != nil {
		server.ErrorLog = slog.NewLogLogger(quiet.Handler(), slog.LevelDebug)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), limits.Grace)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return errors.Join(fmt.Errorf("letting requests finish: %w", err), server.Close())
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }

// Serve answers on a listener until ctx ends. Then this process is not ready at
// once, goes on answering for the time of draining, so that whoever balances the
// load sees it and sends no more, closes the listener and lets running requests
// finish. drain is told why ctx ended; zero closes the listener at once.
func (w *Watch) Serve(ctx context.Context, l net.Listener, h http.Handler, drain func(cause error) time.Duration) error {
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	watching := context.AfterFunc(ctx, func() {
		w.Health.Drain()
		time.AfterFunc(drain(context.Cause(ctx)), stop)
	})
	defer watching()
	return Serve(serving, l, h, Limits{}, w.conf.Log)
}
