package voucher

import (
	"bytes"
	"encoding/xml"
	"image"
	"image/color"
	_ "image/png"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"chepiao"
)

// read reads a QR as a scanner does.
func read(t *testing.T, img image.Image) string {
	t.Helper()
	bitmap := must[*gozxing.BinaryBitmap](t)(gozxing.NewBinaryBitmapFromImage(img))
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil {
		t.Fatalf("the QR cannot be read: %v", err)
	}
	return result.GetText()
}

func TestQRIsReadBack(t *testing.T) {
	for _, p := range profiles {
		r := fixedRing(t, p)
		for _, c := range []chepiao.Claims{usual(r.Issuer()), largest(r.Issuer())} {
			code := must[string](t)(r.Sign(c))
			img, format, err := image.Decode(bytes.NewReader(must[[]byte](t)(QRPNG(code, 400))))
			if err != nil || format != "png" || img.Bounds().Dx() != 400 || img.Bounds().Dy() != 400 {
				t.Fatalf("%v %s %v", err, format, img.Bounds())
			}
			if got := read(t, img); got != code {
				t.Errorf("PNG reads %q, want %q", got, code)
			}
			if got := read(t, draw(t, must[string](t)(QRSVG(code, SVGOptions{})))); got != code {
				t.Errorf("SVG reads %q, want %q", got, code)
			}
		}
	}
}

// draw paints the second path of our SVG, four pixels a module.
func draw(t *testing.T, svg string) image.Image {
	t.Helper()
	n := must[int](t)(strconv.Atoi(strings.Fields(between(svg, `viewBox="`, `"`))[2]))
	img := image.NewGray(image.Rect(0, 0, 4*n, 4*n))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	path := between(svg[strings.Index(svg, `fill="#000"`):], `d="`, `"`)
	for _, run := range strings.Split(strings.TrimSuffix(path, "z"), "z") {
		at, rest, _ := strings.Cut(strings.TrimPrefix(run, "M"), "h")
		x, y, _ := strings.Cut(at, " ")
		x0, y0 := must[int](t)(strconv.Atoi(x)), must[int](t)(strconv.Atoi(y))
		width := must[int](t)(strconv.Atoi(rest[:strings.Index(rest, "v")]))
		for px := 4 * x0; px < 4*(x0+width); px++ {
			for py := 4 * y0; py < 4*y0+4; py++ {
				img.SetGray(px, py, color.Gray{})
			}
		}
	}
	return img
}

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}

func TestQRSVGIsWellFormed(t *testing.T) {
	r := fixedRing(t, chepiao.ProfileEd25519)
	code := must[string](t)(r.Sign(usual(r.Issuer())))
	svg := must[string](t)(QRSVG(code, SVGOptions{Label: `"><script>`, Size: `40mm" onload="x`, Class: "qr"}))
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok {
			for _, a := range e.Attr {
				if e.Name.Local == "script" || a.Name.Local == "onload" {
					t.Errorf("an option broke out of its attribute: %s", svg[:200])
				}
			}
		}
	}
}

func TestQRRefuses(t *testing.T) {
	r := fixedRing(t, chepiao.ProfileEd25519)
	code := must[string](t)(r.Sign(usual(r.Issuer())))
	for _, wrong := range []string{"", "https://example.com", "CP1:abc", "CP1:é", "CP1:" + strings.Repeat("0", 400)} {
		if _, err := QRSVG(wrong, SVGOptions{}); chepiao.Why(err) != chepiao.BadCode {
			t.Errorf("SVG of %q: %v", wrong, err)
		}
		if _, err := QRPNG(wrong, 300); chepiao.Why(err) != chepiao.BadCode {
			t.Errorf("PNG of %q: %v", wrong, err)
		}
	}
	for _, pixels := range []int{-1, 0, 60, QRPixelsMax + 1} {
		if _, err := QRPNG(code, pixels); chepiao.Why(err) != chepiao.Invalid {
			t.Errorf("%d pixels: %v", pixels, err)
		}
	}
}
