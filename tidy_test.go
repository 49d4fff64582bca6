package corridor_test

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "corridor.example/corridor"

// order is the packages' order: each imports only what stands above it, and of that only what may says where it does.
// Test files may import more.
func order() []struct{ name, may string } {
	return []struct{ name, may string }{
		{"", ""},
		{"entry", ". "},
		{"mt", "."},
		{"mx", "."},
		{"pki", "."},
		{"evidence", ". entry pki"},
		{"journal", ". entry evidence pki"},
		{"directory", ". entry"},
		{"rma", ". entry pki"},
		{"standing", ". entry pki directory"},
		{"notice", ". entry mt mx directory standing"},
		{"archive", ". entry mt mx pki evidence journal directory standing"},
		{"session", ". entry pki evidence session/sessionpb"},
		{"hub", ". entry mt mx pki evidence journal directory rma standing notice session session/sessionpb"},
		{"gateway", ". entry mt mx pki evidence directory directory/files rma session"},
		{"sim", "*"},
		{"story", "*"},
		{"cmd/corridor", "*"},
	}
}

// pure are the files and packages that decide: no clock, no random source, no disk, no socket, no goroutine.
func pure() []string {
	return []string{"hub/heart.go", "hub/heart_session.go", "hub/heart_message.go", "hub/heart_assign.go", "hub/heart_order.go", "hub/heart_sweep.go", "hub/heart_closing.go", "hub/heart_door.go", "hub/heart_notice.go", "hub/state.go", "hub/state_governance.go",
		"hub/queue.go", "hub/watch.go", "hub/notice.go", "hub/snapshot.go", "hub/snapshot_governance.go", "hub/keys.go", "directory", "rma", "standing", "notice"}
}

// packages parses every Go package of the module, without tests and generated code.
func packages(t *testing.T) map[string]map[string]*ast.File {
	t.Helper()
	all := map[string]map[string]*ast.File{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != "." || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, ".pb.go") {
			return nil
		}
		if ok, err := build.Default.MatchFile(filepath.Dir(path), filepath.Base(path)); err != nil || !ok {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(filepath.Dir(path))
		if all[dir] == nil {
			all[dir] = map[string]*ast.File{}
		}
		all[dir][filepath.ToSlash(path)] = f
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func imports(f *ast.File) []string {
	var out []string
	for _, i := range f.Imports {
		out = append(out, strings.Trim(i.Path.Value, `"`))
	}
	return out
}

// A package imports only what stands above it in the order.
func TestImportOrder(t *testing.T) {
	rules := map[string]string{}
	for _, o := range order() {
		rules[strings.TrimPrefix(o.name, "./")] = o.may
	}
	for dir, files := range packages(t) {
		name := strings.TrimPrefix(dir, "./")
		if name == "." {
			name = ""
		}
		may, known := rules[name]
		top := strings.Split(name, "/")[0]
		switch {
		case top == "internal":
			may = "."
		case !known && strings.Contains(name, "/"):
			may = rules[top] + " " + top // a package inside a package of the list
		case !known:
			t.Errorf("package %s is not in the order: give it its place in the order above, and a line in CONTRIBUTING.md", name)
			continue
		}
		if strings.HasPrefix(may, "*") {
			continue
		}
		allowed := strings.Fields(may)
		for path, f := range files {
			for _, i := range imports(f) {
				if i != module && !strings.HasPrefix(i, module+"/") {
					continue
				}
				imported := strings.TrimPrefix(strings.TrimPrefix(i, module), "/")
				if imported == "" {
					imported = "."
				}
				own := strings.HasPrefix(imported, name+"/") && name != ""
				if !own && !strings.HasPrefix(imported, "internal/") && !slices.Contains(allowed, imported) {
					t.Errorf("%s imports %s, which is not above it", path, i)
				}
			}
		}
	}
}

// Message standards stand alone: another program can import them without the rest.
func TestStandardsNeedOnlyTheStandardLibrary(t *testing.T) {
	for dir, files := range packages(t) {
		if dir != "." && dir != "mt" && dir != "mx" {
			continue
		}
		for path, f := range files {
			for _, i := range imports(f) {
				if strings.Contains(strings.Split(i, "/")[0], ".") && i != module && !strings.HasPrefix(i, module+"/"+dir+"/") && !strings.HasPrefix(i, "golang.org/x/text/") {
					t.Errorf("%s imports %s", path, i)
				}
			}
		}
	}
}

// Each package has exactly one package comment.
func TestOnePackageComment(t *testing.T) {
	for dir, files := range packages(t) {
		n := 0
		for _, f := range files {
			if f.Doc != nil {
				n++
			}
		}
		if n != 1 {
			t.Errorf("package %s has %d package comments, it needs one", dir, n)
		}
	}
}

// What decides reads no clock and no random source, does no input and no output, and starts no goroutine.
func TestPureCodeIsPure(t *testing.T) {
	banned := regexp.MustCompile(`^(os|net|net/.*|io|io/.*|math/rand.*|crypto/rand|context|sync|log.*|database/.*|syscall)$`)
	all := packages(t)
	for path, f := range pureFiles(t, all) {
		for _, i := range imports(f) {
			if banned.MatchString(i) {
				t.Errorf("%s imports %s", path, i)
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s starts a goroutine", path)
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains([]string{"Now", "Since", "Until", "Sleep", "After", "NewTimer", "NewTicker"}, n.Sel.Name) {
					t.Errorf("%s reads the clock: time.%s", path, n.Sel.Name)
				}
			}
			return true
		})
	}
}

// pureFiles are the files that pure names, and those of the packages that it names.
func pureFiles(t *testing.T, all map[string]map[string]*ast.File) map[string]*ast.File {
	out := map[string]*ast.File{}
	for _, path := range pure() {
		if files := all[path]; files != nil {
			maps.Copy(out, files)
			continue
		}
		f := all[filepath.ToSlash(filepath.Dir(path))][path]
		if f == nil {
			t.Errorf("%s is not there: mend the list", path)
			continue
		}
		out[path] = f
	}
	return out
}

// No package keeps state of its own, so that two networks fit into one process: a variable of a package has its value
// from the start (or from go:embed) and no function assigns to it.
func TestNoPackageLevelState(t *testing.T) {
	for _, files := range packages(t) {
		vars, specs := map[string]bool{}, map[*ast.ValueSpec]bool{}
		for path, f := range files {
			for _, v := range packageVars(f) {
				if len(v.spec.Values) == 0 && !embeds(v.decl, v.spec) {
					t.Errorf("%s: var %s has no value: make it a field", path, v.spec.Names[0].Name)
				}
				specs[v.spec] = true
				for _, n := range v.spec.Names {
					vars[n.Name] = n.Name != "_"
				}
			}
		}
		for path, f := range files {
			ast.Inspect(f, func(n ast.Node) bool {
				if d, ok := n.(*ast.FuncDecl); ok && d.Recv == nil && d.Name.Name == "init" {
					return false // a table that is filled before anything runs
				}
				for _, target := range assigned(n) {
					if id := rootName(target); id != nil && vars[id.Name] && !isLocal(id, specs) {
						t.Errorf("%s: something is assigned to %s, a variable of the package: make it a field", path, id.Name)
					}
				}
				return true
			})
		}
	}
}

type packageVar struct {
	decl *ast.GenDecl
	spec *ast.ValueSpec
}

func packageVars(f *ast.File) []packageVar {
	var out []packageVar
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
			for _, s := range g.Specs {
				out = append(out, packageVar{g, s.(*ast.ValueSpec)})
			}
		}
	}
	return out
}

