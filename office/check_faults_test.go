package office_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"chepiao"
	"chepiao/office"
	"chepiao/voucher"
)

// Faulty behaviour read in real systems (requirements 22), each as a test of the
// gate that must not have it.

// atAGate is a world at 08:15 with coaches that have come: G101 of class 1 and
// K4 of class 4, and a paid ticket on each.
func atAGate(t *testing.T) (w *world, g101, k4 chepiao.TicketID) {
	w = newWorld(t)
	w.where = "gate"
	w.tell([]string{"on 2026-11-22 07:00 timetable", "G101 class=1 seats=45 gate=3 石家庄@08:30 保定@10:10", "K4 class=4 seats=45 gate=6 石家庄@08:35 正定@09:10"})
	w.tell([]string{"hold G101 石家庄 保定 who=李小明", "hold K4 石家庄 正定 who=王小红", "pay A", "pay B", "report G101", "report K4", "at 08:15 lookup A"})
	return w, w.ticket("A1"), w.ticket("B1")
}

func (w *world) passes(id string, in office.Passage) chepiao.Verdict {
	w.t.Helper()
	in.Device = "gate-1"
	got, err := w.office.Check(context.Background(), w.clock(), office.Verb{ID: id, By: in.Device}, in)
	must(w.t, err)
	return got.Verdict
}

// TestClassFourNeedsNoDocument is fault 2: the list of real-name lines counts.
func TestClassFourNeedsNoDocument(t *testing.T) {
	w, g101, k4 := atAGate(t)
	if v := w.passes("1", office.Passage{Ticket: g101.String()}); v.Pass || v.Reason != chepiao.NeedDocument {
		t.Errorf("a real-name line without a document: %+v", v)
	}
	if v := w.passes("2", office.Passage{Ticket: k4.String()}); !v.Pass {
		t.Errorf("a line of class 4 without a document: %+v", v)
	}
	w.end()
}

// TestForgedRecordsAreRefused is fault 3: whatever is wrong with a signature, the
// answer is no.
func TestForgedRecordsAreRefused(t *testing.T) {
	w, _, k4 := atAGate(t)
	good, _, err := w.office.Voucher(context.Background(), k4)
	must(t, err)
	stranger, err := voucher.Generate("T1", chepiao.ProfileEd25519, rand.NewChaCha8([32]byte{9}), w.clock())
	must(t, err)
	claims := w.ring.Keys().Verify(good, w.clock()).Claims
	ring, err := voucher.NewRing(stranger)
	must(t, err)
	forged, err := ring.Sign(*claims)
	must(t, err)
	for name, code := range map[string]string{
		"a wrong key": forged, "no code": "CP1:", "half a code": good[:len(good)/2], "another prefix": "CP2:" + good[4:], "noise": strings.Repeat("A", 200),
		"without the last character": good[:len(good)-1], "in small letters": strings.ToLower(good),
	} {
		if v := w.passes("f"+strings.ReplaceAll(name, " ", "-"), office.Passage{Code: code}); v.Pass || v.Light != chepiao.Red {
			t.Errorf("%s: %+v", name, v)
		}
	}
	for i := 4; i < len(good); i += 7 { // corrupt: each seventh character
		b := []byte(good)
		b[i] = "0123456789ABCDEF"[(strings.IndexByte("0123456789ABCDEF", b[i])+1)%16]
		if string(b) == good {
			continue
		}
		if v := w.passes(fmt.Sprint("c", i), office.Passage{Code: string(b)}); v.Pass || v.Light != chepiao.Red {
			t.Errorf("character %d changed: %+v", i, v)
		}
	}
	if v := w.passes("good", office.Passage{Code: good}); !v.Pass {
		t.Errorf("the voucher itself: %+v", v)
	}
	w.end()
}

// TestYesterdaysTicket is fault 4.
func TestYesterdaysTicket(t *testing.T) {
	w, _, k4 := atAGate(t)
	w.tell([]string{"on 2026-11-23 08:15 lookup A"})
	code, _, err := w.office.Voucher(context.Background(), k4)
	must(t, err)
	for i, in := range []office.Passage{{Ticket: k4.String()}, {Code: code}, {Document: "resident_id", Number: w.person("王小红")}} {
		if v := w.passes(fmt.Sprint(i), in); v.Pass || v.Reason != chepiao.WrongDate {
			t.Errorf("%d: %+v", i, v)
		}
	}
	w.end()
}

