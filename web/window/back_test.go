package window_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"chepiao/web/stage"
)

// sold is a ticket that this window has just sold for cash.
func sold(s *stage.Stage, n int) (order, ticket string) {
	order = held(s, riders(n))
	s.Post(order+"/pay", url.Values{"once": {"pay" + order}, "given": {"100"}}).Location()
	return order, regexp.MustCompile(`TK\d+`).FindString(s.Get(order).Body)
}

// TestBackPages holds the pages for what comes back against their goldens.
func TestBackPages(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		s := stage.Open(t, stage.Options{})
		s.Lang = lang
		order, ticket := sold(s, 1)
		s.Get(order + "/rebook").Want(200).Golden("rebook-" + lang)
		s.Get(order + "/t/" + ticket).Want(200).Golden("ticket-" + lang)
	}
}

func TestRebookAtTheWindow(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	order, ticket := sold(s, 1)
	page := s.Get(order + "/rebook?day=2026-11-23").Want(200)
	action := regexp.MustCompile(`action="(/window/o/[^"]*/rebook/[^"]*)"`).FindStringSubmatch(page.Body)
	if action == nil {
		t.Fatal("no departure to move to")
	}
	form := url.Values{"once": {page.Field("once")}, "back": {"5"}, "ticket": {ticket}}
	s.Post(action[1], form).Want(409, "请重新确认")
	form.Set("back", "0")
	moved := s.Post(action[1], form).Location()
	s.Get(moved).Want(200, `class="qr"`).Lacks(`data-key="F10"`) // a rebooked sale is not undone
	s.Get(order).Want(200, "st-rebooked", `href="`+moved+`"`).Lacks(`class="qr"`, "全部退票")
}

func TestVoidAtTheWindow(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	order, _ := sold(s, 1)
	s.Get(order).Want(200, order+"/void")
	s.Get(s.Post(order+"/void", url.Values{"once": {"V"}}).Location()).Want(200, "st-voided")
	late, _ := sold(s, 2)
	s.Pass(6 * time.Minute)
	s.Get(late).Want(200, late+"/void", "approve_staff")
	s.Post(late+"/void", url.Values{"once": {"V2"}}).Want(409, "须由值班站长在本窗口核准")
}

func TestCorrectAtTheWindow(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	order, ticket := sold(s, 1)
	form := riders(1)
	name, number := form.Get("p0_name"), form.Get("p0_number")
	here := order + "/t/" + ticket
	page := s.Get(here).Want(200).Lacks(name, number)
	typed := url.Values{"once": {page.Field("once")}, "name": {name}, "kind": {"resident_id"}, "number": {number}}
	s.Post(here+"/correct", typed).Want(422, "无需更正")
	runes := []rune(name)
	typed.Set("name", string(runes[:len(runes)-1])+"某")
	done := s.Post(here+"/correct", typed).Location()
	s.Get(done).Want(200, "已更正", "不能再更正")
	_, other := sold(s, 2)
	s.Get(order + "/t/" + other).Want(404)
	s.Get(order + "/t/nonsense").Want(422)
}

func TestReceiptAtTheWindow(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	order, ticket := sold(s, 1)
	here := order + "/t/" + ticket
	receipt := func(move, no, early string) stage.Page {
		return s.Post(here+"/receipt", url.Values{"once": {move + no + early}, "move": {move}, "no": {no}, "early": {early}})
	}
	receipt("print", "A1", "").Want(409, "尚未乘车")
	s.Get(receipt("print", "A1", "1").Location()).Want(200, "纸质报销凭证已打印", "A1")
	s.Get(order+"/refund").Want(200, "已打印报销凭证")
	s.Get(order).Want(200, "凭证未交回")
	receipt("surrender", "A2", "").Want(422, "不符")
	s.Get(receipt("surrender", "A1", "").Location()).Want(200, "已收回")
	if body := s.Get(order + "/refund").Want(200).Body; !strings.Contains(body, "确认退票") {
		t.Error("the window does not refund it after all")
	}
}

// TestReissueAtTheWindow: a lost slip gets a new code, and the old one opens no gate.
func TestReissueAtTheWindow(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	one := s.Sell("JA1707", from, to, 1)
	here := "/window/o/" + one.Order.ID.String() + "/t/" + one.Ticket.ID.String()
	s.Get(here).Want(200, here+"/reissue").Lacks(`data-reprint="/paper/voucher/`)
	s.Post(here+"/reissue", url.Values{"once": {"I0"}, "reason": {"bored"}}).Want(422, "请选择补办原因")
	form := url.Values{"once": {"I1"}, "reason": {"lost"}}
	s.Get(s.Post(here+"/reissue", form).Location()).Want(200, "旧码作废", `data-reprint="/paper/voucher/`+one.Ticket.ID.String()+`.escpos"`)
	s.Post(here+"/reissue", form).Location() // sent twice, done once
	code, claims, err := s.Office.Voucher(t.Context(), one.Ticket.ID)
	if err != nil || claims.Version != 2 || code == one.Code {
		t.Fatalf("version %d, %v", claims.Version, err)
	}
	s.Pass(85 * time.Minute)
	s.Report("JA1707")
	gate := "/gate/check?station=" + from + "&gate="
	s.Post(gate, url.Values{"code": {one.Code}, "seen": {"resident_id"}}).Want(200).Lacks(`class="green`, "请上车")
	s.Post(gate, url.Values{"code": {code}, "seen": {"resident_id"}}).Want(200, "green")
	s.Post(here+"/reissue", url.Values{"once": {"I2"}, "reason": {"lost"}}).Want(409, "不能补办")
}
