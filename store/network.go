package store

import (
	"encoding/json"
	"fmt"
	"time"

	"chepiao"
)

// Timetable is the stored network with the keys its parts have in the feed they
// came from, by which a newer feed finds them again.
type Timetable struct {
	chepiao.Network
	StationKeys  map[string]chepiao.StationNo
	LineKeys     map[string]chepiao.LineNo
	TemplateKeys map[string]TemplateRow                       // templates not retired
	RetiredKeys  map[string][]chepiao.TemplateNo              // retired ones: some still run on days on which they were sold
	Levels       map[chepiao.StationNo][]chepiao.StationLevel // ledgers of those stations whose level was changed here
	NextStation  chepiao.StationNo
	NextLine     chepiao.LineNo
	NextTemplate chepiao.TemplateNo
}

// TemplateRow is a template's number and content hash.
type TemplateRow struct {
	No   chepiao.TemplateNo
	Hash []byte
}

// Timetable reads the whole network. Retired templates are among the templates:
// tickets sold under them still name them.
func (r *Reader) Timetable() (*Timetable, error) {
	t := &Timetable{
		StationKeys: map[string]chepiao.StationNo{}, LineKeys: map[string]chepiao.LineNo{}, TemplateKeys: map[string]TemplateRow{}, RetiredKeys: map[string][]chepiao.TemplateNo{},
		Levels:      map[chepiao.StationNo][]chepiao.StationLevel{},
		NextStation: 1, NextLine: 1, NextTemplate: 1,
	}
	t.Zone = time.UTC
	for _, read := range []func(*Timetable) error{r.networkHead, r.stations, r.carriers, r.lines, r.templates, r.levels} {
		if err := read(t); err != nil {
			return nil, fmt.Errorf("reading the timetable: %w", err)
		}
	}
	return t, nil
}

func (r *Reader) networkHead(t *Timetable) error {
	return r.c.query("SELECT name, zone, currency FROM network WHERE id = 1", nil, func(r rowOf) (err error) {
		t.Name, t.Currency = r.text(0), r.text(2)
		t.Zone, err = time.LoadLocation(r.text(1))
		return err
	})
}

func (r *Reader) stations(t *Timetable) error {
	return r.c.query("SELECT ext, body FROM station ORDER BY no", nil, func(r rowOf) error {
		var s chepiao.Station
		err := json.Unmarshal(r.bytes(1), &s)
		t.Stations = append(t.Stations, s)
		t.StationKeys[r.text(0)] = s.No
		t.NextStation = max(t.NextStation, s.No+1)
		return err
	})
}

func (r *Reader) carriers(t *Timetable) error {
	err := r.c.query("SELECT body FROM carrier ORDER BY code", nil, func(r rowOf) error {
		var c chepiao.Carrier
		err := json.Unmarshal(r.bytes(0), &c)
		t.Carriers = append(t.Carriers, c)
		return err
	})
	if err != nil {
		return err
	}
	return r.c.query("SELECT body FROM vehicle ORDER BY code", nil, func(r rowOf) error {
		var v chepiao.VehicleType
		err := json.Unmarshal(r.bytes(0), &v)
		t.Vehicles = append(t.Vehicles, v)
		return err
	})
}

// fareRow is one pair of a line's fare table as stored: from, to, fen.
type fareRow [3]int64

func (r *Reader) lines(t *Timetable) error {
	return r.c.query("SELECT ext, body, fares FROM line ORDER BY no", nil, func(r rowOf) error {
		var l chepiao.Line
		if err := json.Unmarshal(r.bytes(1), &l); err != nil {
			return err
		}
		var fares []fareRow
		if err := json.Unmarshal(r.bytes(2), &fares); err != nil {
			return err
		}
		l.Fares = make(map[chepiao.Pair]chepiao.Money, len(fares))
		for _, f := range fares {
			l.Fares[chepiao.Pair{From: chepiao.StationNo(f[0]), To: chepiao.StationNo(f[1])}] = chepiao.Money(f[2])
		}
		t.Lines = append(t.Lines, l)
		t.LineKeys[r.text(0)] = l.No
		t.NextLine = max(t.NextLine, l.No+1)
		return nil
	})
}

