package chepiao

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Rule is one rule as the table of rules describes it: what it is called, what
// its number means, between which bounds it lies, who may set it, where it comes
// from and where in the code it acts. docs/rules.md is written from the table.
type Rule struct {
	Name    string // as sheets, files and the API spell it
	Section string // of the requirements: "7.1"
	ZH      string // what a form calls it
	EN      string //
	Unit    Unit   // of its value
	Lo, Hi  int64  // bounds of a number, inclusive; of a list, its length
	Deepest Layer  // the most particular layer that may set it; all before it may, too
	Source  string // parameter of a live station system (P1017), or a section
	Place   string // the Go files in which it acts, first the one to read
}

// Unit is what the value of a rule counts.
type Unit string

// The units. A value is an integer in all of them but the last four.
const (
	UnitDays     Unit = "days"
	UnitSeconds  Unit = "seconds"
	UnitFen      Unit = "fen"
	UnitFenPerKm Unit = "fen/km"
	UnitShare    Unit = "share" // basis points
	UnitCount    Unit = "count"
	UnitYears    Unit = "years"
	UnitCm       Unit = "cm"
	UnitChoice   Unit = "choice" // a number that stands for words
	UnitSwitch   Unit = "yes/no"
	UnitLadder   Unit = "ladder"     // []RefundStep
	UnitItems    Unit = "fare items" // []FareItem
	UnitLines    Unit = "lines"      // codes of lines
)

// layers from the general to the particular.
var layers = []Layer{National, Provincial, AtStation, OnLine}

// Layers are those whose sheets may set the rule.
func (r Rule) Layers() []Layer { return layers[:slices.Index(layers, r.Deepest)+1] }

// Value is the rule's value among a set of rules: an int64, a bool, or a list.
func (r Rule) Value(rules *Rules) any {
	v := r.slot(rules)
	if v.CanInt() {
		return v.Int()
	}
	return v.Interface()
}

// JSON is the rule's value as a sheet writes it.
func (r Rule) JSON(rules *Rules) json.RawMessage {
	v := r.slot(rules)
	if v.Kind() == reflect.Slice && v.Len() == 0 {
		return json.RawMessage("[]")
	}
	b, err := json.Marshal(v.Interface())
	must(err == nil, "a rule does not marshal")
	return b
}

// Field is the name of the rule's field in Rules.
func (r Rule) Field() string { return reflect.TypeFor[Rules]().Field(ruleFields[r.Name]).Name }

func (r Rule) slot(rules *Rules) reflect.Value {
	return reflect.ValueOf(rules).Elem().Field(ruleFields[r.Name])
}

// put reads a JSON value into the rule's field. Refusal Invalid at the rule.
func (r Rule) put(rules *Rules, value json.RawMessage) error {
	field := r.slot(rules)
	fresh := reflect.New(field.Type())
	if string(value) == "null" && field.Kind() != reflect.Slice {
		return r.malformed(fmt.Errorf("it has no value"))
	}
	if err := strictJSON(value, fresh.Interface()); err != nil {
		return r.malformed(err)
	}
	if fresh.Elem().Kind() == reflect.Slice && fresh.Elem().Len() == 0 {
		fresh.Elem().SetZero() // an empty list has one form
	}
	field.Set(fresh.Elem())
	return nil
}

func (r Rule) malformed(err error) error {
	return Refuse(Invalid, fmt.Sprintf("规则“%s”(%s)的值无法识别", r.ZH, r.Name),
		fmt.Sprintf("the value of the rule %s cannot be read: %s", r.Name, strings.TrimPrefix(err.Error(), "json: "))).At(r.Name)
}

// bounded refuses a value outside of the rule's bounds.
func (r Rule) bounded(rules *Rules) error {
	v := r.slot(rules)
	switch {
	case v.Kind() == reflect.Bool:
		return nil
	case v.Kind() == reflect.Slice && int64(v.Len()) > r.Hi:
		return Refuse(Invalid, fmt.Sprintf("规则“%s”最多 %d 项", r.ZH, r.Hi), fmt.Sprintf("the rule %s has at most %d items", r.Name, r.Hi)).At(r.Name)
	case v.CanInt() && (v.Int() < r.Lo || v.Int() > r.Hi):
		zhLo, enLo := r.sayNumber(r.Lo)
		zhHi, enHi := r.sayNumber(r.Hi)
		return Refuse(Invalid, fmt.Sprintf("规则“%s”(%s)应在 %s 与 %s 之间", r.ZH, r.Name, zhLo, zhHi),
			fmt.Sprintf("the rule %s must be between %s and %s", r.Name, enLo, enHi)).At(r.Name)
	}
	return nil
}

// RuleTable is every rule, in the order of the requirements.
func RuleTable() []Rule { return ruleTable }

// RuleNamed finds a rule. Refusal NotFound at the name.
func RuleNamed(name string) (Rule, error) {
	if i := slices.IndexFunc(ruleTable, func(r Rule) bool { return r.Name == name }); i >= 0 {
		return ruleTable[i], nil
	}
	return Rule{}, Refuse(NotFound, "没有名为“"+name+"”的规则", "there is no rule "+name).At("name")
}

var (
	ruleTable  = slices.Concat(saleRules, fareRules, childRules, refundRules, rebookRules, checkRules, faceRuleRows, vehicleRules, nodeRules, otherRules)
	ruleFields = indexRules()
)

// indexRules finds the field of each row in Rules by its JSON name. A row
// without a field is a programmer's error; a test looks for fields without a row.
func indexRules() map[string]int {
	t := reflect.TypeFor[Rules]()
	fields := map[string]int{}
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("json"); name != "-" {
			fields[name] = i
		}
	}
	for _, r := range ruleTable {
		_, ok := fields[r.Name]
		must(ok, "the table of rules has a row that no field has: "+r.Name)
	}
	return fields
}
