package ident

import (
	"slices"

	"chepiao"
)

// StaffRole is what a person does at a station. One person may have several.
type StaffRole string

// The roles of staff (岗位).
const (
	Clerk         StaffRole = "clerk"         // 售票员
	Checker       StaffRole = "checker"       // 检票员
	Dispatcher    StaffRole = "dispatcher"    // 调度员
	Supervisor    StaffRole = "supervisor"    // 值班站长
	Administrator StaffRole = "administrator" // 系统管理员
)

// StaffRoles are all roles of staff.
func StaffRoles() []StaffRole {
	return []StaffRole{Clerk, Checker, Dispatcher, Supervisor, Administrator}
}

// Valid says whether the role is one of StaffRoles.
func (r StaffRole) Valid() bool { return slices.Contains(StaffRoles(), r) }

// May says whether people of a role may do a verb. Who keeps the accounts and
// the rules touches neither money nor tickets.
func (r StaffRole) May(v Verb) bool { return slices.Contains(permits[r], v) }

var permits = map[StaffRole][]Verb{
	Clerk:      {SellAtWindow, ActOnOrder, TakeCash, SeeTicket, LookUp, SeeManifest, OpenShift, PrintPaper, Practise, OperateKiosk},
	Checker:    {SeeTicket, Check, Uncheck, Report, Dispatch, SeeManifest, Practise},
	Dispatcher: {SeeTicket, LookUp, Uncheck, Report, Dispatch, SeeManifest, Tell, Operate, PrintPaper, Practise},
	Supervisor: without(Verbs(), SellAtKiosk, SetRules, ManageStaff),

	Administrator: {SetRules, Tell, Practise, ManageStaff},
}

// Staff is somebody who works here, as the account says.
type Staff struct {
	No       chepiao.StaffNo
	Name     string
	Roles    []StaffRole
	Stations []string // business codes of the stations they may act for; empty: all
	Off      bool     // may not sign in any more
}

// May says whether one of the person's roles permits a verb.
func (s Staff) May(v Verb) bool {
	return !s.Off && slices.ContainsFunc(s.Roles, func(r StaffRole) bool { return r.May(v) })
}

// At says whether the person may act for a station; "" is no particular one.
func (s Staff) At(station string) bool {
	return station == "" || len(s.Stations) == 0 || slices.Contains(s.Stations, station)
}

// Actor is who acts in a request for staff: a device, a person, or a person at a
// device.
type Actor struct {
	Device *Device
	Staff  *Staff
	Alone  bool // windows and desks act without a person: there are no accounts yet, or everybody may act
}

// May says whether the actor may do a verb: the person's roles must permit it, and
// the device must be one at which it is done. A gate and a kiosk do what they are
// for whoever has signed in; a window and a desk do it without a person only
// where Alone says so. The kiosk's pages are the passengers': the device decides.
func (a Actor) May(v Verb) bool {
	if a.Device != nil && a.Device.Role.May(v) && a.unattended(v) {
		return true
	}
	return a.Staff != nil && a.Staff.May(v) && (a.Device == nil || a.Device.Role.Hosts(v))
}

func (a Actor) unattended(v Verb) bool {
	return a.Device.Role.Unattended() || a.Alone && (a.Staff == nil || v == SellAtKiosk)
}

// NeedsPerson says that the verb would be possible at this device if somebody
// signed in: the sign-in is shown, and not a refusal.
func (a Actor) NeedsPerson(v Verb) bool {
	return a.Staff == nil && (a.Device == nil || a.Device.Role.Hosts(v))
}

// By is how the journal names where an act was done: the device, or "staff" where
// a person signed in without one.
func (a Actor) By() string {
	if a.Device != nil {
		return a.Device.Name
	}
	return "staff"
}

// Who is the staff number of the person who acts, "" for none.
func (a Actor) Who() chepiao.StaffNo {
	if a.Staff != nil {
		return a.Staff.No
	}
	return ""
}

// Station is the business code of the one station in which the actor stands: the
// device's, or the person's where they have but one; "" otherwise.
func (a Actor) Station() string {
	switch {
	case a.Device != nil && a.Device.Station != "":
		return a.Device.Station
	case a.Staff != nil && len(a.Staff.Stations) == 1:
		return a.Staff.Stations[0]
	}
	return ""
}
