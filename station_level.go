package chepiao

import "time"

// StationClosed refuses a journey from or to a station that is closed that day.
const StationClosed Reason = "STATION_CLOSED"

// StationLevel is a line of a station's ledger: from a day on it has a level, or
// is closed. Lines are only added, so what a station was on a day stays known:
// shares of stations "of level two and above" are counted by day (requirements
// 5.4).
type StationLevel struct {
	ID      int64     `json:"id"`
	Station StationNo `json:"station"`
	From    Day       `json:"from"`
	Level   int       `json:"level"` // 1..3; 0: a stop without a level
	Closed  bool      `json:"closed,omitempty"`
	At      time.Time `json:"at"` // when it was recorded
	By      string    `json:"by"`
	Reason  string    `json:"reason"`
}

// LevelOn is what a station is on a day: the line that stands from the latest day
// up to it, of several that one which was recorded last. ledger is of one station;
// ok is false when it says nothing of that day.
func LevelOn(ledger []StationLevel, day Day) (line StationLevel, ok bool) {
	for _, l := range ledger {
		if l.From <= day && (!ok || l.From > line.From || l.From == line.From && l.ID > line.ID) {
			line, ok = l, true
		}
	}
	return line, ok
}
