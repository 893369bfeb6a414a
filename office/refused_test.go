package office_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/store"
)

// refusing is a world with one paid order A (one ticket), one held order B, and
// an order C of another departure.
func refusing(t *testing.T) *world {
	w := newWorld(t)
	w.where = "refusing"
	w.tell([]string{"on 2026-11-22 07:00 timetable", "G101 seats=45 石家庄@08:30 定州@09:20 保定@10:10", "F1 seats=20 until=18:00 石家庄@06:00 正定@09:30"})
	w.tell([]string{"hold G101 石家庄 保定 who=李小明 seats=5", "pay A", "hold G101 石家庄 保定 who=王小红", "hold F1 石家庄 正定 who=张三丰"})
	return w
}

// good is a request for a seat that would be granted.
func (w *world) good() office.HoldInput {
	c := command{world: w}
	return office.HoldInput{
		Departure: c.departure("G101"), From: w.station("石家庄"), To: w.station("保定"), Channel: chepiao.Online, Outlet: "test",
		Passengers: []office.Rider{
			{Name: "赵四海", Document: "resident_id", Number: w.person("赵四海"), Phone: "13800005678"},
			{Name: "孙五湖", Document: "resident_id", Number: w.person("孙五湖")},
		},
	}
}

// TestBadHoldsLeaveNoTrace: each wrong field is named, nothing is written, and
// no sentence repeats what somebody typed about a person.
func TestBadHoldsLeaveNoTrace(t *testing.T) {
	w := refusing(t)
	before := w.look()
	for _, c := range []struct {
		name   string
		change func(*office.HoldInput)
		want   chepiao.Reason
		field  string
	}{
		{"no departure", func(in *office.HoldInput) { in.Departure = 0 }, chepiao.NotFound, "departure"},
		{"a departure of another world", func(in *office.HoldInput) { in.Departure = chepiao.MakeDepartureID(999, in.Departure.Day()) }, chepiao.NotFound, "departure"},
		{"a day on which it does not run", func(in *office.HoldInput) {
			in.Departure = chepiao.MakeDepartureID(in.Departure.Template(), in.Departure.Day()+100)
		}, chepiao.NotFound, "departure"},
		{"a day gone by", func(in *office.HoldInput) {
			in.Departure = chepiao.MakeDepartureID(in.Departure.Template(), in.Departure.Day()-1)
		}, chepiao.PastDeparture, "departure"},
		{"no stop to board", func(in *office.HoldInput) { in.From = 0 }, chepiao.NotFound, "from"},
		{"a stop of another line", func(in *office.HoldInput) { in.To = w.station("正定") }, chepiao.NotFound, "to"},
		{"the wrong way", func(in *office.HoldInput) { in.From, in.To = w.station("定州"), w.station("石家庄") }, chepiao.Invalid, "to"},
		{"from a stop to itself", func(in *office.HoldInput) { in.To = in.From }, chepiao.NotFound, "to"},
		{"a channel that does not exist", func(in *office.HoldInput) { in.Channel = "fax" }, chepiao.Invalid, "channel"},
		{"no channel", func(in *office.HoldInput) { in.Channel = "" }, chepiao.Invalid, "channel"},
		{"nobody", func(in *office.HoldInput) { in.Passengers = nil }, chepiao.Invalid, "passengers"},
		{"six", func(in *office.HoldInput) { in.Passengers = w.crowd(6) }, chepiao.TooMany, "passengers"},
		{"sixty-one", func(in *office.HoldInput) { in.Passengers = w.crowd(61) }, chepiao.Invalid, "passengers"},
		{"no name", func(in *office.HoldInput) { in.Passengers[1].Name = "" }, chepiao.Invalid, "passengers[1].name"},
		{"a name of control characters", func(in *office.HoldInput) { in.Passengers[0].Name = "赵\x00海" }, chepiao.Invalid, "passengers[0].name"},
		{"a name without end", func(in *office.HoldInput) { in.Passengers[0].Name = strings.Repeat("赵", 9999) }, chepiao.Invalid, "passengers[0].name"},
		{"a document that does not exist", func(in *office.HoldInput) { in.Passengers[0].Document = "library_card" }, chepiao.Invalid, "passengers[0].document.kind"},
		{"no number", func(in *office.HoldInput) { in.Passengers[1].Number = "" }, chepiao.Invalid, "passengers[1].document.number"},
		{"a wrong check digit", func(in *office.HoldInput) { in.Passengers[1].Number = flip(in.Passengers[1].Number) }, chepiao.Invalid, "passengers[1].document.number"},
		{"a number without end", func(in *office.HoldInput) { in.Passengers[1].Number = strings.Repeat("1", 9999) }, chepiao.Invalid, "passengers[1].document.number"},
		{"a passport of no country", func(in *office.HoldInput) {
			in.Passengers[0].Document, in.Passengers[0].Number = "passport", "E12345678"
		}, chepiao.Invalid, "passengers[0].document.nationality"},
		{"half a phone", func(in *office.HoldInput) { in.Passengers[0].Phone = "1380000" }, chepiao.Invalid, "passengers[0].phone"},
		{"a kind that does not exist", func(in *office.HoldInput) { in.Passengers[1].Kind = 7 }, chepiao.Invalid, "passengers[1].kind"},
		{"two children beside one", func(in *office.HoldInput) { in.Passengers[1].Children = 2 }, chepiao.TooMany, "passengers[1].children"},
		{"minus one child", func(in *office.HoldInput) { in.Passengers[1].Children = -1 }, chepiao.TooMany, "passengers[1].children"},
		{"the same document twice", func(in *office.HoldInput) { in.Passengers[1].Number = in.Passengers[0].Number }, chepiao.DuplicateRider, "passengers[1].document.number"},
		{"a document that rides already", func(in *office.HoldInput) { in.Passengers[0].Number = w.person("李小明") }, chepiao.DuplicateRider, "passengers[0].document.number"},
		{"one seat for two", func(in *office.HoldInput) { in.Seats = []int{9} }, chepiao.Invalid, "seats"},
		{"seat 0", func(in *office.HoldInput) { in.Seats = []int{9, 0} }, chepiao.Invalid, "seats[1]"},
		{"seat 46", func(in *office.HoldInput) { in.Seats = []int{9, 46} }, chepiao.Invalid, "seats[1]"},
		{"a seat twice", func(in *office.HoldInput) { in.Seats = []int{9, 9} }, chepiao.Invalid, "seats[1]"},
		{"a taken seat", func(in *office.HoldInput) { in.Seats = []int{9, 5} }, chepiao.SeatTaken, "seats[1]"},
	} {
		in := w.good()
		c.change(&in)
		_, err := w.office.Hold(context.Background(), w.clock(), office.Verb{ID: "bad", By: "test"}, "KEY", in)
		w.refused(t, c.name, err, c.want, c.field)
		if after := w.look(); !slices.Equal(before, after) {
			t.Fatalf("%s left a trace: %v, before %v", c.name, after, before)
		}
	}
	if _, err := w.office.Hold(context.Background(), w.clock(), office.Verb{ID: "bad", By: "test"}, "KEY", w.good()); err != nil {
		t.Errorf("a good request under a refused id: %v", err)
	}
	w.end()
}

