package chepiao

// ShiftID is the number of a clerk's shift (班次交班, 缴款): a session with a drawer
// and a paper stock. It prints as SF, the digits and a check digit.
type ShiftID int64

func (id ShiftID) String() string { return printNumber("SF", int64(id)) }

// ParseShiftID reads a shift's number. Refusal Invalid.
func ParseShiftID(s string) (ShiftID, error) {
	n, err := parseNumber("SF", s, "shift")
	return ShiftID(n), err
}

func (id ShiftID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

func (id *ShiftID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseShiftID(string(b))
	return err
}
