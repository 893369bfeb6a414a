package chepiao

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Call (广播) is something that is said aloud in a station's hall, in Chinese and
// then in English. It follows from how the departures stand and from what the
// dispatcher wrote, so that every speaker of the station makes the same calls; its
// key is the same wherever it is made, so that none is said twice. It never names a
// passenger.
type Call struct {
	Key       string
	Kind      CallKind
	At        time.Time   // when it is due
	Departure DepartureID // 0: a notice
	ZH, EN    string
	Muted     bool // a dispatcher has taken it back, or silenced the hall
}

// CallKind is what a call is about.
type CallKind string

// The kinds of calls.
const (
	CallBoarding  CallKind = "boarding"
	CallLast      CallKind = "last_call"
	CallDelayed   CallKind = "delayed"
	CallLate      CallKind = "late" // should have left, and its coach is not there
	CallGate      CallKind = "gate" // boards at another gate than was said
	CallCancelled CallKind = "cancelled"
	CallMoved     CallKind = "moved"
	CallRuns      CallKind = "runs"   // what was called off runs after all
	CallNotice    CallKind = "notice" // a dispatcher's own words
)

// CallKinds are all kinds.
func CallKinds() []CallKind {
	return []CallKind{CallBoarding, CallLast, CallDelayed, CallLate, CallGate, CallCancelled, CallMoved, CallRuns, CallNotice}
}

// CallGood is how long after its time a call is still worth saying.
const CallGood = 3 * time.Minute

// HallWord is what a dispatcher has said about the calls of a station: words of
// their own, a call that is not to be made or made again, silence and its end.
type HallWord struct {
	ID      int64     `json:"id"`
	Station StationNo `json:"station"`
	Kind    HallKind  `json:"kind"`
	At      time.Time `json:"at"`
	Call    string    `json:"call,omitempty"` // skip, again: key of the call
	ZH      string    `json:"zh,omitempty"`   // notice; again: the words as they were
	EN      string    `json:"en,omitempty"`
	By      string    `json:"by,omitempty"`
	Who     StaffNo   `json:"who,omitempty"`
}

// HallKind is what a dispatcher says about calls.
type HallKind string

// What a dispatcher may say about the calls of a station.
const (
	HallNotice HallKind = "notice" // says something once
	HallSkip   HallKind = "skip"   // this call is not made
	HallAgain  HallKind = "again"  // this call is made again
	HallMute   HallKind = "mute"   // nothing is said from now on
	HallSpeak  HallKind = "speak"  // calls are made again
)

// HallWasTold is the journal's word for what a dispatcher said about the calls of a
// station; Detail is a HallWord.
const HallWasTold EventKind = "hall_told"

// NoticeMax bounds the words of a dispatcher, in characters of each language.
const NoticeMax = 200

// Check refuses words that cannot be said: Invalid at kind, call, zh or en.
func (w HallWord) Check() error {
	bad := func(field, zh, en string) error { return Refuse(Invalid, zh, en).At(field) }
	switch w.Kind {
	case HallNotice, HallAgain:
		if w.Kind == HallAgain && w.Call == "" {
			return bad("call", "请指明重播哪一条", "say which call is to be made again")
		}
		if strings.TrimSpace(w.ZH) == "" {
			return bad("zh", "请填写广播内容", "write what is to be said")
		}
		for _, said := range [][2]string{{"zh", w.ZH}, {"en", w.EN}} {
			if utf8.RuneCountInString(said[1]) > NoticeMax || !printable(said[1]) {
				return bad(said[0], fmt.Sprintf("不超过 %d 个字，不要换行，不要写个人信息", NoticeMax), fmt.Sprintf("at most %d characters on one line, without personal data", NoticeMax))
			}
		}
		return nil
	case HallSkip:
		if w.Call == "" {
			return bad("call", "请指明取消哪一条", "say which call is not to be made")
		}
		return nil
	case HallMute, HallSpeak:
		return nil
	}
	return bad("kind", "没有这种广播操作", "there is nothing of the kind to be said")
}

