package window

import (
	"context"
	"net/http"

	"chepiao"
	"chepiao/web/ui"
)

// findPage looks anything up: a ticket, an order, a voucher, a document.
type findPage struct {
	Code, Kind, Nationality string
	Found                   []foundTicket
	Asked                   bool
	Notes                   ui.Notes
}

// foundTicket is one of a person's tickets.
type foundTicket struct {
	chepiao.Ticket
	Trip ui.Trip
	Link string
}

// foundMost bounds the tickets of a person that are shown, the latest.
const foundMost = 20

func (p *Pages) askFind(w http.ResponseWriter, r *http.Request) {
	p.book.Show(w, r, http.StatusOK, "find", findPage{})
}

// find leads to the order of what was typed or scanned; for a document it lists
// the person's tickets, on the answer itself: no number stands in an address.
func (p *Pages) find(w http.ResponseWriter, r *http.Request) {
	page := findPage{Code: r.PostFormValue("code"), Kind: r.PostFormValue("kind"), Nationality: r.PostFormValue("nationality"), Asked: true, Notes: ui.Notes{}}
	order, err := p.lookUp(r.Context(), &page)
	if err == nil && order != 0 {
		http.Redirect(w, r, orderLink(order), http.StatusSeeOther)
		return
	}
	status := http.StatusOK
	if refusal := chepiao.AsRefusal(err); refusal != nil {
		page.Notes["code"], status = refusal, ui.Told(r, refusal)
	} else if err != nil {
		p.Fault(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, status, "find", page)
}

func (p *Pages) lookUp(ctx context.Context, page *findPage) (chepiao.OrderID, error) {
	read, err := ui.Guess(page.Code)
	if err != nil {
		return 0, err
	}
	if read.Code != "" {
		v := p.Office.Ring().Keys().Verify(read.Code, p.Now())
		if !v.Signed {
			return 0, v.Refusal
		}
		read.Ticket = v.Claims.Ticket
	}
	if read.Ticket != 0 {
		t, err := p.Office.Ticket(ctx, read.Ticket)
		return t.Order, err
	}
	if read.Order != 0 {
		_, err := p.Office.Look(ctx, read.Order)
		return read.Order, err
	}
	if page.Kind == "" {
		page.Kind = string(read.Document)
	}
	tickets, err := p.Office.LookByDocument(ctx, p.Now(), page.Kind, read.Number, page.Nationality, foundMost)
	if err != nil {
		return 0, err
	}
	for _, t := range tickets {
		run, err := p.Office.Timetable().Run(t.Departure)
		if err != nil {
			return 0, err
		}
		page.Found = append(page.Found, foundTicket{t, p.Trip(run, t.Board, t.Alight), orderLink(t.Order)})
	}
	return 0, nil
}
