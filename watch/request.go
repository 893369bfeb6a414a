package watch

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"chepiao"
)

// Request is what the watch knows of a request under way. The doors fill in
// Route and Reason.
type Request struct {
	ID     string         // stands in the answer and in every line of the log
	Route  string         // pattern of the route that answered ("GET /api/v1/orders/{order}"), never the path
	Reason chepiao.Reason // of the refusal that was told, if one was

	watch  *Watch
	secure bool
}

type requestKey struct{}

// Of is the request that a context belongs to, nil when it belongs to none.
func Of(ctx context.Context) *Request {
	r, _ := ctx.Value(requestKey{}).(*Request)
	return r
}

// Retry is how long somebody who is sent away because the node is busy should
// wait. It may be asked of nil.
func (r *Request) Retry() time.Duration {
	if r == nil {
		return RetryMin
	}
	return r.watch.Retry()
}

// CameSecurely notes that who asks came by TLS to another process of this node,
// which has passed the request on.
func (r *Request) CameSecurely() { r.secure = true }

// Secure says whether who asks came by TLS: to this process, or to a trusted
// proxy before it. Cookies that it is answered with should travel by TLS only.
func Secure(r *http.Request) bool {
	told := Of(r.Context())
	return r.TLS != nil || told != nil && told.secure
}

// visit is a request's context and the writer of its answer, in one piece: it
// is made for every request.
type visit struct {
	context.Context
	http.ResponseWriter
	told   Request
	status int
}

// Value finds the request itself, and whatever else the context holds.
func (v *visit) Value(key any) any {
	if key == (requestKey{}) {
		return &v.told
	}
	return v.Context.Value(key)
}

// WriteHeader notes the status.
func (v *visit) WriteHeader(status int) {
	if v.status == 0 && status >= 200 {
		v.status = status
	}
	v.ResponseWriter.WriteHeader(status)
}

// Write notes that a status was sent, if none was named.
func (v *visit) Write(b []byte) (int, error) {
	if v.status == 0 {
		v.status = http.StatusOK
	}
	return v.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (v *visit) Unwrap() http.ResponseWriter { return v.ResponseWriter }

// number is the request's own number, or that which the caller gave it.
func (w *Watch) number(r *http.Request) string {
	if given := r.Header.Get("X-Request-Id"); given != "" && fit(given) {
		return given
	}
	return w.prefix + strconv.FormatInt(w.count.Add(1), 36)
}

// NumberMax is the length of the longest number that a caller may give its
// request.
const NumberMax = 64

// fit says whether a caller's number may stand in a log: 1 to NumberMax letters,
// digits and signs between them, and nothing that looks like the number of a
// document or a phone. Those have at least seven digits in at most eighteen
// characters (GB 11643 has the longest); inside a longer one, a run of fifteen
// digits, or of eleven that begins with a 1, gives them away.
func fit(s string) bool {
	if len(s) > NumberMax {
		return false
	}
	digits, run, begin := 0, 0, 0
	for i := range len(s) + 1 {
		if i < len(s) && s[i] >= '0' && s[i] <= '9' {
			if run == 0 {
				begin = i
			}
			digits, run = digits+1, run+1
			continue
		}
		if run >= 15 || run == 11 && s[begin] == '1' {
			return false
		}
		run = 0
		if i < len(s) && !sign(s[i]) {
			return false
		}
	}
	return len(s) > 18 || digits < 7
}

func sign(c byte) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
		return true
	}
	switch c {
	case '-', '_', '.', ':', '/', '+', '=':
		return true
	}
	return false
}
