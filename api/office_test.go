package api_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"chepiao"
	"chepiao/api"
	"chepiao/demo"
	"chepiao/gtfs"
	"chepiao/ident"
	"chepiao/message"
	"chepiao/office"
	"chepiao/pay"
	"chepiao/store"
	"chepiao/tax"
	"chepiao/voucher"
)

// house is a whole node behind the door, on a small timetable, with a clock
// that only moves when a test moves it.
type house struct {
	t        testing.TB
	door     http.Handler
	office   *office.Office
	store    *store.Store
	channels []pay.Channel
	sms      *message.Gateway
	tax      *tax.Client // makes electronic invoices; nil for none
	logged   *logBook
	mu       sync.Mutex
	clock    time.Time
	secrets  map[ident.Role]string
	people   int
	bare     bool // no timetable
}

// Tests begin on Monday, 2 March 2026, at 9:00 in Shijiazhuang.
var (
	shanghai = time.FixedZone("CST", 8*3600)
	monday   = time.Date(2026, 3, 2, 9, 0, 0, 0, shanghai)
)

func (h *house) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.clock
}

func (h *house) at(t time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clock = t
}

// timetable is two fixed departures and a flow departure between four stations.
var timetable = fstest.MapFS{
	"agency.txt": {Data: []byte("agency_id,agency_name,agency_url,agency_timezone\nX,燕赵客运,http://x.example,Asia/Shanghai\n")},
	"stops.txt": {Data: []byte("stop_id,stop_code,stop_name,stop_lat,stop_lon\n" +
		"SJZ,SJZ,石家庄,38.04,114.51\nZD,ZD,正定,38.15,114.57\nBD,BD,保定,38.87,115.46\nBJ,BJ,北京,39.90,116.40\n")},
	"routes.txt":   {Data: []byte("route_id,agency_id,route_long_name,route_type\nR1,X,石家庄-北京,3\nR2,X,石家庄-正定,3\n")},
	"trips.txt":    {Data: []byte("route_id,service_id,trip_id,trip_short_name,chepiao_kind,chepiao_seats,chepiao_last,chepiao_interval\nR1,S,T1,JA1001,fixed,6,,\nR1,S,T2,JA1002,fixed,6,,\nR2,S,T3,JA2001,flow,40,20:00:00,15\n")},
	"calendar.txt": {Data: []byte("service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\nS,1,1,1,1,1,1,1,20260101,20261231\n")},
	"stop_times.txt": {Data: []byte("trip_id,arrival_time,departure_time,stop_id,stop_sequence\n" +
		"T1,10:00:00,10:00:00,SJZ,1\nT1,12:00:00,12:05:00,BD,2\nT1,14:00:00,14:00:00,BJ,3\n" +
		"T2,08:00:00,08:00:00,SJZ,1\nT2,10:00:00,10:05:00,BD,2\nT2,12:00:00,12:00:00,BJ,3\n" +
		"T3,08:00:00,08:00:00,SJZ,1\nT3,08:40:00,08:40:00,ZD,2\n")},
}

// wide adds 200 flow departures of 2,000 places, for measuring.
func wide() fstest.MapFS {
	files := fstest.MapFS{}
	for name, f := range timetable {
		files[name] = &fstest.MapFile{Data: f.Data}
	}
	for i := range 200 {
		files["trips.txt"].Data = fmt.Appendf(files["trips.txt"].Data, "R2,S,W%d,W%d,flow,2000,20:00:00,15\n", i, i)
		files["stop_times.txt"].Data = fmt.Appendf(files["stop_times.txt"].Data, "W%d,08:00:00,08:00:00,SJZ,1\nW%d,08:40:00,08:40:00,ZD,2\n", i, i)
	}
	return files
}

type houseOption func(*house, *api.Config)

func withoutTimetable(h *house, _ *api.Config) { h.bare = true }

