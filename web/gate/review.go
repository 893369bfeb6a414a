package gate

import (
	"net/http"

	"chepiao"
	"chepiao/office"
)

// reviewPage is what a supervisor looks at after the passages of a day.
type reviewPage struct {
	Day      chepiao.Day
	What     chepiao.Review
	Kinds    []chepiao.Review
	Passages []office.Reviewed
	More     int64 // id to go on after; 0: that is all
	Earlier  chepiao.Day
	Later    chepiao.Day // 0: this is today
}

// reviewsMost is how many passages a page shows.
const reviewsMost = 50

// review lists the passages of a day that somebody looks at: by hand,
// overridden, with somebody else's document, forged.
func (p *Pages) review(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	page := reviewPage{
		Day: p.Today(), What: chepiao.Review(q.Get("what")),
		Kinds: []chepiao.Review{chepiao.ReviewMismatch, chepiao.ReviewForged, chepiao.ReviewOverridden, chepiao.ReviewAlone, chepiao.ReviewManual},
	}
	if d, err := chepiao.ParseDay(q.Get("day")); err == nil {
		page.Day = d
	}
	if !page.What.Known() {
		page.What = ""
	}
	page.Earlier = page.Day - 1
	if page.Day < p.Today() {
		page.Later = page.Day + 1
	}
	list, err := p.Office.Reviews(r.Context(), page.Day, page.What, number(q.Get("after")), reviewsMost+1)
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	page.Passages = list[:min(len(list), reviewsMost)]
	if len(list) > reviewsMost {
		page.More = list[reviewsMost-1].ID
	}
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, http.StatusOK, "review", page)
}

// number reads a number of digits; 0 for anything else.
func number(s string) (n int64) {
	for _, c := range s {
		if c < '0' || c > '9' || n > 1<<58 {
			return 0
		}
		n = 10*n + int64(c-'0')
	}
	return n
}
