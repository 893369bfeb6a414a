package voucher

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"chepiao"
)

// Line explains one header or claim of a voucher. Number is its place in the
// code: "h1" is header 1, "4" is claim 4, "-65537.3" is number 3 of the
// private claim -65537.
type Line struct {
	Number string `json:"number"`
	NameZH string `json:"name_zh"`
	NameEN string `json:"name_en"`
	Value  string `json:"value"`
	ZH     string `json:"zh"` // a plain sentence
	EN     string `json:"en"`
}

// China is UTC+8, the zone in which times are shown when none is given.
var China = time.FixedZone("UTC+8", 8*3600)

// Text is the verdict in one sentence.
func (v Verdict) Text() (zh, en string) {
	if v.Valid {
		return "凭证真实有效(离线核验，未查退票和换发)", "The voucher is genuine and valid (checked offline: refunds and re-issues are not known here)"
	}
	return v.Refusal.ZH, v.Refusal.EN
}

// Explain says what the verdict rests on: the headers, then every claim. It is
// empty when the code could not be read. zone nil means China; names may give
// stations by number and may be nil.
func (v Verdict) Explain(zone *time.Location, names map[chepiao.StationNo]string) []Line {
	if v.Claims == nil {
		return nil
	}
	alg := suites[v.Suite].alg
	lines := []Line{
		{"h1", "签名算法", "algorithm", fmt.Sprintf("%d %s", int64(alg), v.Suite), "用 " + string(v.Suite) + " 签名。", "Signed with " + string(v.Suite) + "."},
		{"h4", "密钥编号", "key id", v.Key.String(), "由签发方编号为 " + v.Key.String() + " 的密钥签名。", "Signed with the issuer's key " + v.Key.String() + "."},
	}
	return append(lines, Explain(*v.Claims, zone, names)...)
}

// Explain says what every claim means, in the order of the code and including
// those that are left out of it because they are zero.
func Explain(c chepiao.Claims, zone *time.Location, names map[chepiao.StationNo]string) []Line {
	if zone == nil {
		zone = China
	}
	minute := func(t time.Time) string { return t.In(zone).Format("2006-01-02 15:04 -07:00") }
	station := func(n chepiao.StationNo) string {
		if name := names[n]; name != "" {
			return fmt.Sprintf("%d %s", n, name)
		}
		return strconv.Itoa(int(n))
	}
	from, to, exp, nbf := station(c.From), station(c.To), minute(c.Expires), minute(c.NotBefore)
	version := strconv.Itoa(c.Version)
	return append([]Line{
		{"1", "签发方", "issuer", c.Issuer, "由节点 " + c.Issuer + " 售票并签发。", "Sold and signed by node " + c.Issuer + "."},
		{"4", "失效时间", "expires", exp, "自 " + exp + " 起失效。", "No longer passes from " + exp + "."},
		{"5", "生效时间", "not before", nbf, "自 " + nbf + " 起有效。", "Passes from " + nbf + "."},
		{own(1), "电子客票号", "ticket", c.Ticket.String(), "凭证对应电子客票 " + c.Ticket.String() + "。", "It stands for ticket " + c.Ticket.String() + "."},
		{own(2), "班次编号", "departure", c.Departure.String(), "班次模板号和乘车日期合成的编号。", "The departure's id: its template and its service day."},
		{own(3), "乘车日期", "service day", c.Day.String(), "营运日为 " + c.Day.String() + ";24:00 以后的发车时间在次日凌晨。", "The service day is " + c.Day.String() + "; times past 24:00 are on the next morning."},
		explainNumber(c.Number),
		{own(5), "发车时间", "departs", c.Depart.String(), "在上车站的计划发车时间为 " + c.Depart.String() + "。", "The coach is planned to leave the boarding stop at " + c.Depart.String() + "."},
		{own(6), "上车站", "from", from, "在 " + from + " 上车。", "Boards at " + from + "."},
		{own(7), "下车站", "to", to, "在 " + to + " 下车。", "Alights at " + to + "."},
	}, append(explainSeat(c),
		Line{own(11), "凭证版本", "voucher version", version, "第 " + version + " 版凭证；换发后旧版作废。", "Version " + version + " of the voucher; after a re-issue older ones no longer pass."},
		explainBinding(c.Binding))...)
}

func own(n int) string { return "-65537." + strconv.Itoa(n) }

func explainNumber(number string) Line {
	if number == "" {
		return Line{own(4), "班次号", "departure number", "", "该班次没有班次号。", "The departure has no number."}
	}
	return Line{own(4), "班次号", "departure number", number, "班次号为 " + number + "。", "The departure's number is " + number + "."}
}

// explainSeat is the seat, the kind and the children.
func explainSeat(c chepiao.Claims) []Line {
	seat := Line{own(8), "座位号", "seat", strconv.Itoa(c.Seat), fmt.Sprintf("%d 号座。", c.Seat), fmt.Sprintf("Seat %d.", c.Seat)}
	if c.Seat == 0 {
		seat.Value, seat.ZH, seat.EN = "", "流水班，不对号入座。", "Flow departure: no numbered seat."
	}
	kind := Line{Number: own(9), NameZH: "票种", NameEN: "kind", Value: c.Kind.String()}
	zh := map[chepiao.TicketKind]string{chepiao.Full: "全票", chepiao.Half: "半票", chepiao.Student: "学生票", chepiao.Discount: "优惠票"}[c.Kind]
	kind.ZH, kind.EN = "票种为"+zh+"。", "A ticket of kind “"+c.Kind.String()+"”."
	children := Line{own(10), "携童人数", "children", strconv.Itoa(c.Children), fmt.Sprintf("免费携带 %d 名儿童。", c.Children), fmt.Sprintf("Carries %d free child(ren) without a seat.", c.Children)}
	if c.Children == 0 {
		children.ZH, children.EN = "不含免费儿童。", "Does not include a free child."
	}
	return []Line{seat, kind, children}
}

func explainBinding(b [8]byte) Line {
	if b == [8]byte{} {
		return Line{own(12), "证件绑定", "document binding", "", "未绑定身份证件。", "No identity document is bound."}
	}
	return Line{own(12), "证件绑定", "document binding", hex.EncodeToString(b[:]),
		"绑定购票时的身份证件(带密钥的摘要，不含证件号码);只有持有该班次密钥的检票口能核对。",
		"Bound to the identity document used at purchase (a keyed hash, not the number); only a gate with the departure's key can compare it."}
}
