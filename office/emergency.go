package office

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"chepiao"
	"chepiao/paper"
	"chepiao/store"
)

// Emergency (应急清单) is who is aboard a coach, for rescuers: seats, names, telephones
// and children, with a seal that tells a true copy. Names and telephones are clear, as
// somebody has to call them; documents are masked as on every print (requirements 8.1).
// Nobody reads it without being written down (TakeManifest), and nothing keeps it.
type Emergency struct {
	Run     Run
	From    *chepiao.Station
	To      *chepiao.Station
	Departs time.Time // from its first stop
	Plate   string    // of the coach that reported last, "" while unknown
	Drivers []string  // staff numbers
	Made    time.Time
	Riders  []EmergencyRider // by seat; those who have alighted last
	Aboard  int              // people, free children included, without those who have alighted
	Free    int              // of them free children
	Waiting int              // paid and not checked: not aboard, as far as is known
	Lasts   time.Duration    // how long a copy on a staff machine is of any use: until an hour after its last stop, rule manifest_kept at most; 0 is none
	Seal    string           // keyed: the node that made the list knows its own
}

// EmergencyRider is one line of it.
type EmergencyRider struct {
	Seat     int    `json:"seat,omitempty"`
	Trip     int    `json:"trip,omitempty"` // flow: which coach of the day
	Name     string `json:"name"`
	Document string `json:"document"` // masked
	Phone    string `json:"phone,omitempty"`
	From     string `json:"from"`
	To       string `json:"to"`
	Children int    `json:"children,omitempty"` // free children with this passenger
	Child    bool   `json:"child,omitempty"`    // travels at a child's fare
	Off      bool   `json:"off,omitempty"`      // has alighted by now
}

// String, GoString and LogValue keep who it is out of logs and errors.
func (EmergencyRider) String() string       { return "rider" }
func (EmergencyRider) GoString() string     { return "rider" }
func (EmergencyRider) LogValue() slog.Value { return slog.StringValue("rider") }

// emergencyMost bounds the tickets of one departure.
const emergencyMost = 5000

// TakeManifest is the emergency manifest of a departure. It writes down first who took
// it, where, and of whom: in the journal and where each passenger sees it. at is when
// it was read, for a copy that a desk opened while this node did not answer; zero for
// now. Refusals: NotFound.
func (o *Office) TakeManifest(ctx context.Context, now time.Time, v Verb, id chepiao.DepartureID, at time.Time) (Emergency, error) {
	e, people, err := o.emergency(ctx, now, id)
	if err != nil {
		return e, err
	}
	_, err = o.once(ctx, v, []any{"take manifest", id, at.Unix()}, func(tx *store.Tx) (*chepiao.Event, error) {
		taken := chepiao.ManifestTaken{Aboard: e.Aboard, Children: e.Free, Seal: e.Seal}
		if !at.IsZero() && at.Before(tx.Now) {
			taken.Read = at
		}
		for _, p := range people {
			if !p.IsZero() {
				tx.NoteLooked(chepiao.Looked{At: tx.Now, By: v.By, Staff: v.Who, Where: v.At.Station, Person: p, How: chepiao.LookByManifest, Why: chepiao.LookEmergency, Found: 1})
			}
		}
		event := &chepiao.Event{Kind: chepiao.ManifestWasTaken, By: v.By, Departure: &id, Detail: taken}
		return event, tx.Record("manifest "+strconv.FormatInt(tx.NextIDs(1), 10), 1, *event)
	})
	return e, err
}

