package paper

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/image/font/sfnt"
)

// A PDF shall carry only the characters that stand in it, and the library that
// writes PDFs reads a whole font each time: with ten megabytes that alone takes
// longer than a slip may. So it is handed a font that is cut down beforehand. It
// also knows 65,536 characters only: rarer ones get a number of the private use
// area in the cut font, and are drawn as any other.

// subset is a font of some characters. Characters beyond U+FFFF are found under
// the stand-ins it returns.
func (t *typeface) subset(runes []rune) (ttf []byte, stand map[rune]rune, err error) {
	src, err := readTables(t.bytes)
	if err != nil {
		return nil, nil, fmt.Errorf("cutting the font: %w", err)
	}
	stand, codes := map[rune]rune{}, map[uint16]sfnt.GlyphIndex{}
	private := rune(0xE000)
	for _, r := range runes {
		g := t.find(r)
		if g == 0 {
			continue
		}
		if r > 0xFFFF {
			stand[r] = private
			r, private = private, private+1
		}
		codes[uint16(r)] = g
	}
	c := &cutter{src: src, number: map[sfnt.GlyphIndex]uint16{0: 0}, order: []sfnt.GlyphIndex{0}}
	keys := slices.Sorted(maps.Keys(codes))
	for _, k := range keys {
		c.take(codes[k])
	}
	if err := c.glyphs(); err != nil {
		return nil, nil, fmt.Errorf("cutting the font: %w", err)
	}
	return c.font(keys, codes), stand, nil
}

// tables are the parts of a TrueType font, by name (OpenType: "sfnt" wrapper).
type tables map[string][]byte

var errFont = errors.New("this is no TrueType font")

func readTables(b []byte) (tables, error) {
	if len(b) < 12 {
		return nil, errFont
	}
	all := tables{}
	for i := range int(binary.BigEndian.Uint16(b[4:])) {
		if len(b) < 12+16*(i+1) {
			return nil, errFont
		}
		e := b[12+16*i:]
		from, size := int(binary.BigEndian.Uint32(e[8:])), int(binary.BigEndian.Uint32(e[12:]))
		if from+size > len(b) {
			return nil, errFont
		}
		all[string(e[:4])] = b[from : from+size]
	}
	for _, need := range []string{"head", "hhea", "maxp", "hmtx", "loca", "glyf", "OS/2", "name", "post"} {
		if all[need] == nil {
			return nil, errFont
		}
	}
	return all, nil
}

// cutter gathers the outlines of some glyphs under new numbers.
type cutter struct {
	src    tables
	number map[sfnt.GlyphIndex]uint16
	order  []sfnt.GlyphIndex
	glyf   []byte
	loca   []uint32
}

func (c *cutter) take(g sfnt.GlyphIndex) uint16 {
	n, ok := c.number[g]
	if !ok {
		n = uint16(len(c.order))
		c.number[g], c.order = n, append(c.order, g)
	}
	return n
}

// outline is the data of a glyph; nothing for a blank.
func (c *cutter) outline(g sfnt.GlyphIndex) ([]byte, error) {
	loca, at := c.src["loca"], func(i int) int { return int(binary.BigEndian.Uint16(c.src["loca"][2*i:])) * 2 }
	if binary.BigEndian.Uint16(c.src["head"][50:]) == 1 {
		at = func(i int) int { return int(binary.BigEndian.Uint32(c.src["loca"][4*i:])) }
		if len(loca) < 4*(int(g)+2) {
			return nil, errFont
		}
	} else if len(loca) < 2*(int(g)+2) {
		return nil, errFont
	}
	from, to := at(int(g)), at(int(g)+1)
	if from > to || to > len(c.src["glyf"]) {
		return nil, errFont
	}
	return c.src["glyf"][from:to], nil
}

// Flags of a composite glyph's component (OpenType: glyf).
const (
	wordArgs   = 1 << 0
	oneScale   = 1 << 3
	moreParts  = 1 << 5
	twoScales  = 1 << 6
	twoByTwo   = 1 << 7
	partHeader = 4
)

// glyphs copies the outlines, and those that composite ones are made of.
func (c *cutter) glyphs() error {
	for i := 0; i < len(c.order); i++ { // grows while it goes
		data, err := c.outline(c.order[i])
		if err != nil {
			return err
		}
		data = bytes.Clone(data)
		if len(data) >= 10 && int16(binary.BigEndian.Uint16(data)) < 0 {
			if err := c.renumber(data); err != nil {
				return err
			}
		}
		c.loca = append(c.loca, uint32(len(c.glyf)))
		c.glyf = append(c.glyf, data...)
		for len(c.glyf)%4 != 0 {
			c.glyf = append(c.glyf, 0)
		}
	}
	c.loca = append(c.loca, uint32(len(c.glyf)))
	return nil
}

