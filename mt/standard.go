package mt

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// tables are the standards, a folder a year. A folder holds a whole standard or what changed since the year before.
//
//go:embed standard
var tables embed.FS

// FirstYear and LastYear are the standards years that the tables hold. A release takes effect in November of its year.
const (
	FirstYear = 2025
	LastYear  = 2026
)

// Standard is the tables of one standards year. Its types are compiled when they are first asked for.
type Standard struct {
	Year int

	formats    map[string]*format // by tag
	types      map[string]*typeDef
	byNumber   [1000]*typeDef // plain types by their number
	currencies map[string]currency
	countries  map[string]country
	ibans      map[string]ibanForm
	codes      map[string][]codeList // by tag
	names      map[string]string     // texts of error codes
	rules      *ruleTable

	fieldOf [100][27]*format // two-digit tags: number, option (0 none)
	scratch sync.Pool
}

type currency struct {
	decimals int // -1: none stated
	state    string
	name     string
}

type country struct {
	euro, iban bool
	name       string
}

type ibanForm struct {
	length    int
	structure string
}

// standards holds each year's tables once they are read; the tables are part of the program, so that a fault in
// them is a fault of the program.
var standards = func() (years [LastYear - FirstYear + 1]func() *Standard) {
	for i := range years {
		years[i] = sync.OnceValue(func() *Standard {
			s, err := load(FirstYear + i)
			if err != nil {
				panic("mt: tables of " + strconv.Itoa(FirstYear+i) + ": " + err.Error())
			}
			return s
		})
	}
	return years
}()

// StandardOf gives the tables of a standards year; 0 is the newest.
func StandardOf(year int) (*Standard, error) {
	if year == 0 {
		year = LastYear
	}
	if year < FirstYear || year > LastYear {
		return nil, fmt.Errorf("standards year %d is not in the tables: give %d to %d", year, FirstYear, LastYear)
	}
	return standards[year-FirstYear](), nil
}

// standardFor clamps a year to those of the tables.
func standardFor(year int) *Standard {
	if year == 0 {
		year = LastYear
	}
	return standards[min(max(year, FirstYear), LastYear)-FirstYear]()
}

func load(year int) (*Standard, error) {
	s := &Standard{Year: year, formats: map[string]*format{}, types: map[string]*typeDef{}, currencies: map[string]currency{},
		countries: map[string]country{}, ibans: map[string]ibanForm{}, codes: map[string][]codeList{}, names: map[string]string{}}
	var folders []string
	for y := FirstYear; y <= year; y++ {
		folder := path.Join("standard", strconv.Itoa(y))
		folders = append(folders, path.Join(folder, "rules"))
		if err := s.loadFolder(folder); err != nil {
			return nil, err
		}
	}
	var err error
	if s.rules, err = loadRules(tables, folders...); err != nil {
		return nil, err
	}
	for name, t := range s.types {
		t.lack = s.rules.structureCode(name, "C32")
	}
	s.index()
	return s, nil
}

// loadFolder reads the files of one year over what the years before said.
func (s *Standard) loadFolder(folder string) error {
	readers := []struct {
		pattern string
		read    func(line string) error
	}{
		{"fields.txt", s.readField}, {"currencies.txt", s.readCurrency}, {"countries.txt", s.readCountry},
		{"iban.txt", s.readIBAN}, {"codes.txt", s.readCode}, {"errors.txt", s.readName},
	}
	for _, r := range readers {
		if err := eachLine(path.Join(folder, r.pattern), r.read); err != nil {
			return err
		}
	}
	files, err := fs.Glob(tables, path.Join(folder, "types", "*.txt"))
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := s.readTypes(f); err != nil {
			return err
		}
	}
	return nil
}

// eachLine gives the lines of a table that are neither empty nor comments. A year need not have every table.
func eachLine(name string, read func(string) error) error {
	b, err := tables.ReadFile(name)
	if err != nil {
		return nil
	}
	for n, line := range strings.Split(string(b), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		if err := read(line); err != nil {
			return fmt.Errorf("%s line %d: %w", name, n+1, err)
		}
	}
	return nil
}

// readField reads "TAG | FORMAT | NAME | component=kind …".
func (s *Standard) readField(line string) error {
	p := strings.Split(line, " | ")
	for len(p) < 4 {
		p = append(p, "")
	}
	f, err := compileFormat(p[0], p[1], p[2], strings.Fields(p[3]))
	if err != nil {
		return err
	}
	s.formats[p[0]] = f
	return nil
}

// readCurrency reads "EUR 2 active Euro".
func (s *Standard) readCurrency(line string) error {
	p := strings.SplitN(line, " ", 4)
	if len(p) != 4 {
		return fmt.Errorf("%q: a currency is CODE DECIMALS STATE NAME", line)
	}
	decimals, err := strconv.Atoi(p[1])
	if err != nil {
		decimals = -1
	}
	s.currencies[p[0]] = currency{decimals, p[2], p[3]}
	return nil
}

// readCountry reads "DE EI Germany".
func (s *Standard) readCountry(line string) error {
	p := strings.SplitN(line, " ", 3)
	if len(p) != 3 || len(p[1]) != 2 {
		return fmt.Errorf("%q: a country is CODE MARKS NAME", line)
	}
	s.countries[p[0]] = country{p[1][0] == 'E', p[1][1] == 'I', p[2]}
	return nil
}

// readIBAN reads "DE 22 8!n10!n 1-8 -".
func (s *Standard) readIBAN(line string) error {
	p := strings.Fields(line)
	if len(p) < 3 {
		return fmt.Errorf("%q: an IBAN is COUNTRY LENGTH FORM …", line)
	}
	n, err := strconv.Atoi(p[1])
	s.ibans[p[0]] = ibanForm{n, p[2]}
	return err
}

// readName reads "T52 text of the code".
func (s *Standard) readName(line string) error {
	code, text, _ := strings.Cut(line, " ")
	s.names[code] = text
	return nil
}

// index makes the look-ups of the hot path.
func (s *Standard) index() {
	for tag, f := range s.formats {
		if tag == "" || len(tag) > 3 || len(tag) == 3 && !capital(tag[2]) {
			continue
		}
		opt := 0
		if len(tag) == 3 {
			opt = int(tag[2]-'A') + 1
		}
		s.fieldOf[int(tag[0]-'0')*10+int(tag[1]-'0')][opt] = f
	}
	for name, t := range s.types {
		if n, err := strconv.Atoi(name); err == nil {
			s.byNumber[n] = t
		}
	}
}

func (s *Standard) format(num uint16, option byte) *format {
	opt := 0
	if option != 0 {
		opt = int(option-'A') + 1
	}
	if num > 99 {
		return nil
	}
	return s.fieldOf[num][opt]
}

// typeOf finds a type by number and variant: "103", "STP".
func (s *Standard) typeOf(number, variant string) *typeDef {
	if variant != "" {
		return s.types[number+"."+variant]
	}
	if len(number) != 3 || !digit(number[0]) || !digit(number[1]) || !digit(number[2]) {
		return nil
	}
	return s.byNumber[int(number[0]-'0')*100+int(number[1]-'0')*10+int(number[2]-'0')]
}

// Types lists the names of all types, variants included: "103", "103.STP".
func (s *Standard) Types() []string { return slices.Sorted(maps.Keys(s.types)) }

// Tags lists the tags of all fields.
func (s *Standard) Tags() []string { return slices.Sorted(maps.Keys(s.formats)) }
