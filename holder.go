package chepiao

import (
	"maps"
	"slices"
)

// NodeNo numbers the nodes of a province: 1 is its hub, 2 and on are station
// nodes, in the order in which they were enrolled.
type NodeNo int

// Hub is the number of a province's hub.
const Hub NodeNo = 1

// The lanes of a node are a range of its own, so an id says which node made it:
// the hub has those below hubLanes, where every restore takes new ones by the
// time of day (package store), and each station the next NodeLanes.
const (
	NodeLanes = 1000
	hubLanes  = 5_000_000
)

// NodeMax is the highest number of a node.
const NodeMax = NodeNo((LaneMax-hubLanes)/NodeLanes) + Hub

// FirstLane and LastLane bound the lanes of a node.
func (n NodeNo) FirstLane() int64 {
	if n <= Hub {
		return 1
	}
	return hubLanes + int64(n-Hub-1)*NodeLanes
}

func (n NodeNo) LastLane() int64 {
	if n <= Hub {
		return hubLanes - 1
	}
	return n.FirstLane() + NodeLanes - 1
}

// NodeOf is the node that an id was made at.
func NodeOf(id int64) NodeNo { return NodeOfLane(LaneOf(id)) }

// NodeOfLane is the node that a lane belongs to.
func NodeOfLane(lane int64) NodeNo {
	if lane < hubLanes {
		return Hub
	}
	return Hub + 1 + NodeNo((lane-hubLanes)/NodeLanes)
}

// Owner is the one node that refunds, rebooks, voids or checks the ticket: the
// one that sold it, unless it was given to another.
func (t Ticket) Owner() NodeNo { return ownerOr(t.At, int64(t.ID)) }

// Holder is the one node that holds the ticket's seat: the one that sold it. Only
// seats that nobody has bought change their holder.
func (t Ticket) Holder() NodeNo { return NodeOf(int64(t.ID)) }

// Owner is the one node that may change the order: the one that sold it, unless
// its tickets were given to another.
func (o Order) Owner() NodeNo { return ownerOr(o.At, int64(o.ID)) }

// Owner is the one node that settles the payment: the one that took it.
func (p Payment) Owner() NodeNo { return NodeOf(int64(p.ID)) }

// Owner is the one node that sends the money: the one that took it, and for cash
// the one whose drawer it comes out of.
func (p Payback) Owner() NodeNo {
	if p.Channel == Cash {
		return NodeOf(int64(p.ID))
	}
	return NodeOf(int64(p.Payment))
}

func ownerOr(at NodeNo, id int64) NodeNo {
	if at != 0 {
		return at
	}
	return NodeOf(id)
}

// HandOver is seats, or places of a flow departure, that change their holder, or
// an order with its tickets that changes its owner. The giver records it and
// forgets them in the same transaction; the taker has them once it has recorded
// that it took them. A hand-over that is lost on the way leaves seats idle.
type HandOver struct {
	From      NodeNo      `json:"from"`
	To        NodeNo      `json:"to"`
	Departure DepartureID `json:"departure"`
	Seats     []int       `json:"seats,omitempty"`
	Places    int         `json:"places,omitempty"` // of a flow departure
	Wanted    int         `json:"wanted,omitempty"` // asked for, where nothing has moved yet
	Payments  []Payment   `json:"payments,omitempty"`
	Paybacks  []Payback   `json:"paybacks,omitempty"` // of the order that moves: the money stays with who took it
}

// Count is how many seats or places move.
func (h HandOver) Count() int { return len(h.Seats) + h.Places }

// Away says which seats of a departure other nodes hold, as far as this node
// knows: the hub which station it gave them to, a station only that they are not
// its own. It is never changed, only replaced. The seat map has them taken on all
// legs, so that nothing here can sell them.
type Away struct {
	Seats  map[int]NodeNo `json:"seats,omitempty"`
	Places map[NodeNo]int `json:"places,omitempty"` // of a flow departure
}

// Count is how many seats or places are away.
func (a *Away) Count() int {
	if a == nil {
		return 0
	}
	n := len(a.Seats)
	for _, places := range a.Places {
		n += places
	}
	return n
}

// At is how many seats or places a node holds, as far as it is known here.
func (a *Away) At(node NodeNo) (n int) {
	if a == nil {
		return 0
	}
	for _, at := range a.Seats {
		if at == node {
			n++
		}
	}
	return n + a.Places[node]
}

func (a *Away) clone() *Away {
	if a == nil {
		return &Away{Seats: map[int]NodeNo{}, Places: map[NodeNo]int{}}
	}
	c := &Away{Seats: maps.Clone(a.Seats), Places: maps.Clone(a.Places)}
	if c.Seats == nil {
		c.Seats = map[int]NodeNo{}
	}
	if c.Places == nil {
		c.Places = map[NodeNo]int{}
	}
	return c
}

// NewDepartureAt is a departure that nothing has happened to yet, as a node sees
// it: the hub holds all seats, a station none.
func NewDepartureAt(node NodeNo, id DepartureID, t *Template) *Departure {
	d := NewDeparture(id, t)
	d.Node = node
	if node <= Hub {
		return d
	}
	a := d.Away.clone()
	if d.Seats.Flow() {
		a.Places[Hub] = d.Seats.Places()
	} else {
		for n := 1; n <= d.Seats.Places(); n++ {
			a.Seats[n] = Hub
		}
	}
	d.SetAway(a)
	return d
}

