package chepiao

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// DepartureID names one departure: a template on a service day. It is computed,
// not stored, so a departure needs no row before something happens to it.
type DepartureID int64

// dayZero is the first service day a departure id can name: 1 January 2020.
const dayZero Day = 18262

// MakeDepartureID composes the id of a template on a day. Days run from 2020
// for 65,536 days.
func MakeDepartureID(t TemplateNo, d Day) DepartureID {
	return DepartureID(int64(t)<<16 | int64(uint16(d-dayZero)))
}

// Template and Day take the id apart.
func (id DepartureID) Template() TemplateNo { return TemplateNo(id >> 16) }
func (id DepartureID) Day() Day             { return dayZero + Day(uint16(id)) }

// String is the template's number and the day: "1042-20261122".
func (id DepartureID) String() string {
	return strconv.Itoa(int(id.Template())) + "-" + id.Day().date().Format("20060102")
}

// ParseDepartureID reads what String prints. Refusal Invalid otherwise.
func ParseDepartureID(s string) (DepartureID, error) {
	bad := Refuse(Invalid, "班次编号应为 1042-20261122 这样的格式", "a departure looks like 1042-20261122").At("departure")
	number, day, ok := strings.Cut(s, "-")
	t, err := strconv.ParseInt(number, 10, 32)
	if !ok || err != nil || t <= 0 || len(day) != 8 {
		return 0, bad
	}
	d, err := ParseDay(day)
	if err != nil || d < dayZero || d > dayZero+65535 {
		return 0, bad
	}
	return MakeDepartureID(TemplateNo(t), d), nil
}

func (id DepartureID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

func (id *DepartureID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseDepartureID(string(b))
	return err
}

// DepartureState is how far a departure has come at its first station. The
// full table (report, delay, merge …) grows here.
type DepartureState string

const (
	OnSale     DepartureState = "on_sale"
	Dispatched DepartureState = "dispatched" // 发班: the coach has left, nothing more is sold or checked
)

// Departure is one run of a template on a service day: what of it changes.
// Version counts the decisions taken on it; a store writes it only if the
// version is still the one that was read.
type Departure struct {
	ID       DepartureID
	Version  int64
	State    DepartureState
	Seats    SeatMap
	Children int // accompanying free children sold, against the quota
	// Riders holds the token of every document with a live ticket on this
	// departure: one document, one ticket (parameter P1076).
	Riders map[PersonToken]TicketID
}

// NewDeparture is a departure that nothing has happened to yet.
func NewDeparture(id DepartureID, t *Template) *Departure {
	d := &Departure{ID: id, State: OnSale, Riders: map[PersonToken]TicketID{}}
	if t.Kind == Flow {
		d.Seats = NewFlow(t.Seats, t.Legs())
	} else {
		d.Seats = NewSeats(t.Seats, t.Legs())
	}
	return d
}

// Clone copies a departure so that a decision can be tried and thrown away.
func (d *Departure) Clone() *Departure {
	c := *d
	c.Seats = d.Seats.Clone()
	c.Riders = make(map[PersonToken]TicketID, len(d.Riders))
	for k, v := range d.Riders {
		c.Riders[k] = v
	}
	return &c
}

// Dispatch lets the coach leave. Refusals: WrongState when it has left
// already; PastDeparture ("too early") before earliest.
func (d *Departure) Dispatch(now, earliest time.Time) error {
	if d.State == Dispatched {
		return Refuse(WrongState, "该班次已发车", "this departure has already left")
	}
	if now.Before(earliest) {
		return Refuse(TooEarly, fmt.Sprintf("%s 以后才能发班", earliest.Format("15:04")),
			fmt.Sprintf("this departure may leave from %s", earliest.Format("15:04")))
	}
	d.State = Dispatched
	return nil
}
