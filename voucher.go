package chepiao

import "time"

// Claims are what a voucher says: the boarding credential (乘车凭证) of one
// ticket at one version. They hold no name and no document number; Binding
// lets a gate that knows the departure's key confirm the document shown.
// Stations travel as the network's station numbers.
type Claims struct {
	Issuer    string // node that signed: its short name, 1..8 characters A-Z 0-9
	Ticket    TicketID
	Departure DepartureID
	Number    string // departure number people know, at most 12 characters
	Day       Day
	Depart    Clock // planned time at the boarding stop
	From, To  StationNo
	Seat      int // seat number 1…; 0 on a flow departure (no seat)
	Kind      TicketKind
	Children  int       // accompanying free children, 0..9
	NotBefore time.Time // whole minutes
	Expires   time.Time // whole minutes
	Version   int       // voucher version, from 1; gates refuse below the ticket's minimum
	Binding   [8]byte   // BindDocument of the document used at purchase
}
