package office_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/realname/register"
)

// odd is the document number of somebody born on a day whom the register knows by
// another name ("007") or not at all ("008").
func (m *messenger) odd(name, birth, region string) string {
	number := "659" + region + birth + "123"
	sum := 0
	for i, weight := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(number[i]-'0') * weight
	}
	number += "10X98765432"[sum%11 : sum%11+1]
	m.people[name] = number
	return number
}

// online holds seats on line for people.
func (m *messenger) online(names ...string) (office.Answer, error) {
	in := office.HoldInput{Departure: m.departure(), From: m.stationNo("石家庄"), To: m.stationNo("保定"), Channel: chepiao.Online}
	for _, n := range names {
		in.Passengers = append(in.Passengers, office.Rider{Name: n, Document: "resident_id", Number: m.person(n)})
	}
	m.verbs++
	return m.office.Hold(context.Background(), m.clock(), office.Verb{ID: fmt.Sprint("online-", m.verbs), By: "page"}, "KEY"+strings.Repeat("X", 30), in)
}

func verdicts(a office.Answer) string {
	var said []string
	for _, b := range a.Event.Because {
		if b.Rule == "name_verify" {
			said = append(said, b.Inputs[1].Value+"×"+b.Inputs[2].Value)
		}
	}
	return strings.Join(said, " ")
}

func TestNamesAreVerified(t *testing.T) {
	m := newMessenger(t)
	reg := m.withNames()
	m.odd("王冒", "19900101", "007")
	m.odd("赵生", "19900101", "008")
	a, err := m.online("张伟", "李娜", "赵生")
	must(t, err)
	if got := verdicts(a); got != "match×2 unknown×1" {
		t.Errorf("noted: %s", got)
	}
	_, err = m.online("孙明", "王冒")
	if no := chepiao.AsRefusal(err); no == nil || no.Reason != chepiao.NameMismatch || no.Field != "passengers[1].name" || no.Because == nil {
		t.Errorf("another's name: %v", err)
	}

	// Those who matched are believed though the register is down; others are sold to
	// and noted, for that is never their fault.
	must(t, reg.SetSwitches(register.Switches{Down: true}))
	m.forward(time.Hour)
	a, err = m.online("张伟", "周静")
	must(t, err)
	if got := verdicts(a); got != "match×1 unreachable×1" {
		t.Errorf("noted while it is down: %s", got)
	}

	// What could not be asked is asked again.
	must(t, reg.SetSwitches(register.Switches{}))
	m.forward(time.Hour)
	a, err = m.online("周静")
	must(t, err)
	if got := verdicts(a); got != "match×1" {
		t.Errorf("noted afterwards: %s", got)
	}
	m.end()
}

// TestNamesAreNotFoundByTrying: enough wrong names for one document end the trying,
// for a day, whatever the next name.
func TestNamesAreNotFoundByTrying(t *testing.T) {
	m := newMessenger(t)
	m.withNames()
	number := m.odd("王冒", "19900101", "007")
	for i := range chepiao.NamesADay + 1 {
		name := "王" + string(rune('一'+i)) + "某"
		m.people[name] = number
		_, err := m.online(name)
		if chepiao.Why(err) != chepiao.NameMismatch {
			t.Fatalf("name %d: %v", i, err)
		}
		if ended := strings.Contains(err.Error(), "today"); ended != (i == chepiao.NamesADay) {
			t.Errorf("name %d: %v", i, err)
		}
	}
	m.forward(25 * time.Hour)
	if _, err := m.online("王冒"); chepiao.Why(err) != chepiao.NameMismatch && chepiao.Why(err) != chepiao.PastDeparture && strings.Contains(err.Error(), "today") {
		t.Errorf("the next day: %v", err)
	}
	m.end()
}

// TestNamesByRule: noted only, or not asked at all, as the rule says; a window
// compares with its own eyes.
func TestNamesByRule(t *testing.T) {
	m := newMessenger(t)
	reg := m.withNames()
	m.odd("王冒", "19900101", "007")
	m.odd("吴冒", "19920202", "007")
	set := func(to int) {
		t.Helper()
		m.forward(time.Second)
		_, err := m.office.SetSheet(t.Context(), office.Verb{ID: fmt.Sprint("rule-", to), By: "test"}, office.SheetInput{
			Scope: chepiao.Scope{Layer: chepiao.National}, Reason: "test", Values: json.RawMessage(fmt.Sprintf(`{"name_verify":%d}`, to)),
		})
		must(t, err)
	}
	m.buy("王冒")
	set(chepiao.NamesWarned)
	a, err := m.online("吴冒")
	must(t, err)
	if got := verdicts(a); got != "mismatch×1" {
		t.Errorf("noted: %s", got)
	}
	set(chepiao.NamesUnverified)
	must(t, reg.SetSwitches(register.Switches{Down: true}))
	a, err = m.online("郑好")
	must(t, err)
	if got := verdicts(a); got != "" {
		t.Errorf("noted though nobody asked: %s", got)
	}
	m.end()
}
