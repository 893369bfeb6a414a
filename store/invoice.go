package store

import (
	"encoding/json"
	"fmt"
	"time"

	"chepiao"
)

const invoiceColumns = "body, title, tax_no"

func invoices(c *conn, rest string, args ...any) (list []chepiao.Invoice, err error) {
	err = c.query("SELECT "+invoiceColumns+" FROM invoice WHERE "+rest, args, func(r rowOf) error {
		var v chepiao.Invoice
		if err := json.Unmarshal([]byte(r.text(0)), &v); err != nil {
			return fmt.Errorf("reading an invoice: %w", err)
		}
		v.Buyer.Title, v.Buyer.TaxNo = r.text(1), r.text(2)
		list = append(list, v)
		return nil
	})
	return list, err
}

func invoice(c *conn, id chepiao.InvoiceID) (v chepiao.Invoice, err error) {
	list, err := invoices(c, "id = $1", int64(id))
	if err != nil {
		return v, err
	}
	if len(list) == 0 {
		return v, chepiao.Refuse(chepiao.NotFound, "没有这张电子发票", "there is no such invoice").At("invoice")
	}
	return list[0], nil
}

// TicketInvoices are a ticket's invoices as stored, oldest first. What this batch
// has staged does not show: two that stand collide, also over processes.
func (tx *Tx) TicketInvoices(id chepiao.TicketID) ([]chepiao.Invoice, error) {
	return invoices(tx.s.writer, "ticket = $1 ORDER BY id", int64(id))
}

// Invoice is one as stored. Refusal NotFound.
func (tx *Tx) Invoice(id chepiao.InvoiceID) (chepiao.Invoice, error) {
	return invoice(tx.s.writer, id)
}

// PutInvoice stages a new invoice (version 1) or a changed one.
func (tx *Tx) PutInvoice(v chepiao.Invoice) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("writing an invoice: %w", err)
	}
	issued := int64(0)
	if !v.Issued.IsZero() {
		issued = micros(v.Issued)
	}
	tx.stage(func(c *conn) error {
		if v.Version == 1 {
			return c.one("INSERT INTO invoice (id, ticket, what, state, number, issued, title, tax_no, body, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
				int64(v.ID), int64(v.Ticket), string(v.For), string(v.State), v.Number, issued, v.Buyer.Title, v.Buyer.TaxNo, string(body), v.Version)
		}
		return c.one("UPDATE invoice SET state = $1, number = $2, issued = $3, body = $4, version = $5 WHERE id = $6 AND version = $7",
			string(v.State), v.Number, issued, string(body), v.Version, int64(v.ID), v.Version-1)
	})
	return nil
}

// Invoice reads one. Refusal NotFound.
func (r *Reader) Invoice(id chepiao.InvoiceID) (chepiao.Invoice, error) { return invoice(r.c, id) }

// TicketInvoices reads a ticket's invoices, oldest first.
func (r *Reader) TicketInvoices(id chepiao.TicketID) ([]chepiao.Invoice, error) {
	return invoices(r.c, "ticket = $1 ORDER BY id", int64(id))
}

// InvoicesIn reads the invoices in a state after a number, in the order of their
// numbers, at most limit.
func (r *Reader) InvoicesIn(state chepiao.InvoiceState, after chepiao.InvoiceID, limit int) ([]chepiao.Invoice, error) {
	return invoices(r.c, "state = $1 AND id > $2 ORDER BY id LIMIT $3", string(state), int64(after), limit)
}

// InvoicesIssued reads what was issued from a moment to before another one, after a
// number, at most limit.
func (r *Reader) InvoicesIssued(from, to time.Time, after chepiao.InvoiceID, limit int) ([]chepiao.Invoice, error) {
	return invoices(r.c, "issued >= $1 AND issued < $2 AND id > $3 ORDER BY id LIMIT $4", micros(from), micros(to), int64(after), limit)
}
