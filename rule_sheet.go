package chepiao

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Facts about rules beside RulesSet.
const (
	RulesWithdrawn EventKind = "rules_withdrawn" // a sheet, before it took effect
	RulesImported  EventKind = "rules_imported"  // a file of sheets
)

// SheetReasonMax bounds the author and the reason of a sheet, in bytes.
const SheetReasonMax = 200

// set lays the values of a sheet over the rules and returns their names in the
// order of the table. A member it does not know is refused, so that a misspelt
// rule cannot silently keep its default; so is one named twice. Lists are
// replaced whole.
func (r *Rules) set(values []byte) (names []string, err error) {
	given, err := membersOf(values)
	if err != nil {
		return nil, err
	}
	next := *r
	for _, rule := range ruleTable {
		value, ok := given[rule.Name]
		if !ok {
			continue
		}
		if err := rule.put(&next, value); err != nil {
			return nil, err
		}
		names = append(names, rule.Name)
	}
	*r = next
	return names, nil
}

// membersOf takes a JSON object of rules apart. Refusal Invalid at the member
// that is no rule or stands there twice, else at "rules".
func membersOf(values []byte) (map[string]json.RawMessage, error) {
	bad := func(err any) error {
		return Refuse(Invalid, "规则应为 JSON 对象", fmt.Sprint("the rules must be a JSON object: ", err)).At("rules")
	}
	d := json.NewDecoder(bytes.NewReader(values))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, bad("it does not begin as one")
	}
	given := map[string]json.RawMessage{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, bad(err)
		}
		name, _ := t.(string)
		if _, known := ruleFields[name]; !known {
			return nil, Refuse(Invalid, "没有名为“"+name+"”的规则", "there is no rule "+name).At(name)
		}
		if _, twice := given[name]; twice {
			return nil, Refuse(Invalid, "规则 "+name+" 出现了两次", "the rule "+name+" stands there twice").At(name)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, bad(err)
		}
		given[name] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, bad(err)
	}
	if d.More() {
		return nil, bad("something follows it")
	}
	return given, nil
}

// UnmarshalJSON reads a sheet with its values in their one form.
func (s *Sheet) UnmarshalJSON(b []byte) error {
	type plain Sheet
	err := json.Unmarshal(b, (*plain)(s))
	if err == nil {
		s.Values, err = oneForm(s.Values)
	}
	return err
}

// Unread says why this program cannot read a recorded sheet, perhaps because a
// later one recorded it; nil when it can.
func (s Sheet) Unread() error {
	if _, err := new(Rules).set(s.Values); err != nil {
		return fmt.Errorf("sheet %d of the rules cannot be read by this program: %w", s.No, err)
	}
	return nil
}

// Names are the rules that the sheet sets, in the order of the table.
func (s Sheet) Names() []string {
	names, err := new(Rules).set(s.Values)
	must(err == nil, "a recorded sheet of rules cannot be read")
	return names
}

// Sets says whether the sheet sets a rule.
func (s Sheet) Sets(name string) bool {
	_, ok := s.members()[name]
	return ok
}

// members are the values by name.
func (s Sheet) members() map[string]json.RawMessage {
	if s.sets != nil {
		return s.sets
	}
	given, err := membersOf(s.Values)
	must(err == nil, "a recorded sheet of rules cannot be read")
	return given
}

// check reads a sheet that is to be recorded and returns it with its values in
// their one form. Refusals: Invalid at "rules", "reason", "author", "effective"
// or the rule.
func (s Sheet) check() (Sheet, error) {
	r := DefaultRules()
	names, err := r.set(s.Values)
	if err != nil {
		return s, err
	}
	if len(names) == 0 {
		return s, Refuse(Invalid, "请至少设置一条规则", "set at least one rule").At("rules")
	}
	for _, name := range names {
		rule, err := RuleNamed(name)
		must(err == nil, "a rule that is not in the table: "+name)
		if !slices.Contains(rule.Layers(), s.Scope.Layer) {
			return s, Refuse(Invalid, fmt.Sprintf("规则“%s”(%s)不能在%s层设定", rule.ZH, name, layerWords[s.Scope.Layer][0]),
				fmt.Sprintf("the rule %s cannot be set for a %s", name, layerWords[s.Scope.Layer][1])).At(name)
		}
		if err := rule.bounded(r); err != nil {
			return s, err
		}
	}
	for _, text := range [][3]string{{s.Reason, "reason", "理由"}, {s.Author, "author", "设定人"}} {
		if len(text[0]) == 0 || len(text[0]) > SheetReasonMax {
			return s, Refuse(Invalid, fmt.Sprintf("%s应为 1 到 %d 个字节", text[2], SheetReasonMax), fmt.Sprintf("the %s has 1 to %d bytes", text[1], SheetReasonMax)).At(text[1])
		}
	}
	if s.Effective.Before(s.Recorded) {
		return s, Refuse(Invalid, "生效时间不能早于现在", "rules cannot take effect in the past").At("effective")
	}
	if s.Effective.After(s.Recorded.AddDate(2, 0, 0)) {
		return s, Refuse(Invalid, "生效时间不能晚于两年后", "rules cannot take effect more than two years from now").At("effective")
	}
	s.Values = r.members(names)
	return s, nil
}

var layerWords = map[Layer][2]string{National: {"全国", "nation"}, Provincial: {"省级", "province"}, AtStation: {"车站", "station"}, OnLine: {"线路", "line"}}

