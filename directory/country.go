package directory

import (
	_ "embed"
	"strings"
)

//go:embed countries.txt
var countriesText string

// Country is a line of the list of countries (ISO 3166-1).
type Country struct{ Code, Code3, Number, Name string }

var countries = readCountries(countriesText)

func readCountries(text string) map[string]Country {
	all := map[string]Country{}
	for line := range strings.Lines(text) {
		f := strings.SplitN(strings.TrimSpace(line), " ", 4)
		if len(f) == 4 && f[0] != "#" {
			all[f[0]] = Country{Code: f[0], Code3: f[1], Number: f[2], Name: f[3]}
		}
	}
	return all
}

// CountryOf is the country with a code of two letters.
func CountryOf(code string) (Country, bool) {
	c, ok := countries[code]
	return c, ok
}
