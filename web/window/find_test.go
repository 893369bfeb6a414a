package window_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"chepiao"
	"chepiao/demo"
	"chepiao/store"
	"chepiao/web/stage"
)

// looks are the look-ups that the store has kept.
func looks(t *testing.T, s *stage.Stage) (list []chepiao.Looked) {
	t.Helper()
	err := s.Store.Read(context.Background(), func(r *store.Reader) (err error) {
		list, err = r.LookUps(stage.Begin.Add(-1), 100)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestFindByNameAndPhone: among those who board here on a day, and every look-up is
// kept with its reason.
func TestFindByNameAndPhone(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	f := riders(1)
	f.Set("p0_phone", "13800138000")
	name, number := f.Get("p0_name"), f.Get("p0_number")
	order := held(s, f)
	s.Post(order+"/pay", url.Values{"once": {"P"}, "given": {""}}).Location()
	s.Sell("JA1707", from, to, 5) // somebody else

	ask := func(code string, more url.Values) stage.Page {
		form := url.Values{"code": {code}, "why": {"asked"}, "once": {"L"}}
		for k, v := range more {
			form[k] = v
		}
		return s.Post("/window/find?"+here, form)
	}
	ask(name, nil).Want(200, order, "JA1707").Lacks(name, number)
	ask("138 0013 8000", nil).Want(200, order).Lacks("13800138000")
	for what, p := range map[string]stage.Page{
		"another day":       ask(name, url.Values{"day": {"2026-11-23"}}),
		"another departure": ask(name, url.Values{"number": {"JA0101"}}),
		"a stranger":        ask("欧阳无人", nil),
		"a stranger's":      ask("13900139000", nil),
	} {
		if !strings.Contains(p.Want(200).Body, "没有找到车票") {
			t.Errorf("%s: something was found", what)
		}
	}
	ask(name, url.Values{"number": {"ja1707"}}).Want(200, order)
	ask(name, url.Values{"why": {"curious"}}).Want(422, "请说明查询原因").Lacks(order)

	list := looks(t, s)
	if len(list) != 3 {
		t.Fatalf("%d look-ups were kept, not 3: %+v", len(list), list)
	}
	for i, how := range []chepiao.LookHow{chepiao.LookByName, chepiao.LookByPhone, chepiao.LookByName} {
		if l := list[i]; l.How != how || l.Why != chepiao.LookAsked || l.By != "anyone" || l.Found != 1 {
			t.Errorf("look-up %d is %+v", i, l)
		}
	}
	if strings.Contains(s.Log.String(), name) {
		t.Error("the log has a name")
	}
}

// TestFindByDocumentIsKept: who looked, and why; a person without tickets as well.
func TestFindByDocumentIsKept(t *testing.T) {
	s := stage.Open(t, stage.Options{})
	one := s.Sell("JA1707", from, to, 1)
	s.Post("/window/find", url.Values{"code": {one.Number}, "why": {"presented"}}).Want(200, one.Ticket.ID.String())
	s.Post("/window/find", url.Values{"code": {one.Ticket.ID.String()}}).Location() // a number names a ticket, not a person
	_, stranger := demo.Person(777_009)
	s.Post("/window/find", url.Values{"code": {stranger}, "why": {"authority"}}).Want(200, "没有找到车票")
	list := looks(t, s)
	if len(list) != 2 || list[0].Why != chepiao.LookPresented || list[0].Found != 1 || list[1].Why != chepiao.LookOrder || list[1].Found != 0 {
		t.Errorf("kept are %+v", list)
	}
}
