package passenger_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"chepiao/demo"
	"chepiao/web/stage"
)

// TestNearby: a phone tells its cell of the map, and never its place.
func TestNearby(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	s.Get("/passenger/nearby?lat=38.0&lon=114.5").Want(200, "石家庄客运总站", `data-lat="38.0`)
	s.Get("/passenger/nearby?lat=30.0&lon=90.0").Want(200, "附近没有车站")
	for _, place := range []string{"lat=38.04&lon=114.5", "lat=38.0&lon=114.51", "lat=38.0", "lat=x&lon=y", "lat=NaN&lon=NaN"} {
		s.Get("/passenger/nearby?" + place).Want(422).Lacks("data-lat")
	}
	for path, may := range map[string]bool{"/passenger": true, "/passenger/departures": false, "/gate": false, "/": false} {
		if got := s.Get(path).Header.Get("Permissions-Policy"); strings.Contains(got, "geolocation=(self)") != may {
			t.Errorf("%s: %s", path, got)
		}
	}
}

// TestCalendar: a day without a coach is marked, one with a coach is not.
func TestCalendar(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	s.Get("/passenger/days?from_code=130102SJZ&to_code=130606BD").Want(200, `value="2026-11-22" checked`).Lacks("无班次")
	s.Get("/passenger/days?from_code=130102SJZ&to_code=130102SJZ").Want(200, "无班次")
	s.Get("/passenger/days").Want(200, `value="2026-11-29"`).Lacks("无班次", `value="2026-11-30"`, `value="2026-11-21"`)
}

var numbers = regexp.MustCompile(`<b>([A-Z]{2}\d{4})</b>`)

// listed is the departures of a list that can be chosen, in its order.
func listed(page stage.Page) (all []string) {
	_, offers, _ := strings.Cut(page.Body, `id="offers"`)
	for _, m := range numbers.FindAllStringSubmatch(offers, -1) {
		all = append(all, m[1])
	}
	return all
}

// TestView: a part of the day leaves out the others and says how many; what comes
// first comes first; a view that nobody knows changes nothing.
func TestView(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	const list = "/passenger/departures?from_code=130102SJZ&to_code=130606BD&day=2026-11-23"
	all := listed(s.Get(list).Want(200).Lacks("筛去"))
	count := 0
	for _, part := range []string{"morning", "afternoon", "evening"} {
		some := listed(s.Get(list+"&part="+part).Want(200, "筛去"))
		if len(some) == 0 || len(some) >= len(all) {
			t.Errorf("%s has %d of %d departures", part, len(some), len(all))
		}
		count += len(some)
	}
	if count != len(all) {
		t.Errorf("the parts of the day have %d departures, the day %d", count, len(all))
	}
	cheap := listed(s.Get(list + "&first=price").Want(200))
	if len(cheap) != len(all) || cheap[0] == all[0] {
		t.Errorf("by price: %v", cheap)
	}
	if odd := listed(s.Get(list + "&part=dinner&first=luck").Want(200)); strings.Join(odd, " ") != strings.Join(all, " ") {
		t.Errorf("an unknown view shows %v", odd)
	}
	s.Get(list+"&part=evening").Want(200, "day=2026-11-24&amp;from_code=130102SJZ&amp;to_code=130606BD&amp;part=evening") // the next day is seen the same way
	s.Get("/passenger/departures?from_code=130102SJZ&to_code=130606BD").Want(200, "后一天").Lacks("前一天")
}

