package api

import (
	"encoding/json"
	"strconv"
	"sync"

	"chepiao"
	"chepiao/office"
)

// A page of a search is asked for far more often than the timetable changes, and
// encoding it costs more than finding it. So the part of each offer that never
// changes is encoded once and remembered; what changes (free seats, price, why
// it cannot be bought) is asked of the office every time and written behind it.

// ridesMax bounds the remembered rides, about 500 bytes each.
const ridesMax = 40_000

// rides are encoded rides of one timetable.
type rides struct {
	mu        sync.RWMutex
	timetable *office.Timetable
	known     map[rideKey][]byte
}

type rideKey struct {
	departure     chepiao.DepartureID
	board, alight int
}

// appendJSON writes the page as encoding/json would write its exported fields.
func (l offerList) appendJSON(b []byte) []byte {
	b = append(b, `{"departures":[`...)
	for i, o := range l.offers {
		if i > 0 {
			b = append(b, ',')
		}
		b = l.door.appendOffer(b, o)
	}
	b = append(b, `],"total":`...)
	b = strconv.AppendInt(b, int64(l.Total), 10)
	if l.Next > 0 {
		b = append(b, `,"next":`...)
		b = strconv.AppendInt(b, int64(l.Next), 10)
	}
	return append(b, "}\n"...)
}

func (d *door) appendOffer(b []byte, o office.Offer) []byte {
	ride := d.ride(o)
	b = append(b, ride[:len(ride)-1]...) // without its closing brace
	b = append(b, `,"free":`...)
	b = strconv.AppendInt(b, int64(o.Free), 10)
	b = append(b, `,"price":`...)
	b = strconv.AppendInt(b, int64(o.Price), 10)
	if r := o.Refusal; r != nil {
		b = append(b, `,"why_not":`...)
		b = append(b, mustJSON(Why{r.Reason, r.ZH, r.EN})...)
	}
	return append(b, '}')
}

// ride is the encoded ride of an offer.
func (d *door) ride(o office.Offer) []byte {
	t, key := d.Office.Timetable(), rideKey{o.ID, o.Board, o.Alight}
	d.rides.mu.RLock()
	ride, known := d.rides.known[key]
	known = known && d.rides.timetable == t
	d.rides.mu.RUnlock()
	if known {
		return ride
	}
	ride = mustJSON(d.rideOf(o))
	if run, err := t.Run(o.ID); err != nil || run.Template != o.Template || t != d.Office.Timetable() {
		return ride // an import came between: the offer may be of another timetable
	}
	d.rides.mu.Lock()
	defer d.rides.mu.Unlock()
	if d.rides.timetable != t || len(d.rides.known) >= ridesMax {
		d.rides.timetable, d.rides.known = t, map[rideKey][]byte{}
	}
	d.rides.known[key] = ride
	return ride
}

// mustJSON encodes a struct of plain fields, which cannot fail.
func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("api: " + err.Error())
	}
	return b
}
