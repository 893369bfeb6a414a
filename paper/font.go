package paper

import (
	"embed"
	"errors"
	"fmt"
	"image"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// fonts holds the one font of everything printed, Noto Sans SC (SIL Open Font
// License 1.1): all of GB 18030's basic planes and the rare characters of the
// Table of General Standard Chinese Characters beyond them. `make build` puts it
// there; it is not in the repository.
//
//go:embed all:font
var fonts embed.FS

const fontFile = "font/NotoSansSC_400Regular.ttf"

// ErrNoFont: the program was built without its font.
var ErrNoFont = errors.New("this program was built without the font for printing: build it with make build")

// typeface is the font as every back end uses it. Its glyphs may be asked for
// from many goroutines.
type typeface struct {
	bytes []byte
	font  *sfnt.Font
	unit  fixed.Int26_6 // units an em

	mu     sync.Mutex
	buf    sfnt.Buffer
	index  map[rune]sfnt.GlyphIndex
	faces  map[int]font.Face // by pixels an em
	glyphs map[glyphKey]*glyph
}

type glyphKey struct {
	r    rune
	size int
}

// glyph is a character drawn at a size: a mask and where it lies.
type glyph struct {
	mask    *image.Alpha
	at      image.Point // of the mask's corner, from the pen on the base line
	advance int         // pixels
}

// glyphsMax bounds the drawn characters that are kept: a Chinese page has a few
// hundred, and a mask a few hundred bytes.
const glyphsMax = 20_000

var openFace = sync.OnceValues(func() (*typeface, error) {
	b, err := fonts.ReadFile(fontFile)
	if err != nil {
		return nil, ErrNoFont
	}
	f, err := sfnt.Parse(b)
	if err != nil {
		return nil, fmt.Errorf("reading the font for printing: %w", err)
	}
	return &typeface{
		bytes: b, font: f, unit: fixed.Int26_6(f.UnitsPerEm()),
		index: map[rune]sfnt.GlyphIndex{}, faces: map[int]font.Face{}, glyphs: map[glyphKey]*glyph{},
	}, nil
})

// find is the number of a character's glyph, 0 when the font has none.
func (t *typeface) find(r rune) sfnt.GlyphIndex {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.findLocked(r)
}

func (t *typeface) findLocked(r rune) sfnt.GlyphIndex {
	if g, ok := t.index[r]; ok {
		return g
	}
	g, err := t.font.GlyphIndex(&t.buf, r)
	if err != nil {
		g = 0
	}
	t.index[r] = g
	return g
}

// Missing lists the characters of a text that the font does not have, each once.
// They are printed as a box, so that nobody takes the rest for the whole name.
func Missing(text string) (list []rune, err error) {
	t, err := openFace()
	if err != nil {
		return nil, err
	}
	seen := map[rune]bool{}
	for _, r := range text {
		if r > ' ' && !seen[r] && t.find(r) == 0 {
			list = append(list, r)
		}
		seen[r] = true
	}
	return list, nil
}

// draw is a character at so many pixels an em.
func (t *typeface) draw(r rune, size int) (*glyph, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := glyphKey{r, size}
	if g := t.glyphs[key]; g != nil {
		return g, nil
	}
	face := t.faces[size]
	if face == nil {
		var err error
		if face, err = opentype.NewFace(t.font, &opentype.FaceOptions{Size: float64(size), DPI: 72, Hinting: font.HintingFull}); err != nil {
			return nil, fmt.Errorf("drawing text: %w", err)
		}
		t.faces[size] = face
	}
	g := box(size)
	if t.findLocked(r) != 0 {
		drawn, mask, from, advance, ok := face.Glyph(fixed.Point26_6{}, r)
		if !ok {
			return nil, fmt.Errorf("drawing text: the font has no outline of U+%04X", r)
		}
		g = &glyph{mask: image.NewAlpha(image.Rect(0, 0, drawn.Dx(), drawn.Dy())), at: drawn.Min, advance: advance.Round()}
		for y := range drawn.Dy() {
			for x := range drawn.Dx() {
				_, _, _, a := mask.At(from.X+x, from.Y+y).RGBA()
				g.mask.Pix[y*g.mask.Stride+x] = uint8(a >> 8)
			}
		}
	}
	if len(t.glyphs) >= glyphsMax {
		clear(t.glyphs)
	}
	t.glyphs[key] = g
	return g, nil
}

// box stands for a character that the font does not have.
func box(size int) *glyph {
	m := image.NewAlpha(image.Rect(0, 0, size*7/8, size*7/8))
	thick := max(1, size/12)
	n := m.Bounds().Dx()
	for y := range n {
		for x := range n {
			if x < thick || y < thick || x >= n-thick || y >= n-thick {
				m.Pix[y*m.Stride+x] = 0xFF
			}
		}
	}
	return &glyph{mask: m, at: image.Pt(size/16, -size*13/16), advance: size}
}

// advance is a character's width in thousandths of an em.
func (t *typeface) advance(r rune) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	g := t.findLocked(r)
	if g == 0 {
		return 1000
	}
	a, err := t.font.GlyphAdvance(&t.buf, g, t.unit, font.HintingNone)
	if err != nil {
		return 1000
	}
	return int(a) * 1000 / int(t.unit)
}
