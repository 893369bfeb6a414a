package storetest

import (
	"bytes"

	"chepiao"
	"chepiao/store"
)

// keepsRooms: arrivals and turns of a waiting room read back in order, a process
// is told only what it does not know, a place is used once for each number of
// times, and a room that is over leaves nothing.
func keepsRooms(b *bench) {
	s := b.open()
	room, other := chepiao.MakeRoomID(today+7, 7), chepiao.MakeRoomID(today+8, 7)
	turn := chepiao.RoomTurn{No: 1, At: b.now, Upto: 12_345, In: 3, Left: -250, Rate: 40}
	second := turn
	second.No, second.In = 2, 5
	b.write(s, func(tx *store.Tx) error {
		tx.AddRoomArrivals(room, store.RoomArrivals{Source: 11, No: 1, Body: []byte{1}})
		tx.AddRoomArrivals(room, store.RoomArrivals{Source: 11, No: 2, Body: []byte{2}})
		tx.AddRoomArrivals(room, store.RoomArrivals{Source: -5, No: 1, Body: []byte{3}})
		tx.AddRoomArrivals(other, store.RoomArrivals{Source: 11, No: 1, Body: []byte{4}})
		tx.AddRoomTurn(room, turn)
		tx.AddRoomTurn(room, second)
		return nil
	})
	for s = range b.twice(s) {
		b.read(s, func(r *store.Reader) error {
			if ids, err := r.Rooms(); err != nil || len(ids) != 2 || ids[0] != room || ids[1] != other {
				b.Errorf("rooms %v, %v", ids, err)
			}
			news, err := r.Room(room, store.RoomKnown{})
			b.must(err)
			if len(news.Arrivals) != 3 || len(news.Turns) != 2 || news.Turns[0] != turn || news.Turns[1] != second {
				b.Errorf("all of a room: %+v", news)
			}
			news, err = r.Room(room, store.RoomKnown{Sources: map[int64]int64{11: 1, -5: 1}, Turn: 1})
			b.must(err)
			if len(news.Arrivals) != 1 || news.Arrivals[0].Source != 11 || !bytes.Equal(news.Arrivals[0].Body, []byte{2}) || len(news.Turns) != 1 {
				b.Errorf("what is new: %+v", news)
			}
			return nil
		})
	}
	if err := s.Write(b.Context(), func(tx *store.Tx) error { tx.AddRoomTurn(room, second); return nil }); err == nil {
		b.Error("a turn was called twice")
	}
	usesPlaces(b, s, room)
	b.write(s, func(tx *store.Tx) error {
		tx.ForgetRoomTurns(room, 2)
		tx.ForgetRoom(other)
		return nil
	})
	b.read(s, func(r *store.Reader) error {
		if ids, err := r.Rooms(); err != nil || len(ids) != 1 || ids[0] != room {
			b.Errorf("rooms left: %v, %v", ids, err)
		}
		news, err := r.Room(room, store.RoomKnown{})
		if len(news.Turns) != 1 || news.Turns[0] != second || len(news.Arrivals) != 3 {
			b.Errorf("left of the room: %+v", news)
		}
		return err
	})
}

// usesPlaces: two uses of a place that both believe to be the first are told
// apart, and one of a place with the same moment stands beside it.
func usesPlaces(b *bench, s *store.Store, room chepiao.RoomID) {
	b.Helper()
	place := chepiao.RoomPlace{Room: room, At: 99, Chance: 1<<63 + 5}
	beside := place
	beside.Chance++
	use := func(p chepiao.RoomPlace, seen int) (used int) {
		b.write(s, func(tx *store.Tx) (err error) {
			if used, err = tx.RoomUses(p, seen); err == nil {
				tx.UseRoom(p, used)
			}
			return err
		})
		return used
	}
	if first, again, other := use(place, 0), use(place, 0), use(beside, 0); first != 0 || again != 1 || other != 0 {
		b.Errorf("used %d, then %d times before; the one beside %d", first, again, other)
	}
	b.read(s, func(r *store.Reader) error {
		if n, err := r.RoomUses(place); n != 2 || err != nil {
			b.Errorf("the place was used %d times, %v", n, err)
		}
		known, err := r.AnsweredBefore("nobody-asked-this")
		if known {
			b.Error("a verb that nobody asked was answered")
		}
		return err
	})
}
