package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"chepiao/demo"
)

// The pages under people's hands: a hundred clerks sell at once, each about every
// eight seconds (twice as fast as a good clerk), while as many phones look and hold
// seats. All of them go through the demo's own pages, on its own store.
const (
	counterClerks = 100
	counterPhones = 100
	counterPause  = time.Second           // on average between two steps of a person
	counterSpan   = 12                    // spans a measurement: people are slow
	saleGoal      = 50 * time.Millisecond // all requests of a window sale together, 99 of 100 sales
	pageGoal      = 30 * time.Millisecond // a passenger's page, 99 of 100
)

// CounterResult is how long a kind of page took to answer.
type CounterResult struct {
	Door  string  `json:"door"` // window or phone
	Page  string  `json:"page"`
	Asked int     `json:"asked"`
	P50   float64 `json:"p50_ms"`
	P99   float64 `json:"p99_ms"`
	times []time.Duration
}

// wholeSale stands for all requests of a sale together.
const wholeSale = "a whole sale"

type counter struct {
	base string
	day  string
	mu   sync.Mutex
	list []*CounterResult
}

func (c *counter) note(door, page string, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.list, func(r *CounterResult) bool { return r.Door == door && r.Page == page })
	if i < 0 {
		c.list = append(c.list, &CounterResult{Door: door, Page: page})
		i = len(c.list) - 1
	}
	c.list[i].times = append(c.list[i].times, took)
}

