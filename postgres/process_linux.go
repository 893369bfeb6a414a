package postgres

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// account is the user who runs the server when we ourselves are root.
type account struct{ uid, gid uint32 }

// runAs is nil for everybody but root, as whom PostgreSQL refuses to run.
func runAs() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("reading the numbers of user %s: %w", name, err)
		}
		return &account{uint32(uid), uint32(gid)}, nil
	}
	return nil, errors.New("root needs another user to run PostgreSQL as: there is no user postgres")
}

// own gives the folder to the account, and sees that the account can reach it.
func (a *account) own(folder string) error {
	if a == nil {
		return nil
	}
	if err := errors.Join(os.Chown(folder, int(a.uid), int(a.gid)), os.Chmod(folder, 0o755)); err != nil {
		return fmt.Errorf("giving the folder to PostgreSQL's user: %w", err)
	}
	for parent := filepath.Dir(folder); ; parent = filepath.Dir(parent) {
		info, err := os.Stat(parent)
		if err != nil {
			return fmt.Errorf("looking at %s: %w", parent, err)
		}
		if info.Mode().Perm()&0o001 == 0 {
			return fmt.Errorf("PostgreSQL's user cannot enter %s: use a folder below /tmp or /dev/shm", parent)
		}
		if parent == filepath.Dir(parent) {
			return nil
		}
	}
}

// apply makes a command run as the account.
func (a *account) apply(cmd *exec.Cmd) {
	if a != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: a.uid, Gid: a.gid}}
	}
}

// attach lets the server end (fast shutdown) when this process ends in whatever
// way, and keeps the terminal's Ctrl-C from it: whoever started it stops it.
func attach(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGINT
	cmd.SysProcAttr.Setpgid = true
}

// children lists the processes that pid started and that still are, by number.
func children(pid int) ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("listing processes: %w", err)
	}
	var list []int
	for _, e := range entries {
		child, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if state, parent := status(child); parent == pid && state != "Z" {
			list = append(list, child)
		}
	}
	slices.Sort(list)
	return list, nil
}

// alive says whether a process still runs; one that only waits to be counted as
// dead (a zombie) does not.
func alive(pid int) bool {
	state, _ := status(pid)
	return state != "" && state != "Z"
}

// status reads a process's state letter and its parent (proc(5)); "" and 0 when
// there is no such process.
func status(pid int) (state string, parent int) {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return "", 0
	}
	// The name, in brackets, may hold anything; what follows it may not.
	fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	if len(fields) < 2 {
		return "", 0
	}
	parent, _ = strconv.Atoi(fields[1])
	return fields[0], parent
}
