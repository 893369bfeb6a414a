package ui

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"chepiao"
	"chepiao/locale"
)

// words are the functions that templates may call, in one language.
func (k *Kit) words(lang locale.Lang) template.FuncMap {
	return template.FuncMap{
		"t":       lang.Say,
		"en":      locale.EN.Say, // beside the Chinese, where a page has both
		"asset":   k.Asset,
		"lang":    func() locale.Lang { return lang },
		"pick":    lang.Pick,
		"money":   func(m chepiao.Money) string { return m.Yuan() },
		"hm":      func(t time.Time) string { return t.In(k.zone()).Format("15:04") },
		"opens":   func(t, same time.Time) string { return k.sayOpens(lang, t, same) },
		"day":     func(d chepiao.Day) string { return SayDay(lang, d) },
		"short":   func(d chepiao.Day) string { return sayShortDay(lang, d) },
		"month":   func(d chepiao.Day) string { return sayMonth(lang, d) },
		"weekday": func(d chepiao.Day) string { return lang.Say("weekday." + strconv.Itoa(int(d.Weekday()))) },
		"moment":  func(t time.Time) string { return k.sayMoment(lang, t) },
		"span":    func(a, b time.Time) string { return saySpan(lang, b.Sub(a)) },
		"later":   func(a, b time.Time) string { return k.sayLater(lang, a, b) },
		"unix":    func(t time.Time) int64 { return t.UnixMilli() },
		"now":     func() int64 { return k.Now().UnixMilli() },
		"station": func(s *chepiao.Station) string { return SayStation(lang, s) },
		"doc":     func(d chepiao.DocumentKind) string { return lang.Pick(d.ZH(), capital(d.EN())) },
		"say":     func(r *chepiao.Refusal) string { return sayRefusal(lang, r) },
		"state":   func(s chepiao.TicketState) string { return lang.Say("ticket.state." + string(s)) },
		"capital": capital,
		// clear shows a passenger in full: for nobody but its owner.
		"clear":  func(p chepiao.Passenger) string { return p.Name.Reveal() + " " + p.Document.Reveal() },
		"inc":    func(n int) int { return n + 1 },
		"list":   func(items ...string) []string { return items },
		"map":    pairs,
		"online": chepiao.OnlineDocumentKinds,
		"groups": chepiao.DocumentGroups,
	}
}

// pairs makes a map of names and values, for handing several things to a part
// of a page.
func pairs(items ...any) (map[string]any, error) {
	if len(items)%2 != 0 {
		return nil, fmt.Errorf("a map needs pairs, got %d items", len(items))
	}
	m := make(map[string]any, len(items)/2)
	for i := 0; i < len(items); i += 2 {
		name, ok := items[i].(string)
		if !ok {
			return nil, fmt.Errorf("item %d of a map is no name", i)
		}
		m[name] = items[i+1]
	}
	return m, nil
}

func (k *Kit) zone() *time.Location {
	if z := k.Office.Timetable().Zone; z != nil {
		return z
	}
	return time.UTC
}

// DayOf is the calendar day of a moment in the network's zone; Today is that of
// now.
func (k *Kit) DayOf(t time.Time) chepiao.Day { return chepiao.DayOf(t.In(k.zone())) }

// Today is the calendar day in the network's zone.
func (k *Kit) Today() chepiao.Day { return k.DayOf(k.Now()) }

// SayDay is a day in words: "11月22日 周日", "Sun 22 Nov".
func SayDay(lang locale.Lang, d chepiao.Day) string {
	week := lang.Say("weekday." + strconv.Itoa(int(d.Weekday())))
	return lang.Pick(sayShortDay(lang, d)+" "+week, week+" "+sayShortDay(lang, d))
}

func sayMonth(lang locale.Lang, d chepiao.Day) string {
	t := time.Unix(int64(d)*86400, 0).UTC()
	return lang.Pick(fmt.Sprintf("%d月", t.Month()), t.Format("Jan"))
}

func sayShortDay(lang locale.Lang, d chepiao.Day) string {
	t := time.Unix(int64(d)*86400, 0).UTC()
	if lang == locale.EN {
		return t.Format("2 Jan")
	}
	return fmt.Sprintf("%d月%d日", t.Month(), t.Day())
}

// sayMoment is a day and a time of the clock.
func (k *Kit) sayMoment(lang locale.Lang, t time.Time) string {
	t = t.In(k.zone())
	return SayDay(lang, chepiao.DayOf(t)) + " " + t.Format("15:04")
}

// sayOpens is when check opens: that it is open, the time on the day of travel,
// or day and time.
func (k *Kit) sayOpens(lang locale.Lang, t, travel time.Time) string {
	switch t, travel = t.In(k.zone()), travel.In(k.zone()); {
	case !k.Now().Before(t):
		return lang.Say("ticket.opennow")
	case chepiao.DayOf(t) == chepiao.DayOf(travel):
		return t.Format("15:04")
	default:
		return sayShortDay(lang, chepiao.DayOf(t)) + " " + t.Format("15:04")
	}
}

// SaySpan is how long something takes, in words.
func SaySpan(lang locale.Lang, d time.Duration) string { return saySpan(lang, d) }

// saySpan is how long something takes, in hours and minutes.
func saySpan(lang locale.Lang, d time.Duration) string {
	h, m := int(d.Hours()), int(d.Minutes())%60
	switch {
	case h == 0:
		return lang.Say("span.m", m)
	case m == 0:
		return lang.Say("span.h", h)
	default:
		return lang.Say("span.hm", h, m)
	}
}

// sayLater marks a time b on a later calendar day than a: "+1".
func (k *Kit) sayLater(lang locale.Lang, a, b time.Time) string {
	if n := chepiao.DayOf(b.In(k.zone())) - chepiao.DayOf(a.In(k.zone())); n > 0 {
		return lang.Say("span.later", int(n))
	}
	return ""
}

// SayStation is a station's name in the reader's language, as far as it has
// one.
func SayStation(lang locale.Lang, s *chepiao.Station) string {
	switch {
	case s == nil:
		return ""
	case lang == locale.EN && s.English != "":
		return s.English
	default:
		return s.Name
	}
}

func sayRefusal(lang locale.Lang, r *chepiao.Refusal) string {
	if r == nil {
		return ""
	}
	return lang.Pick(r.ZH, capital(r.EN))
}

// capital begins a sentence with a capital letter: the domain's go on from a
// reason and have none.
func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// Ladder is the refund ladder in words.
func Ladder(rules *chepiao.Rules, lang locale.Lang) []string {
	lines := rules.Ladder(string(lang))
	for i, l := range lines {
		lines[i] = lang.Pick(l, l)
	}
	return lines
}
