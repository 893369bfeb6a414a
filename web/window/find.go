package window

import (
	"net/http"
	"regexp"
	"strings"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// findPage looks anything up: a ticket, an order, a voucher, a document, and for one
// day of this station a telephone or a name.
type findPage struct {
	Code, Kind, Nationality string
	Number                  string // of a departure
	Day                     chepiao.Day
	Why                     chepiao.LookWhy
	Whys                    []chepiao.LookWhy
	Found                   []foundTicket
	Asked                   bool
	Notes                   ui.Notes
}

// foundTicket is one of a person's tickets.
type foundTicket struct {
	chepiao.Ticket
	Trip ui.Trip
	Who  chepiao.Passenger // prints masked
	Link string
}

// foundMost bounds the tickets of a person that are shown, the latest.
const foundMost = 20

func (p *Pages) askFind(w http.ResponseWriter, r *http.Request) {
	p.book.Show(w, r, http.StatusOK, "find", findPage{Day: p.Today(), Whys: chepiao.LookWhys()})
}

// find leads to the order of what was typed or scanned; for a person it lists the
// tickets, on the answer itself: no number and no name stands in an address.
func (p *Pages) find(w http.ResponseWriter, r *http.Request) {
	page := findPage{
		Code: strings.TrimSpace(r.PostFormValue("code")), Kind: r.PostFormValue("kind"), Nationality: r.PostFormValue("nationality"), Number: strings.ToUpper(strings.TrimSpace(r.PostFormValue("number"))),
		Day: p.Today(), Why: chepiao.LookWhy(r.PostFormValue("why")), Whys: chepiao.LookWhys(), Asked: true, Notes: ui.Notes{},
	}
	if page.Why == "" {
		page.Why = chepiao.LookPresented
	}
	if day, err := chepiao.ParseDay(r.PostFormValue("day")); err == nil {
		page.Day = day
	}
	order, err := p.lookUp(w, r, &page)
	if err == nil && order != 0 {
		http.Redirect(w, r, orderLink(order), http.StatusSeeOther)
		return
	}
	status := http.StatusOK
	if refusal := chepiao.AsRefusal(err); refusal != nil {
		page.Notes["code"], status = refusal, ui.Told(r, refusal)
	} else if err != nil {
		p.Fault(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, status, "find", page)
}

var mobile = regexp.MustCompile(`^(\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}$`)

// lookUp tells by its looks what was typed. What has no digit is a name.
func (p *Pages) lookUp(w http.ResponseWriter, r *http.Request, page *findPage) (chepiao.OrderID, error) {
	switch {
	case mobile.MatchString(page.Code):
		return 0, p.findRiders(w, r, page, office.FindInput{Phone: page.Code})
	case page.Code != "" && !strings.ContainsAny(page.Code, "0123456789"):
		return 0, p.findRiders(w, r, page, office.FindInput{Name: page.Code})
	}
	read, err := ui.Guess(page.Code)
	if err != nil {
		return 0, err
	}
	if read.Code != "" {
		v := p.Office.Ring().Keys().Verify(read.Code, p.Now())
		if !v.Signed {
			return 0, v.Refusal
		}
		read.Ticket = v.Claims.Ticket
	}
	if read.Ticket != 0 {
		t, err := p.Office.Ticket(r.Context(), read.Ticket)
		return t.Order, err
	}
	if read.Order != 0 {
		_, err := p.Office.Look(r.Context(), read.Order)
		return read.Order, err
	}
	if page.Kind == "" {
		page.Kind = string(read.Document)
	}
	tickets, err := p.Office.LookUp(r.Context(), p.Now(), p.verb(r), office.LookUpInput{Kind: page.Kind, Number: read.Number, Nationality: page.Nationality, Why: page.Why, Limit: foundMost})
	if err != nil {
		return 0, err
	}
	return 0, p.show(r, page, tickets)
}

// findRiders looks for a name or a telephone among those who board here on a day.
func (p *Pages) findRiders(w http.ResponseWriter, r *http.Request, page *findPage, in office.FindInput) error {
	here := p.Place(w, r)
	if here == nil {
		return chepiao.Refuse(chepiao.Invalid, "请先选择本窗口所在车站", "choose this window's station first").At("code")
	}
	in.From, in.Day, in.Number, in.Why, in.Limit = here.No, page.Day, page.Number, page.Why, foundMost
	tickets, err := p.Office.FindRiders(r.Context(), p.verb(r), in)
	if err != nil {
		return err
	}
	return p.show(r, page, tickets)
}

// show lists what was found.
func (p *Pages) show(r *http.Request, page *findPage, tickets []chepiao.Ticket) error {
	for _, t := range tickets {
		run, err := p.Office.Timetable().Run(t.Departure)
		if err != nil {
			return err
		}
		one := foundTicket{Ticket: t, Trip: p.Trip(run, t.Board, t.Alight), Link: orderLink(t.Order)}
		f, err := p.Office.Look(r.Context(), t.Order)
		if err != nil {
			return err
		}
		if n := int64(t.ID) - int64(t.Order); n >= 1 && n <= int64(len(f.Passengers)) {
			one.Who = f.Passengers[n-1]
		}
		page.Found = append(page.Found, one)
	}
	return nil
}
