package passenger

import "net/http"

// orders lists the orders that this browser keeps. The list is drawn there: we
// know of no browser what it has bought.
func (p *Pages) orders(w http.ResponseWriter, r *http.Request) {
	p.book.Show(w, r, http.StatusOK, "orders", nil)
}
