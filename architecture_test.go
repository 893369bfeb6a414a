package chepiao_test

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The house has floors, and imports only point down. This file says where each
// package stands; architecture_rules_test.go says what is examined.

// floors places every package of the module. A package that is not here fails
// the test until somebody decides where it belongs. A folder below a listed one
// (web/window) belongs to it, unless it is listed itself.
var floors = map[string]int{
	".": 0, // the domain

	"store":   1,
	"voucher": 1,
	"gtfs":    1,
	"pay":     1,
	"message": 1,
	"locale":  1,
	"demo":    1, // a timetable as data files
	"device":  1, // card reader, scanner, printer and drawer of one machine

	"paper": 1, // everything printed

	"postgres": 1, // starts private database servers; speaks to none

	"store/storetest": 1, // what every database must do
	"voucher/wasm":    1, // the verifier in a browser
	"alone":           1, // a gate without its node: its list, and the check over it
	"alone/wasm":      1, // the same in a browser
	"pay/sandbox":     1, // an outside party, acted by us
	"pay/practice":    1, // what all acted payment firms share

	"pay/wechat":           1, // WeChat Pay, by its own library
	"pay/wechat/wechatsim": 1, // the other end of it, acted by us
	"pay/alipay":           1, // Alipay, by smartwalle's library
	"pay/alipay/alipaysim": 1, // the other end of it, acted by us
	"message/smsgate":      1, // another one

	"tax":        1,
	"tax/taxsim": 1, // the practice tax service

	"realname":          1,
	"realname/register": 1, // the practice population register
	"device/simulate":   1, // a reader, a scanner and a printer that are none

	"office": 2,
	"ident":  2,
	"relay":  2, // between a hub and its stations

	"ident/provider": 2, // the other end of a sign-in, acted by us

	"api":         3,
	"web":         3,
	"web/build":   3, // makes what web embeds
	"watch":       3, // stands before the other doors
	"home":        3, // between the watch and the other doors
	"bench":       3,
	"torture":     3,
	"sim":         3, // a province in virtual time
	"cmd/chepiao": 4, // opens all doors, so it stands above them
}

// sideways lists the imports between packages of one floor, each with its reason.
var sideways = map[[2]string]string{
	{"relay", "office"}:                      "what it carries is taken in by the office's own verbs",
	{"store/storetest", "store"}:             "the suite that every database must pass",
	{"store/storetest", "postgres"}:          "starts the server that the suite runs on",
	{"alone/wasm", "alone"}:                  "the same package, compiled for browsers",
	{"alone/wasm", "voucher"}:                "verifies the signatures that the list's keys made",
	{"voucher/wasm", "voucher"}:              "the same package, compiled for browsers",
	{"pay/sandbox", "pay"}:                   "the other end of the protocol that pay speaks",
	{"pay/sandbox", "pay/practice"}:          "the look of its pages",
	{"pay/practice", "pay"}:                  "the refusals and limits that all channels share",
	{"pay/wechat", "pay"}:                    "what every channel can do",
	{"pay/wechat/wechatsim", "pay"}:          "the refusals that all channels share",
	{"pay/wechat/wechatsim", "pay/practice"}: "the firm behind the protocol",
	{"pay/alipay", "pay"}:                    "what every channel can do",
	{"pay/alipay/alipaysim", "pay"}:          "the refusals that all channels share",
	{"pay/alipay/alipaysim", "pay/practice"}: "the firm behind the protocol",
	{"message/smsgate", "message"}:           "the other end of the protocol that message speaks",
	{"realname/register", "realname"}:        "the other end of the protocol that realname speaks",
	{"tax/taxsim", "tax"}:                    "the other end of the protocol that tax speaks",
	{"tax/taxsim", "paper"}:                  "draws the documents that it keeps",
	{"device/simulate", "device"}:            "the other end of the lines that device speaks on",
	{"bench", "api"}:                         "measures the very handlers that serve",
	{"api", "watch"}:                         "tells the watch which route answered and why not, and gets the request's number",
	{"web/ui", "watch"}:                      "the same for pages",
	{"home", "watch"}:                        "who asked travels along when a request is passed on",
	{"web", "watch"}:                         "how often one address may ask for pages",
	{"bench/baseline", "api"}:                "answers in the very same shapes, so that one client drives both",
}

// drivenBy are the trees that speak to a database: the store, and what it is
// compared with, which must not share its code.
var drivenBy = []string{"store", "bench/baseline"}

