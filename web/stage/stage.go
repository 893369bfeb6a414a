// Package stage is what tests of the pages begin with: the real pages over a
// real office, a small database and the demo network, at a moment and with a
// chance that are always the same. A test visits pages as a browser would,
// without one.
package stage

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"chepiao"
	"chepiao/demo"
	"chepiao/gtfs"
	"chepiao/ident"
	"chepiao/message"
	"chepiao/office"
	"chepiao/pay"
	"chepiao/realname"
	"chepiao/relay"
	"chepiao/store"
	"chepiao/voucher"
	"chepiao/web"
)

var update = flag.Bool("update", false, "write the golden pages anew")

// Begin is the moment at which every stage begins: a Sunday, 06:30 in China.
var Begin = time.Date(2026, 11, 22, 6, 30, 0, 0, time.FixedZone("CST", 8*3600))

// Stage is the pages and what stands behind them.
type Stage struct {
	Hub *relay.Hub // of stations

	http.Handler
	Office  *office.Office
	Store   *store.Store
	Log     *bytes.Buffer
	Devices *ident.Registry
	Staff   *ident.Accounts
	SetUp   string // path of the file of the link for a first administrator
	Lang    string // of the visitor; "zh" to begin with
	Cookies []*http.Cookie
	now     time.Time
	t       *testing.T
}

// Options change a stage. Zero values are a demo in which everybody is staff.
type Options struct {
	Devices  *ident.Registry
	Channels []pay.Channel
	Gateway  *message.Gateway // of texts to phones; nil: none are sent
	Names    *realname.Client // verifies names; nil: nobody does
	Hidden   bool             // no demo hints
}

