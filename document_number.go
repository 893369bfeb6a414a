package chepiao

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// checkNumber says whether a normalised number is one of its kind: nil, or a
// refusal that tells what is wrong and where without repeating the number.
func checkNumber(rule *documentRule, number, nationality string, today Day) *Refusal {
	switch rule.form {
	case formResident:
		return checkResidentID(rule, number, today)
	case formHMT:
		return checkHMTResidencePermit(rule, number, today)
	case formPRCard:
		return checkForeignPRCard(rule, number, today)
	case formCard:
		return checkCard(rule, number, today)
	case formHKMacau:
		return checkHKMacauPermit(rule, number)
	case formTaiwan:
		return checkTaiwanPermit(rule, number)
	case formPassport:
		return checkPassport(rule, number, nationality)
	default:
		return checkOther(rule, number)
	}
}

// checkResidentID is GB 11643: region 6, birth 8, sequence 3, check. Of the
// region only the first two digits are looked at, because county codes change
// every year and old cards keep withdrawn ones.
func checkResidentID(rule *documentRule, number string, today Day) *Refusal {
	if len(number) == 15 && digitsIn(number, 0, 15) < 0 {
		return badNumber("15 位的一代身份证已停用，请填写 18 位号码", "15-digit first-generation cards are no longer valid: give the 18-character number")
	}
	if bad := wantLength(rule, number, 18); bad != nil {
		return bad
	}
	if bad := wantCheckedShape(rule, number); bad != nil {
		return bad
	}
	if card := cardOf(number); card != ResidentID {
		return otherKind(card)
	}
	if !provinces[number[:2]] {
		return badNumber("号码前两位不是省级行政区划代码，请核对", "the first two digits are not the code of a province")
	}
	return wantBirthAndCheck(number, today)
}

// checkCard is for what bears the number of any card with 18 characters: a
// driving licence and a police certificate are issued to residents, to
// HK/Macau/Taiwan residents and to foreigners alike.
func checkCard(rule *documentRule, number string, today Day) *Refusal {
	if len(number) == 18 && digitsIn(number, 0, 17) < 0 && cardOf(number) != ResidentID {
		if bad := wantCheckedShape(rule, number); bad != nil {
			return bad
		}
		return wantBirthAndCheck(number, today)
	}
	return checkResidentID(rule, number, today)
}

// cardOf is the card that an 18-character number belongs to: foreigners' begin
// with 9, those of HK/Macau/Taiwan residents with their region.
func cardOf(number string) DocumentKind {
	switch {
	case number[0] == '9':
		return ForeignPRCard
	case hmtRegion(number):
		return HMTResidencePermit
	}
	return ResidentID
}

// checkHMTResidencePermit: region 810000, 820000 or 830000, then as GB 11643.
func checkHMTResidencePermit(rule *documentRule, number string, today Day) *Refusal {
	if bad := wantLength(rule, number, 18); bad != nil {
		return bad
	}
	if bad := wantCheckedShape(rule, number); bad != nil {
		return bad
	}
	if !hmtRegion(number) {
		return badNumber("港澳台居民居住证号码应以 810000、820000 或 830000 开头", "the number of a HK/Macau/Taiwan residence permit starts with 810000, 820000 or 830000")
	}
	return wantBirthAndCheck(number, today)
}

// checkForeignPRCard: until 2023 three letters and twelve digits; from
// 1 December 2023 18 characters: 9, place 2, country 3, birth 8, sequence 3
// and the check of GB 11643.
func checkForeignPRCard(rule *documentRule, number string, today Day) *Refusal {
	if utf8.RuneCountInString(number) == 15 {
		for i := range 3 {
			if !isCapital(number[i]) {
				return wantAt(rule, number, i, "字母", "a letter")
			}
		}
		return wantDigits(rule, number, 3, 15)
	}
	if bad := wantLength(rule, number, 15, 18); bad != nil {
		return bad
	}
	if bad := wantCheckedShape(rule, number); bad != nil {
		return bad
	}
	if number[0] != '9' {
		return wantAt(rule, number, 0, "数字 9", "the digit 9")
	}
	return wantBirthAndCheck(number, today)
}

// hkMacauLength is the part of a HK/Macau permit's number that stays with the
// person; old permits print two renewal digits behind it.
const hkMacauLength = 9

// checkHKMacauPermit: H or M and eight digits, on old permits two more.
func checkHKMacauPermit(rule *documentRule, number string) *Refusal {
	if bad := wantLength(rule, number, hkMacauLength, hkMacauLength+2); bad != nil {
		return bad
	}
	if number[0] != 'H' && number[0] != 'M' {
		return wantAt(rule, number, 0, "字母 H 或 M", "the letter H or M")
	}
	return wantDigits(rule, number, 1, len(number))
}

