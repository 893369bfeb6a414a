package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
)

// acts puts up what a dispatcher does to departures.
func (d *door) acts() {
	register(d, huma.Operation{OperationID: "previewAct", Method: http.MethodPost, Path: "/acts/preview", Tags: []string{"staff"}, Security: staff,
		Summary: "See what an act would do", Description: "Says what the act would do to passengers and money, and does nothing. Give `seen` of the answer with the commit."}, d.previewAct)
	register(d, huma.Operation{OperationID: "commitAct", Method: http.MethodPost, Path: "/acts", Tags: []string{"staff"}, Security: staff,
		Summary: "Do an act", Description: "All departures of the act or none. `409 PREVIEW_CHANGED` when it would do something else than was seen: look at a new preview."}, d.commitAct)
	d.reports()
}

// ActBody is something a dispatcher does to one departure or to several.
type ActBody struct {
	Kind       chepiao.ActKind `json:"kind" maxLength:"20" example:"delay" doc:"delay, gate, stop_sale, sell, reserve, unreserve, no_show, recall, cancel, run, merge, stow, extra, coach or station."`
	Departures []string        `json:"departures,omitempty" maxItems:"100" doc:"All of them get the act, or none." example:"[\"1042-20261122\"]"`
	Station    string          `json:"station,omitempty" maxLength:"60" doc:"Code of the station where it acts; absent: the device's, or the first stop of each departure."`
	Reason     string          `json:"reason" minLength:"1" maxLength:"200" doc:"For the journal and the passengers, at most 200 bytes; no personal data."`
	Fault      chepiao.Fault   `json:"fault,omitempty" enum:"weather" doc:"Why refunds become free, if not for the act itself."`
	Minutes    int             `json:"minutes,omitempty" minimum:"-1440" maximum:"1440" doc:"delay: later than planned; 0: as planned."`
	Gate       string          `json:"gate,omitempty" maxLength:"40"`
	Gates      []string        `json:"gates,omitempty" maxItems:"100" doc:"gate: one for each of the departures, in their order, instead of gate."`
	Berth      string          `json:"berth,omitempty" maxLength:"40"`
	Seats      []int           `json:"seats,omitempty" maxItems:"120" doc:"reserve, unreserve."`
	Places     int             `json:"places,omitempty" minimum:"0" maximum:"1000" doc:"reserve, unreserve on a flow departure."`
	To         string          `json:"to,omitempty" maxLength:"60" doc:"reserve: code of the station up to which; absent: the last stop."`
	Reserve    string          `json:"reserve,omitempty" enum:"fixed,auto,manual" doc:"reserve: how the seats come back."`
	Until      *time.Time      `json:"until,omitempty" doc:"reserve of the kind auto: when the seats come back."`
	Coach      string          `json:"coach,omitempty" maxLength:"60" doc:"coach, extra: code of the vehicle type."`
	Into       string          `json:"into,omitempty" maxLength:"24" doc:"merge, stow: the departure that carries the passengers."`
	Number     string          `json:"number,omitempty" maxLength:"40" doc:"extra: its departure number."`
	Depart     string          `json:"depart,omitempty" maxLength:"5" doc:"extra: when it leaves its first stop." example:"08:45"`
	Level      int             `json:"level,omitempty" minimum:"0" maximum:"3" doc:"station: its new level."`
	Closed     bool            `json:"closed,omitempty" doc:"station: nobody boards or alights there any more."`
	From       string          `json:"from,omitempty" maxLength:"10" doc:"station: the day from which that stands."`
}

type previewInput struct {
	Body ActBody
}

type commitInput struct {
	Idempotency string `header:"Idempotency-Key" maxLength:"100"`
	Body        struct {
		ActBody
		Seen string `json:"seen" minLength:"1" maxLength:"64" doc:"What the preview answered."`
	} `nameHint:"CommitBody"`
}

// ActImpact is what an act does to passengers and money.
type ActImpact struct {
	Passengers  int           `json:"passengers" doc:"Tickets of passengers who are concerned."`
	Children    int           `json:"children,omitempty" doc:"Free children with them."`
	Orders      int           `json:"orders"`
	Tickets     []ActTicket   `json:"tickets"`
	Back        chepiao.Money `json:"back" doc:"Goes back if everybody who may take the money does, in fen."`
	Difference  chepiao.Money `json:"difference,omitempty" doc:"Goes back at once, in fen."`
	Messages    []ActMessages `json:"messages,omitempty"`
	Unreachable int           `json:"unreachable,omitempty" doc:"Passengers to be told who left no phone; in a preview only."`
	Cases       int           `json:"cases,omitempty" doc:"Passengers who are asked to choose."`
	Made        []string      `json:"made,omitempty" doc:"Extra departures."`
	Warnings    []ActReason   `json:"warnings,omitempty"`
	Undo        *ActUndo      `json:"undo,omitempty" doc:"The act that takes this one back, as far as one can."`
	Seen        string        `json:"seen" doc:"Give it with the commit."`
}

// ActUndo is the act that takes another one back.
type ActUndo struct {
	Kind    chepiao.ActKind `json:"kind"`
	Minutes int             `json:"minutes,omitempty"`
	Gate    string          `json:"gate,omitempty"`
	Berth   string          `json:"berth,omitempty"`
	Gates   []string        `json:"gates,omitempty"`
	Seats   []int           `json:"seats,omitempty"`
	Places  int             `json:"places,omitempty"`
	Coach   string          `json:"coach,omitempty"`
}

