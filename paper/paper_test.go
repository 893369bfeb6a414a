package paper_test

import (
	"bytes"
	"errors"
	"flag"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"chepiao"
	"chepiao/paper"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew, and pictures of everything to build/paper")

// code is as long as a real voucher's.
var code = "CP1:" + strings.Repeat("6BFOXN*TS0BI$ZD4N9:9S6RCVN5+O30K3/XIV0W23NTD", 6)[:240]

var zone = time.FixedZone("CST", 8*3600)

func voucher() paper.Voucher {
	leaves := time.Date(2026, 11, 24, 8, 30, 0, 0, zone)
	return paper.Voucher{
		Ticket: 1_000_000_017, Order: 1_000_000_016, From: paper.Place{Name: "石家庄客运总站", English: "Shijiazhuang Coach Terminal"},
		To: paper.Place{Name: "北京六里桥客运主枢纽", English: "Beijing Liuliqiao"}, Departs: leaves, Opens: leaves.Add(-20 * time.Minute),
		Number: "K0830", Gate: "3", Berth: "5", Seat: 12, Coach: "大型高一 49 座", Carrier: "河北客运集团有限公司", Kind: chepiao.Full, Price: 8500, Limit: 9200,
		Name: "欧阳𬭚", Document: "1301**********0017", Children: 1, Code: code, Phone: "0311-00000000", Sold: "2 号窗口 1001",
		Printed: paper.Printed{At: leaves.Add(-26 * time.Hour), By: "window 2 1001", Copy: 1},
	}
}

func receipt() paper.Receipt {
	v := voucher()
	return paper.Receipt{
		Ticket: v.Ticket, Serial: "HB26000123", From: v.From, To: v.To, Departs: v.Departs, Number: v.Number, Carrier: v.Carrier, Kind: v.Kind, Price: v.Price,
		Name: v.Name, Document: v.Document, Verify: "https://ticket.example/r/TK10000000171/HB26000123/K7Q2M5XW", Printed: v.Printed,
	}
}

func account() paper.Account {
	return paper.Account{
		Title: "售票员交班缴款单", Facts: [][2]string{{"班次号", "SF10000000127"}, {"工号", "1001"}, {"设备", "window 2"}, {"车站", "石家庄客运总站"}},
		Tables: []paper.Table{{Title: "各渠道收付", Rows: [][]string{{"渠道", "收入", "退出", "应有", "实点", "长短"}, {"现金", "1,250.00", "85.00", "1,365.00", "1,360.00", "-5.00"}, {"微信支付", "410.00", "0.00", "410.00", "410.00", "0.00"}}}},
		Notes:  []string{"短款 5.00 元，原因：找零差错。"}, Signs: []string{"售票员", "值班主管"}, Printed: voucher().Printed,
	}
}

func note() paper.Note {
	return paper.Note{
		Title: "退票凭条", English: "Refund", Lines: [][2]string{{"TK10000000171 票价", "85.00"}, {"退票费 10%", "-8.50"}}, Sum: 7650,
		Foot: []string{"款项按原支付方式退回。"}, Printed: voucher().Printed,
	}
}

// TestCodesRead prints every slip on every paper, makes pictures of what comes out
// and reads the codes with another program's reader.
func TestCodesRead(t *testing.T) {
	for name, doc := range map[string]struct {
		paper.Document
		want string
	}{"voucher": {voucher(), code}, "receipt": {receipt(), receipt().Verify}} {
		for pageName, page := range map[string]paper.Page{"a6": paper.A6, "roll80": paper.Roll80, "roll58": paper.Roll58} {
			for i, m := range pictures(t, name+"-"+pageName, page, doc.Document) {
				if i > 0 {
					t.Errorf("%s on %s takes %d pages", name, pageName, i+1)
				} else if got := readCode(t, m); got != doc.want {
					t.Errorf("%s on %s: the code reads %q", name, pageName, got)
				}
			}
		}
		for _, printer := range []paper.Printer{{Width: 58}, {Width: 80}, {Width: 80, Codes: true}, {Width: 80, Raster: true}, {Width: 58, Raster: true, Codes: true}} {
			strip := printed(t, printer, doc.Document)
			keep(t, strings.Join([]string{name, "escpos", map[int]string{58: "58", 80: "80"}[printer.Width], map[bool]string{true: "raster"}[printer.Raster]}, "-"), strip.Image)
			if got := readCode(t, strip.Image); got != doc.want {
				t.Errorf("%s on %+v: the code reads %q", name, printer, got)
			}
			if got := readCode(t, worn(strip.Image)); got != doc.want {
				t.Errorf("%s on %+v, worn: the code reads %q", name, printer, got)
			}
		}
	}
}

// TestWordsSurvive holds what was printed against what was to be printed, read
// from the PDF's own text and from the printer's letters.
func TestWordsSurvive(t *testing.T) {
	want := []string{"石家庄客运总站 → 北京六里桥客运主枢纽", "08:30开", "座位 12", "检票口 3", "1301**********0017", "不作报销凭证", "¥85.00"}
	b, err := paper.PDF(paper.A6, voucher())
	if err != nil {
		t.Fatal(err)
	}
	if len(b) > 60_000 {
		t.Errorf("the slip has %d bytes", len(b))
	}
	text := run(t, b, "pdftotext", "-raw", "-", "-")
	for _, w := range want {
		if !strings.Contains(strings.ReplaceAll(text, "\n", ""), w) {
			t.Errorf("the PDF does not say %q:\n%s", w, text)
		}
	}
	strip := printed(t, paper.Printer{Width: 80}, voucher())
	all := strings.Join(strip.Text, "")
	for _, w := range want {
		if w == voucher().Document { // on the line of the name, which went as a picture
			continue
		}
		if !strings.Contains(all, strings.ReplaceAll(w, "\u00a5", "\uffe5")) {
			t.Errorf("the printer's letters do not say %q:\n%s", w, strings.Join(strip.Text, "\n"))
		}
	}
	if strings.Contains(all, "欧阳") {
		t.Error("a name with a character the printer has not went as letters")
	}
	if len(strip.Cuts) != 1 || strip.Kicks != 0 {
		t.Errorf("cuts %v, kicks %d", strip.Cuts, strip.Kicks)
	}
}

// TestRareCharacters: what the font has is drawn whatever its number, and what it
// has not is drawn as a box and named.
func TestRareCharacters(t *testing.T) {
	missing, err := paper.Missing("张𬭚𫖮䶮·㛃 a𠮷𠮷")
	if err != nil || string(missing) != "𠮷" {
		t.Fatalf("missing %q, %v", string(missing), err)
	}
	dark := func(name string) (n int) {
		s := printed(t, paper.Printer{Raster: true}, paper.Note{Title: name})
		for _, p := range s.Image.Pix {
			if p < 0x80 {
				n++
			}
		}
		return n
	}
	if blank, rare, lost := dark("一"), dark("𬭚"), dark("𠮷"); rare < blank+100 || lost < blank+50 || rare == lost {
		t.Errorf("dark dots: 一 %d, 𬭚 %d, 𠮷 %d", blank, rare, lost)
	}
	a, errA := paper.PDF(paper.A6, paper.Note{Title: "𬭚"})
	b, errB := paper.PDF(paper.A6, paper.Note{Title: "𠮷"})
	if errA != nil || errB != nil || bytes.Equal(a, b) {
		t.Errorf("%v %v, the same: %v", errA, errB, bytes.Equal(a, b))
	}
}

// TestSameBytes: the same content makes the same bytes, and another one others.
func TestSameBytes(t *testing.T) {
	for name, make := range map[string]func(paper.Document) ([]byte, error){
		"pdf":    func(d paper.Document) ([]byte, error) { return paper.PDF(paper.A6, d) },
		"escpos": func(d paper.Document) ([]byte, error) { return paper.ESCPOS(paper.Printer{}, d) },
	} {
		a, errA := make(voucher())
		b, errB := make(voucher())
		changed := voucher()
		changed.Seat = 13
		c, errC := make(changed)
		if err := errors.Join(errA, errB, errC); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a, b) || bytes.Equal(a, c) {
			t.Errorf("%s: equal %v, another seat equal %v", name, bytes.Equal(a, b), bytes.Equal(a, c))
		}
	}
}

