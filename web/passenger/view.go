package passenger

import (
	"net/url"
	"slices"
	"time"
)

// view is how a passenger wants to see a day's list: a part of the day, what
// comes first, only what can be bought. It changes nothing but the list.
type view struct {
	Part, First string
	Free        bool
}

// option is one way to see the list, as a link.
type option struct {
	Name string // of its words
	Link string
	On   bool
}

// wholeDay bounds the departures that are looked through when a view is chosen.
const wholeDay = 600

// part is a part of the day: from an hour to before another.
type part struct {
	Name     string
	From, To int
}

// parts of a day begin and end at hours of the clock at the boarding stop;
// after midnight belongs to the night before.
var parts = []part{{"morning", 4, 12}, {"afternoon", 12, 18}, {"evening", 18, 28}}

// firsts are what may come first in the list.
var firsts = []string{"time", "price", "span"}

func readView(q url.Values) view {
	v := view{Part: q.Get("part"), First: q.Get("first"), Free: q.Get("free") == "1"}
	if !slices.ContainsFunc(parts, func(p part) bool { return p.Name == v.Part }) {
		v.Part = ""
	}
	if !slices.Contains(firsts, v.First) {
		v.First = firsts[0]
	}
	return v
}

// plain says that the list is shown as the timetable has it.
func (v view) plain() bool { return v.Part == "" && v.First == firsts[0] && !v.Free }

// query is what the view adds to a list's address.
func (v view) query() string {
	q := url.Values{}
	if v.Part != "" {
		q.Set("part", v.Part)
	}
	if v.First != firsts[0] {
		q.Set("first", v.First)
	}
	if v.Free {
		q.Set("free", "1")
	}
	if len(q) == 0 {
		return ""
	}
	return "&" + q.Encode()
}

// apply shows the list in this view, and offers the others.
func (v view) apply(p *Pages, page *listPage) {
	list := listLink(page.From, page.To, page.Day)
	all := v
	all.Part = ""
	page.Parts = []option{{"all", list + all.query(), v.Part == ""}}
	for _, part := range parts {
		other := v
		other.Part = part.Name
		page.Parts = append(page.Parts, option{part.Name, list + other.query(), v.Part == part.Name})
	}
	for _, first := range firsts {
		other := v
		other.First = first
		page.Orders = append(page.Orders, option{first, list + other.query(), v.First == first})
	}
	other := v
	other.Free = !v.Free
	page.OnlyFree = option{"free", list + other.query(), v.Free}

	page.mark()
	before := len(page.Offers) + len(page.Gone)
	unwanted := func(o listed) bool {
		if v.Free && o.Refusal != nil {
			return true
		}
		return v.Part != "" && !within(p, o, v.Part)
	}
	page.Offers, page.Gone = slices.DeleteFunc(page.Offers, unwanted), slices.DeleteFunc(page.Gone, unwanted)
	page.Hidden = before - len(page.Offers) - len(page.Gone)
	slices.SortStableFunc(page.Offers, func(a, b listed) int {
		switch v.First {
		case "price":
			return int(a.Price - b.Price)
		case "span":
			return int((a.Arrives.Sub(a.Departs) - b.Arrives.Sub(b.Departs)) / time.Second)
		default:
			return 0
		}
	})
}

// within says that a departure leaves in a part of the day; a flow departure
// counts wherever one of its coaches leaves.
func within(p *Pages, o listed, name string) bool {
	hour := func(t time.Time) int {
		t = t.In(p.Office.Timetable().Zone)
		return int(p.DayOf(t)-o.Day)*24 + t.Hour()
	}
	for _, part := range parts {
		if part.Name == name {
			first, last := hour(o.Departs), hour(o.Last)
			return first < part.To && last >= part.From || name == "evening" && first < parts[0].From
		}
	}
	return false
}

// mark finds the shortest ride and the lowest price of those that can be bought.
func (l *listPage) mark() {
	fast, cheap, slow, dear := -1, -1, -1, -1
	span := func(i int) time.Duration { return l.Offers[i].Arrives.Sub(l.Offers[i].Departs) }
	for i, o := range l.Offers {
		if o.Refusal != nil {
			continue
		}
		if fast < 0 || span(i) < span(fast) {
			fast = i
		}
		if slow < 0 || span(i) > span(slow) {
			slow = i
		}
		if cheap < 0 || o.Price < l.Offers[cheap].Price {
			cheap = i
		}
		if dear < 0 || o.Price > l.Offers[dear].Price {
			dear = i
		}
	}
	for i := range l.Offers {
		o := &l.Offers[i]
		o.Fast = o.Refusal == nil && span(fast) < span(slow) && span(i) == span(fast)
		o.Cheap = o.Refusal == nil && cheap >= 0 && l.Offers[cheap].Price < l.Offers[dear].Price && o.Price == l.Offers[cheap].Price
	}
}
