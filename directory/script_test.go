package directory_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"corridor.example/corridor"
	. "corridor.example/corridor/directory"
	"corridor.example/corridor/internal/canonical"
)

var update = flag.Bool("update", false, "rewrite the outputs in testdata")

// TestScripts runs the cases of testdata/*.txt: a comment, lines of input, "----", the output, an empty line. Input:
//
//	acceptance                            the institutions of the acceptance scenarios
//	entity ID CC NAME                     bic BIC ENTITY [KEY=VALUE…]      branch BIC NAME
//	owns OWNER PERCENT OWNED [WORD…]      words: from= to= control published; PERCENT ? is not known
//	change JSON                           an act with that one change, or those of an array
//	closure IDS OP PERCENT [WORD…]        words: aggregate indirect control multiplied in=CC,CC as-of=DATE
//	lookalikes TEXT                       of a BIC, or of a name
//	standing BIC STATUS TIME              lookup BIC [TYPE]        find TEXT        members CC        version
func TestScripts(t *testing.T) {
	for path, text := range scripts(t) {
		var got []string
		for _, c := range strings.Split(strings.TrimRight(string(text), "\n"), "\n\n") {
			in, want, _ := strings.Cut(c, "\n----")
			out := strings.TrimRight(in+"\n----\n"+play(t, in), "\n")
			if got = append(got, out); !*update && strings.TrimRight(out, "\n") != strings.TrimRight(c, "\n") {
				t.Errorf("%s: %s\ngot:\n%s\nwant:%s", path, in, strings.TrimPrefix(out, in), want)
			}
		}
		if *update {
			if err := os.WriteFile(path, []byte(strings.Join(got, "\n\n")+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// scripts are the texts of the files of cases.
func scripts(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 3 {
		t.Fatal(files, err)
	}
	all := map[string][]byte{}
	for _, path := range files {
		text, err := os.ReadFile(path)
		noError(t, err)
		all[path] = text
	}
	return all
}

// player runs one case.
type player struct {
	t   *testing.T
	d   *Directory
	out strings.Builder
}

func play(t *testing.T, in string) string {
	p := &player{t: t, d: New()}
	for _, line := range strings.Split(in, "\n") {
		word, rest, _ := strings.Cut(line, " ")
		if word != "#" && word != "" {
			p.line(word, rest)
		}
	}
	return p.out.String()
}

func (p *player) say(format string, args ...any) { fmt.Fprintf(&p.out, format+"\n", args...) }

func (p *player) line(word, rest string) {
	f := strings.Fields(rest)
	switch word {
	case "acceptance":
		p.d = acceptance(p.t)
	case "entity":
		p.take(entity(EntityID(f[0]), strings.Join(f[2:], " "), f[1]))
	case "bic":
		p.take(officeOf(f))
	case "branch":
		p.take(branch(corridor.BIC(f[0]), strings.Join(f[1:], " ")))
	case "owns":
		p.take(ownership(f))
	case "change":
		p.change(rest)
	case "closure":
		p.closure(f)
	case "lookalikes":
		p.lookalikes(rest)
	case "standing":
		at, err := ParseInstant(f[2])
		noError(p.t, err)
		p.say("news %t", p.d.SetStanding(corridor.Position{}, corridor.BIC(f[0]), Status(f[1]), int64(at)))
	case "lookup":
		p.lookup(f)
	case "find":
		for _, e := range p.d.Find(rest) {
			p.say("%s %s %s", e.ID, e.Country, e.Name)
		}
	case "members":
		p.say("letters %v, established %v", p.d.MembersByCode(rest), p.d.MembersEstablished(rest))
	case "sharing":
		p.say("%v", p.d.Sharing(corridor.BIC(rest)))
	case "version":
		p.say("version %d", p.d.Version())
	default:
		p.t.Fatalf("%q is no command", word)
	}
}

func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func officeOf(f []string) Change {
	c := office(corridor.BIC(f[0]), EntityID(f[1]))
	for _, w := range f[2:] {
		switch key, value, _ := strings.Cut(w, "="); key {
		case "established":
			c.Office.Established = value
		case "gateway":
			c.Office.Gateway = value
		case "withdrawn":
			c.Office.Status = Withdrawn
			c.Office.From, _ = ParseInstant(value)
		case "service":
			name, types, _ := strings.Cut(value, ":")
			s := Service{Name: name}
			if types != "" {
				for _, t := range strings.Split(types, ",") {
					s.Types = append(s.Types, corridor.MessageType(t))
				}
			}
			c.Office.Services = append(c.Office.Services, s)
		}
	}
	return c
}

func ownership(f []string) Change {
	c := owns(EntityID(f[0]), corridor.Decimal(strings.TrimSuffix(f[1], "?")), EntityID(f[2]))
	for _, w := range f[3:] {
		switch key, value, _ := strings.Cut(w, "="); key {
		case "from":
			c.Ownership.From = Date(value)
		case "to":
			c.Ownership.To = Date(value)
		case "control":
			c.Ownership.Control = true
		case "published":
			c.Ownership.Direct = false
		}
	}
	return c
}

func (p *player) take(c Change) { p.apply(act(p.t, c)) }

func (p *player) change(text string) {
	if !strings.HasPrefix(text, "[") {
		text = "[" + text + "]"
	}
	body, err := canonical.Rewrite([]byte(`{"announce":false,"changes":` + text + `}`))
	noError(p.t, err)
	p.apply(body)
}

// apply asks first and then does: both have one answer, and a refusal changes nothing.
func (p *player) apply(body []byte) {
	before := p.d.Digest()
	f := p.d.Check(body)
	if p.d.Digest() != before {
		p.t.Error("Check changed the directory")
	}
	err := p.d.Apply(corridor.Position{Page: 1}, 1, body)
	if (f == nil) != (err == nil) || f != nil && f.Error() != err.Error() {
		p.t.Errorf("Check says %v, Apply %v", f, err)
	}
	if err != nil {
		p.say("%v", err)
		if p.d.Digest() != before {
			p.t.Error("a refused act changed the directory")
		}
	}
}

func testOf(f []string) Test {
	test := Test{Op: Op(f[0]), Percent: corridor.Decimal(f[1]), AsOf: "2022-03-01"}
	for _, w := range f[2:] {
		switch key, value, _ := strings.Cut(w, "="); key {
		case "aggregate":
			test.Aggregate = true
		case "indirect":
			test.Indirect = true
		case "control":
			test.Control = true
		case "multiplied":
			test.Chain = Multiplied
		case "in":
			test.EstablishedIn = strings.Split(value, ",")
		case "as-of":
			test.AsOf = Date(value)
		}
	}
	return test
}

func (p *player) closure(f []string) {
	var roots []EntityID
	for _, r := range strings.Split(f[0], ",") {
		roots = append(roots, EntityID(r))
	}
	all, err := p.d.Closure(roots, testOf(f[1:]))
	if err != nil {
		p.say("%v", err)
	}
	for _, o := range all {
		if o.Why == Named {
			continue
		}
		in := map[bool]string{true: "in ", false: "out"}[o.In]
		p.say("%s %s %s, %v: %s", in, o.Entity, o.Effective, o.BICs, o.Why)
		for _, path := range o.Paths() {
			p.say("      %s", path)
		}
	}
}

func (p *player) lookalikes(text string) {
	s := Subject{Names: []string{text}}
	if b, err := corridor.ParseBIC(text); err == nil {
		s = Subject{BICs: []corridor.BIC{b}}
	}
	all, err := p.d.LookAlikes(s, DefaultSimilarity)
	noError(p.t, err)
	for _, l := range all {
		p.say("%3d %s %v %s: %q", l.Score, l.Entity, l.BICs, l.Name, l.Why)
	}
}

func (p *player) lookup(f []string) {
	l := p.d.LookUp(corridor.BIC(f[0]))
	if len(f) > 1 {
		why, ok := l.Takes(corridor.MessageType(f[1]))
		p.say("takes %s: %t %s", f[1], ok, why)
		return
	}
	text, err := json.Marshal(l)
	noError(p.t, err)
	p.say("%s", text)
}