// TestGolden holds the printers' commands still: what they say on paper has been
// looked at.
func TestGolden(t *testing.T) {
	large, reprint := voucher(), voucher()
	large.Large = true
	reprint.Copy, reprint.Marks, reprint.Name, reprint.Seat, reprint.Children = 2, []string{"离线售票 sold off line"}, "张伟", 0, 0
	reprint.Last = reprint.Departs.Add(9 * time.Hour)
	for name, doc := range map[string]paper.Document{"voucher": voucher(), "large": large, "reprint": reprint, "receipt": receipt(), "note": note()} {
		got, err := paper.ESCPOS(paper.Printer{Width: 58, Kick: name == "note"}, doc)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", name+"-58.escpos")
		if *rewrite {
			err = errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(path, got, 0o644))
		}
		want, readErr := os.ReadFile(path)
		if err = errors.Join(err, readErr); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s has changed: look at it, then go test ./paper -rewrite", name)
		}
		keep(t, name+"-58", printed(t, paper.Printer{Width: 58}, doc).Image)
		pictures(t, name+"-a6", paper.A6, doc)
	}
	for i, m := range pictures(t, "account", paper.A4, account()) {
		if i > 0 || m.Bounds().Dx() < 1000 {
			t.Errorf("page %d of the account, %v", i, m.Bounds())
		}
	}
}

