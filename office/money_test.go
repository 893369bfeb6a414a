package office_test

import (
	"cmp"
	"context"
	crand "crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"chepiao"
	"chepiao/demo"
	"chepiao/gtfs"
	"chepiao/office"
	"chepiao/pay"
	"chepiao/pay/alipay"
	"chepiao/pay/alipay/alipaysim"
	"chepiao/pay/practice"
	"chepiao/pay/wechat"
	"chepiao/pay/wechat/wechatsim"
	"chepiao/store"
	"chepiao/store/storetest"
	"chepiao/voucher"
)

// moneyHouse is an office that takes money through a firm, whose simulator
// speaks the true protocol over the wire. Signatures go by the true clock on
// both sides; only the office's own can be moved ahead.
type moneyHouse struct {
	*office.Office
	t      testing.TB
	store  *store.Store
	firm   chepiao.PaymentChannel
	sim    *practice.Firm
	mu     sync.Mutex
	ahead  time.Duration
	served int // notices
	verbs  int
	people int
}

// moneyKeys are drawn once: RSA keys take their time.
var (
	moneyKeys  = sync.OnceValues(func() (*wechatsim.Keys, error) { return wechatsim.NewKeys(crand.Reader, time.Now(), false) })
	alipayKeys = sync.OnceValues(func() (*alipaysim.Keys, error) { return alipaysim.NewKeys(crand.Reader) })
)

// moneyFirms are those whose protocols are spoken.
var moneyFirms = []chepiao.PaymentChannel{chepiao.WeChat, chepiao.Alipay}

// open starts the firm's simulator, and is a merchant of it.
func (h *moneyHouse) open(folder string) (channel pay.Channel, err error) {
	var door http.Handler
	wire := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { door.ServeHTTP(w, r) }))
	h.t.Cleanup(wire.Close)
	if h.firm == chepiao.Alipay {
		keys, err := alipayKeys()
		must(h.t, err)
		sim, err := alipaysim.New(alipaysim.Options{Now: time.Now, Rand: crand.Reader, Keys: keys})
		must(h.t, err)
		door, h.sim = sim, sim.Firm
		file, err := keys.Save(folder, wire.URL)
		must(h.t, err)
		set, err := alipay.ReadSettings(file)
		must(h.t, err)
		return alipay.New(alipay.Config{Settings: set})
	}
	keys, err := moneyKeys()
	must(h.t, err)
	sim, err := wechatsim.New(wechatsim.Options{Now: time.Now, Rand: crand.Reader, Keys: keys})
	must(h.t, err)
	door, h.sim = sim, sim.Firm
	file, err := keys.Save(folder, wire.URL)
	must(h.t, err)
	set, err := wechat.ReadSettings(file)
	must(h.t, err)
	return wechat.New(wechat.Config{Settings: set, Now: time.Now})
}

func newMoneyHouse(t testing.TB) *moneyHouse { return newMoneyHouseAt(t, chepiao.WeChat) }

func newMoneyHouseAt(t testing.TB, firm chepiao.PaymentChannel) *moneyHouse {
	h := &moneyHouse{t: t, firm: firm}
	door := httptest.NewServer(http.HandlerFunc(h.notified))
	t.Cleanup(door.Close)
	folder := storetest.Folder(t)
	channel, err := h.open(filepath.Join(folder, "firm"))
	must(t, err)
	h.store, err = store.Open(filepath.Join(folder, "node.db"), store.Options{Node: "T1", Now: h.clock})
	must(t, err)
	t.Cleanup(func() { h.store.Close() })
	key, err := voucher.Generate("T1", chepiao.ProfileEd25519, crand.Reader, h.clock())
	must(t, err)
	ring, err := voucher.NewRing(key)
	must(t, err)
	h.Office, err = office.New(context.Background(), office.Config{
		Store: h.store, NodeKey: []byte(strings.Repeat("k", 32)), Ring: ring, Rand: crand.Reader,
		Channels: []pay.Channel{channel}, NotifyURL: door.URL + "/channels", ReturnURL: "http://phone.example/back",
	})
	must(t, err)
	feed, _, err := gtfs.Read(demo.Feed(), gtfs.Options{From: chepiao.DayOf(time.Now()) - 1, Days: 6}, nil)
	must(t, err)
	_, err = h.Import(context.Background(), "demo", feed, "test")
	must(t, err)
	return h
}

