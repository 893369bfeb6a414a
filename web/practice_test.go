package web_test

import (
	"context"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"chepiao/demo"
	"chepiao/store"
	"chepiao/web/stage"
)

// browser keeps the cookies of answers, as a browser does.
func browser(s *stage.Stage, p stage.Page) stage.Page {
	for _, c := range (&http.Response{Header: p.Header}).Cookies() {
		s.Cookies = slices.DeleteFunc(s.Cookies, func(have *http.Cookie) bool { return have.Name == c.Name })
		if c.MaxAge >= 0 {
			s.Cookies = append(s.Cookies, c)
		}
	}
	return p
}

// heads is what the real journal has come to: it grows with every change.
func heads(t *testing.T, s *stage.Stage) (list []store.Head) {
	t.Helper()
	err := s.Store.Read(context.Background(), func(r *store.Reader) (err error) {
		list, err = r.Heads()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

const practiceHere = "station=130102SJZ"

// sellAt makes a whole sale on the pages of a window: to the order's address.
func sellAt(s *stage.Stage, person int) string {
	list := s.Get("/window?" + practiceHere + "&to=bdkyzxz&day=2026-11-23").Want(200).Body
	at := strings.Index(list, "/window/sale/")
	if at < 0 {
		return ""
	}
	link := strings.ReplaceAll(list[at:at+strings.IndexByte(list[at:], '"')], "&amp;", "&")
	name, number := demo.Person(778_000 + person)
	form := url.Values{"once": {s.Get(link).Field("once")}, "count": {"1"}, "p0_name": {name}, "p0_kind": {"auto"}, "p0_number": {number}, "p0_ticket": {"full"}}
	order := browser(s, s.Post(link, form)).Location()
	browser(s, s.Post(order+"/pay", url.Values{"once": {"pay" + order}, "given": {""}})).Location()
	return order
}

// openShift opens the drawer, without which nobody who has signed in takes cash.
func openShift(s *stage.Stage) {
	s.Post("/shift/open", url.Values{"once": {"S"}, "float": {"200"}}).Location()
}

// TestPracticeReachesNothing: a clerk opens a shift, sells, looks up, undoes and
// refunds in practice, and the real store has not changed by one entry.
func TestPracticeReachesNothing(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	s.As("1001")
	before := heads(t, s)
	if at := browser(s, s.Post("/window/practice", url.Values{})).Location(); at != "/window" {
		t.Fatalf("practice begins at %s", at)
	}
	s.Get("/window?"+practiceHere).Want(200, "练习模式", "data-practice", "/window/practice/end")
	openShift(s)
	order := sellAt(s, 1)
	if !strings.HasPrefix(order, "/window/o/") {
		t.Fatal("nothing is on sale in practice")
	}
	s.Get(order).Want(200, `class="qr"`, "data-practice").Lacks("data-slip", "data-drawer")
	_, number := demo.Person(778_001)
	s.Post("/window/find", url.Values{"code": {number}, "why": {"presented"}, "once": {"L"}}).Want(200, order)
	s.Post(order+"/void", url.Values{"once": {"V"}}).Location()
	second := sellAt(s, 2)
	s.Get(second + "/refund").Want(200)
	if after := heads(t, s); !reflect.DeepEqual(before, after) {
		t.Errorf("the real journal went from %+v to %+v", before, after)
	}
	// What does not belong to a window is the real one's, and says nothing of practice.
	s.Get("/passenger").Want(200).Lacks("data-practice")

	browser(s, s.Post("/window/practice/end", url.Values{})).Location()
	s.Get("/window?"+practiceHere).Want(200).Lacks("data-practice", "/window/practice/end")
	s.Get(order).Want(404) // that order never was
}

// TestPracticeThatEnded: after a restart nobody sells for true who believes that they
// practise.
func TestPracticeThatEnded(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	s.As("1001")
	before := heads(t, s)
	for _, stale := range []string{"OFTHELASTPROGRAM", ""} {
		s.Cookies = slices.DeleteFunc(s.Cookies, func(c *http.Cookie) bool { return c.Name == "practice" })
		s.Cookies = append(s.Cookies, &http.Cookie{Name: "practice", Value: stale})
		for _, address := range []string{"/window", "/window/o/OD10000000018/pay", "/shift", "/paper/order/OD10000000018.escpos"} {
			if at := s.Post(address, url.Values{"once": {"X"}}).Location(); at != "/window/practice?ended=1" {
				t.Errorf("%s with %q leads to %s", address, stale, at)
			}
		}
	}
	if after := heads(t, s); !reflect.DeepEqual(before, after) {
		t.Error("something was done for true")
	}
	s.Cookies = slices.DeleteFunc(s.Cookies, func(c *http.Cookie) bool { return c.Name == "practice" })
	s.Get("/window/practice?ended=1").Want(200, "练习已结束").Lacks("data-practice")
}

// TestPracticeNeedsAPerson: nobody practises in no name, and a practice of yesterday
// is not today's.
func TestPracticeNeedsAPerson(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	s.Hire("1001")
	if p := s.Post("/window/practice", url.Values{}); p.Status != http.StatusSeeOther || !strings.HasPrefix(p.Header.Get("Location"), "/staff") {
		t.Errorf("whoever has not signed in gets %d, %s", p.Status, p.Header.Get("Location"))
	}
	s.As("1001")
	browser(s, s.Post("/window/practice", url.Values{}))
	openShift(s)
	first := sellAt(s, 3)
	s.Get(first).Want(200)
	s.Pass(13 * time.Hour)
	s.As("1001") // sessions have their time, too
	browser(s, s.Post("/window/practice", url.Values{}))
	s.Get(first).Want(404)
}
