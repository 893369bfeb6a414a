package office

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"chepiao"
	"chepiao/store"
)

// LearnRooms writes down who has come to this process since the last time, in one
// transaction however many they are, and reads who came to the others and whom
// they called. Every process does it twice a second while there is a room, and
// once when it starts.
func (o *Office) LearnRooms(ctx context.Context, now time.Time) error {
	_, err := o.learnRooms(ctx, now)
	return err
}

// learnRooms also says which rooms are over and still stored.
func (o *Office) learnRooms(ctx context.Context, now time.Time) (over []chepiao.RoomID, err error) {
	rs := o.rooms
	rs.learns.Lock()
	defer rs.learns.Unlock()
	if err := o.storeArrivals(ctx); err != nil {
		return nil, err
	}
	if over, err = o.readRooms(ctx, now); err != nil {
		return nil, err
	}
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for id := range rs.of {
		if o.roomOver(id, now) {
			delete(rs.of, id)
		}
	}
	return over, nil
}

// roomKeep is how long a room is kept when its calls have ended: turns that were
// called last are still being used.
const roomKeep = 3 * time.Hour

func (o *Office) roomOver(id chepiao.RoomID, now time.Time) bool {
	rules := o.RulesAt(now, chepiao.Where{})
	return !now.Before(id.Opens(o.Timetable().Zone).Add(time.Duration(rules.RoomLasts)*time.Second + roomKeep))
}

// sorted are the rooms in the order of their ids; the caller has the lock.
func (rs *rooms) sorted() []*room {
	list := make([]*room, 0, len(rs.of))
	for _, id := range slices.Sorted(maps.Keys(rs.of)) {
		list = append(list, rs.of[id])
	}
	return list
}

// roomPart is a part of this process's arrivals on its way to the store.
type roomPart struct {
	id   chepiao.RoomID
	part store.RoomArrivals
	came int64
}

func (o *Office) storeArrivals(ctx context.Context) error {
	rs := o.rooms
	var parts []roomPart
	rs.mu.Lock()
	for _, r := range rs.sorted() {
		if body, came := r.line.Arrivals(rs.source, r.stored); len(body) > 0 {
			parts = append(parts, roomPart{r.id, store.RoomArrivals{Source: rs.source, No: r.known.Sources[rs.source] + 1, Body: body}, came})
		}
	}
	rs.mu.Unlock()
	if len(parts) == 0 {
		return nil
	}
	err := o.store.Write(ctx, func(tx *store.Tx) error {
		for _, p := range parts {
			tx.AddRoomArrivals(p.id, p.part)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("storing arrivals of a waiting room: %w", err)
	}
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for _, p := range parts {
		if r := rs.of[p.id]; r != nil {
			r.stored, r.known.Sources[rs.source] = p.came, p.part.No
		}
	}
	return nil
}

// readRooms reads what is new in the rooms, and says which are over.
func (o *Office) readRooms(ctx context.Context, now time.Time) (over []chepiao.RoomID, err error) {
	rs, zone := o.rooms, o.Timetable().Zone
	err = o.store.Read(ctx, func(reader *store.Reader) error {
		ids, err := reader.Rooms()
		if err != nil {
			return err
		}
		for _, id := range ids {
			if o.roomOver(id, now) {
				over = append(over, id)
				continue
			}
			rs.mu.Lock()
			r := rs.room(id, zone)
			known := store.RoomKnown{Sources: map[int64]int64{}, Turn: r.known.Turn}
			for source, no := range r.known.Sources {
				known.Sources[source] = no
			}
			rs.mu.Unlock()
			news, err := reader.Room(id, known)
			if err != nil {
				return err
			}
			rs.mu.Lock()
			err = rs.learn(r, news)
			rs.mu.Unlock()
			if err != nil {
				return err
			}
		}
		return nil
	})
	return over, err
}

// learn adds what was read. A part of this process's own that is read was stored
// although its writer was told otherwise: it is counted already.
func (rs *rooms) learn(r *room, news store.RoomNews) error {
	for _, a := range news.Arrivals {
		if a.Source == rs.source {
			own := chepiao.NewRoomLine(time.Time{})
			if err := own.Load(a.Source, a.Body); err != nil {
				return err
			}
			r.stored += own.Came()
		} else if err := r.line.Load(a.Source, a.Body); err != nil {
			return err
		}
		r.known.Sources[a.Source] = a.No
	}
	for _, t := range news.Turns {
		r.line.Take(t)
		r.known.Turn = t.No
	}
	return nil
}

// CallRooms calls the next people into every room, as many as the rules allow and
// the writer can serve, and clears away rooms that are over. One process does it,
// under a lease; should two do it after all, the second misses. It returns 0: the
// next turn is never due at once.
func (o *Office) CallRooms(ctx context.Context, now time.Time) (int, error) {
	over, err := o.learnRooms(ctx, now)
	if err != nil {
		return 0, err
	}
	calls := o.nextTurns(now)
	if len(calls) == 0 && len(over) == 0 {
		return 0, nil
	}
	err = o.store.Write(ctx, func(tx *store.Tx) error {
		for _, c := range calls {
			tx.AddRoomTurn(c.room.id, c.turn)
			if c.first > 0 {
				tx.ForgetRoomTurns(c.room.id, c.first)
			}
		}
		for _, id := range over {
			tx.ForgetRoom(id)
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("calling people into a waiting room: %w", err)
	}
	o.rooms.mu.Lock()
	defer o.rooms.mu.Unlock()
	for _, c := range calls {
		c.room.line.Take(c.turn)
		c.room.known.Turn = c.turn.No
	}
	return 0, nil
}

// roomCall is a turn on its way to the store; turns before first are cleared away.
type roomCall struct {
	room  *room
	turn  chepiao.RoomTurn
	first int64
}

func (o *Office) nextTurns(now time.Time) (calls []roomCall) {
	rules, load, rs := o.RulesAt(now, chepiao.Where{}), o.roomLoad(), o.rooms
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for _, r := range rs.sorted() {
		last, _ := r.line.Last()
		turn, ok := r.line.Next(now, chepiao.RoomRate(last.Rate, load, rules))
		if !ok {
			continue
		}
		c := roomCall{room: r, turn: turn}
		if turn.No%roomForget == 0 {
			c.first = r.line.Forget(now.Add(-roomKeep))
		}
		calls = append(calls, c)
	}
	return calls
}

// roomForget is every how many turns old ones are cleared away.
const roomForget = 1000

// roomLoad is how the writer has fared since the last call.
func (o *Office) roomLoad() chepiao.RoomLoad {
	stats := o.store.Stats()
	rs := o.rooms
	rs.mu.Lock()
	defer rs.mu.Unlock()
	load := chepiao.RoomLoad{Waiting: o.store.Waiting()}
	if n := stats.Batches - rs.seen.Batches; n > 0 {
		load.Commit = (stats.Commit - rs.seen.Commit) / time.Duration(n)
	}
	rs.seen = stats
	return load
}
