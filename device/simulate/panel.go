package simulate

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/encoding/simplifiedchinese"

	"chepiao"
	"chepiao/device"
)

// Counter is everything that is simulated at one post.
type Counter struct {
	Reader  *Reader
	Scanner *Scanner
	Printer *Printer
	lies    int // which card of the panel lies on the reader, -1 none
}

// NewCounter plugs all of it in, on terminals in a folder of its own.
func NewCounter(folder string) (*Counter, error) {
	c := &Counter{lies: -1}
	var faults [3]error
	c.Reader, faults[0] = NewReader(folder, "reader")
	c.Scanner, faults[1] = NewScanner(folder, "scanner")
	c.Printer, faults[2] = NewPrinter()
	return c, errors.Join(faults[:]...)
}

// Options are how package device reaches it. Now and Log are left to the caller.
func (c *Counter) Options() device.Options {
	return device.Options{Reader: c.Reader.Address(), Scanner: c.Scanner.Address(), Printer: c.Printer.Address(), Drawer: true}
}

// Close pulls all plugs.
func (c *Counter) Close() {
	c.Reader.Unplug()
	c.Scanner.Unplug()
	c.Printer.Unplug()
}

// Panel is the page from which the simulated things are worked.
type Panel struct {
	Counters map[device.Post]*Counter
	Cards    []device.Card
	Picture  func(escpos []byte) ([]byte, error) // a PNG of a slip; nil: slips are shown as text
}

//go:embed panel.html panel.css panel.js
var files embed.FS

// policy lets the page load from this server only.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'self'"

// Handler is the panel, below /device/panel.
func (p *Panel) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /device/panel", p.file("panel.html", "text/html; charset=utf-8"))
	mux.HandleFunc("GET /device/panel/panel.css", p.file("panel.css", "text/css; charset=utf-8"))
	mux.HandleFunc("GET /device/panel/panel.js", p.file("panel.js", "text/javascript; charset=utf-8"))
	mux.HandleFunc("GET /device/panel/state", p.state)
	mux.HandleFunc("GET /device/panel/{post}/slips/{no}", p.slip)
	mux.HandleFunc("POST /device/panel/{post}/{part}", p.act)
	return http.NewCrossOriginProtection().Handler(mux)
}

func (p *Panel) file(name, kind string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		b, err := files.ReadFile(name)
		if err != nil {
			panic("simulate: " + err.Error()) // it is embedded
		}
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-cache")
		w.Write(b) //nolint:errcheck // the reader has gone
	}
}

