package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
	"chepiao/office"
)

// PublicBoard is a station's departure board, for signs and speakers of any make.
type PublicBoard struct {
	Station    Place             `json:"station"`
	Made       time.Time         `json:"made" doc:"When the node made this. A sign that cannot get a newer one says how old it is."`
	GoodFor    int               `json:"good_for" doc:"Seconds after which it is to be shown as old."`
	Departures []PublicDeparture `json:"departures"`
	More       int               `json:"more,omitempty" doc:"Departures behind these."`
	Calls      []PublicCall      `json:"calls" doc:"What is to be said aloud now. Say each key once."`
}

// PublicDeparture is a departure on a public board. Nothing in it is about a person.
type PublicDeparture struct {
	ID      string             `json:"id" example:"1042-20261122"`
	Number  string             `json:"number" example:"JA1001"`
	To      string             `json:"to"`
	ToEN    string             `json:"to_en,omitempty"`
	Gate    string             `json:"gate,omitempty"`
	Berth   string             `json:"berth,omitempty"`
	Planned time.Time          `json:"planned" doc:"By the timetable."`
	Departs time.Time          `json:"departs" doc:"Delays included; the first coach of a flow departure."`
	Last    *time.Time         `json:"last,omitempty" doc:"Last coach of a flow departure."`
	Boards  *time.Time         `json:"boards,omitempty" doc:"When check opens."`
	State   chepiao.ShownState `json:"state" enum:"on_time,delayed,awaited,boarding,last_call,closed,departed,cancelled,moved"`
	Late    int                `json:"late,omitempty" doc:"Whole minutes past departs while it has not left. With state awaited no coach is there and no new time is known."`
	Into    string             `json:"into,omitempty" doc:"moved: the number of the departure that takes its passengers."`
}

// PublicCall is a call for the loudspeakers.
type PublicCall struct {
	Key  string           `json:"key" doc:"The same for everybody; a speaker says each once."`
	Kind chepiao.CallKind `json:"kind" enum:"boarding,last_call,delayed,late,gate,cancelled,moved,runs,notice"`
	At   time.Time        `json:"at"`
	ZH   string           `json:"zh"`
	EN   string           `json:"en"`
}

type boardQuery struct {
	Station string `path:"station" maxLength:"60" doc:"Business code of the station."`
	Gate    string `query:"gate" maxLength:"40" doc:"Only what boards there."`
	Hours   int    `query:"hours" minimum:"1" maximum:"24" default:"12" doc:"How far ahead."`
	Limit   int    `query:"limit" minimum:"1" maximum:"100" default:"40"`
}

type boardOut struct {
	Cache string `header:"Cache-Control"`
	Body  PublicBoard
}

// Ages of a board: how long anybody may keep it, and after how long it is old.
const (
	boardFresh = "public, max-age=5"
	boardGood  = 60 // seconds
)

func (d *door) board() {
	register(d, huma.Operation{OperationID: "getBoard", Method: http.MethodGet, Path: "/board/{station}", Tags: []string{"timetable"},
		Summary: "A station's departure board", Description: "For signs and loudspeakers: what anybody in the hall may know. Ask every ten seconds."}, d.getBoard)
}

func (d *door) getBoard(ctx context.Context, in *boardQuery) (*boardOut, error) {
	t := d.Office.Timetable()
	s, err := t.StationByCode(in.Station, "station")
	if err != nil {
		return nil, err
	}
	now := d.Now()
	show, err := d.Office.Display(ctx, now, office.DisplayQuery{Station: s.No, Gate: in.Gate, Ahead: time.Duration(in.Hours) * time.Hour, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	b := PublicBoard{Station: placeOf(s), Made: d.moment(now), GoodFor: boardGood, More: show.More, Departures: []PublicDeparture{}, Calls: []PublicCall{}}
	for _, s := range show.Shown {
		one := PublicDeparture{
			ID: s.Departure.String(), Number: s.Number, To: s.ToZH, ToEN: s.ToEN, Gate: s.Gate, Berth: s.Berth,
			Planned: s.Planned, Departs: s.Departs, State: s.State, Late: s.Late, Into: s.Into,
		}
		if s.Flow {
			one.Last = &s.Last
		}
		if !s.Boards.IsZero() {
			boards := d.moment(s.Boards)
			one.Boards = &boards
		}
		b.Departures = append(b.Departures, one)
	}
	for _, c := range show.Due() {
		b.Calls = append(b.Calls, PublicCall{c.Key, c.Kind, d.moment(c.At), c.ZH, c.EN})
	}
	return &boardOut{boardFresh, b}, nil
}
