package kiosk

import (
	"net/http"
	"strings"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// A visit is what one customer does. The orders that a customer made or found are
// kept, with their keys, in one cookie of the browser that scripts cannot read;
// the end of the visit takes it away, and with it every order.
const (
	visitCookie = "visit"
	visitLasts  = 15 * 60 // seconds without a new order, where the end was missed
	ordersMost  = 12
)

// visit reads the orders of this visit, the latest first. What is no order is left
// out.
func visit(r *http.Request) (orders []chepiao.Order) {
	c, err := r.Cookie(visitCookie)
	if err != nil {
		return nil
	}
	for one := range strings.SplitSeq(c.Value, "_") {
		number, key, ok := strings.Cut(one, ".")
		id, err := chepiao.ParseOrderID(number)
		if ok && err == nil && len(orders) < ordersMost {
			orders = append(orders, chepiao.Order{ID: id, Key: key})
		}
	}
	return orders
}

// remember adds orders to the visit.
func remember(w http.ResponseWriter, r *http.Request, orders ...chepiao.Order) {
	seen := map[chepiao.OrderID]bool{}
	var parts []string
	for _, o := range append(orders, visit(r)...) {
		if !seen[o.ID] && len(parts) < ordersMost {
			seen[o.ID] = true
			parts = append(parts, o.ID.String()+"."+o.Key)
		}
	}
	http.SetCookie(w, &http.Cookie{Name: visitCookie, Value: strings.Join(parts, "_"), Path: home, MaxAge: visitLasts, HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: ui.Secure(r)})
}

// forget ends the visit.
func forget(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: visitCookie, Path: home, MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: ui.Secure(r)})
}

// file is the order that the address names, if it belongs to this visit. Refusal
// NotFound, also when the visit is over.
func (p *Pages) file(r *http.Request) (office.File, error) {
	id, err := chepiao.ParseOrderID(r.PathValue("order"))
	if err != nil {
		return office.File{}, over
	}
	for _, o := range visit(r) {
		if o.ID == id {
			return p.Office.LookWithKey(r.Context(), id, o.Key)
		}
	}
	return office.File{}, over
}

var over = chepiao.Refuse(chepiao.NotFound, "本次操作已结束，请放身份证重新查询", "this visit is over: put your identity card on the reader to find your tickets").At("order")

// end ends a visit: seats that were not paid are given up, and the cookie goes. It
// is said by the passenger, or by the page when nobody touches it any more.
func (p *Pages) end(w http.ResponseWriter, r *http.Request) {
	for _, o := range visit(r) {
		if err := p.letGo(w, r, o); err != nil && chepiao.AsRefusal(err) == nil {
			p.Log.ErrorContext(r.Context(), "giving up seats at the end of a visit", "order", o.ID.String(), "error", err) // the deadline does it
		}
	}
	forget(w, r)
	w.WriteHeader(http.StatusNoContent)
}

// letGo gives up the seats of an order that is not paid.
func (p *Pages) letGo(w http.ResponseWriter, r *http.Request, o chepiao.Order) error {
	f, err := p.Office.LookWithKey(r.Context(), o.ID, o.Key)
	if err != nil || f.Order.State != chepiao.OrderHeld && f.Order.State != chepiao.OrderPaying {
		return err
	}
	v, err := p.verb(w, r)
	if err != nil {
		return err
	}
	if v.ID, err = p.Secret(); err != nil {
		return err
	}
	if f.Order.State == chepiao.OrderPaying {
		a, err := p.Office.StopCharge(r.Context(), v, o.ID)
		if err != nil || a.Order.State != chepiao.OrderHeld { // the money was quicker
			return err
		}
		v.ID += "R"
	}
	_, err = p.Office.Release(r.Context(), v, o.ID)
	return err
}
