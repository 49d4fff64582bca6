package main

import (
	"bytes"
	"unicode/utf8"

	corridor "corridor.example/corridor"
	"corridor.example/corridor/mx"
)

// mxPlace follows the messages of a file, so that their faults have the lines and columns of the file, as an editor
// shows them, and not those of the message.
type mxPlace struct {
	file         []byte // what is left of it
	line, column int    // lines before the rest, characters before it in its line
}

// shift moves the faults of the file's next message, m, to their places in the file.
func (p *mxPlace) shift(m []byte, x mx.Result) mx.Result {
	if at := bytes.Index(p.file, m); at > 0 { // a binary prefix, or white space behind one
		p.pass(at)
	}
	for _, list := range [...][]corridor.Fault{x.Faults, x.Warnings} {
		for i := range list {
			if list[i].Line == 1 {
				list[i].Column += p.column
			}
			list[i].Line += p.line
		}
	}
	p.pass(min(len(m), len(p.file)))
	return x
}

// pass counts the lines of the next n octets.
func (p *mxPlace) pass(n int) {
	b := p.file[:n]
	p.file = p.file[n:]
	if i := bytes.LastIndexByte(b, '\n'); i >= 0 {
		p.line += bytes.Count(b, []byte("\n"))
		p.column = 0
		b = b[i+1:]
	}
	p.column += utf8.RuneCount(b)
}
