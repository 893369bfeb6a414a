package chepiao_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"chepiao"
)

var roomOpens = moment("2026-11-15 00:00")

// roomRules are rules with a room and few people a second.
func roomRules() *chepiao.Rules {
	r := chepiao.DefaultRules()
	r.Room, r.RoomRate, r.RoomLeast = true, 20, 2
	return r
}

func TestRoomAt(t *testing.T) {
	r := roomRules()
	for _, c := range []struct {
		at    string
		day   string
		phase chepiao.RoomPhase
	}{
		{"2026-11-14 23:29:59", "2026-11-22", chepiao.NoRoom},
		{"2026-11-14 23:30", "2026-11-22", chepiao.Lobby},
		{"2026-11-14 23:59:59", "2026-11-22", chepiao.Lobby},
		{"2026-11-15 00:00", "2026-11-22", chepiao.Calling},
		{"2026-11-15 01:59:59", "2026-11-22", chepiao.Calling},
		{"2026-11-15 02:00", "2026-11-22", chepiao.NoRoom},
		{"2026-11-15 00:00", "2026-11-21", chepiao.NoRoom},
		{"2026-11-15 00:00", "2026-11-23", chepiao.NoRoom},
	} {
		id, phase := r.RoomAt(day(c.day), moment(c.at), shanghai)
		if phase != c.phase {
			t.Errorf("at %s the room of %s is in phase %d, want %d", c.at, c.day, phase, c.phase)
		}
		if id.Day() != day(c.day) || id.Ahead() != 7 || id.String() != c.day+"-7" {
			t.Errorf("the room of %s is %s", c.day, id)
		}
	}
	r.Room = false
	if _, phase := r.RoomAt(day("2026-11-22"), roomOpens, shanghai); phase != chepiao.NoRoom {
		t.Error("there is a room although the rules have none")
	}
	// It opens at the very moment at which the departure goes on sale.
	d := chepiao.NewDeparture(chepiao.MakeDepartureID(1, day("2026-11-22")), &chepiao.Template{No: 1, Seats: 5, Stops: []chepiao.Stop{{Station: 1, Board: true}, {Station: 2, Alight: true}}})
	for _, late := range []time.Duration{-time.Second, 0} {
		now := chepiao.MakeRoomID(day("2026-11-22"), 7).Opens(shanghai).Add(late)
		err := d.OnSale(chepiao.Online, 0, now.Add(8*24*time.Hour), now, chepiao.DayOf(now.In(shanghai)), r)
		if sold := err == nil; sold != (late == 0) {
			t.Errorf("%v from the opening: %v", late, err)
		}
	}
}

func TestWindowsNeverWait(t *testing.T) {
	for c, waits := range map[chepiao.Channel]bool{chepiao.Online: true, chepiao.Platform: true, chepiao.Window: false} {
		if c.InRoom() != waits {
			t.Errorf("%s waits: %v", c, c.InRoom())
		}
	}
}

// person is somebody in a simulated opening.
type person struct {
	place  chepiao.RoomPlace
	came   int64 // in truth, microseconds
	called time.Time
}

// TestCalledInOrder: whoever came earlier is called no later, whichever process
// they came to and however often they look; nobody is forgotten; and no more
// people are called than the rate allows but for those of one
// microsecond.
func TestCalledInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sources := rapid.IntRange(1, 3).Draw(t, "processes")
		gaps := rapid.SliceOfN(rapid.SampledFrom([]int{0, 0, 1, 2, 700, 60_000, 300_000}), 1, 80).Draw(t, "microseconds between arrivals")
		rate := rapid.IntRange(1, 50).Draw(t, "rate")
		line, at := chepiao.NewRoomLine(roomOpens), roomOpens.Add(-2*time.Second).UnixMicro()
		var all []person
		for i, gap := range gaps {
			at += int64(gap)
			source := rapid.IntRange(0, sources-1).Draw(t, "process")
			p := chepiao.RoomPlace{No: int64(i + 1), At: line.Come(int64(source), at)}
			all = append(all, person{place: p, came: at})
			if p.At < at || p.At > at+int64(len(gaps)) {
				t.Fatalf("somebody who came at %d counts from %d", at, p.At)
			}
		}
		now, called := roomOpens, int64(0)
		for turn := 0; line.Waiting() > 0; turn++ {
			if turn > 2000 {
				t.Fatalf("%d still wait after %d turns", line.Waiting(), turn)
			}
			now = now.Add(500 * time.Millisecond)
			next, ok := line.Next(now, rate)
			if !ok {
				t.Fatal("somebody waits and nobody is called")
			}
			line.Take(next)
			if allowed := int64(float64(rate)*now.Sub(roomOpens).Seconds()) + int64(rate) + int64(sources); next.In > allowed {
				t.Fatalf("after %v %d are in at %d a second", now.Sub(roomOpens), next.In, rate)
			}
			if next.In < called {
				t.Fatal("somebody was called out again")
			}
			called = next.In
		}
		if called != int64(len(all)) {
			t.Fatalf("%d of %d were called", called, len(all))
		}
		for i := range all {
			var ok bool
			if all[i].called, ok = all[i].place.Called(line); !ok {
				t.Fatalf("number %d was not called", i+1)
			}
		}
		for i, a := range all {
			for _, b := range all[i+1:] { // moments of one burst are told apart by microseconds
				if b.came > a.came+int64(len(all)) && b.called.Before(a.called) || b.place.At > a.place.At && b.called.Before(a.called) {
					t.Fatal("somebody who came later was called earlier")
				}
			}
		}
	})
}

