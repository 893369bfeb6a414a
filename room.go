package chepiao

import (
	"fmt"
	"time"
)

// When a day goes on sale, thousands come in one second. The waiting room lets
// them in one after another, as fast as the node can serve them: who came first
// goes first, a place is not improved by asking again, and while there is little
// to do nobody notices that there is a room. Windows and gates never wait.

// WaitForTurn is the reason of a hold that came without its turn.
const WaitForTurn Reason = "WAIT_FOR_TURN" // the waiting room calls people in: take a place there

// RoomID names a waiting room: that of all departures of a service day which go
// on sale at the same moment, so many days ahead.
type RoomID int64

// MakeRoomID composes the id of a service day's room.
func MakeRoomID(day Day, ahead int) RoomID { return RoomID(int64(day)<<8 | int64(uint8(ahead))) }

// Day and Ahead take the id apart.
func (id RoomID) Day() Day   { return Day(id >> 8) }
func (id RoomID) Ahead() int { return int(uint8(id)) }

// String is the service day and the days ahead: "2026-11-22-7".
func (id RoomID) String() string { return fmt.Sprintf("%s-%d", id.Day(), id.Ahead()) }

// Opens is when its departures go on sale: the midnight from which OnSale no
// longer says NotOnSaleYet.
func (id RoomID) Opens(zone *time.Location) time.Time {
	y, m, d := (id.Day() - Day(id.Ahead())).date().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone)
}

// RoomPhase is how far a room has come.
type RoomPhase int

// The phases. In the lobby people take places and nobody is called yet.
const (
	NoRoom RoomPhase = iota
	Lobby
	Calling
)

// RoomAt is the room that a departure of a service day is behind at a moment.
func (r *Rules) RoomAt(day Day, now time.Time, zone *time.Location) (RoomID, RoomPhase) {
	if !r.Room {
		return 0, NoRoom
	}
	id := MakeRoomID(day, r.AdvanceDays)
	opens := id.Opens(zone)
	switch {
	case now.Before(opens.Add(-seconds(r.RoomBefore))), !now.Before(opens.Add(seconds(r.RoomLasts))):
		return id, NoRoom
	case now.Before(opens):
		return id, Lobby
	}
	return id, Calling
}

// InRoom says whether a channel waits its turn: people on phones and platforms
// do, a clerk with a line of people at the counter does not.
func (c Channel) InRoom() bool { return c != Window }

// RoomPlace is a place in a waiting room. Doors hand it out signed; nothing of it
// is stored, so no restart can lose it.
type RoomPlace struct {
	Room   RoomID
	No     int64  // given at arrival, to be shown; the order is that of At
	At     int64  // of arrival, microseconds since 1970
	Chance uint64 // tells places of one moment apart, and cannot be guessed
	In     bool   // called in at arrival, as nobody waited
}

// Called is when a place was called in, false while it waits.
func (p RoomPlace) Called(l *RoomLine) (time.Time, bool) {
	if p.In {
		return time.UnixMicro(p.At), true
	}
	return l.calledAt(p.At)
}

// RoomState is how a place stands.
type RoomState string

// The states of a place.
const (
	RoomWaiting RoomState = "waiting" // for its turn
	RoomCalled  RoomState = "called"  // may hold seats, until its turn is over
	RoomLapsed  RoomState = "lapsed"  // was called and did not come in time
	RoomUsed    RoomState = "used"    // has held what one place may hold
	RoomOpen    RoomState = "open"    // there is no room: no place is needed
)

// State is how a place stands at a moment; until is when a called one lapses.
// used is how often it has held seats.
func (p RoomPlace) State(l *RoomLine, used int, now time.Time, r *Rules) (s RoomState, until time.Time) {
	called, ok := p.Called(l)
	if !ok {
		return RoomWaiting, time.Time{}
	}
	until = called.Add(seconds(r.RoomGood))
	switch {
	case used >= r.RoomHolds:
		return RoomUsed, until
	case !now.Before(until):
		return RoomLapsed, until
	}
	return RoomCalled, until
}

// MayHold refuses a hold with a place that is not called, was not used in time,
// or has been used. Refusal WaitForTurn.
func (p RoomPlace) MayHold(l *RoomLine, used int, now time.Time, r *Rules) error {
	switch s, until := p.State(l, used, now, r); s {
	case RoomWaiting:
		ahead := l.Ahead(p)
		return Refuse(WaitForTurn, fmt.Sprintf("还没有轮到您，前面还有 %d 人", ahead), fmt.Sprintf("it is not your turn yet: %d people are ahead of you", ahead)).
			At("Waiting-Place").By("room", r, Given("number", p.No), Given("ahead", ahead))
	case RoomLapsed:
		return Refuse(WaitForTurn, "叫到您的号后未及时购票，该号已过期，请重新排队", "your turn is over: you did not buy in time, please take a new place").
			At("Waiting-Place").By("room_good", r, Given("until", until), Given("room_good", seconds(r.RoomGood)))
	case RoomUsed:
		return Refuse(WaitForTurn, "这个排队号已经用过，如需再购请重新排队", "this place has been used: take a new one to buy more").
			At("Waiting-Place").By("room_holds", r, Given("used", used), Given("room_holds", r.RoomHolds))
	}
	return nil
}

// TakeAPlace refuses a hold without a place while the room calls people in.
// Refusal WaitForTurn.
func TakeAPlace(waiting int64, r *Rules) *Refusal {
	return Refuse(WaitForTurn, "购票人数较多，请先取号排队", "many people are buying: please take a place in the waiting room").
		At("Waiting-Place").By("room", r, Given("waiting", waiting))
}

// NotAPlace refuses a place that this node did not give out for these
// departures. Refusal WaitForTurn.
func NotAPlace(r *Rules) *Refusal {
	return Refuse(WaitForTurn, "排队号无效，请重新取号", "this is no place of this waiting room: please take one").At("Waiting-Place").By("room", r)
}

// RoomLoad is how busy a node's writer is.
type RoomLoad struct {
	Waiting int           // verbs that wait for it
	Commit  time.Duration // of the last batches, on average
}

// A writer with more verbs waiting than roomBusy, or with commits longer than
// roomSlow, gets fewer people.
const (
	roomBusy = 512
	roomSlow = 400 * time.Millisecond
)

// RoomRate is how many people a second are called in from now on: half as many
// when the node is behind, a little more each time when it is not, within the
// bounds that the rules set. The first rate is a quarter of the highest.
func RoomRate(before int, load RoomLoad, r *Rules) int {
	rate := before
	switch {
	case before == 0:
		rate = r.RoomRate / 4
	case load.Waiting > roomBusy || load.Commit > roomSlow:
		rate = before / 2
	default:
		rate = before + max(1, before/20)
	}
	return min(max(rate, r.RoomLeast), r.RoomRate)
}
