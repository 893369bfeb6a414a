package relay

import (
	"context"
	"encoding/json"
	"time"

	"chepiao"
	"chepiao/store"
)

// Node is a station's node as a hub sees it, for pages.
type Node struct {
	No      chepiao.NodeNo
	Name    string // "" before it has enrolled
	Station chepiao.StationNo
	State   string    // of store.NodeRow
	Until   time.Time // of an invitation
	Seen    time.Time // last contact; zero: never
	Online  bool
	Version string        // of its program
	Speaks  int           // what its program speaks; 0: not known yet
	Unread  int64         // entries of the hub that its program is too old to read
	Kept    int64         // its entries that the hub's program is too old to read
	Offset  time.Duration // of its clock; positive: it is behind
	Off     bool          // too far
	Stopped string        // why a feed stands still
	In, Out int64         // parcels under way from the station and to it
}

// silent is how long a station may say nothing before it counts as cut off.
const silent = 4 * greetEvery

// Nodes are the stations' nodes in the order of their numbers.
func (h *Hub) Nodes(ctx context.Context) (list []Node, err error) {
	rows, err := h.nodes(ctx)
	if err != nil {
		return nil, err
	}
	kept, err := h.Office.Unread(ctx)
	if err != nil {
		return nil, err
	}
	now := h.Store.Now()
	for _, row := range rows {
		n := Node{No: row.No, Name: row.Name, Station: row.Station, State: row.State, Until: row.Until, Seen: row.Seen, Kept: kept[row.No]}
		n.Online = row.State == store.NodeEnrolled && now.Sub(row.Seen) < silent
		var g Greeting
		if len(row.Said) > 0 && json.Unmarshal(row.Said, &g) == nil {
			n.Version, n.Offset, n.Stopped = g.Version, time.Duration(g.Offset)*time.Microsecond, g.Stopped
			n.Speaks, n.Unread = max(g.Speaks, 1), g.Unread
			n.Off = n.Offset.Abs() > OffsetMax
		}
		received, err := h.Office.Received(ctx, row.No)
		if err != nil {
			return nil, err
		}
		n.In = lag(g.Heads, received)
		heads, err := h.Office.FeedHeads(ctx, row.No)
		if err != nil {
			return nil, err
		}
		n.Out = lag(heads, g.Heard)
		list = append(list, n)
	}
	return list, nil
}
