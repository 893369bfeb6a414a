package passenger

import (
	"net/http"
	"slices"
	"time"

	"chepiao"
	"chepiao/office"
)

// choice is the banner of an order whose journey an act has changed: what its
// passengers may choose, each with one tap, for all of them at once.
type choice struct {
	Link    string
	Once    string
	Because chepiao.Explanation
	Reason  string // the dispatcher's words
	Until   time.Time
	Overdue bool
	Waits   bool // a second coach is wanted already
	Choices []chepiao.Choice
	Next    []office.Offer
}

// nextMax bounds the departures that are offered instead.
const nextMax = 3

// choiceOf is nil when nobody of the order has anything to choose.
func (p *Pages) choiceOf(r *http.Request, f office.File, once string) (*choice, error) {
	asked := slices.ContainsFunc(f.Tickets, func(t chepiao.Ticket) bool { return t.Case != 0 })
	if !asked {
		return nil, nil
	}
	cases, err := p.Office.CasesOf(r.Context(), f.Order.ID)
	if err != nil {
		return nil, err
	}
	cases = slices.DeleteFunc(cases, func(c chepiao.Case) bool { return !c.State.Stands() })
	if len(cases) == 0 {
		return nil, nil
	}
	first := cases[0]
	c := &choice{Link: orderLink(f.Order) + "/choose", Once: once, Because: first.Because, Reason: first.Reason, Until: first.Until, Waits: first.State == chepiao.CaseWaits, Choices: first.Choices}
	for _, other := range cases {
		c.Choices = slices.DeleteFunc(slices.Clone(c.Choices), func(one chepiao.Choice) bool {
			return !slices.Contains(other.Choices, one) || one == other.Choice
		})
		c.Overdue = c.Overdue || other.Overdue(p.Now())
	}
	if at := slices.Index(c.Choices, chepiao.ChooseNext); at >= 0 {
		c.Choices = slices.Delete(c.Choices, at, at+1)
		t := f.Tickets[slices.IndexFunc(f.Tickets, func(t chepiao.Ticket) bool { return t.ID == first.Ticket })]
		c.Next, err = p.Office.Alternatives(p.Now(), t, len(cases), nextMax, chepiao.Online)
	}
	return c, err
}

// choose does what the passengers of an order chose.
func (p *Pages) choose(w http.ResponseWriter, r *http.Request) {
	f, err := p.file(r)
	if err != nil {
		p.book.Refused(w, r, err, home+"/find")
		return
	}
	in := office.ChoiceInput{Order: f.Order.ID, Choice: chepiao.Choice(r.PostFormValue("choice"))}
	if in.Choice == chepiao.ChooseNext {
		in.Departure, err = chepiao.ParseDepartureID(r.PostFormValue("departure"))
	}
	var a office.Answer
	if err == nil {
		a, err = p.Office.Choose(r.Context(), p.Now(), p.verb(r), in)
	}
	if err == nil {
		next := a.Order
		next.Key = f.Order.Key // the journal does not hold it
		ownMoved(w, r, f, next)
		http.Redirect(w, r, orderLink(next), http.StatusSeeOther)
		return
	}
	refusal := chepiao.AsRefusal(err)
	if refusal == nil {
		p.Fault(w, r, err)
		return
	}
	p.showOrder(w, r, http.StatusConflict, f, refusal)
}
