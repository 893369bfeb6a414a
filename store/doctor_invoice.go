package store

import "chepiao"

// invoices: what stands of the list of invoices and what the tickets say of their
// receipts must be the same. An invoice of a fare that stands has its number on the
// ticket, and a ticket that says it is invoiced has one that stands.
func (e *examination) invoices() error {
	after := int64(0)
	err := e.paged("invoices", "SELECT count(*) FROM invoice", func() (int, error) {
		list, err := invoices(e.c, "id > $1 ORDER BY id LIMIT $2", after, pageRows)
		for _, v := range list {
			after = int64(v.ID)
			if err := e.invoice(v); err != nil {
				return 0, err
			}
		}
		return len(list), err
	})
	if err != nil {
		return err
	}
	return e.c.query(`SELECT id FROM ticket WHERE (more LIKE '%"receipt":"invoiced"%' OR more LIKE '%"receipt":"reinvoiced"%' OR more LIKE '%"receipt":"invoicing"%' OR more LIKE '%"receipt":"reinvoicing"%')
		AND NOT EXISTS (SELECT 1 FROM invoice WHERE invoice.ticket = ticket.id AND invoice.what = 'fare' AND invoice.state IN ('asked', 'issued', 'reversing')) ORDER BY id LIMIT $1`,
		[]any{FindingsMax}, func(r rowOf) error {
			e.tell("ticket "+chepiao.TicketID(r.int(0)).String(), "its receipt says that an invoice is out, but none stands")
			return nil
		})
}

func (e *examination) invoice(v chepiao.Invoice) error {
	t, found, err := loadTicket(e.c, v.Ticket)
	if err != nil {
		return err
	}
	where := "invoice " + v.ID.String()
	want := map[bool][]chepiao.Receipt{false: {chepiao.ReceiptInvoiced, chepiao.ReceiptInvoicing}, true: {chepiao.ReceiptReinvoiced, chepiao.ReceiptReinvoicing}}[v.Again]
	switch {
	case !found:
		e.tell(where, "its ticket %s does not exist", v.Ticket)
	case v.For == chepiao.InvoiceFee:
		if v.State.Live() && (t.Fee != v.Amount || t.State != chepiao.TicketRefunded && t.State != chepiao.TicketRebooked) {
			e.tell(where, "it is for a fee of %s, ticket %s is %s and kept %s", v.Amount.Yuan(), t.ID, t.State, t.Fee.Yuan())
		}
	case !v.State.Live():
	case v.State == chepiao.InvoiceAsked:
		if t.Receipt != want[1] {
			e.tell(where, "it is asked for, the receipt of ticket %s is %q", t.ID, t.Receipt)
		}
	case t.Receipt != want[0] || t.ReceiptNo != v.Number:
		e.tell(where, "it is %s as %s, the receipt of ticket %s is %q %q", v.State, v.Number, t.ID, t.Receipt, t.ReceiptNo)
	}
	return nil
}
