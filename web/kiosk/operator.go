package kiosk

import (
	"net/http"
	"strconv"
	"strings"

	"chepiao"
	"chepiao/ident"
	"chepiao/office"
	"chepiao/web/ui"
)

// operatorPage is what whoever looks after the kiosk sees: how its parts are, what it
// sold and printed, the paper it has, and what did not come out.
type operatorPage struct {
	Here    *chepiao.Station
	Kiosk   chepiao.Kiosk
	Silent  bool
	Shift   *office.ShiftSheet // nil: none is open
	Open    []chepiao.Slip     // that did not come out, here or elsewhere
	Batches []office.PaperStock
	Signed  bool // somebody is signed in: a shift may be opened
	Once    string
	Done    string
	Note    *chepiao.Refusal
}

// Limits of the page: slips and deliveries listed.
const (
	openMost    = 12
	batchesMost = 20
)

func (p *Pages) operator(w http.ResponseWriter, r *http.Request) {
	p.showOperator(w, r, http.StatusOK, nil)
}

func (p *Pages) showOperator(w http.ResponseWriter, r *http.Request, status int, note *chepiao.Refusal) {
	page, err := p.operatorPage(w, r)
	if err != nil {
		p.refused(w, r, err, home)
		return
	}
	page.Note = note
	p.book.Show(w, r, status, "operator", page)
}

func (p *Pages) operatorPage(w http.ResponseWriter, r *http.Request) (page operatorPage, err error) {
	v := p.operate(w, r)
	page.Here, page.Signed = p.Place(w, r), v.Who != ""
	if done := r.URL.Query().Get("done"); done == "open" || done == "paper" || done == "spoil" || done == "close" || done == "lock" {
		page.Done = done
	}
	if page.Once, err = p.Secret(); err != nil {
		return page, err
	}
	if page.Kiosk, err = p.Office.Kiosk(r.Context(), v.By); err != nil {
		return page, err
	}
	page.Silent = page.Kiosk.Silent(p.Now())
	if v.Shift != 0 {
		sheet, err := p.Office.ShiftSheet(r.Context(), v.Shift)
		if err != nil {
			return page, err
		}
		page.Shift = &sheet
	}
	if page.Open, err = p.Office.OpenSlips(r.Context(), openMost); err != nil {
		return page, err
	}
	stock, err := p.Office.Stock(r.Context(), v.At.Station, 0, batchesMost)
	for _, b := range stock {
		if b.InStore > 0 {
			page.Batches = append(page.Batches, b)
		}
	}
	return page, err
}

// openShift begins the kiosk's shift: what it sells is counted, and its receipts are
// printed on the paper that was loaded.
func (p *Pages) openShift(w http.ResponseWriter, r *http.Request) {
	p.operated(w, r, "open", func(v office.Verb) error {
		in := office.OpenShiftInput{Kiosk: true}
		batch, sheets, err := wanted(r)
		if err != nil {
			return err
		}
		in.Batch, in.Sheets = batch, sheets
		_, err = p.Office.OpenShift(r.Context(), v, in)
		return err
	})
}

// loadPaper puts more numbered sheets into the machine.
func (p *Pages) loadPaper(w http.ResponseWriter, r *http.Request) {
	p.operated(w, r, "paper", func(v office.Verb) error {
		batch, sheets, err := wanted(r)
		if err == nil && batch == 0 {
			err = chepiao.Refuse(chepiao.Invalid, "请选择票据", "choose a delivery").At("batch")
		}
		if err != nil {
			return err
		}
		_, err = p.Office.HandPaper(r.Context(), v, office.HandPaperInput{Batch: batch, To: v.Shift, Sheets: sheets})
		return err
	})
}

// wanted reads which delivery, and how many sheets of it.
func wanted(r *http.Request) (batch chepiao.PaperBatchID, sheets int, err error) {
	if s := r.PostFormValue("batch"); s != "" {
		if batch, err = chepiao.ParsePaperBatchID(s); err != nil {
			return 0, 0, err
		}
		if sheets, err = strconv.Atoi(strings.TrimSpace(r.PostFormValue("sheets"))); err != nil {
			return 0, 0, chepiao.Refuse(chepiao.Invalid, "请输入张数", "say how many sheets").At("sheets")
		}
	}
	return batch, sheets, nil
}

// spoil says that a sheet in the machine cannot be used.
func (p *Pages) spoil(w http.ResponseWriter, r *http.Request) {
	p.operated(w, r, "spoil", func(v office.Verb) error {
		_, err := p.Office.SpoilPaper(r.Context(), v, r.PostFormValue("no"), r.PostFormValue("why"))
		return err
	})
}

