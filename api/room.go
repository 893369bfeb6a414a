package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
	"chepiao/office"
)

// roomPath is where a place in the waiting room is taken.
const roomPath = "/waiting-room"

// rooms puts up the waiting room at the opening of sales.
func (d *door) rooms() {
	register(d, huma.Operation{OperationID: "enterWaitingRoom", Method: http.MethodPost, Path: roomPath, Tags: []string{"orders"},
		Summary: "Take a place in the waiting room",
		Description: "When a day goes on sale and many come, people are called in the order in which they came; until then a hold is answered `429 WAIT_FOR_TURN`. " +
			"Keep the `place`, ask how it stands with GET, and send it as `Waiting-Place` with the hold once its state is `called`. " +
			"Sent with a `Waiting-Place` that still waits or is called, this answers with the same place: coming again neither improves nor loses it. " +
			"A place survives restarts, is good for as many holds as the rules say (one), and only until `until` once it is called. " +
			"State `open`: there is no room before this departure now, and no place is needed."}, d.enterRoom)
	register(d, huma.Operation{OperationID: "getWaitingRoom", Method: http.MethodGet, Path: roomPath, Tags: []string{"orders"},
		Summary: "How a place in the waiting room stands", Description: "Ask again after the seconds that `Retry-After` names, not sooner."}, d.getRoom)
}

type roomInput struct {
	Place string `header:"Waiting-Place" maxLength:"120" doc:"The place, if there is one."`
	Body  struct {
		Departure string `json:"departure" maxLength:"24" doc:"Id of the departure." example:"1042-20261122"`
		From      string `json:"from" maxLength:"60" doc:"Business code of the boarding station."`
		To        string `json:"to" maxLength:"60" doc:"Business code of the alighting station."`
	}
}

type roomQuery struct {
	Place     string `header:"Waiting-Place" maxLength:"120" required:"true" doc:"The place."`
	Departure string `query:"departure" maxLength:"24" required:"true" example:"1042-20261122"`
	From      string `query:"from" maxLength:"60" required:"true" doc:"Business code of the boarding station."`
	To        string `query:"to" maxLength:"60" required:"true" doc:"Business code of the alighting station."`
}

// WaitingPlace is how somebody stands before a departure that goes on sale.
type WaitingPlace struct {
	State   chepiao.RoomState    `json:"state" enum:"open,waiting,called,lapsed,used" doc:"called: hold now. lapsed, used: take a new place. open: none is needed."`
	Place   string               `json:"place,omitempty" doc:"Show it again as Waiting-Place; keep it to yourself."`
	Number  int64                `json:"number,omitempty" doc:"Given at arrival; it never changes."`
	Ahead   int                  `json:"ahead" doc:"People who came earlier and still wait."`
	Waiting int64                `json:"waiting" doc:"People who wait in all."`
	Opens   *time.Time           `json:"opens,omitempty" doc:"When the sale opens; nobody is called before."`
	Until   *time.Time           `json:"until,omitempty" doc:"Of a called place: hold before that."`
	Known   bool                 `json:"known" doc:"Whether a wait can be named at all."`
	Least   int                  `json:"least,omitempty" doc:"Seconds until it is called, at least."`
	Likely  int                  `json:"likely,omitempty" doc:"Seconds."`
	Most    int                  `json:"most,omitempty" doc:"Seconds."`
	Because *chepiao.Explanation `json:"because,omitempty"`
}

type roomAnswer struct {
	Retry int `header:"Retry-After" doc:"Seconds until it is worth asking again; 0 unless the place waits."`
	Body  WaitingPlace
}

func (d *door) enterRoom(ctx context.Context, in *roomInput) (*roomAnswer, error) {
	b := &in.Body
	return d.inRoom(ctx, b.Departure, b.From, b.To, in.Place, d.Office.EnterRoom)
}

func (d *door) getRoom(ctx context.Context, in *roomQuery) (*roomAnswer, error) {
	return d.inRoom(ctx, in.Departure, in.From, in.To, in.Place, d.Office.LookRoom)
}

type roomVerb func(ctx context.Context, now time.Time, id chepiao.DepartureID, from, to chepiao.StationNo, place string) (office.RoomView, error)

func (d *door) inRoom(ctx context.Context, departure, from, to, place string, do roomVerb) (*roomAnswer, error) {
	id, err := chepiao.ParseDepartureID(departure)
	if err != nil {
		return nil, err
	}
	board, alight, err := d.journey(from, to)
	if err != nil {
		return nil, err
	}
	v, err := do(ctx, d.Now(), id, board, alight, place)
	if err != nil {
		return nil, err
	}
	a := WaitingPlace{State: v.State, Place: v.Token, Number: v.Place.No, Waiting: v.All}
	if v.State == chepiao.RoomOpen {
		return &roomAnswer{Body: a}, nil
	}
	opens := d.moment(v.Opens)
	a.Opens = &opens
	if !v.Until.IsZero() {
		until := d.moment(v.Until)
		a.Until = &until
	}
	if v.State != chepiao.RoomWaiting {
		return &roomAnswer{Body: a}, nil
	}
	a.Ahead, a.Known, a.Because = v.Wait.Ahead, v.Wait.Known, &v.Wait.Because
	a.Least, a.Likely, a.Most = int(v.Wait.Least.Seconds()), int(v.Wait.Likely.Seconds()), int(v.Wait.Most.Seconds())
	return &roomAnswer{Retry: int(v.AskAgain().Seconds()), Body: a}, nil
}
