package files

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"

	"corridor.example/corridor/directory"
)

const ownJSON = "directory, JSON"

// jsonFile reads a JSON file value by value and knows the lines.
type jsonFile struct {
	f     *File
	lines *lines
	d     *json.Decoder
	dir   *directory.Directory
}

// lines passes bytes on and remembers where lines begin.
type lines struct {
	r      io.Reader
	n      int64
	starts []int64
}

func (l *lines) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	for i, c := range p[:n] {
		if c == '\n' {
			l.starts = append(l.starts, l.n+int64(i)+1)
		}
	}
	l.n += int64(n)
	return n, err
}

// at is the line and column of an offset, both from 1.
func (l *lines) at(offset int64) (line, column int) {
	line = sort.Search(len(l.starts), func(i int) bool { return l.starts[i] > offset })
	start := int64(0)
	if line > 0 {
		start = l.starts[line-1]
	}
	return line + 1, int(offset-start) + 1
}

func (f *File) readJSON(b *bufio.Reader, dir *directory.Directory) error {
	if start, err := b.Peek(len(byteOrderMark)); err == nil && string(start) == string(byteOrderMark) {
		_, _ = b.Discard(len(byteOrderMark))
	}
	l := &lines{r: b}
	j := &jsonFile{f, l, json.NewDecoder(l), dir}
	j.d.DisallowUnknownFields()
	t, err := j.d.Token()
	if err != nil {
		return j.error(0, err)
	}
	if t == json.Delim('[') {
		f.Kind = ownJSON
		err = j.elements(j.record)
	} else {
		err = j.object()
	}
	if err != nil {
		return err
	}
	if _, err := j.d.Token(); !errors.Is(err, io.EOF) {
		return j.fail("something follows the end of the document")
	}
	if f.Kind == "" {
		return j.fail(`there are no records in it: a directory has them in "changes", a LEI file in "records" or "relations"`)
	}
	return nil
}

func (j *jsonFile) fail(format string, args ...any) error {
	line, column := j.lines.at(j.d.InputOffset())
	return j.f.fail(line, column, format, args...)
}

// error gives a decoder's error its place; base is where the value began.
func (j *jsonFile) error(base int64, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	at := base
	switch {
	case errors.As(err, &syntax):
		at = max(syntax.Offset-1, 0)
	case errors.As(err, &kind):
		at = base + kind.Offset - 1
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		at, err = j.lines.n, errors.New("the file ends in the middle of a value: it was cut")
	}
	line, column := j.lines.at(max(at, 0))
	return j.f.fail(line, column, "%w", err)
}

// object reads the members of the outermost object.
func (j *jsonFile) object() error {
	for j.d.More() {
		key, err := j.d.Token()
		if err != nil {
			return j.error(j.d.InputOffset(), err)
		}
		if err := j.member(key.(string)); err != nil {
			return err
		}
	}
	_, err := j.d.Token()
	if err != nil {
		return j.error(j.d.InputOffset(), err)
	}
	return nil
}

func (j *jsonFile) member(key string) error {
	switch key {
	case "changes":
		return j.array(ownJSON, j.record)
	case "records":
		return j.array(leiEntitiesJSON, j.leiEntity)
	case "relations":
		return j.array(leiRelationsJSON, j.leiRelation)
	case "announce":
		return j.value(new(bool))
	case "form", "digest", "date", "position":
		var s string
		if err := j.value(&s); err != nil {
			return err
		}
		return j.head(key, s)
	case "version":
		return j.value(&j.f.Head.Version)
	}
	return j.fail("the field %q is not known: a directory has form, version, digest, date and changes", key)
}

func (j *jsonFile) head(key, s string) error {
	err := error(nil)
	switch key {
	case "form":
		err = checkForm(s)
	case "digest":
		err = setDigest(&j.f.Head.Digest, s)
	case "date":
		err = setDate(&j.f.Head.Date, s)
	case "position":
		err = setPosition(&j.f.Head.Position, s)
	}
	if err != nil {
		return j.fail("%s: %w", key, err)
	}
	return nil
}

func (j *jsonFile) value(to any) error {
	at := j.d.InputOffset()
	if err := j.d.Decode(to); err != nil {
		return j.error(at, err)
	}
	return nil
}

func (j *jsonFile) array(kind string, element func(at int64) error) error {
	if j.f.Kind != "" {
		return j.fail("the file has its records twice")
	}
	j.f.Kind = kind
	if t, err := j.d.Token(); err != nil || t != json.Delim('[') {
		return j.fail("the records stand in an array: [ … ]")
	}
	return j.elements(element)
}

// elements reads an array whose beginning was read.
func (j *jsonFile) elements(element func(at int64) error) error {
	for j.d.More() {
		if err := element(j.d.InputOffset()); err != nil {
			return err
		}
	}
	if _, err := j.d.Token(); err != nil {
		return j.error(j.d.InputOffset(), err)
	}
	return nil
}

// record reads one record. More has gone over what stands before it, so at is where it begins or the comma before it.
func (j *jsonFile) record(at int64) error {
	var raw json.RawMessage
	if err := j.d.Decode(&raw); err != nil {
		return j.error(at, err)
	}
	begin := j.d.InputOffset() - int64(len(raw))
	line, column := j.lines.at(begin)
	if len(raw) > MaxRecord {
		return j.f.fail(line, column, "the record has %d bytes, the limit is %d", len(raw), MaxRecord)
	}
	c, err := decodeChange(raw)
	if err != nil {
		return j.error(begin, fmt.Errorf("%w: give records as corridor directory export writes them", err))
	}
	return j.f.add(Record{c, line, column})
}

// WriteJSON writes a dated file, one record a line.
func WriteJSON(w io.Writer, d *directory.Directory, date directory.Date) error {
	b, h := bufio.NewWriterSize(w, 64<<10), headOf(d, date)
	fmt.Fprintf(b, `{"form":%q,"version":%d,"digest":"%v","date":%q,"position":"%v","changes":[`, directory.Form, h.Version, h.Digest, string(h.Date), h.Position)
	for i, c := range d.Records() {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
		b.Write(c.JSON())
	}
	b.WriteString("\n]}\n")
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write the directory as JSON: %w", err)
	}
	return nil
}
