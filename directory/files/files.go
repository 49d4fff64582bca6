// Package files reads and writes the directory's dated files, and reads what others publish of legal entities: the LEI system's
// lists of entities and of who consolidates whom. It turns a file into the changes that a directory lacks, cut into
// bodies of acts that officers can sign.
//
// Its own form is the list of records (package directory, Change) with a head: version, digest, date. As JSON it has one
// record a line; as CSV one section a kind, each with a line of column names. What is written is read back the same.
//
// It signs nothing and knows no network: whoever takes a file checks its digest against the hub's.
package files

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
)

// Head is what a dated file says of itself. A file that a person wrote may have none.
type Head struct {
	Version  uint64
	Digest   corridor.Digest
	Date     directory.Date
	Position corridor.Position // in the journal, of the last change that is in it
}

// Record is a record of a file, with the place it stands at.
type Record struct {
	directory.Change
	Line, Column int
}

// File is what was read.
type File struct {
	Name    string
	Kind    string // what it was taken for
	Head    Head
	Records []Record
	Skipped map[string]int // by reason, records of another's file that the directory has no place for
}

// Error is what is wrong with a file, where, and what to do.
type Error struct {
	File         string
	Line, Column int
	Err          error
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %v", e.File, e.Err)
	}
	return fmt.Sprintf("%s:%d:%d: %v", e.File, e.Line, e.Column, e.Err)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Read reads a file of any kind that it knows by its first bytes. Others' files are read for those entities that d has, or that
// the file itself brings.
func Read(r io.Reader, name string, d *directory.Directory) (*File, error) {
	in := &counted{r: r}
	b := bufio.NewReaderSize(in, 64<<10)
	start, err := b.Peek(32 << 10)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, &Error{File: name, Err: err}
	}
	f := &File{Name: name, Skipped: map[string]int{}}
	switch text := bytes.TrimSpace(bytes.TrimPrefix(start, byteOrderMark)); {
	case len(text) == 0:
		return nil, &Error{File: name, Err: errors.New("the file is empty")}
	case text[0] == '{' || text[0] == '[':
		err = f.readJSON(b, d)
	default:
		err = f.readCSV(b, d)
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

var byteOrderMark = []byte("\xEF\xBB\xBF")

// counted ends with an error where a file goes beyond the limit.
type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.n += int64(n); c.n > MaxFile {
		return 0, fmt.Errorf("the file has more than %d bytes: it is another kind of file, or is to be given in parts", int64(MaxFile))
	}
	return n, err
}

func (f *File) fail(line, column int, format string, args ...any) error {
	return &Error{File: f.Name, Line: line, Column: column, Err: fmt.Errorf(format, args...)}
}

func (f *File) add(r Record) error {
	if len(f.Records) == MaxRecords {
		return f.fail(r.Line, r.Column, "more than %d records: a directory holds no more", MaxRecords)
	}
	f.Records = append(f.Records, r)
	return nil
}

// Changes are the records without their places.
func (f *File) Changes() []directory.Change {
	all := make([]directory.Change, len(f.Records))
	for i := range f.Records {
		all[i] = f.Records[i].Change
	}
	return all
}

// Directory is the directory that a dated file holds. Where the file has a head its records must have the digest that it says.
func (f *File) Directory() (*directory.Directory, error) {
	d, fault := directory.Load(f.Head.Version, f.Changes())
	if fault != nil {
		return nil, f.faultAt(fault, f.Records)
	}
	d.StartAt(f.Head.Position)
	if !f.Head.Digest.IsZero() && f.Head.Digest != d.Digest() {
		return nil, f.fail(0, 0, "its records have the digest %v and its head says %v: it was altered or cut, fetch it anew", d.Digest(), f.Head.Digest)
	}
	return d, nil
}

// faultAt is a fault with the place of the record that it names.
func (f *File) faultAt(fault *corridor.Fault, records []Record) error {
	var i int
	if n, err := fmt.Sscanf(fault.Path, "changes[%d]", &i); n != 1 || err != nil || i >= len(records) {
		return f.fail(0, 0, "%w", fault)
	}
	return f.fail(records[i].Line, records[i].Column, "%w", fault)
}
