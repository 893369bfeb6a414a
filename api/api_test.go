package api_test

import (
	"bytes"
	"reflect"
	"testing"
	"testing/fstest"
	"time"

	"chepiao/ident"
)

// TestFirstSale is the whole story in its shortest form.
func TestFirstSale(t *testing.T) {
	h := newHouse(t)
	o := h.bought(t1, "SJZ", "BJ", 2)
	if o["state"] != "issued" || dig(o, "tickets.1.state") != "valid" {
		t.Fatalf("sold: %v", o)
	}
	v := h.get(200, "GET", "/api/v1/orders/"+o["id"].(string)+"/tickets/"+dig(o, "tickets.0.id").(string)+"/voucher", "", "Order-Key: "+o["key"].(string))
	h.at(monday.AddDate(0, 0, 1).Add(50 * 60e9)) // 9:50 on the day
	c := h.get(200, "POST", "/api/v1/checks", `{"code":"`+v["code"].(string)+`","method":"manual","seen":"resident_id","override":"coach in sight","station":"SJZ"}`, h.as(ident.Desk))
	if dig(c, "verdict.pass") != true || dig(c, "verdict.overrode") != "NOT_REPORTED" {
		t.Fatalf("checked: %v", c)
	}
}

// TestPageSaysTheSame: a page is written by hand for speed; each of its offers
// must read like the same departure asked for alone, before and after a sale, a
// departure's end of sale and a new timetable.
func TestPageSaysTheSame(t *testing.T) {
	h := newHouse(t)
	compare := func(when string) {
		t.Helper()
		for _, q := range []string{"from=SJZ&to=BJ&day=2026-03-03", "from=SJZ&to=ZD&day=2026-03-03", "from=BD&to=BJ&day=2026-03-03", "from=SJZ&to=BJ&day=2026-03-02", "from=SJZ&to=BJ&day=2026-04-01"} {
			page := h.get(200, "GET", "/api/v1/departures?"+q, "")
			for _, o := range page["departures"].([]any) {
				alone := h.get(200, "GET", "/api/v1/departures/"+dig(o, "id").(string)+"?"+q, "")
				for _, more := range []string{"fares", "refund", "stops"} {
					delete(alone, more)
				}
				if !reflect.DeepEqual(o, any(alone)) {
					t.Errorf("%s, %s: the page says\n%v\nalone it says\n%v", when, q, o, alone)
				}
			}
		}
	}
	compare("at first")
	compare("again")
	h.bought(t1, "SJZ", "BD", 3)
	compare("after a sale")
	h.at(monday.AddDate(0, 0, 1).Add(-10 * time.Minute))
	compare("the next day")
	h.importFeed(renamed())
	compare("after an import")
	page := h.get(200, "GET", "/api/v1/departures?from=SJZ&to=BJ&day=2026-03-04", "")
	if got := dig(page, "departures.0.to.name"); got != "北京赵公口" {
		t.Errorf("the new timetable calls the station %v", got)
	}
}

// renamed is the timetable with another name for one station.
func renamed() fstest.MapFS {
	files := fstest.MapFS{}
	for name, f := range timetable {
		files[name] = &fstest.MapFile{Data: bytes.ReplaceAll(f.Data, []byte(",北京,"), []byte(",北京赵公口,"))}
	}
	return files
}
