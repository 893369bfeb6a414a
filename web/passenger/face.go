package passenger

import (
	"net/http"
	"slices"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// facePage is where a passenger gives a face for one journey with the own phone.
type facePage struct {
	ui.GivingFace
	Who chepiao.Passenger // prints masked
}

// faceNotHere refuses where no face can be given: the station does not compare faces,
// has a node of its own, or the journey is over.
var faceNotHere = chepiao.Refuse(chepiao.WrongState, "这张车票不能在手机上登记人脸，请凭证件或乘车码检票", "no face can be given for this ticket on a phone: the document or the code lets you pass").At("ticket")

// face shows the page (GET), takes a template (POST) or forgets it (DELETE): for whoever
// has named a document of the order in this browser, as a link may have been passed on.
func (p *Pages) face(w http.ResponseWriter, r *http.Request) {
	f, err := p.file(r)
	if err != nil {
		p.book.Refused(w, r, err, home+"/find")
		return
	}
	i := slices.IndexFunc(f.Tickets, func(t chepiao.Ticket) bool { return t.ID.String() == r.PathValue("ticket") })
	var offer office.FaceOffer
	if i >= 0 {
		if offer, err = p.Office.FaceOffer(r.Context(), p.Now(), f.Tickets[i]); err != nil {
			p.Fault(w, r, err)
			return
		}
	}
	var refusal *chepiao.Refusal
	switch {
	case !owns(r, f):
		refusal = chepiao.Refuse(chepiao.Unauthorized, "请先用订单中的证件查询该订单，再登记人脸", "find this order with a document used in it first: then a face may be given").At("ticket")
	case !offer.Here:
		refusal = faceNotHere
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		if refusal != nil {
			p.FaceAnswer(w, r, refusal)
			return
		}
		p.KeepFace(w, r, p.Verb(r), f.Tickets[i].ID)
		return
	}
	if refusal != nil {
		p.showOrder(w, r, ui.Told(r, refusal), f, refusal)
		return
	}
	link := orderLink(f.Order)
	page := facePage{Who: f.Passengers[i], GivingFace: ui.GivingFace{
		At: link + "/face/" + f.Tickets[i].ID.String(), Ticket: f.Tickets[i].ID, Notice: chepiao.FaceNotice, Given: offer.Given, Back: link,
	}}
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, http.StatusOK, "face", page)
}
