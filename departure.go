package chepiao

import (
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
	var room [24]byte
	return string(id.append(room[:0]))
}

func (id DepartureID) append(b []byte) []byte {
	b = append(strconv.AppendInt(b, int64(id.Template()), 10), '-')
	year, month, day := id.Day().date().Date()
	for _, n := range [...]int{year / 1000, year / 100, year / 10, year, int(month) / 10, int(month), day / 10, day} {
		b = append(b, byte('0'+n%10))
	}
	return b
}

// ParseDepartureID reads what String prints. Refusal Invalid otherwise.
func ParseDepartureID(s string) (DepartureID, error) {
	number, day, ok := strings.Cut(s, "-")
	t, err := strconv.ParseInt(number, 10, 32)
	if !ok || err != nil || t <= 0 || len(day) != 8 {
		return 0, badDeparture
	}
	d, err := ParseDay(day)
	if err != nil || d < dayZero || d > dayZero+65535 {
		return 0, badDeparture
	}
	if id := MakeDepartureID(TemplateNo(t), d); id.String() == s {
		return id, nil
	}
	return 0, badDeparture // one departure has one name: no "+7", no "007"
}

var badDeparture = Refuse(Invalid, "班次编号应为 1042-20261122 这样的格式", "a departure looks like 1042-20261122").At("departure")

func (id DepartureID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

func (id *DepartureID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseDepartureID(string(b))
	return err
}

// DepartureState says whether a departure runs. How far it has come at each
// stop (reported, checking, dispatched) is its Phase there.
type DepartureState string

const (
	Running DepartureState = "running"
	Stopped DepartureState = "stopped" // 停班: the carrier does not run it
	Merged  DepartureState = "merged"  // 并班: its passengers travel with another departure
	Stowed  DepartureState = "stowed"  // 配载: sold as itself, carried by another departure's coach
	Missed  DepartureState = "no_show" // 脱班: its coach did not come
)

// Text is the state in words, to follow "the departure …".
func (s DepartureState) Text() (zh, en string) {
	switch s {
	case Running:
		return "正常开行", "runs"
	case Stopped:
		return "已停班", "does not run"
	case Merged:
		return "已并班", "was merged into another one"
	case Stowed:
		return "已配载", "is carried by another coach"
	case Missed:
		return "已脱班", "is a no-show"
	}
	return string(s), "is " + string(s)
}

// Departure is one run of a template on a service day: what of it changes.
// Version counts the decisions taken on it; a store writes it only if the
// version is still the one that was read.
type Departure struct {
	ID       DepartureID
	Version  int64
	State    DepartureState
	Left     int // stops the coach has left (发班): 0 while it stands at its first
	Seats    SeatMap
	Children int    // accompanying free children sold, against the quota
	Ops      *Ops   // what stations have changed; nil: nothing
	Node     NodeNo // of the node whose copy this is; 0: the hub
	Away     *Away  // seats that other nodes hold; nil: none
	// Riders holds the token of every document with a live ticket on this
	// departure: one document, one ticket (parameter P1076).
	Riders  map[PersonToken]TicketID
	changes []riderChange // since the oldest mark
}

// NewDeparture is a departure that nothing has happened to yet.
func NewDeparture(id DepartureID, t *Template) *Departure {
	d := &Departure{ID: id, State: Running, Riders: map[PersonToken]TicketID{}}
	if t.Kind == Flow {
		d.Seats = NewFlow(t.Seats, t.Legs())
	} else {
		d.Seats = NewSeats(t.Seats, t.Legs())
	}
	return d
}

// Mark remembers a departure as it is, so that a decision can be undone.
type Mark struct {
	version  int64
	state    DepartureState
	left     int
	seats    SeatMap
	children int
	ops      *Ops
	away     *Away
	changes  int
}

// riderChange is one change of Riders: what the token stood for before.
type riderChange struct {
	token PersonToken
	was   TicketID // 0: the token had no ticket
}

// Mark remembers the departure. The riders are not copied, their changes are
// kept instead: a flow departure may have thousands.
func (d *Departure) Mark() Mark {
	return Mark{d.Version, d.State, d.Left, d.Seats.Clone(), d.Children, d.Ops, d.Away, len(d.changes)}
}

// Undo takes the departure back to a mark. Marks are undone last first.
func (d *Departure) Undo(m Mark) {
	d.Version, d.State, d.Left, d.Seats, d.Children, d.Ops, d.Away = m.version, m.state, m.left, m.seats, m.children, m.ops, m.away
	for i := len(d.changes) - 1; i >= m.changes; i-- {
		if c := d.changes[i]; c.was == 0 {
			delete(d.Riders, c.token)
		} else {
			d.Riders[c.token] = c.was
		}
	}
	d.changes = d.changes[:m.changes]
}

// Keep forgets all marks: what was decided is stored.
func (d *Departure) Keep() { d.changes = d.changes[:0] }

// setRider gives the token a ticket, or none when id is 0. The zero token is
// nobody's: passengers without a document are not told apart.
func (d *Departure) setRider(token PersonToken, id TicketID) {
	if token.IsZero() {
		return
	}
	d.changes = append(d.changes, riderChange{token, d.Riders[token]})
	if id == 0 {
		delete(d.Riders, token)
	} else {
		d.Riders[token] = id
	}
}

// Dispatch lets the coach leave a stop, 0 for the first: nothing more is sold
// or checked there. Refusals: WrongState when it has left, TooEarly before
// earliest.
func (d *Departure) Dispatch(stop int, now, earliest time.Time) error {
	if stop < d.Left {
		return Refuse(WrongState, "该班次已从本站发车", "this departure has already left this station")
	}
	if now.Before(earliest) {
		at := earliest.Format("15:04")
		return Refuse(TooEarly, at+" 以后才能发班", "this departure may leave from "+at)
	}
	d.Left = stop + 1
	return nil
}

// Absent refuses to call a departure a no-show (脱班): TooEarly before its last
// coach should have left the stop, WrongState once a coach has reported or at
// another stop than the first.
func (d *Departure) Absent(t *Template, stop int, last, now time.Time, r *Rules) *Refusal {
	for i := range stop {
		if t.Stops[i].Board {
			return Refuse(WrongState, "脱班以始发站为准", "a coach is a no-show at its first stop").At("station")
		}
	}
	if now.Before(last) {
		at := last.Format("15:04")
		return Refuse(TooEarly, at+" 发车时间未到，不能按脱班处理", "it is no no-show before "+at).By("no_show_auto", r, Given("departs", last), Given("now", now))
	}
	if d.Ops != nil && len(d.Ops.Reports) > 0 {
		return Refuse(WrongState, "车辆已报班，不能按脱班处理", "a coach has reported: it is no no-show").At("departures")
	}
	return nil
}