// state answers with what the page shows.
func (p *Panel) state(w http.ResponseWriter, _ *http.Request) {
	type cardState struct {
		device.Card
		KindZH string `json:"kind_zh"`
	}
	cards := []cardState{}
	for _, c := range p.Cards {
		cards = append(cards, cardState{c, c.Kind.ZH()})
	}
	posts := map[device.Post]any{}
	for post, c := range p.Counters {
		posts[post] = c.state()
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	json.NewEncoder(w).Encode(map[string]any{"cards": cards, "posts": posts}) //nolint:errcheck // the page has gone
}

func (c *Counter) state() map[string]any {
	type slip struct {
		No   int  `json:"no"`
		Torn bool `json:"torn"`
	}
	slips := []slip{}
	for _, s := range c.Printer.Slips() {
		slips = append(slips, slip{s.No, s.Torn})
	}
	c.Reader.mu.Lock()
	lies, fault := c.lies, c.Reader.fault
	if c.Reader.card == nil {
		lies = -1
	}
	c.Reader.mu.Unlock()
	pr := c.Printer
	pr.mu.Lock()
	defer pr.mu.Unlock()
	return map[string]any{
		"reader":  map[string]any{"plugged": c.Reader.outlet.plugged(), "fault": fault, "card": lies, "address": c.Reader.Address()},
		"scanner": map[string]any{"plugged": c.Scanner.outlet.plugged(), "address": c.Scanner.Address()},
		"printer": map[string]any{
			"plugged": pr.outlet.plugged(), "address": pr.Address(), "left": pr.left, "cover": pr.cover, "jam": pr.jam,
			"stuck": pr.stuck, "dead": pr.dead, "drawer": pr.drawer, "kicks": pr.kicks, "slips": slips,
		},
	}
}

// order is what the page asks for: one thing at a time.
type order struct {
	Do    string
	Card  *int
	Other *device.Card // typed in
	Text  string
	Left  int
	On    bool
}

// act does something to a part.
func (p *Panel) act(w http.ResponseWriter, r *http.Request) {
	var o order
	c := p.Counters[device.Post(r.PathValue("post"))]
	if c == nil || json.NewDecoder(http.MaxBytesReader(w, r.Body, 8<<10)).Decode(&o) != nil {
		http.Error(w, "there is no such post, or the request is no JSON", http.StatusBadRequest)
		return
	}
	var err error
	switch r.PathValue("part") {
	case "reader":
		err = p.reader(c, o)
	case "scanner":
		err = c.scanner(o)
	case "printer":
		err = c.printer(o)
	default:
		err = errUnknown
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

var errUnknown = errors.New("that cannot be done to this part")

func (p *Panel) reader(c *Counter, o order) error {
	put := func(card *device.Card, n int) {
		c.Reader.Put(card)
		c.Reader.mu.Lock()
		c.lies = n
		c.Reader.mu.Unlock()
	}
	switch {
	case o.Do == "put" && o.Card != nil && *o.Card >= 0 && *o.Card < len(p.Cards):
		put(&p.Cards[*o.Card], *o.Card)
	case o.Do == "put" && o.Other != nil:
		if o.Other.Kind == "" {
			o.Other.Kind = chepiao.ResidentID
		}
		if n := o.Other.Number; o.Other.Born == "" && len(n) == 18 {
			o.Other.Born = n[6:10] + "-" + n[10:12] + "-" + n[12:14]
		}
		put(o.Other, len(p.Cards))
	case o.Do == "take":
		put(nil, -1)
	case o.Do == "fault":
		c.Reader.Misbehave(o.Text)
	case o.Do == "plug" && o.On:
		return c.Reader.Plug()
	case o.Do == "plug":
		c.Reader.Unplug()
	default:
		return errUnknown
	}
	return nil
}

func (c *Counter) scanner(o order) error {
	switch {
	case o.Do == "scan" && o.Text != "" && !strings.ContainsFunc(o.Text, unicode.IsControl):
		c.Scanner.Scan(o.Text)
	case o.Do == "plug" && o.On:
		return c.Scanner.Plug()
	case o.Do == "plug":
		c.Scanner.Unplug()
	default:
		return errUnknown
	}
	return nil
}

func (c *Counter) printer(o order) error {
	p := c.Printer
	switch o.Do {
	case "paper":
		p.Paper(max(0, min(o.Left, 10*rollSlips)))
	case "cover":
		p.Cover(o.On)
	case "stick":
		p.Stick(o.Text)
	case "clear":
		p.Clear()
	case "dead":
		p.Dead(o.On)
	case "shut":
		p.Shut()
	case "plug":
		if o.On {
			return p.Plug()
		}
		p.Unplug()
	default:
		return errUnknown
	}
	return nil
}

// slip shows what was printed: a picture where something can draw it, else text.
func (p *Panel) slip(w http.ResponseWriter, r *http.Request) {
	c := p.Counters[device.Post(r.PathValue("post"))]
	no, err := strconv.Atoi(r.PathValue("no"))
	if c == nil || err != nil {
		http.NotFound(w, r)
		return
	}
	for _, s := range c.Printer.Slips() {
		if s.No != no {
			continue
		}
		if p.Picture != nil && r.FormValue("as") != "text" {
			if png, err := p.Picture(s.Bytes); err == nil {
				w.Header().Set("Content-Type", "image/png")
				w.Write(png) //nolint:errcheck // the reader has gone
				return
			}
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprint(w, Words(s.Bytes))
		return
	}
	http.NotFound(w, r)
}

// Words is the text of a slip without what moves and draws, for tests and for the
// panel. The bytes are GB 18030, as the printers take them.
func Words(escpos []byte) string {
	var plain []byte
	for {
		var t token
		if t, escpos = split(escpos); t == nil {
			break
		}
		if t[0] != 0x1B && t[0] != 0x1D && t[0] != 0x1C && t[0] != 0x10 {
			plain = append(plain, t...)
		}
	}
	s, err := simplifiedchinese.GB18030.NewDecoder().String(string(plain))
	if err != nil {
		s = string(plain)
	}
	return strings.Map(func(c rune) rune {
		if c != '\n' && unicode.IsControl(c) {
			return -1
		}
		return c
	}, s)
}
