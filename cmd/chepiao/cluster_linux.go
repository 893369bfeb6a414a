package main

import (
	"os/exec"
	"syscall"
)

// apart keeps the terminal's Ctrl-C from a process that we stop in our own order,
// and lets it end when we do.
func apart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
