package store

import (
	"bytes"
	"errors"
	"fmt"

	"chepiao"
)

// What of the journal concerns which peer is noted in the transaction that makes
// the entry: the parcels of a lane to a peer are numbered and chained, so that
// the peer knows when one is missing.

// feedHead is the last parcel of a lane to a peer.
type feedHead struct {
	n    int64
	link []byte
}

type feedKey struct {
	peer chepiao.NodeNo
	lane int64
}

// writeFeed stages which of the batch's entries go to whom.
func (tx *Tx) writeFeed(c *conn, entries []chepiao.Entry) error {
	tx.feeds = nil
	for i, e := range tx.events {
		for _, peer := range e.peers {
			key := feedKey{peer, entries[i].Lane}
			head, err := tx.feedHead(c, key)
			if err != nil {
				return err
			}
			head.n++
			head.link = chepiao.LinkParcel(head.link, head.n, entries[i].Hash)
			if err := c.one("INSERT INTO feed (peer, lane, n, seq, link) VALUES ($1, $2, $3, $4, $5)", int64(peer), key.lane, head.n, entries[i].Seq, head.link); err != nil {
				return err
			}
			if tx.feeds == nil {
				tx.feeds = map[feedKey]feedHead{}
			}
			tx.feeds[key] = head
		}
	}
	return nil
}

func (tx *Tx) feedHead(c *conn, key feedKey) (head feedHead, err error) {
	if head, ok := tx.feeds[key]; ok {
		return head, nil
	}
	if head, ok := tx.s.feeds[key]; ok {
		return head, nil
	}
	err = c.query("SELECT n, link FROM feed WHERE peer = $1 AND lane = $2 ORDER BY n DESC LIMIT 1", []any{int64(key.peer), key.lane}, func(r rowOf) error {
		head = feedHead{r.int(0), r.bytes(1)}
		return nil
	})
	return head, err
}

// settleFeeds remembers the heads that are stored now.
func (s *Store) settleFeeds(tx *Tx) {
	if len(tx.feeds) == 0 {
		return
	}
	if s.feeds == nil {
		s.feeds = map[feedKey]feedHead{}
	}
	for key, head := range tx.feeds {
		s.feeds[key] = head
	}
	s.fed.raise()
}

// Fed is closed when something new is there for some peer; ask for it before
// reading the feed.
func (s *Store) Fed() <-chan struct{} { return s.fed.wait() }

// FeedMark is a place in the parcels of a lane: the number of the last one, and
// its link.
type FeedMark struct {
	N    int64
	Link []byte
}

// Feed reads the parcels to a peer after the marks of its lanes, lane by lane, at
// most limit, without the people.
func (r *Reader) Feed(node string, no, peer chepiao.NodeNo, after map[int64]int64, limit int) (parcels []chepiao.Parcel, err error) {
	lanes, err := r.lanesOf(node, no)
	if err != nil {
		return nil, err
	}
	for _, lane := range lanes {
		if len(parcels) >= limit {
			break
		}
		err = r.c.query(`SELECT feed.n, feed.link, j.seq, j.at, j.kind, j.aggregate, j.version, j.body, j.hash, before.hash
			FROM feed JOIN journal j ON j.node = $1 AND j.lane = feed.lane AND j.seq = feed.seq
			LEFT JOIN journal before ON before.node = $1 AND before.lane = feed.lane AND before.seq = feed.seq - 1
			WHERE feed.peer = $2 AND feed.lane = $3 AND feed.n > $4 ORDER BY feed.n LIMIT $5`,
			[]any{node, int64(peer), lane, after[lane], limit - len(parcels)}, func(r rowOf) error {
				parcels = append(parcels, chepiao.Parcel{N: r.int(0), Link: r.bytes(1), Prev: r.bytes(9), Entry: chepiao.Entry{
					Node: node, Lane: lane, Seq: r.int(2), At: fromMicros(r.int(3)), Kind: chepiao.EventKind(r.text(4)),
					Aggregate: r.text(5), Version: r.int(6), Body: r.bytes(7), Hash: r.bytes(8),
				}})
				return nil
			})
		if err != nil {
			return nil, fmt.Errorf("reading the feed: %w", err)
		}
	}
	return parcels, nil
}

func (r *Reader) lanesOf(node string, no chepiao.NodeNo) (lanes []int64, err error) {
	err = r.c.query("SELECT id FROM lane WHERE node = $1 AND id BETWEEN $2 AND $3 ORDER BY id", []any{node, no.FirstLane(), no.LastLane()}, func(r rowOf) error {
		lanes = append(lanes, r.int(0))
		return nil
	})
	return lanes, err
}

// FeedHeads are the last parcels of each lane to a peer.
func (r *Reader) FeedHeads(node string, no, peer chepiao.NodeNo) (heads map[int64]int64, err error) {
	lanes, err := r.lanesOf(node, no)
	heads = map[int64]int64{}
	for _, lane := range lanes {
		if err == nil {
			err = r.c.query("SELECT n FROM feed WHERE peer = $1 AND lane = $2 ORDER BY n DESC LIMIT 1", []any{int64(peer), lane}, func(r rowOf) error {
				heads[lane] = r.int(0)
				return nil
			})
		}
	}
	return heads, err
}

// Heard is how far a peer's lanes were heard.
func (r *Reader) Heard(peer chepiao.NodeNo) (marks map[int64]FeedMark, err error) {
	marks = map[int64]FeedMark{}
	err = r.c.query("SELECT lane, n, link FROM heard WHERE peer = $1", []any{int64(peer)}, func(r rowOf) error {
		marks[r.int(0)] = FeedMark{r.int(1), r.bytes(2)}
		return nil
	})
	return marks, err
}

// FeedLink is the link of a lane's n-th parcel to a peer; nil when there is none.
func (r *Reader) FeedLink(peer chepiao.NodeNo, lane, n int64) (link []byte, err error) {
	err = r.c.query("SELECT link FROM feed WHERE peer = $1 AND lane = $2 AND n = $3", []any{int64(peer), lane, n}, func(r rowOf) error {
		link = r.bytes(0)
		return nil
	})
	return link, err
}

// No is the number of the node.
func (tx *Tx) No() chepiao.NodeNo { return tx.s.opt.No }

// ErrHeard says that a peer's parcels were heard by somebody else meanwhile: read
// again how far.
var ErrHeard = errors.New("the peer's parcels were taken in by another process")

// Hear stages how far a peer's lane was heard: from a mark to a mark.
func (tx *Tx) Hear(peer chepiao.NodeNo, lane int64, from, to FeedMark) {
	at := micros(tx.Now)
	tx.stage(func(c *conn) error {
		if from.N == 0 {
			return c.stage(ErrHeard, "INSERT INTO heard (peer, lane, n, link, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (peer, lane) DO NOTHING", int64(peer), lane, to.N, to.Link, at)
		}
		return c.stage(ErrHeard, "UPDATE heard SET n = $1, link = $2, at = $3 WHERE peer = $4 AND lane = $5 AND n = $6", to.N, to.Link, at, int64(peer), lane, from.N)
	})
}

// CheckParcel says whether a parcel's entry has the hash that it says, under one
// of the profiles: its lane's is the same for all of them.
func CheckParcel(p *chepiao.Parcel) bool {
	for _, profile := range []chepiao.CryptoProfile{chepiao.ProfileEd25519, chepiao.ProfileSM2} {
		if bytes.Equal(HashEntry(profile, p.Prev, p.Entry), p.Hash) {
			return true
		}
	}
	return false
}
