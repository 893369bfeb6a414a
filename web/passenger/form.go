package passenger

import (
	"fmt"
	"net/http"
	"strconv"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// form is who travels, as typed. It lives in the browser: nothing is kept here
// until the seats are held.
type form struct {
	Once  string // id of the request, so that it may be sent twice
	Rows  []row
	Any   bool // the system chooses the seats
	Seats map[int]bool
	Total chepiao.Money
	Notes ui.Notes // about the whole form
}

// row is one passenger.
type row struct {
	I                                      int
	Name, Kind, Number, Nationality, Phone string
	Ticket                                 chepiao.TicketKind
	Child                                  bool
	Price                                  chepiao.Money
	Born                                   string // what the number says, to compare: "1990-01-01"
	NameNote, KindNote, NumberNote         *chepiao.Refusal
	NationalityNote, PhoneNote, TicketNote *chepiao.Refusal
	ChildNote                              *chepiao.Refusal
	Removable                              bool
}

// rowsMost bounds the passengers of a form, whatever the rules say.
const rowsMost = 20

func (p *Pages) emptyForm() (form, error) {
	once, err := p.Secret()
	return form{Once: once, Rows: []row{{Kind: string(chepiao.ResidentID)}}, Any: true, Notes: ui.Notes{}}, err
}

// readForm takes the form as it was sent. It refuses nothing.
func readForm(r *http.Request) form {
	n, err := strconv.Atoi(r.PostFormValue("count"))
	if err != nil {
		n = 1
	}
	f := form{Once: r.PostFormValue("once"), Any: r.PostFormValue("seating") != "choose", Seats: map[int]bool{}, Notes: ui.Notes{}}
	for i := range min(max(n, 1), rowsMost) {
		get := func(name string) string { return r.PostFormValue(fmt.Sprintf("p%d_%s", i, name)) }
		one := row{I: i, Name: get("name"), Kind: get("kind"), Number: get("number"), Nationality: get("nationality"), Phone: get("phone"), Child: get("child") != ""}
		if one.Ticket, err = chepiao.ParseTicketKind(get("ticket")); err != nil {
			one.TicketNote = chepiao.AsRefusal(err)
		}
		if one.Kind == "" {
			one.Kind = string(chepiao.ResidentID)
		}
		f.Rows = append(f.Rows, one)
	}
	for _, s := range r.PostForm["seat"] {
		if seat, err := strconv.Atoi(s); err == nil && len(f.Seats) < rowsMost {
			f.Seats[seat] = true
		}
	}
	return f
}

// check judges every field by the rules of the domain. In a draft an empty
// field is only not filled in yet.
func (f *form) check(today chepiao.Day, draft bool) (good bool) {
	good = true
	for i := range f.Rows {
		o := &f.Rows[i]
		judge := func(typed string, into **chepiao.Refusal, err error) {
			if r := chepiao.AsRefusal(err); r != nil && !(draft && typed == "") {
				*into, good = r, false
			}
		}
		_, err := chepiao.NewName(o.Name)
		judge(o.Name, &o.NameNote, err)
		doc, err := chepiao.NewDocument(chepiao.DocumentKind(o.Kind), o.Number, o.Nationality, today)
		if r := chepiao.AsRefusal(err); r != nil && r.Field == "document.nationality" {
			judge(o.Nationality, &o.NationalityNote, err)
		} else if r != nil && r.Field == "document.kind" {
			judge(o.Kind, &o.KindNote, err)
		} else {
			judge(o.Number, &o.NumberNote, err)
		}
		if born, ok := doc.Born(); ok && err == nil {
			o.Born = born.String()
		}
		_, err = chepiao.NewPhone(o.Phone)
		judge(o.Phone, &o.PhoneNote, err)
		good = good && o.TicketNote == nil
	}
	return good
}

// place puts a refusal of the office beside the field it is about.
func (f *form) place(r *chepiao.Refusal) {
	var i int
	var field string
	if n, _ := fmt.Sscanf(r.Field, "passengers[%d].%s", &i, &field); n == 2 && i < len(f.Rows) {
		o := &f.Rows[i]
		for name, into := range map[string]**chepiao.Refusal{
			"name": &o.NameNote, "document.kind": &o.KindNote, "document.number": &o.NumberNote,
			"document.nationality": &o.NationalityNote, "phone": &o.PhoneNote, "kind": &o.TicketNote, "children": &o.ChildNote,
		} {
			if name == field {
				*into = r
				return
			}
		}
	}
	f.Notes[""] = r
}

// riders are the passengers as the office takes them.
func (f *form) riders() []office.Rider {
	riders := make([]office.Rider, len(f.Rows))
	for i, o := range f.Rows {
		riders[i] = office.Rider{Name: o.Name, Document: o.Kind, Number: o.Number, Nationality: o.Nationality, Phone: o.Phone, Kind: o.Ticket}
		if o.Child {
			riders[i].Children = 1
		}
	}
	return riders
}

// finish works out what the form shows: prices, the sum, which rows may go.
func (p *Pages) finish(_ *http.Request, page *departurePage) {
	f := &page.Form
	f.Total = 0
	for i := range f.Rows {
		o := &f.Rows[i]
		o.I, o.Price, o.Removable = i, page.price(o.Ticket), len(f.Rows) > 1
		f.Total += o.Price
	}
}
