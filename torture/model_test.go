package torture

import (
	"slices"
	"testing"
	"time"

	"chepiao"
)

// TestHonestHistories are accepted: the model must not cry wolf.
func TestHonestHistories(t *testing.T) {
	open, refused, longest := 0, map[chepiao.Reason]int{}, time.Duration(0)
	for seed := range uint64(150) {
		h := honestHistory(seed, 90, 6, true)
		v := Judge(h)
		if len(v.Wrong) > 0 {
			t.Fatalf("seed %d: an honest history is rejected: %v", seed, v.Wrong)
		}
		open += v.Open
		longest = max(longest, v.Longest)
		for _, q := range h.Requests {
			refused[q.Refused]++
		}
	}
	for _, r := range []chepiao.Reason{chepiao.SoldOut, chepiao.SeatTaken, chepiao.HoldExpired, chepiao.WrongState} {
		if refused[r] == 0 {
			t.Errorf("no honest history has %s", r)
		}
	}
	if open == 0 {
		t.Error("no honest history has a deed that stayed open")
	}
	t.Logf("slowest verdict %v, %d open deeds, refusals %v", longest, open, refused)
}

// book with few words: a small history by hand.
type script struct {
	*History
	at int64
}

func newScript() *script {
	return &script{&History{Header: Header{Seats: 2, Legs: 3, Hold: 2 * time.Second}}, honAt}
}

// add puts a request of 10 ms behind the last one.
func (s *script) add(q Request) *script {
	q.Departure, q.Call, q.Return = honDep, s.at, s.at+10*ms
	s.at += 20 * ms
	s.Requests = append(s.Requests, q)
	return s
}

func (s *script) wait(d time.Duration) *script {
	s.at += int64(d)
	return s
}

func (s *script) held(key, order string, board, alight int, seats ...int) *script {
	return s.add(Request{Verb: Hold, Key: key, Board: board, Alight: alight, Party: len(seats),
		Answer: &Answer{Order: order, Seats: seats, Money: 1000, Deadline: (s.at + 2000*ms) / 1000 / ms}})
}

func (s *script) soldOut(key string, board, alight, party int) *script {
	return s.add(Request{Verb: Hold, Key: key, Board: board, Alight: alight, Party: party, Refused: chepiao.SoldOut})
}

func (s *script) did(verb, key, order string) *script {
	return s.add(Request{Verb: verb, Key: key, Order: order, Money: 900, Answer: &Answer{Order: order, Money: 900}})
}

func (s *script) no(verb, key, order string, why chepiao.Reason) *script {
	return s.add(Request{Verb: verb, Key: key, Order: order, Money: 900, Refused: why})
}

func (s *script) lost(verb, key, order string) *script {
	return s.add(Request{Verb: verb, Key: key, Order: order, Money: 900, Unknown: "cut off"})
}

func (s *script) looked(order string, state chepiao.OrderState) *script {
	return s.add(Request{Verb: Look, Order: order, Answer: &Answer{Order: order, State: string(state)}})
}

func (s *script) free(board, alight, n int) *script {
	return s.add(Request{Verb: Free, Board: board, Alight: alight, Answer: &Answer{Free: n}})
}

