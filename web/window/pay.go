package window

import (
	"net/http"
	"strconv"
	"strings"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// pay takes the cash for an order: what was given must be enough, the office
// books what is due, the page says what to hand back.
func (p *Pages) pay(w http.ResponseWriter, r *http.Request) {
	p.act(w, r, func(f office.File) (string, error) {
		if code := strings.TrimSpace(r.PostFormValue("given")); paymentCode.MatchString(code) { // scanned into the field
			return p.scan(w, r, f, code)
		}
		given, err := readYuan(r.PostFormValue("given"))
		if r.PostFormValue("given") == "" {
			given, err = f.Order.Due(), nil // counted exactly
		}
		if err != nil {
			return "", err
		}
		if given < f.Order.Due() {
			return "", chepiao.Refuse(chepiao.AmountMismatch, "收款不足，还差 "+(f.Order.Due()-given).Yuan(), "not enough: "+(f.Order.Due()-given).Yuan()+" is missing").At("given")
		}
		_, err = p.Office.PayCash(r.Context(), p.verb(r), f.Order.ID, f.Order.Due())
		if err != nil {
			return "", err
		}
		return p.afterSale(w, r, f.Order.ID, given.String()), nil
	})
}

// extend keeps the seats a while longer.
func (p *Pages) extend(w http.ResponseWriter, r *http.Request) {
	p.act(w, r, func(f office.File) (string, error) {
		_, err := p.Office.Extend(r.Context(), p.verb(r), f.Order.ID)
		return "", err
	})
}

// release gives the seats up.
func (p *Pages) release(w http.ResponseWriter, r *http.Request) {
	p.act(w, r, func(f office.File) (string, error) {
		_, err := p.Office.Release(r.Context(), p.verb(r), f.Order.ID)
		if err == nil {
			unpark(w, r, f.Order.ID)
		}
		return "", err
	})
}

// act does something with an order and goes on: to where do says, or to the order.
func (p *Pages) act(w http.ResponseWriter, r *http.Request, do func(office.File) (next string, err error)) {
	f, err := p.file(r)
	if err != nil {
		p.book.Refused(w, r, err, home+"/find")
		return
	}
	next, err := do(f)
	if err == nil {
		if next == "" {
			next = orderLink(f.Order.ID)
		}
		http.Redirect(w, r, next, http.StatusSeeOther)
		return
	}
	refusal := chepiao.AsRefusal(err)
	if refusal == nil {
		p.Fault(w, r, err)
		return
	}
	if fresh, err := p.file(r); err == nil {
		f = fresh
	}
	p.showOrder(w, r, ui.Told(r, refusal), f, refusal)
}

// verb is who asks; the form carries the id, so that a form sent twice is done
// once.
func (p *Pages) verb(r *http.Request) office.Verb {
	return p.Verb(r)
}

// cashMax bounds what a clerk may type as given: a million yuan.
const cashMax = chepiao.Money(100_000_000)

// readYuan reads an amount as a clerk types it: "100", "77.5", "77.50".
// Refusal Invalid at given.
func readYuan(s string) (chepiao.Money, error) {
	bad := chepiao.Refuse(chepiao.Invalid, "金额有误，请输入如 100 或 77.5", "the amount must look like 100 or 77.5").At("given")
	whole, part, _ := strings.Cut(strings.TrimSpace(s), ".")
	if len(part) > 2 || len(whole) > 7 {
		return 0, bad
	}
	yuan, err := strconv.ParseUint(whole, 10, 32)
	if err != nil {
		return 0, bad
	}
	fen, err := strconv.ParseUint((part + "00")[:2], 10, 32)
	if err != nil || chepiao.Money(yuan*100+fen) > cashMax {
		return 0, bad
	}
	return chepiao.Money(yuan*100 + fen), nil
}
