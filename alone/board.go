package alone

import (
	"cmp"
	"encoding/binary"
	"slices"
	"time"

	"chepiao"
)

// Row is a departure on the screen of a gate without its node.
type Row struct {
	Departure string `json:"departure"`
	Number    string `json:"number"`
	ToZH      string `json:"to_zh"`
	ToEN      string `json:"to_en"`
	Departs   string `json:"departs"` // 15:04
	Tomorrow  bool   `json:"tomorrow,omitempty"`
	Gate      string `json:"gate,omitempty"`
	Sold      int    `json:"sold"` // paid tickets that board here, as of the list
	Checked   int    `json:"checked"`
	Gone      bool   `json:"gone,omitempty"` // has left, as of the list
}

// Board are the departures whose last coach leaves after a moment, soonest first, at
// most so many: the counts are the list's with what has passed at this gate since.
func (g *Gate) Board(now, after time.Time, most int) []Row {
	var shown []int
	for i, d := range g.list.Departures {
		if d.Last.After(after) && d.State == chepiao.Running {
			shown = append(shown, i)
		}
	}
	slices.SortStableFunc(shown, func(a, b int) int {
		x, y := g.list.Departures[a], g.list.Departures[b]
		return cmp.Or(x.Departs.Compare(y.Departs), cmp.Compare(x.ID, y.ID))
	})
	shown = shown[:min(most, len(shown))]
	sold, checked := g.boarding()
	rows := make([]Row, 0, len(shown))
	for _, i := range shown {
		d := g.list.Departures[i]
		rows = append(rows, Row{
			Departure: d.ID.String(), Number: d.Number, ToZH: d.ToZH, ToEN: d.ToEN, Departs: d.Departs.In(g.zone).Format("15:04"), Gate: d.Gate,
			Tomorrow: chepiao.DayOf(d.Departs.In(g.zone)) > chepiao.DayOf(now.In(g.zone)), Sold: sold[i], Checked: checked[i], Gone: d.Stop < d.Left,
		})
	}
	return rows
}

// boarding counts paid tickets and those that have passed, a departure of the list each.
func (g *Gate) boarding() (sold, checked []int) {
	sold, checked = make([]int, len(g.list.Departures)), make([]int, len(g.list.Departures))
	for i := range g.list.Len() {
		b := g.list.Tickets[i*recordSize:][:recordSize]
		on := binary.BigEndian.Uint16(b[32:])
		switch states[b[42]] {
		case chepiao.TicketValid, chepiao.TicketNoShow:
			sold[on]++
		case chepiao.TicketChecked, chepiao.TicketDeparted, chepiao.TicketUsed:
			sold[on]++
			checked[on]++
		}
	}
	for id, p := range g.passed {
		if p.on < 0 {
			continue
		}
		if t, _ := g.list.ticket(int(g.byID[id])); t.State == chepiao.TicketValid {
			checked[p.on]++
		}
	}
	return sold, checked
}
