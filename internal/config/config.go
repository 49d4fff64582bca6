// Package config loads a role's configuration: one commented TOML file, strictly, with overrides from the environment and
// the command line. It knows no role; a role gives a struct with its defaults and a Check of every value.
//
// Precedence, weakest first: the struct as given, the file, CORRIDOR_<ROLE>_<KEY> in the environment, flags. All problems
// are reported together, each with file and line, the key, and what to do. Relative paths (type Path) count from the
// file's folder. Nothing is opened and nothing is written while loading.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/BurntSushi/toml"
)

// MaxFile bounds what is read as a configuration: a file of every comment and a thousand terminals stays below it.
const MaxFile = 1 << 20

// Checked is a role's configuration: a pointer to a struct with toml tags, filled with the defaults.
type Checked interface {
	// Check reports every bad value. Keys are as in the file: "listen", "store.path", "terminal[0].lt".
	Check(r *Report)
}

// Overrides come over the file. Keys of Flags are those of the file, in lower case, nested ones with a dot.
type Overrides struct {
	Environ []string // as os.Environ gives it
	Flags   map[string]string
}

// Problem is one thing that has to be mended before the role can start.
type Problem struct {
	File   string // or the environment variable, or the flag that the value came from
	Line   int    // 0 when the key does not stand in the file
	Key    string
	Text   string
	Remedy string
}

func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	if p.Key != "" {
		fmt.Fprintf(&b, ": %s", p.Key)
	}
	fmt.Fprintf(&b, ": %s", p.Text)
	if p.Remedy != "" {
		fmt.Fprintf(&b, "; %s", p.Remedy)
	}
	return b.String()
}

// Problems are all that was found wrong.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].Error()
	}
	return strings.Join(lines, "\n")
}

// Report collects problems while a configuration is checked.
type Report struct {
	file     string
	lines    map[string]int
	origin   map[string]string
	problems Problems
}

// Problem reports a bad or missing value by its key.
func (r *Report) Problem(key, text, remedy string) {
	p := Problem{File: r.file, Line: r.lines[key], Key: key, Text: text, Remedy: remedy}
	if from, ok := r.origin[key]; ok {
		p.File, p.Line = from, 0
	}
	r.problems = append(r.problems, p)
}

// Check is Problem for a value whose parser gave err; nil reports nothing.
func (r *Report) Check(key string, err error, remedy string) {
	if err != nil {
		r.Problem(key, err.Error(), remedy)
	}
}

// Need reports an empty value; it tells whether there was one.
func (r *Report) Need(key, value, remedy string) bool {
	if value == "" {
		r.Problem(key, "is missing", remedy)
	}
	return value != ""
}

// Load reads the role's file at path over the defaults in c, then the overrides, then checks all of it.
// The error is Problems where the configuration is at fault.
func Load(role, path string, c Checked, o Overrides) error {
	text, err := read(role, path)
	if err != nil {
		return err
	}
	r := &Report{file: path, lines: keyLines(text), origin: map[string]string{}}
	meta, err := toml.Decode(text, c)
	if err != nil {
		return decodeProblem(path, err)
	}
	known := knownKeys(c)
	for _, k := range meta.Undecoded() {
		r.unknown(k.String(), known)
	}
	if len(r.problems) > 0 {
		return r.problems
	}
	r.override(role, c, o, known)
	resolvePaths(c, filepath.Dir(path))
	c.Check(r)
	if len(r.problems) > 0 {
		return r.problems
	}
	return nil
}

func read(role, path string) (string, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("there is no configuration at %s: \"corridor %s init\" writes one; or say where yours is", path, role)
	}
	if err != nil {
		return "", fmt.Errorf("configuration: %w", err)
	}
	if info.Size() > MaxFile {
		return "", Problems{{File: path, Text: fmt.Sprintf("has %d bytes, the limit is %d", info.Size(), MaxFile), Remedy: "this is not a configuration file"}}
	}
	b, err := os.ReadFile(path)
	return string(b), err
}

func decodeProblem(path string, err error) error {
	var p toml.ParseError
	if !errors.As(err, &p) {
		return Problems{{File: path, Text: strings.TrimPrefix(err.Error(), "toml: "), Remedy: "mend the value"}}
	}
	text := p.Message
	if text == "" {
		text = strings.TrimPrefix(p.Error(), "toml: ")
	}
	return Problems{{File: path, Line: p.Position.Line, Key: p.LastKey, Text: text, Remedy: "mend the line; strings stand in \"quotes\""}}
}

func (r *Report) unknown(key string, known []string) {
	remedy := "remove it"
	if near := nearest(key, known); near != "" {
		remedy = fmt.Sprintf("did you mean %q?", near)
	}
	line := r.lines[key]
	if line == 0 { // inside an array of tables: the first that has it
		line = firstLine(r.lines, key)
	}
	r.problems = append(r.problems, Problem{File: r.file, Line: line, Key: key, Text: "this key is not known", Remedy: remedy})
}

// Write puts a commented configuration at path, readable by its owner only. It never overwrites.
func Write(path, template string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists and is not overwritten: move it away or name another file", path)
	}
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	if _, err = f.WriteString(template); err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
