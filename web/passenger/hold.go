package passenger

import (
	"maps"
	"net/http"
	"slices"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// hold keeps the seats for the passengers of the form and goes on to the
// order's page; or shows the form again with what is wrong beside each field.
func (p *Pages) hold(w http.ResponseWriter, r *http.Request) {
	p.submit(w, r, p.holdForm)
}

// submit makes an order of the form.
func (p *Pages) submit(w http.ResponseWriter, r *http.Request, make func(*http.Request, *departurePage) (chepiao.Order, error)) {
	page, err := p.departurePage(r)
	if err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	page.Form = ui.ReadForm(r)
	page.Form.FillSaved(page.Saved)
	f := &page.Form
	status := http.StatusUnprocessableEntity
	if f.Check(p.Today(), false) {
		order, err := make(r, page)
		if err == nil {
			ownForm(w, r, order, f, p.Today())
			http.Redirect(w, r, orderLink(order), http.StatusSeeOther)
			return
		}
		refusal := chepiao.AsRefusal(err)
		if refusal == nil {
			p.Fault(w, r, err)
			return
		}
		if refusal.Reason == chepiao.WaitForTurn {
			http.Redirect(w, r, roomLink(page), http.StatusSeeOther)
			return
		}
		if refusal.Reason == chepiao.ReplayMismatch { // sent before with other passengers: a new order needs a new id
			if f.Once, err = p.Secret(); err != nil {
				p.Fault(w, r, err)
				return
			}
			refusal = chepiao.Refuse(refusal.Reason, "该表单已提交过一个订单；如需另购，请再次提交", "this form already made an order: submit it again to make another")
		}
		if refusal.Reason == chepiao.SoldOut && page.Wait == nil { // too few for this party: it may wait
			if page.Wait, err = p.waitForm(r, page); err != nil {
				p.Fault(w, r, err)
				return
			}
		}
		f.Place(refusal)
		status = ui.Told(r, refusal)
	}
	f.Finish(page.price)
	p.book.Show(w, r, status, "departure", page)
}

func (p *Pages) holdForm(r *http.Request, page *departurePage) (chepiao.Order, error) {
	key, err := p.Secret()
	if err != nil {
		return chepiao.Order{}, err
	}
	f := &page.Form
	in := office.HoldInput{
		Departure: page.ID, From: page.From.No, To: page.To.No, Passengers: f.Riders(), Channel: chepiao.Online, Outlet: "passenger page",
	}
	if !f.Any && page.Rows != nil {
		in.Seats = slices.Sorted(maps.Keys(f.Seats))
		if len(in.Seats) != len(in.Passengers) {
			return chepiao.Order{}, chepiao.Refuse(chepiao.Invalid, "请为每位乘车人选择一个座位", "choose one seat for each passenger").At("seats")
		}
	}
	in.Member, _ = p.Member(r)
	a, err := p.Office.Hold(r.Context(), p.Now(), office.Verb{ID: f.Once, By: ui.By(r), Place: p.place(r, page.ID, page.From.No, page.To.No)}, key, in)
	return a.Order, err
}

func orderLink(o chepiao.Order) string { return "/o/" + o.ID.String() + "/" + o.Key }
