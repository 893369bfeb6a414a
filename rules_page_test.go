package chepiao_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"chepiao"
)

var rewritePage = flag.Bool("rewrite", false, "write docs/rules.md from the table of rules")

// TestRulesPage: docs/rules.md is what the table of rules says.
func TestRulesPage(t *testing.T) {
	const path = "docs/rules.md"
	page := rulesPage()
	if *rewritePage {
		if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil || string(b) != page {
		t.Errorf("docs/rules.md is not what the table says: go test . -run TestRulesPage -rewrite (%v)", err)
	}
}

var sectionTitles = []struct{ rule, title string }{
	{"advance_days", "Sale 售票"}, {"fen_per_km", "Fares 票价"}, {"free_age", "Children 儿童"}, {"refund", "Refund 退票"}, {"rebook_times", "Rebook and correct 改签、更正"},
	{"check_opens", "Check and dispatch 检票、发班"}, {"report_opens", "Vehicles 车辆"}, {"wait_closes", "Waitlist, changes, vouchers, receipts 候补、变更、凭证"},
}

func rulesPage() string {
	var b strings.Builder
	b.WriteString(`# The rules of road transport

Every number of the trade is a rule: it has a name, a default, a unit and bounds, and a sheet may set it anew for the nation, a province, a
station or a line, from a moment on, with author and reason. The more particular stands over the more general: line over station over province
over nation. Stations are those where the passenger boards. A ticket keeps the rules of fare, refund and rebooking that it was sold under; whatever
else is asked uses the rules that stand then.

This page is written from the table in ` + "`rule_rows.go` and `rule_rows_road.go`" + ` by ` + "`go test . -run TestRulesPage -rewrite`" + `, and a test holds it to them.
Defaults are those of the requirements, section in the last column but one; P and a number is the parameter of a live station system.

What rules must not say together is refused when a sheet is set, wherever it would apply and from whenever it would: check may not close before it opens,
nor open before the hall; sales may not go on after check has closed; coaches are not due before they may report; free children are not older or taller than
half fares; a ladder of refunds falls in time and rises in share; a smaller coach never cuts seats off.

    chepiao rules list --data DIR                       every rule as it stands
    chepiao rules explain --data DIR refund --station SJZ   which sheet says so, since when, and why
    chepiao rules export --data DIR > rules.json        all sheets as a file
    chepiao rules import --data DIR rules.json --dry-run    what they would change
    chepiao rules lab --data DIR rules.json             a period's tickets under proposed rules

"layers" names the most particular layer that may set the rule. Values are typed with their unit: ` + "`10 min`, `12.5%`, `¥0.50`, `yes`" + `; a ladder is
` + "`2 h 10% ¥0.50; 0 20% ¥1; -1 h 50% ¥1`" + `: up to two hours before departure a tenth, at least half a yuan; then until departure a fifth; until an hour after it a half.
`)
	for _, r := range chepiao.RuleTable() {
		for _, s := range sectionTitles {
			if s.rule == r.Name {
				fmt.Fprintf(&b, "\n## %s\n\n| rule | 中文 | meaning | default | unit | bounds | layers | source | place in code |\n|---|---|---|---|---|---|---|---|---|\n", s.title)
			}
		}
		zh, en := r.Say(chepiao.DefaultRules())
		said := zh + " / " + en
		if zh == en {
			said = zh
		}
		source := r.Source
		if !strings.Contains(source, r.Section) {
			source = r.Section + ", " + source
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s | %s | %s | %s |\n", r.Name, r.ZH, r.EN, said, r.Unit, bounds(r), r.Deepest, source, places(r))
	}
	b.WriteString("\n## Decisions that are no numbers 由程序或数据决定\n\nExplanations name these, too.\n\n| name | 中文 | what is decided | place in code |\n|---|---|---|---|\n")
	for _, d := range decisions {
		fmt.Fprintf(&b, "| `%s` | %s | %s | [%s](../%s) |\n", d.name, d.zh, d.en, d.place, d.place)
	}
	return b.String()
}

// decisions are what explanations name that is no number of the table: plain
// code decides, or data of the timetable.
var decisions = []struct{ name, zh, en, place string }{
	{"fares", "票价表", "the line's fare table names the pair of stops", "fare.go"},
	{"reseat", "换座", "who sits where in another coach", "reseat_words.go"},
	{"waitlist", "候补顺序", "which request gets a seat that came back", "waitlist_fair.go"},
	{"flow_queue", "流水排队", "who of a flow departure boards next", "queue.go"},
}

// TestExplanationsNameARule: whoever asks why can look the answer up.
func TestExplanationsNameARule(t *testing.T) {
	known := map[string]bool{}
	for _, d := range decisions {
		known[d.name] = false
	}
	named := regexp.MustCompile(`(?:\.[Bb]y\(|\bRule: +)"([a-z_]+)"`)
	for path, text := range readTree(t, ".") {
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			continue
		}
		for _, m := range named.FindAllStringSubmatch(text, -1) {
			if _, decision := known[m[1]]; decision {
				known[m[1]] = true
			} else if _, err := chepiao.RuleNamed(m[1]); err != nil {
				t.Errorf("%s explains itself by %s, which is neither a rule nor a decision of docs/rules.md", path, m[1])
			}
		}
	}
	for _, d := range decisions {
		if !known[d.name] {
			t.Errorf("nothing explains itself by the decision %s", d.name)
		}
		if _, err := os.Stat(d.place); err != nil {
			t.Error(err)
		}
	}
}

func bounds(r chepiao.Rule) string {
	switch r.Unit {
	case chepiao.UnitSwitch:
		if r.Hi == 0 {
			return "must stay off"
		}
		return "yes, no"
	case chepiao.UnitLadder, chepiao.UnitItems, chepiao.UnitLines:
		return fmt.Sprintf("at most %d", r.Hi)
	case chepiao.UnitChoice:
		var words []string
		for _, c := range r.Choices() {
			words = append(words, fmt.Sprintf("%d %s", c.Value, c.EN))
		}
		return strings.Join(words, ", ")
	}
	return fmt.Sprintf("%d–%d", r.Lo, r.Hi)
}

func places(r chepiao.Rule) string {
	if slices.Contains(notYet, r.Name) {
		return "no code reads it yet 暂无程序使用"
	}
	var links []string
	for _, p := range strings.Fields(r.Place) {
		links = append(links, fmt.Sprintf("[%s](../%s)", p, p))
	}
	return strings.Join(links, ", ")
}

// notYet are rules that no code reads yet. The list can only shrink.
var notYet = []string{
	"sheet_cancel_days", "type_moves_price",
}

// TestRulesAct: every rule is read where the table says it acts.
func TestRulesAct(t *testing.T) {
	read := rulesRead(t)
	fields := map[string]bool{}
	for _, r := range chepiao.RuleTable() {
		field := r.Field()
		fields[field] = true
		later := slices.Contains(notYet, r.Name)
		for _, p := range strings.Fields(r.Place) {
			if _, err := os.Stat(p); err != nil && !later {
				t.Errorf("%s acts in %s, which is not there; it is read in %v", r.Name, p, read[field])
			} else if err == nil && !slices.Contains(read[field], p) && !later {
				t.Errorf("%s acts in %s, which does not mention %s; it is read in %v", r.Name, p, field, read[field])
			}
		}
		if later && len(read[field]) > 0 {
			t.Errorf("%s is read in %v: take it off the list notYet and name its place", r.Name, read[field])
		}
		if r.Place == "" {
			t.Errorf("%s acts nowhere", r.Name)
		}
	}
	for _, name := range notYet {
		if _, err := chepiao.RuleNamed(name); err != nil {
			t.Errorf("%s stands in notYet and is no rule", name)
		}
	}
	if len(fields) != len(chepiao.RuleTable()) {
		t.Error("two rules share a field")
	}
}

// TestEveryRuleIsInTheTable: a field of Rules without a row could never be set.
func TestEveryRuleIsInTheTable(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "rules.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"Version": true}
	for _, r := range chepiao.RuleTable() {
		known[r.Field()] = true
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.TypeSpec); ok && s.Name.Name == "Rules" {
			for _, f := range s.Type.(*ast.StructType).Fields.List {
				for _, name := range f.Names {
					if !known[name.Name] {
						t.Errorf("%s has no row in the table of rules: add one to rule_rows.go", name.Name)
					}
				}
			}
		}
		return true
	})
}

