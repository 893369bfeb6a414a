package office_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/store"
	"chepiao/store/storetest"
)

// opening is a world a second before a day goes on sale behind a waiting room.
type opening struct {
	*world
	id, other chepiao.DepartureID // of the day; of another one, long on sale
	from, to  chepiao.StationNo
	people    int
}

// newOpening is at 23:59:59; one person a second is called.
func newOpening(t *testing.T, w *world) *opening {
	w.where = "opening"
	w.tell([]string{"on 2026-11-14 23:59:59 timetable", "G101 seats=40 石家庄@11:30 保定@13:10"})
	_, err := w.office.SetSheet(context.Background(), office.Verb{ID: "rules", By: "test"}, office.SheetInput{
		Scope: chepiao.Scope{Layer: chepiao.National}, Reason: "opening", Values: json.RawMessage(`{"room":true,"room_rate":1,"room_least":1,"room_good":120}`),
	})
	must(t, err)
	o := &opening{world: w, from: w.station("石家庄"), to: w.station("保定")}
	no := w.office.Timetable().Templates[0].No
	o.id, o.other = chepiao.MakeDepartureID(no, roomDay), chepiao.MakeDepartureID(no, roomDay-3)
	return o
}

var roomDay = func() chepiao.Day {
	d, err := chepiao.ParseDay("2026-11-22")
	if err != nil {
		panic(err)
	}
	return d
}()

func (o *opening) come(token string) office.RoomView {
	o.t.Helper()
	v, err := o.office.EnterRoom(context.Background(), o.clock(), o.id, o.from, o.to, token)
	must(o.t, err)
	return v
}

// pass lets seconds go by, with two calls in each.
func (o *opening) pass(seconds int) {
	o.t.Helper()
	for range 2 * seconds {
		o.set(o.clock().Add(500 * time.Millisecond))
		_, err := o.office.CallRooms(context.Background(), o.clock())
		must(o.t, err)
	}
}

// hold holds a seat for somebody new.
func (o *opening) hold(id chepiao.DepartureID, verb, place string, c chepiao.Channel) error {
	o.t.Helper()
	o.people++
	name := "钱" + string(rune('一'+o.people))
	return o.holdFor(id, verb, place, c, office.Rider{Name: name, Document: "resident_id", Number: o.person(name)})
}

func (o *opening) holdFor(id chepiao.DepartureID, verb, place string, c chepiao.Channel, who office.Rider) error {
	in := office.HoldInput{Departure: id, From: o.from, To: o.to, Passengers: []office.Rider{who}, Channel: c}
	_, err := o.office.Hold(context.Background(), o.clock(), office.Verb{ID: verb, By: "test", Place: place}, "KEY", in)
	return err
}

func (o *opening) mustWait(err error, what string) {
	o.t.Helper()
	if chepiao.Why(err) != chepiao.WaitForTurn {
		o.t.Errorf("%s: %v", what, err)
	}
}

// TestQuietOpening: while few come nobody is asked for a place, and whoever is
// at a window, or wants another day, never is.
func TestQuietOpening(t *testing.T) {
	o := newOpening(t, newWorld(t))
	if err := o.hold(o.id, "too-early", "", chepiao.Online); chepiao.Why(err) != chepiao.NotOnSaleYet {
		t.Errorf("before the opening: %v", err)
	}
	o.pass(1)
	for i := range 5 {
		must(t, o.hold(o.id, fmt.Sprint("quiet-", i), "", chepiao.Online))
		o.pass(2)
	}
	if v := o.come(""); v.State != chepiao.RoomCalled || v.All != 0 {
		t.Errorf("somebody who comes alone is %s of %d", v.State, v.All)
	}
	// In one moment more come than are called a second.
	o.mustWait(o.hold(o.id, "crowd", "", chepiao.Online), "one more in the same moment")
	o.mustWait(o.hold(o.id, "platform", "", chepiao.Platform), "a platform in the same moment")
	for i := range 10 {
		must(t, o.hold(o.id, fmt.Sprint("window-", i), "", chepiao.Window))
		must(t, o.hold(o.other, fmt.Sprint("otherday-", i), "", chepiao.Online))
	}
	v, err := o.office.EnterRoom(context.Background(), o.clock(), o.other, o.from, o.to, "")
	if err != nil || v.State != chepiao.RoomOpen || v.Token != "" {
		t.Errorf("another day has a room: %+v, %v", v, err)
	}
}

