package desk

import (
	"net/http"
	"slices"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
	"chepiao/web/ui"
)

// messagesPage is what passengers were told: of one departure, or the call list
// of those whom nothing reached.
type messagesPage struct {
	Calls     bool
	Departure *ui.Trip // whose messages are listed; nil: of all
	State     chepiao.MessageState
	States    []chepiao.MessageState
	Rows      []messageRow
	Next      chepiao.MessageID // list on after this one; 0 at the end
	Today     []ui.Trip         // to choose from
	Once      string
	Note      *chepiao.Refusal
	Sent      bool // one was just sent anew
	Here      string
}

type messageRow struct {
	office.MessageLine
	Number string // of the departure
	Seat   int
	May    bool // it may be sent anew
}

// messagesMost bounds the messages on a page.
const messagesMost = 100

func (p *Pages) messageRoutes() map[string]page {
	return map[string]page{
		"GET " + home + "/calls":                      {ident.Tell, p.calls},
		"GET " + home + "/messages":                   {ident.Tell, p.messages},
		"POST " + home + "/messages/{message}/resend": {ident.Tell, p.resend},
	}
}

// calls is the call list: urgent messages that reached nobody.
func (p *Pages) calls(w http.ResponseWriter, r *http.Request) {
	p.showMessages(w, r, messagesPage{Calls: true}, nil)
}

func (p *Pages) messages(w http.ResponseWriter, r *http.Request) {
	p.showMessages(w, r, messagesPage{}, nil)
}

// resend has a message sent anew, and shows the list it was chosen from.
func (p *Pages) resend(w http.ResponseWriter, r *http.Request) {
	id, err := chepiao.ParseMessageID(r.PathValue("message"))
	if err == nil {
		_, err = p.Office.Resend(r.Context(), p.verb(r), id)
	}
	p.showMessages(w, r, messagesPage{Calls: r.PostFormValue("list") == "calls", Sent: err == nil}, err)
}

func (p *Pages) showMessages(w http.ResponseWriter, r *http.Request, page messagesPage, err error) {
	status := http.StatusOK
	if no := chepiao.AsRefusal(err); no != nil {
		page.Note, status = no, ui.Told(r, no)
	} else if err != nil {
		p.Fault(w, r, err)
		return
	}
	if err := p.fillMessages(w, r, &page); err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, status, "messages", page)
}

func (p *Pages) fillMessages(w http.ResponseWriter, r *http.Request, page *messagesPage) (err error) {
	q := office.MessageQuery{Lost: page.Calls, State: chepiao.MessageState(r.FormValue("state")), Limit: messagesMost}
	page.States = []chepiao.MessageState{chepiao.MessageDue, chepiao.MessageSent, chepiao.MessageDelivered, chepiao.MessageFailed, chepiao.MessageUnreachable, chepiao.MessageDropped}
	if !slices.Contains(page.States, q.State) || page.Calls {
		q.State = ""
	}
	page.State = q.State
	if text := r.FormValue("departure"); text != "" {
		if q.Departure, err = chepiao.ParseDepartureID(text); err != nil {
			return err
		}
	}
	if text := r.FormValue("after"); text != "" {
		if q.After, err = chepiao.ParseMessageID(text); err != nil {
			return err
		}
	}
	if page.Once, err = p.Secret(); err != nil {
		return err
	}
	page.Departure = p.tripOf(q.Departure)
	if err := p.addToday(w, r, page); err != nil {
		return err
	}
	if q.Departure == 0 && !q.Lost {
		return nil // nothing is chosen yet
	}
	lines, next, err := p.Office.Messages(r.Context(), q)
	page.Next = next
	for _, l := range lines {
		row := messageRow{MessageLine: l}
		if run, err := p.Office.Timetable().Run(l.Message.Departure); err == nil {
			row.Number = run.Template.Number
		}
		_, no := l.Message.Resend(p.Now())
		row.May = no == nil && !l.Phone.IsZero()
		page.Rows = append(page.Rows, row)
	}
	return err
}

// addToday offers the station's departures of the day with passengers.
func (p *Pages) addToday(w http.ResponseWriter, r *http.Request, page *messagesPage) error {
	station := p.Place(w, r)
	if station == nil {
		return nil
	}
	list, err := p.Office.DayBoard(r.Context(), p.Now(), chepiao.Clock(0).On(p.Today(), p.Office.Timetable().Zone), station.No, boardMost)
	for _, s := range list {
		if s.Sold > 0 {
			page.Today = append(page.Today, p.Trip(s.Run, s.Stop, len(s.Template.Stops)-1))
		}
	}
	return err
}
