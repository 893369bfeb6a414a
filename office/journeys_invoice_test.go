package office_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"

	"chepiao"
	"chepiao/office"
	"chepiao/tax"
	"chepiao/tax/taxsim"
)

func init() {
	verbs["taxes"], verbs["invoice"], verbs["invoices"] = (*command).taxOffice, (*command).invoice, (*command).invoices
	verbs["reverse"], verbs["compare"] = (*command).reverse, (*command).compare
}

var taxKey = []byte("a key shared with the tax service")

// taxes open | send | down | lost | hidden | fine: the tax service and what is wrong
// with it; send has the duty go round once.
func (c *command) taxOffice() string {
	switch c.args[0] {
	case "open":
		var err error
		c.revenue, err = taxsim.New(taxsim.Options{Now: c.clock, Key: taxKey})
		must(c.t, err)
		server := httptest.NewServer(c.revenue)
		c.t.Cleanup(server.Close)
		c.taxes, err = tax.NewClient(tax.Config{URL: server.URL, Key: taxKey, Now: c.clock})
		must(c.t, err)
		c.close()
		c.open()
	case "send":
		done, err := c.office.SendInvoices(context.Background())
		if errors.Is(err, tax.ErrUnreachable) {
			return "the tax service does not answer"
		}
		must(c.t, err)
		return fmt.Sprintf("%d settled, %d made in all", done, c.revenue.Made())
	default:
		must(c.t, c.revenue.SetSwitches(taxsim.Switches{Down: c.args[0] == "down", Lost: c.args[0] == "lost", Hidden: c.args[0] == "hidden"}))
	}
	return c.args[0]
}

// invoice A1 [for=fee] [title=… tax=…] [early=yes]
func (c *command) invoice() string {
	in := office.AskInvoiceInput{Ticket: c.ticket(c.args[0]), For: chepiao.InvoiceFare, Early: c.opt["early"] != ""}
	if c.opt["for"] != "" {
		in.For = chepiao.InvoiceFor(c.opt["for"])
	}
	if c.opt["title"] != "" {
		in.Buyer = chepiao.InvoiceBuyer{Company: true, Title: c.opt["title"], TaxNo: c.opt["tax"]}
	}
	ask := func(in office.AskInvoiceInput) func(office.Verb) (string, error) {
		return func(v office.Verb) (string, error) {
			i, err := c.office.AskInvoice(context.Background(), c.asked(v), in)
			return c.told1(i), err
		}
	}
	other := in
	other.Early = !in.Early
	return c.send(ask(in), ask(other))
}

// reverse A1: the invoice of the ticket that stands.
func (c *command) reverse() string {
	var id, none chepiao.InvoiceID
	for _, v := range c.of(c.args[0]) {
		if v.State.Live() {
			id = v.ID
		}
	}
	reverse := func(id chepiao.InvoiceID) func(office.Verb) (string, error) {
		return func(v office.Verb) (string, error) {
			i, err := c.office.ReverseInvoice(context.Background(), c.asked(v), id)
			return c.told1(i), err
		}
	}
	return c.send(reverse(id), reverse(none))
}

// invoices A1: all of the ticket, oldest first.
func (c *command) invoices() (text string) {
	for _, v := range c.of(c.args[0]) {
		text += c.told1(v) + "\n"
	}
	t, err := c.office.Ticket(context.Background(), c.ticket(c.args[0]))
	must(c.t, err)
	zh, _ := t.Receipt.Text()
	return text + "receipt: " + zh
}

func (c *command) of(label string) []chepiao.Invoice {
	list, err := c.office.Invoices(context.Background(), []chepiao.Ticket{{ID: c.ticket(label)}})
	must(c.t, err)
	return list
}

func (c *command) told1(v chepiao.Invoice) string {
	zh, _ := v.State.Text()
	text := fmt.Sprintf("%s %s %s", v.For, v.Amount.Yuan(), zh)
	for _, more := range []string{v.Buyer.Title, v.Number, v.Red, v.Why} {
		if more != "" {
			text += " · " + more
		}
	}
	return text
}

// compare: our list of the day against the tax service's.
func (c *command) compare() string {
	same, differ, err := c.office.CompareInvoices(context.Background(), chepiao.DayOf(c.clock().In(shanghai)))
	if err != nil {
		return c.no(err)
	}
	text := fmt.Sprintf("%d the same", same)
	for _, d := range differ {
		text += fmt.Sprintf("\n%s %s: ours %s, theirs %s", d.Number, d.What, d.Ours.Yuan(), d.Theirs.Yuan())
	}
	return text
}
