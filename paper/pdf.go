package paper

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// Page is what a PDF is printed on: width and height in millimetres; a height of
// 0 is as long as the content.
type Page struct{ Width, Height float64 }

// Pages that printers have.
var (
	A4     = Page{210, 297}
	A6     = Page{105, 148}
	Roll80 = Page{80, 0}
	Roll58 = Page{58, 0}
)

// Sizes of a page, in millimetres.
const (
	point     = 25.4 / 72
	lineRatio = 1.35 // height of a line, in ems
	ruleRoom  = 2.2
	codeMost  = 38.0 // side of a code with its border
)

// PDF lays documents out, each beginning on a page of its own. What does not fit
// on a page of a fixed height goes on on the next. Errors: ErrNoFont.
func PDF(p Page, docs ...Document) ([]byte, error) {
	face, err := openFace()
	if err != nil {
		return nil, err
	}
	sheets := make([]sheet, len(docs))
	var used []rune
	for i, d := range docs {
		sheets[i] = d.lay()
		used = append(used, sheets[i].runes()...)
	}
	slices.Sort(used)
	cut, stand, err := face.subset(slices.Compact(used))
	if err != nil {
		return nil, err
	}
	w := &pdfWriter{face: face, stand: stand, page: p}
	w.begin(cut, docs, sheets)
	for _, s := range sheets {
		w.sheet(s)
	}
	if w.err != nil {
		return nil, w.err
	}
	var out bytes.Buffer
	if err := w.pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("writing a PDF: %w", err)
	}
	return out.Bytes(), nil
}

// runes are the characters of a sheet.
func (s *sheet) runes() (all []rune) {
	for _, r := range s.rows {
		for _, c := range r.cells {
			all = append(all, []rune(c.text)...)
		}
	}
	return append(all, ' ')
}

type pdfWriter struct {
	pdf    *fpdf.Fpdf
	face   *typeface
	stand  map[rune]rune
	page   Page
	margin float64
	base   float64 // size of the small letters, points
	y      float64
	err    error
}

func (w *pdfWriter) begin(font []byte, docs []Document, sheets []sheet) {
	w.margin, w.base = 5, 8.5
	switch {
	case w.page.Width >= 150:
		w.margin, w.base = 18, 10
	case w.page.Width < 70:
		w.margin, w.base = 3, 7
	}
	w.pdf = fpdf.NewCustom(&fpdf.InitType{UnitStr: "mm", Size: fpdf.SizeType{Wd: w.page.Width, Ht: max(w.page.Height, 10)}})
	w.pdf.SetMargins(w.margin, w.margin, w.margin)
	w.pdf.SetAutoPageBreak(false, 0)
	w.pdf.SetCompression(true)
	w.pdf.SetCatalogSort(true)
	w.pdf.SetLang("zh-CN")
	w.pdf.SetProducer("Chepiao", true)
	if len(sheets) > 0 {
		w.pdf.SetTitle(sheets[0].title, true)
	}
	at := time.Unix(0, 0).UTC()
	for _, d := range docs {
		if t := printedAt(d); !t.IsZero() {
			at = t
		}
	}
	w.pdf.SetCreationDate(at)
	w.pdf.SetModificationDate(at)
	w.pdf.AddUTF8FontFromBytes("noto", "", font)
	w.pdf.SetFont("noto", "", w.base)
	w.pdf.SetLineWidth(0.2)
}

// printedAt is when a document says it is printed: the PDF says the same, so that
// the same content makes the same bytes.
func printedAt(d Document) time.Time {
	switch d := d.(type) {
	case Voucher:
		return d.At
	case Receipt:
		return d.At
	case Note:
		return d.At
	case Account:
		return d.At
	case Invoice:
		return d.At
	}
	return time.Time{}
}

func (w *pdfWriter) sheet(s sheet) {
	height := w.page.Height
	if height == 0 { // as long as the content, measured by writing nothing
		height = 2 * w.margin
		for _, r := range s.rows {
			height += w.height(r)
		}
	}
	size := fpdf.SizeType{Wd: w.page.Width, Ht: height}
	add := func() { w.pdf.AddPageFormat("P", size); w.y = w.margin }
	add()
	for _, r := range s.rows {
		if h := w.height(r); w.y+h > height-w.margin+0.01 && w.y > w.margin {
			add()
		}
		w.row(r)
	}
}

func (w *pdfWriter) size(r row) float64 { return w.base * [...]float64{1, 1, 1.55, 2.3}[r.size] }
func (w *pdfWriter) width() float64     { return w.page.Width - 2*w.margin }
func (w *pdfWriter) codeSide() float64  { return min(codeMost, w.width()) }