// Open sets the stage. It ends with the test.
func Open(t *testing.T, o Options) *Stage {
	t.Helper()
	s := &Stage{t: t, now: Begin, Log: &bytes.Buffer{}, Devices: o.Devices, Lang: "zh"}
	if s.Devices == nil {
		s.Devices = ident.Anyone(ident.Device{Name: "anyone", Role: ident.Desk})
	}
	chance := rand.NewChaCha8([32]byte{1})
	st, err := store.Open(filepath.Join(folder(t), "stage.db"), store.Options{Node: "STAGE", Now: s.Now})
	if err != nil {
		t.Fatal(err)
	}
	s.Store = st
	t.Cleanup(func() { st.Close() })
	key, err := voucher.Generate("STAGE", chepiao.ProfileEd25519, chance, Begin.Add(-24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	ring, err := voucher.NewRing(key)
	if err != nil {
		t.Fatal(err)
	}
	s.Office, err = office.New(context.Background(), office.Config{
		Store: st, NodeKey: bytes.Repeat([]byte{7}, 32), Ring: ring, Rand: rand.NewChaCha8([32]byte{2}), Channels: o.Channels, Gateway: o.Gateway, Names: o.Names,
		NotifyURL: "http://127.0.0.1:1/channels", ReturnURL: "http://127.0.0.1:1/passenger/back",
	})
	if err != nil {
		t.Fatal(err)
	}
	feed, _, err := gtfs.Read(demo.Feed(), gtfs.Options{From: chepiao.DayOf(Begin) - 1, Days: 17}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Office.Import(context.Background(), "demo", feed, "stage"); err != nil {
		t.Fatal(err)
	}
	s.SetUp = filepath.Join(t.TempDir(), "setup.json")
	s.Staff, err = ident.NewAccounts(ident.AccountsConfig{
		Store: st, Key: bytes.Repeat([]byte{7}, 32), Rand: rand.NewChaCha8([32]byte{3}), SetUp: s.SetUp, Cost: ident.Cost{Memory: 64, Passes: 1, Threads: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	if s.Hub, err = relay.NewHub(context.Background(), relay.HubConfig{
		Office: s.Office, Store: st, Key: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{5}, 32)), Secret: bytes.Repeat([]byte{7}, 32), Profile: chepiao.ProfileEd25519,
		Rand: rand.NewChaCha8([32]byte{5}), Log: slog.New(slog.DiscardHandler), Version: "stage",
	}); err != nil {
		t.Fatal(err)
	}
	s.Handler, err = web.New(web.Config{
		Hub: s.Hub, Office: s.Office, Devices: s.Devices, Accounts: s.Staff, Now: s.Now, Rand: chance, Demo: !o.Hidden, Assets: web.AssetsIn(shelf),
		Log: slog.New(slog.NewTextHandler(s.Log, nil)), Practice: s.openPractice,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// shelf stands for what web/build makes: names, no content.
var shelf = fstest.MapFS{"manifest.json": {Data: []byte(`{"htmx.js":"htmx.js","weui.css":"weui.css","tabler.css":"tabler.css",
	"passenger.css":"passenger.css","account.css":"account.css","passenger.js":"passenger.js","window.css":"window.css","window.js":"window.js","desk.css":"desk.css","desk.js":"desk.js","staff.css":"staff.css","staff.js":"staff.js",
	"gate.css":"gate.css","gate.js":"gate.js","kiosk.css":"kiosk.css","kiosk.js":"kiosk.js","home.css":"home.css","verify.js":"verify.js","verify.wasm":"verify.wasm","wasm_exec.js":"wasm_exec.js"}`)}}

// folder is a folder of the test, in memory where the machine has such.
func folder(t *testing.T) string {
	if _, err := os.Stat("/dev/shm"); err != nil {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp("/dev/shm", "chepiao-stage-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// Now is the stage's clock; Pass moves it.
func (s *Stage) Now() time.Time { return s.now }

// Pass lets time go by.
func (s *Stage) Pass(d time.Duration) { s.now = s.now.Add(d) }

// Page is an answer.
type Page struct {
	Status int
	Header http.Header
	Body   string
	t      *testing.T
}

// Get visits an address.
func (s *Stage) Get(address string) Page {
	return s.Visit(httptest.NewRequest("GET", address, nil))
}

// Post sends a form.
func (s *Stage) Post(address string, form url.Values) Page {
	r := httptest.NewRequest("POST", address, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return s.Visit(r)
}

// Visit sends any request.
func (s *Stage) Visit(r *http.Request) Page {
	r.Header.Set("Accept-Language", s.Lang)
	for _, c := range s.Cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return Page{w.Code, w.Result().Header, string(body), s.t}
}

// Want fails the test unless the page has the status and every text.
func (p Page) Want(status int, texts ...string) Page {
	p.t.Helper()
	if p.Status != status {
		p.t.Errorf("status %d, want %d: %.600s", p.Status, status, p.Text())
	}
	for _, text := range texts {
		if !strings.Contains(p.Body, text) {
			p.t.Errorf("the page lacks %q: %.3000s", text, p.Text())
		}
	}
	return p
}

// Lacks fails the test if the page has one of the texts.
func (p Page) Lacks(texts ...string) Page {
	p.t.Helper()
	for _, text := range texts {
		if strings.Contains(p.Body, text) {
			p.t.Errorf("the page has %q", text)
		}
	}
	return p
}

var (
	tags   = regexp.MustCompile(`<[^>]*>`)
	spaces = regexp.MustCompile(`\s+`)
	drawn  = regexp.MustCompile(`(<path fill="#000" d=")[^"]*"`)
)

// Text is what a person reads on the page.
func (p Page) Text() string { return spaces.ReplaceAllString(tags.ReplaceAllString(p.Body, " "), " ") }

// Field is the value of a hidden field.
func (p Page) Field(name string) string {
	m := regexp.MustCompile(`name="` + regexp.QuoteMeta(name) + `" value="([^"]*)"`).FindStringSubmatch(p.Body)
	if m == nil {
		p.t.Fatalf("the page has no field %s: %.600s", name, p.Text())
	}
	return m[1]
}

// Location is where the answer leads to.
func (p Page) Location() string {
	p.t.Helper()
	if p.Status != http.StatusSeeOther {
		p.t.Fatalf("status %d leads nowhere: %.800s", p.Status, p.Text())
	}
	return p.Header.Get("Location")
}

// Golden holds the page against testdata/NAME.html. The pattern of a QR code is
// left out: the voucher package tests it.
func (p Page) Golden(name string) Page {
	p.t.Helper()
	got := drawn.ReplaceAllString(p.Body, `${1}…"`)
	path := filepath.Join("testdata", name+".html")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			p.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			p.t.Fatal(err)
		}
		return p
	}
	want, err := os.ReadFile(path)
	if err != nil {
		p.t.Fatalf("%v: run the test with -update and look at what it writes", err)
	}
	if got != string(want) {
		p.t.Errorf("%s differs from its golden at …%s", path, difference(got, string(want)))
	}
	return p
}

// difference shows both texts around their first difference.
func difference(got, want string) string {
	i := 0
	for i < len(got) && i < len(want) && got[i] == want[i] {
		i++
	}
	around := func(s string) string { return s[max(0, min(i, len(s))-60):min(len(s), i+120)] }
	return "\n got: " + around(got) + "\nwant: " + around(want)
}

// Sale is a paid ticket to begin with.
type Sale struct {
	Order     chepiao.Order
	Ticket    chepiao.Ticket
	Departure chepiao.DepartureID
	Code      string // of the voucher
	Name      string
	Number    string // of the document
}

// Sell sells a ticket to an invented person on a departure of the first day,
// between two stations given by code.
func (s *Stage) Sell(number, from, to string, person int) Sale {
	s.t.Helper()
	sale := Sale{Departure: s.Departure(number)}
	sale.Name, sale.Number = demo.Person(777_000 + person)
	a, b := s.station(from), s.station(to)
	ctx := context.Background()
	held, err := s.Office.Hold(ctx, s.now, office.Verb{ID: fmt.Sprint("hold", person), By: "stage"}, fmt.Sprint("KEY", person), office.HoldInput{
		Departure: sale.Departure, From: a, To: b, Channel: chepiao.Window,
		Passengers: []office.Rider{{Name: sale.Name, Document: string(chepiao.ResidentID), Number: sale.Number}},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	paid, err := s.Office.PayCash(ctx, office.Verb{ID: fmt.Sprint("pay", person), By: "stage"}, held.Order.ID, held.Order.Total)
	if err != nil {
		s.t.Fatal(err)
	}
	sale.Order, sale.Ticket = paid.Order, paid.Tickets[0]
	if sale.Code, _, err = s.Office.Voucher(ctx, sale.Ticket.ID); err != nil {
		s.t.Fatal(err)
	}
	return sale
}

func (s *Stage) station(code string) chepiao.StationNo {
	s.t.Helper()
	found, err := s.Office.Timetable().StationByCode(code, "station")
	if err != nil {
		s.t.Fatal(err)
	}
	return found.No
}

// Departure is a departure of the first day, by the number people know.
func (s *Stage) Departure(number string) chepiao.DepartureID {
	s.t.Helper()
	for _, m := range s.Office.Timetable().Templates {
		if m.Number == number {
			return chepiao.MakeDepartureID(m.No, chepiao.DayOf(Begin))
		}
	}
	s.t.Fatalf("the demo has no departure %s", number)
	return 0
}

// SignIn lets the visits that follow come from a device.
func (s *Stage) SignIn(secret string) {
	s.Cookies = []*http.Cookie{{Name: "device", Value: secret}}
}