// checkTaiwanPermit: eight digits; on old permits ten and a letter.
func checkTaiwanPermit(rule *documentRule, number string) *Refusal {
	if bad := wantLength(rule, number, 8, 11); bad != nil {
		return bad
	}
	if utf8.RuneCountInString(number) == 8 {
		return wantDigits(rule, number, 0, len(number))
	}
	if bad := wantDigits(rule, number, 0, 10); bad != nil {
		return bad
	}
	if !isCapital(number[10]) {
		return wantAt(rule, number, 10, "字母", "a letter")
	}
	return nil
}

// checkPassport: a Chinese one is E, a letter or digit and seven digits, or
// D, G, P or S, perhaps E, and seven or eight digits. A foreign one is 5 to 17
// letters and digits; no passport number has a check digit of its own, so a
// door shows it back in groups.
func checkPassport(rule *documentRule, number, nationality string) *Refusal {
	chinese := nationality == "CHN"
	shortest, longest := 5, 17
	if chinese {
		shortest, longest = 8, 10
	}
	if n := utf8.RuneCountInString(number); n < shortest || n > longest {
		return badNumber(fmt.Sprintf("%s护照号码应为 %d 至 %d 位，现为 %d 位", pick(chinese, "中国", "外国"), shortest, longest, n),
			fmt.Sprintf("a %s passport number has %d to %d characters; this one has %d", pick(chinese, "Chinese", "foreign"), shortest, longest, n))
	}
	for i := range number {
		if !isCapital(number[i]) && !isDigit(number[i]) {
			return wantAt(rule, number, i, "字母或数字", "a letter or digit")
		}
	}
	if !chinese {
		return nil
	}
	digits := 1 // where they begin
	switch number[0] {
	case 'E':
		if len(number) != 9 {
			return badNumber("以 E 开头的中国护照号码应为 9 位", "a Chinese passport number that starts with E has 9 characters")
		}
		digits = 2
	case 'D', 'G', 'P', 'S':
		if number[1] == 'E' {
			digits = 2
		}
		if n := len(number) - digits; n < 7 || n > 8 {
			return badNumber("中国护照号码的字母后应有 7 或 8 位数字", "a Chinese passport number has 7 or 8 digits after its letters")
		}
	default:
		return wantAt(rule, number, 0, "字母 E、G、D、P 或 S", "the letter E, G, D, P or S")
	}
	return wantDigits(rule, number, digits, len(number))
}

// checkOther checks alphabet and length of what has no published structure or
// no more of it: permits of mainland residents are a letter, a letter or digit
// and seven digits; a certificate's number may name the issuing office in
// Chinese and has a digit.
func checkOther(rule *documentRule, number string) *Refusal {
	shortest, longest, han := 4, 20, false
	switch rule.form {
	case formToHKMacau, formToTaiwan:
		shortest, longest = 9, 9
	case formCertificate:
		longest, han = 24, true
	}
	if n := utf8.RuneCountInString(number); n < shortest || n > longest {
		zh, en := fmt.Sprintf("%d 至 %d", shortest, longest), fmt.Sprintf("%d to %d", shortest, longest)
		if shortest == longest {
			zh, en = fmt.Sprint(shortest), fmt.Sprint(shortest)
		}
		return badNumber(fmt.Sprintf("%s号码应为 %s 位，现为 %d 位", rule.zh, zh, n),
			fmt.Sprintf("the number of a %s has %s characters; this one has %d", rule.en, en, n))
	}
	for i, r := range number {
		ascii := r < utf8.RuneSelf && (isCapital(byte(r)) || isDigit(byte(r)))
		if !ascii && !(han && r >= 0x4E00 && r <= 0x9FFF) {
			return wantAt(rule, number, i, pick(han, "汉字、字母或数字", "字母或数字"), pick(han, "a Chinese character, a letter or a digit", "a letter or digit"))
		}
	}
	switch {
	case rule.form == formToHKMacau && number[0] != 'C' && number[0] != 'W':
		return wantAt(rule, number, 0, "字母 C 或 W", "the letter C or W")
	case rule.form == formToTaiwan && number[0] != 'T' && number[0] != 'L':
		return wantAt(rule, number, 0, "字母 T 或 L", "the letter T or L")
	case shortest == longest:
		return wantDigits(rule, number, 2, len(number))
	case !strings.ContainsAny(number, "0123456789"):
		return badNumber(rule.zh+"号码中应有数字", "the number of a "+rule.en+" has a digit")
	}
	return nil
}

