package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"chepiao/office"
)

// practices are the folders in which clerks practise. They go when the program ends.
type practices struct {
	mu   sync.Mutex
	ends []func()
}

// openPractice opens an office to practise in, in a folder of its own among the
// machine's temporary ones, never beside the data.
func (n *node) openPractice(ctx context.Context) (*office.Office, func(), error) {
	folder, err := os.MkdirTemp("", "chepiao-practice-")
	if err != nil {
		return nil, nil, fmt.Errorf("making a folder for practice: %w", err)
	}
	own, closed, err := n.office.Practice(ctx, filepath.Join(folder, "practice.db"), time.Now, rand.Reader)
	if err != nil {
		os.RemoveAll(folder)
		return nil, nil, err
	}
	end := sync.OnceFunc(func() {
		if err := closed(); err != nil {
			n.log.Warn("closing a practice", "error", err)
		}
		os.RemoveAll(folder)
	})
	n.practices.mu.Lock()
	defer n.practices.mu.Unlock()
	n.practices.ends = append(n.practices.ends, end)
	return own, end, nil
}

// end throws every practice away.
func (p *practices) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, end := range p.ends {
		end()
	}
}