// TestFirstComeFirstCalled: the order of the lobby and of what comes after it is
// kept through a restart; coming again neither gains nor loses anything; a turn
// that nobody uses lapses; a used place is used.
func TestFirstComeFirstCalled(t *testing.T) {
	o := newOpening(t, newWorld(t))
	var tokens []string
	for i := range 6 {
		if i == 3 {
			o.pass(1) // the doors open
		}
		v := o.come("")
		if v.State != chepiao.RoomWaiting || v.Place.No != int64(i+1) || v.Wait.Known {
			t.Fatalf("number %d: %+v", i+1, v)
		}
		tokens = append(tokens, v.Token)
		o.set(o.clock().Add(50 * time.Millisecond))
	}
	again := o.come(tokens[2])
	if again.Token != tokens[2] || again.Wait.Ahead != 2 {
		t.Errorf("who comes again has %d ahead", again.Wait.Ahead)
	}
	o.mustWait(o.hold(o.id, "early", tokens[0], chepiao.Online), "a hold before the turn")
	o.pass(1)
	must(t, o.office.LearnRooms(context.Background(), o.clock()))
	o.close()
	o.open() // a new process that has only the store
	var states []chepiao.RoomState
	for _, token := range tokens {
		states = append(states, o.come(token).State)
	}
	if called := slices.Index(states, chepiao.RoomWaiting); called < 1 || slices.Contains(states[called:], chepiao.RoomCalled) {
		t.Fatalf("after a restart: %v", states)
	}
	o.pass(6)
	for i, token := range tokens {
		if v := o.come(token); v.State != chepiao.RoomCalled || v.Token != token {
			t.Errorf("number %d is %s after all were called", i+1, v.State)
		}
	}
	must(t, o.hold(o.id, "first", tokens[0], chepiao.Online))
	o.mustWait(o.hold(o.id, "second", tokens[0], chepiao.Online), "a place used twice")
	if v := o.come(tokens[0]); v.Token == tokens[0] || v.State == chepiao.RoomUsed {
		t.Errorf("who has bought and comes again is %s with the old place", v.State)
	}
	o.close()
	o.open()
	o.mustWait(o.hold(o.id, "third", tokens[0], chepiao.Online), "a place used before a restart")
	o.pass(121)
	o.mustWait(o.hold(o.id, "late", tokens[1], chepiao.Online), "a turn that is over")
	look, err := o.office.LookRoom(context.Background(), o.clock(), o.id, o.from, o.to, tokens[1])
	if err != nil || look.State != chepiao.RoomLapsed {
		t.Errorf("a place not used in time is %s, %v", look.State, err)
	}
	if v := o.come(tokens[1]); v.Token == tokens[1] {
		t.Error("a lapsed place is given again")
	}
}

// TestPlacesCannotBeForged: what was not signed here, for this room, is no place.
func TestPlacesCannotBeForged(t *testing.T) {
	o := newOpening(t, newWorld(t))
	first := o.come("").Token
	o.pass(3)
	bad := []string{"x", "AAAA", first[:len(first)-2], first + "A", first + first, string(make([]byte, 5000))}
	for i := range first {
		b := []byte(first)
		if b[i]++; b[i] == '{' || b[i] == '[' {
			b[i] = 'a'
		}
		bad = append(bad, string(b))
	}
	o.set(o.clock().Add(24 * time.Hour)) // another day opens
	next := *o
	next.id = chepiao.MakeDepartureID(o.id.Template(), roomDay+1)
	foreign := next.come("").Token
	o.set(o.clock().Add(-24 * time.Hour))
	bad = append(bad, foreign)
	for i, token := range bad {
		o.mustWait(o.hold(o.id, fmt.Sprint("forged-", i), token, chepiao.Online), fmt.Sprintf("forged place %d", i))
		if _, err := o.office.LookRoom(context.Background(), o.clock(), o.id, o.from, o.to, token); chepiao.Why(err) != chepiao.Invalid {
			t.Errorf("forged place %d is looked at: %v", i, err)
		}
		if v := o.come(token); v.Token == token {
			t.Errorf("forged place %d is kept", i)
		}
	}
	must(t, o.hold(o.id, "honest", first, chepiao.Online))
}

