package chepiao_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

const module = "chepiao"

// examine holds a set of files, path → text, against the rules of the house and
// returns what is wrong, in the order of paths.
func examine(files map[string]string) []string {
	var faults []string
	commented := map[string]bool{} // folder with code → has a package comment
	for _, p := range slices.Sorted(maps.Keys(files)) {
		f := &file{path: p, dir: path.Dir(p), text: files[p], test: strings.HasSuffix(p, "_test.go")}
		if path.Ext(p) == ".go" {
			f.examineGo(commented)
		}
		f.examineLength()
		faults = append(faults, f.faults...)
	}
	for _, dir := range slices.Sorted(maps.Keys(commented)) {
		if !commented[dir] {
			faults = append(faults, dir+": the package has no package comment")
		}
	}
	return faults
}

type file struct {
	path, dir, text string
	test            bool
	faults          []string
	set             *token.FileSet
	tree            *ast.File
}

func (f *file) fault(format string, args ...any) {
	f.faults = append(f.faults, f.path+": "+fmt.Sprintf(format, args...))
}

func (f *file) examineGo(commented map[string]bool) {
	f.set = token.NewFileSet()
	tree, err := parser.ParseFile(f.set, f.path, f.text, parser.ParseComments)
	if err != nil {
		f.faults = append(f.faults, err.Error())
		return
	}
	f.tree = tree
	for _, element := range strings.Split(f.dir, "/") {
		if slices.Contains(nameless, element) {
			f.fault("the name %q says nothing about what is inside", element)
			return
		}
	}
	_, floor, placed := floorOf(f.dir)
	if !placed {
		f.fault("package %s stands on no floor: place it in architecture_test.go", f.dir)
		return
	}
	if !f.test {
		f.examineComment(commented)
		f.examineFunctions()
		f.examineOutside(floor)
	} else {
		f.examineSkips()
	}
	for _, spec := range tree.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		f.examineImport(floor, imported)
	}
}

// floorOf finds the listed package that a folder is or belongs to, and its
// floor. Nothing but the root itself stands on the root's floor.
func floorOf(dir string) (home string, floor int, placed bool) {
	if dir == "." {
		return dir, floors[dir], true
	}
	for ; dir != "."; dir = path.Dir(dir) {
		if n, ok := floors[dir]; ok {
			return dir, n, true
		}
	}
	return "", 0, false
}

func (f *file) examineImport(floor int, imported string) {
	inner, ours := strings.CutPrefix(imported, module+"/")
	if imported == module {
		inner, ours = ".", true
	}
	if ours {
		f.examineInner(floor, inner)
		return
	}
	if under(imported, drivers...) && !under(f.dir, drivenBy...) {
		f.fault("imports %s: only store speaks to a database", imported)
		return
	}
	if floor != 0 || f.test {
		return
	}
	if strings.Contains(strings.Split(imported, "/")[0], ".") {
		if imported != "golang.org/x/text/unicode/norm" {
			f.fault("imports %s: the domain imports only the standard library and golang.org/x/text/unicode/norm", imported)
		}
	} else if under(imported, foreignToDomain...) {
		f.fault("imports %s: no I/O, chance or process in the domain", imported)
	}
}

// examineInner holds an import of our own against the floors. Tests may look
// sideways, never up.
func (f *file) examineInner(floor int, inner string) {
	home, _, _ := floorOf(f.dir)
	other, below, placed := floorOf(inner)
	_, listed := sideways[[2]string{f.dir, inner}]
	switch {
	case !placed:
		f.fault("imports %s, which stands on no floor", inner)
	case below > floor:
		f.fault("floor %d imports %s/%s of floor %d: imports only point down", floor, module, inner, below)
	case below == floor && !f.test && home != other && !listed:
		f.fault("imports %s/%s sideways on floor %d: list it with a reason, or pass the fact instead", module, inner, floor)
	}
}

// under says whether a path is one of the given ones or lies below it.
func under(p string, trees ...string) bool {
	return slices.ContainsFunc(trees, func(t string) bool { return p == t || strings.HasPrefix(p, t+"/") })
}