// drivers are the modules that speak to a database; only those trees may import
// them.
var drivers = []string{
	"database/sql", "zombiezen.com/go/sqlite", "modernc.org/sqlite", "github.com/mattn/go-sqlite3",
	"github.com/ncruces/go-sqlite3", "github.com/jackc/pgx", "github.com/lib/pq",
}

// clocked are the trees that may read the clock, draw random numbers and make
// new ids: the doors and the commands. Everyone else is given them.
var clocked = []string{"cmd", "api", "web", "bench", "torture"}

// foreignToDomain are the packages of the standard library that floor 0 must do
// without, with everything below them: no I/O, no chance, no processes.
var foreignToDomain = []string{
	"database/sql", "net", "os", "log", "math/rand", "crypto/rand", "syscall", "io/ioutil", "plugin", "testing",
}

// nameless are names that say nothing about what is inside.
var nameless = []string{
	"util", "utils", "pkg", "model", "models", "service", "services", "helper", "helpers",
	"mock", "mocks", "common", "misc",
}

const (
	fileLinesMax     = 400
	functionLinesMax = 70
)

func TestArchitecture(t *testing.T) {
	for _, fault := range examine(readTree(t, ".")) {
		t.Error(fault)
	}
}

// readTree reads the hand-written files of the module, leaving out what was
// fetched, built or is test data.
func readTree(t *testing.T, root string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			hidden := strings.HasPrefix(name, ".") && name != "."
			if hidden || path == "bin" || path == "build" || slices.Contains([]string{"node_modules", "dist", "testdata"}, name) {
				return filepath.SkipDir
			}
			return nil
		}
		if slices.Contains([]string{".go", ".ts", ".css", ".html"}, filepath.Ext(name)) {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			files[filepath.ToSlash(path)] = string(b)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 10 {
		t.Fatalf("only %d files found: is the test looking at the module?", len(files))
	}
	return files
}