// rulesRead finds for each field of Rules the files that read it, straight or
// through a method of Rules, but for those that only handle rules as such.
func rulesRead(t *testing.T) map[string][]string {
	t.Helper()
	fields := map[string]bool{}
	for _, r := range chepiao.RuleTable() {
		fields[r.Field()] = true
	}
	files := map[string]*ast.File{}
	for path, text := range readTree(t, ".") {
		handles := strings.HasPrefix(path, "rule") && path != "rules.go" && path != "rule_check.go" || strings.Contains(path, "/rules") || strings.Contains(path, "/lab")
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || handles || strings.HasPrefix(path, "api/") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, text, 0)
		if err != nil {
			continue // half-written; the compiler will say so
		}
		files[path] = file
	}
	methods := methodsOfRules(files, fields)
	read := map[string][]string{}
	for path, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && ofRules(s.X) {
				for _, field := range append(methods[s.Sel.Name], s.Sel.Name) {
					bounded := path == "rule_check.go" && field != "SeatsCut" // judged there, not used
					if fields[field] && !bounded && !slices.Contains(read[field], path) {
						read[field] = append(read[field], path)
					}
				}
			}
			return true
		})
	}
	for _, paths := range read {
		slices.Sort(paths)
	}
	return read
}

// methodsOfRules are the methods with a receiver of Rules and the fields that
// each reads.
func methodsOfRules(files map[string]*ast.File, fields map[string]bool) map[string][]string {
	methods := map[string][]string{}
	for range 2 { // a method may call another
		for _, file := range files {
			for _, d := range file.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if !ok || fn.Recv == nil || !strings.Contains(types(fn.Recv.List[0].Type), "Rules") || fn.Body == nil {
					continue
				}
				ast.Inspect(fn.Body, func(n ast.Node) bool {
					if s, ok := n.(*ast.SelectorExpr); ok && ofRules(s.X) {
						for _, field := range append(methods[s.Sel.Name], s.Sel.Name) {
							if fields[field] && !slices.Contains(methods[fn.Name.Name], field) {
								methods[fn.Name.Name] = append(methods[fn.Name.Name], field)
							}
						}
					}
					return true
				})
			}
		}
	}
	return methods
}

func types(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return types(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// ofRules says whether an expression looks like a set of rules: r, rules,
// f.Rules, o.RulesFor(…).
func ofRules(e ast.Expr) bool {
	names := []string{"r", "rules", "Rules", "RulesAt", "RulesFor", "rulesOf"}
	switch e := e.(type) {
	case *ast.Ident:
		return slices.Contains(names, e.Name)
	case *ast.SelectorExpr:
		return slices.Contains(names, e.Sel.Name)
	case *ast.CallExpr:
		return ofRules(e.Fun)
	}
	return false
}
