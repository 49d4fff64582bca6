//go:build !linux

package mailtest

import "syscall"

// attributes put the server into a process group of its own.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
