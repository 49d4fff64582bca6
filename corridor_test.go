package corridor_test

import (
	"fmt"
	"testing"

	"corridor.example/corridor"
)

// TestWords reads each word in good and bad forms.
func TestWords(t *testing.T) {
	const uetr = "c8b66b47-2bd9-48fe-be90-93c2096f27d2"
	for _, c := range []struct {
		word      string
		parse     func(string) (string, error)
		good, bad []string
	}{
		{"network", text(corridor.ParseNetwork), []string{"lab.corridor", "a", "pay-2"}, []string{"", "Lab", "a b", "a/b", fmt.Sprintf("%065d", 0)}},
		{"BIC", text(corridor.ParseBIC), []string{"MERIDEFF", "MERIDEF0", "CEDRFRPPPAR", "CEDRFRPP075"}, []string{"", "MERIDEF", "MERIDEFFX", "meridEFF", "MER1DEFF", "MERID3FF", "MERIDEFFXX-"}},
		{"logical terminal", text(corridor.ParseLT), []string{"MERIDEFFAXXX", "MERIDEFF1XXX"}, []string{"", "MERIDEFF", "MERIDEFFXXX", "MERIDEFFaXXX", "MERI1EFFAXXX", "MERIDEFFAXX\n"}},
		{"message type", text(corridor.ParseMessageType), []string{"fin.103", "fin.202.COV", "pacs.008.001.08"}, []string{"", "fin 103", "fin/103", fmt.Sprintf("%036d", 0)}},
		{"UETR", text(corridor.ParseUETR), []string{uetr}, []string{"", uetr[1:], "C" + uetr[1:], "c8b66b47-2bd9-18fe-be90-93c2096f27d2", "c8b66b47-2bd9-48fe-ce90-93c2096f27d2", "c8b66b4702bd9-48fe-be90-93c2096f27d2"}},
	} {
		for _, s := range c.good {
			if got, err := c.parse(s); err != nil || got != s {
				t.Errorf("%s %q is read as %q, %v", c.word, s, got, err)
			}
		}
		for _, s := range c.bad {
			if got, err := c.parse(s); err == nil || got != "" {
				t.Errorf("%s %q is read as %q and not refused", c.word, s, got)
			}
		}
	}
}

func text[T ~string](parse func(string) (T, error)) func(string) (string, error) {
	return func(s string) (string, error) {
		v, err := parse(s)
		return string(v), err
	}
}

// TestParts takes addresses apart.
func TestParts(t *testing.T) {
	bic, lt := corridor.BIC("CEDRFRP0PAR"), corridor.LT("MERIDEFFBHAM")
	for _, c := range []struct{ what, got, want string }{
		{"BIC8", bic.BIC8().String(), "CEDRFRP0"},
		{"country", bic.Country(), "FR"},
		{"branch", bic.Branch(), "PAR"},
		{"branch of a head office", bic.BIC8().Branch(), "XXX"},
		{"terminal's institution", lt.BIC8().String(), "MERIDEFF"},
		{"terminal's BIC", lt.BIC().String(), "MERIDEFFHAM"},
		{"terminal's code", string(lt.Code()), "B"},
		{"destination", lt.Destination().String(), "MERIDEFFXHAM"},
		{"terminal of a BIC", corridor.LTOf(bic, 'A').String(), "CEDRFRP0APAR"},
		{"terminal of a head office", corridor.LTOf("CEDRFRPP", 'A').String(), "CEDRFRPPAXXX"},
		{"test and live", fmt.Sprint(bic.IsTest(), corridor.BIC("CEDRFRPP").IsTest()), "true false"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.what, c.got, c.want)
		}
	}
}
