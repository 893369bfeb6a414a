package torture

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// hub is one hub process of this very program, at an address that it keeps when
// it is started again.
type hub struct {
	no      int
	address string
	args    []string
	env     []string
	log     *os.File

	cmd   *exec.Cmd
	ended chan struct{} // closed when the process has ended
	pid   atomic.Int64  // 0: not running
	most  atomic.Int64  // resident memory seen, bytes
}

// start runs the hub and waits until it prints its address.
func (h *hub) start(ctx context.Context, program string) error {
	cmd := exec.Command(program, h.args...)
	cmd.Env = append(os.Environ(), h.env...)
	cmd.Stderr = h.log
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting hub %d: %w", h.no, err)
	}
	h.cmd, h.ended = cmd, make(chan struct{})
	h.pid.Store(int64(cmd.Process.Pid))
	ready := make(chan error, 1)
	go func(ended chan struct{}) {
		scan := bufio.NewScanner(out)
		if scan.Scan() {
			var said struct{ URL string }
			ready <- json.Unmarshal(scan.Bytes(), &said)
		}
		for scan.Scan() {
		}
		_ = cmd.Wait() // how a killed process ended is no news
		h.pid.Store(0)
		ready <- errors.New("it ended before it was ready")
		close(ended)
	}(h.ended)
	select {
	case err = <-ready:
	case <-time.After(readyMax):
		err = errors.New("it was not ready in time")
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("starting hub %d: %w", h.no, err), h.kill())
	}
	return nil
}

// readyMax bounds how long a hub may take to be ready.
const readyMax = 60 * time.Second

func (h *hub) running() bool {
	if h.cmd == nil {
		return false
	}
	select {
	case <-h.ended:
		return false
	default:
		return true
	}
}

// kill ends the process as a power cut would.
func (h *hub) kill() error {
	if !h.running() {
		return nil
	}
	if err := h.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("killing hub %d: %w", h.no, err)
	}
	<-h.ended
	return nil
}

// stop asks the process to finish and waits for it.
func (h *hub) stop() error {
	if !h.running() {
		return nil
	}
	if err := h.signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-h.ended:
		return nil
	case <-time.After(20 * time.Second):
		return errors.Join(fmt.Errorf("hub %d did not finish in 20 s", h.no), h.kill())
	}
}

func (h *hub) signal(s syscall.Signal) error {
	if err := h.cmd.Process.Signal(s); err != nil {
		return fmt.Errorf("signal to hub %d: %w", h.no, err)
	}
	return nil
}

// memory reads a line of /proc/PID/status in bytes; 0 where there is none.
func (h *hub) memory(line string) int64 {
	b, err := os.ReadFile("/proc/" + strconv.FormatInt(h.pid.Load(), 10) + "/status")
	if err != nil {
		return 0
	}
	for _, l := range strings.Split(string(b), "\n") {
		if f := strings.Fields(l); len(f) == 3 && f[0] == line+":" {
			n, _ := strconv.ParseInt(f[1], 10, 64)
			return n << 10
		}
	}
	return 0
}

// weigh remembers the most memory the hub was seen with.
func (h *hub) weigh() { h.most.Store(max(h.most.Load(), h.memory("VmRSS"))) }

// freePort is a loopback address that nobody listens on just now.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("finding a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}