// emergency reads the list and whom it names.
func (o *Office) emergency(ctx context.Context, now time.Time, id chepiao.DepartureID) (e Emergency, named []chepiao.PersonToken, err error) {
	t := o.Timetable()
	if e.Run, err = t.Run(id); err != nil {
		return e, nil, err
	}
	stops := e.Run.Template.Stops
	e.From, e.To, e.Made = t.Station(stops[0].Station), t.Station(stops[len(stops)-1].Station), now.In(t.Zone).Truncate(time.Second)
	e.Departs, _ = o.Span(e.Run, 0)
	e.Departs = e.Departs.In(t.Zone)
	kept := time.Duration(o.RulesFor(now, e.Run, 0).ManifestKept) * time.Second
	e.Lasts = max(0, min(kept, o.Arrival(e.Run, len(stops)-1).Add(readyAfter).Sub(now)))
	left := 0
	if v := o.seen(e.Run); v != nil {
		left = v.Left
		if v.Ops != nil && len(v.Ops.Reports) > 0 {
			last := v.Ops.Reports[len(v.Ops.Reports)-1]
			e.Plate, e.Drivers = last.Plate, last.Drivers
		}
	}
	tickets, people, err := o.Manifest(ctx, id, 0, emergencyMost)
	if err != nil {
		return e, nil, err
	}
	for i, ticket := range tickets {
		switch ticket.State {
		case chepiao.TicketValid, chepiao.TicketSuspended:
			e.Waiting++
			continue
		case chepiao.TicketChecked, chepiao.TicketDeparted, chepiao.TicketUsed:
		default:
			continue
		}
		p := people[i]
		one := EmergencyRider{
			Seat: ticket.Seat, Trip: ticket.Trip, Name: p.Name.Reveal(), Document: p.Document.String(), Phone: p.Phone.Reveal(), From: t.Station(ticket.From).Name, To: t.Station(ticket.To).Name,
			Children: ticket.Children, Child: ticket.Guardian != 0, Off: ticket.Alight < left,
		}
		if !one.Off {
			e.Aboard += 1 + one.Children
			e.Free += one.Children
		}
		e.Riders, named = append(e.Riders, one), append(named, ticket.Person)
	}
	slices.SortStableFunc(e.Riders, func(a, b EmergencyRider) int {
		if a.Off != b.Off {
			if b.Off {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.Trip, b.Trip), cmp.Compare(a.Seat, b.Seat))
	})
	seal, err := o.secret.inputHash([]any{"manifest", id, e.Made.Unix(), e.Riders})
	e.Seal = hex.EncodeToString(seal)
	return e, named, err
}

// Limits of what a desk keeps ready: how long after it left a coach may still be on its
// way, how many of them.
const (
	readyPast  = 12 * time.Hour
	readyAfter = time.Hour // after its last stop
	readyMost  = 60
)

// ReadyManifests are the emergency manifests of the coaches of a station that board or
// are on their way, for a desk to hold in its open page. Whoever opens one of them tells
// the node (TakeManifest).
func (o *Office) ReadyManifests(ctx context.Context, now time.Time, station chepiao.StationNo) (list []Emergency, err error) {
	board, err := o.UnderWay(ctx, now, station)
	for _, b := range board {
		e, _, err := o.emergency(ctx, now, b.ID)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, err
}

// UnderWay are the departures of a station with somebody aboard: they board, or have
// left and are not long at their end.
func (o *Office) UnderWay(ctx context.Context, now time.Time, station chepiao.StationNo) (list []BoardLine, err error) {
	board, err := o.DayBoard(ctx, now, now.Add(-readyPast), station, boardAll)
	for _, b := range board {
		if b.Checked > 0 && len(list) < readyMost && o.Arrival(b.Run, len(b.Template.Stops)-1).After(now.Add(-readyAfter)) {
			list = append(list, b)
		}
	}
	return list, err
}

const boardAll = 500

// Document is the manifest on a sheet of A4.
func (e Emergency) Document(printed paper.Printed) paper.Account {
	a := paper.Account{Title: "应急乘客清单 Emergency manifest", Printed: printed}
	add := func(what, is string) {
		if is != "" {
			a.Facts = append(a.Facts, [2]string{what, is})
		}
	}
	add("班次", e.Run.Template.Number)
	add("线路", e.From.Name+" → "+e.To.Name)
	add("发车", e.Departs.Format("2006-01-02 15:04"))
	add("车牌", e.Plate)
	for _, d := range e.Drivers {
		add("驾驶员工号", d)
	}
	add("车上人数", strconv.Itoa(e.Aboard))
	add("其中免票儿童", strconv.Itoa(e.Free))
	add("已购票未检票", strconv.Itoa(e.Waiting))
	rows := [][]string{{"姓名", "座位", "证件", "电话", "上车—下车", "儿童"}}
	for _, r := range e.Riders {
		rows = append(rows, r.row())
	}
	a.Tables = []paper.Table{{Title: "车上旅客 Aboard", Rows: rows, Shares: []int{10, 4, 12, 8, 15, 4}}}
	a.Notes = []string{
		"仅供应急救援使用，用后按规定销毁。每次调取均已记录，旅客本人可以查询。",
		"For rescue only. Every copy is recorded, and passengers can see that it was made.",
		"校验 Seal " + e.Seal + " · " + e.Made.Format("2006-01-02 15:04:05"),
	}
	a.Signs = []string{"调取人", "接收人"}
	return a
}

func (r EmergencyRider) row() []string {
	seat := ""
	if r.Seat > 0 {
		seat = strconv.Itoa(r.Seat)
	} else if r.Trip > 0 {
		seat = fmt.Sprintf("第 %d 车", r.Trip)
	}
	name, children := r.Name, ""
	if r.Child {
		name += "（儿童）"
	}
	if r.Off {
		name += "（已下车）"
	}
	if r.Children > 0 {
		children = "+" + strconv.Itoa(r.Children)
	}
	return []string{name, seat, r.Document, r.Phone, r.From + "—" + r.To, children}
}
