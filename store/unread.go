package store

import (
	"encoding/json"
	"fmt"

	"chepiao"
)

// Unread is a parcel of a peer that this program could not read, or not wholly: kept
// until a newer program reads it. Who travels was stored with the tickets at once, under
// this node's key, and is not kept here.
type Unread struct {
	Peer   chepiao.NodeNo `json:"peer"`
	Parcel chepiao.Parcel `json:"parcel"`
	Parts  bool           `json:"parts,omitempty"` // the kind is known, some members were not
}

// KeepUnread stages a parcel that could not be read.
func (tx *Tx) KeepUnread(u Unread) error {
	u.Parcel.People = nil
	body, err := json.Marshal(u)
	if err != nil {
		return fmt.Errorf("keeping a parcel: %w", err)
	}
	tx.stage(func(c *conn) error {
		return c.one("INSERT INTO unread (peer, lane, n, kind, body) VALUES ($1, $2, $3, $4, $5)", int64(u.Peer), u.Parcel.Lane, u.Parcel.N, string(u.Parcel.Kind), string(body))
	})
	return nil
}

// DropUnread stages that a parcel has been read.
func (tx *Tx) DropUnread(u Unread) {
	tx.stage(func(c *conn) error {
		return c.one("DELETE FROM unread WHERE peer = $1 AND lane = $2 AND n = $3", int64(u.Peer), u.Parcel.Lane, u.Parcel.N)
	})
}

// UnreadParcels reads what is kept, in the order in which it came from each peer, after
// a peer, lane and number, at most limit.
func (r *Reader) UnreadParcels(peer chepiao.NodeNo, lane, n int64, limit int) ([]Unread, error) {
	return bodies[Unread](r.c, "SELECT body FROM unread WHERE peer > $1 OR peer = $1 AND (lane > $2 OR lane = $2 AND n > $3) ORDER BY peer, lane, n LIMIT $4", int64(peer), lane, n, limit)
}

// CountUnread is how many parcels of each peer are kept.
func (r *Reader) CountUnread() (kept map[chepiao.NodeNo]int64, err error) {
	kept = map[chepiao.NodeNo]int64{}
	err = r.c.query("SELECT peer, count(*) FROM unread GROUP BY peer", nil, func(r rowOf) error {
		kept[chepiao.NodeNo(r.int(0))] = r.int(1)
		return nil
	})
	return kept, err
}
