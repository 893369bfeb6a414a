package chepiao

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sort"
	"time"
)

// RoomLine is the line of one waiting room: when people came, and who has been
// called in. Several processes count their own arrivals and learn each other's;
// the order is that of the moments, whichever process a person came to.
type RoomLine struct {
	opens time.Time
	came  []roomArrivals // a process each
	turns []RoomTurn     // oldest first
}

// roomArrivals are those at one process: for each moment at which somebody came,
// in microseconds since 1970, how many had come by then.
type roomArrivals struct {
	source int64
	at     []int64
	sum    []int64
}

// RoomTurn is one call: everybody who came up to a moment may go in.
type RoomTurn struct {
	No   int64     // 1, 2 …
	At   time.Time // of the call
	Upto int64     // microseconds since 1970
	In   int64     // called in so far, in all
	Left int64     // thousandths of a person that may be called besides; negative: too many were
	Rate int       // people a second
}

// NewRoomLine is the empty line of a room whose sale opens at a moment.
func NewRoomLine(opens time.Time) *RoomLine { return &RoomLine{opens: opens} }

// Come counts one arrival at a process and says which moment counts for it: one
// after every earlier arrival there and after whom was called already, so that
// nobody shares a moment and a clock that is behind gives no better place.
func (l *RoomLine) Come(source, at int64) int64 {
	if len(l.turns) > 0 {
		at = max(at, l.last().Upto+1)
	}
	for i := range l.came {
		if a := &l.came[i]; a.source == source {
			at = max(at, a.at[len(a.at)-1]+1)
		}
	}
	l.add(source, at, 1)
	return at
}

func (l *RoomLine) add(source, at, n int64) {
	i := 0
	for ; i < len(l.came) && l.came[i].source != source; i++ {
	}
	if i == len(l.came) {
		l.came = append(l.came, roomArrivals{source: source})
	}
	a := &l.came[i]
	last := len(a.at) - 1
	switch {
	case last < 0:
		a.at, a.sum = append(a.at, at), append(a.sum, n)
	case at <= a.at[last]:
		a.sum[last] += n
	default:
		a.at, a.sum = append(a.at, at), append(a.sum, a.sum[last]+n)
	}
}

// to is how many came up to a moment, that included.
func (a *roomArrivals) to(at int64) int64 {
	i := sort.Search(len(a.at), func(i int) bool { return a.at[i] > at })
	if i == 0 {
		return 0
	}
	return a.sum[i-1]
}

// CameTo is how many have come up to a moment, that included.
func (l *RoomLine) CameTo(at int64) (n int64) {
	for i := range l.came {
		n += l.came[i].to(at)
	}
	return n
}

// Came is how many have come in all.
func (l *RoomLine) Came() int64 { return l.CameTo(math.MaxInt64) }

// Waiting is how many have not been called yet.
func (l *RoomLine) Waiting() int64 { return l.Came() - l.CameTo(l.last().Upto) }

// Ahead is how many of those who wait came before a place that waits.
func (l *RoomLine) Ahead(p RoomPlace) int {
	return int(max(0, l.CameTo(p.At-1)-l.CameTo(l.last().Upto)))
}

// Began is how many were ahead of a place when it was given out.
func (l *RoomLine) Began(p RoomPlace) int {
	i := sort.Search(len(l.turns), func(i int) bool { return l.turns[i].At.UnixMicro() > p.At })
	before := l.CameTo(p.At - 1)
	if i > 0 {
		before -= l.CameTo(l.turns[i-1].Upto)
	}
	return int(max(0, before))
}

// last is the last turn; before the first one nobody is called.
func (l *RoomLine) last() RoomTurn {
	if len(l.turns) == 0 {
		return RoomTurn{At: l.opens, Upto: math.MinInt64}
	}
	return l.turns[len(l.turns)-1]
}

// Last is the last turn, false before the first.
func (l *RoomLine) Last() (RoomTurn, bool) { return l.last(), len(l.turns) > 0 }

// calledAt is the turn that called whoever came at a moment.
func (l *RoomLine) calledAt(at int64) (time.Time, bool) {
	i := sort.Search(len(l.turns), func(i int) bool { return l.turns[i].Upto >= at })
	if i == len(l.turns) {
		return time.Time{}, false
	}
	return l.turns[i].At, true
}

