package kiosk

import (
	"net/http"
	"net/url"
	"strconv"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// receipt gives a ticket's receipt the next number of the kiosk's paper; the page
// then prints it.
func (p *Pages) receipt(w http.ResponseWriter, r *http.Request) {
	p.withOrder(w, r, func(f office.File, v office.Verb) (string, error) {
		id, err := ticketOf(r, f)
		if err != nil {
			return "", err
		}
		if _, err := p.Office.PrintReceipt(r.Context(), v, office.PrintReceiptInput{Ticket: id}); err != nil {
			return "", atWindow(err)
		}
		return orderLink(f.Order.ID) + "?print=" + id.String(), nil
	})
}

// atWindow says of what only the kiosk's keeper can mend where the passenger is
// served meanwhile.
func atWindow(err error) error {
	switch chepiao.Why(err) {
	case chepiao.NoPaper, chepiao.ShiftNeeded, chepiao.ShiftClosed:
		return chepiao.Refuse(chepiao.NoPaper, "本机的报销凭证纸已用完，请到窗口或其他自助机打印", "this machine has no receipt paper left: please use a window or another machine")
	}
	return err
}

// ticketOf is the ticket that the address names, of this order.
func ticketOf(r *http.Request, f office.File) (chepiao.TicketID, error) {
	id, err := chepiao.ParseTicketID(r.PathValue("ticket"))
	if err != nil {
		return 0, err
	}
	for _, t := range f.Tickets {
		if t.ID == id {
			return id, nil
		}
	}
	return 0, chepiao.Refuse(chepiao.NotFound, "该订单没有这张车票", "the order has no such ticket").At("ticket")
}

// printJob is what the page's script has the printer do: the bytes of an address,
// under a name that makes them come out once.
type printJob struct {
	URL string `json:"url"`
	Job string `json:"job"`
}

// print begins printing: the slip is the kiosk's until it says what became of it.
func (p *Pages) print(w http.ResponseWriter, r *http.Request) {
	_, v, id, err := p.slip(w, r)
	if err != nil {
		p.tell(w, r, err)
		return
	}
	kind := chepiao.SlipKind(r.PostFormValue("slip"))
	s, err := p.Office.BeginPrinting(r.Context(), v, id, kind)
	if err != nil {
		p.tell(w, r, err)
		return
	}
	once, err := p.Secret()
	if err != nil {
		p.tell(w, r, err)
		return
	}
	more := url.Values{"width": {"80"}, "copy": {strconv.Itoa(s.Copies + 1)}}
	if kind == chepiao.VoucherSlip {
		more.Set("large", "1") // gate and time first
	}
	say(w, http.StatusOK, printJob{URL: "/paper/" + string(s.Kind) + "/" + id.String() + ".escpos?" + more.Encode(), Job: once})
}

// printed says what became of it. A receipt that did not come out loses its number,
// so that it can be printed on another sheet; the spoilt one stays in the machine.
func (p *Pages) printed(w http.ResponseWriter, r *http.Request) {
	f, v, id, err := p.slip(w, r)
	if err != nil {
		p.tell(w, r, err)
		return
	}
	in := office.EndPrintingInput{Ticket: id, Kind: chepiao.SlipKind(r.PostFormValue("slip")), Done: r.PostFormValue("done") == "1", Why: r.PostFormValue("why")}
	s, err := p.Office.EndPrinting(r.Context(), v, in)
	if err == nil && in.Kind == chepiao.ReceiptSlip && !in.Done {
		t := f.Tickets[int64(id)-int64(f.Order.ID)-1]
		v.ID += "S"
		v.At.Window = true // the sheet lies in the machine, and nobody has taken it
		why := s.Why
		if why == "" {
			why = "打印未完成"
		}
		_, err = p.Office.SpoilPaper(r.Context(), v, t.ReceiptNo, why)
	}
	if err != nil {
		p.tell(w, r, err)
		return
	}
	say(w, http.StatusOK, map[string]string{"state": string(s.State)})
}

// slip is what both need: the order of this visit, who acts, and the ticket.
func (p *Pages) slip(w http.ResponseWriter, r *http.Request) (f office.File, v office.Verb, id chepiao.TicketID, err error) {
	if f, err = p.file(r); err == nil {
		id, err = ticketOf(r, f)
	}
	if err == nil {
		v, err = p.verb(w, r)
	}
	if v.ID == "" && err == nil {
		v.ID, err = p.Secret()
	}
	return f, v, id, err
}

// tell answers a script with a refusal in the reader's language.
func (p *Pages) tell(w http.ResponseWriter, r *http.Request, err error) {
	refusal := chepiao.AsRefusal(err)
	if refusal == nil {
		p.Fault(w, r, err)
		return
	}
	say(w, ui.Told(r, refusal), map[string]string{"reason": string(refusal.Reason), "text": ui.Language(r).Pick(refusal.ZH, refusal.EN)})
}
