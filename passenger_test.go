package chepiao_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"strings"
	"testing"

	"chepiao"
)

func TestPhone(t *testing.T) {
	for _, c := range []struct{ typed, number, as string }{
		{"", "", ""}, {" ", "", ""},
		{"13812341234", "13812341234", "138****1234"},
		{"138 1234-1234", "13812341234", "138****1234"},
		{"１３８１２３４１２３４", "13812341234", "138****1234"},
		{"+86 138 1234 1234", "13812341234", "138****1234"},
		{"008613812341234", "13812341234", "138****1234"},
		{"8613812341234", "13812341234", "138****1234"},
		{"+852 9123 4567", "+85291234567", "+85******567"},
		{"+1 (212) 555.0100", "+12125550100", "+12******100"},
		{"00441632960001", "+441632960001", "+44*******001"},
	} {
		p, err := chepiao.NewPhone(c.typed)
		if err != nil || p.Reveal() != c.number || p.String() != c.as || p.IsZero() != (c.number == "") {
			t.Errorf("%q: %q as %q, %v; want %q as %q", c.typed, p.Reveal(), p, err, c.number, c.as)
		}
		again, err := chepiao.NewPhone(p.Reveal())
		if err != nil || !again.Equal(p) || !chepiao.RestorePhone(p.Reveal()).Equal(p) {
			t.Errorf("%q again: %q %v", c.typed, again.Reveal(), err)
		}
	}
	for _, c := range []struct{ typed, zh, en string }{
		{"1381234123", "现为 10 位", "this one has 10"},
		{"12812341234", "13 至 19", "13 to 19"},
		{"23812341234", "13 至 19", "13 to 19"},
		{"1381234123a", "只能包含数字", "only digits"},
		{"+852a1234567", "只能包含数字", "only digits"},
		{"+123456", "现为 6 位", "this one has 6"},
		{"+1234567890123456", "现为 16 位", "this one has 16"},
		{"+0123456789", "不能是 0", "starts with 0"},
		{"+", "现为 0 位", "this one has 0"},
		{strings.Repeat("1", 65), "过长", "too long"},
		{"\xff", "只能包含数字", "only digits"},
	} {
		p, err := chepiao.NewPhone(c.typed)
		r := chepiao.AsRefusal(err)
		if r == nil || !p.IsZero() || r.Reason != chepiao.Invalid || r.Field != "phone" ||
			!strings.Contains(r.ZH, c.zh) || !strings.Contains(r.EN, c.en) {
			t.Errorf("%q: %v", c.typed, err)
			continue
		}
		wantNoLeak(t, r.ZH+r.EN, c.typed)
	}
}

func TestPassengerEqual(t *testing.T) {
	a, b := samplePassenger(t), samplePassenger(t)
	if !a.Equal(b) || !b.Equal(a) {
		t.Error("two like passengers differ")
	}
	for _, change := range []func(p *chepiao.Passenger){
		func(p *chepiao.Passenger) { p.Name = chepiao.RestoreName("张三") },
		func(p *chepiao.Passenger) { p.Phone = chepiao.Phone{} },
		func(p *chepiao.Passenger) { p.Document = chepiao.Document{} },
		func(p *chepiao.Passenger) {
			p.Document = chepiao.RestoreDocument(chepiao.ForeignPRCard, p.Document.Reveal(), "")
		},
		func(p *chepiao.Passenger) {
			p.Document = chepiao.RestoreDocument(p.Document.Kind(), p.Document.Reveal(), "KOR")
		},
	} {
		c := samplePassenger(t)
		change(&c)
		if a.Equal(c) {
			t.Errorf("%v equals %v", c, a)
		}
	}
}

