package api

import (
	"bytes"
	"context"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/queryparam"

	"chepiao"
	"chepiao/ident"
	"chepiao/watch"
)

// call is one request under way and the writer of its answer.
type call struct {
	w       http.ResponseWriter
	r       *http.Request
	id      string
	english bool
	status  int
	wrote   bool
	reason  chepiao.Reason // of the problem that is told
	watched *watch.Request // nil when no watch stands before the door
	acting  *ident.Actor   // who acts for staff, once it is known

	registry huma.Registry // schemas, to say what is wrong with a body
}

type callKey struct{}

func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// ServeHTTP gives a request its id, language and deadline, counts it against
// its client's rate, and logs one line: never a query, an address or a body.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := d.Now()
	c := &call{w: w, english: wantsEnglish(r), registry: d.reader.registry, watched: watch.Of(r.Context())}
	if c.watched != nil {
		c.id = c.watched.ID
	} else {
		c.id = d.prefix + strconv.FormatInt(d.count.Add(1), 36)
	}
	ctx := watch.Until(r.Context(), began.Add(d.Deadline), d.Now)
	defer ctx.End()
	c.r = r.WithContext(context.WithValue(ctx, callKey{}, c))
	defer func() {
		if fault := recover(); fault != nil {
			d.Log.Error("a request failed", "request", c.id, "route", c.r.Pattern, "panic", fmt.Sprintf("%T", fault), "stack", string(debug.Stack()))
			if !c.wrote {
				c.answer(faultProblem(c))
			}
		}
		c.finish()
		if c.watched != nil { // it counts and logs
			c.watched.Route, c.watched.Reason = c.r.Pattern, c.reason
			return
		}
		if d.Log.Enabled(ctx, d.Access) {
			d.Log.LogAttrs(ctx, d.Access, "request", slog.String("request", c.id), slog.String("method", c.r.Method),
				slog.String("route", c.r.Pattern), slog.Int("status", c.status), slog.Duration("took", d.Now().Sub(began)))
		}
	}()
	h := w.Header()
	h["X-Request-Id"] = []string{c.id}
	h["Cache-Control"] = noStore
	h["X-Content-Type-Options"] = noSniff
	if wait := d.clients.Wait(r.RemoteAddr); wait > 0 {
		c.answer(c.problem(rateLimited, "", "请求过于频繁，请稍后再试", "too many requests: please slow down").after(wait))
		return
	}
	if d.cross.Check(r) != nil {
		p := c.problem(chepiao.Unauthorized, "", "不接受其他网站页面发来的请求", "this does not take requests from pages of other sites")
		p.Status = http.StatusForbidden
		c.answer(p)
		return
	}
	d.mux.ServeHTTP(c, c.r)
}

var noStore, noSniff = []string{"no-store"}, []string{"nosniff"}

// wantsEnglish decides the language of a problem's detail: ?lang= first, then
// the first language of Accept-Language. Without either it is English, as the
// reader is a programmer.
func wantsEnglish(r *http.Request) bool {
	if lang := queryparam.Get(r.URL.RawQuery, "lang"); lang != "" {
		return !strings.HasPrefix(strings.ToLower(lang), "zh")
	}
	return !strings.HasPrefix(strings.ToLower(strings.TrimSpace(r.Header.Get("Accept-Language"))), "zh")
}

// The call is the ResponseWriter of its handlers. It holds the status back
// until the body is there, so that a JSON body can go out with its length.

func (c *call) Header() http.Header { return c.w.Header() }

func (c *call) WriteHeader(status int) {
	if c.status == 0 {
		c.status = status
	}
}

func (c *call) Write(b []byte) (int, error) {
	c.start()
	return c.w.Write(b)
}

func (c *call) start() {
	if !c.wrote {
		c.wrote = true
		if c.status == 0 {
			c.status = http.StatusOK
		}
		c.w.WriteHeader(c.status)
	}
}

// finish sends the status of an answer without a body.
func (c *call) finish() { c.start() }

// answer writes a problem outside of huma.
func (c *call) answer(p *Problem) {
	h := c.Header()
	for k, v := range p.GetHeaders() {
		h[k] = v
	}
	h.Set("Content-Type", "application/problem+json")
	c.WriteHeader(p.Status)
	_ = writeJSON(c, p)
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const bufferKeep = 64 << 10 // bytes of a buffer that is used again

// writeJSON writes a whole body at once, with its length.
func writeJSON(w io.Writer, v any) error {
	b := buffers.Get().(*bytes.Buffer)
	defer func() {
		if b.Cap() <= bufferKeep {
			b.Reset()
			buffers.Put(b)
		}
	}()
	if a, ok := v.(interface{ appendJSON([]byte) []byte }); ok {
		b.Write(a.appendJSON(b.AvailableBuffer()))
	} else {
		enc := json.NewEncoder(b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			return err
		}
	}
	if c, ok := w.(*call); ok && !c.wrote {
		c.Header()["Content-Length"] = []string{strconv.Itoa(b.Len())}
		_, _ = c.Write(b.Bytes()) // a client that has gone cannot be told
		return nil
	}
	_, err := w.Write(b.Bytes())
	return err
}

// register adds an operation whose errors become problems.
func register[I, O any](d *door, op huma.Operation, do func(context.Context, *I) (*O, error)) {
	op.MaxBodyBytes = BodyBytesMax + 1 // huma refuses a body of exactly this size
	op.SkipValidateBody = true         // the reader does it
	added := func(_ *huma.OpenAPI, o *huma.Operation) { d.reader.know(reflect.TypeFor[I](), o) }
	d.api.OpenAPI().OnAddOperation = []huma.AddOpFunc{added}
	huma.Register(d.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := do(ctx, in)
		if err != nil {
			return nil, d.say(callOf(ctx), err)
		}
		return out, nil
	})
}

// secret is so many random bytes in base32.
func (d *door) secret(n int) (string, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(d.Rand, b); err != nil {
		return "", fmt.Errorf("drawing a secret: %w", err)
	}
	return spell.EncodeToString(b), nil
}

var spell = base32.StdEncoding.WithPadding(base32.NoPadding)

// moment is a time as the interface gives it: in the network's zone, to the
// second below.
func (d *door) moment(t time.Time) time.Time {
	return t.In(d.Office.Timetable().Zone).Truncate(time.Second)
}