func (r *Reader) templates(t *Timetable) error {
	return r.c.query("SELECT ext, hash, retired, body FROM template ORDER BY no", nil, func(r rowOf) error {
		var m chepiao.Template
		if err := json.Unmarshal(r.bytes(3), &m); err != nil {
			return err
		}
		t.Templates = append(t.Templates, m)
		if r.int(2) == 0 {
			t.TemplateKeys[r.text(0)] = TemplateRow{m.No, r.bytes(1)}
		} else {
			t.RetiredKeys[r.text(0)] = append(t.RetiredKeys[r.text(0)], m.No)
		}
		t.NextTemplate = max(t.NextTemplate, m.No+1)
		return nil
	})
}

// PutNetwork stages the network's name, time zone and currency.
func (tx *Tx) PutNetwork(n *chepiao.Network) {
	tx.bump("network")
	name, zone, currency := n.Name, n.Zone.String(), n.Currency
	tx.stage(func(c *conn) error {
		return c.one("INSERT INTO network (id, name, zone, currency) VALUES (1, $1, $2, $3) ON CONFLICT (id) DO UPDATE SET name = excluded.name, zone = excluded.zone, currency = excluded.currency",
			name, zone, currency)
	})
}

// PutStation stages a station under its key in the feed, new or changed.
func (tx *Tx) PutStation(key string, s chepiao.Station) error {
	tx.bump("network")
	return tx.stageBody(s, func(c *conn, body []byte) error {
		return c.one("INSERT INTO station (no, code, body, ext) VALUES ($1, $2, $3, $4) ON CONFLICT (no) DO UPDATE SET code = excluded.code, body = excluded.body",
			int64(s.No), s.Code, body, key)
	})
}

// PutCarrier stages a carrier, new or changed.
func (tx *Tx) PutCarrier(v chepiao.Carrier) error {
	tx.bump("network")
	return tx.stageBody(v, func(c *conn, body []byte) error {
		return c.one("INSERT INTO carrier (code, body) VALUES ($1, $2) ON CONFLICT (code) DO UPDATE SET body = excluded.body", v.Code, body)
	})
}

// PutVehicle stages a vehicle type, new or changed.
func (tx *Tx) PutVehicle(v chepiao.VehicleType) error {
	tx.bump("network")
	return tx.stageBody(v, func(c *conn, body []byte) error {
		return c.one("INSERT INTO vehicle (code, body) VALUES ($1, $2) ON CONFLICT (code) DO UPDATE SET body = excluded.body", v.Code, body)
	})
}

// PutLine stages a line with its fare table under its key in the feed.
func (tx *Tx) PutLine(key string, l chepiao.Line) error {
	tx.bump("network")
	fares := make([]fareRow, 0, len(l.Fares))
	for pair, fen := range l.Fares {
		fares = append(fares, fareRow{int64(pair.From), int64(pair.To), int64(fen)})
	}
	table, err := json.Marshal(fares)
	if err != nil {
		return err
	}
	return tx.stageBody(l, func(c *conn, body []byte) error {
		return c.one("INSERT INTO line (no, ext, body, fares) VALUES ($1, $2, $3, $4) ON CONFLICT (no) DO UPDATE SET body = excluded.body, fares = excluded.fares",
			int64(l.No), key, body, table)
	})
}

// PutTemplate stages a template under its key and content hash. Storing one
// again changes its days only: its content is what tickets were sold under.
func (tx *Tx) PutTemplate(key string, hash []byte, t chepiao.Template, retired bool) error {
	tx.bump("network")
	flag := 0
	if retired {
		flag = 1
	}
	return tx.stageBody(t, func(c *conn, body []byte) error {
		return c.one("INSERT INTO template (no, ext, hash, retired, body) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (no) DO UPDATE SET retired = excluded.retired, body = excluded.body",
			int64(t.No), key, hash, flag, body)
	})
}

func (tx *Tx) stageBody(v any, write func(*conn, []byte) error) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("storing a part of the network: %w", err)
	}
	tx.stage(func(c *conn) error { return write(c, body) })
	return nil
}

func (tx *Tx) stage(write func(*conn) error) {
	tx.raw = append(tx.raw, write)
	tx.onUndo(func() { tx.raw = tx.raw[:len(tx.raw)-1] })
}
