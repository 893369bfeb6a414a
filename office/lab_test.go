package office_test

import (
	"bytes"
	"context"
	crand "crypto/rand"
	"encoding/json"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/store"
	"chepiao/store/storetest"
)

// proposed is a file with one sheet of rules.
func proposed(t *testing.T, scope, values string) chepiao.RuleFile {
	t.Helper()
	f, err := chepiao.ParseRuleFile([]byte(`{"format":"chepiao-rules-1","sheets":[{"scope":"` + scope + `","author":"test","reason":"lab","values":` + values + `}]}`))
	must(t, err)
	return f
}

// TestLab: a day replayed under its own rules changes nothing; under others it
// says what would have been different, and leaves no trace.
func TestLab(t *testing.T) {
	w := newWorld(t)
	w.tell([]string{"on 2026-11-22 07:00 timetable", "G101 seats=45 gate=3 fare=45.00 石家庄@10:30 保定@12:10"})
	w.tell([]string{"hold G101 石家庄 保定 who=李小明,王小红,张三丰", "pay A", "hold G101 石家庄 保定 who=赵四海 channel=window", "pay B"})
	w.tell([]string{"at 08:00 refund A1", "at 09:00 refund A2"}) // 10% of 45 is 4.50, 20% is 9.00
	before := w.head()
	lab := func(in office.LabInput) office.LabReport {
		t.Helper()
		var last, total int64
		r, err := w.office.Lab(context.Background(), in, func(done, of int64) { last, total = done, of })
		must(t, err)
		again, err := w.office.Lab(context.Background(), in, nil)
		if err != nil || !reflect.DeepEqual(r, again) {
			t.Errorf("replayed twice: %+v and %+v, %v", r, again, err)
		}
		if last != before || total != before || w.head() != before {
			t.Errorf("progress ended at %d of %d, the journal at %d, now %d", last, total, before, w.head())
		}
		return r
	}
	same := lab(office.LabInput{Rules: proposed(t, "national", `{"tickets_max":5}`)})
	for _, a := range same.Areas {
		if a.Changed+a.More+a.Fewer+a.Unclear != 0 || a.Old != a.New || len(a.Examples) != 0 {
			t.Errorf("its own rules change %+v", a)
		}
	}
	if fare, fee, sale := same.Areas[0], same.Areas[1], same.Areas[2]; fare.Judged != 4 || fare.Old != 18000 || fee.Judged != 2 || fee.Old != 1350 || sale.Judged != 2 {
		t.Errorf("judged %+v", same.Areas)
	}
	other := lab(office.LabInput{Rules: proposed(t, "national", `{"fare_difference":1000,"refund":[{"before":9000,"share":0,"least":0},{"before":7200,"share":3000,"least":0}],"tickets_max":2,"check_opens":600}`)})
	fare, fee, sale := other.Areas[0], other.Areas[1], other.Areas[2]
	if fare.Changed != 4 || fare.New != 19800 || len(fare.Examples) != 4 || fare.Examples[0] != w.ticket("A1") {
		t.Errorf("fares %+v", fare)
	}
	if fee.Changed != 2 || fee.New != 4500 || fee.More != 1 || fee.Reasons["refund"] != 1 { // nothing for A1, all of A2, which would not be refunded
		t.Errorf("fees %+v", fee)
	}
	if sale.More != 1 || sale.Reasons["tickets_max"] != 1 || len(sale.Examples) != 1 {
		t.Errorf("sales %+v", sale)
	}
	if none := lab(office.LabInput{Rules: proposed(t, "station:保定", `{"tickets_max":2}`)}); none.Areas[2].More != 0 {
		t.Errorf("another station's rules count: %+v", none.Areas)
	}
	if early := lab(office.LabInput{Rules: proposed(t, "national", `{"tickets_max":2}`), To: w.clock().Add(-90 * 60e9)}); early.Areas[2].Judged != 2 || early.Areas[1].Judged != 0 {
		t.Errorf("a period until 07:30: %+v", early.Areas)
	}
	_, err := w.office.Lab(context.Background(), office.LabInput{Rules: proposed(t, "national", `{"check_closes":1201}`)}, nil)
	if r := chepiao.AsRefusal(err); r == nil || r.Field != "sheets[0].check_closes" {
		t.Errorf("a contradiction is replayed: %v", err)
	}
	if _, err := json.Marshal(other); err != nil {
		t.Error(err)
	}
	w.end()
}