// However a passenger is printed, inside whatever, nothing clear shows.
func TestPassengerNeverShows(t *testing.T) {
	p := samplePassenger(t)
	clear := []string{"司徒慕雪", "慕雪", "11010519491231002X", "05194912", "19491231", "13812345678", "81234567"}
	type closed struct { // unexported fields: fmt may not call their methods
		p  chepiao.Passenger
		pp *chepiao.Passenger
		n  chepiao.Name
		d  []chepiao.Document
		f  map[string]chepiao.Phone
	}
	inside := closed{p, &p, p.Name, []chepiao.Document{p.Document}, map[string]chepiao.Phone{"a": p.Phone}}
	values := []any{p, &p, p.Name, p.Document, p.Phone, &p.Name, &p.Document, &p.Phone, []chepiao.Passenger{p},
		map[string]any{"p": p}, inside, &inside, struct{ P any }{p}, errors.Join(fmt.Errorf("for %v", p))}
	check := func(how, printed string) {
		t.Helper()
		for _, c := range clear {
			if strings.Contains(printed, c) || strings.Contains(strings.ToLower(printed), fmt.Sprintf("%x", c)) {
				t.Errorf("%s shows %s: %s", how, c, printed)
			}
		}
	}
	for _, v := range values {
		for _, verb := range "vTtbcdoOqxXUeEfFgGspwz" {
			for _, flags := range []string{"", "+", "#", " ", "-40", "040", "+#", ".60", "# "} {
				directive := "%" + flags + string(verb)
				check(fmt.Sprintf("%s of %T", directive, v), fmt.Sprintf(directive, v))
			}
		}
		check("too many arguments", fmt.Sprintf(strings.Clone("x"), v))
		check("a bad width", fmt.Sprintf("%*d", v, 1))
		check("print", fmt.Sprint(v, v)+fmt.Sprintln(v))
		if b, err := json.Marshal(v); err == nil {
			check(fmt.Sprintf("JSON of %T", v), string(b))
		} else {
			t.Errorf("JSON of %T: %v", v, err)
		}
		b, _ := xml.Marshal(v)
		check("XML", string(b))
		var raw, lines bytes.Buffer
		_ = gob.NewEncoder(&raw).Encode(v)
		check("gob", raw.String())
		for _, h := range []slog.Handler{slog.NewTextHandler(&lines, nil), slog.NewJSONHandler(&lines, nil)} {
			slog.New(h).Info("sold", "to", v)
		}
		check("slog", lines.String())
		var page bytes.Buffer
		if err := template.Must(template.New("").Parse(`<p title="{{.}}">{{.}}</p><script>x={{.}}</script>`)).Execute(&page, v); err != nil {
			t.Error(err)
		}
		check("html", page.String())
	}
	if p.Name.Reveal() != clear[0] || p.Document.Reveal() != clear[2] || p.Phone.Reveal() != clear[5] {
		t.Error("the test looks for the wrong values")
	}
}

func TestPassengerShowsMasked(t *testing.T) {
	p := samplePassenger(t)
	const line = "司徒** 1101**********002X 138****5678"
	b, err := json.Marshal(p)
	const object = `{"name":"司徒**","document":{"kind":"resident_id","number":"1101**********002X"},"phone":"138****5678"}`
	if err != nil || string(b) != object {
		t.Errorf("JSON %s, %v", b, err)
	}
	if got := fmt.Sprintf("%s|%q|%-6s|%#v|%d", p, p.Name, p.Name, p.Phone, p.Document); got != line+`|"司徒**"|司徒**  |"138****5678"|%!d(string=1101**********002X)` {
		t.Errorf("fmt %s", got)
	}
	p.Phone = chepiao.Phone{}
	if b, _ := json.Marshal(p); strings.Contains(string(b), "phone") {
		t.Errorf("no phone still shows: %s", b)
	}
}

// What is printed is not the value, so nothing reads it back.
func TestPassengerIsNeverDecoded(t *testing.T) {
	var p chepiao.Passenger
	for _, in := range []string{
		`{"name":"张三"}`, `{"phone":"13812345678"}`, `{"document":{"kind":"resident_id","number":"11010519491231002X"}}`,
		`{"document":{}}`, `{"document":null}`, `{"name":{}}`,
	} {
		err := json.Unmarshal([]byte(in), &p)
		if err == nil || chepiao.AsRefusal(err) != nil || strings.Contains(err.Error(), "11010") || strings.Contains(err.Error(), "138") {
			t.Errorf("%s: %v", in, err)
		}
	}
	if p.Name.UnmarshalText(nil) == nil || p.Document.UnmarshalText(nil) == nil || p.Phone.UnmarshalText(nil) == nil {
		t.Error("text is read")
	}
	if !p.Equal(chepiao.Passenger{}) {
		t.Error("something was read")
	}
}

func samplePassenger(t testing.TB) chepiao.Passenger {
	t.Helper()
	name, err := chepiao.NewName("司徒慕雪")
	if err != nil {
		t.Fatal(err)
	}
	phone, err := chepiao.NewPhone("13812345678")
	if err != nil {
		t.Fatal(err)
	}
	return chepiao.Passenger{Name: name, Document: mustDocument(t, chepiao.ResidentID, "11010519491231002X", ""), Phone: phone}
}