// provinces are the first two digits of GB/T 2260.
var provinces = func() map[string]bool {
	set := make(map[string]bool)
	for p := range strings.FieldsSeq("11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82") {
		set[p] = true
	}
	return set
}()

func hmtRegion(number string) bool {
	return number[0] == '8' && number[1] >= '1' && number[1] <= '3' && number[2:6] == "0000"
}

// wantLength refuses any length, in characters, but the listed ones.
func wantLength(rule *documentRule, number string, lengths ...int) *Refusal {
	have := utf8.RuneCountInString(number)
	var zh, en []string
	for _, n := range lengths {
		if n == have {
			return nil
		}
		zh, en = append(zh, fmt.Sprint(n)), append(en, fmt.Sprint(n))
	}
	return badNumber(fmt.Sprintf("%s号码应为 %s 位，现为 %d 位", rule.zh, strings.Join(zh, " 或 "), have),
		fmt.Sprintf("the number of a %s has %s characters; this one has %d", rule.en, strings.Join(en, " or "), have))
}

// wantCheckedShape refuses an 18-character number that is not 17 digits and a
// digit or X.
func wantCheckedShape(rule *documentRule, number string) *Refusal {
	if bad := wantDigits(rule, number, 0, 17); bad != nil {
		return bad
	}
	if !isDigit(number[17]) && number[17] != 'X' {
		return wantAt(rule, number, 17, "数字或 X", "a digit or X")
	}
	return nil
}

// wantDigits refuses the first character of number[from:to] that is no digit.
func wantDigits(rule *documentRule, number string, from, to int) *Refusal {
	if i := digitsIn(number, from, to); i >= 0 {
		return wantAt(rule, number, i, "数字", "a digit")
	}
	return nil
}

// digitsIn is the place of the first byte of number[from:to] that is no digit, or -1.
func digitsIn(number string, from, to int) int {
	for i := from; i < to; i++ {
		if !isDigit(number[i]) {
			return i
		}
	}
	return -1
}

// wantBirthAndCheck refuses a birth date that cannot be and a wrong check
// character of an 18-character number.
func wantBirthAndCheck(number string, today Day) *Refusal {
	born, ok := birthIn(number)
	switch {
	case !ok:
		return badNumber("号码第 7 至 14 位不是有效的出生日期", "characters 7 to 14 are not a date of the calendar")
	case born > today:
		return badNumber("号码中的出生日期晚于今天", "the birth date in the number lies in the future")
	case born < earliestBirth:
		return badNumber("号码中的出生日期过早", "the birth date in the number is too long ago")
	case checkCharacter(number) != number[17]:
		return badNumber("号码校验位不符，请逐位核对", "the check character does not match: at least one character is mistyped")
	}
	return nil
}

// earliestBirth is 1 January 1850: the standard's own example is born in 1880.
const earliestBirth Day = -43829

// birthIn reads the birth date, yyyymmdd at characters 7 to 14.
func birthIn(number string) (Day, bool) {
	y, m, d := twoDigits(number, 6)*100+twoDigits(number, 8), twoDigits(number, 10), twoDigits(number, 12)
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if t.Day() != d || int(t.Month()) != m {
		return 0, false
	}
	return DayOf(t), true
}

func twoDigits(s string, at int) int { return int(s[at]-'0')*10 + int(s[at+1]-'0') }

// checkCharacter is the 18th character that the first 17 digits demand
// (GB 11643: ISO 7064 MOD 11-2). It finds every single wrong digit.
func checkCharacter(number string) byte {
	sum := 0
	for i, weight := range [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(number[i]-'0') * weight
	}
	return "10X98765432"[sum%11]
}

// wantAt says what the character at byte i should be. Positions count from 1.
func wantAt(rule *documentRule, number string, i int, zh, en string) *Refusal {
	n := utf8.RuneCountInString(number[:i]) + 1
	return badNumber(fmt.Sprintf("%s号码第 %d 位应为%s", rule.zh, n, zh),
		fmt.Sprintf("character %d of the number of a %s must be %s", n, rule.en, en))
}

func otherKind(k DocumentKind) *Refusal {
	return Refuse(Invalid, "这是"+k.ZH()+"的号码，请改选证件种类", "this is the number of a "+k.EN()+": choose that kind of document").At("document.kind")
}

func badNumber(zh, en string) *Refusal { return Refuse(Invalid, zh, en).At("document.number") }

func pick(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

func isDigit(c byte) bool   { return c >= '0' && c <= '9' }
func isCapital(c byte) bool { return c >= 'A' && c <= 'Z' }