// TestFaults: each of these small stories is told once as it may be, and once
// with the fault that must be seen.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name      string
		good, bad *script
	}{
		{"a seat sold twice on one leg",
			newScript().held("a", "A", 0, 2, 1).did(Pay, "p", "A").held("b", "B", 2, 3, 1),
			newScript().held("a", "A", 0, 2, 1).did(Pay, "p", "A").held("b", "B", 1, 3, 1)},
		{"a seat held twice",
			newScript().held("a", "A", 0, 2, 1).wait(2*time.Second).held("b", "B", 1, 3, 1),
			newScript().held("a", "A", 0, 2, 1).wait(1900*time.Millisecond).held("b", "B", 1, 3, 1)},
		{"one seat twice in one order",
			newScript().held("a", "A", 0, 2, 1, 2), newScript().held("a", "A", 0, 2, 1, 1)},
		{"a seat the coach does not have",
			newScript().held("a", "A", 0, 2, 2), newScript().held("a", "A", 0, 2, 3)},
		{"a paid order is lost",
			newScript().held("a", "A", 0, 2, 1).did(Pay, "p", "A").wait(time.Minute).looked("A", chepiao.OrderIssued),
			newScript().held("a", "A", 0, 2, 1).did(Pay, "p", "A").wait(time.Minute).looked("A", chepiao.OrderLapsed)},
		{"an order is gone",
			newScript().held("a", "A", 0, 2, 1).looked("A", chepiao.OrderHeld),
			newScript().held("a", "A", 0, 2, 1).no(Look, "", "A", chepiao.NotFound)},
		{"its seat is sold again",
			newScript().held("a", "A", 0, 2, 1).did(Pay, "p", "A").wait(time.Minute).held("b", "B", 0, 2, 2),
			newScript().held("a", "A", 0, 2, 1).did(Pay, "p", "A").wait(time.Minute).held("b", "B", 0, 2, 1)},
		{"a refunded order comes back to life",
			newScript().held("a", "A", 0, 2, 1).did(Pay, "p", "A").did(Refund, "r", "A").looked("A", chepiao.OrderRefunded),
			newScript().held("a", "A", 0, 2, 1).did(Pay, "p", "A").did(Refund, "r", "A").looked("A", chepiao.OrderIssued)},
		{"a refunded seat stays taken",
			newScript().held("a", "A", 0, 2, 1, 2).did(Pay, "p", "A").soldOut("b", 0, 1, 1).did(Refund, "r", "A").held("c", "C", 0, 1, 1),
			newScript().held("a", "A", 0, 2, 1, 2).did(Pay, "p", "A").did(Refund, "r", "A").soldOut("b", 0, 1, 1)},
		{"sold out with a free seat",
			newScript().held("a", "A", 0, 2, 1).soldOut("b", 0, 1, 2), newScript().held("a", "A", 0, 2, 1).soldOut("b", 0, 1, 1)},
		{"sold out by holds that are over",
			newScript().held("a", "A", 0, 3, 1, 2).wait(1900*time.Millisecond).soldOut("b", 0, 1, 1),
			newScript().held("a", "A", 0, 3, 1, 2).wait(2100*time.Millisecond).soldOut("b", 0, 1, 1)},
		{"a chosen seat is called taken",
			newScript().held("a", "A", 0, 3, 1).add(Request{Verb: Hold, Key: "b", Alight: 1, Party: 1, Chosen: []int{1}, Refused: chepiao.SeatTaken}),
			newScript().held("a", "A", 0, 3, 1).add(Request{Verb: Hold, Key: "b", Alight: 1, Party: 1, Chosen: []int{2}, Refused: chepiao.SeatTaken})},
		{"another seat than the chosen one",
			newScript().add(Request{Verb: Hold, Key: "b", Alight: 1, Party: 1, Chosen: []int{2}, Answer: &Answer{Order: "A", Seats: []int{2}, Deadline: honAt/1000/ms + 2}}),
			newScript().add(Request{Verb: Hold, Key: "b", Alight: 1, Party: 1, Chosen: []int{2}, Answer: &Answer{Order: "A", Seats: []int{1}, Deadline: honAt/1000/ms + 2}})},
		{"two answers for one key",
			newScript().held("a", "A", 0, 2, 1).held("a", "A", 0, 2, 1),
			newScript().held("a", "A", 0, 2, 1).held("a", "B", 0, 2, 2)},
		{"one order for two keys",
			newScript().held("a", "A", 0, 2, 1).held("b", "B", 0, 2, 2), newScript().held("a", "A", 0, 2, 1).held("b", "A", 0, 2, 2)},
		{"done and then refused under one key",
			newScript().held("a", "A", 0, 3, 1, 2).soldOut("b", 0, 1, 1).did(Release, "r", "A").held("b", "B", 0, 1, 1),
			newScript().held("a", "A", 0, 3, 1).held("b", "B", 0, 1, 2).soldOut("b", 0, 1, 1)},
		{"paid after the deadline",
			newScript().held("a", "A", 0, 2, 1).wait(1900*time.Millisecond).did(Pay, "p", "A"),
			newScript().held("a", "A", 0, 2, 1).wait(2100*time.Millisecond).did(Pay, "p", "A")},
		{"paid after it was seen to be over",
			newScript().held("a", "A", 0, 2, 1).wait(2100*time.Millisecond).no(Pay, "p", "A", chepiao.HoldExpired).looked("A", chepiao.OrderLapsed),
			newScript().held("a", "A", 0, 2, 1).wait(2100*time.Millisecond).no(Pay, "p", "A", chepiao.HoldExpired).looked("A", chepiao.OrderIssued)},
		{"shown as held after it was swept up",
			newScript().held("a", "A", 0, 2, 1).wait(2100*time.Millisecond).no(Pay, "p", "A", chepiao.HoldExpired).looked("A", chepiao.OrderHeld).looked("A", chepiao.OrderLapsed),
			newScript().held("a", "A", 0, 2, 1).wait(2100*time.Millisecond).no(Pay, "p", "A", chepiao.HoldExpired).looked("A", chepiao.OrderLapsed).looked("A", chepiao.OrderHeld)},
		{"over before its deadline",
			newScript().held("a", "A", 0, 2, 1).wait(2100*time.Millisecond).no(Pay, "p", "A", chepiao.HoldExpired),
			newScript().held("a", "A", 0, 2, 1).wait(1900*time.Millisecond).no(Pay, "p", "A", chepiao.HoldExpired)},
		{"paid twice",
			newScript().held("a", "A", 0, 2, 1).did(Pay, "p", "A").no(Pay, "q", "A", chepiao.WrongState),
			newScript().held("a", "A", 0, 2, 1).did(Pay, "p", "A").did(Pay, "q", "A")},
		{"refunded twice",
			newScript().held("a", "A", 0, 2, 1).did(Pay, "p", "A").did(Refund, "r", "A").no(Refund, "s", "A", chepiao.WrongState),
			newScript().held("a", "A", 0, 2, 1).did(Pay, "p", "A").did(Refund, "r", "A").did(Refund, "s", "A")},
		{"refunded without being paid",
			newScript().held("a", "A", 0, 2, 1).no(Refund, "r", "A", chepiao.WrongState),
			newScript().held("a", "A", 0, 2, 1).did(Refund, "r", "A")},
		{"another sum than was confirmed",
			newScript().held("a", "A", 0, 2, 1).did(Pay, "p", "A").did(Refund, "r", "A"),
			newScript().held("a", "A", 0, 2, 1).did(Pay, "p", "A").add(Request{Verb: Refund, Key: "r", Order: "A", Money: 900, Answer: &Answer{Order: "A", Money: 800}})},
		{"a stale look",
			newScript().held("a", "A", 0, 2, 1).looked("A", chepiao.OrderHeld).did(Pay, "p", "A"),
			newScript().held("a", "A", 0, 2, 1).did(Pay, "p", "A").looked("A", chepiao.OrderHeld)},
		{"released and paid",
			newScript().held("a", "A", 0, 2, 1).did(Release, "r", "A").no(Pay, "p", "A", chepiao.WrongState),
			newScript().held("a", "A", 0, 2, 1).did(Release, "r", "A").did(Pay, "p", "A")},
		{"a wrong count of free seats",
			newScript().held("a", "A", 0, 2, 1).free(2, 3, 2).free(1, 3, 1), newScript().held("a", "A", 0, 2, 1).free(1, 3, 2)},
		{"too few free seats",
			newScript().held("a", "A", 0, 2, 1).free(0, 1, 1), newScript().held("a", "A", 0, 2, 1).free(0, 1, 0)},
		{"an open deed explains what was done, not what was not",
			newScript().held("a", "A", 0, 2, 1).lost(Pay, "p", "A").looked("A", chepiao.OrderIssued).looked("A", chepiao.OrderIssued),
			newScript().held("a", "A", 0, 2, 1).lost(Pay, "p", "A").looked("A", chepiao.OrderIssued).looked("A", chepiao.OrderHeld)},
		{"an open deed is done once",
			newScript().held("a", "A", 0, 2, 1).lost(Pay, "p", "A").did(Pay, "p", "A").did(Refund, "r", "A").looked("A", chepiao.OrderRefunded),
			newScript().held("a", "A", 0, 2, 1).lost(Pay, "p", "A").did(Refund, "r", "A").looked("A", chepiao.OrderIssued)},
		{"an open hold takes no more than its seats",
			newScript().held("a", "A", 0, 3, 1).add(Request{Verb: Hold, Key: "x", Alight: 3, Party: 1, Unknown: "cut off"}).soldOut("b", 0, 1, 1),
			newScript().add(Request{Verb: Hold, Key: "x", Alight: 3, Party: 1, Unknown: "cut off"}).soldOut("b", 0, 1, 1)},
		{"an order nobody was given",
			newScript().held("a", "A", 0, 2, 1).looked("A", chepiao.OrderHeld), newScript().held("a", "A", 0, 2, 1).looked("B", chepiao.OrderHeld)},
	} {
		if v := Judge(c.good.History); len(v.Wrong) > 0 {
			t.Errorf("%s: the story as it may be is rejected: %v", c.name, v.Wrong)
		}
		if v := Judge(c.bad.History); len(v.Wrong) == 0 {
			t.Errorf("%s: not seen", c.name)
		}
	}
}

