package mx

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	corridor "corridor.example/corridor"
)

// The schema tables, one line a type or message. docs/mx-schema.md describes the form; in short:
//
//	text NAME BASE [MIN..MAX] [TOTAL.FRACTION] [>=N] [/PATTERN]   a simple type
//	code NAME CODE…                                               an enumeration
//	value NAME TEXT @ATTR:TEXT…                                   text with attributes
//	seq NAME CHILD:TYPE[?|*|+|{m,n}]…  or  ( A:T B:T )[?]         elements in order; a choice in brackets
//	choice NAME CHILD:TYPE…                                       exactly one of
//	any NAME NAMESPACE MIN..MAX [mixed]                           content left open
//	message NAME [ns=URN] ROOT TYPE | ROOT seq CHILD… [with TYPE~N…]
//
// A type with several definitions in different messages is written once each, as NAME, NAME~2, NAME~3; a message
// lists after "with" those that it uses.
//
//go:embed standard/schema/*.txt
var standardSchemas embed.FS

// Tables is a set of schemas: those of the standard, and an operator's own.
type Tables struct {
	types    map[string]string // NAME or NAME~N → its line without the name
	messages map[string]*messageLine

	mu     sync.Mutex
	texts  map[string]*textType
	models sync.Map // modelKey → *model
}

// messageLine is one line "message".
type messageLine struct {
	name      corridor.MessageType
	namespace string
	root      string
	rootType  string
	own       string            // the definition of rootType, when it stands in the line itself
	with      map[string]string // type → type~n
	compiled  atomic.Pointer[schema]
}

// typeDef is one complex or simple type.
type typeDef struct {
	content  content
	text     *textType
	attrs    []attribute
	any      *anyType
	children []particle
	required bits
	groups   []choiceGroup
}

// particle is one child in a type.
type particle struct {
	name, typeName string
	min, max       int32
	group          int // from 1: the choice that it is an alternative of
}

// Standard is the set of tables that this program carries, read when it is first asked for.
func Standard() *Tables { return standardTables() }

var standardTables = sync.OnceValue(func() *Tables {
	t, err := newTables(standardSchemas, "standard/schema")
	if err != nil {
		panic("mx: " + err.Error()) // the tables are part of the program and tested
	}
	return t
})

// newTables reads every .txt file of a folder.
func newTables(fsys fs.FS, dir string) (*Tables, error) {
	t := &Tables{types: map[string]string{}, messages: map[string]*messageLine{}, texts: map[string]*textType{}}
	files, err := fs.Glob(fsys, dir+"/*.txt")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		b, err := fs.ReadFile(fsys, f)
		if err != nil {
			return nil, err
		}
		if err := t.read(f, string(b)); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// WithFolder adds the schemas of a folder that an operator made with `corridor mx schema add`. A message there
// stands before one of the standard with the same name; each file has its own types.
func (t *Tables) WithFolder(dir string) (*Tables, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil {
		return nil, err
	}
	sum := &Tables{types: map[string]string{}, messages: map[string]*messageLine{}, texts: map[string]*textType{}}
	for k, v := range t.types {
		sum.types[k] = v
	}
	for k, v := range t.messages {
		sum.messages[k] = v
	}
	for i, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		if err := sum.readOwn(f, string(b), "~own"+strconv.Itoa(i+1)); err != nil {
			return nil, err
		}
	}
	return sum, nil
}

// read adds the lines of one file.
func (t *Tables) read(file, text string) error {
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		kind, rest, _ := strings.Cut(line, " ")
		name, rest, _ := strings.Cut(rest, " ")
		if kind != "message" {
			t.types[name] = kind + " " + rest
			continue
		}
		m, err := parseMessage(name, rest)
		if err != nil {
			return fmt.Errorf("%s:%d: %w", file, n, err)
		}
		t.messages[m.namespace] = m
	}
	return nil
}

