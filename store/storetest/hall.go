package storetest

import (
	"time"

	"chepiao"
	"chepiao/store"
)

// keepsHall: what a dispatcher said about a station's calls reads back in order, the
// latest of it; a passage is a task of its station until it is settled, once.
func keepsHall(b *bench) {
	s := b.open()
	say := func(station chepiao.StationNo, kind chepiao.HallKind, at time.Time) chepiao.HallWord {
		return chepiao.HallWord{Station: station, Kind: kind, At: at, ZH: "请失主到服务台", By: "desk", Who: "1001"}
	}
	check := chepiao.CheckRecord{Station: 3, Device: "gate"}
	b.write(s, func(tx *store.Tx) error {
		for _, w := range []chepiao.HallWord{say(3, chepiao.HallMute, b.now), say(4, chepiao.HallMute, b.now), say(3, chepiao.HallSpeak, b.now.Add(time.Minute)), say(3, chepiao.HallNotice, b.now.Add(time.Minute))} {
			if _, err := tx.SayInHall(w, "desk"); err != nil {
				return err
			}
		}
		for _, what := range []chepiao.Review{chepiao.ReviewAlone, chepiao.ReviewManual, chepiao.ReviewOverridden} {
			tx.AddReview(store.Review{At: b.now, Day: 100, By: "gate", What: what, Check: check})
		}
		return nil
	})
	var first int64
	for s = range b.twice(s) {
		b.read(s, func(r *store.Reader) error {
			words, err := r.HallWords(3, b.now, 9)
			if err != nil || len(words) != 3 || words[0].Kind != chepiao.HallMute || words[2].Kind != chepiao.HallNotice || words[2].Who != "1001" || words[2].ID == 0 {
				b.Errorf("%+v, %v", words, err)
			}
			words, err = r.HallWords(3, b.now, 1)
			if err != nil || len(words) != 1 || words[0].Kind != chepiao.HallNotice {
				b.Errorf("the latest: %+v, %v", words, err)
			}
			tasks, err := r.OpenReviews(100, 3, 0, 9)
			if err != nil || len(tasks) != 2 || tasks[0].What != chepiao.ReviewAlone || tasks[1].What != chepiao.ReviewOverridden {
				b.Fatalf("%+v, %v", tasks, err)
			}
			first = tasks[0].ID
			for _, none := range [][2]int64{{100, 4}, {101, 3}} {
				if tasks, err := r.OpenReviews(chepiao.Day(none[0]), chepiao.StationNo(none[1]), 0, 9); err != nil || len(tasks) != 0 {
					b.Errorf("%+v, %v", tasks, err)
				}
			}
			return nil
		})
	}
	settle := func(tx *store.Tx) error {
		_, err := tx.SettleReview(first, chepiao.ReviewSettled{Review: first, Note: "双方拿错", By: "desk"})
		return err
	}
	b.write(s, settle)
	if err := s.Write(b.Context(), settle); chepiao.Why(err) != chepiao.WrongState {
		b.Errorf("settled twice: %v", err)
	}
	b.read(s, func(r *store.Reader) error {
		if tasks, err := r.OpenReviews(100, 0, 0, 9); err != nil || len(tasks) != 1 || tasks[0].ID == first {
			b.Errorf("%+v, %v", tasks, err)
		}
		return nil
	})
}
