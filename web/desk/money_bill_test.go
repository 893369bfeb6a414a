package desk_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/pay"
	"chepiao/pay/sandbox"
	"chepiao/store"
	"chepiao/web/stage"
)

// formula is what somebody types who wants the accountant's spreadsheet to run it.
const formula = `=HYPERLINK("http://evil.example","refund")`

// TestBillsThatAreLeft: all bills that nobody has compared are compared in one run, the
// oldest first; each step is told, it may be left between two, and what the channel does
// not give is counted.
func TestBillsThatAreLeft(t *testing.T) {
	key, now := bytes.Repeat([]byte{9}, 32), func() time.Time { return stage.Begin }
	wallet, err := sandbox.New(sandbox.Options{Now: now, Rand: rand.NewChaCha8([32]byte{7}), Key: key})
	if err != nil {
		t.Fatal(err)
	}
	door := httptest.NewServer(wallet)
	defer door.Close()
	channel, err := pay.NewSandbox(pay.Config{URL: door.URL, Key: key, Now: now, Rand: rand.NewChaCha8([32]byte{8}), Tries: 1})
	if err != nil {
		t.Fatal(err)
	}
	s := stage.Open(t, stage.Options{Channels: []pay.Channel{channel}})
	step := func(page stage.Page) (stage.Page, string) {
		t.Helper()
		form := url.Values{"once": {page.Field("once")}}
		if strings.Contains(page.Body, "data-go") {
			for _, name := range []string{"next", "done", "failed", "total"} {
				form.Set(name, page.Field(name))
			}
		}
		at := s.Post("/desk/money/rest", form).Location()
		return s.Get(at).Want(200), at
	}
	page, _ := step(s.Get("/desk/money").Want(200, "核对余下的 14 份账单").Lacks("data-go"))
	page.Want(200, "data-go", "已核对 1 / 14 份账单")
	if n := strings.Count(page.Body, ">相符<"); n != 1 || !strings.Contains(page.Body[strings.Index(page.Body, "2026-11-08"):], ">相符<") {
		t.Errorf("%d days agree after a step, or not the oldest: %s", n, page.Text())
	}
	s.Get("/desk/money").Want(200, "核对余下的 13 份账单").Lacks("data-go") // left, and begun anew
	for range 12 {
		page, _ = step(page)
		page.Want(200, "data-go")
	}
	page, at := step(page)
	page.Want(200, "已核对 14 份账单。").Lacks("data-go", "核对余下", "暂时不给")
	if page, _ = step(s.Get(at)); strings.Contains(page.Body, "data-go") {
		t.Error("it begins again by itself")
	}
	door.Close()
	s.Pass(24 * time.Hour)
	page, _ = step(s.Get("/desk/money").Want(200, "核对余下的 1 份账单"))
	page.Want(200, "已核对 0 份账单。", "有 1 份渠道暂时不给").Lacks("data-go")
	s.Get("/desk/money?total=99999999999999999999&next=-4&done=x").Want(200)
}