// readOwn adds a file whose types are its own: each is filed under a suffix, and its messages use those.
func (t *Tables) readOwn(file, text, suffix string) error {
	own := &Tables{types: map[string]string{}, messages: map[string]*messageLine{}}
	if err := own.read(file, text); err != nil {
		return err
	}
	with := map[string]string{}
	for name, def := range own.types {
		t.types[name+suffix] = def
		with[name] = name + suffix
	}
	for ns, m := range own.messages {
		m.with = with
		t.messages[ns] = m
		if err := t.checkMessage(m); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

func (t *Tables) checkMessage(m *messageLine) error {
	_, err := t.compile(m)
	return err
}

// parseMessage reads a line "message" behind its name.
func parseMessage(name, rest string) (*messageLine, error) {
	m := &messageLine{name: corridor.MessageType(name), namespace: isoNamespace + name}
	rest, with, _ := strings.Cut(rest, " with ")
	words := strings.Fields(rest)
	if len(words) > 0 && strings.HasPrefix(words[0], "ns=") {
		m.namespace, words = words[0][3:], words[1:]
	}
	if len(words) < 2 {
		return nil, fmt.Errorf("message %s: a line needs a root element and its type", name)
	}
	m.root, m.rootType = words[0], words[1]
	if words[1] == "seq" {
		m.rootType, m.own = "=", strings.Join(words[1:], " ")
	}
	for _, w := range strings.Fields(with) {
		if m.with == nil {
			m.with = map[string]string{}
		}
		base, _, _ := strings.Cut(w, "~")
		m.with[base] = w
	}
	return m, nil
}

// Messages are the messages that the tables know, sorted.
func (t *Tables) Messages() []corridor.MessageType {
	var out []corridor.MessageType
	for _, m := range t.messages {
		if strings.HasPrefix(m.namespace, isoNamespace) {
			out = append(out, m.name)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i] < out[j] })
	return out
}

// schemaOf is the compiled schema of a namespace, or nil if the tables have none. A schema is compiled when it is
// first asked for.
func (t *Tables) schemaOf(namespace []byte) *schema {
	m := t.messages[string(namespace)]
	if m == nil {
		return nil
	}
	if s := m.compiled.Load(); s != nil {
		return s
	}
	s, err := t.compile(m)
	if err != nil {
		panic("mx: " + err.Error()) // every message of the tables is compiled by a test, or when it is added
	}
	m.compiled.CompareAndSwap(nil, s)
	return m.compiled.Load()
}

// modelKey names a model by its parts.
type modelKey [partCount]*schema

// modelOf is the model of these parts.
func (t *Tables) modelOf(k modelKey) *model {
	if v, ok := t.models.Load(k); ok {
		return v.(*model)
	}
	v, _ := t.models.LoadOrStore(k, &model{parts: k})
	return v.(*model)
}

// typeOf is the definition that a message means by a type's name.
func (t *Tables) typeOf(m *messageLine, name string) (*typeDef, error) {
	line, key := m.own, name
	if name != "=" {
		if w := m.with[name]; w != "" {
			key = w
		}
		var ok bool
		if line, ok = t.types[key]; !ok {
			return nil, fmt.Errorf("no type %s", key)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	x, err := t.parseType(m, name, line)
	if err != nil {
		return nil, fmt.Errorf("type %s: %w", key, err)
	}
	return x, nil
}

// parseType reads a type's line.
func (t *Tables) parseType(m *messageLine, name, line string) (*typeDef, error) {
	kind, rest, _ := strings.Cut(line, " ")
	x := &typeDef{}
	var err error
	switch kind {
	case "text", "code":
		x.content = contentText
		x.text, err = t.textOf(m, name)
	case "value":
		x.content = contentText
		err = t.parseValue(m, x, rest)
	case "seq":
		err = x.parseChildren(rest, false)
	case "choice":
		err = x.parseChildren(rest, true)
	case "any":
		x.content = contentAny
		x.any, err = parseAny(rest)
	default:
		err = fmt.Errorf("%q is no kind of type", kind)
	}
	return x, err
}

// parseValue reads text with attributes.
func (t *Tables) parseValue(m *messageLine, x *typeDef, rest string) (err error) {
	words := strings.Fields(rest)
	if x.text, err = t.textOf(m, words[0]); err != nil {
		return err
	}
	for _, w := range words[1:] {
		name, typ, _ := strings.Cut(strings.TrimPrefix(w, "@"), ":")
		a := attribute{name: name, required: !strings.HasSuffix(typ, "?")}
		if a.text, err = t.textOf(m, strings.TrimSuffix(typ, "?")); err != nil {
			return err
		}
		x.attrs = append(x.attrs, a)
	}
	return nil
}

// textOf is a simple type by its name; the caller holds t.mu.
func (t *Tables) textOf(m *messageLine, name string) (*textType, error) {
	key := name
	if w := m.with[name]; w != "" {
		key = w
	}
	if x := t.texts[key]; x != nil {
		return x, nil
	}
	line, ok := t.types[key]
	if !ok {
		return nil, fmt.Errorf("no type %s", key)
	}
	x, err := parseText(name, line)
	if err != nil {
		return nil, fmt.Errorf("type %s: %w", key, err)
	}
	t.texts[key] = x
	return x, nil
}

// parseChildren reads the children of a sequence or a choice.
func (x *typeDef) parseChildren(rest string, choice bool) error {
	group := 0
	if choice {
		x.groups, group = append(x.groups, choiceGroup{required: true}), 1
	}
	for _, w := range strings.Fields(rest) {
		switch w {
		case "(":
			x.groups = append(x.groups, choiceGroup{required: true})
			group = len(x.groups)
		case ")?":
			x.groups[group-1].required, group = false, 0
		case ")":
			group = 0
		default:
			if err := x.addChild(w, group); err != nil {
				return err
			}
		}
	}
	if len(x.children) > maxChildren {
		return fmt.Errorf("more than %d children", maxChildren)
	}
	return nil
}

// addChild adds one NAME:TYPE with its count.
func (x *typeDef) addChild(w string, group int) error {
	p, err := parseParticle(w)
	if err != nil {
		return err
	}
	p.group = group
	i := len(x.children)
	x.children = append(x.children, p)
	if i >= maxChildren {
		return nil
	}
	switch {
	case group == 0 && p.min > 0:
		x.required.add(i)
	case group > 0:
		x.groups[group-1].members.add(i)
		if p.min == 0 { // an alternative that may be absent makes its choice so
			x.groups[group-1].required = false
		}
	}
	return nil
}

func parseParticle(w string) (particle, error) {
	name, typ, ok := strings.Cut(w, ":")
	if !ok || typ == "" {
		return particle{}, fmt.Errorf("%q is not CHILD:TYPE", w)
	}
	p := particle{name: name, min: 1, max: 1}
	switch last := typ[len(typ)-1]; last {
	case '?':
		p.min = 0
	case '*':
		p.min, p.max = 0, -1
	case '+':
		p.max = -1
	case '}':
		open := strings.IndexByte(typ, '{')
		if open < 0 {
			return p, fmt.Errorf("%q has no '{'", w)
		}
		if err := p.bounds(typ[open+1 : len(typ)-1]); err != nil {
			return p, fmt.Errorf("%q: %w", w, err)
		}
		p.typeName = typ[:open]
		return p, nil
	default:
		p.typeName = typ
		return p, nil
	}
	p.typeName = typ[:len(typ)-1]
	return p, nil
}

// bounds reads "m,n", or "m," without an upper bound.
func (p *particle) bounds(s string) error {
	lo, hi, _ := strings.Cut(s, ",")
	n, err := strconv.ParseInt(lo, 10, 32)
	if err != nil {
		return err
	}
	p.min, p.max = int32(n), -1
	if hi != "" {
		if n, err = strconv.ParseInt(hi, 10, 32); err != nil {
			return err
		}
		p.max = int32(n)
	}
	return nil
}

func parseAny(rest string) (*anyType, error) {
	words := strings.Fields(rest)
	if len(words) < 2 {
		return nil, fmt.Errorf("any needs a namespace and MIN..MAX")
	}
	a := &anyType{namespace: words[0], mixed: len(words) > 2 && words[2] == "mixed"}
	var p particle
	if err := p.bounds(strings.Replace(words[1], "..", ",", 1)); err != nil {
		return nil, err
	}
	a.min, a.max = p.min, p.max
	return a, nil
}
