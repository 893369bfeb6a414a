package window

import (
	"net/http"
	"strconv"

	"chepiao"
)

// printed takes in that this window's printer has printed what an address of /paper
// gives. Where a kiosk had left it lying, the passenger has it now (F18).
func (p *Pages) printed(w http.ResponseWriter, r *http.Request) {
	n, err := p.printElsewhere(r, r.PostFormValue("what"), r.PostFormValue("id"))
	if refusal := chepiao.AsRefusal(err); refusal != nil {
		http.Error(w, refusal.Error(), http.StatusUnprocessableEntity)
		return
	} else if err != nil {
		p.Fault(w, r, err)
		return
	}
	w.Write([]byte(strconv.Itoa(n))) //nolint:errcheck // the reader has gone
}

func (p *Pages) printElsewhere(r *http.Request, what, id string) (int, error) {
	if what == "order" {
		order, err := chepiao.ParseOrderID(id)
		if err != nil {
			return 0, err
		}
		return p.Office.PrintElsewhere(r.Context(), p.verb(r), order, 0, chepiao.VoucherSlip)
	}
	kind := chepiao.SlipKind(what)
	if kind != chepiao.VoucherSlip && kind != chepiao.ReceiptSlip {
		return 0, nil // a closing sheet, a test: no kiosk prints them
	}
	ticket, err := chepiao.ParseTicketID(id)
	if err != nil {
		return 0, err
	}
	t, err := p.Office.Ticket(r.Context(), ticket)
	if err != nil {
		return 0, err
	}
	return p.Office.PrintElsewhere(r.Context(), p.verb(r), t.Order, ticket, kind)
}