// TestSharedPlaceAdmitsOne: of many who use one place at once one gets seats,
// and only that one's verb is answered again.
func TestSharedPlaceAdmitsOne(t *testing.T) {
	o := newOpening(t, newWorld(t))
	place := o.come("").Token
	o.pass(3)
	var friends [20]office.Rider
	for i := range friends {
		name := "孙" + string(rune('一'+i))
		friends[i] = office.Rider{Name: name, Document: "resident_id", Number: o.person(name)}
	}
	var mu sync.Mutex
	var got []int
	var all sync.WaitGroup
	for i := range friends {
		all.Go(func() {
			switch err := o.holdFor(o.id, fmt.Sprint("friend-", i), place, chepiao.Online, friends[i]); chepiao.Why(err) {
			case "":
				must(t, err)
				mu.Lock()
				got = append(got, i)
				mu.Unlock()
			case chepiao.WaitForTurn, chepiao.Busy:
			default:
				t.Errorf("friend %d: %v", i, err)
			}
		})
	}
	all.Wait()
	if len(got) != 1 {
		t.Fatalf("%d friends have seats with one place", len(got))
	}
	o.pass(200) // the turn is long over
	for i := range friends {
		err := o.holdFor(o.id, fmt.Sprint("friend-", i), place, chepiao.Online, friends[i])
		if i == got[0] {
			must(t, err)
		} else {
			o.mustWait(err, "a friend once more")
		}
	}
}

// TestArrivalsAreCheap: thousands who come before the opening cost one commit.
func TestArrivalsAreCheap(t *testing.T) {
	o := newOpening(t, newWorld(t))
	before := o.store.Stats().Batches
	for range 5000 {
		o.come("")
		o.set(o.clock().Add(100 * time.Microsecond))
	}
	must(t, o.office.LearnRooms(context.Background(), o.clock()))
	if commits := o.store.Stats().Batches - before; commits != 1 {
		t.Errorf("5000 people cost %d commits", commits)
	}
	must(t, o.office.LearnRooms(context.Background(), o.clock()))
	if commits := o.store.Stats().Batches - before; commits != 1 {
		t.Errorf("and nobody another %d", commits-1)
	}
}

// TestRoomIsClearedAway: when it is over nothing of it is left.
func TestRoomIsClearedAway(t *testing.T) {
	o := newOpening(t, newWorld(t))
	place := o.come("").Token
	o.pass(2)
	must(t, o.hold(o.id, "hold", place, chepiao.Online))
	o.set(o.clock().Add(2 * time.Hour))
	must(t, o.hold(o.id, "after", "", chepiao.Online))
	o.set(o.clock().Add(4 * time.Hour))
	o.pass(1)
	must(t, o.store.Read(context.Background(), func(r *store.Reader) error {
		ids, err := r.Rooms()
		if len(ids) > 0 {
			t.Errorf("rooms %v are left", ids)
		}
		return err
	}))
	o.pass(1)
}

// TestRoomOfTwoProcesses: whichever process people come to, who came first is
// called first, and a place is good at both, once.
func TestRoomOfTwoProcesses(t *testing.T) {
	w := newWorldOn(t, storetest.Folder(t), server.PostgreSQL(t).Target)
	o := newOpening(t, w)
	var tokens []string
	for range 10 {
		w.turn()
		tokens = append(tokens, o.come("").Token)
		o.set(o.clock().Add(10 * time.Millisecond))
	}
	learn := func() {
		for range 2 {
			w.turn()
			must(t, o.office.LearnRooms(context.Background(), o.clock()))
		}
	}
	learn()
	called := 0
	for range 12 {
		o.pass(1)
		learn()
		for range 2 {
			w.turn()
			now := 0
			for i, token := range tokens {
				if o.come(token).State == chepiao.RoomCalled {
					if now++; now != i+1 {
						t.Fatalf("number %d is called before number %d", i+1, now)
					}
				}
			}
			if now < called {
				t.Fatalf("%d are called, %d were", now, called)
			}
			called = now
		}
	}
	if called != len(tokens) {
		t.Errorf("%d of %d are called", called, len(tokens))
	}
	must(t, o.hold(o.id, "here", tokens[0], chepiao.Online))
	w.turn()
	o.mustWait(o.hold(o.id, "there", tokens[0], chepiao.Online), "a place used at the other process")
}
