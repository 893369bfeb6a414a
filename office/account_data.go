package office

import (
	"cmp"
	"context"
	"slices"
	"time"

	"chepiao"
	"chepiao/store"
)

// OwnMessage is something that was told about one of a member's tickets.
type OwnMessage struct {
	chepiao.Message
	File *File // of its order
}

// How much of what was told and looked up is shown: of the latest orders, and of
// each so many.
const (
	shownOrders   = 30
	shownMessages = 50
	shownLooks    = 50
)

// MemberMessages are what was told about a member's latest orders, newest first.
func (o *Office) MemberMessages(ctx context.Context, member chepiao.MemberID) (list []OwnMessage, err error) {
	files, _, err := o.MemberOrders(ctx, member, 0, shownOrders)
	if err != nil {
		return nil, err
	}
	err = o.store.Read(ctx, func(r *store.Reader) error {
		for i, f := range files {
			told, err := r.MessagesOfOrder(f.Order.Departure, f.Order.ID, shownMessages)
			if err != nil {
				return err
			}
			for _, m := range told {
				list = append(list, OwnMessage{m, &files[i]})
			}
		}
		return nil
	})
	slices.SortStableFunc(list, func(a, b OwnMessage) int { return cmp.Compare(b.ID, a.ID) })
	return list, err
}

// OwnLook is a look-up that could have shown one of a member's journeys.
type OwnLook struct {
	chepiao.Looked
	Station string            // its name, "" where it is not known
	Who     chepiao.Passenger // who was looked for, printed masked
	Order   chepiao.OrderID
}

// lookedAfter is how long after a journey its buyer is shown who looked up the
// people on it. Longer, and a ticket bought for somebody would tell its buyer where
// that person goes.
const lookedAfter = 7 * 24 * time.Hour

// MemberLooks are the look-ups of people on a member's paid tickets, from when they
// were bought until a week after the journey; the latest first, each once.
func (o *Office) MemberLooks(ctx context.Context, member chepiao.MemberID) (list []OwnLook, err error) {
	files, _, err := o.MemberOrders(ctx, member, 0, shownOrders)
	if err != nil {
		return nil, err
	}
	type seen struct {
		person chepiao.PersonToken
		at     time.Time
	}
	once := map[seen]bool{}
	err = o.store.Read(ctx, func(r *store.Reader) error {
		for _, f := range files {
			if f.Order.Payment == 0 && f.Order.Origin == 0 {
				continue // nothing was bought
			}
			until := latest(f.Arrives, f.Last).Add(lookedAfter)
			for i, t := range f.Tickets {
				looks, err := r.LookedUp(t.Person, shownLooks)
				if err != nil {
					return err
				}
				for _, l := range looks {
					if key := (seen{l.Person, l.At}); l.At.Before(f.Order.Created) || l.At.After(until) || once[key] {
						continue
					} else {
						once[key] = true
					}
					list = append(list, OwnLook{Looked: l, Station: o.stationName(l.Where), Who: f.Passengers[i], Order: f.Order.ID})
				}
			}
		}
		return nil
	})
	slices.SortStableFunc(list, func(a, b OwnLook) int { return b.At.Compare(a.At) })
	return list, err
}

func (o *Office) stationName(no chepiao.StationNo) string {
	if s := o.Timetable().Station(no); s != nil {
		return s.Name
	}
	return ""
}

// MemberData is everything that is kept about a member here. It prints masked; a
// door that hands it to its owner reveals it.
type MemberData struct {
	Member   chepiao.Member
	Phone    chepiao.Phone
	Sessions []store.MemberSession
	Saved    []Saved
	Orders   []File
	Messages []OwnMessage
	Looks    []OwnLook
	Faces    []store.FaceConsent // consents to be recognised at a gate, and their ends: no face is kept
}

// ordersKept bounds what is taken out at once: more than anybody buys before the
// retention ends.
const ordersKept = 500

