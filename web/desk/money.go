package desk

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"chepiao"
	"chepiao/ident"
)

// moneyDays is how many days the page shows.
const moneyDays = 14

// moneyPage is the bills of payment channels held against our books: a picture of the
// days, and one of them in full.
type moneyPage struct {
	Channels []chepiao.PaymentChannel
	Days     []moneyDay
	Open     int // differences that nobody has settled, of all days shown
	Day      chepiao.Day
	Channel  chepiao.PaymentChannel // of the chosen day; "" for none
	Chosen   *chepiao.Reconciliation
	Stuck    []chepiao.Payback // money back that a channel will not send
	Rest     moneyRest         // of the bills that are still to be compared
	Once     string
	Note     *chepiao.Refusal
}

// stuckMost is how much of what waits for a person the page shows.
const stuckMost = 50

// moneyDay is a row of the picture: one cell a channel.
type moneyDay struct {
	Day   chepiao.Day
	Cells []moneyCell
}

// moneyCell is one channel's day.
type moneyCell struct {
	Channel chepiao.PaymentChannel
	Day     chepiao.Day
	State   string // ok, open, settled, none
	Open    int
	Chosen  bool
}

func (p *Pages) moneyRoutes() map[string]page {
	return map[string]page{
		"GET " + home + "/money":         {ident.SeeMoney, p.money},
		"POST " + home + "/money":        {ident.SeeMoney, p.compare},
		"POST " + home + "/money/rest":   {ident.SeeMoney, p.compareRest},
		"POST " + home + "/money/settle": {ident.SeeMoney, p.settleDifference},
		"POST " + home + "/money/again":  {ident.SeeMoney, p.sendAgain},
		"GET " + home + "/money.csv":     {ident.SeeMoney, p.moneyFile},
	}
}

func (p *Pages) money(w http.ResponseWriter, r *http.Request) {
	p.showMoney(w, r, http.StatusOK, nil)
}

func (p *Pages) showMoney(w http.ResponseWriter, r *http.Request, status int, note *chepiao.Refusal) {
	once, err := p.Secret()
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	page, err := p.moneyOf(r)
	if err != nil {
		p.book.Refused(w, r, err, home)
		return
	}
	page.Once, page.Note = once, note
	w.Header().Set("Cache-Control", "no-store")
	p.book.Show(w, r, status, "money", page)
}

// moneyOf reads the days, and the one that the request names.
func (p *Pages) moneyOf(r *http.Request) (page moneyPage, err error) {
	if page.Channel, page.Day, err = chosenBill(r); err != nil {
		return page, err
	}
	page.Channels = p.Office.ReconciledChannels()
	if page.Stuck, err = p.Office.Stuck(r.Context(), 0, stuckMost); err != nil {
		return page, err
	}
	last := p.Today() - 1
	list, err := p.Office.Reconciled(r.Context(), min(last-moneyDays+1, max(page.Day, 1)))
	if err != nil {
		return page, err
	}
	known := map[moneyCell]*chepiao.Reconciliation{}
	for i := range list {
		known[moneyCell{Channel: list[i].Channel, Day: list[i].Day}] = &list[i]
	}
	page.Chosen = known[moneyCell{Channel: page.Channel, Day: page.Day}]
	for day := last; day > last-moneyDays; day-- {
		row := moneyDay{Day: day}
		for _, name := range page.Channels {
			cell := moneyCell{Channel: name, Day: day, State: "none"}
			if one := known[moneyCell{Channel: name, Day: day}]; one != nil {
				cell.Open = one.Open()
				switch {
				case cell.Open > 0:
					cell.State = "open"
				case len(one.Differences) > 0:
					cell.State = "settled"
				default:
					cell.State = "ok"
				}
			}
			cell.Chosen = name == page.Channel && day == page.Day
			page.Open += cell.Open
			row.Cells = append(row.Cells, cell)
		}
		page.Days = append(page.Days, row)
	}
	page.Rest = restOf(r, page)
	return page, nil
}