// crowd is n people with documents of their own.
func (w *world) crowd(n int) (riders []office.Rider) {
	for i := range n {
		name := "钱" + string(rune('一'+i))
		riders = append(riders, office.Rider{Name: name, Document: "resident_id", Number: w.person(name)})
	}
	return riders
}

func flip(number string) string {
	b := []byte(number)
	b[5] = '0' + (b[5]-'0'+1)%10
	return string(b)
}

// refused holds an error against the refusal that is wanted.
func (w *world) refused(t *testing.T, name string, err error, want chepiao.Reason, field string) {
	t.Helper()
	r := chepiao.AsRefusal(err)
	if r == nil || r.Reason != want || r.Field != field || r.ZH == "" || r.EN == "" {
		t.Errorf("%s: %+v (%v); want %s at %q", name, r, err, want, field)
		return
	}
	w.where = name
	w.masked(r.ZH + r.EN + r.Field + err.Error())
}

// look is what a refusal must not change: the journal's head, the due orders and
// the departures' versions.
func (w *world) look() []int64 {
	c := command{world: w}
	seen := []int64{w.head()}
	for _, number := range []string{"G101", "F1"} {
		if v := w.store.View(c.departure(number)); v != nil {
			seen = append(seen, v.Version, int64(v.Seats.Free(0, 1)), int64(v.Children))
		}
	}
	must(w.t, w.store.Read(context.Background(), func(r *store.Reader) error {
		orders, err := r.DueOrders(w.clock().Add(1000*time.Hour), 1000)
		seen = append(seen, int64(len(orders)))
		return err
	}))
	return seen
}

