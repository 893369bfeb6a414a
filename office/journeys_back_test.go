package office_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"chepiao"
	"chepiao/office"
)

func init() {
	verbs["stages"], verbs["rebooking"], verbs["rebook"] = (*command).stages, (*command).rebooking, (*command).rebook
	verbs["void"], verbs["correct"], verbs["receipt"] = (*command).void, (*command).correct, (*command).receipt
	verbs["suspend"], verbs["resume"], verbs["handover"] = (*command).suspend, (*command).resume, (*command).handover
	verbs["why"] = (*command).why
}

// at is where somebody asks: at=石家庄 is a window of that station, at=window
// one that serves any; without it they ask on line.
func (c *command) at() chepiao.AskedAt {
	switch name := c.opt["at"]; name {
	case "":
		return chepiao.AskedAt{}
	case "window":
		return chepiao.AskedAt{Window: true}
	default:
		return chepiao.AskedAt{Window: true, Station: c.station(name)}
	}
}

// moment is the story's time, or the one of moment=14:00 on the same day.
func (c *command) moment() time.Time {
	if c.opt["moment"] == "" {
		return c.clock()
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", c.clock().In(shanghai).Format("2006-01-02 ")+c.opt["moment"], shanghai)
	must(c.t, err)
	return at
}

// asked is a verb as this command sends it: at=, by=.
func (c *command) asked(v office.Verb) office.Verb {
	v.At = c.at()
	if c.opt["by"] != "" {
		v.By = c.opt["by"]
	}
	return v
}

// stages A1: until when the ticket gives what back.
func (c *command) stages() string {
	stages, err := c.office.RefundStages(context.Background(), c.ticket(c.args[0]))
	if err != nil {
		return c.no(err)
	}
	text := ""
	for _, s := range stages {
		until := "without end"
		if !s.Until.IsZero() {
			until = "until " + c.clockText(s.Until)
		}
		text += fmt.Sprintf("%s %s back, fee %s · %s", until, s.Back.Yuan(), s.Fee.Yuan(), s.ZH)
		if s.Window {
			text += " · only at a window of the boarding station"
		}
		text += "\n"
	}
	if text == "" {
		return "nothing comes back"
	}
	return text
}

// rebookInput reads A1 A2 G105 [from=定州] [to=保定] [day=+1] [seats=3,4].
func (c *command) rebookInput() office.RebookInput {
	last := len(c.args) - 1
	in := office.RebookInput{Order: c.order(c.args[0][:1]), Departure: c.departure(c.args[last])}
	for _, label := range c.args[:last] {
		in.Tickets = append(in.Tickets, c.ticket(label))
	}
	if c.opt["from"] != "" {
		in.From = c.station(c.opt["from"])
	}
	if c.opt["to"] != "" {
		in.To = c.station(c.opt["to"])
	}
	for _, seat := range strings.FieldsFunc(c.opt["seats"], func(r rune) bool { return r == ',' }) {
		n := 0
		fmt.Sscan(seat, &n)
		in.Seats = append(in.Seats, n)
	}
	return in
}

// rebooking A1 G105: what it would cost or give back.
func (c *command) rebooking() string {
	sums, err := c.office.QuoteRebook(context.Background(), c.moment(), c.at(), c.rebookInput())
	if err != nil {
		return c.no(err)
	}
	text := ""
	for _, q := range sums.Quotes {
		text += q.Because.ZH + "\n"
	}
	return text
}

// rebook A1 G105 …; without diff= the passenger confirms what is quoted.
func (c *command) rebook() string {
	in := c.rebookInput()
	sums, _ := c.office.QuoteRebook(context.Background(), c.clock(), c.at(), in)
	difference := sums.Difference()
	if c.opt["diff"] != "" {
		difference = c.money(c.opt["diff"])
	}
	rebook := func(difference chepiao.Money) func(office.Verb) (string, error) {
		return func(v office.Verb) (string, error) {
			a, err := c.office.Rebook(context.Background(), c.clock(), c.asked(v), in, difference)
			if err != nil {
				return "", err
			}
			if !slices.Contains(c.orders, a.Order.ID) {
				c.orders = append(c.orders, a.Order.ID)
			}
			what := string(a.Order.State)
			if a.Order.State == chepiao.OrderHeld {
				what = fmt.Sprintf("held until %s, %s is to pay", a.Order.Deadline.In(shanghai).Format("15:04:05"), a.Order.Due().Yuan())
			}
			text := c.answer(a, what)
			if a.Event.Payback != nil {
				text += fmt.Sprintf("%s goes back by %s\n", a.Event.Payback.Amount.Yuan(), a.Event.Payback.Channel)
			}
			return text, nil
		}
	}
	return c.send(rebook(difference), rebook(difference+1))
}

// void A1 at=window [by=window-2] [agreed=4001]
func (c *command) void() string {
	id := c.order(c.args[0][:1])
	var tickets []chepiao.TicketID
	for _, label := range c.args {
		tickets = append(tickets, c.ticket(label))
	}
	void := func(id chepiao.OrderID) func(office.Verb) (string, error) {
		return func(v office.Verb) (string, error) {
			v = c.asked(v)
			v.Agreed = chepiao.StaffNo(c.opt["agreed"])
			a, err := c.office.Void(context.Background(), v, id, tickets)
			if err != nil {
				return "", err
			}
			return c.answer(a, string(a.Order.State)), nil
		}
	}
	return c.send(void(id), void(id+1000))
}

// correct A1 name=李小名 at=window | correct A1 number=slip at=window: as the
// document says it. slip is the number with another last but one digit.
func (c *command) correct() string {
	f, err := c.office.Look(context.Background(), c.order(c.args[0][:1]))
	must(c.t, err)
	who := f.Passengers[int64(c.ticket(c.args[0]))-int64(f.Order.ID)-1]
	in := office.CorrectInput{Ticket: c.ticket(c.args[0]), Name: who.Name.Reveal(), Document: string(who.Document.Kind()), Number: who.Document.Reveal()}
	if c.opt["name"] != "" {
		in.Name = c.opt["name"]
		c.people[in.Name] = in.Number
	}
	if c.opt["number"] == "slip" {
		b := []byte(in.Number)
		b[16] = '0' + (b[16]-'0'+1)%10
		in.Number = checked(string(b[:17]))
		c.people[in.Name] = in.Number
	}
	correct := func(in office.CorrectInput) func(office.Verb) (string, error) {
		return func(v office.Verb) (string, error) {
			t, err := c.office.Correct(context.Background(), c.asked(v), in)
			if err != nil {
				return "", err
			}
			return fmt.Sprintf("%s %s, corrected, voucher %d", c.args[0], t.State, t.Voucher), nil
		}
	}
	other := in
	other.Name += "某"
	return c.send(correct(in), correct(other))
}

// checked adds the check character of GB 11643 to 17 digits.
func checked(number string) string {
	sum := 0
	for i, weight := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += weight * int(number[i]-'0')
	}
	return number + string("10X98765432"[sum%11])
}

