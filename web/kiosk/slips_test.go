package kiosk_test

import (
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
)

// window signs the machine's browser in as a window.
func (m *machine) window() {
	m.t.Helper()
	secret, err := m.Devices.Add(ident.Window, "W1", from, rand.NewChaCha8([32]byte{7}))
	if err != nil {
		m.t.Fatal(err)
	}
	m.SignIn(secret)
}

// F18: a window prints what a jam kept back in the kiosk, and the slip is finished;
// it is listed until then, and not for a ticket that was given back.
func TestWindowPrintsWhatAKioskDidNot(t *testing.T) {
	m := open(t)
	address, ticket := m.buy(1)
	m.post(address+"/t/"+ticket.String()+"/print", url.Values{"slip": {"voucher"}}).Want(200)
	m.post(address+"/t/"+ticket.String()+"/printed", url.Values{"slip": {"voucher"}, "why": {"卡纸"}}).Want(200, "unprinted")
	_, other := m.buy(2) // never begun: no slip
	m.window()
	order := strings.Replace(address, "/kiosk", "/window", 1)
	m.get(order).Want(200, "自助机未打出凭证")
	printed := func(once, what, id string) *machine {
		m.post("/window/printed", url.Values{"once": {once}, "what": {what}, "id": {id}})
		return m
	}
	if got := m.post("/window/printed", url.Values{"once": {"P0"}, "what": {"order"}, "id": {"nonsense"}}); got.Status != 422 {
		t.Errorf("%d", got.Status)
	}
	printed("P1", "shift", "SF1").printed(t, address, chepiao.Unprinted, "K1")
	printed("P2", "voucher", other.String()).printed(t, address, chepiao.Unprinted, "K1")
	printed("P3", "receipt", ticket.String()).printed(t, address, chepiao.Unprinted, "K1")
	printed("P4", "order", strings.TrimPrefix(address, "/kiosk/o/")).printed(t, address, chepiao.Finished, "W1")
	before := entries(t, m)
	printed("P5", "order", strings.TrimPrefix(address, "/kiosk/o/"))
	if after := entries(t, m); after != before {
		t.Errorf("another copy wrote %d entries", after-before)
	}
	m.get(order).Want(200).Lacks("自助机未打出凭证")
	late := office.EndPrintingInput{Ticket: ticket, Kind: chepiao.VoucherSlip, Done: true}
	if _, err := m.Office.EndPrinting(t.Context(), office.Verb{ID: "late", By: "K1"}, late); chepiao.Why(err) != chepiao.WrongState {
		t.Errorf("the kiosk comes too late: %v", err)
	}
}

func (m *machine) printed(t *testing.T, address string, state chepiao.SlipState, device string) {
	t.Helper()
	if s := m.slips(address)[0]; s.State != state || s.Device != device || (s.Copies == 1) != (state == chepiao.Finished) {
		t.Errorf("%+v; want %s at %s", s, state, device)
	}
}

// No slip stands "printing" for ever: after ten minutes without a word a voucher is
// anybody's again, and the doctor finds nothing to say about any of it.
func TestAKioskThatDiesWhilePrinting(t *testing.T) {
	m := open(t)
	address, ticket := m.buy(1)
	m.post(address+"/t/"+ticket.String()+"/print", url.Values{"slip": {"voucher"}}).Want(200)
	m.Pass(9 * time.Minute)
	if n, err := m.Office.LoseSlips(t.Context(), m.Now()); n != 0 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	m.printed(t, address, chepiao.Printing, "K1")
	m.Pass(2 * time.Minute)
	if n, err := m.Office.LoseSlips(t.Context(), m.Now()); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	m.printed(t, address, chepiao.Unprinted, "K1")
	if n, err := m.Office.LoseSlips(t.Context(), m.Now()); n != 0 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	open, err := m.Office.OpenSlips(t.Context(), 10)
	if err != nil || len(open) != 1 || open[0].Ticket != ticket {
		t.Fatalf("%+v, %v", open, err)
	}
	d, err := m.Store.Doctor(t.Context(), nil)
	if err != nil || len(d.Findings) > 0 {
		t.Errorf("%+v, %v", d.Findings, err)
	}
	page := m.get(address + "/refund")
	m.get(m.post(address+"/refund", url.Values{"sent": {"1"}, "once": {page.Field("once")}, "back": {page.Field("back")}, "ticket": {ticket.String()}}).Location()).Want(200, "st-refunded")
	if open, err = m.Office.OpenSlips(t.Context(), 10); err != nil || len(open) != 0 {
		t.Errorf("nobody waits for it any more: %+v, %v", open, err)
	}
}
