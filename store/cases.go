package store

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"chepiao"
)

func loadCase(c *conn, id chepiao.CaseID) (chepiao.Case, bool, error) {
	return one[chepiao.Case](c, "SELECT body FROM cases WHERE id = $1", int64(id))
}

func flushCase(c *conn) func(chepiao.Case, int64) error {
	return func(v chepiao.Case, base int64) error {
		body, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("writing a case: %w", err)
		}
		if base == 0 {
			return c.one("INSERT INTO cases (id, ticket, order_id, departure, state, body, version) VALUES ($1, $2, $3, $4, $5, $6, $7)",
				int64(v.ID), int64(v.Ticket), int64(v.Order), int64(v.Departure), string(v.State), string(body), v.Version)
		}
		return c.one("UPDATE cases SET state = $1, body = $2, version = $3 WHERE id = $4 AND version = $5", string(v.State), string(body), v.Version, int64(v.ID), base)
	}
}

// Case is a case as it stands. Refusal NotFound.
func (tx *Tx) Case(id chepiao.CaseID) (chepiao.Case, error) {
	c, ok, err := tx.s.cases.get(tx.s.ahead, id)
	if err == nil && !ok {
		err = noSuchCase
	}
	return c, err
}

// AddCase stages a new case.
func (tx *Tx) AddCase(c chepiao.Case) { tx.onUndo(tx.s.cases.add(c.ID, c)) }

// PutCase stages a changed case.
func (tx *Tx) PutCase(c chepiao.Case) error {
	undo, err := tx.s.cases.put(tx.s.ahead, c.ID, c)
	if err == nil {
		tx.onUndo(undo)
	}
	return err
}

// Standing are the cases of a departure that are not over, as the batch sees
// them, in the order of their numbers.
func (tx *Tx) Standing(id chepiao.DepartureID) ([]chepiao.Case, error) {
	list, err := bodies[chepiao.Case](tx.s.writer, "SELECT body FROM cases WHERE departure = $1 AND state IN ('open', 'waits') ORDER BY id", int64(id))
	if err != nil {
		return nil, err
	}
	stored := make(map[chepiao.CaseID]bool, len(list))
	for i, c := range list {
		stored[c.ID] = true
		tx.s.cases.note(c.ID, c)
		if st := tx.s.cases.now.staged[c.ID]; st != nil {
			list[i] = st.v
		}
	}
	for _, key := range tx.s.cases.now.order {
		if c := tx.s.cases.now.staged[key].v; !stored[key] && c.Departure == id {
			list = append(list, c)
		}
	}
	list = slices.DeleteFunc(list, func(c chepiao.Case) bool { return !c.State.Stands() })
	slices.SortFunc(list, func(a, b chepiao.Case) int { return cmp.Compare(a.ID, b.ID) })
	return list, nil
}

// Case reads a case. Refusal NotFound.
func (r *Reader) Case(id chepiao.CaseID) (chepiao.Case, error) {
	c, ok, err := loadCase(r.c, id)
	if err == nil && !ok {
		err = noSuchCase
	}
	return c, err
}

// Cases reads the cases after a number, in order, at most limit: those of a
// departure or of all when it is 0, and only those that stand if asked.
func (r *Reader) Cases(id chepiao.DepartureID, standing bool, after chepiao.CaseID, limit int) ([]chepiao.Case, error) {
	where, args := "id > $1", []any{int64(after), limit}
	if standing {
		where += " AND state IN ('open', 'waits')"
	}
	if id != 0 {
		where, args = where+" AND departure = $3", append(args, int64(id))
	}
	return bodies[chepiao.Case](r.c, "SELECT body FROM cases WHERE "+where+" ORDER BY id LIMIT $2", args...)
}

// CasesOf reads the cases of an order, in order.
func (r *Reader) CasesOf(id chepiao.OrderID) ([]chepiao.Case, error) {
	return bodies[chepiao.Case](r.c, "SELECT body FROM cases WHERE order_id = $1 ORDER BY id", int64(id))
}

// Told is how the last message to a ticket's passenger about a departure stands;
// "" when there was none.
func (r *Reader) Told(id chepiao.DepartureID, ticket chepiao.TicketID) (state chepiao.MessageState, err error) {
	err = r.c.query("SELECT state FROM message WHERE departure = $1 AND ticket = $2 ORDER BY id DESC LIMIT 1", []any{int64(id), int64(ticket)}, func(r rowOf) error {
		state = chepiao.MessageState(r.text(0))
		return nil
	})
	return state, err
}

var noSuchCase = chepiao.Refuse(chepiao.NotFound, "没有这个安置事项", "there is no such case").At("case")

// cases holds each case against its ticket: what was chosen is done, and what
// nobody has chosen is not.
func (e *examination) cases() error {
	after := chepiao.CaseID(0)
	r := &Reader{c: e.c}
	return e.paged("cases", "SELECT count(*) FROM cases", func() (int, error) {
		list, err := r.Cases(0, false, after, pageRows)
		for _, c := range list {
			after = c.ID
			where := "case " + c.ID.String()
			t, err := r.Ticket(c.Ticket)
			switch {
			case chepiao.AsRefusal(err) != nil:
				e.tell(where, "its ticket does not exist")
			case err != nil:
				return 0, err
			case t.Order != c.Order:
				e.tell(where, "its ticket is of order %s", t.Order)
			case c.State.Stands() && t.Case != c.ID:
				e.tell(where, "it stands, but its ticket %s does not name it", t.ID)
			case c.State.Stands() && t.State.Returned(),
				c.State == chepiao.CaseSettled && c.Choice == chepiao.ChooseRefund && t.State != chepiao.TicketRefunded,
				c.State == chepiao.CaseSettled && c.Choice == chepiao.ChooseNext && t.State != chepiao.TicketRebooked:
				e.tell(where, "it is %s with the choice %q while its ticket is %s", c.State, c.Choice, t.State)
			}
		}
		return len(list), err
	})
}
