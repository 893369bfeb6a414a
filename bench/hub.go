package bench

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
	"syscall"
	"time"
)

// process is a hub running as a process of its own, this very program.
type process struct {
	cmd  *exec.Cmd
	url  string
	pid  int
	done chan error
}

// start runs this program with arguments and waits until it prints its address
// as a line of JSON.
func start(ctx context.Context, stderr *os.File, args ...string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, args...)
	cmd.Stderr = stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", args[0], err)
	}
	p := &process{cmd: cmd, pid: cmd.Process.Pid, done: make(chan error, 1)}
	line := make(chan string, 1)
	go func() {
		scan := bufio.NewScanner(out)
		if scan.Scan() {
			line <- scan.Text()
		}
		for scan.Scan() {
		}
		p.done <- cmd.Wait()
	}()
	select {
	case text := <-line:
		var said struct{ URL string }
		if err := json.Unmarshal([]byte(text), &said); err != nil {
			return nil, errors.Join(fmt.Errorf("%s said %q", args[0], text), p.kill())
		}
		p.url = said.URL
		return p, nil
	case err := <-p.done:
		return nil, fmt.Errorf("%s ended before it was ready: %w", args[0], err)
	case <-time.After(60 * time.Second):
		return nil, errors.Join(fmt.Errorf("%s was not ready in a minute", args[0]), p.kill())
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), p.kill())
	}
}

// kill ends the process as a power cut would.
func (p *process) kill() error {
	if err := p.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		return fmt.Errorf("killing: %w", err)
	}
	<-p.done
	return nil
}

// stop asks the process to finish and waits for it.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stopping: %w", err)
	}
	select {
	case err := <-p.done:
		return err
	case <-time.After(20 * time.Second):
		return errors.Join(errors.New("the process did not finish in 20 s"), p.kill())
	}
}

// freePort is a loopback port that nobody listens on just now.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return "127.0.0.1:" + strconv.Itoa(l.Addr().(*net.TCPAddr).Port), nil
}
