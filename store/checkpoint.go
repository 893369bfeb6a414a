package store

import (
	"fmt"
	"time"
)

// Moving what the log has gathered into the database file (a checkpoint) costs
// tens of milliseconds. A goroutine with a connection of its own does it beside
// the writer, so that no batch waits for it. Since the writer goes on meanwhile,
// the log is never quite empty and would grow for ever; when it has grown to
// logFramesMax the writer itself moves the small rest, and begins it anew.
const (
	logFramesMax    = 16_000 // pages of 8 KiB: about 130 MB
	checkpointEvery = 200 * time.Millisecond
)

// checkpointer runs until the writer stops.
func (s *Store) checkpointer(c *conn) {
	defer close(s.moved)
	defer c.close()
	tick := time.NewTicker(checkpointEvery)
	defer tick.Stop()
	for seen := int64(0); ; {
		select {
		case <-s.stopped:
			return
		case <-tick.C:
		}
		if now := s.Stats().Batches; now != seen {
			seen = now
			if frames, err := c.checkpoint(); err == nil && frames > logFramesMax {
				s.logFull.Store(true)
			}
			// An error here loses nothing: the log keeps what is not moved yet,
			// and the writer meets the same trouble where it can be told.
		}
	}
}

// relieve lets the writer empty a log that has grown too long. If the disk
// fails, the log stays as it is and the next commit says so.
func (s *Store) relieve() {
	if s.logFull.Load() {
		if _, err := s.writer.checkpoint(); err == nil {
			s.logFull.Store(false)
		}
	}
}

// checkpoint moves what it can without waiting for anybody and says how many
// pages the log holds.
func (c *conn) checkpoint() (frames int64, err error) {
	err = c.query("PRAGMA wal_checkpoint(PASSIVE)", nil, func(r rowOf) error {
		frames = r.int(1)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("moving the log: %w", err)
	}
	return frames, nil
}
