package passenger

import (
	"net/http"
	"slices"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// waitForm is what a request for the waitlist asks beside the passengers: other
// departures that would do, and until when to wait.
type waitForm struct {
	Also  []waitChoice
	Most  int // departures in all
	Until []untilChoice
	Ends  time.Time // the latest
}

// waitChoice is another full departure of the day.
type waitChoice struct {
	ui.Trip
	Price chepiao.Money
	On    bool
}

// untilChoice is an end of a request: an empty value is the latest.
type untilChoice struct {
	Value string
	At    time.Time
	On    bool
}

// untilSteps are the ends that the form offers, from now.
var untilSteps = []time.Duration{time.Hour, 3 * time.Hour, 12 * time.Hour}

// waitForm makes the form for a departure that is full; nil when nobody waits for
// it any more.
func (p *Pages) waitForm(r *http.Request, page *departurePage) (*waitForm, error) {
	o := page.Offer
	rules := p.Office.RulesFor(p.Now(), o.Run, o.Board)
	ends := chepiao.WaitEnds(o.Last, rules)
	if !p.Now().Before(ends) {
		return nil, nil
	}
	f := &waitForm{Most: rules.WaitWanted, Ends: ends}
	offers, _, err := p.Office.Search(p.Now(), office.Question{From: page.From.No, To: page.To.No, Day: page.Day, Channel: chepiao.Online, Limit: listMost})
	if err != nil {
		return nil, err
	}
	chosen := r.PostForm["also"]
	for _, other := range offers {
		full := other.Refusal != nil && other.Refusal.Reason == chepiao.SoldOut
		if !full || other.ID == o.ID || !p.Now().Before(chepiao.WaitEnds(other.Last, rules)) {
			continue
		}
		on := slices.Contains(chosen, other.ID.String())
		f.Also = append(f.Also, waitChoice{p.Trip(other.Run, other.Board, other.Alight), other.Price, on})
	}
	until := r.PostFormValue("until")
	f.Until = append(f.Until, untilChoice{"", ends, until == ""})
	for _, step := range untilSteps {
		if at := p.Now().Add(step).Truncate(time.Minute); at.Before(ends) {
			value := at.UTC().Format(time.RFC3339)
			f.Until = append(f.Until, untilChoice{value, at, until == value})
		}
	}
	return f, nil
}

// wait puts the request of the form and goes on to the order's page, where it is
// paid; or shows the form again with what is wrong.
func (p *Pages) wait(w http.ResponseWriter, r *http.Request) {
	p.submit(w, r, p.askForm)
}

func (p *Pages) askForm(r *http.Request, page *departurePage) (chepiao.Order, error) {
	key, err := p.Secret()
	if err != nil {
		return chepiao.Order{}, err
	}
	in := office.WaitInput{
		Departures: []chepiao.DepartureID{page.ID}, From: page.From.No, To: page.To.No,
		Passengers: page.Form.Riders(), Channel: chepiao.Online, Outlet: "passenger page",
	}
	for _, s := range r.PostForm["also"] {
		id, err := chepiao.ParseDepartureID(s)
		if err != nil {
			return chepiao.Order{}, err
		}
		in.Departures = append(in.Departures, id)
	}
	if s := r.PostFormValue("until"); s != "" {
		if in.Until, err = time.Parse(time.RFC3339, s); err != nil {
			return chepiao.Order{}, chepiao.Refuse(chepiao.Invalid, "截止时间有误", "the end cannot be read").At("until")
		}
	}
	in.Member, _ = p.Member(r)
	a, err := p.Office.Wait(r.Context(), p.Now(), office.Verb{ID: page.Form.Once, By: ui.By(r)}, key, in)
	return a.Order, err
}

// shownWait is how a request stands, on the order's page.
type shownWait struct {
	Until  time.Time
	Places []waitPlace
	Paid   bool          // ahead
	Less   chepiao.Money // what the served departure costs less than was paid ahead
}

type waitPlace struct {
	ui.Trip
	Ahead int
}

// shownWait is nil for an order that was bought at once.
func (p *Pages) shownWait(r *http.Request, f office.File) (*shownWait, error) {
	o := f.Order
	if o.Wait == nil {
		return nil, nil
	}
	s := &shownWait{Until: o.Wait.Until, Paid: o.Payment != 0, Less: o.Wait.Prepaid - o.Total}
	ahead := map[chepiao.DepartureID]int{}
	places, err := p.Office.WaitPlaces(r.Context(), o)
	if err != nil {
		return nil, err
	}
	for _, place := range places {
		ahead[place.Departure] = place.Ahead
	}
	for _, id := range o.Wait.Departures {
		run, err := p.Office.Timetable().Run(id)
		if err != nil {
			return nil, err
		}
		if board, alight, err := run.Template.Find(o.From, o.To); err == nil {
			s.Places = append(s.Places, waitPlace{p.Trip(run, board, alight), ahead[id]})
		}
	}
	return s, nil
}

// queueLine is a ticket's place in the virtual queue of its flow departure.
type queueLine struct {
	Number, Ahead int
	Called        bool
	Text          string
}

// queueLine is nil where no number is given: on a fixed departure, on another
// day, or for a ticket that may not board.
func (p *Pages) queueLine(r *http.Request, run office.Run, t chepiao.Ticket) (*queueLine, error) {
	if run.Template.Kind != chepiao.Flow || t.State != chepiao.TicketValid || run.ID.Day() != p.Today() {
		return nil, nil
	}
	place, err := p.Office.QueuePlace(r.Context(), p.Now(), t.ID)
	if err != nil {
		return nil, err
	}
	return &queueLine{place.Number, place.Ahead, place.Called, ui.Language(r).Pick(place.Wait.Because.ZH, place.Wait.Because.EN)}, nil
}

// joinQueue and leaveQueue take a virtual queue number and give it up.
func (p *Pages) joinQueue(w http.ResponseWriter, r *http.Request) {
	p.queueUp(w, r, func(id chepiao.TicketID) error {
		_, err := p.Office.JoinQueue(r.Context(), p.verb(r), id)
		return err
	})
}

func (p *Pages) leaveQueue(w http.ResponseWriter, r *http.Request) {
	p.queueUp(w, r, func(id chepiao.TicketID) error {
		_, err := p.Office.LeaveQueue(r.Context(), p.verb(r), id)
		return err
	})
}

func (p *Pages) queueUp(w http.ResponseWriter, r *http.Request, do func(chepiao.TicketID) error) {
	p.act(w, r, func(order chepiao.OrderID) error {
		id, err := chepiao.ParseTicketID(r.PostFormValue("ticket"))
		if err != nil {
			return err
		}
		t, err := p.Office.Ticket(r.Context(), id)
		if err != nil || t.Order != order {
			return chepiao.Refuse(chepiao.NotFound, "该订单没有这张车票", "the order has no such ticket").At("ticket")
		}
		return do(id)
	})
}