// TestPrinterNotes: a printer says what it does not know, and goes on.
func TestPrinterNotes(t *testing.T) {
	s, err := paper.Print([]byte("\x1b@ab\n\x1b\x99cd\n\x1d(k\x03\x00\x31\x43"), 80)
	if err != nil || !slices.Equal(s.Text, []string{"ab", "cd"}) || len(s.Unknown) != 1 {
		t.Errorf("%q, unknown %v, %v", s.Text, s.Unknown, err)
	}
	if _, err := paper.Print(bytes.Repeat([]byte("\x1bJ\xff"), 1000), 80); err == nil {
		t.Error("a strip that never ends was printed")
	}
}

// TestForm fills a pre-printed form, and refuses bad descriptions of one.
func TestForm(t *testing.T) {
	f, err := paper.ReadForm(paper.ExampleForm)
	if err != nil {
		t.Fatal(err)
	}
	b, err := f.Fill(voucher(), note(), receipt())
	if err != nil {
		t.Fatal(err)
	}
	strip, err := paper.Print(b, 80)
	if err != nil || len(strip.Unknown) > 0 || strip.Image.Rect.Dy() != 2*110*8 {
		t.Fatalf("%v, unknown %v, %d dots", err, strip.Unknown, strip.Image.Rect.Dy())
	}
	keep(t, "form", strip.Image)
	first := strip.Image.SubImage(image.Rect(0, 0, 576, 880)).(*image.Gray)
	if got := readCode(t, first); got != code {
		t.Errorf("the code on the form reads %q", got)
	}
	for bad, field := range map[string]string{
		"{": "form", `{"width":5,"height":100}`: "form", `{"width":80,"height":100,"fields":[{"what":"nothing","size":3}]}`: "form.fields[0].what",
		`{"width":80,"height":100,"fields":[{"what":"name","size":3,"x":90}]}`: "form.fields[0].x", `{"width":80,"height":100,"fields":[{"what":"name"}]}`: "form.fields[0].size",
	} {
		_, err := paper.ReadForm([]byte(bad))
		if r := chepiao.AsRefusal(err); r == nil || r.Field != field {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func printed(t *testing.T, p paper.Printer, docs ...paper.Document) paper.Strip {
	t.Helper()
	b, err := paper.ESCPOS(p, docs...)
	if err != nil {
		t.Fatal(err)
	}
	s, err := paper.Print(b, p.Width)
	if err != nil || len(s.Unknown) > 0 {
		t.Fatalf("%v; unknown commands %v", err, s.Unknown)
	}
	return s
}

// pictures are the pages of a PDF at 203 dots an inch, as a printer draws them.
func pictures(t *testing.T, name string, page paper.Page, doc paper.Document) (all []image.Image) {
	t.Helper()
	b, err := paper.PDF(page, doc)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	run(t, b, "pdftoppm", "-r", "203", "-gray", "-png", "-", filepath.Join(folder, "page"))
	files, err := filepath.Glob(filepath.Join(folder, "*.png"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		m, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		keep(t, name, m)
		all = append(all, m)
	}
	return all
}

// keep leaves a picture for a person to look at.
func keep(t *testing.T, name string, m image.Image) {
	t.Helper()
	if !*rewrite {
		return
	}
	var b bytes.Buffer
	folder := filepath.Join("..", "build", "paper")
	if err := errors.Join(png.Encode(&b, m), os.MkdirAll(folder, 0o755), os.WriteFile(filepath.Join(folder, name+".png"), b.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, in []byte, name string, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), name, args...)
	c.Stdin = bytes.NewReader(in)
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s: %v (scripts/setup.sh test installs it)", name, err)
	}
	return string(out)
}

func readCode(t *testing.T, m image.Image) string {
	t.Helper()
	b, err := gozxing.NewBinaryBitmapFromImage(m)
	if err != nil {
		t.Fatal(err)
	}
	r, err := qrcode.NewQRCodeReader().Decode(b, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		return err.Error()
	}
	return r.GetText()
}

// worn is a strip as it comes out of a pocket: faded, blurred, with streaks where
// the print head has a dead dot.
func worn(m *image.Gray) *image.Gray {
	out := image.NewGray(m.Rect)
	for y := range m.Rect.Dy() {
		for x := range m.Rect.Dx() {
			sum := 0
			for dy := -1; dy <= 1; dy++ {
				for dx := -1; dx <= 1; dx++ {
					v := 0xFF
					if p := image.Pt(x+dx, y+dy); p.In(m.Rect) {
						v = int(m.GrayAt(p.X, p.Y).Y)
					}
					sum += v
				}
			}
			v := 110 + sum/9*145/255
			if x%211 == 0 {
				v = 0xFF
			}
			out.SetGray(x, y, color.Gray{Y: uint8(v)})
		}
	}
	return out
}

func BenchmarkPDF(b *testing.B) {
	for b.Loop() {
		if _, err := paper.PDF(paper.A6, voucher()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkESCPOS(b *testing.B) {
	for b.Loop() {
		if _, err := paper.ESCPOS(paper.Printer{}, voucher()); err != nil {
			b.Fatal(err)
		}
	}
}
