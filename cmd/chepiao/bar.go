package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// bar is a progress bar on a terminal; elsewhere it is silent.
type bar struct {
	out   *os.File
	live  bool
	shown time.Time
	drawn bool
}

func newBar(out *os.File) *bar { return &bar{out: out, live: term.IsTerminal(int(out.Fd()))} }

// show draws how far a stage has come, at most ten times a second.
func (b *bar) show(stage string, done, total int64) {
	if !b.live || (time.Since(b.shown) < 100*time.Millisecond && done < total) {
		return
	}
	b.shown, b.drawn = time.Now(), true
	const width = 30
	full := 0
	if total > 0 {
		full = int(min(done, total) * width / total)
	}
	fmt.Fprintf(b.out, "\r\033[K%-22s [%s%s] %3d%%", stage, strings.Repeat("█", full), strings.Repeat("·", width-full), full*100/width)
}

// end clears the bar away.
func (b *bar) end() {
	if b.drawn {
		fmt.Fprint(b.out, "\r\033[K")
	}
}
