//go:build unix

package main

import "syscall"

// readSmall reads a file that fits into the buffer with three calls of the system: a folder of a hundred thousand
// messages is read mostly by such calls. Anything else is left to the ordinary way.
func readSmall(name string, buffer []byte) ([]byte, bool) {
	fd, err := syscall.Open(name, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, false
	}
	defer syscall.Close(fd)
	n, err := syscall.Read(fd, buffer)
	if err != nil || n == len(buffer) {
		return nil, false
	}
	return buffer[:n], true
}
