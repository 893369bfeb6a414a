package office_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/pay/sandbox"
	"chepiao/voucher"
)

// command is one line of a story taken apart.
type command struct {
	*world
	verb string
	args []string
	opt  map[string]string
}

// tell does what a block says and returns the answer.
func (w *world) tell(lines []string) (answer string) {
	w.t.Helper()
	if words, _ := split(lines[0]); slices.Contains(words, "timetable") {
		w.when(words)
		return w.timetable(lines[1:])
	}
	for _, line := range lines {
		words, opt := split(line)
		words = w.when(words)
		w.turn()
		c := command{w, words[0], words[1:], opt}
		do, known := verbs[c.verb]
		if !known {
			w.t.Fatalf("%s: nobody knows the verb %q", w.where, c.verb)
		}
		answer += strings.TrimRight(do(&c), "\n") + "\n"
	}
	return answer
}

// verbs are the words of stories. A file of words adds its own in its init.
var verbs = map[string]func(*command) string{}

func init() {
	maps.Copy(verbs, map[string]func(*command) string{
		"search": (*command).search, "seats": (*command).seats, "hold": (*command).hold, "extend": (*command).extend,
		"release": (*command).release, "pay": (*command).pay, "payer": (*command).payer, "wallet": (*command).switches,
		"notices": (*command).notices, "ask": (*command).ask, "sweep": (*command).sweep, "sendback": (*command).sendback,
		"quote": (*command).quote, "refund": (*command).refund,
		"lookup": (*command).lookup, "verify": (*command).verify, "restart": (*command).restart,
	})
}

// when takes "at 08:30" or "on 2026-11-22 08:30" off the front and moves the clock.
func (w *world) when(words []string) []string {
	w.t.Helper()
	day, rest := w.clock().In(shanghai).Format("2006-01-02"), words
	switch words[0] {
	case "on":
		day, rest = words[1], words[1:]
	case "at":
	default:
		return words
	}
	at := rest[1]
	if len(at) == 5 {
		at += ":00"
	}
	moment, err := time.ParseInLocation("2006-01-02 15:04:05", day+" "+at, shanghai)
	must(w.t, err)
	w.set(moment)
	return rest[2:]
}

// send does a verb, does it again, and tries another one under its id. It
// returns the answer, or the refusal in words.
func (c *command) send(do, other func(office.Verb) (string, error)) string {
	c.t.Helper()
	c.verbs++
	v := c.clerk(office.Verb{ID: fmt.Sprintf("verb-%d", c.verbs), By: "story"})
	where, before := c.where, c.head()
	first, err := do(v)
	if err != nil {
		said := c.no(err)
		_, again := do(v)
		if again == nil || c.no(again) != said {
			c.t.Errorf("%s: refused with %s, and sent again: %v", where, said, again)
		}
		if c.head() != before {
			c.t.Errorf("%s: a refusal left a trace in the journal", where)
		}
		return said
	}
	after := c.head()
	if after == before {
		c.t.Errorf("%s: the verb is not in the journal", where)
	}
	repeat := func() {
		c.turn()
		if again, err := do(v); err != nil || again != first {
			c.t.Errorf("%s: sent again, the answer is\n%s%v; it was\n%s", where, again, err, first)
		}
		if text, err := other(v); chepiao.Why(err) != chepiao.ReplayMismatch {
			c.t.Errorf("%s: other inputs under the same id: %s%v", where, text, err)
		}
	}
	repeat()
	if c.head() != after {
		c.t.Errorf("%s: sending it again left a trace in the journal", where)
	}
	c.sent = append(c.sent, repeat)
	return first
}

// no says a refusal in words. A fault ends the story.
func (w *world) no(err error) string {
	w.t.Helper()
	r := chepiao.AsRefusal(err)
	if r == nil {
		w.t.Fatalf("%s: a fault: %v", w.where, err)
	}
	if r.ZH == "" || r.EN == "" {
		w.t.Errorf("%s: the refusal %s has no words", w.where, r.Reason)
	}
	text := fmt.Sprintf("no: %s %s", r.Reason, r.ZH)
	if r.Field != "" {
		text += " (" + r.Field + ")"
	}
	return text
}

