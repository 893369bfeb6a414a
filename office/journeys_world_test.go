package office_test

import (
	"bytes"
	"context"
	crand "crypto/rand"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"chepiao"
	"chepiao/gtfs"
	"chepiao/message"
	"chepiao/message/smsgate"
	"chepiao/office"
	"chepiao/pay"
	"chepiao/pay/sandbox"
	"chepiao/store"
	"chepiao/store/storetest"
	"chepiao/tax"
	"chepiao/tax/taxsim"
	"chepiao/voucher"
)

var walletKey = []byte("a key shared by both, 32 bytes..")

// world is where a story happens: one node with its office, a practice wallet
// that people pay with, and a clock that only the story moves.
type world struct {
	t      testing.TB
	where  string // in the story, for messages
	folder string
	target string // of the database: a file in the folder, or a server
	store  *store.Store
	office *office.Office
	others []process // that share the server, waiting for their turn
	ring   *voucher.Ring
	client *pay.Sandbox
	wallet *sandbox.Server
	url    string           // of the wallet
	notify string           // where it reports to
	sms    *smsgate.Server  // takes text messages, where a story opened one
	texts  *message.Gateway // the way to it
	told   int              // texts the story has seen

	revenue *taxsim.Service // makes invoices, where a story opened one
	taxes   *tax.Client     // the way to it

	mu  sync.Mutex
	now time.Time

	orders []chepiao.OrderID // A, B, C …
	people map[string]string // clear name to document number
	places map[string]string // in the waiting room, by who has them
	verbs  int
	sent   []func() // verbs to be sent again after a restart
}

// process is one of several hubs on one database.
type process struct {
	store  *store.Store
	office *office.Office
}

func newWorld(t testing.TB) *world {
	folder := storetest.Folder(t)
	return newWorldOn(t, folder, filepath.Join(folder, "node.db"))
}

// newWorldOn is a world whose rows lie in a target. On a server there are two
// processes: they take turns with everything that happens.
func newWorldOn(t testing.TB, folder, target string) *world {
	w := &world{t: t, folder: folder, target: target, now: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), people: map[string]string{}}
	var err error
	w.wallet, err = sandbox.New(sandbox.Options{Now: w.clock, Rand: rand.NewChaCha8([32]byte{1}), Key: walletKey})
	must(t, err)
	server, notices := httptest.NewServer(w.wallet), httptest.NewServer(http.HandlerFunc(w.takeNotice))
	t.Cleanup(server.Close)
	t.Cleanup(notices.Close)
	w.url, w.notify = server.URL, notices.URL
	w.client, err = pay.NewSandbox(pay.Config{URL: w.url, Key: walletKey, Now: w.clock, Rand: rand.NewChaCha8([32]byte{2}), Tries: 1})
	must(t, err)
	key, err := voucher.Generate("T1", chepiao.ProfileEd25519, rand.NewChaCha8([32]byte{3}), w.now)
	must(t, err)
	w.ring, err = voucher.NewRing(key)
	must(t, err)
	w.open()
	t.Cleanup(func() { w.close() })
	return w
}

func (w *world) open() {
	w.openOne("one")
	if store.Remote(w.target) {
		w.others = []process{{w.store, w.office}}
		w.openOne("two")
	}
}

func (w *world) openOne(name string) {
	var err error
	var opened atomic.Pointer[office.Office]
	w.store, err = store.Open(w.target, store.Options{Node: "T1", Now: w.clock, Process: name, Changed: func(what string) error {
		if o := opened.Load(); o != nil {
			return o.Reload(context.Background(), what)
		}
		return nil
	}})
	must(w.t, err)
	w.office, err = office.New(context.Background(), office.Config{
		Store: w.store, NodeKey: bytes.Repeat([]byte{7}, 32), Ring: w.ring, Rand: crand.Reader,
		Channels: []pay.Channel{w.client}, NotifyURL: w.notify, ReturnURL: "http://phone.example/orders/",
		Gateway: w.texts, Tax: w.taxes,
	})
	must(w.t, err)
	opened.Store(w.office)
}

func (w *world) close() {
	w.store.Close()
	for _, p := range w.others {
		p.store.Close()
	}
}

// turn gives the next process its turn, once it has seen what the others did.
func (w *world) turn() {
	if len(w.others) == 0 {
		return
	}
	next := w.others[0]
	w.others = append(w.others[1:], process{w.store, w.office})
	w.store, w.office = next.store, next.office
	must(w.t, w.store.CatchUp())
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) set(at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = at
}

// takeNotice is the door through which the wallet reports.
func (w *world) takeNotice(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		_, err = w.office.Notice(r.Context(), chepiao.Sandbox, r.Header, body)
	}
	if err != nil {
		w.t.Errorf("%s: the notice is not taken: %v", w.where, err)
		http.Error(rw, "no", http.StatusInternalServerError)
	}
}

// head is how far the journal has come: how many entries its lanes have.
func (w *world) head() (entries int64) {
	w.t.Helper()
	must(w.t, w.store.Read(context.Background(), func(r *store.Reader) error {
		for lane := range int64(1 + len(w.others)) {
			seq, err := r.JournalHead("T1", lane+1)
			if err != nil {
				return err
			}
			entries += seq
		}
		return nil
	}))
	return entries
}

