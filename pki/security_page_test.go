package pki

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every test that docs/security.md names exists where it says.
func TestSecurityPage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "security.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`([a-z/]+)\\.((?:Test|Fuzz)[A-Za-z0-9]+)`").FindAllStringSubmatch(string(page), -1)
	if len(named) < 20 {
		t.Fatalf("only %d tests are named: is the page written in another way?", len(named))
	}
	code := map[string]string{}
	for _, n := range named {
		folder, test := n[1], n[2]
		if code[folder] == "" {
			code[folder] = testCode(t, folder)
		}
		if !strings.Contains(code[folder], "\nfunc "+test+"(") {
			t.Errorf("docs/security.md names %s.%s, which does not exist", folder, test)
		}
	}
}

func testCode(t *testing.T, folder string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	return all.String()
}
