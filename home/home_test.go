package home

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"chepiao"
	"chepiao/store"
)

// process is one of several that share a database in these tests: a home before
// a door that notes what it was asked.
type process struct {
	*Home
	server *httptest.Server
	peer   store.Peer
	answer http.HandlerFunc // nil: 201 with the name of the process

	mu   sync.Mutex
	seen []seen
}

type seen struct{ path, body, client, key, host string }

// town are processes that know each other.
type town struct {
	mu        sync.Mutex
	processes []*process
}

func (t *town) peers() (peers []store.Peer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range t.processes {
		peers = append(peers, p.peer)
	}
	return peers
}

func (t *town) drain(p *process, draining bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p.peer.Draining = draining
}

func newTown(t *testing.T, names ...string) *town {
	t.Helper()
	all := &town{}
	for i, name := range names {
		p := &process{peer: store.Peer{Lane: int64(i + 1), Name: name}}
		var err error
		p.Home, err = New(Config{Peers: all.peers, Lane: func() int64 { return p.peer.Lane }, Key: []byte("the node's key"), Now: time.Now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Close)
		p.server = httptest.NewServer(p.Before(http.HandlerFunc(p.door)))
		t.Cleanup(p.server.Close)
		p.peer.URL = p.server.URL
		all.mu.Lock()
		all.processes = append(all.processes, p)
		all.mu.Unlock()
	}
	for _, p := range all.processes {
		soon(t, "all peers are ready", func() bool {
			for _, other := range all.processes {
				if other != p && !p.fit(other.peer) {
					return false
				}
			}
			return true
		})
	}
	return all
}

func soon(t *testing.T, what string, so func() bool) {
	t.Helper()
	for range 500 {
		if so() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("in five seconds it did not come about that %s", what)
}

func (p *process) door(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/readyz" {
		return
	}
	text, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(text))
	p.mu.Lock()
	p.seen = append(p.seen, seen{r.URL.Path, string(text), r.RemoteAddr, r.Header.Get("Idempotency-Key"), r.Host})
	answer := p.answer
	p.mu.Unlock()
	if answer != nil {
		answer(w, r)
		return
	}
	w.Header().Set("Done-By", p.peer.Name)
	w.WriteHeader(http.StatusCreated)
	io.WriteString(w, p.peer.Name)
}

func (p *process) last() (s seen, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n = len(p.seen); n > 0 {
		s = p.seen[n-1]
	}
	return s, n
}

// at is a departure whose home is the n-th process, and asked to be done by
// another one.
func (t *town) at(n int) chepiao.DepartureID {
	for i := 1; ; i++ {
		id := chepiao.MakeDepartureID(chepiao.TemplateNo(i), chepiao.DayOf(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)))
		best, claim := 0, uint64(0)
		for i, p := range t.processes {
			if w := weight(p.peer, id); w > claim {
				best, claim = i, w
			}
		}
		if best == n {
			return id
		}
	}
}

