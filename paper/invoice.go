package paper

import (
	"fmt"
	"time"

	"chepiao"
)

// Invoice (电子发票) is a digital invoice for passenger transport as it is shown to
// people, modelled on the public description of the form. The practice tax service
// draws its documents with it; a real service sends its own.
type Invoice struct {
	Number            string
	Original          string // red: the number of the blue invoice that it takes back
	At                time.Time
	Buyer, BuyerTax   string
	Seller, SellerTax string
	Item              string
	Amount            chepiao.Money // with tax; below zero on a red invoice
	Net, Tax          chepiao.Money
	Rate              string // 3%
	Facts             [][2]string
	Passenger         [][2]string // 出行人, 出行日期 …
	Marks             []string
}

func (v Invoice) lay() sheet {
	s := sheet{title: "电子发票 " + v.Number}
	for _, m := range v.Marks {
		s.line(2, true, centre, m)
	}
	s.line(3, true, centre, "电子发票（普通发票）")
	s.line(1, false, centre, "旅客运输服务 Passenger transport")
	s.gap(5)
	s.add(row{cells: []cell{{"发票号码 " + v.Number, left, 1}, {"开票日期 " + v.At.Format("2006年01月02日"), right, 1}}, size: 1, bold: true})
	if v.Original != "" {
		s.line(1, true, left, "红字发票：被红冲蓝字发票号码 "+v.Original)
	}
	s.rule()
	s.two(1, true, "购买方 "+v.Buyer, "销售方 "+v.Seller)
	s.two(1, false, "统一社会信用代码 "+none(v.BuyerTax), "统一社会信用代码 "+none(v.SellerTax))
	s.rule()
	s.add(row{cells: []cell{{"项目名称", left, 4}, {"数量", right, 1}, {"金额", right, 2}, {"税率", right, 1}, {"税额", right, 2}}, size: 1, bold: true})
	s.add(row{cells: []cell{{v.Item, left, 4}, {"1", right, 1}, {v.Net.Yuan(), right, 2}, {v.Rate, right, 1}, {v.Tax.Yuan(), right, 2}}, size: 1})
	s.gap(5)
	s.rule()
	for _, f := range v.Passenger {
		s.add(row{cells: []cell{{f[0], left, 1}, {f[1], left, 3}}, size: 1})
	}
	s.rule()
	s.add(row{cells: []cell{{"价税合计", left, 1}, {v.Amount.Yuan(), right, 1}}, size: 2, bold: true})
	s.rule()
	for _, f := range v.Facts {
		s.line(1, false, left, fmt.Sprintf("%s %s", f[0], f[1]))
	}
	return s
}

func none(s string) string {
	if s == "" {
		return "—"
	}
	return s
}