// renumber gives the components of a composite glyph their new numbers.
func (c *cutter) renumber(data []byte) error {
	for at := 10; ; {
		if at+partHeader > len(data) {
			return errFont
		}
		flags := binary.BigEndian.Uint16(data[at:])
		part := sfnt.GlyphIndex(binary.BigEndian.Uint16(data[at+2:]))
		binary.BigEndian.PutUint16(data[at+2:], c.take(part))
		at += partHeader + 2
		if flags&wordArgs != 0 {
			at += 2
		}
		switch {
		case flags&oneScale != 0:
			at += 2
		case flags&twoScales != 0:
			at += 4
		case flags&twoByTwo != 0:
			at += 8
		}
		if flags&moreParts == 0 {
			return nil
		}
	}
}

// font puts the cut font together.
func (c *cutter) font(keys []uint16, codes map[uint16]sfnt.GlyphIndex) []byte {
	be, n := binary.BigEndian, len(c.order)
	out := tables{"glyf": c.glyf, "name": c.src["name"], "OS/2": c.src["OS/2"], "cmap": c.cmap(keys, codes)}
	for _, name := range []string{"head", "hhea", "maxp"} {
		out[name] = bytes.Clone(c.src[name])
	}
	out["post"] = append([]byte{0, 3, 0, 0}, c.src["post"][4:32]...)
	be.PutUint16(out["head"][50:], 1) // long offsets
	be.PutUint16(out["hhea"][34:], uint16(n))
	be.PutUint16(out["maxp"][4:], uint16(n))
	many := int(be.Uint16(c.src["hhea"][34:]))
	for _, g := range c.order {
		i := min(int(g), many-1)
		width, bearing := c.src["hmtx"][4*i:4*i+2], c.src["hmtx"][4*i+2:4*i+4]
		if int(g) >= many {
			bearing = c.src["hmtx"][4*many+2*(int(g)-many):][:2]
		}
		out["hmtx"] = append(append(out["hmtx"], width...), bearing...)
	}
	for _, at := range c.loca {
		out["loca"] = be.AppendUint32(out["loca"], at)
	}
	return out.join()
}

// cmap is the table of characters, one segment each (OpenType: cmap format 4).
func (c *cutter) cmap(keys []uint16, codes map[uint16]sfnt.GlyphIndex) []byte {
	be, n := binary.BigEndian, len(keys)+1
	var end, start, delta, offset []byte
	for _, k := range keys {
		end, start = be.AppendUint16(end, k), be.AppendUint16(start, k)
		delta, offset = be.AppendUint16(delta, c.number[codes[k]]-k), be.AppendUint16(offset, 0)
	}
	end, start, delta, offset = be.AppendUint16(end, 0xFFFF), be.AppendUint16(start, 0xFFFF), be.AppendUint16(delta, 1), be.AppendUint16(offset, 0)
	b := []byte{0, 0, 0, 1, 0, 3, 0, 1, 0, 0, 0, 12}
	b = be.AppendUint16(b, 4)
	b = be.AppendUint16(b, uint16(16+8*n))
	b = append(be.AppendUint16(append(b, 0, 0), uint16(2*n)), 0, 0, 0, 0, 0, 0)
	b = append(append(b, end...), 0, 0)
	return append(append(append(b, start...), delta...), offset...)
}

// join lays the tables one behind the other, with their directory.
func (t tables) join() []byte {
	be, names := binary.BigEndian, slices.Sorted(maps.Keys(t))
	b := []byte{0, 1, 0, 0}
	b = append(be.AppendUint16(b, uint16(len(names))), 0, 0, 0, 0, 0, 0)
	at := 12 + 16*len(names)
	for _, name := range names {
		b = append(append(b, name...), 0, 0, 0, 0) // readers of PDFs do not look at the sums
		b = be.AppendUint32(be.AppendUint32(b, uint32(at)), uint32(len(t[name])))
		at += (len(t[name]) + 3) &^ 3
	}
	for _, name := range names {
		b = append(b, t[name]...)
		for len(b)%4 != 0 {
			b = append(b, 0)
		}
	}
	return b
}