// SetAway replaces what is away, nil for nothing, and has the seat map say so.
func (d *Departure) SetAway(a *Away) {
	if a == nil {
		a = &Away{}
	}
	legs := d.Seats.Legs()
	if d.Seats.Flow() {
		was, is := d.Away.Count(), a.Count()
		d.Seats.Take(0, legs, make([]int, max(is-was, 0)))
		d.Seats.Release(0, legs, make([]int, max(was-is, 0)))
	} else {
		for n := 1; n <= d.Seats.Places(); n++ {
			_, is := a.Seats[n]
			was := false
			if d.Away != nil {
				_, was = d.Away.Seats[n]
			}
			if is && !was {
				d.Seats.Take(0, legs, []int{n})
			} else if was && !is {
				d.Seats.Release(0, legs, []int{n})
			}
		}
	}
	if d.Away = a; a.Count() == 0 {
		d.Away = nil
	}
}

// Holds is how many seats or places this node holds, sold or not.
func (d *Departure) Holds() int { return d.Seats.Places() - d.Away.Count() }

// Spare is how many seats nobody has bought on any leg: those that this node
// could give to another.
func (d *Departure) Spare() int { return d.Seats.Free(0, d.Seats.Legs()) }

// Give gives up to so many seats, none of which is sold on any leg, to another
// node: from the back, so that those who hold the front seat parties together.
// It never gives so many that the free children here would be over their quota.
// What it returns has left this node for good. Refusals: Invalid for nothing or
// for this very node, SoldOut when no seat can be spared.
func (d *Departure) Give(to NodeNo, n int, r *Rules) (HandOver, error) {
	if n < 1 || to < Hub || to == d.here() {
		return HandOver{}, Refuse(Invalid, "请填写要移交的座位数和车站", "say how many seats go to which other node").At("seats")
	}
	n = min(n, d.Spare())
	for n > 0 && d.Children > 0 && r.Quota(d.Holds()-n, false) < d.Children {
		n--
	}
	if n < 1 {
		return HandOver{}, soldOut(0)
	}
	h := HandOver{From: d.here(), To: to, Departure: d.ID}
	a := d.Away.clone()
	if d.Seats.Flow() {
		h.Places = n
		a.Places[to] += n
	} else {
		for seat := d.Seats.Places(); seat > 0 && len(h.Seats) < n; seat-- {
			if d.Seats.Seat(seat) == 0 {
				h.Seats = append(h.Seats, seat)
				a.Seats[seat] = to
			}
		}
		slices.Sort(h.Seats)
	}
	d.SetAway(a)
	return h, nil
}

// SoldOutHere is the refusal of a station whose own seats are sold, while those that
// it does not hold may not be; nil at the hub and where the station holds all.
func (a *Away) SoldOutHere(node NodeNo) *Refusal {
	if node <= Hub || a.Count() == 0 {
		return nil
	}
	return Refuse(SoldOut, "本站持有的座位已售完，其余座位由省级平台持有", "the seats that this station holds are sold; the hub holds the others")
}

// Accept takes seats that another node gave. Refusal Invalid when they are not
// away: the other node gave what it did not have.
func (d *Departure) Accept(h HandOver) error {
	a := d.Away.clone()
	for _, seat := range h.Seats {
		if _, away := a.Seats[seat]; !away {
			return notAway
		}
		delete(a.Seats, seat)
	}
	if h.Places > 0 {
		// A station knows only that they were not its own.
		from := h.From
		if a.Places[from] < h.Places {
			return notAway
		}
		if a.Places[from] -= h.Places; a.Places[from] == 0 {
			delete(a.Places, from)
		}
	}
	d.SetAway(a)
	return nil
}

// LeftBy are the seats that another node holds and none of these tickets has: what is
// left where that node is gone for good.
func (d *Departure) LeftBy(node NodeNo, tickets []Ticket) HandOver {
	h := HandOver{From: node, To: d.here(), Departure: d.ID}
	if d.Away == nil {
		return h
	}
	sold := map[int]bool{}
	h.Places = d.Away.Places[node]
	for _, t := range tickets {
		if t.Holder() == node && t.State.Live() {
			sold[t.Seat] = true
			h.Places = max(h.Places-1, 0)
		}
	}
	for seat, at := range d.Away.Seats {
		if at == node && !sold[seat] {
			h.Seats = append(h.Seats, seat)
		}
	}
	slices.Sort(h.Seats)
	return h
}

var notAway = Refuse(Invalid, "移交的座位本来就在本节点", "these seats are held here already: they cannot have been given").At("seats")

// here is the number of the node that this copy of the departure belongs to.
func (d *Departure) here() NodeNo { return max(d.Node, Hub) }

// seatsHere says that this node holds the ticket's seat.
func (d *Departure) seatsHere(t Ticket) bool { return t.Holder() == d.here() }

// Peers are the nodes that must hear of an event recorded at a node: the hub
// hears of everything at a station; a station hears of what it is given, of what
// it owns and of what it has sold.
func (e *Event) Peers(node NodeNo) (peers []NodeNo) {
	if e.Kind == NodeSaid || e.Kind == LaneOpened {
		return nil
	}
	if node > Hub {
		return []NodeNo{Hub}
	}
	add := func(n NodeNo) {
		if n > Hub && !slices.Contains(peers, n) {
			peers = append(peers, n)
		}
	}
	if e.Hand != nil {
		add(e.Hand.To)
		add(e.Hand.From)
	}
	if e.Order != nil {
		add(e.Order.Owner())
		add(NodeOf(int64(e.Order.ID)))
	}
	for i := range e.Tickets {
		add(e.Tickets[i].Owner())
		add(e.Tickets[i].Holder())
	}
	if e.Payback != nil {
		add(NodeOf(int64(e.Payback.Order)))
	}
	for _, n := range e.Tell {
		add(n)
	}
	return peers
}
