package simulate

import "bytes"

// token is one command of ESC/POS with what belongs to it, or a run of text.
type token []byte

func (t token) is(prefix ...byte) bool { return bytes.HasPrefix(t, prefix) }

// Lengths of commands, with all that follows their name, by the byte after ESC, GS
// and FS. What is not here has one byte after its name.
var (
	escLong = map[byte]int{
		'@': 2, '2': 2, '<': 2, 'i': 2, 'm': 2, 'L': 2, 'S': 2, 'v': 2, 0x0C: 2,
		'$': 4, '\\': 4, 'p': 5, 'c': 4, 'B': 4, 'W': 10,
	}
	gsLong = map[byte]int{'$': 4, '\\': 4, 'L': 4, 'W': 4, 'P': 4, '/': 3, ':': 2, '^': 5}
	fsLong = map[byte]int{'&': 2, '.': 2, 'S': 4, 'p': 4, '2': 4 + 72}
)

// split takes the first whole token off, nil when more bytes are needed.
func split(b []byte) (token, []byte) {
	n := length(b)
	if n == 0 || n > len(b) {
		return nil, b
	}
	return token(b[:n]), b[n:]
}

// length is that of the first token; 0 or more than there is when its end is not
// here yet.
func length(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	switch b[0] {
	case 0x10: // DLE EOT n, DLE ENQ n, DLE DC4 …
		switch {
		case len(b) < 3:
			return 0
		case b[1] == 0x14 && b[2] == 8:
			return 10
		case b[1] == 0x14:
			return 5
		}
		return 3
	case 0x1B, 0x1D, 0x1C:
		if len(b) < 2 {
			return 0
		}
	default:
		n := 1
		for n < len(b) && b[n] != 0x10 && b[n] != 0x1B && b[n] != 0x1D && b[n] != 0x1C {
			n++
		}
		return n
	}
	at := func(i int) int {
		if i >= len(b) {
			return 1 << 20 // more is needed
		}
		return int(b[i])
	}
	long := map[byte]map[byte]int{0x1B: escLong, 0x1D: gsLong, 0x1C: fsLong}[b[0]]
	if n := long[b[1]]; n > 0 {
		return n
	}
	switch {
	case b[0] == 0x1B && b[1] == '*': // a line of dots
		wide := at(3) + at(4)<<8
		if at(2) >= 32 {
			wide *= 3
		}
		return 5 + wide
	case b[0] == 0x1B && b[1] == 'D': // tabs, ended by 0
		return max(0, bytes.IndexByte(b, 0)+1)
	case b[0] == 0x1D && b[1] == 'V': // cut: with a feed or without
		if at(2) >= 65 {
			return 4
		}
	case b[0] == 0x1D && b[1] == 'v': // GS v 0: a picture
		return 8 + (at(4)+at(5)<<8)*(at(6)+at(7)<<8)
	case b[0] == 0x1D && (b[1] == '(' || b[1] == '8'):
		return 5 + at(3) + at(4)<<8
	case b[0] == 0x1C && b[1] == '(':
		return 5 + at(3) + at(4)<<8
	case b[0] == 0x1D && b[1] == '*': // a picture that is kept
		return 4 + at(2)*at(3)*8
	case b[0] == 0x1D && b[1] == 'k': // a bar code: ended by 0, or with its length
		if at(2) > 64 {
			return 4 + at(3)
		}
		if end := bytes.IndexByte(b[2:], 0); end > 0 {
			return 3 + end
		}
		return 0
	}
	return 3
}
