package office

import (
	"context"
	"fmt"
	"sync"
	"time"

	"chepiao"
	"chepiao/store"
)

// namesVerified is what was learned of the names of a request.
type namesVerified struct {
	because []chepiao.Explanation // one for each kind of answer
	fresh   []store.NameCheck     // answers to be remembered with the order
}

// nameAsked is one passenger whose name is verified.
type nameAsked struct {
	place   int // among the passengers
	name    chepiao.Name
	doc     chepiao.Document
	person  chepiao.PersonToken
	hash    []byte
	verdict chepiao.NameVerdict
	fresh   bool // asked just now
}

// verifyNames asks the service of names about the passengers of a purchase on line,
// before anything is locked or written: a service that is slow holds up its buyer
// only. A match is remembered for chepiao.NameGood, so a person is asked for once a
// month. Who cannot be asked for is sold to, and noted. Passengers whose name or
// document is malformed are left to those who refuse them. Refusal NameMismatch at
// the passenger.
func (o *Office) verifyNames(ctx context.Context, now time.Time, channel chepiao.Channel, id chepiao.DepartureID, from, to chepiao.StationNo, riders []Rider) (v namesVerified, err error) {
	if o.names == nil || channel != chepiao.Online || len(riders) > ridersMax {
		return v, nil
	}
	run, no := o.Timetable().OnOffer(id)
	if no != nil {
		return v, nil // said where the departure is held
	}
	board, _, no := run.Template.Find(from, to)
	if no != nil {
		return v, nil
	}
	rules := o.RulesFor(now, run, board)
	if rules.NameVerify == chepiao.NamesUnverified {
		return v, nil
	}
	asked, err := o.namesOf(now, riders)
	if err != nil {
		return v, err
	}
	if err := o.recallNames(ctx, now, asked); err != nil {
		return v, err
	}
	o.askNames(ctx, now, asked)
	return o.judgeNames(ctx, now, asked, rules)
}

func (o *Office) namesOf(now time.Time, riders []Rider) (asked []nameAsked, err error) {
	today := o.today(now)
	for i, r := range riders {
		p, err := Rider{Name: r.Name, Document: r.Document, Number: r.Number, Nationality: r.Nationality}.passenger(today)
		if err != nil {
			continue
		}
		one := nameAsked{place: i, name: p.Name, doc: p.Document, person: chepiao.TokenOf(o.secret.node, p.Document)}
		if one.hash, err = o.secret.inputHash([]any{"name", one.person.String(), p.Name.Reveal()}); err != nil {
			return nil, err
		}
		asked = append(asked, one)
	}
	return asked, nil
}

// recallNames looks what was said of them before, and refuses those for whose
// document too many names were tried.
func (o *Office) recallNames(ctx context.Context, now time.Time, asked []nameAsked) error {
	return o.store.Read(ctx, func(r *store.Reader) error {
		for i := range asked {
			a := &asked[i]
			known, err := r.NameCheck(a.hash, now.Add(-chepiao.NameGood))
			if err != nil {
				return err
			}
			if chepiao.NameVerdict(known) == chepiao.NameMatches {
				a.verdict = chepiao.NameMatches
				continue
			}
			wrong, err := r.NamesTried(a.person, string(chepiao.NameDiffers), now.Add(-24*time.Hour))
			if err != nil {
				return err
			}
			if no := chepiao.NameTries(wrong); no != nil {
				return within(fmt.Sprintf("passengers[%d].", a.place), no)
			}
		}
		return nil
	})
}

// askNames asks for all who are not known, at once.
func (o *Office) askNames(ctx context.Context, now time.Time, asked []nameAsked) {
	var asking sync.WaitGroup
	for i := range asked {
		a := &asked[i]
		if a.verdict != "" {
			continue
		}
		asking.Go(func() {
			a.fresh = true
			var err error
			if a.verdict, err = o.names.Verify(ctx, now, a.name, a.doc); err != nil {
				a.verdict, a.fresh = chepiao.NameNotAsked, false // never the passenger's fault
			}
		})
	}
	asking.Wait()
}

// judgeNames decides by the rule. A name that is refused is remembered at once, the
// others with their order.
func (o *Office) judgeNames(ctx context.Context, now time.Time, asked []nameAsked, rules *chepiao.Rules) (v namesVerified, err error) {
	counted := map[chepiao.NameVerdict]int{}
	for _, a := range asked {
		check := store.NameCheck{Hash: a.hash, Person: a.person, Verdict: string(a.verdict), At: now}
		why, no := chepiao.NameCheck(a.verdict, rules)
		if no != nil {
			if err := o.store.Write(ctx, func(tx *store.Tx) error { tx.PutNameCheck(check); return nil }); err != nil {
				return v, err
			}
			return v, within(fmt.Sprintf("passengers[%d].", a.place), no)
		}
		if a.fresh {
			v.fresh = append(v.fresh, check)
		}
		if counted[a.verdict]++; why != nil && counted[a.verdict] == 1 {
			v.because = append(v.because, *why)
		}
	}
	for i, b := range v.because {
		verdict := chepiao.NameVerdict(b.Inputs[1].Value)
		v.because[i].Inputs = append(b.Inputs, chepiao.Given("passengers", counted[verdict]))
	}
	return v, nil
}

// owned links a new order to whoever is signed in, and remembers what was said of
// the names in it.
func owned(tx *store.Tx, id chepiao.OrderID, member chepiao.MemberID, fresh []store.NameCheck) {
	if member != 0 {
		tx.LinkOrder(id, member)
	}
	for _, n := range fresh {
		tx.PutNameCheck(n)
	}
}