func (p *process) post(t *testing.T, path, body string, headers ...string) (status int, by string) {
	t.Helper()
	r, err := http.NewRequest("POST", p.server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "tickets.example"
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// TestPasses: what changes a departure is done at its home, whoever is asked; what
// is about a number is done where the number was made; the rest stays.
func TestPasses(t *testing.T) {
	all := newTown(t, "one", "two", "three")
	one := all.processes[0]
	order, ticket := chepiao.OrderID(chepiao.LaneID(2, 17)).String(), chepiao.TicketID(chepiao.LaneID(3, 18)).String()
	two := all.at(1).String()
	for _, c := range []struct{ path, body, by string }{
		{"/api/v1/orders", `{"from":"A","departure":"` + two + `","passengers":[{}]}`, "two"},
		{"/api/v1/orders", `{"departure":"` + all.at(0).String() + `"}`, "one"},
		{"/api/v1/waits", `{"departures":["` + all.at(2).String() + `"]}`, "three"},
		{"/api/v1/checks", `{"ticket":"` + ticket + `"}`, "three"},
		{"/api/v1/checks", `{"ticket":"` + ticket + `","departure":"` + two + `"}`, "two"},
		{"/api/v1/checks", `{"code":"CP1:ABC"}`, "one"},
		{"/api/v1/orders/" + order + "/pay", `{}`, "two"},
		{"/api/v1/tickets/" + ticket + "/correct", `{}`, "three"},
		{"/api/v1/departures/" + two + "/report", `{}`, "two"},
		{"/o/" + order + "/KEY/rebook/" + all.at(2).String(), `once=x`, "two"},
		{"/passenger/departures/" + two + "/hold?from=A", `once=x`, "two"},
		{"/passenger/departures/" + two + "/draft", `once=x`, "one"},
		{"/passenger/room/" + two, ``, "one"},
		{"/window/departures/" + two + "/go", `once=x`, "two"},
		{"/api/v1/orders", `{"departure":"nonsense"}`, "one"},
		{"/api/v1/orders", `{"departure":`, "one"},
		{"/api/v1/lookup", `{"departure":"` + two + `"}`, "one"},
		{"/api/v1/vehicles", `{}`, "one"},
	} {
		if status, by := one.post(t, c.path, c.body); status != 201 || by != c.by {
			t.Errorf("%s %s: %d by %s, want %s", c.path, c.body, status, by, c.by)
		}
	}
	big := `{"departure":"` + two + `","more":"` + strings.Repeat("x", bodyMax) + `"}`
	if _, by := one.post(t, "/api/v1/orders", big); by != "one" {
		t.Errorf("a body that is too long to keep is done by %s", by)
	}
	if s, _ := one.last(); s.body != big {
		t.Errorf("the door got %d bytes of %d", len(s.body), len(big))
	}
	r, err := http.Get(one.server.URL + "/api/v1/orders/" + order)
	if err != nil || r.Header.Get("Done-By") != "one" {
		t.Errorf("a question is answered by %s, %v", r.Header.Get("Done-By"), err)
	}
	r.Body.Close()
}

// TestCarriesEverything: the home gets the request as it came, with the address
// of who sent it, and the client gets the home's answer as it is.
func TestCarriesEverything(t *testing.T) {
	all := newTown(t, "one", "two")
	one, two := all.processes[0], all.processes[1]
	two.answer = func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
		http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
		w.Header().Set("Location", "/o/X")
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusSeeOther)
		io.WriteString(w, strings.Repeat("long ", answerKept))
	}
	body := `once=1&name=%E5%BC%A0`
	r, _ := http.NewRequest("POST", one.server.URL+"/passenger/departures/"+all.at(1).String()+"/hold?from=A&to=%20B", strings.NewReader(body))
	r.Host = "tickets.example"
	r.Header.Set("Cookie", "c=3")
	conn := ""
	transport := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		if err == nil {
			conn = c.LocalAddr().String()
		}
		return c, err
	}}
	res, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	res.Body.Close()
	if err != nil || res.StatusCode != 303 || res.Header.Get("Location") != "/o/X" || len(res.Cookies()) != 2 || len(text) != 5*answerKept {
		t.Errorf("the answer: %d %v, %d bytes, %v", res.StatusCode, res.Header, len(text), err)
	}
	if res.Close {
		t.Error("what the home said of its own connection reached the client")
	}
	s, n := two.last()
	if n != 1 || s.body != body || s.host != "tickets.example" || s.client != conn {
		t.Errorf("the home was asked %d times: %+v; the client is %s", n, s, conn)
	}
	if c := one.Counts(); c != (Counts{Passed: 1}) {
		t.Errorf("one counts %+v", c)
	}
	if c := two.Counts(); c != (Counts{Taken: 1}) {
		t.Errorf("two counts %+v", c)
	}
}

