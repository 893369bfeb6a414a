package passenger_test

import (
	"net/url"
	"strings"
	"testing"

	"chepiao/demo"
	"chepiao/web/stage"
)

const list = "/passenger/departures?from_code=130102SJZ&to_code=130606BD&day=2026-11-22"

func TestSearchAndList(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	s.Get("/passenger").Want(200, "买汽车票", `name="day" value="2026-11-22" checked`)
	s.Get(list).Want(200, "JA01", "定点班", "¥51.50")
	t.Log(s.Get(list).Text())
}

func sale(n int) url.Values {
	name, number := demo.Person(777_000 + n)
	return url.Values{"count": {"1"}, "p0_name": {name}, "p0_kind": {"resident_id"}, "p0_number": {number}, "p0_ticket": {"full"}, "seating": {"any"}}
}

func TestSale(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	page := s.Get(list)
	i := strings.Index(page.Body, `href="/passenger/departures/`)
	link := strings.ReplaceAll(page.Body[i+6:i+6+strings.Index(page.Body[i+6:], `"`)], "&amp;", "&")
	departure := s.Get(link).Want(200, "提交订单")
	form := sale(1)
	form.Set("once", departure.Field("once"))
	at, query, _ := strings.Cut(link, "?")
	order := s.Post(at+"/hold?"+query, form).Location()
	s.Get(order).Want(200, "座位已锁定")
}
