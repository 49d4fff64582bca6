package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"corridor.example/corridor/pki"
	"golang.org/x/term"
)

// lockOf is what locks or opens keys: a file, nothing where plain keys were asked for, or else a passphrase typed on the
// terminal, twice where it is new.
func lockOf(io streams, file string, plain bool, what string, isNew bool) (pki.Passphrase, error) {
	switch {
	case plain:
		return pki.Unencrypted(), nil
	case file != "":
		return pki.PassphraseFile(file)
	}
	in, ok := io.In.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return pki.Passphrase{}, fmt.Errorf("the %s is needed and there is no terminal to ask on: name its file, or allow plain keys in a laboratory", what)
	}
	text, err := ask(io, in, what)
	if err != nil || !isNew {
		return pki.PassphraseText(text), err
	}
	again, err := ask(io, in, "the same again")
	if err == nil && again != text {
		err = errors.New("the two passphrases differ: start again")
	}
	return pki.PassphraseText(text), err
}

func ask(io streams, in *os.File, what string) (string, error) {
	fmt.Fprintf(io.Err, "%s: ", what)
	b, err := term.ReadPassword(int(in.Fd()))
	fmt.Fprintln(io.Err)
	if err == nil && len(b) == 0 {
		err = errors.New("an empty passphrase protects nothing")
	}
	return string(b), err
}

// readFileUpTo reads a file of at most a number of bytes.
func readFileUpTo(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("%s has more than %d bytes: it is another kind of file", path, most)
	}
	return b, err
}