// TestNothingGainsAPlace: coming again, a clock that is behind, and a line that
// stood still let nobody in earlier.
func TestNothingGainsAPlace(t *testing.T) {
	line := chepiao.NewRoomLine(roomOpens)
	base := roomOpens.UnixMicro()
	for i := range int64(100) {
		line.Come(1, base+i)
	}
	next, _ := line.Next(roomOpens.Add(time.Second), 10)
	line.Take(next)
	if next.In != 10 {
		t.Fatalf("%d are in after a second at 10 a second", next.In)
	}
	if late := line.Come(2, base-5000); late <= next.Upto {
		t.Error("a process whose clock is behind gave out a place that was called already")
	}
	first := chepiao.RoomPlace{At: base + 50}
	before := line.Ahead(first)
	again := chepiao.RoomPlace{At: line.Come(1, base+500)}
	if line.Ahead(first) != before || line.Ahead(again) <= before {
		t.Errorf("%d ahead of who came first, before %d; %d of who came again", line.Ahead(first), before, line.Ahead(again))
	}
	stood, _ := line.Next(roomOpens.Add(time.Hour), 10)
	if stood.In-next.In > 20 {
		t.Errorf("after an hour without calls %d are let in at once", stood.In-next.In)
	}
	if _, ok := line.Next(roomOpens.Add(-time.Second), 10); ok {
		t.Error("people are called before the opening")
	}
}

// TestLateNewsIsPaidBack: people whom another process had let in unheard count
// against the calls that follow.
func TestLateNewsIsPaidBack(t *testing.T) {
	line, base := chepiao.NewRoomLine(roomOpens), roomOpens.UnixMicro()
	for i := range int64(200) {
		line.Come(1, base+i*10)
	}
	now := roomOpens.Add(time.Second)
	next, _ := line.Next(now, 10)
	line.Take(next)
	other := chepiao.NewRoomLine(roomOpens)
	for i := range int64(15) {
		other.Come(2, base+i)
	}
	body, came := other.Arrivals(2, 0)
	if came != 15 {
		t.Fatalf("%d came", came)
	}
	if err := line.Load(2, body); err != nil {
		t.Fatal(err)
	}
	upto := next.Upto
	for range 3 { // 15 too many at 5 a turn
		now = now.Add(500 * time.Millisecond)
		next, _ = line.Next(now, 10)
		line.Take(next)
		if next.Upto != upto {
			t.Fatalf("more are called while %d thousandths too many are in", -next.Left)
		}
	}
	now = now.Add(500 * time.Millisecond)
	if next, _ = line.Next(now, 10); next.Upto == upto {
		t.Error("nobody is called any more")
	}
}

func TestArrivalsReadBack(t *testing.T) {
	line, base := chepiao.NewRoomLine(roomOpens), roomOpens.UnixMicro()
	copied, done := chepiao.NewRoomLine(roomOpens), int64(0)
	for i := range int64(500) {
		line.Come(7, base+i*i/40)
		if i%37 == 0 || i == 499 {
			body, came := line.Arrivals(7, done)
			if err := copied.Load(7, body); err != nil {
				t.Fatal(err)
			}
			done = came
		}
	}
	if body, came := line.Arrivals(7, done); len(body) != 0 || came != done {
		t.Errorf("%d bytes are left to write", len(body))
	}
	for at := base - 1; at < base+6300; at += 13 {
		if line.CameTo(at) != copied.CameTo(at) {
			t.Fatalf("up to %d came %d, read back %d", at-base, line.CameTo(at), copied.CameTo(at))
		}
	}
	for _, bad := range [][]byte{{0x80}, {2}, {2, 0}, {2, 1}, {2, 0x80}} {
		if err := copied.Load(8, bad); err == nil {
			t.Errorf("arrivals %v are read", bad)
		}
	}
}

