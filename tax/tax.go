// Package tax has electronic invoices (电子发票) made by the tax service: the office
// says for whom, for what and how much, the service gives a number and keeps the
// document. An invoice cannot be changed; a red one takes it back whole (红冲).
//
// Everything is asked under our own number, once however often it is asked, so that
// a lost answer is asked for again and never makes a second invoice. Both sides sign
// what they say with a key they share, and an answer is bound to its question. The
// protocol is our own and small (docs/receipts.md): whoever is connected to the
// national service, or to a provider of it, puts an adapter behind it.
package tax

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
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"chepiao"
)

// Limits of what travels and how long it is waited for.
const (
	KeyBytesMin    = 16
	BodyBytesMax   = 4 << 20 // a document, or the list of a day
	TimeoutDefault = 5 * time.Second
	replayWindow   = 5 * time.Minute
)

// ErrUnreachable: the service did not answer, or not in a way that can be trusted.
// What was asked may or may not have happened: ask again.
var ErrUnreachable = errors.New("the tax service cannot be reached")

// Declined is a clear no, and its code in the protocol: asking again changes nothing.
type Declined string

// The service's refusals, to be compared with errors.Is.
const (
	ErrNotFound  Declined = "NOT_FOUND" // it never saw this number
	ErrMismatch  Declined = "ID_REUSED" // the number was used before with other inputs
	ErrBuyer     Declined = "BUYER_UNKNOWN"
	ErrMalformed Declined = "MALFORMED"
	ErrReversed  Declined = "REVERSED" // it was reversed before, under another number
)

// Error names the code.
func (d Declined) Error() string { return "the tax service declined: " + string(d) }

// Request is one invoice to be made.
type Request struct {
	ID     string        `json:"id"` // ours, 1..40 letters and digits
	Amount chepiao.Money `json:"amount"`
	Rate   int           `json:"rate"` // of value added tax, in basis points, contained in the amount
	Item   string        `json:"item"`
	Buyer  Buyer         `json:"buyer"`
	Trip   Trip          `json:"trip"`
	Order  string        `json:"order"`
	Ticket string        `json:"ticket"`
}

// Buyer is who the invoice is made out to; TaxNo is "" for a person.
type Buyer struct {
	Name  string `json:"name"`
	TaxNo string `json:"tax_no,omitempty"`
}

// Trip is what the digital invoice for passenger transport says of a journey.
type Trip struct {
	Passenger string `json:"passenger"`
	Document  string `json:"document"` // masked
	Day       string `json:"day"`      // 2006-01-02
	From      string `json:"from"`
	To        string `json:"to"`
	Departure string `json:"departure"` // number of the coach service
}

// Invoice is what the service has made.
type Invoice struct {
	ID       string        `json:"id"` // ours
	Number   string        `json:"number"`
	Issued   time.Time     `json:"issued"`
	Amount   chepiao.Money `json:"amount"`
	Red      string        `json:"red,omitempty"` // number of the red invoice
	Reversed time.Time     `json:"reversed,omitzero"`
}

// Format is a form of the document.
type Format string

// The forms that the service keeps.
const (
	PDF  Format = "pdf"
	XML  Format = "xml"
	JSON Format = "json"
)

// Type is the media type, "" for a form that there is not.
func (f Format) Type() string {
	return map[Format]string{PDF: "application/pdf", XML: "application/xml", JSON: "application/json"}[f]
}

// Config is what a Client needs to know. URL, Key and Now are required.
type Config struct {
	URL       string
	Key       []byte // shared with the service, at least KeyBytesMin
	Now       func() time.Time
	Timeout   time.Duration     // of one question; 0 means TimeoutDefault
	Transport http.RoundTripper // nil means a connection pool of its own
}

// Client asks. Its methods may be called from many goroutines; their errors are
// ErrUnreachable or a Declined.
type Client struct {
	url  string
	key  []byte
	now  func() time.Time
	http http.Client
}

