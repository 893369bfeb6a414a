package storetest

import (
	"reflect"
	"slices"
	"time"

	"chepiao"
	"chepiao/store"
)

// keepsMessages stages messages with an order, moves them and finds them again.
func keepsMessages(b *bench) {
	s := b.open()
	o := b.booked(s, 1, 2)
	facts := chepiao.MessageFacts{Was: b.clock(), Gate: "3", Plate: "冀A12345", Back: 77, Until: b.clock().Add(time.Hour), ReasonZH: "大雾"}
	var tickets []chepiao.Ticket
	b.write(s, func(tx *store.Tx) (err error) {
		if tickets, err = tx.Tickets(o); err != nil {
			return err
		}
		b.check(tx.Tell(store.Told{Kind: chepiao.TellIssued, Channel: chepiao.BySMS, State: chepiao.MessageDue, Tickets: tickets}))
		b.check(tx.Tell(store.Told{Kind: chepiao.TellDelayed, Lang: "en", Facts: facts, Channel: chepiao.BySMS, State: chepiao.MessageDue, Next: b.clock().Add(time.Hour), Tickets: tickets[:1]}))
		return nil
	})
	if err := s.Write(b.Context(), func(tx *store.Tx) error { // a verb that is refused tells nobody
		b.check(tx.Tell(store.Told{Kind: chepiao.TellCancelled, Channel: chepiao.BySMS, State: chepiao.MessageDue, Tickets: tickets}))
		return chepiao.Refuse(chepiao.WrongState, "不", "no")
	}); chepiao.Why(err) != chepiao.WrongState {
		b.Errorf("refused with %v", err)
	}
	list := func(s *store.Store) (all []chepiao.Message) {
		b.read(s, func(r *store.Reader) (err error) {
			all, err = r.MessagesOf(coachID(), "", 0, 10)
			return err
		})
		return all
	}
	for s := range b.twice(s) {
		all := list(s)
		if len(all) != 3 || all[0].ID+1 != all[1].ID || all[1].ID+1 != all[2].ID {
			b.Fatalf("messages are %+v", all)
		}
		want := chepiao.Message{
			ID: all[2].ID, Kind: chepiao.TellDelayed, Ticket: tickets[0].ID, Order: o.ID, Departure: coachID(), Lang: "en", Facts: facts,
			Channel: chepiao.BySMS, State: chepiao.MessageDue, Next: b.clock().Add(time.Hour), Created: b.clock(), Version: 1,
		}
		b.same("a message", all[2], want, nil)
		b.read(s, func(r *store.Reader) error {
			due, err := r.DueMessages(b.clock(), 10)
			b.same("what is due", due, all[:2], err)
			later, err := r.Later(coachID(), all[0].Created, 10)
			b.same("what came later", later, []store.Later{
				{ID: all[0].ID, Ticket: tickets[0].ID, Kind: chepiao.TellIssued, Created: b.clock()}, {ID: all[1].ID, Ticket: tickets[1].ID, Kind: chepiao.TellIssued, Created: b.clock()},
				{ID: all[2].ID, Ticket: tickets[0].ID, Kind: chepiao.TellDelayed, Created: b.clock()}}, err)
			if later[0].After(all[0]) || !later[1].After(all[0]) {
				b.Error("of one moment the later number is the later message")
			}
			later, err = r.Later(coachID(), all[0].Created.Add(time.Microsecond), 10)
			b.same("what came later still", later, []store.Later(nil), err)
			after, err := r.MessagesOfLane(s.Lane(), all[0].ID, 1)
			b.same("what comes after", after, all[1:2], err)
			elsewhere, err := r.MessagesOfLane(s.Lane()+1, all[0].ID, 1)
			b.same("what another lane has", elsewhere, []chepiao.Message(nil), err)
			if _, err := r.Message(all[2].ID + 50); chepiao.Why(err) != chepiao.NotFound {
				b.Errorf("a message that is not there: %v", err)
			}
			return nil
		})
	}
	s = b.restart(s)
	moves(b, s, list(s))
}