// measureCounter runs the demo and everybody in front of it.
func measureCounter(ctx context.Context, plan Plan) (list []*CounterResult, err error) {
	p, err := start(ctx, os.Stderr, "demo", "--listen", "127.0.0.1:0", "--print-json", "--sales", "0")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	zone := time.FixedZone("CST", 8*3600)
	c := &counter{base: p.url, day: time.Now().In(zone).AddDate(0, 0, 2).Format("2006-01-02")}
	ctx, end := context.WithTimeout(ctx, counterSpan*plan.Span)
	defer end()
	faults := make(chan error, counterClerks+counterPhones)
	var all sync.WaitGroup
	for i := range counterClerks + counterPhones {
		all.Go(func() {
			jar, _ := cookiejar.New(nil) // never fails
			v := &visitor{counter: c, client: &http.Client{Jar: jar, Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, chance: rand.New(rand.NewPCG(23, uint64(i))), person: 400_000 + i*1000}
			work := v.sell
			if i >= counterClerks {
				work = v.look
			}
			for ctx.Err() == nil {
				if err := work(ctx); err != nil && ctx.Err() == nil {
					faults <- err
					return
				}
			}
		})
	}
	all.Wait()
	close(faults)
	for err := range faults {
		return nil, err
	}
	for _, r := range c.list {
		r.Asked = len(r.times)
		q := percentiles(r.times)
		r.P50, r.P99 = q.P50, q.P99
	}
	return c.list, nil
}

// visitor is one browser and whoever uses it.
type visitor struct {
	*counter
	client *http.Client
	chance *rand.Rand
	person int
	spent  time.Duration // by the hub, on what this person is doing
}

// ask sends one request after a pause and counts what the hub took for it.
func (v *visitor) ask(ctx context.Context, door, page, address string, form url.Values) (body, to string, err error) {
	select {
	case <-time.After(time.Duration(v.chance.Float64() * 2 * float64(counterPause))):
	case <-ctx.Done():
		return "", "", ctx.Err()
	}
	method, content := http.MethodGet, io.Reader(nil)
	if form != nil {
		method, content = http.MethodPost, strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(ctx, method, v.base+address, content)
	if err != nil {
		return "", "", err
	}
	r.Header.Set("Accept-Language", "zh")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	began := time.Now()
	res, err := v.client.Do(r)
	if err != nil {
		return "", "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return "", "", err
	}
	took := time.Since(began)
	v.spent += took
	v.note(door, page, took)
	if res.StatusCode >= 400 {
		return "", "", fmt.Errorf("%s %s: %s", method, strings.Split(address, "?")[0], res.Status)
	}
	return string(b), res.Header.Get("Location"), nil
}

var (
	saleLinks = regexp.MustCompile(`href="(/window/sale/[^"]+)"`)
	tripLinks = regexp.MustCompile(`href="(/passenger/departures/[^"?]+\?[^"]+)"`)
	onceField = regexp.MustCompile(`name="once" value="([^"]+)"`)
)

func (v *visitor) pick(links *regexp.Regexp, body string) (string, error) {
	found := links.FindAllStringSubmatch(body, -1)
	if len(found) == 0 {
		return "", errors.New("the list has no departure")
	}
	return strings.ReplaceAll(found[v.chance.IntN(len(found))][1], "&amp;", "&"), nil
}

func once(body string) string {
	if m := onceField.FindStringSubmatch(body); m != nil {
		return m[1]
	}
	return ""
}

// passengerForm is the form for one more invented person.
func (v *visitor) passengerForm(body string) url.Values {
	v.person++
	name, number := demo.Person(v.person)
	return url.Values{"once": {once(body)}, "count": {"1"}, "p0_kind": {"auto"}, "p0_number": {number}, "p0_name": {name}, "p0_ticket": {"full"}, "seating": {"any"}}
}

// sell is one sale at a window: from the first key to the printed slip.
func (v *visitor) sell(ctx context.Context) error {
	const door = "window"
	v.spent = 0
	body, _, err := v.ask(ctx, door, "departures", "/window?station=130102SJZ&to_code=130606BD&day="+v.day, nil)
	if err != nil {
		return err
	}
	link, err := v.pick(saleLinks, body)
	if err != nil {
		return err
	}
	if body, _, err = v.ask(ctx, door, "sale", link, nil); err != nil {
		return err
	}
	form, path := v.passengerForm(body), strings.Replace(link, "?", "/draft?", 1)
	if _, _, err = v.ask(ctx, door, "card is read", path, form); err != nil {
		return err
	}
	_, order, err := v.ask(ctx, door, "hold", link, form)
	if err != nil {
		return err
	}
	order, _, _ = strings.Cut(order, "?")
	if body, _, err = v.ask(ctx, door, "order", order, nil); err != nil {
		return err
	}
	if _, _, err = v.ask(ctx, door, "cash", order+"/pay", url.Values{"once": {once(body)}, "given": {""}}); err != nil {
		return err
	}
	if _, _, err = v.ask(ctx, door, "slip", "/paper/order/"+order[strings.LastIndex(order, "/")+1:]+".escpos", nil); err != nil {
		return err
	}
	v.note(door, wholeSale, v.spent)
	return nil
}

// look is a passenger on a phone: search, list, departure, hold, order, give up.
func (v *visitor) look(ctx context.Context) error {
	const door = "phone"
	if _, _, err := v.ask(ctx, door, "search", "/passenger", nil); err != nil {
		return err
	}
	body, _, err := v.ask(ctx, door, "list", "/passenger/departures?from_code=130102SJZ&to_code=130606BD&day="+v.day, nil)
	if err != nil {
		return err
	}
	link, err := v.pick(tripLinks, body)
	if err != nil {
		return err
	}
	if body, _, err = v.ask(ctx, door, "departure", link, nil); err != nil {
		return err
	}
	form := v.passengerForm(body)
	form.Set("p0_kind", "resident_id")
	_, order, err := v.ask(ctx, door, "hold", strings.Replace(link, "?", "/hold?", 1), form)
	if err != nil {
		return err
	}
	if order == "" {
		return errors.New("a phone's hold was refused")
	}
	if body, _, err = v.ask(ctx, door, "order", order, nil); err != nil {
		return err
	}
	_, _, err = v.ask(ctx, door, "release", order+"/release", url.Values{"once": {once(body)}})
	return err
}
