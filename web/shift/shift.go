// Package shift is the pages of a clerk's shift: it is opened with change and
// numbered paper, cash is handed in and fetched, at the end everything is counted,
// and a supervisor signs at the same screen. Beside it are the pages of the paper
// stock. All of it goes by keyboard, as at the window.
package shift

import (
	"embed"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
	"chepiao/web/ui"
)

//go:embed pages/*.html
var pages embed.FS

// Pages are the pages of shifts and paper.
type Pages struct {
	*ui.Kit
	book *ui.Book
}

// New prepares the pages.
func New(k *ui.Kit) (*Pages, error) {
	book, err := k.NewBook(pages, "desk")
	return &Pages{k, book}, err
}

const home = "/shift"

// Routes adds the pages to a mux.
func (p *Pages) Routes(mux *http.ServeMux, desk *ui.Desk) {
	for pattern, page := range map[string]struct {
		verb ident.Verb
		show http.HandlerFunc
	}{
		"GET /shift":               {ident.OpenShift, p.home},
		"POST /shift/open":         {ident.OpenShift, p.open},
		"POST /shift/carry":        {ident.OpenShift, p.carry},
		"POST /shift/spoil":        {ident.OpenShift, p.spoil},
		"POST /shift/surrender":    {ident.OpenShift, p.surrender},
		"GET /shift/list":          {ident.OpenShift, p.list},
		"GET /shift/s/{shift}":     {ident.OpenShift, p.sheet},
		"GET /shift/close":         {ident.OpenShift, p.ask},
		"GET /shift/count/{shift}": {ident.OpenShift, p.ask},
		"POST /shift/count":        {ident.OpenShift, p.count},
		"POST /shift/sign":         {ident.OpenShift, p.sign},
		"GET /shift/stock":         {ident.OpenShift, p.stock},
		"POST /shift/stock":        {ident.KeepStock, p.receive},
		"POST /shift/hand":         {ident.OpenShift, p.hand},
		"POST /shift/found":        {ident.KeepStock, p.found},
	} {
		mux.HandleFunc(pattern, desk.Only(page.verb, page.show))
	}
}

// homePage is the shift that is open here, or the form that opens one.
type homePage struct {
	Once    string
	Next    string // where the clerk came from
	Sheet   office.ShiftSheet
	Open    bool
	Here    chepiao.Shift // somebody else's, open at this window
	Mine    chepiao.Shift // the clerk's own, open at another window
	Stock   []office.PaperStock
	Float   string
	Amount  string
	With    string
	No, Why string
	Said    string // what was done just now: the name of a sentence
	What    string
	Notes   ui.Notes
}

// stockShown bounds the deliveries that a page lists.
const stockShown = 50

func (p *Pages) home(w http.ResponseWriter, r *http.Request) {
	said := r.URL.Query().Get("done")
	if said != "opened" && said != "carried" && said != "spoilt" {
		said = ""
	}
	no := r.URL.Query().Get("no")
	page := homePage{Next: inside(r.URL.Query().Get("next")), Said: said}
	if said == "" {
		page.No = no // a sheet to be spoilt
	} else {
		page.What = no
	}
	p.showHome(w, r, nil, page)
}

// inside is an address of the window's pages, "" for any other.
func inside(next string) string {
	if strings.HasPrefix(next, "/window") && !strings.ContainsAny(next, "\\\r\n") {
		return next
	}
	return ""
}

func (p *Pages) showHome(w http.ResponseWriter, r *http.Request, fault error, page homePage) {
	v := p.Verb(r)
	status := http.StatusOK
	page.Notes = ui.Notes{}
	if refusal := chepiao.AsRefusal(fault); refusal != nil {
		status = ui.Told(r, refusal)
		page.Notes.Add(refusal) //nolint:errcheck // a refusal
	} else if fault != nil {
		p.Fault(w, r, fault)
		return
	}
	err := error(nil)
	if v.Shift != 0 {
		page.Open = true
		page.Sheet, err = p.Office.ShiftSheet(r.Context(), v.Shift)
	} else if page.Here, page.Mine, err = p.Office.ShiftAt(r.Context(), v.Who, v.By); err == nil {
		page.Stock, err = p.inStore(r)
	}
	if err == nil {
		page.Once, err = p.Secret()
	}
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, status, "home", page)
}

// inStore are the deliveries that sheets can be fetched from.
func (p *Pages) inStore(r *http.Request) (list []office.PaperStock, err error) {
	all, err := p.Office.Stock(r.Context(), p.At(r).Station, 0, stockShown)
	for _, b := range all {
		if b.InStore > 0 {
			list = append(list, b)
		}
	}
	return list, err
}

