package relay

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"chepiao"
)

// ErrUnreached says that the hub did not answer.
var ErrUnreached = errors.New("the hub is not reached")

// answerMax is how long a station waits for an answer, longer than a feed waits for
// something new.
const answerMax = pollMax + 10*time.Second

// wire sends a station's requests.
type wire struct {
	base   string
	client *http.Client
	no     chepiao.NodeNo
	key    ed25519.PrivateKey
	hub    []byte
	now    func() time.Time
	rand   io.Reader
	offset atomic.Int64 // of the clock
	cut    atomic.Bool

	mu   sync.Mutex
	join chan struct{} // closed when the network is joined again
}

func newWire(c StationConfig) *wire {
	client := c.Client
	if client == nil {
		client = &http.Client{}
	}
	return &wire{base: strings.TrimSuffix(c.URL, "/"), client: client, no: c.Self.No, key: c.Key, hub: c.Self.Key, now: c.Store.Now, rand: c.Rand}
}

// joined is closed once the network is joined again after it was cut on purpose.
func (w *wire) joined() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.join == nil {
		w.join = make(chan struct{})
	}
	return w.join
}

func (w *wire) rejoin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.join != nil {
		close(w.join)
	}
	w.join = nil
}

// CheckURL refuses a hub's address over which a province's secret would travel in
// the clear: http is for the same machine only.
func CheckURL(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("%q is not the address of a hub: it looks like https://hub.example", address)
	}
	if u.Scheme == "https" {
		return nil
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("%s is not encrypted: passengers' names and the province's key would be readable on the way; use https:// (with --ca FILE for an authority of your own)", address)
}

// call sends a signed request and reads the signed answer. Errors: ErrUnreached; a
// *chepiao.Refusal when the hub turned it away.
func (w *wire) call(ctx context.Context, method, target string, in, out any) error {
	body := []byte{}
	var err error
	if in != nil {
		if body, err = pack(in); err != nil {
			return err
		}
	}
	r, nonce, err := w.request(ctx, method, target, body)
	if err != nil {
		return err
	}
	status, raw, head, err := w.do(r)
	if err != nil {
		return err
	}
	if !signed(w.hub, answerText(nonce, status, raw), head.Get(headSignature)) {
		return fmt.Errorf("%w: what answered at %s is not the hub (status %d)", ErrUnreached, w.base, status)
	}
	return said(status, raw, head, out)
}

func said(status int, raw []byte, head http.Header, out any) error {
	if status == http.StatusOK {
		return decode(raw, head.Get("Content-Encoding"), out)
	}
	var t trouble
	if err := decode(raw, head.Get("Content-Encoding"), &t); err != nil {
		return err
	}
	if t.EN == "" {
		return fmt.Errorf("the hub answered with status %d", status)
	}
	if status == http.StatusInternalServerError {
		return errors.New(t.EN)
	}
	return chepiao.Refuse(chepiao.Reason(t.Reason), t.ZH, t.EN)
}

func (w *wire) request(ctx context.Context, method, target string, body []byte) (r *http.Request, nonce string, err error) {
	var b [15]byte
	if _, err := io.ReadFull(w.rand, b[:]); err != nil {
		return nil, "", fmt.Errorf("making a nonce: %w", err)
	}
	nonce = base32.StdEncoding.EncodeToString(b[:])
	if r, err = http.NewRequestWithContext(ctx, method, w.base+target, bytes.NewReader(body)); err != nil {
		return nil, "", err
	}
	no, at := strconv.Itoa(int(w.no)), strconv.FormatInt(w.now().Add(time.Duration(w.offset.Load())).UnixMicro(), 10)
	h := r.Header
	h.Set("Content-Type", "application/json")
	h.Set("Accept-Encoding", "gzip") // so that the body is what was signed
	if len(body) > 0 {
		h.Set("Content-Encoding", "gzip")
	}
	h.Set(headNode, no)
	h.Set(headTime, at)
	h.Set(headNonce, nonce)
	h.Set(headSignature, sign(w.key, requestText(method, r.URL.RequestURI(), no, at, nonce, body)))
	return r, nonce, nil
}

// do sends a request; what was cut in the middle was not reached.
func (w *wire) do(r *http.Request) (status int, raw []byte, head http.Header, err error) {
	if w.cut.Load() {
		return 0, nil, nil, fmt.Errorf("%w: the network is cut on purpose", ErrUnreached)
	}
	ctx, cancel := context.WithTimeout(r.Context(), answerMax)
	defer cancel()
	answer, err := w.client.Do(r.WithContext(ctx))
	if err != nil {
		return 0, nil, nil, fmt.Errorf("%w: %w", ErrUnreached, err)
	}
	defer answer.Body.Close()
	if raw, err = unpack(answer.Body, "", nil); err != nil {
		return 0, nil, nil, fmt.Errorf("%w: %w", ErrUnreached, err)
	}
	if w.cut.Load() { // cut while it was under way
		return 0, nil, nil, fmt.Errorf("%w: the network is cut on purpose", ErrUnreached)
	}
	return answer.StatusCode, raw, answer.Header, nil
}

// plain gets what needs no signature.
func (w *wire) plain(ctx context.Context, target string, out any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.base+target, nil)
	if err != nil {
		return err
	}
	status, raw, _, err := w.do(r)
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return fmt.Errorf("%w: status %d", ErrUnreached, status)
	}
	return decode(raw, "", out)
}

// Enrol makes this machine a station of a hub, with a code that the hub gave. The
// address must have passed CheckURL.
func Enrol(ctx context.Context, client *http.Client, address, code, name string, key ed25519.PrivateKey, now func() time.Time, random io.Reader) (out Enrolled, err error) {
	w := &wire{base: strings.TrimSuffix(address, "/"), client: client, key: key, now: now, rand: random}
	body, err := pack(enrolling{Code: code, Name: name, Key: key.Public().(ed25519.PublicKey)})
	if err != nil {
		return out, err
	}
	r, nonce, err := w.request(ctx, http.MethodPost, pathEnrol, body)
	if err != nil {
		return out, err
	}
	status, raw, head, err := w.do(r)
	if err == nil {
		err = said(status, raw, head, &out)
	}
	if err != nil {
		return Enrolled{}, err
	}
	if !signed(out.Key, answerText(nonce, status, raw), head.Get(headSignature)) || len(out.Secret) != 32 || out.No <= chepiao.Hub {
		return Enrolled{}, errors.New("what answered is not a hub")
	}
	return out, nil
}