// examineComment asks for a paragraph before the package clause of one file,
// beginning as Go's documentation expects.
func (f *file) examineComment(commented map[string]bool) {
	if f.tree.Doc == nil {
		commented[f.dir] = commented[f.dir] || false
		return
	}
	commented[f.dir] = true
	begin := "Package " + f.tree.Name.Name + " "
	if f.tree.Name.Name != "main" && !strings.HasPrefix(f.tree.Doc.Text(), begin) {
		f.fault("the package comment must begin with %q", begin)
	}
}

// examineFunctions bounds the length of functions, from the line of "func" to
// that of the closing brace.
func (f *file) examineFunctions() {
	if ast.IsGenerated(f.tree) {
		return
	}
	for _, d := range f.tree.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		lines := f.set.Position(fn.End()).Line - f.set.Position(fn.Pos()).Line + 1
		if lines > functionLinesMax {
			f.fault("function %s has %d lines, more than %d", fn.Name.Name, lines, functionLinesMax)
		}
	}
}

// examineLength bounds the length of every hand-written file but tests.
func (f *file) examineLength() {
	if f.test || strings.HasSuffix(f.path, ".test.ts") || (f.tree != nil && ast.IsGenerated(f.tree)) {
		return
	}
	if lines := strings.Count(f.text, "\n"); lines > fileLinesMax {
		f.fault("%d lines, more than %d: is it one story?", lines, fileLinesMax)
	}
}

// fromOutside lists what the clock, chance and identity are called. A nil list
// bans the whole package; names after "!" are the harmless ones of a package
// whose other names are all banned.
var fromOutside = map[string][]string{
	"time":                   {"Now", "Since", "Until"},
	"math/rand":              {"!", "Rand", "Source", "New", "NewSource", "Zipf", "NewZipf"},
	"math/rand/v2":           {"!", "Rand", "Source", "New", "NewPCG", "NewChaCha8", "PCG", "ChaCha8", "Zipf", "NewZipf"},
	"crypto/rand":            nil,
	"github.com/google/uuid": {"New", "NewString", "NewRandom", "NewUUID", "NewV6", "NewV7", "NewRandomFromReader", "NewV7FromReader"},
}

// examineOutside looks for time, chance and identity that are taken instead of
// brought, and for goroutines in the domain.
func (f *file) examineOutside(floor int) {
	local := map[string]string{} // name in this file → import path
	for _, spec := range f.tree.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		names, watched := fromOutside[imported]
		if !watched || under(f.dir, clocked...) {
			continue
		}
		name := path.Base(strings.TrimSuffix(imported, "/v2"))
		if spec.Name != nil {
			name = spec.Name.Name
		}
		switch {
		case names == nil && floor > 0:
			f.fault("imports %s: randomness is brought by the doors", imported)
		case name == ".":
			f.fault("dot import of %s hides where its names come from", imported)
		default:
			local[name] = imported
		}
	}
	ast.Inspect(f.tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			if floor == 0 {
				f.fault("line %d: no goroutine in the domain", f.set.Position(n.Pos()).Line)
			}
		case *ast.SelectorExpr:
			id, ok := n.X.(*ast.Ident)
			if !ok || id.Obj != nil { // Obj: a variable of that name, declared in this file
				return true
			}
			if imported := local[id.Name]; imported != "" && banned(fromOutside[imported], n.Sel.Name) {
				f.fault("line %d: %s.%s: time, chance and identity come from outside", f.set.Position(n.Pos()).Line, path.Base(strings.TrimSuffix(imported, "/v2")), n.Sel.Name)
			}
		}
		return true
	})
}

func banned(names []string, name string) bool {
	if len(names) > 0 && names[0] == "!" {
		return !slices.Contains(names, name)
	}
	return slices.Contains(names, name)
}

// examineSkips lets a test be skipped for one reason only: the real data that
// lie beside the checkout are not there. .ci/run finds these by their words.
func (f *file) examineSkips() {
	ast.Inspect(f.tree, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		method, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, method.Sel.Name) {
			return true
		}
		if len(call.Args) > 0 {
			if why, ok := call.Args[0].(*ast.BasicLit); ok && (strings.Contains(why.Value, "needs ../shared/data") || strings.Contains(why.Value, "needs root and ip")) {
				return true
			}
		}
		f.fault("line %d: a test is skipped only with words that contain \"needs ../shared/data\", or \"needs root and ip\"", f.set.Position(call.Pos()).Line)
		return true
	})
}
