package shift

import (
	"net/http"
	"net/url"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
	"chepiao/web/ui"
)

// stockPage is the numbered paper of a station: in the store, with shifts, used,
// spoilt and missing.
type stockPage struct {
	Once     string
	Stock    []office.PaperStock
	Shifts   []chepiao.Shift // open ones, to hand paper to
	Mine     chepiao.ShiftID
	Keeps    bool // whoever looks may take deliveries in
	From, To string
	Sheets   string
	Source   string
	Target   string
	Gaps     bool   // sheets are missing
	Found    string // the number of one that turned up
	Holder   string // who gets it: a shift, "" the store
	Said     string
	What     string
	Notes    ui.Notes
}

func (p *Pages) stock(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	page := stockPage{What: q.Get("what")}
	if said := q.Get("done"); said == "received" || said == "handed" || said == "found" {
		page.Said = said
	}
	p.showStock(w, r, page, nil)
}

func (p *Pages) showStock(w http.ResponseWriter, r *http.Request, page stockPage, refused error) {
	status := http.StatusOK
	page.Notes = ui.Notes{}
	if refusal := chepiao.AsRefusal(refused); refusal != nil {
		status = ui.Told(r, refusal)
		page.Notes.Add(refusal) //nolint:errcheck // a refusal
	} else if refused != nil {
		p.Fault(w, r, refused)
		return
	}
	page.Keeps, page.Mine = p.Actor(r).May(ident.KeepStock), p.Verb(r).Shift
	var err error
	if page.Stock, err = p.Office.Stock(r.Context(), p.At(r).Station, 0, stockShown); err == nil {
		page.Shifts, err = p.Office.Shifts(r.Context(), p.At(r).Station, chepiao.OpenShift, 0, shiftsShown)
	}
	for _, b := range page.Stock {
		page.Gaps = page.Gaps || b.N(chepiao.PaperMissing) > 0
	}
	if err == nil {
		page.Once, err = p.Secret()
	}
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, status, "stock", page)
}

// receive takes a delivery in.
func (p *Pages) receive(w http.ResponseWriter, r *http.Request) {
	page := stockPage{From: r.PostFormValue("from"), To: r.PostFormValue("to")}
	b, err := p.Office.ReceivePaper(r.Context(), p.Verb(r), page.From, page.To)
	if err != nil {
		p.showStock(w, r, page, err)
		return
	}
	http.Redirect(w, r, home+"/stock?"+url.Values{"done": {"received"}, "what": {b.String()}}.Encode(), http.StatusSeeOther)
}

// hand hands sheets over. Who keeps the stock does all of it; a clerk fetches for
// the own shift, and gives from it to others or back.
func (p *Pages) hand(w http.ResponseWriter, r *http.Request) {
	page := stockPage{Sheets: r.PostFormValue("sheets"), Source: r.PostFormValue("source"), Target: r.PostFormValue("target")}
	in, err := handInput(r)
	v := p.Verb(r)
	if mine := v.Shift != 0 && (in.From == v.Shift || in.From == 0 && in.To == v.Shift); err == nil && !mine && !p.Actor(r).May(ident.KeepStock) {
		err = chepiao.Refuse(chepiao.Unauthorized, "只能为自己的班次领用，或交出自己的票据", "you may fetch for your own shift, or give your own paper away").At("target")
	}
	var handed office.Handed
	if err == nil {
		handed, err = p.Office.HandPaper(r.Context(), v, in)
	}
	if err != nil {
		p.showStock(w, r, page, err)
		return
	}
	what := ""
	for _, run := range handed.Sheets {
		what += " " + run.String()
	}
	http.Redirect(w, r, home+"/stock?"+url.Values{"done": {"handed"}, "what": {what}}.Encode(), http.StatusSeeOther)
}

// handInput reads a source, a delivery or a shift, and a target, a shift or "" for
// the store.
func handInput(r *http.Request) (in office.HandPaperInput, err error) {
	if in.Sheets, err = sheets(r); err != nil {
		return in, err
	}
	source, target := r.PostFormValue("source"), r.PostFormValue("target")
	if in.Batch, err = chepiao.ParsePaperBatchID(source); err != nil {
		in.Batch = 0
		if in.From, err = chepiao.ParseShiftID(source); err != nil {
			return in, chepiao.AsRefusal(err).At("source")
		}
	}
	if target != "" {
		if in.To, err = chepiao.ParseShiftID(target); err != nil {
			return in, chepiao.AsRefusal(err).At("target")
		}
	}
	return in, nil
}
