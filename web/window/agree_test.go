package window_test

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/store"
	"chepiao/web/stage"
)

func form(once string, fields ...string) url.Values {
	f := url.Values{"once": {once}}
	for i := 0; i < len(fields); i += 2 {
		f.Set(fields[i], fields[i+1])
	}
	return f
}

// shift signs a clerk in and opens a shift with 200 yuan.
func shift(s *stage.Stage, no chepiao.StaffNo) (page string) {
	s.As(no)
	s.Post("/shift/open", form("open"+string(no), "float", "200")).Location()
	return "/shift/s/" + regexp.MustCompile(`SF\d+`).FindString(s.Get("/shift").Body)
}

// entries are the journal's entries of a kind, as they are written.
func entries(s *stage.Stage, t *testing.T, kind chepiao.EventKind) (bodies []string) {
	t.Helper()
	err := s.Store.Read(t.Context(), func(r *store.Reader) error {
		lanes, err := r.Lanes(s.Store.Node())
		if err != nil {
			return err
		}
		list, err := r.Journal(s.Store.Node(), lanes[0], 0, 1000)
		for _, e := range list {
			if e.Kind == kind {
				bodies = append(bodies, string(e.Body))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return bodies
}

// TestAgreedVoid: a clerk undoes what another one sold an hour ago, with a supervisor
// who comes to the window. The money comes out of the drawer that is open there, and
// the journal names both (F17).
func TestAgreedVoid(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	s.Hire("4001")
	first := shift(s, "1001")
	order, _ := sold(s, 1)
	s.Get(order).Want(200, order+"/void").Lacks("approve_staff")
	s.Post("/shift/count", form("close", "shift", first[len("/shift/s/"):], "counted.cash", "249")).Location()
	second := shift(s, "1002")
	s.Pass(20 * time.Minute)
	s.Get(order).Want(200, order+"/void", "approve_staff", "须由值班站长在本窗口核准")
	void := func(once string, fields ...string) stage.Page { return s.Post(order+"/void", form(once, fields...)) }
	void("V1").Want(409, "须由值班站长在本窗口核准")
	void("V2", "approve_staff", "1001", "approve_password", stage.Password).Want(403, "无权确认", "<details class=\"ask-go\" open>")
	void("V3", "approve_staff", "1002", "approve_password", stage.Password).Want(403, "须由另一名")
	void("V4", "approve_staff", "4001", "approve_password", "wrong").Want(403)
	s.Pass(20 * time.Minute) // guessing is slowed down
	s.As("1002")
	if made := entries(s, t, chepiao.TicketWasVoided); len(made) != 0 {
		t.Fatalf("undone without an agreement: %s", made)
	}
	s.Get(void("V5", "approve_staff", "4001", "approve_password", stage.Password).Location()).Want(200, "st-voided")
	s.Get(second).Want(200, "¥151.00") // 200 less 49
	s.As("4001")
	s.Get(first).Want(200, "¥249.00")
	made := entries(s, t, chepiao.TicketWasVoided)
	if len(made) != 1 || !strings.Contains(made[0], `"who":"1002"`) || !strings.Contains(made[0], `{"name":"agreed","value":"4001"}`) {
		t.Errorf("the journal does not name both: %s", made)
	}
}

// TestSupervisorVoids: a supervisor at the window agrees by being signed in, but not
// to what he or she sold.
func TestSupervisorVoids(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	first := shift(s, "1001")
	order, _ := sold(s, 1)
	s.Post("/shift/count", form("close", "shift", first[len("/shift/s/"):], "counted.cash", "249")).Location()
	s.Pass(10 * time.Minute)
	s.As("4001")
	s.Get(order).Want(200, order+"/void").Lacks("approve_staff")
	s.Post(order+"/void", form("V0")).Want(409, "收付现金须先开班")
	shift(s, "4001")
	s.Get(s.Post(order+"/void", form("V1")).Location()).Want(200, "st-voided")
	own, _ := sold(s, 2)
	s.Pass(10 * time.Minute)
	s.Post(own+"/void", form("V2")).Want(409, "须由另一位值班站长核准", "approve_staff")
}

// TestRefundForAFault: the clerk chooses the reason, sees the sum counted anew, and
// gives all of it back when a supervisor agrees. The journal has the word and both.
func TestRefundForAFault(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	s.Hire("4001")
	shift(s, "1001")
	order, ticket := sold(s, 1)
	s.Get(order+"/refund").Want(200, "旅客原因", "¥39.00").Lacks("approve_staff", `name="why"`)
	post := func(once string, fields ...string) stage.Page {
		return s.Post(order+"/refund", form(once, append(fields, "sent", "1", "ticket", ticket)...))
	}
	post("R0", "act", "choose", "back", "3900", "fault", "station").Want(200, "确认退票 ¥49.00", `name="why"`, "approve_staff", `<option value="station" selected>`)
	post("R0", "act", "choose", "back", "4900", "fault", "").Want(200, "确认退票 ¥39.00").Lacks("approve_staff")
	why := "售错日期"
	post("R1", "back", "4900", "fault", "station").Want(422, "请写明退票原因")
	post("R2", "back", "4900", "fault", "station", "why", why).Want(409, "须由值班站长在本窗口核准", `value="售错日期"`)
	post("R3", "back", "3900", "fault", "station", "why", why, "approve_staff", "4001", "approve_password", stage.Password).Want(409, "应退金额已变为 ¥49.00")
	post("R4", "back", "4900", "fault", "station", "why", why, "approve_staff", "1001", "approve_password", stage.Password).Want(403, "须由另一名")
	post("R5", "back", "4900", "fault", "bored", "why", why, "approve_staff", "4001", "approve_password", stage.Password).Want(422, "请选择退票原因")
	if made := entries(s, t, chepiao.TicketWasRefunded); len(made) != 0 {
		t.Fatalf("refunded without an agreement: %s", made)
	}
	s.Get(post("R6", "back", "4900", "fault", "station", "why", why, "approve_staff", "4001", "approve_password", stage.Password).Location()).Want(200, "st-refunded", "¥49.00")
	s.Get("/shift").Want(200, "¥200.00")
	made := entries(s, t, chepiao.TicketWasRefunded)
	if len(made) != 1 {
		t.Fatalf("%d entries", len(made))
	}
	for _, has := range []string{`"who":"1001"`, `{"name":"agreed","value":"4001"}`, `"reason":"售错日期"`, `"fault":"station"`} {
		if !strings.Contains(made[0], has) {
			t.Errorf("the journal lacks %s: %s", has, made[0])
		}
	}
}

// TestFaultAfterTheLadder: when the time for a refund is over, the station's fault
// still gives the money back, and the way to it stays on the order's page.
func TestFaultAfterTheLadder(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	s.Hire("4001")
	shift(s, "1001")
	order, ticket := sold(s, 1)
	s.Pass(5 * time.Hour)
	s.As("1001")
	s.Get(order).Want(200, order+"/refund")
	s.Get(order+"/refund").Want(200, "已超过可退票时间")
	s.Post(order+"/refund", form("F1", "act", "choose", "sent", "1", "ticket", ticket, "back", "0", "fault", "no_show")).Want(200, "确认退票 ¥49.00")
}

// TestSaleWithoutAShift: where the rule shift_needed says no, a clerk sells without
// having been sent to open a shift.
func TestSaleWithoutAShift(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	s.As("1001")
	sale := "/window/sale/" + s.Departure("JA1707").String() + "?from=" + from + "&to=" + to
	if to := s.Get(sale).Location(); !strings.HasPrefix(to, "/shift?next=") {
		t.Errorf("sent to %s", to)
	}
	in := office.SheetInput{Scope: chepiao.Scope{Layer: chepiao.National}, Reason: "试点", Values: json.RawMessage(`{"shift_needed":false}`)}
	if _, err := s.Office.SetSheet(t.Context(), office.Verb{ID: "rule", By: "desk"}, in); err != nil {
		t.Fatal(err)
	}
	s.Get(sale).Want(200, "JA1707")
	order, _ := sold(s, 1)
	s.Get(order).Want(200, "st-valid")
}