// TestExpectationIsHonest: in an opening whose pace changes, most people wait as
// long as they were told, within the range that they were told; nothing is
// promised before anything was measured or when the line stands still.
func TestExpectationIsHonest(t *testing.T) {
	line, base, r := chepiao.NewRoomLine(roomOpens), roomOpens.UnixMicro(), roomRules()
	for i := range int64(6000) {
		line.Come(1, base-60_000+i*15)
	}
	last := chepiao.RoomPlace{At: base + 1000}
	if w := line.Expect(last, roomOpens.Add(-time.Second), r); w.Known {
		t.Error("before the opening something is promised")
	}
	type promise struct {
		at    time.Time
		place chepiao.RoomPlace
		wait  chepiao.RoomWait
	}
	var promises []promise
	now := roomOpens
	for turn := 0; line.Waiting() > 0; turn++ {
		now = now.Add(500 * time.Millisecond)
		rate := 20 + turn/40%5*2 // 20 to 28, changing every 20 seconds
		next, _ := line.Next(now, rate)
		line.Take(next)
		for at := base - 59_000; at < base+30_000; at += 9_700 {
			p := chepiao.RoomPlace{At: at}
			if _, called := p.Called(line); called {
				continue
			}
			w := line.Expect(p, now, r)
			if w.Known != (turn >= 20) {
				t.Fatalf("turn %d: known is %v", turn, w.Known)
			}
			if w.Known && turn%10 == 0 {
				promises = append(promises, promise{now, p, w})
			}
		}
	}
	within := 0
	for _, p := range promises {
		called, _ := p.place.Called(line)
		took := called.Sub(p.at)
		if took >= p.wait.Least-time.Second && took <= p.wait.Most+time.Second {
			within++
		}
		if took > p.wait.Likely*3/2+2*time.Second || took < p.wait.Likely*2/3-2*time.Second {
			t.Errorf("told %v (%v to %v), waited %v", p.wait.Likely, p.wait.Least, p.wait.Most, took)
		}
	}
	if len(promises) < 100 || within < len(promises)*9/10 {
		t.Errorf("%d of %d waited within the range they were told", within, len(promises))
	}
	line.Come(1, now.UnixMicro())
	if w := line.Expect(chepiao.RoomPlace{At: now.UnixMicro()}, now.Add(time.Minute), r); w.Known {
		t.Error("something is promised while the line stands still")
	}
}

func TestStateOfAPlace(t *testing.T) {
	line, r := chepiao.NewRoomLine(roomOpens), roomRules()
	p := chepiao.RoomPlace{No: 1, At: line.Come(1, roomOpens.UnixMicro())}
	behind := chepiao.RoomPlace{No: 2, At: line.Come(1, roomOpens.UnixMicro()+1)}
	line.Take(chepiao.RoomTurn{No: 1, At: roomOpens.Add(time.Minute), Upto: p.At, In: 1})
	walked := chepiao.RoomPlace{No: 3, At: roomOpens.Add(time.Minute).UnixMicro(), In: true}
	for _, c := range []struct {
		name  string
		place chepiao.RoomPlace
		used  int
		at    time.Duration // after the opening
		want  chepiao.RoomState
	}{
		{"called", p, 0, time.Minute, chepiao.RoomCalled},
		{"at the last moment", p, 0, 11*time.Minute - 1, chepiao.RoomCalled},
		{"too late", p, 0, 11 * time.Minute, chepiao.RoomLapsed},
		{"used", p, 1, time.Minute, chepiao.RoomUsed},
		{"not called", behind, 0, time.Hour, chepiao.RoomWaiting},
		{"called at arrival", walked, 0, 10 * time.Minute, chepiao.RoomCalled},
		{"called at arrival, too late", walked, 0, 11 * time.Minute, chepiao.RoomLapsed},
	} {
		now := roomOpens.Add(c.at)
		if s, _ := c.place.State(line, c.used, now, r); s != c.want {
			t.Errorf("%s: %s, want %s", c.name, s, c.want)
		}
		if err := c.place.MayHold(line, c.used, now, r); (err == nil) != (c.want == chepiao.RoomCalled) || err != nil && chepiao.Why(err) != chepiao.WaitForTurn {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	line.Forget(roomOpens.Add(time.Hour))
	if s, _ := p.State(line, 0, roomOpens.Add(time.Hour), r); s != chepiao.RoomLapsed {
		t.Errorf("after old turns are forgotten the place is %s", s)
	}
}

func TestRoomRateFollowsTheNode(t *testing.T) {
	r := roomRules()
	r.RoomRate, r.RoomLeast = 1000, 10
	rate := chepiao.RoomRate(0, chepiao.RoomLoad{}, r)
	if rate != 250 {
		t.Errorf("it begins with %d", rate)
	}
	for range 200 {
		rate = chepiao.RoomRate(rate, chepiao.RoomLoad{Waiting: 20, Commit: 5 * time.Millisecond}, r)
	}
	if rate != 1000 {
		t.Errorf("with nothing to do it is %d", rate)
	}
	if slower := chepiao.RoomRate(rate, chepiao.RoomLoad{Waiting: 5000}, r); slower != 500 {
		t.Errorf("with a full queue it becomes %d", slower)
	}
	for range 20 {
		rate = chepiao.RoomRate(rate, chepiao.RoomLoad{Commit: time.Second}, r)
	}
	if rate != 10 {
		t.Errorf("with a slow disk it is %d", rate)
	}
}
