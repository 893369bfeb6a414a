// Package realname asks an outside service whether a name belongs to an identity
// document, as the population register has it, and who stands behind the token of a
// network identity (网号, 网证). It learns "yes", "no" or "not known" and keeps
// nothing; what is remembered, and what follows from it, the office decides.
//
// Both sides sign what they say with a key they share, and an answer is bound to its
// question, so that nobody between them can turn a no into a yes. The protocol is
// our own, small and written down in docs/account.md: whoever is connected to the
// national services puts an adapter behind it.
package realname

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	neturl "net/url"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"chepiao"
)

// Limits of what travels and how long it is waited for.
const (
	KeyBytesMin    = 16
	BodyBytesMax   = 8 << 10
	TimeoutDefault = 1500 * time.Millisecond // somebody waits for a seat meanwhile
	silence        = 10 * time.Second        // nobody is asked after the service did not answer
	replayWindow   = 5 * time.Minute
)

// ErrUnreachable: nobody answered, or not in a way that can be trusted. It is never
// a passenger's fault.
var ErrUnreachable = errors.New("the service of names cannot be reached")

// Question is what is asked. Token alone asks for the network identity behind it;
// with a name and document, whether they are that person's.
type Question struct {
	Nonce       string `json:"nonce"` // of the question, said again in the answer
	Name        string `json:"name,omitempty"`
	Kind        string `json:"kind,omitempty"`
	Number      string `json:"number,omitempty"`
	Nationality string `json:"nationality,omitempty"`
	Token       string `json:"token,omitempty"`
}

// Answer is what comes back.
type Answer struct {
	Nonce   string              `json:"nonce"`
	Verdict chepiao.NameVerdict `json:"verdict"`           // match, mismatch, unknown
	Network string              `json:"network,omitempty"` // network identity number behind a token that is good
}

// Config is what a Client needs to know. URL, Key and Rand are required.
type Config struct {
	URL       string // of the service, http or https
	Key       []byte // shared with it, at least KeyBytesMin
	Rand      io.Reader
	Timeout   time.Duration     // of one question; 0 means TimeoutDefault
	Transport http.RoundTripper // nil means a connection pool of its own
}

// Client asks. Its methods may be called from many goroutines.
type Client struct {
	url   string
	key   []byte
	rand  io.Reader
	http  http.Client
	quiet atomic.Int64 // until when nobody is asked, Unix nanoseconds
}

