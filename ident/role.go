package ident

import "slices"

// Role is what a device is for.
type Role string

// The roles. A desk (值班台) may do everything that staff do.
const (
	Window Role = "window"
	Gate   Role = "gate"
	Desk   Role = "desk"
)

// Roles are all roles.
func Roles() []Role { return []Role{Window, Gate, Desk} }

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
	Suspend      Verb = "suspend" // keep a ticket from boarding, and let it board again
)

// Verbs are all verbs of staff.
func Verbs() []Verb {
	return []Verb{SellAtWindow, ActOnOrder, TakeCash, SeeTicket, LookUp, Check, Override, Review, Uncheck, Report, Dispatch, SeeManifest, Tell, Operate, SetRules, Suspend}
}

// permits is the one table of who may do what; what is not listed is refused.
// TestMay walks the whole square.
var permits = map[Role][]Verb{
	Window: {SellAtWindow, ActOnOrder, TakeCash, SeeTicket, LookUp, Uncheck, Report, Dispatch, SeeManifest},
	Gate:   {SeeTicket, Check, Uncheck, Report, Dispatch, SeeManifest},
	Desk:   Verbs(),
}

// May says whether a role may do a verb.
func (r Role) May(v Verb) bool { return slices.Contains(permits[r], v) }