func (h *moneyHouse) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Now().Add(h.ahead)
}

func (h *moneyHouse) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ahead += d
}

// notified is the node's door for notices.
func (h *moneyHouse) notified(w http.ResponseWriter, r *http.Request) {
	name := chepiao.PaymentChannel(strings.Split(r.URL.Path, "/")[2])
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	reply, err := h.Notice(r.Context(), name, r.Header, body)
	if err != nil && reply.Status < 400 {
		h.t.Errorf("a notice: %d, %v", reply.Status, err)
	}
	h.mu.Lock()
	h.served++
	h.mu.Unlock()
	w.Header().Set("Content-Type", reply.ContentType)
	w.WriteHeader(reply.Status)
	w.Write(reply.Body)
}

func (h *moneyHouse) verb() office.Verb {
	h.verbs++
	return office.Verb{ID: fmt.Sprintf("verb-%d", h.verbs), By: "phone"}
}

// hold keeps a seat of the n-th departure of the day after tomorrow.
func (h *moneyHouse) hold(n int) chepiao.Order {
	h.t.Helper()
	t := h.Timetable()
	day := chepiao.DayOf(h.clock().In(t.Zone)) + 2
	for last := n + len(t.Templates); n < last; n++ {
		m := &t.Templates[n%len(t.Templates)]
		if !m.Days.Has(day) {
			continue
		}
		h.people++
		name, number := demo.Person(h.people)
		a, err := h.Hold(context.Background(), h.clock(), h.verb(), fmt.Sprintf("KEY%027d", h.people), office.HoldInput{
			Departure: chepiao.MakeDepartureID(m.No, day), From: m.Stops[0].Station, To: m.Stops[len(m.Stops)-1].Station, Channel: chepiao.Online, Outlet: "phone",
			Passengers: []office.Rider{{Name: name, Document: string(chepiao.ResidentID), Number: number}},
		})
		if chepiao.AsRefusal(err) != nil {
			continue // full, or on the same person's way
		}
		must(h.t, err)
		return a.Order
	}
	h.t.Fatal("nothing can be held")
	return chepiao.Order{}
}

func (h *moneyHouse) charge(o chepiao.Order, way chepiao.PayWay) office.Charged {
	h.t.Helper()
	c, err := h.Charge(context.Background(), h.verb(), office.ChargeInput{Order: o.ID, Way: way, Payer: "oPayer"})
	must(h.t, err)
	return c
}

func (h *moneyHouse) scan(o chepiao.Order, kind practice.CodeKind) (office.Charged, error) {
	code, err := h.sim.NewCode(kind)
	must(h.t, err)
	return h.Charge(context.Background(), h.verb(), office.ChargeInput{Order: o.ID, Way: chepiao.PayByScan, AuthCode: code})
}

func (h *moneyHouse) faults(f practice.Faults) { h.t.Helper(); must(h.t, h.sim.SetFaults(f)) }
func (h *moneyHouse) deliver()                 { h.sim.Deliver(context.Background()) }

// meet has the payer's phone open the firm's page or scan its code.
func (h *moneyHouse) meet(c office.Charged) {
	h.t.Helper()
	if to := cmp.Or(c.PayURL, c.QRText); to != "" {
		res, err := http.Get(to)
		must(h.t, err)
		res.Body.Close()
	}
}

func (h *moneyHouse) payer(c office.Charged) {
	h.t.Helper()
	h.meet(c)
	if !h.sim.Pay(c.Payment.ID.String(), true) {
		h.t.Errorf("the payer cannot pay %s", c.Payment.ID)
	}
}

