package kiosk

import (
	"net/http"
	"time"

	"chepiao"
	"chepiao/office"
	"chepiao/web/ui"
)

// charge shows the code of a channel, for the passenger's phone.
func (p *Pages) charge(w http.ResponseWriter, r *http.Request) {
	p.withOrder(w, r, func(f office.File, v office.Verb) (string, error) {
		_, err := p.Office.Charge(r.Context(), v, office.ChargeInput{Order: f.Order.ID, Way: chepiao.PayByCode, Channel: chepiao.PaymentChannel(r.PostFormValue("channel"))})
		return "", err
	})
}

// release gives the seats up, whether or not a code is shown.
func (p *Pages) release(w http.ResponseWriter, r *http.Request) {
	p.withOrder(w, r, func(f office.File, _ office.Verb) (string, error) {
		if err := p.letGo(w, r, f.Order); err != nil {
			return "", err
		}
		if fresh, err := p.file(r); err != nil || fresh.Order.State == chepiao.OrderIssued { // the money was quicker
			return "", err
		}
		return home + "/buy", nil
	})
}

// askEvery is how often the page has the channel itself asked; in between it looks
// whether the channel has reported.
const askEvery = 4 * time.Second

// paying says how the money under way stands; the page asks every second. An empty
// answer is: go on waiting.
func (p *Pages) paying(w http.ResponseWriter, r *http.Request) {
	f, err := p.file(r)
	if err != nil {
		say(w, http.StatusOK, map[string]string{"go": home})
		return
	}
	open := pending(f)
	if open.ID != 0 && p.Now().UnixMilli()%askEvery.Milliseconds() < 1000 {
		if err := p.Office.AskChannel(r.Context(), open.ID); err == nil { // silence: the page goes on asking
			if f, err = p.file(r); err != nil {
				p.Fault(w, r, err)
				return
			}
		}
	}
	if f.Order.State == chepiao.OrderPaying && f.Order.Alive(p.Now()) == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	say(w, http.StatusOK, map[string]string{"go": orderLink(f.Order.ID)})
}

// withOrder does something with an order of this visit and goes on: to where do
// says, or to the order.
func (p *Pages) withOrder(w http.ResponseWriter, r *http.Request, do func(office.File, office.Verb) (next string, err error)) {
	f, err := p.file(r)
	if err != nil {
		p.refused(w, r, err, home+"/tickets")
		return
	}
	v, err := p.verb(w, r)
	next := ""
	if err == nil {
		next, err = do(f, v)
	}
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
