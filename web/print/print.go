// Package print is what comes out on paper: vouchers, receipts and closing sheets
// as PDF, as a thermal printer's commands and as pictures, for windows, kiosks and
// phones; and the page that says whether a receipt is genuine. Nothing of it is
// kept by browsers.
package print

import (
	"embed"
	"net/http"
	"path"
	"strconv"
	"strings"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
	"chepiao/paper"
	"chepiao/web/ui"
)

//go:embed pages/*.html
var pages embed.FS

// Pages are what prints.
type Pages struct {
	*ui.Kit
	book *ui.Book
}

// New prepares the page of receipts.
func New(k *ui.Kit) (*Pages, error) {
	book, err := k.NewBook(pages, "plain")
	return &Pages{k, book}, err
}

// Routes adds what staff and kiosks print. The end of an address says in which
// form: .pdf, .escpos for a thermal printer, .png for the picture of that. Of the
// query, width is the paper's in millimetres (58 or 80), copy the number of the
// print from 1 (again=1: not the first), large=1 asks for large print, kick=1 opens the drawer, raster=1 is
// for printers without Chinese letters, page chooses a PDF's (a6, roll80, roll58).
func (p *Pages) Routes(mux *http.ServeMux, desk *ui.Desk) {
	for pattern, show := range map[string]http.HandlerFunc{
		"GET /paper/order/{file}":   p.order,
		"GET /paper/voucher/{file}": p.voucher,
		"GET /paper/receipt/{file}": p.receipt,
		"GET /paper/shift/{file}":   p.shift,
		"GET /paper/test/{file}":    p.test,
	} {
		mux.HandleFunc(pattern, desk.Only(ident.PrintPaper, show))
	}
}

// PublicRoutes adds what passengers print themselves, and the page that a receipt's
// code leads to.
func (p *Pages) PublicRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /o/{order}/{key}/voucher.pdf", p.own)
	mux.HandleFunc("GET /r/{ticket}/{serial}/{proof}", p.verify)
}

// order prints the vouchers of an order.
func (p *Pages) order(w http.ResponseWriter, r *http.Request) {
	id, err := chepiao.ParseOrderID(named(r))
	if err != nil {
		p.refused(w, r, err)
		return
	}
	docs, err := p.Office.VoucherSlips(r.Context(), p.Now(), id, p.input(r))
	p.write(w, r, docs, err)
}

// voucher prints the voucher of one ticket.
func (p *Pages) voucher(w http.ResponseWriter, r *http.Request) {
	id, err := chepiao.ParseTicketID(named(r))
	if err != nil {
		p.refused(w, r, err)
		return
	}
	t, err := p.Office.Ticket(r.Context(), id)
	if err != nil {
		p.refused(w, r, err)
		return
	}
	in := p.input(r)
	in.Only = id
	docs, err := p.Office.VoucherSlips(r.Context(), p.Now(), t.Order, in)
	p.write(w, r, docs, err)
}

// receipt prints the paper receipt of a ticket that has one.
func (p *Pages) receipt(w http.ResponseWriter, r *http.Request) {
	id, err := chepiao.ParseTicketID(named(r))
	if err != nil {
		p.refused(w, r, err)
		return
	}
	doc, err := p.Office.ReceiptSlip(r.Context(), id, here(r), p.input(r))
	p.write(w, r, []paper.Document{doc}, err)
}

// shift prints a closing sheet.
func (p *Pages) shift(w http.ResponseWriter, r *http.Request) {
	id, err := chepiao.ParseShiftID(named(r))
	if err != nil {
		p.refused(w, r, err)
		return
	}
	doc, err := p.Office.ShiftAccount(r.Context(), id, p.input(r).Printed)
	p.write(w, r, []paper.Document{doc}, err)
}

// test prints a few lines that show whether letters, codes and cutter work.
func (p *Pages) test(w http.ResponseWriter, r *http.Request) {
	p.write(w, r, []paper.Document{paper.Note{
		Title: "打印测试", English: "Test print", Lines: [][2]string{{"汉字 生僻字", "欧阳 𬭚 䶮"}, {"0123456789", "¥85.00"}},
		Foot: []string{"能看清以上各行并已切纸，打印机即正常。", "If every line is clear and the paper is cut, the printer works."}, Printed: p.input(r).Printed,
	}}, nil)
}