// person is the document number of somebody in a story: made from the name, so
// that the same name is the same person.
func (w *world) person(name string) (number string) {
	if number, known := w.people[name]; known {
		return number
	}
	h := fnv.New32a()
	h.Write([]byte(name))
	n := h.Sum32()
	return w.born(name, fmt.Sprintf("%d%02d%02d", 1950+n%50, 1+n/64%12, 1+n/1024%28))
}

// born is the document number of somebody with a birth date, "20190102".
func (w *world) born(name, birth string) (number string) {
	h := fnv.New32a()
	h.Write([]byte(name))
	number = fmt.Sprintf("130102%s%03d", birth, h.Sum32()/32768%1000)
	sum := 0
	for i, weight := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} { // GB 11643
		sum += weight * int(number[i]-'0')
	}
	number += string("10X98765432"[sum%11])
	w.people[name] = number
	return number
}

// masked holds a text against everybody's clear name and number.
func (w *world) masked(text string) {
	w.t.Helper()
	for name, number := range w.people {
		if strings.Contains(text, name) || strings.Contains(text, number) {
			w.t.Errorf("%s: somebody's name or number shows in\n%.300s", w.where, text)
		}
	}
}

// end closes the story: doctor finds nothing, and neither does a thief.
func (w *world) end() {
	w.t.Helper()
	d, err := w.store.Doctor(context.Background(), nil)
	must(w.t, err)
	for _, f := range d.Findings {
		w.t.Errorf("doctor: %s", f)
	}
	w.close()
	files, err := os.ReadDir(w.folder)
	must(w.t, err)
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(w.folder, f.Name()))
		must(w.t, err)
		w.where = f.Name()
		w.masked(string(text))
	}
}

// timetable imports lines like "G101 seats=45 gate=3 石家庄@08:30 保定@10:10".
// Each departure is a line of its own unless line= names one.
// Times are those of leaving; distances follow from them at 60 km/h.
func (w *world) timetable(lines []string) string {
	files := map[string]string{
		"agency.txt":        "agency_id,agency_name,agency_url,agency_timezone\nC,故事运输公司,http://carrier.example,Asia/Shanghai\n",
		"stops.txt":         "stop_id,stop_name\n",
		"routes.txt":        "route_id,agency_id,route_long_name,route_type,chepiao_class\n",
		"trips.txt":         "route_id,service_id,trip_id,trip_short_name,direction_id,chepiao_kind,chepiao_gate,chepiao_last,chepiao_seats\n",
		"stop_times.txt":    "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n",
		"calendar.txt":      "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\nS,1,1,1,1,1,1,1,20240101,20301231\n",
		"chepiao_fares.txt": "route_id,direction_id,from_stop_id,to_stop_id,fen\n",
	}
	known := map[string]bool{}
	for _, line := range lines {
		words, opt := split(line)
		no, stops := words[0], words[1:]
		kind := "fixed"
		if opt["until"] != "" {
			kind = "flow"
		}
		class := opt["class"]
		if class == "" {
			class = "1"
		}
		route := opt["line"]
		if route == "" {
			route = no
		}
		if row := fmt.Sprintf("%s,C,%s,3,%s\n", route, route, class); !strings.Contains(files["routes.txt"], row) {
			files["routes.txt"] += row
		}
		files["trips.txt"] += fmt.Sprintf("%s,S,%s,%s,0,%s,%s,%s:00,%s\n", route, no, no, kind, opt["gate"], opt["until"], opt["seats"])
		var first, last string
		for i, stop := range stops {
			name, at, _ := strings.Cut(stop, "@")
			files["stop_times.txt"] += fmt.Sprintf("%s,%s:00,%s:00,%s,%d\n", no, at, at, name, i+1)
			if !known[name] {
				known[name] = true
				files["stops.txt"] += name + "," + name + "\n"
			}
			if i == 0 {
				first = name
			}
			last = name
		}
		if fare := opt["fare"]; fare != "" {
			row := fmt.Sprintf("%s,0,%s,%s,%s\n", route, first, last, strings.Replace(fare, ".", "", 1))
			if !strings.Contains(files["chepiao_fares.txt"], row) {
				files["chepiao_fares.txt"] += row
			}
		}
	}
	feed := fstest.MapFS{}
	for name, text := range files {
		feed[name] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(text, ",:00,", ",,"))}
	}
	f, report, err := gtfs.Read(feed, gtfs.Options{From: chepiao.DayOf(w.clock().In(shanghai)) - 1, Days: 20}, nil)
	must(w.t, err)
	if report.Count(gtfs.Error) > 0 {
		report.WriteText(os.Stderr)
		w.t.Fatalf("%s: the timetable has errors", w.where)
	}
	done, err := w.office.Import(context.Background(), "story", f, "office")
	must(w.t, err)
	return fmt.Sprintf("stations %d, departures a day %d: new %d, changed %d, gone %d; coaches that keep their old times: %d\n",
		done.Stations, done.Templates, done.Added, done.Changed, done.Retired, done.Kept)
}

var shanghai = func() *time.Location {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		panic(err)
	}
	return zone
}()

// split parts words from name=value options.
func split(line string) (words []string, opt map[string]string) {
	opt = map[string]string{}
	for _, word := range strings.Fields(line) {
		if name, value, ok := strings.Cut(word, "="); ok {
			opt[name] = value
		} else {
			words = append(words, word)
		}
	}
	return words, opt
}
