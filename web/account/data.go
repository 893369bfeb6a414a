package account

import (
	"encoding/json"
	"net/http"
	"time"

	"chepiao"
	"chepiao/office"
)

// messages lists what a member was told, the latest first.
func (p *Pages) messages(w http.ResponseWriter, r *http.Request, s office.MemberSession) {
	list, err := p.Office.MemberMessages(r.Context(), s.Member)
	if err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	p.book.Show(w, r, http.StatusOK, "messages", list)
}

// looks lists who here looked for the people on a member's tickets.
func (p *Pages) looks(w http.ResponseWriter, r *http.Request, s office.MemberSession) {
	list, err := p.Office.MemberLooks(r.Context(), s.Member)
	if err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	p.book.Show(w, r, http.StatusOK, "looks", list)
}

// dataPage says what is kept about a member.
type dataPage struct {
	office.MemberData
	Fresh bool
	Wrong bool // erasing was not confirmed
}

func (p *Pages) data(w http.ResponseWriter, r *http.Request, s office.MemberSession) {
	p.showData(w, r, s, http.StatusOK, false)
}

func (p *Pages) showData(w http.ResponseWriter, r *http.Request, s office.MemberSession, status int, wrong bool) {
	data, err := p.Office.Data(r.Context(), s.Member)
	if err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	p.book.Show(w, r, status, "data", dataPage{data, s.Fresh, wrong})
}

// copy hands everything out as a file, in clear: it is its owner's.
func (p *Pages) copy(w http.ResponseWriter, r *http.Request, s office.MemberSession) {
	data, err := p.Office.Data(r.Context(), s.Member)
	if err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	text, err := json.MarshalIndent(copyOf(data), "", "  ")
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="chepiao-`+data.Member.ID.String()+`.json"`)
	w.Write(text) //nolint:errcheck // the reader has gone
}

// The file that a member takes along.
type copied struct {
	Account  string          `json:"account"`
	Phone    string          `json:"phone,omitempty"`
	Since    time.Time       `json:"since"`
	SignedIn []time.Time     `json:"signed_in"`
	Saved    []copiedPerson  `json:"saved_passengers"`
	Orders   []copiedOrder   `json:"orders"`
	Messages []copiedMessage `json:"messages"`
	Looks    []copiedLook    `json:"looked_up_by_staff"`
	Faces    []copiedFace    `json:"face_consents"`
}

type copiedPerson struct {
	Name     string `json:"name"`
	Kind     string `json:"document_kind,omitempty"`
	Document string `json:"document,omitempty"`
	Phone    string `json:"phone,omitempty"`
}

type copiedOrder struct {
	Order    string         `json:"order"`
	State    string         `json:"state"`
	Bought   time.Time      `json:"bought"`
	Number   string         `json:"departure"`
	Departs  time.Time      `json:"departs"`
	TotalFen int64          `json:"total_fen"`
	People   []copiedPerson `json:"passengers"`
}

// copiedFace is a consent to be recognised at a gate, or its end; no face is kept.
type copiedFace struct {
	At     time.Time `json:"at"`
	Ticket string    `json:"ticket"`
	What   string    `json:"what"`
	Who    string    `json:"who,omitempty"`
	Notice string    `json:"notice,omitempty"`
	Counts bool      `json:"counts,omitempty"`
	Where  string    `json:"where"`
}

type copiedMessage struct {
	Ticket string `json:"ticket"`
	Kind   string `json:"kind"`
	State  string `json:"state"`
}

type copiedLook struct {
	At      time.Time `json:"at"`
	Staff   string    `json:"staff,omitempty"`
	Device  string    `json:"device"`
	Station string    `json:"station,omitempty"`
	How     string    `json:"by"`
	Why     string    `json:"why"`
	Order   string    `json:"order"`
}

func personOf(p chepiao.Passenger) copiedPerson {
	return copiedPerson{p.Name.Reveal(), string(p.Document.Kind()), p.Document.Reveal(), p.Phone.Reveal()}
}

func copyOf(d office.MemberData) copied {
	c := copied{Account: d.Member.ID.String(), Phone: d.Phone.Reveal(), Since: d.Member.Created, SignedIn: []time.Time{}, Saved: []copiedPerson{}, Orders: []copiedOrder{}, Messages: []copiedMessage{}, Looks: []copiedLook{}, Faces: []copiedFace{}}
	for _, s := range d.Sessions {
		c.SignedIn = append(c.SignedIn, s.Began)
	}
	for _, s := range d.Saved {
		c.Saved = append(c.Saved, personOf(s.Passenger))
	}
	for _, f := range d.Orders {
		o := copiedOrder{Order: f.Order.ID.String(), State: string(f.Order.State), Bought: f.Order.Created, Number: f.Run.Template.Number, Departs: f.Departs, TotalFen: int64(f.Order.Total)}
		for _, one := range f.Passengers {
			o.People = append(o.People, personOf(one))
		}
		c.Orders = append(c.Orders, o)
	}
	for _, m := range d.Messages {
		c.Messages = append(c.Messages, copiedMessage{m.Ticket.String(), string(m.Kind), string(m.State)})
	}
	for _, l := range d.Looks {
		c.Looks = append(c.Looks, copiedLook{l.At, string(l.Staff), l.By, l.Station, string(l.How), string(l.Why), l.Order.String()})
	}
	for _, f := range d.Faces {
		c.Faces = append(c.Faces, copiedFace{f.At, f.Ticket.String(), string(f.Kind), string(f.Who), f.Notice, f.Counts, f.By})
	}
	return c
}

// erase ends the account, once its owner has said that it is meant.
func (p *Pages) erase(w http.ResponseWriter, r *http.Request, s office.MemberSession) {
	if r.PostFormValue("sure") == "" {
		p.showData(w, r, s, http.StatusUnprocessableEntity, true)
		return
	}
	if err := p.Office.EraseMember(r.Context(), s.Member, "passenger page"); err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	if err := p.EndSession(w, r); err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	p.book.Show(w, r, http.StatusOK, "erased", nil)
}

func (p *Pages) signOutEverywhere(w http.ResponseWriter, r *http.Request, s office.MemberSession) {
	if err := p.Office.SignOutEverywhere(r.Context(), s.Member); err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	p.signOut(w, r)
}
