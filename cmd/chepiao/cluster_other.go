//go:build !linux

package main

import "os/exec"

// apart does nothing: the practice cluster runs on Linux only.
func apart(*exec.Cmd) {}