// TestReveal: who somebody is shows in full in the browser that named a document
// of the order, and in no other, whatever cookie it makes up.
func TestReveal(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	path, query := departure(t, s, "JA1707")
	form := riders(1)
	form.Set("once", "OWN")
	answer := s.Post(path+"/hold"+query, form)
	order := answer.Location()
	paid(t, s, order)
	name, number := demo.Person(777_001)
	ticket := regexp.MustCompile(`who-(TK\d+)`).FindStringSubmatch(s.Get(order).Body)[1]
	ask := url.Values{"ticket": {ticket}}
	s.Post(order+"/reveal", ask).Want(403, "请先用订单中的证件").Lacks(name, number)
	cookie, _, _ := strings.Cut(answer.Header.Get("Set-Cookie"), ";")
	key, value, _ := strings.Cut(cookie, "=")
	if strings.Contains(answer.Header.Get("Set-Cookie"), number) || !strings.Contains(answer.Header.Get("Set-Cookie"), "HttpOnly") {
		t.Errorf("the cookie is %s", answer.Header.Get("Set-Cookie"))
	}
	s.Cookies = []*http.Cookie{{Name: key, Value: value[:len(value)-1] + "-"}}
	s.Post(order+"/reveal", ask).Want(403).Lacks(name, number)
	s.Cookies = []*http.Cookie{{Name: key, Value: value}}
	page := s.Post(order+"/reveal", ask).Want(200, name, number)
	if page.Header.Get("Cache-Control") != "no-store" {
		t.Error("it may be kept by caches")
	}
	s.Get(order).Want(200).Lacks(name, number)
	s.Post(order+"/reveal", url.Values{"ticket": {"TK10000000000"}}).Lacks(name, number)
	if s.Log.Len() > 0 {
		t.Errorf("log %q", s.Log)
	}
}

// TestPrint: a page that has not changed has the same print, whoever asks; what
// happens to the order changes it.
func TestPrint(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	order := held(t, s, riders(1))
	print := func() string {
		return regexp.MustCompile(`data-print="([^"]+)"`).FindStringSubmatch(s.Get(order).Want(200).Body)[1]
	}
	s.Pass(time.Minute) // a hold may be extended once that gains something
	one := print()
	s.Pass(5 * time.Second)
	if print() != one {
		t.Error("the print changes by itself")
	}
	paid(t, s, order)
	if print() == one {
		t.Error("paid, and the print is the same")
	}
}

// TestOnTheWire: a page goes compressed to whoever can read it so, and to nobody
// else; large print is remembered.
func TestOnTheWire(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	r := httptest.NewRequest("GET", "/passenger", nil)
	r.Header.Set("Accept-Encoding", "br, gzip")
	page := s.Visit(r)
	z, err := gzip.NewReader(strings.NewReader(page.Body))
	if err != nil || page.Header.Get("Content-Encoding") != "gzip" || page.Header.Get("Vary") != "Accept-Encoding" {
		t.Fatalf("%v: %v", err, page.Header)
	}
	text, err := io.ReadAll(z)
	plain := s.Get("/passenger").Want(200)
	if err != nil || string(text) != plain.Body || plain.Header.Get("Content-Encoding") != "" {
		t.Errorf("unpacked it is another page: %v", err)
	}
	large := s.Get("/passenger?large=1").Want(200, `class="large"`, "标准")
	if c := large.Header.Get("Set-Cookie"); !strings.HasPrefix(c, "large=1;") {
		t.Errorf("cookie %q", c)
	}
	s.Cookies = []*http.Cookie{{Name: "large", Value: "1"}}
	s.Get("/passenger").Want(200, `class="large"`)
	s.Get("/passenger?large=0").Want(200).Lacks(`class="large"`)
}

// TestGuide: the guidance says the numbers of the rules, at a station with its
// telephone; a station that does not exist has none.
func TestGuide(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	s.Get("/guide").Want(200, "座位保留 10 分钟", "180 天", "购票、乘车与报销指南")
	s.Get("/guide/130102SJZ").Want(200, "石家庄客运总站", "tel:0311-5550800", `id="receipt"`)
	s.Get("/guide/NOWHERE").Want(404)
	s.Lang = "en"
	s.Get("/guide/130102SJZ").Want(200, "a seat is kept for 10 minutes")
}