// closeShift ends the kiosk's shift; the paper that is left goes back to the store.
func (p *Pages) closeShift(w http.ResponseWriter, r *http.Request) {
	p.operated(w, r, "close", func(v office.Verb) error {
		_, err := p.Office.CloseShift(r.Context(), v, office.CloseShiftInput{Shift: v.Shift})
		return err
	})
}

// lock takes this kiosk out of service, or puts it back.
func (p *Pages) lock(w http.ResponseWriter, r *http.Request) {
	p.operated(w, r, "lock", func(v office.Verb) error {
		_, err := p.Office.LockKiosk(r.Context(), v, office.LockKioskInput{Device: v.By, Lock: r.PostFormValue("lock") == "1", Why: r.PostFormValue("why")})
		return err
	})
}

// operated does something and shows the page again, with what was done or why not.
func (p *Pages) operated(w http.ResponseWriter, r *http.Request, done string, do func(office.Verb) error) {
	err := do(p.operate(w, r))
	if err == nil {
		http.Redirect(w, r, home+"/operator?done="+done, http.StatusSeeOther)
		return
	}
	refusal := chepiao.AsRefusal(err)
	if refusal == nil {
		p.Fault(w, r, err)
		return
	}
	p.showOperator(w, r, ui.Told(r, refusal), refusal)
}

// allPage is every kiosk of the stations that whoever acts may see.
type allPage struct {
	Rows []kioskRow
	Open []openSlip // that did not come out of a kiosk, for a window to print
	Once string
	Note *chepiao.Refusal
}

type kioskRow struct {
	chepiao.Kiosk
	Silent  bool
	Station *chepiao.Station
}

// openSlip is a slip that somebody still waits for.
type openSlip struct {
	chepiao.Slip
	Order chepiao.OrderID
}

// kiosksMost bounds the kiosks of the page.
const kiosksMost = 200

func (p *Pages) all(w http.ResponseWriter, r *http.Request) {
	p.showAll(w, r, http.StatusOK, nil)
}

func (p *Pages) showAll(w http.ResponseWriter, r *http.Request, status int, note *chepiao.Refusal) {
	page := allPage{Note: note}
	list, err := p.Office.Kiosks(r.Context(), p.At(r).Station, kiosksMost)
	if err == nil {
		page.Once, err = p.Secret()
	}
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	for _, k := range list {
		if s := p.Office.Timetable().Station(k.Station); mayAt(p.Actor(r), s) {
			page.Rows = append(page.Rows, kioskRow{k, k.Silent(p.Now()), s})
		}
	}
	slips, err := p.Office.OpenSlips(r.Context(), openMost)
	for _, s := range slips {
		t, readErr := p.Office.Ticket(r.Context(), s.Ticket)
		if err == nil {
			err = readErr
		}
		page.Open = append(page.Open, openSlip{s, t.Order})
	}
	if err != nil {
		p.Fault(w, r, err)
		return
	}
	p.book.Show(w, r, status, "all", page)
}

// mayAt says whether whoever acts may do so at a station.
func mayAt(a ident.Actor, s *chepiao.Station) bool {
	return a.Staff == nil || s == nil || a.Staff.At(s.Code)
}

// lockFar locks or unlocks another kiosk from wherever somebody is.
func (p *Pages) lockFar(w http.ResponseWriter, r *http.Request) {
	k, err := p.Office.Kiosk(r.Context(), r.PostFormValue("kiosk"))
	switch {
	case err != nil:
	case k.Version == 0:
		err = chepiao.Refuse(chepiao.NotFound, "没有这台自助机", "there is no such kiosk").At("kiosk")
	case !mayAt(p.Actor(r), p.Office.Timetable().Station(k.Station)):
		err = chepiao.Refuse(chepiao.Unauthorized, "您的账号不能管理该站的自助机", "your account is not for that station's kiosks")
	default:
		_, err = p.Office.LockKiosk(r.Context(), p.Verb(r), office.LockKioskInput{Device: k.Device, Lock: r.PostFormValue("lock") == "1", Why: r.PostFormValue("why")})
	}
	if err == nil {
		http.Redirect(w, r, home+"/all", http.StatusSeeOther)
		return
	}
	refusal := chepiao.AsRefusal(err)
	if refusal == nil {
		p.Fault(w, r, err)
		return
	}
	p.showAll(w, r, ui.Told(r, refusal), refusal)
}
