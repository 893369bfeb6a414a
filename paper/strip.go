package paper

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"slices"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Strip is what a thermal printer makes of its commands: for previews, for the
// simulated printer, and to prove what was sent.
type Strip struct {
	Image   *image.Gray
	Cuts    []int    // lines at which it was cut
	Kicks   int      // of the drawer
	Text    []string // lines of letters, in order
	Codes   []string // contents of codes that the printer drew itself
	Unknown []string // commands it did not know: where, and what
}

// PNG is the strip as a picture.
func (s Strip) PNG() ([]byte, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, s.Image); err != nil {
		return nil, fmt.Errorf("drawing a strip: %w", err)
	}
	return b.Bytes(), nil
}

// stripMax bounds the length of a strip in dots: four metres of paper.
const stripMax = 32_000

// Print acts a printer with paper of so many millimetres (58, else 80) upon
// commands. What it does not know it notes and leaves out. Errors: ErrNoFont, and a
// strip that never ends.
func Print(commands []byte, width int) (Strip, error) {
	face, err := openFace()
	if err != nil {
		return Strip{}, err
	}
	dots := Printer{Width: width}.dots()
	p := &stripPrinter{face: face, b: commands, spacing: lineHigh, size: 1, tall: 1}
	p.Image = image.NewGray(image.Rect(0, 0, dots, 0))
	for p.at < len(p.b) {
		if err := p.step(); err != nil {
			return Strip{}, err
		}
	}
	p.flush()
	return p.Strip, p.err
}

type stripPrinter struct {
	Strip
	face *typeface
	b    []byte
	at   int
	y    int
	err  error

	line    []byte // letters waiting for the end of their line
	align   align
	size    int // times as wide
	tall    int // times as high
	bold    bool
	spacing int

	code   []byte
	module int
}

// take reads n bytes; what is cut off reads as nothing.
func (p *stripPrinter) take(n int) []byte {
	to := min(len(p.b), p.at+n)
	part := p.b[p.at:to]
	p.at = to
	if len(part) < n {
		part = append(slices.Clone(part), make([]byte, n-len(part))...)
	}
	return part
}

func (p *stripPrinter) unknown(from int) {
	p.Unknown = append(p.Unknown, fmt.Sprintf("%d: % X", from, p.b[from:min(len(p.b), from+4)]))
}

// step reads one letter or command.
func (p *stripPrinter) step() error {
	from := p.at
	switch c := p.take(1)[0]; c {
	case '\n':
		p.flush()
	case '\r':
	case 0x10: // DLE EOT n: asks how the printer is
		p.take(2)
	case 0x1b:
		p.escape(from)
	case 0x1c: // FS: Chinese letters
		switch p.take(1)[0] {
		case '&', '.':
		case '!', '-', 'W':
			p.take(1)
		default:
			p.unknown(from)
		}
	case 0x1d:
		p.group(from)
	default:
		if c < ' ' {
			p.unknown(from)
			break
		}
		p.line = append(p.line, c)
	}
	if p.y > stripMax {
		return fmt.Errorf("the strip is longer than %d dots", stripMax)
	}
	return p.err
}

func (p *stripPrinter) escape(from int) {
	switch p.take(1)[0] {
	case '@':
		p.line, p.align, p.size, p.tall, p.bold, p.spacing = nil, left, 1, 1, false, lineHigh
	case 'a':
		p.align = align(p.take(1)[0] & 3 % 3)
	case 'E', 'G':
		p.bold = p.take(1)[0]&1 == 1
	case '!':
		n := p.take(1)[0]
		p.bold, p.tall, p.size = n&8 != 0, 1+int(n>>4&1), 1+int(n>>5&1)
	case '2':
		p.spacing = lineHigh
	case '3':
		p.spacing = int(p.take(1)[0])
	case 'J':
		p.flush()
		p.feed(int(p.take(1)[0]))
	case 'd':
		p.flush()
		p.feed(int(p.take(1)[0]) * p.spacing)
	case 'p':
		p.take(3)
		p.Kicks++
	case '-', 'R', 't', 'M', ' ', '{':
		p.take(1)
	default:
		p.unknown(from)
	}
}

