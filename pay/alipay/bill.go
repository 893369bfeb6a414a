package alipay

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/smartwalle/alipay/v3"
	"golang.org/x/text/encoding/simplifiedchinese"

	"chepiao"
	"chepiao/pay"
)

// billBytesMax bounds a day's bill, packed and unpacked.
const billBytesMax = 1 << 30

// Bill fetches the bill of all trades of a day (trade). It is there from nine in
// the morning of the next day, Chinese time: a ZIP of CSV files in GBK, at an
// address that is good for half a minute. The file is not signed; its address is.
func (c *Channel) Bill(ctx context.Context, day chepiao.Day) ([]pay.BillLine, error) {
	lines, err := c.bill(ctx, day)
	if err != nil {
		return nil, fmt.Errorf("reading the bill of %s: %w", day, err)
	}
	return lines, nil
}

func (c *Channel) bill(ctx context.Context, day chepiao.Day) ([]pay.BillLine, error) {
	where := ""
	err := c.call(ctx, tries, func() (alipay.Error, error) {
		answer, err := c.client.BillDownloadURLQuery(ctx, alipay.BillDownloadURLQuery{BillType: "trade", BillDate: day.String()})
		if err != nil {
			return alipay.Error{}, err
		}
		where = answer.BillDownloadURL
		return answer.Error, nil
	})
	if err != nil {
		return nil, err
	}
	if !webAddress(where) {
		return nil, fmt.Errorf("%w: no usable address of the bill in the answer", pay.ErrUnreachable)
	}
	packed, err := c.download(ctx, where)
	if err != nil {
		return nil, err
	}
	text, err := unpack(packed)
	if err != nil {
		return nil, err
	}
	return readBill(text)
}

func (c *Channel) download(ctx context.Context, where string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, where, nil)
	if err != nil {
		return nil, pay.ErrUnreachable
	}
	res, err := c.http.Do(r)
	if err != nil {
		return nil, translate(alipay.Error{}, err)
	}
	defer res.Body.Close()
	packed, err := io.ReadAll(io.LimitReader(res.Body, billBytesMax))
	if err != nil || res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: the bill cannot be fetched", pay.ErrUnreachable)
	}
	return packed, nil
}

// unpack finds the file of single trades: there is another of sums.
func unpack(packed []byte) ([]byte, error) {
	z, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		return nil, fmt.Errorf("%w: the bill is not a ZIP file", pay.ErrUnreachable)
	}
	for _, f := range z.File {
		file, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("%w: the bill is cut off", pay.ErrUnreachable)
		}
		text, err := io.ReadAll(io.LimitReader(simplifiedchinese.GBK.NewDecoder().Reader(file), billBytesMax))
		file.Close()
		if err != nil {
			return nil, fmt.Errorf("%w: the bill is cut off", pay.ErrUnreachable)
		}
		if bytes.Contains(text[:min(len(text), 4096)], []byte(listBegins)) {
			return text, nil
		}
	}
	return nil, fmt.Errorf("%w: the bill has no list of trades", pay.ErrUnreachable)
}

// Marks and columns of the list, as Alipay writes them.
const (
	listBegins = "业务明细列表-"
	listEnds   = "业务明细列表结束"

	colTransaction, colCharge, colKind = "支付宝交易号", "商户订单号", "业务类型"
	colDone, colTotal, colRefund       = "完成时间", "订单金额（元）", "退款批次号/请求号"
)

var sums = regexp.MustCompile(`^#(交易|退款)合计：(\d+)笔`)

// readBill reads the CSV between its marks; the numbers of lines that stand below
// it must be those that were read.
func readBill(text []byte) ([]pay.BillLine, error) {
	before, rest, found := bytes.Cut(text, []byte(listBegins))
	list, after, ended := bytes.Cut(rest, []byte("\n#"))
	if !found || !ended || len(before) == 0 || !bytes.Contains(after, []byte(listEnds)) {
		return nil, fmt.Errorf("%w: the bill is cut off", pay.ErrUnreachable)
	}
	_, list, _ = bytes.Cut(list, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(list))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	title, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%w: the bill has no title line", pay.ErrUnreachable)
	}
	at := map[string]int{}
	for i, name := range title {
		at[strings.TrimSpace(name)] = i
	}
	for _, name := range []string{colTransaction, colCharge, colKind, colDone, colTotal, colRefund} {
		if _, ok := at[name]; !ok {
			return nil, fmt.Errorf("%w: the bill has no column %s", pay.ErrUnreachable, name)
		}
	}
	var lines []pay.BillLine
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return lines, checkSums(string(after), lines)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: the bill is not CSV", pay.ErrUnreachable)
		}
		line, err := readLine(row, at)
		if err != nil {
			return nil, fmt.Errorf("%w: line %d of the bill: %w", pay.ErrUnreachable, len(lines)+1, err)
		}
		lines = append(lines, line)
	}
}

func checkSums(below string, lines []pay.BillLine) error {
	want := map[string]int{"交易": 0, "退款": 0}
	for _, l := range lines {
		if l.Refund == "" {
			want["交易"]++
		} else {
			want["退款"]++
		}
	}
	said := 0
	for line := range strings.Lines(below) {
		if m := sums.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			said++
			if n, err := strconv.Atoi(m[2]); err != nil || n != want[m[1]] {
				return fmt.Errorf("%w: the bill's number of lines is not the one that it says", pay.ErrUnreachable)
			}
		}
	}
	if said != len(want) {
		return fmt.Errorf("%w: the bill has no sums: it is cut off", pay.ErrUnreachable)
	}
	return nil
}

func readLine(row []string, at map[string]int) (line pay.BillLine, err error) {
	field := func(name string) string {
		if i := at[name]; i < len(row) {
			return strings.TrimSpace(row[i]) // each has a tab behind it, against spreadsheets
		}
		return ""
	}
	if line.At, err = time.ParseInLocation(timeForm, field(colDone), pay.China); err != nil {
		return line, errors.New("its time is not one")
	}
	line.Charge, line.Transaction = field(colCharge), field(colTransaction)
	amount := field(colTotal)
	switch field(colKind) {
	case "交易":
	case "退款":
		line.Refund, amount = field(colRefund), strings.TrimPrefix(amount, "-")
		if line.Refund == "" {
			line.Refund, line.Undone = "revoked "+line.Charge, true // a trade that was cancelled: under no number of ours
		}
	default:
		return line, errors.New("its kind is not known")
	}
	line.Amount, err = fen(amount)
	return line, err
}
