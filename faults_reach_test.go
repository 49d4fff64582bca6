package corridor

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// TestFaultsAreReached: every code that the program gives is asked for by a test of a package that gives it, and the codes kept for later
// are asked for by none. With -v it lists the tests of each code.
func TestFaultsAreReached(t *testing.T) {
	reached := map[string][]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") || !strings.Contains(path, string(filepath.Separator)) {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(f.Name.Name, "Test") {
				for name := range faultsNamed(f) {
					reached[name] = append(reached[name], filepath.Dir(path)+"."+f.Name.Name)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, code := range faultConstants(t) {
		if (len(reached[name]) > 0) == keptFaults[code] {
			t.Errorf("%s (%s): asked for by %v, kept for later %v", name, code, reached[name], keptFaults[code])
		}
		t.Logf("%-5s %-20s %v", code, name, reached[name])
	}
}

// faultsNamed are the constants corridor.Fault… that stand in a function.
func faultsNamed(f *ast.FuncDecl) map[string]bool {
	names := map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && strings.HasPrefix(s.Sel.Name, "Fault") {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "corridor" {
				names[s.Sel.Name] = true
			}
		}
		return true
	})
	return names
}
