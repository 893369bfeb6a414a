package chepiao

// CompletedAge is the completed years of age on a day, which is what the rules
// for children count (requirements 7.2). A year is complete on the birthday
// itself; who is born on 29 February completes it on 1 March of a common year,
// and on 29 February of a leap year. Below zero before birth.
func CompletedAge(birth, on Day) int {
	by, bm, bd := birth.date().Date()
	y, m, d := on.date().Date()
	years := y - by
	if m < bm || m == bm && d < bd {
		years--
	}
	return years
}

// Birth is the day of birth when the number carries it: all documents with an
// 18-character number.
func (d Document) Birth() (Day, bool) {
	if !d.checked() {
		return 0, false
	}
	return birthIn(d.Reveal())
}

// Age is the completed years of age on a day, when the number carries the day
// of birth; below zero before birth.
func (d Document) Age(on Day) (years int, known bool) {
	birth, known := d.Birth()
	if !known {
		return 0, false
	}
	return CompletedAge(birth, on), true
}

// Sex is what a number says of its holder's sex.
type Sex string

// What a number may say.
const (
	SexUnknown Sex = ""
	Male       Sex = "male"
	Female     Sex = "female"
)

// Sex is the holder's sex when the number carries it: the 17th digit of a
// number of GB 11643 is odd for a man. Cards of foreigners are left out, since
// no public text says how theirs is given.
func (d Document) Sex() Sex {
	number := d.Reveal()
	if !d.checked() || number[0] == '9' {
		return SexUnknown
	}
	if (number[16]-'0')%2 == 1 {
		return Male
	}
	return Female
}
