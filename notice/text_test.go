package notice_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/internal/canonical"
	. "corridor.example/corridor/notice"
	"corridor.example/corridor/standing"
)

var update = flag.Bool("update", false, "rewrite the outputs in testdata")

// eachCase runs a file of cases: input, a line of dashes, output; empty lines between cases.
func eachCase(t *testing.T, file string, run func(t *testing.T, input string) string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for i, c := range strings.Split(strings.TrimRight(string(text), "\n"), "\n\n") {
		input, want, ok := strings.Cut(c, "\n----\n")
		if !ok {
			input, want = strings.TrimSuffix(c, "\n----"), ""
		}
		got := strings.TrimRight(run(t, input), "\n")
		if strings.Contains(got, "\n\n") {
			t.Errorf("%s: the output of %q has an empty line", file, input)
		}
		if got != want && !*update {
			t.Errorf("%s: %s\ngot\n%s\nwant\n%s", file, input, got, want)
		}
		if i > 0 {
			out.WriteString("\n")
		}
		fmt.Fprintf(&out, "%s\n----\n%s\n", input, got)
	}
	if *update {
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// readOrder reads an order of testdata/orders; the canonical form is what is signed.
func readOrder(t testing.TB, name string) (*standing.Order, corridor.Digest) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "orders", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	document, err := canonical.Rewrite(b)
	if err != nil {
		t.Fatal(name, err)
	}
	o, err := standing.DecodeOrder(document)
	if err != nil {
		t.Fatal(err)
	}
	return o, corridor.DigestOf(document)
}

func instant(t testing.TB, s string) int64 {
	t.Helper()
	x, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return x.UnixNano()
}

// people is the directory of the tests.
func people(t testing.TB) Directory {
	t.Helper()
	d, fault := directory.Load(1, []directory.Change{
		entity("LE-VOSTROVA", "Vostrova Bank", "RU"), entity("LE-VOSTROVA-S", "Vostrova Sever", "RU"), entity("LE-VOSTROVA-HALF", "Vostrova Partner", "RU"),
		entity("LE-VOSTROVA-DE", "Vostrova Bank Zürich & Köln “Europa” SE", "DE"), entity("LE-FILS", "Vostrova Fils", "FR"), entity("LE-OTHER", "Other Bank", "RU"),
		entity("LE-HOLDER", "A fund", "RU"), entity("LE-FORMER", "Sold Bank", "RU"),
		office("ZQVARUMM", "LE-VOSTROVA"), office("ZQVSRUMM", "LE-VOSTROVA-S"), office("ZQVHRUMM", "LE-VOSTROVA-HALF"), office("ZQVEDEFF", "LE-VOSTROVA-DE"),
		office("ZQVOFRPP", "LE-FILS"), office("ZQOTRUMM", "LE-OTHER"), office("ZQFORUMM", "LE-FORMER"),
		owns("LE-VOSTROVA", "60", "LE-VOSTROVA-S", ""), owns("LE-VOSTROVA", "50", "LE-VOSTROVA-HALF", ""), owns("LE-VOSTROVA", "100", "LE-VOSTROVA-DE", ""),
		owns("LE-HOLDER", "3", "LE-VOSTROVA", ""), owns("LE-HOLDER", "90", "LE-OTHER", ""), owns("LE-VOSTROVA", "80", "LE-FORMER", "2020-01-01"),
	})
	if fault != nil {
		t.Fatal(fault)
	}
	return NewDirectory(d)
}

func entity(id directory.EntityID, name, country string) directory.Change {
	return directory.Change{Entity: &directory.Entity{ID: id, Name: name, Country: country, Status: directory.Active}}
}

func office(bic corridor.BIC, of directory.EntityID) directory.Change {
	return directory.Change{Office: &directory.Office{BIC: bic, Entity: of, Status: directory.Active}}
}

func owns(owner directory.EntityID, percent corridor.Decimal, owned directory.EntityID, to directory.Date) directory.Change {
	return directory.Change{Ownership: &directory.Ownership{Owner: owner, Owned: owned, Percent: percent, Direct: true, From: "2010-01-01", To: to}}
}

func issuer() Issuer {
	return Issuer{Network: "pay.example", LT: "CRDRXXXXAXXX", BIC: "PAYNBEB1", Name: "Pay Network", City: "Bruxelles"}
}

// noticeOf makes the notice that words ask for: order, occasion, time, and for events of an institution its BIC.
func noticeOf(t testing.TB, words []string) *Notice {
	t.Helper()
	o, digest := readOrder(t, words[0])
	at := instant(t, words[2])
	due := Item{Why: Occasion(words[1]), At: at}
	if len(words) > 3 {
		due.BIC = corridor.BIC(words[3])
	}
	if due.Why == Paused {
		due.Until = at + int64(72*time.Hour)
	}
	n, err := New(issuer(), 123456, at, Life{Order: o, Document: digest, Events: []Event{{What: Published, At: at - int64(time.Hour)}}}, due, people(t))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestTexts: every notice as members read it, in each form.
func TestTexts(t *testing.T) {
	eachCase(t, "notices.txt", func(t *testing.T, input string) string {
		words := strings.Fields(input)
		n := noticeOf(t, words[1:])
		switch words[0] {
		case "text":
			return n.Subject() + "\n" + n.Text()
		case "fin":
			var out []string
			for _, b := range n.MT094("MERIDEFFAXXX") {
				out = append(out, strings.ReplaceAll(string(b), "\r\n", "\n"))
			}
			return strings.Join(out, "\n")
		case "iso":
			all, err := n.SystemEvents("MERIDEFF")
			if err != nil {
				t.Fatal(err)
			}
			var out []string
			for _, b := range all {
				out = append(out, strings.TrimSpace(string(b)))
			}
			return strings.Join(out, "\n")
		case "event":
			b, err := n.Event()
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
		t.Fatalf("unknown form %q", words[0])
		return ""
	})
}