// TestArchitectureCanFail breaks each rule once in a small house of its own and
// expects exactly that complaint; and keeps it once and expects none.
func TestArchitectureCanFail(t *testing.T) {
	for _, c := range []struct {
		name string
		path string
		body string // after the package comment and clause
		want string // in the only complaint; "" for none
	}{
		{"down", "office/hold.go", `import _ "chepiao/store"`, ""},
		{"up", "store/x.go", `import _ "chepiao/office"`, "floor 1 imports chepiao/office of floor 2"},
		{"up from a test", "store/x_test.go", `import _ "chepiao/office"`, "floor 1 imports chepiao/office of floor 2"},
		{"up from the root", "x.go", `import _ "chepiao/gtfs"`, "floor 0 imports chepiao/gtfs of floor 1"},
		{"sideways", "gtfs/x.go", `import _ "chepiao/store"`, "sideways"},
		{"sideways into a folder below", "gtfs/x.go", `import _ "chepiao/pay/sandbox"`, "sideways"},
		{"sideways in a test", "gtfs/x_test.go", `import _ "chepiao/demo"`, ""},
		{"sideways with a reason", "store/storetest/x.go", `import _ "chepiao/store"`, ""},
		{"inside one tree", "web/window/x.go", `import _ "chepiao/web"`, ""},
		{"a reason for one direction only", "store/x.go", `import _ "chepiao/store/storetest"`, "sideways"},
		{"unplaced package", "settle/x.go", ``, "stands on no floor"},
		{"unplaced import", "office/x.go", `import _ "chepiao/settle"`, "stands on no floor"},
		{"cmd wires doors", "cmd/chepiao/x.go", `import _ "chepiao/api"`, ""},
		{"door imports command", "api/x.go", `import _ "chepiao/cmd/chepiao"`, "floor 3 imports"},
		{"domain and normalising", "x.go", `import _ "golang.org/x/text/unicode/norm"`, ""},
		{"domain and a module", "x.go", `import _ "golang.org/x/text/width"`, "only the standard library"},
		{"domain and files", "x.go", `import _ "os"`, "os: no I/O"},
		{"domain and network", "x.go", `import _ "net/http"`, "net/http: no I/O"},
		{"domain and log", "x.go", `import _ "log/slog"`, "log/slog: no I/O"},
		{"domain and chance", "x.go", `import _ "math/rand/v2"`, "math/rand/v2: no I/O"},
		{"domain and goroutine", "x.go", "func f() { go f() }", "no goroutine"},
		{"tool and goroutine", "store/x.go", "func f() { go f() }", ""},
		{"driver in store", "store/x.go", `import _ "zombiezen.com/go/sqlite"`, ""},
		{"driver in what we are compared with", "bench/baseline/x.go", `import _ "github.com/jackc/pgx/v5"`, ""},
		{"driver in the bench", "bench/x.go", `import _ "github.com/jackc/pgx/v5"`, "only store"},
		{"driver in a door", "api/x.go", `import _ "zombiezen.com/go/sqlite"`, "only store"},
		{"driver's folder", "office/x.go", `import _ "github.com/jackc/pgx/v5/pgconn"`, "only store"},
		{"driver in a test", "office/x_test.go", `import _ "database/sql"`, "only store"},
		{"like a driver by name", "office/x.go", `import _ "github.com/lib/pqueue"`, ""},
		{"clock in a door", "api/x.go", "import \"time\"\nvar _ = time.Now()", ""},
		{"clock in the office", "office/x.go", "import \"time\"\nvar _ = time.Now()", "time.Now"},
		{"clock under another name", "office/x.go", "import t \"time\"\nvar now = t.Now", "time.Now"},
		{"clock, hidden", "office/x.go", "import \"time\"\nfunc f(t time.Time) { _ = time.Since(t) }", "time.Since"},
		{"clock by dot", "office/x.go", "import . \"time\"\nvar _ = Now()", "dot import"},
		{"clock in a test", "office/x_test.go", "import \"time\"\nvar _ = time.Now()", ""},
		{"another Now", "office/x.go", "var clock struct{ Now func() }\nfunc f() { clock.Now() }", ""},
		{"clock of the sandbox", "pay/sandbox/x.go", "import \"time\"\nvar _ = time.Now()", "time.Now"},
		{"chance in a tool", "store/x.go", "import \"math/rand/v2\"\nvar _ = rand.IntN(6)", "rand.IntN"},
		{"a given generator", "gtfs/x.go", "import \"math/rand/v2\"\nfunc f(r *rand.Rand) int { return r.IntN(6) }", ""},
		{"a seeded generator", "gtfs/x.go", "import \"math/rand/v2\"\nvar _ = rand.New(rand.NewPCG(1, 2))", ""},
		{"secret chance in a tool", "voucher/x.go", "import \"crypto/rand\"\nvar _ = rand.Reader", "crypto/rand"},
		{"secret chance in a door", "cmd/chepiao/x.go", "import \"crypto/rand\"\nvar _ = rand.Reader", ""},
		{"new id in the office", "office/x.go", "import \"github.com/google/uuid\"\nvar _ = uuid.NewV7", "uuid.NewV7"},
		{"reading an id", "office/x.go", "import \"github.com/google/uuid\"\nvar _ = uuid.Parse", ""},
		{"name that says nothing", "office/utils/x.go", ``, "says nothing"},
		{"long page", "web/x.html", strings.Repeat("<p>\n", 401), "401 lines"},
		{"full page", "web/x.html", strings.Repeat("<p>\n", 400), ""},
		{"long style", "web/src/x.css", strings.Repeat("a{}\n", 401), "401 lines"},
		{"long script", "web/src/x.ts", strings.Repeat("f()\n", 401), "401 lines"},
		{"long file", "store/x.go", strings.Repeat("var _ = 1\n", 401), "lines"},
		{"long test", "store/x_test.go", strings.Repeat("var _ = 1\n", 401), ""},
		{"long function", "store/x.go", "func f() {\n" + strings.Repeat("f()\n", 69) + "}", "f has 71 lines"},
		{"full function", "store/x.go", "func f() {\n" + strings.Repeat("f()\n", 68) + "}", ""},
		{"skip without reason", "store/x_test.go", "import \"testing\"\nfunc TestX(t *testing.T) { t.Skip(\"slow\") }", "needs ../shared/data"},
		{"skip now", "store/x_test.go", "import \"testing\"\nfunc TestX(t *testing.T) { t.SkipNow() }", "needs ../shared/data"},
		{"skip for the cables", "store/x_test.go", "import \"testing\"\nfunc TestX(t *testing.T) { t.Skip(\"needs root and ip (package iproute2)\") }", ""},
		{"skip for the data", "store/x_test.go", "import \"testing\"\nfunc TestX(t *testing.T) { t.Skip(\"needs ../shared/data\") }", ""},
		{"syntax", "store/x.go", "func {", "expected"},
	} {
		t.Run(c.name, func(t *testing.T) {
			expect(t, examine(smallHouse(c.path, c.body)), c.want)
		})
	}
}

