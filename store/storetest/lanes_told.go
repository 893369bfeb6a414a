package storetest

import (
	"slices"
	"time"

	"chepiao"
	"chepiao/store"
)

// hearsAllLanes: a webhook is told what every process says from its registration
// on, also of a lane with lower numbers than its own, and nothing said before;
// what was said later is so by its time, not by its number.
func hearsAllLanes(b *bench) {
	one, two := b.process("one"), b.process("two")
	orders := map[*store.Store]chepiao.Order{one: b.booked(one, 1), two: b.booked(two, 2)}
	say := func(s *store.Store, kind chepiao.MessageKind) {
		b.forward(time.Second)
		b.write(s, func(tx *store.Tx) error {
			tickets, err := tx.Tickets(orders[s])
			b.check(err)
			return tx.Tell(store.Told{Kind: kind, Channel: chepiao.BySMS, State: chepiao.MessageDue, Tickets: tickets})
		})
	}
	say(one, chepiao.TellIssued)
	say(two, chepiao.TellIssued)
	b.write(two, func(tx *store.Tx) error {
		return tx.AddHook(chepiao.Hook{ID: chepiao.HookID(tx.NextIDs(1)), URL: "https://a.example/x", State: chepiao.HookOn, Created: tx.Now, Version: 1})
	})
	say(two, chepiao.TellDelayed)
	say(one, chepiao.TellCancelled) // the later one has the lower number
	three := b.process("three")
	orders[three] = b.booked(three, 3)
	say(three, chepiao.TellIssued) // a lane that the webhook has never heard of
	var hook chepiao.Hook
	untold := func() (kinds []chepiao.MessageKind) {
		b.read(one, func(r *store.Reader) error {
			hooks, err := r.Hooks(10)
			b.must(err)
			hook = hooks[0]
			lanes, err := r.Lanes("T1")
			for _, lane := range lanes {
				list, laneErr := r.MessagesOfLane(lane, hook.After(lane), 10)
				b.must(laneErr)
				for _, m := range list {
					kinds = append(kinds, m.Kind)
				}
			}
			return err
		})
		return kinds
	}
	b.same("what the webhook has to hear", untold(), []chepiao.MessageKind{chepiao.TellCancelled, chepiao.TellDelayed, chepiao.TellIssued}, nil)
	b.read(two, func(r *store.Reader) error {
		said, err := r.MessagesOfLane(two.Lane(), 0, 10)
		b.must(err)
		later, err := r.Later(coachID(), said[1].Created, 10)
		b.must(err)
		later = slices.DeleteFunc(later, func(l store.Later) bool { return !l.After(said[1]) })
		if len(later) != 2 || later[0].Kind != chepiao.TellCancelled || later[0].ID > said[1].ID || later[1].Kind != chepiao.TellIssued {
			b.Errorf("after the delay was said: %+v", later)
		}
		return nil
	})
	took := hook
	b.read(one, func(r *store.Reader) error {
		for _, lane := range []int64{one.Lane(), three.Lane()} {
			list, err := r.MessagesOfLane(lane, hook.After(lane), 10)
			b.must(err)
			took = took.Take(list[0].ID)
		}
		return nil
	})
	took.Version++
	b.write(three, func(tx *store.Tx) error { tx.MoveHook(hook, took); return nil })
	b.same("what it has to hear then", untold(), []chepiao.MessageKind{chepiao.TellDelayed}, nil)
	b.write(one, func(tx *store.Tx) error { tx.RemoveHook(took); return nil })
}
