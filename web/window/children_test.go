package window_test

import (
	"net/url"
	"testing"

	"chepiao/web/stage"
)

// TestChildAtWindow: a child on its adult's document, one who is measured, and
// cards that the clerk has seen.
func TestChildAtWindow(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	family := func(more url.Values) url.Values {
		f := riders(1)
		f.Set("count", "2")
		f.Set("p1_name", "小宝")
		f.Set("p1_kind", "guardian")
		f.Set("p1_guardian", "0")
		f.Set("p1_ticket", "half")
		f.Set("p1_birth", "2016-05-01")
		f.Set("once", "ONCE")
		for name, value := range more {
			f[name] = value
		}
		return f
	}
	// The form asks for the guardian instead of a number.
	s.Post(sale(s)+"/draft"+ends, family(nil)).Want(200, `name="p1_guardian"`, `name="p1_birth"`, "监护人", `name="p1_height"`).Lacks(`name="p1_number"`)
	for what, c := range map[string]struct {
		more url.Values
		text string
	}{
		"too old":              {url.Values{"p1_birth": {"2010-05-01"}}, "乘车当日已超过 14 周岁"},
		"no birth date":        {url.Values{"p1_birth": {"soon"}}, "日期应为"},
		"too tall":             {url.Values{"p1_birth": {""}, "p1_height": {"151"}}, "身高超过 150 厘米"},
		"a full fare":          {url.Values{"p1_ticket": {"full"}}, "只有儿童半票需要填写监护人"},
		"itself":               {url.Values{"p1_guardian": {"1"}}, "监护人应为同一订单中的成人"},
		"nobody needs a paper": {url.Values{"p1_kind": {"none"}}, "请选择证件种类"},
	} {
		page := s.Post(sale(s)+ends, family(c.more))
		if page.Status != 422 {
			t.Errorf("%s: %d", what, page.Status)
		}
		page.Want(422, c.text)
	}
	order := s.Post(sale(s)+ends, family(nil)).Location()
	s.Get(order).Want(200, "半票", "¥73.50")

	student := riders(3)
	student.Set("p0_ticket", "student")
	s.Post(sale(s)+"/draft"+ends, student).Want(200, `value="student_card"`)
	student.Set("p0_proof", "student_card")
	s.Get(held(s, student)).Want(200, "学生票")
	student = riders(4)
	student.Set("once", "OTHER")
	student.Set("p0_ticket", "student")
	student.Set("p0_proof", "offer")
	s.Post(sale(s)+ends, student).Want(422, "该票种须凭学生证")
}
