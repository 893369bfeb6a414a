package paper

import (
	"image"
	"image/color"
)

// columns draws a line as a printer's letters would stand: Chinese characters in
// squares, the others half as wide.
func (t *typeface) columns(m *image.Gray, text string, at align, size int, bold bool) error {
	x := 0
	switch long := columnsIn(text) * letterWide * size; at {
	case centre:
		x = (m.Rect.Dx() - long) / 2
	case right:
		x = m.Rect.Dx() - long
	}
	for _, r := range text {
		room := columnsOf(r) * letterWide * size
		if r != ' ' {
			if err := t.stamp(m, r, x, room, size, bold); err != nil {
				return err
			}
		}
		x += room
	}
	return nil
}

// stamp draws a character in the middle of its room, on the base line of a line
// that begins at the top of the picture.
func (t *typeface) stamp(m *image.Gray, r rune, x, room, size int, bold bool) error {
	em := letterHigh * size * 23 / 24
	g, err := t.draw(r, em)
	if err != nil {
		return err
	}
	if g.advance > room {
		g = g.squeeze(room)
	}
	base := m.Rect.Min.Y + lineHigh*size*4/5
	t.paint(m, g, x+(room-g.advance)/2, base)
	if bold {
		t.paint(m, g, x+(room-g.advance)/2+1, base)
	}
	return nil
}

// squeeze is a glyph made narrower, as printers' half-wide letters are.
func (g *glyph) squeeze(advance int) *glyph {
	was := g.mask.Rect
	narrow := image.NewAlpha(image.Rect(0, 0, max(1, was.Dx()*advance/g.advance), was.Dy()))
	for y := range narrow.Rect.Dy() {
		for x := range narrow.Rect.Dx() {
			narrow.Pix[y*narrow.Stride+x] = g.mask.Pix[y*g.mask.Stride+x*g.advance/advance]
		}
	}
	return &glyph{mask: narrow, at: image.Pt(g.at.X*advance/g.advance, g.at.Y), advance: advance}
}

// paint darkens a picture by a glyph whose pen stands at x on a base line.
func (t *typeface) paint(m *image.Gray, g *glyph, x, base int) {
	r := g.mask.Rect
	for gy := range r.Dy() {
		for gx := range r.Dx() {
			p := image.Pt(x+g.at.X+gx, base+g.at.Y+gy)
			if a := g.mask.Pix[gy*g.mask.Stride+gx]; a > 0 && p.In(m.Rect) {
				was := m.GrayAt(p.X, p.Y).Y
				m.SetGray(p.X, p.Y, color.Gray{Y: min(was, 0xFF-a)})
			}
		}
	}
}

// text draws at a pen and returns where the pen then is; size in dots an em.
func (t *typeface) text(m *image.Gray, text string, x, base, size int, bold bool) (int, error) {
	for _, r := range text {
		g, err := t.draw(r, size)
		if err != nil {
			return x, err
		}
		t.paint(m, g, x, base)
		if bold {
			t.paint(m, g, x+1, base)
		}
		x += g.advance
	}
	return x, nil
}
