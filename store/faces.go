package store

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"chepiao"
)

// FaceCount is how often something was counted at a device on a day.
type FaceCount struct {
	Station chepiao.StationNo
	Day     chepiao.Day
	Device  string
	What    chepiao.FaceCounted
	Bucket  int // of a distance; 0 for what has none
	N       int
}

// CountFace stages one more of what is counted; N is not read.
func (tx *Tx) CountFace(v FaceCount) {
	tx.stage(func(c *conn) error {
		return c.one("INSERT INTO face_count (station, day, device, what, bucket, n) VALUES ($1, $2, $3, $4, $5, 1) ON CONFLICT (station, day, device, what, bucket) DO UPDATE SET n = face_count.n + 1",
			int64(v.Station), int64(v.Day), v.Device, string(v.What), int64(v.Bucket))
	})
}

// FaceCounts reads what was counted at a station from one day to another, by day,
// device, what and bucket.
func (r *Reader) FaceCounts(station chepiao.StationNo, from, to chepiao.Day) (list []FaceCount, err error) {
	err = r.c.query("SELECT day, device, what, bucket, n FROM face_count WHERE station = $1 AND day BETWEEN $2 AND $3 ORDER BY day, device, what, bucket",
		[]any{int64(station), int64(from), int64(to)}, func(r rowOf) error {
			list = append(list, FaceCount{station, chepiao.Day(r.int(0)), r.text(1), chepiao.FaceCounted(r.text(2)), int(r.int(3)), int(r.int(4))})
			return nil
		})
	return list, err
}

// FaceConsent is a line of the log of consents: that somebody agreed for a ticket, or
// took it back.
type FaceConsent struct {
	ID      int64
	At      time.Time
	Ticket  chepiao.TicketID
	Station chepiao.StationNo
	By      string            // where it was said
	Kind    chepiao.EventKind // FaceConsented or FaceWithdrawn
	chepiao.FaceConsent
}

// LogFaceConsent stages a line of the log, with its entry in the journal.
func (tx *Tx) LogFaceConsent(v FaceConsent, e chepiao.Event) error {
	id := tx.NextIDs(1)
	body, err := json.Marshal(v.FaceConsent)
	if err != nil {
		return fmt.Errorf("logging a consent: %w", err)
	}
	tx.stage(func(c *conn) error {
		return c.one("INSERT INTO face_consent (id, at, ticket, station, acted, kind, body) VALUES ($1, $2, $3, $4, $5, $6, $7)",
			id, micros(v.At), int64(v.Ticket), int64(v.Station), v.By, string(v.Kind), string(body))
	})
	return tx.Record("face "+strconv.FormatInt(id, 10), 1, e)
}

// FaceConsentsOf reads the log of one ticket, in order.
func (r *Reader) FaceConsentsOf(ticket chepiao.TicketID) ([]FaceConsent, error) {
	return r.faceConsents("ticket = $1 ORDER BY id LIMIT $2", int64(ticket), 100)
}

// FaceConsentsAt reads the latest lines of a station's log, the last first, at most limit.
func (r *Reader) FaceConsentsAt(station chepiao.StationNo, limit int) ([]FaceConsent, error) {
	return r.faceConsents("station = $1 ORDER BY id DESC LIMIT $2", int64(station), limit)
}

func (r *Reader) faceConsents(where string, args ...any) (list []FaceConsent, err error) {
	err = r.c.query("SELECT id, at, ticket, station, acted, kind, body FROM face_consent WHERE "+where, args, func(r rowOf) error {
		v := FaceConsent{ID: r.int(0), At: fromMicros(r.int(1)), Ticket: chepiao.TicketID(r.int(2)), Station: chepiao.StationNo(r.int(3)), By: r.text(4), Kind: chepiao.EventKind(r.text(5))}
		if err := json.Unmarshal([]byte(r.text(6)), &v.FaceConsent); err != nil {
			return fmt.Errorf("reading consent %d: %w", v.ID, err)
		}
		list = append(list, v)
		return nil
	})
	return list, err
}
