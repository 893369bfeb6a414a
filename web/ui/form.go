package ui

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"chepiao"
	"chepiao/office"
)

// Form is who travels, as typed. It lives in the browser: nothing is kept here
// until the seats are held.
type Form struct {
	Once  string // id of the request, so that it may be sent twice
	Rows  []Row
	Any   bool // the system chooses the seats
	Seats map[int]bool
	Total chepiao.Money
	Notes Notes // about the whole form
}

// Row is one passenger.
type Row struct {
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

	Guardian  int    // of a child without a document: place of its adult
	Others    []int  // places of the other passengers, to choose from
	Birth     string // of a child without a document
	BirthNote *chepiao.Refusal
	Proof     string // what a reduced fare rests on
	Height    string // of a child, in centimetres, measured at a window
	ChildName string // of the free child who goes along; may be empty

	Saved, SavedName, SavedNumber string // of a saved passenger: number, and what shows of them (saved.go)
}

// Choices beside the kinds of documents: AutoKind guesses the kind from the
// number, WithGuardian is a child on its adult's document, NoDocument a
// passenger who needs none.
const (
	AutoKind     = "auto"
	WithGuardian = "guardian"
	NoDocument   = "none"
)

// Dependent and Nameless say which of these was chosen.
func (o Row) Dependent() bool { return o.Kind == WithGuardian }
func (o Row) Nameless() bool  { return o.Kind == NoDocument }

// DocumentKind is the chosen kind of document, or the one its number looks
// like.
func (o Row) DocumentKind() chepiao.DocumentKind {
	if o.Kind != AutoKind {
		return chepiao.DocumentKind(o.Kind)
	}
	return GuessDocument(strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(strings.TrimSpace(o.Number))))
}

// Passport tells that the nationality is needed, too.
func (o Row) Passport() bool {
	return o.Kind == string(chepiao.Passport) || o.Kind == AutoKind && o.Number != "" && o.DocumentKind() == chepiao.Passport
}

// rowsMost bounds the passengers of a form, whatever the rules say.
const rowsMost = 20

// NewForm is an empty form for one passenger with a kind of document.
func (k *Kit) NewForm(kind string) (Form, error) {
	once, err := k.Secret()
	return Form{Once: once, Rows: []Row{{Kind: kind}}, Any: true, Notes: Notes{}}, err
}

