package store

import (
	"encoding/json"
	"fmt"

	"chepiao"
)

// Registered is a vehicle as it is stored, by its plate; ok is false when nobody
// registered it. What this batch has staged of it does not show: a batch that
// changes it twice is run again, one function at a time.
func (tx *Tx) Registered(plate string) (v chepiao.Vehicle, ok bool, err error) {
	return one[chepiao.Vehicle](tx.s.writer, "SELECT body FROM fleet WHERE plate = $1", plate)
}

// Register stages a vehicle. Its version is that of the stored one and one more,
// or 1.
func (tx *Tx) Register(v chepiao.Vehicle) error {
	return tx.putBody(v, v.Version, "fleet", "plate", v.Plate)
}

// Driver is a driver as stored, by staff number; ok is false when nobody
// registered one.
func (tx *Tx) Driver(no string) (d chepiao.Driver, ok bool, err error) {
	return one[chepiao.Driver](tx.s.writer, "SELECT body FROM driver WHERE no = $1", no)
}

// PutDriver stages a driver, with a version as Register's.
func (tx *Tx) PutDriver(d chepiao.Driver) error {
	return tx.putBody(d, d.Version, "driver", "no", d.No)
}

// Fleet reads the vehicles after a plate, in order, at most limit.
func (r *Reader) Fleet(after string, limit int) ([]chepiao.Vehicle, error) {
	return bodies[chepiao.Vehicle](r.c, "SELECT body FROM fleet WHERE plate > $1 ORDER BY plate LIMIT $2", after, limit)
}

// Drivers reads the drivers after a staff number, in order, at most limit.
func (r *Reader) Drivers(after string, limit int) ([]chepiao.Driver, error) {
	return bodies[chepiao.Driver](r.c, "SELECT body FROM driver WHERE no > $1 ORDER BY no LIMIT $2", after, limit)
}

// putBody stages a row of a table that has a name, a body and a version.
func (tx *Tx) putBody(v any, version int64, table, column, name string) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("writing a row of %s: %w", table, err)
	}
	tx.stage(func(c *conn) error {
		if version == 1 {
			return c.one("INSERT INTO "+table+" ("+column+", body, version) VALUES ($1, $2, $3)", name, string(body), version)
		}
		return c.one("UPDATE "+table+" SET body = $1, version = $2 WHERE "+column+" = $3 AND version = $4", string(body), version, name, version-1)
	})
	return nil
}

func one[T any](c *conn, sql string, args ...any) (v T, ok bool, err error) {
	found, err := bodies[T](c, sql, args...)
	if err != nil || len(found) == 0 {
		return v, false, err
	}
	return found[0], true, nil
}

func bodies[T any](c *conn, sql string, args ...any) (list []T, err error) {
	err = c.query(sql, args, func(r rowOf) error {
		var v T
		if err := json.Unmarshal([]byte(r.text(0)), &v); err != nil {
			return fmt.Errorf("reading a row: %w", err)
		}
		list = append(list, v)
		return nil
	})
	return list, err
}
