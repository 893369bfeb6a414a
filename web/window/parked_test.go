package window_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"chepiao/web/stage"
)

// hold keeps seats for a person in a browser that remembers its sales.
func hold(s *stage.Stage, n int) string {
	f := riders(n)
	f.Set("once", s.Get(sale(s)+ends).Field("once"))
	return keep(s, s.Post(sale(s)+ends, f)).Location()
}

// TestSalesUnderWay: several customers at once, each with a clock; what is paid or
// given up leaves the strip.
func TestSalesUnderWay(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	s.Get("/window/bar").Want(200).Lacks("data-deadline")
	one, two := hold(s, 1), hold(s, 2)
	s.Get("/window/bar").Want(200, `href="`+one+`"`, `href="`+two+`"`, "data-deadline", `data-key="F11"`)
	s.Get("/window/bar").Lacks("已超时")

	keep(s, s.Post(one+"/pay", url.Values{"once": {"P1"}, "given": {"100"}})).Location()
	s.Get("/window/bar").Want(200, `href="`+two+`"`).Lacks(`href="` + one + `"`)
	keep(s, s.Post(two+"/release", url.Values{"once": {"R2"}})).Location()
	s.Get("/window/bar").Want(200).Lacks(`href="` + two + `"`)

	three := hold(s, 3)
	s.Pass(5 * time.Minute)
	s.Get("/window/bar").Want(200, three, "已超时").Lacks("data-deadline")
}

// TestOthersSalesStayTheirs: the strip of one browser has no sale of another, and a
// made-up cookie shows nothing.
func TestOthersSalesStayTheirs(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	one := hold(s, 1)
	mine := s.Cookies
	s.Cookies = nil
	s.Get("/window/bar").Want(200).Lacks(one)
	s.Cookies = mine
	for _, c := range s.Cookies {
		if c.Name == "sales" {
			c.Value = "OD1.nonsense." + strings.Repeat("9", 40)
		}
	}
	s.Get("/window/bar").Want(200).Lacks(one, "data-deadline")
}

// TestLastSale: after a sale the next customer is served; change, slip and undoing
// stay at hand.
func TestLastSale(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	s.Get("/window?" + here).Want(200).Lacks(`id="last"`)
	order := hold(s, 1)
	id := order[len("/window/o/"):]
	next := keep(s, s.Post(order+"/pay", url.Values{"once": {"P"}, "given": {"100"}})).Location()
	page := s.Get(next+"&"+here).Want(200, `data-slip="/paper/order/`+id+`.escpos"`, `data-job="sale-`+id+`"`, "data-drawer", "¥51.00", order+"/void", `data-key="F12"`, "/window/sale/"+s.Departure("JA1707").String())
	if strings.Contains(page.Body, `value="`+id) {
		t.Error("the order's number stands in a field")
	}
	// Later, or loaded without the address of a fresh sale, nothing is printed again.
	s.Get("/window?"+here).Want(200, `id="last"`, order+"/void").Lacks("data-slip", "data-drawer", "¥51.00")
	s.Pass(6 * time.Minute)
	s.Get("/window?"+here).Want(200, `id="last"`).Lacks(order + "/void")

	undone := hold(s, 2)
	keep(s, s.Post(undone+"/pay", url.Values{"once": {"P2"}, "given": {""}})).Location()
	keep(s, s.Post(undone+"/void", url.Values{"once": {"V2"}})).Location()
	s.Get("/window?" + here).Want(200).Lacks(`id="last"`)
}

// TestShiftInSight: whoever has signed in is led to open a drawer first, and the strip
// says how it stands.
func TestShiftInSight(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	s.Get("/window/bar").Want(200).Lacks("/shift") // nobody has signed in: no drawer
	s.As("1001")
	s.Get("/window/bar").Want(200, "未开班", `href="/shift"`)
	if at := s.Get(sale(s) + ends).Location(); !strings.HasPrefix(at, "/shift?next=%2Fwindow%2Fsale%2F") {
		t.Errorf("a sale without a drawer leads to %s", at)
	}
	s.Post("/shift/open", url.Values{"once": {"S"}, "float": {"200"}}).Location()
	s.Get("/window/bar").Want(200, "SF").Lacks("未开班", "请尽快缴款")
	order := hold(s, 1)
	keep(s, s.Post(order+"/pay", url.Values{"once": {"P"}, "given": {""}})).Location()
	for _, once := range []string{"F", "G"} {
		s.Post("/shift/carry", url.Values{"once": {once}, "way": {"fetch"}, "amount": {"8200"}}).Location()
	}
	s.Get("/window/bar").Want(200, "请尽快缴款")
}

// TestWithoutPrinter: where no device stands beside the browser the sale ends at the
// order, whose slips the browser prints.
func TestWithoutPrinter(t *testing.T) {
	s := stage.Open(t, stage.Options{Hidden: true})
	order := hold(s, 1)
	if at := s.Post(order+"/pay", url.Values{"once": {"P"}, "given": {"50"}}).Location(); at != order+"?given=50.00" {
		t.Errorf("the sale ends at %s", at)
	}
}