// NewClient makes a client; it does not call the service yet.
func NewClient(c Config) (*Client, error) {
	u, err := url.Parse(c.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		return nil, errors.New("tax service: the address begins with http:// or https:// and a host")
	}
	if len(c.Key) < KeyBytesMin || c.Now == nil {
		return nil, fmt.Errorf("tax service: a key of at least %d bytes and a clock are needed", KeyBytesMin)
	}
	if c.Timeout <= 0 {
		c.Timeout = TimeoutDefault
	}
	if c.Transport == nil {
		c.Transport = http.DefaultTransport.(*http.Transport).Clone()
	}
	return &Client{url: strings.TrimRight(c.URL, "/"), key: c.Key, now: c.Now, http: http.Client{
		Transport: c.Transport, Timeout: c.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Issue has a blue invoice made; the same request again gets the same invoice.
func (c *Client) Issue(ctx context.Context, r Request) (v Invoice, err error) {
	if err = c.call(ctx, http.MethodPost, "/v1/invoices", r, &v); err == nil && (v.ID != r.ID || v.Amount != r.Amount || !numberShape.MatchString(v.Number) || v.Issued.IsZero()) {
		return Invoice{}, fmt.Errorf("%w: the answer is about something else", ErrUnreachable)
	}
	return v, err
}

// Reverse has a red invoice made of all of a blue one.
func (c *Client) Reverse(ctx context.Context, id string) (v Invoice, err error) {
	if err = c.call(ctx, http.MethodPost, "/v1/invoices/"+url.PathEscape(id)+"/reverse", nil, &v); err == nil && (v.ID != id || !numberShape.MatchString(v.Red) || v.Reversed.IsZero()) {
		return Invoice{}, fmt.Errorf("%w: the answer is about something else", ErrUnreachable)
	}
	return v, err
}

// Query asks how an invoice stands.
func (c *Client) Query(ctx context.Context, id string) (v Invoice, err error) {
	err = c.call(ctx, http.MethodGet, "/v1/invoices/"+url.PathEscape(id), nil, &v)
	return v, err
}

// Document fetches an invoice, or the red one that reverses it.
func (c *Client) Document(ctx context.Context, id string, f Format, red bool) ([]byte, error) {
	var d struct {
		Document []byte `json:"document"`
	}
	path := "/v1/invoices/" + url.PathEscape(id) + "/blue." + string(f)
	if red {
		path = "/v1/invoices/" + url.PathEscape(id) + "/red." + string(f)
	}
	err := c.call(ctx, http.MethodGet, path, nil, &d)
	return d.Document, err
}

// Day lists what was issued on a day of China's calendar.
func (c *Client) Day(ctx context.Context, day chepiao.Day) (list []Invoice, err error) {
	err = c.call(ctx, http.MethodGet, "/v1/days/"+day.String(), nil, &list)
	return list, err
}

var numberShape = regexp.MustCompile(`^[0-9]{8,20}$`)

// ErrorBody is the body of every answer that is not 200.
type ErrorBody struct {
	Code Declined `json:"code"`
}

// call asks once: whoever asks repeats. No error repeats what was asked.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("%w: %w", ErrMalformed, err)
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, c.url+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%w: the address cannot be used", ErrUnreachable)
	}
	asked := Sign(r.Header, c.key, method+" "+path, c.now(), body)
	r.Header.Set("Content-Type", "application/json")
	res, err := c.http.Do(r)
	if err != nil {
		if u := (*url.Error)(nil); errors.As(err, &u) {
			err = u.Err
		}
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, BodyBytesMax))
	switch {
	case err != nil:
		return fmt.Errorf("%w: reading the answer: %w", ErrUnreachable, err)
	case !Signed(res.Header, c.key, "answer "+strconv.Itoa(res.StatusCode)+" "+asked, c.now(), text):
		return fmt.Errorf("%w: it answered %d, not signed", ErrUnreachable, res.StatusCode)
	case res.StatusCode != http.StatusOK:
		var no ErrorBody
		if json.Unmarshal(text, &no) != nil || !codeShape.MatchString(string(no.Code)) {
			return fmt.Errorf("%w: it answered %d without a reason", ErrUnreachable, res.StatusCode)
		}
		return no.Code
	case json.Unmarshal(text, out) != nil:
		return fmt.Errorf("%w: it answered something else", ErrUnreachable)
	}
	return nil
}

var codeShape = regexp.MustCompile(`^[A-Z_]{1,40}$`)

// The headers of everything that passes.
const (
	HeaderTime      = "Chepiao-Timestamp"
	HeaderSignature = "Chepiao-Signature"
)

// Sign puts time and signature of a body into its header and returns the signature:
// HMAC-SHA256 in hexadecimal over purpose "\n" timestamp "\n" body. The purpose is
// method and path of a question, and of an answer "answer", its status and the
// question's signature; timestamp is Unix seconds.
func Sign(h http.Header, key []byte, purpose string, at time.Time, body []byte) string {
	stamp := strconv.FormatInt(at.Unix(), 10)
	signature := hex.EncodeToString(mac(key, purpose, stamp, body))
	h.Set(HeaderTime, stamp)
	h.Set(HeaderSignature, signature)
	return signature
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
	io.WriteString(m, purpose+"\n"+stamp+"\n")
	m.Write(body)
	return m.Sum(nil)
}
