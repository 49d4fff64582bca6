//go:build !linux

package pgtest

import "syscall"

// attributes put a server into a process group of its own.
func attributes(owner *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: owner, Setpgid: true}
}