// ActTicket is what an act does to one ticket.
type ActTicket struct {
	Ticket string        `json:"ticket"`
	Order  string        `json:"order"`
	State  string        `json:"state" doc:"Afterwards."`
	Was    ActJourney    `json:"was"`
	Now    ActJourney    `json:"now"`
	Fault  chepiao.Fault `json:"fault,omitempty" doc:"Why refund and rebooking are free now."`
}

// ActJourney is what a passenger needs to board.
type ActJourney struct {
	Departure string        `json:"departure"`
	Departs   time.Time     `json:"departs"`
	Seat      int           `json:"seat,omitempty"`
	Gate      string        `json:"gate,omitempty"`
	Berth     string        `json:"berth,omitempty"`
	Price     chepiao.Money `json:"price"`
}

// ActMessages is how many passengers are told what.
type ActMessages struct {
	Kind  chepiao.MessageKind `json:"kind"`
	Count int                 `json:"count"`
}

// ActReason is something to know before agreeing, and the rule behind it.
type ActReason struct {
	Rule   string          `json:"rule"`
	Inputs []chepiao.Input `json:"inputs,omitempty"`
	ZH     string          `json:"zh"`
	EN     string          `json:"en"`
}

func (d *door) previewAct(ctx context.Context, in *previewInput) (*body[ActImpact], error) {
	device, err := d.may(ctx, ident.Operate)
	if err != nil {
		return nil, err
	}
	act, err := d.actOf(device, &in.Body)
	if err != nil {
		return nil, err
	}
	i, err := d.Office.Preview(ctx, act)
	if err != nil {
		return nil, err
	}
	return &body[ActImpact]{d.impactOf(i)}, nil
}

func (d *door) commitAct(ctx context.Context, in *commitInput) (*body[ActImpact], error) {
	device, err := d.may(ctx, ident.Operate)
	if err != nil {
		return nil, err
	}
	act, err := d.actOf(device, &in.Body.ActBody)
	if err != nil {
		return nil, err
	}
	if in.Body.Seen == office.Unseen {
		return nil, chepiao.Refuse(chepiao.Invalid, "请先预览", "look at a preview first").At("seen")
	}
	v, err := d.verb(ctx, in.Idempotency, device.Name)
	if err != nil {
		return nil, err
	}
	i, err := d.Office.Commit(ctx, v, act, in.Body.Seen)
	if err != nil {
		return nil, err
	}
	return &body[ActImpact]{d.impactOf(i)}, nil
}

// actOf reads an act. A device of a station acts there only.
func (d *door) actOf(device ident.Device, b *ActBody) (chepiao.Act, error) {
	act := chepiao.Act{
		Kind: b.Kind, Station: b.Station, Reason: b.Reason, Fault: b.Fault, Minutes: b.Minutes, Gate: b.Gate, Gates: b.Gates, Berth: b.Berth, Seats: b.Seats, Places: b.Places,
		To: b.To, Reserve: chepiao.ReserveKind(b.Reserve), Coach: b.Coach, Number: b.Number, Depart: b.Depart, Level: b.Level, Closed: b.Closed, From: b.From,
	}
	if b.Until != nil {
		act.Until = b.Until.UTC()
	}
	if device.Station != "" {
		if _, err := d.stands(device, b.Station, true); err != nil {
			return act, err
		}
		act.Station = device.Station
	}
	for i, text := range b.Departures {
		id, err := chepiao.ParseDepartureID(text)
		if err != nil {
			return act, atField(fmt.Sprintf("departures[%d]", i), err)
		}
		act.Departures = append(act.Departures, id)
	}
	var err error
	if b.Into != "" {
		if act.Into, err = chepiao.ParseDepartureID(b.Into); err != nil {
			return act, atField("into", err)
		}
	}
	return act, nil
}

func (d *door) impactOf(i chepiao.Impact) ActImpact {
	out := ActImpact{
		Passengers: i.Passengers, Children: i.Children, Orders: i.Orders, Tickets: make([]ActTicket, len(i.Tickets)), Back: i.Back, Difference: i.Difference,
		Unreachable: i.Unreachable, Cases: i.Cases, Seen: i.Seen,
	}
	journey := func(j chepiao.Journey) ActJourney {
		return ActJourney{j.Departure.String(), d.moment(j.Departs), j.Seat, j.Gate, j.Berth, j.Price}
	}
	for n, t := range i.Tickets {
		out.Tickets[n] = ActTicket{t.Ticket.String(), t.Order.String(), string(t.State), journey(t.Was), journey(t.Now), t.Fault}
	}
	for _, m := range i.Messages {
		out.Messages = append(out.Messages, ActMessages(m))
	}
	for _, id := range i.Made {
		out.Made = append(out.Made, id.String())
	}
	for _, e := range i.Warnings {
		out.Warnings = append(out.Warnings, ActReason{e.Rule, e.Inputs, e.ZH, e.EN})
	}
	if u := i.Undo; u != nil {
		out.Undo = &ActUndo{u.Kind, u.Minutes, u.Gate, u.Berth, u.Gates, u.Seats, u.Places, u.Coach}
	}
	return out
}
