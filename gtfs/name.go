package gtfs

import (
	"strings"
	"unicode"

	"github.com/mozillazg/go-pinyin"
	"golang.org/x/text/unicode/norm"

	"chepiao"
)

// name fills in the forms of a station's name that people search by, where the
// feed gives none. A name without Chinese characters is its own English name.
func name(s *chepiao.Station) {
	if s.English == "" && !hasHan(s.Name) {
		s.English = s.Name
	}
	if s.Pinyin != "" {
		s.Pinyin = strings.ToLower(s.Pinyin)
	}
	if s.Initials != "" {
		s.Initials = strings.ToLower(s.Initials)
	}
	full, initials := spell(s.Name)
	if s.Pinyin == "" {
		s.Pinyin = full
	}
	if s.Initials == "" {
		s.Initials = initials
	}
}

func hasHan(s string) bool {
	return strings.IndexFunc(s, func(c rune) bool { return unicode.Is(unicode.Han, c) }) >= 0
}

// spell writes a name in lower-case letters and digits: each Chinese character
// as its syllable, each other word as it is without accents. The initials are
// the first letter of each syllable and word.
func spell(name string) (full, initials string) {
	var f, i strings.Builder
	inWord := false
	syllables := readings(name)
	for at, c := range []rune(name) {
		if unicode.Is(unicode.Han, c) {
			if syllable := syllables[at]; syllable != "" {
				f.WriteString(syllable)
				i.WriteByte(syllable[0])
			}
			inWord = false
			continue
		}
		letters := false
		for _, d := range norm.NFKD.String(string(c)) {
			if d = unicode.ToLower(d); d < 'a' && (d < '0' || d > '9') || d > 'z' {
				continue
			}
			letters = true
			f.WriteRune(d)
			if !inWord {
				i.WriteRune(d)
				inWord = true
			}
		}
		inWord = letters || inWord && c == '\''
	}
	return f.String(), i.String()
}

// readings is the syllable of each character of a name, "" where there is none.
func readings(name string) []string {
	runes := []rune(name)
	out := make([]string, len(runes))
	args := pinyin.NewArgs()
	for i, c := range runes {
		if !unicode.Is(unicode.Han, c) {
			continue
		}
		if s := pinyin.SinglePinyin(c, args); len(s) > 0 {
			out[i] = s[0]
		}
	}
	for place, syllables := range placeNames {
		n := len([]rune(place))
		for i := 0; i+n <= len(runes); i++ {
			if string(runes[i:i+n]) == place {
				copy(out[i:], strings.Fields(syllables))
			}
		}
	}
	return out
}

// placeNames are places whose characters are read otherwise than usual, so a
// dictionary of single characters spells them wrong.
var placeNames = map[string]string{
	"重庆": "chong qing", "厦门": "xia men", "蚌埠": "beng bu", "六安": "lu an", "亳州": "bo zhou", "台州": "tai zhou",
	"丽水": "li shui", "番禺": "pan yu", "乐亭": "lao ting", "乐清": "yue qing", "蔚县": "yu xian", "大城": "dai cheng",
	"洪洞": "hong tong", "繁峙": "fan shi", "单县": "shan xian", "莘县": "shen xian", "东阿": "dong e", "铅山": "yan shan",
	"长沙": "chang sha", "长春": "chang chun", "长治": "chang zhi", "长垣": "chang yuan", "长安": "chang an", "长途": "chang tu",
	"井陉": "jing xing", "隆尧": "long yao", "涿鹿": "zhuo lu", "行唐": "xing tang", "朝阳": "chao yang", "朝天": "chao tian",
	"都江堰": "du jiang yan", "成都": "cheng du", "会稽": "kuai ji", "会理": "hui li", "穆棱": "mu ling", "百色": "bai se",
	"曲阜": "qu fu", "曲阳": "qu yang", "华山": "hua shan", "任丘": "ren qiu", "任县": "ren xian", "柏乡": "bai xiang",
	"宁晋": "ning jin", "肥乡": "fei xiang", "枞阳": "zong yang", "歙县": "she xian", "涪陵": "fu ling", "筠连": "jun lian",
	"车站": "che zhan", "客运站": "ke yun zhan",
}