// own is a passenger's voucher as a PDF, for whoever has the order's key.
func (p *Pages) own(w http.ResponseWriter, r *http.Request) {
	id, err := chepiao.ParseOrderID(r.PathValue("order"))
	if err == nil {
		_, err = p.Office.LookWithKey(r.Context(), id, r.PathValue("key"))
	}
	if err != nil {
		p.refused(w, r, err)
		return
	}
	in := office.SlipInput{Printed: paper.Printed{At: p.Now(), Copy: 1}, Large: r.FormValue("large") == "1"}
	docs, err := p.Office.VoucherSlips(r.Context(), p.Now(), id, in)
	if err != nil {
		p.refused(w, r, err)
		return
	}
	b, err := paper.PDF(paper.A6, docs...)
	p.send(w, r, "application/pdf", "chepiao-"+id.String()+".pdf", b, err)
}

// input is how a request wants its paper.
func (p *Pages) input(r *http.Request) office.SlipInput {
	n, err := strconv.Atoi(r.FormValue("copy"))
	if err != nil || n < 1 || n > 99 {
		n = 1
	}
	if r.FormValue("again") == "1" {
		n = max(n, 2)
	}
	by := ui.By(r)
	if who := p.Actor(r).Who(); who != "" {
		by += " " + string(who)
	}
	in := office.SlipInput{Printed: paper.Printed{At: p.Now(), By: by, Copy: n}, Large: r.FormValue("large") == "1"}
	if p.Practice {
		in.Printed.Marks = []string{"练习，不得乘车 PRACTICE: NOT VALID"}
	}
	return in
}

// write sends documents in the form that the address asks for.
func (p *Pages) write(w http.ResponseWriter, r *http.Request, docs []paper.Document, err error) {
	if err != nil {
		p.refused(w, r, err)
		return
	}
	width, name := 80, named(r)
	if r.FormValue("width") == "58" {
		width = 58
	}
	printer := paper.Printer{Width: width, Raster: r.FormValue("raster") == "1", Codes: r.FormValue("raster") == "1", Kick: r.FormValue("kick") == "1"}
	switch path.Ext(r.PathValue("file")) {
	case ".pdf":
		b, err := paper.PDF(pageOf(r, docs[0]), docs...)
		p.send(w, r, "application/pdf", name+".pdf", b, err)
	case ".escpos":
		b, err := paper.ESCPOS(printer, docs...)
		p.send(w, r, "application/vnd.escpos", name+".escpos", b, err)
	case ".png":
		b, err := picture(printer, docs)
		p.send(w, r, "image/png", name+".png", b, err)
	default:
		p.refused(w, r, chepiao.Refuse(chepiao.NotFound, "只能打印为 pdf、escpos 或 png", "this is printed as pdf, escpos or png").At("file"))
	}
}

func picture(printer paper.Printer, docs []paper.Document) ([]byte, error) {
	b, err := paper.ESCPOS(printer, docs...)
	if err != nil {
		return nil, err
	}
	strip, err := paper.Print(b, printer.Width)
	if err != nil {
		return nil, err
	}
	return strip.PNG()
}

func pageOf(r *http.Request, doc paper.Document) paper.Page {
	if _, ok := doc.(paper.Account); ok {
		return paper.A4
	}
	switch r.FormValue("page") {
	case "roll80":
		return paper.Roll80
	case "roll58":
		return paper.Roll58
	}
	return paper.A6
}

func (p *Pages) send(w http.ResponseWriter, r *http.Request, kind, name string, b []byte, err error) {
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `inline; filename="`+name+`"`)
	h.Set("Content-Length", strconv.Itoa(len(b)))
	h.Set("Cache-Control", "no-store")
	w.Write(b) //nolint:errcheck // the reader has gone
}

func (p *Pages) refused(w http.ResponseWriter, r *http.Request, err error) {
	p.book.Refused(w, r, err, "/")
}

// named is what an address asks for, without the end that says in which form.
func named(r *http.Request) string {
	file := r.PathValue("file")
	return strings.TrimSuffix(file, path.Ext(file))
}

// here is the address under which whoever reads a code reaches this node.
func here(r *http.Request) string {
	scheme := "http"
	if ui.Secure(r) {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}