// TestMutations breaks honest histories in one place each: every break that was
// possible must be seen.
func TestMutations(t *testing.T) {
	for name, mutate := range mutations {
		made := 0
		began := time.Now()
		for seed := range uint64(40) {
			h := honestHistory(seed, 70, 5, false)
			if final(h) == nil || !mutate(h) { // what stays open takes the model long to reject
				continue
			}
			made++
			if v := Judge(h); len(v.Wrong) == 0 {
				t.Errorf("%s, seed %d: not seen", name, seed)
			}
		}
		t.Logf("%s: %d histories in %v", name, made, time.Since(began))
		if made < 10 {
			t.Errorf("%s: only %d of 40 histories could be broken so", name, made)
		}
	}
}

// lastLook is the place of the last look that showed a state.
func lastLook(h *History, state chepiao.OrderState) int {
	for i, q := range slices.Backward(h.Requests) {
		if q.Verb == Look && q.Answer != nil && q.Answer.State == string(state) {
			return i
		}
	}
	return -1
}

func change(h *History, i int, to Request) bool {
	if i >= 0 {
		h.Requests[i] = to
	}
	return i >= 0
}

func relook(from, to chepiao.OrderState) func(*History) bool {
	return func(h *History) bool {
		i := lastLook(h, from)
		if i < 0 {
			return false
		}
		q := h.Requests[i]
		q.Answer = &Answer{Order: q.Order, State: string(to)}
		return change(h, i, q)
	}
}