func (w *world) station(name string) chepiao.StationNo {
	w.t.Helper()
	for _, s := range w.office.Timetable().Stations {
		if s.Name == name {
			return s.No
		}
	}
	w.t.Fatalf("%s: there is no station %s", w.where, name)
	return 0
}

func (w *world) stationName(no chepiao.StationNo) string {
	return w.office.Timetable().Station(no).Name
}

// departure finds a departure by the number people know, on the story's day or
// the one of day=+1: the one that is on offer, else one that once was.
func (c *command) departure(number string) chepiao.DepartureID {
	c.t.Helper()
	day, best := c.day(), chepiao.DepartureID(0)
	for _, m := range c.office.Timetable().Templates {
		if m.Number == number && (best == 0 || m.Days.Has(day)) {
			best = chepiao.MakeDepartureID(m.No, day)
		}
	}
	if best == 0 {
		c.t.Fatalf("%s: there is no departure %s", c.where, number)
	}
	return best
}

func (c *command) day() chepiao.Day {
	ahead, _ := strconv.Atoi(c.opt["day"])
	return chepiao.DayOf(c.clock().In(shanghai)) + chepiao.Day(ahead)
}

// order and ticket find what a story calls A and A1.
func (w *world) order(label string) chepiao.OrderID {
	w.t.Helper()
	i := int(label[0] - 'A')
	if i < 0 || i >= len(w.orders) {
		w.t.Fatalf("%s: there is no order %s yet", w.where, label)
	}
	return w.orders[i]
}

func (w *world) ticket(label string) chepiao.TicketID {
	w.t.Helper()
	n, err := strconv.Atoi(label[1:])
	must(w.t, err)
	return chepiao.TicketID(w.order(label[:1])) + chepiao.TicketID(n)
}

func (w *world) label(t chepiao.Ticket) string {
	for i, id := range w.orders {
		if id == t.Order {
			return fmt.Sprintf("%c%d", 'A'+i, int64(t.ID)-int64(id))
		}
	}
	return "?"
}

func (w *world) clockText(t time.Time) string {
	layout := "15:04"
	if t.Second() != 0 {
		layout = "15:04:05"
	}
	if chepiao.DayOf(t.In(shanghai)) != chepiao.DayOf(w.clock().In(shanghai)) {
		layout = "01-02 " + layout
	}
	return t.In(shanghai).Format(layout)
}

// ticketLine is a ticket as a passenger would see it.
func (w *world) ticketLine(t chepiao.Ticket, who chepiao.Passenger) string {
	seat := fmt.Sprintf("seat %d", t.Seat)
	if t.Seat == 0 {
		seat = "no seat"
	}
	line := fmt.Sprintf("%s %s %s %s %s %s", w.label(t), t.State, seat, t.Kind, t.Price.Yuan(), who)
	if t.Children > 0 {
		line += fmt.Sprintf(" +%d child", t.Children)
	}
	if t.State == chepiao.TicketRefunded {
		line += fmt.Sprintf(", %s back, fee %s", t.Refund.Yuan(), t.Fee.Yuan())
	}
	return line + "\n"
}

func (c *command) search() string {
	offers, total, err := c.office.Search(c.clock(), office.Question{
		From: c.station(c.args[0]), To: c.station(c.args[1]), Day: c.day(), Channel: c.channel(), Limit: 20,
	})
	if err != nil {
		return c.no(err)
	}
	text := ""
	for _, f := range offers {
		text += fmt.Sprintf("%s %s–%s %s, %d free", f.Template.Number, c.clockText(f.Departs), c.clockText(f.Arrives), f.Price.Yuan(), f.Free)
		if f.Refusal != nil {
			text += ", " + c.no(f.Refusal)
		}
		text += "\n"
	}
	if total == 0 {
		return "nothing runs"
	}
	return text
}

func (c *command) channel() chepiao.Channel {
	if c.opt["channel"] == "" {
		return chepiao.Online
	}
	return chepiao.Channel(c.opt["channel"])
}

func (c *command) seats() string {
	f, err := c.office.Offer(c.clock(), c.departure(c.args[0]), c.station(c.args[1]), c.station(c.args[2]), c.channel())
	if err != nil {
		return c.no(err)
	}
	text := fmt.Sprintf("%d free", f.Free)
	for _, row := range c.office.Seats(f) {
		for _, s := range row {
			if s.Seat > 0 && !s.Free {
				text += fmt.Sprintf(", %d taken", s.Seat)
			}
		}
	}
	return text
}

