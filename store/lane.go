package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"chepiao"
)

// lane is the head of this process's sequence in the journal.
type lane struct {
	id, epoch, seq, nextID int64
	at                     time.Time
	hash                   []byte
	profile                chepiao.CryptoProfile
}

// takeLane takes over a lane of the node under a new epoch, so that a process
// which still writes in it misses its next flush. In a file there is one lane,
// and whoever comes takes it. On a server each process has a lane of its own:
// the one it had before, else one whose process is gone, else a new one, whose
// first entry names the crypto profile.
func (s *Store) takeLane() error {
	return s.patiently(func() error {
		c := s.writer
		if err := c.begin(); err != nil {
			return fmt.Errorf("taking the lane: %w", err)
		}
		defer c.rollback()
		if err := s.heldBack(); err != nil {
			return err
		}
		free, err := s.freeLane()
		if err != nil {
			return err
		}
		if free == nil {
			return s.openLane()
		}
		taken := *free
		taken.epoch++
		// Its head is still the one that was read: whoever had it may write to the last.
		if err := c.one("UPDATE lane SET epoch = $1 WHERE id = $2 AND epoch = $3 AND seq = $4 AND next_id = $5", taken.epoch, free.id, free.epoch, free.seq, free.nextID); err != nil {
			return err
		}
		if err := s.enter(taken); err != nil {
			return err
		}
		if err := c.commit(); err != nil {
			return err
		}
		s.own(taken)
		return nil
	})
}

// own makes a lane this process's, once that is stored. What others wrote in it up
// to then, and in the one before, has to be seen like anybody's.
func (s *Store) own(l lane) {
	s.lane = l
	s.feeds = nil
	s.laneID.Store(l.id)
	s.epoch.Store(l.epoch)
	s.rejoin.Store(true)
}

// freeLane finds the lane that this process takes; nil for a new one.
func (s *Store) freeLane() (free *lane, err error) {
	now, err := s.writer.clock()
	if err != nil {
		return nil, err
	}
	best := 0
	err = s.writer.query(`SELECT lane.id, lane.profile, lane.epoch, lane.seq, lane.next_id, lane.at, lane.hash, process.name, process.beat, process.state
		FROM lane LEFT JOIN process ON process.lane = lane.id WHERE lane.node = $1 AND lane.closed = 0 ORDER BY lane.id`, []any{s.opt.Node}, func(r rowOf) error {
		rank := 0 // how good a choice it is
		switch beat := fromMicros(r.int(8)); {
		case !s.shared:
			rank = 2
		case r.text(7) == s.opt.Process && s.opt.Process != "" && s.lane.id == 0: // whoever was fenced off leaves it to its namesake
			rank = 2
		case r.text(9) != processServing && r.text(9) != processDraining, now.Sub(beat) > processMax:
			rank = 1
		}
		if rank > best {
			best = rank
			free = &lane{id: r.int(0), profile: chepiao.CryptoProfile(r.text(1)), epoch: r.int(2), seq: r.int(3), nextID: r.int(4), at: fromMicros(r.int(5)), hash: r.bytes(6)}
		}
		return nil
	})
	return free, err
}

func (s *Store) openLane() error {
	now := s.opt.Now().UTC().Truncate(time.Microsecond)
	highest := int64(0)
	err := s.writer.query("SELECT COALESCE(MAX(id), 0) FROM lane", nil, func(r rowOf) error { highest = r.int(0); return nil })
	if err != nil {
		return err
	}
	highest = max(highest, s.opt.No.FirstLane()-1)
	if highest >= s.opt.No.LastLane() {
		return fmt.Errorf("node %d has used all of its lanes", s.opt.No)
	}
	head := lane{id: highest + 1, profile: s.opt.Profile, epoch: 1, nextID: 1, at: now, hash: []byte{}}
	err = s.writer.one("INSERT INTO lane (id, node, profile, epoch, seq, next_id, at, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		head.id, s.opt.Node, string(head.profile), head.epoch, head.seq, head.nextID, micros(now), head.hash)
	if err != nil {
		return err
	}
	if err := s.enter(head); err != nil {
		return err
	}
	body, err := json.Marshal(chepiao.Event{Kind: chepiao.LaneOpened, Profile: s.opt.Profile})
	if err != nil {
		return err
	}
	if _, err := s.chain(s.writer, &head, now, []staged1{{chepiao.LaneOpened, fmt.Sprintf("lane %d", head.id), 1, now, body, nil}}); err != nil {
		return err
	}
	if err := s.writer.commit(); err != nil {
		return err
	}
	s.own(head)
	return nil
}

// chain appends entries to the journal and moves the lane's head. The head
// comes first: if it is not ours any more, ErrFenced says so before an entry
// collides with one of the new owner's.
func (s *Store) chain(c *conn, head *lane, now time.Time, events []staged1) ([]chepiao.Entry, error) {
	was := *head
	entries := make([]chepiao.Entry, len(events))
	for i, e := range events {
		head.seq++
		entries[i] = chepiao.Entry{Node: s.opt.Node, Lane: head.id, Seq: head.seq, At: e.at, Kind: e.kind, Aggregate: e.aggregate, Version: e.version, Body: e.body}
		head.hash = HashEntry(head.profile, head.hash, entries[i])
		entries[i].Hash = head.hash
	}
	head.at = now
	err := c.stage(ErrFenced, "UPDATE lane SET seq = $1, next_id = $2, at = $3, hash = $4 WHERE id = $5 AND epoch = $6 AND seq = $7",
		head.seq, head.nextID, micros(now), head.hash, head.id, head.epoch, was.seq)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		err := c.one("INSERT INTO journal (node, lane, seq, at, kind, aggregate, version, body, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
			e.Node, e.Lane, e.Seq, micros(e.At), string(e.Kind), e.Aggregate, e.Version, e.Body, e.Hash)
		if err != nil {
			return nil, err
		}
	}
	return entries, nil
}

// writeJournal stages the batch's entries and the head that the lane has then.
func (tx *Tx) writeJournal(c *conn) error {
	head := tx.was
	head.nextID = tx.head.nextID
	entries, err := tx.s.chain(c, &head, tx.Now, tx.events)
	tx.head = head
	if err != nil {
		return err
	}
	return tx.writeFeed(c, entries)
}

// HashEntry is the hash of an entry at its place: the hash of the previous one,
// then every field with its length before it, so that no two entries read the
// same. The algorithm is the profile's: SHA-256, or SM3 for sm2-sm3.
func HashEntry(profile chepiao.CryptoProfile, previous []byte, e chepiao.Entry) []byte {
	var h hash.Hash
	if profile == chepiao.ProfileSM2 {
		h = sm3.New()
	} else {
		h = sha256.New()
	}
	b := make([]byte, 0, 64+len(previous)+len(e.Node)+len(e.Kind)+len(e.Aggregate)+len(e.Body))
	for _, field := range [][]byte{previous, []byte(e.Node), []byte(e.Kind), []byte(e.Aggregate), e.Body} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(field)))
		b = append(b, field...)
	}
	for _, n := range []int64{e.Lane, e.Seq, e.At.UnixMicro(), e.Version} {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	h.Write(b)
	return h.Sum(nil)
}
