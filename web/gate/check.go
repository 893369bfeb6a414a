package gate

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// verdict is the answer as the screen shows it.
type verdict struct {
	chepiao.Verdict
	Found     bool
	Ticket    chepiao.Ticket
	Passenger chepiao.Passenger // masked
	Tail      string            // end of the document's number, to compare
	Trip      ui.Trip
	At        time.Time
	Once      string // id of a later uncheck
	Undo      bool   // this passage may be taken back
	Undone    bool
}

// check asks the office about what was read and shows the answer. A passenger
// who may not pass gets an answer, too, so every status is 200; only what the
// gate sent wrongly is marked amber without a record.
func (p *Pages) check(w http.ResponseWriter, r *http.Request) {
	station := p.Place(w, r)
	if station == nil {
		p.show(w, r, http.StatusUnprocessableEntity, nil, nil)
		return
	}
	once, err := p.Secret()
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	gate := gateName(r)
	passage, err := passage(r)
	if err == nil {
		passage.Station, passage.Gate, passage.Device = station.No, gate, p.device(r, station, gate)
		var c office.Checked
		c, err = p.Office.Check(r.Context(), p.Now(), office.Verb{ID: once, By: passage.Device}, passage)
		if err == nil {
			p.show(w, r, http.StatusOK, p.verdict(c, once), nil)
			return
		}
	}
	refusal := chepiao.AsRefusal(err)
	if refusal == nil {
		p.Fault(w, r, err)
		return
	}
	v := &verdict{Verdict: chepiao.Verdict{Reason: refusal.Reason, Light: chepiao.Amber, ZH: refusal.ZH, EN: refusal.EN}, At: p.Now()}
	p.show(w, r, http.StatusOK, v, nil)
}

// passage is what the form says was read: the kind of document may be given,
// else it is guessed from its looks.
func passage(r *http.Request) (office.Passage, error) {
	read, err := ui.Guess(r.PostFormValue("code"))
	if err != nil {
		return office.Passage{}, err
	}
	switch {
	case read.Code != "":
		return office.Passage{Code: read.Code}, nil
	case read.Ticket != 0:
		return office.Passage{Ticket: read.Ticket.String()}, nil
	case read.Order != 0:
		return office.Passage{}, chepiao.Refuse(chepiao.Invalid, "这是订单号,请扫乘车凭证或输入票号", "this is an order's number: scan the voucher or type the ticket's number").At("code")
	}
	kind := read.Document
	if k := r.PostFormValue("kind"); k != "" {
		kind = chepiao.DocumentKind(k)
	}
	nationality := strings.TrimSpace(r.PostFormValue("nationality"))
	if kind == chepiao.Passport && nationality == "" && !strings.ContainsAny(read.Number, "0123456789") {
		return office.Passage{}, chepiao.Refuse(chepiao.Invalid, "无法识别,请重新扫码或输入证件号码", "not recognised: scan again, or type a document number").At("code")
	}
	return office.Passage{Document: string(kind), Number: read.Number, Nationality: nationality}, nil
}

func (p *Pages) verdict(c office.Checked, once string) *verdict {
	v := &verdict{Verdict: c.Verdict, Found: c.Found, Ticket: c.Ticket, Passenger: c.Passenger, At: p.Now(), Once: once + "U"}
	if c.Found {
		v.Trip = p.Trip(c.Run, c.Ticket.Board, c.Ticket.Alight)
		v.Tail = c.Passenger.Document.Tail()
		v.Undo = c.Verdict.Pass && !c.Verdict.Again
	}
	return v
}

// Next is the key of the sentence that tells the clerk what to do now.
func (v *verdict) Next() string {
	switch v.Reason {
	case chepiao.CheckOK, chepiao.NotFound, chepiao.BadCode, chepiao.Tampered, chepiao.TooEarly, chepiao.Departed, chepiao.WrongDate, chepiao.WrongStation,
		chepiao.WrongGate, chepiao.AlreadyUsed, chepiao.Refunded, chepiao.NotPaid, chepiao.Suspended, chepiao.VoucherRotated, chepiao.WrongDocument:
		return strings.ToLower(string(v.Reason))
	}
	return "other"
}

func here(s *chepiao.Station, gate string) string {
	return url.Values{"station": {s.Code}, "gate": {gate}}.Encode()
}