// billed is a stage with the practice wallet, one day whose bill agrees and one with a
// difference of each kind.
func billed(t *testing.T, lang string) (s *stage.Stage, day chepiao.Day) {
	t.Helper()
	wallet, err := pay.NewSandbox(pay.Config{URL: "http://127.0.0.1:1", Key: bytes.Repeat([]byte{9}, 32), Now: func() time.Time { return stage.Begin }, Rand: rand.NewChaCha8([32]byte{8}), Tries: 1})
	if err != nil {
		t.Fatal(err)
	}
	s = stage.Open(t, stage.Options{Channels: []pay.Channel{wallet}})
	s.Lang = lang
	day = chepiao.DayOf(stage.Begin) - 1
	end := chepiao.Clock(0).On(day+1, pay.China)
	at := end.Add(-6 * time.Hour)
	one := func(n int, back bool, amount chepiao.Money, done bool) chepiao.Movement {
		m := chepiao.Movement{Number: chepiao.PaymentID(n).String(), Order: chepiao.OrderID(18 * n), Back: back, Amount: amount, At: at, Done: done}
		if back {
			m.Number = chepiao.PaybackID(n).String()
		}
		return m
	}
	ours := []chepiao.Movement{one(1, false, 4500, true), one(2, false, 4500, true), one(3, true, 4400, false), one(4, false, 1000, true), one(5, false, 2000, true), one(6, false, 3000, true)}
	ours[5].At = end.Add(-time.Minute)
	line := func(i int, amount chepiao.Money) chepiao.BillEntry {
		b := chepiao.BillEntry{Charge: ours[i].Number, Amount: amount, At: at}
		if ours[i].Back {
			b.Refund = ours[i].Number
		}
		return b
	}
	bill := []chepiao.BillEntry{line(0, 4500), line(1, 4501), line(2, 4400), line(3, 1000), line(3, 1000), {Charge: formula, Amount: 1234, At: at}}
	r := chepiao.Reconcile(bill, ours, end)
	r.Channel, r.Day, r.At = chepiao.Sandbox, day, stage.Begin
	even := chepiao.Reconcile(bill[:1], ours[:1], end)
	even.Channel, even.Day, even.At = chepiao.Sandbox, day-1, stage.Begin
	err = s.Store.Write(context.Background(), func(tx *store.Tx) error {
		if err := tx.PutReconciled(even); err != nil {
			return err
		}
		return tx.PutReconciled(r)
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, day
}

// TestBillPageLooksAsAgreed: a day with a difference of each kind, a day that agrees, and
// a day that nobody compared.
func TestBillPageLooksAsAgreed(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		s, day := billed(t, lang)
		link := "/desk/money?channel=sandbox&day="
		page := s.Get(link + day.String()).Want(200).Golden("money-" + lang).Lacks("[money.")
		if n := strings.Count(page.Body, `action="/desk/money/settle"`); n != 5 { // what is late nobody need look at
			t.Errorf("%d differences can be settled, want 5", n)
		}
		s.Get(link+(day-1).String()).Want(200).Lacks("/desk/money/settle", "[money.")
		s.Get(link+(day-2).String()).Want(200).Lacks("/desk/money/settle", "/desk/money.csv", "[money.")
		s.Post("/desk/money", url.Values{"channel": {"sandbox"}, "day": {day.String()}, "once": {"A"}}).Want(422, formulaAsText) // nobody answers: what was found stays
	}
}

// formulaAsText is how it stands on a page.
const formulaAsText = `=HYPERLINK(&#34;http://evil.example&#34;,&#34;refund&#34;)`

// TestBillSettled: a difference is settled with a reason, once; the file has who and why,
// and nothing in it is a formula to a spreadsheet.
func TestBillSettled(t *testing.T) {
	s, day := billed(t, "zh")
	form := url.Values{"channel": {"sandbox"}, "day": {day.String()}, "kind": {"foreign"}, "number": {formula}, "once": {"A"}}
	s.Post("/desk/money/settle", form).Want(422, "请填写处理说明")
	form.Set("reason", "+渠道的另一个商户")
	form.Set("kind", "twice")
	s.Post("/desk/money/settle", form).Want(422, "没有这项差异")
	form.Set("kind", "foreign")
	s.Get(s.Post("/desk/money/settle", form).Location()).Want(200, "渠道的另一个商户")
	s.Post("/desk/money/settle", form).Location() // pressed twice, done once
	form.Set("once", "B")
	s.Post("/desk/money/settle", form).Want(422, "已由")
	file := s.Get("/desk/money.csv?channel=sandbox&day=" + day.String()).Want(200)
	rows, err := csv.NewReader(strings.NewReader(file.Body)).ReadAll()
	if err != nil || len(rows) != 7 || !strings.HasPrefix(file.Header.Get("Content-Disposition"), "attachment") {
		t.Fatalf("%v, %d rows: %s", err, len(rows), file.Body)
	}
	for _, row := range rows[1:] {
		for i, cell := range row {
			if strings.ContainsAny(cell[:min(1, len(cell))], "=+-@\t\r") {
				t.Errorf("a spreadsheet runs column %s: %q", rows[0][i], cell)
			}
		}
		if foreign := row[0] == "foreign"; foreign != (row[6] == "'+渠道的另一个商户") || foreign != (row[1] == "'"+formula) || foreign != (row[7] != "") {
			t.Errorf("%q", row)
		}
	}
}
