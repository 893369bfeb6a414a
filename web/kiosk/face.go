package kiosk

import (
	"net/http"

	"chepiao"
	"chepiao/web/ui"
)

// face is where a passenger gives a face for one journey at the machine: the page (GET),
// the template (POST), taking it back (DELETE). Only tickets of this visit are there.
func (p *Pages) face(w http.ResponseWriter, r *http.Request) {
	f, err := p.file(r)
	var id chepiao.TicketID
	if err == nil {
		id, err = ticketOf(r, f)
	}
	if err != nil {
		p.refused(w, r, err, home+"/tickets")
		return
	}
	for i, t := range f.Tickets {
		if t.ID != id {
			continue
		}
		offer, err := p.Office.FaceOffer(r.Context(), p.Now(), t)
		if err == nil && !offer.Here {
			err = chepiao.Refuse(chepiao.WrongState, "这张车票不能在本机登记人脸，请凭证件或乘车码检票", "no face can be given for this ticket here: the document or the code lets you pass").At("ticket")
		}
		v, failed := p.verb(w, r)
		if failed != nil {
			p.Fault(w, r, failed)
			return
		}
		switch {
		case err != nil && r.Method != http.MethodGet:
			p.FaceAnswer(w, r, err)
		case err != nil:
			p.refused(w, r, err, orderLink(f.Order.ID))
		case r.Method != http.MethodGet:
			p.KeepFace(w, r, v, id)
		default:
			link := orderLink(f.Order.ID)
			p.book.Show(w, r, http.StatusOK, "face", facePage{f.Passengers[i], ui.GivingFace{At: link + "/t/" + id.String() + "/face", Ticket: id, Notice: chepiao.FaceNotice, Given: offer.Given, Back: link, Kiosk: true}})
		}
	}
}

type facePage struct {
	Who chepiao.Passenger // prints masked
	ui.GivingFace
}
