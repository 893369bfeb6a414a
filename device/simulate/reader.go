package simulate

import (
	"io"
	"sync"

	"chepiao/device"
)

// Reader acts an identity-card reader: one card lies on it, or none.
type Reader struct {
	outlet *outlet

	mu       sync.Mutex
	card     *device.Card
	selected bool
	read     bool // such a card is found no more until it was taken away
	fault    string
	lifted   int // looks that will not find the card
}

// NewReader plugs one in. Its terminal is the link "reader" in the folder.
func NewReader(folder, name string) (*Reader, error) {
	r := &Reader{}
	var err error
	r.outlet, err = newTerminal(folder, name, r.serve)
	return r, err
}

// Address is where it is plugged in.
func (r *Reader) Address() string { return r.outlet.address() }

// Put puts a card on the reader, or takes away what lies there (nil).
func (r *Reader) Put(c *device.Card) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.card, r.selected, r.read, r.lifted = c, false, false, 0
}

// Lift lifts the card and puts it on again after it was looked for in vain so often:
// once is a card that trembles.
func (r *Reader) Lift(looks int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.selected, r.read, r.lifted = false, false, looks
}

// Plug puts its plug in, and it finds anew what lies on it; Unplug pulls the plug.
func (r *Reader) Plug() error {
	r.mu.Lock()
	r.selected, r.read = false, false
	r.mu.Unlock()
	return r.outlet.plug()
}

// Unplug pulls the plug.
func (r *Reader) Unplug() { r.outlet.unplug() }

// Misbehave has it answer nothing ("silent"), noise and then the answer ("noisy"),
// only broken frames ("broken"), fail to read ("unreadable"), or work ("").
func (r *Reader) Misbehave(fault string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault = fault
}

func (r *Reader) serve(line io.ReadWriter) {
	var frames device.Frames
	buf := make([]byte, 256)
	for {
		n, err := line.Read(buf)
		if err != nil {
			return
		}
		frames.Push(buf[:n])
		for body := frames.Next(2); body != nil; body = frames.Next(2) {
			if r.send(line, r.answer(body[0], body[1])) != nil {
				return
			}
		}
	}
}

// answer is what the reader says to a command.
func (r *Reader) answer(cmd, para byte) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case cmd == 0x11: // how are you?
		return device.Answer(0x90)
	case cmd == 0x20 && para == 0x01:
		if r.lifted > 0 {
			r.lifted--
			return device.Answer(0x80)
		}
		if r.card == nil || r.read {
			return device.Answer(0x80)
		}
		return device.Answer(0x9F, 0, 0, 0, 0)
	case cmd == 0x20 && para == 0x02:
		if r.card == nil {
			return device.Answer(0x81)
		}
		r.selected = true
		return device.Answer(0x90, make([]byte, 8)...)
	case cmd == 0x30 && para == 0x01:
		if r.card == nil || !r.selected || r.fault == "unreadable" {
			r.selected = false
			return device.Answer(0x41)
		}
		r.read = true
		data := append([]byte{1, 0, 4, 0}, r.card.Text()...) // 256 and 1,024
		return device.Answer(0x90, append(data, photo()...)...)
	case cmd == 0x30 && para == 0x03:
		if r.card == nil || !r.read {
			return device.Answer(0x41)
		}
		return device.Answer(0x91)
	}
	return device.Answer(0x21)
}

// photo has the head of a compressed photo and nothing in it.
func photo() []byte {
	p := make([]byte, 1024)
	copy(p, "WLf\x00")
	return p
}

// send writes an answer, or what a bad cable makes of it.
func (r *Reader) send(line io.Writer, answer []byte) error {
	r.mu.Lock()
	fault := r.fault
	r.mu.Unlock()
	switch fault {
	case "silent":
		return nil
	case "noisy":
		noise := append([]byte{0, 0xAA, 0xAA, 0xAA, 0x96, 0x69, 0xFF, 0xFF, 0xAA, 0xAA}, device.Answer(0x9F)[:7]...)
		answer = append(noise, answer...)
	case "broken":
		answer[len(answer)-1] ^= 0x55
	}
	for len(answer) > 0 { // in pieces, as they come along a serial line
		n := min(len(answer), 100)
		if _, err := line.Write(answer[:n]); err != nil {
			return err
		}
		answer = answer[n:]
	}
	return nil
}

// Scanner acts a scanner on a serial line.
type Scanner struct {
	outlet *outlet
	mu     sync.Mutex
	line   io.ReadWriter
}

// NewScanner plugs one in.
func NewScanner(folder, name string) (*Scanner, error) {
	s := &Scanner{}
	var err error
	s.outlet, err = newTerminal(folder, name, s.serve)
	return s, err
}

// Address is where it is plugged in.
func (s *Scanner) Address() string { return s.outlet.address() }

// Plug puts its plug in; Unplug pulls it.
func (s *Scanner) Plug() error { return s.outlet.plug() }

// Unplug pulls the plug.
func (s *Scanner) Unplug() { s.outlet.unplug() }

// Scan reads a code.
func (s *Scanner) Scan(code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.line != nil && s.outlet.plugged() {
		s.line.Write([]byte(code + "\r\n")) //nolint:errcheck // the other end may have gone
	}
}

func (s *Scanner) serve(line io.ReadWriter) {
	s.mu.Lock()
	s.line = line
	s.mu.Unlock()
	buf := make([]byte, 256)
	for {
		if _, err := line.Read(buf); err != nil { // what is said to a scanner is of no interest
			return
		}
	}
}
