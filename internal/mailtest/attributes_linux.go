package mailtest

import "syscall"

// attributes put the server into a process group of its own, and end it when the test's process ends without cleaning up.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