// moves sends two messages in one text, fails one, and collides over the third.
func moves(b *bench, s *store.Store, all []chepiao.Message) {
	first := all[0]
	b.write(s, func(tx *store.Tx) error {
		for _, m := range all[:2] {
			m, err := tx.Message(m.ID)
			b.check(err)
			next, err := m.Become(chepiao.MessageSent, "")
			b.check(err)
			next.Lead, next.Tries = first.ID, 1
			tx.MoveMessage(m, next)
		}
		return nil
	})
	b.write(s, func(tx *store.Tx) error {
		carried, err := tx.Carried(first.ID)
		if err != nil || len(carried) != 2 || carried[1].ID != all[1].ID || carried[1].State != chepiao.MessageSent {
			b.Errorf("the text carried %+v, %v", carried, err)
		}
		next, err := carried[1].Become(chepiao.MessageFailed, "ABSENT")
		b.check(err)
		tx.MoveMessage(carried[1], next)
		return nil
	})
	stale := all[2]
	b.write(s, func(tx *store.Tx) error {
		tx.MoveMessage(stale, stale.Fail(tx.Now, "UNREACHABLE", false))
		return nil
	})
	if err := s.Write(b.Context(), func(tx *store.Tx) error {
		tx.MoveMessage(stale, stale.Fail(tx.Now, "UNREACHABLE", true))
		return nil
	}); err == nil {
		b.Error("a message was moved from a version that it no longer has")
	}
	b.read(s, func(r *store.Reader) error {
		lost, err := r.LostMessages(0, 10)
		if err != nil || len(lost) != 1 || lost[0].ID != all[1].ID || lost[0].Why != "ABSENT" || lost[0].Lead != first.ID {
			b.Errorf("lost: %+v, %v", lost, err)
		}
		due, err := r.MessagesOf(coachID(), chepiao.MessageDue, 0, 10)
		if err != nil || len(due) != 1 || due[0].Tries != 1 || !due[0].Next.Equal(b.clock().Add(5*time.Second)) {
			b.Errorf("due: %+v, %v", due, err)
		}
		return nil
	})
}

// keepsHooks adds webhooks, moves one and removes the other.
func keepsHooks(b *bench) {
	s := b.open()
	kinds := []chepiao.MessageKind{chepiao.TellIssued, chepiao.TellDelayed}
	var one, two chepiao.Hook
	b.write(s, func(tx *store.Tx) error {
		id := tx.NextIDs(2)
		one = chepiao.Hook{ID: chepiao.HookID(id), URL: "https://a.example/x", Kinds: kinds, State: chepiao.HookOn, Created: tx.Now, Version: 1}
		two = one
		two.ID, two.Kinds = chepiao.HookID(id+1), nil
		b.check(tx.AddHook(one))
		b.check(tx.AddHook(two))
		one, two = one.Take(chepiao.MessageID(one.ID)), two.Take(chepiao.MessageID(two.ID))
		return nil
	})
	moved := one.Fail(b.clock(), "UNREACHABLE", false).Take(one.After(s.Lane()) + 5).Take(chepiao.MessageID(chepiao.LaneID(s.Lane()+3, 7)))
	b.write(s, func(tx *store.Tx) error {
		if n, err := tx.CountHooks(); n != 2 || err != nil {
			b.Errorf("%d webhooks, %v", n, err)
		}
		got, err := tx.Hook(one.ID)
		if err != nil || !reflect.DeepEqual(got, one) {
			b.Errorf("a webhook reads back as %+v, %v", got, err)
		}
		if _, err := tx.Hook(one.ID + 50); chepiao.Why(err) != chepiao.NotFound {
			b.Errorf("a webhook that is not there: %v", err)
		}
		tx.MoveHook(one, moved)
		return nil
	})
	for s := range b.twice(s) {
		b.read(s, func(r *store.Reader) error {
			hooks, err := r.Hooks(10)
			b.same("webhooks", hooks, []chepiao.Hook{moved, two}, err)
			return nil
		})
	}
	s = b.restart(s)
	b.write(s, func(tx *store.Tx) error { tx.RemoveHook(two); return nil })
	b.read(s, func(r *store.Reader) error {
		hooks, err := r.Hooks(10)
		if err != nil || !slices.EqualFunc(hooks, []chepiao.HookID{one.ID}, func(h chepiao.Hook, id chepiao.HookID) bool { return h.ID == id }) {
			b.Errorf("after the removal: %+v, %v", hooks, err)
		}
		return nil
	})
}
