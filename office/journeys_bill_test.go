package office_test

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"chepiao"
	"chepiao/office"
)

func init() {
	maps.Copy(verbs, map[string]func(*command) string{"bill": (*command).bill, "settle": (*command).settle})
}

// bill 2026-11-22: the wallet's bill of a day is held against our books.
func (c *command) bill() string {
	day, err := chepiao.ParseDay(c.args[0])
	must(c.t, err)
	r, err := c.office.Reconcile(context.Background(), office.Verb{By: "desk", Who: "4001"}, chepiao.Sandbox, day)
	if err != nil {
		return c.no(err)
	}
	if r.Unexplained() != 0 {
		c.t.Errorf("%s: %s of the bill are not explained", c.where, r.Unexplained().Yuan())
	}
	return c.billed(r)
}

// settle 2026-11-22 A undone 退给付款人: a person has seen to what differs about the
// latest payment of an order.
func (c *command) settle() string {
	day, err := chepiao.ParseDay(c.args[0])
	must(c.t, err)
	f, err := c.office.Look(context.Background(), c.order(c.args[1]))
	must(c.t, err)
	number := f.Payments[len(f.Payments)-1].ID.String()
	settle := func(kind chepiao.DifferenceKind) func(office.Verb) (string, error) {
		return func(v office.Verb) (string, error) {
			v.By, v.Who = "desk", "4001"
			r, err := c.office.SettleDifference(context.Background(), v, chepiao.Sandbox, day, kind, number, strings.Join(c.args[3:], " "))
			if err != nil {
				return "", err
			}
			return c.billed(r), nil
		}
	}
	return c.send(settle(chepiao.DifferenceKind(c.args[2])), settle(chepiao.DiffForeign))
}

// billed tells a compared day, with orders by their letters.
func (c *command) billed(r chepiao.Reconciliation) string {
	text := fmt.Sprintf("%d lines, in %s, back %s; to look at: %d", r.Lines, r.BillIn.Yuan(), r.BillBack.Yuan(), r.Open())
	for _, d := range r.Differences {
		what := "in"
		if d.Back {
			what = "back"
		}
		text += fmt.Sprintf("\n%s %s %s: bill %s, ours %s", d.Kind, c.letter(d.Order), what, d.Bill.Yuan(), d.Ours.Yuan())
		if d.Settled != "" {
			text += fmt.Sprintf("; %s: %s", d.By, d.Settled)
		}
	}
	return text
}

// letter is an order as the story calls it.
func (w *world) letter(id chepiao.OrderID) string {
	for i, known := range w.orders {
		if known == id {
			return string(rune('A' + i))
		}
	}
	return "of nobody"
}