// Calls are all calls of a station's hall, in the order of their times: of the
// departures that are shown, and of what dispatchers said. now keeps what depends on
// a coach that has not come out of the past.
func Calls(shown []Shown, words []HallWord, now time.Time) []Call {
	var list []Call
	for i := range shown {
		list = append(list, shown[i].calls(now)...)
	}
	for _, w := range words {
		switch w.Kind {
		case HallNotice, HallAgain:
			list = append(list, Call{Key: fmt.Sprintf("said-%d", w.ID), Kind: CallNotice, At: w.At, ZH: w.ZH, EN: or(w.EN, w.ZH)})
		}
	}
	slices.SortStableFunc(list, func(a, b Call) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Key, b.Key)) })
	mute(list, words)
	return list
}

// mute marks what is not said. A notice is a dispatcher's own wish and is said in
// silence, too.
func mute(list []Call, words []HallWord) {
	for i := range list {
		c := &list[i]
		silent := false
		for _, w := range words { // in the order in which they were said
			switch {
			case w.Kind == HallSkip && w.Call == c.Key:
				c.Muted = true
			case w.Kind == HallMute && !w.At.After(c.At):
				silent = true
			case w.Kind == HallSpeak && !w.At.After(c.At):
				silent = false
			}
		}
		c.Muted = c.Muted || silent && c.Kind != CallNotice
	}
}

// Quiet (静音时段) is when a hall has no voice, every night: seconds after midnight of
// the station's zone, from rules quiet_from and quiet_until. The zero Quiet is never.
type Quiet struct{ From, Until int }

// At says whether a moment, given in the station's zone, is quiet, and since when.
func (q Quiet) At(t time.Time) (since time.Time, quiet bool) {
	midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
	for _, day := range []int{0, -1} { // begun today, or last night
		from := midnight.AddDate(0, 0, day).Add(seconds(q.From))
		until := midnight.AddDate(0, 0, day).Add(seconds(q.Until))
		if q.Until < q.From {
			until = until.AddDate(0, 0, 1)
		}
		if !t.Before(from) && t.Before(until) {
			return from, true
		}
	}
	return time.Time{}, false
}

// Hush mutes the calls of quiet hours. What a dispatcher writes is said all the same,
// and who lets the hall speak again in the night has the rest of that night spoken.
func Hush(list []Call, words []HallWord, q Quiet, zone *time.Location) {
	for i := range list {
		if list[i].Kind != CallNotice && q.Holds(list[i].At.In(zone), words) {
			list[i].Muted = true
		}
	}
}

// Holds says that a moment is quiet and nobody has lifted that since it began.
func (q Quiet) Holds(at time.Time, words []HallWord) bool {
	since, quiet := q.At(at)
	lifted := func(w HallWord) bool { return w.Kind == HallSpeak && !w.At.Before(since) && !w.At.After(at) }
	return quiet && !slices.ContainsFunc(words, lifted)
}

// Silent says whether the hall is silenced.
func Silent(words []HallWord) (silent bool) {
	for _, w := range words {
		switch w.Kind {
		case HallMute:
			silent = true
		case HallSpeak:
			silent = false
		}
	}
	return silent
}

