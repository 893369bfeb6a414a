package office

import (
	"fmt"
	"strings"
	"time"

	"chepiao"
	"chepiao/store"
)

// Rider is one passenger as a door hands it in, unchecked. A child without a
// document has none of its own and names its guardian; at a window of a line
// that needs no real names, anybody may go without.
type Rider struct {
	Name        string
	Document    string // kind, as chepiao.DocumentKind spells it
	Number      string
	Nationality string // passports only
	Phone       string // may be empty
	Kind        chepiao.TicketKind
	Children    int // accompanying free children

	Proof       chepiao.Proof `json:",omitempty"` // what a reduced fare rests on
	Guardian    *int          `json:",omitempty"` // of a child: place of its adult among the passengers, from 0
	Birth       string        `json:",omitempty"` // of a child without a document: 2019-11-22, or "" where unknown
	Height      int           `json:",omitempty"` // of a child, centimetres, where measured
	Accompanied []Child       `json:",omitempty"` // free children who give their names; at most Children
}

// Child is a free child who gives a name, so that rescuers know of it. The
// document is optional.
type Child struct {
	Name        string
	Document    string `json:",omitempty"`
	Number      string `json:",omitempty"`
	Nationality string `json:",omitempty"`
	Height      int    `json:",omitempty"`
}

// admission checks the passengers of a request for one departure.
type admission struct {
	office *Office
	run    Run
	day    chepiao.Day // of travel, which ages are counted on
	today  chepiao.Day
	rules  *chepiao.Rules
	wish   *chepiao.Wish

	passengers []chepiao.Passenger
	because    []chepiao.Explanation
}

// admit checks and seals the passengers of a request, names them by token in the
// wish, gives every child an adult, and says what the rules made of their kinds.
// wish has its channel and stops. Refusals: Invalid and DocumentNotOnline field
// by field, NotEligible, ChildNeedsAdult.
func (o *Office) admit(riders []Rider, run Run, now time.Time, rules *chepiao.Rules, wish *chepiao.Wish) ([]store.Sealed, []chepiao.Explanation, error) {
	if len(riders) == 0 || len(riders) > ridersMax {
		return nil, nil, chepiao.Refuse(chepiao.Invalid, fmt.Sprintf("乘车人应为 1 到 %d 人", ridersMax), fmt.Sprintf("name 1 to %d passengers", ridersMax)).At("passengers")
	}
	zone := o.Timetable().Zone
	first, _ := o.Span(run, wish.Board)
	a := admission{office: o, run: run, day: chepiao.DayOf(first.In(zone)), today: chepiao.DayOf(now.In(zone)), rules: rules, wish: wish, passengers: make([]chepiao.Passenger, len(riders))}
	wish.Riders = make([]chepiao.Rider, len(riders))
	for i := range riders {
		if err := a.rider(i, &riders[i]); err != nil {
			return nil, nil, within(fmt.Sprintf("passengers[%d].", i), err)
		}
	}
	if err := wish.Accompany(rules); err != nil {
		return nil, nil, err
	}
	a.dependents(riders)
	people, err := a.seal()
	return people, a.because, err
}

// rider checks one passenger; a child without a document gets its guardian's
// later.
func (a *admission) rider(i int, r *Rider) (err error) {
	p, who := &a.passengers[i], &a.wish.Riders[i]
	who.Kind, who.Children = r.Kind, r.Children
	if r.Guardian != nil {
		if who.Guardian = *r.Guardian + 1; who.Guardian < 1 {
			who.Guardian = -1 // Accompany refuses it
		}
	}
	nameless, err := a.identify(p, r)
	if err != nil {
		return err
	}
	if p.Phone, err = chepiao.NewPhone(r.Phone); err != nil {
		return err
	}
	claim := chepiao.Claim{Kind: r.Kind, Proof: r.Proof, Age: -1, HeightCM: r.Height, Dependent: r.dependent()}
	if claim.Age, err = a.age(p.Document, r.Birth); err != nil {
		return err
	}
	who.Minor = claim.Age >= 0 && claim.Age <= a.rules.HalfAge
	proof, why, no := claim.Eligible(a.wish.Channel, a.rules)
	if no != nil {
		return no
	}
	who.Proof = proof
	if why != nil {
		a.because = append(a.because, *why)
	}
	if nameless != nil {
		a.because = append(a.because, *nameless)
	}
	return a.children(p, r)
}

// dependent says that the passenger is a child on its guardian's document.
func (r *Rider) dependent() bool { return r.Guardian != nil && r.Document == "" && r.Number == "" }