// TestWrongHome: processes that disagree about who is there pass a request on
// once, and it is done.
func TestWrongHome(t *testing.T) {
	all := newTown(t, "one", "two", "three")
	one, three := all.processes[0], all.processes[2]
	away := []store.Peer{one.peer, three.peer} // what one believes
	one.conf.Peers = func() []store.Peer { return away }
	id := ""
	for i := 1; id == ""; i++ { // its home is two; without two, three
		d := chepiao.MakeDepartureID(chepiao.TemplateNo(i), chepiao.DayOf(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)))
		a, b, c := weight(all.processes[0].peer, d), weight(all.processes[1].peer, d), weight(three.peer, d)
		if b > c && c > a {
			id = d.String()
		}
	}
	if status, by := one.post(t, "/api/v1/orders", `{"departure":"`+id+`"}`); status != 201 || by != "three" {
		t.Errorf("%d by %s", status, by)
	}
	if _, n := all.processes[1].last(); n != 0 {
		t.Error("it was passed on twice")
	}
	for i, p := range all.processes { // and whoever passes everything to everybody else makes no circle
		next := all.processes[(i+1)%3]
		p.conf.Peers = func() []store.Peer { return []store.Peer{next.peer, {Lane: p.peer.Lane, Name: "x", Draining: true}} }
	}
	if status, by := one.post(t, "/api/v1/orders", `{"departure":"`+id+`"}`); status != 201 || by != "two" {
		t.Errorf("in a circle: %d by %s", status, by)
	}
}

// TestGoneHome: when the home has gone, the request is done where it came, at
// once; it is not asked again until it is back.
func TestGoneHome(t *testing.T) {
	all := newTown(t, "one", "two")
	one, two := all.processes[0], all.processes[1]
	address := two.server.Listener.Addr().String()
	two.server.Close()
	id := all.at(1).String()
	began := time.Now()
	for range 3 {
		if status, by := one.post(t, "/api/v1/orders", `{"departure":"`+id+`"}`); status != 201 || by != "one" {
			t.Errorf("%d by %s", status, by)
		}
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
	if c := one.Counts(); c.Missed > 1 || c.Passed != 0 {
		t.Errorf("one counts %+v", c)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	back := &http.Server{Handler: two.Before(http.HandlerFunc(two.door))}
	go back.Serve(l)
	defer back.Close()
	soon(t, "the home that is back is asked again", func() bool {
		_, by := one.post(t, "/api/v1/orders", `{"departure":"`+id+`"}`)
		return by == "two"
	})
}

// TestDrainingHome: a process that drains gets nothing more and passes new sales
// on; what is about its own orders it still does itself.
func TestDrainingHome(t *testing.T) {
	all := newTown(t, "one", "two")
	one, two := all.processes[0], all.processes[1]
	id := all.at(1).String()
	all.drain(two, true)
	order := chepiao.OrderID(chepiao.LaneID(2, 17)).String()
	for _, c := range []struct {
		at             *process
		path, body, by string
	}{
		{one, "/api/v1/orders", `{"departure":"` + id + `"}`, "one"},
		{two, "/api/v1/orders", `{"departure":"` + id + `"}`, "one"},
		{one, "/api/v1/orders/" + order + "/pay", `{}`, "one"},
		{two, "/api/v1/orders/" + order + "/pay", `{}`, "two"},
	} {
		if status, by := c.at.post(t, c.path, c.body); status != 201 || by != c.by {
			t.Errorf("%s at %s: %d by %s, want %s", c.path, c.at.peer.Name, status, by, c.by)
		}
	}
	all.drain(two, false)
	if _, by := one.post(t, "/api/v1/orders", `{"departure":"`+id+`"}`); by != "two" {
		t.Errorf("after it drained: by %s", by)
	}
}

// TestLostAnswer: an answer that breaks off is had here, under the same key; a
// form without one is told that nobody knows.
func TestLostAnswer(t *testing.T) {
	all := newTown(t, "one", "two")
	one, two := all.processes[0], all.processes[1]
	for name, cut := range map[string]http.HandlerFunc{
		"before its head": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"in its body": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "half")
			panic(http.ErrAbortHandler)
		},
	} {
		two.mu.Lock()
		two.answer = cut
		two.mu.Unlock()
		ready := func() { soon(t, "two is ready again", func() bool { return one.fit(two.peer) }) }
		ready()
		if status, by := one.post(t, "/api/v1/orders", `{"departure":"`+all.at(1).String()+`"}`); status != 201 || by != "one" {
			t.Errorf("%s: %d by %s", name, status, by)
		}
		here, _ := one.last()
		there, _ := two.last()
		if here.key == "" || here.key != there.key || here.body != there.body {
			t.Errorf("%s: done here under %q, there under %q", name, here.key, there.key)
		}
		ready()
		form := "/window/departures/" + all.at(1).String() + "/go"
		kind := []string{"Content-Type", "application/x-www-form-urlencoded"}
		if status, by := one.post(t, form, "once=abc&x=1", kind...); status != 201 || by != "one" {
			t.Errorf("%s, a form with a key: %d by %s", name, status, by)
		}
		ready()
		_, before := one.last()
		status, page := one.post(t, form, "x=1&atonce=2&once=", kind...)
		if _, n := one.last(); status != 503 || n != before || !strings.Contains(page, "请先查看结果") {
			t.Errorf("%s, a form without a key: %d, done here %d times: %s", name, status, n-before, page)
		}
	}
}