func TestGeneratedFileMayBeLong(t *testing.T) {
	const long = "// Package store is on trial.\npackage store\n"
	body := strings.Repeat("var _ = 1\n", 401)
	expect(t, examine(map[string]string{"store/x.go": "// Code generated by stringer. DO NOT EDIT.\n\n" + long + body}), "")
	expect(t, examine(map[string]string{"store/x.go": "// Code written by hand.\n\n" + long + body}), "405 lines")
}

func TestPackageComment(t *testing.T) {
	expect(t, examine(map[string]string{"store/a.go": "package store\n", "store/b.go": "// Package store keeps.\npackage store\n"}), "")
	expect(t, examine(map[string]string{"store/a.go": "package store\n", "store/b.go": "package store\n"}), "no package comment")
	expect(t, examine(map[string]string{"store/a_test.go": "package store_test\n"}), "")
	expect(t, examine(map[string]string{"store/a.go": "// store.\npackage store\n"}), "must begin with")
	expect(t, examine(map[string]string{"cmd/chepiao/a.go": "// Command chepiao runs.\npackage main\n"}), "")
}

// TestChinesePunctuation: a Chinese sentence has Chinese punctuation wherever it is
// written. Tables of the payment firms and samples of data files have commas of their own.
func TestChinesePunctuation(t *testing.T) {
	beside := regexp.MustCompile(`\p{Han}[,;:!?]\p{Han}`)
	foreign := []string{"pay/alipay/", "pay/wechat/", "tax/"}
	for path, text := range readTree(t, ".") {
		if strings.HasSuffix(path, "_test.go") || slices.ContainsFunc(foreign, func(f string) bool { return strings.HasPrefix(path, f) }) {
			continue
		}
		for n, line := range strings.Split(text, "\n") {
			if at := beside.FindString(line); at != "" && !strings.Contains(line, "who=") {
				t.Errorf("%s:%d: %q should have one of ，；：！？", path, n+1, at)
			}
		}
	}
}

// TestModulesAreIntroduced asks for a page in docs/decisions that names each
// module and each web package the project uses (rule 9 of STYLE.md).
func TestModulesAreIntroduced(t *testing.T) {
	pages, err := filepath.Glob("docs/decisions/*.md")
	if err != nil || len(pages) < 10 {
		t.Fatalf("%d pages of decisions, %v", len(pages), err)
	}
	var named []string
	for _, page := range pages {
		b, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		named = append(named, strings.FieldsFunc(string(b), func(r rune) bool { return strings.ContainsRune(" `|,;:()\n", r) })...)
	}
	for _, module := range modulesOf(t) {
		if !slices.ContainsFunc(named, func(n string) bool { return n == module || strings.Contains(n, "/") && under(module, n) }) {
			t.Errorf("%s is used, but no page of docs/decisions introduces it", module)
		}
	}
}

// modulesOf lists what is imported from other houses: Go packages of the whole
// tree, and the packages of web/package.json.
func modulesOf(t *testing.T) []string {
	t.Helper()
	var list []string
	for p, text := range readTree(t, ".") {
		if filepath.Ext(p) != ".go" {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), p, text, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range tree.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") {
				list = append(list, imported)
			}
		}
	}
	var web struct{ Dependencies, DevDependencies map[string]string }
	b, err := os.ReadFile("web/package.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &web); err != nil {
		t.Fatal(err)
	}
	list = slices.AppendSeq(list, maps.Keys(web.Dependencies))
	list = slices.AppendSeq(list, maps.Keys(web.DevDependencies))
	slices.Sort(list)
	return slices.Compact(list)
}

// smallHouse is one file with its package comment and clause.
func smallHouse(path, body string) map[string]string {
	if !strings.HasSuffix(path, ".go") {
		return map[string]string{path: body}
	}
	name := filepath.Base(filepath.Dir(path))
	comment := "// Package " + name + " is on trial."
	switch {
	case filepath.Dir(path) == ".":
		name, comment = "chepiao", "// Package chepiao is on trial."
	case strings.HasPrefix(path, "cmd/"):
		name, comment = "main", "// Command chepiao is on trial."
	}
	return map[string]string{path: comment + "\npackage " + name + "\n" + body + "\n"}
}

func expect(t *testing.T, faults []string, want string) {
	t.Helper()
	switch {
	case want == "" && len(faults) > 0:
		t.Errorf("complains without reason: %q", faults)
	case want != "" && (len(faults) != 1 || !strings.Contains(faults[0], want)):
		t.Errorf("complaints are %q, want one with %q", faults, want)
	}
}
