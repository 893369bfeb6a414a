package bench

import (
	"strings"
	"time"

	"chepiao"
	"chepiao/paper"
)

// PaperResult is how long it takes to make one slip.
type PaperResult struct {
	What  string  `json:"what"`
	Bytes int     `json:"bytes"`
	P50   float64 `json:"p50_ms"`
	P99   float64 `json:"p99_ms"`
	goal  time.Duration
}

const (
	pdfGoal    = 20 * time.Millisecond
	escposGoal = 3 * time.Millisecond
	paperRuns  = 400
)

// Paper makes a voucher in each form again and again, with a rare character in the
// name, so that one line of the thermal slip goes as a picture.
func Paper() (list []PaperResult, err error) {
	leaves := time.Date(2026, 11, 24, 8, 30, 0, 0, time.FixedZone("CST", 8*3600))
	v := paper.Voucher{
		Ticket: 1_000_000_017, Order: 1_000_000_016, From: paper.Place{Name: "石家庄客运总站", English: "Shijiazhuang"}, To: paper.Place{Name: "北京六里桥客运主枢纽", English: "Beijing Liuliqiao"},
		Departs: leaves, Opens: leaves.Add(-20 * time.Minute), Number: "K0830", Gate: "3", Berth: "5", Seat: 12, Coach: "大型高一 49 座", Carrier: "河北客运集团有限公司",
		Kind: chepiao.Full, Price: 8500, Name: "欧阳𬭚", Document: "1301**********0017", Code: "CP1:" + strings.Repeat("6BFOXN*TS0BI$ZD4N9:9S6RCVN5+O30K3/XIV0W23NTD", 6)[:240],
		Sold: "window 2", Printed: paper.Printed{At: leaves, By: "window 2 1001", Copy: 1},
	}
	for _, form := range []struct {
		what string
		goal time.Duration
		make func() ([]byte, error)
	}{
		{"voucher as PDF, A6", pdfGoal, func() ([]byte, error) { return paper.PDF(paper.A6, v) }},
		{"voucher as ESC/POS, 80 mm", escposGoal, func() ([]byte, error) { return paper.ESCPOS(paper.Printer{}, v) }},
		{"voucher as ESC/POS, 58 mm, all as dots", 0, func() ([]byte, error) {
			return paper.ESCPOS(paper.Printer{Width: 58, Raster: true, Codes: true}, v)
		}},
	} {
		r := PaperResult{What: form.what, goal: form.goal}
		var times []time.Duration
		for i := range paperRuns + 10 {
			began := time.Now()
			b, err := form.make()
			if err != nil {
				return nil, err
			}
			if r.Bytes = len(b); i >= 10 {
				times = append(times, time.Since(began))
			}
		}
		q := percentiles(times)
		r.P50, r.P99 = q.P50, q.P99
		list = append(list, r)
	}
	return list, nil
}
