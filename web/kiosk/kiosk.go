// Package kiosk is the pages of a self-service machine: a passenger buys by
// identity card and pays with a phone, finds tickets again, gives them back, and
// has the boarding slip and the paper receipt printed. One customer follows
// another, so nothing of anybody stays: no address names an order's key or a
// document, a visit's keys are in one cookie that its end takes away, and the
// browser keeps no history (web/src/kiosk.ts). Cash is a window's.
package kiosk

import (
	"embed"
	"net/http"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
	"chepiao/web/ui"
)

//go:embed pages/*.html
var pages embed.FS

// Pages are the kiosk's pages.
type Pages struct {
	*ui.Kit
	book *ui.Book
}

// New prepares the pages.
func New(k *ui.Kit) (*Pages, error) {
	book, err := k.NewBook(pages, "kiosk")
	return &Pages{k, book}, err
}

const home = "/kiosk"

// Routes adds the pages to a mux.
func (p *Pages) Routes(mux *http.ServeMux, desk *ui.Desk) {
	for pattern, page := range map[string]struct {
		verb ident.Verb
		show http.HandlerFunc
	}{
		"GET /kiosk":                               {ident.SellAtKiosk, p.start},
		"GET /kiosk/state":                         {ident.SellAtKiosk, p.state},
		"POST /kiosk/parts":                        {ident.SellAtKiosk, p.parts},
		"POST /kiosk/end":                          {ident.SellAtKiosk, p.end},
		"GET /kiosk/help":                          {ident.SellAtKiosk, p.serving(p.help)},
		"GET /kiosk/buy":                           {ident.SellAtKiosk, p.serving(p.buy)},
		"GET /kiosk/departures":                    {ident.SellAtKiosk, p.serving(p.list)},
		"GET /kiosk/sale/{departure}":              {ident.SellAtKiosk, p.serving(p.sale)},
		"POST /kiosk/sale/{departure}/draft":       {ident.SellAtKiosk, p.serving(p.draft)},
		"POST /kiosk/sale/{departure}":             {ident.SellAtKiosk, p.serving(p.hold)},
		"GET /kiosk/tickets":                       {ident.SellAtKiosk, p.serving(p.askTickets)},
		"POST /kiosk/tickets":                      {ident.SellAtKiosk, p.serving(p.findTickets)},
		"GET /kiosk/mine":                          {ident.SellAtKiosk, p.serving(p.mine)},
		"GET /kiosk/o/{order}":                     {ident.SellAtKiosk, p.order},
		"POST /kiosk/o/{order}/charge":             {ident.SellAtKiosk, p.charge},
		"GET /kiosk/o/{order}/paying":              {ident.SellAtKiosk, p.paying},
		"POST /kiosk/o/{order}/release":            {ident.SellAtKiosk, p.release},
		"GET /kiosk/o/{order}/refund":              {ident.SellAtKiosk, p.quote},
		"POST /kiosk/o/{order}/refund":             {ident.SellAtKiosk, p.refund},
		"POST /kiosk/o/{order}/t/{ticket}/receipt": {ident.SellAtKiosk, p.receipt},
		"POST /kiosk/o/{order}/t/{ticket}/print":   {ident.SellAtKiosk, p.print},
		"POST /kiosk/o/{order}/t/{ticket}/printed": {ident.SellAtKiosk, p.printed},
		"GET /kiosk/o/{order}/t/{ticket}/face":     {ident.SellAtKiosk, p.face},
		"POST /kiosk/o/{order}/t/{ticket}/face":    {ident.SellAtKiosk, p.face},
		"DELETE /kiosk/o/{order}/t/{ticket}/face":  {ident.SellAtKiosk, p.face},
		"GET /kiosk/operator":                      {ident.OperateKiosk, p.operator},
		"POST /kiosk/operator/open":                {ident.OperateKiosk, p.openShift},
		"POST /kiosk/operator/paper":               {ident.OperateKiosk, p.loadPaper},
		"POST /kiosk/operator/spoil":               {ident.OperateKiosk, p.spoil},
		"POST /kiosk/operator/close":               {ident.OperateKiosk, p.closeShift},
		"POST /kiosk/operator/lock":                {ident.OperateKiosk, p.lock},
		"GET /kiosk/all":                           {ident.OperateKiosk, p.all},
		"POST /kiosk/all":                          {ident.OperateKiosk, p.lockFar},
	} {
		mux.HandleFunc(pattern, desk.Only(page.verb, private(page.show)))
	}
}

// private keeps a page out of every cache, so that going back shows nothing of
// whoever stood here before.
func private(page http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		page(w, r)
	}
}

// serving shows a page while the kiosk is in service. What somebody has begun to
// pay for goes on.
func (p *Pages) serving(page http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		k, err := p.Office.Kiosk(r.Context(), p.name(r))
		if err == nil {
			err = k.Serves()
		}
		if err != nil {
			p.book.Refused(w, r, err, home)
			return
		}
		page(w, r)
	}
}

// nameless is what the kiosk of a demo is called: there everybody acts under one
// device, and a window has its shift too.
const nameless = "kiosk"

// name is how the journal names this kiosk.
func (p *Pages) name(r *http.Request) string {
	if p.Devices.IsOpen() {
		return nameless
	}
	return ui.By(r)
}

// verb is what a passenger asks for at this kiosk: as on line, with the kiosk's own
// shift, which counts what is sold and has its paper. Who has signed in to look
// after the machine is no party to it.
func (p *Pages) verb(w http.ResponseWriter, r *http.Request) (office.Verb, error) {
	v := p.operate(w, r)
	v.Who, v.At.Window = "", false
	shift, _, err := p.Office.OpenShiftOf(r.Context(), "", v.By)
	v.Shift = shift.ID
	if shift.ID != 0 && !shift.Kiosk {
		v.Shift = 0
	}
	return v, err
}

// operate is what whoever looks after the kiosk asks for.
func (p *Pages) operate(w http.ResponseWriter, r *http.Request) office.Verb {
	v := p.Verb(r)
	v.By = p.name(r)
	if shift, ok, err := p.Office.OpenShiftOf(r.Context(), v.Who, v.By); err == nil && ok {
		v.Shift = shift.ID
	}
	if here := p.Place(w, r); here != nil {
		v.At.Station = here.No
	}
	return v
}

// refused shows a refusal on a page of its own.
func (p *Pages) refused(w http.ResponseWriter, r *http.Request, err error, back string) {
	if chepiao.AsRefusal(err) == nil {
		p.Fault(w, r, err)
		return
	}
	p.book.Refused(w, r, err, back)
}