// assigned are the targets of an assignment.
func assigned(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			return n.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	}
	return nil
}

// rootName is the variable at the beginning of x, x.f or x[i].
func rootName(e ast.Expr) *ast.Ident {
	switch e := e.(type) {
	case *ast.Ident:
		return e
	case *ast.SelectorExpr:
		return rootName(e.X)
	case *ast.IndexExpr:
		return rootName(e.X)
	case *ast.StarExpr:
		return rootName(e.X)
	case *ast.ParenExpr:
		return rootName(e.X)
	}
	return nil
}

// isLocal reports a name that a function declares: its declaration is no value spec of the package.
func isLocal(id *ast.Ident, ofPackage map[*ast.ValueSpec]bool) bool {
	if id.Obj == nil {
		return false
	}
	v, ok := id.Obj.Decl.(*ast.ValueSpec)
	return !ok || !ofPackage[v]
}

func embeds(g *ast.GenDecl, v *ast.ValueSpec) bool {
	for _, doc := range []*ast.CommentGroup{g.Doc, v.Doc} {
		if doc == nil {
			continue
		}
		for _, c := range doc.List {
			if strings.HasPrefix(c.Text, "//go:embed") {
				return true
			}
		}
	}
	return false
}

// Nothing unfinished is left behind, and nothing names a place outside the project.
func TestNothingLeftBehind(t *testing.T) {
	left := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X:)\b|\.\./sha` + `red|/wo` + `rk/`)
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != "." && d.Name() != ".ci" {
				return filepath.SkipDir
			}
			return err
		}
		if !slices.Contains([]string{".go", ".md", ".proto", ".service", ""}, filepath.Ext(path)) {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if slices.Contains(b, 0) {
			return nil // a program that was built here
		}
		for i, line := range strings.Split(string(b), "\n") {
			if m := left.FindString(line); m != "" {
				t.Errorf("%s:%d: %q", path, i+1, m)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
