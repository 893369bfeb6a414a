package chepiao_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"chepiao"
)

var ruleDay = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// sheet is a sheet recorded at ruleDay that takes effect so many hours later.
func sheet(t *testing.T, scope string, after int, values string) chepiao.Sheet {
	t.Helper()
	s, err := chepiao.ParseScope(scope)
	if err != nil {
		t.Fatal(err)
	}
	return chepiao.Sheet{Scope: s, Recorded: ruleDay, Effective: ruleDay.Add(time.Duration(after) * time.Hour), Author: "desk 1", Reason: "test", Values: []byte(values)}
}

func with(t *testing.T, b *chepiao.Book, s chepiao.Sheet) *chepiao.Book {
	t.Helper()
	next, _, err := b.With(s)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

func book(t *testing.T) *chepiao.Book {
	return with(t, chepiao.NewBook(nil), sheet(t, "national", 0, string(chepiao.DefaultRules().JSON())))
}

// TestLayers: line over station over province over nation, whatever the order of
// recording; later over earlier within a layer; and an edition keeps its meaning.
func TestLayers(t *testing.T) {
	b := book(t)
	for _, s := range []chepiao.Sheet{
		sheet(t, "line:L1", 1, `{"advance_days":30}`),
		sheet(t, "station:SJZ", 2, `{"advance_days":20,"hold_window":60}`),
		sheet(t, "province:13", 3, `{"advance_days":15}`),
		sheet(t, "national", 4, `{"advance_days":10}`),
		sheet(t, "station:SJZ", 5, `{"advance_days":21}`),
	} {
		b = with(t, b, s)
	}
	all := chepiao.Where{Province: "13", Station: "SJZ", Line: "L1"}
	for _, c := range []struct {
		after int
		at    chepiao.Where
		days  int
	}{
		{0, all, 7}, {1, all, 30}, {5, all, 30},
		{1, chepiao.Where{Station: "SJZ"}, 7}, {2, chepiao.Where{Station: "SJZ"}, 20}, {4, chepiao.Where{Station: "SJZ"}, 20}, {5, chepiao.Where{Station: "SJZ"}, 21},
		{5, chepiao.Where{Province: "13", Station: "BD"}, 15}, {5, chepiao.Where{Province: "14", Station: "BD", Line: "L2"}, 10}, {3, chepiao.Where{}, 7}, {4, chepiao.Where{}, 10},
	} {
		edition := b.Edition(ruleDay.Add(time.Duration(c.after) * time.Hour))
		r, err := b.Rules(edition, c.at)
		if err != nil || r.AdvanceDays != c.days || r.Version != edition {
			t.Errorf("%d hours on at %+v: %d days ahead in edition %d, %v; want %d", c.after, c.at, r.AdvanceDays, r.Version, err, c.days)
		}
	}
	by, ok := b.Source("hold_window", 6, all)
	if !ok || by.No != 3 {
		t.Errorf("hold_window comes from sheet %d, %v", by.No, ok)
	}
	if by, ok = b.Source("advance_days", 6, all); !ok || by.No != 2 {
		t.Errorf("advance_days comes from sheet %d, %v", by.No, ok)
	}
	if _, ok = chepiao.NewBook(nil).Source("advance_days", 0, all); ok {
		t.Error("an empty book is the source of a rule")
	}
}

// TestRefusedSheets: a sheet is refused at the rule or part that is wrong.
func TestRefusedSheets(t *testing.T) {
	b := book(t)
	long := strings.Repeat("x", chepiao.SheetReasonMax+1)
	for _, c := range []struct {
		name   string
		sheet  chepiao.Sheet
		change func(*chepiao.Sheet)
		field  string
	}{
		{"nothing", sheet(t, "national", 0, `{}`), nil, "rules"},
		{"no rule", sheet(t, "national", 0, `{"hold":1}`), nil, "hold"},
		{"a layer that may not", sheet(t, "station:SJZ", 0, `{"voucher_days":5}`), nil, "voucher_days"},
		{"a line has no holds of its own", sheet(t, "line:L1", 0, `{"hold_online":600}`), nil, "hold_online"},
		{"out of bounds", sheet(t, "station:SJZ", 0, `{"advance_days":61}`), nil, "advance_days"},
		{"no reason", sheet(t, "national", 0, `{"advance_days":5}`), func(s *chepiao.Sheet) { s.Reason = "" }, "reason"},
		{"a long reason", sheet(t, "national", 0, `{"advance_days":5}`), func(s *chepiao.Sheet) { s.Reason = long }, "reason"},
		{"no author", sheet(t, "national", 0, `{"advance_days":5}`), func(s *chepiao.Sheet) { s.Author = "" }, "author"},
		{"in the past", sheet(t, "national", -1, `{"advance_days":5}`), nil, "effective"},
		{"in another age", sheet(t, "national", 3*365*24, `{"advance_days":5}`), nil, "effective"},
		{"a contradiction in itself", sheet(t, "station:SJZ", 0, `{"check_opens":60}`), nil, "check_opens"},
		{"seats cut", sheet(t, "national", 0, `{"seats_cut":true}`), nil, "seats_cut"},
	} {
		if c.change != nil {
			c.change(&c.sheet)
		}
		_, _, err := b.With(c.sheet)
		if r := chepiao.AsRefusal(err); r == nil || r.Reason != chepiao.Invalid || r.Field != c.field {
			t.Errorf("%s: %v; want INVALID at %s", c.name, err, c.field)
		}
	}
}

// TestContradictionElsewhere: what is right where it is set may be wrong for a
// station below, or only from the day on which another sheet takes effect.
func TestContradictionElsewhere(t *testing.T) {
	b := with(t, book(t), sheet(t, "station:SJZ", 48, `{"check_opens":3600,"hall_opens":3600}`))
	refused := func(s chepiao.Sheet, field, says string) {
		t.Helper()
		_, _, err := b.With(s)
		r := chepiao.AsRefusal(err)
		if r == nil || r.Field != field || !strings.Contains(r.ZH, says) || !strings.Contains(r.EN, says) {
			t.Errorf("%v; want a refusal at %s that says %q", err, field, says)
		}
	}
	refused(sheet(t, "line:L1", 0, `{"check_opens":3601}`), "check_opens", "")
	refused(sheet(t, "line:L1", 24, `{"check_opens":3601}`), "check_opens", "") // SJZ's hall, in two days
	with(t, b, sheet(t, "line:L1", 24, `{"check_opens":3600}`))

	b = with(t, b, sheet(t, "station:BD", 0, `{"check_closes":170}`))
	refused(sheet(t, "national", 0, `{"stop_sale_window":150}`), "stop_sale_window", "")
	b = with(t, b, sheet(t, "national", 0, `{"check_closes":120}`))
	refused(sheet(t, "national", 0, `{"stop_sale_window":150}`), "stop_sale_window", "station:BD")
	with(t, b, sheet(t, "province:13", 0, `{"stop_sale_window":170}`))

	// A sheet may only be withdrawn if nothing was built on it.
	b = with(t, book(t), sheet(t, "national", 24, `{"hall_opens":14400}`))
	b = with(t, b, sheet(t, "station:SJZ", 48, `{"check_opens":14400}`))
	if _, _, err := b.Without(2, ruleDay); chepiao.Why(err) != chepiao.Invalid {
		t.Errorf("the ground of another sheet is withdrawn: %v", err)
	}
	if next, s, err := b.Without(3, ruleDay); err != nil || len(next.Sheets()) != 2 || len(next.All()) != 3 || s.Withdrawn != ruleDay {
		t.Errorf("withdrawn: %v", err)
	} else if _, _, err := next.Without(3, ruleDay); chepiao.Why(err) != chepiao.WrongState {
		t.Errorf("withdrawn twice: %v", err)
	} else if again := with(t, next, sheet(t, "station:SJZ", 50, `{"check_opens":600}`)); again.All()[3].No != 4 {
		t.Errorf("the next sheet has number %d", again.All()[3].No)
	}
	if _, _, err := b.Without(3, ruleDay.Add(48*time.Hour)); chepiao.Why(err) != chepiao.WrongState {
		t.Errorf("withdrawn in effect: %v", err)
	}
	if _, _, err := b.Without(9, ruleDay); chepiao.Why(err) != chepiao.NotFound {
		t.Errorf("withdrawn what is not there: %v", err)
	}
}

// TestSheetsHaveOneForm: order and spaces of the values do not matter.
func TestSheetsHaveOneForm(t *testing.T) {
	_, one, err := book(t).With(sheet(t, "station:SJZ", 1, `{"hold_window":60, "advance_days": 9}`))
	_, two, err2 := book(t).With(sheet(t, "station:SJZ", 1, `{"advance_days":9,"hold_window":60}`))
	if err != nil || err2 != nil || string(one.Values) != string(two.Values) || string(one.Values) != `{"advance_days":9,"hold_window":60}` {
		t.Errorf("%s and %s, %v %v", one.Values, two.Values, err, err2)
	}
	if !slices.Equal(one.Names(), []string{"advance_days", "hold_window"}) || !one.Sets("hold_window") || one.Sets("hold_online") {
		t.Errorf("it sets %v", one.Names())
	}
}

// TestRulesInWords: what a rule says of itself can be typed back.
func TestRulesInWords(t *testing.T) {
	for _, r := range chepiao.RuleTable() {
		rules := chepiao.DefaultRules()
		zh, en := r.Say(rules)
		for _, said := range []string{zh, en, strings.ReplaceAll(zh, " 分钟", "分钟"), " " + en + " "} {
			value, err := r.Read(said)
			if err != nil || string(value) != string(r.JSON(rules)) {
				t.Errorf("%s says %q, which reads as %s, %v; want %s", r.Name, said, value, err, r.JSON(rules))
			}
		}
		for _, wrong := range []string{"ten", "1;2 3", "-", "¥", "10 apples"} {
			if r.Unit == chepiao.UnitLines {
				continue
			}
			if value, err := r.Read(wrong); err == nil {
				t.Errorf("%s reads %q as %s", r.Name, wrong, value)
			}
		}
	}
	for _, c := range []struct{ name, text, want string }{
		{"hold_online", "10", ""}, {"hold_online", "600s", "600"}, {"hold_online", "90 秒", "90"}, {"hold_online", "2h", "7200"},
		{"check_dispatched", "不可", "-1"}, {"check_dispatched", "5 分", "300"},
		{"child_quota", "12.5%", "1250"}, {"child_quota", "12.5％", "1250"}, {"child_quota", "12.555%", ""}, {"child_quota", "0.1", ""},
		{"fare_difference", "-10%", "-1000"}, {"cash_ceiling", "20000元", "2000000"}, {"cash_ceiling", "￥0.5", "50"}, {"cash_ceiling", "-1", ""},
		{"fen_per_km", "0.32", "32"}, {"fen_per_km", "0.32元/公里", "32"}, {"fen_per_km", "¥0.32/km", "32"},
		{"seats_cut", "否", "false"}, {"seats_cut", "maybe", ""}, {"advance_days", "10 天", "10"}, {"free_height", "130cm", "130"},
		{"refund", "2h 10% ¥0.50; 0 20% ¥1; -1 小时 50%", `[{"before":7200,"share":1000,"least":50},{"before":0,"share":2000,"least":100},{"before":-3600,"share":5000,"least":0}]`},
		{"refund", "2h 10% 1 2", ""}, {"fare_items", "fuel ¥1; station 5%", `[{"item":"fuel","fen":100},{"item":"station","share":500}]`},
		{"real_name_lines", "L1, L2;L3", `["L1","L2","L3"]`}, {"real_name_lines", "无", "[]"}, {"fare_rounding", "到分", "0"}, {"fare_rounding", "4", "4"},
	} {
		r, err := chepiao.RuleNamed(c.name)
		if err != nil {
			t.Fatal(err)
		}
		value, err := r.Read(c.text)
		if (err == nil) != (c.want != "") || string(value) != c.want {
			t.Errorf("%s reads %q as %s, %v; want %s", c.name, c.text, value, err, c.want)
		}
	}
	if _, err := chepiao.RuleNamed("hold"); chepiao.Why(err) != chepiao.NotFound {
		t.Errorf("there is a rule that is not: %v", err)
	}
}