func (h *moneyHouse) want(o chepiao.Order, state chepiao.OrderState, payment chepiao.PaymentState) office.File {
	h.t.Helper()
	f, err := h.Look(context.Background(), o.ID)
	must(h.t, err)
	last := f.Payments[len(f.Payments)-1]
	if f.Order.State != state || last.State != payment {
		h.t.Errorf("the order is %s and its payment %s; want %s and %s", f.Order.State, last.State, state, payment)
	}
	for _, t := range f.Tickets {
		if valid := t.State == chepiao.TicketValid; valid != (state == chepiao.OrderIssued) {
			h.t.Errorf("an order that is %s has a ticket that is %s", f.Order.State, t.State)
		}
	}
	return f
}

// backs are the paybacks of an order, by state.
func (h *moneyHouse) backs(o chepiao.Order) (all []chepiao.Payback) {
	h.t.Helper()
	must(h.t, h.store.Read(context.Background(), func(r *store.Reader) (err error) {
		all, err = r.Paybacks(o.ID)
		return err
	}))
	return all
}

func (h *moneyHouse) wantBack(o chepiao.Order, state chepiao.PaybackState) chepiao.Payback {
	h.t.Helper()
	all := h.backs(o)
	if len(all) != 1 || all[0].State != state || all[0].Amount != o.Total {
		h.t.Fatalf("money back: %+v; want one, %s, of %s", all, state, o.Total)
	}
	return all[0]
}

// send sends what is due back; its error is a channel's no, which stays due.
func (h *moneyHouse) send() (settled int, err error) {
	return h.SendPaybacks(context.Background())
}

func (h *moneyHouse) lapse() {
	h.t.Helper()
	_, err := h.Lapse(context.Background(), h.clock())
	must(h.t, err)
}

func (h *moneyHouse) sound() store.Diagnosis {
	h.t.Helper()
	d, err := h.store.Doctor(context.Background(), nil)
	must(h.t, err)
	if len(d.Findings) > 0 {
		h.t.Errorf("%s: %v", d.Summary(), d.Findings)
	}
	return d
}

// TestMoneyFaults: no ticket without money, and no money without a ticket that
// does not go back by itself, whatever goes wrong at the channel (F10).
func TestMoneyFaults(t *testing.T) {
	for _, firm := range moneyFirms {
		for name, story := range moneyStories {
			t.Run(string(firm)+"/"+name, func(t *testing.T) {
				h := newMoneyHouseAt(t, firm)
				story(h)
				h.faults(practice.Faults{})
				h.deliver()
				h.sound()
			})
		}
	}
}

