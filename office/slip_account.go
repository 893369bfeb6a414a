package office

import (
	"context"
	"fmt"
	"strconv"

	"chepiao"
	"chepiao/paper"
)

// ShiftAccount is a shift's closing sheet as it is printed and signed. Refusal
// NotFound.
func (o *Office) ShiftAccount(ctx context.Context, id chepiao.ShiftID, printed paper.Printed) (paper.Account, error) {
	sheet, err := o.ShiftSheet(ctx, id)
	if err != nil {
		return paper.Account{}, err
	}
	s, zone := sheet.Shift, o.Timetable().Zone
	zh, _ := s.State.Text()
	a := paper.Account{Title: "售票员交班缴款单 Shift account", Printed: o.zoned(printed), Signs: []string{"售票员 Clerk", "值班主管 Supervisor"}}
	fact := func(what, is string) { a.Facts = append(a.Facts, [2]string{what, is}) }
	fact("单号", s.ID.String())
	fact("状态", zh)
	fact("工号", string(s.Staff))
	fact("设备", s.Device)
	fact("车站", printedPlace(o.Timetable(), s.Station).Name)
	fact("备用金", s.Float.Yuan())
	fact("开班", s.Opened.In(zone).Format("2006-01-02 15:04"))
	if !s.Closed.IsZero() {
		fact("交班", s.Closed.In(zone).Format("2006-01-02 15:04"))
	}
	if s.SignedBy != "" {
		fact("签认", string(s.SignedBy)+" "+s.Signed.In(zone).Format("2006-01-02 15:04"))
	}
	a.Tables = append(a.Tables, moneyTable(sheet), paper.Table{Title: "售出票数 Tickets", Rows: [][]string{
		{"售出", "退票", "废票", "改签"},
		{strconv.Itoa(s.Tickets.Sold), strconv.Itoa(s.Tickets.Refunded), strconv.Itoa(s.Tickets.Voided), strconv.Itoa(s.Tickets.Rebooked)},
	}})
	if rows := paperRows(sheet); len(rows) > 1 {
		a.Tables = append(a.Tables, paper.Table{Title: "报销凭证用纸 Numbered paper", Rows: rows})
	}
	if sheet.Carried != 0 {
		a.Notes = append(a.Notes, "班中已缴 "+sheet.Carried.Yuan())
	}
	for _, n := range []string{s.Note, s.SignNote} {
		if n != "" {
			a.Notes = append(a.Notes, n)
		}
	}
	return a, nil
}

func moneyTable(sheet ShiftSheet) paper.Table {
	t := paper.Table{Title: "各渠道收付 Money", Rows: [][]string{{"渠道", "收入", "退出", "应有", "实点", "长短"}}}
	for _, l := range sheet.Lines {
		counted, over := "", ""
		if sheet.Shift.State != chepiao.OpenShift {
			counted, over = l.Counted.String(), l.Over.String()
		}
		t.Rows = append(t.Rows, []string{channelWord(l.Channel), l.In.String(), l.Back.String(), l.Expected.String(), counted, over})
	}
	return t
}

func channelWord(c chepiao.PaymentChannel) string {
	switch c {
	case chepiao.Cash:
		return "现金 cash"
	case chepiao.WeChat:
		return "微信支付 WeChat Pay"
	case chepiao.Alipay:
		return "支付宝 Alipay"
	}
	return "模拟支付 practice"
}

// paperRows are the sheets of a shift by what became of them: how many, and from
// which number to which.
func paperRows(sheet ShiftSheet) [][]string {
	rows := [][]string{{"状态", "张数", "起止号"}}
	for _, part := range []struct {
		word string
		list []chepiao.PaperSheet
	}{{"已用", sheet.Used}, {"作废", sheet.Spoilt}, {"缺失", sheet.Missing}, {"收回", sheet.Returned}} {
		if n := len(part.list); n > 0 {
			rows = append(rows, []string{part.word, strconv.Itoa(n), fmt.Sprintf("%s – %s", part.list[0].Serial, part.list[n-1].Serial)})
		}
	}
	if sheet.Left > 0 {
		rows = append(rows, []string{"剩余", strconv.Itoa(sheet.Left), ""})
	}
	return rows
}
