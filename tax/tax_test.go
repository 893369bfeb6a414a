package tax_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/tax"
	"chepiao/tax/taxsim"
)

var (
	now = time.Date(2026, 11, 22, 16, 30, 0, 0, time.UTC) // the 23rd in China
	key = []byte("a key that both sides share")
	ctx = context.Background()
)

func open(t *testing.T, file string) (*taxsim.Service, *tax.Client) {
	t.Helper()
	s, err := taxsim.New(taxsim.Options{Now: func() time.Time { return now }, Key: key, File: file})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, client(t, server.URL, key)
}

func client(t *testing.T, url string, key []byte) *tax.Client {
	t.Helper()
	c, err := tax.NewClient(tax.Config{URL: url, Key: key, Now: func() time.Time { return now }, Timeout: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func request(id string) tax.Request {
	return tax.Request{
		ID: id, Amount: 4500, Rate: 300, Item: "客运服务费", Buyer: tax.Buyer{Name: "石家庄运输有限公司", TaxNo: "91350100M000100Y43"}, Order: "OD1", Ticket: "TK1",
		Trip: tax.Trip{Passenger: "张三", Document: "1301**********3376", Day: "2026-11-22", From: "石家庄", To: "保定", Departure: "G101"},
	}
}

// TestIssueAndReverse: each is done once, however often it is asked, also after the
// service was started anew.
func TestIssueAndReverse(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tax.json")
	s, c := open(t, file)
	blue, err := c.Issue(ctx, request("FP1"))
	if err != nil || len(blue.Number) != 20 || blue.Red != "" {
		t.Fatalf("%+v, %v", blue, err)
	}
	if again, err := c.Issue(ctx, request("FP1")); err != nil || again != blue || s.Made() != 1 {
		t.Errorf("again: %+v, %v", again, err)
	}
	other := request("FP1")
	other.Amount = 4400
	if _, err := c.Issue(ctx, other); !errors.Is(err, tax.ErrMismatch) {
		t.Errorf("the number for something else: %v", err)
	}
	if _, err := c.Reverse(ctx, "FP2"); !errors.Is(err, tax.ErrNotFound) {
		t.Errorf("reversing what there is not: %v", err)
	}
	if _, err := c.Document(ctx, "FP1", tax.XML, true); !errors.Is(err, tax.ErrNotFound) {
		t.Errorf("a red document before there is one: %v", err)
	}
	red, err := c.Reverse(ctx, "FP1")
	if err != nil || red.Red == "" || red.Red == red.Number || red.Number != blue.Number {
		t.Fatalf("%+v, %v", red, err)
	}
	_, c = open(t, file)
	if again, err := c.Reverse(ctx, "FP1"); err != nil || again != red {
		t.Errorf("reversed again, after a restart: %+v, %v", again, err)
	}
	if next, err := c.Issue(ctx, request("FP3")); err != nil || next.Number == blue.Number || next.Number == red.Red {
		t.Errorf("a number is given twice: %+v, %v", next, err)
	}
	if got, err := c.Query(ctx, "FP1"); err != nil || got != red {
		t.Errorf("asked: %+v, %v", got, err)
	}
}

// TestFaults: what is wrong with the service is ErrUnreachable, and what it refuses a
// Declined; no error says who was to have the invoice.
func TestFaults(t *testing.T) {
	s, c := open(t, "")
	for what, sw := range map[string]taxsim.Switches{"down": {Down: true}, "slow": {SlowSeconds: 1}, "lost": {Lost: true}} {
		if err := s.SetSwitches(sw); err != nil {
			t.Fatal(err)
		}
		_, err := c.Issue(ctx, request("FP1"))
		if !errors.Is(err, tax.ErrUnreachable) || strings.Contains(err.Error(), "张三") || strings.Contains(err.Error(), "运输") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := s.SetSwitches(taxsim.Switches{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Issue(ctx, request("FP1")); err != nil || s.Made() != 1 {
		t.Errorf("after a lost answer: %v, %d made", err, s.Made())
	}
	unknown := request("FP2")
	unknown.Buyer.TaxNo = taxsim.UnknownBuyer
	if _, err := c.Issue(ctx, unknown); !errors.Is(err, tax.ErrBuyer) || errors.Is(err, tax.ErrUnreachable) {
		t.Errorf("a buyer that it does not know: %v", err)
	}
	server := httptest.NewServer(s)
	defer server.Close()
	if _, err := client(t, server.URL, []byte("the key of somebody else")).Query(ctx, "FP1"); !errors.Is(err, tax.ErrUnreachable) {
		t.Errorf("a wrong key: %v", err)
	}
	if s.SetSwitches(taxsim.Switches{SlowSeconds: 61}) == nil {
		t.Error("a minute and more is accepted")
	}
}

// TestDocuments: blue and red in each form, and never without saying that they are
// practice.
func TestDocuments(t *testing.T) {
	_, c := open(t, "")
	if _, err := c.Issue(ctx, request("FP1")); err != nil {
		t.Fatal(err)
	}
	v, err := c.Reverse(ctx, "FP1")
	if err != nil {
		t.Fatal(err)
	}
	for _, red := range []bool{false, true} {
		number, sum := v.Number, "45.00"
		if red {
			number, sum = v.Red, "-45.00"
		}
		x, err := c.Document(ctx, "FP1", tax.XML, red)
		if err != nil || xml.Unmarshal(x, new(struct{})) != nil {
			t.Fatalf("XML: %v", err)
		}
		j, err := c.Document(ctx, "FP1", tax.JSON, red)
		if err != nil || !json.Valid(j) {
			t.Fatalf("JSON: %v", err)
		}
		for form, b := range map[string][]byte{"xml": x, "json": j} {
			for _, want := range []string{number, sum, "练习样张", "张三", "石家庄运输有限公司", "1301**********3376"} {
				if !bytes.Contains(b, []byte(want)) {
					t.Errorf("%s, red %v: lacks %s", form, red, want)
				}
			}
		}
		if p, err := c.Document(ctx, "FP1", tax.PDF, red); err != nil || !bytes.HasPrefix(p, []byte("%PDF")) {
			t.Errorf("PDF: %v", err)
		}
	}
	if _, err := c.Document(ctx, "FP1", "docx", false); !errors.Is(err, tax.ErrNotFound) {
		t.Errorf("a form that there is not: %v", err)
	}
}

// TestDay lists by China's calendar.
func TestDay(t *testing.T) {
	s, c := open(t, "")
	v, err := c.Issue(ctx, request("FP1"))
	if err != nil {
		t.Fatal(err)
	}
	for on, want := range map[string]int{"2026-11-22": 0, "2026-11-23": 1} {
		day, _ := chepiao.ParseDay(on)
		list, err := c.Day(ctx, day)
		if err != nil || len(list) != want || want == 1 && list[0] != v {
			t.Errorf("%s: %+v, %v", on, list, err)
		}
	}
	if err := s.SetSwitches(taxsim.Switches{Hidden: true}); err != nil {
		t.Fatal(err)
	}
	day, _ := chepiao.ParseDay("2026-11-23")
	if list, err := c.Day(ctx, day); err != nil || len(list) != 0 {
		t.Errorf("hidden: %+v, %v", list, err)
	}
}
