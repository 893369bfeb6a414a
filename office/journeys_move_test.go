package office_test

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"chepiao"
	"chepiao/office"
)

func init() {
	verbs["ledger"] = (*command).ledger
	verbs["choose"], verbs["cases"], verbs["manifest"] = (*command).choose, (*command).cases, (*command).manifest
}

// choose A refund | choose A1 next G103 | choose A keep
//
// A whole order, or some of its tickets: those that have something to choose.
func (c *command) choose() string {
	in := office.ChoiceInput{Order: c.order(c.args[0][:1])}
	for i, word := range c.args {
		switch {
		case len(word) == 2 && word[0] == c.args[0][0]:
			in.Tickets = append(in.Tickets, c.ticket(word))
		case i > 0 && in.Choice == "":
			in.Choice = chepiao.Choice(word)
		case in.Choice != "":
			in.Departure = c.departure(word)
		}
	}
	choose := func(in office.ChoiceInput) func(office.Verb) (string, error) {
		return func(v office.Verb) (string, error) {
			a, err := c.office.Choose(context.Background(), c.clock(), c.asked(v), in)
			if err != nil {
				return "", err
			}
			if !slices.Contains(c.orders, a.Order.ID) {
				c.orders = append(c.orders, a.Order.ID)
			}
			text := c.answer(a, string(a.Order.State))
			if a.Event.Payback != nil {
				text += fmt.Sprintf("%s goes back by %s\n", a.Event.Payback.Amount.Yuan(), a.Event.Payback.Channel)
			}
			return text, nil
		}
	}
	other := in
	other.Tickets = append(slices.Clone(in.Tickets), 1)
	return c.send(choose(in), choose(other))
}

// cases [G101] [lost=yes]: who is asked to choose what, and what they chose
func (c *command) cases() string {
	q := office.CaseQuery{Lost: c.opt["lost"] != "", Limit: 100}
	if len(c.args) > 0 {
		q.Departure = c.departure(c.args[0])
	}
	lines, _, err := c.office.Cases(context.Background(), c.clock(), q)
	must(c.t, err)
	text := ""
	for _, l := range lines {
		words := make([]string, len(l.Case.Choices))
		for i, choice := range l.Case.Choices {
			words[i] = string(choice)
		}
		text += fmt.Sprintf("%s %s %s %s until %s", c.label(l.Ticket), l.Name, l.Case.State, strings.Join(words, "|"), c.clockText(l.Case.Until))
		if l.Case.Choice != "" {
			text += ", chose " + string(l.Case.Choice)
		}
		if l.Overdue {
			text += ", has not answered"
		}
		text += "\n"
	}
	if text == "" {
		return "none\n"
	}
	return text
}

// manifest G101: who has a live ticket, and where they sit
func (c *command) manifest() string {
	tickets, people, err := c.office.Manifest(context.Background(), c.departure(c.args[0]), 0, 500)
	must(c.t, err)
	text := ""
	for i, t := range tickets {
		if t.State.Live() {
			text += c.ticketLine(t, people[i])
		}
	}
	if text == "" {
		return "nobody\n"
	}
	return text
}

// ledger 保定: what the station was and will be
func (c *command) ledger() string {
	s, lines, err := c.office.Ledger(c.office.Timetable().Station(c.station(c.args[0])).Code)
	must(c.t, err)
	text := ""
	for _, l := range lines {
		text += fmt.Sprintf("%s from %s level %d", s.Name, l.From, l.Level)
		if l.Closed {
			text += ", closed"
		}
		text += ": " + l.Reason + "\n"
	}
	if text == "" {
		return "as the timetable says\n"
	}
	return text
}