// TestStamp: an address counts only when a peer says it, for this request, now.
func TestStamp(t *testing.T) {
	all := newTown(t, "one", "two")
	one := all.processes[0]
	id := all.at(1).String()
	request := httptest.NewRequest("POST", "/api/v1/orders?x=1", nil)
	request.RemoteAddr = "203.0.113.9:55"
	good := one.stamp(request)
	for name, stamp := range map[string]string{
		"no stamp at all": "yes", "another address": strings.Replace(good, "203.0.113.9", "203.0.113.8", 1),
		"TLS": strings.Replace(good, ";p;", ";s;", 1), "no address": "1;1;p;;" + one.signature(request, "1;1;p;"),
		"old": func() string {
			text := fmt.Sprintf("1;%d;p;203.0.113.9:55", time.Now().Add(-time.Minute).UnixMicro())
			return text + ";" + one.signature(request, text)
		}(),
	} {
		if _, by := one.post(t, "/api/v1/orders?x=1", `{"departure":"`+id+`"}`, header, stamp); by != "one" {
			t.Errorf("%s: passed on to %s", name, by)
		}
		if s, _ := one.last(); strings.HasPrefix(s.client, "203.") || s.client == "" {
			t.Errorf("%s: believed that %s asks", name, s.client)
		}
	}
	if one.Counts().Taken != 0 {
		t.Error("a forged stamp counts")
	}
	one.post(t, "/api/v1/orders?x=2", `{}`, header, good)
	if s, _ := one.last(); strings.HasPrefix(s.client, "203.") {
		t.Error("a stamp counts for another request")
	}
	one.post(t, "/api/v1/orders?x=1", `{}`, header, good)
	if s, _ := one.last(); s.client != "203.0.113.9:55" {
		t.Errorf("a good stamp: %s asks", s.client)
	}
}

// TestSpread: departures are spread evenly, and few move when a process goes.
func TestSpread(t *testing.T) {
	peers := []store.Peer{{Lane: 1, Name: "hub-1"}, {Lane: 2, Name: "hub-2"}, {Lane: 3, Name: "hub-3"}}
	home := func(peers []store.Peer, id chepiao.DepartureID) (name string) {
		best := uint64(0)
		for _, p := range peers {
			if w := weight(p, id); w > best {
				best, name = w, p.Name
			}
		}
		return name
	}
	counts, moved := map[string]int{}, 0
	const n = 9000
	for i := range n {
		id := chepiao.MakeDepartureID(chepiao.TemplateNo(i/30+1), chepiao.DayOf(time.Date(2026, 11, 1+i%30, 0, 0, 0, 0, time.UTC)))
		before := home(peers, id)
		counts[before]++
		if after := home(peers[:2], id); after != before {
			moved++
			if before != "hub-3" {
				t.Fatalf("%s moved from %s to %s though only hub-3 went", id, before, after)
			}
		}
	}
	for name, got := range counts {
		if got < n/3*9/10 || got > n/3*11/10 {
			t.Errorf("%s is home to %d of %d", name, got, n)
		}
	}
	if moved != counts["hub-3"] {
		t.Errorf("%d moved of %d", moved, counts["hub-3"])
	}
}
