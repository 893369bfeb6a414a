package simulate

import (
	"bytes"
	"io"
	"slices"
	"sync"
)

// rollSlips is how many slips a new roll has; lowSlips when its end is near.
const (
	rollSlips = 60
	lowSlips  = 6
	slipsKept = 24
)

// Slip is a piece of paper that came out.
type Slip struct {
	No    int
	Bytes []byte // as sent
	Torn  bool   // the printer stopped in its middle
}

// Printer acts a slip printer with a drawer: it understands the commands that ask
// how it is, cut and kick, and keeps the rest as it came.
type Printer struct {
	outlet *outlet

	mu     sync.Mutex
	left   int  // slips the roll still has
	cover  bool // open
	jam    bool
	stuck  string // what happens in the middle of the next slip: "jam", "out", or nothing
	drawer bool   // open
	dead   bool   // answers nothing
	queue  []token
	slip   []byte
	slips  []Slip
	count  int
	kicks  int
	line   io.ReadWriter
}

// NewPrinter plugs one in, on a TCP port.
func NewPrinter() (*Printer, error) {
	p := &Printer{left: rollSlips}
	var err error
	p.outlet, err = newSocket(p.serve)
	return p, err
}

// NewSerialPrinter plugs one in on a terminal.
func NewSerialPrinter(folder, name string) (*Printer, error) {
	p := &Printer{left: rollSlips}
	var err error
	p.outlet, err = newTerminal(folder, name, p.serve)
	return p, err
}

// Address is where it is plugged in.
func (p *Printer) Address() string { return p.outlet.address() }

// Plug puts its plug in; Unplug pulls it.
func (p *Printer) Plug() error { return p.outlet.plug() }

// Unplug pulls the plug.
func (p *Printer) Unplug() { p.outlet.unplug() }

// Paper sets how many slips the roll still has.
func (p *Printer) Paper(left int) { p.change(func() { p.left = left }) }

// Cover opens and shuts the cover.
func (p *Printer) Cover(open bool) { p.change(func() { p.cover = open }) }

// Dead has it answer nothing.
func (p *Printer) Dead(dead bool) { p.change(func() { p.dead = dead }) }

// Shut shuts the drawer.
func (p *Printer) Shut() { p.change(func() { p.drawer = false }) }

// Stick has the next slip stop in its middle: "jam", or "out" of paper.
func (p *Printer) Stick(how string) { p.change(func() { p.stuck = how }) }

// Clear takes stuck paper out. What the printer still held is lost, and so is the
// rest of the slip.
func (p *Printer) Clear() {
	p.change(func() {
		if p.jam {
			p.jam, p.queue = false, nil
			p.cut(true)
		}
	})
}

// Slips are the last that came out, the newest first.
func (p *Printer) Slips() []Slip {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := slices.Clone(p.slips)
	slices.Reverse(s)
	return s
}

// Kicks is how often the drawer was opened.
func (p *Printer) Kicks() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.kicks
}

// change does something to it, and prints on if it now can.
func (p *Printer) change(do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	do()
	p.run()
}

// blocked is when nothing moves.
func (p *Printer) blocked() bool { return p.left <= 0 || p.cover || p.jam }

func (p *Printer) serve(line io.ReadWriter) {
	p.change(func() { p.line, p.queue = line, nil })
	var held []byte
	buf := make([]byte, 4096)
	for {
		n, err := line.Read(buf)
		if err != nil {
			return
		}
		held = append(held, buf[:n]...)
		p.mu.Lock()
		for {
			var t token
			if t, held = split(held); t == nil {
				break
			}
			switch { // the first two at once, whatever else waits
			case t.is(0x10, 0x04):
				p.say(p.status(t[2]))
			case t.is(0x10, 0x14, 1):
				p.kick()
			default:
				p.queue = append(p.queue, bytes.Clone(t))
			}
		}
		p.run()
		p.mu.Unlock()
	}
}

// run does what waits, as far as the printer can.
func (p *Printer) run() {
	for len(p.queue) > 0 && !p.blocked() {
		t := p.queue[0]
		p.queue = p.queue[1:]
		switch {
		case t.is(0x1D, 'r'):
			p.cut(false)
			p.say(p.sensors())
		case t.is(0x1B, 'p'):
			p.kick()
		case t.is(0x1D, 'V'), t.is(0x1B, 'i'), t.is(0x1B, 'm'):
			p.slip = append(p.slip, t...)
			p.cut(false)
		default:
			p.slip = append(p.slip, t...)
			if p.stuck != "" && len(p.slip) > 40 {
				p.stick()
			}
		}
	}
}

func (p *Printer) kick() {
	p.drawer = true
	p.kicks++
}

// stick stops in the middle of a slip.
func (p *Printer) stick() {
	if p.stuck == "jam" {
		p.jam = true
	} else {
		p.left = 0
		p.cut(true)
		p.left = 0
	}
	p.stuck = ""
}

// cut is the end of a slip, if anything is on it.
func (p *Printer) cut(torn bool) {
	if len(p.slip) == 0 {
		return
	}
	p.count++
	p.slips = append(p.slips, Slip{p.count, p.slip, torn})
	if len(p.slips) > slipsKept {
		p.slips = p.slips[1:]
	}
	p.slip = nil
	p.left = max(0, p.left-1)
}

func (p *Printer) say(b byte) {
	if p.line != nil && !p.dead {
		p.line.Write([]byte{b}) //nolint:errcheck // the other end may have gone
	}
}

// status is the answer to DLE EOT n; bits 1 and 4 are always set.
func (p *Printer) status(n byte) byte {
	b := byte(0x12)
	set := func(yes bool, bit byte) {
		if yes {
			b |= bit
		}
	}
	switch n {
	case 1:
		set(p.drawer, 1<<2)
		set(p.blocked(), 1<<3)
	case 2:
		set(p.cover, 1<<2)
		set(p.left <= 0, 1<<5)
		set(p.jam, 1<<6)
	case 3:
		set(p.jam, 1<<2)
	case 4:
		set(p.left <= lowSlips, 3<<2)
		set(p.left <= 0, 3<<5)
	}
	return b
}

// sensors is the answer to GS r 1.
func (p *Printer) sensors() (b byte) {
	if p.left <= lowSlips {
		b |= 3
	}
	if p.left <= 0 {
		b |= 3 << 2
	}
	return b
}
