// Package passenger is the pages on a passenger's phone: find a departure, name
// the passengers, hold the seats, pay, show the ticket's code at the gate, and
// get money back. Nothing here needs an account; whoever has an order's link,
// or its number and a document used in it, may see and act on the order.
package passenger

import (
	"embed"
	"net/http"

	"chepiao/web/ui"
)

//go:embed pages/*.html
var pages embed.FS

// Pages are the passenger's pages.
type Pages struct {
	*ui.Kit
	book *ui.Book
}

// New prepares the pages.
func New(k *ui.Kit) (*Pages, error) {
	book, err := k.NewBook(pages, "phone")
	return &Pages{k, book}, err
}

// Routes adds the pages to a mux.
func (p *Pages) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /stations", p.Stations(p.book))
	mux.HandleFunc("GET /passenger", p.search)
	mux.HandleFunc("GET /passenger/days", p.calendar)
	mux.HandleFunc("GET /passenger/nearby", p.nearby)
	mux.HandleFunc("GET /passenger/departures", p.list)
	mux.HandleFunc("GET /passenger/departures/{departure}", p.departure)
	mux.HandleFunc("POST /passenger/departures/{departure}/draft", p.draft)
	mux.HandleFunc("POST /passenger/departures/{departure}/hold", p.hold)
	mux.HandleFunc("POST /passenger/departures/{departure}/wait", p.wait)
	mux.HandleFunc("GET /passenger/room/{departure}", p.room)
	mux.HandleFunc("POST /passenger/room/{departure}", p.takePlace)
	mux.HandleFunc("GET /passenger/find", p.askOrder)
	mux.HandleFunc("POST /passenger/find", p.findOrder)
	mux.HandleFunc("GET /passenger/orders", p.orders)
	mux.HandleFunc("GET /passenger/app.webmanifest", p.app)
	mux.HandleFunc("GET "+Back, p.back)
	mux.HandleFunc("GET "+Back+"/{channel}", p.payer)
	mux.HandleFunc("GET /o/{order}/{key}", p.order)
	mux.HandleFunc("POST /o/{order}/{key}/pay", p.pay)
	mux.HandleFunc("POST /o/{order}/{key}/reveal", p.reveal)
	for _, method := range []string{"GET", "POST", "DELETE"} {
		mux.HandleFunc(method+" /o/{order}/{key}/face/{ticket}", p.face)
	}
	mux.HandleFunc("POST /o/{order}/{key}/extend", p.extend)
	mux.HandleFunc("POST /o/{order}/{key}/release", p.release)
	mux.HandleFunc("POST /o/{order}/{key}/queue", p.joinQueue)
	mux.HandleFunc("POST /o/{order}/{key}/queue/leave", p.leaveQueue)
	mux.HandleFunc("POST /o/{order}/{key}/choose", p.choose)
	mux.HandleFunc("GET /o/{order}/{key}/refund", p.quote)
	mux.HandleFunc("POST /o/{order}/{key}/refund", p.refund)
	mux.HandleFunc("GET /o/{order}/{key}/rebook", p.rebooking)
	mux.HandleFunc("GET /o/{order}/{key}/rebook/{departure}", p.move)
	mux.HandleFunc("POST /o/{order}/{key}/rebook/{departure}", p.rebook)
}

const home = "/passenger"
