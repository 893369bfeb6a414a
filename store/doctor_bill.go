package store

import (
	"encoding/json"

	"chepiao"
)

// billSettled is a difference that a person called settled, as the journal and as the
// compared day have it.
type billSettled struct {
	channel chepiao.PaymentChannel
	day     chepiao.Day
	number  string
	by      string
	why     string
}

// billWords is what the journal says of channels' bills.
type billWords struct {
	compared map[string]bool // by the aggregate: "bill wechat 2026-11-22"
	settled  map[billSettled]bool
}

func newBillWords() billWords {
	return billWords{map[string]bool{}, map[billSettled]bool{}}
}

// hear takes in that a bill was compared, or a difference settled.
func (w billWords) hear(event *chepiao.Event) {
	if event.Kind != chepiao.BillWasCompared && event.Kind != chepiao.DifferenceWasSettled {
		return
	}
	var said struct {
		Channel chepiao.PaymentChannel `json:"channel"`
		Day     chepiao.Day            `json:"day"`
		Number  string                 `json:"number"`
	}
	body, err := json.Marshal(event.Detail)
	if err != nil || json.Unmarshal(body, &said) != nil {
		return // what it says of a day is then not heard, and the day's row is told
	}
	if event.Kind == chepiao.BillWasCompared {
		w.compared[billName(said.Channel, said.Day)] = true
		return
	}
	by := string(event.Who)
	if by == "" {
		by = event.By
	}
	w.settled[billSettled{said.Channel, said.Day, said.Number, by, event.Reason}] = true
}

func billName(channel chepiao.PaymentChannel, day chepiao.Day) string {
	return "bill " + string(channel) + " " + day.String()
}

// bills looks at the channels' days that were compared: each adds up to the fen with its
// differences, counts those that are open, stands in the journal, and so does each
// difference that is settled, by who settled it.
func (e *examination) bills() error {
	after, name := int64(-1), ""
	return e.paged("bills", "SELECT count(*) FROM reconciled", func() (n int, err error) {
		err = e.c.query("SELECT channel, day, unsettled, body FROM reconciled WHERE day > $1 OR day = $1 AND channel > $2 ORDER BY day, channel LIMIT $3", []any{after, name, pageRows}, func(r rowOf) error {
			n++
			name, after = r.text(0), r.int(1)
			e.bill(chepiao.PaymentChannel(name), chepiao.Day(after), int(r.int(2)), []byte(r.text(3)))
			return nil
		})
		return n, err
	})
}

func (e *examination) bill(channel chepiao.PaymentChannel, day chepiao.Day, unsettled int, body []byte) {
	where := billName(channel, day)
	var r chepiao.Reconciliation
	if err := json.Unmarshal(body, &r); err != nil {
		e.tell(where, "it cannot be read")
		return
	}
	if r.Channel != channel || r.Day != day {
		e.tell(where, "its content is of %s", billName(r.Channel, r.Day))
	}
	if open := r.Unexplained(); open != 0 {
		e.tell(where, "its differences leave %s unexplained", open.Yuan())
	}
	if r.Open() != unsettled {
		e.tell(where, "it counts %d open differences, and has %d", unsettled, r.Open())
	}
	if !e.billed.compared[where] {
		e.tell(where, "the journal knows nothing of its comparison")
	}
	for _, d := range r.Differences {
		if d.Settled != "" && !e.billed.settled[billSettled{channel, day, d.Number, d.By, d.Settled}] {
			e.tell(where, "%s is called settled, and nobody settled it by the journal", d.Number)
		}
	}
}
