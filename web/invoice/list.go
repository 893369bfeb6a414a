package invoice

import (
	"io/fs"
	"net/http"

	"chepiao"
	"chepiao/office"
)

// inDesk are the templates of the desk, as a book wants them: in a folder pages.
var inDesk = func() fs.FS {
	files, err := fs.Sub(deskPages, "desk")
	if err != nil {
		panic(err) // embedded
	}
	return files
}()

// listPage is what the office still has to do with the tax service, and a day's two
// lists beside each other.
type listPage struct {
	Day    chepiao.Day
	Same   int
	Differ []office.InvoiceDifference
	Why    *chepiao.Refusal // why nothing could be compared
	Groups []groupOf
	None   bool
}

type groupOf struct {
	State string
	List  []invoiceOf
}

const listMost = 200

// list shows what is under way, what was declined, and what differs on a day.
func (p *Pages) list(w http.ResponseWriter, r *http.Request) {
	page := listPage{Day: p.Today(), None: true}
	if d, err := chepiao.ParseDay(r.FormValue("day")); err == nil {
		page.Day = d
	}
	for _, state := range []chepiao.InvoiceState{chepiao.InvoiceAsked, chepiao.InvoiceReversing, chepiao.InvoiceDeclined} {
		list, err := p.Office.InvoicesIn(r.Context(), state, 0, listMost)
		if err != nil {
			p.Fault(w, r, err)
			return
		}
		g := groupOf{State: string(state)}
		for _, v := range list {
			g.List = append(g.List, p.invoiceOf(r, v))
		}
		if page.None = page.None && len(list) == 0; len(list) > 0 {
			page.Groups = append(page.Groups, g)
		}
	}
	var err error
	page.Same, page.Differ, err = p.Office.CompareInvoices(r.Context(), page.Day)
	if page.Why = chepiao.AsRefusal(err); err != nil && page.Why == nil {
		p.Fault(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	p.desk.Show(w, r, http.StatusOK, "list", page)
}
