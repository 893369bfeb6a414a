package paper

import (
	"image"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// Printer is a thermal printer that understands ESC/POS.
type Printer struct {
	Width  int  // of the paper in millimetres: 58 or 80; 0 means 80
	Raster bool // has no Chinese letters of its own: all text goes as a picture
	Codes  bool // has no QR codes of its own: they go as a picture
	Whole  bool // has no cutter
	Kick   bool // open the drawer that hangs on it
}

// dots a line: 8 a millimetre (203 dpi), less what the paper's edges take.
func (p Printer) dots() int {
	if p.Width == 58 {
		return 384
	}
	return 576
}

// Of the printer's letters, in dots.
const (
	letterWide = 12 // half as wide as a Chinese character
	letterHigh = 24
	lineHigh   = 30
)

// Commands of ESC/POS (Epson's ESC/POS application programming guide), the ones
// that printers of all makers share.
const (
	cmdInit    = "\x1b@"
	cmdChinese = "\x1c&"
	cmdAlign   = "\x1ba"
	cmdBold    = "\x1bE"
	cmdSize    = "\x1d!"
	cmdSpacing = "\x1b3"
	cmdFeed    = "\x1bJ"
	cmdRaster  = "\x1dv0\x00"
	cmdCode    = "\x1d(k"
	cmdCut     = "\x1dVB\x00"
	cmdKick    = "\x1bp\x00\x19\xfa"
)

// ESCPOS is documents as the commands that print them, with a cut after each.
// Errors: ErrNoFont, where something has to be drawn.
func ESCPOS(p Printer, docs ...Document) ([]byte, error) {
	w := &escWriter{printer: p, columns: p.dots() / letterWide}
	w.put(cmdInit, cmdChinese, cmdSpacing, string(rune(lineHigh)))
	for _, d := range docs {
		s := d.lay()
		for _, r := range s.rows {
			if err := w.row(r); err != nil {
				return nil, err
			}
		}
		w.put(cmdFeed, "\x60")
		if !p.Whole {
			w.put(cmdCut)
		}
	}
	if p.Kick {
		w.put(cmdKick)
	}
	return w.b, nil
}

type escWriter struct {
	b       []byte
	printer Printer
	columns int // of small letters
	code    []byte
}

func (w *escWriter) put(parts ...string) {
	for _, p := range parts {
		w.b = append(w.b, p...)
	}
}

func (w *escWriter) row(r row) error {
	switch {
	case r.rule:
		w.put(strings.Repeat("-", w.columns), "\n")
		return nil
	case r.code != "":
		return w.qr(r.code)
	case r.room > 0:
		for n := r.room * lineHigh / 10; n > 0; n -= 255 {
			w.put(cmdFeed, string([]byte{byte(min(n, 255))}))
		}
		return nil
	}
	for _, line := range w.lines(r) {
		if err := w.line(r, line); err != nil {
			return err
		}
	}
	return nil
}

// columnsOf is a character's width in columns of small letters.
func columnsOf(r rune) int {
	if r < 0x80 {
		return 1
	}
	return 2
}

func columnsIn(text string) (n int) {
	for _, r := range text {
		n += columnsOf(r)
	}
	return n
}

// lines are a row's lines, its cells padded to their columns.
func (w *escWriter) lines(r row) []string {
	columns, shares := w.columns/r.size, 0
	for _, c := range r.cells {
		shares += c.share
	}
	if len(r.cells) == 1 {
		return wrap(r.cells[0].text, columns, columnsOf)
	}
	parts, widths, most := make([][]string, len(r.cells)), make([]int, len(r.cells)), 0
	for i, c := range r.cells {
		widths[i] = columns * c.share / shares
		parts[i] = wrap(c.text, max(2, widths[i]-1), columnsOf)
		most = max(most, len(parts[i]))
	}
	lines := make([]string, most)
	for n := range lines {
		var b strings.Builder
		for i, c := range r.cells {
			text := ""
			if n < len(parts[i]) {
				text = parts[i][n]
			}
			room := strings.Repeat(" ", max(0, widths[i]-columnsIn(text)))
			if c.align == right {
				text = room + text
			} else {
				text += room
			}
			b.WriteString(text)
		}
		lines[n] = strings.TrimRight(b.String(), " ")
	}
	return lines
}

// native is a text in the printer's own letters (GB 18030's two-byte part); false
// when it has a character that printers lack.
func native(text string) (string, bool) {
	if !strings.ContainsFunc(text, func(r rune) bool { return r >= 0x80 }) {
		return text, true
	}
	out, err := simplifiedchinese.GBK.NewEncoder().String(strings.ReplaceAll(text, "\u00a5", "\uffe5"))
	return out, err == nil
}

func (w *escWriter) line(r row, text string) error {
	at := "\x00"
	if len(r.cells) == 1 {
		at = string([]byte{byte(r.cells[0].align)})
	}
	letters, ok := native(text)
	if !ok || w.printer.Raster {
		return w.drawn(r, text)
	}
	size := byte(r.size-1)<<4 | byte(r.size-1)
	bold := "\x00"
	if r.bold {
		bold = "\x01"
	}
	w.put(cmdAlign, at, cmdSize, string([]byte{size}), cmdBold, bold, letters, "\n")
	if r.size > 1 || r.bold {
		w.put(cmdSize, "\x00", cmdBold, "\x00")
	}
	return nil
}

// drawn sends a line as a picture: with characters that the printer does not have.
func (w *escWriter) drawn(r row, text string) error {
	face, err := openFace()
	if err != nil {
		return err
	}
	at := left
	if len(r.cells) == 1 {
		at = r.cells[0].align
	}
	m := image.NewGray(image.Rect(0, 0, w.printer.dots(), lineHigh*r.size))
	whiten(m)
	if err := face.columns(m, text, at, r.size, r.bold); err != nil {
		return err
	}
	w.put(cmdAlign, "\x00")
	w.picture(m)
	return nil
}

// picture sends dots, dark where the picture is darker than half.
func (w *escWriter) picture(m *image.Gray) {
	wide, high := (m.Rect.Dx()+7)/8, m.Rect.Dy()
	w.put(cmdRaster)
	w.b = append(w.b, byte(wide), byte(wide>>8), byte(high), byte(high>>8))
	for y := range high {
		for x := range wide {
			var dots byte
			for bit := range 8 {
				if px := x*8 + bit; px < m.Rect.Dx() && m.Pix[y*m.Stride+px] < 0x80 {
					dots |= 0x80 >> bit
				}
			}
			w.b = append(w.b, dots)
		}
	}
}

// codeDots is how wide a code with its border may be.
const codeDots = 336

// qr prints a code in the middle, by the printer's own command or as a picture.
func (w *escWriter) qr(text string) error {
	module := max(2, min(8, min(codeDots, w.printer.dots())/(modules(text)+2*quiet)))
	w.put(cmdAlign, "\x01")
	if w.printer.Codes {
		grid, err := matrix(text)
		if err != nil {
			return err
		}
		w.picture(bitmap(grid, module))
	} else {
		n := len(text) + 3
		w.put(cmdFeed, string([]byte{byte(quiet * module)}),
			cmdCode, "\x04\x00\x31\x41\x32\x00", cmdCode, "\x03\x00\x31\x43", string([]byte{byte(module)}), cmdCode, "\x03\x00\x31\x45\x31",
			cmdCode, string([]byte{byte(n), byte(n >> 8)}), "\x31\x50\x30", text, cmdCode, "\x03\x00\x31\x51\x30",
			cmdFeed, string([]byte{byte(quiet * module)}))
	}
	w.put(cmdAlign, "\x00")
	return nil
}

// bitmap is a code as dots, with its border.
func bitmap(grid [][]bool, module int) *image.Gray {
	side := (len(grid) + 2*quiet) * module
	m := image.NewGray(image.Rect(0, 0, side, side))
	whiten(m)
	for y, line := range grid {
		for x, dark := range line {
			if !dark {
				continue
			}
			for dy := range module {
				from := ((y+quiet)*module+dy)*m.Stride + (x+quiet)*module
				clear(m.Pix[from : from+module])
			}
		}
	}
	return m
}

func whiten(m *image.Gray) {
	for i := range m.Pix {
		m.Pix[i] = 0xFF
	}
}
