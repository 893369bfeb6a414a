package store

import (
	"chepiao"
)

// A waiting room is stored as processes learn of it: each writes its arrivals in
// parts, a turn is written once by whoever is first, and a place that held seats
// is written with the hold.

// RoomKnown says how much of a room a process has read, or written itself.
type RoomKnown struct {
	Sources map[int64]int64 // parts of each process's arrivals
	Turn    int64           // number of the last turn
}

// RoomNews is what is stored of a room beyond what was known, in order.
type RoomNews struct {
	Arrivals []RoomArrivals
	Turns    []chepiao.RoomTurn
}

// RoomArrivals are people who came to one process, as chepiao.RoomLine writes
// them.
type RoomArrivals struct {
	Source, No int64
	Body       []byte
}

// roomReadMax bounds what is read of a room at once; the rest is read next time.
const roomReadMax = 10_000

// Rooms lists the rooms that somebody has come to.
func (r *Reader) Rooms() (ids []chepiao.RoomID, err error) {
	err = r.c.query("SELECT DISTINCT room FROM room_source ORDER BY room", nil, func(r rowOf) error {
		ids = append(ids, chepiao.RoomID(r.int(0)))
		return nil
	})
	return ids, err
}

// Room reads what is new in a room.
func (r *Reader) Room(id chepiao.RoomID, known RoomKnown) (news RoomNews, err error) {
	var behind []int64
	err = r.c.query("SELECT source, no FROM room_source WHERE room = $1 ORDER BY source", []any{int64(id)}, func(r rowOf) error {
		if r.int(1) > known.Sources[r.int(0)] {
			behind = append(behind, r.int(0))
		}
		return nil
	})
	for _, source := range behind {
		if err != nil {
			break
		}
		err = r.c.query("SELECT no, body FROM room_arrival WHERE room = $1 AND source = $2 AND no > $3 ORDER BY no LIMIT $4",
			[]any{int64(id), source, known.Sources[source], roomReadMax}, func(r rowOf) error {
				news.Arrivals = append(news.Arrivals, RoomArrivals{source, r.int(0), r.bytes(1)})
				return nil
			})
	}
	if err != nil {
		return news, err
	}
	err = r.c.query("SELECT no, at, upto, called, spare, rate FROM room_turn WHERE room = $1 AND no > $2 ORDER BY no LIMIT $3",
		[]any{int64(id), known.Turn, roomReadMax}, func(r rowOf) error {
			news.Turns = append(news.Turns, chepiao.RoomTurn{No: r.int(0), At: fromMicros(r.int(1)), Upto: r.int(2), In: r.int(3), Left: r.int(4), Rate: int(r.int(5))})
			return nil
		})
	return news, err
}

// RoomUses is how often a place has held seats.
func (r *Reader) RoomUses(p chepiao.RoomPlace) (int, error) { return roomUses(r.c, p) }

func roomUses(c *conn, p chepiao.RoomPlace) (n int, err error) {
	err = c.query("SELECT COUNT(*) FROM room_used WHERE room = $1 AND came = $2 AND chance = $3", []any{int64(p.Room), p.At, int64(p.Chance)}, func(r rowOf) error {
		n = int(r.int(0))
		return nil
	})
	return n, err
}

// AnsweredBefore says whether a verb with this id was answered before, whatever
// its inputs.
func (r *Reader) AnsweredBefore(verb string) (bool, error) {
	_, known, err := loadVerb(r.c, verb)
	return known, err
}

// AddRoomArrivals stages the next part of a process's arrivals.
func (tx *Tx) AddRoomArrivals(id chepiao.RoomID, a RoomArrivals) {
	tx.stage(func(c *conn) error {
		err := c.one("INSERT INTO room_arrival (room, source, no, body) VALUES ($1, $2, $3, $4)", int64(id), a.Source, a.No, a.Body)
		switch {
		case err != nil:
			return err
		case a.No == 1:
			return c.one("INSERT INTO room_source (room, source, no) VALUES ($1, $2, $3)", int64(id), a.Source, a.No)
		}
		return c.one("UPDATE room_source SET no = $1 WHERE room = $2 AND source = $3 AND no = $4", a.No, int64(id), a.Source, a.No-1)
	})
}

// AddRoomTurn stages the next turn. Of two processes that call the same turn one
// misses it, as its number is taken.
func (tx *Tx) AddRoomTurn(id chepiao.RoomID, t chepiao.RoomTurn) {
	tx.stage(func(c *conn) error {
		return c.one("INSERT INTO room_turn (room, no, at, upto, called, spare, rate) VALUES ($1, $2, $3, $4, $5, $6, $7)",
			int64(id), t.No, micros(t.At), t.Upto, t.In, t.Left, t.Rate)
	})
}

// RoomUses is how often a place has held seats. seen is what a reader saw before
// the function queued; only a function that runs again looks once more.
func (tx *Tx) RoomUses(p chepiao.RoomPlace, seen int) (int, error) {
	if !tx.careful {
		return seen, nil // if another process was faster the key collides, and the batch runs again, carefully
	}
	return roomUses(tx.s.writer, p)
}

// UseRoom stages that a place holds seats once more, after so many times. The
// caller sees to it that a place is not used by two functions at once.
func (tx *Tx) UseRoom(p chepiao.RoomPlace, used int) {
	now := micros(tx.Now)
	tx.stage(func(c *conn) error {
		return c.one("INSERT INTO room_used (room, came, chance, nth, at) VALUES ($1, $2, $3, $4, $5)", int64(p.Room), p.At, int64(p.Chance), used+1, now)
	})
}

// ForgetRoomTurns stages that the turns before a number are of no use any more.
func (tx *Tx) ForgetRoomTurns(id chepiao.RoomID, before int64) {
	tx.stage(func(c *conn) error {
		_, err := c.exec("DELETE FROM room_turn WHERE room = $1 AND no < $2", int64(id), before)
		return err
	})
}

// ForgetRoom stages that a room is over.
func (tx *Tx) ForgetRoom(id chepiao.RoomID) {
	for _, sql := range []string{"DELETE FROM room_source WHERE room = $1", "DELETE FROM room_arrival WHERE room = $1", "DELETE FROM room_turn WHERE room = $1", "DELETE FROM room_used WHERE room = $1"} {
		tx.stage(func(c *conn) error {
			_, err := c.exec(sql, int64(id))
			return err
		})
	}
}
