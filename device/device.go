// Package device speaks to what stands on a counter, in a kiosk and at a gate: the
// reader that identity cards are put on, the scanner, the slip printer with its
// paper, and the cash drawer. It runs on the machine where these are plugged in,
// beside the browser, and gives the pages one stream of events ("a card was put
// on", "the paper is low") and two commands: print this, open the drawer.
//
// What is read from a card is handed to the page that asks and forgotten: nothing
// of it is written to a file, a log or an error, and what the pages have no use for
// (address, ethnic group, sex, office, photo) is dropped as soon as it is read.
//
// Anything may be unplugged at any time. That is a state and never an error: the
// pages show it, and the part is looked for until it is there again.
package device

import (
	"log/slog"
	"time"
)

// Post is where the machine stands: pages of a post ask below /device/{post}/.
type Post string

// The posts.
const (
	Window Post = "window"
	Kiosk  Post = "kiosk"
	Gate   Post = "gate"
)

// Valid tells that it is a post.
func (p Post) Valid() bool { return p == Window || p == Kiosk || p == Gate }

// Part is one thing that is connected.
type Part string

// The parts, in the order in which they are shown.
const (
	Reader  Part = "reader"
	Scanner Part = "scanner"
	Printer Part = "printer"
	Paper   Part = "paper" // in the printer
	Drawer  Part = "drawer"
)

var parts = [...]Part{Reader, Scanner, Printer, Paper, Drawer}

// State is how a part is.
type State string

// The states. Not every part has each.
const (
	None   State = "none"   // this machine has no such part
	Absent State = "absent" // unplugged or switched off: it is being looked for
	Ready  State = "ready"
	Busy   State = "busy"  // a card lies on the reader, a slip is being printed
	Low    State = "low"   // paper: near its end
	Out    State = "out"   // paper: none left
	Open   State = "open"  // the cover of the printer, or the drawer
	Jam    State = "jam"   // paper is stuck, or the cutter
	Fault  State = "fault" // it answers nothing, or nothing that can be understood
)

// Condition is the state of a part with a sentence for the clerk.
type Condition struct {
	State State  `json:"state"`
	ZH    string `json:"zh"`
	EN    string `json:"en"`
}

// Options say what is connected to a machine. A part without an address is not
// there. An address is
//
//	/dev/ttyUSB0            a serial port, at the part's usual speed
//	/dev/ttyS1?baud=9600    the same at another speed; COM3 on Windows
//	tcp://10.0.3.7:9100     a network printer, or a serial server
//	/dev/usb/lp0            a USB printer
type Options struct {
	Reader  string
	Scanner string
	Printer string
	Drawer  bool     // a cash drawer hangs on the printer
	Blind   bool     // the printer never answers: what it has taken counts as printed
	Photo   []string // command that turns 1,024 bytes of a card's photo into a picture; nil: photos are dropped

	Now func() time.Time
	Log *slog.Logger // never gets what a card says
}

// Set is what is connected to one machine. Run works it; Handler gives it to pages.
type Set struct {
	o     Options
	board *board
	queue *queue
}

// New prepares a set; nothing is opened before Run. Now is required.
func New(o Options) *Set {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Set{o: o, board: newBoard(o.Now)}
	s.queue = newQueue(o.Now, s.board)
	for _, p := range parts {
		s.board.set(p, Condition{None, "未配置", "not set up"})
	}
	return s
}

// Conditions are the states of all parts.
func (s *Set) Conditions() map[Part]Condition { return s.board.all() }
