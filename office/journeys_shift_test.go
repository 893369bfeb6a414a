package office_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"chepiao"
	"chepiao/office"
)

func init() {
	verbs["shift"], verbs["stock"] = (*command).shift, (*command).stock
}

// clerk fills in who acts: clerk=1001 is signed in at the window by=, in his or her
// open shift if there is one.
func (c *command) clerk(v office.Verb) office.Verb {
	if c.opt["clerk"] == "" {
		return v
	}
	v.Who = chepiao.StaffNo(c.opt["clerk"])
	if c.opt["by"] != "" {
		v.By = c.opt["by"]
	}
	v.At = c.at()
	s, ok, err := c.office.OpenShiftOf(context.Background(), v.Who, v.By)
	must(c.t, err)
	if ok {
		v.Shift = s.ID
	}
	return v
}

// shiftOf is the latest shift of a clerk.
func (c *command) shiftOf(staff string) chepiao.ShiftID {
	list, err := c.office.Shifts(context.Background(), 0, "", 0, 50)
	must(c.t, err)
	for _, s := range list {
		if string(s.Staff) == staff {
			return s.ID
		}
	}
	return 0
}

// shift open clerk=1001 at=石家庄 float=200 [paper=ZP… sheets=10] | handin 100 |
// fetch 50 | close cash=199.00 [wechat=…] [paper=A0004,-] [of=1001] | sign 1001 |
// sheet 1001
func (c *command) shift() string {
	ctx := context.Background()
	switch c.args[0] {
	case "open":
		in := office.OpenShiftInput{Float: c.amount("float"), Kiosk: c.opt["kiosk"] != ""}
		if c.opt["paper"] != "" {
			in.Batch, in.Sheets = c.delivery(c.opt["paper"]), c.count("sheets")
		}
		return c.shiftVerb(func(v office.Verb, bump int) (chepiao.Shift, error) {
			in := in
			in.Float += chepiao.Money(bump)
			return c.office.OpenShift(ctx, v, in)
		})
	case "handin", "fetch":
		return c.shiftVerb(func(v office.Verb, bump int) (chepiao.Shift, error) {
			return c.office.HandIn(ctx, v, office.HandInInput{Amount: c.money(c.args[1]) + chepiao.Money(bump), Fetch: c.args[0] == "fetch", With: chepiao.StaffNo(c.opt["with"])})
		})
	case "close":
		of := c.opt["clerk"]
		if c.opt["of"] != "" {
			of = c.opt["of"]
		}
		in := office.CloseShiftInput{Shift: c.shiftOf(of), Counted: map[chepiao.PaymentChannel]chepiao.Money{}, Note: c.opt["note"]}
		for _, channel := range []chepiao.PaymentChannel{chepiao.Cash, chepiao.Sandbox} {
			if c.opt[string(channel)] != "" {
				in.Counted[channel] = c.amount(string(channel))
			}
		}
		if c.opt["paper"] != "" {
			in.Paper = strings.Split(c.opt["paper"], ",")
		}
		return c.shiftVerb(func(v office.Verb, bump int) (chepiao.Shift, error) {
			in := in
			in.Note += strings.Repeat("!", bump)
			return c.office.CloseShift(ctx, v, in)
		})
	case "sign":
		id := c.shiftOf(c.args[1])
		return c.shiftVerb(func(v office.Verb, bump int) (chepiao.Shift, error) {
			return c.office.SignShift(ctx, v, id, c.opt["note"]+strings.Repeat("!", bump))
		})
	case "sheet":
		return c.shiftSheet(c.shiftOf(c.args[1]))
	}
	c.t.Fatalf("%s: a shift has no %q", c.where, c.args[0])
	return ""
}

func (c *command) shiftVerb(do func(v office.Verb, bump int) (chepiao.Shift, error)) string {
	said := func(bump int) func(office.Verb) (string, error) {
		return func(v office.Verb) (string, error) {
			s, err := do(v, bump)
			if err != nil {
				return "", err
			}
			zh, _ := s.State.Text()
			text := fmt.Sprintf("shift of %s %s, drawer %s", s.Staff, zh, s.Drawer().Yuan())
			if s.State != chepiao.OpenShift {
				text += fmt.Sprintf(", over %s", s.Over.Yuan())
			}
			if s.SignedBy != "" {
				text += ", signed by " + string(s.SignedBy)
			}
			for _, run := range s.Paper {
				text += ", " + run.String()
			}
			return text, nil
		}
	}
	return c.send(said(0), said(1))
}

// shiftSheet tells the closing sheet.
func (c *command) shiftSheet(id chepiao.ShiftID) string {
	s, err := c.office.ShiftSheet(context.Background(), id)
	if err != nil {
		return c.no(err)
	}
	text := ""
	for _, l := range s.Lines {
		text += fmt.Sprintf("%s in %s (%d) back %s (%d) expected %s", l.Channel, l.In.Yuan(), l.Payments, l.Back.Yuan(), l.Paybacks, l.Expected.Yuan())
		if s.Shift.State != chepiao.OpenShift {
			text += fmt.Sprintf(" counted %s over %s", l.Counted.Yuan(), l.Over.Yuan())
		}
		text += "\n"
	}
	t := s.Shift.Tickets
	text += fmt.Sprintf("tickets sold %d refunded %d voided %d rebooked %d; carried %s\n", t.Sold, t.Refunded, t.Voided, t.Rebooked, s.Carried.Yuan())
	if s.Full != nil {
		text += s.Full.Rule + " " + s.Full.ZH + "\n"
	}
	for _, kind := range []struct {
		name string
		list []chepiao.PaperSheet
	}{{"used", s.Used}, {"spoilt", s.Spoilt}, {"missing", s.Missing}, {"surrendered", s.Returned}} {
		for _, p := range kind.list {
			text += strings.TrimSpace(kind.name+" "+p.Serial+" "+p.Why) + "\n"
		}
	}
	return text
}

