package chepiao

import (
	"fmt"
	"strings"
)

// StaffNo (工号) is a staff member's number: 1..20 letters and digits. Journal,
// sheets and logs name people who work here by it, never by their names.
type StaffNo string

const staffNoMax = 20

// ParseStaffNo reads a staff number as people type it; letters become capitals.
// Refusal Invalid at staff.
func ParseStaffNo(s string) (StaffNo, error) {
	no := strings.ToUpper(strings.TrimSpace(s))
	if no == "" || len(no) > staffNoMax || !plainText(no) {
		return "", Refuse(Invalid, fmt.Sprintf("工号应为 1 到 %d 位字母或数字", staffNoMax), fmt.Sprintf("a staff number has 1 to %d letters or digits", staffNoMax)).At("staff")
	}
	return StaffNo(no), nil
}

// What the journal says of people who work here: by their numbers, never with a
// name, a password or anything made of one.
const (
	StaffWasAdded   EventKind = "staff_added"
	StaffWasChanged EventKind = "staff_changed" // name, roles, stations, password, passkeys, on or off: Detail says which
	StaffSignedIn   EventKind = "staff_signed_in"
	StaffSignedOut  EventKind = "staff_signed_out"
	StaffWasRefused EventKind = "staff_refused"  // a sign-in or a confirmation in vain
	StaffConfirmed  EventKind = "staff_approved" // a supervisor agreed to what somebody else does
)