// hold G101 石家庄 保定 who=李小明,王小红*half,张三+1 seats=3,4,5
func (c *command) hold() string {
	in := office.HoldInput{Departure: c.departure(c.args[0]), From: c.station(c.args[1]), To: c.station(c.args[2]), Channel: c.channel(), Outlet: "story"}
	for _, who := range strings.Split(c.opt["who"], ",") {
		in.Passengers = append(in.Passengers, c.rider(who))
	}
	for _, seat := range strings.FieldsFunc(c.opt["seats"], func(r rune) bool { return r == ',' }) {
		n, err := strconv.Atoi(seat)
		must(c.t, err)
		in.Seats = append(in.Seats, n)
	}
	other := in
	other.Outlet = "elsewhere"
	hold := func(in office.HoldInput) func(office.Verb) (string, error) {
		return func(v office.Verb) (string, error) {
			v.At, v.Place = c.at(), c.placeOf(c.opt["place"])
			a, err := c.office.Hold(context.Background(), c.clock(), v, "KEY", in)
			if err != nil {
				return "", err
			}
			if !slices.Contains(c.orders, a.Order.ID) {
				c.orders = append(c.orders, a.Order.ID)
			}
			if a.Order.Key != "KEY" {
				c.t.Errorf("%s: the order's key is %q", c.where, a.Order.Key)
			}
			return c.answer(a, "held until "+a.Order.Deadline.In(shanghai).Format("15:04:05")), nil
		}
	}
	return c.send(hold(in), hold(other))
}

// answer tells an order with its tickets as a verb left them.
func (c *command) answer(a office.Answer, what string) string {
	text := fmt.Sprintf("order %c %s, %s\n", 'A'+slices.Index(c.orders, a.Order.ID), what, a.Order.Total.Yuan())
	f, err := c.office.Look(context.Background(), a.Order.ID)
	must(c.t, err)
	for _, t := range a.Tickets {
		text += c.ticketLine(t, f.Passengers[int64(t.ID)-int64(a.Order.ID)-1])
	}
	return text
}

func (c *command) extend() string {
	id := c.order(c.args[0])
	return c.send(func(v office.Verb) (string, error) {
		a, err := c.office.Extend(context.Background(), v, id)
		if err != nil {
			return "", err
		}
		return "held until " + a.Order.Deadline.In(shanghai).Format("15:04:05"), nil
	}, c.releasing(id))
}

func (c *command) release() string {
	id := c.order(c.args[0])
	return c.send(c.releasing(id), c.releasing(id+1000))
}

func (c *command) releasing(id chepiao.OrderID) func(office.Verb) (string, error) {
	return func(v office.Verb) (string, error) {
		a, err := c.office.Release(context.Background(), v, id)
		if err != nil {
			return "", err
		}
		return c.answer(a, string(a.Order.State)), nil
	}
}

// pay A [with=wallet] [amount=45.00]
func (c *command) pay() string {
	id := c.order(c.args[0])
	f, err := c.office.Look(context.Background(), id)
	must(c.t, err)
	amount := f.Order.Due()
	if c.opt["amount"] != "" {
		amount = c.money(c.opt["amount"])
	}
	cash := func(amount chepiao.Money) func(office.Verb) (string, error) {
		return func(v office.Verb) (string, error) {
			a, err := c.office.PayCash(context.Background(), v, id, amount)
			if err != nil {
				return "", err
			}
			return c.answer(a, string(a.Order.State)), nil
		}
	}
	if c.opt["with"] == "wallet" {
		return c.charge(id)
	}
	return c.send(cash(amount), cash(amount+1))
}

