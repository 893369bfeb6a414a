package chepiao

import "time"

// Ops is what stations have changed about a departure: reports, delays, gates,
// reserved seats and the like. A departure that runs as planned has none. It is
// never changed in place: Departure.Change puts another one there, so a mark
// and a reader's view may keep the one they have.
type Ops struct {
	Fault    Fault         `json:"fault,omitempty"`     // the whole departure's: refunds are free
	Coach    string        `json:"coach,omitempty"`     // vehicle type that runs instead of the template's
	Shifts   []int         `json:"shifts,omitempty"`    // seconds each stop leaves later than planned, by stop position
	Gates    []GateAt      `json:"gates,omitempty"`     // by stop position
	StopSale []int         `json:"stop_sale,omitempty"` // stop positions that sell no more
	Reserved []Reserve     `json:"reserved,omitempty"`
	Reports  []Report      `json:"reports,omitempty"` // 报班, in the order they came
	Trips    []Trip        `json:"trips,omitempty"`   // flow: coaches that left, in order
	Exits    []Exit        `json:"exits,omitempty"`   // when it left its stops, where the rules ask for it
	Queue    int           `json:"queue,omitempty"`   // flow: the virtual queue number given last
	Into     DepartureID   `json:"into,omitempty"`    // merged or stowed into
	Of       DepartureID   `json:"of,omitempty"`      // extra: the departure it relieves
	Carries  []DepartureID `json:"carries,omitempty"` // departures merged or stowed into this one
	Calls    []CallAt      `json:"calls,omitempty"`   // what those who wait must hear of
}

// GateAt is where passengers board at a stop of a departure.
type GateAt struct {
	Stop  int    `json:"stop"`
	Gate  string `json:"gate,omitempty"`
	Berth string `json:"berth,omitempty"` // 发车位
}

// ReserveKind says how a reserved seat comes back (requirements 6.6).
type ReserveKind string

// The kinds of reserved seats.
const (
	ReserveFixed  ReserveKind = "fixed"  // 固定留座: never on sale
	ReserveAuto   ReserveKind = "auto"   // 自动取消: comes back at its time
	ReserveManual ReserveKind = "manual" // 非自动取消: comes back when somebody says so
)

// Reserve (留座) is a seat kept back on some legs.
type Reserve struct {
	Seat   int         `json:"seat"` // 0: a place of a flow departure
	From   int         `json:"from"` // stop positions
	To     int         `json:"to"`
	Kind   ReserveKind `json:"kind"`
	Reason string      `json:"reason"`
	By     string      `json:"by"`
	Until  time.Time   `json:"until,omitzero"` // auto: when it comes back
}

// Report (报班) is a coach that has come for the departure.
type Report struct {
	Stop     int       `json:"stop"` // where it reported
	Plate    string    `json:"plate"`
	Coach    string    `json:"coach"`    // vehicle type
	Seats    int       `json:"seats"`    // passenger seats
	Approved int       `json:"approved"` // 核定载客人数
	Drivers  []string  `json:"drivers"`  // staff numbers, never names
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	Late     int       `json:"late,omitempty"` // seconds after it was due
	Fine     Money     `json:"fine,omitempty"`
	Berth    string    `json:"berth,omitempty"`
}

// Trip is one coach of a flow departure that has left a stop.
type Trip struct {
	No     int       `json:"no"`
	Stop   int       `json:"stop"`
	Plate  string    `json:"plate,omitempty"`
	Places int       `json:"places"`
	Aboard int       `json:"aboard"`
	At     time.Time `json:"at"`
}

// Exit is a stop that the coach has left.
type Exit struct {
	Stop int       `json:"stop"`
	At   time.Time `json:"at"`
}

// Exited is when the coach left a stop; zero: it has not, or nobody wrote it
// down (rule check_dispatched asks for it).
func (o *Ops) Exited(stop int) (at time.Time) {
	if o == nil {
		return at
	}
	for _, e := range o.Exits {
		if e.Stop == stop {
			at = e.At
		}
	}
	return at
}

// Shift is how much later than planned the coach leaves a stop.
func (o *Ops) Shift(stop int) time.Duration {
	if o == nil || stop >= len(o.Shifts) {
		return 0
	}
	return seconds(o.Shifts[stop])
}

// Reported is the coach that stands, or will come, at a stop: the last report at
// or before it; ok is false when no coach has come yet. Each coach of a flow
// departure that has left the stop took its report with it.
func (o *Ops) Reported(stop int) (r Report, ok bool) {
	if o == nil {
		return r, false
	}
	n := 0
	for _, one := range o.Reports {
		if one.Stop <= stop {
			r = one
			n++
		}
	}
	return r, n > o.left(stop)
}

// left counts the coaches of a flow departure that have left a stop.
func (o *Ops) left(stop int) (n int) {
	for _, t := range o.Trips {
		if t.Stop == stop {
			n++
		}
	}
	return n
}

// Gate is where passengers board at a stop; planned is the template's gate.
func (o *Ops) Gate(stop int, planned string) (gate, berth string) {
	gate = planned
	if o == nil {
		return gate, ""
	}
	for _, g := range o.Gates {
		if g.Stop != stop {
			continue
		}
		if g.Gate != "" {
			gate = g.Gate
		}
		berth = g.Berth
	}
	return gate, berth
}

// SetGate has passengers board at another gate or berth of a stop; "" keeps what
// it was.
func (o *Ops) SetGate(stop int, gate, berth string) {
	for i := range o.Gates {
		if o.Gates[i].Stop == stop {
			o.Gates[i].Gate, o.Gates[i].Berth = or(gate, o.Gates[i].Gate), or(berth, o.Gates[i].Berth)
			return
		}
	}
	o.Gates = append(o.Gates, GateAt{stop, gate, berth})
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// Clone copies the changes, to be changed and put back with Departure.Change.
func (o *Ops) Clone() Ops {
	if o == nil {
		return Ops{}
	}
	c := *o
	c.Shifts = append([]int(nil), o.Shifts...)
	c.Gates = append([]GateAt(nil), o.Gates...)
	c.StopSale = append([]int(nil), o.StopSale...)
	c.Reserved = append([]Reserve(nil), o.Reserved...)
	c.Reports = append([]Report(nil), o.Reports...)
	c.Trips = append([]Trip(nil), o.Trips...)
	c.Exits = append([]Exit(nil), o.Exits...)
	c.Carries = append([]DepartureID(nil), o.Carries...)
	c.Calls = append([]CallAt(nil), o.Calls...)
	return c
}

// Change puts other changes in the place of a departure's.
func (d *Departure) Change(o Ops) { d.Ops = &o }

// SpanOf is when the coach leaves a stop, delays included: twice the same moment
// for a fixed departure, the first and the last time for a flow departure.
func (t *Template) SpanOf(o *Ops, stop int, d Day, zone *time.Location) (first, last time.Time) {
	first, last = t.Span(stop, d, zone)
	return first.Add(o.Shift(stop)), last.Add(o.Shift(stop))
}

// ArrivalOf is when the coach comes to a stop, delays included.
func (t *Template) ArrivalOf(o *Ops, stop int, d Day, zone *time.Location) time.Time {
	return t.Stops[stop].Arrive.On(d, zone).Add(o.Shift(stop))
}
