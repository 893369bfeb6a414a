package wechat

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha1"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"

	"chepiao"
	"chepiao/pay"
)

// billBytesMax bounds a day's bill, unpacked: some 300 bytes a line.
const billBytesMax = 1 << 30

// Bill fetches the bill of all transactions of a day (tradebill, ALL). It is there
// from ten in the morning of the next day, Chinese time. The file is not signed:
// what is signed is its SHA-1.
func (c *Channel) Bill(ctx context.Context, day chepiao.Day) ([]pay.BillLine, error) {
	lines, err := c.bill(ctx, day)
	if err != nil {
		return nil, fmt.Errorf("reading the bill of %s: %w", day, err)
	}
	return lines, nil
}

func (c *Channel) bill(ctx context.Context, day chepiao.Day) ([]pay.BillLine, error) {
	var where struct {
		HashType    string `json:"hash_type"`
		HashValue   string `json:"hash_value"`
		DownloadURL string `json:"download_url"`
	}
	err := c.call(ctx, tries, func(client *core.Client) error {
		answer, err := client.Get(ctx, server+"/v3/bill/tradebill?bill_date="+day.String()+"&bill_type=ALL&tar_type=GZIP")
		if err != nil {
			return err
		}
		return core.UnMarshalResponse(answer.Response, &where)
	})
	if err != nil {
		return nil, err
	}
	plain, err := core.NewClient(ctx, option.WithMerchantCredential(c.set.MchID, c.set.Serial, c.set.Key), option.WithoutValidator(), option.WithHTTPClient(&c.http))
	if err != nil {
		return nil, unreachable(err)
	}
	if !strings.HasPrefix(where.DownloadURL, server+"/") {
		return nil, fmt.Errorf("%w: the bill lies at a foreign address", pay.ErrUnreachable)
	}
	answer, err := plain.Get(ctx, where.DownloadURL)
	if err != nil {
		return nil, unreachable(err)
	}
	defer answer.Response.Body.Close()
	packed, err := io.ReadAll(io.LimitReader(answer.Response.Body, billBytesMax))
	if err != nil {
		return nil, unreachable(err)
	}
	text := packed
	if zipped, err := gzip.NewReader(bytes.NewReader(packed)); err == nil {
		if text, err = io.ReadAll(io.LimitReader(zipped, billBytesMax)); err != nil {
			return nil, fmt.Errorf("%w: the bill is cut off", pay.ErrUnreachable)
		}
	}
	if hash := sha1.Sum(text); where.HashType != "SHA1" || !strings.EqualFold(where.HashValue, hex.EncodeToString(hash[:])) {
		return nil, fmt.Errorf("%w: the bill is not the one that was signed", pay.ErrUnreachable)
	}
	return readBill(text)
}

// The columns that are read, by their names in the first line.
const (
	colTime, colTransaction, colCharge, colState     = "交易时间", "微信订单号", "商户订单号", "交易状态"
	colRefund, colTotal, colRefundAsked, colBillTail = "商户退款单号", "订单金额", "申请退款金额", "总交易单数"
)

// readBill reads the CSV: a title line, lines whose every field begins with a
// back quote, then a title and a line of sums, which must agree.
func readBill(text []byte) ([]pay.BillLine, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	title, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%w: the bill has no title line", pay.ErrUnreachable)
	}
	at := map[string]int{}
	for i, name := range title {
		at[strings.TrimSpace(name)] = i
	}
	for _, name := range []string{colTime, colTransaction, colCharge, colState, colRefund, colTotal, colRefundAsked} {
		if _, ok := at[name]; !ok {
			return nil, fmt.Errorf("%w: the bill has no column %s", pay.ErrUnreachable, name)
		}
	}
	var lines []pay.BillLine
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%w: the bill has no sums: it is cut off", pay.ErrUnreachable)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: the bill is not CSV", pay.ErrUnreachable)
		}
		if strings.TrimSpace(row[0]) == colBillTail {
			return lines, checkSums(r, len(lines))
		}
		line, err := readLine(row, at)
		if err != nil {
			return nil, fmt.Errorf("%w: line %d of the bill: %w", pay.ErrUnreachable, len(lines)+2, err)
		}
		lines = append(lines, line)
	}
}

func checkSums(r *csv.Reader, lines int) error {
	sums, err := r.Read()
	if err != nil || strings.TrimPrefix(strings.TrimSpace(sums[0]), "`") != fmt.Sprint(lines) {
		return fmt.Errorf("%w: the bill's number of lines is not the one that it says", pay.ErrUnreachable)
	}
	return nil
}

func readLine(row []string, at map[string]int) (line pay.BillLine, err error) {
	field := func(name string) string {
		if i := at[name]; i < len(row) {
			return strings.TrimPrefix(strings.TrimSpace(row[i]), "`")
		}
		return ""
	}
	if line.At, err = time.ParseInLocation("2006-01-02 15:04:05", field(colTime), pay.China); err != nil {
		return line, errors.New("its time is not one")
	}
	line.Charge, line.Transaction = field(colCharge), field(colTransaction)
	amount := field(colTotal)
	switch field(colState) {
	case "SUCCESS":
	case "REFUND":
		line.Refund, amount = field(colRefund), field(colRefundAsked)
	case "REVOKED": // a scan that was undone: all of it went back, under no number of ours
		line.Refund, line.Undone, amount = "revoked "+line.Charge, true, field(colRefundAsked)
	default:
		return line, errors.New("its state is not known")
	}
	line.Amount, err = fen(amount)
	return line, err
}

// fen reads "106.50" exactly.
func fen(s string) (chepiao.Money, error) {
	v, ok := new(big.Rat).SetString(s)
	if !ok || !v.Mul(v, big.NewRat(100, 1)).IsInt() || !v.Num().IsInt64() || v.Sign() <= 0 {
		return 0, errors.New("its amount is not one")
	}
	return chepiao.Money(v.Num().Int64()), nil
}
