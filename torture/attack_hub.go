package torture

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Attacks on one hub with its file.

// killHub kills the hub again and again at moments of chance.
func killHub(ctx context.Context, s *scene) error {
	if err := s.begin(ctx, 1); err != nil {
		return err
	}
	return s.crowd(ctx, func() error {
		for end := time.Now().Add(s.Span); time.Now().Before(end); {
			if err := doze(ctx, s.between(300*time.Millisecond, 2500*time.Millisecond)); err != nil {
				return err
			}
			if err := s.killAndStart(ctx, s.hubs[0], s.between(0, 500*time.Millisecond)); err != nil {
				return err
			}
		}
		return doze(ctx, time.Second)
	})
}

func (s *scene) killAndStart(ctx context.Context, h *hub, away time.Duration) error {
	s.note("kill -9 of hub %d", h.no)
	if err := h.kill(); err != nil {
		return err
	}
	if err := doze(ctx, away); err != nil {
		return err
	}
	return s.start(ctx, h)
}

// fullDisk lets a small disk fill up with somebody else's file, and makes room
// again after a while. The hub must say that it cannot, lose nothing and go on.
func fullDisk(ctx context.Context, s *scene) error {
	if err := s.mount(s.data, "-t", "tmpfs", "-o", "size=48m", "none"); err != nil {
		return err
	}
	if err := s.begin(ctx, 1); err != nil {
		return err
	}
	ballast := filepath.Join(s.data, "ballast")
	return s.crowd(ctx, func() error {
		for end := time.Now().Add(s.Span); time.Now().Before(end); {
			if err := doze(ctx, s.between(time.Second, 2*time.Second)); err != nil {
				return err
			}
			if err := fillUp(ballast); err != nil {
				return err
			}
			s.note("the disk is full")
			if err := doze(ctx, s.between(500*time.Millisecond, 2500*time.Millisecond)); err != nil {
				return err
			}
			if err := os.Remove(ballast); err != nil {
				return fmt.Errorf("making room: %w", err)
			}
			s.note("there is room again")
			if !s.hubs[0].running() {
				s.failf("the hub died of a full disk")
				return nil
			}
		}
		return doze(ctx, 2*time.Second)
	})
}

// mount puts a disk of its own under a folder.
func (s *scene) mount(folder string, args ...string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("making a folder for a disk: %w", err)
	}
	if out, err := exec.Command("mount", append(args, folder)...).CombinedOutput(); err != nil {
		return fmt.Errorf("mounting a disk of its own: %w: %s", err, out)
	}
	s.cleanups = append(s.cleanups, func() error {
		for try := 0; ; try++ { // the last process may still be letting go
			out, err := exec.Command("umount", folder).CombinedOutput()
			if err == nil {
				return nil
			}
			if try == 20 {
				return fmt.Errorf("unmounting: %w: %s", err, out)
			}
			time.Sleep(100 * time.Millisecond)
		}
	})
	return nil
}

// fillUp writes until the disk takes no more.
func fillUp(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("filling the disk: %w", err)
	}
	defer f.Close()
	for block := make([]byte, 1<<20); len(block) >= 1<<10; {
		if _, err := f.Write(block); err != nil {
			block = block[:len(block)/2]
		}
	}
	return nil
}

