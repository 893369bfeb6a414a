package alipaysim

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"

	"chepiao"
	"chepiao/pay"
	"chepiao/pay/practice"
)

// refundAsked is the content of the calls about a refund.
type refundAsked struct {
	OutTradeNo   string   `json:"out_trade_no"`
	RefundAmount string   `json:"refund_amount"`
	OutRequestNo string   `json:"out_request_no"`
	Options      []string `json:"query_options"`
}

func (s *Server) refund(q question) (map[string]any, error) {
	var in refundAsked
	if json.Unmarshal(q.body, &in) != nil || pay.CheckID(in.OutRequestNo) != nil {
		return nil, invalid("out_request_no")
	}
	amount, err := fen(in.RefundAmount)
	if err != nil {
		return nil, invalid("refund_amount")
	}
	t, err := s.find(q)
	if err != nil {
		return nil, err
	}
	_, _, known := s.FindRefund(in.OutRequestNo)
	t, r, err := s.Firm.Refund(t.ID, practice.Refund{ID: in.OutRequestNo, Amount: amount})
	if errors.Is(err, pay.ErrMismatch) {
		return nil, business("ACQ.DISCORDANT_REPEAT_REQUEST", "请求信息不一致")
	}
	if err != nil {
		return nil, err
	}
	moved := "N" // the same request again, or one that is under way
	if known != nil && r.State != chepiao.PaybackDue {
		moved = "Y"
	}
	return map[string]any{"out_trade_no": t.ID, "trade_no": t.Transaction, "fund_change": moved, "refund_fee": t.Refunded().String(), "buyer_logon_id": "ye***@example.cn"}, nil
}

// queryRefund tells nothing of a refund that is under way, as Alipay does.
func (s *Server) queryRefund(q question) (map[string]any, error) {
	var in refundAsked
	if json.Unmarshal(q.body, &in) != nil {
		return nil, invalid("biz_content")
	}
	t, r, err := s.FindRefund(in.OutRequestNo)
	if err != nil || t.ID != in.OutTradeNo {
		return map[string]any{}, nil
	}
	out := map[string]any{"out_trade_no": t.ID, "trade_no": t.Transaction, "out_request_no": r.ID, "total_amount": t.Amount.String(), "refund_amount": r.Amount.String()}
	switch r.State {
	case chepiao.PaybackSettled:
		out["refund_status"], out["gmt_refund_pay"] = "REFUND_SUCCESS", r.Settled.In(pay.China).Format("2006-01-02 15:04:05")
	case chepiao.PaybackStuck: // it left Alipay, and the bank sent it back
		out["refund_status"] = "REFUND_SUCCESS"
		out["deposit_back_info"] = map[string]string{"has_deposit_back": "true", "dback_status": "F", "dback_amount": r.Amount.String()}
	}
	return out, nil
}

// bill says where the day's bill lies.
func (s *Server) bill(q question) (map[string]any, error) {
	var in struct {
		Type string `json:"bill_type"`
		Date string `json:"bill_date"`
	}
	if json.Unmarshal(q.body, &in) != nil || in.Type != "trade" {
		return nil, invalid("bill_type")
	}
	day, err := chepiao.ParseDay(in.Date)
	if err != nil {
		return nil, invalid("bill_date")
	}
	if _, err := s.Bill(day); err != nil {
		return nil, err
	}
	signature, err := s.sign(s.keys.Alipay, []byte(day.String()))
	if err != nil {
		return nil, err
	}
	return map[string]any{"bill_download_url": q.host + "/bill/" + day.String() + "?key=" + strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(signature)[:40]}, nil
}

// download gives the file out to whoever has its address.
func (s *Server) download(w http.ResponseWriter, r *http.Request) {
	day, err := chepiao.ParseDay(r.PathValue("day"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	signature, err := s.sign(s.keys.Alipay, []byte(day.String()))
	if err != nil || r.URL.Query().Get("key") != strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(signature)[:40] {
		http.NotFound(w, r)
		return
	}
	packed, err := s.billFile(day)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Write(packed)
}

const billTitle = "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"

// billFile is the list of trades and the sheet of sums, in GBK, zipped.
func (s *Server) billFile(day chepiao.Day) ([]byte, error) {
	rows, err := s.Bill(day)
	if err != nil {
		return nil, err
	}
	var list strings.Builder
	fmt.Fprintf(&list, "#支付宝业务明细查询\r\n#账号：[%s]\r\n#起始日期：[%s 00:00:00]   终止日期：[%s 00:00:00]\r\n", s.keys.SellerID, day, day+1)
	list.WriteString("#-----------------------------------------业务明细列表----------------------------------------\r\n" + billTitle + "\r\n")
	var came, went chepiao.Money
	n := 0
	for _, row := range rows {
		t := row.Trade
		kind, refund, amount := "交易", "", row.Amount
		if row.Refund != nil {
			kind, refund, amount = "退款", row.Refund.ID, -row.Amount
			went += row.Amount
		} else {
			came += row.Amount
			n++
		}
		at := row.At.In(pay.China).Format("2006-01-02 15:04:05")
		fields := []string{
			t.Transaction, t.ID, kind, strings.NewReplacer(",", "，", "\"", "").Replace(t.Subject), at, at, "", "", "", "", "*叶(ye***@example.cn)", amount.String(), amount.String(),
			"0.00", "0.00", "0.00", "0.00", "0.00", "", "0.00", "0.00", refund, "0.00", "0.00", "",
		}
		list.WriteString(strings.Join(fields, "\t,") + "\t\r\n")
	}
	list.WriteString("#-----------------------------------------业务明细列表结束------------------------------------\r\n")
	fmt.Fprintf(&list, "#交易合计：%d笔，商家实收共%s元，商家优惠共0.00元\r\n#退款合计：%d笔，商家实收退款共-%s元，商家优惠退款共0.00元\r\n", n, came, len(rows)-n, went)
	sheet := fmt.Sprintf("#支付宝业务汇总查询\r\n#账号：[%s]\r\n门店编号,门店名称,交易订单总笔数,退款订单总笔数\r\n合计,,%d,%d\r\n", s.keys.SellerID, n, len(rows)-n)
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	for name, text := range map[string]string{"业务明细(汇总)": sheet, "业务明细": list.String()} {
		gbk, err := simplifiedchinese.GBK.NewEncoder().String(text)
		if err != nil {
			return nil, fmt.Errorf("writing the bill: %w", err)
		}
		f, err := z.Create(s.keys.SellerID + "_" + strings.ReplaceAll(day.String(), "-", "") + "_" + name + ".csv")
		if err != nil {
			return nil, fmt.Errorf("writing the bill: %w", err)
		}
		if _, err := f.Write([]byte(gbk)); err != nil {
			return nil, fmt.Errorf("writing the bill: %w", err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("writing the bill: %w", err)
	}
	return packed.Bytes(), nil
}