// Data reads everything that is kept about a member. Refusal NotFound.
func (o *Office) Data(ctx context.Context, member chepiao.MemberID) (d MemberData, err error) {
	if d.Member, d.Phone, err = o.Member(ctx, member); err != nil {
		return d, err
	}
	if d.Sessions, err = o.Sessions(ctx, member); err != nil {
		return d, err
	}
	if d.Saved, err = o.SavedPassengers(ctx, member); err != nil {
		return d, err
	}
	if d.Orders, _, err = o.MemberOrders(ctx, member, 0, ordersKept); err != nil {
		return d, err
	}
	if d.Messages, err = o.MemberMessages(ctx, member); err != nil {
		return d, err
	}
	if d.Looks, err = o.MemberLooks(ctx, member); err != nil {
		return d, err
	}
	err = o.store.Read(ctx, func(r *store.Reader) error {
		for _, f := range d.Orders {
			for _, t := range f.Tickets {
				list, err := r.FaceConsentsOf(t.ID)
				if err != nil {
					return err
				}
				d.Faces = append(d.Faces, list...)
			}
		}
		return nil
	})
	return d, err
}

// Member reads an account and its phone, which is none where one signs in by
// network identity. Refusal NotFound.
func (o *Office) Member(ctx context.Context, id chepiao.MemberID) (m chepiao.Member, p chepiao.Phone, err error) {
	var contact store.Sealed
	err = o.store.Read(ctx, func(r *store.Reader) error {
		m, contact, err = r.Member(id)
		return err
	})
	if err != nil {
		return m, p, err
	}
	who, err := o.secret.open(contact, chepiao.PersonToken(m.Token))
	return m, who.Phone, err
}

// Sessions are where a member is signed in, the latest first.
func (o *Office) Sessions(ctx context.Context, id chepiao.MemberID) (list []store.MemberSession, err error) {
	err = o.store.Read(ctx, func(r *store.Reader) error {
		list, err = r.MemberSessions(id, 2*chepiao.SessionsMax)
		return err
	})
	return list, err
}

// EraseMember ends an account: sessions, saved passengers and the links to its
// orders go with it, and the phone. The orders stay, as the law demands (客规,
// article 52: a year), and are found by number and document. Done again it does
// nothing.
func (o *Office) EraseMember(ctx context.Context, id chepiao.MemberID, by string) error {
	return o.store.Write(ctx, func(tx *store.Tx) error {
		m, _, err := tx.AccountReader().Member(id)
		if chepiao.Why(err) == chepiao.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		return eraseMember(tx, m, "own wish", by)
	})
}

func eraseMember(tx *store.Tx, m chepiao.Member, why, by string) error {
	tx.EraseMember(m)
	return tx.Record("member "+m.ID.String(), m.Version+1, chepiao.Event{Kind: chepiao.MemberWasErased, By: by, Reason: why})
}

// erasedAtOnce bounds one round of ForgetAccounts.
const erasedAtOnce = 100

// ForgetAccounts drops what has ended: sessions, codes, words on names, look-ups
// beyond their years, and accounts that lie idle. It says how many accounts went.
func (o *Office) ForgetAccounts(ctx context.Context, now time.Time) (done int, err error) {
	err = o.store.Write(ctx, func(tx *store.Tx) error {
		tx.ForgetOldAccounts(now.Add(-chepiao.SessionLasts), now.Add(-48*time.Hour), now.Add(-chepiao.NameGood), now.AddDate(0, 0, -chepiao.LookedKeptDays))
		idle, err := tx.AccountReader().IdleMembers(now.Add(-chepiao.MemberIdle), erasedAtOnce)
		if err != nil {
			return err
		}
		done = len(idle)
		for _, m := range idle {
			if err := eraseMember(tx, m, "idle", "duty"); err != nil {
				return err
			}
		}
		return nil
	})
	return done, err
}
