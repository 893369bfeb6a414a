package home

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"

	"chepiao"
)

// bodyMax is how much of a body is read to see what it names, and kept so that
// it can be sent again. Longer ones are done where they come.
const bodyMax = 64 << 10

// told are the paths whose body says what the request is about. Other requests
// say it in their path, or are about nothing that has a home.
var told = map[string]bool{
	"/api/v1/orders": true, "/api/v1/waits": true, "/api/v1/checks": true, "/api/v1/acts": true, "/api/v1/acts/preview": true,
	"/gate/check": true, "/gate/uncheck": true, "/desk/act": true,
}

// whatIsNamed reads what a request is about, out of its path, or out of its body
// where that says it.
func whatIsNamed(r *http.Request, b *body) (n named) {
	if told[r.URL.Path] {
		return inBody(r, b)
	}
	if strings.HasPrefix(r.URL.Path, "/passenger/room/") || strings.HasSuffix(r.URL.Path, "/draft") {
		return n // a crowd is counted by whoever it comes to; a draft changes nothing
	}
	for part := range strings.SplitSeq(r.URL.Path, "/") {
		if n = read(part); n != (named{}) {
			return n
		}
	}
	return n
}

// read reads a departure or the number of an order, ticket, case or payback.
func read(s string) (n named) {
	if len(s) < 4 {
		return n
	}
	var id int64
	switch s[:2] {
	case "OD":
		o, _ := chepiao.ParseOrderID(s)
		id = int64(o)
	case "TK":
		t, _ := chepiao.ParseTicketID(s)
		id = int64(t)
	case "CS":
		c, _ := chepiao.ParseCaseID(s)
		id = int64(c)
	case "PB":
		p, _ := chepiao.ParsePaybackID(s)
		id = int64(p)
	default:
		n.departure, _ = chepiao.ParseDepartureID(s)
		return n
	}
	n.lane = chepiao.LaneOf(id)
	return n
}

// inBody reads what a JSON body or a form names, the departure first: that is
// where the seats are.
func inBody(r *http.Request, b *body) named {
	if !b.read() {
		return named{}
	}
	var says struct {
		Departure  string
		Departures []string
		Order      string
		Ticket     string
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		form, _ := url.ParseQuery(string(b.text))
		says.Departure, says.Departures, says.Order, says.Ticket = form.Get("departure"), form["departures"], form.Get("order"), form.Get("ticket")
	} else {
		_ = json.Unmarshal(b.text, &says) // the door says what is wrong with it
	}
	for _, s := range append(append([]string{says.Departure}, says.Departures...), says.Order, says.Ticket) {
		if n := read(s); n != (named{}) {
			return n
		}
	}
	return named{}
}

// body is a request's body that may be read more than once.
type body struct {
	r     *http.Request
	text  []byte
	begun bool
	whole bool // text is all of it
	err   error
}

// read reads the body and says whether all of it is there.
func (b *body) read() (whole bool) {
	if b.begun {
		return b.whole
	}
	b.begun = true
	if b.r.Body == nil || b.r.ContentLength > bodyMax {
		b.whole = b.r.Body == nil
		return b.whole
	}
	read := bytes.NewBuffer(make([]byte, 0, max(b.r.ContentLength, 0)+bytes.MinRead))
	_, b.err = read.ReadFrom(io.LimitReader(b.r.Body, bodyMax+1))
	b.text = read.Bytes()
	b.whole = b.err == nil && len(b.text) <= bodyMax
	return b.whole
}

// replay gives the request its body back, as it came.
func (b *body) replay() {
	if !b.begun || b.r.Body == nil || b.r.Body == http.NoBody {
		return
	}
	rest := b.r.Body
	var more io.Reader = rest
	if b.err != nil {
		more = failed{b.err}
	}
	b.r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(b.text), more), rest}
}

// failed is a body that broke off.
type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }
