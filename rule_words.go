package chepiao

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Say is the rule's value in words that a person can read, and that Read
// understands: "10 分钟", "10 min".
func (r Rule) Say(rules *Rules) (zh, en string) {
	switch v := r.Value(rules).(type) {
	case int64:
		return r.sayNumber(v)
	case bool:
		return yesNo[v][0], yesNo[v][1]
	case []RefundStep:
		return sayLadder(v)
	case []FareItem:
		return sayItems(v)
	case []string:
		return sayLines(v)
	}
	panic("chepiao: a rule of an unknown type: " + r.Name)
}

var yesNo = map[bool][2]string{true: {"是", "yes"}, false: {"否", "no"}}

// none is said instead of an empty list.
var none = [2]string{"无", "none"}

// sayNumber is a number of the rule's unit in words.
func (r Rule) sayNumber(n int64) (zh, en string) {
	if w, ok := r.choices()[n]; ok {
		return w[0], w[1]
	}
	text := strconv.FormatInt(n, 10)
	switch r.Unit {
	case UnitDays:
		return text + " 天", plural(n, "day")
	case UnitSeconds:
		return saySpan(n)
	case UnitFen:
		return Money(n).Yuan(), Money(n).Yuan()
	case UnitFenPerKm:
		return Money(n).Yuan() + "/公里", Money(n).Yuan() + "/km"
	case UnitShare:
		text = sayShare(n)
	case UnitYears:
		return text + " 周岁", plural(n, "year")
	case UnitCm:
		return text + " 厘米", text + " cm"
	}
	return text, text
}

func plural(n int64, one string) string {
	if n != 1 {
		one += "s"
	}
	return strconv.FormatInt(n, 10) + " " + one
}

// saySpan is a span in the largest unit that needs no fraction.
func saySpan(n int64) (zh, en string) {
	for _, u := range spanUnits {
		if n%u.seconds == 0 && (n != 0 || u.seconds == minutes) {
			text := strconv.FormatInt(n/u.seconds, 10)
			return text + " " + u.zh, text + " " + u.en
		}
	}
	return "", "" // every number is whole seconds
}

var spanUnits = []struct {
	seconds int64
	zh, en  string
}{{hours, "小时", "h"}, {minutes, "分钟", "min"}, {1, "秒", "s"}}

// sayShare is a share in basis points as a percentage: "12.5%".
func sayShare(n int64) string {
	return strconv.FormatFloat(float64(n)/100, 'f', -1, 64) + "%"
}

// choices are the numbers of a rule that stand for words.
func (r Rule) choices() map[int64][2]string {
	switch r.Name {
	case "fare_rounding", "refund_rounding":
		return roundingWords
	case "real_names":
		return map[int64][2]string{0: {"不要求", "no line"}, 1: {"全部线路", "all lines"}, 2: {"按类别和名单", "by class and list"}}
	case "name_verify":
		return map[int64][2]string{0: {"不核验", "no"}, 1: {"只记录", "noted"}, 2: {"不一致不售", "refused where they differ"}}
	case "refund_base":
		return map[int64][2]string{0: {"票价×费率", "price × share"}, 1: {"(票价-附加费)×费率+附加费", "(price - items) × share + items"}, 2: {"票价×费率+附加费", "price × share + items"}}
	case "passing_opens":
		return map[int64][2]string{-1: {"与其他班次相同", "like the others"}, 0: {"报班后", "after its report"}}
	case "check_dispatched":
		return map[int64][2]string{-1: {"不可", "never"}}
	case "child_quota_fixed":
		return map[int64][2]string{-1: {"按比例", "by share"}}
	case "fare_limit", "rebook_grace", "late_fine":
		return map[int64][2]string{0: none}
	}
	return nil
}

var roundingWords = map[int64][2]string{
	int64(RoundFen): {"到分", "to the fen"}, int64(RoundNearest): {"四舍五入到元", "to the nearest yuan"}, int64(RoundDown): {"舍去到元", "down to the yuan"},
	int64(RoundUp): {"进位到元", "up to the yuan"}, int64(RoundHalfYuan): {"进位到 0.5 元", "up to half a yuan"},
}

// RuleChoice is one value of a rule whose numbers stand for words.
type RuleChoice struct {
	Value  int64
	ZH, EN string
}

// Choices are all values of a rule of UnitChoice, for a form to offer.
func (r Rule) Choices() (list []RuleChoice) {
	if r.Unit != UnitChoice {
		return nil
	}
	for n := r.Lo; n <= r.Hi; n++ {
		zh, en := r.sayNumber(n)
		list = append(list, RuleChoice{n, zh, en})
	}
	return list
}

func sayLadder(steps []RefundStep) (zh, en string) {
	var zhs, ens []string
	for _, s := range steps {
		z, e := saySpan(s.Before)
		zhs = append(zhs, z+" "+sayShare(s.Share)+" "+s.Least.Yuan())
		ens = append(ens, e+" "+sayShare(s.Share)+" "+s.Least.Yuan())
	}
	return listOf(zhs, none[0]), listOf(ens, none[1])
}

func sayItems(items []FareItem) (zh, en string) {
	var list []string
	for _, i := range items {
		if i.Share != 0 {
			list = append(list, i.Item+" "+sayShare(i.Share))
		} else {
			list = append(list, i.Item+" "+i.Fen.Yuan())
		}
	}
	return listOf(list, none[0]), listOf(list, none[1])
}

func sayLines(codes []string) (zh, en string) {
	return listOf(codes, none[0]), listOf(codes, none[1])
}

