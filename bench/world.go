package bench

import (
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"chepiao"
)

// The pools of journeys that share a load: ten departures that most want, the
// other numbered ones, and one flow departure.
const (
	hotPool = iota
	restPool
	flowPool
	poolCount
)

// world is what is for sale, the same for every contender: one service day's
// departures in three pools, and departures that open one by one.
type world struct {
	network  *chepiao.Network
	pools    [poolCount]pool
	openings []Journey // the whole way on departures that nobody has bought yet
	stock    []planned // orders that are there before anything is measured
}

// pool is a set of journeys that share the load, with the room on them in
// seat-legs.
type pool struct {
	journeys   []Journey
	departures []chepiao.DepartureID
	room       int
}

// planned is an order of the stock, and the client who has it.
type planned struct {
	pool   int
	trip   *Journey
	client int
	person int
}

// loadKept is the share of all seat-legs that stays sold: between the 50 and
// 80 % at which coaches run. Every contender is filled to it first and keeps it,
// so that all of them do the same work: each order is followed by the refund of
// an older one.
const loadKept = 0.6

// hotDepartures are wanted by nine tenths of the crowd in one of the loads.
const hotDepartures = 10

// OpeningNumber begins the numbers of departures that the bench opens one by one.
const OpeningNumber = "OPEN"

// newWorld picks the departures of one service day, two days ahead, and plans
// the stock.
func newWorld(n *chepiao.Network, clients int) (*world, error) {
	w := &world{network: n}
	now := time.Now().In(n.Zone)
	day := chepiao.DayOf(now) + 2
	opens := map[chepiao.TemplateNo]bool{}
	for i := range n.Templates {
		if len(n.Templates[i].Number) > len(OpeningNumber) && n.Templates[i].Number[:len(OpeningNumber)] == OpeningNumber {
			opens[n.Templates[i].No] = true
		}
	}
	for _, j := range Journeys(n, now.Add(24*time.Hour), now.Add(96*time.Hour)) {
		if j.Departure.Day() != day {
			continue
		}
		t := j.Departure.Template()
		switch {
		case j.Flow:
			w.pools[flowPool].add(j)
		case opens[t]:
			if i := slices.IndexFunc(n.Templates, func(m chepiao.Template) bool { return m.No == t }); j.Board == 0 && j.Alight == n.Templates[i].Legs() {
				w.openings = append(w.openings, j)
			}
		case len(w.pools[hotPool].departures) < hotDepartures || slices.Contains(w.pools[hotPool].departures, j.Departure):
			w.pools[hotPool].add(j)
		default:
			w.pools[restPool].add(j)
		}
	}
	for p := range w.pools {
		if w.pools[p].room == 0 {
			return nil, errors.New("the bench's timetable lacks departures")
		}
	}
	w.plan(clients)
	return w, nil
}

// add adds a journey and counts the room: each seat of each departure on each
// leg once. Journeys come departure by departure, and each has one for every leg.
func (p *pool) add(j Journey) {
	if n := len(p.departures); n == 0 || p.departures[n-1] != j.Departure {
		p.departures = append(p.departures, j.Departure)
	}
	if j.Alight == j.Board+1 {
		p.room += j.Places
	}
	p.journeys = append(p.journeys, j)
}

// plan fills every pool to loadKept in random order, so that everything fits.
func (w *world) plan(clients int) {
	chance := rand.New(rand.NewPCG(11, 1))
	templates := map[chepiao.TemplateNo]*chepiao.Template{}
	for i := range w.network.Templates {
		templates[w.network.Templates[i].No] = &w.network.Templates[i]
	}
	seats := map[chepiao.DepartureID]*chepiao.SeatMap{}
	for p := range w.pools {
		pool := &w.pools[p]
		legs := make([]int, clients)
		sold := 0
		for sold < int(loadKept*float64(pool.room)) {
			j := &pool.journeys[chance.IntN(len(pool.journeys))]
			m := seats[j.Departure]
			if m == nil {
				m = &chepiao.NewDeparture(j.Departure, templates[j.Departure.Template()]).Seats
				seats[j.Departure] = m
			}
			chosen, err := m.Choose(j.Board, j.Alight, 1, nil)
			if err != nil {
				continue
			}
			m.Take(j.Board, j.Alight, chosen)
			sold += j.Alight - j.Board
			c := slices.Index(legs, slices.Min(legs))
			legs[c] += j.Alight - j.Board
			w.stock = append(w.stock, planned{p, j, c, len(w.stock)})
		}
	}
}

// departures are all that can be sold, in the order of their numbers.
func (w *world) departures() []chepiao.DepartureID {
	var list []chepiao.DepartureID
	for p := range w.pools {
		list = append(list, w.pools[p].departures...)
	}
	for _, j := range w.openings {
		list = append(list, j.Departure)
	}
	slices.Sort(list)
	return list
}
