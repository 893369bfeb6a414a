package api_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"chepiao/api"
	"chepiao/ident"
	"chepiao/tax"
	"chepiao/tax/taxsim"
)

// TestInvoices: a buyer has the fee of a refunded ticket invoiced for a company,
// fetches the document and has it reversed; strangers learn nothing.
func TestInvoices(t *testing.T) {
	key := []byte("a key shared with the tax service")
	h := newHouse(t, func(h *house, _ *api.Config) {
		service, err := taxsim.New(taxsim.Options{Now: h.now, Key: key})
		check(t, err)
		server := httptest.NewServer(service)
		t.Cleanup(server.Close)
		h.tax, err = tax.NewClient(tax.Config{URL: server.URL, Key: key, Now: h.now})
		check(t, err)
	})
	window := h.as(ident.Window)
	order := h.get(201, "POST", "/api/v1/orders", one(), window)["order"].(map[string]any)
	at, own := "/api/v1/orders/"+order["id"].(string), "Order-Key: "+order["key"].(string)
	ticket := dig(order, "tickets.0.id").(string)
	h.get(200, "POST", at+"/pay", fmt.Sprintf(`{"channel":"cash","amount":%v}`, order["total"]), window)
	if p := h.get(409, "POST", at+"/invoices", `{"ticket":"`+ticket+`"}`, own); p["reason"] != "RECEIPT_EARLY" {
		t.Errorf("before the journey: %v", p)
	}
	quote := h.get(200, "GET", at+"/refund-quote", "", own)
	h.get(200, "POST", at+"/refund", fmt.Sprintf(`{"tickets":["%s"],"back":%v}`, ticket, quote["back"]), own)
	ask := func(number string) string {
		return `{"ticket":"` + ticket + `","for":"fee","company":true,"title":"冀运有限公司","tax_no":"` + number + `"}`
	}
	if p := h.get(422, "POST", at+"/invoices", ask("91350100M000100Y44"), own); p["reason"] != "INVALID" {
		t.Errorf("a wrong tax number: %v", p)
	}
	asked := h.get(202, "POST", at+"/invoices", ask("91350100M000100Y43"), own, "Idempotency-Key: ask")
	id := dig(asked, "invoice.id").(string)
	if again := h.get(202, "POST", at+"/invoices", ask("91350100M000100Y43"), own, "Idempotency-Key: ask"); dig(again, "invoice.id") != id || dig(asked, "invoice.state") != "asked" {
		t.Errorf("asked: %v, again: %v", asked, again)
	}
	h.get(409, "GET", at+"/invoices/"+id+"/document", "", own)
	if _, err := h.office.SendInvoices(context.Background()); err != nil {
		t.Fatal(err)
	}
	listed := h.get(200, "GET", at+"/invoices", "", own)
	if dig(listed, "invoices.0.state") != "issued" || len(dig(listed, "invoices.0.number").(string)) != 20 {
		t.Errorf("issued: %v", listed)
	}
	document := h.get(200, "GET", at+"/invoices/"+id+"/document?form=xml", "", own)
	text, err := base64.StdEncoding.DecodeString(document["document"].(string))
	if err != nil || !strings.Contains(string(text), "冀运有限公司") || document["type"] != "application/xml" {
		t.Errorf("the document: %s, %v", text, err)
	}
	if day := h.get(200, "GET", "/api/v1/invoices/differences?day="+h.now().In(shanghai).Format("2006-01-02"), "", h.as(ident.Desk)); day["same"] != 1.0 {
		t.Errorf("the day: %v", day)
	}
	h.get(202, "POST", at+"/invoices/"+id+"/reverse", "", own)
	if _, err := h.office.SendInvoices(context.Background()); err != nil {
		t.Fatal(err)
	}
	if listed = h.get(200, "GET", at+"/invoices", "", own); dig(listed, "invoices.0.state") != "reversed" {
		t.Errorf("reversed: %v", listed)
	}
	h.get(401, "GET", at+"/invoices", "")
	h.get(401, "GET", "/api/v1/invoices/differences?day=2026-11-22", "")
}
