package office

import (
	"context"
	"time"

	"chepiao"
	"chepiao/store"
)

// find names the ticket that a gate means and adds to the scan what was read.
// 0 is no ticket: the verdict will say why.
func (o *Office) find(ctx context.Context, now time.Time, in Passage, s *chepiao.Scan) (id chepiao.TicketID, err error) {
	method := chepiao.ByDocument
	if in.Number != "" {
		if s.Document, err = o.token(now, in.Document, in.Number, in.Nationality); err != nil {
			return 0, err
		}
		s.HasDocument = true
	}
	switch {
	case in.StaffCard:
	case in.Code != "":
		method = chepiao.ByVoucher
		code := o.Ring().Keys().Verify(in.Code, now)
		if !code.Signed {
			s.Unread = code.Refusal
			break
		}
		// The signature names the ticket; the ticket itself says whether it passes,
		// so a voucher of a revoked key passes if it is listed.
		id, s.Version = code.Claims.Ticket, code.Claims.Version
	case in.Ticket != "":
		method = chepiao.ByNumber
		if id, err = chepiao.ParseTicketID(in.Ticket); err != nil {
			return 0, err
		}
	case in.Number != "":
		if id, err = o.ticketToday(ctx, now, *s); err != nil {
			return 0, err
		}
		if id == 0 && in.After != "" { // somebody else's voucher is in this passenger's hands (F8)
			if id, err = chepiao.ParseTicketID(in.After); err != nil {
				return 0, err
			}
		}
	default:
		return 0, chepiao.Refuse(chepiao.Invalid, "请扫码，或输入票号、证件号", "scan a code, or type a ticket or document number").At("code")
	}
	if s.Method == "" {
		s.Method = method
	}
	if in.Name != "" && id != 0 {
		s.Name, err = o.nameHint(ctx, id, in.Name)
	}
	return id, err
}

// ticketToday chooses among a person's tickets the one a gate most likely means.
func (o *Office) ticketToday(ctx context.Context, now time.Time, s chepiao.Scan) (chepiao.TicketID, error) {
	const lately = 20
	var tickets []chepiao.Ticket
	err := o.store.Read(ctx, func(r *store.Reader) (err error) {
		tickets, err = r.TicketsOf(s.Document, lately)
		return err
	})
	var all []chepiao.Candidate
	for _, t := range tickets {
		f, err := o.checkFacts(now, t, s, o.lastSeen)
		if err != nil {
			continue // its departure is no longer in the timetable
		}
		all = append(all, chepiao.Candidate{Ticket: t, Verdict: chepiao.Check(t, s, f), Away: max(f.Departs.Sub(now), now.Sub(f.Last))})
	}
	if i := chepiao.ChooseTicket(all, s.Departure); i >= 0 && err == nil {
		return all[i].Ticket.ID, nil
	}
	return 0, err
}

// nameHint compares a name as read with the passenger's. What was read may be no
// name at all: then there is no hint.
func (o *Office) nameHint(ctx context.Context, id chepiao.TicketID, read string) (chepiao.NameMatch, error) {
	name, err := chepiao.NewName(read)
	if err != nil {
		return "", nil
	}
	t, err := o.Ticket(ctx, id)
	if err != nil {
		return "", nil // the verdict says so
	}
	p, err := o.passenger(ctx, t)
	if err != nil || p.Name.IsZero() {
		return "", err
	}
	return chepiao.NameHint(p.Name, name), nil
}