// TestLabOfChecks: who passed at 10:15 would have waited if the gate opened at
// 10:20; who was too early at 10:05 would have passed if it opened at 10:00.
func TestLabOfChecks(t *testing.T) {
	w := newWorld(t)
	w.tell([]string{"on 2026-11-22 07:00 timetable", "G101 seats=45 gate=3 fare=45.00 石家庄@10:30 保定@12:10"})
	_, err := w.office.SetSheet(context.Background(), office.Verb{ID: "relaxed", By: "test"}, office.SheetInput{Scope: chepiao.Scope{Layer: chepiao.National}, Reason: "test", Values: []byte(`{"need_report":false,"names_at_gate":false}`)})
	must(t, err)
	w.tell([]string{"hold G101 石家庄 保定 who=李小明,王小红", "pay A"})
	w.tell([]string{"at 10:05 check A1 station=石家庄", "at 10:15 check A1 station=石家庄"})
	for opens, want := range map[string][2]int{"1200": {0, 0}, "600": {1, 0}, "1800": {0, 1}} {
		r, err := w.office.Lab(context.Background(), office.LabInput{Rules: proposed(t, "station:石家庄", `{"check_opens":`+opens+`}`)}, nil)
		must(t, err)
		if a := r.Areas[3]; a.Judged != 2 || a.More != want[0] || a.Fewer != want[1] || a.Unclear != 0 {
			t.Errorf("check opens %s s before: %+v, want %v more and fewer", opens, a, want)
		}
	}
	w.end()
}

// TestNewRulesOfALaterProgram: a node that was opened by a program with fewer
// rules writes the defaults of the others down when a later one opens it, once,
// and whatever it had set stays.
func TestNewRulesOfALaterProgram(t *testing.T) {
	w := newWorld(t)
	must(t, w.store.Close())
	w.folder = storetest.Folder(t)
	w.target = filepath.Join(w.folder, "node.db")
	earlier, err := store.Open(w.target, store.Options{Node: "T1", Now: w.clock})
	must(t, err)
	old := chepiao.Sheet{No: 1, Scope: chepiao.Scope{Layer: chepiao.National}, Effective: w.now, Recorded: w.now, Author: "chepiao", Reason: "defaults of a new node", Values: []byte(`{"version":1,"advance_days":9,"check_opens":86400}`)} // as it was before there were sheets
	must(t, earlier.Write(context.Background(), func(tx *store.Tx) error {
		tx.AddSheet(old)
		return tx.Record("rules 1", 1, chepiao.Event{Kind: chepiao.RulesSet, Detail: old})
	}))
	must(t, earlier.Close())
	w.open()
	sheets := w.office.Sheets()
	if len(sheets) != 2 || sheets[1].Sets("advance_days") || !sheets[1].Sets("hold_online") || len(sheets[1].Names()) != len(chepiao.RuleTable())-2 {
		t.Fatalf("opened by a later program: %d sheets, the second sets %v", len(sheets), sheets[len(sheets)-1].Names())
	}
	if r := w.office.Rules(); r.AdvanceDays != 9 || r.CheckOpens != 86400 || r.HoldOnline != 600 || r.Version != 2 {
		t.Errorf("its rules are %+v", r)
	}
	w.tell([]string{"restart"})
	if n := len(w.office.Sheets()); n != 2 {
		t.Errorf("opened again it has %d sheets", n)
	}
	// What contradicted before is no reason to refuse something else.
	_, err = w.office.SetSheet(context.Background(), office.Verb{ID: "other", By: "test"}, office.SheetInput{Scope: chepiao.Scope{Layer: chepiao.National}, Reason: "test", Values: []byte(`{"advance_days":8}`)})
	must(t, err)
	// A later program's rule that this one does not know is an error, no guess.
	must(t, w.store.Write(context.Background(), func(tx *store.Tx) error {
		tx.AddSheet(chepiao.Sheet{No: 4, Scope: old.Scope, Effective: tx.Now.Add(time.Hour), Recorded: tx.Now, Author: "a", Reason: "r", Values: []byte(`{"rule_of_tomorrow":1}`)})
		return tx.Record("rules 4", 1, chepiao.Event{Kind: chepiao.RulesSet})
	}))
	if _, err := office.New(context.Background(), office.Config{Store: w.store, NodeKey: bytes.Repeat([]byte{7}, 32), Ring: w.ring, Rand: crand.Reader}); err == nil || !strings.Contains(err.Error(), "rule_of_tomorrow") {
		t.Errorf("opened with a rule it does not know: %v", err)
	}
	w.end()
}
