// Package paper is everything Chepiao prints: the slip a passenger boards with,
// the receipt for reimbursement, the sheet a clerk closes a shift with, and short
// notes such as a refund's. Content goes in, bytes come out: a PDF, the commands
// of a thermal printer (ESC/POS, 58 and 80 mm, or a pre-printed form), or a picture
// of either.
//
// It reads no store and decides nothing: who may be told what, and how a document
// number is masked, is settled before (office/slip.go). The same content makes the
// same bytes, so a print can be compared with another one.
package paper

import (
	"time"

	"chepiao"
)

// Document is something that can be printed: Voucher, Receipt, Account or Note.
type Document interface {
	// lay arranges the content in rows, the same for every printer.
	lay() sheet
}

// Voucher (纸质乘车凭证) is the slip that a passenger boards with (requirements 8.1).
// Times are shown in their own zone.
type Voucher struct {
	Ticket  chepiao.TicketID
	Order   chepiao.OrderID
	From    Place
	To      Place
	Departs time.Time
	Last    time.Time // flow: until when any coach of the day may be taken; zero for a fixed departure
	Opens   time.Time // check opens
	Number  string    // 班次
	Line    string
	Gate    string
	Berth   string
	Seat    int    // 0: a place without a number
	Coach   string // type of vehicle
	Plate   string // "" while unknown
	Carrier string

	Kind     chepiao.TicketKind
	Price    chepiao.Money
	Limit    chepiao.Money // upper-limit fare; 0: none is set
	Name     string        // as on the document; this is the passenger's own slip
	Document string        // masked
	Children int           // free children with this passenger
	Child    bool          // the slip of one of them, which goes with this ticket and opens no gate

	Code  string // CP1:…, for the gate
	Phone string // of the station
	Sold  string // where, by whom: 线上, 2 号窗口 0012 …
	Printed
	Large bool // gate and time first, in the largest print
}

// Place is a station as it is printed.
type Place struct{ Name, English string }

// Printed is what a copy says about itself.
type Printed struct {
	At    time.Time
	By    string   // device and staff number
	Copy  int      // 1: the first; more are marked as reprints
	Marks []string // further marks, such as 离线售票
}

// Receipt (报销凭证) is the paper ticket that only proves an expense (requirements
// 8.1, 11.3): no seat, no gate, and a code that says whether it is genuine.
type Receipt struct {
	Ticket   chepiao.TicketID
	Serial   string // of the numbered paper
	From, To Place
	Departs  time.Time
	Number   string
	Carrier  string
	Kind     chepiao.TicketKind
	Price    chepiao.Money
	Name     string
	Document string // masked
	Verify   string // text of the code: an address that tells whether it is genuine
	Printed
}

// Note is a short slip: money given back, cash handed in, a test print.
type Note struct {
	Title, English string
	Lines          [][2]string // what and how much
	Sum            chepiao.Money
	Foot           []string
	Printed
}

// Account (缴款单) is a clerk's shift on a sheet of A4 to be signed.
type Account struct {
	Title  string
	Facts  [][2]string // number, clerk, device, from, to …
	Tables []Table
	Notes  []string
	Signs  []string // who signs below
	Printed
}

// Table is rows under a heading; the first row names the columns. Columns after
// the first are numbers, unless Shares says how wide each is beside the others: then
// they are words.
type Table struct {
	Title  string
	Rows   [][]string
	Shares []int
}
