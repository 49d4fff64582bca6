package files

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"corridor.example/corridor/directory"
)

// section reads the rows under one line of column names.
type section struct {
	columns []string // as the file names them
	row     func(f *File, r *row) error
}

// row is one line of cells under its columns.
type row struct {
	cells []string
	at    func(i int) (line, column int)
}

func (r *row) place() (line, column int) { return r.at(0) }

// readCSV reads sections until the end; the first line of column names says whose file it is.
func (f *File) readCSV(b *bufio.Reader, d *directory.Directory) error {
	if start, err := b.Peek(len(byteOrderMark)); err == nil && string(start) == string(byteOrderMark) {
		_, _ = b.Discard(len(byteOrderMark))
	}
	in := csv.NewReader(b)
	in.FieldsPerRecord = -1
	var now *section
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return f.csvError(err)
		}
		r := &row{cells, in.FieldPos}
		if now, err = f.readRow(now, r, d); err != nil {
			return err
		}
	}
	if now == nil {
		return f.fail(1, 1, "there are no records in it")
	}
	return nil
}

// readRow reads a line of column names, which begins a section, or a record of the section.
func (f *File) readRow(now *section, r *row, d *directory.Directory) (*section, error) {
	if i := slices.IndexFunc(r.cells, func(c string) bool { return len(c) > MaxCell }); i >= 0 {
		line, column := r.at(i)
		return nil, f.fail(line, column, "the cell has %d bytes, the limit is %d", len(r.cells[i]), MaxCell)
	}
	if s, err := f.newSection(r, d, now); s != nil || err != nil {
		return s, err
	}
	line, column := r.place()
	switch {
	case now == nil:
		return nil, f.fail(line, column, "the first line names no columns that are known: begin with one of entity, bic, owner, or give a LEI file as it was published")
	case len(r.cells) > len(now.columns):
		line, column = r.at(len(now.columns))
		return nil, f.fail(line, column, "there are %d cells under %d columns: a cell with a comma stands in double quotes", len(r.cells), len(now.columns))
	}
	return now, now.row(f, r)
}

func (f *File) csvError(err error) error {
	var p *csv.ParseError
	if errors.As(err, &p) {
		return f.fail(p.Line, p.Column, "%w: a cell with a comma, a double quote or a line end stands in double quotes, a double quote in it is written twice", p.Err)
	}
	return &Error{File: f.Name, Err: err}
}

// newSection is the section that a line of column names begins, or nil where the line is none.
func (f *File) newSection(r *row, d *directory.Directory, now *section) (*section, error) {
	if now == nil {
		if s := f.leiSection(r, d); s != nil {
			return s, nil
		}
	} else if f.Kind != ownCSV {
		return nil, nil
	}
	s, err := ownSection(f, r)
	if s != nil {
		f.Kind = ownCSV
	}
	return s, err
}

const ownCSV = "directory, CSV"

func ownSection(f *File, r *row) (*section, error) {
	switch r.cells[0] {
	case "directory":
		return sectionOf(f, r, headColumns(), func(f *File, _ *row, h *Head) error { f.Head = *h; return nil })
	case "entity":
		return sectionOf(f, r, entityColumns(), func(f *File, r *row, x *directory.Entity) error {
			return f.addAt(r, directory.Change{Entity: x})
		})
	case "bic":
		return sectionOf(f, r, officeColumns(), func(f *File, r *row, x *directory.Office) error {
			return f.addAt(r, directory.Change{Office: x})
		})
	case "owner":
		return sectionOf(f, r, ownershipColumns(), func(f *File, r *row, x *directory.Ownership) error {
			return f.addAt(r, directory.Change{Ownership: x})
		})
	case "standing":
		return sectionOf(f, r, standingColumns(), func(f *File, r *row, x *directory.Standing) error {
			return f.addAt(r, directory.Change{Standing: x})
		})
	}
	return nil, nil
}

func (f *File) addAt(r *row, c directory.Change) error {
	line, column := r.place()
	return f.add(Record{c, line, column})
}

// sectionOf reads records of one kind: every named column is one of the kind's, each once.
func sectionOf[T any](f *File, head *row, known []column[T], take func(*File, *row, *T) error) (*section, error) {
	var used []column[T]
	for i, name := range head.cells {
		at := slices.IndexFunc(known, func(c column[T]) bool { return c.name == name })
		if line, column := head.at(i); at < 0 || slices.Contains(head.cells[:i], name) {
			return nil, f.fail(line, column, "the column %q is not known here or stands twice: the columns are %s", name, columnNames(known))
		}
		used = append(used, known[at])
	}
	return &section{head.cells, func(f *File, r *row) error {
		x := new(T)
		for i, c := range known { // what is not named is as if empty
			if !slices.Contains(head.cells, c.name) && i > 0 {
				_ = c.set(x, "")
			}
		}
		for i, c := range used {
			cell := ""
			if i < len(r.cells) {
				cell = r.cells[i]
			}
			if err := c.set(x, cell); err != nil {
				line, column := r.at(min(i, len(r.cells)-1))
				return f.fail(line, column, "%s: %w", c.name, err)
			}
		}
		return take(f, r, x)
	}}, nil
}

func columnNames[T any](all []column[T]) string {
	var names []string
	for _, c := range all {
		names = append(names, c.name)
	}
	return strings.Join(names, ", ")
}

func headOf(d *directory.Directory, date directory.Date) *Head {
	at, _ := d.Changed()
	return &Head{d.Version(), d.Digest(), date, at}
}

// WriteCSV writes a dated file.
func WriteCSV(w io.Writer, d *directory.Directory, date directory.Date) error {
	out := csv.NewWriter(w)
	writeSection(out, headColumns(), []*Head{headOf(d, date)})
	var entities []*directory.Entity
	var offices []*directory.Office
	var ownerships []*directory.Ownership
	var standings []*directory.Standing
	for _, c := range d.Records() {
		switch {
		case c.Entity != nil:
			entities = append(entities, c.Entity)
		case c.Office != nil:
			offices = append(offices, c.Office)
		case c.Ownership != nil:
			ownerships = append(ownerships, c.Ownership)
		default:
			standings = append(standings, c.Standing)
		}
	}
	writeSection(out, entityColumns(), entities)
	writeSection(out, officeColumns(), offices)
	writeSection(out, ownershipColumns(), ownerships)
	writeSection(out, standingColumns(), standings)
	if out.Flush(); out.Error() != nil {
		return fmt.Errorf("write the directory as CSV: %w", out.Error())
	}
	return nil
}

// writeSection writes what is there; the writer keeps the first error.
func writeSection[T any](out *csv.Writer, columns []column[T], all []*T) {
	if len(all) == 0 {
		return
	}
	cells := make([]string, len(columns))
	for i, c := range columns {
		cells[i] = c.name
	}
	_ = out.Write(cells)
	for _, x := range all {
		for i, c := range columns {
			cells[i] = c.get(x)
		}
		_ = out.Write(cells)
	}
}