// append behind everything that happened.
func after(h *History, q Request) bool {
	for _, old := range h.Requests {
		q.Call = max(q.Call, old.Return)
	}
	q.Call += ms
	q.Return, q.Departure = q.Call+ms, honDep
	h.Requests = append(h.Requests, q)
	return true
}

var mutations = map[string]func(*History) bool{
	"a paid order has lapsed":          relook(chepiao.OrderIssued, chepiao.OrderLapsed),
	"a paid order is only held":        relook(chepiao.OrderIssued, chepiao.OrderHeld),
	"a refunded order is issued":       relook(chepiao.OrderRefunded, chepiao.OrderIssued),
	"a lapsed order was paid":          relook(chepiao.OrderLapsed, chepiao.OrderIssued),
	"a released order is held":         relook(chepiao.OrderReleased, chepiao.OrderHeld),
	"an order has gone":                func(h *History) bool { i := lastLook(h, chepiao.OrderIssued); return i >= 0 && gonePart(h, i) },
	"a refund twice":                   again(Refund),
	"a payment twice":                  again(Pay),
	"two orders on one seat":           sameSeat,
	"a key with another answer":        otherAnswer,
	"sold out with a free seat":        falselySoldOut,
	"one more free seat than there is": miscount(1),
	"one free seat fewer":              miscount(-1),
}

