package bench

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"chepiao"
	"chepiao/alone"
	"chepiao/voucher"
)

// Shape of the list that WriteGateList makes: as a very large station has it.
const (
	listCoaches = 2000 // departures of one station until tomorrow noon
	listStation = chepiao.StationNo(7)
	listAsks    = 3000 // passengers who stand at the gate, each shows one thing
)

// WriteGateList writes the list of so many tickets that a gate keeps for the time
// without its node, with questions to ask it: {"list": alone.List, "asks":
// [{"ask": alone.Ask, "reason": the answer's}]}. The asks take turns in showing a
// document, a voucher with its document, a ticket's number seen by a clerk, somebody
// else's document with a voucher, and a document that is on no list; vouchers are signed by
// a key of their own. web/gate-lab.mjs asks them in Chromium.
func WriteGateList(w io.Writer, tickets int, now time.Time) error {
	zone := time.FixedZone("", 8*3600)
	now = now.Truncate(time.Minute)
	key, err := voucher.Generate("BENCH", chepiao.ProfileEd25519, rand.Reader, now)
	if err != nil {
		return err
	}
	ring, err := voucher.NewRing(key)
	if err != nil {
		return err
	}
	l := &alone.List{Version: "bench", Made: now, Station: listStation, Zone: 8 * 3600, Key: make([]byte, 32), Rules: []alone.RuleSet{{Version: 1, Rules: chepiao.DefaultRules()}}}
	if l.Keys, err = json.Marshal(ring.Public()); err != nil {
		return err
	}
	day := chepiao.DayOf(now.In(zone))
	departs := now.Add(10 * time.Minute)
	for i := range listCoaches {
		l.Departures = append(l.Departures, alone.Departure{
			ID: chepiao.MakeDepartureID(chepiao.TemplateNo(i+1), day), Number: fmt.Sprintf("K%04d", i), ToZH: "保定客运中心站", ToEN: "Baoding", Departs: departs, Last: departs,
			Gate: "1", State: chepiao.Running, Reported: true, Seats: 60, RealName: true,
		})
	}
	asks := make([]gateAsk, 0, listAsks)
	for i := range tickets {
		on := i % listCoaches
		doc, err := chepiao.NewDocument(chepiao.Passport, fmt.Sprintf("E%08d", i), "CHN", day)
		if err != nil {
			return err
		}
		t := chepiao.Ticket{ID: chepiao.TicketID(1<<32 + i), Departure: l.Departures[on].ID, From: listStation, Alight: 1, Seat: 1 + i/listCoaches, Voucher: 1, State: chepiao.TicketValid}
		if err := l.Add(t, on, chepiao.TokenOf(l.Key, doc)); err != nil {
			return err
		}
		if i*listAsks/tickets == len(asks) {
			a, err := askOf(ring, t, l.Departures[on], len(asks), i, now)
			if err != nil {
				return err
			}
			asks = append(asks, a)
		}
	}
	return json.NewEncoder(w).Encode(map[string]any{"list": l, "asks": asks})
}

// gateAsk is a question with the reason of its right answer.
type gateAsk struct {
	Ask    alone.Ask      `json:"ask"`
	Reason chepiao.Reason `json:"reason"`
}

func askOf(ring *voucher.Ring, t chepiao.Ticket, d alone.Departure, kind, person int, now time.Time) (a gateAsk, err error) {
	a.Ask = alone.Ask{Gate: "1", Device: "gate 1", Now: now.UnixMilli()}
	a.Reason = chepiao.OfflineAccepted
	document := func(n int) {
		a.Ask.Document, a.Ask.Number, a.Ask.Nationality = string(chepiao.Passport), fmt.Sprintf("E%08d", n), "CHN"
	}
	switch kind % 5 {
	case 0:
		document(person)
	case 1:
		document(person)
	case 2:
		a.Ask.Ticket, a.Ask.Seen = t.ID.String(), string(chepiao.Passport)
		return a, nil
	case 3:
		document(person + 1)
		a.Reason = chepiao.WrongDocument
	case 4:
		document(99_000_000 + kind)
		a.Reason = chepiao.NotFound
		return a, nil
	}
	if kind%5 != 0 {
		local := d.Departs.In(time.FixedZone("", 8*3600))
		a.Ask.Code, err = ring.Sign(chepiao.Claims{
			Issuer: ring.Issuer(), Ticket: t.ID, Departure: d.ID, Number: d.Number, Day: chepiao.DayOf(local), Depart: chepiao.Clock(local.Hour()*3600 + local.Minute()*60),
			From: listStation, To: 9, Seat: t.Seat, NotBefore: now.Add(-time.Hour), Expires: now.Add(24 * time.Hour), Version: 1,
		})
	}
	return a, err
}
