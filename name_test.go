package chepiao_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"chepiao"

	"pgregory.net/rapid"
)

func TestNameAccepted(t *testing.T) {
	for _, c := range []struct{ typed, name, as string }{
		{"张三", "张三", "张*"},
		{"张三丰", "张三丰", "张**"},
		{"张", "张", "*"},
		{" 张　三\n", "张三", "张*"},
		{"欧阳修", "欧阳修", "欧阳*"},
		{"欧阳", "欧阳", "欧*"},
		{"诸葛孔明", "诸葛孔明", "诸葛**"},
		{"阿卜杜·买买提", "阿卜杜·买买提", "阿**"},
		{"阿卜杜．买买提", "阿卜杜·买买提", "阿**"},
		{"阿卜杜•买买提", "阿卜杜·买买提", "阿**"},
		{"阿卜杜‧买买提", "阿卜杜·买买提", "阿**"},
		{"阿卜杜・买买提", "阿卜杜·买买提", "阿**"},
		{"阿卜杜･买买提", "阿卜杜·买买提", "阿**"},
		{"阿卜杜.买买提", "阿卜杜·买买提", "阿**"},
		{"阿卜杜 · 买买提 ·", "阿卜杜·买买提", "阿**"},
		{"阿卜杜··买买提", "阿卜杜·买买提", "阿**"},
		{"李〇", "李〇", "李*"},
		{"𠮷田", "𠮷田", "𠮷*"},                      // U+20BB7
		{"王\U0002F835", "王\U0002F835", "王*"},    // a compatibility ideograph beyond the BMP stays
		{"王\U000323B0", "王\U000323B0", "王*"},    // newer than Go's Unicode tables
		{"王\uE863", "王\uE863", "王*"},            // private use, as old systems keep rare characters
		{"葛\U000E0100城", "葛\U000E0100城", "葛**"}, // an ideographic variant
		{"\uF92C平", "\uF92C平", "\uF92C*"},       // a compatibility ideograph of the basic plane stays, too
		{"阿卜杜。买买提", "阿卜杜·买买提", "阿**"},
		{"阿卜杜ㆍ买买提", "阿卜杜·买买提", "阿**"},
		{"⼀平", "一平", "一*"}, // a radical typed for the character
		{"John  Smith", "John Smith", "J*"},
		{"O’Neill-Brown, J. R.", "O'Neill-Brown, J. R.", "O*"},
		{"ＬＩ　ＭＩＮＧ", "LI MING", "L*"},
		{"Jose\u0301", "José", "J*"},
		{"김 철수", "김 철수", "김*"},
		{"Олег", "Олег", "О*"},
		{"\u200BLi\uFEFF", "Li", "L*"},
		{"I", "I", "*"},
		{strings.Repeat("王", 60), strings.Repeat("王", 60), "王**"},
	} {
		t.Run(c.typed, func(t *testing.T) {
			n, err := chepiao.NewName(c.typed)
			if err != nil {
				t.Fatalf("refused: %v", err)
			}
			if n.Reveal() != c.name || n.String() != c.as || n.IsZero() {
				t.Errorf("have %q as %q, want %q as %q", n.Reveal(), n, c.name, c.as)
			}
			if again, err := chepiao.NewName(n.Reveal()); err != nil || !again.Equal(n) || !chepiao.RestoreName(c.name).Equal(n) {
				t.Errorf("again: %q %v", again.Reveal(), err)
			}
		})
	}
}

func TestNameRefused(t *testing.T) {
	for _, c := range []struct{ typed, zh, en string }{
		{"", "请填写姓名", "missing"},
		{" 　\t", "请填写姓名", "missing"},
		{"·", "请填写姓名", "missing"},
		{strings.Repeat("王", 61), "最多 60 个字，现为 61 个", "this one has 61"},
		{strings.Repeat("王", 5000), "最多 60 个字", "at most 60"},
		{"张三丰李四1", "第 6 个字是数字", "character 6 of the name is a digit"},
		{"张三丰李四²", "第 6 个字是数字", "digit"},
		{"赵钱孙李Ⅷ٣", "第 9 个字是数字", "character 9"},
		{"周吴郑王\x00冯", "第 5 个字不能", "character 5"},
		{"周吴郑王\n冯", "第 5 个字不能", "character 5"},
		{"<script>", "以文字开头", "starts with a letter"},
		{"张<b>", "第 2 个字不能", "character 2"},
		{"张😀", "第 2 个字不能", "character 2"},
		{"张|三", "第 2 个字不能", "character 2"},
		{"张\uFFFD", "第 2 个字不能", "character 2"},
		{"·张三", "以文字开头", "starts with a letter"},
		{"-Li", "以文字开头", "starts with a letter"},
		{"\u0301Li", "以文字开头", "starts with a letter"},
		{"\xff\xfe张", "编码", "not valid text"},
	} {
		t.Run(c.typed, func(t *testing.T) {
			n, err := chepiao.NewName(c.typed)
			r := chepiao.AsRefusal(err)
			if r == nil || !n.IsZero() {
				t.Fatalf("accepted as %q: %v", n.Reveal(), err)
			}
			if r.Reason != chepiao.Invalid || r.Field != "name" || !strings.Contains(r.ZH, c.zh) || !strings.Contains(r.EN, c.en) {
				t.Errorf("%+v", *r)
			}
			wantNoLeak(t, r.ZH+r.EN, c.typed)
		})
	}
}

func FuzzName(f *testing.F) {
	for _, s := range []string{"张三", "阿卜杜．买买提", "𠮷田 ", "O’Neill, J. R.", "王\U0002F835\u0301", "a\u0300\u0315", "張 . 三", "\xff", "ﷺ", "1"} {
		f.Add(s)
	}
	f.Fuzz(checkAnyName)
}

func TestNameNormalisingIsIdempotent(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		checkAnyName(t, rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("张三A b.·．•,'-\u0301\u3000\u00A0\U00020BB7\U0002F835\uF92C\u200B가ᄀ")))).Draw(rt, "typed"))
	})
}

func checkAnyName(t *testing.T, typed string) {
	n, err := chepiao.NewName(typed)
	if err != nil {
		if r := chepiao.AsRefusal(err); r == nil || r.ZH == "" || r.EN == "" || r.Field != "name" {
			t.Fatalf("%q: %v", typed, err)
		}
		return
	}
	clear := n.Reveal()
	if again, err := chepiao.NewName(clear); err != nil || again.Reveal() != clear {
		t.Fatalf("%q becomes %q, then %q, %v", typed, clear, again.Reveal(), err)
	}
	if length := utf8.RuneCountInString(clear); length < 1 || length > chepiao.NameMax || strings.ContainsAny(clear, "\x00\n\t0123456789．•‧") {
		t.Fatalf("%q accepted as %q", typed, clear)
	}
	if !n.Matches(n) || n.String() == clear && clear != "*" {
		t.Fatalf("%q shows as %s", clear, n)
	}
	for r := range strings.SplitSeq(typed, "") {
		if c, _ := utf8.DecodeRuneInString(r); c >= 0x20000 && c <= 0x323AF && !strings.ContainsRune(clear, c) {
			t.Fatalf("%q lost %U", typed, c)
		}
	}
}

func BenchmarkNewName(b *testing.B) {
	for _, c := range []struct{ name, typed string }{
		{"han", "张三丰"}, {"latin", "John Smith"}, {"dot", "阿卜杜·买买提"}, {"fold", "阿卜杜．买买提"}, {"rare", "𠮷田太郎"}, {"accent", "José Müller"},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := chepiao.NewName(c.typed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