// TestBadVerbsLeaveNoTrace does the same for every other verb.
func TestBadVerbsLeaveNoTrace(t *testing.T) {
	w := refusing(t)
	ctx, now, v := context.Background(), w.clock(), office.Verb{ID: "bad", By: "test"}
	paid, held, other := w.order("A"), w.order("B"), w.order("C")
	g101 := (&command{world: w}).departure("G101")
	before := w.look()
	for _, c := range []struct {
		name  string
		do    func() error
		want  chepiao.Reason
		field string
	}{
		{"no id", func() error { _, err := w.office.Extend(ctx, office.Verb{}, held); return err }, chepiao.Invalid, "Idempotency-Key"},
		{"an id of 101 characters", func() error {
			_, err := w.office.Extend(ctx, office.Verb{ID: strings.Repeat("x", 101)}, held)
			return err
		}, chepiao.Invalid, "Idempotency-Key"},
		{"an id with a blank", func() error { _, err := w.office.Extend(ctx, office.Verb{ID: "a b"}, held); return err }, chepiao.Invalid, "Idempotency-Key"},
		{"extend an order that is not there", func() error { _, err := w.office.Extend(ctx, v, 12345); return err }, chepiao.NotFound, "order"},
		{"extend a paid order", func() error { _, err := w.office.Extend(ctx, v, paid); return err }, chepiao.WrongState, ""},
		{"release a paid order", func() error { _, err := w.office.Release(ctx, v, paid); return err }, chepiao.WrongState, ""},
		{"release an order that is not there", func() error { _, err := w.office.Release(ctx, v, 12345); return err }, chepiao.NotFound, "order"},
		{"pay too little", func() error { _, err := w.office.PayCash(ctx, v, held, 1); return err }, chepiao.AmountMismatch, "amount"},
		{"pay less than nothing", func() error { _, err := w.office.PayCash(ctx, v, held, -3200); return err }, chepiao.AmountMismatch, "amount"},
		{"pay twice", func() error { _, err := w.office.PayCash(ctx, v, paid, 3200); return err }, chepiao.WrongState, ""},
		{"charge a paid order", func() error { _, err := w.office.Charge(ctx, v, office.ChargeInput{Order: paid}); return err }, chepiao.WrongState, ""},
		{"charge an order that is not there", func() error { _, err := w.office.Charge(ctx, v, office.ChargeInput{Order: 12345}); return err }, chepiao.NotFound, "order"},
		{"refund nothing", func() error { _, err := w.office.Refund(ctx, v, paid, nil, 0); return err }, chepiao.Invalid, "tickets"},
		{"refund what is not paid", func() error {
			_, err := w.office.Refund(ctx, v, held, []chepiao.TicketID{w.ticket("B1")}, 0)
			return err
		}, chepiao.WrongState, "order"},
		{"refund a ticket of another order", func() error {
			_, err := w.office.Refund(ctx, v, paid, []chepiao.TicketID{w.ticket("A1"), chepiao.TicketID(other) + 1}, 3200)
			return err
		}, chepiao.NotFound, "tickets[1]"},
		{"refund a ticket twice", func() error {
			_, err := w.office.Refund(ctx, v, paid, []chepiao.TicketID{w.ticket("A1"), w.ticket("A1")}, 5700)
			return err
		}, chepiao.WrongState, "tickets[1]"},
		{"refund too much", func() error {
			_, err := w.office.Refund(ctx, v, paid, []chepiao.TicketID{w.ticket("A1")}, 3200)
			return err
		}, chepiao.QuoteChanged, "back"},
		{"check with nothing", func() error { _, err := w.office.Check(ctx, now, v, office.Passage{Device: "g"}); return err }, chepiao.Invalid, "code"},
		{"check without a device", func() error {
			_, err := w.office.Check(ctx, now, v, office.Passage{Ticket: w.ticket("A1").String()})
			return err
		}, chepiao.Invalid, "device"},
		{"check a number that is none", func() error {
			_, err := w.office.Check(ctx, now, v, office.Passage{Ticket: "TK124", Device: "g"})
			return err
		}, chepiao.Invalid, "ticket"},
		{"check a document that is none", func() error {
			_, err := w.office.Check(ctx, now, v, office.Passage{Document: "resident_id", Number: flip(w.person("李小明")), Device: "g"})
			return err
		}, chepiao.Invalid, "document.number"},
		{"uncheck what is not checked", func() error { _, err := w.office.Uncheck(ctx, v, w.ticket("A1"), "why"); return err }, chepiao.WrongState, ""},
		{"uncheck without a reason", func() error { _, err := w.office.Uncheck(ctx, v, w.ticket("A1"), " \t"); return err }, chepiao.Invalid, "reason"},
		{"uncheck with a novel", func() error {
			_, err := w.office.Uncheck(ctx, v, w.ticket("A1"), strings.Repeat("x", 201))
			return err
		}, chepiao.Invalid, "reason"},
		{"dispatch a coach that is not there", func() error {
			_, err := w.office.Dispatch(ctx, v, office.Leaving{Departure: 1, Station: w.station("石家庄")})
			return err
		}, chepiao.NotFound, "departure"},
		{"dispatch from where it does not call", func() error {
			_, err := w.office.Dispatch(ctx, v, office.Leaving{Departure: g101, Station: w.station("正定")})
			return err
		}, chepiao.NotFound, "station"},
		{"a voucher of an unpaid ticket", func() error { _, _, err := w.office.Voucher(ctx, w.ticket("B1")); return err }, chepiao.WrongState, "ticket"},
		{"rules that contradict themselves", func() error {
			_, err := w.office.SetSheet(ctx, v, office.SheetInput{Scope: chepiao.Scope{Layer: chepiao.National}, Reason: "bad", Values: []byte(`{"check_closes":1201}`)})
			return err
		}, chepiao.Invalid, "check_closes"},
		{"rules for a station that is not there", func() error {
			_, err := w.office.SetSheet(ctx, v, office.SheetInput{Scope: chepiao.Scope{Layer: chepiao.AtStation, ID: "NOWHERE"}, Reason: "bad", Values: []byte(`{"advance_days":9}`)})
			return err
		}, chepiao.NotFound, "scope"},
		{"withdraw rules in effect", func() error { _, err := w.office.WithdrawSheet(ctx, v, 1); return err }, chepiao.WrongState, "sheet"},
	} {
		w.refused(t, c.name, c.do(), c.want, c.field)
		if after := w.look(); !slices.Equal(before, after) {
			t.Fatalf("%s left a trace: %v, before %v", c.name, after, before)
		}
	}
	if _, err := w.office.PayCash(ctx, v, held, 3200); err != nil {
		t.Errorf("a good request under a refused id: %v", err)
	}
	w.end()
}

