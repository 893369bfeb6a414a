package print

import (
	"net/http"

	"chepiao"
	"chepiao/web/ui"
)

// verifyPage says whether a receipt is genuine, and whether it still counts. It
// names nobody.
type verifyPage struct {
	Ticket   chepiao.Ticket
	Serial   string
	Good     bool   // the paper proves an expense
	Receipt  string // how it stands, in words
	From, To *chepiao.Station
	Day      chepiao.Day
}

func (p *Pages) verify(w http.ResponseWriter, r *http.Request) {
	if err := p.Limit.Try(r); err != nil {
		p.refused(w, r, err)
		return
	}
	id, err := chepiao.ParseTicketID(r.PathValue("ticket"))
	if err != nil {
		err = chepiao.Refuse(chepiao.NotFound, "没有这张报销凭证", "there is no such receipt").At("receipt")
	}
	var t chepiao.Ticket
	if err == nil {
		t, err = p.Office.VerifyReceipt(r.Context(), id, r.PathValue("serial"), r.PathValue("proof"))
	}
	if err != nil {
		p.refused(w, r, err)
		return
	}
	zh, en := t.Receipt.Text()
	table := p.Office.Timetable()
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, http.StatusOK, "receipt", verifyPage{
		Ticket: t, Serial: t.ReceiptNo, Good: t.Receipt == chepiao.ReceiptPaper, Receipt: ui.Language(r).Pick(zh, en),
		From: table.Station(t.From), To: table.Station(t.To), Day: t.Departure.Day(),
	})
}
