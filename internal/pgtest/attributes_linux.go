package pgtest

import "syscall"

// attributes put a server into a process group of its own, and end it when the test's process ends without cleaning up.
func attributes(owner *syscall.Credential) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: owner, Setpgid: true, Pdeathsig: syscall.SIGQUIT}
}
