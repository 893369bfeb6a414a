package relay

import (
	"context"
	"errors"
	"maps"
	"slices"

	"chepiao"
	"chepiao/office"
)

// A node of which an old copy was put in place no longer has entries that its peer has
// heard. What it writes next would bear their numbers and be passed over, so that
// direction stands still, and both desks have a conflict.

// stoppedLost is a station's word for having lost entries that the hub has heard.
const stoppedLost = "lost"

// errLost says so where it was noticed.
var errLost = errors.New("this node has lost entries that its hub has heard: an old copy was put in place")

var hubLost = chepiao.Refuse(chepiao.WrongState, "省级平台缺少本站已收到的数据，可能恢复了较旧的备份，请联系省级平台核查", "the hub no longer has entries that this station has heard, perhaps an old backup was put in place: somebody there must look").At("after")

// ahead are the lanes of which a peer has heard more than there is, in order.
func ahead(heads, heard map[int64]int64) (lanes []int64) {
	for _, lane := range slices.Sorted(maps.Keys(heard)) {
		if heard[lane] > heads[lane] {
			lanes = append(lanes, lane)
		}
	}
	return lanes
}

// lost notes at the hub what it has lost of its own by what a station has heard, and
// what a station says that it has lost.
func (h *Hub) lost(ctx context.Context, no chepiao.NodeNo, g Greeting) error {
	lost, err := h.Office.Lost(ctx, no, g.Heard, g.Links)
	if err != nil {
		return err
	}
	for _, c := range g.Lost {
		if c.Kind == chepiao.ConflictLost && chepiao.NodeOfLane(c.Lane) == no {
			lost = append(lost, chepiao.Conflict{Kind: c.Kind, Node: no, Lane: c.Lane, N: c.N, Heard: c.Heard})
		}
	}
	for _, c := range lost {
		if err := h.Office.FoundConflict(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// lost notes at a station what it has lost of its own by what the hub has heard. It
// looks after the hub has answered, so that it is never behind by chance. What was lost
// once stays lost, however much was written since.
func (s *Station) lost(ctx context.Context, w Welcome) (bool, error) {
	lost, err := s.Office.Lost(ctx, chepiao.Hub, w.Received, w.Links)
	if err != nil {
		return false, err
	}
	standing, err := s.standingLost(ctx)
	if err != nil || len(standing) > 0 {
		return true, err
	}
	for _, c := range lost {
		if err := s.Office.FoundConflict(ctx, c); err != nil {
			return true, err
		}
	}
	return len(lost) > 0, nil
}

// standingLost are the losses of this node that nobody has settled.
func (s *Station) standingLost(ctx context.Context) (lost []chepiao.Conflict, err error) {
	list, err := s.Office.Conflicts(ctx, false)
	for _, c := range list {
		if c.Kind == chepiao.ConflictLost && c.Node == s.Self.No {
			lost = append(lost, c)
		}
	}
	return lost, err
}

// stuck notes that a parcel was refused where it should have been carried out.
func stuck(ctx context.Context, o *office.Office, from chepiao.NodeNo, err error) error {
	at := (*office.Stuck)(nil)
	if !errors.As(err, &at) {
		return nil
	}
	return o.FoundConflict(ctx, chepiao.Conflict{Kind: chepiao.ConflictStuck, Node: from, Lane: at.Lane, N: at.N, Why: chepiao.AsRefusal(err)})
}