// identify reads name and document, and says why none was needed.
func (a *admission) identify(p *chepiao.Passenger, r *Rider) (nameless *chepiao.Explanation, err error) {
	none := r.Document == "" && r.Number == ""
	if none && r.Guardian == nil && a.wish.Channel == chepiao.Window {
		if needed, why := chepiao.RealName(a.run.Line, a.rules); !needed {
			nameless = &why
		}
	}
	if nameless == nil || r.Name != "" {
		if p.Name, err = chepiao.NewName(r.Name); err != nil {
			return nil, err
		}
	}
	if nameless != nil || r.dependent() {
		return nameless, nil
	}
	if p.Document, err = chepiao.NewDocument(chepiao.DocumentKind(r.Document), r.Number, r.Nationality, a.today); err != nil {
		return nil, err
	}
	return nil, p.Document.SoldOn(a.wish.Channel)
}

// age is what the document says, else the birth date that was given for a child;
// -1 where neither does.
func (a *admission) age(doc chepiao.Document, birth string) (int, error) {
	if years, known := doc.Age(a.day); known || birth == "" {
		if !known {
			years = -1
		}
		return years, nil
	}
	born, err := chepiao.ParseDay(birth)
	if err == nil && born > a.today {
		err = chepiao.Refuse(chepiao.Invalid, "出生日期不能晚于今天", "the birth date is in the future")
	}
	if err != nil {
		return 0, chepiao.AsRefusal(err).At("birth")
	}
	return chepiao.CompletedAge(born, a.day), nil
}

// children reads the free children who give their names. Who is named must be
// free by age or height, as far as either is known.
func (a *admission) children(p *chepiao.Passenger, r *Rider) error {
	if len(r.Accompanied) > max(r.Children, 0) {
		return chepiao.Refuse(chepiao.Invalid, "填写的免票儿童多于携童人数", "more free children are named than travel along").At("accompanied")
	}
	for j, c := range r.Accompanied {
		one, why, err := a.child(c)
		if err != nil {
			return within(fmt.Sprintf("accompanied[%d].", j), err)
		}
		p.Children, a.because = append(p.Children, one), append(a.because, why)
	}
	if n := r.Children - len(r.Accompanied); n > 0 {
		a.because = append(a.because, chepiao.DeclaredFree(n, a.rules))
	}
	return nil
}

func (a *admission) child(c Child) (one chepiao.Passenger, why chepiao.Explanation, err error) {
	if one.Name, err = chepiao.NewName(c.Name); err != nil {
		return one, why, err
	}
	if c.Document != "" || c.Number != "" {
		if one.Document, err = chepiao.NewDocument(chepiao.DocumentKind(c.Document), c.Number, c.Nationality, a.today); err != nil {
			return one, why, err
		}
	}
	age, err := a.age(one.Document, "")
	if err != nil || age < 0 && c.Height <= 0 {
		return one, chepiao.DeclaredFree(1, a.rules), err
	}
	kind, why := chepiao.ChildDecision(age, c.Height, false, 1, a.rules)
	if kind != chepiao.Free {
		return one, why, chepiao.Refuse(chepiao.NotEligible, "该儿童不能免票:"+why.ZH, "this child does not travel free: "+why.EN).By(why.Rule, a.rules, why.Inputs...)
	}
	return one, why, nil
}

// dependents gives children without a document their guardian's.
func (a *admission) dependents(riders []Rider) {
	for i, p := range a.passengers {
		a.wish.Riders[i].Token = chepiao.TokenOf(a.office.secret.node, p.Document)
	}
	children := map[int]int{} // of a guardian
	for i := range riders {
		if !riders[i].dependent() {
			continue
		}
		g := a.wish.Riders[i].Guardian - 1
		children[g]++
		a.passengers[i].Document = a.passengers[g].Document
		a.wish.Riders[i].Token = chepiao.ChildToken(a.wish.Riders[g].Token, children[g])
	}
}

func (a *admission) seal() ([]store.Sealed, error) {
	people := make([]store.Sealed, len(a.passengers))
	for i, p := range a.passengers {
		var err error
		if people[i], err = a.office.secret.seal(p, a.wish.Riders[i].Token); err != nil {
			return nil, err
		}
	}
	return people, nil
}

// passenger is who travels on a document of their own.
func (r Rider) passenger(today chepiao.Day) (p chepiao.Passenger, err error) {
	if p.Name, err = chepiao.NewName(r.Name); err != nil {
		return p, err
	}
	if p.Document, err = chepiao.NewDocument(chepiao.DocumentKind(r.Document), r.Number, r.Nationality, today); err != nil {
		return p, err
	}
	p.Phone, err = chepiao.NewPhone(r.Phone)
	return p, err
}

// within puts a prefix before the field of a refusal.
func within(prefix string, err error) error {
	if r := chepiao.AsRefusal(err); r != nil {
		return r.At(strings.TrimSuffix(prefix+r.Field, "."))
	}
	return err
}