// receipt A1 print|surrender|invoice|reverse no=R001 [early=yes] [at=window]
func (c *command) receipt() string {
	switch {
	case c.args[0] == "surrender":
		return c.surrendered()
	case c.args[1] == "print" && c.opt["no"] == "":
		return c.printed()
	}
	in := office.ReceiptInput{Ticket: c.ticket(c.args[0]), Move: chepiao.ReceiptMove(c.args[1]), No: c.opt["no"], Early: c.opt["early"] != ""}
	move := func(in office.ReceiptInput) func(office.Verb) (string, error) {
		return func(v office.Verb) (string, error) {
			t, err := c.office.MoveReceipt(context.Background(), c.asked(v), in)
			if err != nil {
				return "", err
			}
			zh, _ := t.Receipt.Text()
			return fmt.Sprintf("%s %s %s", c.args[0], zh, t.ReceiptNo), nil
		}
	}
	other := in
	other.No += "X"
	return c.send(move(in), move(other))
}

// suspend A1 because=…
func (c *command) suspend() string { return c.dispute((*office.Office).Suspend) }

// resume A1 because=…
func (c *command) resume() string { return c.dispute((*office.Office).Resume) }

func (c *command) dispute(do func(*office.Office, context.Context, office.Verb, chepiao.TicketID, string) (chepiao.Ticket, error)) string {
	move := func(reason string) func(office.Verb) (string, error) {
		return func(v office.Verb) (string, error) {
			t, err := do(c.office, context.Background(), c.asked(v), c.ticket(c.args[0]), reason)
			return fmt.Sprintf("%s %s", c.args[0], t.State), err
		}
	}
	return c.send(move(c.opt["because"]), move("for another reason"))
}

// handover A at=window: the cash that waits for the order's passengers.
func (c *command) handover() string {
	due, err := c.office.ToHandOver(context.Background(), c.order(c.args[0]))
	must(c.t, err)
	text := ""
	for _, b := range due {
		text += c.send(func(v office.Verb) (string, error) {
			got, err := c.office.HandOver(context.Background(), c.asked(v), b.ID)
			return fmt.Sprintf("%s handed over, %s\n", got.Amount.Yuan(), got.State), err
		}, func(v office.Verb) (string, error) {
			_, err := c.office.HandOver(context.Background(), c.asked(v), b.ID+1000)
			return "", err
		})
	}
	if text == "" {
		return "nothing waits"
	}
	return text
}

// why A1: the rule, and what went into it, of a refund now.
func (c *command) why() string {
	q, err := c.office.QuoteRefund(context.Background(), c.moment(), c.at(), c.ticket(c.args[0]))
	because := &q.Because
	if err != nil {
		if because = chepiao.AsRefusal(err).Because; because == nil {
			return "no rule of the book"
		}
	}
	text := because.Rule
	for _, in := range because.Inputs {
		text += fmt.Sprintf(" %s=%s", in.Name, in.Value)
	}
	return text
}
