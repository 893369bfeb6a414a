//go:build !js

// A browser draws a QR by its own means, so the WebAssembly does without.

package voucher

import (
	"bytes"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/png"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"

	"chepiao"
)

// quiet is the white border that ISO/IEC 18004 demands, in modules.
const quiet = 4

// QRPixelsMax bounds the pixels of a side of a PNG.
const QRPixelsMax = 4096

// SVGOptions say how QRSVG draws. Zero values are fit for a page.
type SVGOptions struct {
	Label string // what a screen reader says; empty: 乘车凭证
	Size  string // CSS width and height, such as "40mm"; empty: as large as its box
	Class string // CSS class
}

// QRSVG draws a code as an SVG picture: black on white whatever the page's
// colours, one path, border included. Refusal chepiao.BadCode when the text
// does not begin like a code or cannot stand in an alphanumeric QR.
func QRSVG(code string, o SVGOptions) (string, error) {
	grid, err := modules(code)
	if err != nil {
		return "", err
	}
	if o.Label == "" {
		o.Label = "乘车凭证"
	}
	return drawSVG(grid, o), nil
}

// TextQRSVG draws any text as QRSVG draws a voucher: what a payment channel wants
// scanned, say. Refusal chepiao.BadCode when it is too long.
func TextQRSVG(text string, o SVGOptions) (string, error) {
	b, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil || text == "" {
		return "", bad("二维码内容有误", "this text cannot stand in a QR code")
	}
	return drawSVG(darkModules(b), o), nil
}

func drawSVG(grid [][]bool, o SVGOptions) string {
	label, n := o.Label, len(grid)+2*quiet
	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s" shape-rendering="crispEdges"`, n, n, html.EscapeString(label))
	if o.Size != "" {
		fmt.Fprintf(&s, ` width="%[1]s" height="%[1]s"`, html.EscapeString(o.Size))
	}
	if o.Class != "" {
		fmt.Fprintf(&s, ` class="%s"`, html.EscapeString(o.Class))
	}
	fmt.Fprintf(&s, `><path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="`, n, n)
	for y, row := range grid {
		for x := 0; x < len(row); x++ {
			run := x
			for run < len(row) && row[run] {
				run++
			}
			if run > x {
				fmt.Fprintf(&s, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, run-x, run-x)
				x = run
			}
		}
	}
	s.WriteString(`"/></svg>`)
	return s.String()
}

// QRPNG draws a code as a black and white PNG of pixels by pixels, border
// included; modules are whole pixels. Refusals: chepiao.BadCode as QRSVG;
// chepiao.Invalid when pixels is too small for one pixel a module or above
// QRPixelsMax.
func QRPNG(code string, pixels int) ([]byte, error) {
	grid, err := modules(code)
	if err != nil {
		return nil, err
	}
	scale := pixels / (len(grid) + 2*quiet)
	if scale < 1 || pixels > QRPixelsMax {
		return nil, chepiao.Refuse(chepiao.Invalid, "图片尺寸不合适", "the size of the picture does not fit").At("pixels")
	}
	img := image.NewPaletted(image.Rect(0, 0, pixels, pixels), color.Palette{color.White, color.Black})
	border := (pixels - scale*len(grid)) / 2
	for y := range scale * len(grid) {
		row := img.Pix[(y+border)*img.Stride:]
		for x := range scale * len(grid) {
			if grid[y/scale][x/scale] {
				row[x+border] = 1
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("encoding a PNG: %w", err)
	}
	return b.Bytes(), nil
}

// QRVersion is the version of the QR that holds the code: 1 to 40, of
// 17+4·version modules a side.
func QRVersion(code string) (int, error) {
	grid, err := modules(code)
	return (len(grid) - 17) / 4, err
}

// modules are the dark (true) and light modules of the QR, rows first, without
// border: alphanumeric, level M.
func modules(code string) ([][]bool, error) {
	if !strings.HasPrefix(code, Prefix) || len(code) > CodeMax {
		return nil, bad("不是车票乘车凭证码", "this is not a voucher code")
	}
	b, err := qr.Encode(code, qr.M, qr.AlphaNumeric)
	if err != nil {
		return nil, bad("凭证码有错误字符", "the code has wrong characters")
	}
	return darkModules(b), nil
}

func darkModules(b barcode.Barcode) [][]bool {
	n := b.Bounds().Dx()
	grid := make([][]bool, n)
	for y := range grid {
		grid[y] = make([]bool, n)
		for x := range grid[y] {
			grid[y][x] = b.At(x, y) == color.Black
		}
	}
	return grid
}
