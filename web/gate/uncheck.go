package gate

import (
	"net/http"

	"chepiao"
)

// uncheck takes a passage back before the coach leaves, with a reason for the
// journal.
func (p *Pages) uncheck(w http.ResponseWriter, r *http.Request) {
	station := p.Place(w, r)
	if station == nil {
		p.show(w, r, http.StatusUnprocessableEntity, nil, nil)
		return
	}
	id, err := chepiao.ParseTicketID(r.PostFormValue("ticket"))
	var t chepiao.Ticket
	if err == nil {
		verb := p.Verb(r)
		verb.At.Station = station.No
		verb.By = p.device(r, station, gateName(r))
		t, err = p.Office.Uncheck(r.Context(), verb, id, r.PostFormValue("reason"))
	}
	v := &verdict{At: p.Now(), Undone: true, Ticket: t, Verdict: chepiao.Verdict{
		Reason: chepiao.CheckOK, Light: chepiao.Amber, ZH: "已取消检票", EN: "check taken back",
	}}
	if refusal := chepiao.AsRefusal(err); refusal != nil {
		v.Undone = false
		v.Reason, v.ZH, v.EN = refusal.Reason, refusal.ZH, refusal.EN
		v.Next = chepiao.Step{ZH: "请检查输入后重试", EN: "Check the input and try again"}
	} else if err != nil {
		p.Fault(w, r, err)
		return
	}
	p.show(w, r, http.StatusOK, v, nil)
}