// idleMax bounds what a line that stood still may catch up: a crowd is never let
// in at once.
const idleMax = time.Second

// Next is the next turn at so many people a second, false when nobody waits or
// the sale has not opened. Whoever came in the same microsecond to two processes
// is called together; one too many now is one fewer later.
func (l *RoomLine) Next(now time.Time, rate int) (RoomTurn, bool) {
	last := l.last()
	if now.Before(l.opens) || l.Waiting() == 0 {
		return RoomTurn{}, false
	}
	known := l.CameTo(last.Upto) // with those that were heard of late
	span := min(max(now.Sub(last.At), 0), idleMax)
	left := last.Left + int64(rate)*span.Milliseconds() - (known-last.In)*1000
	left = min(left, int64(rate)*1000)
	t := RoomTurn{No: last.No + 1, At: now, Upto: last.Upto, In: known, Rate: rate}
	if left >= 1000 {
		t.Upto = l.reach(last.Upto, known+left/1000)
		t.In = l.CameTo(t.Upto)
	}
	t.Left = left - (t.In-known)*1000
	return t, true
}

// reach is the last moment up to which no more than so many came, at least that
// of the next person.
func (l *RoomLine) reach(after, most int64) int64 {
	next, end := int64(math.MaxInt64), int64(math.MinInt64)
	for i := range l.came {
		at := l.came[i].at
		if j := sort.Search(len(at), func(j int) bool { return at[j] > after }); j < len(at) {
			next = min(next, at[j])
			end = max(end, at[len(at)-1])
		}
	}
	span := sort.Search(int(end-next+1), func(d int) bool { return l.CameTo(next+int64(d)) > most })
	return max(next, next+int64(span)-1)
}

// Take adds a turn. One that is known is left out.
func (l *RoomLine) Take(t RoomTurn) {
	if t.No > l.last().No {
		l.turns = append(l.turns, t)
	}
}

// Forget drops the turns before a moment but for the last of them, which still
// says who was called long ago. It returns the number of the first one left.
func (l *RoomLine) Forget(before time.Time) int64 {
	i := sort.Search(len(l.turns), func(i int) bool { return !l.turns[i].At.Before(before) })
	if i > 1 {
		l.turns = append(l.turns[:0:0], l.turns[i-1:]...)
	}
	if len(l.turns) == 0 {
		return 0
	}
	return l.turns[0].No
}

// Arrivals writes the arrivals of a process that came after the first done ones
// as (microseconds since the one before, people) in varints; Load reads them.
func (l *RoomLine) Arrivals(source, done int64) (body []byte, came int64) {
	for i := range l.came {
		a := &l.came[i]
		if a.source != source || len(a.sum) == 0 {
			continue
		}
		last := int64(0)
		for j := sort.Search(len(a.sum), func(j int) bool { return a.sum[j] > done }); j < len(a.at); j++ {
			body = binary.AppendVarint(body, a.at[j]-last)
			body = binary.AppendVarint(body, a.sum[j]-done)
			last, done = a.at[j], a.sum[j]
		}
	}
	return body, done
}

// Load adds what Arrivals wrote.
func (l *RoomLine) Load(source int64, body []byte) error {
	at := int64(0)
	for len(body) > 0 {
		step, n := binary.Varint(body)
		people, m := binary.Varint(body[max(n, 0):])
		if n <= 0 || m <= 0 || people < 1 {
			return errors.New("arrivals of a waiting room cannot be read")
		}
		at += step
		l.add(source, at, people)
		body = body[n+m:]
	}
	return nil
}

// RoomWait is how long a place is expected to wait, rounded up to seconds.
type RoomWait struct {
	Known   bool // nothing can be said otherwise
	Ahead   int
	Least   time.Duration
	Likely  time.Duration
	Most    time.Duration
	Minute  int // people called a minute of late
	Because Explanation
}

// What an expectation rests on: the calls of the last roomMemory, cut into pieces
// of roomPiece that show how steady they were. With less than one piece nothing is
// said, and nothing when the line has stood still for one.
const (
	roomMemory = time.Minute
	roomPiece  = 10 * time.Second
)

