package chepiao_test

import (
	"testing"

	"chepiao"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestNameMatches(t *testing.T) {
	name := chepiao.RestoreName
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"LI Ming", "li ming", true}, {"阿卜杜·买买提", "阿卜杜买买提", true}, {"O'Neill", "ONEILL", true},
		{"王\U0002F835", "王" + norm.NFKC.String("\U0002F835"), true},
		{"\uF92C平", "郎平", true}, {"葛\U000E0100城", "葛城", true}, {"李\uFE00", "李", true},
		{"张三", "张山", false}, {"张三", "张三丰", false}, {"𠮷田", "吉田", false}, {"LI Ming", "Ming LI", false},
	} {
		if got := name(c.a).Matches(name(c.b)); got != c.want {
			t.Errorf("%q and %q match: %v", c.a, c.b, got)
		}
	}
}

// Each pair is tried both ways round: a hint has no side.
func TestNameHint(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want chepiao.NameMatch
	}{
		{"John Smith", "JOHN SMITH", chepiao.NameSame},
		{"张三", "张三", chepiao.NameSame},
		{"", "", chepiao.NameSame},
		{"John Smith", "SMITH JOHN", chepiao.NameReordered},
		{"Xiao Ming Wang", "WANG XIAOMING", chepiao.NameReordered},
		{"Nguyen Van A", "A NGUYEN VAN", chepiao.NameReordered},
		{"Maria-Jose Garcia", "GARCIA MARIA JOSE", chepiao.NameReordered},
		{"José García", "GARCIA JOSE", chepiao.NameReordered},
		{"José García", "JOSE GARCIA", chepiao.NameNear},
		{"John Smith", "Jon Smith", chepiao.NameNear},
		{"John Paul Smith", "Smith John", chepiao.NameNear},
		{"阿卜杜·买买提", "阿布杜·买买提", chepiao.NameNear},
		{"欧阳小明", "欧阳晓明", chepiao.NameNear},
		{"John Smith", "John", chepiao.NameDifferent},
		{"John Smith", "Joan Smythe", chepiao.NameDifferent},
		{"张三", "张山", chepiao.NameDifferent},
		{"张三", "三张", chepiao.NameDifferent},
		{"张三", "", chepiao.NameDifferent},
		{"𠮷田", "吉田", chepiao.NameDifferent},
	} {
		a, b := chepiao.RestoreName(c.a), chepiao.RestoreName(c.b)
		if got, back := chepiao.NameHint(a, b), chepiao.NameHint(b, a); got != c.want || back != c.want {
			t.Errorf("%q and %q: %s, the other way %s, want %s", c.a, c.b, got, back, c.want)
		}
	}
}

func TestNameHintHasNoSide(t *testing.T) {
	text := rapid.StringOf(rapid.SampledFrom([]rune("ab é·-张三\uF92C")))
	rapid.Check(t, func(t *rapid.T) {
		a, b := chepiao.RestoreName(text.Draw(t, "a")), chepiao.RestoreName(text.Draw(t, "b"))
		if one, other := chepiao.NameHint(a, b), chepiao.NameHint(b, a); one != other {
			t.Fatalf("%s one way, %s the other", one, other)
		}
		if chepiao.NameHint(a, a) != chepiao.NameSame {
			t.Fatal("a name is not like itself")
		}
	})
}
