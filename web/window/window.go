// Package window is the clerk's pages at a station's window: a whole sale by
// keyboard, look-up, refund, the board of the next departures and their
// passengers. Every step has an address of its own, so that a page that was
// lost is had back by loading it again.
package window

import (
	"embed"
	"net/http"

	"chepiao/ident"
	"chepiao/web/ui"
)

//go:embed pages/*.html
var pages embed.FS

// Pages are the window's pages.
type Pages struct {
	*ui.Kit
	book *ui.Book
}

// New prepares the pages.
func New(k *ui.Kit) (*Pages, error) {
	book, err := k.NewBook(pages, "desk")
	return &Pages{k, book}, err
}

const home = "/window"

// Routes adds the pages to a mux.
func (p *Pages) Routes(mux *http.ServeMux, desk *ui.Desk) {
	for pattern, page := range map[string]struct {
		verb ident.Verb
		show http.HandlerFunc
	}{
		"GET /window":                                 {ident.SellAtWindow, p.start},
		"GET /window/sale/{departure}":                {ident.SellAtWindow, p.sale},
		"POST /window/sale/{departure}/draft":         {ident.SellAtWindow, p.draft},
		"POST /window/sale/{departure}":               {ident.SellAtWindow, p.hold},
		"GET /window/o/{order}":                       {ident.ActOnOrder, p.order},
		"POST /window/o/{order}/pay":                  {ident.TakeCash, p.pay},
		"POST /window/o/{order}/charge":               {ident.TakeCash, p.charge},
		"POST /window/o/{order}/stop":                 {ident.TakeCash, p.stop},
		"GET /window/o/{order}/paying":                {ident.ActOnOrder, p.paying},
		"POST /window/o/{order}/extend":               {ident.ActOnOrder, p.extend},
		"POST /window/o/{order}/release":              {ident.ActOnOrder, p.release},
		"GET /window/o/{order}/refund":                {ident.ActOnOrder, p.quote},
		"POST /window/o/{order}/refund":               {ident.ActOnOrder, p.refund},
		"GET /window/o/{order}/rebook":                {ident.ActOnOrder, p.rebooking},
		"POST /window/o/{order}/rebook/{departure}":   {ident.ActOnOrder, p.rebook},
		"POST /window/o/{order}/void":                 {ident.TakeCash, p.void},
		"POST /window/o/{order}/hand-over":            {ident.TakeCash, p.handOver},
		"GET /window/o/{order}/t/{ticket}":            {ident.SellAtWindow, p.ticket},
		"POST /window/o/{order}/t/{ticket}/correct":   {ident.SellAtWindow, p.correct},
		"POST /window/o/{order}/t/{ticket}/reissue":   {ident.SellAtWindow, p.reissue},
		"POST /window/o/{order}/t/{ticket}/receipt":   {ident.SellAtWindow, p.receipt},
		"POST /window/printed":                        {ident.PrintPaper, p.printed},
		"GET /window/bar":                             {ident.SellAtWindow, p.bar},
		"GET /window/find":                            {ident.LookUp, p.askFind},
		"POST /window/find":                           {ident.LookUp, p.find},
		"GET /window/board":                           {ident.SeeManifest, p.board},
		"GET /window/departures/{departure}":          {ident.SeeManifest, p.manifest},
		"POST /window/departures/{departure}/go":      {ident.Dispatch, p.dispatch},
		"POST /window/departures/{departure}/uncheck": {ident.Uncheck, p.uncheck},
	} {
		mux.HandleFunc(pattern, desk.Only(page.verb, page.show))
	}
}