// TestCodesThatAreNone: what a gate cannot read is refused with a red light and
// recorded, whatever it is; nothing of it changes a ticket.
func TestCodesThatAreNone(t *testing.T) {
	w := refusing(t)
	w.tell([]string{"at 08:15 search 石家庄 保定"})
	code, _, err := w.office.Voucher(context.Background(), w.ticket("A1"))
	must(t, err)
	for i, bad := range []string{
		"x", "CP1:", "CP2:" + code[4:], code[:len(code)-1], code[:len(code)/2], code + "0", strings.Repeat("A", 100_000), "CP1:\x00\xff", strings.ToLower(code),
		"CP1:" + strings.Repeat("ZZZ", 60),
	} {
		got, err := w.office.Check(context.Background(), w.clock(), office.Verb{ID: "code" + string(rune('a'+i)), By: "test"}, office.Passage{Code: bad, Device: "g"})
		if err != nil || got.Verdict.Pass || got.Verdict.Light != chepiao.Red || got.Found || got.Verdict.ZH == "" {
			t.Errorf("%.30q: %+v, %v", bad, got.Verdict, err)
		}
	}
	if ticket, err := w.office.Ticket(context.Background(), w.ticket("A1")); err != nil || ticket.State != chepiao.TicketValid {
		t.Errorf("the ticket is %s, %v", ticket.State, err)
	}
	w.end()
}
