package ident

import "slices"

// Role is what a device is for.
type Role string

// The roles of devices. At a desk (值班台) everything can be done that staff do; a
// kiosk (自助机) serves passengers and never takes cash.
const (
	Window Role = "window"
	Gate   Role = "gate"
	Desk   Role = "desk"
	Kiosk  Role = "kiosk"
)

// Roles are all roles of devices.
func Roles() []Role { return []Role{Window, Gate, Desk, Kiosk} }

// Valid says whether the role is one of Roles.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

// Verb is something only staff may do. What a passenger may do with the key of
// an order is not among them.
type Verb string

// The verbs of staff.
const (
	SellAtWindow Verb = "sell_at_window" // hold for the window channel: longer sale, shorter hold
	ActOnOrder   Verb = "act_on_order"   // see, extend, release, pay or refund any order without its key
	TakeCash     Verb = "take_cash"
	SeeTicket    Verb = "see_ticket"
	LookUp       Verb = "look_up" // tickets by a document alone
	Check        Verb = "check"
	Override     Verb = "override" // let a passenger through whom a check refused
	Review       Verb = "review"   // see what checks are looked at afterwards
	Uncheck      Verb = "uncheck"
	Report       Verb = "report" // have a coach report, see the fleet, note safety checks
	Dispatch     Verb = "dispatch"
	SeeManifest  Verb = "see_manifest"
	Tell         Verb = "tell"    // see what passengers were told, send it anew, keep webhooks
	Operate      Verb = "operate" // change departures: delay, gate, stop sale, cancel …
	SetRules     Verb = "set_rules"
	Suspend      Verb = "suspend"       // keep a ticket from boarding, and let it board again
	OpenShift    Verb = "open_shift"    // a drawer of one's own: open, count, close
	SignShift    Verb = "sign_shift"    // a supervisor's signature under another's count
	KeepStock    Verb = "keep_stock"    // numbered paper: take in, hand over, call spoilt
	SeeMoney     Verb = "see_money"     // reconciliation with payment channels
	PrintPaper   Verb = "print_paper"   // vouchers, receipts and sheets
	Practise     Verb = "practise"      // the windows that write nothing
	SellAtKiosk  Verb = "sell_at_kiosk" // the pages that passengers use on a kiosk
	OperateKiosk Verb = "operate_kiosk" // counters, paper and faults of a kiosk
	ManageStaff  Verb = "manage_staff"  // accounts, roles, stations
	Agree        Verb = "agree"         // to what a clerk alone may not: undo an old sale, waive a fee
)

// Verbs are all verbs of staff.
func Verbs() []Verb {
	return []Verb{SellAtWindow, ActOnOrder, TakeCash, SeeTicket, LookUp, Check, Override, Review, Uncheck, Report, Dispatch, SeeManifest, Tell, Operate, SetRules, Suspend,
		OpenShift, SignShift, KeepStock, SeeMoney, PrintPaper, Practise, SellAtKiosk, OperateKiosk, ManageStaff, Agree}
}

// personal are the verbs that always need a person: they are about one.
var personal = []Verb{OpenShift, SignShift, Practise, ManageStaff, Agree}

// alone is what a device may do when nobody has signed in at it: a gate and a
// kiosk always, a window and a desk where the node has no staff accounts yet.
// What is not listed is refused. TestMatrix walks the whole square.
var alone = map[Role][]Verb{
	Window: {SellAtWindow, ActOnOrder, TakeCash, SeeTicket, LookUp, Uncheck, Report, Dispatch, SeeManifest, PrintPaper},
	Gate:   {SeeTicket, Check, Uncheck, Report, Dispatch, SeeManifest},
	Desk:   without(Verbs(), personal...),
	Kiosk:  {SellAtKiosk, PrintPaper},
}

// hosted is what a person may do at a device beside that, if their own roles
// permit it: nobody sets rules at a gate.
var hosted = map[Role][]Verb{
	Window: {OpenShift, SignShift, KeepStock, SeeMoney, Practise, Suspend, OperateKiosk, ManageStaff, Agree},
	Gate:   {LookUp, Override, Review, Suspend},
	Desk:   personal,
	Kiosk:  {KeepStock, OperateKiosk},
}

func without(verbs []Verb, not ...Verb) []Verb {
	return slices.DeleteFunc(verbs, func(v Verb) bool { return slices.Contains(not, v) })
}

// May says whether a device of a role may do a verb when nobody has signed in.
func (r Role) May(v Verb) bool { return slices.Contains(alone[r], v) }

// Hosts says whether a person may do a verb at a device of a role.
func (r Role) Hosts(v Verb) bool { return r.May(v) || slices.Contains(hosted[r], v) }

// Unattended says that devices of the role work without a person, also where
// the node has staff accounts.
func (r Role) Unattended() bool { return r == Gate || r == Kiosk }
