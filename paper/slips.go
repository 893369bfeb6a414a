package paper

import (
	"fmt"
	"strconv"
	"time"

	"chepiao"
)

var weekdays = [...]string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}

func day(t time.Time) string { return t.Format("2006年1月2日") + weekdays[t.Weekday()] }

func (v Voucher) lay() sheet {
	s := sheet{title: "乘车凭证 " + v.Ticket.String()}
	v.layHead(&s)
	s.marks(v.Printed)
	s.rule()
	leaves, seat, gate := v.said()
	if v.Large {
		s.line(3, true, left, gate)
		s.line(3, true, left, leaves)
		s.line(2, true, left, day(v.Departs))
		s.line(3, true, left, seat)
		s.line(2, true, left, v.From.Name+" → "+v.To.Name)
	} else {
		s.line(2, true, left, v.From.Name+" → "+v.To.Name)
		s.line(1, false, left, v.places())
		if v.Last.IsZero() {
			s.two(2, true, leaves, seat)
		} else {
			s.line(2, true, left, leaves)
			s.line(1, true, left, seat)
		}
		s.two(1, true, day(v.Departs), gate)
	}
	if !v.Last.IsZero() {
		s.line(1, false, left, "当日 "+v.Last.Format("15:04")+" 前任一班车有效，按到站先后乘车 Any coach of the day until then")
	}
	s.rule()
	s.two(1, false, "班次 "+v.Number, joined("发车位 ", v.Berth))
	s.two(1, false, joined("车型 ", v.Coach), joined("车牌 ", v.Plate))
	s.pair("承运人", v.Carrier)
	if v.Child {
		return v.layChild(s)
	}
	s.line(1, true, left, v.Name+"  "+v.Document)
	zh, en := kindWords(v.Kind)
	s.two(1, false, "票种 "+zh+" "+en, "票价 "+v.Price.Yuan())
	if v.Limit > 0 {
		s.line(1, false, left, "上限 "+v.Limit.Yuan()+" 执行 "+v.Price.Yuan())
	}
	if v.Children > 0 {
		s.line(1, true, left, fmt.Sprintf("本票含免费儿童 %d 名 incl. %d free child", v.Children, v.Children))
	} else {
		s.line(1, false, left, "本票不含免费儿童 no free child")
	}
	if !v.Opens.IsZero() {
		s.line(1, false, left, v.Opens.Format("15:04")+" 开始检票 check opens")
	}
	s.gap(5)
	if v.Code != "" {
		s.add(row{code: v.Code})
		s.line(1, false, centre, "凭本码或购票证件检票 Scan here, or show your document")
	}
	s.rule()
	s.line(1, false, left, "票号 "+v.Ticket.String())
	s.line(1, false, left, "订单 "+v.Order.String())
	s.line(1, false, left, "此票作为乘车、退票、改签依据，请妥善保管。不作报销凭证。")
	s.line(1, false, left, "Basis for boarding, refund and rebooking; not a receipt.")
	s.pair("车站电话", v.Phone)
	s.pair("售出", v.Sold)
	s.printed(v.Printed)
	return s
}

func (v Voucher) layHead(s *sheet) {
	if v.Child {
		s.line(2, true, centre, "免票儿童凭证")
		s.line(1, true, centre, "Free child's slip")
		return
	}
	s.line(1, true, centre, "道路客运乘车凭证 Coach voucher")
}

// said is when the coach leaves, on which seat and where it is boarded, in words.
func (v Voucher) said() (leaves, seat, gate string) {
	leaves = v.Departs.Format("15:04") + "开"
	if !v.Last.IsZero() {
		leaves = "流水班 " + v.Last.Format("15:04") + " 前"
	}
	seat = "座位 " + strconv.Itoa(v.Seat)
	if v.Child {
		seat = "不占座"
	} else if v.Seat == 0 {
		seat = "不对号"
	}
	if v.Gate != "" {
		gate = "检票口 " + v.Gate
	}
	return leaves, seat, gate
}

// layChild ends the slip of a free child: it rides on an adult's ticket, is checked
// with it and has no code, so that nobody passes with it alone.
func (v Voucher) layChild(s sheet) sheet {
	s.two(1, true, "票种 免票儿童 free child", "票价 "+chepiao.Money(0).Yuan())
	s.line(1, true, left, "随票 "+v.Ticket.String()+" 同时检票")
	s.line(1, false, left, "Checked together with that ticket; no seat of its own.")
	s.rule()
	s.line(1, false, left, "订单 "+v.Order.String())
	s.line(1, false, left, "本凭证不能单独乘车，不作报销凭证。 Not valid alone; not a receipt.")
	s.pair("车站电话", v.Phone)
	s.pair("售出", v.Sold)
	s.printed(v.Printed)
	return s
}

