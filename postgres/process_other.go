//go:build !linux

package postgres

import (
	"errors"
	"os/exec"
)

// account is who runs the server: elsewhere than on Linux, nobody yet.
type account struct{}

var errLinux = errors.New("private PostgreSQL servers are started on Linux only")

func runAs() (*account, error)        { return nil, errLinux }
func (a *account) own(string) error   { return errLinux }
func (a *account) apply(*exec.Cmd)    {}
func attach(*exec.Cmd)                {}
func children(pid int) ([]int, error) { return nil, errLinux }
func alive(int) bool                  { return false }