// TestHundredScansOneGreen is fault 6: a hundred gates read one ticket at the
// same moment, and one of them turns green.
func TestHundredScansOneGreen(t *testing.T) {
	w, _, k4 := atAGate(t)
	var callers sync.WaitGroup
	var mu sync.Mutex
	green, reasons := 0, map[chepiao.Reason]int{}
	for n := range 100 {
		callers.Go(func() {
			gate := fmt.Sprint("gate-", n)
			got, err := w.office.Check(context.Background(), w.clock(), office.Verb{ID: gate, By: gate}, office.Passage{Ticket: k4.String(), Device: gate})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if got.Verdict.Light == chepiao.Green {
				green++
			}
			reasons[got.Verdict.Reason]++
		})
	}
	callers.Wait()
	if green != 1 || reasons[chepiao.CheckOK] != 1 || reasons[chepiao.AlreadyUsed] != 99 {
		t.Errorf("%d green: %v", green, reasons)
	}
	w.end()
}

// TestReviewsAreForTheSupervisor: what is looked at names nobody in the clear,
// and page follows page.
func TestReviewsAreForTheSupervisor(t *testing.T) {
	w, g101, _ := atAGate(t)
	for i := range 3 {
		w.passes(fmt.Sprint(i), office.Passage{Ticket: g101.String(), Document: "resident_id", Number: w.person("王小红")})
	}
	day := chepiao.DayOf(w.clock().In(shanghai))
	all, err := w.office.Reviews(context.Background(), day, chepiao.ReviewMismatch, 0, 2)
	must(t, err)
	if len(all) != 2 || all[0].Check.Ticket != g101 || !all[0].Found || all[0].Passenger.Document.Tail() == "" {
		t.Fatalf("%+v", all)
	}
	w.masked(fmt.Sprintf("%+v", all))
	rest, err := w.office.Reviews(context.Background(), day, "", all[1].ID, 10)
	if err != nil || len(rest) != 1 {
		t.Errorf("the next page: %+v, %v", rest, err)
	}
	w.end()
}

// TestPassportInAnotherOrder is failure path F15: a passport matches by number
// and nationality; the order of its names is a hint and decides nothing.
func TestPassportInAnotherOrder(t *testing.T) {
	w, _, _ := atAGate(t)
	ctx := context.Background()
	c := command{world: w}
	held, err := w.office.Hold(ctx, w.clock(), office.Verb{ID: "hold", By: "test", At: chepiao.AskedAt{Window: true, Station: w.station("石家庄")}}, "KEY", office.HoldInput{
		Departure: c.departure("G101"), From: w.station("石家庄"), To: w.station("保定"), Channel: chepiao.Window,
		Passengers: []office.Rider{{Name: "Maria Garcia Lopez", Document: string(chepiao.Passport), Number: "X1234567", Nationality: "ESP"}},
	})
	must(t, err)
	_, err = w.office.PayCash(ctx, office.Verb{ID: "pay", By: "test"}, held.Order.ID, held.Order.Total)
	must(t, err)
	passport := office.Passage{Document: string(chepiao.Passport), Number: "X1234567", Nationality: "ESP", Name: "GARCIA LOPEZ MARIA"}
	other := passport
	other.Nationality = "MEX"
	if v := w.passes("1", other); v.Pass || v.Reason != chepiao.NotFound {
		t.Errorf("the same number of another nation: %+v", v)
	}
	ticket := held.Tickets[0].ID.String()
	if v := w.passes("2", office.Passage{Ticket: ticket, Name: "John Smith"}); v.Reason != chepiao.NameMismatch {
		t.Errorf("another name and no passport: %+v", v)
	}
	if v := w.passes("3", office.Passage{Ticket: ticket, Name: "GARCIA LOPEZ MARIA"}); v.Reason != chepiao.NeedDocument {
		t.Errorf("the right name and no passport: %+v", v)
	}
	if v := w.passes("4", passport); !v.Pass {
		t.Errorf("the passport with its names in another order: %+v", v)
	}
	w.end()
}