func (v Voucher) places() string {
	if v.From.English == "" || v.To.English == "" {
		return ""
	}
	return v.From.English + " → " + v.To.English
}

func (r Receipt) lay() sheet {
	s := sheet{title: "报销凭证 " + r.Serial}
	s.line(1, true, centre, "道路客运报销凭证 Coach fare receipt")
	s.line(2, true, centre, "仅供报销使用")
	s.line(1, false, centre, "For reimbursement only: not valid for travel")
	s.marks(r.Printed)
	s.rule()
	s.line(1, true, left, "凭证号 "+r.Serial)
	s.line(2, true, left, r.From.Name+" → "+r.To.Name)
	s.two(1, false, day(r.Departs), r.Departs.Format("15:04")+"开 "+r.Number)
	zh, en := kindWords(r.Kind)
	s.line(1, false, left, "票种 "+zh+" "+en)
	s.line(2, true, left, "票价 "+r.Price.Yuan())
	s.line(1, true, left, r.Name+"  "+r.Document)
	s.pair("承运人", r.Carrier)
	s.line(1, false, left, "票号 "+r.Ticket.String())
	if r.Verify != "" {
		s.gap(5)
		s.add(row{code: r.Verify})
		s.line(1, false, centre, "扫码查验真伪 Scan to verify")
	}
	s.rule()
	s.line(1, false, left, "退票、改签须先到窗口交回本凭证。遗失不补。")
	s.line(1, false, left, "Give this back at a window before a refund or rebooking.")
	s.printed(r.Printed)
	return s
}

func (n Note) lay() sheet {
	s := sheet{title: n.Title}
	s.line(2, true, centre, n.Title)
	s.line(1, false, centre, n.English)
	s.marks(n.Printed)
	s.rule()
	for _, l := range n.Lines {
		s.add(row{cells: []cell{{l[0], left, 3}, {l[1], right, 2}}, size: 1})
	}
	if n.Sum != 0 {
		s.rule()
		s.add(row{cells: []cell{{"合计", left, 1}, {n.Sum.Yuan(), right, 1}}, size: 2, bold: true})
	}
	s.rule()
	for _, f := range n.Foot {
		s.line(1, false, left, f)
	}
	s.printed(n.Printed)
	return s
}

func (a Account) lay() sheet {
	s := sheet{title: a.Title, wide: true}
	s.line(2, true, centre, a.Title)
	s.marks(a.Printed)
	s.gap(8)
	for i := 0; i < len(a.Facts); i += 2 {
		cells := []cell{{a.Facts[i][0] + " " + a.Facts[i][1], left, 1}, {"", left, 1}}
		if i+1 < len(a.Facts) {
			cells[1].text = a.Facts[i+1][0] + " " + a.Facts[i+1][1]
		}
		s.add(row{cells: cells, size: 1})
	}
	for _, t := range a.Tables {
		s.gap(8)
		s.line(1, true, left, t.Title)
		s.rule()
		for i, line := range t.Rows {
			cells := make([]cell, len(line))
			for k, text := range line {
				cells[k] = cell{text, right, 1}
				if k < len(t.Shares) {
					cells[k].align, cells[k].share = left, t.Shares[k]
				}
			}
			if len(cells) > 0 {
				cells[0].align = left
			}
			s.add(row{cells: cells, size: 1, bold: i == 0})
		}
		s.rule()
	}
	s.gap(8)
	for _, n := range a.Notes {
		s.line(1, false, left, n)
	}
	s.gap(20)
	cells := []cell{}
	for _, sign := range a.Signs {
		cells = append(cells, cell{sign + " ____________", left, 1})
	}
	if len(cells) > 0 {
		s.add(row{cells: cells, size: 1})
	}
	s.gap(8)
	s.printed(a.Printed)
	return s
}

// marks says above everything else that this is no first print.
func (s *sheet) marks(p Printed) {
	if p.Copy > 1 {
		s.line(1, true, centre, fmt.Sprintf("补打第 %d 次 reprint", p.Copy-1))
	}
	for _, m := range p.Marks {
		s.line(1, true, centre, m)
	}
}

func (s *sheet) printed(p Printed) {
	if !p.At.IsZero() {
		s.line(1, false, left, "打印 "+p.At.Format("2006-01-02 15:04")+joined(" ", p.By))
	}
}

// joined puts a word before a text that may be missing.
func joined(word, text string) string {
	if text == "" {
		return ""
	}
	return word + text
}

func kindWords(k chepiao.TicketKind) (zh, en string) {
	switch k {
	case chepiao.Half:
		return "半票", "half"
	case chepiao.Student:
		return "学生票", "student"
	case chepiao.Discount:
		return "优惠票", "discount"
	case chepiao.Disabled:
		return "残疾军人票", "disabled"
	}
	return "全票", "full"
}