func (p *stripPrinter) group(from int) {
	switch p.take(1)[0] {
	case '!':
		n := p.take(1)[0]
		p.size, p.tall = 1+int(n>>4&7), 1+int(n&7)
	case 'v':
		h := p.take(6) // '0', mode, width, height
		wide, high := int(h[2])|int(h[3])<<8, int(h[4])|int(h[5])<<8
		p.raster(p.take(wide*high), wide, high)
	case '(':
		h := p.take(3)
		p.function(from, h[0], p.take(int(h[1])|int(h[2])<<8))
	case 'V':
		p.flush()
		if m := p.take(1)[0]; m >= 65 {
			p.feed(int(p.take(1)[0]))
		}
		p.Cuts = append(p.Cuts, p.y)
	case 'B', 'a', 'h', 'w', 'H', 'f', 'r', 'I':
		p.take(1)
	case 'L', 'W':
		p.take(2)
	case '\f': // to the mark of a pre-printed form
	default:
		p.unknown(from)
	}
}

// function is the family of codes: GS ( k, of which the QR code is number 49.
func (p *stripPrinter) function(from int, family byte, data []byte) {
	if family != 'k' || len(data) < 3 || data[0] != 49 {
		p.unknown(from)
		return
	}
	switch data[1] {
	case 65, 69:
	case 67:
		p.module = int(data[2])
	case 80:
		p.code = data[3:]
	case 81:
		p.flush()
		grid, err := matrix(string(p.code))
		if err != nil {
			p.err = err
			return
		}
		m := bitmap(grid, max(1, p.module))
		inner := m.Rect.Inset(quiet * max(1, p.module)) // the border is the sender's affair
		p.Codes = append(p.Codes, string(p.code))
		p.paste(m.SubImage(inner).(*image.Gray))
	default:
		p.unknown(from)
	}
}

func (p *stripPrinter) raster(data []byte, wide, high int) {
	p.flush()
	m := image.NewGray(image.Rect(0, 0, wide*8, high))
	whiten(m)
	for i, dots := range data {
		for bit := range 8 {
			if dots&(0x80>>bit) != 0 {
				m.Pix[i/wide*m.Stride+i%wide*8+bit] = 0
			}
		}
	}
	p.paste(m)
}

// paste lays a picture across the paper.
func (p *stripPrinter) paste(m *image.Gray) {
	x := 0
	switch p.align {
	case centre:
		x = (p.Image.Rect.Dx() - m.Rect.Dx()) / 2
	case right:
		x = p.Image.Rect.Dx() - m.Rect.Dx()
	}
	top := p.y
	p.feed(m.Rect.Dy())
	for y := range m.Rect.Dy() {
		for dx := range m.Rect.Dx() {
			p.Image.SetGray(x+dx, top+y, color.Gray{Y: m.GrayAt(m.Rect.Min.X+dx, m.Rect.Min.Y+y).Y})
		}
	}
}

// feed moves the paper on.
func (p *stripPrinter) feed(dots int) {
	p.y += dots
	if have := p.Image.Rect.Dy(); p.y > have && p.y <= 2*stripMax {
		more := make([]byte, (p.y-have)*p.Image.Stride)
		for i := range more {
			more[i] = 0xFF
		}
		p.Image.Pix = append(p.Image.Pix, more...)
		p.Image.Rect.Max.Y = p.y
	}
}

// flush prints the waiting letters and ends their line.
func (p *stripPrinter) flush() {
	if len(p.line) == 0 {
		return
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().String(string(p.line))
	if err != nil {
		text = string(p.line)
	}
	p.line = nil
	p.Text = append(p.Text, text)
	top := p.y
	p.feed(max(p.spacing*p.tall, lineHigh*p.tall))
	line := p.Image.SubImage(image.Rect(0, top, p.Image.Rect.Dx(), p.y)).(*image.Gray)
	p.err = p.face.columns(line, text, p.align, min(p.size, p.tall), p.bold)
}
