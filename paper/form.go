package paper

import (
	"encoding/json"
	"fmt"
	"image"
	"slices"
	"strconv"

	"chepiao"
)

// Form describes a pre-printed ticket form: where on it which fact stands. A
// station that has bought forms writes one of these for them (docs/paper.md).
type Form struct {
	Name   string  `json:"name"`
	Width  float64 `json:"width"`  // millimetres
	Height float64 `json:"height"` // of one form, from mark to mark
	Mark   bool    `json:"mark"`   // forms are told apart by a black mark: go on to the next one
	Fields []Field `json:"fields"`
}

// Field is a fact at its place. What is one of Facts, or "code" for the QR code;
// before and after are printed around it, both left out when it is empty.
type Field struct {
	What   string  `json:"what"`
	X      float64 `json:"x"`               // millimetres from the left edge
	Y      float64 `json:"y"`               // millimetres from the top edge to the top of the letters
	Size   float64 `json:"size"`            // millimetres: of the letters, or the side of the code
	Width  float64 `json:"width,omitempty"` // that the text may take, then it is broken; 0: to the edge
	Bold   bool    `json:"bold,omitempty"`
	Before string  `json:"before,omitempty"`
	After  string  `json:"after,omitempty"`
}

// Facts are what a field may name.
func Facts() []string {
	return []string{
		"berth", "carrier", "children", "coach", "copy", "date", "document", "from", "from_en", "gate", "kind", "limit", "name", "number", "order", "plate", "price",
		"printed", "seat", "serial", "sold", "ticket", "time", "to", "to_en",
	}
}

// ReadForm reads a form's description. Refusal Invalid names the field that is
// wrong.
func ReadForm(b []byte) (Form, error) {
	var f Form
	if err := json.Unmarshal(b, &f); err != nil {
		return f, chepiao.Refuse(chepiao.Invalid, "票纸描述不是有效的 JSON", "the form is not valid JSON").At("form")
	}
	if f.Width < 20 || f.Width > 210 || f.Height < 20 || f.Height > 400 {
		return f, chepiao.Refuse(chepiao.Invalid, "票纸宽 20–210 毫米，高 20–400 毫米", "a form is 20 to 210 mm wide and 20 to 400 mm high").At("form")
	}
	for i, field := range f.Fields {
		at := fmt.Sprintf("form.fields[%d]", i)
		switch {
		case field.What != "code" && !slices.Contains(Facts(), field.What):
			return f, chepiao.Refuse(chepiao.Invalid, "没有这个项目", "there is no such fact").At(at + ".what")
		case field.X < 0 || field.Y < 0 || field.X >= f.Width || field.Y >= f.Height:
			return f, chepiao.Refuse(chepiao.Invalid, "位置在票纸之外", "this lies outside the form").At(at + ".x")
		case field.Size < 1 || field.Size > 60:
			return f, chepiao.Refuse(chepiao.Invalid, "字号应为 1–60 毫米", "letters are 1 to 60 mm high").At(at + ".size")
		}
	}
	return f, nil
}

// dotsPerMM of a printer with 203 dots an inch.
const dotsPerMM = 8

// Fill prints documents on forms, as the commands of a thermal printer. The whole
// form goes as a picture: nothing moves on it, whatever letters the printer has.
// Only vouchers and receipts stand on forms; another document is left out.
func (f Form) Fill(docs ...Document) ([]byte, error) {
	w := &escWriter{}
	w.put(cmdInit)
	for _, d := range docs {
		facts := factsOf(d)
		if facts == nil {
			continue
		}
		m, err := f.draw(facts)
		if err != nil {
			return nil, err
		}
		w.picture(m)
		if f.Mark {
			w.put("\x1d\x0c")
		} else {
			w.put(cmdFeed, "\x18", cmdCut)
		}
	}
	return w.b, nil
}

// draw is a filled form, without what is printed on it already.
func (f Form) draw(facts map[string]string) (*image.Gray, error) {
	face, err := openFace()
	if err != nil {
		return nil, err
	}
	m := image.NewGray(image.Rect(0, 0, int(f.Width*dotsPerMM), int(f.Height*dotsPerMM)))
	whiten(m)
	for _, field := range f.Fields {
		text, x, y, size := facts[field.What], int(field.X*dotsPerMM), int(field.Y*dotsPerMM), int(field.Size*dotsPerMM)
		if text == "" {
			continue
		}
		if field.What == "code" {
			grid, err := matrix(text)
			if err != nil {
				return nil, err
			}
			lay(m, bitmap(grid, max(1, size/(len(grid)+2*quiet))), x, y)
			continue
		}
		width := field.Width
		if width == 0 {
			width = f.Width - field.X
		}
		for i, line := range wrap(field.Before+text+field.After, int(width/field.Size*1000), face.advance) {
			if _, err := face.text(m, line, x, y+size+i*size*5/4, size, field.Bold); err != nil {
				return nil, err
			}
		}
	}
	return m, nil
}

// lay puts a picture onto another one.
func lay(on, m *image.Gray, x, y int) {
	for dy := range m.Rect.Dy() {
		for dx := range m.Rect.Dx() {
			if image.Pt(x+dx, y+dy).In(on.Rect) {
				on.SetGray(x+dx, y+dy, m.GrayAt(dx, dy))
			}
		}
	}
}

// factsOf is a document by fact; nil for one that stands on no form.
func factsOf(d Document) map[string]string {
	switch d := d.(type) {
	case Voucher:
		zh, _ := kindWords(d.Kind)
		f := map[string]string{
			"code": d.Code, "from": d.From.Name, "to": d.To.Name, "from_en": d.From.English, "to_en": d.To.English, "date": day(d.Departs), "time": d.Departs.Format("15:04"),
			"number": d.Number, "gate": d.Gate, "berth": d.Berth, "coach": d.Coach, "plate": d.Plate, "carrier": d.Carrier, "kind": zh, "price": d.Price.Yuan(),
			"name": d.Name, "document": d.Document, "ticket": d.Ticket.String(), "order": d.Order.String(), "sold": d.Sold, "printed": d.At.Format("2006-01-02 15:04"), "seat": "不对号",
			"children": "不含免费儿童",
		}
		if d.Seat > 0 {
			f["seat"] = strconv.Itoa(d.Seat)
		}
		if d.Limit > 0 {
			f["limit"] = d.Limit.Yuan()
		}
		if d.Children > 0 {
			f["children"] = fmt.Sprintf("含免费儿童 %d 名", d.Children)
		}
		if d.Copy > 1 {
			f["copy"] = fmt.Sprintf("补打第 %d 次", d.Copy-1)
		}
		return f
	case Receipt:
		zh, _ := kindWords(d.Kind)
		return map[string]string{
			"code": d.Verify, "from": d.From.Name, "to": d.To.Name, "from_en": d.From.English, "to_en": d.To.English, "date": day(d.Departs), "time": d.Departs.Format("15:04"),
			"number": d.Number, "carrier": d.Carrier, "kind": zh, "price": d.Price.Yuan(), "name": d.Name, "document": d.Document, "ticket": d.Ticket.String(),
			"serial": d.Serial, "printed": d.At.Format("2006-01-02 15:04"),
		}
	}
	return nil
}