// charge asks the wallet for the money. Unlike other verbs it may be refused
// after it began: the wallet may be silent.
func (c *command) charge(id chepiao.OrderID) string {
	c.verbs++
	v := office.Verb{ID: fmt.Sprintf("verb-%d", c.verbs), By: "story"}
	first, err := c.office.Charge(context.Background(), v, office.ChargeInput{Order: id})
	if err != nil {
		return c.no(err)
	}
	again, err := c.office.Charge(context.Background(), v, office.ChargeInput{Order: id})
	if err != nil || again.Payment != first.Payment || again.PayURL != first.PayURL || again.QRText != first.QRText || first.PayURL == "" {
		c.t.Errorf("%s: sent again, the charge is %+v, %v; it was %+v", c.where, again, err, first)
	}
	if _, err := c.office.Extend(context.Background(), v, id); first.Event != nil && chepiao.Why(err) != chepiao.ReplayMismatch {
		c.t.Errorf("%s: another verb under the same id: %v", c.where, err)
	}
	return fmt.Sprintf("order %s %s, %s asked of the wallet", c.args[0], again.Order.State, again.Payment.Amount.Yuan())
}

func (c *command) money(s string) chepiao.Money {
	yuan, err := strconv.ParseFloat(s, 64)
	must(c.t, err)
	return chepiao.Money(yuan*100 + 0.5)
}

// payer A success|failure|later: what the payer does in the wallet, with the
// order's latest charge.
func (c *command) payer() string {
	f, err := c.office.Look(context.Background(), c.order(c.args[0]))
	must(c.t, err)
	id := f.Payments[len(f.Payments)-1].ID.String()
	res, err := http.Post(c.url+"/control/charges/"+id+"/outcome", "application/json", strings.NewReader(`{"outcome":"`+c.args[1]+`"}`))
	must(c.t, err)
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return "the wallet says no"
	}
	return "the wallet takes it"
}

// wallet unreachable late_success refund_refused …: exactly these switches are on.
func (c *command) switches() string {
	on := func(name string) bool { return slices.Contains(c.args, name) }
	must(c.t, c.wallet.SetSwitches(sandbox.Switches{
		Unreachable: on("unreachable"), LateSuccess: on("late_success"), NoticeLost: on("notice_lost"), NoticeTwice: on("notice_twice"),
		RefundPending: on("refund_pending"), RefundRefused: on("refund_refused"),
	}))
	if len(c.args) == 0 {
		return "all is well again"
	}
	return "from now on " + strings.Join(c.args, " and ")
}

// notices has the wallet report what is due.
func (c *command) notices() string {
	c.wallet.Deliver(context.Background())
	return "delivered"
}

// ask A: the payer has come back, the office asks the wallet.
func (c *command) ask() string {
	f, err := c.office.Look(context.Background(), c.order(c.args[0]))
	must(c.t, err)
	for range 2 { // settled once, however often it is asked
		if err = c.office.AskChannel(context.Background(), f.Payments[len(f.Payments)-1].ID); err != nil {
			return "the wallet is silent"
		}
	}
	f, err = c.office.Look(context.Background(), f.Order.ID)
	must(c.t, err)
	return "order " + c.args[0] + " " + string(f.Order.State)
}

func (c *command) sweep() string {
	ended, err := c.office.Lapse(context.Background(), c.clock())
	must(c.t, err)
	again, err := c.office.Lapse(context.Background(), c.clock())
	must(c.t, err)
	if again != 0 {
		c.t.Errorf("%s: the sweeper ends %d more at once", c.where, again)
	}
	return fmt.Sprintf("holds ended: %d", ended)
}

func (c *command) sendback() string {
	settled, err := c.office.SendPaybacks(context.Background())
	if err != nil {
		return fmt.Sprintf("sent back: %d, the wallet would not take all", settled)
	}
	return fmt.Sprintf("sent back: %d", settled)
}

// quote A1 [moment=14:00]: what would come back now, or then.
func (c *command) quote() string {
	text := ""
	for _, label := range c.args {
		q, err := c.office.QuoteRefund(context.Background(), c.moment(), c.at(), c.ticket(label))
		if err != nil {
			return c.no(err)
		}
		text += q.ZH + "\n"
	}
	return text
}

