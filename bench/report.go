package bench

import (
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Report is everything measured, with the machine it was measured on. Rates are
// per second; the medians are over the rounds.
type Report struct {
	Machine Machine        `json:"machine"`
	Rounds  int            `json:"rounds"`
	Clients int            `json:"clients"`
	SpanMS  int64          `json:"span_ms"`
	World   WorldResult    `json:"world"`
	Pools   []PoolResult   `json:"pools,omitempty"`
	Loads   []*LoadResult  `json:"loads,omitempty"`
	Writers []WriterResult `json:"writers,omitempty"`
	Looks   []*LookResult  `json:"looks,omitempty"`
	Targets []TargetResult `json:"targets,omitempty"`
	Import  *ImportResult  `json:"import,omitempty"`
	Verify  []VerifyResult `json:"verify,omitempty"`

	Checkin []*CheckinResult `json:"checkin,omitempty"`
	Seats   []*SeatsResult   `json:"seats,omitempty"`
	Scale   *ScaleResult     `json:"scale,omitempty"`
	Counter []*CounterResult `json:"counter,omitempty"`
	Paper   []PaperResult    `json:"paper,omitempty"`
	Station *StationResult   `json:"station,omitempty"`
}

// Machine says what a figure was measured on.
type Machine struct {
	CPU    string  `json:"cpu"`
	Cores  int     `json:"cores"`
	Go     string  `json:"go"`
	SyncMS float64 `json:"sync_ms"` // median of a 4 KiB write and fdatasync in the data folder
}

// WorldResult says what was for sale.
type WorldResult struct {
	Departures int     `json:"departures"` // with numbered seats
	Places     int     `json:"flow_places"`
	Orders     int     `json:"orders"` // in the stock, before anything was measured
	Kept       float64 `json:"kept"`   // share of the seat-legs that is sold before the first round
	Least      float64 `json:"least"`  // and after any measurement, of any contender
	Most       float64 `json:"most"`
}

// PoolResult is how many connections a yardstick got, and what each number sold.
type PoolResult struct {
	Contender string    `json:"contender"`
	Sizes     []int     `json:"sizes"`
	Orders    []float64 `json:"orders"` // a second
	Kept      int       `json:"kept"`
}

// WriterResult is what Chepiao's writer did while it was driven in process.
type WriterResult struct {
	Contender string  `json:"contender"`
	Batches   int64   `json:"batches"` // commits
	Verbs     float64 `json:"verbs"`   // a batch
	Largest   int     `json:"largest"` // verbs in one
	CommitMS  float64 `json:"commit_ms"`
	Retried   int64   `json:"retried"`
}

// LoadResult is one kind of load, driven one way.
type LoadResult struct {
	Name       string             `json:"name"`
	Title      string             `json:"title"`
	Way        string             `json:"way"`
	Contenders []*ContenderResult `json:"contenders"`
}

// ContenderResult is one contender under a load. Orders are held and paid; in
// an opening they are answers, sold or honestly sold out.
type ContenderResult struct {
	Name     string      `json:"name"`
	Orders   []float64   `json:"orders"`   // a second, each round
	Commands []float64   `json:"commands"` // requests that write, a second, each round
	Cost     []float64   `json:"cost"`     // processor time of an order with its refund, of all processes, in microseconds
	Refused  int         `json:"refused"`  // sold out
	Busy     int         `json:"busy"`     // gave up after many tries, or queue full
	Hold     Percentiles `json:"hold_ms"`
	Pay      Percentiles `json:"pay_ms"`
	Refund   Percentiles `json:"refund_ms"`

	hold, pay, refund []time.Duration
}

// LookResult is how many requests of a kind Chepiao answers beside the bare
// JSON handler in the same round.
type LookResult struct {
	Contender string    `json:"contender"`
	Name      string    `json:"name"` // search, seats, commands or mixed
	Requests  []float64 `json:"requests"`
	Bare      []float64 `json:"bare"`
}

// Percentiles of a verb's time in milliseconds over all rounds.
type Percentiles struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
}

func newReport(plan Plan) *Report {
	return &Report{
		Machine: Machine{CPU: cpuName(), Cores: runtime.NumCPU(), Go: runtime.Version(), SyncMS: syncTime(plan.Folder)},
		Rounds:  plan.Rounds, Clients: plan.Clients, SpanMS: plan.Span.Milliseconds(),
	}
}

func (r *Report) describe(a *arena) {
	w := a.world
	r.World = WorldResult{
		Departures: len(w.pools[hotPool].departures) + len(w.pools[restPool].departures),
		Places:     w.pools[flowPool].journeys[0].Places, Orders: len(w.stock), Kept: loadKept,
	}
}

// load is the result of a load driven one way, a new one the first time.
func (r *Report) load(name, title, way string) *LoadResult {
	for _, l := range r.Loads {
		if l.Name == name && l.Way == way {
			return l
		}
	}
	l := &LoadResult{Name: name, Title: title, Way: way}
	r.Loads = append(r.Loads, l)
	return l
}

func (l *LoadResult) contender(name string) *ContenderResult {
	for _, c := range l.Contenders {
		if c.Name == name {
			return c
		}
	}
	c := &ContenderResult{Name: name}
	l.Contenders = append(l.Contenders, c)
	return c
}

// sold adds a round of orders.
func (l *LoadResult) sold(name string, t tally, took time.Duration) {
	l.round(name, t, float64(t.orders)/took.Seconds(), took)
}

// answered adds a round of answers to people who all want the same coach.
func (l *LoadResult) answered(name string, t tally, took time.Duration) {
	l.round(name, t, float64(t.orders+t.refused)/took.Seconds(), took)
}

func (l *LoadResult) round(name string, t tally, rate float64, took time.Duration) {
	c := l.contender(name)
	c.Orders = append(c.Orders, rate)
	c.Commands = append(c.Commands, float64(t.commands)/took.Seconds())
	if done := rate * took.Seconds(); done >= 1 {
		c.Cost = append(c.Cost, float64(t.cpu.Microseconds())/done)
	}
	c.Refused += t.refused
	c.Busy += t.busy
	c.hold, c.pay, c.refund = append(c.hold, t.hold...), append(c.pay, t.pay...), append(c.refund, t.refund...)
}

func (r *Report) look(contender, name string, requests, bare float64) {
	for _, l := range r.Looks {
		if l.Contender == contender && l.Name == name {
			l.Requests, l.Bare = append(l.Requests, requests), append(l.Bare, bare)
			return
		}
	}
	r.Looks = append(r.Looks, &LookResult{contender, name, []float64{requests}, []float64{bare}})
}

// find is a contender's result, nil when it was not measured.
func (r *Report) find(load, way, contender string) *ContenderResult {
	for _, l := range r.Loads {
		if l.Name != load || l.Way != way {
			continue
		}
		if i := slices.IndexFunc(l.Contenders, func(c *ContenderResult) bool { return c.Name == contender }); i >= 0 {
			return l.Contenders[i]
		}
	}
	return nil
}

// Median of a list that is not empty; 0 of an empty one.
func Median(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

func percentiles(times []time.Duration) Percentiles {
	if len(times) == 0 {
		return Percentiles{}
	}
	slices.Sort(times)
	at := func(share float64) float64 {
		return float64(times[min(len(times)-1, int(share*float64(len(times))))].Microseconds()) / 1000
	}
	return Percentiles{at(0.50), at(0.99)}
}

func cpuName() string {
	data, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(data)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
		}
	}
	return runtime.GOARCH
}
