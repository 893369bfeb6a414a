package ident_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"chepiao/ident"
)

var rewrite = flag.Bool("rewrite", false, "write the matrix in docs/staff.md anew")

// The squares as they are meant: what is not named is forbidden.
var (
	meantAlone = map[ident.Role]string{
		ident.Window: "sell_at_window act_on_order take_cash see_ticket look_up uncheck report dispatch see_manifest print_paper",
		ident.Gate:   "see_ticket check uncheck report dispatch see_manifest",
		ident.Desk: "sell_at_window act_on_order take_cash see_ticket look_up check override review uncheck report dispatch see_manifest tell operate set_rules suspend" +
			" keep_stock see_money print_paper sell_at_kiosk operate_kiosk",
		ident.Kiosk: "sell_at_kiosk print_paper",
		"":          "", "passenger": "",
	}
	meantHosted = map[ident.Role]string{ // beside what the device does alone
		ident.Window: "open_shift sign_shift keep_stock see_money practise suspend operate_kiosk manage_staff agree",
		ident.Gate:   "look_up override review suspend",
		ident.Desk:   "open_shift sign_shift practise manage_staff agree",
		ident.Kiosk:  "keep_stock operate_kiosk",
		"":           "", "passenger": "",
	}
	meantStaff = map[ident.StaffRole]string{
		ident.Clerk:      "sell_at_window act_on_order take_cash see_ticket look_up see_manifest open_shift print_paper practise operate_kiosk",
		ident.Checker:    "see_ticket check uncheck report dispatch see_manifest practise",
		ident.Dispatcher: "see_ticket look_up uncheck report dispatch see_manifest tell operate print_paper practise",
		ident.Supervisor: "sell_at_window act_on_order take_cash see_ticket look_up check override review uncheck report dispatch see_manifest tell operate suspend" +
			" open_shift sign_shift keep_stock see_money print_paper practise operate_kiosk agree",
		ident.Administrator: "set_rules tell practise manage_staff",
		"":                  "", "boss": "",
	}
)

func holds(words string, v ident.Verb) bool {
	return v != "" && strings.Contains(" "+words+" ", " "+string(v)+" ")
}

// TestMatrix walks the whole square: every role of a device, with and without a
// person of every role, by every verb.
func TestMatrix(t *testing.T) {
	for _, r := range ident.Roles() {
		if _, known := meantAlone[r]; !known {
			t.Errorf("the role %q is not in this table", r)
		}
	}
	for _, r := range ident.StaffRoles() {
		if _, known := meantStaff[r]; !known {
			t.Errorf("the role %q is not in this table", r)
		}
	}
	verbs := append(ident.Verbs(), "", "unheard_of")
	want := func(got, want bool, who string, v ident.Verb) {
		t.Helper()
		if got != want {
			t.Errorf("%s may %q: %v, want %v", who, v, got, want)
		}
	}
	for _, v := range verbs {
		want((ident.Actor{}).May(v), false, "nobody", v)
		for role, staff := range meantStaff {
			person := &ident.Staff{No: "1", Roles: []ident.StaffRole{role}}
			want(role.May(v), holds(staff, v), string(role), v)
			want((ident.Actor{Staff: person, Alone: true}).May(v), holds(staff, v), string(role)+" without a device", v)
			want((ident.Actor{Staff: &ident.Staff{No: "1", Roles: person.Roles, Off: true}}).May(v), false, "somebody switched off", v)
		}
		for role, words := range meantAlone {
			device := &ident.Device{Name: "x", Role: role}
			want((ident.Actor{Device: device, Alone: true}).May(v), holds(words, v), string(role)+" alone, no accounts", v)
			want((ident.Actor{Device: device}).May(v), holds(words, v) && (role == ident.Gate || role == ident.Kiosk), string(role)+" alone", v)
			for staffRole, staff := range meantStaff {
				actor := ident.Actor{Device: device, Staff: &ident.Staff{No: "1", Roles: []ident.StaffRole{staffRole}}, Alone: true}
				may := holds(staff, v) && (holds(words, v) || holds(meantHosted[role], v))
				may = may || holds(words, v) && (role == ident.Gate || role == ident.Kiosk || v == ident.SellAtKiosk)
				want(actor.May(v), may, string(staffRole)+" at "+string(role), v)
			}
		}
	}
	both := ident.Staff{Roles: []ident.StaffRole{ident.Clerk, ident.Checker}}
	if !both.May(ident.TakeCash) || !both.May(ident.Check) || both.May(ident.Override) {
		t.Error("two roles are not the sum of both")
	}
}

// TestStations: somebody with stations acts for these only.
func TestStations(t *testing.T) {
	all, some := ident.Staff{}, ident.Staff{Stations: []string{"SJZ", "BD"}}
	for _, c := range []struct {
		who     ident.Staff
		station string
		want    bool
	}{{all, "SJZ", true}, {all, "", true}, {some, "SJZ", true}, {some, "BD", true}, {some, "BJ", false}, {some, "", true}} {
		if got := c.who.At(c.station); got != c.want {
			t.Errorf("%v at %q: %v", c.who.Stations, c.station, got)
		}
	}
}

const matrixBegin, matrixEnd = "<!-- matrix: written by go test ./ident -run TestMatrixIsPrinted -rewrite -->\n", "<!-- end of the matrix -->\n"

// TestMatrixIsPrinted holds the two tables of docs/staff.md to the code.
func TestMatrixIsPrinted(t *testing.T) {
	const page = "../docs/staff.md"
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(b), matrixBegin)
	was, after, ok2 := strings.Cut(rest, matrixEnd)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the matrix", page)
	}
	now := printMatrix()
	if *rewrite {
		if err := os.WriteFile(page, []byte(before+matrixBegin+now+matrixEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if was != now {
		t.Errorf("the matrix in %s is not the code's: look at the difference, then run with -rewrite", page)
	}
}

func printMatrix() string {
	var out strings.Builder
	row := func(cells ...string) { fmt.Fprintf(&out, "| %s |\n", strings.Join(cells, " | ")) }
	sign := func(yes bool, s string) string {
		if yes {
			return s
		}
		return "·"
	}
	cells, rule := []string{"verb"}, []string{"---"}
	for _, r := range ident.StaffRoles() {
		cells, rule = append(cells, string(r)), append(rule, ":-:")
	}
	for _, r := range ident.Roles() {
		cells, rule = append(cells, "at a "+string(r)), append(rule, ":-:")
	}
	row(cells...)
	row(rule...)
	for _, v := range ident.Verbs() {
		cells = []string{"`" + string(v) + "`"}
		for _, r := range ident.StaffRoles() {
			cells = append(cells, sign(r.May(v), "✓"))
		}
		for _, r := range ident.Roles() {
			switch {
			case r.May(v) && r.Unattended():
				cells = append(cells, "alone")
			case r.May(v):
				cells = append(cells, "✓")
			default:
				cells = append(cells, sign(r.Hosts(v), "person"))
			}
		}
		row(cells...)
	}
	return out.String()
}

func TestVerbsAreDistinct(t *testing.T) {
	verbs := ident.Verbs()
	sorted := slices.Compact(slices.Sorted(slices.Values(verbs)))
	if len(sorted) != len(verbs) {
		t.Error("a verb is named twice")
	}
}
