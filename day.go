package chepiao

import (
	"fmt"
	"time"
)

// Day is a service day: the days since 1 January 1970 of the calendar, without
// a time zone. A departure at 25:10 of a service day runs on the next morning.
type Day int32

// DayOf is the calendar day that t falls on in its own location.
func DayOf(t time.Time) Day {
	y, m, d := t.Date()
	return Day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// ParseDay reads "2026-11-22" or "20261122". Refusal Invalid otherwise.
func ParseDay(s string) (Day, error) {
	for _, layout := range []string{"2006-01-02", "20060102"} {
		if t, err := time.Parse(layout, s); err == nil {
			return DayOf(t), nil
		}
	}
	return 0, Refuse(Invalid, "日期应为 2026-11-22 这样的格式", "the date must look like 2026-11-22").At("day")
}

func (d Day) date() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// String is the day as "2026-11-22".
func (d Day) String() string { return d.date().Format("2006-01-02") }

// Weekday is the day of the week.
func (d Day) Weekday() time.Weekday { return d.date().Weekday() }

func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

func (d *Day) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDay(string(b))
	return err
}

// Clock is a time of a service day in seconds after its start, which GTFS
// defines as noon minus twelve hours, so that a day with a clock change still
// works. It may pass 24:00:00.
type Clock int32

// ClockMax bounds a clock time: a coach that leaves later than four days after
// the start of its service day is an error in the data.
const ClockMax Clock = 96 * 3600

// On is the moment of the clock time on a service day in the network's zone.
func (c Clock) On(d Day, zone *time.Location) time.Time {
	y, m, day := d.date().Date()
	noon := time.Date(y, m, day, 12, 0, 0, 0, zone)
	return noon.Add(time.Duration(c)*time.Second - 12*time.Hour)
}

// String is the clock time as "08:30", past midnight as "25:10".
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", c/3600, c/60%60) }