// open begins a shift.
func (p *Pages) open(w http.ResponseWriter, r *http.Request) {
	page := homePage{Float: r.PostFormValue("float"), Next: inside(r.PostFormValue("next"))}
	in, err := openInput(r)
	if err == nil {
		in.Kiosk = p.Actor(r).Device != nil && p.Actor(r).Device.Role == ident.Kiosk
		_, err = p.Office.OpenShift(r.Context(), p.Verb(r), in)
	}
	if err != nil {
		p.showHome(w, r, err, page)
		return
	}
	to := page.Next
	if to == "" {
		to = home + "?done=opened"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func openInput(r *http.Request) (in office.OpenShiftInput, err error) {
	if in.Float, err = yuan(r, "float", true); err != nil {
		return in, err
	}
	if text := r.PostFormValue("batch"); text != "" {
		if in.Batch, err = chepiao.ParsePaperBatchID(text); err != nil {
			return in, err
		}
		in.Sheets, err = sheets(r)
	}
	return in, err
}

// carry hands cash in or fetches change. Who takes it may say so with a password.
func (p *Pages) carry(w http.ResponseWriter, r *http.Request) {
	page := homePage{Amount: r.PostFormValue("amount"), With: r.PostFormValue("with")}
	in := office.HandInInput{Fetch: r.PostFormValue("way") == "fetch"}
	var err error
	if in.Amount, err = yuan(r, "amount", false); err == nil && strings.TrimSpace(page.With) != "" {
		if in.With, err = chepiao.ParseStaffNo(page.With); err != nil {
			err = chepiao.AsRefusal(err).At("with")
		}
	}
	if err == nil {
		_, err = p.Office.HandIn(r.Context(), p.Verb(r), in)
	}
	if err != nil {
		p.showHome(w, r, err, page)
		return
	}
	http.Redirect(w, r, home+"?done=carried", http.StatusSeeOther)
}

// spoil says that a sheet cannot be used.
func (p *Pages) spoil(w http.ResponseWriter, r *http.Request) {
	page := homePage{No: r.PostFormValue("no"), Why: r.PostFormValue("why")}
	sheet, err := p.Office.SpoilPaper(r.Context(), p.Verb(r), page.No, page.Why)
	if err != nil {
		p.showHome(w, r, err, page)
		return
	}
	if sheet.Ticket != 0 { // a receipt was on it: it is printed again from the ticket's page
		if t, err := p.Office.Ticket(r.Context(), sheet.Ticket); err == nil {
			http.Redirect(w, r, "/window/o/"+t.Order.String()+"/t/"+t.ID.String(), http.StatusSeeOther)
			return
		}
	}
	http.Redirect(w, r, home+"?"+url.Values{"done": {"spoilt"}, "no": {sheet.Serial}}.Encode(), http.StatusSeeOther)
}

// surrender takes a paper receipt back by its number: the ticket's order may be
// refunded then.
func (p *Pages) surrender(w http.ResponseWriter, r *http.Request) {
	page := homePage{No: r.PostFormValue("no")}
	t, err := p.Office.Surrender(r.Context(), p.Verb(r), page.No)
	if err != nil {
		if refusal := chepiao.AsRefusal(err); refusal != nil {
			err = refusal.At("back")
		}
		p.showHome(w, r, err, page)
		return
	}
	http.Redirect(w, r, "/window/o/"+t.Order.String()+"/refund", http.StatusSeeOther)
}

// sheets reads a number of sheets. Refusal Invalid at sheets.
func sheets(r *http.Request) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(r.PostFormValue("sheets")))
	if err != nil {
		return 0, chepiao.Refuse(chepiao.Invalid, "请填写张数", "say how many sheets").At("sheets")
	}
	return n, nil
}

// yuan reads an amount as a clerk types it: "100", "77.5", "77.50"; empty is
// nothing where that may be. Refusal Invalid at the field.
func yuan(r *http.Request, field string, empty bool) (chepiao.Money, error) {
	text := strings.TrimSpace(r.PostFormValue(field))
	if text == "" && empty {
		return 0, nil
	}
	bad := chepiao.Refuse(chepiao.Invalid, "金额有误，请输入如 100 或 77.5", "the amount must look like 100 or 77.5").At(field)
	sign := chepiao.Money(1)
	if rest, minus := strings.CutPrefix(text, "-"); minus {
		sign, text = -1, rest
	}
	whole, part, _ := strings.Cut(text, ".")
	if len(part) > 2 || len(whole) > 7 {
		return 0, bad
	}
	yuan, err := strconv.ParseUint(whole, 10, 32)
	if err != nil {
		return 0, bad
	}
	fen, err := strconv.ParseUint((part + "00")[:2], 10, 32)
	if err != nil {
		return 0, bad
	}
	return sign * chepiao.Money(yuan*100+fen), nil
}