// chosenBill is the channel and day that a request names; none where it names none.
func chosenBill(r *http.Request) (name chepiao.PaymentChannel, day chepiao.Day, err error) {
	name = chepiao.PaymentChannel(r.FormValue("channel"))
	if text := r.FormValue("day"); text != "" {
		day, err = chepiao.ParseDay(text)
	}
	return name, day, err
}

func moneyLink(name chepiao.PaymentChannel, day chepiao.Day) string {
	if name == "" {
		return home + "/money"
	}
	return home + "/money?" + url.Values{"channel": {string(name)}, "day": {day.String()}}.Encode()
}

// compare fetches a bill and holds it against our books, now.
func (p *Pages) compare(w http.ResponseWriter, r *http.Request) {
	p.actOnBill(w, r, func(name chepiao.PaymentChannel, day chepiao.Day) error {
		_, err := p.Office.Reconcile(r.Context(), p.Verb(r), name, day)
		return err
	})
}

// settleDifference notes what was done about a difference.
func (p *Pages) settleDifference(w http.ResponseWriter, r *http.Request) {
	p.actOnBill(w, r, func(name chepiao.PaymentChannel, day chepiao.Day) error {
		_, err := p.Office.SettleDifference(r.Context(), p.Verb(r), name, day, chepiao.DifferenceKind(r.FormValue("kind")), r.FormValue("number"), r.FormValue("reason"))
		return err
	})
}

// sendAgain has money that a channel would not send back sent once more.
func (p *Pages) sendAgain(w http.ResponseWriter, r *http.Request) {
	p.actOnBill(w, r, func(chepiao.PaymentChannel, chepiao.Day) error {
		id, err := chepiao.ParsePaybackID(r.FormValue("payback"))
		if err == nil {
			_, err = p.Office.SendAgain(r.Context(), p.Verb(r), id)
		}
		return err
	})
}

func (p *Pages) actOnBill(w http.ResponseWriter, r *http.Request, act func(chepiao.PaymentChannel, chepiao.Day) error) {
	name, day, err := chosenBill(r)
	if err == nil {
		err = act(name, day)
	}
	if err == nil {
		http.Redirect(w, r, moneyLink(name, day), http.StatusSeeOther)
		return
	}
	note := chepiao.AsRefusal(err)
	if note == nil {
		p.Fault(w, r, err)
		return
	}
	p.showMoney(w, r, http.StatusUnprocessableEntity, note)
}

// moneyFile is a day's differences as CSV: sums in fen.
func (p *Pages) moneyFile(w http.ResponseWriter, r *http.Request) {
	page, err := p.moneyOf(r)
	if err == nil && page.Chosen == nil {
		err = chepiao.Refuse(chepiao.NotFound, "这一天还没有对账", "this day was not compared").At("day")
	}
	if err != nil {
		p.book.Refused(w, r, err, home+"/money")
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="bill-`+string(page.Channel)+`-`+page.Day.String()+`.csv"`)
	w.Header().Set("Cache-Control", "no-store")
	out := csv.NewWriter(w)
	rows := [][]string{{"kind", "number", "order", "bill_fen", "ours_fen", "at", "settled", "by"}}
	for _, d := range page.Chosen.Differences {
		order := ""
		if d.Order != 0 {
			order = d.Order.String()
		}
		rows = append(rows, []string{string(d.Kind), plainCell(d.Number), order, strconv.FormatInt(int64(d.Bill), 10), strconv.FormatInt(int64(d.Ours), 10), d.At.Format("2006-01-02T15:04:05Z07:00"), plainCell(d.Settled), plainCell(d.By)})
	}
	if err := out.WriteAll(rows); err != nil {
		p.Log.Warn("sending a day's differences", "error", err)
	}
}

// plainCell keeps a spreadsheet from taking words that somebody typed for a formula.
func plainCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