// DueCalls are the calls to be made now, the most urgent first: where several are due
// at once, a speaker needs a minute and more for them all. In silence that is only what
// a dispatcher wrote, from the very moment on.
func DueCalls(calls []Call, silent bool, now time.Time) (list []Call) {
	for _, c := range calls {
		if c.Due(now) && (!silent || c.Kind == CallNotice) {
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, func(a, b Call) int {
		return slices.Index(urgent, a.Kind) - slices.Index(urgent, b.Kind)
	})
	return list
}

// urgent are the kinds in the order in which they are said: what a dispatcher writes,
// who misses a coach in a minute, who must walk elsewhere, who may board, who waits on.
var urgent = []CallKind{CallNotice, CallLast, CallGate, CallCancelled, CallMoved, CallBoarding, CallRuns, CallDelayed, CallLate}

// Due says that a call is to be made now, if the hall is not silenced.
func (c Call) Due(now time.Time) bool {
	return !c.Muted && !c.At.After(now) && now.Before(c.At.Add(CallGood))
}

// calls are those of one departure.
func (s *Shown) calls(now time.Time) (list []Call) {
	add := func(kind CallKind, at time.Time, of string) {
		c := Call{Key: fmt.Sprintf("%s-%s-%s", kind, s.Departure, of), Kind: kind, At: at, Departure: s.Departure}
		c.ZH, c.EN = s.text(kind)
		list = append(list, c)
	}
	for _, c := range s.Calls {
		if s.tells(c.Kind) {
			add(c.Kind, c.At, fmt.Sprint(c.At.Unix()))
		}
	}
	leaves := fmt.Sprint(s.Departs.Unix())
	if s.State == ShownAwaited && !s.LateCalled.IsZero() {
		for n, at := 1, s.LateCalled; n <= lateMost; n, at = n+1, at.Add(lateAgain) {
			add(CallLate, at, leaves+again(n))
		}
	}
	open := s.State == ShownBoarding || s.State == ShownLastCall || s.State == ShownClosed || s.State == ShownDeparted
	if s.Boards.IsZero() || !s.Boards.After(now) && !open {
		return list // called off, or the coach is not there
	}
	for n, at := 1, s.Boards; n == 1 || s.State != ShownDeparted && s.Again > 0 && !at.After(s.Called.Add(-CallGood)); n, at = n+1, at.Add(s.Again) {
		add(CallBoarding, at, leaves+again(n))
	}
	if s.Called.After(s.Boards) && (s.State != ShownDeparted || !s.Called.After(now)) {
		add(CallLast, s.Called, leaves)
	}
	return list
}

// How often the hall hears that a coach still has not come, and how many times.
const (
	lateAgain = 15 * time.Minute
	lateMost  = 3
)

// again is the end of a repeated call's key: each is said once.
func again(n int) string {
	if n == 1 {
		return ""
	}
	return fmt.Sprintf("-%d", n)
}

// tells says that a change still is as it was called: nobody hears of a delay that
// was taken back.
func (s *Shown) tells(k CallKind) bool {
	switch k {
	case CallDelayed:
		return s.Stands() && s.Delay() != 0
	case CallGate:
		return s.Stands() && s.Gate != ""
	case CallCancelled:
		return s.State == ShownCancelled
	case CallMoved:
		return s.State == ShownMoved
	case CallRuns:
		return s.Stands()
	}
	return false
}

// text is what is said, in Chinese and English: whom it is for first, what to do last.
func (s *Shown) text(k CallKind) (zh, en string) {
	zh = fmt.Sprintf("旅客们请注意，开往%s的 %s 次班车", s.ToZH, s.Number)
	en = fmt.Sprintf("Attention please. Coach %s to %s", s.Number, or(s.ToEN, s.ToZH))
	atZH, atEN := "", ""
	if s.Gate != "" {
		atZH, atEN = "请到 "+s.Gate+" 号检票口检票", " at gate "+s.Gate
	} else {
		atZH = "请检票上车"
	}
	switch k {
	case CallBoarding:
		return zh + "现在开始检票，" + atZH + "。", en + " is now boarding" + atEN + "."
	case CallLast:
		return zh + "即将停止检票，还没有检票的旅客，" + atZH + "。", en + ": last call. Please board" + atEN + " now."
	case CallDelayed:
		if s.Delay() < 0 {
			return zh + "提前到 " + s.Departs.Format("15:04") + " 发车。", en + " leaves earlier, at " + s.Departs.Format("15:04") + "."
		}
		return zh + "晚点，预计 " + s.Departs.Format("15:04") + " 发车。不便之处，敬请谅解。", en + " is delayed. It is expected to leave at " + s.Departs.Format("15:04") + ". We apologise."
	case CallLate:
		atZH, atEN = "原定 "+s.Planned.Format("15:04")+" 发车", "It was to leave at "+s.Planned.Format("15:04")
		if s.Delay() != 0 {
			atZH, atEN = atZH+"，预计 "+s.Departs.Format("15:04")+" 发车", atEN+" and was expected to leave at "+s.Departs.Format("15:04")
		}
		return zh + "晚点，" + atZH + "，车辆尚未到站。发车时间确定后另行通知，请在候车厅等候。", en + " is late. " + atEN + "; the coach has not arrived yet. Please wait, we will tell you when it leaves."
	case CallGate:
		return zh + "改在 " + s.Gate + " 号检票口检票。", en + " now boards at gate " + s.Gate + "."
	case CallCancelled:
		return zh + "因故停运，请到售票窗口办理全额退票或改签。", en + " is cancelled. Please go to a ticket window for a full refund or another coach."
	case CallMoved:
		return zh + "改乘 " + s.Into + " 次班车，请留意检票口。", en + ": passengers travel on " + s.Into + " instead. Please watch the board."
	}
	return zh + "恢复开行。", en + " runs after all."
}
