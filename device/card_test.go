package device_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"chepiao"
	"chepiao/demo"
	"chepiao/device"
)

var today = chepiao.DayOf(time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC))

func cards() []device.Card {
	var all []device.Card
	for _, c := range demo.Cards(777_777) {
		all = append(all, device.Card{Kind: c.Kind, Name: c.Name, Other: c.Other, Number: c.Number, Nation: c.Nation, Born: c.Born, Expires: c.Expires})
	}
	return all
}

// Every card of the demo is read as it was written: all three layouts, names of all
// sorts, a card for good.
func TestCardsAreReadAsWritten(t *testing.T) {
	kinds := map[chepiao.DocumentKind]int{}
	for _, want := range cards() {
		got, err := device.ParseCard(want.Text(), today)
		if err != nil || !same(got, want) {
			t.Errorf("%s of %s: read %#q %v", want.Kind, want.Name, fields(got), err)
		}
		kinds[got.Kind]++
	}
	if kinds[chepiao.ResidentID] < 5 || kinds[chepiao.HMTResidencePermit] < 1 || kinds[chepiao.ForeignPRCard] < 2 {
		t.Errorf("the demo's cards are of %v", kinds)
	}
}

func TestCardsThatCannotBe(t *testing.T) {
	good := cards()[0]
	for what, change := range map[string]func(*device.Card){
		"a wrong check digit": func(c *device.Card) { c.Number = c.Number[:17] + "Y" },
		"another digit":       func(c *device.Card) { c.Number = "2" + c.Number[1:] },
		"no number":           func(c *device.Card) { c.Number = "" },
		"no name":             func(c *device.Card) { c.Name = "" },
		"a name of digits":    func(c *device.Card) { c.Name = "123" },
		"no birth":            func(c *device.Card) { c.Born = "" },
		"no such day":         func(c *device.Card) { c.Born = "1980-02-31" },
		"no such end":         func(c *device.Card) { c.Expires = "2030-99-01" },
	} {
		c := good
		change(&c)
		if got, err := device.ParseCard(c.Text(), today); err == nil || got != (device.Card{}) {
			t.Errorf("%s was accepted: %q", what, fields(got))
		}
	}
	for _, n := range []int{0, 255, 257} {
		if _, err := device.ParseCard(make([]byte, n), today); err == nil {
			t.Errorf("%d bytes were accepted", n)
		}
	}
}

// What pages have no use for is not handed on, and nothing prints a card.
func TestCardsSayLittle(t *testing.T) {
	c := cards()[0]
	said, err := json.Marshal(c)
	if err != nil || bytes.Contains(said, []byte("长安区")) || bytes.Contains(said, []byte("sex")) {
		t.Errorf("a page is told %s (%v)", said, err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("read", "card", c)
	for _, printed := range []string{log.String(), c.String(), c.GoString(), fmt.Sprintf("%v %+v %#v %s %q", c, c, c, c, &c)} {
		if strings.Contains(printed, c.Name) || strings.Contains(printed, c.Number) {
			t.Errorf("a card printed itself: %s", printed)
		}
	}
}

// Whatever 256 bytes say: no panic, and what is accepted has a document and a name.
func FuzzCard(f *testing.F) {
	for _, c := range cards() {
		f.Add(c.Text())
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := device.ParseCard(text, today)
		if err != nil {
			return
		}
		if _, err := chepiao.NewDocument(c.Kind, c.Number, "", today); err != nil {
			t.Fatalf("accepted a number that is none: %q", c.Number)
		}
		if _, err := chepiao.NewName(c.Name); err != nil || len(c.Born) != 10 {
			t.Fatalf("accepted %q", fields(c))
		}
	})
}

func same(a, b device.Card) bool { return fields(a) == fields(b) }

func fields(c device.Card) string {
	return strings.Join([]string{string(c.Kind), c.Number, c.Name, c.Other, c.Nation, c.Born, c.Expires}, "|")
}
