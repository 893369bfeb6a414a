package shift_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"chepiao/demo"
	"chepiao/web/stage"
)

const (
	from, to = "130102SJZ", "130606BD"
	here     = "station=130102SJZ"
)

// opened is a stage on which clerk 1001 has a shift, with a float of 200 yuan and
// sheets A0001 to A0010 of a delivery of a hundred.
func opened(t *testing.T) *stage.Stage {
	t.Helper()
	s := stage.Open(t, stage.Options{})
	s.As("4001")
	s.Post("/shift/stock", form(s.Get("/shift/stock").Want(200, "尚无票据入库").Field("once"), "from", "A0001", "to", "A0100")).Location()
	s.As("1001")
	page := s.Get("/shift").Want(200, "开班", "A0001 … A0100")
	batch := regexp.MustCompile(`ZP\d+`).FindString(page.Body)
	s.Post("/shift/open", form(page.Field("once"), "float", "200", "batch", batch, "sheets", "10")).Location()
	s.Get("/shift").Want(200, "¥200.00", "A0001–A0010", "共 10 张")
	return s
}

func form(once string, fields ...string) url.Values {
	f := url.Values{"once": {once}}
	for i := 0; i < len(fields); i += 2 {
		f.Set(fields[i], fields[i+1])
	}
	return f
}

// sell sells a ticket at the window for cash and answers its order's address.
func sell(s *stage.Stage, n int) string {
	name, number := demo.Person(777_000 + n)
	at := "/window/sale/" + s.Departure("JA1707").String() + "?from=" + from + "&to=" + to + "&" + here
	f := form(s.Get(at).Field("once"), "count", "1", "p0_name", name, "p0_kind", "auto", "p0_number", number, "p0_ticket", "full")
	order := s.Post(at, f).Location()
	s.Post(order+"/pay", form("pay"+number[10:], "given", "100")).Location()
	return strings.Split(order, "?")[0]
}

func TestPagesLookAsAgreed(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		s := stage.Open(t, stage.Options{})
		s.As("1001")
		s.Lang = lang
		s.Get("/shift").Want(200).Golden("open-" + lang)
		s.Lang = "zh"
		s = opened(t)
		sell(s, 1)
		s.Lang = lang
		s.Get("/shift").Want(200).Golden("home-" + lang)
		s.Get("/shift/close").Want(200).Golden("count-" + lang)
		s.Get("/shift/stock").Want(200).Golden("stock-" + lang)
		close := form("close", "shift", shiftNo(s), "counted.cash", "244", "note", "少收")
		sheet := s.Post("/shift/count", close).Location()
		s.Get(sheet).Want(200).Golden("closed-" + lang)
		s.Get("/shift/list").Want(200).Golden("list-" + lang)
		s.As("4001")
		s.Get(sheet).Want(200).Golden("sign-" + lang)
	}
}

func shiftNo(s *stage.Stage) string {
	return regexp.MustCompile(`SF\d+`).FindString(s.Get("/shift").Body)
}

// TestShift: from the float to the supervisor's signature at the clerk's screen.
func TestShift(t *testing.T) {
	s := opened(t)
	sell(s, 1) // 49.00
	s.Get("/shift").Want(200, "¥249.00")
	no := shiftNo(s)
	s.Post("/shift/open", form("again", "float", "1")).Want(409, "本窗口已有工号 1001 的当班班次")
	s.Post("/shift/carry", form("C1", "amount", "300", "way", "hand")).Want(409, "抽屉现金只有 ¥249.00")
	s.Post("/shift/carry", form("C2", "amount", "1e9", "way", "hand")).Want(422, "金额有误")
	s.Post("/shift/carry", form("C3", "amount", "100", "way", "hand", "with", "4001")).Location()
	s.Post("/shift/carry", form("C4", "amount", "20.5", "way", "fetch")).Location()
	s.Get("/shift").Want(200, "¥169.50", "¥79.50")
	s.Post("/shift/spoil", form("S1", "no", "A0002", "why", "")).Want(422, "请填写作废原因")
	s.Post("/shift/spoil", form("S2", "no", "A0011", "why", "卡纸")).Want(409, "不在手头未用的票据中")
	s.Post("/shift/spoil", form("S3", "no", "a0002", "why", "卡纸")).Location()
	s.Get("/shift/count/"+no).Want(200, "A0001", "A0003–A0010").Lacks("¥169.50") // nobody counts to a number
	s.Post("/shift/count", form("X1", "shift", no)).Want(422, "请清点现金")
	s.Post("/shift/count", form("X2", "shift", no, "counted.cash", "164.5", "paper[0]", "A0009")).Want(422, "应在 A0001 之内", "164.5")
	sheet := s.Post("/shift/count", form("X3", "shift", no, "counted.cash", "164.5", "paper[1]", "A0004", "note", "少收5元")).Location()
	s.Get(sheet).Want(200, "¥-5.00", "A0003", "少收5元", "approve_staff")
	s.Get("/shift").Want(200, "开班")

	// Not by the clerk, not with a wrong password, not by another clerk.
	s.Post("/shift/sign", form("G1", "shift", no)).Want(422, "工号应为")
	s.Post("/shift/sign", form("G2", "shift", no, "approve_staff", "1001", "approve_password", stage.Password)).Want(403)
	s.Post("/shift/sign", form("G3", "shift", no, "approve_staff", "4001", "approve_password", "wrong")).Want(403)
	s.Pass(time.Hour) // guessing is slowed down
	s.As("1001")
	s.Post("/shift/sign", form("G4", "shift", no, "approve_staff", "4001", "approve_password", stage.Password)).Location()
	s.Get(sheet).Want(200, "工号 4001 已签字").Lacks("approve_staff")
	s.Post("/shift/count", form("X4", "shift", no, "counted.cash", "169.5")).Want(409, "本班次已签字")
	s.Get("/shift/stock").Want(200, "A0003") // missing
}