// ReadForm takes the form as it was sent. It refuses nothing.
func ReadForm(r *http.Request) Form {
	n, err := strconv.Atoi(r.PostFormValue("count"))
	if err != nil {
		n = 1
	}
	f := Form{Once: r.PostFormValue("once"), Any: r.PostFormValue("seating") != "choose", Seats: map[int]bool{}, Notes: Notes{}}
	for i := range min(max(n, 1), rowsMost) {
		get := func(name string) string { return r.PostFormValue(fmt.Sprintf("p%d_%s", i, name)) }
		one := Row{I: i, Name: get("name"), Kind: get("kind"), Number: get("number"), Nationality: get("nationality"), Phone: get("phone"), Child: get("child") != "",
			Birth: get("birth"), Proof: get("proof"), Height: get("height"), ChildName: get("childname"), Saved: get("saved")}
		one.Guardian, _ = strconv.Atoi(get("guardian"))
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

// Check judges every field by the rules of the domain. In a draft an empty
// field is only not filled in yet.
func (f *Form) Check(today chepiao.Day, draft bool) (good bool) {
	good = true
	for i := range f.Rows {
		o := &f.Rows[i]
		judge := func(typed string, into **chepiao.Refusal, err error) {
			if r := chepiao.AsRefusal(err); r != nil && !(draft && typed == "") {
				*into, good = r, false
			}
		}
		_, err := chepiao.NewPhone(o.Phone)
		judge(o.Phone, &o.PhoneNote, err)
		good = good && o.TicketNote == nil
		if o.Nameless() && o.Name == "" {
			continue
		}
		_, err = chepiao.NewName(o.Name)
		judge(o.Name, &o.NameNote, err)
		if o.Dependent() || o.Nameless() {
			if o.Dependent() && o.Birth != "" {
				_, err = chepiao.ParseDay(o.Birth)
				judge(o.Birth, &o.BirthNote, err)
			}
			continue
		}
		doc, err := chepiao.NewDocument(o.DocumentKind(), o.Number, o.Nationality, today)
		if r := chepiao.AsRefusal(err); r != nil && r.Field == "document.nationality" {
			judge(o.Nationality, &o.NationalityNote, err)
		} else if r != nil && r.Field == "document.kind" {
			judge(o.Kind, &o.KindNote, err)
		} else {
			judge(o.Number, &o.NumberNote, err)
		}
		if born, ok := doc.Birth(); ok && err == nil {
			o.Born = born.String()
		}
	}
	return good
}

// Place puts a refusal of the office beside the field it is about.
func (f *Form) Place(r *chepiao.Refusal) {
	var i int
	var field string
	if n, _ := fmt.Sscanf(r.Field, "passengers[%d].%s", &i, &field); n == 2 && i < len(f.Rows) {
		o := &f.Rows[i]
		for name, into := range map[string]**chepiao.Refusal{
			"name": &o.NameNote, "document.kind": &o.KindNote, "document.number": &o.NumberNote,
			"document.nationality": &o.NationalityNote, "phone": &o.PhoneNote, "kind": &o.TicketNote, "children": &o.ChildNote,
			"proof": &o.TicketNote, "guardian": &o.KindNote, "birth": &o.BirthNote, "accompanied[0].name": &o.ChildNote,
		} {
			if name == field {
				*into = r
				return
			}
		}
	}
	f.Notes[""] = r
}

// Riders are the passengers as the office takes them.
func (f *Form) Riders() []office.Rider {
	riders := make([]office.Rider, len(f.Rows))
	for i, o := range f.Rows {
		r := office.Rider{Name: o.Name, Phone: o.Phone, Kind: o.Ticket, Proof: chepiao.Proof(o.Proof)}
		if _, err := chepiao.ParseProof(o.Proof); err != nil || o.Ticket == chepiao.Full {
			r.Proof = ""
		}
		switch {
		case o.Dependent():
			guardian := o.Guardian
			r.Guardian, r.Birth = &guardian, o.Birth
		case !o.Nameless():
			r.Document, r.Number, r.Nationality = string(o.DocumentKind()), o.Number, o.Nationality
		}
		if o.Ticket == chepiao.Half {
			r.Height, _ = strconv.Atoi(strings.TrimSpace(o.Height))
			if r.Height > 0 {
				r.Proof = chepiao.ProofHeight
			}
		}
		if o.Child {
			r.Children = 1
			if o.ChildName != "" {
				r.Accompanied = []office.Child{{Name: o.ChildName}}
			}
		}
		riders[i] = r
	}
	return riders
}

// Finish works out what the form shows: prices, the sum, which rows may go.
func (f *Form) Finish(price func(chepiao.TicketKind) chepiao.Money) {
	f.Total = 0
	for i := range f.Rows {
		o := &f.Rows[i]
		o.I, o.Price, o.Removable = i, price(o.Ticket), len(f.Rows) > 1
		f.Total += o.Price
		o.Others = nil
		for other := range f.Rows {
			if other != i {
				o.Others = append(o.Others, other)
			}
		}
		if !slices.Contains(o.Others, o.Guardian) && len(o.Others) > 0 {
			o.Guardian = o.Others[0]
		}
	}
}

// Act carries out a form's button: one passenger more ("add") or less
// ("remove.2").
func (f *Form) Act(act string, most int) {
	switch what, which, _ := strings.Cut(act, "."); what {
	case "add":
		if len(f.Rows) < most {
			f.Rows = append(f.Rows, Row{Kind: f.Rows[0].Kind})
		}
	case "remove":
		if i, err := strconv.Atoi(which); err == nil && i >= 0 && i < len(f.Rows) && len(f.Rows) > 1 {
			f.Rows = slices.Delete(f.Rows, i, i+1)
		}
	}
}