// newHouse opens a node. Its devices are a window, a gate and a desk.
func newHouse(t testing.TB, options ...houseOption) *house {
	t.Helper()
	h := &house{t: t, clock: monday, logged: &logBook{}, secrets: map[ident.Role]string{}}
	dir := fastDir(t)
	s, err := store.Open(filepath.Join(dir, "api.db"), store.Options{Node: "T1", Now: h.now})
	check(t, err)
	h.store = s
	t.Cleanup(func() { check(t, s.Close()) })
	key, err := voucher.Generate("T1", chepiao.ProfileEd25519, rand.Reader, h.now())
	check(t, err)
	ring, err := voucher.NewRing(key)
	check(t, err)
	devices, err := ident.Open(filepath.Join(dir, "devices.json"))
	check(t, err)
	for _, r := range ident.Roles() {
		h.secrets[r], err = devices.Add(r, string(r)+"-1", "", rand.Reader)
		check(t, err)
	}
	c := api.Config{Devices: devices, Now: h.now, Rand: rand.Reader, Log: slog.New(slog.NewJSONHandler(h.logged, &slog.HandlerOptions{Level: slog.LevelDebug})), Directory: 1}
	for _, o := range options {
		o(h, &c)
	}
	h.office, err = office.New(context.Background(), office.Config{
		Store: s, NodeKey: bytes.Repeat([]byte{7}, 32), Ring: ring, Rand: rand.Reader, Channels: h.channels, Gateway: h.sms, Tax: h.tax,
		NotifyURL: "http://127.0.0.1:1/api/v1/channels", ReturnURL: "http://127.0.0.1:1/passenger/back",
	})
	check(t, err)
	if !h.bare {
		h.importFeed(timetable)
	}
	c.Office = h.office
	h.door, err = api.New(c)
	check(t, err)
	return h
}

func (h *house) importFeed(files fstest.MapFS) {
	h.t.Helper()
	feed, report, err := gtfs.Read(files, gtfs.Options{From: chepiao.DayOf(monday) - 1, Days: 40}, nil)
	if err != nil {
		h.t.Fatal(err, report)
	}
	_, err = h.office.Import(context.Background(), "test", feed, "test")
	check(h.t, err)
}

// fastDir is a folder in memory where there is one.
func fastDir(t testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "chepiao-api-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { check(t, os.RemoveAll(dir)) })
	return dir
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// logBook keeps what was logged.
type logBook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// ask is one request; header lines are "Name: value".
func (h *house) ask(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.door.ServeHTTP(w, r)
	validate(h.t, r, body, w)
	return w
}

// as is the header of a device.
func (h *house) as(r ident.Role) string { return "Authorization: Bearer " + h.secrets[r] }

// get asks and reads a JSON answer of the status wanted.
func (h *house) get(status int, method, path, body string, headers ...string) map[string]any {
	h.t.Helper()
	w := h.ask(method, path, body, headers...)
	if w.Code != status {
		h.t.Fatalf("%s %s: %d, want %d: %s", method, path, w.Code, status, w.Body)
	}
	var v map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		h.t.Fatalf("%s %s: %v in %q", method, path, err, w.Body)
	}
	return v
}

// at walks into JSON: "order.tickets.0.id".
func dig(v any, path string) any {
	for _, step := range strings.Split(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[step]
		case []any:
			var i int
			if _, err := fmt.Sscan(step, &i); err != nil || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

// person is the next invented passenger as JSON.
func (h *house) person() string {
	h.people++
	name, number := demo.Person(h.people)
	return fmt.Sprintf(`{"name":%q,"document":{"kind":"resident_id","number":%q}}`, name, number)
}

const t1, t2, t3 = "1-20260303", "2-20260303", "3-20260303" // tomorrow's departures

// hold is the body of a hold for so many new passengers.
func (h *house) hold(departure, from, to string, n int, more string) string {
	people := make([]string, n)
	for i := range people {
		people[i] = h.person()
	}
	return fmt.Sprintf(`{"departure":%q,"from":%q,"to":%q,"passengers":[%s]%s}`, departure, from, to, strings.Join(people, ","), more)
}

// bought holds and pays an order at the window and returns it.
func (h *house) bought(departure, from, to string, n int) map[string]any {
	h.t.Helper()
	held := h.get(201, "POST", "/api/v1/orders", h.hold(departure, from, to, n, `,"channel":"window"`), h.as(ident.Window))
	id, total := dig(held, "order.id").(string), int(dig(held, "order.total").(float64))
	paid := h.get(200, "POST", "/api/v1/orders/"+id+"/pay", fmt.Sprintf(`{"channel":"cash","amount":%d}`, total), h.as(ident.Window))
	order := paid["order"].(map[string]any)
	order["key"] = dig(held, "order.key")
	return order
}
