package office

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"time"

	"chepiao"
	"chepiao/store"
)

// rooms are the waiting rooms of this process. What it knows of a line is what it
// counted itself and what it last read of the others.
type rooms struct {
	key    []byte // signs places
	source int64  // names this run of the process among those that count
	learns sync.Mutex

	mu   sync.Mutex
	of   map[chepiao.RoomID]*room
	seen store.Stats // at the last call
}

// room is one of them.
type room struct {
	id      chepiao.RoomID
	line    *chepiao.RoomLine
	known   store.RoomKnown
	stored  int64     // own arrivals that are stored
	walked  time.Time // when somebody last walked in without waiting
	allowed int64     // thousandths of a person that may still walk in
	busy    map[chepiao.RoomPlace]bool
}

// roomComersMax bounds the people of one room, and so its memory: 16 bytes each.
const roomComersMax = 5_000_000

func newRooms(key []byte, rand io.Reader) (*rooms, error) {
	var source [8]byte
	if _, err := io.ReadFull(rand, source[:]); err != nil {
		return nil, fmt.Errorf("naming this process's arrivals: %w", err)
	}
	return &rooms{key: key, source: int64(binary.BigEndian.Uint64(source[:]) >> 1), of: map[chepiao.RoomID]*room{}}, nil
}

// room is the room of this id; the caller has the lock.
func (rs *rooms) room(id chepiao.RoomID, zone *time.Location) *room {
	r := rs.of[id]
	if r == nil {
		r = &room{id: id, line: chepiao.NewRoomLine(id.Opens(zone)), known: store.RoomKnown{Sources: map[int64]int64{}}, busy: map[chepiao.RoomPlace]bool{}}
		rs.of[id] = r
	}
	return r
}

// RoomsWaiting is how many people stand in waiting rooms and are not called yet, as
// far as this process knows.
func (o *Office) RoomsWaiting() (n int64) {
	o.rooms.mu.Lock()
	defer o.rooms.mu.Unlock()
	for _, r := range o.rooms.of {
		n += r.line.Waiting()
	}
	return n
}

// RoomView is how somebody stands before the departures of a waiting room.
type RoomView struct {
	State chepiao.RoomState
	Token string // of the place, to be shown again; "" where none is needed
	Place chepiao.RoomPlace
	Opens time.Time // the sale
	Until time.Time // a called place lapses
	Wait  chepiao.RoomWait
	Began int   // people ahead of it at arrival
	All   int64 // people who wait
}

// Pauses between two questions of one who waits: a twentieth of what is left, so
// that a long line asks seldom and a short one is called without delay.
const (
	askSoonest = 3 * time.Second
	askLatest  = 30 * time.Second
)

// AskAgain is when it is worth asking again how a place stands.
func (v RoomView) AskAgain() time.Duration {
	if !v.Wait.Known {
		return 2 * askSoonest
	}
	return min(max(v.Wait.Likely/20, askSoonest), askLatest).Truncate(time.Second)
}

// EnterRoom gives whoever wants to buy a departure a place in its waiting room,
// or says that none is needed. Somebody who comes with a place keeps it, as long
// as it waits or is called: coming again neither improves nor loses it. While
// nobody waits and the node has time, a place is called at once. Refusals: those
// of finding the departure and its stops, Busy when too many have come.
func (o *Office) EnterRoom(ctx context.Context, now time.Time, id chepiao.DepartureID, from, to chepiao.StationNo, token string) (RoomView, error) {
	gate, rules, err := o.roomBefore(now, id, from, to)
	if err != nil || gate.phase == chepiao.NoRoom {
		return RoomView{State: chepiao.RoomOpen}, err
	}
	if p, ok := o.rooms.read(token); ok && p.Room == gate.room {
		v, err := o.roomView(ctx, now, p, rules)
		if err != nil || v.State == chepiao.RoomWaiting || v.State == chepiao.RoomCalled {
			return v, err
		}
	}
	p, err := o.takePlace(now, gate, rules)
	if err != nil {
		return RoomView{}, err
	}
	return o.roomView(ctx, now, p, rules)
}

// LookRoom says how a place stands. Refusals: those of finding the departure and
// its stops, Invalid for a token that is no place in this room.
func (o *Office) LookRoom(ctx context.Context, now time.Time, id chepiao.DepartureID, from, to chepiao.StationNo, token string) (RoomView, error) {
	gate, rules, err := o.roomBefore(now, id, from, to)
	if err != nil || gate.phase == chepiao.NoRoom {
		return RoomView{State: chepiao.RoomOpen}, err
	}
	p, ok := o.rooms.read(token)
	if !ok || p.Room != gate.room {
		return RoomView{}, chepiao.Refuse(chepiao.Invalid, "排队号无效，请重新取号", "this is no place of this waiting room: please take one").At("Waiting-Place")
	}
	return o.roomView(ctx, now, p, rules)
}

