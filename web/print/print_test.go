package print_test

import (
	"bytes"
	"image/png"
	"net/url"
	"strings"
	"testing"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
	"chepiao/paper"
	"chepiao/web/stage"
)

const from, to = "130102SJZ", "130606BD"

// TestVouchersPrint prints an order's slips in every form, and holds the
// printer's letters against the ticket.
func TestVouchersPrint(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	sale := s.Sell("JA1707", from, to, 31)
	order := sale.Order.ID.String()
	s.As("1001")
	escpos := s.Get("/paper/order/"+order+".escpos?width=58&copy=2&kick=1").Want(200, "\x1b@")
	if got := escpos.Header.Get("Content-Type") + " " + escpos.Header.Get("Cache-Control"); got != "application/vnd.escpos no-store" {
		t.Errorf("headers %q", got)
	}
	strip, err := paper.Print([]byte(escpos.Body), 58)
	if err != nil || len(strip.Unknown) > 0 || strip.Kicks != 1 || len(strip.Codes) != 1 {
		t.Fatalf("%v, unknown %v, kicks %d, codes %d", err, strip.Unknown, strip.Kicks, len(strip.Codes))
	}
	text := strings.Join(strip.Text, "\n")
	for _, want := range []string{"石家庄", "保定", "补打第 1 次", "检票口", "班次 JA1707", sale.Ticket.ID.String(), order, "不作报销凭证"} {
		if !strings.Contains(text, want) {
			t.Errorf("the slip does not say %q:\n%s", want, text)
		}
	}
	if !strings.HasPrefix(strip.Codes[0], "CP1:") {
		t.Errorf("the code is %q", strip.Codes[0])
	}
	s.Get("/paper/voucher/"+sale.Ticket.ID.String()+".pdf").Want(200, "%PDF-")
	picture := s.Get("/paper/voucher/" + sale.Ticket.ID.String() + ".png").Want(200)
	if m, err := png.Decode(bytes.NewReader([]byte(picture.Body))); err != nil || m.Bounds().Dx() != 576 {
		t.Errorf("the picture: %v", err)
	}
	s.Get("/paper/order/"+order+".doc").Want(404, "只能打印为")
	s.Get("/paper/order/OD123.pdf").Want(404, "没有这个订单")
	s.Get("/paper/receipt/"+sale.Ticket.ID.String()+".pdf").Want(409, "没有纸质报销凭证")
	s.Get("/paper/test/test.escpos").Want(200, "\x1dVB")
	s.Get("/o/"+order+"/"+sale.Order.Key+"/voucher.pdf").Want(200, "%PDF-")
	s.Get("/o/" + order + "/WRONG/voucher.pdf").Want(404)
}

// TestOnlyStaffPrint: a browser that is nobody's device prints nobody's slip.
func TestOnlyStaffPrint(t *testing.T) {
	s := stage.Open(t, stage.Options{Devices: &ident.Registry{}})
	sale := s.Sell("JA1707", from, to, 32)
	for _, what := range []string{"order/" + sale.Order.ID.String(), "voucher/" + sale.Ticket.ID.String(), "receipt/" + sale.Ticket.ID.String()} {
		if got := s.Get("/paper/" + what + ".pdf"); got.Status == 200 || strings.Contains(got.Body, "%PDF") {
			t.Errorf("%s was printed for nobody: %d", what, got.Status)
		}
	}
}

// TestReceiptsAreGenuine prints a receipt on numbered paper and follows its code,
// before the paper is given back and after.
func TestReceiptsAreGenuine(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	s.As("4001")
	s.Post("/shift/stock", url.Values{"once": {s.Get("/shift/stock").Field("once")}, "from": {"A0001"}, "to": {"A0100"}}).Location()
	sale := s.Sell("JA1707", from, to, 33)
	ticket := sale.Ticket.ID
	serial := printReceipt(t, s, ticket)
	strip, err := paper.Print([]byte(s.Get("/paper/receipt/"+ticket.String()+".escpos").Want(200).Body), 80)
	if err != nil || len(strip.Codes) != 1 || !strings.Contains(strings.Join(strip.Text, "\n"), "仅供报销使用") || !strings.Contains(strings.Join(strip.Text, "\n"), serial) {
		t.Fatalf("%v: %q", err, strip.Text)
	}
	_, path, _ := strings.Cut(strings.TrimPrefix(strip.Codes[0], "http://"), "/")
	page := s.Get("/"+path).Want(200, "真实有效", serial, ticket.String())
	page.Lacks(sale.Order.Key, sale.Name, sale.Number)
	s.Get("/" + path[:len(path)-1] + "A").Want(404)
	s.Get("/" + strings.Replace(path, serial, "A0099", 1)).Want(404)
}

// printReceipt binds the next sheet of the paper to a ticket and answers its serial.
func printReceipt(t *testing.T, s *stage.Stage, id chepiao.TicketID) string {
	t.Helper()
	s.As("1001")
	page := s.Get("/shift")
	batch := page.Body[strings.Index(page.Body, "ZP"):]
	batch = batch[:strings.IndexAny(batch, "\"< ")]
	s.Post("/shift/open", url.Values{"once": {page.Field("once")}, "float": {"200"}, "batch": {batch}, "sheets": {"10"}}).Location()
	shift, open, err := s.Office.OpenShiftOf(t.Context(), "1001", "anyone")
	if err != nil || !open {
		t.Fatal("no shift is open", err)
	}
	got, err := s.Office.PrintReceipt(t.Context(), office.Verb{ID: "print", By: "anyone", Who: "1001", Shift: shift.ID, At: chepiao.AskedAt{Window: true}}, office.PrintReceiptInput{Ticket: id, Early: true})
	if err != nil {
		t.Fatal(err)
	}
	return got.ReceiptNo
}