// NewClient makes a client; it does not call the service yet.
func NewClient(c Config) (*Client, error) {
	u, err := neturl.Parse(c.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		return nil, errors.New("service of names: the address begins with http:// or https:// and a host")
	}
	if len(c.Key) < KeyBytesMin || c.Rand == nil {
		return nil, fmt.Errorf("service of names: a key of at least %d bytes and a source of randomness are needed", KeyBytesMin)
	}
	if c.Timeout <= 0 {
		c.Timeout = TimeoutDefault
	}
	if c.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConnsPerHost = 32
		c.Transport = t
	}
	return &Client{url: strings.TrimRight(c.URL, "/"), key: c.Key, rand: c.Rand, http: http.Client{
		Transport: c.Transport, Timeout: c.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Verify asks whether a name belongs to a document. Error ErrUnreachable, and for a
// while after one without asking again: a service that is down must not make every
// buyer wait.
func (c *Client) Verify(ctx context.Context, now time.Time, name chepiao.Name, doc chepiao.Document) (chepiao.NameVerdict, error) {
	a, err := c.ask(ctx, now, "/v1/verify", Question{Name: name.Reveal(), Kind: string(doc.Kind()), Number: doc.Reveal(), Nationality: doc.Nationality()})
	return a.Verdict, err
}

// Confirm asks who stands behind the token that a person's network identity gave
// this page, good once. Verdict match comes with the number by which the service
// names that person to us; any other means that the token is not good. Where a
// document is given, match means that it is that person's as well.
func (c *Client) Confirm(ctx context.Context, now time.Time, token string, name chepiao.Name, doc chepiao.Document) (Answer, error) {
	q := Question{Token: token}
	if !doc.IsZero() {
		q.Name, q.Kind, q.Number, q.Nationality = name.Reveal(), string(doc.Kind()), doc.Reveal(), doc.Nationality()
	}
	return c.ask(ctx, now, "/v1/confirm", q)
}

// PageURL is where a person confirms their network identity, and is sent back from
// with ?token= and the state that was given.
func (c *Client) PageURL(back, state string) string {
	return c.url + "/confirm?" + neturl.Values{"back": {back}, "state": {state}}.Encode()
}

func (c *Client) ask(ctx context.Context, now time.Time, path string, q Question) (a Answer, err error) {
	if now.UnixNano() < c.quiet.Load() {
		return a, fmt.Errorf("%w: it did not answer a moment ago", ErrUnreachable)
	}
	var nonce [16]byte
	if _, err := io.ReadFull(c.rand, nonce[:]); err != nil {
		return a, fmt.Errorf("asking for a name: %w", err)
	}
	q.Nonce = hex.EncodeToString(nonce[:])
	body, err := json.Marshal(q)
	if err != nil {
		return a, fmt.Errorf("asking for a name: %w", err)
	}
	a, err = c.post(ctx, now, path, q.Nonce, body)
	if errors.Is(err, ErrUnreachable) && ctx.Err() == nil {
		c.quiet.Store(now.Add(silence).UnixNano())
	}
	return a, err
}

// post sends a question and believes an answer only if it is signed and is the one
// to this question. No error repeats what was asked.
func (c *Client) post(ctx context.Context, now time.Time, path, nonce string, body []byte) (a Answer, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+path, bytes.NewReader(body))
	if err != nil {
		return a, fmt.Errorf("%w: the address cannot be used", ErrUnreachable)
	}
	Sign(r.Header, c.key, "question", now, body)
	r.Header.Set("Content-Type", "application/json")
	res, err := c.http.Do(r)
	if err != nil {
		if u := (*neturl.Error)(nil); errors.As(err, &u) {
			err = u.Err
		}
		return a, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, BodyBytesMax))
	switch {
	case err != nil:
		return a, fmt.Errorf("%w: reading the answer: %w", ErrUnreachable, err)
	case res.StatusCode != http.StatusOK:
		return a, fmt.Errorf("%w: it answered %d", ErrUnreachable, res.StatusCode)
	case !Signed(res.Header, c.key, "answer", now, text):
		return a, fmt.Errorf("%w: the answer is not signed by it", ErrUnreachable)
	case json.Unmarshal(text, &a) != nil, a.Nonce != nonce, !a.known():
		return Answer{}, fmt.Errorf("%w: it answered something else", ErrUnreachable)
	}
	return a, nil
}

var networkShape = regexp.MustCompile(`^[A-Za-z0-9]{8,64}$`)

func (a Answer) known() bool {
	switch a.Verdict {
	case chepiao.NameMatches, chepiao.NameDiffers, chepiao.NameUnknown:
		return a.Network == "" || networkShape.MatchString(a.Network)
	}
	return false
}

// The headers of everything that passes.
const (
	HeaderTime      = "Chepiao-Timestamp"
	HeaderSignature = "Chepiao-Signature"
)

// Sign puts time and signature of a body into its header: HMAC-SHA256 in
// hexadecimal over purpose "." timestamp "." body, where purpose is "question" or
// "answer" and timestamp is Unix seconds.
func Sign(h http.Header, key []byte, purpose string, at time.Time, body []byte) {
	stamp := strconv.FormatInt(at.Unix(), 10)
	h.Set(HeaderTime, stamp)
	h.Set(HeaderSignature, hex.EncodeToString(mac(key, purpose, stamp, body)))
}

// Signed checks the signature in constant time, and that it is not old.
func Signed(h http.Header, key []byte, purpose string, now time.Time, body []byte) bool {
	stamp := h.Get(HeaderTime)
	signature, err := hex.DecodeString(h.Get(HeaderSignature))
	if err != nil || !hmac.Equal(signature, mac(key, purpose, stamp, body)) {
		return false
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	return err == nil && now.Sub(time.Unix(seconds, 0)).Abs() <= replayWindow
}

func mac(key []byte, purpose, stamp string, body []byte) []byte {
	m := hmac.New(sha256.New, key)
	io.WriteString(m, purpose+"."+stamp+".")
	m.Write(body)
	return m.Sum(nil)
}