// refund A1 A2 [back=40.50] [fault=station why=… agreed=4001]; without back the buyer
// confirms what is quoted.
func (c *command) refund() string {
	id, back := c.order(c.args[0][:1]), chepiao.Money(0)
	var tickets []chepiao.TicketID
	for _, label := range c.args {
		tickets = append(tickets, c.ticket(label))
		if q, err := c.office.QuoteBlame(context.Background(), c.clock(), c.at(), c.ticket(label), chepiao.Fault(c.opt["fault"])); err == nil {
			back += q.Back
		}
	}
	if c.opt["back"] != "" {
		back = c.money(c.opt["back"])
	}
	refund := func(back chepiao.Money) func(office.Verb) (string, error) {
		return func(v office.Verb) (string, error) {
			v.At, v.Agreed = c.at(), chepiao.StaffNo(c.opt["agreed"])
			a, err := c.office.RefundBlame(context.Background(), v, id, tickets, back, chepiao.Blame{Fault: chepiao.Fault(c.opt["fault"]), Why: c.opt["why"]})
			if err != nil {
				return "", err
			}
			return c.answer(a, string(a.Order.State)), nil
		}
	}
	return c.send(refund(back), refund(back+1))
}

// lookup A [doc=李小明] | lookup doc=李小明
func (c *command) lookup() string {
	if len(c.args) == 0 {
		tickets, err := c.office.LookByDocument(context.Background(), c.clock(), string(chepiao.ResidentID), c.person(c.opt["doc"]), "", 10)
		if err != nil {
			return c.no(err)
		}
		text := ""
		for _, t := range tickets {
			text += fmt.Sprintf("%s %s %s\n", c.label(t), t.Departure.Day(), t.State)
		}
		if text == "" {
			text = "nothing"
		}
		return text
	}
	f, err := c.office.LookWithKey(context.Background(), c.order(c.args[0]), "KEY")
	if name := c.opt["doc"]; name != "" {
		f, err = c.office.LookWithDocument(context.Background(), c.clock(), c.order(c.args[0]), string(chepiao.ResidentID), c.person(name), "")
	}
	if c.opt["key"] != "" {
		f, err = c.office.LookWithKey(context.Background(), c.order(c.args[0]), c.opt["key"])
	}
	if err != nil {
		return c.no(err)
	}
	text := fmt.Sprintf("order %s %s, %s, %s %s %s→%s %s\n", c.args[0], f.Order.State, f.Order.Total.Yuan(), f.Run.Template.Number,
		f.Departs.In(shanghai).Format("01-02 15:04"), c.stationName(f.Order.From), c.stationName(f.Order.To), f.Arrives.In(shanghai).Format("15:04"))
	for i, t := range f.Tickets {
		text += c.ticketLine(t, f.Passengers[i])
	}
	for _, p := range f.Payments {
		text += fmt.Sprintf("%s %s %s\n", p.Channel, p.Amount.Yuan(), p.State)
	}
	return text
}

// verify A1: what the voucher says to somebody who has only the public keys.
func (c *command) verify() string {
	code, _, err := c.office.Voucher(context.Background(), c.ticket(c.args[0]))
	if err != nil {
		return c.no(err)
	}
	keys, err := voucher.NewKeys(c.ring.Public()...)
	must(c.t, err)
	v := keys.Verify(code, c.clock())
	if !v.Signed {
		return c.no(v.Refusal)
	}
	seat := fmt.Sprintf("seat %d", v.Claims.Seat)
	if v.Claims.Seat == 0 {
		seat = "no seat"
	}
	text := fmt.Sprintf("%s %s %s %s→%s %s, %s, version %d", v.Claims.Number, v.Claims.Day, v.Claims.Depart,
		c.stationName(v.Claims.From), c.stationName(v.Claims.To), seat, v.Claims.Kind, v.Claims.Version)
	if v.Refusal != nil {
		text += ", " + c.no(v.Refusal)
	}
	return text
}

// restart closes the node and opens it again. Then every verb so far is sent
// once more, as if no answer had been heard.
func (c *command) restart() string {
	c.close()
	c.open()
	before := c.head()
	for _, again := range c.sent {
		again()
	}
	if c.head() != before {
		c.t.Errorf("%s: sending everything again left a trace in the journal", c.where)
	}
	return fmt.Sprintf("verbs sent again: %d", len(c.sent))
}

// lastPayment is the number of an order's latest payment.
func (w *world) lastPayment(label string) chepiao.PaymentID {
	w.t.Helper()
	f, err := w.office.Look(context.Background(), w.order(label))
	must(w.t, err)
	return f.Payments[len(f.Payments)-1].ID
}
