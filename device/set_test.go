package device_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"chepiao/device"
	"chepiao/device/simulate"
)

// counter is a simulated counter with the program that serves its pages.
type counter struct {
	*simulate.Counter
	t    *testing.T
	url  string
	log  *bytes.Buffer
	mu   sync.Mutex
	seen []happened
	more chan struct{}
}

// happened is an event as a page gets it.
type happened struct {
	id, name string
	data     map[string]any
}

const patience = 15 * time.Second // for what takes less than two

func newCounter(t *testing.T, change ...func(*device.Options)) *counter {
	t.Helper()
	t.Parallel()
	return newBare(t, change...)
}

// newBare is a second counter of the same test.
func newBare(t *testing.T, change ...func(*device.Options)) *counter {
	t.Helper()
	sim, err := simulate.NewCounter(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sim.Close)
	c := &counter{Counter: sim, t: t, log: &bytes.Buffer{}, more: make(chan struct{}, 1)}
	o := sim.Options()
	o.Now = time.Now
	o.Log = slog.New(slog.NewTextHandler(&locked{mu: &c.mu, w: c.log}, nil))
	for _, f := range change {
		f(&o)
	}
	set := device.New(o)
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() { set.Run(ctx); close(over) }()
	server := httptest.NewServer(device.Handler(map[device.Post]*device.Set{device.Window: set}))
	c.url = server.URL + "/device/window"
	c.listen("")
	t.Cleanup(func() {
		stop()
		server.CloseClientConnections()
		server.Close()
		<-over
	})
	return c
}

// locked is a log that two may look at.
type locked struct {
	mu *sync.Mutex
	w  *bytes.Buffer
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

// listen reads the stream of events as a page does.
func (c *counter) listen(after string) {
	answer, err := http.Get(c.url + "/events?after=" + after)
	if err != nil || answer.Header.Get("Content-Type") != "text/event-stream" {
		c.t.Fatal("no stream of events", err)
	}
	go func() {
		defer answer.Body.Close()
		var e happened
		for in := bufio.NewScanner(answer.Body); in.Scan(); {
			key, value, _ := strings.Cut(in.Text(), ": ")
			switch key {
			case "id":
				e.id = value
			case "event":
				e.name = value
			case "data":
				json.Unmarshal([]byte(value), &e.data) //nolint:errcheck // then it is empty, and missed
			case "":
				if e.name != "" {
					c.mu.Lock()
					c.seen = append(c.seen, e)
					c.mu.Unlock()
					select {
					case c.more <- struct{}{}:
					default:
					}
				}
				e = happened{}
			}
		}
	}()
}

// wait waits for an event like this one, and takes it and all before it away.
func (c *counter) wait(what string, like func(happened) bool) happened {
	c.t.Helper()
	late := time.After(patience)
	for {
		c.mu.Lock()
		for i, e := range c.seen {
			if like(e) {
				c.seen = c.seen[i+1:]
				c.mu.Unlock()
				return e
			}
		}
		c.mu.Unlock()
		select {
		case <-c.more:
		case <-late:
			c.mu.Lock()
			defer c.mu.Unlock()
			c.t.Fatalf("waited in vain for %s; seen: %v", what, c.seen)
		}
	}
}

// is waits for a part to be in a state.
func (c *counter) is(part device.Part, state device.State) {
	c.t.Helper()
	c.wait(fmt.Sprintf("%s %s", part, state), func(e happened) bool { return e.name == string(part) && e.data["state"] == string(state) })
}

// job waits for a slip to be in a state, for a reason.
func (c *counter) job(id, state, why string) {
	c.t.Helper()
	c.wait(fmt.Sprintf("job %s %s %s", id, state, why), func(e happened) bool {
		said, _ := e.data["why"].(string)
		return e.name == "job" && e.data["id"] == id && e.data["state"] == state && said == why
	})
}

func (c *counter) event(name string) happened {
	c.t.Helper()
	return c.wait(name, func(e happened) bool { return e.name == name })
}

// none tells that no such event came until something else has happened.
func (c *counter) none(name string) {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.seen {
		if e.name == name {
			c.t.Errorf("there was a %s: %v", name, e.data)
		}
	}
}

// post asks for something, and returns status and answer.
func (c *counter) post(path, job string, body string) (int, map[string]any) {
	c.t.Helper()
	r, err := http.NewRequest("POST", c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if job != "" {
		r.Header.Set("Job", job)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer answer.Body.Close()
	var said map[string]any
	if err := json.NewDecoder(answer.Body).Decode(&said); err != nil {
		c.t.Fatal(err)
	}
	return answer.StatusCode, said
}
