package desk_test

import (
	"context"
	"html"
	"net/url"
	"strings"
	"testing"

	"chepiao"
	"chepiao/office"
	"chepiao/web/stage"
)

// TestRulesPages: a dispatcher finds a rule, sees what a change would do, sets
// it for a station, and finds it in the history; what is wrong is said beside
// the rule it is about.
func TestRulesPages(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	s.Get("/desk/rules").Want(200, "预售期", "7 天", "advance_days", "退票阶梯", "national")
	s.Get("/desk/rules?q=P1009").Want(200, "hold_online").Lacks("advance_days")
	s.Get("/desk/rules?q=nothing-like-it").Want(200, "没有这样的规则")
	s.Get("/desk/rules?scope=station:130102SJZ").Want(200, `value="hold_online"`).Lacks(`value="voucher_days"`) // not a station's to set
	s.Get("/desk/rules?scope=station:NOWHERE").Want(200, "没有这个车站")
	s.Get("/desk/rules?scope=village:1").Want(200, "适用范围应为")

	edit := "/desk/rules/edit?scope=station:130102SJZ&name=tickets_max&name=refund&name=need_report&name=fare_rounding"
	page := s.Get(edit).Want(200, `value="5"`, `value="2 小时 10% ¥0.50; 0 分钟 20% ¥1.00; -1 小时 50% ¥1.00"`)
	form := url.Values{
		"once": {page.Field("once")}, "scope": {"station:130102SJZ"}, "name": {"tickets_max", "refund", "need_report", "fare_rounding"}, "reason": {"春运"}, "act": {"preview"},
		"v_tickets_max": {"3"}, "v_refund": {"2 小时 20% ¥1; 0 40% ¥1"}, "v_need_report": {"no"}, "v_fare_rounding": {"4"},
	}
	seen := s.Post("/desk/rules/edit", form).Want(200, "5 → <b>3</b>", "是 → <b>否</b>", "2 小时 20% ¥1.00; 0 分钟 40% ¥1.00", `value="set"`).Lacks("票价取整: ")
	for name, c := range map[string][2]string{
		"v_tickets_max": {"many", "应写成"}, "v_refund": {"0 20%; 2h 10%", "退票阶梯须按时间由早到晚"}, "from": {"2020-01-01T00:00", "生效时间不能早于现在"}, "reason": {"", "理由应为"},
	} {
		bad := url.Values{}
		for k, v := range form {
			bad[k] = v
		}
		bad.Set(name, c[0])
		s.Post("/desk/rules/edit", bad).Want(422, c[1]).Lacks(`value="set"`)
	}
	before := len(s.Office.Sheets())
	form.Set("act", "set")
	s.Post("/desk/rules/edit", form).Want(200, "5 → <b>3</b>") // not seen yet: shown, not set
	form.Set("seen", html.UnescapeString(seen.Field("seen")))
	done := s.Post("/desk/rules/edit", form).Location()
	if again := s.Post("/desk/rules/edit", form).Location(); again != done || len(s.Office.Sheets()) != before+1 {
		t.Errorf("sent twice it is %s and %s, %d sheets", done, again, len(s.Office.Sheets()))
	}
	s.Get(done).Want(200, "份规则已记录", "<b>车站 130102SJZ</b>", "春运")
	where, err := s.Office.Place("130102SJZ", "")
	if r := s.Office.RulesAt(s.Now(), where); err != nil || r.TicketsMax != 3 || r.NeedReport || len(r.Refund) != 2 {
		t.Errorf("the rules are %+v, %v", r, err)
	}
	s.Get("/desk/rules/edit?scope=station:130102SJZ").Want(303)
	s.Get("/desk/rules/edit?scope=station:130102SJZ&name=no_such").Want(404)

	_, err = s.Office.SetSheet(context.Background(), office.Verb{ID: "later", By: "test"}, office.SheetInput{Scope: chepiao.Scope{Layer: chepiao.National}, Effective: s.Now().AddDate(0, 0, 7), Reason: "later", Values: []byte(`{"advance_days":15}`)})
	if err != nil {
		t.Fatal(err)
	}
	history := s.Get("/desk/rules/sheets").Want(200, "撤回", "15 天", "春运", "等另")
	no := strings.Split(strings.Split(history.Body, "/desk/rules/sheets/")[1], "/")[0]
	s.Post("/desk/rules/sheets/"+no+"/withdraw", url.Values{"once": {"w"}}).Want(303)
	s.Get("/desk/rules/sheets").Want(200, "已撤回")
	s.Post("/desk/rules/sheets/"+no+"/withdraw", url.Values{"once": {"w2"}}).Want(409, "不能撤回")
	s.Post("/desk/rules/sheets/x/withdraw", url.Values{"once": {"w3"}}).Want(409, "没有这份规则")
}

// TestRulesPagesInEnglish: what was typed in one language is understood in both.
func TestRulesPagesInEnglish(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	s.Lang = "en"
	s.Get("/desk/rules").Want(200, "Days ahead that are on sale", "7 days")
	s.Get("/desk/rules/edit?scope=national&name=hold_online").Want(200, `value="10 min"`)
	s.Post("/desk/rules/edit", url.Values{"once": {"e"}, "scope": {"national"}, "name": {"hold_online"}, "v_hold_online": {"12 分钟"}, "reason": {"r"}, "act": {"preview"}}).Want(200, "10 min → <b>12 min</b>")
}
