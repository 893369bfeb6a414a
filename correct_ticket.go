package chepiao

import "fmt"

// Correct gives a ticket another holder's token, because name or number were
// mistyped (F4), and a new voucher: the old one no longer passes. Only before
// the passenger is checked. Refusal WrongState.
func (t Ticket) Correct(now PersonToken) (Ticket, error) {
	if t.State != TicketValid {
		zh, en := t.State.Text()
		return t, Refuse(WrongState, "车票"+zh+"，不能更正", fmt.Sprintf("the ticket %s: nothing is corrected now", en))
	}
	t.Person = now
	t.Corrected++
	t.Voucher++
	t.Version++
	return t, nil
}

// Rename gives a ticket's place among the riders of its departure to another
// token. Refusal DuplicateRider when that one travels already.
func (d *Departure) Rename(was, now PersonToken, id TicketID) error {
	if was == now {
		return nil
	}
	if _, taken := d.Riders[now]; taken {
		return Refuse(DuplicateRider, "更正后的证件已有本班次车票，一证一票", "the corrected document already has a ticket for this departure").At("document.number")
	}
	if d.Riders[was] == id {
		d.setRider(was, 0)
	}
	d.setRider(now, id)
	return nil
}