// RoomOf is the room before a departure and its phase. Refusals: those of finding
// the departure and its stops.
func (o *Office) RoomOf(now time.Time, id chepiao.DepartureID, from, to chepiao.StationNo) (chepiao.RoomID, chepiao.RoomPhase, error) {
	gate, _, err := o.roomBefore(now, id, from, to)
	return gate.room, gate.phase, err
}

// roomGate is the room before a departure and its phase.
type roomGate struct {
	room  chepiao.RoomID
	phase chepiao.RoomPhase
}

func (o *Office) roomBefore(now time.Time, id chepiao.DepartureID, from, to chepiao.StationNo) (gate roomGate, rules *chepiao.Rules, err error) {
	t := o.Timetable()
	run, err := t.OnOffer(id)
	if err != nil {
		return gate, nil, err
	}
	board, _, err := t.Find(run, from, to)
	if err != nil {
		return gate, nil, err
	}
	rules = o.RulesFor(now, run, board)
	gate.room, gate.phase = rules.RoomAt(id.Day(), now, t.Zone)
	return gate, rules, nil
}

// takePlace gives out a new place: the last one of the line, or one that is
// called at once.
func (o *Office) takePlace(now time.Time, gate roomGate, rules *chepiao.Rules) (p chepiao.RoomPlace, err error) {
	var chance [8]byte
	if _, err := io.ReadFull(o.secret.rand, chance[:]); err != nil {
		return p, fmt.Errorf("drawing a place: %w", err)
	}
	p = chepiao.RoomPlace{Room: gate.room, At: now.UnixMicro(), Chance: binary.BigEndian.Uint64(chance[:])}
	o.rooms.mu.Lock()
	defer o.rooms.mu.Unlock()
	r := o.rooms.room(gate.room, o.Timetable().Zone)
	if gate.phase == chepiao.Calling && o.walkIn(r, now, rules) {
		p.In = true
		return p, nil
	}
	came := r.line.Came()
	if came >= roomComersMax {
		return p, chepiao.Refuse(chepiao.Busy, "排队人数过多，请稍后再试", "too many people are waiting: please try again later")
	}
	p.At, p.No = r.line.Come(o.rooms.source, p.At), came+1
	return p, nil
}

// walkIn says whether somebody may go in at once: nobody waits, and this process's
// share of what the node can serve is not used up. The caller has the lock.
func (o *Office) walkIn(r *room, now time.Time, rules *chepiao.Rules) bool {
	if r.line.Waiting() > 0 {
		return false
	}
	last, _ := r.line.Last()
	rate := last.Rate
	if rate == 0 {
		rate = chepiao.RoomRate(0, chepiao.RoomLoad{}, rules)
	}
	share := int64(rate) * 1000 / int64(max(1, len(o.store.Peers())))
	share = max(share, 1000)
	if r.walked.IsZero() {
		r.allowed = share
	} else {
		r.allowed = min(share, r.allowed+share*min(1000, max(0, now.Sub(r.walked).Milliseconds()))/1000)
	}
	if now.After(r.walked) {
		r.walked = now
	}
	if r.allowed < 1000 {
		return false
	}
	r.allowed -= 1000
	return true
}

// roomView is how a place stands; only of a called one it is asked whether it has
// been used.
func (o *Office) roomView(ctx context.Context, now time.Time, p chepiao.RoomPlace, rules *chepiao.Rules) (RoomView, error) {
	o.rooms.mu.Lock()
	r := o.rooms.room(p.Room, o.Timetable().Zone)
	v := RoomView{Token: o.rooms.sign(p), Place: p, Opens: p.Room.Opens(o.Timetable().Zone), All: r.line.Waiting(), Wait: r.line.Expect(p, now, rules), Began: r.line.Began(p)}
	v.State, v.Until = p.State(r.line, 0, now, rules)
	o.rooms.mu.Unlock()
	if v.State != chepiao.RoomCalled {
		return v, nil
	}
	used, err := o.roomUses(ctx, p)
	if used >= rules.RoomHolds {
		v.State = chepiao.RoomUsed
	}
	return v, err
}

func (o *Office) roomUses(ctx context.Context, p chepiao.RoomPlace) (used int, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) (err error) {
		used, err = r.RoomUses(p)
		return err
	})
	return used, err
}
