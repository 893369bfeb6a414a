package main

import (
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// clockLooks is how often a moved clock's file is read.
const clockLooks = 20 * time.Millisecond

// movedClock is a clock that is as far off as a file says ("-3.5s"), now and
// whenever the file changes: for attacks on a hub whose clock jumps. A file that
// cannot be read leaves the clock as it is. Without a file it is the machine's.
func movedClock(file string) func() time.Time {
	if file == "" {
		return time.Now
	}
	var off atomic.Int64
	look := func() {
		if text, err := os.ReadFile(file); err == nil {
			if d, err := time.ParseDuration(strings.TrimSpace(string(text))); err == nil {
				off.Store(int64(d))
			}
		}
	}
	look()
	go func() {
		for range time.Tick(clockLooks) {
			look()
		}
	}()
	return func() time.Time { return time.Now().Round(0).Add(time.Duration(off.Load())) }
}
