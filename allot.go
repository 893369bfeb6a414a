package chepiao

import "time"

// Allot says how many seats of a departure its first boarding station should hold,
// when so much time is left until the coach leaves: a
// small share from the start of sale, which grows over the last hours, when
// passengers come to the window and a network that fails hurts most (rules
// allot_first, allot_last, allot_within). unsold are the seats that the hub could
// give and those that the station holds.
func (r *Rules) Allot(unsold int, left time.Duration) int {
	share := r.AllotFirst
	if within := seconds(r.AllotWithin); left <= 0 {
		share = r.AllotLast
	} else if left < within {
		share += (r.AllotLast - r.AllotFirst) * int64(within-left) / int64(within)
	}
	return int(int64(unsold) * share / 10_000)
}

// TicketsMove says whether the tickets of a departure that leaves so soon belong to
// its boarding station (rule tickets_move): in any case a while before its gate opens.
func (r *Rules) TicketsMove(left time.Duration) bool {
	return left <= max(seconds(r.TicketsMoveAt), seconds(max(r.CheckOpens, r.HallOpens))+moveAhead)
}

// moveAhead is how long the tickets have to arrive before anybody may show one.
const moveAhead = 15 * time.Minute
