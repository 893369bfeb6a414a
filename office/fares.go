package office

import (
	"time"

	"chepiao"
)

// FareTable is what every kind of ticket costs on a departure between two stops,
// and why.
type FareTable struct {
	Run           Run
	Board, Alight int
	Rules         int64 // edition
	RealName      bool
	Names         chepiao.Explanation // why names are needed, or not
	ChildrenLeft  int                 // free children that the departure may still take
	Lines         []FareLine
}

// FareLine is one kind of ticket.
type FareLine struct {
	Kind    chepiao.TicketKind
	Fare    chepiao.Fare
	Items   []chepiao.FareItem // of the full fare, the base first
	Parts   []chepiao.FareItem // of the price
	Because chepiao.Explanation
}

// TicketKinds are the kinds in the order in which doors offer them; the free
// child is last and no ticket of its own.
var TicketKinds = []chepiao.TicketKind{chepiao.Full, chepiao.Half, chepiao.Student, chepiao.Discount, chepiao.Disabled, chepiao.Free}

// Fares says what a journey costs. Refusals as those of Offer.
func (o *Office) Fares(now time.Time, id chepiao.DepartureID, from, to chepiao.StationNo) (FareTable, error) {
	run, err := o.Timetable().OnOffer(id)
	if err != nil {
		return FareTable{}, err
	}
	board, alight, err := run.Template.Find(from, to)
	if err != nil {
		return FareTable{}, err
	}
	rules := o.RulesFor(now, run, board)
	f := FareTable{Run: run, Board: board, Alight: alight, Rules: rules.Version, ChildrenLeft: rules.Quota(run.Template.Seats, false)}
	f.RealName, f.Names = chepiao.RealName(run.Line, rules)
	if v := o.seen(run); v != nil {
		f.ChildrenLeft = max(rules.Quota(v.Seats.Places(), false)-v.Children, 0)
	}
	for _, kind := range TicketKinds {
		fare := chepiao.Price(run.Line, run.Template, board, alight, kind, rules)
		f.Lines = append(f.Lines, FareLine{kind, fare, fare.Items(rules), fare.Parts(rules), fare.Explain(kind, rules)})
	}
	return f, nil
}

// FareOf explains the price of a ticket by the rules that it pins. The sums of a
// ticket that was rebooked or moved are its own; ok is false where they are no
// longer those of its departure.
func (o *Office) FareOf(t chepiao.Ticket) (line FareLine, ok bool, err error) {
	run, err := o.Timetable().Run(t.Departure)
	if err != nil {
		return line, false, err
	}
	rules := o.rulesOf(t)
	fare := chepiao.Price(run.Line, run.Template, t.Board, t.Alight, t.Kind, rules)
	line = FareLine{t.Kind, fare, chepiao.ItemsOf(t.Full, t.Full, rules), chepiao.ItemsOf(t.Full, t.Price, rules), fare.Explain(t.Kind, rules)}
	return line, fare.Full == t.Full && fare.Price == t.Price, nil
}

// ChildInput asks how a child would travel.
type ChildInput struct {
	Departure chepiao.DepartureID
	From, To  chepiao.StationNo
	Birth     string // 2019-11-22; "" where unknown
	Height    int    // centimetres; 0 where not measured
	OwnSeat   bool
	FreeLeft  int // free children that its adult may still take
}

// ChildAnswer is how a child travels, for how much, and why.
type ChildAnswer struct {
	Kind         chepiao.TicketKind
	Price        chepiao.Money
	ChildrenLeft int // free children that the departure may still take
	Because      chepiao.Explanation
}

// Child says how a child would travel on a departure: its age counts on the day
// of travel. When the departure takes no more free children, who could be free
// travels at half fare. Refusals as those of Offer, Invalid for the birth date.
func (o *Office) Child(now time.Time, in ChildInput) (ChildAnswer, error) {
	f, err := o.Fares(now, in.Departure, in.From, in.To)
	if err != nil {
		return ChildAnswer{}, err
	}
	zone, rules := o.Timetable().Zone, o.RulesFor(now, f.Run, f.Board)
	first, _ := o.Span(f.Run, f.Board)
	a := admission{day: chepiao.DayOf(first.In(zone)), today: chepiao.DayOf(now.In(zone))}
	age, err := a.age(chepiao.Document{}, in.Birth)
	if err != nil {
		return ChildAnswer{}, err
	}
	answer := ChildAnswer{ChildrenLeft: f.ChildrenLeft}
	answer.Kind, answer.Because = chepiao.ChildDecision(age, in.Height, in.OwnSeat, in.FreeLeft, rules)
	if answer.Kind == chepiao.Free && f.ChildrenLeft == 0 {
		answer.Kind, answer.Because = chepiao.Half, chepiao.QuotaGone(f.Run.Template.Seats, rules)
	}
	for _, l := range f.Lines {
		if l.Kind == answer.Kind {
			answer.Price = l.Fare.Price
		}
	}
	return answer, nil
}
