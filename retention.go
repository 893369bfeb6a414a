package chepiao

import "time"

// PeopleFrom is the first service day whose travellers are still kept: who
// travelled before it is destroyed (客规, article 52, demands a year at least; PIPL,
// articles 19 and 47, that nothing is kept for longer than it is needed).
func (r *Rules) PeopleFrom(today Day) Day { return today - Day(r.PeopleDays) }

// PeopleDestroyed is one round of destroying who travelled: the keys and sealed
// records of so many tickets of one service day, and the tokens that named their
// holders. The tickets themselves stay, with their prices and places, as nobody's.
type PeopleDestroyed struct {
	Day     Day       `json:"day"`
	Tickets int       `json:"tickets"`
	At      time.Time `json:"-"`
}

// PeopleWereDestroyed is the journal's word for it; Detail is a PeopleDestroyed. It
// counts and names nobody.
const PeopleWereDestroyed EventKind = "people_destroyed"
