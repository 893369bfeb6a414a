package store

import (
	"chepiao"
)

// slips holds what machines have printed against the tickets: a slip belongs to a
// ticket that was paid for, came out no oftener than printing began, and a receipt's
// has a number. One that is being printed for long is no difference: LoseSlips frees
// it, and the pages of the kiosks list it.
func (e *examination) slips() error {
	var after chepiao.Slip
	return e.paged("slips", "SELECT count(*) FROM slip", func() (int, error) {
		list, err := bodies[chepiao.Slip](e.c, "SELECT body FROM slip WHERE ticket > $1 OR ticket = $1 AND kind > $2 ORDER BY ticket, kind LIMIT $3",
			int64(after.Ticket), string(after.Kind), pageRows)
		for _, s := range list {
			after = s
			if err == nil {
				err = e.slip(s)
			}
		}
		return len(list), err
	})
}

func (e *examination) slip(s chepiao.Slip) error {
	where := "slip " + string(s.Kind) + " " + s.Ticket.String()
	r := &Reader{c: e.c}
	t, err := r.Ticket(s.Ticket)
	switch {
	case chepiao.Why(err) == chepiao.NotFound:
		e.tell(where, "there is no such ticket")
		return nil
	case err != nil:
		return err
	case t.State == chepiao.TicketHeld || t.State == chepiao.TicketLapsed || t.State == chepiao.TicketReleased:
		e.tell(where, "it was printed for a ticket that is %s", t.State)
	}
	if s.Copies > s.Tries || s.State == chepiao.Finished && s.Copies == 0 {
		e.tell(where, "it is %s, came out %d times, and was begun %d times", s.State, s.Copies, s.Tries)
	}
	if s.Kind == chepiao.ReceiptSlip && s.State != chepiao.Unprinted && s.Serial == "" {
		e.tell(where, "a receipt came out without a number")
	}
	n, err := e.number("SELECT count(*) FROM slip WHERE ticket = $1 AND kind = $2 AND state = $3 AND version = $4", int64(s.Ticket), string(s.Kind), string(s.State), s.Version)
	if err == nil && n != 1 {
		e.tell(where, "its row does not say what it says: %s, version %d", s.State, s.Version)
	}
	return err
}
