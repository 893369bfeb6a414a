package device

import (
	"bytes"
	"fmt"
)

// The frames that identity-card readers share, as the interface of the ministry's
// security module (SAM) defines them and every maker's manual repeats:
//
//	AA AA AA 96 69 | length, 2 bytes, high first | body | check
//
// length counts body and check; check is the XOR of everything between the preamble
// and itself. To the reader the body is a command and its parameter with data; from
// it, three status bytes (two of the card, the third its own) with data.

var preamble = []byte{0xAA, 0xAA, 0xAA, 0x96, 0x69}

// Limits of a frame. The longest answer there is holds text, photo and two
// fingerprints: 2,321 bytes.
const (
	frameBodyMin = 3
	frameMax     = 4096 // of body and check
)

// Commands, with their parameters.
var (
	cmdFind   = [2]byte{0x20, 0x01} // is there a card?
	cmdSelect = [2]byte{0x20, 0x02} // talk to it
	cmdRead   = [2]byte{0x30, 0x01} // its text and photo
	cmdMore   = [2]byte{0x30, 0x03} // its newest added address: asked only to see whether the card still lies there
)

// The reader's own status, the third byte.
const (
	swOK     = 0x90
	swFound  = 0x9F
	swNoMore = 0x91 // nothing was added to this card
	swNone   = 0x80 // no card
	swDead   = 0x60 // the reader's self-test failed
	swBanned = 0x66 // the reader is not authorised
)

// Ask is the frame of a command; Answer one of a reply. The simulator uses both.
func Ask(cmd, para byte, data ...byte) []byte {
	return frame(append([]byte{cmd, para}, data...))
}

// Answer is the frame that a reader sends: its status and data.
func Answer(sw byte, data ...byte) []byte {
	return frame(append([]byte{0, 0, sw}, data...))
}

func frame(body []byte) []byte {
	n := len(body) + 1
	f := append(bytes.Clone(preamble), byte(n>>8), byte(n))
	f = append(f, body...)
	return append(f, xor(f[len(preamble):]))
}

func xor(b []byte) (x byte) {
	for _, c := range b {
		x ^= c
	}
	return x
}

// Frames finds frames in what comes along a line: in pieces of any size, with
// noise before and between them. A frame whose check is wrong is counted and
// skipped, and one that began inside it is still found.
type Frames struct {
	Bad int // frames with a wrong check or an impossible length
	buf []byte
}

// Push adds what was received.
func (f *Frames) Push(b []byte) { f.buf = append(f.buf, b...) }

// Reset forgets what was received, and wipes it: it may be what a card said.
func (f *Frames) Reset() {
	clear(f.buf[:cap(f.buf)])
	f.buf = f.buf[:0]
}

// Next is the body of the next whole frame, nil while there is none. It is valid
// until the next call.
func (f *Frames) Next(min int) []byte {
	for {
		at := bytes.Index(f.buf, preamble)
		if at < 0 {
			f.buf = f.buf[max(0, len(f.buf)-len(preamble)+1):] // a preamble may have begun
			return nil
		}
		f.buf = f.buf[at:]
		head := len(preamble) + 2
		if len(f.buf) < head {
			return nil
		}
		n := int(f.buf[5])<<8 | int(f.buf[6])
		if n < min+1 || n > frameMax {
			f.Bad++
			f.buf = f.buf[1:]
			continue
		}
		if len(f.buf) < head+n {
			return nil
		}
		whole := f.buf[:head+n]
		if xor(whole[len(preamble):]) != 0 { // with its own check, everything cancels out
			f.Bad++
			f.buf = f.buf[1:]
			continue
		}
		f.buf = f.buf[head+n:]
		return whole[head : head+n-1]
	}
}

// reply is what a reader answered.
type reply struct {
	sw   byte
	data []byte
}

func parseReply(body []byte) (reply, error) {
	if len(body) < frameBodyMin {
		return reply{}, fmt.Errorf("an answer of %d bytes", len(body))
	}
	return reply{body[2], body[3:]}, nil
}
