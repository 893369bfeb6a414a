package store

import "chepiao"

// AddLevel stages a line of a station's ledger.
func (tx *Tx) AddLevel(l chepiao.StationLevel) {
	closed := 0
	if l.Closed {
		closed = 1
	}
	tx.bump("network")
	tx.stage(func(c *conn) error {
		return c.one("INSERT INTO station_level (id, station, day, level, closed, recorded, author, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
			l.ID, int64(l.Station), int64(l.From), l.Level, closed, micros(l.At), l.By, l.Reason)
	})
}

// levels reads the ledgers of all stations.
func (r *Reader) levels(t *Timetable) error {
	return r.c.query("SELECT id, station, day, level, closed, recorded, author, reason FROM station_level ORDER BY station, day, id", nil, func(r rowOf) error {
		l := chepiao.StationLevel{ID: r.int(0), Station: chepiao.StationNo(r.int(1)), From: chepiao.Day(r.int(2)), Level: int(r.int(3)), Closed: r.int(4) == 1, At: fromMicros(r.int(5)), By: r.text(6), Reason: r.text(7)}
		t.Levels[l.Station] = append(t.Levels[l.Station], l)
		return nil
	})
}
