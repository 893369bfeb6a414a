package chepiao

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
)

// Parcel is one entry of a node's journal on its way to a peer that it concerns.
// The parcels of a lane to one peer are numbered from 1 and chained: whoever
// has the last Link knows that none is missing and none was changed.
type Parcel struct {
	N    int64  `json:"n"`    // of the lane's parcels to this peer
	Prev []byte `json:"prev"` // hash of the entry before it in its lane
	Link []byte `json:"link"` // of the parcels up to this one
	Entry
	Run    *RunState `json:"run,omitempty"`    // of a departure that it tells of: as it stands now
	People []Carried `json:"people,omitempty"` // who travels by the tickets that the entry gives or tells of
}

// Carried is the record of who travels by a ticket, with the key that opens it.
// It goes to nodes that must see it, over encrypted connections only, and is
// locked again there under that node's own key.
type Carried struct {
	Ticket TicketID `json:"ticket"`
	Key    []byte   `json:"key"`
	Box    []byte   `json:"box"`
}

// LinkParcel is the link of a lane's n-th parcel to a peer: SHA-256 of the link
// before it, its number and the hash of its entry.
func LinkParcel(before []byte, n int64, entry []byte) []byte {
	b := make([]byte, 0, len(before)+8+len(entry))
	b = append(b, before...)
	b = binary.BigEndian.AppendUint64(b, uint64(n))
	b = append(b, entry...)
	sum := sha256.Sum256(b)
	return sum[:]
}

// Follows says whether the parcel comes next after one with this number and
// link: 0 and nil before the first. That its entry has the hash it says is for
// who knows the lane's profile to check.
func (p *Parcel) Follows(n int64, link []byte) bool {
	return p.N == n+1 && bytes.Equal(p.Link, LinkParcel(link, p.N, p.Hash))
}
