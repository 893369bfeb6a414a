package home

import (
	"hash/fnv"
	"strconv"

	"chepiao"
	"chepiao/store"
)

// named is what a request is about: a departure, or a number and so the lane it
// was made in. Both zero: nothing that has a home.
type named struct {
	departure chepiao.DepartureID
	lane      int64
}

// of is the process at home for what a request names; found is false when it is
// this one, or when nobody else can do it better.
func (h *Home) of(peers []store.Peer, n named) (peer store.Peer, found bool) {
	me := h.conf.Lane()
	switch {
	case n.lane != 0:
		for _, p := range peers {
			if p.Lane == n.lane && p.Lane != me && h.fit(p) {
				return p, true
			}
		}
		return peer, false
	case n.departure == 0:
		return peer, false
	}
	best := uint64(0)
	for _, p := range peers {
		if p.Draining || p.Lane != me && !h.fit(p) {
			continue
		}
		if w := weight(p, n.departure); !found || w > best {
			best, peer, found = w, p, true
		}
	}
	return peer, found && peer.Lane != me
}

// weight is a peer's claim to a departure: the highest claim has it (rendezvous
// hashing, Thaler and Ravishankar 1998). When a process comes or goes only the
// departures move that it gets or had. A process is known by its name, which it
// keeps when it is started anew.
func weight(p store.Peer, id chepiao.DepartureID) uint64 {
	name := p.Name
	if name == "" {
		name = strconv.FormatInt(p.Lane, 10)
	}
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(name)) // it never fails
	return mix(sum.Sum64() ^ mix(uint64(id)))
}

// mix is the finalizer of SplitMix64: every bit of n decides every bit of it.
func mix(n uint64) uint64 {
	n ^= n >> 30
	n *= 0xbf58476d1ce4e5b9
	n ^= n >> 27
	n *= 0x94d049bb133111eb
	return n ^ n>>31
}
