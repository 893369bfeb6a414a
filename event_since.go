package chepiao

// Speaks is the version of what nodes tell each other: it grows by one when an event
// comes that older programs do not know. A node says it in its greeting. Whatever the
// other's is, everything is sent: what a node cannot read it keeps whole, and reads
// after its upgrade.
const Speaks = 2

// since says with which version each event came.
var since = map[EventKind]int{
	MemberJoined: 1, MemberWasErased: 1, HallWasTold: 1, ReviewWasSettled: 1, LaneOpened: 1, TimetableImported: 1, RulesSet: 1, OrderWasHeld: 1,
	HoldWasExtended: 1, OrderWasReleased: 1, OrderHasLapsed: 1, PaymentBegan: 1, PaymentWasRefused: 1, OrderWasIssued: 1, PaymentCameLate: 1,
	TicketWasRefunded: 1, PaybackMoved: 1, TicketWasChecked: 1, CheckWasRefused: 1, CheckWasRepeated: 1, HallWasEntered: 1, TicketWasUnchecked: 1,
	DepartureDispatched: 1, DepartureRecalled: 1, DepartureReported: 1, DepartureChanged: 1, TicketWasRebooked: 1, TicketWasVoided: 1, TicketWasCorrected: 1,
	TicketWasSuspended: 1, TicketWasResumed: 1, ReceiptMoved: 1, PaybackBegan: 1, WaitWasAsked: 1, WaitWasJoined: 1, WaitWasWidened: 1, WaitWasServed: 1,
	QueueWasJoined: 1, QueueWasLeft: 1, WaitHasEnded: 1, CaseMoved: 1, ShiftWasOpened: 1, DrawerMoved: 1, ShiftWasClosed: 1, ShiftWasSigned: 1,
	PaperWasReceived: 1, PaperWasHanded: 1, PaperWasSpoilt: 1, SeatsWereGiven: 1, SeatsWereTaken: 1, SeatsWereAsked: 1, OrderWasGiven: 1, OrderWasTaken: 1,
	OwnerWasAsked: 1, OwnerHasAnswered: 1, NodeSaid: 1, BillWasCompared: 1, DifferenceWasSettled: 1, StationWasInvited: 1, StationWasEnrolled: 1,
	StationWasRevoked: 1, NodeWasRestored: 1, FaceConsented: 1, FaceWithdrawn: 1, InvoiceMoved: 1, SlipMoved: 1, KioskHasTold: 1, KioskWasLocked: 1,
	KioskWasUnlocked: 1, DispatchWasRefused: 1, PersonWasLookedUp: 1, ManifestWasTaken: 1, MessageWasResent: 1, HookWasAdded: 1, HookWasRemoved: 1,
	VoucherWasReissued: 1, PeopleWereDestroyed: 1, RulesWithdrawn: 1, RulesImported: 1, PaperWasFound: 1, StaffWasAdded: 1, StaffWasChanged: 1,
	StaffSignedIn: 1, StaffSignedOut: 1, StaffWasRefused: 1, StaffConfirmed: 1, VehicleWasRegistered: 1, VehicleWasChecked: 1, DriverWasRegistered: 1,
	ReportWasCancelled: 1,

	ConflictWasFound: 2, ConflictWasClosed: 2, OrderWasTakenOver: 2,
}

// KnownTo says whether a program that speaks a version knows the event.
func (k EventKind) KnownTo(speaks int) bool {
	v, ok := since[k]
	return ok && v <= speaks
}