// stock receive A0001 A0100 | hand 10 paper=A0001 to=1001 | hand 3 from=1001
// [to=1002] | spoil A0003 why=… | list
func (c *command) stock() string {
	ctx := context.Background()
	switch c.args[0] {
	case "receive":
		receive := func(to string) func(office.Verb) (string, error) {
			return func(v office.Verb) (string, error) {
				b, err := c.office.ReceivePaper(ctx, v, c.args[1], to)
				return fmt.Sprintf("%s in the store, %d sheets", b.Serials, b.Count()), err
			}
		}
		return c.send(receive(c.args[2]), receive(c.args[2]+"9"))
	case "hand":
		n, err := strconv.Atoi(c.args[1])
		must(c.t, err)
		in := office.HandPaperInput{Sheets: n}
		if c.opt["paper"] != "" {
			in.Batch = c.delivery(c.opt["paper"])
		}
		if c.opt["from"] != "" {
			in.From = c.shiftOf(c.opt["from"])
		}
		if c.opt["to"] != "" {
			in.To = c.shiftOf(c.opt["to"])
		}
		hand := func(in office.HandPaperInput) func(office.Verb) (string, error) {
			return func(v office.Verb) (string, error) {
				h, err := c.office.HandPaper(ctx, v, in)
				text := "handed over"
				for _, run := range h.Sheets {
					text += " " + run.String()
				}
				return text, err
			}
		}
		other := in
		other.Sheets++
		return c.send(hand(in), hand(other))
	case "spoil":
		spoil := func(why string) func(office.Verb) (string, error) {
			return func(v office.Verb) (string, error) {
				p, err := c.office.SpoilPaper(ctx, v, c.args[1], why)
				zh, _ := p.State.Text()
				return fmt.Sprintf("%s %s: %s", p.Serial, zh, p.Why), err
			}
		}
		return c.send(spoil(c.opt["why"]), spoil(c.opt["why"]+"!"))
	case "found":
		to := chepiao.ShiftID(0)
		if c.opt["to"] != "" {
			to = c.shiftOf(c.opt["to"])
		}
		found := func(serial string) func(office.Verb) (string, error) {
			return func(v office.Verb) (string, error) {
				p, err := c.office.FoundPaper(ctx, v, serial, to)
				return p.Serial + " is unused paper again", err
			}
		}
		return c.send(found(c.args[1]), found(c.args[1]+"9"))
	case "list":
		list, err := c.office.Stock(ctx, 0, 0, 10)
		must(c.t, err)
		text := ""
		for _, p := range list {
			text += fmt.Sprintf("%s: %d in the store, %d out, %d used, %d spoilt, %d missing, %d surrendered", p.Serials, p.InStore, p.Out,
				p.Count[chepiao.PaperUsed], p.Count[chepiao.PaperSpoilt], p.Count[chepiao.PaperMissing], p.Count[chepiao.PaperSurrendered])
			for _, m := range p.Missing {
				text += " " + m.Serial
			}
			text += "\n"
		}
		return text
	}
	c.t.Fatalf("%s: the stock has no %q", c.where, c.args[0])
	return ""
}

// delivery is the batch that has a number.
func (c *command) delivery(serial string) chepiao.PaperBatchID {
	list, err := c.office.Stock(context.Background(), 0, 0, 100)
	must(c.t, err)
	for _, p := range list {
		if _, ok := p.Serials.Number(serial); ok {
			return p.Batch
		}
	}
	return 0
}

func (c *command) amount(name string) chepiao.Money {
	if c.opt[name] == "" {
		return 0
	}
	return c.money(c.opt[name])
}

func (c *command) count(name string) int {
	n, err := strconv.Atoi(c.opt[name])
	must(c.t, err)
	return n
}

// printed has a receipt printed on the next sheet of the clerk's paper.
func (c *command) printed() string {
	print := func(in office.PrintReceiptInput) func(office.Verb) (string, error) {
		return func(v office.Verb) (string, error) {
			t, err := c.office.PrintReceipt(context.Background(), v, in)
			zh, _ := t.Receipt.Text()
			return fmt.Sprintf("%s %s %s", c.args[0], zh, t.ReceiptNo), err
		}
	}
	in := office.PrintReceiptInput{Ticket: c.ticket(c.args[0]), Early: c.opt["early"] != ""}
	other := in
	other.Early = !in.Early
	return c.send(print(in), print(other))
}

// surrendered takes a paper back by its number alone, as scanned.
func (c *command) surrendered() string {
	take := func(no string) func(office.Verb) (string, error) {
		return func(v office.Verb) (string, error) {
			t, err := c.office.Surrender(context.Background(), v, no)
			zh, _ := t.Receipt.Text()
			return fmt.Sprintf("%s %s", zh, t.ReceiptNo), err
		}
	}
	return c.send(take(c.opt["no"]), take(c.opt["no"]+"9"))
}
