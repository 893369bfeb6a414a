package store

import (
	"time"

	"chepiao"
)

// What a hub knows of a station node, in the order in which it comes about.
const (
	NodeInvited  = "invited"  // a code was given
	NodeEnrolled = "enrolled" // the code was used
	NodeRevoked  = "revoked"  // nothing is taken from it or given to it any more
)

// NodeRow is another node of the province: at a hub one of its stations, at a
// station its hub.
type NodeRow struct {
	No      chepiao.NodeNo
	Name    string // short name; "" before it has enrolled
	Station chepiao.StationNo
	State   string
	Code    []byte    // hash of the code that enrols it; empty once it was used
	Until   time.Time // no longer than that
	Public  []byte    // Ed25519 key that its requests and answers are signed with
	Keys    []byte    // public keys of its vouchers, as JSON
	Seen    time.Time // last contact
	Said    []byte    // what it said of itself then, as JSON
	Version int64
}

// Nodes reads the other nodes in the order of their numbers.
func (r *Reader) Nodes() (nodes []NodeRow, err error) {
	err = r.c.query("SELECT no, name, station, state, code, until, pub, keys, seen, said, version FROM peer ORDER BY no", nil, func(r rowOf) error {
		nodes = append(nodes, NodeRow{
			No: chepiao.NodeNo(r.int(0)), Name: r.text(1), Station: chepiao.StationNo(r.int(2)), State: r.text(3), Code: r.bytes(4), Until: fromMicros(r.int(5)),
			Public: r.bytes(6), Keys: r.bytes(7), Seen: fromMicros(r.int(8)), Said: r.bytes(9), Version: r.int(10),
		})
		return nil
	})
	return nodes, err
}

// PutNode stages another node whose version is one more than the stored: version 1
// is a new one. Two changes at once collide, and one of them runs again.
func (tx *Tx) PutNode(n NodeRow) {
	for _, b := range []*[]byte{&n.Code, &n.Public, &n.Keys, &n.Said} {
		if *b == nil {
			*b = []byte{}
		}
	}
	tx.stage(func(c *conn) error {
		if n.Version == 1 {
			return c.one("INSERT INTO peer (no, name, station, state, code, until, pub, keys, seen, said, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
				int64(n.No), n.Name, int64(n.Station), n.State, n.Code, micros(n.Until), n.Public, n.Keys, micros(n.Seen), n.Said, n.Version)
		}
		return c.one("UPDATE peer SET name = $1, station = $2, state = $3, code = $4, until = $5, pub = $6, keys = $7, seen = $8, said = $9, version = $10 WHERE no = $11 AND version = $12",
			n.Name, int64(n.Station), n.State, n.Code, micros(n.Until), n.Public, n.Keys, micros(n.Seen), n.Said, n.Version, int64(n.No), n.Version-1)
	})
}

// ReplaceSheets stages the whole rule book of another node in place of this one's,
// number by number.
func (tx *Tx) ReplaceSheets(sheets []chepiao.Sheet) {
	tx.stage(func(c *conn) error {
		_, err := c.exec("DELETE FROM rule_sheet")
		return err
	})
	for _, s := range sheets {
		tx.AddSheet(s)
	}
}

// AdoptStaff stages another node's account as it is there. Who has another password
// now, or may not work here any more, is signed out.
func (tx *Tx) AdoptStaff(s StaffRow) {
	tx.stage(func(c *conn) error {
		if _, err := c.exec("DELETE FROM staff_session WHERE staff = $1 AND staff IN (SELECT no FROM staff WHERE password <> $2)", string(s.No), s.Password); err != nil {
			return err
		}
		return c.one(`INSERT INTO staff (no, name, roles, stations, gone, password, created, changed, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (no) DO UPDATE SET name = excluded.name, roles = excluded.roles, stations = excluded.stations, gone = excluded.gone, password = excluded.password, changed = excluded.changed, version = excluded.version`,
			string(s.No), s.Name, s.Roles, s.Stations, truth(s.Off), s.Password, micros(s.Created), micros(s.Changed), s.Version)
	})
}