func listOf(parts []string, empty string) string {
	if len(parts) == 0 {
		return empty
	}
	return strings.Join(parts, "; ")
}

// Read understands what a person types for the rule, with its unit: "10 分钟",
// "10min", "12.5%", "¥0.50", "是". It returns the value as a sheet writes it.
// Refusal Invalid at the rule; bounds are not looked at.
func (r Rule) Read(text string) (json.RawMessage, error) {
	text = strings.TrimSpace(strings.NewReplacer("；", ";", "，", ",", "％", "%", "￥", "¥").Replace(text))
	v, ok := r.read(text)
	if !ok {
		zh, en := r.Say(DefaultRules())
		return nil, Refuse(Invalid, fmt.Sprintf("规则“%s”应写成“%s”这样", r.ZH, zh), fmt.Sprintf("write the rule %s like %q", r.Name, en)).At(r.Name)
	}
	b, err := json.Marshal(v)
	must(err == nil, "a rule does not marshal")
	return b, nil
}

func (r Rule) read(text string) (any, bool) {
	for n, w := range r.choices() { // every word belongs to one number: the order does not matter
		if text == w[0] || strings.EqualFold(text, w[1]) {
			return n, true
		}
	}
	empty := text == none[0] || strings.EqualFold(text, none[1]) || text == ""
	switch r.Unit {
	case UnitSwitch:
		return readSwitch(text)
	case UnitSeconds:
		return readSpan(text)
	case UnitFen:
		return readMoney(text, "")
	case UnitFenPerKm:
		return readMoney(text, "(?:/km|/公里|元/公里)")
	case UnitShare:
		return readShare(text)
	case UnitLadder:
		if empty {
			return []RefundStep{}, true
		}
		return readLadder(text)
	case UnitItems:
		if empty {
			return []FareItem{}, true
		}
		return readItems(text)
	case UnitLines:
		if empty {
			return []string{}, true
		}
		return strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(";,、 \n\r\t", c) }), true
	case UnitChoice:
		n, err := strconv.ParseInt(text, 10, 64)
		return n, err == nil
	}
	return readCount(text)
}

var (
	countForm = regexp.MustCompile(`^(-?\d{1,9}) ?(?:天|日|days?|次|张|人|名|years?|周岁|岁|cm|厘米)?$`)
	spanForm  = regexp.MustCompile(`^(-?\d{1,7}) ?(h|小时|min|分钟|分|s|秒)$`)
	shareForm = regexp.MustCompile(`^(-?)(\d{1,5})(?:\.(\d{1,2}))? ?%$`)
	moneyForm = regexp.MustCompile(`^¥? ?(\d{1,9})(?:\.(\d{1,2}))? ?元?$`)
)

func readCount(text string) (any, bool) {
	m := countForm.FindStringSubmatch(text)
	if m == nil {
		return nil, false
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	return n, err == nil
}

func readSwitch(text string) (any, bool) {
	switch strings.ToLower(text) {
	case "是", "yes", "on", "true":
		return true, true
	case "否", "no", "off", "false":
		return false, true
	}
	return nil, false
}

func readSpan(text string) (any, bool) {
	m := spanForm.FindStringSubmatch(text)
	if text == "0" {
		return int64(0), true
	}
	if m == nil {
		return nil, false
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	for _, u := range spanUnits {
		if m[2] == u.zh || m[2] == u.en || (m[2] == "分" && u.seconds == minutes) {
			return n * u.seconds, err == nil
		}
	}
	return nil, false
}

func readShare(text string) (any, bool) {
	m := shareForm.FindStringSubmatch(text)
	if m == nil {
		return nil, false
	}
	n, ok := hundredths(m[2], m[3])
	if m[1] == "-" {
		n = -n
	}
	return n, ok
}

func readMoney(text, per string) (any, bool) {
	if per != "" {
		text = regexp.MustCompile(per+"$").ReplaceAllString(text, "")
	}
	m := moneyForm.FindStringSubmatch(text)
	if m == nil {
		return nil, false
	}
	return hundredths(m[1], m[2])
}

func hundredths(whole, part string) (int64, bool) {
	n, err := strconv.ParseInt(whole+(part + "00")[:2], 10, 64)
	return n, err == nil
}

func readLadder(text string) (any, bool) {
	steps := []RefundStep{}
	for part := range strings.SplitSeq(text, ";") {
		words := strings.Fields(spanned.ReplaceAllString(strings.TrimSpace(part), "$1$2"))
		if len(words) == 2 {
			words = append(words, "0")
		}
		if len(words) != 3 {
			return nil, false
		}
		before, ok1 := readSpan(words[0])
		share, ok2 := readShare(words[1])
		least, ok3 := readMoney(words[2], "")
		if !ok1 || !ok2 || !ok3 {
			return nil, false
		}
		steps = append(steps, RefundStep{before.(int64), share.(int64), Money(least.(int64))})
	}
	return steps, true
}

// spanned is a span with a space before its unit, which the ladder's own spaces
// would cut apart.
var spanned = regexp.MustCompile(`^(-?\d+) (h|小时|min|分钟|分|s|秒)`)

func readItems(text string) (any, bool) {
	items := []FareItem{}
	for part := range strings.SplitSeq(text, ";") {
		words := strings.Fields(part)
		if len(words) != 2 {
			return nil, false
		}
		item := FareItem{Item: words[0]}
		if share, ok := readShare(words[1]); ok {
			item.Share = share.(int64)
		} else if fen, ok := readMoney(words[1], ""); ok {
			item.Fen = Money(fen.(int64))
		} else {
			return nil, false
		}
		items = append(items, item)
	}
	return items, true
}