// frozenDisk freezes the file system: writes and syncs neither fail nor return.
// Clients must be answered within the request's deadline all the same.
func frozenDisk(ctx context.Context, s *scene) error {
	image := filepath.Join(s.folder, "disk.img")
	for _, step := range [][]string{{"truncate", "-s", "256M", image}, {"mkfs.ext4", "-q", "-F", image}} {
		if out, err := exec.Command(step[0], step[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("making a disk: %s: %w: %s", step[0], err, out)
		}
	}
	if err := s.mount(s.data, "-o", "loop", image); err != nil {
		return err
	}
	if err := s.begin(ctx, 1); err != nil {
		return err
	}
	s.patience = deadlineMax + 5*time.Second // to hear what the hub says, and not be impatient
	return s.crowd(ctx, func() error {
		if err := doze(ctx, 2*time.Second); err != nil {
			return err
		}
		frozen := s.between(deadlineMax+time.Second, deadlineMax+4*time.Second)
		if err := s.frozen(ctx, frozen); err != nil {
			return err
		}
		return doze(ctx, max(s.Span-frozen, 3*time.Second))
	})
}

func (s *scene) frozen(ctx context.Context, d time.Duration) error {
	freeze := func(flag string) error {
		if out, err := exec.Command("fsfreeze", flag, s.data).CombinedOutput(); err != nil {
			return fmt.Errorf("fsfreeze %s: %w: %s", flag, err, out)
		}
		return nil
	}
	if err := freeze("--freeze"); err != nil {
		return err
	}
	s.note("the disk stands still")
	method, path := releasing()
	s.flood(ctx, s.hubs[0], d, method, path)
	err := ctx.Err()
	if thaw := freeze("--unfreeze"); thaw != nil {
		return thaw
	}
	s.note("the disk moves again")
	return err
}

// noMemory takes the hub's memory away under load: the next time it wants more,
// the system says no and the hub dies. Then it is started again, as a service
// manager would.
func noMemory(ctx context.Context, s *scene) error {
	if err := s.begin(ctx, 1); err != nil {
		return err
	}
	h := s.hubs[0]
	return s.crowd(ctx, func() error {
		died := 0
		for end := time.Now().Add(s.Span); time.Now().Before(end); {
			if err := doze(ctx, s.between(time.Second, 2*time.Second)); err != nil {
				return err
			}
			limit := h.memory("VmSize")
			if limit == 0 {
				return fmt.Errorf("the memory of hub %d cannot be read: this attack needs /proc", h.no)
			}
			out, err := exec.Command("prlimit", "--pid", strconv.FormatInt(h.pid.Load(), 10), "--as="+strconv.FormatInt(limit, 10)).CombinedOutput()
			if err != nil && h.running() {
				return fmt.Errorf("limiting memory: %w: %s", err, out)
			}
			s.note("no more memory for the hub than %d MB of addresses", limit>>20)
			method, path := s.searching()
			s.flood(ctx, h, 3*time.Second, method, path)
			if !h.running() {
				died++
				s.note("the hub died of it")
			}
			if err := h.kill(); err != nil {
				return err
			}
			if err := s.start(ctx, h); err != nil {
				return err
			}
		}
		if died == 0 {
			s.note("the hub never died: what it had was enough")
		}
		return doze(ctx, time.Second)
	})
}

// floodOf is how many connections a flood has.
const floodOf = 400

// searching and releasing are what a flood asks for: long answers, or a verb that
// waits for the writer and does nothing, as there is no such order.
func (s *scene) searching() (method, path string) {
	return "GET", "/api/v1/departures?from=" + s.stops[0] + "&to=" + s.stops[legs] + "&limit=100"
}

func releasing() (method, path string) { return "POST", "/api/v1/orders/OD10000000018/release" }

// flood asks the same from many connections at once, until the hub dies or time
// is up.
func (s *scene) flood(ctx context.Context, h *hub, d time.Duration, method, path string) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	var wg sync.WaitGroup
	for range floodOf {
		wg.Go(func() {
			w := newWire([]string{h.address}, 1)
			for ctx.Err() == nil {
				if said := w.send(ctx, 0, method, path, uuid.NewString(), nil); said.body == nil {
					_ = doze(ctx, 50*time.Millisecond) // as clients do that were turned away
				}
			}
			w.http.CloseIdleConnections()
		})
	}
	select {
	case <-ctx.Done():
	case <-h.ended:
	}
	cancel()
	wg.Wait()
}

// clockJump is how far the hub's clock jumps.
const clockJump = 40 * time.Second

// clockJumps moves the hub's clock forth and back while it sells, but never to
// before the node was made, when there were no rules. Holds may then end early or
// late by as much as it jumps; nothing else may change.
func clockJumps(ctx context.Context, s *scene) error {
	file := filepath.Join(s.folder, "clock")
	if err := os.WriteFile(file, []byte("0s"), 0o600); err != nil {
		return fmt.Errorf("writing the hub's clock: %w", err)
	}
	if err := s.begin(ctx, 1, "--clock-file", file); err != nil {
		return err
	}
	return s.crowd(ctx, func() error {
		for end := time.Now().Add(s.Span); time.Now().Before(end); {
			if err := doze(ctx, s.between(500*time.Millisecond, 2*time.Second)); err != nil {
				return err
			}
			by := s.between(0, clockJump)
			s.note("the hub's clock is %s off", by.Round(time.Millisecond))
			if err := os.WriteFile(file, []byte(by.String()), 0o600); err != nil {
				return fmt.Errorf("writing the hub's clock: %w", err)
			}
			if s.chance.IntN(3) == 0 {
				if err := s.killAndStart(ctx, s.hubs[0], 0); err != nil {
					return err
				}
			}
		}
		if err := os.WriteFile(file, []byte("0s"), 0o600); err != nil {
			return fmt.Errorf("writing the hub's clock: %w", err)
		}
		return doze(ctx, time.Second)
	})
}
