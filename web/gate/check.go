package gate

import (
	"net/http"
	"strings"
	"time"

	"chepiao"
	"chepiao/ident"
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
	With      int // children's tickets that passed together
	At        time.Time
	Once      string // id of a later uncheck
	Undo      bool   // this passage may be taken back
	Undone    bool

	Hand     bool // a clerk may look at the document instead
	Override bool // a supervisor who stands here may let the passenger through
	Confirm  bool // recognised without a claim: the passenger confirms first
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
	at := p.standing(r)
	passage, err := p.passage(r)
	if err == nil && passage.Override != "" && !ui.May(r, ident.Override) {
		err = chepiao.Refuse(chepiao.Unauthorized, "放行须由值班员办理", "only a supervisor may let somebody through").At("override")
	}
	if err == nil {
		passage.Station, passage.Gate, passage.Place, passage.Departure = station.No, at.Gate, at.Place, at.Departure
		if passage.Method == chepiao.ByFace && !passage.NoMatch && (!p.faceOn(station) || !p.Office.HasFace(passage.Ticket) || passage.WalkUp && !p.walksUp(station, at)) {
			passage.NoMatch = true // switched off, or no face was given for this ticket: there was nothing to compare with
		}
		passage.Device, passage.Fetch = p.device(r, station, at.Gate), office.FetchWait
		verb := p.Verb(r)
		verb.ID, verb.By, verb.At.Station = once, passage.Device, station.No
		var c office.Checked
		c, err = p.Office.Check(r.Context(), p.Now(), verb, passage)
		if err == nil {
			p.show(w, r, http.StatusOK, p.verdict(r, c, once), nil)
			return
		}
	}
	refusal := chepiao.AsRefusal(err)
	if refusal == nil {
		p.Fault(w, r, err)
		return
	}
	v := &verdict{Verdict: chepiao.Verdict{Reason: refusal.Reason, Light: chepiao.Amber, Sound: chepiao.SoundWait, ZH: refusal.ZH, EN: refusal.EN}, At: p.Now()}
	v.Next = chepiao.Step{ZH: "请检查输入后重试", EN: "Check the input and try again"}
	p.show(w, r, http.StatusOK, v, nil)
}

// passage is what the form says was read, and what a clerk says about it. The
// kind of document may be given, else it is guessed from its looks. A staff card holds the
// secret of a device or desk of this node.
func (p *Pages) passage(r *http.Request) (in office.Passage, err error) {
	if card := strings.TrimSpace(r.PostFormValue("code")); ident.IsSecret(card) {
		in.StaffCard = true
		_, in.StaffKnown = p.Devices.Find(card)
		return in, nil
	}
	if in, err = reading(r); err != nil {
		return in, err
	}
	if seen := r.PostFormValue("seen"); seen != "" {
		in.Method, in.Seen = chepiao.ByHand, chepiao.DocumentKind(seen)
	}
	switch r.PostFormValue("face") {
	case "yes":
		in.Method = chepiao.ByFace
	case "walkup":
		in.Method, in.WalkUp = chepiao.ByFace, true
	case "no":
		in.Method, in.NoMatch = chepiao.ByFace, true
	}
	in.Look = looked(r)
	in.After, in.Override, in.Children = r.PostFormValue("after"), r.PostFormValue("override"), r.PostFormValue("children") != ""
	return in, nil
}

func reading(r *http.Request) (office.Passage, error) {
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
		return office.Passage{}, chepiao.Refuse(chepiao.Invalid, "这是订单号，请扫乘车凭证或输入票号", "this is an order's number: scan the voucher or type the ticket's number").At("code")
	}
	kind := read.Document
	if k := r.PostFormValue("kind"); k != "" {
		kind = chepiao.DocumentKind(k)
	}
	nationality := strings.TrimSpace(r.PostFormValue("nationality"))
	if kind == chepiao.Passport && nationality == "" && !strings.ContainsAny(read.Number, "0123456789") {
		return office.Passage{}, chepiao.Refuse(chepiao.Invalid, "无法识别，请重新扫码或输入证件号码", "not recognised: scan again, or type a document number").At("code")
	}
	return office.Passage{Document: string(kind), Number: read.Number, Nationality: nationality}, nil
}

func (p *Pages) verdict(r *http.Request, c office.Checked, once string) *verdict {
	v := &verdict{Verdict: c.Verdict, Found: c.Found, Ticket: c.Ticket, Passenger: c.Passenger, With: len(c.Children), At: p.Now(), Once: once + "U"}
	if !c.Found {
		return v
	}
	v.Trip = p.Trip(c.Run, c.Ticket.Board, c.Ticket.Alight)
	v.Tail = c.Passenger.Document.Tail()
	v.Undo = c.Verdict.Pass && !c.Verdict.Again && c.Ticket.State == chepiao.TicketChecked
	switch c.Verdict.Reason {
	case chepiao.NeedDocument, chepiao.DocumentExpired, chepiao.NameMismatch, chepiao.FaceNoMatch, chepiao.ClockDrift, chepiao.FlowManual:
		v.Hand = true
	}
	v.Override = !c.Verdict.Pass && c.Verdict.Reason.MayOverride() && ui.May(r, ident.Override)
	return v
}

// Waits says that the next document may be this ticket's.
func (v *verdict) Waits() bool { return v.Reason == chepiao.NeedDocument }

// Code is the reason as the screen shows it: none where it would accuse
// somebody in public (F8).
func (v *verdict) Code() chepiao.Reason {
	if v.Sound == chepiao.SoundAlarm {
		return ""
	}
	return v.Reason
}