// Expect says how long a place still waits. It measures how many people were
// called in of late and promises no more than that: the spread is that of the
// slowest and the fastest ten seconds, and at least a fifth.
func (l *RoomLine) Expect(p RoomPlace, now time.Time, r *Rules) RoomWait {
	w := RoomWait{Ahead: l.Ahead(p)}
	if now.Before(l.opens) {
		w.Because = l.because(r, w, fmt.Sprintf("%s 开售，开售后按到达顺序叫号", l.opens.Format("15:04")),
			fmt.Sprintf("sales open at %s; people are called in the order in which they came", l.opens.Format("15:04")))
		return w
	}
	slow, mean, fast, ok := l.pace(now)
	if !ok {
		w.Because = l.because(r, w, "正在叫号，暂时还无法估计等候时间", "people are being called: how long it takes we do not know yet")
		return w
	}
	span := func(perSecond float64) time.Duration {
		return (time.Duration(float64(w.Ahead+1)/perSecond*float64(time.Second)) + time.Second - 1).Truncate(time.Second)
	}
	w.Known, w.Least, w.Likely, w.Most = true, span(max(fast, mean*1.25)), span(mean), span(min(slow, mean*0.8))
	zh := fmt.Sprintf("前面还有 %d 人", w.Ahead)
	en := fmt.Sprintf("%d people are ahead of you", w.Ahead)
	switch w.Ahead {
	case 0:
		zh, en = "下一个就轮到您", "you are next"
	case 1:
		en = "one person is ahead of you"
	}
	w.Minute = int(math.Round(mean * 60))
	sayZH, sayEN := w.Say()
	w.Because = l.because(r, w, fmt.Sprintf("%s，近来每分钟叫 %d 人，预计%s", zh, w.Minute, sayZH),
		fmt.Sprintf("%s, %d a minute were called of late: %s", en, w.Minute, sayEN))
	return w
}

func (l *RoomLine) because(r *Rules, w RoomWait, zh, en string) Explanation {
	return Explanation{Rule: "room_rate", Version: r.Version, ZH: zh, EN: en, Inputs: []Input{
		Given("ahead", w.Ahead), Given("called_a_minute", w.Minute), Given("room_rate", r.RoomRate)}}
}

// pace is how many people a second were called of late: in the slowest piece, on
// average and in the fastest one.
func (l *RoomLine) pace(now time.Time) (slow, mean, fast float64, ok bool) {
	if last, any := l.Last(); !any || now.Sub(last.At) > roomPiece {
		return 0, 0, 0, false
	}
	var people, piece int64
	var span, since time.Duration
	slow = math.Inf(1)
	first := sort.Search(len(l.turns), func(i int) bool { return l.turns[i].At.After(now.Add(-roomMemory)) })
	for i := max(1, first); i < len(l.turns); i++ {
		gap := l.turns[i].At.Sub(l.turns[i-1].At)
		if gap > roomPiece/2 {
			continue // nobody waited in between
		}
		n := l.turns[i].In - l.turns[i-1].In
		people, piece, span, since = people+n, piece+n, span+gap, since+gap
		if since >= roomPiece {
			pace := float64(piece) / since.Seconds()
			slow, fast = min(slow, pace), max(fast, pace)
			piece, since = 0, 0
		}
	}
	if span < roomPiece || people == 0 {
		return 0, 0, 0, false
	}
	mean = float64(people) / span.Seconds()
	return max(min(slow, mean), mean/4), mean, max(fast, mean), true
}

// Say is a known wait in minutes, rounded up.
func (w RoomWait) Say() (zh, en string) {
	up := func(d time.Duration) int { return max(1, int((d+time.Minute-1)/time.Minute)) }
	least, likely, most := up(w.Least), up(w.Likely), up(w.Most)
	switch {
	case most == 1:
		return "不到 1 分钟", "less than a minute"
	case least == most:
		return fmt.Sprintf("约 %d 分钟", likely), fmt.Sprintf("about %d minutes", likely)
	}
	return fmt.Sprintf("约 %d 分钟(%d 至 %d 分钟)", likely, least, most), fmt.Sprintf("about %d min (%d to %d min)", likely, least, most)
}
