package office

import (
	"context"
	"fmt"
	"time"

	"chepiao"
	"chepiao/store"
)

// Saved is a passenger whom a member has saved. It prints masked.
type Saved struct {
	ID        chepiao.SavedID
	Passenger chepiao.Passenger
	Created   time.Time
}

// SaveInput is a passenger to be saved, as typed.
type SaveInput struct {
	ID          chepiao.SavedID // 0: a new one
	Name        string
	Document    string // kind, as chepiao.DocumentKind spells it
	Number      string
	Nationality string
	Phone       string // may be empty
	Consent     bool   // of the guardian, for a child under chepiao.GuardianUnder
}

// SavePassenger keeps somebody to buy for again, or changes who was kept. Somebody
// whose document is saved already is changed, not kept twice. Refusals: Invalid
// field by field, and at consent for a child; TooMany beyond chepiao.SavedMax;
// NotFound for one that is not the member's.
func (o *Office) SavePassenger(ctx context.Context, now time.Time, member chepiao.MemberID, in SaveInput) (id chepiao.SavedID, err error) {
	today := o.today(now)
	p, err := Rider{Name: in.Name, Document: in.Document, Number: in.Number, Nationality: in.Nationality, Phone: in.Phone}.passenger(today)
	if err != nil {
		return 0, err
	}
	if err := p.Document.SoldOn(chepiao.Online); err != nil {
		return 0, err
	}
	if age, known := p.Document.Age(today); known && age < chepiao.GuardianUnder && !in.Consent {
		return 0, chepiao.Refuse(chepiao.Invalid, fmt.Sprintf("不满 %d 周岁的儿童须由监护人同意", chepiao.GuardianUnder),
			fmt.Sprintf("for a child under %d its guardian must agree", chepiao.GuardianUnder)).At("consent")
	}
	row := store.SavedPassenger{Member: member, Person: chepiao.TokenOf(o.secret.node, p.Document)}
	if row.Sealed, err = o.secret.seal(p, row.Person); err != nil {
		return 0, err
	}
	err = o.store.Write(ctx, func(tx *store.Tx) error {
		list, err := savedOf(tx.AccountReader(), member)
		if err != nil {
			return err
		}
		was := store.SavedPassenger{}
		for _, s := range list {
			switch {
			case s.ID == in.ID, in.ID == 0 && s.Person == row.Person:
				was = s
			case s.Person == row.Person:
				return chepiao.Refuse(chepiao.Invalid, "该证件已在常用乘车人中", "this document is saved already").At("document.number")
			}
		}
		switch {
		case was.ID != 0:
			row.ID, row.Version = was.ID, was.Version+1
			tx.PutPassenger(row)
		case in.ID != 0:
			return noSuchSaved
		case len(list) >= chepiao.SavedMax:
			return chepiao.Refuse(chepiao.TooMany, fmt.Sprintf("常用乘车人最多 %d 位", chepiao.SavedMax), fmt.Sprintf("at most %d passengers can be saved", chepiao.SavedMax))
		default:
			row.ID, row.Version, row.Created = chepiao.SavedID(tx.NextIDs(1)), 1, tx.Now
			tx.SavePassenger(row)
		}
		id = row.ID
		return nil
	})
	return id, err
}

var noSuchSaved = chepiao.Refuse(chepiao.NotFound, "没有这位常用乘车人", "no such passenger is saved").At("saved")

func savedOf(r *store.Reader, member chepiao.MemberID) ([]store.SavedPassenger, error) {
	return r.SavedPassengers(member, chepiao.SavedMax+1)
}

// SavedPassengers are those whom a member has saved, in the order in which they
// came.
func (o *Office) SavedPassengers(ctx context.Context, member chepiao.MemberID) (list []Saved, err error) {
	var rows []store.SavedPassenger
	err = o.store.Read(ctx, func(r *store.Reader) error {
		rows, err = savedOf(r, member)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		p, err := o.secret.open(row.Sealed, row.Person)
		if err != nil {
			return nil, fmt.Errorf("opening saved passenger %s: %w", row.ID, err)
		}
		list = append(list, Saved{row.ID, p, row.Created})
	}
	return list, nil
}

// SavedPassenger is one of them. Refusal NotFound, also for somebody else's.
func (o *Office) SavedPassenger(ctx context.Context, member chepiao.MemberID, id chepiao.SavedID) (Saved, error) {
	list, err := o.SavedPassengers(ctx, member)
	if err != nil {
		return Saved{}, err
	}
	for _, s := range list {
		if s.ID == id {
			return s, nil
		}
	}
	return Saved{}, noSuchSaved
}

// ForgetPassenger removes one of a member's saved passengers, if it is there.
func (o *Office) ForgetPassenger(ctx context.Context, member chepiao.MemberID, id chepiao.SavedID) error {
	return o.store.Write(ctx, func(tx *store.Tx) error { tx.ForgetPassenger(member, id); return nil })
}
