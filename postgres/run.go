package postgres

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

// How long to wait between two looks, and for processes to be gone.
const (
	lookEvery = 20 * time.Millisecond
	goneLooks = 500 // 10 s
)

// running is a server's first process, the postmaster.
type running struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// Start starts the server and returns when it answers; after a Kill that is
// when it has recovered. It runs on when ctx ends, and ends with this process.
func (s *Server) Start(ctx context.Context) error {
	if s.Running() {
		return fmt.Errorf("PostgreSQL in %s runs already", s.folder)
	}
	log, err := os.OpenFile(s.Log(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return fmt.Errorf("opening the log of PostgreSQL: %w", err)
	}
	defer log.Close()
	cmd := exec.Command(filepath.Join(s.bin, "postgres"), append([]string{"-D", s.data()}, s.settings()...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.folder, log, log
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	s.cred.apply(cmd)
	attach(cmd)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting PostgreSQL: %w", err)
	}
	r := &running{cmd: cmd, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // how it ended stands in its log
		close(r.done)
	}()
	s.run = r
	for {
		if s.answers(ctx) {
			return nil
		}
		select {
		case <-r.done:
			return fmt.Errorf("PostgreSQL in %s ended at once: %s", s.folder, s.said())
		case <-ctx.Done():
			return fmt.Errorf("waiting for PostgreSQL in %s: %w: %s", s.folder, ctx.Err(), s.said())
		case <-time.After(lookEvery):
		}
	}
}

// answers asks whether the server takes connections.
func (s *Server) answers(ctx context.Context) bool {
	_, err := s.program(ctx, "", "pg_isready", "-q", "-t", "2", "-h", "127.0.0.1", "-p", strconv.Itoa(s.port), "-d", "postgres")
	return err == nil
}

// Running says whether the server's first process is alive.
func (s *Server) Running() bool {
	if s.run == nil {
		return false
	}
	select {
	case <-s.run.done:
		return false
	default:
		return true
	}
}

// Stop ends the server as an operator would who is in a hurry: sessions are cut
// off, everything is written. A server that does not run is left alone.
func (s *Server) Stop(ctx context.Context) error {
	if !s.Running() {
		return nil
	}
	// SIGINT is PostgreSQL's fast shutdown.
	if err := s.run.cmd.Process.Signal(syscall.SIGINT); err != nil && s.Running() {
		return fmt.Errorf("stopping PostgreSQL: %w", err)
	}
	select {
	case <-s.run.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for PostgreSQL in %s to stop: %w: %s", s.folder, ctx.Err(), s.said())
	}
}

// Kill ends every process of the server at one moment, as a power cut does: none
// of them finishes what it was about to do. It returns when all are gone.
func (s *Server) Kill() error {
	if !s.Running() {
		return nil
	}
	first := s.run.cmd.Process
	// Stopped, it starts no further process; then its children, which are each a
	// process group of their own, are all there are.
	if err := first.Signal(syscall.SIGSTOP); err != nil && s.Running() {
		return fmt.Errorf("killing PostgreSQL: %w", err)
	}
	all, err := children(first.Pid)
	for _, pid := range all {
		_ = syscall.Kill(pid, syscall.SIGKILL) // gone already is as good
	}
	_ = first.Kill()
	<-s.run.done
	if err != nil {
		return err
	}
	for _, pid := range all {
		for look := 0; alive(pid); look++ {
			if look == goneLooks {
				return fmt.Errorf("process %d of PostgreSQL does not end", pid)
			}
			time.Sleep(lookEvery)
		}
	}
	return nil
}

// Processes lists the server's processes, the first one first; none when it
// does not run. For those who stop and continue them (SIGSTOP, SIGCONT).
func (s *Server) Processes() ([]int, error) {
	if !s.Running() {
		return nil, nil
	}
	all, err := children(s.run.cmd.Process.Pid)
	return append([]int{s.run.cmd.Process.Pid}, all...), err
}

// ports counts the ports this process has tried.
var ports atomic.Int32

// freePort finds a port that nobody listens on now, below those that the system
// gives to outgoing connections: a server that was killed must find its port
// free again, however busy its clients are.
func freePort() (int, error) {
	const lowest, count = 16000, 16000
	for range count {
		port := lowest + (os.Getpid()*37+int(ports.Add(1)))%count
		l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			return 0, fmt.Errorf("trying a port for PostgreSQL: %w", err)
		}
		return port, nil
	}
	return 0, fmt.Errorf("no port from %d on is free for PostgreSQL", lowest)
}