func gonePart(h *History, i int) bool {
	q := h.Requests[i]
	q.Answer, q.Refused = nil, chepiao.NotFound
	return change(h, i, q)
}

func again(verb string) func(*History) bool {
	return func(h *History) bool {
		for _, q := range h.Requests {
			if q.Verb == verb && q.Answer != nil {
				q.Key += "-again"
				return after(h, q)
			}
		}
		return false
	}
}

// final is the book when all is over; nil where a deed stayed open, because then
// nobody knows.
func final(h *History) *honest {
	end := newHonest(1)
	end.h.Seats = h.Seats
	deeds, _ := merge(h.Requests)
	for _, d := range deeds {
		if d.open {
			return nil
		}
		if d.Verb == Hold && d.Answer != nil {
			end.orders = append(end.orders, &honestOrder{id: d.Answer.Order, seats: d.Answer.Seats, board: d.Board, alight: d.Alight})
		}
	}
	for _, q := range h.Requests {
		for _, e := range end.orders {
			if q.Verb == Look && q.Order == e.id && q.Answer != nil {
				e.state = orderStates[q.Answer.State]
			}
		}
	}
	return end
}

// sameSeat sells the seat of an order that is paid to the end once more.
func sameSeat(h *History) bool {
	end := final(h)
	for _, q := range h.Requests {
		if end != nil && q.Verb == Hold && q.Answer != nil && slices.ContainsFunc(end.orders, func(e *honestOrder) bool { return e.id == q.Answer.Order && e.state == paid }) {
			a := *q.Answer
			a.Order, a.Deadline = "OD999", a.Deadline+3600
			q.Key, q.Answer = "twice", &a
			return after(h, q)
		}
	}
	return false
}

func otherAnswer(h *History) bool {
	for _, q := range h.Requests {
		if q.Verb == Hold && q.Answer != nil {
			a := *q.Answer
			a.Seats = slices.Clone(a.Seats)
			a.Seats[0] = 1 + a.Seats[0]%h.Seats
			q.Answer = &a
			return after(h, q)
		}
	}
	return false
}

// falselySoldOut refuses although a seat is free.
func falselySoldOut(h *History) bool {
	q := Request{Verb: Hold, Key: "late", Alight: 1, Party: 1, Refused: chepiao.SoldOut}
	end := final(h)
	return end != nil && len(end.openSeats(q)) > 0 && after(h, q)
}

// miscount asks when all is over, where the clerk can be sure.
func miscount(by int) func(*History) bool {
	return func(h *History) bool {
		q := Request{Verb: Free, Alight: 2}
		end := final(h)
		if end == nil {
			return false
		}
		q.Answer = &Answer{Free: len(end.openSeats(q)) + by}
		return after(h, q)
	}
}

func TestHistoryFile(t *testing.T) {
	h := honestHistory(3, 40, 4, true)
	path := t.TempDir() + "/history.jsonl"
	r, err := NewRecorder(path, h.Header)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range h.Requests {
		r.Add(q)
	}
	r.Note(time.Unix(5, 0), "killed hub %d", 1)
	if _, err := r.Close(); err != nil {
		t.Fatal(err)
	}
	back, err := ReadHistory(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(back.Requests) != len(h.Requests) || len(back.Notes) != 1 || back.Header.Hold != h.Hold {
		t.Fatalf("%d requests and %d notes came back of %d and 1", len(back.Requests), len(back.Notes), len(h.Requests))
	}
	if a, b := Judge(h), Judge(back); a.Deeds != b.Deeds || len(b.Wrong) > 0 {
		t.Fatalf("the file tells another story: %+v, %+v", a, b)
	}
}
