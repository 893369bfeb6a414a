package office

import (
	"encoding/json"
	"fmt"
	"time"

	"chepiao"
)

// RuleAnswer says what a rule is at a place and moment, and who says so.
type RuleAnswer struct {
	Rule    chepiao.Rule
	Value   json.RawMessage // as a sheet writes it
	ZH, EN  string          // the value in words
	Sheet   chepiao.Sheet   // that sets it
	Coming  []chepiao.Sheet // that will set it at this place later, in the order of effect
	Because chepiao.Explanation
}

// ExplainRule says what a rule is at a place at a moment: its value, which sheet
// set it, since when, by whom and why. Refusal NotFound for a rule there is not.
func (o *Office) ExplainRule(name string, where chepiao.Where, at time.Time) (RuleAnswer, error) {
	rule, err := chepiao.RuleNamed(name)
	if err != nil {
		return RuleAnswer{}, err
	}
	return o.explainRule(rule, where, at), nil
}

// ExplainRules are all rules at a place at a moment, in the order of the table.
func (o *Office) ExplainRules(where chepiao.Where, at time.Time) []RuleAnswer {
	table := chepiao.RuleTable()
	answers := make([]RuleAnswer, len(table))
	for i, rule := range table {
		answers[i] = o.explainRule(rule, where, at)
	}
	return answers
}

func (o *Office) explainRule(rule chepiao.Rule, where chepiao.Where, at time.Time) RuleAnswer {
	book := o.rules.Load()
	edition := book.book.Edition(at)
	rules := book.rules(edition, where)
	a := RuleAnswer{Rule: rule, Value: rule.JSON(rules)}
	a.ZH, a.EN = rule.Say(rules)
	a.Sheet, _ = book.book.Source(rule.Name, edition, where) // every rule is named by a national sheet: openRules
	a.Coming = book.book.Coming(rule.Name, edition, where)
	a.Because = chepiao.Explanation{Rule: rule.Name, Version: edition, Inputs: []chepiao.Input{
		chepiao.Given("province", where.Province), chepiao.Given("station", where.Station), chepiao.Given("line", where.Line), chepiao.Given("at", at),
		chepiao.Given("value", string(a.Value)), chepiao.Given("sheet", a.Sheet.No), chepiao.Given("scope", a.Sheet.Scope),
	}}
	since := a.Sheet.Effective.In(o.Timetable().Zone).Format("2006-01-02 15:04")
	a.Because.ZH = fmt.Sprintf("%s：%s。依据第 %d 份规则（%s，%s 设定，%s 起），理由：%s", rule.ZH, a.ZH, a.Sheet.No, a.Sheet.Scope, a.Sheet.Author, since, a.Sheet.Reason)
	a.Because.EN = fmt.Sprintf("%s: %s, by sheet %d (%s, set by %s, from %s): %s", rule.EN, a.EN, a.Sheet.No, a.Sheet.Scope, a.Sheet.Author, since, a.Sheet.Reason)
	return a
}
