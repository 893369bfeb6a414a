package chepiao_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"chepiao"
)

// The faults of real systems (requirements 22) that a sale could have.

// TestFifthFreeChildIsRefused is fault 1: the allowed count was multiplied once
// more by the seats, so it never refused. 49 seats carry four free children, on
// every channel.
func TestFifthFreeChildIsRefused(t *testing.T) {
	r := chepiao.DefaultRules()
	for _, channel := range []chepiao.Channel{chepiao.Online, chepiao.Window, chepiao.Platform} {
		for _, outlet := range []bool{false, true} {
			d := chepiao.NewDeparture(chepiao.MakeDepartureID(7, day("2026-11-22")), &chepiao.Template{Kind: chepiao.Fixed, Seats: 49, Stops: make([]chepiao.Stop, 2)})
			for n := 1; n <= 5; n++ {
				wish := chepiao.Wish{Channel: channel, Outlet: outlet, Alight: 1, Riders: []chepiao.Rider{{Token: chepiao.PersonToken{byte(n)}, Children: 1}}}
				seats, err := d.Seat(wish, nil, r)
				if n == 5 {
					no := chepiao.AsRefusal(err)
					if no == nil || no.Reason != chepiao.TooMany || no.Because == nil || no.Because.Rule != "child_quota" {
						t.Errorf("%s: the fifth free child: %v, %v", channel, seats, err)
					}
					continue
				}
				if err != nil {
					t.Fatalf("%s: free child %d: %v", channel, n, err)
				}
				d.Take([]chepiao.Ticket{{ID: chepiao.TicketID(n), Alight: 1, Seat: seats[0], Person: wish.Riders[0].Token, Children: 1}})
			}
			if d.Children != 4 {
				t.Errorf("%s: %d free children", channel, d.Children)
			}
		}
	}
}

// TestLineListIsAsked is fault 2: the list of real-name lines was counted and
// not read, so it was ignored. A line of class 4 needs no document, one of
// class 4 on the list does.
func TestLineListIsAsked(t *testing.T) {
	r := chepiao.DefaultRules()
	r.RealNameLines = []string{"K9"}
	for code, want := range map[string]bool{"K4": false, "K9": true} {
		if got, why := chepiao.RealName(&chepiao.Line{Class: 4, Code: code}, r); got != want {
			t.Errorf("%s: %v %+v", code, got, why)
		}
	}
}

// TestNumbersAreToldApartByPrefix is fault 7: paper and electronic tickets were
// told apart by the length of their numbers. Ours say what they are.
func TestNumbersAreToldApartByPrefix(t *testing.T) {
	order, ticket := chepiao.OrderID(chepiao.LaneID(1, 1)).String(), chepiao.TicketID(chepiao.LaneID(1, 2)).String()
	if len(order) != len(ticket) {
		t.Fatalf("%s and %s: the test wants numbers of one length", order, ticket)
	}
	if _, err := chepiao.ParseTicketID(order); chepiao.Why(err) == "" {
		t.Error("the number of an order is taken for that of a ticket")
	}
	if _, err := chepiao.ParseOrderID(ticket); chepiao.Why(err) == "" {
		t.Error("the number of a ticket is taken for that of an order")
	}
	if _, err := chepiao.ParseTicketID(strings.TrimLeft(ticket, "TK")); chepiao.Why(err) == "" {
		t.Error("a number without its prefix is taken for a ticket")
	}
}

// wordsOnly are the files that may have floats beside money: they print
// kilometres and percentages, and compute no sum with them.
var wordsOnly = regexp.MustCompile(`^(fare|line|rule_\w+|station|gtfs/\w+|web/.*|bench/.*|cmd/.*|demo/.*|voucher/.*|name_match|reseat\w*)\.go$`)

// TestMoneyIsNoFloat is fault 8: sums were floats in sale, refund and insurance.
func TestMoneyIsNoFloat(t *testing.T) {
	if kind := reflect.TypeFor[chepiao.Money]().Kind(); kind != reflect.Int64 {
		t.Errorf("money is a %s", kind)
	}
	for path, file := range sources(t) {
		if wordsOnly.MatchString(path) {
			continue
		}
		money, float := false, ""
		ast.Inspect(file, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				money = money || id.Name == "Money"
				if id.Name == "float64" || id.Name == "float32" {
					float = id.Name
				}
			}
			return true
		})
		if money && float != "" {
			t.Errorf("%s has money and a %s", path, float)
		}
	}
}

// TestNoStationIsAnException is fault 14: gates had exceptions for single
// stations in their code. Here no code of a station, line or departure is
// compared with a constant.
func TestNoStationIsAnException(t *testing.T) {
	for path, file := range sources(t) {
		if strings.HasPrefix(path, "demo/") {
			continue // invents stations
		}
		ast.Inspect(file, func(n ast.Node) bool {
			e, ok := n.(*ast.BinaryExpr)
			if !ok || e.Op != token.EQL && e.Op != token.NEQ {
				return true
			}
			for _, side := range [][2]ast.Expr{{e.X, e.Y}, {e.Y, e.X}} {
				name, isName := side[0].(*ast.SelectorExpr)
				text, isText := side[1].(*ast.BasicLit)
				if isName && isText && text.Kind == token.STRING && text.Value != `""` && (name.Sel.Name == "Code" || name.Sel.Name == "Station" || name.Sel.Name == "Line") {
					t.Errorf("%s compares %s with %s: that is a rule, and belongs into the rule book", path, name.Sel.Name, text.Value)
				}
			}
			return true
		})
	}
}

// sources are the program's files without its tests.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != "."):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		files[path] = file
		return err
	})
	if err != nil || len(files) < 100 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	return files
}
