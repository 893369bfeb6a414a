package store

import (
	"encoding/json"
	"fmt"
	"time"

	"chepiao"
)

// Kiosk is what is known of a kiosk as stored, new where there is none. What this
// batch has staged of it does not show: a batch that changes it twice is run again,
// one function at a time.
func (tx *Tx) Kiosk(device string) (chepiao.Kiosk, error) { return kiosk(tx.s.writer, device) }

// Kiosk reads what is known of a kiosk; one that was never heard of is new.
func (r *Reader) Kiosk(device string) (chepiao.Kiosk, error) { return kiosk(r.c, device) }

func kiosk(c *conn, device string) (chepiao.Kiosk, error) {
	k, ok, err := one[chepiao.Kiosk](c, "SELECT body FROM kiosk WHERE device = $1", device)
	if !ok {
		k.Device = device
	}
	return k, err
}

// PutKiosk stages a kiosk, one version on.
func (tx *Tx) PutKiosk(k chepiao.Kiosk) error {
	body, err := json.Marshal(k)
	if err != nil {
		return fmt.Errorf("writing a kiosk: %w", err)
	}
	tx.stage(func(c *conn) error {
		if k.Version == 1 {
			return c.one("INSERT INTO kiosk (device, station, body, version) VALUES ($1, $2, $3, $4)", k.Device, int64(k.Station), string(body), k.Version)
		}
		return c.one("UPDATE kiosk SET station = $1, body = $2, version = $3 WHERE device = $4 AND version = $5", int64(k.Station), string(body), k.Version, k.Device, k.Version-1)
	})
	return nil
}

// Kiosks reads the kiosks of a station (0: of all) by name, at most limit.
func (r *Reader) Kiosks(station chepiao.StationNo, limit int) ([]chepiao.Kiosk, error) {
	if station == 0 {
		return bodies[chepiao.Kiosk](r.c, "SELECT body FROM kiosk ORDER BY device LIMIT $1", limit)
	}
	return bodies[chepiao.Kiosk](r.c, "SELECT body FROM kiosk WHERE station = $1 ORDER BY device LIMIT $2", int64(station), limit)
}

// Slip is how the printing of a ticket's slip stands as stored, new where it was
// never to be printed.
func (tx *Tx) Slip(ticket chepiao.TicketID, kind chepiao.SlipKind) (chepiao.Slip, error) {
	s, ok, err := one[chepiao.Slip](tx.s.writer, "SELECT body FROM slip WHERE ticket = $1 AND kind = $2", int64(ticket), string(kind))
	if !ok {
		s = chepiao.Slip{Ticket: ticket, Kind: kind, State: chepiao.Unprinted}
	}
	return s, err
}

// PutSlip stages it, one version on. Two machines that begin at once collide.
func (tx *Tx) PutSlip(s chepiao.Slip) error {
	body, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("writing a slip: %w", err)
	}
	tx.stage(func(c *conn) error {
		if s.Version == 1 {
			return c.one("INSERT INTO slip (ticket, kind, state, device, at, body, version) VALUES ($1, $2, $3, $4, $5, $6, $7)",
				int64(s.Ticket), string(s.Kind), string(s.State), s.Device, micros(s.At), string(body), s.Version)
		}
		return c.one("UPDATE slip SET state = $1, device = $2, at = $3, body = $4, version = $5 WHERE ticket = $6 AND kind = $7 AND version = $8",
			string(s.State), s.Device, micros(s.At), string(body), s.Version, int64(s.Ticket), string(s.Kind), s.Version-1)
	})
	return nil
}

// Slips reads how the printing of an order's tickets stands, in the order of their
// numbers.
func (r *Reader) Slips(o chepiao.Order) ([]chepiao.Slip, error) {
	return bodies[chepiao.Slip](r.c, "SELECT body FROM slip WHERE ticket > $1 AND ticket <= $2 ORDER BY ticket, kind", int64(o.ID), int64(o.ID)+int64(o.Count))
}

// OpenSlips reads the slips that did not come out, or not yet, the latest first, at
// most limit.
func (r *Reader) OpenSlips(limit int) ([]chepiao.Slip, error) {
	return bodies[chepiao.Slip](r.c, "SELECT body FROM slip WHERE state <> 'finished' ORDER BY at DESC, ticket, kind LIMIT $1", limit)
}

// StuckSlips reads the vouchers that a machine began to print before a moment and
// that have not ended, the oldest first, at most limit.
func (r *Reader) StuckSlips(before time.Time, limit int) ([]chepiao.Slip, error) {
	return bodies[chepiao.Slip](r.c, "SELECT body FROM slip WHERE state <> 'finished' AND state = 'printing' AND kind = 'voucher' AND at < $1 ORDER BY at, ticket LIMIT $2", micros(before), limit)
}