// With is the book with one more sheet; its number is given here. A sheet that
// contradicts other rules, where it applies or in an edition to come, is refused
// with the name of the rule and of the place. Refusals: Invalid (see check).
func (b *Book) With(s Sheet) (*Book, Sheet, error) {
	s.No = int64(len(b.all)) + 1
	s, err := s.check()
	if err != nil {
		return nil, s, err
	}
	next := NewBook(append(slices.Clone(b.all), s))
	return next, s, next.consistent(s)
}

// Without is the book in which a sheet was withdrawn before it took effect.
// Refusals: NotFound, WrongState when it is in effect or was withdrawn before,
// Invalid when a later sheet builds on it.
func (b *Book) Without(no int64, now time.Time) (*Book, Sheet, error) {
	i := slices.IndexFunc(b.all, func(s Sheet) bool { return s.No == no })
	if i < 0 {
		return nil, Sheet{}, Refuse(NotFound, "没有这份规则", "there is no such sheet of rules").At("sheet")
	}
	s := b.all[i]
	if !s.Withdrawn.IsZero() || !s.Effective.After(now) {
		return nil, s, Refuse(WrongState, "该规则已生效或已撤回，不能撤回；请另行设定", "these rules are in effect or were withdrawn: set others over them").At("sheet")
	}
	s.Withdrawn = now
	all := slices.Clone(b.all)
	all[i] = s
	next := NewBook(all)
	return next, s, next.consistent(s)
}

// Missing are the defaults of the rules that no national sheet names that is in
// effect at a moment; nil when every rule is named.
func (b *Book) Missing(at time.Time) json.RawMessage {
	named := map[string]bool{}
	for _, s := range b.edition(b.Edition(at)) {
		if s.Scope.Layer != National {
			continue
		}
		for _, name := range s.Names() {
			named[name] = true
		}
	}
	var missing []string
	for _, rule := range ruleTable {
		if !named[rule.Name] {
			missing = append(missing, rule.Name)
		}
	}
	if missing == nil {
		return nil
	}
	return DefaultRules().members(missing)
}

// consistent refuses a book in which a change to one sheet makes rules
// contradict each other, in any edition from then on, anywhere the sheet
// applies. A contradiction that the sheet has no part in is no reason.
func (b *Book) consistent(s Sheet) error {
	names := s.Names()
	for _, c := range contradictions {
		if !c.about(names) {
			continue
		}
		for n := b.Edition(s.Effective); n <= int64(len(b.sheets)); n++ {
			for _, at := range b.places(s.Scope, c.rules, n) {
				r, err := b.Rules(n, at)
				if err != nil {
					return err
				}
				if no := c.refuse(r); no != nil {
					return namely(no, c, names, at, s.Scope)
				}
			}
		}
	}
	return nil
}

// namely says in a refusal which of the sheet's own rules it is about, and at
// which place it contradicts.
func namely(no *Refusal, c contradiction, names []string, at Where, own Scope) *Refusal {
	if !slices.Contains(names, c.rules[0]) {
		no = no.At(names[slices.IndexFunc(names, func(n string) bool { return slices.Contains(c.rules, n) })])
	}
	scopes := at.scopes()
	if last := scopes[len(scopes)-1]; last != own && last.Layer != National {
		said := Refuse(no.Reason, no.ZH+"("+last.String()+")", no.EN+" ("+last.String()+")")
		return said.At(no.Field)
	}
	return no
}

// places are the places below a scope at which some rules may differ: of the
// scopes of a layer whose sheets say the same of these rules, one stands for all.
func (b *Book) places(scope Scope, rules []string, edition int64) []Where {
	places := []Where{{}}
	for _, layer := range layers[1:] {
		ids := []string{""}
		if layer == scope.Layer {
			ids = []string{scope.ID}
		} else {
			ids = append(ids, b.speakers(layer, rules, edition)...)
		}
		var next []Where
		for _, at := range places {
			for _, id := range ids {
				next = append(next, at.with(layer, id))
			}
		}
		places = next
	}
	return places
}

func (w Where) with(layer Layer, id string) Where {
	switch layer {
	case Provincial:
		w.Province = id
	case AtStation:
		w.Station = id
	case OnLine:
		w.Line = id
	}
	return w
}

// speakers are the scopes of a layer with sheets about some rules, one of those
// that say the same.
func (b *Book) speakers(layer Layer, rules []string, edition int64) (ids []string) {
	said := map[string]string{} // scope → what it says of the rules
	var order []string
	for _, s := range b.edition(edition) {
		if s.Scope.Layer != layer {
			continue
		}
		for _, name := range rules {
			if v, ok := s.members()[name]; ok {
				if _, known := said[s.Scope.ID]; !known {
					order = append(order, s.Scope.ID)
				}
				said[s.Scope.ID] += name + string(v)
			}
		}
	}
	seen := map[string]bool{}
	for _, id := range order {
		if !seen[said[id]] {
			seen[said[id]], ids = true, append(ids, id)
		}
	}
	return ids
}

// ReadSheet reads a sheet of another node, whose program may be newer: rules that this
// program does not have are left out and named. It goes on as it did before there were
// such rules; whoever shows it says that it must be upgraded.
func ReadSheet(b []byte) (s Sheet, unknown []string, err error) {
	type plain Sheet
	if err := json.Unmarshal(b, (*plain)(&s)); err != nil {
		return s, nil, err
	}
	given := map[string]json.RawMessage{}
	if err := json.Unmarshal(s.Values, &given); err != nil {
		return s, nil, err
	}
	for name := range given {
		if _, known := ruleFields[name]; !known {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		delete(given, name)
	}
	if s.Values, err = json.Marshal(given); err == nil {
		s.Values, err = oneForm(s.Values)
	}
	return s, unknown, err
}