var moneyStories = map[string]func(*moneyHouse){
	"paid": func(h *moneyHouse) {
		for i, way := range []chepiao.PayWay{chepiao.PayByPage, chepiao.PayByCode, chepiao.PayInApp} {
			if way == chepiao.PayInApp && h.firm == chepiao.Alipay {
				continue // no contract for it
			}
			o := h.hold(i)
			c := h.charge(o, way)
			h.deliver()
			h.want(o, chepiao.OrderPaying, chepiao.PaymentPending)
			h.payer(c)
			h.deliver()
			if f := h.want(o, chepiao.OrderIssued, chepiao.PaymentPaid); len(f.Payments[0].Transaction) != 28 || f.Payments[0].Way != way || f.Payments[0].Channel != h.firm {
				h.t.Errorf("%+v", f.Payments[0])
			}
		}
	},
	"a notice is lost": func(h *moneyHouse) {
		h.faults(practice.Faults{NoticeLost: true})
		o := h.hold(4)
		c := h.charge(o, chepiao.PayByCode)
		h.payer(c)
		h.deliver()
		h.want(o, chepiao.OrderPaying, chepiao.PaymentPending)
		must(h.t, h.AskChannel(context.Background(), c.Payment.ID))
		h.want(o, chepiao.OrderIssued, chepiao.PaymentPaid)
	},
	"a notice comes twice": func(h *moneyHouse) {
		h.faults(practice.Faults{NoticeTwice: true})
		o, before := h.hold(5), h.served
		h.payer(h.charge(o, chepiao.PayByCode))
		h.deliver()
		f := h.want(o, chepiao.OrderIssued, chepiao.PaymentPaid)
		if h.served-before != 2 || len(f.Payments) != 1 || len(h.backs(o)) != 0 {
			h.t.Errorf("%d notices, %d payments", h.served-before, len(f.Payments))
		}
	},
	"a notice is forged": func(h *moneyHouse) {
		h.faults(practice.Faults{NoticeForged: true})
		o, before := h.hold(6), h.served
		h.charge(o, chepiao.PayByCode)
		h.deliver()
		if h.served == before {
			h.t.Error("nobody forged one")
		}
		h.want(o, chepiao.OrderPaying, chepiao.PaymentPending)
	},
	"notices in another order": func(h *moneyHouse) {
		o := h.hold(7)
		h.payer(h.charge(o, chepiao.PayByCode))
		h.faults(practice.Faults{NoticeReordered: true}) // the first waits
		p := h.hold(8)
		h.payer(h.charge(p, chepiao.PayByCode))
		h.deliver()
		h.want(p, chepiao.OrderPaying, chepiao.PaymentPending)
		h.faults(practice.Faults{})
		h.deliver()
		h.want(o, chepiao.OrderIssued, chepiao.PaymentPaid)
		h.want(p, chepiao.OrderIssued, chepiao.PaymentPaid)
	},
	"paid at the moment of closing": func(h *moneyHouse) {
		h.faults(practice.Faults{ClosePaid: true})
		o := h.hold(9)
		h.meet(h.charge(o, chepiao.PayByCode))
		h.pass(time.Hour)
		h.lapse() // the time is over, but the money was first: the same seat, as it is still free
		h.want(o, chepiao.OrderIssued, chepiao.PaymentPaid)
	},
	"met when it was over here": func(h *moneyHouse) {
		o := h.hold(9)
		c := h.charge(o, chepiao.PayByCode)
		h.pass(time.Hour)
		h.lapse()
		h.want(o, chepiao.OrderLapsed, chepiao.PaymentClosed)
		if h.firm == chepiao.WeChat { // it knew the charge, and has closed it
			if h.sim.Pay(c.Payment.ID.String(), true) {
				h.t.Error("what was closed can be paid")
			}
			return
		}
		h.payer(c) // Alipay had not heard of it: the code works until the time that is in it
		h.deliver()
		h.want(o, chepiao.OrderIssued, chepiao.PaymentPaid) // the seat is still free
	},
	"paid after it was over": func(h *moneyHouse) {
		h.faults(practice.Faults{LateSuccess: true})
		o := h.hold(10)
		c := h.charge(o, chepiao.PayByCode)
		h.pass(time.Hour)
		h.lapse()
		h.want(o, chepiao.OrderLapsed, chepiao.PaymentClosed)
		h.payer(c)
		h.deliver()
		h.want(o, chepiao.OrderIssued, chepiao.PaymentPaid)
	},
	"paid when the coach has gone": func(h *moneyHouse) {
		h.faults(practice.Faults{LateSuccess: true})
		o := h.hold(11)
		c := h.charge(o, chepiao.PayByCode)
		h.pass(time.Hour)
		h.lapse()
		h.pass(72 * time.Hour)
		h.payer(c)
		h.deliver()
		h.want(o, chepiao.OrderLapsed, chepiao.PaymentReturned)
		h.wantBack(o, chepiao.PaybackDue)
		if n, err := h.send(); n != 1 || err != nil {
			h.t.Errorf("sent back: %d, %v", n, err)
		}
		h.wantBack(o, chepiao.PaybackSettled)
	},
	"the channel is silent at the deadline": func(h *moneyHouse) {
		o := h.hold(12)
		c := h.charge(o, chepiao.PayByCode)
		h.faults(practice.Faults{Unreachable: true})
		h.payer(c)
		h.pass(time.Hour)
		h.lapse() // after the grace
		h.want(o, chepiao.OrderLapsed, chepiao.PaymentClosed)
		h.faults(practice.Faults{})
		h.deliver()
		h.want(o, chepiao.OrderIssued, chepiao.PaymentPaid)
	},
	"the channel is silent at the deadline, and its notice is lost": func(h *moneyHouse) {
		o := h.hold(22)
		c := h.charge(o, chepiao.PayByCode)
		h.faults(practice.Faults{Unreachable: true, NoticeLost: true})
		h.payer(c)
		h.deliver()
		h.pass(time.Hour)
		h.lapse()
		if f := h.want(o, chepiao.OrderLapsed, chepiao.PaymentClosed); !f.Payments[0].Unsure {
			h.t.Error("nobody will ask about it")
		}
		h.faults(practice.Faults{})
		h.deliver()
		h.pass(11 * time.Second)
		h.lapse() // it is asked about until the channel has said how it ended
		if f := h.want(o, chepiao.OrderIssued, chepiao.PaymentPaid); f.Payments[0].Unsure {
			h.t.Error("it is asked about for ever")
		}
	},
	"given up in silence, and never paid": func(h *moneyHouse) {
		o := h.hold(23)
		h.meet(h.charge(o, chepiao.PayByCode))
		h.faults(practice.Faults{Unreachable: true})
		h.pass(time.Hour)
		h.lapse()
		h.faults(practice.Faults{})
		h.pass(11 * time.Second)
		h.lapse()
		if f := h.want(o, chepiao.OrderLapsed, chepiao.PaymentClosed); f.Payments[0].Unsure || h.sim.Pay(f.Payments[0].ID.String(), true) {
			h.t.Error("it can still be paid")
		}
	},
	"a refund fails and then succeeds": func(h *moneyHouse) {
		o := lateMoney(h, 13)
		h.faults(practice.Faults{RefundRefused: true})
		for range 3 {
			if n, err := h.send(); n != 0 || (err == nil && h.backs(o)[0].Tries == 0) {
				h.t.Errorf("sent back: %d, %v", n, err)
			}
		}
		if b := h.wantBack(o, chepiao.PaybackDue); b.Tries != 2 {
			h.t.Errorf("asked %d times at once: it is to wait after the second", b.Tries)
		}
		h.faults(practice.Faults{})
		h.pass(time.Minute)
		h.send()
		h.wantBack(o, chepiao.PaybackSettled)
	},
	"a refund takes its time": func(h *moneyHouse) {
		o := lateMoney(h, 14)
		h.faults(practice.Faults{RefundPending: true})
		h.send()
		h.wantBack(o, chepiao.PaybackSent)
		h.faults(practice.Faults{})
		h.send()
		h.wantBack(o, chepiao.PaybackSent) // it was asked about a moment ago
		h.pass(11 * time.Second)
		h.send()
		h.wantBack(o, chepiao.PaybackSettled)
	},
	"a refund's end is reported": func(h *moneyHouse) {
		o := lateMoney(h, 15)
		h.faults(practice.Faults{RefundPending: true})
		h.send()
		b := h.wantBack(o, chepiao.PaybackSent)
		h.faults(practice.Faults{})
		_, _, err := h.sim.FindRefund(b.ID.String()) // the bank is done
		must(h.t, err)
		h.deliver()
		if h.firm == chepiao.Alipay { // it reports to the charge's address, which says nothing of how far the refund is
			h.wantBack(o, chepiao.PaybackSent)
			h.pass(11 * time.Second)
			h.send()
		}
		h.wantBack(o, chepiao.PaybackSettled)
	},
	"a refund ends abnormally": func(h *moneyHouse) {
		o := lateMoney(h, 16)
		h.faults(practice.Faults{RefundAbnormal: true})
		h.send()
		b := h.wantBack(o, chepiao.PaybackStuck)
		h.send()
		h.wantBack(o, chepiao.PaybackStuck) // a person must look
		h.faults(practice.Faults{})
		if _, err := h.SendAgain(context.Background(), h.verb(), b.ID); err != nil {
			h.t.Error(err)
		}
		h.send()
		h.wantBack(o, chepiao.PaybackSettled)
		if _, err := h.SendAgain(context.Background(), h.verb(), b.ID); chepiao.Why(err) != chepiao.WrongState {
			h.t.Errorf("what has arrived is sent again: %v", err)
		}
	},
	"a scan": func(h *moneyHouse) {
		o := h.hold(17)
		if c, err := h.scan(o, practice.CodePays); err != nil || c.Payment.State != chepiao.PaymentPaid || c.Order.State != chepiao.OrderIssued {
			h.t.Errorf("%+v, %v", c, err)
		}
		h.want(o, chepiao.OrderIssued, chepiao.PaymentPaid)
		o = h.hold(18)
		for _, bad := range []practice.CodeKind{practice.CodeOld, practice.CodeEmpty} {
			if _, err := h.scan(o, bad); chepiao.Why(err) != chepiao.PaymentRefused {
				h.t.Errorf("%s: %v", bad, err)
			}
			h.want(o, chepiao.OrderHeld, chepiao.PaymentFailed)
		}
		c, err := h.scan(o, practice.CodeAsks)
		if err != nil || c.Payment.State != chepiao.PaymentPending {
			h.t.Fatalf("%+v, %v", c, err)
		}
		h.payer(c)
		if c, err = h.scan(o, practice.CodePays); err != nil || c.Payment.State != chepiao.PaymentPaid { // the second scan takes nothing
			h.t.Errorf("%+v, %v", c, err)
		}
		if f := h.want(o, chepiao.OrderIssued, chepiao.PaymentPaid); len(f.Payments) != 3 {
			h.t.Errorf("%d payments", len(f.Payments))
		}
	},
	"a scan whose outcome is not known": func(h *moneyHouse) {
		o := h.hold(19)
		h.faults(practice.Faults{Unreachable: true})
		if _, err := h.scan(o, practice.CodePays); chepiao.Why(err) != chepiao.PaymentRefused {
			h.t.Errorf("%v", err)
		}
		h.want(o, chepiao.OrderPaying, chepiao.PaymentPending)
		if _, err := h.StopCharge(context.Background(), h.verb(), o.ID); chepiao.Why(err) != chepiao.PaymentOpen {
			h.t.Errorf("stopped, though it may be paid: %v", err)
		}
		h.faults(practice.Faults{})
		if c, err := h.scan(o, practice.CodePays); err != nil || c.Order.State != chepiao.OrderIssued {
			h.t.Errorf("%+v, %v", c, err)
		}
	},
	"another way, and cash": func(h *moneyHouse) {
		o := h.hold(20)
		page := h.charge(o, chepiao.PayByPage)
		code := h.charge(o, chepiao.PayByCode)
		if page.Payment.ID == code.Payment.ID || h.sim.Pay(page.Payment.ID.String(), true) {
			h.t.Error("the page that was left can still be paid")
		}
		if a, err := h.StopCharge(context.Background(), h.verb(), o.ID); err != nil || a.Order.State != chepiao.OrderHeld {
			h.t.Errorf("%+v, %v", a, err)
		}
		if _, err := h.PayCash(context.Background(), h.verb(), o.ID, o.Total); err != nil {
			h.t.Error(err)
		}
		h.want(o, chepiao.OrderIssued, chepiao.PaymentPaid)
		p := h.hold(21)
		h.payer(h.charge(p, chepiao.PayByPage))
		if a, err := h.StopCharge(context.Background(), h.verb(), p.ID); err != nil || a.Order.State != chepiao.OrderIssued {
			h.t.Errorf("stopped when the money was there: %+v, %v", a, err)
		}
	},
}

// lateMoney is an order whose money came when the coach had gone. The clock is
// three days ahead afterwards.
func lateMoney(h *moneyHouse, n int) chepiao.Order {
	h.t.Helper()
	h.faults(practice.Faults{LateSuccess: true})
	o := h.hold(n)
	c := h.charge(o, chepiao.PayByCode)
	h.pass(time.Hour)
	h.lapse()
	h.pass(71 * time.Hour)
	h.payer(c)
	h.deliver()
	h.wantBack(o, chepiao.PaybackDue)
	return o
}
