package gtfs

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"chepiao"
)

// call is a row of stop_times.txt: a trip calls at a stop. There are hundreds
// of thousands, so it is small and refers by index.
type call struct {
	trip, stop, seq, line int32
	arrive, depart        chepiao.Clock
	dist                  float32 // shape_dist_traveled; negative: none
	timed, board, alight  bool
}

func (r *reading) readStopTimes() error {
	inOrder, onRequest := true, 0
	var lastID string
	lastTrip := int32(leftOut)
	err := r.tables.each("stop_times.txt", []string{"trip_id", "stop_id", "stop_sequence"}, func(row *row) error {
		if id := row.raw("trip_id"); id != lastID {
			i, ok := r.tripIDs[id]
			if !ok {
				row.add(Error, "unknown-id", "trip_id", id, "no such trip", "the stop was left out")
				return nil
			}
			lastID, lastTrip = id, i
		}
		if lastTrip == leftOut {
			return nil
		}
		c := call{trip: lastTrip, line: int32(row.line())}
		if !r.readCall(row, &c) {
			return nil
		}
		if row.raw("pickup_type") > "1" || row.raw("drop_off_type") > "1" {
			onRequest++
		}
		if n := len(r.calls); n > 0 && byTripAndSeq(r.calls[n-1], c) > 0 {
			inOrder = false
		}
		r.calls = append(r.calls, c)
		return nil
	})
	if !inOrder {
		slices.SortStableFunc(r.calls, byTripAndSeq)
		r.rep.add(Note, "not-in-order", "stop_times.txt", 0, "stop_sequence", "", "the rows are not in the order of trips.txt and stop_sequence", "sorted")
	}
	if onRequest > 0 {
		r.rep.add(Note, "on-request", "stop_times.txt", 0, "pickup_type", "", fmt.Sprintf("stops where passengers must phone or wave: %d", onRequest), "sold like any other stop")
	}
	return err
}

func byTripAndSeq(a, b call) int {
	if c := cmp.Compare(a.trip, b.trip); c != 0 {
		return c
	}
	return cmp.Compare(a.seq, b.seq)
}

// readCall reads a row; ok is false when it has no usable stop.
func (r *reading) readCall(row *row, c *call) (ok bool) {
	c.stop, ok = r.stopIDs[row.raw("stop_id")]
	if !ok || c.stop == leftOut {
		row.add(Error, "unknown-id", "stop_id", row.raw("stop_id"), "no such boarding stop", "the trip was read without this stop")
		return false
	}
	c.seq = r.sequence(row, c.trip)
	c.dist = -1
	if d, ok := row.number("shape_dist_traveled"); ok && d >= 0 && d < 1e9 {
		c.dist = float32(d)
	}
	arrive, okA := r.callTime(row, "arrival_time")
	depart, okD := r.callTime(row, "departure_time")
	switch {
	case okA && okD && arrive > depart:
		row.add(Warning, "times", "arrival_time", arrive.String(), "arrives after it departs, at "+depart.String(), "arrives when it departs")
		arrive = depart
	case okA && !okD:
		depart = arrive
	case okD && !okA:
		arrive = depart
	}
	c.arrive, c.depart, c.timed = arrive, depart, okA || okD
	c.board = row.whole("pickup_type", 0, 3, 0) != 1
	c.alight = row.whole("drop_off_type", 0, 3, 0) != 1
	return true
}

// sequence is the stop_sequence; where it cannot be read, the row follows the
// one before it.
func (r *reading) sequence(row *row, trip int32) int32 {
	s := row.raw("stop_sequence")
	n, err := strconv.ParseInt(s, 10, 32)
	if err == nil && n >= 0 {
		return int32(n)
	}
	row.add(Warning, "bad-number", "stop_sequence", s, "not a number from 0", "the stop comes after the row before it")
	if i := len(r.calls) - 1; i >= 0 && r.calls[i].trip == trip && r.calls[i].seq < math.MaxInt32 {
		return r.calls[i].seq + 1
	}
	return 0
}

func (r *reading) callTime(row *row, col string) (chepiao.Clock, bool) {
	c, ok, err := row.clock(col)
	if err != nil {
		row.add(Warning, "bad-time", col, row.raw(col), err.Error(), "read as empty")
	}
	return c, ok
}
