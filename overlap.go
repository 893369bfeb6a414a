package chepiao

import (
	"fmt"
	"time"
)

// Overlap is the reason of a journey that the same person cannot make because of
// another one (failure path F13).
const Overlap Reason = "OVERLAP"

// Ride is a ticket's ride as another one of the same person is held against
// it. Nothing in it is personal.
type Ride struct {
	Number      string        // of the departure
	From, To    string        // names of the stations
	First, Last time.Time     // when its coach leaves: the same moment unless a flow departure
	Takes       time.Duration // from boarding to alighting
}

// Overlaps says that nobody can make both journeys: neither ends, at its
// earliest, a gap before the other's last coach leaves. A flow ticket is good
// for any coach of its day, so it stands in the way of a fixed one only if it
// can be used neither before nor after.
func (j Ride) Overlaps(k Ride, gap time.Duration) bool {
	before := func(a, b Ride) bool { return !a.First.Add(a.Takes + gap).After(b.Last) }
	return !before(j, k) && !before(k, j)
}

// Meets refuses with Overlap, both journeys shown, when a wanted journey
// overlaps one that the person has a ticket for.
func (j Ride) Meets(other Ride, zone *time.Location, r *Rules) *Refusal {
	gap := seconds(r.JourneyGap)
	if !r.OverlapRefused || !j.Overlaps(other, gap) {
		return nil
	}
	zh := fmt.Sprintf("与同一乘车人已购的车票行程重叠：已购 %s;本次 %s", other.text(zone), j.text(zone))
	en := fmt.Sprintf("this passenger has a ticket for the same time: %s; wanted: %s", other.text(zone), j.text(zone))
	rule := "overlap_refused"
	if gap > 0 && !j.Overlaps(other, 0) {
		rule = "journey_gap"
		zh += fmt.Sprintf("，两次行程至少间隔 %d 分钟", r.JourneyGap/60)
		en += fmt.Sprintf("; there must be %d minutes between them", r.JourneyGap/60)
	}
	return Refuse(Overlap, zh, en).By(rule, r, Given("departs", j.First), Given("takes", j.Takes), Given("other_departs", other.First), Given("other_takes", other.Takes), Given("journey_gap", gap))
}

// text is a journey in both languages: "G101 11-22 08:30–10:10 石家庄→保定".
func (j Ride) text(zone *time.Location) string {
	first, until := j.First.In(zone), j.First.Add(j.Takes).In(zone)
	layout := "15:04"
	if DayOf(first) != DayOf(until) {
		layout = "01-02 15:04"
	}
	when := first.Format("01-02 15:04") + "–" + until.Format(layout)
	if !j.Last.Equal(j.First) {
		when = first.Format("01-02 15:04") + "…" + j.Last.In(zone).Format("15:04")
	}
	return j.Number + " " + when + " " + j.From + "→" + j.To
}
