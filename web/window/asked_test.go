package window_test

import (
	"context"
	"testing"

	"chepiao"
	"chepiao/store"
	"chepiao/web/stage"
)

// TestAskedRefund: a refund that another node has to carry out stands on the order's
// pages, with the time that counts and how far it is.
func TestAskedRefund(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	sold := s.Sell("JA1707", from, to, 7)
	asked := chepiao.Asked{Verb: chepiao.MoveRefund, Order: sold.Order.ID, Tickets: []chepiao.TicketID{sold.Ticket.ID}, Back: 3800, State: chepiao.AskedWaiting}
	put := func() {
		t.Helper()
		err := s.Store.Write(context.Background(), func(tx *store.Tx) error {
			if asked.ID == 0 {
				asked.ID, asked.When = chepiao.AskedID(tx.NextIDs(1)), tx.Now
			}
			return tx.PutAsked(asked)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	at, phone := "/window/o/"+sold.Order.ID.String(), "/o/"+sold.Order.ID.String()+"/"+sold.Order.Key
	put()
	s.Get(at).Want(200, "另一节点持有", "38.00")
	s.Get(phone).Want(200, "另一节点持有", "38.00")
	asked.State, asked.Why = chepiao.AskedRefused, chepiao.Refuse(chepiao.WrongState, "车票已检票", "the ticket has passed the gate")
	put()
	s.Get(at).Want(200, "未能办理", "车票已检票")
	s.Get(phone).Want(200, "未能办理", "车票已检票")
}