// cellLines breaks the cells of a row; each has its share of the width, less a
// space between them.
func (w *pdfWriter) cellLines(r row) (lines [][]string, widths []float64) {
	shares := 0
	for _, c := range r.cells {
		shares += c.share
	}
	for _, c := range r.cells {
		width := w.width() * float64(c.share) / float64(shares)
		widths = append(widths, width)
		room := width
		if len(r.cells) > 1 {
			room -= 1.5
		}
		lines = append(lines, wrap(c.text, int(room/(w.size(r)*point)*1000), w.face.advance))
	}
	return lines, widths
}

func (w *pdfWriter) height(r row) float64 {
	em := w.base * point
	switch {
	case r.rule:
		return ruleRoom
	case r.code != "":
		return w.codeSide() + 1
	case r.room > 0:
		return em * lineRatio * float64(r.room) / 10
	}
	most := 0
	lines, _ := w.cellLines(r)
	for _, l := range lines {
		most = max(most, len(l))
	}
	return float64(most) * w.size(r) * point * lineRatio
}

func (w *pdfWriter) row(r row) {
	height := w.height(r)
	defer func() { w.y += height }()
	switch {
	case r.rule:
		w.pdf.Line(w.margin, w.y+ruleRoom/2, w.page.Width-w.margin, w.y+ruleRoom/2)
	case r.code != "":
		w.code(r.code)
	case r.room > 0:
	default:
		lines, widths := w.cellLines(r)
		x := w.margin
		for i, c := range r.cells {
			for k, l := range lines[i] {
				w.text(r, c, l, x, w.y+float64(k)*w.size(r)*point*lineRatio, widths[i])
			}
			x += widths[i]
		}
	}
}

// text writes one line of a cell. Bold is drawn, with a thin edge, so that one
// font suffices.
func (w *pdfWriter) text(r row, c cell, line string, x, y, width float64) {
	size := w.size(r)
	em, long := size*point, 0.0
	for _, ch := range line {
		long += float64(w.face.advance(ch)) / 1000 * em
	}
	switch c.align {
	case centre:
		x += (width - long) / 2
	case right:
		x += width - long
	}
	if r.bold {
		w.pdf.SetTextRenderingMode(2)
		w.pdf.SetLineWidth(em * 0.022)
	}
	w.pdf.SetFontSize(size)
	base := y + em*1.0
	for run := range w.runs(line) {
		if run.missing {
			w.pdf.SetLineWidth(em * 0.05)
			w.pdf.Rect(x+em*0.08, base-em*0.8, em*0.84, em*0.84, "D")
		} else {
			w.pdf.Text(x, base, run.text)
		}
		x += run.width * em
	}
	w.pdf.SetTextRenderingMode(0)
	w.pdf.SetLineWidth(0.2)
}

// run is a stretch of a line that the font has, or one character it has not.
type run struct {
	text    string
	width   float64 // ems
	missing bool
}

func (w *pdfWriter) runs(line string) func(func(run) bool) {
	return func(yield func(run) bool) {
		var b strings.Builder
		wide := 0.0
		for _, r := range line {
			if w.face.find(r) == 0 {
				if b.Len() > 0 && !yield(run{text: b.String(), width: wide}) || !yield(run{width: 1, missing: true}) {
					return
				}
				b.Reset()
				wide = 0
				continue
			}
			wide += float64(w.face.advance(r)) / 1000
			if s, ok := w.stand[r]; ok {
				r = s
			}
			b.WriteRune(r)
		}
		if b.Len() > 0 {
			yield(run{text: b.String(), width: wide})
		}
	}
}

// code draws a QR code as squares, with the border that readers want.
func (w *pdfWriter) code(text string) {
	grid, err := matrix(text)
	if err != nil {
		w.err = errors.Join(w.err, err)
		return
	}
	side := w.codeSide()
	module := side / float64(len(grid)+2*quiet)
	x0, y0 := (w.page.Width-side)/2+quiet*module, w.y+quiet*module
	w.pdf.SetFillColor(0, 0, 0)
	for y, line := range grid {
		for x := 0; x < len(line); {
			n := x
			for n < len(line) && line[n] {
				n++
			}
			if n == x {
				x++
				continue
			}
			w.pdf.Rect(x0+float64(x)*module, y0+float64(y)*module, float64(n-x)*module, module*1.01, "F")
			x = n
		}
	}
}
