package chepiao_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"chepiao"
)

func TestPhoneCode(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	today := chepiao.DayOf(now)
	asked, err := chepiao.PhoneCode{}.Ask(now, today)
	if err != nil || asked.Version != 1 || asked.Asked != 1 {
		t.Fatalf("%+v, %v", asked, err)
	}
	if _, err := asked.Ask(now.Add(chepiao.CodeGap-time.Second), today); chepiao.Why(err) != chepiao.TooMany || !strings.Contains(err.Error(), "in 1 second") {
		t.Errorf("a second code within a minute: %v", err)
	}

	one := asked
	for i := range chepiao.CodeTriesMax {
		if one, err = one.Try(now, false); chepiao.Why(err) != chepiao.CodeWrong || one.Tries != i+1 {
			t.Fatalf("wrong answer %d: %+v, %v", i, one, err)
		}
	}
	if _, err := one.Try(now, true); chepiao.Why(err) != chepiao.CodeWrong {
		t.Errorf("a worn-out code is good: %v", err)
	}
	if _, err := asked.Try(now.Add(chepiao.CodeLasts), true); chepiao.Why(err) != chepiao.CodeWrong {
		t.Errorf("an old code is good: %v", err)
	}
	if _, err := (chepiao.PhoneCode{}).Try(now, true); chepiao.Why(err) != chepiao.CodeWrong {
		t.Errorf("a code that was never sent is good: %v", err)
	}
	used, err := asked.Try(now.Add(chepiao.CodeLasts-1), true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := used.Try(now, true); chepiao.Why(err) != chepiao.CodeWrong {
		t.Errorf("a code is good twice: %v", err)
	}

	c := chepiao.PhoneCode{}
	for i := range chepiao.CodesADay {
		if c, err = c.Ask(now.Add(time.Duration(i)*chepiao.CodeGap), today); err != nil {
			t.Fatal(err)
		}
	}
	late := now.Add(time.Hour)
	if _, err := c.Ask(late, today); chepiao.Why(err) != chepiao.TooMany {
		t.Errorf("an eleventh code: %v", err)
	}
	if next, err := c.Ask(late, today+1); err != nil || next.Asked != 1 {
		t.Errorf("the next day: %+v, %v", next, err)
	}
}

// TestMemberTokens: a phone and a network identity of the same digits are two.
func TestMemberTokens(t *testing.T) {
	key := []byte("0123456789abcdef")
	phone, err := chepiao.NewPhone("13800001234")
	if err != nil {
		t.Fatal(err)
	}
	a, b := chepiao.PhoneToken(key, phone), chepiao.NetworkIDToken(key, "13800001234")
	if a == b || a == chepiao.PhoneToken([]byte("another-key-of-16"), phone) || a != chepiao.PhoneToken(key, phone) {
		t.Errorf("%s %s", a, b)
	}
	if id, err := chepiao.ParseSavedID(chepiao.SavedID(7).String()); err != nil || id != 7 {
		t.Errorf("%d, %v", id, err)
	}
	if _, err := chepiao.ParseSavedID("MB" + chepiao.SavedID(7).String()[2:]); chepiao.Why(err) != chepiao.Invalid {
		t.Error("a member's number passes for a saved passenger's")
	}
	if m := (chepiao.Member{Seen: time.Unix(0, 0)}); m.Idle(time.Unix(0, 0).Add(chepiao.MemberIdle)) || !m.Idle(time.Unix(1, 0).Add(chepiao.MemberIdle)) {
		t.Error("idle a moment too early or too late")
	}
}

func TestCodeText(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		text := chepiao.CodeText(lang, "048213")
		if !strings.Contains(text, "048213") || !strings.Contains(text, "5") || utf8.RuneCountInString(text) > chepiao.TextRunesMax {
			t.Errorf("%s: %q", lang, text)
		}
	}
}

func TestLookWhy(t *testing.T) {
	for _, w := range chepiao.LookWhys() {
		if got, err := chepiao.ParseLookWhy(string(w)); err != nil || got != w {
			t.Errorf("%s: %s, %v", w, got, err)
		}
	}
	for _, s := range []string{"", "curious", "PRESENTED"} {
		if _, err := chepiao.ParseLookWhy(s); chepiao.Why(err) != chepiao.Invalid {
			t.Errorf("%q: %v", s, err)
		}
	}
}
