package mx

import (
	"embed"
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"
)

// DataExternalCode is ours: the standard's list has no code for a code outside its external code set.
const DataExternalCode = "D00010"

// ISO 20022 keeps lists of codes outside the schemas, as external code sets that change each quarter; a schema only
// names the set by the type of an element. standard/codes holds them as dated tables.
//
//go:embed standard/codes/*.txt
var codeFiles embed.FS

// CodeSet is one external code set: the codes that elements of some types take.
type CodeSet struct {
	Types  []string // of the schemas: ExternalPurpose1Code
	AsOf   string   // the edition of the list up to which codes were gathered
	Closed bool     // a code outside is refused
	Open   bool     // a code outside is not even said; otherwise it is a warning
	codes  map[string]ExternalCode
}

// ExternalCode is one code with its meaning and the days from and until which it counts; zero days are no limit.
type ExternalCode struct {
	Code, Meaning string
	From, Until   time.Time
}

// codeSets reads the tables once; they are part of the program and tested, so a mistake stops it.
var codeSets = sync.OnceValue(func() map[string]*CodeSet {
	out := map[string]*CodeSet{}
	files, err := codeFiles.ReadDir("standard/codes")
	if err != nil {
		panic("mx: " + err.Error())
	}
	for _, f := range files {
		b, err := codeFiles.ReadFile("standard/codes/" + f.Name())
		if err == nil {
			err = readCodes(string(b), out)
		}
		if err != nil {
			panic("mx: code tables, " + f.Name() + ": " + err.Error())
		}
	}
	return out
})

// readCodes reads one file into the sets by type.
func readCodes(text string, out map[string]*CodeSet) error {
	var set *CodeSet
	return eachLine(text, func(line string) error {
		w := strings.Fields(line)
		if w[0] != "set" {
			if set == nil {
				return fmt.Errorf("line %q: no set above it", line)
			}
			return set.read(w, line)
		}
		var err error
		if set, err = readSetHead(w[1:], line); err != nil {
			return err
		}
		for _, t := range set.Types {
			if out[t] != nil {
				return fmt.Errorf("line %q: %s has a set already", line, t)
			}
			out[t] = set
		}
		return nil
	})
}

// readSetHead reads "TYPE… [closed|open] as of DATE".
func readSetHead(w []string, line string) (*CodeSet, error) {
	n := len(w)
	if n < 4 || w[n-3] != "as" || w[n-2] != "of" {
		return nil, fmt.Errorf("line %q: expected types and as of DATE", line)
	}
	s := &CodeSet{AsOf: w[n-1], codes: map[string]ExternalCode{}}
	for _, t := range w[:n-3] {
		switch t {
		case "closed":
			s.Closed = true
		case "open":
			s.Open = true
		default:
			s.Types = append(s.Types, t)
		}
	}
	_, err := time.Parse(time.DateOnly, s.AsOf)
	return s, err
}

// read takes "CODE [from DATE] [until DATE] meaning".
func (s *CodeSet) read(w []string, line string) error {
	c := ExternalCode{Code: w[0]}
	w = w[1:]
	for len(w) > 2 && (w[0] == "from" || w[0] == "until") {
		day, err := time.Parse(time.DateOnly, w[1])
		if err != nil {
			return fmt.Errorf("line %q: %w", line, err)
		}
		if w[0] == "from" {
			c.From = day
		} else {
			c.Until = day
		}
		w = w[2:]
	}
	if len(w) == 0 || s.codes[c.Code].Code != "" {
		return fmt.Errorf("line %q: no meaning, or a code for the second time", line)
	}
	c.Meaning = strings.Join(w, " ")
	s.codes[c.Code] = c
	return nil
}

// CodeSetOf is the code set of a type of the schemas, nil if this program has none.
func CodeSetOf(typeName string) *CodeSet { return codeSets()[typeName] }

// Code is one code of the set by its name.
func (s *CodeSet) Code(code string) (ExternalCode, bool) {
	c, ok := s.codes[code]
	return c, ok
}

// Codes lists the set in the order of the alphabet.
func (s *CodeSet) Codes() []ExternalCode {
	out := make([]ExternalCode, 0, len(s.codes))
	for _, c := range s.codes {
		out = append(out, c)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Code < out[j].Code })
	return out
}

// counts reports whether the set has a code in the period of a release; until is zero for the newest.
func (s *CodeSet) counts(code []byte, from, until time.Time) bool {
	c, ok := s.codes[string(code)]
	return ok && (c.Until.IsZero() || c.Until.After(from)) && (c.From.IsZero() || until.IsZero() || c.From.Before(until))
}
