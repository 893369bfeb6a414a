package office

import (
	"context"
	"time"

	"chepiao"
	"chepiao/store"
)

// Stands is how a departure stands at one of its stops, as whoever boards there
// wants to know it: phase, delay, gate, berth and the coach that came. It comes
// from memory and counts nobody, so that many phones may ask often.
func (o *Office) Stands(now time.Time, run Run, stop int) BoardLine {
	first, last := run.Template.Span(stop, run.ID.Day(), o.Timetable().Zone)
	return o.stands(now, Boarding{Run: run, Stop: stop, Departs: first, Last: last})
}

// Told is what the passengers of an order were told, as it reads to them now.
type Told struct {
	At    time.Time
	Kind  chepiao.MessageKind
	State chepiao.MessageState
	Text  string
}

// toldMost bounds the messages of an order that are shown: the latest.
const toldMost = 50

// OrderMessages lists what the passengers of an order were told, the latest
// first, in a language. What several of them were told in one go stands there
// once.
func (o *Office) OrderMessages(ctx context.Context, f File, lang string) (told []Told, err error) {
	var list []chepiao.Message
	err = o.store.Read(ctx, func(r *store.Reader) (err error) {
		list, err = r.MessagesOfOrder(f.Order.Departure, f.Order.ID, toldMost)
		return err
	})
	if err != nil {
		return nil, err
	}
	tickets := map[chepiao.TicketID]chepiao.Ticket{}
	for _, t := range f.Tickets {
		tickets[t.ID] = t
	}
	for i := 0; i < len(list); {
		of, riders := list[i:i+1:i+1], []chepiao.Ticket(nil)
		for i++; i < len(list) && list[i].Kind == of[0].Kind && list[i].Created.Equal(of[0].Created); i++ {
			of = append(of, list[i])
		}
		known := of[:0]
		for _, m := range of {
			if t, ok := tickets[m.Ticket]; ok {
				riders, known = append(riders, t), append(known, m)
			}
		}
		if len(riders) == 0 {
			continue
		}
		scene, err := o.scene(lang, known, riders)
		if err != nil {
			return nil, err
		}
		told = append(told, Told{At: known[0].Created, Kind: known[0].Kind, State: known[0].State, Text: known[0].Kind.Text(lang, scene)})
	}
	return told, nil
}