// TestOthersShifts: a clerk sees his or her own shifts only; a supervisor all, and
// signs without a password of somebody else.
func TestOthersShifts(t *testing.T) {
	s := opened(t)
	no := shiftNo(s)
	s.As("1002")
	s.Get("/shift").Want(200, "本窗口由工号 1001 当班")
	s.Get("/shift/s/" + no).Want(403)
	s.Get("/shift/count/" + no).Want(403)
	s.Post("/shift/count", form("Y1", "shift", no, "counted.cash", "1")).Want(403)
	s.Post("/shift/hand", form("Y2", "source", no, "target", "", "sheets", "1")).Want(403, "只能为自己的班次")
	s.Get("/shift/list").Want(200, "没有班次")
	s.Post("/shift/stock", form("Y3", "from", "B1", "to", "B2")).Want(403)
	s.As("4001")
	s.Get("/shift/list").Want(200, no)
	s.Post("/shift/hand", form("Y4", "source", no, "target", "", "sheets", "3")).Location()
	s.Post("/shift/count", form("Y5", "shift", no, "counted.cash", "200")).Location()
	s.Get("/shift/s/"+no).Want(200, "相符").Lacks("approve_staff")
	s.Post("/shift/sign", form("Y6", "shift", no)).Location()
	s.Get("/shift/list?state=closed").Want(200, "没有班次")
}

// TestCashNeedsShift: a clerk who is signed in and has no shift takes no cash.
func TestCashNeedsShift(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	s.As("1001")
	name, number := demo.Person(777_001)
	at := "/window/sale/" + s.Departure("JA1707").String() + "?from=" + from + "&to=" + to + "&" + here
	order := s.Post(at, form("HOLD", "count", "1", "p0_name", name, "p0_kind", "auto", "p0_number", number, "p0_ticket", "full")).Location()
	s.Post(order+"/pay", form("P", "given", "100")).Want(409, "收付现金须先开班")
	s.Post("/shift/open", form("O", "float", "10", "next", strings.Split(order, "?")[0])).Location()
	s.Post(order+"/pay", form("P", "given", "100")).Location()
	s.Get("/shift").Want(200, "¥59.00")
}

// TestSurrenderLeadsToRefund: the paper comes back by its number, which leads to the refund.
func TestSurrenderLeadsToRefund(t *testing.T) {
	s := opened(t)
	s.Post("/shift/surrender", form("B1", "no", "A0001")).Want(404, "没有用该票据号开具的报销凭证")
}

// TestFoundPaper: a missing sheet that turns up goes back to a holder, by whoever
// keeps the stock, and the shift prints on it.
func TestFoundPaper(t *testing.T) {
	s := opened(t)
	no := shiftNo(s)
	s.Get("/shift/stock").Want(200).Lacks("/shift/found")
	s.Post("/shift/count", form("F0", "shift", no, "counted.cash", "200", "paper[0]", "A0003")).Location()
	s.Post("/shift/found", form("F1", "found", "A0001", "holder", "")).Want(403)
	s.Post("/shift/open", form("F2", "float", "0")).Location()
	mine := shiftNo(s)
	s.As("4001")
	s.Get("/shift/stock").Want(200, "A0001–A0002", "/shift/found")
	s.Post("/shift/found", form("F3", "found", "A0003", "holder", "")).Want(404, "没有短缺的这张票据")
	s.Post("/shift/found", form("F4", "found", "A0001", "holder", no)).Want(409, "本班次已清点交班")
	s.Post("/shift/found", form("F5", "found", "A0001", "holder", "nonsense")).Want(422)
	s.Get(s.Post("/shift/found", form("F6", "found", "a0001", "holder", mine)).Location()).Want(200, "已找回，可继续使用：", "余 1 张")
	s.Get(s.Post("/shift/found", form("F7", "found", "A0002", "holder", "")).Location()).Want(200, "A0002").Lacks("A0001–A0002", "/shift/found")
	s.As("1001")
	s.Get("/shift").Want(200, "A0001", "共 1 张")
	d, err := s.Store.Doctor(t.Context(), nil)
	if err != nil || len(d.Findings) > 0 {
		t.Errorf("%+v, %v", d.Findings, err)
	}
}
